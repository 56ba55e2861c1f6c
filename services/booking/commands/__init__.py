"""What may be asked of booking: the bodies of its requests, whichever way they come."""

"""What can be booked: facilities, visit types, resources and their hours."""

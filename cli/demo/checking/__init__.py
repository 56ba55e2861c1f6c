"""What the demo proves: pure comparisons of what was promised, stored, published and shown."""

"""Other event stores on PostgreSQL, driven as their makers mean them to be, on the server that we use."""

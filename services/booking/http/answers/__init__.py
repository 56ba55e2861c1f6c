"""What booking answers: one file per kind of thing, with its shape for the reference."""

"""What booking answers, for the reference: one file per kind of thing."""

"""What is answered from the projections, for the reference: one file per view."""

"""The published contract as documents: generated from the code, committed, and held to what was released."""

"""A service small enough to hold in the hand: toys are borrowed, returned, broken."""

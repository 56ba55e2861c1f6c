"""Plays the example clinic's day through the public interfaces and checks that everything agrees."""

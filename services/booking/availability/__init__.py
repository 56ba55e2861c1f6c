"""Searching for free time."""

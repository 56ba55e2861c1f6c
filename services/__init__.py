"""The services: each knows itself and the backbone only (docs/contributing.md says what is where)."""

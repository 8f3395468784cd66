"""The gate: the one way to a permit."""

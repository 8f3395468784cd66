"""What can be done, a capability a file."""

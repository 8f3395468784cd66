"""Invitations in bulk: whom a run is about, who is left out and why, queueing, sending, and going on after a stop."""

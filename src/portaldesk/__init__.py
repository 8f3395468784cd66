"""portaldesk: a help desk that gets a patient back into the clinic's portal, and nobody else."""

__version__ = "0.1.0"

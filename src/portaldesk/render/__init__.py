"""Results become a JSON document or a screen here; nothing else prints."""

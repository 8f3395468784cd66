"""Patient files: what a clinic's record system exports, read row by row; nothing is stored here."""

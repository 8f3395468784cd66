"""The command line: parse, one service, render."""

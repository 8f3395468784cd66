"""The auditors' report: what happened at the desk in a span of days, counted from the record in one pass."""

"""Rules of the design as pure functions: no store, no clock, no I/O beyond packaged data."""

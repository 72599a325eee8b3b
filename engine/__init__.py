"""The interpreter of declarative forms: pure functions over frozen data, no I/O, no clock, no web."""

"""The rules: pure, total, without clock, chance or I/O; the standard library alone."""

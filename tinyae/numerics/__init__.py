"""Floating-point care: nothing that rounding, units or the order of rows decides."""

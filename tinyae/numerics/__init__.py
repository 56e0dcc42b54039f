"""Numerical methods that make results independent of rounding, units and the order of rows."""

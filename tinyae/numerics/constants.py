"""Numbers that several formulas need."""

from math import log, pi

LOG_2PI = log(2.0 * pi)  # of the normalizer of a normal density
LARGEST = 1e154  # the square of a larger float64 is infinite

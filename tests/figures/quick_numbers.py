"""The numbers of the figures in quick form, computed once for all tests of a run."""

from functools import cache

import pytest

from figures.catalogue import FIGURES

PLAIN = ("14.7",)  # a quick one; the others are left to CI
NUMBERS = [n if n in PLAIN else pytest.param(n, marks=pytest.mark.slow) for n in FIGURES]


@cache
def quick(number):
    """The numbers of a figure in quick form, computed once."""
    return FIGURES[number].compute(seed=0, quick=True)

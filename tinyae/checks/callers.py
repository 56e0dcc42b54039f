"""Warnings that name the line of the program that called the library."""

from __future__ import annotations

import inspect
import warnings


def warn_caller(text: str, category: type[Warning] = UserWarning) -> None:
    """Give a warning with the line outside of this library from which it was reached.

    Functions of the library call each other at different depths, so no number of frames is right.
    """
    frame, level = inspect.currentframe(), 1
    while frame is not None and frame.f_globals.get("__name__", "").startswith("tinyae."):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)

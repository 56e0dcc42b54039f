"""The parameters of a figure on the command line: how they are given, and how they are listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .kinds import Table, text
from .parameters import check_names, parameters


def read(compute: Callable, texts: Sequence[str]) -> dict[str, object]:
    """Return the parameters in texts like "sigma=0.1" from the command line.

    Raises ValueError, or TypeError for an unknown name.
    """
    known, values = parameters(compute), {}
    single = {name: kind for name, (kind, _) in known.items() if not isinstance(kind, Table)}
    for one in texts:
        name, equals, value = (part.strip() for part in one.partition("="))
        if not equals:
            raise ValueError(f"--set takes NAME=VALUE, such as epochs=50, got {one!r:.60}")
        if name not in known:
            check_names(single, {name: value})  # which raises an error
        if name in values:
            raise ValueError(f"{name} is given twice")
        kind, _ = known[name]
        if isinstance(kind, Table):
            raise ValueError(f"{name} is a table of numbers: give a file of it as --data FILE")
        values[name] = kind.read(value, name)
    return values


def described(compute: Callable) -> list[str]:
    """Return a line for each parameter of a figure: its name, its default and its kind."""
    lines = []
    for name, (kind, default) in parameters(compute).items():
        if isinstance(kind, Table):
            lines.append(f"--data FILE: {kind}")
        else:
            follows = "; with --data, by default in proportion to the rows" * kind.length
            follows += "; with --data, by default at most the rows for training" * kind.of_rows
            lines.append(f"--set {name}={text(default)}: {kind}{follows}")
    return lines

"""`tinyae figures`: compute and draw figures of the chapter, from a checkout or a wheel.

The figures are a folder at the top of the repository. A wheel holds them as `tinyae.figures`.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import tinyae

NAME = "figures"


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command `figures` to the list that `--help` prints.

    Its options are those of the figures' own program, which `run` calls before anything is parsed.
    """
    commands.add_parser(NAME, help="compute, draw and check figures of the chapter", add_help=False)


def package() -> str:
    """Return the name of the package that holds the figures.

    Raises
    ------
    FileNotFoundError
        If there is none, as in a copy of the folder `tinyae` alone.
    """
    if find_spec("tinyae.figures"):
        return "tinyae.figures"
    # A package of the same name from elsewhere would be another program.
    beside = Path(tinyae.__file__).resolve().parents[1] / NAME / "__init__.py"
    found = find_spec(NAME)
    if found and found.origin and Path(found.origin).resolve() == beside:
        return NAME
    raise FileNotFoundError(
        f"the figures were not found: {beside} is missing or cannot be imported; install a wheel "
        "of tinyae, or run `python -m figures` in a checkout"
    )


def run(arguments: list[str], program: str) -> int:
    """Run the figures' program on these arguments and return its exit status."""
    return import_module(f"{package()}.__main__").run(arguments, program=f"{program} {NAME}")

"""`python -m tinyae info`: what a file of tinyae holds."""

from __future__ import annotations

import argparse

import numpy as np

from tinyae.applications.coder import Coder
from tinyae.commands.search_index import SearchIndex
from tinyae.files.archive_files import read_archive
from tinyae.files.paths import npz_path
from tinyae.persistence import load

SHOWN = 8  # names of columns


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command `info` to a command line."""
    parser = commands.add_parser(
        "info",
        help="say what a model file holds",
        description="Check a file that `fit`, `hash` or `save` wrote, and say what it holds.",
        epilog="example:\n    python -m tinyae info model.npz\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="the file")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    header, arrays = read_archive(options.model, "model")
    path = npz_path(options.model)
    found = SearchIndex.load(path) if "reading" in header else load(path)
    print(f"{path}: {path.stat().st_size} bytes, checksum correct")
    if isinstance(found, Coder):
        print(f"columns    {found.width}{_names(found)}")
        print(f"numbers    {found.scaling.kind}")
        codes = found.transform(np.zeros((1, found.width))).shape[1]
        print(f"code       {codes} numbers")
        found = found.transformer
    print(f"model      {found!r}")
    inner = getattr(found, "model_", found)
    if inner is not found:
        print(f"           {inner!r}")
    print("arrays")
    for name, array in arrays.items():
        print(f"    {name:<40} {array.dtype!s:<8} {array.shape}")
    return 0


def _names(coder: Coder) -> str:
    """Return the names of the first columns in brackets, or ""."""
    if coder.columns is None:
        return ""
    more = ", ..." if len(coder.columns) > SHOWN else ""
    return f" ({', '.join(coder.columns[:SHOWN])}{more})"

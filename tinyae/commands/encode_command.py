"""`python -m tinyae encode` and `reconstruct`: the rows of a file through a trained model."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.coder import Coder
from tinyae.checks.numbers import whole_number
from tinyae.commands.output_place import check_place
from tinyae.commands.progress import progress
from tinyae.commands.read_rows import Reading, Rows, column_names, note_of_names
from tinyae.commands.write_rows import check_end, print_rows, write_rows
from tinyae.files.paths import npz_path
from tinyae.persistence import load


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the commands `encode` and `reconstruct` to a command line."""
    for name, what, run in (
        ("encode", "write the codes of the rows of a file", _encode),
        ("reconstruct", "write the rows that the codes stand for", _reconstruct),
    ):
        parser = commands.add_parser(
            name,
            help=what,
            description=f"{what[0].upper()}{what[1:]}, by a model that `fit` trained.",
            epilog=f"example:\n    python -m tinyae {name} model.npz rows.csv --out result.csv\n",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        add = parser.add_argument
        add("model", metavar="MODEL", help="a file that `fit` wrote")
        add("data", metavar="DATA", help="an .npy array or a text table with the columns of the "
            "training rows")  # fmt: skip
        add("--out", required=True, metavar="FILE",
            help="the file to write, .csv or .npy; - writes a table to a pipe")  # fmt: skip
        add("--skip", type=int, default=0, metavar="N",
            help="leave out the first N columns (0)")  # fmt: skip
        add("--drop", type=column_names, default=(), metavar="NAME,NAME",
            help="leave out these columns of a text table (none)")  # fmt: skip
        add("--header", action="store_true",
            help="the first line names the columns; needed only if the names are "
            "numbers")  # fmt: skip
        parser.set_defaults(run=run)


def _encode(options: argparse.Namespace) -> int:
    coder, source, out = _opened(options)
    blocks = map(coder.transform, progress(source.blocks(), "encoded"))
    width = coder.transform(np.zeros((1, coder.width))).shape[1]
    _write(out, blocks, [f"code{i}" for i in range(width)], "codes")
    return 0


def _reconstruct(options: argparse.Namespace) -> int:
    coder, source, out = _opened(options)
    blocks = map(coder.reconstruct, progress(source.blocks(), "reconstructed"))
    _write(out, blocks, coder.columns or [f"column{i}" for i in range(coder.width)], "rows")
    return 0


def _write(out: Path | None, blocks: Iterable[NDArray], names: Sequence[str], what: str) -> None:
    """Write the blocks to a file or, for None, to standard output, and say how many rows."""
    if out is None:
        print_rows(blocks, names)
        return
    count = write_rows(out, blocks, names)
    print(f"wrote {count} {what} of {len(names)} numbers to {out}")


def _opened(options: argparse.Namespace) -> tuple[Coder, Rows, Path | None]:
    """Return the model, the rows and the place of the result (None: a pipe), all checked."""
    out = None if options.out == "-" else Path(options.out)
    if out is not None:
        check_end(out)
        check_place(out, options.data, npz_path(options.model))
    coder = coder_in(options.model)
    skip = whole_number(options.skip, "--skip", least=0)
    missing = coder.scaling.fill is not None
    source = Reading(kind=coder.scaling.kind, skip=skip, drop=options.drop, missing=missing).open(
        options.data, header=options.header
    )
    if source.width != coder.width:
        raise ValueError(
            f"{options.data} has {source.width} numbers in a row, but the rows that the model was "
            f"trained on had {coder.width}; --skip leaves out columns on the left, --drop others"
        )
    names = getattr(source, "names", None)
    if coder.columns is not None and names is not None and tuple(names) != coder.columns:
        raise ValueError(_other_names(options.data, tuple(names), coder.columns))
    if note := note_of_names(source):
        print(note, file=sys.stderr)
    return coder, source, out


def coder_in(path: str | os.PathLike) -> Coder:
    """Return the `Coder` in a file; raise ValueError if the file holds something else."""
    found = load(path)
    if not isinstance(found, Coder):
        raise ValueError(f"{path} holds a {type(found).__name__}, not a model that `fit` wrote")
    return found


def _other_names(path: str, names: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    """Return which columns differ from those of the training rows."""
    if sorted(names) == sorted(wanted):
        first = next(i for i, name in enumerate(names) if name != wanted[i])
        return (
            f"{path} has the columns of the training rows in another order: column {first + 1} is "
            f"{names[first]!r}, expected {wanted[first]!r}; bring them into that order"
        )
    new, missing = Counter(names) - Counter(wanted), Counter(wanted) - Counter(names)
    return (
        f"{path} has other columns than the training rows: {', '.join([*new.elements()][:5])} in "
        f"place of {', '.join([*missing.elements()][:5])}"
    )

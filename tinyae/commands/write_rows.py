"""Writing rows of numbers block by block, to a .csv or .npy file or to standard output."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tinyae.files.replacement import replacing

ENDS = (".csv", ".npy")


def check_end(out: Path) -> None:
    """Raise ValueError unless the path of a result ends in .csv or .npy."""
    if out.suffix.lower() not in ENDS:
        raise ValueError(f"--out must end in .csv or .npy, or be - for a pipe, got {out}")


def write_rows(out: Path, blocks: Iterable[NDArray], names: Sequence[str]) -> int:
    """Write all blocks (m, len(names)) and return the number of rows.

    A .csv file begins with a line of the names. Its numbers are the shortest decimal numbers that
    are read as the same values of the dtype. An .npy file holds one array of the blocks' dtype;
    without any block its dtype is float64. An error leaves an older file unchanged.
    """
    count, dtype, is_array = 0, np.dtype(np.float64), out.suffix.lower() == ".npy"
    with replacing(out) as stream:
        if is_array:
            _write_head(stream, dtype, count, len(names))
        else:
            stream.write(_line_of(names).encode())
        for block in blocks:
            count, dtype = count + len(block), block.dtype.newbyteorder("<")
            if is_array:
                stream.write(np.ascontiguousarray(block, dtype).tobytes())
            else:
                stream.write(_as_csv(block).encode())
        if is_array:  # the number of rows is known only now
            stream.seek(0)
            _write_head(stream, dtype, count, len(names))
    return count


def print_rows(blocks: Iterable[NDArray], names: Sequence[str]) -> int:
    """Print all blocks as a table with commas, as `write_rows` writes it; return how many rows."""
    count = 0
    sys.stdout.write(_line_of(names))
    for block in blocks:
        count += len(block)
        sys.stdout.write(_as_csv(block))
    return count


def _line_of(names: Sequence[str]) -> str:
    """Return the names as one line, with quotation marks where a name needs them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(names)
    return text.getvalue()


def _as_csv(block: NDArray) -> str:
    # str of a NumPy scalar gives the shortest digits; tolist would give those of float64.
    cells = block.astype(str).tolist() if block.dtype.kind == "f" else block.tolist()
    return "".join(",".join(map(str, row)) + "\n" for row in cells)


def _write_head(stream: BinaryIO, dtype: np.dtype, count: int, width: int) -> None:
    """Write what precedes the numbers of an array (count, width) in an .npy file.

    NumPy leaves room for a larger number of rows, so that the length does not depend on `count`.
    """
    facts = {"descr": dtype.str, "fortran_order": False, "shape": (count, width)}
    np.lib.format.write_array_header_1_0(stream, facts)

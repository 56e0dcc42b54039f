"""`python -m tinyae search`: the rows that are similar to queries, by their binary codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import whole_number
from tinyae.commands.documents import DocumentRows
from tinyae.commands.output_place import check_place
from tinyae.commands.progress import progress
from tinyae.commands.read_rows import Reading, Rows, note_of_names
from tinyae.commands.search_index import SearchIndex, packed_codes, unpacked
from tinyae.files.paths import npz_path
from tinyae.files.replacement import replacing

FEW = 20  # queries whose matches are printed as a table
SHOWN = 10  # matches of a query in the table
QUERIES = 1024  # that are looked up at a time, fewer if they have many matches
MATCHES = 1 << 18  # in memory at a time, about
FIRST_LINE = "query,row,distance\n"
WIDTH = 79  # characters of a line of help
EXAMPLES = """\
examples:
    python -m tinyae search codes.npz queries.csv --radius 2
    python -m tinyae search codes.npz queries.npy --nearest 10 --out matches.csv
"""


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command `search` to a command line."""
    parser = commands.add_parser(
        "search",
        help="find the rows that are similar to queries",
        description=fill(
            "Find the rows of a file written by `hash` whose binary codes differ from those of the "
            "queries in few bits. Rows and queries are counted from 0; a distance is the number of "
            f"bits that differ. At most {FEW} queries are answered in a table, more in the form of "
            "a .csv file.",
            WIDTH,
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("codes", metavar="CODES", help="the file that `hash` wrote")
    add("queries", metavar="QUERIES",
        help="rows like those that were hashed, in any of the forms that `hash` reads")  # fmt: skip
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument("--radius", type=int, default=2, metavar="R",
                        help="all rows within a distance of R bits (2)")  # fmt: skip
    wanted.add_argument("--nearest", type=int, metavar="K",
                        help="the K rows with the smallest distances")  # fmt: skip
    add("--out", metavar="FILE", help="write the matches to a file: .csv, or .npy for an array of "
        "query, row and distance in each of its rows")  # fmt: skip
    add("--skip", type=int, metavar="N",
        help="leave out the first N columns of the queries (as many as for `hash`)")  # fmt: skip
    add("--header", action="store_true",
        help="the first line names the columns; needed only if the names are numbers")  # fmt: skip
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    """Answer the queries and return the exit status."""
    out = None if options.out is None else Path(options.out)
    if out is not None:
        if out.suffix.lower() not in (".csv", ".npy"):
            raise ValueError(f"--out must end in .csv or .npy, got {out}")
        check_place(out, options.queries, npz_path(options.codes))
    index = SearchIndex.load(options.codes)
    bits, n = index.encoder.bits, len(index)
    if options.nearest is None and not 0 <= options.radius <= bits:
        raise ValueError(f"--radius must be from 0 to {bits}, the bits of a code")
    if options.nearest is not None and not 1 <= options.nearest <= n:
        raise ValueError(f"--nearest must be from 1 to {n}, the number of rows")
    reading = index.reading
    if reading.words and (options.skip is not None or options.header):
        raise ValueError("documents have no columns; leave out --skip and --header")
    if options.skip is not None:
        skip = whole_number(options.skip, "--skip", least=0)
        reading = Reading(reading.words, reading.kind, skip)
    source = reading.open(options.queries, header=options.header)
    d = len(index.encoder.scaling.shift)
    if source.width != d:
        noun = "number" if source.width == 1 else "numbers"
        raise ValueError(
            f"{options.queries} has {source.width} {noun} in a row, but the rows that were hashed "
            f"had {d}; --skip leaves out columns"
        )
    # All queries are read before the first answer is printed, so that no answer precedes an error.
    codes = unpacked(packed_codes(index.encoder, progress(source.blocks(), "encoded")), bits)
    _print_notes(source)
    answers = _answers(index, codes, options)
    if out is not None:
        count = _write(out, answers)
        print(f"wrote {count} matches of {len(codes)} queries to {out}")
    elif len(codes) > FEW:
        sys.stdout.write(FIRST_LINE)
        for _, _, matches in answers:
            sys.stdout.write(_as_csv(matches))
    else:
        what = f"the {options.nearest} nearest of {n} rows"
        if options.nearest is None:
            what = f"rows of {n} within {options.radius} of {bits} bits"
        print(f"{what}, each with its distance in brackets; counted from 0")
        for start, stop, matches in answers:
            _print_table(matches, start, stop)
    return 0


def _print_notes(source: Rows) -> None:
    """Print on standard error what the user may not expect about the queries."""
    if note := note_of_names(source):
        print(note, file=sys.stderr)
    if isinstance(source, DocumentRows) and source.without:
        listed = ", ".join(map(str, source.without[:SHOWN]))
        more = ", ..." if len(source.without) > SHOWN else ""
        print(
            f"{len(source.without)} of the queries have none of the {source.width} words, so that "
            f"their matches say nothing: {listed}{more}",
            file=sys.stderr,
        )


def _answers(
    index: SearchIndex, codes: NDArray[np.bool_], options: argparse.Namespace
) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
    """Yield (first query, end, matches) for blocks of queries; the matches are (m, 3).

    A block is so small that its matches fit into memory. How many rows are within a radius is not
    known before, so the first block has room for all rows, and the next ones grow or shrink.
    """
    start, k = 0, options.nearest or len(index)
    size = min(QUERIES, max(1, MATCHES // k))
    while start < len(codes):
        block = codes[start : start + size]
        if options.nearest is None:
            matches = index.lookup_codes(block, options.radius)
            room = MATCHES * len(block) // max(1, len(matches))  # for queries like these
            size = max(1, min(QUERIES, 2 * size, room))
        else:
            matches = index.nearest_codes(block, options.nearest)
        yield start, start + len(block), matches + np.array([start, 0, 0])
        start += len(block)


def _write(out: Path, answers: Iterator[tuple[int, int, NDArray]]) -> int:
    """Write all matches to a .csv or .npy file, and return how many there are."""
    count, is_array = 0, out.suffix.lower() == ".npy"
    with replacing(out) as stream:
        stream.write(_npy_header(0) if is_array else FIRST_LINE.encode())
        for _, _, matches in answers:
            stream.write(matches.astype("<i8").tobytes() if is_array else _as_csv(matches).encode())
            count += len(matches)
        if is_array:  # the number of matches is known only now
            stream.seek(0)
            stream.write(_npy_header(count))
    return count


def _npy_header(count: int) -> bytes:
    """Return the first 128 bytes of an .npy file (version 1.0) of whole numbers (count, 3)."""
    text = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({count}, 3), }}"
    return b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + f"{text:<117}\n".encode()


def _as_csv(matches: NDArray) -> str:
    return "".join(f"{query},{row},{distance}\n" for query, row, distance in matches.tolist())


def _print_table(matches: NDArray, start: int, stop: int) -> None:
    """Print a line for each query: its first matches and how many more there are."""
    for query in range(start, stop):
        found = matches[matches[:, 0] == query]
        listed = "  ".join(f"{row} ({distance})" for _, row, distance in found[:SHOWN].tolist())
        more = f"  and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        print(f"query {query}: {listed or 'none'}{more}")

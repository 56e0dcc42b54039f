"""`python -m tinyae hash`: binary codes of the rows of a user's file, for `search`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from textwrap import fill

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.scaling import KINDS, kind_of_range
from tinyae.applications.semantic_hash import SemanticHash
from tinyae.applications.thresholds import THRESHOLDS
from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.commands.documents import DocumentRows, vocabulary
from tinyae.commands.output_place import check_place
from tinyae.commands.progress import Extent, progress
from tinyae.commands.read_rows import Reading, note_of_names, sample_rows
from tinyae.commands.search_index import SearchIndex, packed_codes
from tinyae.files.paths import npz_path

MOST_NUMBERS = 1 << 25  # in the training rows
RAREST = 0.01  # share of ones or zeros below which there is a warning
WORDS = 2000  # in the vocabulary of documents
WIDTH = 79  # characters of a line of help
EXAMPLES = """\
examples:
    python -m tinyae hash rows.csv --bits 32 --out codes.npz
    python -m tinyae hash pixels.npy --bits 64 --epochs 50 --out codes.npz
    python -m tinyae hash words.csv --counts --skip 1 --bits 20 --out codes.npz
    python -m tinyae hash texts.txt --documents --words 1000 --out codes.npz
    python -m tinyae search codes.npz queries.csv --radius 2
"""


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command `hash` to a command line."""
    parser = commands.add_parser(
        "hash",
        help="give the rows of a file binary codes, for search",
        description=fill(
            "Train an autoencoder with binary codes on the rows of a file, and write the "
            "codes of all rows and the encoder to one file, in which `search` finds similar rows. "
            "Rows that cannot be read are named by their line, and nothing is written then.",
            WIDTH,
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("data", metavar="DATA", help="an .npy array (n, d); or a text table .csv, .tsv, .txt or "
        ".dat; or with --documents a text file")  # fmt: skip
    add("--out", required=True, metavar="FILE", help="the file to write, such as codes.npz")
    add("--bits", type=int, default=32, help="bits of a code (32)")
    add("--kind", choices=("auto", *KINDS), default="auto",
        help="of the numbers: real (each column is standardised), unit (in [0, 1]), bytes (0 to "
        "255) or counts (log(1 + count) is used). auto: unit if all numbers are in [0, 1], bytes "
        "for arrays of uint8, else real (auto)")  # fmt: skip
    add("--counts", action="store_true", help="the same as --kind counts")
    add("--documents", action="store_true",
        help="the file holds texts, one document in a line, whose words are counted")  # fmt: skip
    add("--words", type=int, help="size of the vocabulary of documents (2000)")
    add("--skip", type=int, default=0, metavar="N",
        help="leave out the first N columns, such as names or labels of the rows (0)")  # fmt: skip
    add("--header", action="store_true",
        help="the first line names the columns; needed only if the names are numbers")  # fmt: skip
    add("--hidden", type=widths, default=(256,), metavar="N,N",
        help="widths of the layers before the code (256)")  # fmt: skip
    add("--epochs", type=int,
        help="passes over the training rows (20, or more for fewer than 10000 rows)")  # fmt: skip
    add("--sigma", type=float, default=10.0, help="noise before the sigmoids, at the end (10)")
    add("--threshold", choices=THRESHOLDS, default="auto",
        help="where a code unit becomes the bit 1: at 1/2 (half), near the median of its "
        "values, or at 1/2 except for units that are rarely on or rarely off (auto)")  # fmt: skip
    add("--train-rows", type=int, default=100_000, metavar="N",
        help="train on at most N rows, drawn at random (100000, fewer if they are very long); all "
        "rows get a code")  # fmt: skip
    add("--seed", type=int, default=0, help="seed of weights, noise, order and choice of rows (0)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    """Hash a file, say what was done, and return the exit status."""
    counts = options.counts or options.documents
    if counts and options.kind not in ("auto", "counts"):
        raise ValueError(f"--kind {options.kind} is not for counts of words; leave it out")
    kind = "counts" if counts else options.kind
    coder = SemanticHash(
        options.bits,
        hidden=options.hidden,
        kind=kind,
        sigma=options.sigma,
        threshold=options.threshold,
        epochs=options.epochs,
        rng=options.seed,
    )
    coder.check_settings()
    whole_number(options.skip, "--skip", least=0)
    whole_number(options.train_rows, "--train-rows")
    if options.documents and (options.skip or options.header):
        raise ValueError("documents have no columns; leave out --skip and --header")
    if options.words is not None and not options.documents:
        raise ValueError("--words is for --documents only")
    out = npz_path(options.out)
    check_place(out, options.data)
    words: tuple[str, ...] = ()
    if options.documents:
        most = WORDS if options.words is None else whole_number(options.words, "--words")
        words = tuple(vocabulary(options.data, most))
    reading = Reading(words, kind, options.skip)
    source = reading.open(options.data, header=options.header)

    start = time.perf_counter()
    most = max(1, min(options.train_rows, MOST_NUMBERS // source.width))
    rng = generator(options.seed, "split")
    extent = Extent()
    rows, total = sample_rows(extent.of(progress(source.blocks(), "read")), most, rng)
    noun = "word counts" if words else "numbers"
    print(f"read {total} rows of {source.width} {noun} in {time.perf_counter() - start:.1f} s")
    if note := note_of_names(source):
        print(note)
    if isinstance(source, DocumentRows) and source.without:
        print(f"{len(source.without)} of the documents have none of the {source.width} words")
    if kind == "auto":  # by all rows, of which the training rows may be a part
        kind = kind_of_range(extent.low, extent.high, rows.dtype == np.uint8)
    coder.set_params(kind=kind).fit(rows)
    print(f"trained on {len(rows)} rows ({coder.encoder_.scaling.kind}): {coder.history_}")
    print("(the loss may rise, because the noise that makes the codes binary grows meanwhile)")
    if coder.history_.stopped == "interrupted":
        raise KeyboardInterrupt
    blocks: Iterable[NDArray] = [rows]
    if len(rows) < total:
        blocks = progress(source.blocks(), "encoded")
    reading = Reading(words, kind, options.skip)
    index = SearchIndex(coder.encoder_, packed_codes(coder.encoder_, blocks), reading)
    if len(index) != total:
        raise ValueError(f"{options.data} was changed while it was read; start again")
    print(_described(index))
    path = index.save(out)  # after all that may be interrupted
    print(f"wrote {path} ({path.stat().st_size} bytes)")
    return 0


def _described(index: SearchIndex) -> str:
    """Return what the codes are like, with a warning if some bits say almost nothing."""
    shares, different = index.shares(), len(np.unique(index.packed, axis=0))
    text = (
        f"codes of {len(shares)} bits: {different} different ones for {len(index)} rows; a bit is "
        f"1 in {shares.min():.0%} to {shares.max():.0%} of the rows"
    )
    stuck = int((np.minimum(shares, 1.0 - shares) < RAREST).sum())
    if stuck:
        text += (
            f"\nwarning: {stuck} bits are the same in more than {1 - RAREST:.0%} of the rows and "
            "say almost nothing; take fewer --bits or more --epochs"
        )
    return text


def widths(text: str) -> tuple[int, ...]:
    """Return widths such as "256,64" as numbers; "" and "0" are no layers."""
    parts = [] if text in ("", "0") else text.split(",")
    if not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(
            f"expected widths from 1 with commas between them, such as 256,64, got {text!r}"
        )
    return tuple(map(int, parts))

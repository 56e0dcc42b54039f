"""`python -m tinyae fit`: train an autoencoder on the rows of a user's file."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from textwrap import fill

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.coder import Coder
from tinyae.applications.scaling import KINDS as NUMBERS
from tinyae.applications.scaling import kind_of_range, scaling_of
from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number, whole_number
from tinyae.commands.hash_command import widths
from tinyae.commands.kinds import KINDS, Training, transformer
from tinyae.commands.output_place import check_place
from tinyae.commands.progress import Extent, progress
from tinyae.commands.read_rows import (
    Reading,
    check_filled,
    column_names,
    note_of_names,
    remedies,
    sample_rows,
)
from tinyae.embeddings.pca import PCA
from tinyae.files.paths import npz_path
from tinyae.persistence import save

MOST_NUMBERS = 1 << 25  # in the training rows
HELD, MOST_HELD, FEWEST = 0.1, 10_000, 20  # share and number of rows that are kept for the errors
COMPONENTS = 32
WIDTH = 79  # characters of a line of help
EXAMPLES = """\
examples:
    python -m tinyae fit rows.csv --components 8 --out model.npz
    python -m tinyae fit pixels.npy --kind denoising --hidden 256 --out model.npz
    python -m tinyae encode model.npz new.csv --out codes.csv
    python -m tinyae reconstruct model.npz new.csv --out rows.csv
    python -m tinyae info model.npz
"""


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command `fit` to a command line."""
    parser = commands.add_parser(
        "fit",
        help="train an autoencoder on the rows of a file",
        description=fill(
            "Train an autoencoder on the rows of a file and write it, with the scaling of the "
            "columns, to one file for `encode`, `reconstruct` and `tinyae.load`. Rows that cannot "
            "be read are named by their line, and nothing is written then.",
            WIDTH,
        ),
        epilog="kinds:\n"
        + "".join(f"    {name:<14}{what}\n" for name, what in KINDS.items())
        + EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("data", metavar="DATA", help="an .npy array (n, d), or a text table .csv, .tsv, .txt or "
        ".dat")  # fmt: skip
    add("--out", required=True, metavar="FILE", help="the file to write, such as model.npz")
    add("--components", type=int,
        help="numbers of a code (32, or half as many as there are columns)")  # fmt: skip
    add("--kind", choices=tuple(KINDS), default="plain", help="of the codes, see below (plain)")
    add("--numbers", choices=("auto", *NUMBERS), default="auto",
        help="real (each column is standardised), unit (in [0, 1]), bytes (0 to 255) or counts "
        "(log(1 + count) is used). auto: unit if all numbers are in [0, 1], bytes for arrays of "
        "uint8, else real (auto)")  # fmt: skip
    add("--hidden", type=widths, metavar="N,N",
        help="widths of the layers before the code, 0 for none (128; none for contractive, sparse, "
        "psd and rbm)")  # fmt: skip
    add("--noise", type=float,
        help="of --kind denoising: standard deviations for real numbers (0.3), else the share of "
        "entries that are set to 0 (0.2)")  # fmt: skip
    add("--strength", type=float,
        help="factor of the penalty of --kind contractive (0.1) and sparse (0.3)")  # fmt: skip
    add("--epochs", type=int, help="most passes over the training rows (50, or more for fewer than "
        "10000 rows); training ends earlier if the error of held-out rows does not "
        "fall")  # fmt: skip
    add("--batch-size", type=int, default=100, help="rows in a step (100)")
    add("--learning-rate", type=float,
        help="of the optimizer (0.003; 0.01 for psd and rbm)")  # fmt: skip
    add("--skip", type=int, default=0, metavar="N",
        help="leave out the first N columns, such as names or labels of the rows (0)")  # fmt: skip
    add("--drop", type=column_names, default=(), metavar="NAME,NAME",
        help="leave out these columns of a text table, such as labels (none)")  # fmt: skip
    add("--missing", choices=("refuse", "mean"), default="refuse",
        help="mean: an empty cell, NA or NaN stands for the mean of its column in the training "
        "rows, here and in `encode` (refuse)")  # fmt: skip
    add("--header", action="store_true",
        help="the first line names the columns; needed only if the names are numbers")  # fmt: skip
    add("--train-rows", type=int, default=100_000, metavar="N",
        help="train on at most N rows, drawn at random (100000, fewer if they are very "
        "long)")  # fmt: skip
    add("--seed", type=int, default=0, help="seed of weights, noise, order and choice of rows (0)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    """Train on a file, say what was done, and return the exit status."""
    whole_number(options.skip, "--skip", least=0)
    whole_number(options.train_rows, "--train-rows", least=2)
    if options.epochs is not None:
        whole_number(options.epochs, "--epochs")
    whole_number(options.batch_size, "--batch-size")
    whole_number(options.seed, "--seed", least=0)
    for name in ("noise", "strength"):
        if getattr(options, name) is not None:
            real_number(getattr(options, name), f"--{name}", low=0.0)
    if options.learning_rate is not None:
        real_number(options.learning_rate, "--learning-rate", low=0.0, open_low=True)
    out = npz_path(options.out)
    check_place(out, options.data)
    missing = options.missing == "mean"
    source = Reading(
        kind=options.numbers, skip=options.skip, drop=options.drop, missing=missing
    ).open(options.data, header=options.header)
    components = options.components
    if components is None:
        components = max(1, min(COMPONENTS, source.width // 2))
    training = Training(
        whole_number(components, "--components"), options.hidden, options.noise, options.strength,
        options.epochs, options.batch_size, options.learning_rate, options.seed,
        verbose=sys.stderr is not None and sys.stderr.isatty(),
    )  # fmt: skip
    transformer(options.kind, "real", training)  # an error here must come before the reading

    start = time.perf_counter()
    most = max(2, min(options.train_rows, MOST_NUMBERS // source.width))
    extent, rng = Extent(), generator(options.seed, "split")
    try:
        rows, total = sample_rows(extent.of(progress(source.blocks(), "read")), most, rng)
    except ValueError as error:
        raise ValueError(f"{error}{remedies(source)}") from None
    print(f"read {total} rows of {source.width} numbers in {time.perf_counter() - start:.1f} s")
    if note := note_of_names(source):
        print(note)
    if len(rows) < 2:
        raise ValueError(f"{options.data} has 1 row, expected at least 2")
    numbers = options.numbers
    if numbers == "auto":
        numbers = kind_of_range(extent.low, extent.high, rows.dtype == np.uint8)
    train, held = _held_out(rows, rng)
    check_filled(train, source)
    scaling = scaling_of(train, numbers, missing=missing)
    if missing:
        print(
            f"{np.isnan(rows).mean():.1%} of the entries are missing; their column's mean is used"
        )
    model = transformer(options.kind, scaling.kind, training, len(train))
    with warnings.catch_warnings():  # an interruption is told below
        warnings.filterwarnings("ignore", "the training was interrupted")
        model.fit(scaling.apply(train))
    names = getattr(source, "names", None)
    coder = Coder(scaling, model, None if names is None else tuple(names))
    print(_trained(coder, len(train)))
    if len(held):
        print(_compared(coder, train, held))
    path = save(coder, out)
    print(f"wrote {path} ({path.stat().st_size} bytes)")
    if getattr(model, "stopped_", "") == "interrupted":
        print(f"interrupted; {path} holds the model so far", file=sys.stderr)
        return 130
    return 0


def _held_out(rows: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Return rows for training and rows for the errors, drawn at random; none of few rows."""
    count = min(MOST_HELD, int(HELD * len(rows))) if len(rows) >= FEWEST else 0
    order = rng.permutation(len(rows))
    return rows[np.sort(order[count:])], rows[order[:count]]


def _trained(coder: Coder, rows: int) -> str:
    """Return what was trained, in a sentence."""
    epochs = getattr(coder.transformer, "n_iter_", None)
    after = "" if epochs is None else f" for {epochs} epochs"
    return f"trained on {rows} rows ({coder.scaling.kind}){after}"


def _compared(coder: Coder, train: NDArray, held: NDArray) -> str:
    """Return how much of held-out rows the codes keep, beside principal components."""
    k, kept = coder.transform(held[:1]).shape[1], coder.explained(held)
    if np.isnan(kept):
        return f"{len(held)} held-out rows: they are equal, so they have no variance to keep"
    text = f"{len(held)} held-out rows: the codes of {k} numbers keep {kept:.1%} of their variance"
    if isinstance(coder.transformer, PCA):
        return text
    try:
        linear = Coder(coder.scaling, PCA(k).fit(coder.scaling.apply(train)))
    except ValueError:  # more components than the rows determine
        return text
    return f"{text}, {k} principal components {linear.explained(held):.1%}"

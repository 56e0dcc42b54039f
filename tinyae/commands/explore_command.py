"""`python -m tinyae explore`: an autoencoder that learns while one looks, with sliders."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from textwrap import fill

from numpy.typing import NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.commands.output_place import check_place
from tinyae.commands.read_rows import Reading, column_names, note_of_names, sample_rows
from tinyae.training.terminal_line import TerminalLine

MOST = 100_000  # rows of a file that are used
PICTURES = (".gif", ".png", ".svg", ".pdf")
LAST_PORT = 65_535
EXAMPLES = """\
examples:
    python -m tinyae explore
    python -m tinyae explore three-points --sigma 0.05
    python -m tinyae explore points.csv --web
    python -m tinyae explore spiral --out spiral.gif --frames 60 --every 4
"""


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command `explore` to a command line."""
    parser = commands.add_parser(
        "explore",
        help="watch an autoencoder learn, and move its settings",
        description=fill(
            "Train an autoencoder and watch it learn. Sliders change the noise, the learning rate, "
            "the penalty, the units and the initial weights; a click follows a point from one "
            "reconstruction to the next. A file of one column is shown as the curve r(x), of two "
            "as the field r(x) - x, of more as the field of its first two principal components.",
            79,
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("data", metavar="DATA", nargs="?", default="spiral",
        help="spiral, three-points, curve or digits; or a file, .csv, .tsv, .txt, .dat or .npy "
        "(spiral)")  # fmt: skip
    add("--kind", help="denoising, contractive, sparse or plain (denoising)")
    add("--sigma", type=float,
        help="standard deviation of the noise, from 0.02 to 1; the rows of a file are scaled to "
        "about the size of the spiral, and sigma is in that scale")  # fmt: skip
    add("--units", type=int, help="number of hidden units, from 2 to 400")
    add("--learning-rate", type=float, help="learning rate of Adam, from 0.0001 to 0.5")
    add("--strength", type=float, help="lambda of the penalty, from 0.00001 to 10")
    add(
        "--scale",
        type=float,
        help="initial weights are drawn from U(-SCALE, SCALE), from 0.01 to 40",
    )
    add("--seed", type=int, default=0, help="of weights, data and noise (0)")
    add("--skip", type=int, default=0, metavar="N",
        help="leave out the first N columns of a file (0)")  # fmt: skip
    add("--drop", type=column_names, default=(), metavar="NAME,NAME",
        help="leave out these columns of a text table (none)")  # fmt: skip
    add("--web", action="store_true",
        help="show it in a browser on this machine; needs the package tornado")  # fmt: skip
    add("--port", type=int, metavar="PORT", help="port of --web (8988, or a free one near it)")
    add("--out", metavar="FILE",
        help="train without a window, and write a film (.gif) or the last frame (.png, .svg, "
        ".pdf)")  # fmt: skip
    add("--frames", type=int, default=60, metavar="N",
        help="number of frames of --out, of which a picture shows the last (60)")  # fmt: skip
    add("--every", type=int, default=1, metavar="N",
        help="epochs from one frame of --out to the next (1)")  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    out = checked_out(options)
    data, name = source(options)

    # Here, because they import matplotlib, for which the other commands need not wait.
    from tinyae.exploring.explorer import Explorer
    from tinyae.exploring.film import write_film
    from tinyae.exploring.window import serve, start_server

    address = start_server(options.port) if options.web else None
    alone = out is not None  # without a window
    explorer = Explorer(
        data, kind=options.kind, sigma=options.sigma, units=options.units,
        learning_rate=options.learning_rate, strength=options.strength, scale=options.scale,
        seed=options.seed, name=name, window=not alone, controls=not alone,
    )  # fmt: skip
    if explorer.learner.data.note:
        print(f"{name}: {explorer.learner.data.note}", file=sys.stderr)
    if out is not None:
        write_film(explorer, out, frames=options.frames, every=options.every,
                   report=lambda frame: report(frame, options.frames))  # fmt: skip
        epochs = explorer.learner.epochs
        print(f"wrote {out} after {epochs} epoch{'s' * (epochs != 1)}")
    elif address is None:
        explorer.show(block=True)
    else:
        print(f"open {address} in a browser on this machine; Ctrl-C ends", flush=True)
        serve()
    return 0


def checked_out(options: argparse.Namespace) -> Path | None:
    """Return the file to write, or None for a window; raise if an option cannot be used."""
    whole_number(options.skip, "--skip", least=0)
    whole_number(options.frames, "--frames")
    whole_number(options.every, "--every")
    if options.port is not None and not options.web:
        raise ValueError("--port is that of --web: give both, or leave --port out")
    if options.port is not None and not 1 <= options.port <= LAST_PORT:
        raise ValueError(f"--port must be from 1 to {LAST_PORT}, got {options.port}")
    if options.out is None:
        return None
    if options.web:
        raise ValueError("--web shows a page and --out writes a file: give one of them")
    out = Path(options.out)
    if out.suffix.lower() not in PICTURES:
        raise ValueError(f"--out must end in one of {', '.join(PICTURES)}, got {options.out}")
    check_place(out, options.data)
    return out


def source(options: argparse.Namespace) -> tuple[str | NDArray, str]:
    """Return the name of built-in data, or the rows of a file; and a name for texts."""
    path = Path(options.data)
    if not path.suffix:
        return options.data, options.data
    rows = Reading(kind="real", skip=options.skip, drop=options.drop).open(path)
    try:
        found, total = sample_rows(rows.blocks(), MOST, generator(options.seed, "split"))
    except ValueError as error:
        raise ValueError(f"{error}; --drop or --skip leaves columns out") from None
    for note in (note_of_names(rows), f"{MOST} of its {total} rows are used" * (total > MOST)):
        if note:
            print(note, file=sys.stderr)
    return found, path.name


def report(frame: int, frames: int) -> None:
    """Say on a terminal how many frames are done."""
    line = TerminalLine(sys.stderr)
    if line.terminal:
        line.write(f"\rframe {frame} of {frames}" + "\n" * (frame == frames))

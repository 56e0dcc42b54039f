"""Compute, draw and print the figures: `python -m figures [14.5 …] [--quick] [--check]`.

`--slide` draws slides too, and `--animate` writes animations in place of figures. Some figures can
also be drawn from real pictures: `python -m figures psd 14.8 14.10 --data FOLDER`.

One figure can be drawn with parameters and data of one's own: `python -m figures 14.5 --set
sigma=0.1 --data points.csv --out FOLDER --format pdf`; `--list` shows which it has. Its files have
the parameters in their names, so they never replace those of the recorded figure, and its numbers
are compared with nothing.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from tinyae.commands.read_rows import Reading
from tinyae.text import adapt_outputs

from . import common, parameters
from .catalogue import FIGURES, FROM_FOLDER, figure, listed, spread
from .films import FILMS, film
from .parallel import cores, in_turn

PROGRAM = "python -m figures"


def main(arguments: list[str] | None = None, *, program: str = PROGRAM) -> int:
    """Run the command; return 0, or 1 if a check failed. `program` is its name in messages."""
    parser = argparse.ArgumentParser(
        prog=program, description=(__doc__ or "").replace(PROGRAM, program)
    )
    parser.add_argument("numbers", nargs="*", metavar="NUMBER",
                        help=f"which figures, by default all: {' '.join(FIGURES)}")  # fmt: skip
    parser.add_argument(
        "--quick", action="store_true", help="train for a shorter time, to test the code"
    )
    parser.add_argument("--check", action="store_true", help="compare with figures/expected")
    parser.add_argument("--record", action="store_true", help="replace figures/expected")
    parser.add_argument("--spread", type=int, metavar="N",
                        help="measure tolerances in the quick form over N seeds")  # fmt: skip
    parser.add_argument("--jobs", type=int, metavar="N",
                        help="figures made at the same time, by default one per core")  # fmt: skip
    parser.add_argument("--slide", action="store_true",
                        help="draw slides too: 16:9, one panel, the message as title")  # fmt: skip
    parser.add_argument("--from-numbers", action="store_true",
                        help="draw from the numbers of an earlier run")  # fmt: skip
    parser.add_argument("--resume", action="store_true",
                        help="draw from the numbers where the same code has computed them before, "
                        "as after an interruption")  # fmt: skip
    parser.add_argument("--animate", action="store_true",
                        help=f"write animations instead, of {', '.join(FILMS)}")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="seed of data and training (0)")
    drawn = ", ".join(FROM_FOLDER)
    parser.add_argument("--data", metavar="PATH",
                        help=f"draw {drawn} from the real pictures in a folder, or another figure "
                        "from the rows of a table (.csv, .tsv, .txt, .dat) or .npy file")  # fmt: skip
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="a parameter of the figure, such as epochs=50; may be repeated")  # fmt: skip
    parser.add_argument("--list", action="store_true",
                        help="show the figures with their parameters, and draw none")  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FOLDER",
                        help="write to this folder, which is made if it does not exist")  # fmt: skip
    parser.add_argument("--format", action="append", choices=common.KNOWN_FORMATS,
                        help="format of the pictures, by default svg and png; may be repeated")  # fmt: skip
    options = parser.parse_args(arguments)
    known = FILMS if options.animate else FIGURES
    unknown = [number for number in options.numbers if number not in known]
    if unknown:
        what = "animation" if options.animate else "figure"
        parser.error(f"no {what} {', '.join(unknown)}; there are {', '.join(known)}")
    if options.list:
        print("\n".join(listed(number) for number in options.numbers or FIGURES))
        return 0
    drawn_anew = options.check or options.record or options.spread is not None
    kept = options.from_numbers or options.resume
    own = options.set or (options.data and not set(options.numbers) & set(FROM_FOLDER))
    placed = options.out or options.format or options.set
    if options.animate and (drawn_anew or options.slide or kept or options.data or placed):
        parser.error("--animate takes numbers, --quick, --seed and --jobs only")
    if own and len(options.numbers) != 1:
        parser.error("--set, and --data with a file, are for one figure: name it, and --list shows "
                     f"which there are (--data FOLDER is for {drawn})")  # fmt: skip
    if own and (drawn_anew or kept or options.slide):
        parser.error("a figure with other parameters or data is not compared or kept, and the "
                     "titles of slides say what the recorded ones show: leave --check, --record, "
                     "--spread, --from-numbers, --resume and --slide out")  # fmt: skip
    if placed and (options.record or options.spread):
        parser.error("--out and --format are for pictures: leave --record and --spread out")
    computed = options.record or options.spread or options.data or options.seed
    if options.from_numbers and computed:
        parser.error("--from-numbers computes nothing: leave --record, --spread, --data and --seed "
                     "out")  # fmt: skip
    if options.resume and (options.from_numbers or options.spread or options.data):
        parser.error("--resume cannot be given with --from-numbers, --spread or --data")
    if options.slide and options.data is not None:
        parser.error("the titles of slides say what the generated pictures show: leave --data out, "
                     "or draw the figure from your pictures without --slide")  # fmt: skip
    if options.spread is not None and options.spread < 2:
        parser.error(f"--spread must be at least 2, got {options.spread}")
    if options.spread is not None and (options.check or options.record or options.slide):
        parser.error("--spread measures tolerances: leave --check, --record and --slide out")
    if options.jobs is not None and options.jobs < 1:
        parser.error(f"--jobs must be at least 1, got {options.jobs}")
    pictures = {}
    values: dict[str, object] = {}
    if own:
        try:
            values = read_own(options.numbers[0], options.set, options.data)
        except (OSError, TypeError, ValueError) as error:
            parser.error(f"figure {options.numbers[0]}: {error}")
    elif options.data is not None:
        if not options.numbers or not set(options.numbers) <= set(FROM_FOLDER):
            parser.error(f"--data is for {drawn}: name which of them to draw")
        if options.check or options.record or options.spread:
            parser.error("the recorded numbers are those of generated pictures: leave --data out")
        try:  # read all folders first: an error is reported before anything takes time
            pictures = {n: FROM_FOLDER[n].from_folder(options.data) for n in options.numbers}
        except (OSError, ValueError) as error:
            parser.error(str(error))

    began = time.perf_counter()
    if options.animate:
        tasks = [
            partial(film, number, seed=options.seed, quick=options.quick)
            for number in options.numbers or FILMS
        ]
    elif options.spread is None:
        tasks = [
            partial(figure, number, seed=options.seed, quick=options.quick, record=options.record,
                    check=options.check, pictures=pictures.get(number), slide=options.slide,
                    from_numbers=options.from_numbers, resume=options.resume, own=values,
                    data_name=Path(options.data).name if "X" in values else "", out=options.out,
                    formats=tuple(options.format or common.FORMATS))
            for number in options.numbers or FIGURES
        ]  # fmt: skip
    else:
        tasks = [
            partial(spread, number, seeds=options.spread) for number in options.numbers or FIGURES
        ]
    failed = False
    try:
        for report, wrong in in_turn(tasks, options.jobs or cores()):
            failed = failed or wrong
            print(report, flush=True)
    except ValueError as error:
        if not own:
            raise
        parser.error(f"figure {options.numbers[0]}: {error}")  # such as a σ unlike the data
    seconds = time.perf_counter() - began
    shown = ""
    if options.out is None:  # no list of our pictures is written into a user's folder
        common.write_alt()
        shown = ", and what the pictures show is in its ALT.md"
    print(f"{seconds:.1f} s in all; pictures and numbers are in {options.out or common.OUT}{shown}")
    return int(failed)


def read_own(number: str, texts: list[str], path: str | None) -> dict[str, object]:
    """Return the parameters of a figure from --set NAME=VALUE and from the file of --data.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError, TypeError
        If a parameter or the file is not of the kind that the figure takes.
    """
    compute = FIGURES[number].compute
    values = parameters.read(compute, texts)
    if path is not None:
        kind, _ = parameters.parameters(compute).get("X", (None, None))
        if kind is None:
            raise ValueError(f"it is not drawn from data; --list {number} shows what can be set")
        rows = np.concatenate(list(Reading().open(path).blocks()))
        values["X"] = kind.checked(rows, Path(path).name)
    return values


def run(arguments: list[str] | None = None, *, program: str = PROGRAM) -> int:
    """Run the command as a program; return its exit status, which is 130 after Ctrl-C.

    The signal SIGTERM ends this process, and the processes of the figures with it.
    """
    # SIGTERM raises SystemExit, so that the processes of the figures end and files are closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return main(arguments, program=program)
    except KeyboardInterrupt:
        print("interrupted: figures finished before are kept; --resume computes only the others",
              file=sys.stderr)  # fmt: skip
        return 130
    except OSError as error:  # a full disk, a folder that must not be written
        print(f"{program}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    adapt_outputs()
    sys.exit(run())

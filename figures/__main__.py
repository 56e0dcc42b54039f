"""Compute, draw and print the figures: `python -m figures [14.5 …] [--quick] [--check]`.

Each report is printed as soon as its figure is finished. `--slide` draws slides too, and
`--animate` writes animations in place of figures. Some figures can also be drawn from real
pictures: `python -m figures psd 14.8 14.10 --data FOLDER`.

One figure can be drawn with parameters and data of one's own: `python -m figures 14.5 --set
sigma=0.1 --data points.csv --out FOLDER --format pdf`; `--list` shows which it has. Its files have
the parameters in their names, so they never replace those of the recorded figure, and its numbers
are compared with nothing.
"""

from __future__ import annotations

import signal
import sys
import time
from functools import partial
from pathlib import Path

from tinyae.text import adapt_outputs

from . import common
from .catalogue import FIGURES, listed
from .films import FILMS, film
from .making import figure
from .options import check_together, new_parser, own_values, pictures_in
from .parallel import as_finished, cores
from .spread import spread
from .status import Status

PROGRAM = "python -m figures"


def main(arguments: list[str] | None = None, *, program: str = PROGRAM) -> int:
    """Run the command; return 0, or 1 if a check failed. `program` is its name in messages."""
    parser = new_parser(program, (__doc__ or "").replace(PROGRAM, program))
    options = parser.parse_args(arguments)
    check_together(parser, options)
    if options.list:
        print("\n".join(listed(number) for number in options.numbers or FIGURES))
        return 0
    values, pictures = own_values(parser, options), pictures_in(parser, options)

    if options.out is not None:  # before anything takes time
        options.out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    if options.animate:
        tasks = {
            number: partial(film, number, seed=options.seed, quick=options.quick)
            for number in options.numbers or FILMS
        }
    elif options.spread is None:
        tasks = {
            number: partial(
                figure, number, seed=options.seed, quick=options.quick, record=options.record,
                check=options.check, pictures=pictures.get(number), slide=options.slide,
                from_numbers=options.from_numbers, resume=options.resume, own=values,
                data_name=Path(options.data).name if "X" in values else "", out=options.out,
                formats=tuple(options.format or common.FORMATS))
            for number in options.numbers or FIGURES
        }  # fmt: skip
    else:
        tasks = {
            number: partial(spread, number, seeds=options.spread)
            for number in options.numbers or FIGURES
        }
    failed, jobs = False, options.jobs or cores()
    try:
        with Status(tasks, jobs) as status:
            for number, (report, wrong) in as_finished(tasks, jobs, status.failed):
                failed = failed or wrong
                status.finished(number, report)
    except ValueError as error:
        if not options.own:
            raise
        parser.error(f"figure {options.numbers[0]}: {error}")  # such as a σ unlike the data
    seconds = time.perf_counter() - began
    shown = ""
    # No list of our pictures is written into a user's folder; the list is made from SVG files.
    if options.out is None and "svg" in (options.format or common.FORMATS):
        common.write_alt()
        shown = ", and what the pictures show is in its ALT.md"
    print(f"{seconds:.1f} s in all; pictures and numbers are in {options.out or common.OUT}{shown}")
    return int(failed)


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

"""The options of the figures' command, and which of them exclude each other."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from tinyae.commands.read_rows import Reading

from . import common
from .catalogue import FIGURES, FROM_FOLDER, OWN_SLIDES
from .films import FILMS
from .parameters import parameters
from .reading import read

DRAWN = ", ".join(FROM_FOLDER)


def new_parser(program: str, description: str) -> argparse.ArgumentParser:
    """Return the parser of all options."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    add = parser.add_argument
    add("numbers", nargs="*", metavar="NUMBER",
        help=f"which figures, by default all: {' '.join(FIGURES)}")  # fmt: skip
    add("--list", action="store_true", help="show the figures with their parameters, draw none")
    add("--quick", action="store_true", help="train for a shorter time, to test the code")
    add("--check", action="store_true", help="compare with figures/expected")
    add("--record", action="store_true", help="replace figures/expected")
    add("--spread", type=int, metavar="N",
        help="measure tolerances in the quick form over N seeds")  # fmt: skip
    add("--jobs", type=int, metavar="N",
        help="figures made at the same time, by default one per core")  # fmt: skip
    add("--slide", action="store_true",
        help="draw slides too: 16:9, one panel, the message as title")  # fmt: skip
    add("--from-numbers", action="store_true", help="draw from the numbers of an earlier run")
    add("--resume", action="store_true",
        help="draw from the numbers where the same code has computed them before, as after an "
        "interruption")  # fmt: skip
    add("--animate", action="store_true", help=f"write animations instead, of {', '.join(FILMS)}")
    add("--seed", type=int, default=0, help="seed of data and training (0)")
    add("--set", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of the figure that is named, such as epochs=50; repeatable")  # fmt: skip
    add("--data", metavar="PATH",
        help=f"draw {DRAWN} from the real pictures in a folder, or the one figure that is named "
        "from the rows of a table (.csv, .tsv, .txt, .dat) or an .npy file")  # fmt: skip
    add("--out", type=Path, metavar="FOLDER",
        help="write to this folder, which is made if it does not exist")  # fmt: skip
    add("--format", action="append", choices=common.KNOWN_FORMATS,
        help="of the pictures, by default svg and png; may be repeated")  # fmt: skip
    return parser


def check_together(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with a message of the parser if options exclude each other; set `options.own`.

    `own` says whether a figure is drawn with other parameters or from a user's rows.
    """
    known = FILMS if options.animate else FIGURES
    unknown = [number for number in options.numbers if number not in known]
    if unknown:
        what = "animation" if options.animate else "figure"
        parser.error(f"no {what} {', '.join(unknown)}; there are {', '.join(known)}")
    anew = options.check or options.record or options.spread is not None
    kept = options.from_numbers or options.resume
    placed = options.out or options.format
    options.own = bool(options.set) or (
        options.data is not None
        and not options.animate
        and not set(options.numbers) & set(FROM_FOLDER)
    )
    if options.animate and (anew or options.slide or kept or options.data or placed or options.set):
        parser.error("--animate takes numbers, --quick, --seed and --jobs only")
    if options.own and len(options.numbers) != 1:
        parser.error("--set, and --data with a file, are for one figure: name it, and --list shows "
                     f"which there are; --data with a folder is for {DRAWN}")  # fmt: skip
    if options.set and options.data is not None and set(options.numbers) & set(FROM_FOLDER):
        parser.error(f"figure {options.numbers[0]} has no parameters where it is drawn from a "
                     "folder of pictures: leave --set or --data out")  # fmt: skip
    if options.own and (anew or kept):
        parser.error("a figure with other parameters or data is compared with nothing: leave "
                     "--check, --record, --spread, --from-numbers and --resume out")  # fmt: skip
    if placed and (options.record or options.spread):
        parser.error("--out and --format are for pictures: leave --record and --spread out")
    computed = options.record or options.spread or options.data or options.seed
    if options.from_numbers and computed:
        parser.error("--from-numbers computes nothing: leave --record, --spread, --data and --seed "
                     "out")  # fmt: skip
    if options.resume and (options.from_numbers or options.spread or options.data):
        parser.error("--resume cannot be given with --from-numbers, --spread or --data")
    if options.slide and options.data is not None and not options.own:
        parser.error("the titles of slides say what the generated pictures show: leave --data out, "
                     "or draw the figure from your pictures without --slide")  # fmt: skip
    if options.spread is not None and options.spread < 2:
        parser.error(f"--spread must be at least 2, got {options.spread}")
    if options.spread is not None and (options.check or options.record or options.slide):
        parser.error("--spread measures tolerances: leave --check, --record and --slide out")
    if options.seed < 0:
        parser.error(f"--seed must be at least 0, got {options.seed}")
    if options.jobs is not None and options.jobs < 1:
        parser.error(f"--jobs must be at least 1, got {options.jobs}")


def own_values(parser: argparse.ArgumentParser, options: argparse.Namespace) -> dict[str, object]:
    """Return the parameters of one figure from --set NAME=VALUE and from the file of --data.

    A wrong one ends with a message of the parser that names the figure and what it has.
    """
    if not options.own:
        return {}
    (number,) = options.numbers
    compute = FIGURES[number].compute
    try:
        values = read(compute, options.set)
        if options.data is not None:
            values["X"] = _rows(parameters(compute), Path(options.data))
            if options.slide and number not in OWN_SLIDES:
                raise ValueError(
                    "its slides show the recorded data; slides of your own rows have figures "
                    f"{', '.join(OWN_SLIDES)}: leave --slide or --data out"
                )
    except (OSError, TypeError, ValueError) as error:
        parser.error(f"figure {number}: {error}")
    return values


def _rows(known: dict, path: Path) -> np.ndarray:
    """Return the rows of a user's file, or raise OSError or ValueError."""
    if "X" not in known:
        raise ValueError(
            "it is not drawn from a file of rows; it has "
            f"{', '.join(known) or 'no parameters'}, and --list shows which figures are"
        )
    rows = np.concatenate(list(Reading().open(path).blocks()))
    return known["X"][0].checked(rows, path.name)


def pictures_in(parser: argparse.ArgumentParser, options: argparse.Namespace) -> dict[str, object]:
    """Return the pictures in the folder of --data for each figure that is drawn from them."""
    if options.data is None or options.own:
        return {}
    if not options.numbers or not set(options.numbers) <= set(FROM_FOLDER):
        parser.error(f"--data is for {DRAWN}: name which of them to draw")
    if options.check or options.record or options.spread:
        parser.error("the recorded numbers are those of generated pictures: leave --data out")
    try:  # read all folders first: an error is reported before anything takes time
        return {n: FROM_FOLDER[n].from_folder(options.data) for n in options.numbers}
    except (OSError, ValueError) as error:
        parser.error(str(error))

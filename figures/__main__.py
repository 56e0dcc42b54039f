"""Compute, draw and print the figures: `python -m figures [14.5 …] [--quick] [--check]`.

Some can also be drawn from real pictures: `python -m figures psd 14.8 14.10 --data FOLDER`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from figures import (
    common,
    fig_14_03_graph,
    fig_14_04_corruption,
    fig_14_05_vector_field,
    fig_14_06_tangent,
    fig_14_07_three_points,
    fig_14_08_neighbors,
    fig_14_08_turntable,
    fig_14_09_pancakes,
    fig_14_10_colour,
    fig_14_10_tangents,
    fig_consistency,
    fig_denoising,
    fig_filters,
    fig_psd,
    fig_recirculation,
    fig_samples,
    fig_sigmas,
    fig_spectrum,
    fig_zeros,
)

MODULES = (  # in the chapter's order
    fig_recirculation,
    fig_zeros,
    fig_filters,
    fig_14_03_graph,
    fig_denoising,
    fig_14_04_corruption,
    fig_14_05_vector_field,
    fig_sigmas,
    fig_consistency,
    fig_samples,
    fig_14_06_tangent,
    fig_14_08_neighbors,
    fig_14_09_pancakes,
    fig_14_07_three_points,
    fig_spectrum,
    fig_14_10_tangents,
    fig_psd,
)
FIGURES = {module.NUMBER: module for module in MODULES}
# With --data a figure is drawn by these, of compute(pictures=from_folder(FOLDER)).
FROM_FOLDER = {module.NUMBER: module for module in (fig_14_08_turntable, fig_14_10_colour, fig_psd)}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 if a check failed."""
    parser = argparse.ArgumentParser(prog="python -m figures", description=__doc__)
    parser.add_argument("numbers", nargs="*", metavar="NUMBER",
                        help=f"which figures, by default all: {' '.join(FIGURES)}")  # fmt: skip
    parser.add_argument(
        "--quick", action="store_true", help="train shorter: the form, not the figure"
    )
    parser.add_argument("--check", action="store_true", help="compare with figures/expected")
    parser.add_argument("--record", action="store_true", help="write figures/expected anew")
    parser.add_argument("--seed", type=int, default=0, help="seed of data and training (0)")
    drawn = ", ".join(FROM_FOLDER)
    parser.add_argument(
        "--data", metavar="FOLDER", help=f"draw {drawn} from the real pictures in FOLDER"
    )
    options = parser.parse_args(arguments)
    unknown = [number for number in options.numbers if number not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    modules, pictures = FIGURES, {}
    if options.data is not None:
        if not options.numbers or not set(options.numbers) <= set(FROM_FOLDER):
            parser.error(f"--data is for {drawn}: name which of them to draw")
        if options.check or options.record:
            parser.error("the recorded numbers are those of generated pictures: leave --data out")
        modules = FROM_FOLDER
        try:  # all of them before the first is drawn, which may take a while
            pictures = {n: modules[n].from_folder(options.data) for n in options.numbers}
        except ValueError as error:
            parser.error(str(error))

    failed, began = False, time.perf_counter()
    for number in options.numbers or FIGURES:
        module = modules[number]
        start = time.perf_counter()
        given = {"pictures": pictures[number]} if pictures else {}
        numbers = module.compute(seed=options.seed, quick=options.quick, **given)
        name = (
            module.NAME + (f".{module.DRAWN_FROM}" if pictures else "") + ".quick" * options.quick
        )
        common.emit(name, numbers, module.draw(numbers))
        print(f"figure {number}: {module.TITLE} ({time.perf_counter() - start:.1f} s)")
        for key, value in common.headline(numbers).items():
            print(
                f"    {key:<26} {value:.6g}" if not isinstance(value, str) else f"    {key} {value}"
            )
        path = common.EXPECTED / f"{name}.json"
        if options.record:
            kept = {key: numbers[key] for key in module.TOLERANCES}
            path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        if options.check:
            problems = common.compare(numbers, json.loads(path.read_text()), module.TOLERANCES)
            failed = failed or bool(problems)
            print("    check: " + ("; ".join(problems) or "all within tolerance"))
    seconds = time.perf_counter() - began
    print(f"{seconds:.1f} s in all; pictures and numbers are in {common.OUT}")
    return int(failed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted: figures finished before are kept", file=sys.stderr)
        sys.exit(130)

"""How time and memory grow with rows, inputs, k and threads: `python -m benchmarks growth`.

One quantity is varied at a time. Each timing is a new process; the sizes take turns in every round.
Times are processor time on one thread; against the number of threads they are those of the clock.
Memory is the most that Python and NumPy hold during a call, its data included (tracemalloc).
An exponent is the slope of a straight line in logarithms; its interval, of 95 %, tells how well a
power describes the growth. "At the end" is the slope between the two largest sizes.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import pages, report
from benchmarks.child import ROOT, answer
from benchmarks.interval import exponent
from benchmarks.runner import cores_for, environment, on
from figures.common import emit
from tinyae.numerics.blas import usable_cores
from tinyae.plotting import Figure, style

JOBS = Path(__file__).with_name("jobs.py")
SECONDS = 0.2  # of one timing
Figures = dict[str, dict[str, Any]]  # what a sweep found, by its name


@dataclass(frozen=True)
class Subject:
    """What is measured: a job of jobs.py, its sizes if they do not vary, and what varies.

    Attributes
    ----------
    title : what is computed
    job : its name in jobs.py
    sizes : the settings of the job
    sweeps : the values by the name of what varies
    k : what the setting k is
    """

    title: str
    job: str
    sizes: dict[str, int]
    sweeps: dict[str, tuple[int, ...]]
    k: str = ""


def doubled(first: int, times: int = 4) -> tuple[int, ...]:
    """Return a first size and so many more, each twice the one before."""
    return tuple(first * 2**i for i in range(times + 1))


SUBJECTS = {
    "fit": Subject("an epoch of fit, d-k-d sigmoid, batch 100", "train",
                   {"n": 1000, "d": 784, "k": 256},
                   {"n": doubled(500), "d": doubled(128), "k": doubled(64)}, "hidden units"),
    "field": Subject("score_field, 2-k-2 tanh", "field", {"n": 20000, "d": 2, "k": 64},
                     {"n": doubled(10000), "k": doubled(32)}, "hidden units"),
    "tangents": Subject("ten tangents of n points, encoder d-k", "tangent_planes",
                        {"n": 40, "d": 784, "k": 256},
                        {"n": doubled(20), "d": doubled(128), "k": doubled(64)}, "hidden units"),
    "neighbours": Subject("k nearest neighbours of n points", "neighbors",
                          {"n": 2000, "d": 64, "k": 10},
                          {"n": doubled(1000), "d": doubled(16), "k": doubled(5)}, "neighbours"),
    "lookup": Subject("256 look-ups within radius 2 among n codes of d bits", "lookup",
                      {"n": 100_000, "d": 64}, {"n": doubled(50_000), "d": doubled(16)}),
    "nearest": Subject("32 exhaustive searches among n codes of d bits", "nearest",
                       {"n": 100_000, "d": 64, "k": 10},
                       {"n": doubled(50_000), "d": doubled(16), "k": doubled(5)}, "nearest codes"),
    "sparse codes": Subject("sparse codes of n rows with k atoms", "sparse_codes",
                            {"n": 100, "d": 144, "k": 196},
                            {"n": doubled(50), "d": doubled(36), "k": doubled(98)}, "atoms"),
}  # fmt: skip
THREADED = {"fit": {"n": 1000, "d": 784, "k": 1000}, "field": {"n": 160_000, "d": 2, "k": 64},
            "nearest": {"n": 800_000, "d": 64, "k": 10}}  # fmt: skip
LOOKS = {"fit": ("C0", "o", "-"), "field": ("C5", "v", "-"), "tangents": ("C1", "s", "--"),
         "neighbours": ("C2", "^", "-."), "lookup": ("C3", "D", ":"), "nearest": ("0.45", "P", ":"),
         "sparse codes": ("black", "X", "--")}  # fmt: skip
# Exponents whose lines are drawn for comparison; elsewhere it is 1.
GUIDES = {("n", "seconds"): (1, 2), ("threads", "seconds"): (-1,), ("threads", "bytes"): ()}
AXES = {"n": "rows n", "d": "inputs d (bits of a code)", "k": "k (units, neighbours, atoms)",
        "threads": "threads"}  # fmt: skip


def tasks(names: list[str]) -> dict[tuple[str, str], list[dict[str, int]]]:
    """Return the settings of each sweep, by subject and by what varies."""
    found = {
        (name, varied): [{**SUBJECTS[name].sizes, varied: value} for value in values]
        for name in names
        for varied, values in SUBJECTS[name].sweeps.items()
    }
    most = usable_cores()
    counts = [count for count in (1, 2, 4, 8, 16, 32, 64) if count < most] + [most]
    for name in names:
        if name in THREADED and most > 1:
            found[name, "threads"] = [{**THREADED[name], "threads": c} for c in counts]
    return found


def measure(names: list[str], *, rounds: int, seconds: float) -> Figures:
    """Measure every sweep; return values, seconds and bytes by "subject, what varies"."""
    wanted = tasks(names)
    times = {key: [[] for _ in each] for key, each in wanted.items()}
    for i in range(rounds):
        for (name, varied), each in wanted.items():
            print(f"round {i + 1} of {rounds}: {name}, {varied}", flush=True)
            for times_here, settings in zip(times[name, varied], each, strict=True):
                clock = varied == "threads"
                took = run(SUBJECTS[name].job, settings, seconds, pinned=not clock)
                times_here.append(took["clock" if clock else "cpu"])
    found = {}
    for (name, varied), each in wanted.items():
        print(f"memory: {name}, {varied}", flush=True)
        found[f"{name}, {varied}"] = {
            "values": [settings[varied] for settings in each],
            "seconds": [float(np.median(t)) for t in times[name, varied]],
            "bytes": [run(SUBJECTS[name].job, s, 0, pinned=False)["bytes"] for s in each],
        }
    return found


def run(job: str, settings: dict[str, int], seconds: float, *, pinned: bool) -> dict[str, float]:
    """Run one job in a process of its own: its time, or with zero seconds its memory."""
    with on(cores_for(1)[-1] if pinned else None):
        return answer(str(JOBS), job, json.dumps(settings), str(seconds), env=environment(1),
                      folder=ROOT)  # fmt: skip


def table(found: Figures) -> list[str]:
    """Return the table of the exponents."""
    lines = ["| what | varied | from … to | time, ms | exponent of time (95 %) | at the end "
             "| memory, MB | exponent of memory (95 %) |",
             "|---|---|---:|---:|---:|---:|---:|---:|"]  # fmt: skip
    for name, sweep in found.items():
        subject, varied = name.rsplit(", ", 1)
        values, seconds, sizes = (np.array(sweep[key]) for key in ("values", "seconds", "bytes"))
        word = SUBJECTS[subject].k if varied == "k" else AXES[varied].split(" (")[0]
        end = exponent(values[-2:], seconds[-2:]).middle
        lines.append(
            f"| {SUBJECTS[subject].title} | {word} | {values[0]} … {values[-1]} "
            f"| {1e3 * seconds[0]:.3g} … {1e3 * seconds[-1]:.3g} | {exponent(values, seconds)} "
            f"| {end:.2f} | {sizes[0] / 1e6:.1f} … {sizes[-1] / 1e6:.1f} "
            f"| {exponent(values, sizes)} |"
        )
    return [line.replace(" (nan … nan)", "") for line in lines]


def draw(found: Figures) -> Figure:
    """Draw time (above) and memory (below) against each quantity, relative to the first value."""
    varied = [v for v in AXES if any(name.endswith(f", {v}") for name in found)]
    with style():
        figure = Figure(figsize=(2.9 * len(varied) + 2.2, 6.4))
        panels = figure.subplots(2, len(varied), squeeze=False, sharex="col")
        for column, what in zip(panels.T, varied, strict=True):
            for axes, key in zip(column, ("seconds", "bytes"), strict=True):
                for name, sweep in found.items():
                    subject, of = name.rsplit(", ", 1)
                    if of == what:
                        color, marker, line = LOOKS[subject]
                        y = np.array(sweep[key]) / sweep[key][0]
                        axes.plot(
                            sweep["values"] / np.array(sweep["values"][0]),
                            y,
                            color=color,
                            marker=marker,
                            linestyle=line,
                            markersize=5,
                            label=subject,
                        )
                top = max(line.get_xdata()[-1] for line in axes.lines)
                guides = GUIDES.get((what, key), (1,))
                for power in guides:
                    axes.plot([1, top], [1, top**power], color="0.8", linewidth=1, zorder=0)
                    axes.annotate(
                        f"exponent {power}".replace("-", "−"),
                        (top, top**power),
                        color="0.4",
                        ha="right",
                        fontsize="small",
                    )
                axes.set_xscale("log", base=2)
                axes.set_yscale("log", base=2)
                low, high = axes.get_ylim()
                axes.set_ylim(min(low, 0.45), max(high, 2.2))
                for axis in (axes.xaxis, axes.yaxis):
                    axis.set_major_formatter(lambda value, _: plain(value))
                axes.minorticks_off()
                axes.grid(color="0.93", linewidth=0.6)
            column[-1].set_xlabel(f"{AXES[what]},\ntimes the least")
        panels[0, 0].set_ylabel("time / that of the least size")
        panels[1, 0].set_ylabel("memory / that of the least size")
        figure.suptitle(message(found))
        handles = {
            label: handle
            for axes in panels.flat
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles, loc="outside right upper")
    return figure


def plain(value: float) -> str:
    """Return a power of two as a number or as 1/number."""
    return f"{value:.0f}" if value >= 1 else f"1/{1 / value:.0f}"


def message(found: Figures) -> str:
    """Return the title of the picture: which subjects grow faster than their rows."""
    powers = {name.rsplit(", ", 1)[0]: exponent(np.array(s["values"]), np.array(s["seconds"]))
              for name, s in found.items() if name.endswith(", n")}  # fmt: skip
    faster = [f"{name} (exponent {p.middle:.1f})" for name, p in powers.items() if p.least > 1.05]
    if not powers:
        return "Growth of time and memory"
    if not faster:
        return "No time is seen to grow faster than the number of rows"
    return f"The time of {' and '.join(faster)} grows faster than the number of rows"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; print the section and, if asked, write it with its picture; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks growth", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUBJECTS)} (all)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of measurement (3)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of one timing, about (0.2)")
    parser.add_argument("--write", action="store_true",
                        help="write the results and the picture to this machine's page; all "
                        "subjects are measured")  # fmt: skip
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in SUBJECTS]
    if unknown:
        parser.error(f"no subject {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    if options.rounds < 1 or not options.seconds > 0:
        parser.error("--rounds must be at least 1, and --seconds above 0")
    if options.write and options.names:
        parser.error("--write measures all subjects: leave the names out")
    report.begin()
    measured = report.Run(options.rounds, 1)
    found = measure(options.names or list(SUBJECTS), rounds=options.rounds, seconds=options.seconds)
    lines = [" ".join(__doc__.partition("\n\n")[2].split()), "", *table(found), ""]
    if options.write:
        folder = pages.own_page().with_suffix("")
        emit("growth", found, draw(found), folder)
        lines += [f"![{message(found)}]({folder.name}/growth.png)", ""]
    lines.append(measured.words())
    print("\n".join(lines))
    if options.write:
        report.write({"growth, 1 thread": "\n".join(lines)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

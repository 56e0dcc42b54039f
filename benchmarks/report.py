"""Make tables of the measurements, with a line on each run, and write them to the pages."""

from __future__ import annotations

import datetime
import os
import platform
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from benchmarks import index, machine, pages
from benchmarks.runner import Result
from benchmarks.systems import SYSTEMS

PACKAGES = ("numpy", "scipy", "torch", "jax", "scikit-learn", "faiss-cpu", "distributed")
QUIET = 0.2  # a run counts as disturbed if more cores were busy with other work


def threads_words(threads: int | str) -> str:
    """Return the number of threads as text."""
    return f"{threads} thread" + ("" if str(threads) == "1" else "s")


def table(result: Result) -> list[str]:
    """Return the lines of a Markdown table, for the terminal and for the page."""
    unit = "µs / field" if result.workload.field else "µs / step"
    lines = [
        f"| {'':<27} | {unit:>10} | {'ratio':>6} | {'least … most':>15} | {'loss':>9} | cores "
        "| beside |",
        f"|{'-' * 29}|{'-' * 11}:|{'-' * 7}:|{'-' * 16}:|{'-' * 10}:|{'-' * 6}:|{'-' * 7}:|",
    ]
    for name, timing in result.timings.items():
        ratio = result.ratios(name)
        spread = f"{ratio.min():.2f} … {ratio.max():.2f}"
        loss = "–" if np.isnan(timing.loss) else f"{timing.loss:.5g}"
        lines.append(
            f"| {SYSTEMS[name].title:<27} | {result.step(name):>10.1f} | {np.median(ratio):>6.2f} "
            f"| {spread:>15} | {loss:>9} | {np.median(timing.cores):>5.2f} "
            f"| {known(max(timing.foreign), '.2f'):>6} |"
        )
    return lines


def known(value: float, form: str) -> str:
    """Return the number as text, or a dash if it is NaN, that is, not known."""
    return "–" if np.isnan(value) else format(value, form)


def section(result: Result) -> str:
    """Return the section of a workload: title, table, missing systems, and a line on the run."""
    lines = [f"{result.workload.title}.", "", *table(result), ""]
    for name, reason in result.missing.items():
        lines.append(f"Without {SYSTEMS[name].title}: {reason}.")
    loads = [load for timing in result.timings.values() for load in timing.foreign]
    if result.busy:
        lines.append(f"Processes that computed all the time beside each system: {result.busy}.")
    elif max(loads) > QUIET:
        lines.append(f"Disturbed: up to {max(loads):.1f} cores were busy with something else.")
    rounds = len(result.timings["core"].us)
    lines.append(Run(rounds, result.threads, result.load).words())
    return "\n".join(lines)


@dataclass
class Run:
    """The rounds and threads of a section, and the load of the machine when it began."""

    rounds: int
    threads: int | str
    load: float = field(default_factory=machine.load)

    def words(self, *more: str) -> str:
        """Return the last line of a section: rounds, threads, load, versions and the date."""
        measured = self.load, machine.load()
        loads = [known(load, ".1f") for load in measured]
        rounds = f"{self.rounds} round{'s' * (self.rounds != 1)}"
        said = ", ".join([rounds, threads_words(self.threads), *more])
        # The load counts the benchmark itself, and NaN is not above anything.
        crowded = any(load > 1 + (os.cpu_count() or 1) for load in measured)
        note = " Disturbed: more processes wanted to compute than there are cores." * crowded
        today = datetime.date.today().isoformat()
        return (
            f"{said}; load {loads[0]} at the start, {loads[1]} at the end; {versions()}; {today}."
            + note
        )


def versions() -> str:
    """Return the versions of Python, of the libraries that are compared, and of NumPy's BLAS."""
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return f"{', '.join(found)}; {machine.blas().partition(';')[0]}"


def begin() -> None:
    """Print what is known of the machine, and its load."""
    words = {**machine.statement(), "load": known(machine.load(), ".1f")}
    print("; ".join(f"{name}: {value}" for name, value in words.items()), flush=True)


def write(found: dict[str, str]) -> None:
    """Write sections, by heading, to the page of this machine, and make the index again."""
    index.write(pages.write(found).parent)

"""Make tables of the measurements and write them to `RESULTS.md`, one section for each."""

from __future__ import annotations

import datetime
import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from benchmarks.runner import Result
from benchmarks.systems import SYSTEMS

PAGE = Path(__file__).with_name("RESULTS.md")
QUIET = 0.2  # a run counts as disturbed if more cores were busy with other work
HEAD = """# Speed, measured

This page is written by `python -m benchmarks --write`, section by section; sections that are not
measured again are kept. Everything is float32. All systems start from the same weights and rows.
They run in turn, each in its own process. A ratio is the time of a system over the time of
tinyae's core in the same round; the table gives the median, the least and the most of the rounds.
The loss is that of the last warm-up epoch. Each system draws its own order of the rows and its own
noise, so the losses agree only up to these. (`tests/test_benchmarks.py` tests that every system
takes the same steps on the same batches.) "Matrix products only" are the products alone, on
NumPy's BLAS. No step on this BLAS can be faster, and their ratio is the share of the core's time
that they take. PyTorch and JAX use their own products, which are a fifth faster than those of
NumPy's wheel at 784-256-784. `torch.compile` compiles the loss and its gradient; the optimizer is
PyTorch's fused one. JAX compiles a whole epoch. NumPy draws its order of the rows, because JAX's
own permutation sorts, and this would double the time of the spiral's workload. The loss of a field
is its mean square. "Beside" is the number of cores that were busy with other work, at most. On two
threads, the core is used as by `fit(core="vectorized", threads="auto")`.
"""


def threads_words(threads: int) -> str:
    """Return the number of threads as text."""
    return f"{threads} thread" + ("" if threads == 1 else "s")


def table(result: Result) -> list[str]:
    """Return the lines of a Markdown table, for the terminal and for the page."""
    unit = "µs / field" if result.workload.field else "µs / step"
    lines = [
        f"| {'':<27} | {unit:>10} | {'ratio':>6} | {'least … most':>15} | {'loss':>9} | beside |",
        f"|{'-' * 29}|{'-' * 11}:|{'-' * 7}:|{'-' * 16}:|{'-' * 10}:|{'-' * 7}:|",
    ]
    for name, timing in result.timings.items():
        ratio = result.ratios(name)
        spread = f"{ratio.min():.2f} … {ratio.max():.2f}"
        loss = "–" if np.isnan(timing.loss) else f"{timing.loss:.5g}"
        lines.append(
            f"| {SYSTEMS[name].title:<27} | {result.step(name):>10.1f} | {np.median(ratio):>6.2f} "
            f"| {spread:>15} | {loss:>9} | {known(max(timing.foreign), '.2f'):>6} |"
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
    if max(loads) > QUIET:
        lines.append(f"Disturbed: up to {max(loads):.1f} cores were busy with something else.")
    rounds = len(result.timings["core"].us)
    lines.append(f"{rounds} rounds, {threads_words(result.threads)}; {machine()}.")
    return "\n".join(lines)


def machine() -> str:
    """Return the processor, the versions of the libraries, and the date."""
    packages = ("numpy", "torch", "jax", "scikit-learn")
    versions = [f"Python {platform.python_version()}"]
    for package in packages:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    today = datetime.date.today().isoformat()
    return f"{processor()}, {platform.system()}; {', '.join(versions)}; {blas()}; {today}"


def processor() -> str:
    """Return the processor's name and the number of cores."""
    name = platform.processor() or platform.machine()
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
        name = found.group(1) if found else name
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} cores"


def blas() -> str:
    """Return the name and version of NumPy's BLAS."""
    try:
        found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    except (KeyError, TypeError):
        return "BLAS unknown"
    return f"{found.get('name', 'BLAS')} {found.get('version', '')}".strip()


def sections(text: str) -> dict[str, str]:
    """Return the sections of a page by their headings."""
    parts = re.split(r"^## (.*)\n", text, flags=re.M)[1:]
    return {head: body.strip() for head, body in zip(parts[::2], parts[1::2], strict=True)}


def write(found: dict[str, str], order: list[str], page: Path = PAGE) -> None:
    """Write sections, by heading, to the page, and keep its other sections.

    Sections are sorted by the number of threads, then as the first words of their headings in
    `order`.
    """
    kept = sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    together = {**kept, **found}

    def rank(heading: str) -> tuple[str, int]:
        name, _, threads = heading.partition(", ")
        return threads, order.index(name) if name in order else len(order)

    body = "".join(f"\n## {head}\n\n{together[head]}\n" for head in sorted(together, key=rank))
    page.write_text(HEAD + body, encoding="utf-8")
    print(f"wrote {page.name}", file=sys.stderr)

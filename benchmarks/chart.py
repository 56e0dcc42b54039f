"""Time per step against width, every system: 2-k-2 and 784-k-784, tanh, noise, Adam, batch 100."""

from __future__ import annotations

from pathlib import Path

from benchmarks.runner import Result, measure
from benchmarks.systems import SYSTEMS
from benchmarks.workloads import Workload
from figures.common import emit
from tinyae.plotting import Figure, style

# Input, width and steps of an epoch. An epoch of the largest takes about as long as one timing.
NETS = ((2, 64, 100), (2, 256, 100), (2, 1024, 100),
        (784, 64, 50), (784, 256, 50), (784, 1000, 20), (784, 4000, 8))  # fmt: skip
# The systems differ in grey level, dashes and markers, also where colours cannot be seen.
LOOKS = {
    "core": dict(color="black", linestyle="-", marker="o", linewidth=2.4),
    "layers": dict(color="0.45", linestyle="-", marker="o", markerfacecolor="white"),
    "torch": dict(color="C2", linestyle="--", marker="s"),
    "compile": dict(color="C2", linestyle=":", marker="s", markerfacecolor="white"),
    "jax": dict(color="C1", linestyle="-.", marker="^"),
    "sklearn": dict(color="C5", linestyle="--", marker="D", markerfacecolor="white"),
    "blas": dict(color="0.6", linestyle=":", marker="", linewidth=2.0),
}


def workloads() -> list[Workload]:
    """Return the workloads of the chart: the same training at every width."""
    return [
        Workload(f"{d}-{k}-{d}", f"{d}-{k}-{d} tanh, noise .1, squared error, batch 100, Adam",
                 sizes=(d, k), batch=100, steps=steps, sigma=0.1)
        for d, k, steps in NETS
    ]  # fmt: skip


def numbers(results: list[Result]) -> dict:
    """Return the median microseconds per step of each system, for each network."""
    return {
        "threads": results[0].threads,
        "us_per_step": {
            result.workload.name: {name: round(result.step(name), 2) for name in result.timings}
            for result in results
        },
    }


def compute(systems: list[str], *, rounds: int, threads: int) -> list[Result]:
    """Measure every network."""
    return [measure(w, systems, rounds=rounds, threads=threads) for w in workloads()]


def draw(found: dict) -> Figure:
    """Draw two panels with the same time axis: two inputs on the left, 784 on the right."""
    with style():
        figure = Figure(figsize=(8.4, 4.4))
        panels = figure.subplots(1, 2, sharey=True)
        for axes, d in zip(panels, (2, 784), strict=True):
            times = {
                int(name.split("-")[1]): by
                for name, by in found["us_per_step"].items()
                if name.startswith(f"{d}-")
            }
            for system, look in LOOKS.items():
                points = [(k, by[system]) for k, by in times.items() if system in by]
                if points:
                    axes.plot(*zip(*points, strict=True), label=SYSTEMS[system].title,
                              markersize=5, **look)  # fmt: skip
            axes.set(
                xscale="log", yscale="log", xlabel="hidden units k", title=f"{d}-k-{d} denoiser"
            )
            axes.set_xticks(list(times), [str(k) for k in times])
            axes.minorticks_off()
            axes.grid(axis="y", color="0.9", linewidth=0.6)
        panels[0].set_ylabel("µs per step of Adam, 100 rows")
        words = f"float32, {found['threads']} thread" + ("" if found["threads"] == 1 else "s")
        figure.legend(*panels[0].get_legend_handles_labels(), title=words, alignment="left",
                      loc="outside right upper")  # fmt: skip
    return figure


def save(found: dict, folder: Path) -> list[Path]:
    """Write steps.svg, .png and .json to the folder; return their paths.

    With more threads than one, the number of threads is a part of the name.
    """
    threads = found["threads"]
    name = "steps" if threads == 1 else f"steps_{threads}_threads"
    return emit(name, found, draw(found), folder)

"""Commits of this repository beside each other: `python -m benchmarks history`.

Each commit does the same jobs, in turn with the others, each time in a new process on one thread.
Two things that no commit changes are measured in the same rounds: the matrix products of a training
step, and a training step in plain NumPy (`benchmarks/frozen.py`). Records of different machines and
days are ratios to these. Times are processor time. A workload became slower if the 95 % interval of
the ratio of new to old is above 1; by chance, this is said of one in 40 that did not. "start" is a
`fit` of one step. Without --commits, HEAD is compared with the last commit that was recorded on
this machine; "." means the files as they are.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import commits, pages, report
from benchmarks.child import answer
from benchmarks.commits import Commit, NoCommit
from benchmarks.interval import Interval, ratio
from benchmarks.runner import cores_for, environment, on

RECORDS = Path(__file__).with_name("history.csv")
JOBS = Path(__file__).with_name("jobs.py")
NAMES = ("commit", "committed", "measured", "machine", "workload", "us", "over_products",
         "over_frozen", "least", "most", "rounds")  # fmt: skip
SECONDS = 0.3  # of one timing
PIXELS = {"n": 2560, "d": 784, "k": 256, "batch": 128}
DEEP = {"n": 1024, "d": 784, "k": 1000, "deeper": (500, 250, 30), "batch": 256, "unit": "ReLU",
        "code_unit": "Identity"}  # fmt: skip
# A job of jobs.py and its settings, by the name of the workload.
WORKLOADS: dict[str, tuple[str, dict[str, Any]]] = {
    "start": ("train", {"n": 100, "d": 2, "k": 64, "unit": "Tanh", "output": "GaussianOutput"}),
    "spiral": ("train", {"n": 5000, "d": 2, "k": 64, "unit": "Tanh", "output": "GaussianOutput",
                         "noise": 0.1, "epochs": 20}),
    "tied": ("train", {**PIXELS, "tied": True}),
    "untied": ("train", PIXELS),
    "deep": ("train", DEEP),
    "field": ("field", {"n": 40000, "d": 2, "k": 64}),
    "tangents": ("tangent_planes", {"n": 50, "d": 784, "k": 256}),
    "neighbors": ("neighbors", {"n": 2000, "d": 50, "k": 10}),
    "lookup": ("lookup", {"n": 100_000, "d": 64}),
    "codes": ("sparse_codes", {"n": 100, "d": 144, "k": 196}),
}  # fmt: skip
REFERENCES = ("products", "training")


def reference(kind: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return the job that a workload is compared with: of its own sizes, if it trains."""
    job, settings = WORKLOADS[name]
    own = settings if job == "train" else PIXELS
    sizes = (own["d"], own["k"], *own.get("deeper", ()))
    return "reference", {"kind": kind, "sizes": sizes, "batch": own.get("batch", 100), "steps": 1}


def measure(
    name: str, folders: dict[str, Path], *, rounds: int, seconds: float
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Time one workload in each folder; return seconds by folder and round, and what failed.

    The folders have the names of commits; the references have names of their own.
    """
    jobs = {kind: (Path.cwd(), *reference(kind, name)) for kind in REFERENCES}
    jobs.update({commit: (folder, *WORKLOADS[name]) for commit, folder in folders.items()})
    found: dict[str, list[float]] = {who: [] for who in jobs}
    failed: dict[str, str] = {}
    with on(cores_for(1)[-1]):
        for _ in range(rounds):
            for who, (folder, job, settings) in jobs.items():
                if who in failed:
                    continue
                env = {**environment(1), "PYTHONPATH": str(folder)}
                try:
                    times = answer(str(JOBS), job, json.dumps(settings), str(seconds), env=env,
                                   folder=folder)  # fmt: skip
                    found[who].append(times["cpu"])
                except RuntimeError as error:
                    failed[who] = str(error).split(" (/")[0]  # without the copy's folder
    return {who: np.array(each) for who, each in found.items() if who not in failed}, failed


def verdict(change: Interval) -> str:
    """Return what a ratio of new to old says: "slower" if its whole interval is above 1."""
    if np.isnan(change.least):
        return "one round: no interval"
    return "slower" if change.least > 1 else "faster" if change.most < 1 else "the same"


def record(one: Commit, name: str, times: dict[str, np.ndarray]) -> dict[str, str]:
    """Return the line of the history for a commit and a workload."""
    own = times[one.name]
    over = {kind: own / times[kind] for kind in REFERENCES}
    return dict(zip(NAMES, [
        one.name, one.day, datetime.date.today().isoformat(), pages.own_page().stem, name,
        f"{1e6 * np.median(own):.1f}", *(f"{np.median(over[kind]):.3f}" for kind in REFERENCES),
        f"{over['training'].min():.3f}", f"{over['training'].max():.3f}", str(len(own)),
    ], strict=True))  # fmt: skip


def recorded(path: Path) -> list[dict[str, str]]:
    """Return the lines of the history; none if there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(lines: list[dict[str, str]], path: Path) -> None:
    """Add lines to the history; a new line replaces that of its commit, machine and workload."""
    key = ("commit", "machine", "workload")
    kept = {tuple(line[k] for k in key): line for line in [*recorded(path), *lines]}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, NAMES, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(kept.values(), key=lambda line: [
            line[k] for k in ("machine", "committed", "commit", "workload")]))  # fmt: skip


def chosen(names: list[str] | None) -> list[Commit]:
    """Return the commits to measure, the oldest first as they are named.

    Raises
    ------
    NoCommit
        If one of them cannot be found.
    """
    if names is None:
        machine = pages.own_page().stem
        before = tuple(line["commit"] for line in recorded(RECORDS) if line["machine"] == machine)
        # Names are short here and may be longer there, since a repository grows.
        last = [one for one in commits.earlier()
                if one.startswith(before)][:1] if before else []  # fmt: skip
        names = [*last, "HEAD"]
    return list(dict.fromkeys(commits.commit(name) for name in names))


def compare(wanted: list[str], found: list[Commit], *, rounds: int, seconds: float,
            save: bool) -> list[str]:  # fmt: skip
    """Measure the workloads, print a table, and return the workloads that became slower."""
    slower: list[str] = []
    print("| workload | commit | µs | over products | over frozen | least … most | new / old "
          "(95 %) | |\n|---|---|---:|---:|---:|---:|---:|---|")  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        folders = {one.name: Path(place) / str(i) for i, one in enumerate(found)}
        for one in found:
            folders[one.name].mkdir()
            commits.copy(one, folders[one.name])
        for name in wanted:
            times, failed = measure(name, folders, rounds=rounds, seconds=seconds)
            lines, old = [], None
            for one in found:
                if one.name in failed or any(kind in failed for kind in REFERENCES):
                    said = failed.get(one.name, "a reference failed")
                    print(f"| {name} | {one.name} | – | – | – | – | – | {said} |")
                    continue
                lines.append(record(one, name, times))
                cells = "– |"
                if old is not None:
                    change = ratio(times[old], times[one.name])
                    cells = f"{change} | {verdict(change)}"
                    if verdict(change) == "slower":
                        slower.append(f"{name}: {one.name} takes {change.middle:.2f} times as long "
                                      f"as {old}")  # fmt: skip
                line = lines[-1]
                print(f"| {name} | {one.name} | {line['us']} | {line['over_products']} "
                      f"| {line['over_frozen']} | {line['least']} … {line['most']} | {cells} |",
                      flush=True)  # fmt: skip
                old = one.name
            if save:  # after each one, so that it is kept if a later one is interrupted
                write([line for line in lines if line["commit"] != commits.TREE], RECORDS)
    return slower


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 if a workload became slower, or 2 without the commits."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks history", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="WORKLOAD",
                        help=f"of {' '.join(WORKLOADS)} (all)")  # fmt: skip
    parser.add_argument("--commits", nargs="+", metavar="COMMIT", help="the oldest first")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of measurement (7)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of one timing, about (0.3)")
    parser.add_argument("--write", action="store_true",
                        help="write the records to benchmarks/history.csv")  # fmt: skip
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in WORKLOADS]
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    if options.rounds < 1 or not options.seconds > 0:
        parser.error("--rounds must be at least 1, and --seconds above 0")
    try:
        found = chosen(options.commits)
        if commits.changed() and all(one.name != commits.TREE for one in found):
            print("tinyae/ differs from the last commit; what is not committed is not measured "
                  '(--commits HEAD . measures it)')  # fmt: skip
        report.begin()
        for one in found:
            print(f"{one.name} {one.day} {one.title}")
        run = report.Run(options.rounds, 1)
        slower = compare(options.names or list(WORKLOADS), found, rounds=options.rounds,
                         seconds=options.seconds, save=options.write)  # fmt: skip
    except NoCommit as error:
        print(f"history: {error}", file=sys.stderr)
        return 2
    print(f"\n{run.words()}")
    print("\n".join(slower) or "no workload became slower by more than the spread")
    return 1 if slower else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Time tinyae beside other libraries: `python -m benchmarks [NAME …]`.

Without a name, all workloads, `scaling` and `chart` run (about ten minutes). `tangents`,
`neighbors`, `embeddings`, `manifolds`, `hashing`, `coding`, `startup`, `threads` and `side` are
separate comparisons; `growth` measures exponents, `cluster` what many machines would need,
`constants` other sizes of blocks, and `history` older commits. They have options of their own, and
each must be the only name: `python -m benchmarks tangents --help`. With --busy, other processes
compute beside the workloads all the time.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from importlib import import_module

from benchmarks import busy, chart, pages, report, scaling
from benchmarks.runner import measure
from benchmarks.systems import PEERS, SYSTEMS, chosen
from benchmarks.workloads import WORKLOADS
from tinyae.text import adapt_outputs

ALONE = (
    "tangents", "neighbors", "embeddings", "manifolds", "hashing", "coding", "startup", "threads",
    "side", "growth", "cluster", "history", "constants",
)  # fmt: skip
NAMES = (*WORKLOADS, "scaling", "chart")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in ALONE:
        return import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
    options = parsed(arguments)
    systems, missing = options.systems, options.missing
    for name, reason in missing.items():
        print(f"without {SYSTEMS[name].title}: {reason}")
    report.begin()
    found = {}
    for name in options.names or NAMES:
        start = time.perf_counter()
        heading = f"{busy.heading(name, options.busy)}, {report.threads_words(options.threads)}"
        print(f"\n{heading}", flush=True)
        if name == "scaling":
            text = scaling.section(rounds=min(3, options.rounds), threads=options.threads)
        elif name == "chart":
            results = chart.compute(systems, rounds=min(3, options.rounds), threads=options.threads)
            text = chart_section(results, missing, save=options.write)
        else:
            result = measure(
                WORKLOADS[name], systems, rounds=options.rounds, threads=options.threads,
                busy=options.busy,
            )  # fmt: skip
            result.missing.update(missing)
            text = report.section(result)
        print(f"{text}\n({time.perf_counter() - start:.0f} s)", flush=True)
        found[heading] = text
        if options.write:  # after each one, so that it is kept if a later one is interrupted
            report.write({heading: text})
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Read the arguments; end with an error message if they are not valid."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"{' '.join(NAMES)} (all of these), or {' '.join(ALONE)}")  # fmt: skip
    parser.add_argument("--peers", default=",".join(PEERS),
                        help=f"which of {','.join(PEERS)} are compared, or none (all)")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=7,
                        help="rounds of measurement (7); chart and scaling: at most 3")  # fmt: skip
    parser.add_argument("--threads", type=int, choices=(1, 2), default=1, help="of each system (1)")
    parser.add_argument("--busy", type=int, default=0, metavar="N",
                        help="processes that compute beside a workload (0)")  # fmt: skip
    parser.add_argument("--write", action="store_true",
                        help="write the results to this machine's page")  # fmt: skip
    options = parser.parse_args(arguments)
    alone = [name for name in options.names if name in ALONE]
    if alone:
        parser.error(f"{alone[0]} must be the only name: python -m benchmarks {alone[0]}")
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES + ALONE)}")
    if options.rounds < 1:
        parser.error(f"--rounds must be at least 1, got {options.rounds}")
    if options.busy < 0:
        parser.error(f"--busy must be at least 0, got {options.busy}")
    alone = [name for name in options.names or NAMES if name not in WORKLOADS]
    if options.busy and alone:
        parser.error(f"--busy is for workloads, not for {', '.join(alone)}: name workloads")
    peers = [] if options.peers == "none" else options.peers.split(",")
    try:
        options.systems, options.missing = chosen(peers)
    except ValueError as error:
        parser.error(f"--peers: {error}")
    return options


def chart_section(results: list, missing: dict[str, str], *, save: bool) -> str:
    """Return the chart's table, one row for each network; with `save`, write the picture too."""
    numbers = chart.numbers(results)
    names = [name for name in SYSTEMS if any(name in by for by in numbers["us_per_step"].values())]
    lines = ["µs per step; tanh, noise .1, squared error, batch 100, Adam.", ""]
    if save:
        folder = pages.own_page().with_suffix("")
        picture = next(path for path in chart.save(numbers, folder) if path.suffix == ".png")
        name = f"{folder.name}/{picture.name}"
        lines += [f"![Time per step against width, every system]({name})", ""]
    lines += [f"| net | {' | '.join(SYSTEMS[name].title for name in names)} |",
              f"|-----|{'---:|' * len(names)}"]  # fmt: skip
    for net, by in numbers["us_per_step"].items():
        cells = [f"{by[name]:.1f}" if name in by else "–" for name in names]
        lines.append(f"| {net} | {' | '.join(cells)} |")
    lines.append("")
    lines += [f"Without {SYSTEMS[name].title}: {reason}." for name, reason in missing.items()]
    loads = [load for r in results for t in r.timings.values() for load in t.foreign]
    rounds = len(results[0].timings["core"].us)
    run = report.Run(rounds, results[0].threads, results[0].load)
    lines.append(run.words(f"at most {max(loads):.1f} cores busy with other things"))
    return "\n".join(lines)


if __name__ == "__main__":
    adapt_outputs()
    # SIGTERM raises SystemExit, so that processes end and temporary folders are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted: what was written before is kept", file=sys.stderr)
        sys.exit(130)

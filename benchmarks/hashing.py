"""The hash table of binary codes, beside faiss: `python -m benchmarks hashing`.

Both libraries search the same codes with the same queries, with one thread, in turn in one process.
All results are exact: the pairs found and their distances are compared, and a difference is an
error. The codes are copies of random centres in which each bit differs with a probability of 5 %,
50 copies of each centre, and so are the queries. faiss is an optional extra; without it tinyae is
measured alone.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks import report
from benchmarks.runner import busy_seconds
from tinyae import HammingTable

try:
    import faiss
except ImportError:
    faiss = None

COPIES, DIFFER = 50, 0.05  # of each centre, and the probability that a bit differs
QUERIES, RADIUS, K = 256, 2, 10
BATCH = 32  # queries of an exhaustive search
BLOCK = 1 << 18  # codes made at a time
SECONDS = 0.15  # of one timing
SIZES = (100_000, 1_000_000, 10_000_000)
Calls = dict[str, tuple[Callable[[], object], int]]  # by name: a call, and its queries


def code_blocks(n: int, bits: int) -> Iterator[np.ndarray]:
    """Yield n codes in blocks (…, bits), the same for every call."""
    rng = np.random.default_rng(1)
    centers = rng.random((n // COPIES, bits)) < 0.5
    for start in range(0, n, BLOCK):
        own = centers[np.arange(start, min(n, start + BLOCK)) // COPIES]
        yield own ^ (rng.random(own.shape, np.float32) < DIFFER)


def queries_for(n: int, bits: int) -> np.ndarray:
    """Return the queries (QUERIES, bits) for these codes."""
    centers = np.random.default_rng(1).random((n // COPIES, bits)) < 0.5
    rng = np.random.default_rng(2)
    return centers[rng.integers(len(centers), size=QUERIES)] ^ (
        rng.random((QUERIES, bits)) < DIFFER
    )


def table_of(n: int, bits: int) -> HammingTable:
    """Return a table of the codes."""
    blocks = code_blocks(n, bits)
    table = HammingTable(next(blocks))
    for block in blocks:
        table.add(block)
    return table


def octets(codes: np.ndarray) -> np.ndarray:
    """Return codes (m, bits) as faiss takes them, (m, bits / 8)."""
    return np.packbits(codes, axis=1, bitorder="little")


def faiss_indexes(bits: int) -> dict:
    """Return faiss's exact indexes for radius 2, by what they are, still empty."""
    flat = faiss.IndexBinaryFlat(bits)
    found = {"faiss IndexBinaryFlat": flat}
    for wide in sorted({16, 24, min(bits, 32)}):
        index = faiss.IndexBinaryHash(bits, wide)
        index.nflip = RADIUS
        found[f"faiss IndexBinaryHash, {wide} bits"] = index
    for tables, flips in ((2, 1), (3, 0), (4, 0)):
        wide = min(bits // tables, 24)
        if wide < 10:  # tables of a thousand lists are as slow as comparing all codes
            continue
        index = faiss.IndexBinaryMultiHash(bits, tables, wide)
        index.nflip = flips
        found[f"faiss IndexBinaryMultiHash, {tables} of {wide} bits, {flips} flipped"] = index
    return found


def check_exact(name: str, index: object, asked: np.ndarray, ours: tuple) -> None:
    """Raise RuntimeError unless an index of faiss finds our (rows, indices, distances)."""
    limits, distances, indices = index.range_search(asked, RADIUS + 1)  # smaller than 3
    rows = np.repeat(np.arange(len(asked)), np.diff(limits.astype(np.intp)))
    theirs = np.array([rows, indices, distances])[:, np.lexsort((indices, rows))]
    if not np.array_equal(theirs, ours):
        raise RuntimeError(
            f"{name} finds other pairs than tinyae, {len(rows)} and {len(ours[0])}; "
            "one of them is not exact, so their times cannot be compared"
        )


def timed(call: Callable[[], object]) -> float:
    """Return the seconds of processor time of a call, the mean over about `SECONDS`.

    One thread needs as much time as this on a core of its own, and other work of the machine
    disturbs it only through the caches.
    """
    start, count, spent = time.process_time(), 0, 0.0
    while count == 0 or spent < SECONDS:
        call()
        count, spent = count + 1, time.process_time() - start
    return spent / count


def in_turn(calls: Calls, rounds: int) -> tuple[dict[str, np.ndarray], float]:
    """Return microseconds per query by name and round, and how many cores were busy otherwise."""
    for call, _ in calls.values():
        call()
    found: dict[str, list[float]] = {name: [] for name in calls}
    start, before, own = time.perf_counter(), busy_seconds(), time.process_time()
    for _ in range(rounds):
        for name, (call, count) in calls.items():
            found[name].append(timed(call) / count * 1e6)
    others = busy_seconds() - before - (time.process_time() - own)
    return (
        {name: np.array(each) for name, each in found.items()},
        max(others, 0.0) / (time.perf_counter() - start),
    )


def lines_of(times: dict[str, np.ndarray], first: str, notes: dict[str, str]) -> list[str]:
    """Return the lines of a table: µs per query, and the time over that of `first`."""
    lines = ["| | µs / query | ratio | least … most | |", "|---|---:|---:|---:|---|"]
    for name, each in times.items():
        ratio = each / times[first]
        lines.append(
            f"| {name} | {np.median(each):.2f} | {np.median(ratio):.2f} "
            f"| {ratio.min():.2f} … {ratio.max():.2f} | {notes.get(name, '')} |"
        )
    return lines


def warm(table: HammingTable, queries: np.ndarray) -> float:
    """Search until the tables of chunks are built; return the seconds of that search."""
    before = table.nbytes
    for _ in range(1000):
        start = time.perf_counter()
        table.lookup(queries, RADIUS)
        if table.nbytes > before:
            return time.perf_counter() - start
    raise RuntimeError(f"{table} is too small for tables of chunks")


def radius_part(n: int, bits: int, rounds: int) -> list[str]:
    """Time the search within the radius; return the lines of its section."""
    table, queries = table_of(n, bits), queries_for(n, bits)
    warm(table, queries)
    pairs = table.lookup_distances(queries, RADIUS)
    ours = "tinyae lookup, 256 queries"
    calls: Calls = {
        ours: (lambda: table.lookup(queries, RADIUS), QUERIES),
        "tinyae lookup_pairs": (lambda: table.lookup_pairs(queries, RADIUS), QUERIES),
        "tinyae lookup, one by one": (lambda: [table.lookup(q, RADIUS) for q in queries], QUERIES),
    }
    notes = {ours: f"{table.nbytes / n:.1f} bytes per entry"}
    if faiss is not None:
        codes = np.concatenate([octets(block) for block in code_blocks(n, bits)])
        asked = octets(queries)
        for name, index in faiss_indexes(bits).items():
            index.add(codes)
            some = asked[:BATCH] if "Flat" in name else asked
            check_exact(name, index, asked, pairs)
            calls[name] = (
                lambda index=index, some=some: index.range_search(some, RADIUS + 1),
                len(some),
            )
    times, beside = in_turn(calls, rounds)
    lines = lines_of(times, ours, notes)
    theirs = {name: each for name, each in times.items() if name.startswith("faiss")}
    lines.append("")
    if theirs:
        best = min(theirs, key=lambda name: np.median(theirs[name]))
        ratio = theirs[best] / times[ours]
        lines.append(
            f"The best of faiss ({best}) takes {np.median(ratio):.2f} times as long as `lookup` "
            f"({ratio.min():.2f} … {ratio.max():.2f})."
        )
    lines.append(f"{len(pairs[0])} pairs found; {beside:.1f} cores busy with other work.")
    return lines


def nearest_part(n: int, bits: int, rounds: int) -> list[str]:
    """Time the search for the nearest; return the lines of its section."""
    table, queries = table_of(n, bits), queries_for(n, bits)
    several = queries[:BATCH]
    batch, one = f"tinyae nearest, {BATCH} queries", "tinyae nearest, one query"
    calls: Calls = {
        batch: (lambda: table.nearest(several, K), BATCH),
        one: (lambda: table.nearest(queries[0], K), 1),
    }
    if faiss is not None:
        codes = np.concatenate([octets(block) for block in code_blocks(n, bits)])
        flat, asked = faiss.IndexBinaryFlat(bits), octets(several)
        flat.add(codes)
        if not np.array_equal(flat.search(asked, K)[0], table.nearest(several, K)[1]):
            raise RuntimeError("the distances of the nearest codes differ")
        calls[f"faiss IndexBinaryFlat, {BATCH} queries"] = (lambda: flat.search(asked, K), BATCH)
        calls["faiss IndexBinaryFlat, one query"] = (lambda: flat.search(asked[:1], K), 1)
    times, beside = in_turn(calls, rounds)
    lines: list[str] = []
    for first, word in ((batch, f"{BATCH} queries"), (one, "one query")):
        some = {name: each for name, each in times.items() if name.endswith(word)}
        lines += [*lines_of(some, first, {}), ""]
    return [*lines, f"{beside:.1f} cores busy with other work."]


def growth_part(sizes: list[int], rounds: int) -> list[str]:
    """Time tables of several sizes; return the lines of its section."""
    lines = [
        "| entries | bits | lookup, µs / query | one by one | nearest, ms | bytes per entry | "
        "with tables | build, s | save, s | load, s | mapped, ms |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    return lines + [growth_row(n, bits, rounds) for bits in (32, 64) for n in sizes]


def growth_row(n: int, bits: int, rounds: int) -> str:
    """Return the line of a table of n codes."""
    table, queries = table_of(n, bits), queries_for(n, bits)
    plain = table.nbytes / n
    seconds = warm(table, queries)
    calls: Calls = {
        "lookup": (lambda: table.lookup(queries, RADIUS), QUERIES),
        "one": (lambda: [table.lookup(q, RADIUS) for q in queries[:BATCH]], BATCH),
        "nearest": (lambda: table.nearest(queries[0], K), 1),
    }
    times, _ = in_turn(calls, rounds)
    us = {name: float(np.median(each)) for name, each in times.items()}
    files = file_seconds(table)
    return (
        f"| {n} | {bits} | {us['lookup']:.2f} | {us['one']:.1f} | {us['nearest'] / 1e3:.2f} "
        f"| {plain:.1f} | {table.nbytes / n:.1f} | {seconds:.2f} | {files['save']:.3f} "
        f"| {files['load']:.3f} | {files['mapped'] * 1e3:.2f} |"
    )


def file_seconds(table: HammingTable) -> dict[str, float]:
    """Return the seconds to save the table, to load it, and to open it mapped."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.npz"
        calls = {
            "save": lambda: table.save(path),
            "load": lambda: HammingTable.load(path),
            "mapped": lambda: HammingTable.load(path, mmap=True),
        }
        found = {}
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            found[name] = time.perf_counter() - start
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the command; print the section and, if asked, write it; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hashing", description=__doc__)
    parser.add_argument("-n", type=int, default=1_000_000, help="codes beside faiss (1000000)")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES,
                        help="codes of the growth (100000 1000000 10000000)")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="how often each method runs (5)")
    parser.add_argument("--write", action="store_true",
                        help="write the results to this machine's page")  # fmt: skip
    options = parser.parse_args(arguments)
    report.begin()
    run = report.Run(options.rounds, 1)
    if faiss is None:
        print("faiss is not installed: tinyae is measured alone")
    else:
        faiss.omp_set_num_threads(1)
    lines = [
        f"Binary codes: copies of random centres, {COPIES} of each, in which each bit differs with "
        f"a probability of {DIFFER:.0%}; {QUERIES} queries of the same kind. Both libraries run in "
        "one process, in turn, with one thread, and all results are exact. `lookup` includes "
        "making the list of results. A ratio above 1 means longer than tinyae's time in the first "
        "row. Times of searches are processor time, which other work of the machine disturbs less; "
        "those of files and of `build`, the first search that builds the tables, are by the clock."
    ]
    for bits in (32, 64):
        parts = {
            f"all entries within radius {RADIUS}": radius_part,
            f"the {K} nearest, exhaustively": nearest_part,
        }
        for what, part in parts.items():
            new = ["", f"**{options.n} codes of {bits} bits, {what}**", ""]
            new += part(options.n, bits, options.rounds)
            print("\n".join(new), flush=True)
            lines += new
            gc.collect()
    new = ["", f"**Growth with the number of entries, radius {RADIUS}, {K} nearest**", ""]
    new += growth_part(list(options.sizes), options.rounds)
    print("\n".join(new), flush=True)
    lines += new
    lines += ["", run.words() if faiss else run.words("without faiss")]
    if options.write:
        report.write({"hashing, 1 thread": "\n".join(lines)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

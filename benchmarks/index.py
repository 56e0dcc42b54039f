"""The index of the pages of results, RESULTS.md: what each holds, and main ratios by machine."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.pages import sections, statement
from benchmarks.systems import SYSTEMS
from benchmarks.workloads import WORKLOADS

PEERS = [name for name in SYSTEMS if name not in ("core", "layers")]
COMPARED = ("coding", "manifolds")  # sections whose tables name jobs and a column "ratio"
HEAD = """# Speed, measured

Each machine has a page of its own, because ratios differ between processors. `python -m benchmarks
--write` writes sections to the page of the machine it runs on; sections that are not measured again
are kept. This page is made from those pages.

Everything is float32 unless a section says otherwise. All systems start from the same weights and
rows. They run in turn, each in its own process. A ratio is the time of a system over the time of
tinyae's core in the same round; the tables give the median, the least and the most of the rounds.
The loss is that of the last warm-up epoch. Each system draws its own order of the rows and its own
noise, so the losses agree only up to these. (`tests/test_benchmarks.py` tests that every system
takes the same steps on the same batches.) "Matrix products only" are the products alone, on
NumPy's BLAS. No step on this BLAS can be faster, and their ratio is the share of the core's time
that they take. PyTorch and JAX use products of their own. `torch.compile` compiles the loss and its
gradient; the optimizer is PyTorch's fused one. JAX compiles a whole epoch. NumPy draws its order of
the rows, because JAX's own permutation sorts, and this would double the time of the spiral's
workload. The loss of a field is its mean square.

"Cores" is the processor time of a system, with all its threads, over the time of the clock: 2 where
two threads compute all the time, or wait for each other in a busy loop as those of BLAS and PyTorch
do. "Beside" is the number of cores that were busy with other work, at most. Load is the mean number
of processes, over a minute, that computed or waited for a core; it counts the benchmark itself.
With two threads, PyTorch, JAX and BLAS are told to use two, and the core is used as by
`fit(core="vectorized", threads="auto")`. It then takes as many threads as are fastest in a short
trial before the training. Sections without a column "cores" are older: there, tinyae used one
thread, and BLAS two. "Beside 1 busy" in a heading means that another process computed all the time
on the same cores.

`benchmarks/history.csv` holds what `python -m benchmarks history` recorded: the time of jobs at
several commits of this repository, over the time of two things that no commit changes.
"""


def write(folder: Path) -> Path:
    """Write RESULTS.md beside the folder of the pages; return its path."""
    pages = {page.stem: page.read_text(encoding="utf-8") for page in sorted(folder.glob("*.md"))}
    path = folder.with_name("RESULTS.md")
    path.write_text(text_of(pages, folder.name), encoding="utf-8")
    return path


def text_of(pages: dict[str, str], folder: str) -> str:
    """Return the index of pages, which are given by the names of their files."""
    lines = [HEAD, "## Pages", "",
             "| page | processor | cores | caches | sections | measured |",
             "|---|---|---:|---|---:|---|"]  # fmt: skip
    for name, text in pages.items():
        said, days = statement(text), sorted(set(re.findall(r"\b20\d\d-\d\d-\d\d\b", text)))
        when = " to ".join(days[:1] + days[1:][-1:])
        lines.append(
            f"| [{name}]({folder}/{name}.md) | {said['processor']} | {said['cores']} "
            f"| {said['caches']} | {len(sections(text))} | {when} |"
        )
    found = {name: sections(text) for name, text in pages.items()}
    return "\n".join([*lines, *workloads(found), *comparisons(found), *gains(found)]) + "\n"


def workloads(pages: dict[str, dict[str, str]]) -> list[str]:
    """Return the table of the workloads: for each a line by machine, and a column by system."""
    titles = [SYSTEMS[name].title for name in PEERS]
    lines = [
        "",
        "## Training steps and fields: the other's time over that of tinyae's core",
        "",
        f"| workload | machine | {' | '.join(titles)} |",
        f"|---|---|{'---:|' * len(titles)}",
    ]
    headings = [heading for found in pages.values() for heading in found]
    for heading in sorted(dict.fromkeys(headings), key=_rank):
        if re.split(", | beside ", heading)[0] not in WORKLOADS:
            continue
        shown = heading
        for name, found in pages.items():
            if heading in found:
                ratios = [_ratio(found[heading], title) for title in titles]
                lines.append(f"| {shown} | {name} | {' | '.join(ratios)} |")
                shown = ""
    return lines


def comparisons(pages: dict[str, dict[str, str]]) -> list[str]:
    """Return the table of the jobs beside scikit-learn, with a column by machine."""
    ratios: dict[str, dict[str, str]] = {}
    for name, found in pages.items():
        for section in COMPARED:
            for job, ratio in jobs(found.get(f"{section}, 1 thread", "")).items():
                ratios.setdefault(job, {})[name] = ratio
    return _by_machine("Beside scikit-learn, 1 thread: its time over tinyae's", ratios, pages)


def gains(pages: dict[str, dict[str, str]]) -> list[str]:
    """Return the table of what several threads gain, with a column by machine."""
    ratios: dict[str, dict[str, str]] = {}
    for name, found in pages.items():
        for heading, text in found.items():
            if heading.startswith("threads"):
                for row in tables(text):
                    ratios.setdefault(f"{row['net']}, {heading}", {})[name] = row["gain"]
    return _by_machine("Threads: tinyae's time with one over that with several", ratios, pages)


def jobs(text: str) -> dict[str, str]:
    """Return the ratio by job of a section; of a table with a column "by", tinyae's rows."""
    found, job = {}, ""
    for row in tables(text):
        if "ratio" not in row:
            continue
        job = re.sub(", beside .*", "", row.get("job") or row.get("", "") or job)
        by = row.get("by", "")
        if by == "" or by.startswith("tinyae"):
            title = f"{row['under']}: {job}" + by.removeprefix("tinyae")
            found[title] = row["ratio"]
    return found


def tables(text: str) -> list[dict[str, str]]:
    """Return the rows of all tables of a text; "under" is the last line in bold, short, above."""
    rows, names, under = [], None, ""
    for line in text.splitlines():
        if line.startswith("**"):
            under = line.strip("*").split(" (")[0]
        if not line.startswith("|"):
            names = None
        elif names is None:
            names = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        elif not re.fullmatch(r"[|:\- ]+", line):
            cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
            rows.append({**dict(zip(names, cells, strict=True)), "under": under})
    return rows


def _rank(heading: str) -> tuple[str, int, str]:
    name, _, threads = heading.partition(", ")
    first = name.split(" beside ")[0]
    return threads, list(WORKLOADS).index(first) if first in WORKLOADS else -1, name


def _ratio(text: str, title: str) -> str:
    rows = {next(iter(row.values())): row for row in tables(text)}
    return rows[title]["ratio"] if title in rows else "–"


def _by_machine(title: str, ratios: dict[str, dict[str, str]], pages: dict) -> list[str]:
    names = [name for name in pages if any(name in by for by in ratios.values())]
    if not names:
        return []
    lines = [
        "",
        f"## {title}",
        "",
        f"| job | {' | '.join(names)} |",
        f"|---|{'---:|' * len(names)}",
    ]
    return lines + [
        f"| {job} | {' | '.join(by.get(name, '–') for name in names)} |"
        for job, by in ratios.items()
    ]

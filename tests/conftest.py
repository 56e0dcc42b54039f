"""What all tests share: full or reduced claims, the real data, and a list of measured figures."""

from __future__ import annotations

import gc
import json
import os
from collections import Counter

# Before NumPy: nets of tests are small, and several threads only wait for each other.
for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from tests.claims import measured as kept
from tests.claims.fingerprint import fingerprint
from tests.claims.recorder import Claim

settings.register_profile("tinyae", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("tinyae")

FIGURES = pytest.StashKey[list[str]]()
CLAIMS = pytest.StashKey[dict[str, list[Claim]]]()  # the claims that each test opened
PASSED = pytest.StashKey[set[str]]()
FOUND = pytest.StashKey[set[str]]()  # every test that exists in the files that were read


def pytest_addoption(parser):
    """--full measures every claim in full (minutes); without it claims run in a reduced form."""
    add = parser.addoption
    add("--full", action="store_true", help="measure every claim in full")
    add("--write-claims", action="store_true", help="keep what this run measures, for the pages")
    add("--resume", action="store_true",
        help="leave out claims that were measured in full with the present code")  # fmt: skip
    add("--check-claims", action="store_true",
        help="fail unless the pages have this run's rows and bounds")  # fmt: skip
    add(
        "--salt", type=int, default=0, help="measure claims with fresh seeds, other ones for each N"
    )
    add("--count-bounds", metavar="FILE", default="",
        help="write which bounds were kept instead of failing at a broken one")  # fmt: skip


def pytest_configure(config):
    """Start the lists of measured figures, of claims, and of tests."""
    measures_anew = config.getoption("salt") or config.getoption("count_bounds")
    if config.getoption("write_claims") and measures_anew:
        raise pytest.UsageError(
            "--write-claims is for --salt 0 without --count-bounds: leave one of them out"
        )
    if config.getoption("resume") and (measures_anew or config.getoption("check_claims")):
        raise pytest.UsageError("--resume is for measuring in full: leave it out")
    config.stash[FIGURES], config.stash[CLAIMS] = [], {}
    config.stash[PASSED], config.stash[FOUND] = set(), set()


def pytest_ignore_collect(collection_path, config):
    """Do not read the files of the claims in the two kinds of runs that have none."""
    options = config.option
    without = options.markexpr in ("not slow and not claim", "slow and not claim")
    without = without and not (options.check_claims or options.write_claims)
    left_out = without and collection_path.parent == config.rootpath / "tests" / "claims"
    return True if left_out else None  # None: as pytest decides


@pytest.hookimpl(hookwrapper=True)
def pytest_collection():
    """Switch the garbage collector off while tests are found: it takes a fourth of that time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def pytest_itemcollected(item):
    """Note that this test exists, whether it is then selected or not."""
    item.config.stash[FOUND].add(item.nodeid)


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by the marks
def pytest_collection_modifyitems(config, items):
    """Mark as slow all but the first of every n cases of a test with the mark `one_in(n)`.

    With --resume, leave out the claims whose figures still stand.
    """
    cases = Counter[tuple[str, str]]()  # of each test, in the order in which they are listed
    for item in items:
        if mark := item.get_closest_marker("one_in"):
            test = item.parent.nodeid, item.originalname
            if cases[test] % mark.args[0]:
                item.add_marker(pytest.mark.slow)
            cases[test] += 1
    if not config.getoption("resume"):
        return
    old = kept.everything()
    done = [
        item
        for item in items
        if (one := old.get(item.nodeid)) and one["full"]
        and one["code"] == fingerprint(item.nodeid.split("::")[0])
    ]  # fmt: skip
    config.hook.pytest_deselected(items=done)
    items[:] = [item for item in items if item not in done]


def pytest_collection_finish(session):
    """Say what measuring in full costs, and take the fingerprints, before it begins."""
    config, tests = session.config, [item.nodeid for item in session.items]
    if config.getoption("write_claims"):
        for test in tests:
            fingerprint(test.split("::")[0])  # cached: it is that of the code that now runs
    if config.getoption("full") and tests:
        old = kept.everything()
        known = [old[test]["seconds"] for test in tests if test in old and old[test]["full"]]
        text = f"{len(tests)} tests in full: {sum(known) / 60:.0f} minutes when last measured"
        new = len(tests) - len(known)
        text += f"; {new} of them have no known time" if new else ""
        config.stash[FIGURES].append(text)
        print(text, flush=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep the figures of a test that passed; one that was skipped or failed keeps its old ones."""
    report = (yield).get_result()
    config, test = item.config, item.nodeid
    item.seconds = getattr(item, "seconds", 0.0) + report.duration  # fixtures may train too
    if report.when == "call" and report.passed:
        config.stash[PASSED].add(test)
    elif report.failed:
        config.stash[PASSED].discard(test)
    elif report.when == "teardown" and test in config.stash[PASSED]:
        claims = config.stash[CLAIMS].get(test)
        if claims and config.getoption("write_claims"):
            code = fingerprint(test.split("::")[0])
            kept.keep(test, kept.entry(claims, item.seconds, code))


def pytest_sessionfinish(session):
    """Write the pages of the claims, or compare them with what was just measured."""
    config = session.config
    whole = not any("::" in arg for arg in config.args) and not config.getoption("lf", False)
    if config.getoption("write_claims") and whole:
        kept.drop(gone(config))
    if config.getoption("check_claims"):
        passed = config.stash[PASSED]
        ran = {t: claims for t, claims in config.stash[CLAIMS].items() if t in passed}
        problems = kept.differences(ran)
        if config.args == config.getini("testpaths"):
            problems += [f"on the page only: {test}" for test in sorted(gone(config))]
        config.stash[FIGURES] += problems or ["the pages have the rows and bounds of this run"]
        if problems:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if file := config.getoption("count_bounds"):
        counts = [
            {"test": test, "what": what, "kept": held}
            for test, claims in config.stash[CLAIMS].items()
            for claim in claims
            for what, held in claim.counts
        ]
        Path(file).write_text(json.dumps(counts), "utf-8")


def gone(config) -> set[str]:
    """Return measured tests that exist no more, of files that were read now or are gone."""
    found = config.stash[FOUND]
    read = {test.split("::")[0] for test in found}
    return {
        test
        for test in kept.everything()
        if test not in found
        and ((file := test.split("::")[0]) in read or not (config.rootpath / file).exists())
    }


def pytest_terminal_summary(terminalreporter, config):
    """Print every figure that a test measured."""
    if config.stash[FIGURES]:
        terminalreporter.section("measured" + (" in full" if config.getoption("full") else ""))
        for line in config.stash[FIGURES]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="module", autouse=True)
def nothing_old_is_looked_through():
    """Let the collector pass over what is kept: modules, thousands of tests, and their caches."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def measured(request):
    """A function that notes a measured figure for the summary at the end of the run."""
    return request.config.stash[FIGURES].append


@pytest.fixture
def claim(request, full, measured):
    """A function that opens a claim; at the end each must have a bound and a control."""
    opened = request.config.stash[CLAIMS].setdefault(request.node.nodeid, [])
    opened.clear()
    counts = request.config.getoption("count_bounds")

    def start(row: str, section: str, says: str, on: str = "") -> Claim:
        opened.append(
            Claim(
                row, section, says, full, request.node.nodeid, measured, on=on,
                salt=request.config.getoption("salt"), counts=[] if counts else None,
            )
        )  # fmt: skip
        return opened[-1]

    yield start
    for one in opened:
        assert one.asserted, f"claim {one.row} was recorded but asserts nothing"
        assert one.controlled, f"claim {one.row} has no control, and no reason why it has none"


@pytest.fixture(scope="session")
def full(request) -> bool:
    """Whether claims are to be measured in full."""
    return request.config.getoption("full")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed."""
    return np.random.default_rng(14)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data; the test is skipped, and says so, where there is none."""
    folder = os.environ.get("TINYAE_DATA")
    if not folder or not (Path(folder) / "mnist").is_dir():
        pytest.skip("set TINYAE_DATA to a folder that holds mnist/ to run this test")
    return Path(folder)

"""What all tests share: full or reduced claims, the real data, and a list of measured figures."""

from __future__ import annotations

import os

# Before NumPy: nets of tests are small, and several threads only wait for each other.
for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from tests.claims.recorder import Claim, Ledger

settings.register_profile("tinyae", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("tinyae")

FIGURES = pytest.StashKey[list[str]]()
LEDGER = pytest.StashKey[Ledger]()


def pytest_addoption(parser):
    """--full measures every claim in full (minutes); without it claims run in a reduced form."""
    parser.addoption("--full", action="store_true", help="measure every claim in full")
    parser.addoption("--write-claims", action="store_true", help="write CLAIMS.md from this run")
    parser.addoption("--check-claims", action="store_true",
                     help="fail unless CLAIMS.md has this run's rows and bounds")  # fmt: skip


def pytest_configure(config):
    """Start the list of measured figures."""
    config.stash[FIGURES] = []
    everything = config.args == config.getini("testpaths")  # no file or test was named
    config.stash[LEDGER] = Ledger(exist=set() if everything else None)


def pytest_itemcollected(item):
    """Note that this test exists, whether it is then selected or not."""
    if item.config.stash[LEDGER].exist is not None:
        item.config.stash[LEDGER].exist.add(item.nodeid)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Note that this test passed: it was neither skipped nor failed, not at its end either."""
    report = (yield).get_result()
    if report.when == "call" and report.passed:
        item.config.stash[LEDGER].ran.add(item.nodeid)
    elif report.failed:
        item.config.stash[LEDGER].ran.discard(item.nodeid)


def pytest_sessionfinish(session):
    """Write the page of claims, or compare it with what was just measured."""
    config, ledger = session.config, session.config.stash[LEDGER]
    kept = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED
    if config.getoption("write_claims") and session.exitstatus in kept:
        ledger.write()  # hours of measuring are not lost because one claim fails
    if config.getoption("check_claims"):
        problems = ledger.differences()
        config.stash[FIGURES] += problems or ["CLAIMS.md names the rows and bounds of this run"]
        if problems:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    """Print every figure that a test measured."""
    if config.stash[FIGURES]:
        terminalreporter.section("measured" + (" in full" if config.getoption("full") else ""))
        for line in config.stash[FIGURES]:
            terminalreporter.write_line(line)


@pytest.fixture
def measured(request):
    """A function that notes a measured figure for the summary at the end of the run."""
    return request.config.stash[FIGURES].append


@pytest.fixture
def claim(request, full, measured):
    """A function that opens a claim; at the end each must have asserted at least one figure."""
    opened = []

    def start(row: str, section: str, says: str, on: str = "") -> Claim:
        claim = Claim(row, section, says, full, request.node.nodeid, measured, on=on)
        opened.append(claim)
        request.config.stash[LEDGER].add(opened[-1])
        return opened[-1]

    yield start
    for one in opened:
        assert one.asserted, f"claim {one.row} was recorded but asserts nothing"


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

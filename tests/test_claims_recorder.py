"""The recorder of claims: what is shown is asserted, and the page and the run must agree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.claims import recorder
from tests.claims.recorder import Claim, Ledger


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "PAGE", tmp_path / "CLAIMS.md")
    return Ledger()


def opened(ledger, row="S1", section="14.1"):
    claim = Claim(row, section, "It holds.", True, f"tests/x.py::test_{row}", lambda line: None)
    ledger.add(claim)
    ledger.ran.add(claim.test)
    return claim


def test_show_asserts(ledger):
    claim = opened(ledger)
    claim.show("fine", [1, 2, 3], at_least=1, at_most=3)
    for values, bounds in (([1, 4], {"at_most": 3}), ([0, 2], {"at_least": 1}),
                           ([float("nan")], {"at_most": 3}), ([], {"at_most": 3})):  # fmt: skip
        with pytest.raises((AssertionError, ValueError)):
            claim.show("not fine", values, **bounds)
    with pytest.raises(TypeError, match="give at_least or at_most"):
        claim.show("no bound", 1.0)


def test_page_and_run(ledger):
    assert "missing" in ledger.differences()[0]
    opened(ledger, "S10", "14.2.1").show("a", [1, 2], at_most=3, wanted="≤ 1")
    opened(ledger, "S9", "14.1").show("b", 1, at_least=0)
    ledger.claims[0].quote("c", 5)
    ledger.claims[0].quote("|h| at most", 5)
    ledger.write()
    page = recorder.PAGE.read_text("utf-8")
    assert page.index("Section 14.1") < page.index("Section 14.2.1")
    assert (
        "| S10 | a | ≤ 3; short of ≤ 1 | 1 … 2 (2) |" in page and "| S10 | c | quoted | 5 |" in page
    )
    assert "| S10 | \\|h\\| at most | quoted | 5 |" in page
    assert ledger.differences() == []
    ledger.claims[1].show("new", 1, at_least=0)
    assert ledger.differences() == ["in this run only: S9 | new | ≥ 0"]
    ledger.claims.pop()
    assert ledger.differences() == ["on the page only: S9 | b | ≥ 0"]


def test_a_bound_of_the_full_form_is_not_asserted_in_the_reduced_one():
    said = []
    for full in (False, True):
        claim = Claim("S1", "14.1", "It holds.", full, "tests/x.py::test_S1", said.append)
        if full:
            with pytest.raises(AssertionError, match="wanted ≥ 5"):
                claim.show("gain", 3.0, at_least=5.0, full_only=True)
        else:
            claim.show("gain", 3.0, at_least=5.0, full_only=True)
            assert not claim.asserted
    assert [figure[:2] for figure in claim.figures] == [("gain", "≥ 5")]
    assert "3 (not asserted: reduced form)" in said[0] and "not asserted" not in said[1]


def test_quoting_is_not_asserting():
    claim = Claim("S1", "14.1", "It holds.", True, "t", lambda line: None)
    claim.quote("a", 1.0)
    claim.quote("b", None)
    assert not claim.asserted
    assert [row[:2] for row in claim.figures] == [("a", "quoted"), ("b", "quoted")]
    assert claim.figures[1][2] == "not measured: reduced form"


CLAIMS = """
import pytest
pytestmark = pytest.mark.claim

@pytest.mark.parametrize("n", [1, 2])
def test_a(claim, n):
    claim("S1", "14.1", f"It holds for {n}.", "toys").show("a", n, at_most=3)

def test_b(claim, data_folder):
    claim("S1", "14.1", "A second claim with the same number.").show("b", 1, at_most=3)

def test_c(claim, full):
    claim("S2", "14.2", "In both forms.").show("c", 1.5 if full else 1, at_most=3)
"""


@pytest.fixture
def run(tmp_path):
    """A function that runs pytest on three toy claims: whether it passed, and the page."""
    root = Path(__file__).parents[1]
    (tmp_path / "tests" / "claims").mkdir(parents=True)
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    for file in ("pyproject.toml", "tests/conftest.py", "tests/claims/recorder.py"):
        shutil.copy(root / file, tmp_path / file)

    def run(*arguments, claims=CLAIMS, data=""):
        (tmp_path / "tests" / "claims" / "test_claims_toy.py").write_text(claims)
        environment = {**os.environ, "TINYAE_DATA": data and str(tmp_path / data)}
        command = [sys.executable, "-m", "pytest", "-q", "-m", "claim", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True)
        return done.returncode == 0, (tmp_path / "CLAIMS.md").read_text("utf-8")

    return run


@pytest.mark.slow
def test_a_part_of_the_page_can_be_measured_anew(run):
    write = ("--full", "--write-claims")
    passed, page = run(*write, data="data")
    assert passed and page.count("| bound |") == 4 and "*Measured on:* toys" in page
    assert run("--check-claims")[0], "the skipped claim is not missed"
    assert run("--check-claims", "-k", "test_c")[0], "nor are those that were not chosen"

    moved = CLAIMS.replace('"b", 1', '"b", 2').replace('"a", n', '"a", n + 1')
    assert run(*write, "-k", "test_b", claims=moved, data="data") == (
        True, page.replace("| b | ≤ 3 | 1 |", "| b | ≤ 3 | 2 |"))  # fmt: skip
    passed, page = run(*write, "-k", "test_b", claims=moved)
    assert passed and "| b | ≤ 3 | 2 |" in page, "skipped: the figure stays"
    mixed = run("--write-claims", "tests/claims/test_claims_toy.py::test_c")[1]
    assert "| c | ≤ 3 | 1 |" in mixed and "::test_c --full` (reduced)" in mixed
    assert mixed.count("(full)") == 3 and "**Some claims were measured in the reduced" in mixed

    failing = CLAIMS.replace("1.5 if full else 1, at_most=3", "9, at_most=3")
    passed, kept = run(*write, claims=failing.replace('"b", 1', '"b", 0'), data="data")
    assert not passed and "| b | ≤ 3 | 0 |" in kept, "what passed beside a failure is written"
    assert "| c | ≤ 3 | 1 |" in kept and "| 9 |" not in kept, "what failed stays as it was"

    fewer = CLAIMS.replace("[1, 2]", "[1]").replace("test_c", "test_d").replace("S2", "S3")
    assert not run("--check-claims", claims=fewer)[0]
    passed, page = run(*write, "-k", "test_d", claims=fewer)
    assert passed and "test_a[1]" in page and "test_d" in page, "a new claim is taken in"
    assert "test_a[2]" not in page and "::test_c " not in page, "one that is no more goes"

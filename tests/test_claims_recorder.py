"""The recorder of claims: what is shown is asserted, and a control must fail."""

import json
import shutil
from pathlib import Path

import pytest

from tests.claims.recorder import Claim
from tests.claims.seeds import derived_seeds, share_at_least
from tests.pytest_in_process import run_pytest


def opened(row="S1", section="14.1", full=True, **more):
    return Claim(row, section, "It holds.", full, f"tests/x.py::test_{row}", lambda _: None, **more)


def test_show_asserts():
    claim = opened()
    claim.show("fine", [1, 2, 3], at_least=1, at_most=3)
    for values, bounds in (([1, 4], {"at_most": 3}), ([0, 2], {"at_least": 1}),
                           ([float("nan")], {"at_most": 3}), ([], {"at_most": 3})):  # fmt: skip
        with pytest.raises((AssertionError, ValueError)):
            claim.show(f"not fine {values}", values, **bounds)
    with pytest.raises(TypeError, match="give at_least or at_most"):
        claim.show("no bound", 1.0)
    with pytest.raises(ValueError, match="twice"):
        claim.show("fine", 1.0, at_most=3)


def test_a_bound_for_a_share_of_the_seeds():
    claim = opened()
    claim.show("most", [1] * 19 + [9], at_most=3, share=0.75)
    assert "≤ 3 for 75 % of the seeds" in claim.figures[0][1]
    assert "19 of 20 keep the bound: more than 0.78 of all seeds" in claim.figures[0][2]
    with pytest.raises(AssertionError, match="wanted ≤ 3 for 75 %"):
        claim.show("too few to be sure", [1, 1, 1], at_most=3, share=0.75)
    claim.control("a guess", "most", [9] * 10 + [1] * 2)
    with pytest.raises(AssertionError, match="should break"):
        claim.control("as good", "most", [1] * 9 + [9])


def test_share_at_least():
    assert share_at_least(20, 20) == pytest.approx(0.05 ** (1 / 20))
    assert share_at_least(0, 5) == pytest.approx(0.0, abs=1e-12)
    assert share_at_least(19, 20) == pytest.approx(0.78389, abs=1e-5)  # tables of the interval


def test_a_control_must_break_the_bound():
    claim = opened()
    claim.show("error", 0.1, at_most=0.2)
    claim.control("untrained", "error", [0.5, 0.7])
    assert claim.controlled
    assert claim.figures[-1] == ("control, untrained: error", "must break ≤ 0.2", "0.5 … 0.7 (2)")
    with pytest.raises(AssertionError, match="should break ≤ 0.2"):
        claim.control("as good by chance", "error", [0.5, 0.1])
    with pytest.raises(AssertionError, match="not a number"):
        claim.control("diverged", "error", float("nan"))
    with pytest.raises(ValueError, match="before its control"):
        claim.control("untrained", "no such figure", 1.0)


def test_bounds_can_be_counted_instead_of_asserted():
    claim = opened(counts=[])
    claim.show("error", 0.3, at_most=0.2)
    claim.control("untrained", "error", 0.1)
    claim.show("gain", 1.0, at_least=0.5)
    assert [kept for _, kept in claim.counts] == [False, False, True]


def test_seeds_follow_from_the_name():
    seeds = derived_seeds("a claim", 50)
    assert len(set(seeds)) == 50 and all(0 <= seed < 1_000_000 for seed in seeds)
    assert derived_seeds("a claim", 3) == seeds[:3]
    assert not set(seeds) & set(derived_seeds("a claim", 50, salt=1))
    assert opened("S1").seeds(3) != opened("S2").seeds(3)


def test_a_bound_of_the_full_form_is_not_asserted_in_the_reduced_one():
    for full in (False, True):
        claim = opened(full=full)
        if full:
            with pytest.raises(AssertionError, match="wanted ≥ 5"):
                claim.show("gain", 3.0, at_least=5.0, full_only=True)
        else:
            claim.show("gain", 3.0, at_least=5.0, full_only=True)
            claim.control("twice the gain", "gain", 6.0)
            assert not claim.asserted
            assert "3 (not asserted: reduced form)" in claim.figures[0][2]
        assert claim.figures[0][:2] == ("gain", "≥ 5")


def test_quoting_is_not_asserting():
    claim = opened()
    claim.quote("a", 1.0)
    claim.quote("b", None)
    assert not claim.asserted and not claim.controlled
    assert [row[:2] for row in claim.figures] == [("a", "quoted"), ("b", "quoted")]
    assert claim.figures[1][2] == "not measured: reduced form"


CLAIMS = """
import pytest
pytestmark = pytest.mark.claim

@pytest.mark.parametrize("n", [1, 2])
def test_a(claim, n):
    c = claim("S1", "14.1", f"It holds for {n}.", "toys")
    c.show("a", n, at_most=3)
    c.control("ten times as much", "a", 10 * n)

def test_b(claim, data_folder):
    c = claim("S1", "14.1", "A second claim with the same number.")
    c.show("b", 1, at_most=3)
    c.no_control("It is a toy.")

def test_c(claim, full):
    c = claim("S2", "14.2", "In both forms.")
    c.show("c", 1.5 if full else 1, at_most=3)
    c.no_control("It is a toy.")
"""
MODULES = ("recorder", "measured", "seeds", "fingerprint")
FILES = ("pyproject.toml", "tests/conftest.py", *(f"tests/claims/{name}.py" for name in MODULES))


@pytest.fixture
def run(tmp_path):
    """A function that runs pytest on toy claims: whether it passed, what it said, what is kept."""
    root = Path(__file__).parents[1]
    (tmp_path / "tests" / "claims").mkdir(parents=True)
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    for file in FILES:
        shutil.copy(root / file, tmp_path / file)

    def run(*arguments, claims=CLAIMS, data=""):
        (tmp_path / "tests" / "claims" / "test_claims_toy.py").write_text(claims)
        status, said = run_pytest(
            tmp_path,
            ["-q", "-p", "no:cacheprovider", "-m", "claim", *arguments],
            {"TINYAE_DATA": data and str(tmp_path / data)},
        )
        kept = tmp_path / "tests" / "claims" / "measured" / "test_claims_toy.json"
        tests = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
        values = {
            test.split("::")[1]: (one["full"], one["claims"][0]["figures"][0][2])
            for test, one in tests.items()
        }
        return status == 0, said, values

    return run


@pytest.mark.slow
def test_a_part_can_be_measured_anew(run):
    write = ("--full", "--write-claims")
    passed, _, values = run(*write, data="data")
    first = {"test_a[1]": (True, "1"), "test_a[2]": (True, "2"),
             "test_b": (True, "1"), "test_c": (True, "1.5")}  # fmt: skip
    assert passed and values == first
    assert run("--check-claims")[0], "the skipped claim is not missed"
    assert run("--check-claims", "-k", "test_c")[0], "nor are those that were not chosen"
    assert "4 deselected" in run("--resume", *write, data="data")[1], "all were measured"

    moved = CLAIMS.replace('"b", 1', '"b", 2').replace('"a", n', '"a", n + 1')
    values = run(*write, "-k", "test_b", claims=moved, data="data")[2]
    assert values == {**first, "test_b": (True, "2")}
    values = run(*write, "-k", "test_b", claims=moved)[2]
    assert values["test_b"] == (True, "2"), "skipped: the figure stays"
    values = run("--write-claims", "tests/claims/test_claims_toy.py::test_c")[2]
    assert values == {**first, "test_b": (True, "2"), "test_c": (False, "1")}

    failing = CLAIMS.replace("1.5 if full else 1, at_most=3", "9, at_most=3")
    passed, _, values = run(*write, claims=failing.replace('"b", 1', '"b", 0'), data="data")
    assert not passed and values["test_b"] == (True, "0"), "what passed beside a failure is kept"
    assert values["test_c"] == (False, "1"), "what failed stays as it was"

    fewer = CLAIMS.replace("[1, 2]", "[1]").replace("test_c", "test_d").replace("S2", "S3")
    assert not run("--check-claims", claims=fewer)[0]
    passed, _, values = run(*write, "-k", "test_d", claims=fewer)
    assert passed and set(values) == {"test_a[1]", "test_b", "test_d"}


@pytest.mark.slow
def test_a_claim_needs_a_control(run):
    without = CLAIMS.replace('    c.control("ten times as much", "a", 10 * n)\n', "")
    passed, said, values = run("--write-claims", "-k", "test_a", claims=without)
    assert not passed and "has no control" in said and values == {}


@pytest.mark.slow
def test_broken_bounds_are_counted(run, tmp_path):
    broken = CLAIMS.replace('"a", n, at_most=3', '"a", n, at_most=1')
    out = str(tmp_path / "bounds.json")
    assert run("--count-bounds", out, "--salt", "1", "-k", "test_a", claims=broken)[0]
    counts = json.loads(Path(out).read_text("utf-8"))
    assert [one["kept"] for one in counts] == [True, True, False, True]
    assert not run("--write-claims", "--salt", "1")[0], "the pages have the seeds of salt 0"
    assert not run("--write-claims", "--count-bounds", out)[0], "a broken bound is not written"
    assert not run("--resume", "--check-claims")[0]

"""The recorder of claims: what is shown is asserted, a control must fail, pages and run agree."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.claims import fresh_seeds, measured, page
from tests.claims.errata import errata_page
from tests.claims.fingerprint import fingerprint, without_words
from tests.claims.recorder import Claim
from tests.claims.rows import HOLDS, ROWS, Row
from tests.claims.seeds import derived_seeds, share_at_least


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


def test_the_pages(tmp_path, monkeypatch):
    first, second = opened("S10", "14.2.1"), opened("S9, |h|", "14.1")
    first.show("|a|", [1, 2], at_most=3, wanted="≤ 1", moved="≤ 2.5 at first")
    first.control("untrained", "|a|", 4)
    second.show("b", 1, at_least=0)
    second.no_control("b is a number of elements.")
    for claim in (first, second):
        measured.keep(claim.test, measured.entry([claim], 1.25, "abc"), tmp_path)
    tests = measured.everything(tmp_path)
    assert measured.differences({c.test: [c] for c in (first, second)}, tmp_path) == []
    pages = page.section_pages(tests)
    assert list(pages) == ["14.1.md", "14.2.1.md"]
    assert (
        "| \\|a\\| | ≤ 3; short of ≤ 1; moved: ≤ 2.5 at first | 1 … 2 (2) |" in pages["14.2.1.md"]
    )
    assert "*No control:* b is a number of elements.  " in pages["14.1.md"]
    assert '<a id="s9"></a>' in pages["14.1.md"]

    rows = Row("S9", "14.1", HOLDS, "Nine.", "b"), Row("S10", "14.2.1", HOLDS, "Ten.", "|a|")
    monkeypatch.setattr(page, "ROWS", rows)
    table = page.opening_table(tests)
    assert table[2].startswith("| 14.1 | [S9](docs/claims/14.1.md#s9) Nine. | holds |")
    assert table[2].endswith("| b: 1 [≥ 0] | see the details |")
    assert "#s10) Ten. | holds | \\|a\\|: 1 … 2 (2) [≤ 3; short of ≤ 1;" in table[3]
    assert table[3].endswith("| untrained: 4 |")
    monkeypatch.setattr(page, "ROWS", (Row("S9", "14.1", HOLDS, "Nine.", "no such figure"),))
    with pytest.raises(LookupError, match="no such figure"):
        page.opening_table(tests)


def test_every_claim_has_its_line():
    tests = measured.everything()
    page.opening_table(tests)  # raises where a deciding figure does not exist
    labels = {c["row"].split(",")[0] for one in tests.values() for c in one["claims"]}
    named = [row.row for row in ROWS]
    assert len(named) == len(set(named))
    assert {label for label in labels if label.startswith("S")} == set(named)
    for row in ROWS:
        bounds = [b for c in page.claims_of(row.row, tests) for _, b, _ in c["figures"]]
        limited = any("; short of" in bound for bound in bounds)
        assert not (limited and row.verdict == HOLDS), f"{row.row} falls short of a goal"


def test_the_pages_are_up_to_date():
    tests = measured.everything()
    for name, text in page.section_pages(tests).items():
        assert (page.ROOT / "docs" / "claims" / name).read_text("utf-8") == text, name
    errata = (page.ROOT / "docs" / "claims" / "errata.md").read_text("utf-8")
    assert errata == errata_page(tests)
    assert (page.ROOT / "CLAIMS.md").read_text("utf-8") == page.opening(tests)


def test_counts_of_fresh_seeds(tmp_path, monkeypatch):
    said = [{"test": "tests/claims/test_a.py::test_x", "what": "S1 | |a| | b", "kept": True},
            {"test": "tests/claims/test_a.py::test_x", "what": "S1 | error", "kept": True}]  # fmt: skip
    asked = []

    def count(file, salt):
        asked.append((file, salt))
        return [{**said[0], "kept": salt != 3}, said[1]]

    monkeypatch.setattr(fresh_seeds, "KEPT", tmp_path / "counts")
    monkeypatch.setattr(fresh_seeds, "PAGE", tmp_path / "seeds.md")
    monkeypatch.setattr(fresh_seeds, "count", count)
    monkeypatch.setattr(fresh_seeds, "fingerprint", lambda file: "abc")
    fresh_seeds.main(2, ["tests/claims/test_a.py"])
    fresh_seeds.main(4, ["tests/claims/test_a.py"])
    assert [salt for _, salt in asked] == [1, 2, 3, 4], "what was counted is not run again"
    text = (tmp_path / "seeds.md").read_text("utf-8")
    assert "| `test_x` | S1 \\| \\|a\\| \\| b | 3 of 4 |" in text and "S1 \\| error" not in text
    assert text.startswith("# Fresh seeds") and "2 bounds and controls of 1 tests" in text
    monkeypatch.setattr(fresh_seeds, "fingerprint", lambda file: "new code")
    fresh_seeds.main(1, ["tests/claims/test_a.py"])
    assert asked[-1] == ("tests/claims/test_a.py", 1), "other code is counted anew"


def test_the_fingerprint_is_of_the_code(tmp_path):
    assert without_words('"""Say."""\nx = 1  # one\n') == without_words("x = 1\n")
    assert without_words("x = 1\n") != without_words("x = 2\n")
    test = tmp_path / "tests" / "claims" / "test_a.py"
    test.parent.mkdir(parents=True)
    test.write_text("x = 1\n")
    first = fingerprint("tests/claims/test_a.py", tmp_path)
    assert len(first) == 12
    other = test.with_name("test_b.py")
    other.write_text("x = 2\n")
    assert fingerprint("tests/claims/test_b.py", tmp_path) != first


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
        environment = {**os.environ, "TINYAE_DATA": data and str(tmp_path / data)}
        command = [sys.executable, "-m", "pytest", "-q", "-m", "claim", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        kept = tmp_path / "tests" / "claims" / "measured" / "test_claims_toy.json"
        tests = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
        values = {
            test.split("::")[1]: (one["full"], one["claims"][0]["figures"][0][2])
            for test, one in tests.items()
        }
        return done.returncode == 0, done.stdout, values

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

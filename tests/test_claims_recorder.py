"""The recorder of claims: what is shown is asserted, and the page and the run must agree."""

import pytest

from tests.claims import recorder
from tests.claims.recorder import Claim, Ledger


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "PAGE", tmp_path / "CLAIMS.md")
    return Ledger()


def opened(ledger, row="S1", section="14.1"):
    claim = Claim(row, section, "It holds.", True, "tests/x.py::test", lambda line: None)
    ledger.add(claim)
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
    ledger.write(full=True)
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


def test_quoting_is_not_asserting():
    claim = Claim("S1", "14.1", "It holds.", True, "t", lambda line: None)
    claim.quote("a", 1.0)
    assert not claim.asserted

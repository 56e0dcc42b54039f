"""The pages of the claims agree with what was measured; fresh seeds are counted."""

import re

import numpy as np
import pytest

from tests.claims import fresh_seeds, measured, page
from tests.claims import trained as kept_models
from tests.claims.errata import ERRATA, errata_page
from tests.claims.fingerprint import _of_file, _tree, fingerprint, modules, without_words
from tests.claims.recorder import Claim
from tests.claims.rows import HOLDS, NOT, ROWS, Row
from tests.claims.trained import VARIABLE, trained


def opened(row="S1", section="14.1", full=True, **more):
    return Claim(row, section, "It holds.", full, f"tests/x.py::test_{row}", lambda _: None, **more)


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
    assert "#s10) Ten. | holds | \\|a\\|: 1 … 2 (2) [≤ 3; short of ≤ 1]" in table[3]
    assert table[3].endswith("| untrained: 4 |")
    monkeypatch.setattr(page, "ROWS", (Row("S9", "14.1", HOLDS, "Nine.", "no such figure"),))
    with pytest.raises(LookupError, match="0 bounded figures are named 'no such figure'"):
        page.opening_table(tests)


def test_every_claim_has_its_line():
    tests = measured.everything()
    page.opening_table(tests)  # raises where a deciding figure does not exist
    labels = {c["row"].split(",")[0] for one in tests.values() for c in one["claims"]}
    named = [(row.row, row.section) for row in ROWS]  # S51 is about two sections
    assert len(named) == len(set(named))
    assert {label for label in labels if label.startswith(("S", "Erratum"))} <= {
        row for row, _ in named
    }
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


def test_every_link_of_the_pages_leads_somewhere():
    for path in (page.ROOT / "CLAIMS.md", *(page.ROOT / "docs" / "claims").glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_errata_and_verdicts_agree():
    errata = [one for one in ERRATA if one.kind == "erratum"]
    assert len(errata) == len([row for row in ROWS if row.verdict == NOT])
    assert {one.kind for one in ERRATA} == {"erratum", "sharpening"}
    assert len({one.picture for one in ERRATA}) == len(ERRATA)


def test_counts_of_fresh_seeds(tmp_path, monkeypatch):
    said = [
        {"test": "tests/claims/test_a.py::test_x", "what": what, "kept": True}
        for what in ("S1 | |a| | b", "S1 | error")
    ]
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


def test_the_fingerprint_is_of_the_code_that_runs(tmp_path):
    assert without_words('"""Say."""\nx = 1  # one\n') == without_words("x = 1\n")
    assert without_words("x = 1\n") != without_words("x = 2\n")
    typed = "class A:\n    x: int = 1\n    def f(self, a: int = 2) -> int:\n        return a\n"
    plain = "class A:\n    x: float = 1\n    def f(self, a=2):\n        return a\n"
    assert without_words(typed) == without_words(plain)
    for changed in ("x: int = 2", "y: int = 1", "x: int"):
        assert without_words(typed.replace("x: int = 1", changed)) != without_words(typed)
    assert without_words(typed.replace("= 2)", "= 3)")) != without_words(typed)
    files = {
        "tests/claims/test_a.py": "from tinyae import f\nfrom figures.experiments import e\n",
        "tinyae/__init__.py": "from tinyae.one import f\nfrom tinyae.two import g\n",
        "tinyae/one.py": "from tinyae.three import h\nf = h\n",
        "tinyae/two.py": "g = 1\n",
        "tinyae/three.py": "h = 1\n",
        "figures/__init__.py": "",
        "figures/one.py": "from . import two\n",
        "figures/two.py": "",
        "figures/experiments/__init__.py": "",
        "figures/experiments/e.py": "from ..one import x\nfrom .f import y\n",
        "figures/experiments/f.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    test = "tests/claims/test_a.py"
    found = [str(path.relative_to(tmp_path)) for path in modules(tmp_path / test, tmp_path)]
    figures = ["experiments/e.py", "experiments/f.py", "one.py", "two.py"]
    assert found == sorted(
        [test, "tinyae/one.py", "tinyae/three.py", *(f"figures/{name}" for name in figures)]
    )
    first = fingerprint(test, tmp_path)
    assert len(first) == 12

    def after(name, text):
        (tmp_path / name).write_text(text)
        for function in (fingerprint, _of_file, _tree):
            function.cache_clear()
        return fingerprint(test, tmp_path)

    assert after("tinyae/two.py", "g = 2\n") == first, "it is not imported"
    assert after("tinyae/three.py", '"""Words."""\nh = 1\n') == first
    assert after("tinyae/three.py", "h = 2\n") != first


CALLS = []


def scaled(x, factor, *, seed):
    """Something to learn that notes each call."""
    CALLS.append(seed)
    return factor * x


def test_what_was_trained_is_kept(tmp_path, monkeypatch):
    x = np.arange(3.0)
    monkeypatch.delenv(VARIABLE, raising=False)
    CALLS.clear()
    for _ in range(2):
        assert np.array_equal(trained(scaled, x, 2.0, seed=1), 2 * x)
    assert CALLS == [1, 1], "without the folder nothing is kept"

    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept"))
    CALLS.clear()
    for _ in range(2):
        assert np.array_equal(trained(scaled, x, 2.0, seed=1), 2 * x)
    assert CALLS == [1]
    trained(scaled, x + 1, 2.0, seed=1), trained(scaled, x, 3.0, seed=1)
    trained(scaled, x, 2.0, seed=2), trained(scaled, x.astype(np.float32), 2.0, seed=1)
    assert CALLS == [1, 1, 1, 2, 1], "other data, settings or seeds are trained"
    assert len(list((tmp_path / "kept").iterdir())) == 5

    monkeypatch.setattr(kept_models, "fingerprint", lambda file: "other code")
    CALLS.clear()
    trained(scaled, x, 2.0, seed=1)
    assert CALLS == [1], "other code trains anew"

"""Every tutorial runs as a script without a warning, and has the form that all of them share."""

import ast
import re
import runpy
import time
from pathlib import Path

import pytest

from tutorials.exercises import EXERCISES, comment

FOLDER = Path(__file__).parents[1] / "tutorials"
TUTORIALS = sorted(FOLDER.glob("[0-9]*.py"))
README = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
# The order in which every tutorial goes about its subject; a heading may say more after these.
SECTIONS = (
    "1. The question",
    "2. The equation",
    "3. One unit, one example",
    "4. By loops, then by layers",
    "5. The gradient",
    "6. The experiment",
    "7. What to change",
    "8. What was shown",
)
GUESS = re.compile(r"^guess = \{\n.*?^\}", flags=re.MULTILINE | re.DOTALL)
every_tutorial = pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def beside_the_exercises(monkeypatch):
    """Let a tutorial import `exercises` as a script does, whose folder is searched first."""
    monkeypatch.syspath_prepend(str(FOLDER))


def cells(path: Path) -> list[tuple[bool, str]]:
    """Return (is it text, its lines) for each cell of a file in percent format."""
    parts = re.split(r"^(# %%.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert parts[0] == "", "a tutorial opens with a cell"
    return [
        (marker == "# %% [markdown]", body)
        for marker, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


def strays() -> set[Path]:
    """Return what lies in the folder of tutorials and is neither a tutorial nor its picture."""
    return {p for p in FOLDER.iterdir() if p.suffix != ".py" and p.name != "out"}


def test_tutorials_are_numbered():
    assert TUTORIALS, f"there is no tutorial in {FOLDER}"
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]+\.py", path.name) for path in TUTORIALS)
    assert len({path.name[:2] for path in TUTORIALS}) == len(TUTORIALS)


@pytest.mark.slow
@every_tutorial
def test_runs_and_draws(path, tmp_path, monkeypatch, capsys, measured):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    before, start = strays(), time.time()
    runpy.run_path(str(path), run_name="__main__")
    measured(f"tutorial {path.stem}: {time.time() - start:.1f} s")
    assert capsys.readouterr().out, "a tutorial prints what it measures"
    assert not list(tmp_path.iterdir()) and strays() == before, "pictures belong in tutorials/out"
    pictures = list((FOLDER / "out").glob(f"{path.name[:2]}_*.png"))
    assert any(p.stat().st_mtime > start - 2 for p in pictures), "a tutorial draws a picture"


@pytest.mark.one_in(4)
@every_tutorial
def test_cells(path):
    parts = cells(path)
    assert parts[0][0] and parts[0][1].startswith("# # Tutorial "), "the first cell is the title"
    for is_text, body in parts:
        lines = body.strip().splitlines()
        assert lines, "there is an empty cell"
        if is_text:
            assert all(line.startswith("#") for line in lines), f"code among text: {lines}"
        else:
            assert ast.parse(body).body, f"a code cell without code: {lines}"
    assert "pyplot" not in path.read_text(encoding="utf-8"), "tinyae.plotting needs no pyplot"


@every_tutorial
def test_sections_in_order(path):
    text = "".join(body for is_text, body in cells(path) if is_text)
    headings = re.findall(r"^# ## (.*)$", text, flags=re.MULTILINE)
    assert len(headings) == len(SECTIONS), headings
    for heading, section in zip(headings, SECTIONS, strict=True):
        assert heading.startswith(section), f"{heading!r} should begin with {section!r}"


@every_tutorial
@pytest.mark.slow
def test_the_proposed_experiments_run(path, monkeypatch, capsys, tmp_path):
    """With one epoch and few steps each, no picture, and no assertions, which may object."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tinyae.plotting.save_figure", lambda figure, path: path)
    code = re.sub(r"epochs=\d+", "epochs=1", path.read_text(encoding="utf-8"))
    code = re.sub(r'"maxiter": \d+', '"maxiter": 2', code)
    code = re.sub(r"\bsteps=\d[\d_]{2,}", "steps=20", code)
    code, _ = re.split(r"^# ## (?=8\.)", code, flags=re.M)
    (asked,) = GUESS.findall(code)
    names = re.findall(r'^    "(.*)": None,$', asked, flags=re.M)
    assert len(names) == asked.count("\n") - 1 >= 3, "every line is a proposal without a guess"
    code = code.replace(asked, asked.replace(": None,", ": 0.0,"))
    exec(compile(code, path.name, "exec", optimize=1), {"__name__": "__main__"})
    shown = capsys.readouterr().out
    for name in names:
        assert f"\n{name}: you guessed 0; the run gives " in shown
        assert comment(int(path.name[:2]), name), f"no comment on {name}"


@every_tutorial
def test_nothing_is_run_without_a_guess(path):
    """The guesses and the answers of the exercises are open."""
    text = path.read_text(encoding="utf-8")
    assert len(GUESS.findall(text)) == 1 and text.count("\ncompare(") == 1
    assert text.index("# ## 7.") < text.index("\nguess = {") < text.index("# ## 8.")
    for values in re.findall(r"^answer = (.*?)(?:  #.*)?$", text, flags=re.MULTILINE):
        assert set(values.split(", ")) == {"None"}, values


@every_tutorial
def test_opens_with_goals_prerequisites_and_minutes(path):
    opening = cells(path)[0][1].split("## 1.")[0].replace("\n# ", " ")
    for item in ("- *You need*: ", "- *Time*: about ", "- *Afterwards you can*: "):
        assert item in opening, f"say it in the first cell: {item}"
    minutes = int(re.search(r"about (\d+) minutes", opening)[1])
    assert 20 <= minutes <= 120
    row = re.search(rf"^\| .*`{path.name}` \| (\d+) \|", README, flags=re.MULTILINE)
    assert row and int(row[1]) == minutes, "the README's reading order says other minutes"


@every_tutorial
def test_exercises_are_numbered_and_checked(path):
    """Four to six, each asked in a cell of text and checked in the next cell of code."""
    number, parts = str(int(path.name[:2])), cells(path)
    asked = [re.findall(r"\*\*Exercise (\d+\.\d+)\.\*\*", body) if is_text else []
             for is_text, body in parts]  # fmt: skip
    flat = [one for some in asked for one in some]
    assert 4 <= len(flat) <= 6 and flat == [f"{number}.{i + 1}" for i in range(len(flat))]
    assert flat == [name for name in EXERCISES if name.split(".")[0] == number]
    for i, names in enumerate(asked):
        assert len(names) <= 1, "one exercise in a cell"
        for name in names:
            is_text, body = parts[i + 1]
            assert not is_text and f'\ncheck("{name}", answer)' in body


@pytest.mark.one_in(4)
@every_tutorial
def test_asserts_what_it_shows(path):
    code = path.read_text(encoding="utf-8")
    asserted = [node.lineno for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Assert)]
    shown = code[: code.index("# ## 8. What was shown")].count("\n")
    assert len(asserted) >= 4 and max(asserted) > shown, "the last section asserts the claim"

"""The tests are tested: every planted mistake must make one of them fail.

A suite in which everything passes may be a good library or a blind suite; only wrong libraries tell
the two apart. So the library is made wrong in hundreds of ways (`planted_mistakes.py`),
one at a time, and each copy must fail. A mistake that is not caught here names the test that is
missing. `python tests/planted.py` plants them all, which takes hours, and CI plants every
thirtieth. The tests here are about the planting itself.
"""

import ast
import shutil
from functools import cache
from textwrap import dedent

import planted
import pytest
from planted import HARMLESS, MISTAKES, ROOT, Mistake, catch_all, caught_by, snapshot


@pytest.mark.slow
def test_the_first_and_the_last_mistake_are_caught(measured):
    few = [MISTAKES[0], MISTAKES[-1]]
    found = dict(catch_all(few))
    measured(f"planted mistakes: {len(MISTAKES)}; the first is caught by {found[few[0]]}")
    assert all(found.values())


def test_the_homes_of_the_mistakes_are_there():
    tests = planted.unit_tests(ROOT / "tests")
    named = {test for also in planted.ALSO.values() for test in also.split()}
    assert named | set(planted.HOMES.values()) <= set(tests)
    files = {
        path.relative_to(ROOT / "tinyae").as_posix() for path in (ROOT / "tinyae").rglob("*.py")
    }
    assert set(planted.ALSO) | set(planted.HOMES) <= files


def test_the_control_is_no_mistake():
    text = (ROOT / "tinyae" / HARMLESS.file).read_text(encoding="utf-8")
    assert HARMLESS.apply(text) != text
    assert ast.dump(ast.parse(HARMLESS.apply(text))) == ast.dump(ast.parse(text))


@pytest.fixture(scope="module")
def texts():
    """The modules in which mistakes are planted."""
    return {
        f: (ROOT / "tinyae" / f).read_text(encoding="utf-8") for f in {m.file for m in MISTAKES}
    }


def test_each_text_occurs_once(texts):
    assert len(MISTAKES) >= 250
    assert len({m.name for m in MISTAKES}) == len(MISTAKES)
    for mistake in MISTAKES:
        assert mistake.apply(texts[mistake.file]) != texts[mistake.file], mistake.name


@pytest.mark.slow
def test_each_replacement_is_other_code(texts):
    parts = {file: statements(text) for file, text in texts.items()}
    for mistake in MISTAKES:
        changed = mistake.apply(texts[mistake.file])
        found = [part for part in parts[mistake.file] if mistake.old in part]
        if found:  # all else stays as it is
            text = min(found, key=len)
            text, changed = dedent(text), dedent(text.replace(mistake.old, mistake.new))
        else:
            text = texts[mistake.file]
        assert differ(ast.parse(changed), code(text)), mistake.name


code = cache(ast.parse)


def differ(one, other):
    """Whether two syntax trees, which know nothing of comments, differ."""
    if type(one) is not type(other):
        return True
    if isinstance(one, ast.AST):
        return any(differ(getattr(one, field), getattr(other, field)) for field in one._fields)
    if isinstance(one, list):
        return len(one) != len(other) or any(map(differ, one, other))
    return one != other


def test_only_code_makes_trees_differ():
    text = "def f(a, b=1):\n    return a + b\n"
    same = ["def f(a, b = 1):  # it\n    return (a + b)", text]
    other = [text.replace("f(", "g("), text.replace("=1", "=2"), text.replace("=1", ""),
             text.replace("+", "-"), text.replace("1", "1.0"), text + text]  # fmt: skip
    assert [differ(ast.parse(text), ast.parse(one)) for one in same + other] == [0] * 2 + [1] * 6


def statements(text):
    """The text of each statement at the top level of a module and of its classes."""
    lines = text.splitlines(keepends=True)
    nodes = ast.parse(text).body
    nodes += [part for node in nodes if isinstance(node, ast.ClassDef) for part in node.body]
    return [
        "".join(lines[min(n.lineno for n in [node, *decorators]) - 1 : node.end_lineno])
        for node in nodes
        for decorators in [getattr(node, "decorator_list", [])]
    ]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """What a run needs, copied once."""
    return snapshot(tmp_path_factory.mktemp("base"))


@pytest.mark.parametrize(("old", "count"), [("def nowhere():", 0), ("def forward(self", 3)])
def test_a_text_that_is_not_there_once_is_an_error(old, count, tmp_path):
    for folder in ("tinyae/nn", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "tinyae" / "nn" / "layers.py", tmp_path / "tinyae" / "nn")
    with pytest.raises(LookupError, match=f"must occur once in .*, it occurs {count} times"):
        caught_by(Mistake("rotten", "nn/layers.py", old, "def other():"), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("file", ["nn/layers.py", "embeddings/pca.py"])
def test_a_plant_that_breaks_the_import_is_no_catch(file, base):
    """The second file is not imported by `import tinyae`, only by its test."""
    broken = Mistake("broken", file, "import numpy as np", "import no_such_module as np")
    with pytest.raises(RuntimeError, match="no verdict(.|\n)*no_such_module"):
        caught_by(broken, base)


def test_another_tinyae_than_the_copy_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "copy").mkdir()
    with pytest.raises(RuntimeError, match="no verdict, exit status 99"):
        planted.first_failure(tmp_path / "copy", ["test_none.py"], HARMLESS)


def test_nothing_is_proved_by_a_test_that_fails_by_itself(monkeypatch, tmp_path):
    """It is run on an unharmed copy, among tests that pass, whether it is slow or not."""
    for name in ("tinyae", "tests"):
        (tmp_path / name / "nn").mkdir(parents=True)
    (tmp_path / "tinyae" / "__init__.py").touch()
    (tmp_path / "tinyae" / "nn" / "layers.py").write_text(HARMLESS.old)
    (tmp_path / "tests" / "test_this.py").write_text(
        "import pytest\n"
        "def test_good():\n    pass\n"
        "@pytest.mark.slow\n@pytest.mark.parametrize('a', [1, 2])\n"
        "def test_bad(a):\n    assert a == 1\n"
    )
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\nmarkers = ['slow']\n")
    good, bad = "test_this.py::test_good", "test_this.py::test_bad[2]"
    monkeypatch.setattr(planted, "snapshot", lambda folder: tmp_path)
    monkeypatch.setattr(planted, "caught_by", lambda *_: good)
    assert dict(catch_all(MISTAKES[:2])) == dict.fromkeys(MISTAKES[:2], good)
    monkeypatch.setattr(planted, "caught_by", lambda *_: bad)
    with pytest.raises(RuntimeError, match=r"as it is fails test_this.py::test_bad\[2\]"):
        list(catch_all(MISTAKES[:2]))

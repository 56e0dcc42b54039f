"""Every tutorial runs as a script without a warning, and has the form that all of them share."""

import ast
import re
import runpy
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "tutorials"
TUTORIALS = sorted(FOLDER.glob("*.py"))
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
# The edits of section 6 that section 7 proposes: what stands there and what to write instead.
EDITS = {
    "01": [("(784, 32)", "(784, 8)"), ("(784, 32)", "(784, 128)"), ("SGD(0.1)", "SGD(0.001)"),
           *[("model = Auto", f"{line}\nmodel = Auto") for line in (
               "x = rng.permuted(x, axis=1)", "x = x[labels == 3]", "x = x[:32]")]],
    "02": [("K = 10", "K = 4"), ("K = 10", "K = 5"), ("=Identity", "=Identity, tied=True"),
           ("rng=rng)\n\n", "rng=rng, init=Normal(1e-12))\n\n",
            "from tinyae import T", "from tinyae.nn import Normal\nfrom tinyae import T"),
           ("=Identity, r", "=Sigmoid, r", "import T", "import Sigmoid, T"),
           ("import curve", "import spiral", " curve(1000", " spiral(1000")],
    "03": [("Output(2), u, x", "Output(2), u, x, zero_start=True"),
           ("Output(2)", "Output(4)"), ("0.03 * rng", "0.3 * rng"),
           ("Output(0.1)", "Output(0.3)"), ("np.exp(1.5 * u)", "np.exp(0.0 * u)")],
    "04": [("L1(0.3)", "L1(3.0)"), ("L1(0.3)", "L1(0.3), unit=Sigmoid, rate=0.03"),
           ("KLSparsity(rho, 1.0)", "KLSparsity(0.2, 1.0)"),
           ("KLSparsity(rho, 1.0)", "KLSparsity(0.05, 0.1)")],
    "05": [("0.1", "0.01"), ("0.1", "1.0"), ("tied=True", "tied=False")],
    "06": [("learn(2)", "learn(2, 10.0)"), ("learn(2)", "learn(2, 0.0)"),
           ("WarmUp(1.0, 0.5)", "WarmUp(1.0, 0.9)")],
    "07": [("10_000, rng), 0.4", "10_000, rng), 0.8"), ("(2, 40)", "(2, 3)"),
           ("nets, rows =", "x = np.resize(x[:6], (4000, 2))\nnets, rows ="),
           ("(2, 40), activation=Tanh", "(2, 40), activation=Identity",
            "rng = np", "from tinyae import Identity\nrng = np")],
    "08": [("steps = 0.1", "steps = 0.001"), ("sigma = 0.15", "sigma = 0.05"),
           ("=Tanh", "=Tanh, tied=True"), ("(0.5, 1.5)", "(0.9, 1.5)")],
    "09": [("Divergence(1),", "Divergence(10),"), ("SGD(Cosine(0.3))", "SGD(0.3)"),
           ("(1, 100)", "(1, 5)"), ("RBM(9, 8", "RBM(9, 4")],
    "10": [("regression=0.75", "regression=0.95"),
           ("regression=0.75", "regression=0.95", "20.0, look", "300.0, look"),
           ("regression=0.75", "regression=0.75, regress_hidden=False"),
           ("20.0, look", "200.0, look"),
           ("regression=0.75", "regression=0.0", "20.0, look", "5.0, look"),
           ("=Uniform(0.5)", "=Uniform(3.0)")],
    "11": [("2.0, 1.0\n", "2.0, 0.1\n"), ("2.0, 1.0\n", "5.0, 1.0\n"),
           ("=Tanh", "=Identity", "rng = np", "from tinyae import Identity\nrng = np"),
           ("=Tanh", "=ReLU", "rng = np", "from tinyae import ReLU\nrng = np"),
           ("x = (x /", "x = rng.standard_normal(x.shape)\nx = (x /"),
           ("x = ZCA().fit(x[:10_000]).transform(x)\n", ""),
           ("gamma=GAMMA, steps=6", "gamma=GAMMA, steps=0")],
    "12": [("switches=5", "switches=0"),
           ("Contractive(0.03)", "Contractive(0.3)"), ("switches=5", "switches=5, peaks=8"),
           ("noise=0.05", "noise=0.2")],
    "13": [("1000, 8", "1000, 20"), ("1000, 8", "300, 8"), ("0.0, 5.0", "0.6, 5.0"),
           ("0.0, 5.0", "0.0, 1.0"), ("0.0, 5.0", "0.0, 50.0")],
    "14": [("n, noise = 100", "n, noise = 1000"), ("n, noise = 100", "n, noise = 30"),
           (", 0.01\nx", ", 0.1\nx"), ("pairs(x, 4)", "pairs(x, 16)"),
           ("Uniform(2.0, 2.0)", "Uniform(0.2, 0.2)")],
    "15": [("64, 100, np.float32", other) for other in (
        "8, 100, np.float32", "512, 100, np.float32", "64, 10, np.float32", "64, 1000, np.float32",
        "64, 100, np.float64")],
    "16": [("Adam(Cosine(5e-3)), epochs=1", "SGD(0.02, momentum=0.9), epochs=1",
            "levels = [", "from tinyae import SGD\nlevels = ["), ("Normal(0.01)", "Normal(0.1)")],
    "17": [("WarmUp(10.0", "WarmUp(1.0"), ("BITS = 24", "BITS = 8"),
           ('    model.decoder.layers[-1].params["b"][...] = np.log(p / (1 - p))\n', "")],
}  # fmt: skip
QUICK = {"01", "10", "14"}  # these run in the plain `pytest` too
every_tutorial = pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)


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


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=[] if p.name[:2] in QUICK else pytest.mark.slow) for p in TUTORIALS],
    ids=lambda path: path.stem,
)
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
def test_the_proposed_edits_run(path, monkeypatch, capsys):
    """With one epoch each, no picture, and no assertions, which may rightly object."""
    monkeypatch.setattr("tinyae.plotting.save_figure", lambda figure, path: path)
    code = re.sub(r"epochs=\d+", "epochs=1", path.read_text(encoding="utf-8"))
    code = re.sub(r'"maxiter": \d+', '"maxiter": 2', code)
    before, experiment, _ = re.split(r"^# ## (?=6\.|7\.)", code, flags=re.M)
    names = {"__name__": "__main__"}
    exec(compile(before, path.name, "exec", optimize=1), names)
    for edit in EDITS[path.name[:2]]:
        edited = experiment
        for old, new in zip(edit[::2], edit[1::2], strict=True):
            assert old in edited, f"{old!r} is not in section 6 of {path.name}"
            edited = edited.replace(old, new)
        exec(compile("# " + edited, f"{path.name} with {edit}", "exec", optimize=1), dict(names))


@every_tutorial
def test_asserts_what_it_shows(path):
    code = path.read_text(encoding="utf-8")
    asserted = [node.lineno for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Assert)]
    shown = code[: code.index("# ## 8. What was shown")].count("\n")
    assert len(asserted) >= 4 and max(asserted) > shown, "the last section asserts the claim"

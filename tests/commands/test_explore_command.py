"""`python -m tinyae explore`: films without a window, windows, and what is refused."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tinyae.__main__ import main
from tinyae.exploring import Explorer

ROOT = Path(__file__).resolve().parents[2]
X = np.random.default_rng(0).normal(size=(60, 4)) * [1.0, 3.0, 1.0, 10.0]


def error(capsys, *arguments):
    """Run the command, which must fail; return its one line on standard error."""
    assert main(["explore", *map(str, arguments)]) == 2
    out = capsys.readouterr()
    assert out.out == "" and out.err.startswith("python -m tinyae: ") and out.err.count("\n") == 1
    return out.err


def test_a_film_has_its_frames_and_is_the_training_of_the_settings(tmp_path, capsys, monkeypatch):
    images = pytest.importorskip("PIL.Image")
    kept = []
    monkeypatch.setattr("tinyae.drawing.animation.DOTS", 20)
    monkeypatch.setattr("tinyae.drawing.animation.HOLD", 0.0)  # the last frame is drawn once
    monkeypatch.setattr(Explorer, "redraw", lambda self: kept.append(self.learner.epochs))
    out = tmp_path / "line.gif"
    assert main(["explore", "three-points", "--units", "9", "--out", str(out), "--frames", "3",
                 "--every", "2"]) == 0  # fmt: skip
    assert kept == [0, 0, 2, 4]
    assert f"wrote {out} after 4 epochs" in capsys.readouterr().out
    with images.open(out) as picture:
        assert picture.info["loop"] == 0 and picture.size == (256, 144)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_pictures_of_all_settings_have_the_size_of_the_window(suffix, tmp_path):
    """Without their margins they would have different sizes, since the texts have."""
    sizes = set()
    for units in (2, 100):
        out = tmp_path / f"{units}.{suffix}"
        assert main(["explore", "three-points", "--units", str(units), "--out", str(out),
                     "--frames", "1"]) == 0  # fmt: skip
        if suffix == "png":
            sizes.add(matplotlib.image.imread(out).shape[:2])
        else:
            sizes |= set(re.findall('<svg .*?(width=".*?" height=".*?")', out.read_text("utf-8")))
    assert sizes == ({(1152, 2048)} if suffix == "png" else {'width="921.6pt" height="518.4pt"'})


def test_a_table_is_explored_and_its_columns_are_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(FigureCanvasAgg, "draw_idle", lambda self: None)  # the file is drawn
    table, out = tmp_path / "points.csv", tmp_path / "points.png"
    np.savetxt(table, X, delimiter=",", header="a,b,c,d", comments="")
    assert main(["explore", str(table), "--drop", "c,d", "--units", "9", "--out", str(out),
                 "--frames", "2"]) == 0  # fmt: skip
    err = capsys.readouterr().err
    assert "names the columns" in err and "points.csv: 60 rows; scaled: a length of 1 here" in err
    monkeypatch.setattr("tinyae.exploring.film.save_figure", lambda figure, path, whole: path)
    assert main(["explore", str(table), "--units", "9", "--out", str(out), "--frames", "1"]) == 0
    assert "4 columns, of which two principal components are learned" in capsys.readouterr().err
    assert matplotlib.image.imread(out).std() > 0.05


@pytest.mark.parametrize(("arguments", "words"), [
    (["moons"], "there are no data 'moons': give spiral, three-points, curve, digits, or a table"),
    (["missing.csv"], "missing.csv"),
    (["spiral", "--kind", "deep"], "kind must be one of denoising, contractive, sparse, plain"),
    (["spiral", "--sigma", "2"], "sigma must be a finite number in [0.02, 1], got 2.0"),
    (["spiral", "--units", "1"], "units"),
    (["spiral", "--seed", "-1"], "seed must be at least 0"),
    (["spiral", "--frames", "0"], "--frames must be at least 1"),
    (["spiral", "--every", "0"], "--every must be at least 1"),
    (["spiral", "--web", "--port", "70000"], "--port must be from 1 to 65535, got 70000"),
    (["spiral", "--port", "8000"], "--port is that of --web"),
    (["spiral", "--web", "--out", "a.gif"], "give one of them"),
    (["spiral", "--out", "a.mp4"], "--out must end in one of .gif, .png, .svg, .pdf, got a.mp4"),
    (["spiral", "--out", "nowhere/a.gif"], "the folder nowhere for --out does not exist"),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_before_anything_opens(
    arguments, words, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tinyae.exploring.explorer.new_window", None)
    if "--out" not in arguments:
        monkeypatch.setattr("tinyae.exploring.window.start_server", None)
    assert words in error(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_bad_cells_are_named_with_what_leaves_them_out(tmp_path, capsys):
    table = tmp_path / "labelled.csv"
    table.write_text("a,b,label\n1,2,cat\n3,4,dog\n", encoding="utf-8")
    found = error(capsys, table)
    assert "line 2" in found and "--drop or --skip leaves columns out" in found
    same = tmp_path / "same.csv"
    same.write_text("1,2\n1,2\n", encoding="utf-8")
    assert "same.csv needs at least two different rows" in error(capsys, same)


@pytest.mark.slow
def test_an_interrupted_film_leaves_the_older_file(tmp_path, capsys, monkeypatch):
    out = tmp_path / "a.gif"
    out.write_text("older", encoding="utf-8")
    monkeypatch.setattr("tinyae.exploring.learner.Learner.train", lambda self: False)
    assert main(["explore", "three-points", "--out", str(out), "--frames", "3"]) == 130
    assert out.read_text(encoding="utf-8") == "older" and list(tmp_path.iterdir()) == [out]


def test_without_tornado_the_package_is_named(capsys, monkeypatch):
    monkeypatch.setattr("tinyae.exploring.window.find_spec", lambda name: None)
    assert 'pip install "tinyae[web]"' in error(capsys, "spiral", "--web")


needs_screen = pytest.mark.skipif(
    shutil.which("Xvfb") is None or find_spec("tkinter") is None or sys.platform != "linux",
    reason="needs Xvfb and tkinter, which open a window without a screen",
)


@pytest.fixture
def screen():
    """A virtual screen; gives the environment in which windows open on it."""
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-noreset"], pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as numbers:
        number = numbers.readline().strip()
    yield {**os.environ, "DISPLAY": f":{number}", "MPLBACKEND": "tkagg", "PYTHONPATH": str(ROOT)}
    server.terminate()
    server.wait(30)


IN_A_WINDOW = """
import sys
from tinyae.__main__ import main
from tinyae.exploring import Explorer

start = Explorer.__init__
def seen(self, *given, **named):
    start(self, *given, **named)
    self.figure.canvas.mpl_connect("draw_event", self.shown)
    self.count = 0
def shown(self, event):
    if not self.running:
        print("open", flush=True)
        self.toggle()
def frame(self):
    if not self.running:
        return
    self.step()
    self.count += 1
    if self.count == 5:
        print("trained", self.learner.epochs, flush=True)
        if "close" in sys.argv:
            window = self.figure.canvas.manager.window
            window.tk.eval(window.protocol("WM_DELETE_WINDOW"))  # as its button does
Explorer.__init__, Explorer.shown, Explorer.frame = seen, shown, frame
print("status", main(["explore", "three-points", "--units", "5"]))
"""


@pytest.mark.slow
@needs_screen
@pytest.mark.parametrize("end", ["close", "interrupt"])
def test_closing_the_window_and_ctrl_c_end_the_program(screen, end, tmp_path):
    program = subprocess.Popen(
        [sys.executable, "-c", IN_A_WINDOW, end],
        env=screen,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert program.stdout.readline() == "open\n", program.communicate()
    assert program.stdout.readline() == "trained 5\n"
    if end == "interrupt":
        time.sleep(0.3)
        program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert "status 0" in out and program.returncode == 0, (out, err)
    assert "Traceback" not in err

"""Animations: their frames are those of the numbers, and their files hold all of them."""

import dataclasses

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from figures import common
from figures.__main__ import main
from figures.experiments import spiral, three_points
from figures.experiments.while_learning import spiral_course, three_points_course
from figures.films import FILMS, MOST, write
from figures.slide import slide_style
from tests.figures.test_slides import LEAST, smallest
from tinyae.drawing.animation import HOLD

PILLOW = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module", params=FILMS)
def film(request):
    module = FILMS[request.param]
    numbers = module.compute(seed=0, quick=True)
    return module, numbers, module.draw(numbers)


def pixels(shown, i):
    """The pixels of frame i."""
    with slide_style():
        shown.show(i)
        canvas = FigureCanvasAgg(shown.figure)
        canvas.draw()
        found = np.array(canvas.buffer_rgba())
    assert smallest(shown.figure) >= LEAST
    return found


@pytest.mark.slow
def test_the_file_holds_all_frames(film, tmp_path):
    module, numbers, shown = film
    path = write(shown, tmp_path / "a.gif")
    assert path.stat().st_size <= MOST
    with PILLOW.open(path) as picture:
        assert picture.n_frames == shown.frames == len(numbers.get("steps", range(6)))
        assert picture.size[0] * 9 == picture.size[1] * 16 and picture.info["loop"] == 0
        picture.seek(shown.frames - 1)
        wanted = 1000 * (1 + round(HOLD * shown.per_second)) / shown.per_second
        assert picture.info["duration"] == pytest.approx(wanted, rel=0.1)  # whole 1/100 s


@pytest.mark.slow
def test_an_interrupted_film_leaves_the_old_one(film, tmp_path):
    _, _, shown = film
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")

    def show(i):
        shown.show(i)
        if i == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(dataclasses.replace(shown, show=show), path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_every_frame_is_another_one(film):
    module, _, shown = film
    assert len(module.ALT) > 150 and module.ALT.endswith(".")
    first, last = pixels(shown, 0), pixels(shown, shown.frames - 1)
    assert (first != last).any()
    np.testing.assert_array_equal(pixels(shown, 0), first)  # a frame leaves nothing behind


def test_the_curve_of_a_frame_is_that_of_its_step():
    numbers = FILMS["14.7"].compute(seed=0, quick=True)
    shown = FILMS["14.7"].draw(numbers)
    line = next(one for one in shown.figure.axes[0].lines if one.get_label() == "learned r(x)")
    for i in (1, 3):
        shown.show(i)
        np.testing.assert_array_equal(line.get_ydata(), numbers["curves"][i])
        assert shown.figure.legends[0].get_texts()[-1].get_text() == (
            f"after {numbers['steps'][i]} steps"
        )


def test_r_approaches_the_optimum():
    x = np.linspace(-0.8, 0.8, 50)
    curves = three_points_course(0, x, kept=np.array([1, 30]))
    untrained = three_points.untrained(0).reconstruct(x[:, None])[:, 0]
    np.testing.assert_array_equal(curves[0], untrained)
    off = np.abs(curves - three_points.optimum(x, three_points.SIGMA)).mean(axis=1)
    assert off[2] < 0.2 * off[0]


def test_the_arrows_approach_the_score():
    x = spiral.grid(-0.6, 0.6, -0.6, 0.6, 12)
    x = x[spiral.distance(x) < 0.15]
    fields = spiral_course(0, x, sigma=0.05, kept=np.array([2, 10]))
    exact = 0.05**2 * spiral.smoothed_score(spiral.CENTRES, x, 0.05)
    off = [np.linalg.norm(field - exact) for field in fields]
    assert len(off) == 3 and off[2] < off[1] < 0.5 * off[0]


@pytest.mark.slow
def test_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(common, "OUT", tmp_path)
    assert main(["recirculation", "--animate", "--quick"]) == 0
    name = "film_recirculation.quick"
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {f"{name}.gif", f"{name}.svg", f"{name}.png", "ALT.md"}
    assert "6 frames" in capsys.readouterr().out
    assert f"## {name}" in (tmp_path / "ALT.md").read_text("utf-8")

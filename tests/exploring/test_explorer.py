"""The explorer's controls, driven by their callbacks and by mouse events, without a window."""

import time
from math import log10

import matplotlib
import numpy as np
import pytest
from matplotlib.backend_bases import MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tinyae.exploring import Explorer
from tinyae.exploring.charts import Charts
from tinyae.exploring.data import NAMES
from tinyae.exploring.learner import Learner
from tinyae.exploring.panel import rounded
from tinyae.training import DivergenceError

SMALL = {"units": 20}


@pytest.fixture
def undrawn(monkeypatch):
    """Whole drawings wait, as they do in a window until the program has time."""
    monkeypatch.setattr(FigureCanvasAgg, "draw_idle", lambda self: None)


def press(explorer, x, y, button=1, ax=None):
    """Press and release a button of the mouse at data coordinates of the view, or of other axes."""
    ax = explorer.figure.axes[0] if ax is None else ax
    place = ax.transData.transform((x, y))
    for name in ("button_press_event", "button_release_event"):
        event = MouseEvent(name, explorer.figure.canvas, *place, button=button)
        explorer.figure.canvas.callbacks.process(name, event)


def click_button(explorer, text):
    press(explorer, 0.5, 0.5, ax=explorer.panel.buttons[text].ax)


def move(explorer, name, value):
    explorer.panel.sliders[name].set_val(log10(value))


def pixels(explorer):
    return np.asarray(explorer.figure.canvas.buffer_rgba()).copy()


def test_buttons_train_pause_step_and_reset(undrawn):
    explorer = Explorer("spiral", **SMALL)
    for _ in range(2):
        click_button(explorer, "one epoch")
    assert explorer.learner.epochs == 2 and not explorer.running
    click_button(explorer, "train")
    assert explorer.running and explorer.panel.buttons["train"].label.get_text() == "pause"
    for _ in range(3):
        assert explorer.frame() is None  # matplotlib removes a callback that returns False
    click_button(explorer, "train")
    assert explorer.frame() is None
    assert not explorer.running and explorer.learner.epochs == 5
    assert explorer.panel.buttons["train"].label.get_text() == "train"
    plain = Learner(explorer.learner.data, explorer.learner.settings, 0)
    for _ in range(5):
        plain.train()
    assert explorer.learner.losses == plain.losses
    assert explorer.learner.measures == plain.measures
    click_button(explorer, "reset")
    assert explorer.learner.epochs == 0 and "epoch 0" in explorer.message


def test_sliders_and_radio_buttons_change_the_training_and_say_how(undrawn):
    explorer = Explorer("three-points", **SMALL)
    explorer.step()
    theta = explorer.learner.model.theta
    move(explorer, "sigma", 0.2)
    assert explorer.learner.settings.sigma == 0.2
    assert explorer.message == "noise σ = 0.2 from epoch 2 on: the same weights go on"
    move(explorer, "learning_rate", 0.005)
    assert explorer.learner.settings.learning_rate == 0.005
    explorer.panel.kinds.set_active(1)
    assert (
        explorer.learner.settings.kind == "contractive" and "kind = contractive" in explorer.message
    )
    move(explorer, "strength", 0.25)
    assert explorer.learner.model.penalties[0].lam == 0.25
    assert explorer.learner.model.theta is theta and explorer.learner.epochs == 1
    explorer.step()
    for name, value in (("units", 33), ("scale", 5.0)):
        explorer.step()
        move(explorer, name, value)
        assert getattr(explorer.learner.settings, name) == value
        assert "training starts again at epoch 0" in explorer.message
        assert explorer.learner.epochs == 0
    assert explorer.learner.model.theta is not theta
    assert explorer.panel.sliders["units"].valtext.get_text() == "33"
    assert explorer.panel.sliders["sigma"].valtext.get_text() == "0.2"


def test_a_setting_without_effect_says_so(undrawn):
    explorer = Explorer("three-points", **SMALL)
    explorer.step()
    explorer.set("strength", 1.0)
    assert explorer.message == "penalty λ = 1 has no effect on a denoising autoencoder"
    explorer.set("kind", "plain")
    assert explorer.learner.changes == [1]
    explorer.step()
    explorer.set("sigma", 0.3)
    assert "σ = 0.3: what is compared changes; this training has no noise" in explorer.message
    assert explorer.learner.changes == [1]
    explorer.set("kind", "sparse")
    explorer.step()
    explorer.set("strength", 0.5)
    assert explorer.message == "penalty λ = 0.5 from epoch 4 on: the same weights go on"
    assert explorer.learner.changes == [1, 2, 3]


def test_a_slider_that_hardly_moves_changes_nothing(undrawn):
    explorer = Explorer("three-points", **SMALL)
    explorer.step()
    message = explorer.message
    move(explorer, "sigma", 0.1001)
    assert explorer.message == message and explorer.learner.changes == []
    assert explorer.panel.sliders["sigma"].valtext.get_text() == "0.1"


def test_both_ends_of_every_slider_can_be_used(undrawn):
    explorer = Explorer("three-points", **SMALL)
    for name, slider in explorer.panel.sliders.items():
        for end in (slider.valmin, slider.valmax):
            slider.set_val(end)
            assert getattr(explorer.learner.settings, name) == pytest.approx(10.0**end), name
        slider.reset()
    assert rounded(log10(0.0152), "learning_rate") == 0.015


def test_set_moves_the_slider_and_refuses_bad_values_before_any_change(undrawn):
    explorer, drawn = Explorer("three-points", **SMALL), []
    explorer.figure.canvas.mpl_connect("draw_event", drawn.append)
    explorer.set("sigma", 0.25)
    explorer.set("kind", "sparse")
    assert not drawn, "no control draws the whole figure by itself"
    assert explorer.panel.sliders["sigma"].val == pytest.approx(log10(0.25))
    assert explorer.panel.kinds.value_selected == "sparse"
    before = explorer.learner.settings
    for name, value in (("sigma", 3.0), ("units", 1), ("kind", "deep"), ("depth", 2)):
        with pytest.raises(ValueError, match=name):
            explorer.set(name, value)
    assert explorer.learner.settings == before


def test_a_click_shows_the_path_and_it_follows_the_learning(undrawn):
    explorer = Explorer("spiral", **SMALL)
    press(explorer, 0.2, 0.3)
    path = explorer.scene.view._path
    np.testing.assert_allclose(path.get_xydata()[0], [0.2, 0.3], atol=1e-6)
    np.testing.assert_array_equal(path.get_xydata(), explorer.learner.path(np.array([0.2, 0.3])))
    before = path.get_xydata().copy()
    explorer.step()
    assert not np.allclose(path.get_xydata()[1:], before[1:])
    press(explorer, 0.2, 0.3, button=3)
    assert len(path.get_xydata()) == 0
    with pytest.raises(ValueError, match="2 finite numbers"):
        explorer.follow([1.0])


def test_on_a_line_the_path_is_a_staircase_between_the_curve_and_the_diagonal(undrawn):
    explorer = Explorer("three-points", **SMALL)
    explorer.step()
    press(explorer, 0.3, 0.0)
    x, y = explorer.scene.view._path.get_data()
    assert x[0] == y[0] == pytest.approx(0.3)
    r = explorer.learner.model.reconstruct(np.array(x)[:, None])[:, 0]
    np.testing.assert_allclose(y[1::2], r[1::2])
    np.testing.assert_allclose(y[2::2], x[2::2])


@pytest.mark.slow
def test_a_click_on_a_picture_follows_it(undrawn):
    explorer = Explorer("digits", units=5)
    size = 30  # pixels from one picture to the next
    press(explorer, 2 * size + 10, size + 10)
    np.testing.assert_array_equal(explorer.scene.view.start, explorer.learner.noisy[2])
    image = explorer.scene.view._image.get_array()
    wanted = explorer.learner.path(explorer.learner.noisy[2], steps=7)
    for i in range(8):
        shown = image[3 * size : 3 * size + 28, i * size : i * size + 28]
        np.testing.assert_allclose(shown.ravel(), wanted[i].clip(0, 1))
    press(explorer, 10, 3 * size + 10)  # the path itself has none
    assert explorer.scene.view.start is None


@pytest.mark.slow
def test_arrows_are_the_field_on_a_fixed_scale_near_the_data(undrawn):
    explorer = Explorer("spiral", **SMALL, sigma=0.05)
    explorer.step()
    view = explorer.scene.view
    learned = view._learned
    U, mask = np.stack([learned.U, learned.V], axis=1), learned.Umask.copy()
    field = 0.5 * (explorer.learner.model.reconstruct(view.grid) - view.grid)
    length = np.linalg.norm(field, axis=1)
    short = ~mask & (length <= 0.12)
    assert short.sum() > 50 and mask.sum() > 20
    np.testing.assert_allclose(U[short], field[short], rtol=1e-5)
    long = ~mask & (length > 0.12)
    np.testing.assert_allclose(np.linalg.norm(U[long], axis=1), 0.12)
    distance = np.array([np.linalg.norm(explorer.learner.data.centers - x, axis=1).min()
                         for x in view.grid])  # fmt: skip
    np.testing.assert_array_equal(mask, distance > 0.15)
    explorer.set("sigma", 0.1)
    assert learned.Umask.sum() < mask.sum() and learned.scale == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_redrawing_what_changed_gives_the_picture_of_a_whole_drawing(name, monkeypatch):
    for method in ("_widen", "_fit_height"):  # other axes would need a whole drawing
        monkeypatch.setattr(Charts, method, lambda *args: False)
    explorer = Explorer(name, units=10)
    canvas = explorer.figure.canvas
    explorer.step()
    canvas.draw()
    drawn = []
    connection = canvas.mpl_connect("draw_event", lambda event: drawn.append(event))
    before = pixels(explorer)
    for _ in range(3):
        explorer.step()
    explorer.set("sigma", 0.3)
    quick = pixels(explorer)
    assert not drawn and (before != quick).any()
    canvas.mpl_disconnect(connection)
    canvas.draw()
    np.testing.assert_array_equal(pixels(explorer), quick)


@pytest.mark.slow
def test_a_page_that_was_just_closed_does_not_end_the_training(monkeypatch):
    explorer = Explorer("three-points", **SMALL)
    explorer.figure.canvas.draw()
    closed = type("WebSocketClosedError", (Exception,), {})

    def blit(box):
        raise error

    monkeypatch.setattr(explorer.figure.canvas, "blit", blit)
    error = closed()
    explorer.redraw()
    error = OSError("the server is gone")
    with pytest.raises(OSError, match="gone"):
        explorer.redraw()


def test_the_charts_have_all_epochs_and_the_changes(undrawn):
    explorer = Explorer("three-points", **SMALL)
    for _ in range(22):
        explorer.step()
    explorer.set("sigma", 0.2)
    loss, measure = explorer.scene.charts.axes
    assert loss.get_xlim() == measure.get_xlim() == (0, 40)
    line = loss.lines[0]
    np.testing.assert_array_equal(line.get_ydata(), explorer.learner.losses)
    assert loss.get_ylim()[0] <= min(line.get_ydata()) < max(line.get_ydata()) <= loss.get_ylim()[1]
    np.testing.assert_array_equal(measure.lines[0].get_ydata(), explorer.learner.measures)
    assert loss.lines[1].get_xdata()[:2].tolist() == [22, 22]
    explorer.reset()
    assert loss.get_xlim() == (0, 20) and len(loss.lines[1].get_xdata()) == 0


def test_a_divergence_pauses_and_says_what_to_do(monkeypatch, undrawn):
    explorer = Explorer("three-points", **SMALL)
    explorer.play()

    def diverge():
        raise DivergenceError("the loss is inf", None)

    monkeypatch.setattr(explorer.learner, "train", diverge)
    explorer.frame()
    assert not explorer.running and "lower the learning rate" in explorer.message


def test_an_interruption_pauses(monkeypatch, undrawn):
    explorer = Explorer("three-points", **SMALL)
    explorer.play()
    monkeypatch.setattr(explorer.learner, "train", lambda: False)
    explorer.frame()
    assert not explorer.running and "interrupted" in explorer.message


def test_bad_values_are_refused_before_a_window_opens(monkeypatch):
    monkeypatch.setattr("tinyae.exploring.explorer.new_window", None)
    for given, words in (({"sigma": 5.0}, "sigma"), ({"seed": -1}, "seed"), ({"kind": 3}, "kind")):
        with pytest.raises((ValueError, TypeError), match=words):
            Explorer("spiral", window=True, **given)
    with pytest.raises(ValueError, match="there are no data 'moons'"):
        Explorer("moons", window=True)


def test_only_an_explorer_with_a_window_is_shown():
    explorer = Explorer("three-points", **SMALL)
    with pytest.raises(ValueError, match="window=True"):
        explorer.show()
    with pytest.raises(TypeError, match="block"):
        explorer.show(block="yes")


def test_without_a_screen_the_message_says_what_to_do():
    if matplotlib.get_backend().lower() != "agg":
        pytest.skip("matplotlib can open windows here")
    with pytest.raises(OSError, match="no window can be opened .*--web .*--out FILE.gif"):
        Explorer("spiral", window=True)


@pytest.mark.slow
def test_all_text_is_inside_the_figure_and_large_enough():
    """The smallest text is 1/60 of the height of the figure, and nothing is cut off."""
    for name in NAMES:
        explorer = Explorer(name, units=400, sigma=0.15, strength=0.00015, learning_rate=0.00015)
        explorer.step()
        explorer.figure.canvas.draw()
        width, height = explorer.figure.canvas.get_width_height()
        texts = [t for t in explorer.figure.findobj(matplotlib.text.Text)
                 if t.get_visible() and t.get_text()]  # fmt: skip
        assert len(texts) > 25
        for text in texts:
            if (
                text.axes is not None
                and not text.axes.axison
                and text is not explorer.scene.message
            ):
                continue
            box = text.get_window_extent()
            assert text.get_size() * 100 / 72 >= height / 60, text
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
            ticks = text.get_text() in [
                t.get_text()
                for ax in explorer.figure.axes
                for t in (*ax.get_xticklabels(), *ax.get_yticklabels())
            ]
            assert inside or ticks, (name, text.get_text(), box)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_eight_frames_a_second_of_processor_time(name, measured):
    explorer = Explorer(name)
    for _ in range(25):
        explorer.step()
    explorer.figure.canvas.draw()
    seconds = []
    for _ in range(14):
        start = time.process_time()
        explorer.step()
        seconds.append(time.process_time() - start)
    frame = np.median(seconds)
    measured(f"explorer, {name}: {1 / frame:.0f} frames a second of processor time")
    assert frame < 1 / 8

"""Pictures: the right pixels, labelled axes, equal bytes, no global state."""

import os
import subprocess
import sys
import types
from pathlib import Path

import matplotlib
import matplotlib.axes
import matplotlib.figure
import numpy as np
import pytest

from tinyae import PCA, RBM, Autoencoder, Chain, Linear, Sigmoid, Tanh
from tinyae.plotting import (
    Figure,
    as_images,
    filters,
    learning_curves,
    reconstructions,
    save_figure,
    show,
    tile,
)
from tinyae.plotting.drawable import axes_of
from tinyae.plotting.pixels import rows_of_pixels
from tinyae.training import History

PNG = b"\x89PNG"


def test_tile():
    images = np.arange(3 * 4).reshape(3, 2, 2) / 12
    grid = tile(images, 2, gap=1)
    assert grid.shape == (5, 5)
    np.testing.assert_array_equal(grid[:2, 3:], images[1])
    np.testing.assert_array_equal(grid[3:, :2], images[2])
    assert (grid[2] == 1).all() and (grid[3:, 3:] == 1).all()


def test_filters_are_scaled_one_by_one(rng):
    W = rng.normal(size=(16, 5)) * np.array([1, 10, 100, 0, 1])
    image = filters(W, columns=5).images[0].get_array()
    for k in (0, 1, 2):
        tile_k = image[:, 6 * k : 6 * k + 4]
        np.testing.assert_allclose(
            tile_k, 0.5 + 0.5 * W[:, k].reshape(4, 4) / np.abs(W[:, k]).max()
        )
    assert (image[:, 18:22] == 0.5).all()


def test_reconstructions_show_the_rows_given(rng):
    x, r = rng.random((4, 9)), rng.random((4, 9))
    ax = reconstructions(x, [("ours", r)])
    assert labels(ax) == ["original", "ours"] and list(ax.get_yticks()) == [1, 6]
    np.testing.assert_array_equal(pixels(ax, 1)[:, :3], r[0].reshape(3, 3))
    assert (pixels(ax)[3:5] == 1).all(), "the gap between the rows is white"
    assert ax.images[0].get_clim() == (0, 1)


def test_learning_curves():
    histories = {"a": History([3.0, 2.0], [4.0, 3.0]), "b": History([2.5, 2.4])}
    axes = learning_curves(histories)
    assert axes.get_xlabel() == "epoch" and axes.get_ylabel()
    assert [list(line.get_ydata()) for line in axes.lines] == [[3, 2], [4, 3], [2.5, 2.4]]


def test_refusals(rng):
    with pytest.raises(ValueError, match="no square picture"):
        filters(rng.random((15, 3)))
    with pytest.raises(ValueError, match="3 pictures for 4 originals"):
        reconstructions(rng.random((4, 9)), [("ours", rng.random((3, 9)))])
    with pytest.raises(ValueError, match="ours has 1 entries that are NaN"):
        reconstructions(np.ones((1, 4)), [("ours", np.array([[1.0, np.nan, 1.0, 1.0]]))])
    with pytest.raises(ValueError, match="no finished epoch"):
        learning_curves({"a": History()})


@pytest.mark.slow
def test_equal_pictures_give_equal_bytes_and_settings_are_left_alone(tmp_path, rng):
    before = dict(matplotlib.rcParams)
    x = rng.random((4, 9))
    for kind in ("svg", "png"):
        files = [
            save_figure(reconstructions(x, [("r", x)]), tmp_path / f"{i}.{kind}") for i in "ab"
        ]
        assert files[0].read_bytes() == files[1].read_bytes()
    assert dict(matplotlib.rcParams) == before


def pixels(ax, row=None):
    """The picture, or one row of pictures in it."""
    image = np.asarray(ax.images[0].get_array())
    if row is None:
        return image
    height = (len(image) + 2) // len(ax.get_yticks())
    return image[row * height : (row + 1) * height - 2]


def labels(ax):
    """The names of the rows."""
    return [text.get_text() for text in ax.get_yticklabels()]


def each_chart(rng, **options):
    """One call of every function that draws."""
    x = rng.random((3, 9))
    return [
        filters(x.T, **options),
        reconstructions(x, x, **options),
        learning_curves(History([2.0, 1.0]), **options),
    ]


@pytest.mark.slow
def test_axes_bring_their_picture_to_a_notebook(rng):
    made = each_chart(rng)
    for ax in made:
        assert isinstance(ax, matplotlib.axes.Axes) and isinstance(ax.figure, Figure)
        assert ax._repr_png_().startswith(PNG) and ax.figure._repr_png_().startswith(PNG)
    formatters = pytest.importorskip("IPython.core.formatters")
    for shown in (made[0], made[0].figure):
        assert "image/png" in formatters.DisplayFormatter().format(shown)[0]


@pytest.mark.slow
def test_a_script_needs_neither_pyplot_nor_ipython():
    """And what draws nothing needs no matplotlib."""
    code = (
        "import sys, tinyae; model = tinyae.Autoencoder.dense((4, 2)); model.graph(); "
        "import tinyae.__main__; assert 'matplotlib' not in sys.modules; model.diagram(); "
        "from tinyae.training import History; "
        "ax = tinyae.plotting.learning_curves(History([2.0, 1.0])); tinyae.plotting.show(ax); "
        "assert ax._repr_png_(); assert not {'matplotlib.pyplot', 'IPython'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_charts_are_drawn_into_axes_that_are_given(rng):
    figure = matplotlib.figure.Figure(figsize=(9, 3))
    given = figure.subplots(1, 3)
    for ax in given:
        assert [one is ax for one in each_chart(rng, ax=ax)] == [True] * 3
        assert len(ax.images) == 2 and len(ax.lines) == 1
        assert all(image.get_cmap().name == "gray" for image in ax.images)
    assert figure.axes == list(given), "no axes of its own"
    part = matplotlib.figure.Figure().subfigures(1, 2)[0]
    for ax in each_chart(rng, ax=part.add_subplot()):
        show(ax)


def test_a_given_style_is_kept_and_pictures_are_grey_in_any(rng):
    with matplotlib.rc_context({"image.cmap": "viridis", "lines.linewidth": 7.0}):
        ax = matplotlib.figure.Figure().add_subplot()
        image = filters(rng.random((9, 2)), ax=ax).images[0]
        (line,) = learning_curves(History([2.0, 1.0]), ax=ax).lines
        assert image.get_cmap().name == "gray" and line.get_linewidth() == 7.0
        assert learning_curves(History([2.0, 1.0])).lines[0].get_linewidth() == 1.6


@pytest.mark.slow
def test_two_charts_in_one_figure_are_saved(rng, tmp_path):
    figure = Figure(figsize=(6, 3))
    left, right = figure.subplots(1, 2)
    filters(rng.random((9, 4)), columns=2, ax=left)
    learning_curves(History([2.0, 1.0]), title="loss", ax=right)
    for drawn in (figure, left, right):
        written = save_figure(drawn, tmp_path / "a.png").read_bytes()
        width, height = (int.from_bytes(written[i : i + 4], "big") for i in (16, 20))
        assert written.startswith(PNG) and width > 1.5 * height, "the whole figure"
    assert left.get_title() == "weights into each hidden unit" and right.get_title() == "loss"


@pytest.mark.parametrize(
    ("ax", "says"),
    [
        (np.array([None]), "got ndarray"),
        (matplotlib.figure.Figure(), "ax must be one matplotlib Axes, .* got Figure"),
        (matplotlib.axes.Axes, "got the class Axes"),
    ],
)
def test_what_is_no_axes(rng, ax, says):
    with pytest.raises(TypeError, match=says):
        each_chart(rng, ax=ax)


def test_show_displays_in_a_notebook_only(rng, monkeypatch):
    ax, seen = filters(rng.random((9, 2))), []
    show(ax)
    display = types.ModuleType("IPython.display")
    display.Image, display.display = lambda data, alt: (data, alt), seen.append
    shell = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    sys.modules["IPython"].get_ipython = lambda: shell
    show(ax)
    assert seen == []  # IPython in a terminal
    shell.kernel = "a kernel"
    for each in (ax, ax.figure, matplotlib.figure.Figure()):
        show(each)
    assert [picture[:4] for picture, _ in seen] == [PNG] * 3
    assert [alt[:14] for _, alt in seen] == ["A picture with"] * 3
    with pytest.raises(TypeError, match="takes a matplotlib Figure or Axes first"):
        show("figure.png")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_filters_of_layers_and_models(rng, dtype):
    model = Autoencoder.dense((9, 4), rng=rng, dtype=dtype)
    W = model.encoder.layers[0].params["W"]
    for given in (model, model.encoder, model.encoder.layers[0], W, W.tolist()):
        np.testing.assert_array_equal(pixels(filters(given)), pixels(filters(W)))
    np.testing.assert_array_equal(pixels(filters(W[:, 0])), pixels(filters(W[:, :1])))
    assert pixels(filters(RBM(9, 3))).shape == (3, 13)


@pytest.mark.slow
def test_reconstructions_in_every_form(rng):
    x = rng.random((4, 9))
    model = Autoencoder.dense((9, 3), rng=rng)
    r = model.reconstruct(x)
    one = ["original", "reconstruction"]
    for rows in (r, model, [r], r.tolist(), r.astype(np.float32), [("reconstruction", r)],
                 ("reconstruction", r), {"reconstruction": model}, PCA(2).fit(x)):  # fmt: skip
        ax = reconstructions(x, rows)
        assert [label.split("\n")[0] for label in labels(ax)] == one
        if not isinstance(rows, PCA):
            np.testing.assert_allclose(pixels(ax, 1)[:, :3], r[0].reshape(3, 3), rtol=1e-6)
    np.testing.assert_array_equal(
        pixels(reconstructions(model, x), 1), pixels(reconstructions(x, model), 1)
    )
    for rows in (
        [r, x],
        (r, x),
        list(np.stack([r, x])),
        [r.reshape(4, 3, 3), x],
        [r, PCA(3).fit(x)],
    ):
        ax = reconstructions(x, rows)
        assert [label.split("\n")[0] for label in labels(ax)[1:]] == [
            "reconstruction 1", "reconstruction 2"
        ]  # fmt: skip
        np.testing.assert_allclose(pixels(ax, 2), pixels(ax, 0), atol=1e-12)
    np.testing.assert_array_equal(pixels(reconstructions(x[0], r[0]), 0), x[0].reshape(3, 3))
    np.testing.assert_array_equal(pixels(reconstructions(x[0], model), 0), x[0].reshape(3, 3))


def test_the_first_of_many_pictures_are_shown(rng):
    x = rng.random((50, 9))
    ax = reconstructions(x, x, most=7, title="all")
    assert pixels(ax, 0).shape == (3, 7 * 5 - 2)
    assert ax.get_title() == "all (the first 7 of 50)"


def test_learning_curves_in_every_form():
    a, b = History([3.0, 2.0], [4.0, 3.0]), History([2.5])
    assert [line.get_label() for line in learning_curves(a).lines] == [
        "training", "validation"
    ]  # fmt: skip
    assert len(learning_curves([a]).lines) == 2
    for several in ([a, b], (a, b), {"run 1": a, "run 2": b}, [("run 1", a), ("run 2", b)]):
        lines = learning_curves(several).lines
        assert [line.get_label() for line in lines] == [
            "run 1, training", "run 1, validation", "run 2, training"
        ]  # fmt: skip
        assert lines[2].get_marker() == "o"  # one epoch is a point, no line


def test_values_that_are_black_and_white(rng):
    x = rng.random((4, 9))
    x[0, :2] = 0.0, 1.0
    for low, high in ((0, 255), (-1, 1), (-0.4, 2.9)):
        y = low + (high - low) * x
        ax = reconstructions(y, y, vrange=(low, high))
        assert ax.images[0].get_clim() == (low, high)
        assert labels(ax) == ["original", "reconstruction"]
    for y, remedy in (
        (np.round(255 * x).astype(np.uint8), r"divide bytes by 255, or give vrange=\(0, 255\)"),
        (2 * x - 1, r"vrange=\(-1, 1\)"),
        ((x - 0.4) * 4, "undo the scaling"),
        (1000 * x, r"vrange=\(.*, 1e\+03\)"),
    ):
        with pytest.raises(ValueError, match=remedy):
            reconstructions(y, y)
    for far in (255, 15):
        with pytest.raises(ValueError, match=rf"r reaches from 0 to {far} .* one scale"):
            reconstructions(x, [("r", far * x)])
    assert "% clipped" in labels(reconstructions(x, [("r", 9 * x)]))[1]
    noisy = x + 0.3 * rng.standard_normal(x.shape)
    share = np.mean((noisy < -0.01) | (noisy > 1.01))
    assert labels(reconstructions(x, {"noisy": noisy}))[1] == f"noisy\n{share:.0%} clipped"


def test_shapes_and_colours(rng):
    x = rng.random((3, 24))
    assert pixels(reconstructions(x, x, shape=(4, 6)), 0).shape == (4, 3 * 8 - 2)
    np.testing.assert_array_equal(
        pixels(reconstructions(x, x, shape=(2, 4, 3)), 0)[:, :4], x[0].reshape(2, 4, 3)
    )
    np.testing.assert_allclose(
        pixels(reconstructions(2 * x - 1, 2 * x - 1, shape=(2, 4, 3), vrange=(-1, 1)), 0)[:, :4],
        x[0].reshape(2, 4, 3),
    )
    W = rng.normal(size=(24, 2))
    ax = filters(W, shape=(2, 4, 3))
    scaled = 0.5 + 0.5 * W[:, 0] / np.abs(W[:, 0]).max()
    np.testing.assert_allclose(pixels(ax)[:, :4], scaled.reshape(2, 4, 3))
    assert len(ax.figure.axes) == 1 and "mid-grey is 0" in ax.get_xlabel()
    assert pixels(filters(W, shape=(3, 8))).shape == (3, 18)
    with pytest.raises(ValueError, match=r"no square picture: give shape=\(height, width\)"):
        reconstructions(x, x)
    with pytest.raises(ValueError, match=r"shape=\(5, 5, 3\) if it is in colour"):
        as_images(rng.random((2, 75)), "x")
    for shape, says in (((5, 5), "has 25"), ((3, 2, 4), "transpose"), ("4x6", "must be"),
                        ((24,), "must be"), ((4, 0), "at least"), ((4.0, 6), "whole")):  # fmt: skip
        with pytest.raises((ValueError, TypeError), match=says):
            reconstructions(x, x, shape=shape)


@pytest.mark.slow
def test_what_has_the_shape_of_pictures_brings_it_along(rng):
    x, r = rng.random((4, 12)), rng.random((4, 12))
    grey, colour = (4, 3, 4), (4, 2, 2, 3)
    want = pixels(reconstructions(x, r, shape=(3, 4)), 1)
    model = PCA(3).fit(x)
    for given in (
        (x.reshape(grey), r.reshape(grey)),
        (x, r.reshape(grey)),
        (x.reshape(grey), r),
        (x.reshape(4, 3, 4, 1), r.reshape(4, 1, 3, 4)),
        (list(x.reshape(grey)), list(r.reshape(grey))),
        (x.reshape(grey), r.reshape(grey).tolist()),
        (x.reshape(grey), {"r": r.reshape(grey)}),
    ):
        np.testing.assert_array_equal(pixels(reconstructions(*given), 1), want)
    want = pixels(reconstructions(x, model, shape=(3, 4)), 1)
    for given in (x.reshape(grey), list(x.reshape(grey))):
        np.testing.assert_array_equal(pixels(reconstructions(given, model), 1), want)
    want = pixels(reconstructions(x, r, shape=(2, 2, 3)), 1)
    np.testing.assert_array_equal(
        pixels(reconstructions(x.reshape(colour), r.reshape(colour)), 1), want
    )
    one = x[0].reshape(3, 4)
    for given in ((one, one, (3, 4)), (one[None], one[None], None), (x[0], x[0], (3, 4, 1))):
        np.testing.assert_array_equal(
            pixels(reconstructions(given[0], given[1], shape=given[2]), 0), one
        )
    W = rng.normal(size=(12, 5))
    for given in (W.T.reshape(5, 3, 4), W.T.reshape(5, 1, 3, 4)):
        np.testing.assert_array_equal(pixels(filters(given)), pixels(filters(W, shape=(3, 4))))
    wide = Autoencoder.dense((4, 9)).encoder.layers[0]  # which axis is which is known of a layer
    assert pixels(filters(wide)).shape == (2, 9 * 4 - 2)
    assert as_images(x.reshape(grey), "x").shape == grey


def test_every_history_has_a_name():
    a, b = History([2.0]), History([1.0])
    for given, names in (
        ({"_a": a}, [" _a, training"]),
        ({0: a, 1: b}, ["0, training", "1, training"]),
        ([("same", a), ("same", b)], ["same, training"] * 2),
    ):
        legend = learning_curves(given).get_legend()
        assert [text.get_text() for text in legend.get_texts()] == names


def test_wrong_kinds_of_arguments(rng):
    x, h = rng.random((4, 9)), History([1.0])
    for call, says in (
        (lambda: filters(x.T, columns=0), "at least 1"),
        (lambda: filters(x.T, columns="no"), "whole number"),
        (lambda: filters(x.T, title=3), "title must be a text"),
        (lambda: filters("W"), "filters draws weights W"),
        (lambda: filters(h), "got History"),
        (lambda: filters(Linear), "got the class Linear"),
        (lambda: filters(None), "got NoneType"),
        (lambda: filters(x[:3]), r"give W\.T"),
        (lambda: filters(np.full((9, 2), np.nan)), "NaN"),
        (lambda: filters(np.ones((16, 784))), r"give shape=\(4, 4\) for the first, W\.T"),
        (lambda: filters([x, x]), r"list of 2 arrays: give one of them, or np\.stack"),
        (lambda: filters(np.ones((2, 3, 4)), shape=(3, 3)), r"shape \(3, 4\), expected \(3, 3\)"),
        (
            lambda: reconstructions(x, np.stack([x, x])),
            "36 pixels, expected 9 pixels; give several",
        ),
        (
            lambda: reconstructions(x, [x.reshape(4, 9, 1), x.reshape(4, 3, 3)], shape=(1, 9)),
            r"expected \(1, 9\)",
        ),
        (lambda: reconstructions(np.ones((4, 4, 3)), x), r"one picture in colour or 4 narrow"),
        (lambda: reconstructions(np.ones((2, 3, 4, 4)), x), r"give x\.transpose\(0, 2, 3, 1\)"),
        (lambda: reconstructions(np.ones((2, 5, 4, 4)), x), r"must hold pictures of shape"),
        (
            lambda: reconstructions(np.ones((7, 7)), np.ones((7, 7))),
            r"if it is one picture, shape=\(7, 7\)",
        ),
        (lambda: reconstructions(x, x, vrange=(-1e308, 1e308)), "cannot be drawn"),
        (lambda: reconstructions(0 * x, 0 * x, vrange=(0, 1e-320)), "cannot be drawn"),
        (lambda: filters(np.ones((4, 500)), columns=1), "more than a picture can hold"),
        (lambda: reconstructions(x, np.where(x > 0.5, np.nan, x)), "NaN"),
        (lambda: reconstructions(x, None), "R must be an array like X"),
        (lambda: reconstructions(x, 3), "R must be an array"),
        (lambda: reconstructions(x, [("a", x, x)]), "R must be an array"),
        (lambda: reconstructions(x, x[:, :4]), "4 features"),
        (lambda: reconstructions(x, x, vrange=(1, 0)), "black < white"),
        (lambda: reconstructions(x, x, vrange="grey"), "two numbers"),
        (lambda: reconstructions(x, x, vrange=(0, np.inf)), "finite"),
        (lambda: reconstructions(x, x, most=0), "at least 1"),
        (lambda: reconstructions(x, x, title=None), "title"),
        (lambda: learning_curves(h.loss), "draws what fit returns"),
        (lambda: learning_curves({"loss": h.loss}), "got list"),
        (lambda: learning_curves(None), "got NoneType"),
        (lambda: learning_curves([]), "no finished epoch"),
        (lambda: tile(x.reshape(4, 3, 3), 0), "at least 1"),
        (lambda: tile(x, 2), "tile takes pictures"),
        (lambda: as_images(x[0], "x"), "must have shape"),
    ):
        with pytest.raises((ValueError, TypeError), match=says):
            call()


@pytest.mark.slow
def test_files(tmp_path, rng, monkeypatch):
    figure = filters(rng.random((9, 2)))
    made = save_figure(figure, tmp_path / "not" / "there" / "a.PNG")
    with pytest.raises(TypeError, match="whole must be True or False"):
        save_figure(figure, tmp_path / "whole.png", whole="yes")
    assert made.read_bytes().startswith(PNG)
    for path, says in (("a", "names no format"), ("a.docx", r"\.docx, which is no format")):
        with pytest.raises(ValueError, match=says):
            save_figure(figure, tmp_path / "new" / path)
    assert not (tmp_path / "new").exists()
    with pytest.raises(NotADirectoryError, match=r"a\.PNG cannot be a folder"):
        save_figure(figure, made / "b.png")
    (tmp_path / "c.png").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        save_figure(figure, tmp_path / "c.png")
    for swapped in ((tmp_path / "a.png", figure), (figure, 3)):
        with pytest.raises(TypeError, match="save_figure|path must be a path"):
            save_figure(*swapped)
    link = tmp_path / "link.svg"
    link.symlink_to(tmp_path / "target.svg")
    save_figure(figure, link)
    assert link.is_symlink() and (tmp_path / "target.svg").read_text().startswith("<?xml")

    def fail(*_, **__):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(Figure, "savefig", fail)
        with pytest.raises(OSError, match="no space"):
            save_figure(figure, made)
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fail)
        with pytest.raises(OSError, match="no space"):
            save_figure(figure, made)
    assert made.read_bytes().startswith(PNG) and [p.name for p in made.parent.iterdir()] == [
        "a.PNG"
    ]


@pytest.mark.slow
def test_a_picture_takes_the_place_of_another_as_a_model_does(tmp_path, rng, monkeypatch):
    figure, path = filters(rng.random((9, 2))), tmp_path / "a.png"
    save_figure(figure, path)
    (tmp_path / "a.png.12345678.part").write_text("what a killed process left")
    path.chmod(0o600)
    save_figure(figure, path)
    assert path.stat().st_mode & 0o777 == 0o600 and os.listdir(tmp_path) == ["a.png"]

    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda path, mode: False)  # nothing is forbidden to root
        with pytest.raises(PermissionError, match="a.png is protected against writing"):
            save_figure(figure, path)
    with monkeypatch.context() as patch:
        patch.setattr("os.open", forbidden)
        with pytest.raises(PermissionError, match="no file can be created in the folder"):
            save_figure(figure, tmp_path / "b.png")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.mkdir", forbidden)
        with pytest.raises(PermissionError, match="folder .*new cannot be made: Permission"):
            save_figure(figure, tmp_path / "new" / "b.png")


def test_masked_and_unfit_things_are_not_drawn():
    R = np.full((3, 9), 0.5)
    masked = np.ma.masked_array(R, R > 0)
    for draw, said in (
        (lambda: reconstructions(R, masked), "masked entries"),
        (lambda: reconstructions(masked, R), "masked entries"),
        (lambda: reconstructions(R, []), "R is empty"),
        (lambda: reconstructions(R, Autoencoder), "class"),
        (lambda: reconstructions(Autoencoder, R), "class"),
        (lambda: filters(np.ma.masked_array(np.ones(9), np.arange(9) < 1)), "masked entries"),
        (lambda: filters(Path("weights.npy")), "PosixPath|WindowsPath"),
        (lambda: filters(np.ones((6, 2)), shape=History), "shape must be"),
        (lambda: reconstructions(R, R, vrange=History), "vrange must be"),
        (lambda: learning_curves(History(loss=[1.0]), ylabel=None), "ylabel must be a text"),
        (lambda: tile(np.full((2, 3, 3), np.nan), 2), "NaN"),
        (lambda: tile(np.ones((2, 3, 3, 2)), 2), "tile takes pictures"),
        (lambda: tile(np.ones((2, 3, 3)), 2, blank="w"), "blank must be a number"),
    ):
        with pytest.raises((TypeError, ValueError), match=said):
            draw()
    assert as_images(R.tolist(), "R").shape == (3, 3, 3)


def test_layers_without_weights_have_no_filters():
    with pytest.raises(ValueError, match="Chain has no layer with weights W to draw"):
        filters(Chain(Sigmoid(), Tanh()))


def test_rows_with_and_without_a_label_are_not_mixed():
    with pytest.raises(TypeError, match="or .label, array. for each row"):
        reconstructions(np.ones((3, 4)), [("first", np.ones((3, 4))), np.ones((3, 4))])


def test_ragged_lists_are_no_table():
    assert axes_of([[1, 2], [3]]) == 0 and axes_of([[1, 2], [3, 4]]) == 2


def test_a_column_for_each_picture():
    rows, shape = rows_of_pixels(np.arange(18.0).reshape(2, 9, 1), "x", None)
    np.testing.assert_array_equal(rows, np.arange(18.0).reshape(2, 9))
    assert shape == rows_of_pixels(np.arange(18.0).reshape(2, 9), "x", None)[1]

"""Pictures of traces: numbers stand where they belong, none overlap, later steps are grey."""

from functools import cache
from itertools import combinations

import matplotlib
import matplotlib.figure
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle

from tests.traced_models import BITS, CASES, X, dense, shaken
from tinyae import (
    RBM,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianCode,
    GaussianNoise,
    Tanh,
    trace,
)
from tinyae.drawing.labels import Label
from tinyae.plotting import Figure, save_figure
from tinyae.tracing.picture import ADJOINT, LATER, MOST_EDGES, NEW, short
from tinyae.tracing.placing import Spot, free_spot

DRAWN = ["plain", "noise, L1 and contraction", "tied", "linear", "variational", "noisy code",
         "binary code", "recirculation", "PSD", "RBM", "Helmholtz", "a shared layer"]  # fmt: skip


@cache  # and not at import: a library with a mistake in it must fail a test
def traced():
    model = dense(
        (2, 3), activation=Tanh, corruption=GaussianNoise(0.3), penalties=Contractive(0.1)
    )
    return trace(model, X)


@cache
def drawn(name):
    """The picture of a case, for tests that only look at it."""
    make, x = CASES[name]
    return trace(make(), x, rng=3).draw()


@cache
def whole():
    """The picture of the trace after its last step, for tests that only look at it."""
    return traced().draw()


def labels(ax):
    """The labels of a picture."""
    return [a for a in ax.get_children() if isinstance(a, Label)]


def circles(ax):
    """The nodes of a picture."""
    return [p for p in ax.patches if isinstance(p, Circle)]


def test_every_number_of_the_example_stands_in_the_picture():
    ax = traced().draw(example=1)
    shown = [label.plain for label in labels(ax)]
    for name in ("x", "x̃", "h1", "r"):
        for value in traced()[name].value[1]:
            assert short(value) in shown, name
    for name in ("a1", "gh1", "ga1", "gr"):
        for value in traced()[name].value[1]:
            assert f"{name} = {short(value)}" in shown
    for name in ("W1", "gW1", "W2", "gW2"):
        for value in traced()[name].value.ravel():
            assert short(value) in shown
    assert len(circles(ax)) == 2 + 2 + 3 + 2
    assert any("gb1 = (" in text for text in shown) and "example 1" in " ".join(shown)


def test_adjoints_are_orange_and_values_are_not():
    for label in labels(whole()):
        if label.plain.startswith(("gh1", "ga1", "gr", "gb1")):
            assert label.get_color() == ADJOINT
        if label.plain.startswith(("a1 =", "h1 =", "b1 =")):
            assert to_rgb(label.get_color()) != to_rgb(ADJOINT)
    weights = [a for a in labels(whole()) if a.plain == short(traced()["gW1"].value[0, 0])]
    assert weights and weights[0].get_color() == ADJOINT


def test_what_comes_later_is_grey_and_has_no_number():
    ax = traced().draw("h1")
    found = {label.plain: label.get_color() for label in labels(ax)}
    assert short(traced()["h1"].value[0, 0]) in found and "r" in found and found["r"] == LATER
    assert found["gh1"] == found["ga1"] == found["gr"] == LATER
    assert (
        short(traced()["r"].value[0, 0]) not in found
        and short(traced()["gW1"].value[0, 0]) not in found
    )
    assert any(text.startswith("step") and "h1 = tanh(a1)" in text for text in found)
    new = [p for p in circles(ax) if p.get_facecolor()[:3] == to_rgb(NEW)]
    assert [p.get_gid() for p in new] == ["h1[0]", "h1[1]", "h1[2]"]
    grey = {p.get_gid() for p in circles(ax) if p.get_edgecolor()[:3] == to_rgb(LATER)}
    assert grey == {"r[0]", "r[1]"}
    assert not any(p.get_facecolor()[:3] == to_rgb(NEW) for p in circles(whole()))


@pytest.mark.slow
def test_one_picture_for_each_step():
    """The numbers of the picture only become more."""
    before = 0
    for number in (0, 9, 15, 20, len(traced()) - 1):
        shown = [
            a.plain for a in labels(traced().draw(number)) if not a.plain.startswith(("st", "Au"))
        ]
        count = sum("=" in text or text[0] in "−0123456789" for text in shown)
        assert count >= before
        before = count
    assert before > 40


@pytest.mark.slow
def test_nothing_moves_from_step_to_step():
    def places(ax):
        return {(a.plain, *np.round(a.get_position(), 6)) for a in labels(ax)
                if a.plain[0] in "−0123456789"}  # fmt: skip

    pictures = [traced().draw(9), traced().draw(15), whole()]
    assert len({tuple(ax.figure.get_size_inches()) for ax in pictures}) == 1
    for one, two in zip(pictures, pictures[1:], strict=False):
        assert places(one) <= places(two)


def boxes(ax):
    """The rectangles of all labels, in pixels."""
    renderer = FigureCanvasAgg(ax.figure).get_renderer()
    ax.figure.draw_without_rendering()
    return {a: matplotlib.text.Text.get_window_extent(a, renderer) for a in labels(ax)}


@pytest.mark.one_in(18)
@pytest.mark.parametrize("name", DRAWN)
def test_no_label_covers_another(name):
    ax = drawn(name)
    found = boxes(ax)
    page = ax.figure.bbox
    for (a, one), (b, two) in combinations(found.items(), 2):
        across = min(one.x1, two.x1) - max(one.x0, two.x0)
        up = min(one.y1, two.y1) - max(one.y0, two.y0)
        assert across < 2 or up < 4, (a.plain, b.plain)
    for label, box in found.items():
        assert page.x0 <= box.x0 and box.x1 <= page.x1, label.plain
        assert page.y0 <= box.y0 and box.y1 <= page.y1, label.plain


@pytest.mark.one_in(9)
@pytest.mark.parametrize("name", DRAWN)
def test_letters_can_be_read_from_the_last_row(name):
    """The smallest letters have at least 1/40 of the height."""
    ax = drawn(name)
    height = ax.figure.get_size_inches()[1] * 72
    assert min(label.get_fontsize() for label in labels(ax)) > height / 40


@cache
def large():
    """A trace of a network with more units than a picture shows."""
    return trace(dense((6, 8)), np.random.default_rng(0).standard_normal((2, 6)).round(1))


@pytest.mark.slow
def test_of_a_large_column_the_first_units_are_drawn():
    """Control: with more units asked for, all are drawn, and the letters are smaller."""
    ax = large().draw()
    shown = [label.plain for label in labels(ax)]
    assert shown.count("… 4 more") == 2 and shown.count("… 6 more") == 1
    assert [p.get_gid() for p in circles(ax)] == [f"{n}[{k}]" for n in ("x", "h1", "r")
                                                  for k in (0, 1)]  # fmt: skip
    assert len([line for line in ax.lines if line.get_gid()]) == 8
    values = ", ".join(short(b) for b in large()["b1"].value[:2])
    assert any(f"b1 = ({values}, …)" in text for text in shown)
    height = ax.figure.get_size_inches()[1] * 72
    assert min(label.get_fontsize() for label in labels(ax)) > height / 40
    four = trace(dense((4, 5)), np.ones((1, 4))).draw(units=5)
    assert not any("more" in label.plain for label in labels(four)) and len(circles(four)) == 13
    assert four.figure.get_size_inches()[1] > 1.4 * ax.figure.get_size_inches()[1]


@pytest.mark.slow
def test_a_code_of_many_units_is_joined_to_the_drawn_ones():
    """Two units of a Gaussian code make one number; those that are not drawn have no edge."""
    model = Autoencoder.dense((2, 3), code=GaussianCode(), rng=0)
    t = trace(model, np.ones((1, 2)))
    at = {p.get_gid(): p.center for p in circles(t.draw())}
    dashed = [line for line in t.draw().lines if line.get_linestyle() == "--"]
    ends = {tuple(np.round([*line.get_data()[0], *line.get_data()[1]], 6)) for line in dashed}
    assert ends and len(ends) == len(dashed)
    centres = {tuple(np.round(c, 6)) for c in at.values()}
    assert all({(x0, y0), (x1, y1)} <= centres for x0, x1, y0, y1 in ends)


def test_edges_lead_from_and_to_their_units():
    ax = whole()
    at = {p.get_gid(): p.center for p in circles(ax)}
    lines = {line.get_gid(): line for line in ax.lines if line.get_gid()}
    assert len([gid for gid in lines if gid.startswith("W1")]) == 6
    (x0, x1), (y0, y1) = lines["W1[0,2]"].get_data()
    assert (x0, y0) == at["x̃[0]"] and (x1, y1) == at["h1[2]"]
    label = next(a for a in labels(ax) if a.plain == short(traced()["W1"].value[0, 2]))
    x, y = label.get_position()
    assert abs((y - y0) - (x - x0) * (y1 - y0) / (x1 - x0)) < 0.25, "on its edge"


@pytest.mark.slow
def test_weights_of_a_machine_are_read_downwards_transposed():
    t = trace(shaken(RBM(3, 2, rng=1, init=None)), BITS)
    assert [c.value for c in t.columns] == ["x", "p⁺", "h1", "v1", "p⁻"]
    ax = t.draw()
    lines = [line.get_gid() for line in ax.lines if line.get_gid()]
    assert lines.count("W[1,2]") == 1 and lines.count("W[2,1]") == 2


def test_it_draws_into_given_axes_and_returns_them():
    figure = matplotlib.figure.Figure(figsize=(16, 9))
    ax = figure.add_subplot()
    assert traced().draw(3, ax=ax) is ax
    assert isinstance(whole().figure, Figure)
    with pytest.raises(TypeError, match="ax must be one matplotlib Axes"):
        traced().draw(ax=figure)


@pytest.mark.slow
def test_a_picture_is_the_same_each_time(tmp_path):
    one, two = (save_figure(traced().draw(), tmp_path / name) for name in ("a.svg", "b.svg"))
    assert one.read_bytes() == two.read_bytes()
    assert b"h1[0]" in one.read_bytes()


@pytest.mark.parametrize(("error", "says", "draw"), [
    (ValueError, "at most 40 weights, and these are 96", lambda: large().draw(units=8)),
    (ValueError, "units must be", lambda: large().draw(units=1)),
    (TypeError, "units must be", lambda: large().draw(units=2.5)),
    (ValueError, "other layers", lambda: trace(CASES["other layers"][0](), X).draw()),
    (ValueError, "other layers", lambda: trace(CASES["sparse coding"][0](), X).draw()),
    (ValueError, "example is one of the 3 rows", lambda: traced().draw(example=3)),
    (ValueError, "step is one of 0 to", lambda: traced().draw(1000)),
    (ValueError, "step must be", lambda: traced().draw(-1)),
    (ValueError, "no step is called 'h9'", lambda: traced().draw("h9")),
    (TypeError, "example must be", lambda: traced().draw(example="0")),
])  # fmt: skip
def test_what_cannot_be_drawn(error, says, draw):
    with pytest.raises(error, match=says):
        draw()


@pytest.mark.slow
def test_forty_weights_can_be_drawn_and_columns_are_then_wider():
    t = trace(Autoencoder.dense((4, 5), output=BernoulliOutput()), np.eye(4))
    wide, narrow = t.draw(units=5), whole()
    assert MOST_EDGES == 40 and len([ln for ln in wide.lines if ln.get_gid()]) == 40
    across = [circles(ax)[-1].center[0] / (len(columns) - 1)
              for ax, columns in ((wide, t.columns), (narrow, traced().columns))]  # fmt: skip
    assert across[0] > across[1]


def test_a_label_keeps_away_from_taken_places_and_other_edges():
    edge, other = ((0.0, 0.0), (3.0, 0.0)), ((0.0, -1.0), (2.0, 1.0))
    free = free_spot(edge, (0.3, 0.2), [], [edge])
    assert abs(free.x - 1.0) < 0.05, "a third of the edge"
    crossed = free_spot(edge, (0.3, 0.2), [], [edge, other])
    assert abs(crossed.x - 1.0) > 0.25
    second = free_spot(edge, (0.3, 0.2), [free], [edge])
    assert second.gap(free) > 0.05 and Spot(0, 0, 1, 1).gap(Spot(0.5, 0.5, 1, 1)) < 0

"""What pictures and slides say and show with other parameters than the recorded ones."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from figures.catalogue import FIGURES
from figures.own_panels import height, thin_out
from figures.slide import legend, slide, slide_style
from tests.figures.quick_numbers import quick
from tinyae.plotting import style

field = FIGURES["14.5"]


def words(figure):
    """All texts of a figure."""
    return " ".join(text.get_text() for text in figure.findobj(Text))


# A title that holds for the recorded parameters only.
CLAIMS = {
    "14.7": "r(x) = x at and between",
    "recirculation": "training makes W and Vᵀ similar",
    "centre": "is found with biases only",
    "point_estimate": "rewards a growing decoder",
    "helmholtz": "reaches the best possible value",
    "outputs": "a mode on each branch",
    "descent": "stay above, without a zero",
    "spectrum": "a gap after k",
    "spacing": "its arrows begin beyond the middle",
}


@pytest.mark.parametrize(
    "number", ["point_estimate", *(pytest.param(n, marks=pytest.mark.slow) for n in CLAIMS)]
)
def test_titles_claim_nothing_of_other_parameters(number):
    module, numbers = FIGURES[number], quick(number)
    claim = CLAIMS[number] if number != "14.7" else module.MESSAGE
    assert claim in words(module.draw(numbers))
    assert claim not in words(module.draw({**numbers, "changed": "steps = 1"}))


@pytest.mark.slow
def test_words_of_the_corruptions_follow_the_parameters():
    module, numbers = FIGURES["denoising"], quick("denoising")
    given = {"sigma": 0.07, "masked": 0.9, "flipped": 1.0}
    other = {**numbers, "parameters": {**numbers["parameters"], **given}}
    rows, bars = module.slides(other)
    assert "σ = 0.07" in words(rows) and "0.9 of the" in words(bars)
    assert "all set" in words(bars) and "half" not in words(bars) + words(module.draw(other))
    with pytest.raises(ValueError, match="masked must be .* at most 0.99, got 1"):
        module.compute(quick=True, masked=1.0)


@pytest.mark.parametrize("right", [True, False])
def test_a_slide_with_another_title_keeps_its_colours_and_covers_nothing(right):
    with slide("A title of the recorded slide", "alt") as (figure, axes):
        arrows = axes.quiver([0, 1], [0, 1], [1, 1], [1, 0], color="C1")
        axes.plot([0, 1], [0, 1], label="a line")
        axes.set(xlabel="x", ylabel="y")
        legend(axes, right=right)
    figure.retitle("r(x) on a line", "sigma = 0.2")
    assert figure.title == "r(x) on a line", "a formula has no capital"
    with slide_style():
        figure.draw_without_rendering()
    with style():
        assert to_hex(arrows.get_facecolor()[0]) == to_hex("C1")
    line = next(text for text in figure.texts if text.get_text() == "sigma = 0.2")
    named = figure.legends[0].get_window_extent()
    assert not named.overlaps(line.get_window_extent())
    assert not named.overlaps(axes.get_tightbbox())
    figure.retitle("a line", "sigma = 0.2")
    assert figure.title == "A line"


def test_arrows_are_shortened_until_they_do_not_overlap():
    line = np.arange(10.0)
    x = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    for length, factor in ((1.0, 2), (3.9, 2), (4.1, 4), (20.0, 16)):
        numbers = {"whole": x, "narrow_field": 0 * x, "whole_exact": x / 100}
        numbers["whole_field"] = np.tile([length, 0.0], (len(x), 1))
        assert field.shrink(numbers) == factor
        text = field.looks(numbers)[1][0]
        assert ("half length" if factor == 2 else f"1/{factor} of the length") in text


@pytest.mark.parametrize(("x", "shape", "count"), [
    ([[0, 0], [1, 1]], 1.0, None),
    ([[0, 0], [10, 1]], 0.4, None),
    ([[0, 0], [1, 100]], 2.5, 1),
    ([[5, 0], [5, 100]], 2.5, 1),
])  # fmt: skip
def test_a_narrow_panel_has_one_number_below_it(x, shape, count):
    assert height(x) == pytest.approx(shape)
    axes = Figure().add_subplot()
    axes.plot(*np.array(x, float).T, ".")
    thin_out(axes, x)
    low, high = axes.get_xlim()
    shown = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert len(shown) == count if count else 2 <= len(shown) <= 6


@pytest.mark.parametrize(
    "values", [(1.0, 2.0, 3.0, 4.0), (-2.0, 0.5, 1.0, 2.0), (-4.0, -3.0, -2.0, -1.0)]
)
def test_bars_of_negative_logarithms_are_seen_with_their_numbers(values):
    names = ("round", "flat", "nonlocal", "true")
    one = np.array([[0.1, 0.2, 0.02, 0.01, 30.0]])
    numbers = {f"ellipses_{name}": one for name in names}
    numbers |= {"points": one[:, :2], **dict(zip(names, values, strict=True))}
    shown = FIGURES["14.9"].slides(numbers)[-1]
    (axes,) = shown.axes
    low, high = axes.get_xlim()
    assert low <= 0 <= high and [bar.get_width() for bar in axes.patches] == list(values)
    with slide_style():
        shown.draw_without_rendering()
    for bar, text in zip(axes.patches, axes.texts, strict=True):
        box, bars = text.get_window_extent(), bar.get_window_extent()
        assert not box.overlaps(bars) and axes.bbox.x0 < box.x0 and box.x1 < axes.bbox.x1
        assert text.get_text() == f"{bar.get_width():.2f}".replace("-", "−")


@pytest.mark.parametrize(
    ("sigmas", "drawn"), [((0.1, 0.4, 0.2), ["0.4", "0.1"]), ((0.3,), ["0.3"])]
)
def test_slides_of_the_largest_and_the_smallest_noise(sigmas, drawn):
    x = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    numbers = {"sigmas": np.array(sigmas), "points": x}
    numbers |= {f"{key}_{sigma:g}": x + 1 for key in ("x", "field") for sigma in sigmas}
    shown = FIGURES["sigmas"].slides(numbers)
    assert all(f"(σ = {sigma})" in words(one) for one, sigma in zip(shown, drawn, strict=True))


def test_the_close_up_s_arrows_are_shortened_by_the_step_of_its_own_grid():
    line = np.arange(10.0)
    x = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    to_the_right = np.tile([3.0, 0.0], (len(x), 1))
    numbers = {"whole": x, "close": x / 4}
    numbers |= {name: to_the_right for names in field.FIELDS.values() for name in names}
    assert field.shrink(numbers) == 2 and field.shrink(numbers, "close") == 16
    for grids, text in (
        (("whole",), "half length"),
        (("close",), "1/16 of the length"),
        (("whole", "close"), "half length, close-up 1/16"),
    ):
        assert field.looks(numbers, *grids)[1][0] == f"learned r(x) − x,\n{text}"
    axes = Figure().add_subplot()
    for at, name, factor in (("whole", "whole_field", 2), ("close", "close_field", 16)):
        field.arrows(axes, numbers, at, name, "C1")
        np.testing.assert_allclose(axes.collections[-1].U / axes.collections[-1].scale, 3 / factor)


@pytest.fixture
def small_field():
    """Numbers of figure 14.5 without a ridge, a maximum in the close-up, a saddle off it."""
    x = np.stack(np.meshgrid([-0.1, 0.1, 0.2], [0.2, 0.4, 0.5]), axis=-1).reshape(-1, 2)
    numbers = {"whole": x, "close": x, "sigma": 0.3, "parameters": {"X": None}, "changed": "…"}
    numbers |= {name: x / 10 for names in field.FIELDS.values() for name in names}
    numbers |= {"maxima": 1, "saddles": 1, "minima": 0, "kinds": ["maximum", "saddle"]}
    numbers |= {"rests": np.array([[0.0, 0.3], [0.0, -0.3]])}
    numbers |= {"exact_maxima": 1, "exact_saddles": 0, "exact_minima": 0}
    numbers |= {"exact_rests": x[:1], "exact_kinds": ["maximum"]}
    numbers |= {"ridge": np.full((3, 2), np.nan), "exact_ridge": np.full((3, 2), np.nan)}
    cosines = ("median_cosine", "mean_cosine", "narrow_median_cosine", "narrow_mean_cosine")
    return numbers | dict.fromkeys(cosines, 0.5)


def test_a_legend_names_what_is_drawn_only(small_field):
    (legend,) = field.draw(small_field).legends
    assert "maximum" in words(legend) and "ridge" not in words(legend)
    assert "saddle" not in words(legend), "it is not in the close-up"
    assert not any("ridge" in words(one) for one in field.slides(small_field))
    outside = np.array([[0.0, -0.3], [0.1, -0.3], [np.nan, np.nan]])
    first, second = field.slides({**small_field, "ridge": outside})
    assert "ridge" in words(first) and "ridge" not in words(second)
    alone = outside[[0, 2, 1]]
    assert field.is_line(outside) and not field.is_line(alone)
    numbers = {"sigmas": np.array([0.2]), "x_0.2": outside[:2], "field_0.2": outside[:2]}
    for ridge, drawn in ((outside, True), (alone, False)):
        (shown,) = FIGURES["sigmas"].slides({**numbers, "at_0.2": ridge})
        assert ("ridge" in words(shown)) == drawn


def test_the_title_of_the_close_up_counts_the_zeros_that_are_in_it(small_field):
    said = words(field.draw(small_field))
    assert "learned zeros: 1 here, 2 in all" in said
    assert field.inside(small_field["rests"], field.CLOSE_UP).tolist() == [True, False]


@pytest.mark.parametrize("times", [1, 3])
def test_data_that_are_equally_frequent_are_called_so(times):
    at = np.array([[0.1, 0.0]])
    numbers = {"at_equal": at, "at_unequal": at, "times": times, "changed": f"times = {times}"}
    said = words(FIGURES["spacing"].draw(numbers))
    assert ("all data are equally frequent" in said) == (times == 1)
    assert ("3 times as frequent" in said) == (times == 3)


@pytest.mark.parametrize("sigmas", [(0.2,), (0.1, 0.3)])
def test_the_line_of_the_square_is_seen_for_one_sigma_too(sigmas):
    numbers = {"sigmas": np.array(sigmas)}
    keys = ("factors", "squares", "roots")
    numbers |= {f"{on}_{key}": numbers["sigmas"] for on in ("wave", "sphere") for key in keys}
    for axes in FIGURES["factor"].draw(numbers).axes:
        x, y = axes.lines[0].get_data()
        assert len(set(x)) == 2 and x.min() <= min(sigmas) <= max(sigmas) <= x.max()
        np.testing.assert_allclose(y, x**2)


@pytest.mark.parametrize(("data", "named"), [((0.0, 0.5, 1.0), True), ((0.0, 0.02, 1.0), False)])
def test_data_that_are_near_have_marks_in_place_of_names(data, named):
    x = np.linspace(-0.3, 1.3, 40)
    numbers = {"x": x, "r": x / 2, "optimal_r": x / 2, "zeros": [0.0], "slopes": [0.5]}
    axes = Figure().add_subplot()
    FIGURES["14.7"].show_curve(axes, {**numbers, "data_points": data})
    assert [text.get_text() for text in axes.texts] == ["$x_1$", "$x_2$", "$x_3$"] * named
    marks = [line for line in axes.lines if line.get_marker() == "|"]
    assert len(marks) == (not named)

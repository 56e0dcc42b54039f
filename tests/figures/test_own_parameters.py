"""Parameters and data of one's own reach a figure, and wrong ones are refused with what it has."""

import inspect
import json
import re
import sys

import numpy as np
import pytest
from matplotlib.text import Text

from figures import catalogue, common
from figures.__main__ import main
from figures.catalogue import FIGURES, OWN_SLIDES
from figures.experiments import own_data, three_points
from figures.experiments.own_data import Scaled, learn_plane, split
from figures.kinds import Count, Forms, Number, Plane, Table, Width, in_words, text
from figures.own_names import own_name
from figures.parameters import checksum, claim, parameters, parametrized
from figures.reading import described, read
from tests.figures.quick_numbers import quick as quick_numbers
from tinyae.numerics.scaled_points import PLANE
from tinyae.plotting import Figure

SET = {name: kinds for name, module in FIGURES.items() if (kinds := parameters(module.compute))}
WITH_DATA = [name for name, kinds in SET.items() if "X" in kinds]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    sigma: Width = 0.5,
    epochs: Count = Forms(20, quick=3),
    X: Plane | None = None,
) -> dict:
    """Return what it was given."""
    return {"seed": seed, "quick": quick, "sigma": sigma, "epochs": epochs, "X": X}


@pytest.fixture
def toy(monkeypatch):
    """Figure 14.7 with quick functions in the place of its own; its picture is one word."""
    module, whole = FIGURES["14.7"], FIGURES["14.7"].compute

    def short(seed=0, quick=False, **own):
        return whole(seed=seed, quick=True, **{"epochs": 1, **own})

    short.__wrapped__ = inspect.unwrap(whole)

    def one_word(numbers):
        drawn = Figure(figsize=(1, 1))
        drawn.text(0.1, 0.5, checksum(numbers["r"]))
        return drawn

    monkeypatch.setattr(module, "compute", short)
    monkeypatch.setattr(module, "draw", one_word)
    return module


# What a signature says


def test_a_signature_is_read():
    kinds = parameters(compute)
    assert list(kinds) == ["sigma", "epochs", "X"]
    assert kinds["sigma"] == (Number(low=0.0, above=True), 0.5)
    assert isinstance(kinds["X"][0], Table) and kinds["X"][1] is None
    lines = described(compute)
    assert lines[:2] == [
        "--set sigma=0.5: a number above 0",
        "--set epochs=20 (3 with --quick): a whole number of at least 1 and at most 1000000000",
    ]
    assert lines[2] == "--data FILE: at least 2 rows of 2 columns"


def test_defaults_are_those_of_the_form_and_recorded():
    for quick, epochs in ((False, 20), (True, 3)):
        numbers = compute(4, quick)
        assert numbers["seed"] == 4 and numbers["epochs"] == epochs and numbers["sigma"] == 0.5
        assert numbers["parameters"] == {"sigma": 0.5, "epochs": epochs, "X": None}
        assert "changed" not in numbers and type(numbers["epochs"]) is int
    assert "changed" not in compute(sigma=0.5, epochs=20)
    assert compute(quick=True, epochs=20)["changed"] == "epochs = 20"
    assert claim(compute(), "a", "b") == "a" and claim(compute(epochs=2), "a", "b") == "b"


def test_what_is_given_takes_their_place():
    X = np.arange(6).reshape(3, 2)
    kept = X.copy()
    numbers = compute(sigma=2, epochs=np.int64(7), X=X)
    assert numbers["sigma"] == 2.0 and numbers["epochs"] == 7
    assert numbers["changed"] == "sigma = 2, epochs = 7, X = 3 rows of 2 columns"
    assert numbers["X"].dtype == np.float64 and (X == kept).all()
    recorded = numbers["parameters"]["X"]
    assert recorded["shape"] == [3, 2] and len(recorded["sha256"]) == 16
    assert recorded != compute(X=X + 1)["parameters"]["X"]
    json.dumps(numbers["parameters"])


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"sigm": 1}, "no parameter 'sigm'; it has sigma, epochs, X"),
        ({"sigma": 0}, "sigma must be a number above 0, got 0"),
        ({"sigma": "a"}, "sigma must be a number above 0, got 'a'"),
        ({"sigma": np.nan}, "sigma must be a number above 0, got nan"),
        ({"sigma": np.inf}, "got inf"),
        ({"epochs": 2.5}, "epochs must be a whole number of at least 1 and .*, got 2.5"),
        ({"epochs": True}, "got True"),
        ({"epochs": 0}, "got 0"),
        ({"epochs": 10**24}, "at most 1000000000, got 10000"),
        ({"sigma": 10**400}, "sigma must be a number above 0, got 10000"),
        ({"epochs": [1, 2]}, r"got \[1, 2\]"),
        ({"X": np.zeros((3, 3))}, "at least 2 rows of 2 columns, got 3 rows of 3 columns"),
        ({"X": np.zeros(3)}, r"got \(3,\)"),
        ({"X": [[1, 2]]}, "got 1 row of 2 columns"),
        ({"X": "file"}, "got str"),
        ({"X": [[1, 2], [3, np.nan]]}, "got nan in row 2, column 2"),
        ({"X": np.ones((4, 2))}, "4 equal rows"),
    ],
)
def test_a_wrong_value_is_refused_before_anything_is_computed(own, words):
    with pytest.raises((TypeError, ValueError), match=words):
        compute(**own)


def test_texts_of_the_command_line():
    assert read(compute, ["sigma=1e-1", " epochs = 4 "]) == {"sigma": 0.1, "epochs": 4}
    strengths = parameters(FIGURES["norms"].compute)["strengths"][0]
    assert strengths.read("1,2.5", "strengths") == (1.0, 2.5)
    for texts, words in (
        (["sigma"], "NAME=VALUE"),
        (["sigma=a"], "sigma must be a number above 0, got 'a'"),
        (["sigma=1,2"], "got '1,2'"),
        (["epochs=2.5"], "a whole number"),
        (["epochs=999999999999999999999999"], "at most 1000000000, got 9999"),
        (["epochs=2", "epochs=3"], "given twice"),
        (["X=3"], "--data FILE"),
        (["units=3"], "it has sigma, epochs$"),
    ):
        with pytest.raises((TypeError, ValueError), match=words):
            read(compute, texts)


def test_pictures_must_be_square_and_in_their_range():
    kind = parameters(FIGURES["filters"].compute)["X"][0]
    x = np.random.default_rng(0).random((100, 9))
    np.testing.assert_array_equal(kind.checked(x, "X"), x)
    for wrong in (x[:, :8], x[:99], x + 1):
        with pytest.raises(ValueError, match="at least 100 rows of square pictures from 0 to 1"):
            kind.checked(wrong, "X")


# What each figure has


@pytest.mark.parametrize("number", SET)
def test_every_default_is_of_its_kind(number):
    for name, (kind, default) in SET[number].items():
        if isinstance(kind, Table):
            assert default is None and name == "X"
            continue
        assert kind.checked(default, name) == default
        if isinstance(default, Forms):
            assert kind.fits(default.quick)
        else:  # what --list shows can be given
            shown = kind.read(text(default), name)
            np.testing.assert_allclose(shown, default, rtol=1e-5)


def test_most_figures_have_parameters_and_sections():
    without = set(FIGURES) - set(SET)
    assert without <= {"14.1", "14.3", "deep_codes", "copies", "psd", "digit_tangents"}
    assert len(WITH_DATA) == 8, "the README says so"
    assert {"14.5", "sigmas", "14.7", "14.9"} <= set(WITH_DATA)
    for number, module in FIGURES.items():
        shown = catalogue.listed(number)
        assert shown.startswith(f"{number}: {module.TITLE}")
        assert re.search(r"\((.*14\.\d.*|introduction)\)$", shown.splitlines()[0]), number


QUICK = {
    "descent": ({"lam": 0.2}, "zeros_minimum"),
    "14.7": ({"sigma": 0.2, "epochs": 1}, "optimal_slope_between"),
    "spacing": ({"times": 3}, "wrong_unequal"),
    "energy": ({"nets": 3}, "untied"),
    "slopes": ({"units": 3}, "median_ratio"),
    "14.6": ({"digit": 7}, "length_per_pixel"),
    "median": ({"points": 30}, "off_the_score_unsquared"),
    "small_noise": ({"nets": 2}, "missing_alone"),
    "factor": ({"sigmas": (0.1, 0.2), "points": 100}, "wave_square"),
}
SLOW = {
    "14.5": ({"sigma": 0.1, "epochs": 2, "units": 50}, "median_cosine"),
    "sigmas": ({"sigmas": (0.1,), "epochs": 1}, "cosine_0.1"),
    "14.4": ({"sigma": 0.08}, "cosine_to_score"),
    "denoising": ({"sigma": 0.2, "units": 30}, "gaussian_dae"),
    "zeros": ({"lambdas": (0.0, 2.0), "units": 40}, "most_zeros"),
    "filters": ({"contraction": 50.0}, "contractive_jacobian"),
    "norms": ({"strengths": (0.1, 10.0), "units": 40}, "operator_weak"),
    "14.9": ({"points": 60}, "round"),
    "14.8": ({"digit": 3, "steps": 24}, "radius_deviation"),
    "14.10": ({"noise": 0.2, "lam": 0.1}, "contractive_degrees"),
    "centre": ({"steps": 5}, "angle_with_biases"),
    "variational": ({"epochs": 1}, "bound_20"),
    "hypercube": ({"epochs": 1}, "entropy_contractive"),
    "outputs": ({"epochs": 1}, "nll_mixture"),
}


@pytest.mark.one_in(12)
@pytest.mark.parametrize(
    "number", [*QUICK, *(pytest.param(n, marks=pytest.mark.slow) for n in SLOW)]
)
def test_parameters_reach_the_numbers(number):
    """Another value gives another number and is drawn; an ignored one gives the same as `again`."""
    own, key = {**QUICK, **SLOW}[number]
    module = FIGURES[number]
    plain, other = module.compute(quick=True), module.compute(quick=True, **own)
    again = module.compute(quick=True)
    if plain.get(key) is not None:  # a difference of rounding errors would depend on the processor
        assert abs(plain[key] - other[key]) > 1e-6 * abs(plain[key])
    assert plain.get(key) == again.get(key)
    assert set(own) == set(re.findall(r"(\w+) = ", other["changed"]))
    module.draw(other).draw_without_rendering()
    for one in module.slides(other):
        one.draw_without_rendering()


# A user's data


def test_sigma_must_fit_the_points(rng):
    X = np.array([3.0, -200.0]) + np.array([5.0, 40.0]) * rng.standard_normal((50, 2))
    points = Scaled.of(X, PLANE)
    half = np.ptp(X[:, 1]) / 2
    assert points.sigma(half / 10) == pytest.approx(PLANE / 10)
    for sigma in (half / 1000, 3 * half):
        with pytest.raises(ValueError, match=f"half width is {half:g}: choose sigma between"):
            points.sigma(sigma)
    for scale in (1.0, 0.937, 3.3e-7, 4321.0):
        made = Scaled.of(scale * np.array([[-1.0, 0.0], [1.0, 0.3]]), PLANE)
        with pytest.raises(ValueError, match="does not fit the spiral, whose") as error:
            made.sigma(1e9, "the spiral")
        ends = re.search("between (.*) and (.*)", str(error.value)).groups()
        assert [made.sigma(float(end)) for end in ends] == pytest.approx([0.01, 1.0], rel=0.01)


def test_a_split_gives_each_row_once(rng):
    X = rng.standard_normal((50, 2))
    rows, fresh = split(X, 0)
    assert len(rows) == 40 and len(fresh) == 10
    both = np.concatenate([rows, fresh])
    np.testing.assert_allclose(np.sort(both[:, 0]), np.sort(X[:, 0]), rtol=1e-6)


def test_each_own_row_counts_equally(monkeypatch):
    """In training on points of a line and of the plane."""

    class SeenError(Exception):
        pass

    def seen(model, X, *, shuffle=True, **_):
        assert shuffle and len(set(np.unique(X[:, 0], return_counts=True)[1])) == 1
        raise SeenError

    monkeypatch.setattr(three_points, "train", seen)
    monkeypatch.setattr(own_data, "train", seen)
    with pytest.raises(SeenError):
        FIGURES["14.7"].compute(X=np.linspace(0, 1, 20_001)[:, None])
    with pytest.raises(SeenError):
        FIGURES["14.5"].compute(X=np.linspace(0, 1, 60_000).reshape(-1, 2))


def test_pancakes_of_own_points_need_different_ones_and_no_spiral(rng):
    X = rng.random((60, 2))
    for own in ({"points": 60}, {"noise": 0.05}):
        with pytest.raises(ValueError, match="points and noise are those of the spiral"):
            FIGURES["14.9"].compute(quick=True, X=X, **own)
    with pytest.raises(ValueError, match="X must have at least 50 different points, got 49"):
        FIGURES["14.9"].compute(quick=True, X=np.resize(X[:49], (60, 2)))


def test_two_values_have_two_texts():
    assert text(1000001) == "1000001" and text(2.0) == "2" and text((0.1, 1e-7)) == "0.1,1e-07"
    assert text(1000001.5) == "1000001.5" and text(np.int64(12345678)) == "12345678"


def test_words_for_people():
    assert in_words((30.0, 400.0)) == "(30, 400)" and in_words((0.5,)) == "0.5"
    assert in_words(2.0) == "2"
    assert in_words(np.zeros((400, 2))) == "400 rows of 2 columns"
    assert in_words(np.zeros((1, 1))) == "1 row of 1 column"


@pytest.mark.one_in(3)
@pytest.mark.parametrize("number", ["norms", "zeros", "filters"])
def test_words_of_own_rows_are_neutral(number, rng):
    units = {"units": 20, "epochs": 1}
    few = {"norms": {"strengths": (1.0,)}, "zeros": {"lambdas": (0.0,), "sigmoid_lambdas": (3.0,)}}
    module = FIGURES[number]
    numbers = module.compute(quick=True, X=rng.random((100, 16)), **units, **few.get(number, {}))
    axes = module.draw(numbers).axes
    words = " ".join(item.get_text() for one in axes for item in one.findobj(Text))
    assert not re.search("stroke|digit", words) and re.search("fresh (row|picture)", words)
    if number == "zeros":
        assert axes[0].get_xlim()[1] > 3


def test_units_of_length_do_not_matter():
    """Points in millimetres give the picture of those in metres; no scaling would not."""
    x = np.array([[0.0], [1.0], [1.5]])
    metres = FIGURES["14.7"].compute(quick=True, X=x, sigma=0.15, epochs=2)
    moved = FIGURES["14.7"].compute(quick=True, X=1000 * x + 7, sigma=150, epochs=2)
    np.testing.assert_allclose(1000 * metres["r"] + 7, moved["r"], rtol=1e-6)
    assert len(metres["zeros"]) == moved["fixed_points"] >= 3
    np.testing.assert_allclose(metres["x"][[0, -1]], [0.75 - 1.2, 0.75 + 1.2])
    best = np.interp([0.0, 1.0], metres["x"], metres["optimal_r"])
    np.testing.assert_allclose(best, [0.0, 1.0], atol=0.02)


@pytest.mark.slow
def test_the_field_of_own_points_is_learned():
    """A ring far from the origin; a network of the spiral has another field there."""
    t = np.linspace(0, 2 * np.pi, 300)
    X = np.stack([90 + 40 * np.cos(t), 40 * np.sin(t)], axis=1)
    numbers = FIGURES["14.5"].compute(quick=True, X=X, sigma=6.0)
    assert numbers["median_cosine"] > 0.97
    x, field = numbers["whole"], numbers["whole_field"]
    away = np.linalg.norm(x - [90, 0], axis=1)
    off = np.abs(away - 40) > 3
    inwards = ((x - [90, 0]) * field).sum(axis=1) < 0
    assert (inwards[off] == (away > 40)[off]).mean() > 0.97
    model, found, _ = learn_plane(Scaled.of(X, PLANE), 0, sigma=0.09, weight=20, bias=12, units=200,
                                  epochs=1)  # fmt: skip
    assert found["median_cosine"] < numbers["median_cosine"]


@pytest.mark.slow
@pytest.mark.parametrize("number", WITH_DATA)
def test_every_figure_that_takes_data_draws_them(number, rng, tmp_path):
    kind = SET[number]["X"][0]
    d = kind.columns or 16
    X = rng.random((150, d)) * (np.arange(150)[:, None] % 2)
    own = {"epochs": 2, "units": 20} if "units" in SET[number] else {"steps": 20}
    module = FIGURES[number]
    if "sigma" in SET[number]:
        own["sigma"] = 0.2
    if "sigmas" in SET[number]:
        own["sigmas"] = (0.1, 0.3)
    numbers = module.compute(quick=True, X=X, **own)
    shown = module.draw(numbers)
    alt = getattr(module, "ALT_OWN", module.ALT).format(**numbers)
    paths = common.emit("own", numbers, shown, tmp_path, title="t", alt=alt)
    assert json.loads(paths[-1].read_text())["parameters"]["X"]["shape"] == [150, d]
    assert numbers["changed"].endswith(f"X = {in_words(X)}")
    for one in module.slides(numbers) if number in OWN_SLIDES else ():
        one.draw_without_rendering()


@pytest.mark.parametrize("number, widths", [("14.5", [0.05]), ("sigmas", [0.2, 0.1, 0.07, 0.04])])
def test_without_sigma_the_noise_is_in_proportion_to_the_rows(number, widths, monkeypatch):
    """The recorded spiral is 1.2 wide; rows 12 000 wide have noise 10 000 times as strong."""
    module, seen = FIGURES[number], []
    monkeypatch.setattr(sys.modules[module.__name__], "_of_points",
                        lambda X, *args: seen.extend(args) or {})  # fmt: skip
    X = np.array([[0.0, 5.0], [12_000.0, 7.0], [300.0, 2000.0]])
    numbers = module.compute(X=X)
    value = numbers["parameters"]["sigmas" if number == "sigmas" else "sigma"]
    np.testing.assert_allclose(np.ravel(value), 10_000 * np.array(widths))
    assert numbers["changed"].startswith("sigma") and "X = 3 rows" in numbers["changed"]
    own = {"sigmas": (3.0,)} if number == "sigmas" else {"sigma": 3.0}
    assert np.ravel(list(module.compute(X=X, **own)["parameters"].values())[0]) == [3.0]


def test_few_rows_have_few_units_unless_others_are_asked_for(rng):
    """A figure draws every table that --list says it takes."""
    X = rng.random((100, 4))
    options = {"lambdas": (0.1,), "sigmoid_lambdas": (0.1,), "epochs": 1, "X": X}
    numbers = FIGURES["zeros"].compute(quick=True, **options)
    assert numbers["parameters"]["units"] == 80 and "units = 80" in numbers["changed"]
    with pytest.raises(ValueError, match="units must be at most 80, the rows for training"):
        FIGURES["zeros"].compute(quick=True, units=128, **options)
    lines = described(FIGURES["zeros"].compute)
    assert any("by default at most the rows for training" in line for line in lines)


@pytest.mark.slow
def test_slides_of_own_rows_say_so_and_not_what_the_recorded_ones_show(toy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("mass\n1.5\n2.5\n4\n")
    run = ["14.7", "--slide", "--format", "svg", "--out", "out"]
    assert main([*run, "--data", "mine.csv", "--set", "sigma=0.4"]) == 0
    (path,) = (tmp_path / "out").glob("*.slide.svg")
    text = path.read_text("utf-8")
    assert ">Figure 14.7 drawn from mine.csv</title>" in text and toy.MESSAGE not in text
    assert text.count("Figure 14.7 drawn from mine.csv") == 2, "as its name, and in the picture"
    words = "sigma = 0.4, epochs = 1, X = 3 rows of 1 column (mine.csv)"
    assert text.count(words) == 2, "in the description and below the picture"
    assert main([*run, "--set", "sigma=0.2"]) == 0
    (path,) = (tmp_path / "out").glob("*sigma=0.2.slide.svg")
    text = path.read_text("utf-8")
    assert "sigma = 0.2" in text and toy.MESSAGE not in text and toy.TITLE[1:] in text
    assert "recorded" not in text


SEVERAL = ("median", "slopes", "spacing")  # quick figures with several slides


@pytest.mark.parametrize(
    "number",
    [*SEVERAL, *(pytest.param(n, marks=pytest.mark.slow) for n in SET if n not in SEVERAL)],
)
def test_slides_of_one_figure_have_neutral_titles_that_tell_them_apart(number, tmp_path):
    module, numbers = FIGURES[number], quick_numbers(number)
    shown = module.slides(numbers)
    titles = [one.other or module.TITLE for one in shown]
    assert len(set(titles)) == len(shown)
    for one, title in zip(shown, titles, strict=True):
        assert title != one.title and not re.search("{|best possible|nan", title)
        one.retitle(title, "sigma = 0.2")
        assert one._suptitle.get_window_extent().x1 < one.bbox.width
        assert one._suptitle.get_text().count("\n") <= 1


def test_the_command_gives_slides_and_descriptions_of_their_own(tmp_path, capsys):
    run = ["median", "--quick", "--slide", "--format", "svg", "--out", str(tmp_path)]
    assert main([*run, "--set", "points=30"]) == 0
    said = {p.name: common.words_of(p) for p in sorted(tmp_path.glob("*.svg"))}
    first, second = (words for name, words in said.items() if ".slide" in name)
    assert "with the squared norm" in first[0] and "without the square" in second[0]
    for title, alt in said.values():
        assert alt == f"Drawn with points = 30. {title[0].upper()}{title[1:]}."
    report = capsys.readouterr().out
    assert f"slide: {first[0]}" in report and f"slide: {second[0]}" in report


@pytest.mark.slow
def test_parameters_that_are_the_recorded_ones_keep_the_recorded_texts(tmp_path):
    run = ["median", "--quick", "--slide", "--format", "svg", "--out", str(tmp_path)]
    assert main([*run, "--set", "points=100"]) == 0
    *slides, (_, picture) = [common.words_of(path) for path in sorted(tmp_path.glob("*.svg"))]
    module, numbers = FIGURES["median"], quick_numbers("median")
    before = "Drawn with the recorded parameters. "
    assert picture == before + module.ALT.format(**numbers)
    assert slides == [(one.title, before + one.alt) for one in module.slides(numbers)]


# The command


def test_the_command_draws_own_data(toy, tmp_path, capsys, monkeypatch):
    path, out, kept = tmp_path / "mine.csv", tmp_path / "a" / "b", tmp_path / "kept"
    path.write_text("mass\n1.5\n2.5\n4\n")
    monkeypatch.setattr(common, "OUT", kept)
    run = ["14.7", "--data", str(path), "--set", "sigma=0.4", "--out", str(out)]
    assert main([*run, "--format", "pdf", "--format", "svg"]) == 0
    check = six_digits([[1.5], [2.5], [4.0]])
    name = f"{toy.NAME}.sigma=0.4.data=mine.{check}"
    assert sorted(p.name for p in out.iterdir()) == [f"{name}.{s}" for s in ("json", "pdf", "svg")]
    assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    numbers = json.loads((out / f"{name}.json").read_text())
    assert numbers["data"] == "mine.csv" and numbers["sigma"] == 0.4
    assert numbers["data_points"] == [1.5, 2.5, 4.0]
    assert numbers["parameters"]["sigma"] == 0.4 and numbers["parameters"]["X"]["shape"] == [3, 1]
    said = capsys.readouterr().out
    assert said.startswith("figure 14.7 drawn from mine.csv (") and toy.TITLE not in said
    assert "changed sigma = 0.4, epochs = 1, X = 3 rows of 1 column" in said
    assert f"are in {out}\n" in said
    svg = (out / f"{name}.svg").read_text("utf-8")
    assert "Drawn with sigma = 0.4, epochs = 1, X = 3 rows of 1 column (mine.csv)." in svg
    assert svg.count("sigma = 0.4") == 2, "in the description and above the picture"
    assert ">figure 14.7 drawn from mine.csv</title>" in svg and toy.TITLE not in svg
    assert "What follows" not in svg and "Shaded bands" in svg
    assert not kept.exists()
    np.save(tmp_path / "mine.npy", [[1.5], [2.5], [4.0]])
    run[2] = str(tmp_path / "mine.npy")
    assert main([*run, "--format", "png"]) == 0
    assert (out / f"{name}.png").exists()
    same = json.loads((out / f"{name}.json").read_text())
    assert same["parameters"] == numbers["parameters"] and same["r"] == numbers["r"]


def test_a_figure_of_other_parameters_does_not_replace_the_recorded_one(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(common, "OUT", tmp_path)
    monkeypatch.setattr(common.emit, "__defaults__", (tmp_path,))
    assert main(["14.7", "--quick"]) == 0
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.name != "ALT.md"}
    assert main(["14.7", "--quick", "--set", "sigma=0.2"]) == 0
    after = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.name != "ALT.md"}
    assert {name: after[name] for name in before} == before
    new = {name.split(".quick")[0] for name in set(after) - set(before)}
    assert new == {f"{toy.NAME}.sigma=0.2"}


def six_digits(rows):
    return checksum(np.array(rows, np.float64))[:6]


@pytest.mark.slow
@pytest.mark.parametrize("stem", ["quick", "slide"])
def test_data_named_like_a_form_do_not_replace_the_recorded_figure(
    stem, toy, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(common, "OUT", tmp_path / "out")
    out = ["--out", "out"]
    assert main(["14.7", "--quick", *out]) == main(["14.7", "--slide", *out]) == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert any(name.startswith(f"{toy.NAME}.{stem}.") for name in before)
    for folder, x in (("a", 1.0), ("b", 2.0)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{stem}.csv").write_text(f"0\n{x}\n3\n")
        assert main(["14.7", "--set", "sigma=0.5", "--data", f"{folder}/{stem}.csv", *out]) == 0
    after = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 6


def test_a_run_is_resumed_in_its_own_folder(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(common, "OUT", tmp_path / "elsewhere")
    run, calls, short = ["14.7", "--out", str(tmp_path / "out")], [], toy.compute
    monkeypatch.setattr(toy, "compute", lambda **own: calls.append(1) or short(**own))
    assert main([*run, "--resume"]) == 0 and len(calls) == 1, "nothing was there"
    assert main([*run, "--resume"]) == 0 and len(calls) == 1, "it was there"
    run[-1] = str(tmp_path / "new")
    assert main([*run, "--resume"]) == 0 and len(calls) == 2, "it is in another folder"


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("kind", "listed"), [("svg", True), ("pdf", False)])
def test_the_list_of_pictures_is_named_where_it_is_written(
    kind, listed, toy, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(common, "OUT", tmp_path)
    monkeypatch.setattr(common.emit, "__defaults__", (tmp_path,))
    assert main(["14.7", "--quick", "--format", kind]) == 0
    assert ("ALT.md" in capsys.readouterr().out) == (tmp_path / "ALT.md").exists() == listed


def test_the_text_of_own_rows_is_not_that_of_other_parameters(toy, tmp_path):
    assert main(["14.7", "--set", "sigma=0.2", "--out", str(tmp_path)]) == 0
    svg = (tmp_path / f"{toy.NAME}.sigma=0.2.svg").read_text("utf-8")
    assert f">{toy.TITLE}</title>" in svg
    said = f"Drawn with sigma = 0.2, epochs = 1. {toy.TITLE}."
    assert common.words_of(tmp_path / f"{toy.NAME}.sigma=0.2.svg") == (toy.TITLE, said)
    assert "flat at the three data" not in svg, "that holds for the recorded parameters"


def test_names_of_files():
    assert own_name({"sigma": 0.1, "epochs": 50}, "") == ".sigma=0.1.epochs=50"
    two = [own_name({"X": np.full((2, 2), x)}, "my points.csv") for x in (0.0, 1.0)]
    assert two == [f".data=my points.{six_digits(np.full((2, 2), x))}" for x in (0, 1)]
    assert two[0] != two[1], "two files of one name"
    assert own_name(None, "") == own_name({}, "") == ""
    long = [own_name({"lambdas": (*range(60), last)}, "") for last in (1, 2)]
    assert len(set(long)) == 2 and all(len(name) == 9 for name in long)


@pytest.mark.one_in(6)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("14.7 --set sigm=1", "figure 14.7: the figure has no parameter 'sigm'; it has sigma"),
        ("14.7 --set sigma=-1", "sigma must be a number above 0, got '-1'|got -1.0"),
        ("14.7 --set sigma=7", "choose sigma between 0.01 and 1"),
        (
            "14.7 --set epochs=x",
            "epochs must be a whole number of at least 1 and at most 1000000000, got 'x'",
        ),
        ("14.1 --set sigma=1", "it has no parameters"),
        ("--set sigma=1", "for one figure: name it"),
        ("14.5 14.7 --set sigma=1", "for one figure: name it"),
        ("14.5 14.7 --data {two}", "for one figure: name it"),
        ("--data {two}", "for one figure: name it"),
        ("14.7 --data {two}", "at least 2 rows of 1 column, got 3 rows of 2 columns"),
        ("14.5 --data {two} --set sigma=1000", "choose sigma between"),
        ("14.5 --data {nan}", "line 2 holds nan in column 2"),
        ("14.5 --data {words}", "words.csv"),
        ("14.5 --data {gone}", "gone.csv"),
        ("zeros --data {two}", "at least 100 rows of any columns from 0 to 1, got 3 rows"),
        ("spacing --data {two}", "not drawn from a file of rows; it has lowest, highest"),
        ("14.7 --set sigma=1 --check", "compared with nothing"),
        ("14.9 --data {fifty} --slide", "14.9: its slides show the recorded data"),
        ("psd --data here --slide", "--slide"),
        ("14.7 --data {two} --record", "compared with nothing"),
        ("14.7 --set sigma=1 --spread 3", "compared with nothing"),
        ("14.7 --set sigma=1 --resume", "compared with nothing"),
        ("14.7 --set sigma=1 --from-numbers", "compared with nothing"),
        ("14.7 --out here --record", "leave --record and --spread out"),
        ("14.7 --format gif", "invalid choice"),
        ("14.7 --animate --set sigma=1", "--animate takes"),
        ("14.7 --animate --out here", "--animate takes"),
        ("14.7 --animate --data {two}", "--animate takes"),
        ("14.99 --list", "no figure 14.99"),
        ("14.7 --seed -1", "--seed must be at least 0, got -1"),
        ("14.8 --set digit=5 --data .", "no parameters where it is drawn from a folder"),
        ("norms --set strengths=100,1", "strengths must rise from each value to the next, got 100"),
        ("zeros --set lambdas=1,1", "lambdas must rise from each value to the next, got 1,1"),
        ("zeros --set sigmoid_lambdas=1,0", "sigmoid_lambdas must rise"),
        ("spacing --set lowest=0.3 --set highest=0.2", "lowest must be below highest, got 0.3"),
    ],
)
def test_wrong_options_are_refused(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.csv").write_text("1,200\n3,400\n5,900\n")
    (tmp_path / "nan.csv").write_text("1,2\n3,nan\n5,6\n")
    (tmp_path / "fifty.csv").write_text("".join(f"{i},{i % 7}\n" for i in range(50)))
    (tmp_path / "words.csv").write_text("1,2\n3,four\n5,6\n")
    files = {key: f"{key}.csv" for key in ("two", "nan", "words", "gone", "fifty")}
    with pytest.raises(SystemExit) as ended:
        main(arguments.format(**files).split())
    said = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 2 and any(part in said for part in words.split("|")), said


def test_the_list(capsys):
    assert main(["--list"]) == 0
    said = capsys.readouterr().out
    assert all(f"{number}: {module.TITLE}" in said for number, module in FIGURES.items())
    assert main(["--list", "14.5"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == f"14.5: {FIGURES['14.5'].TITLE} (14.5.1)"
    assert lines[0] == (
        "    --set sigma=0.05: a number above 0; with --data, by default in proportion to the rows"
    )
    assert lines[-1] == "    --data FILE: at least 2 rows of 2 columns"


@pytest.mark.slow
def test_an_interrupted_figure_leaves_nothing_half_written(toy, tmp_path, monkeypatch):
    """Neither a new file nor a part of one, whatever is being drawn when Ctrl-C comes."""
    out = tmp_path / "out"
    run = ["14.7", "--set", "sigma=0.2", "--out", str(out)]
    assert main(run) == 0
    whole = {p.name: p.read_bytes() for p in out.iterdir()}
    save, calls = common.save_figure, []

    def interrupted(figure, path):
        calls.append(path.suffix)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return save(figure, path)

    monkeypatch.setattr(common, "save_figure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main([*run, "--seed", "3"])
    assert calls == [".svg", ".png"]
    assert {p.name: p.read_bytes() for p in out.iterdir()} == whole
    monkeypatch.setattr(common, "save_figure", save)
    assert main([*run, "--seed", "3"]) == 0
    changed = {p.name for p in out.iterdir() if p.read_bytes() != whole[p.name]}
    assert len(changed) == 3

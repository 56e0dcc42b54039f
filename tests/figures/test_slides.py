"""Slides: one panel of 16:9, text for the last row, and a description for those who cannot see."""

import itertools
import json
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text

from figures import common, resuming, slide
from figures.__main__ import main
from figures.catalogue import FIGURES, FROM_FOLDER
from figures.making import slide_name
from tests.figures.quick_numbers import NUMBERS, quick
from tinyae.plotting import Figure, save_figure, style

LEAST = slide.SMALLEST * slide.HEIGHT * 72  # points


def smallest(figure):
    """The size in points of the smallest text that is drawn."""
    figure.draw_without_rendering()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return min(t.get_fontsize() for t in texts)


def grey(line):
    """The lightness of a line, as a printer without colours or a colour-blind eye sees it."""
    with style():
        return np.array(to_rgb(line.get_color())) @ [0.299, 0.587, 0.114]


def alike(a, b):
    """Whether two lines of a legend cannot be told apart without their colours."""
    looks = [
        (one.get_linestyle(), one.get_marker(), one.get_linewidth(), one.get_markerfacecolor())
        for one in (a, b)
    ]
    filled = looks[0][3] == a.get_color() and looks[1][3] == b.get_color()
    same = looks[0][:3] == looks[1][:3] and (filled or looks[0][3] == looks[1][3])
    return same and abs(grey(a) - grey(b)) < 0.1


def check(shown):
    """Check one slide."""
    assert isinstance(shown, slide.Slide)
    width, height = shown.get_size_inches()
    assert width / height == pytest.approx(16 / 9)
    assert smallest(shown) >= LEAST
    panels = [axes for axes in shown.axes if axes.get_label() != "<colorbar>"]
    assert len(panels) == 1
    (axes,) = panels
    assert not axes.axison or (axes.get_xlabel() and axes.get_ylabel())
    assert axes.get_title() == ""
    title = shown._suptitle.get_text()
    assert title.replace("\n", " ") == shown.title and title.count("\n") <= 1
    assert 10 < len(shown.title) <= 90 and not shown.title.endswith(".")
    assert shown.title[0].isupper() or shown.title.startswith("r(x)")
    assert 80 < len(shown.alt) and shown.alt.endswith(".") and "{" not in shown.alt
    for text in (shown._suptitle, axes.xaxis.label, axes.yaxis.label):
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= shown.bbox.width, text.get_text()
        assert box.y0 >= 0 and box.y1 <= shown.bbox.height, text.get_text()
    assert axes.get_legend() is None, "a legend of the axes may cover data"
    for legend in shown.legends:
        box = legend.get_window_extent()
        assert not box.overlaps(axes.bbox)
        assert box.x0 >= 0 and box.x1 <= shown.bbox.width
        lines = [one for one in legend.legend_handles if isinstance(one, Line2D)]
        for a, b in itertools.combinations(lines, 2):
            assert not alike(a, b), (a.get_label(), b.get_label())


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_slides(number, tmp_path, monkeypatch):
    module = FIGURES[number]
    monkeypatch.setattr(common, "OUT", tmp_path)
    path = tmp_path / f"{module.NAME}.json"
    path.write_text(json.dumps(quick(number), default=common._plain))
    numbers = common.read_numbers(module.NAME, tmp_path)  # as with --from-numbers
    module.draw(numbers)
    shown = module.slides(numbers)
    assert 1 <= len(shown) <= 3
    assert len({one.title for one in shown}) == len({one.alt for one in shown}) == len(shown)
    for i, one in enumerate(shown, start=1):
        check(one)
        name = slide_name(module.NAME, i)
        path = common.emit_svg(name, one, tmp_path, title=one.title, alt=one.alt)
        root = ElementTree.parse(path).getroot()
        assert root[0].tag.endswith("}title") and root[0].text == one.title
        assert root[1].tag.endswith("}desc") and root[1].text == one.alt
        named = root.get("aria-labelledby").split()
        assert [part.get("id") for part in root[:2]] == named and root.get("role") == "img"
        size = [float(root.get(side).removesuffix("pt")) for side in ("width", "height")]
        assert size == pytest.approx([72 * slide.WIDTH, 72 * slide.HEIGHT])
    text = common.write_alt().read_text("utf-8")
    for i, one in enumerate(shown, start=1):
        assert f"## {slide_name(module.NAME, i)}\n\n**{one.title}**\n\n{one.alt}\n" in text


@pytest.mark.parametrize("number", NUMBERS)
def test_description_of_the_figure(number):
    module = FIGURES[number]
    alt = module.ALT.format(**quick(number))
    assert len(alt) > 150 and alt.endswith(".") and "{" not in alt and "nan" not in alt


@pytest.mark.parametrize("module", FROM_FOLDER.values(), ids=lambda module: module.NAME)
def test_figures_of_real_pictures_have_a_description(module):
    assert len(module.ALT) > 150


@pytest.mark.slow
def test_checks_notice_a_bad_slide():
    """A slide with small text, a second panel, a legend on the data, or like lines in grey."""

    def drawn(spoil):
        title = "A title that says something"
        with slide.slide(title, "What is seen here, and what it means. " * 3 + "So.") as (
            one,
            axes,
        ):
            axes.plot([0, 1], label="a")
            axes.plot([1, 0], "--", label="b")
            axes.set(xlabel="x", ylabel="y")
            slide.legend(axes)
            spoil(one, axes)
        return one

    check(drawn(lambda one, axes: None))
    for spoil in (
        lambda one, axes: axes.text(0, 0, "small", fontsize=12),
        lambda one, axes: axes.tick_params(labelsize=8),
        lambda one, axes: one.add_subplot(2, 2, 1),
        lambda one, axes: axes.legend(),
        lambda one, axes: axes.set_ylabel(""),
        lambda one, axes: axes.set_xlabel("long " * 40),
        lambda one, axes: one.set_size_inches(12, 9),
        lambda one, axes: one.legends[0].legend_handles[1].set(linestyle="-", color="black"),
    ):
        with pytest.raises(AssertionError):
            check(drawn(spoil))
    with pytest.raises(ValueError, match="at most 90 characters"):
        slide.Slide("long " * 19, "")


def test_a_picture_without_a_description_stays_out_of_the_list(tmp_path, monkeypatch):
    monkeypatch.setattr(common, "OUT", tmp_path)
    save_figure(Figure(), tmp_path / "old.svg")
    common.emit_svg("new", Figure(), tmp_path, title="a < b & c", alt="Two things: x < y.")
    text = common.write_alt().read_text("utf-8")
    assert "old" not in text and "**a < b & c**\n\nTwo things: x < y." in text


def test_numbers_come_back_from_their_file(tmp_path):
    numbers = {"a": 0.1, "n": 3, "w": "word", "x": np.linspace(0, 1, 4), "i": np.arange(3),
               "yes": np.array([[True, False]]), "gap": np.array([np.nan, 1.0])}  # fmt: skip
    path = tmp_path / "f.json"
    path.write_text(json.dumps(numbers, default=common._plain))
    found = common.read_numbers("f", tmp_path)
    assert (found["a"], found["n"], found["w"]) == (0.1, 3, "word")
    for key in ("x", "i", "yes", "gap"):
        np.testing.assert_allclose(found[key], numbers[key], rtol=1e-5)
        assert found[key].dtype == numbers[key].dtype
    with pytest.raises(FileNotFoundError, match="without --from-numbers"):
        common.read_numbers("g", tmp_path)
    path.write_text(path.read_text()[:20])
    with pytest.raises(OSError, match="f.json is damaged .* without --from-numbers"):
        common.read_numbers("f", tmp_path)


@pytest.mark.slow
def test_command_line_draws_slides_from_numbers(tmp_path, monkeypatch, capsys):
    module = FIGURES["14.7"]
    monkeypatch.setattr(common, "OUT", tmp_path)
    for function in (common.emit, common.emit_picture, common.read_numbers):
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    numbers = quick("14.7")
    monkeypatch.setattr(module, "compute", lambda seed, quick: numbers)
    assert main(["14.7", "--quick", "--slide"]) == 0
    assert "    slide: Every x moves to a datum" in capsys.readouterr().out
    name = f"{module.NAME}.quick"
    wanted = {f"{name}{form}" for form in (".svg", ".png", ".json", ".slide.svg", ".slide.png")}
    assert {path.name for path in tmp_path.iterdir()} == wanted | {"ALT.md"}
    (tmp_path / f"{name}.slide.svg").unlink()
    monkeypatch.setattr(module, "compute", None)
    assert main(["14.7", "--quick", "--slide", "--from-numbers", "--check"]) == 0
    assert (tmp_path / f"{name}.slide.svg").exists()
    text = (tmp_path / "ALT.md").read_text("utf-8")
    (tmp_path / f"{name}.json").write_text('{"fixed_points": 5}')
    with pytest.raises(OSError, match="such as those of an older version"):
        main(["14.7", "--quick", "--from-numbers"])
    assert text.count("## ") == 2 and quick("14.7")["fixed_points"] == 5 and "at 5 points" in text


@pytest.mark.slow
def test_an_interrupted_run_computes_only_what_is_left(tmp_path, monkeypatch, capsys):
    """Other seeds, other forms and other code are computed anew, and so is a damaged file."""
    monkeypatch.setattr(common, "OUT", tmp_path)
    for function in (common.emit, common.emit_picture, common.read_numbers):
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    numbers = {number: quick(number) for number in ("14.6", "14.7")}
    computed, ended = [], []
    for number in numbers:

        def compute(seed, quick, number=number):
            if len(computed) == 1 and not ended:
                raise KeyboardInterrupt
            computed.append((number, seed))
            return numbers[number]

        monkeypatch.setattr(FIGURES[number], "compute", compute)
        monkeypatch.setattr(FIGURES[number], "draw", lambda numbers: Figure(figsize=(1, 1)))
    run = ["14.6", "14.7", "--quick", "--jobs", "1"]
    with pytest.raises(KeyboardInterrupt):
        main(run)
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name.split(".")[0] for name in whole} == {FIGURES["14.6"].NAME}
    ended.append(True)
    assert main([*run, "--resume", "--check"]) == 0
    assert computed == [("14.6", 0), ("14.7", 0)]
    assert capsys.readouterr().out.count("all within tolerance") == 2
    file = tmp_path / f"{FIGURES['14.6'].NAME}.quick.json"
    assert file.read_bytes() == whole[file.name]
    assert main(["14.6", "--quick", "--resume", "--seed", "1"]) == 0
    assert main(["14.6", "--quick", "--resume"]) == 0
    file.write_bytes(whole[file.name][:-30])
    assert main(["14.6", "--quick", "--resume"]) == 0
    monkeypatch.setattr(resuming, "code", lambda: "other")
    assert main(["14.6", "--quick", "--resume"]) == 0
    assert computed[2:] == [("14.6", 1), ("14.6", 0), ("14.6", 0), ("14.6", 0)]


def test_a_change_of_the_code_is_noticed(tmp_path):
    folders = tmp_path / "library", tmp_path / "figures"
    for folder in folders:
        folder.mkdir()
        (folder / "a.py").write_text("1")
    measure = resuming.code.__wrapped__
    before = measure(folders)
    assert measure(folders) == before
    (folders[1] / "a.py").write_text("2")
    after = measure(folders)
    (folders[1] / "a.py").write_text("1")
    (folders[1] / "a.py").rename(folders[1] / "b.py")
    assert len({before, after, measure(folders)}) == 3


@pytest.mark.parametrize(
    "arguments",
    ["psd --slide --data folder", "14.7 --from-numbers --record", "14.7 --from-numbers --spread 2",
     "14.7 --from-numbers --seed 1", "14.7 --spread 2 --slide", "14.6 --animate",
     "14.7 --animate --slide", "14.7 --animate --check", "14.7 --animate --resume",
     "14.7 --resume --from-numbers", "14.7 --resume --spread 2", "psd --resume --data folder"],
)  # fmt: skip
def test_options_that_exclude_each_other(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments.split())
    assert "error: " in capsys.readouterr().err

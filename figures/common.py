"""What all figures share: the folder of the pictures, the files of numbers, and their comparison.

A figure is a module with these members:

- `NUMBER`, `NAME` and `TITLE`: its number on the command line, the name of its files, its title;
- `compute(seed, quick) -> dict`: the numbers and arrays, from a module of `figures/experiments`.
  Its keywords after `quick` are what a reader may change (`figures/parameters.py`);
- `draw(numbers) -> Figure`: the picture of these numbers;
- `slides(numbers) -> tuple[Slide, ...]`: one or a few slides of them (`figures/slide.py`);
- `ALT`: what is seen in the picture and what it means, for those who cannot see it; a name in
  braces stands for a number, as in `str.format`;
- `ALT_OWN`, where a figure is drawn from a user's rows: what is seen in that picture;
- `OWN_SLIDES`, where True: it has slides of a user's rows too;
- `CHECKED`: the names of the headline numbers that are compared with the recorded ones.

The tolerance of each number is four times its standard deviation over the seeds 1 to 20 in the
quick form. `python -m figures --spread 20` measures it and records it for both forms.

A figure that can be drawn from real pictures also has `from_folder(folder)`, whose result is the
argument `pictures` of its `compute`, and `DRAWN_FROM`, a word for the names of these files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import numpy as np

from tinyae.files.replacement import replacing
from tinyae.plotting import Figure, save_figure

HERE = Path(__file__).parent
# Beside the scripts in a checkout, but never in the folder of an installed package.
OUT = HERE / "out" if __package__ == "figures" else Path.cwd() / "figures" / "out"
EXPECTED = HERE / "expected"
DEVIATIONS, ROUNDING = 4.0, 1e-6
FORMATS, KNOWN_FORMATS = ("svg", "png"), ("svg", "png", "pdf")
SVG = "http://www.w3.org/2000/svg"


def headline(numbers: dict) -> dict[str, float]:
    """Return the entries of `numbers` that are single numbers or strings, without the arrays."""
    return {k: v for k, v in numbers.items() if isinstance(v, (int, float, str))}


def emit(name: str, numbers: dict, figure: Figure, folder: Path = OUT, *, title: str = "",
         alt: str = "", formats: Sequence[str] = FORMATS) -> list[Path]:  # fmt: skip
    """Write NAME.svg, NAME.png and NAME.json to the folder; return their paths.

    The JSON file holds all the numbers, arrays as lists, and null for what is not finite, because
    JSON has neither NaN nor infinity. `title` and `alt` are written into the SVG (see `described`).
    `formats` are those of the picture. An interruption while the picture is drawn changes no file.
    """
    text = json.dumps(_finite(numbers), default=_plain, indent=1, allow_nan=False) + "\n"
    paths = emit_picture(name, figure, folder, title=title, alt=alt, formats=formats)
    path = folder / f"{name}.json"
    _write(path, text)
    return [*paths, path]


def emit_picture(name: str, figure: Figure, folder: Path = OUT, *, title: str = "",
                 alt: str = "", formats: Sequence[str] = FORMATS) -> list[Path]:  # fmt: skip
    """Write NAME.svg with its title and description, and NAME.png; return their paths.

    `formats` are the suffixes of other files. All are drawn before the first is written.
    """
    drawn = {}
    with TemporaryDirectory() as place:
        for kind in formats:
            drawn[kind] = save_figure(figure, Path(place) / f"drawn.{kind}").read_bytes()
            figure.set_layout_engine("none")  # the others keep these places
    if "svg" in drawn and alt:
        drawn["svg"] = described(drawn["svg"].decode("utf-8"), title, alt).encode("utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"{name}.{kind}" for kind in formats}
    for kind, picture in drawn.items():
        with replacing(paths[kind]) as stream:
            stream.write(picture)
    return list(paths.values())


def emit_svg(name: str, figure: Figure, folder: Path = OUT, *, title: str, alt: str) -> Path:
    """Write NAME.svg; without a description it has no title either. Return its path."""
    return emit_picture(name, figure, folder, title=title, alt=alt, formats=("svg",))[0]


def _write(path: Path, text: str) -> None:
    """Write a text file as a whole, so that an interruption leaves no part of one."""
    with replacing(path) as stream:
        stream.write(text.encode("utf-8"))


def described(svg: str, title: str, alt: str) -> str:
    """Return an SVG with <title> and <desc>, which screen readers read aloud.

    They are the first children of <svg>, as SVG 1.1 section 5.4 asks, and the attributes `role` and
    `aria-labelledby` name them.
    """
    begin = svg.index("<svg ")
    end = svg.index(">", begin)
    return (
        f'{svg[:end]} role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(alt)}</desc>'
        f"{svg[end + 1 :]}"
    )


def words_of(path: Path) -> tuple[str, str]:
    """Return the title and the description that `described` wrote into an SVG file, or ""."""
    root = ElementTree.parse(path).getroot()
    title, alt = (root.findtext(f"{{{SVG}}}{tag}", "") for tag in ("title", "desc"))
    return title, alt


def write_alt() -> Path:
    """Write ALT.md: the title and the description of every picture in the folder `OUT`."""
    folder = OUT
    entries = ["# What the pictures show\n"]
    for path in sorted(folder.glob("*.svg")):
        title, alt = words_of(path)
        if alt:
            entries.append(f"## {path.stem}\n\n**{title}**\n\n{alt}\n")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ALT.md"
    _write(path, "\n".join(entries))
    return path


def read_numbers(name: str, folder: Path = OUT) -> dict:
    """Return the numbers of NAME.json; a list of numbers is an array again, and null is NaN.

    Raises FileNotFoundError if the figure was not computed before, and OSError if the file is no
    JSON.
    """
    path = folder / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: draw the figure without --from-numbers")
    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OSError(
            f"{path} is damaged ({error}): draw the figure without --from-numbers"
        ) from None
    return {key: _read(value) for key, value in numbers.items()}


def _read(value):
    """Return an array in place of a list, and NaN in place of null."""
    if isinstance(value, list):
        read = np.array(value)
        return read.astype(float) if read.dtype == object else read
    return np.nan if value is None else value


def _finite(value):
    """Return None in place of a number that is not finite, also inside lists and dicts."""
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _plain(value):
    """Turn NumPy values into lists and numbers for JSON; arrays are rounded to six digits."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biu":
        return value.tolist()
    if isinstance(value, np.ndarray):
        numbers = value.ndim == 1
        return [_finite(float(f"{v:.6g}")) if numbers else _plain(v) for v in value]
    if isinstance(value, np.generic):
        return _finite(value.item())
    raise TypeError(f"a figure returned a {type(value).__name__}")


def compare(numbers: dict, expected: dict[str, dict], checked: Sequence[str]) -> list[str]:
    """Return one line for each number of `checked` that is outside its tolerance or missing."""
    problems = []
    for key in checked:
        if key not in numbers or key not in expected:
            where = "the figure" if key not in numbers else "the expected numbers"
            problems.append(f"{key} is missing from {where}")
            continue
        value, allowed = expected[key]["value"], tolerance(expected[key])
        if not abs(numbers[key] - value) <= allowed:
            problems.append(f"{key} = {numbers[key]:.6g}, expected {value:.6g} ± {allowed:.2g}")
    return problems


def tolerance(recorded: dict) -> float:
    """Return how far a number may be from its recorded value: four standard deviations over seeds.

    A number that does not depend on the seed may differ by rounding only.
    """
    rounding = ROUNDING * max(1.0, abs(recorded["value"]))
    return max(DEVIATIONS * recorded["deviation"], rounding)


def recorded(numbers: dict, old: dict[str, dict], checked: Sequence[str]) -> dict[str, dict]:
    """Return the values of these numbers with the deviations that were measured before, or 0."""
    return {
        key: {"value": numbers[key], "deviation": old.get(key, {}).get("deviation", 0.0)}
        for key in checked
    }


def with_spread(old: dict[str, dict], found: Sequence[dict]) -> dict[str, dict]:
    """Return the recorded numbers with their standard deviation over `found`, one dict per seed."""
    return {
        key: {**one, "deviation": float(np.std([numbers[key] for numbers in found], ddof=1))}
        for key, one in old.items()
    }


def write_expected(path: Path, numbers: dict[str, dict]) -> None:
    """Write recorded numbers."""
    _write(path, json.dumps(numbers, indent=1) + "\n")

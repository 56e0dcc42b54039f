"""The list of all figures in the chapter's order, and the function that makes and checks one."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from textwrap import wrap

from tinyae.plotting import Figure

from . import (
    common,
    fig_14_01_structure,
    fig_14_02_stochastic,
    fig_14_03_graph,
    fig_14_04_corruption,
    fig_14_05_vector_field,
    fig_14_06_tangent,
    fig_14_07_three_points,
    fig_14_08_neighbors,
    fig_14_08_turntable,
    fig_14_09_pancakes,
    fig_14_10_colour,
    fig_14_10_tangents,
    fig_centre,
    fig_consistency,
    fig_copies,
    fig_deep_codes,
    fig_denoising,
    fig_depth,
    fig_descent,
    fig_digit_tangents,
    fig_energy,
    fig_factor,
    fig_filters,
    fig_hashing,
    fig_helmholtz,
    fig_hypercube,
    fig_median,
    fig_norms,
    fig_outputs,
    fig_point_estimate,
    fig_psd,
    fig_recirculation,
    fig_samples,
    fig_sigmas,
    fig_slopes,
    fig_small_noise,
    fig_spacing,
    fig_spectrum,
    fig_variational,
    fig_zeros,
    parameters,
)
from .resuming import MADE, is_finished, made

MODULES = (  # in the chapter's order
    fig_14_01_structure,
    fig_recirculation,
    fig_centre,
    fig_zeros,
    fig_point_estimate,
    fig_filters,
    fig_helmholtz,
    fig_deep_codes,
    fig_depth,
    fig_outputs,
    fig_14_02_stochastic,
    fig_variational,
    fig_14_03_graph,
    fig_denoising,
    fig_median,
    fig_14_04_corruption,
    fig_factor,
    fig_14_05_vector_field,
    fig_sigmas,
    fig_consistency,
    fig_slopes,
    fig_energy,
    fig_copies,
    fig_samples,
    fig_14_06_tangent,
    fig_14_08_neighbors,
    fig_14_09_pancakes,
    fig_14_07_three_points,
    fig_spacing,
    fig_small_noise,
    fig_norms,
    fig_hypercube,
    fig_spectrum,
    fig_14_10_tangents,
    fig_digit_tangents,
    fig_psd,
    fig_descent,
    fig_hashing,
)
LONGEST_NAME = 80  # characters that parameters add to the name of a file
FIGURES = {module.NUMBER: module for module in MODULES}
# These figures have slides of a user's rows too.
OWN_SLIDES = [module.NUMBER for module in MODULES if getattr(module, "OWN_SLIDES", False)]
# With --data these modules draw a figure: they call compute(pictures=from_folder(FOLDER)).
FROM_FOLDER = {
    module.NUMBER: module
    for module in (
        fig_deep_codes,
        fig_14_08_turntable,
        fig_14_10_colour,
        fig_psd,
        fig_digit_tangents,
    )  # fmt: skip
}


def figure(
    number: str,
    *,
    seed: int,
    quick: bool,
    record: bool,
    check: bool,
    pictures: object = None,
    slide: bool = False,
    from_numbers: bool = False,
    resume: bool = False,
    own: Mapping[str, object] | None = None,
    data_name: str = "",
    out: Path | None = None,
    formats: Sequence[str] = common.FORMATS,
) -> tuple[str, bool]:
    """Compute and draw one figure; return a report and whether a check failed.

    `pictures` is the result of the figure's `from_folder` if it is drawn from a folder, else None.
    With `slide` its slides are drawn too, as NAME.slide.svg, NAME.slide_2.svg and so on. With
    `from_numbers` the numbers are those that were written before, and nothing is trained; with
    `resume` too, if the same code wrote them with the same seed.

    `own` are parameters of the figure that take the place of the recorded ones. The files then have
    a name that says so, and the picture a line with the parameters above it. `data_name` is the
    name of the file that holds the data among them. The files go to the folder `out`, by default
    `common.OUT`.
    """
    module = FIGURES[number] if pictures is None else FROM_FOLDER[number]
    start = time.perf_counter()
    given = dict(own or {}) if pictures is None else {"pictures": pictures}
    drawn_from = own_name(own, data_name) if pictures is None else f".{module.DRAWN_FROM}"
    name = module.NAME + drawn_from + ".quick" * quick
    rows = bool(own) and "X" in own  # whether a user's data are drawn
    title = f"figure {number} drawn from {data_name or 'other data'}" if rows else module.TITLE
    where = {} if out is None else {"folder": out}
    how = {} if formats == common.FORMATS else {"formats": formats}
    from_numbers = from_numbers or (resume and is_finished(name, seed, out))
    if from_numbers:
        numbers = common.read_numbers(name, **where)
    else:
        numbers = module.compute(seed=seed, quick=quick, **given)
        if data_name:
            numbers = {**numbers, "data": data_name}
    try:
        words = getattr(module, "ALT_OWN", module.ALT) if rows else module.ALT
        alt, drawn = words.format(**numbers), module.draw(numbers)
        shown = module.slides(numbers) if slide else ()
    except (LookupError, TypeError) as error:
        if not from_numbers:
            raise
        raise OSError(
            f"{name}.json holds other numbers than the figure needs, such as those of an older "
            f"version ({error!r}): draw figure {number} without --from-numbers"
        ) from error
    if own:
        words = numbers.get("changed", "the recorded parameters")
        words = f"{words} ({data_name})" if data_name else words
        adapted = getattr(module, "OWN_TITLES", False)
        note(drawn, words + "; titles say what the recorded parameters show" * (not adapted))
        if not rows or not hasattr(module, "ALT_OWN"):
            alt = f"What follows was written of the picture with the recorded parameters. {alt}"
        alt = f"Drawn with {words}. {alt}"
        for one in shown:
            one.retitle(title[0].upper() + title[1:], words)
            one.alt = (
                f"Drawn with {words}. What follows was written of the slide with the "
                f"recorded parameters. {one.alt}"
            )
    if from_numbers:
        common.emit_picture(name, drawn, **where, title=title, alt=alt, **how)
    else:
        by = {MADE: made(seed)} if pictures is None else {}
        common.emit(name, numbers | by, drawn, **where, title=title, alt=alt, **how)
    for i, one in enumerate(shown, start=1):
        common.emit_picture(slide_name(name, i), one, **where, title=one.title, alt=one.alt, **how)
    report = [f"figure {number}: {module.TITLE} ({time.perf_counter() - start:.1f} s)"]
    report += [f"    slide: {one.title}" for one in shown]
    for key, value in common.headline(numbers).items():
        line = f"{key} {value}" if isinstance(value, str) else f"{key:<26} {value:.6g}"
        report.append(f"    {line}")
    path = common.EXPECTED / f"{name}.json"
    expected = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if record:
        common.write_expected(path, common.recorded(numbers, expected, module.CHECKED))
    problems = []
    if check:
        problems = common.compare(numbers, expected, module.CHECKED)
        report.append("    check: " + ("; ".join(problems) or "all within tolerance"))
    return "\n".join(report), bool(problems)


def own_name(own: Mapping[str, object] | None, data_name: str) -> str:
    """Return what the parameters and the data add to the name of the files, such as ".sigma=0.1".

    A very long list of values is replaced by a checksum. A part of the checksum of the rows stands
    after the name of their file, since files in two folders may have one name.
    """
    plain = {name: value for name, value in (own or {}).items() if name != "X"}
    text = "".join(f".{name}={parameters.text(value)}" for name, value in plain.items())
    if len(text) > LONGEST_NAME:
        text = f".{sha256(text.encode()).hexdigest()[:8]}"
    if own and "X" in own:
        text += f".data={Path(data_name).stem[:60]}.{parameters.checksum(own['X'])[:6]}"
    return text


def note(drawn: Figure, words: str) -> None:
    """Write a line above a picture. Below it, it would meet the legend when the file is cropped."""
    drawn.text(0.01, 1.01, "\n".join(wrap(words, 90)), va="bottom", fontsize=9, color="0.35")


def listed(number: str) -> str:
    """Return what --list shows of a figure: name, section, title and parameters."""
    module = FIGURES[number]
    section = getattr(module, "SECTION", "")
    lines = [f"{number}: {module.TITLE}" + f" ({section})" * bool(section)]
    lines += [f"    {line}" for line in parameters.described(module.compute)]
    if number in FROM_FOLDER:
        lines.append("    --data FOLDER: real pictures")
    return "\n".join(lines)


def slide_name(name: str, i: int) -> str:
    """Return the name of the files of slide i = 1, 2, … of a figure."""
    return f"{name}.slide" + (f"_{i}" if i > 1 else "")


def spread(number: str, *, seeds: int) -> tuple[str, bool]:
    """Measure how the numbers of a quick figure vary over the seeds; record it for both forms.

    The seeds are 1 to `seeds`. Return a report, and whether a record is missing.
    """
    module = FIGURES[number]
    paths = [common.EXPECTED / f"{module.NAME}{form}.json" for form in (".quick", "")]
    if not all(path.exists() for path in paths):
        return (
            f"figure {number}: record its numbers first (--record, with and without --quick)",
            True,
        )
    found = [module.compute(seed=seed, quick=True) for seed in range(1, seeds + 1)]
    lines = [f"figure {number}: {module.TITLE}, {seeds} seeds"]
    for path in paths:
        expected = common.with_spread(json.loads(path.read_text("utf-8")), found)
        common.write_expected(path, expected)
        for key, one in expected.items():
            lines.append(f"    {key:<26} {one['value']:.6g} ± {common.tolerance(one):.2g}")
    return "\n".join(lines), False

"""The list of all figures in the chapter's order, and the function that makes and checks one."""

from __future__ import annotations

import json
import time

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
FIGURES = {module.NUMBER: module for module in MODULES}
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
) -> tuple[str, bool]:
    """Compute and draw one figure; return a report and whether a check failed.

    `pictures` is the result of the figure's `from_folder` if it is drawn from a folder, else None.
    With `slide` its slides are drawn too, as NAME.slide.svg, NAME.slide_2.svg and so on. With
    `from_numbers` the numbers are those that were written before, and nothing is trained; with
    `resume` too, if the same code wrote them with the same seed.
    """
    module = FIGURES[number] if pictures is None else FROM_FOLDER[number]
    start = time.perf_counter()
    given = {} if pictures is None else {"pictures": pictures}
    drawn_from = "" if pictures is None else f".{module.DRAWN_FROM}"
    name = module.NAME + drawn_from + ".quick" * quick
    from_numbers = from_numbers or (resume and is_finished(name, seed))
    if from_numbers:
        numbers = common.read_numbers(name)
    else:
        numbers = module.compute(seed=seed, quick=quick, **given)
    try:
        alt, drawn = module.ALT.format(**numbers), module.draw(numbers)
        shown = module.slides(numbers) if slide else ()
    except (LookupError, TypeError) as error:
        if not from_numbers:
            raise
        raise OSError(
            f"{name}.json holds other numbers than the figure needs, such as those of an older "
            f"version ({error!r}): draw figure {number} without --from-numbers"
        ) from error
    if from_numbers:
        common.emit_picture(name, drawn, title=module.TITLE, alt=alt)
    else:
        by = {MADE: made(seed)} if pictures is None else {}
        common.emit(name, numbers | by, drawn, title=module.TITLE, alt=alt)
    for i, one in enumerate(shown, start=1):
        common.emit_picture(slide_name(name, i), one, title=one.title, alt=one.alt)
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

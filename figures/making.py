"""One figure made: its numbers, its picture and slides, its files, and the check of its numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from . import common
from .catalogue import FIGURES, FROM_FOLDER
from .own_names import note, own_name
from .resuming import MADE, is_finished, made
from .slide import capital


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
        alt, drawn = _description(module, numbers, rows), module.draw(numbers)
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
        note(drawn, words)
        alt = f"Drawn with {words}. {alt}"
        for one in shown:
            other, said = one.title, one.alt
            if "changed" in numbers:
                other = f"{title}: {one.other}" if rows and one.other else one.other or title
                said = one.alt if rows else f"{capital(other)}."
            one.retitle(other, words)
            one.alt = f"Drawn with {words}. {said}"
    if from_numbers:
        common.emit_picture(name, drawn, **where, title=title, alt=alt, **how)
    else:
        by = {MADE: made(seed)} if pictures is None else {}
        common.emit(name, numbers | by, drawn, **where, title=title, alt=alt, **how)
    for i, one in enumerate(shown, start=1):
        common.emit_picture(slide_name(name, i), one, **where, title=one.title, alt=one.alt, **how)
    named = title if rows else f"figure {number}: {title}"
    report = [f"{named} ({time.perf_counter() - start:.1f} s)"]
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


def _description(module: ModuleType, numbers: dict, rows: bool) -> str:
    """Return what is seen in the picture of these numbers.

    The recorded text holds for the recorded parameters only. With others it is the title, and with
    a user's rows the text that the figure has for them.
    """
    if rows and hasattr(module, "ALT_OWN"):
        return module.ALT_OWN.format(**numbers)
    if "changed" in numbers:
        return f"{capital(module.TITLE)}."
    return module.ALT.format(**numbers)


def slide_name(name: str, i: int) -> str:
    """Return the name of the files of slide i = 1, 2, … of a figure."""
    return f"{name}.slide" + (f"_{i}" if i > 1 else "")

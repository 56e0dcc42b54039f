"""The animations, and the function that makes one.

An animation is a module with these members:

- `NUMBER`, `NAME` and `TITLE`: the figure that it belongs to, the name of its files, its title;
- `ALT`: what is seen and what it means;
- `compute(seed, quick) -> dict`: the numbers of all frames;
- `draw(numbers) -> Film`: the figure, the number of frames, and a function that draws frame i.

It is written as NAME.gif, and its last frame as NAME.svg and NAME.png for a printed page.
"""

from __future__ import annotations

import time
from pathlib import Path

from tinyae.drawing.animation import save_animation

from . import common, film_recirculation, film_spiral, film_three_points
from .slide import Film, slide_style

MODULES = (film_recirculation, film_spiral, film_three_points)
FILMS = {module.NUMBER: module for module in MODULES}
MOST = 3_000_000  # bytes


def film(number: str, *, seed: int, quick: bool) -> tuple[str, bool]:
    """Compute and write one animation; return a report and whether its file is too large."""
    module = FILMS[number]
    start = time.perf_counter()
    shown = module.draw(module.compute(seed=seed, quick=quick))
    name = module.NAME + ".quick" * quick
    path = write(shown, common.OUT / f"{name}.gif")
    common.emit_picture(name, shown.figure, common.OUT, title=module.TITLE, alt=module.ALT)
    size = path.stat().st_size
    report = (
        f"animation {number}: {module.TITLE} ({time.perf_counter() - start:.1f} s)\n"
        f"    {shown.frames} frames, {size / 1e6:.2f} MB"
    )
    if size > MOST:
        report += f": more than {MOST / 1e6:g} MB"
    return report, size > MOST


def write(shown: Film, path: Path) -> Path:
    """Write all frames as a GIF that repeats for ever; return its path."""
    shown.figure.draw_without_rendering()
    shown.figure.set_layout_engine("none")  # the axes stay where they are, and frames are quick
    with slide_style():
        return save_animation(shown.figure, shown.frames, shown.show, path,
                              per_second=shown.per_second)  # fmt: skip

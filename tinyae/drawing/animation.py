"""An animated GIF of a figure that changes from frame to frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.animation import PillowWriter
from matplotlib.figure import Figure

from tinyae.files.replacement import replacing

HOLD = 3.0  # seconds for which the last frame stays
DOTS = 60  # per inch: a slide of 12.8 × 7.2 inches has 768 × 432 pixels


def save_animation(
    figure: Figure,
    frames: int,
    show: Callable[[int], None],
    path: Path,
    *,
    per_second: float,
) -> Path:
    """Write a GIF that repeats for ever, and return its path.

    The file is replaced as a whole: after an error or an interruption, an older file is as before.

    Parameters
    ----------
    figure : what is drawn
    frames : their number
    show : called as show(i) before frame i is drawn
    path : of the file; its folder is made if it does not exist
    per_second : frames in a second
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        made = Path(folder) / "animation.gif"
        writer = PillowWriter(fps=per_second)  # type: ignore[arg-type]  # less than 1 works too
        with writer.saving(figure, made, DOTS):
            for i in range(frames):
                show(i)
                writer.grab_frame()
            for _ in range(round(HOLD * per_second)):  # equal frames are stored as one long one
                writer.grab_frame()
        with replacing(path) as stream:
            stream.write(made.read_bytes())
    return path

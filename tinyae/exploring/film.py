"""The explorer without its controls as an animated GIF, or as a picture, for a talk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tinyae.drawing.animation import save_animation
from tinyae.drawing.canvas import save_figure
from tinyae.exploring.explorer import Explorer

PER_SECOND = 8  # frames


def write_film(
    explorer: Explorer,
    path: Path,
    *,
    frames: int,
    every: int,
    report: Callable[[int], None] = lambda frame: None,
) -> Path:
    """Train, and write a GIF, or for another suffix a picture of the last frame; return its path.

    All frames and pictures have the size of the window, in inches.

    Parameters
    ----------
    explorer : before its training
    path : of the file
    frames : their number; the first one is drawn before training
    every : epochs from one frame to the next
    report : called with the number of each frame that is done, from 1

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C ended the training. No file was written.
    """

    def train(frame: int) -> None:
        for _ in range(every if frame else 0):
            if not explorer.learner.train():
                raise KeyboardInterrupt
        report(frame + 1)

    def show(frame: int) -> None:
        train(frame)
        explorer.redraw()

    if path.suffix.lower() == ".gif":
        return save_animation(explorer.figure, frames, show, path, per_second=PER_SECOND)
    for frame in range(frames):
        train(frame)
    explorer.redraw()
    return save_figure(explorer.figure, path, whole=True)

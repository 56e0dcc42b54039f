"""The field of figure 14.5 while a denoising autoencoder learns it (section 14.5.1)."""

from __future__ import annotations

import numpy as np

from .experiments.spiral import CURVE, distance, grid
from .experiments.while_learning import spiral_course
from .slide import Film, legend, slide

NUMBER = "14.5"
NAME = "film_14_05_vector_field"
TITLE = "While the network learns, its arrows turn towards the data"
ALT = (
    "Arrows of r(x) − x on a grid around a spiral, while the network is trained. At first they are "
    "long and point to one place in the middle. Within a few hundred steps those outside point to "
    "the outer arm. Later those inside part: they turn to the nearest arm, and become short on it."
)
SIGMA, ROWS, BATCH = 0.05, 5120, 256
SHOWN = 0.5  # arrows are drawn at half their length
LONGEST = 0.12  # and not longer than this, as at the beginning


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train, and sample the field before training and after epochs that lie ever farther apart."""
    kept = np.unique(np.geomspace(1, 10 if quick else 250, 5 if quick else 48).round().astype(int))
    x = grid(-0.66, 0.66, -0.66, 0.66, 25)
    x = x[distance(x) < 4 * SIGMA]
    fields = spiral_course(seed, x, sigma=SIGMA, kept=kept, rows=ROWS)
    return {"x": x, "fields": fields, "steps": np.concatenate([[0], kept]) * (ROWS // BATCH)}


def draw(numbers: dict) -> Film:
    """Draw the curve and the arrows; frame i has the arrows after that many steps."""
    x, steps = np.asarray(numbers["x"]), numbers["steps"]
    with slide(TITLE, ALT) as (figure, axes):
        axes.plot(*CURVE.T, color="C2", linewidth=2.5, zorder=1, label="data")
        quiver = axes.quiver(*x.T, *_drawn(numbers["fields"][-1]).T, color="C1", angles="xy",
                             scale_units="xy", scale=1.0, width=0.0036, zorder=3)  # fmt: skip
        axes.plot([], [], color="C1", marker=">", label="learned r(x) − x,\nhalf length")
        axes.plot([], [], " ", label=" " * 30)  # keeps its width while the number of steps grows
        axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-0.75, 0.75),
                 ylim=(-0.75, 0.75), xticks=(-0.5, 0, 0.5), yticks=(-0.5, 0, 0.5))  # fmt: skip
        legend(axes)
        text = figure.legends[0].get_texts()[-1]

    def show(i: int) -> None:
        quiver.set_UVC(*_drawn(numbers["fields"][i]).T)
        text.set_text(f"after {int(steps[i])} steps")

    return Film(figure, len(steps), show)


def _drawn(field) -> np.ndarray:
    """Return arrows (n, 2) at half their length, and not longer than LONGEST."""
    field = SHOWN * np.asarray(field)
    length = np.linalg.norm(field, axis=1, keepdims=True)
    return field * np.minimum(1.0, LONGEST / np.maximum(length, 1e-12))

"""Entropy of the bits and stuck units of a contractive code, against λ (section 14.7)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae.plotting import Figure, style

from .experiments.hypercube import CONTRACTIONS, DECAYS, Use, sweep
from .kinds import Count, Forms
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "hypercube"
NAME = "fig_hypercube"
TITLE = "contraction: saturated units, and the corners of the hypercube in use (14.7)"
ALT = (
    "The entropy of the bits h > ½ of a code of 100 units, against the sensitivity ‖J‖², "
    "smaller to the right. Without a penalty it is {entropy_plain:.0f} bits. Contraction "
    "lowers it to {entropy_contractive:.0f}, while weight decay of the same effect on ‖J‖² "
    "leaves {entropy_decay:.0f}. With contraction {saturated_contractive:.0%} of the units "
    "are saturated and {stuck_contractive:.0%} are stuck: the codes lie near few corners of "
    "the hypercube."
)
CHECKED = ("entropy_plain", "entropy_contractive", "entropy_decay", "stuck_contractive",
           "saturated_contractive")  # fmt: skip


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    rows: Count = Forms(1000, quick=400),
    epochs: Count = Forms(15, quick=6),
) -> dict:
    """Measure the codes of nets with rising strengths of contraction and of weight decay."""
    found = sweep(seed, rows, epochs=epochs)
    contractive, decay = (np.array(found[name]) for name in ("contractive", "weight decay"))
    at = 1 + CONTRACTIONS.index(0.5)
    columns = {name: i for i, name in enumerate(Use._fields)}
    numbers: dict = {
        "entropy_plain": float(contractive[0, columns["entropy"]]),
        "entropy_contractive": float(contractive[at, columns["entropy"]]),
        "entropy_decay": float(decay[-1, columns["entropy"]]),
        "stuck_contractive": float(contractive[at, columns["stuck"]]),
        "saturated_contractive": float(contractive[at, columns["saturated"]]),
        "lambdas": np.array((0.0, *CONTRACTIONS)),
        "decays": np.array((0.0, *DECAYS)),
    }
    for name in ("norm", "entropy", "stuck", "saturated"):
        numbers[name] = contractive[:, columns[name]]
        numbers[f"{name}_by_decay"] = decay[:, columns[name]]
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw the entropy against the sensitivity ‖J‖²; at the right stuck and saturated units."""
    with style():
        figure = Figure(figsize=(9.6, 3.9))
        left, right = figure.subplots(1, 2)
        show_entropy(left, numbers)
        left.set_title("summed entropy of the 100 bits h > ½")
        left.legend(loc="lower left")
        show_units(right, numbers)
        right.set_title("units of the contractive code")
        right.legend()
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw both panels as slides."""
    title = "Contraction leaves fewer corners of the hypercube in use"
    other = "contraction: the corners of the hypercube in use"
    with slide(title, ALT.format(**numbers), other) as (entropy, axes):
        show_entropy(axes, numbers)
        axes.set_ylabel("entropy of 100 bits h > ½ (bits)")
        legend(axes, right=False, ncols=2)
    alt = (
        "Two shares of the hidden units against the strength of contraction. The share of "
        "saturated units and the share of units that give the same bit for nearly all inputs both "
        "rise."
    )
    title = "Contraction saturates units, and many of them get stuck"
    other = "contraction: saturated units, and units with almost always the same bit"
    with slide(title, alt, other) as (units, axes):
        show_units(axes, numbers)
        legend(axes, right=False, ncols=2)
    return entropy, units


def show_entropy(axes: Axes, numbers: dict) -> None:
    """Draw the entropy of the bits against ‖J‖², for contraction and for weight decay."""
    axes.plot(numbers["norm"], numbers["entropy"], "o-", color="C2", label="contraction")
    axes.plot(numbers["norm_by_decay"], numbers["entropy_by_decay"], "s--", color="C1",
                  label="weight decay")  # fmt: skip
    axes.invert_xaxis()
    axes.set(xlabel="‖J‖² of the code (smaller to the right)", ylabel="bits", ylim=(0, 103))


def show_units(axes: Axes, numbers: dict) -> None:
    """Draw the shares of saturated and of stuck units against the strength of contraction."""
    lambdas = numbers["lambdas"]
    axes.plot(lambdas, numbers["saturated"], "o-", color="C1", label="saturated")
    axes.plot(lambdas, numbers["stuck"], "^:", color="C2",
              label="stuck: same bit for 99 % of inputs")  # fmt: skip
    axes.set(xlabel="strength λ of the contraction", ylabel="share of the units",
             ylim=(-0.03, 1.03))  # fmt: skip

"""Entropy of the bits and stuck units of a contractive code, against λ (section 14.7)."""

from __future__ import annotations

import numpy as np

from figures.experiments.hypercube import CONTRACTIONS, DECAYS, Use, sweep
from tinyae.plotting import Figure, style

NUMBER = "hypercube"
NAME = "fig_hypercube"
TITLE = "contraction saturates units, and codes use fewer corners of the hypercube (14.7)"
CHECKED = ("entropy_plain", "entropy_contractive", "entropy_decay", "stuck_contractive",
           "saturated_contractive")  # fmt: skip


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Measure the codes of nets with rising strengths of contraction and of weight decay."""
    found = sweep(seed, 400 if quick else 1000, epochs=6 if quick else 15)
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
        left.plot(numbers["norm"], numbers["entropy"], "o-", color="C2", label="contraction")
        left.plot(numbers["norm_by_decay"], numbers["entropy_by_decay"], "s--", color="C1",
                      label="weight decay")  # fmt: skip
        left.invert_xaxis()
        left.set(xlabel="‖J‖² of the code (smaller to the right)", ylabel="bits",
                 title="summed entropy of the 100 bits h > ½", ylim=(0, 103))  # fmt: skip
        left.legend(loc="lower left")
        lambdas = numbers["lambdas"]
        right.plot(lambdas, numbers["saturated"], "o-", color="C1", label="saturated")
        right.plot(lambdas, numbers["stuck"], "^:", color="C2",
                   label="stuck: the same bit for 99 % of inputs")  # fmt: skip
        right.set(xlabel="strength λ of the contraction", ylabel="share", ylim=(-0.03, 1.03),
                  title="units of the contractive code")  # fmt: skip
        right.legend(loc="lower right")
    return figure

"""The factor of ‖W_j‖² in score matching of an RBM and in contraction (14.5.1, 14.7)."""

from __future__ import annotations

import numpy as np

from tinyae import Autoencoder
from tinyae.plotting import Figure, style

NUMBER = "slopes"
NAME = "fig_slopes"
TITLE = "h(1 − h), of score matching of an RBM, against its square, of contraction (14.5.1)"
CHECKED = ("least_ratio", "median_ratio")


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Measure the ratio of the two penalties on random nets at random points."""
    rng, ratios = np.random.default_rng(seed), []
    for _ in range(20 if quick else 200):
        model = Autoencoder.dense((5, 8), rng=rng)
        model.theta[...] = rng.standard_normal(model.theta.shape)
        h, W = model.encode(rng.standard_normal((20, 5))), model.encoder.layers[0].params["W"]
        slope, squares = h * (1 - h), (W * W).sum(axis=0)
        ratios.append((slope @ squares).mean() / (slope**2 @ squares).mean())
    h = np.linspace(0, 1, 201)
    return {
        "least_ratio": float(np.min(ratios)),
        "median_ratio": float(np.median(ratios)),
        "ratios": np.array(ratios),
        "h": h,
        "slope": h * (1 - h),
    }


def draw(numbers: dict) -> Figure:
    """Draw both factors against h; at the right how often each ratio occurs."""
    slope = np.asarray(numbers["slope"])
    with style():
        figure = Figure(figsize=(9.2, 3.6))
        left, right = figure.subplots(1, 2)
        left.plot(numbers["h"], slope, "-", color="C1", label="score matching: h(1 − h)")
        left.plot(numbers["h"], slope**2, "--", color="C2", label="contraction: (h(1 − h))²")
        left.set(xlabel="h", ylabel="factor of ‖W‖²", title="two factors that are not alike")
        left.legend(loc="upper left", bbox_to_anchor=(0.0, 0.97))
        left.set_ylim(0, 0.36)
        right.hist(numbers["ratios"], bins=25, color="C3")
        right.axvline(4.0, color="C0", linestyle="--", label="4, the smallest possible ratio")
        right.set(xlabel="score matching's penalty over contraction's", ylabel="random nets",
                  title=f"median ratio {numbers['median_ratio']:.1f}, never below 4")  # fmt: skip
        right.legend()
    return figure

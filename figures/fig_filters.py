"""Filters of autoencoders with three penalties, beside those of autoencoders without a penalty.

Sections 14.2.1 and 14.7. Each picture shows the weights into one hidden unit. A penalty on the code
changes the shapes that the units respond to.
"""

from __future__ import annotations

import numpy as np

from figures.experiments import tied_digits
from tinyae import L1, Contractive, KLSparsity, ReLU, Sigmoid
from tinyae.datasets import strokes
from tinyae.nn import Normal
from tinyae.plotting import Figure, as_images, style, tile

NUMBER = "filters"
NAME = "fig_filters"
TITLE = "filters learned by L1, KL and contraction (14.2.1, 14.7)"
CHECKED = ("plain_activity", "KL_activity", "contractive_jacobian", "rectified_zeros", "L1_zeros")
RATE = 0.15
KINDS = {
    "plain": ("plain, sigmoid", Sigmoid, ()),
    "KL": (f"KL to a rate of {RATE}, sigmoid", Sigmoid, (KLSparsity(RATE, 4.0),)),
    "contractive": ("contraction, λ = 5, sigmoid", Sigmoid, (Contractive(5.0),)),
    "rectified": ("plain, rectified", ReLU, ()),
    "L1": ("L1, λ = 0.3, rectified", ReLU, (L1(0.3),)),
}
SHOWN = 30


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train tied 784-100 networks, three sigmoid and two rectified; return numbers and filters."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(1000 if quick else 5000, rng=rng, dtype=np.float32)
    fresh, _ = strokes(1000, rng=rng, dtype=np.float32)
    numbers: dict = {}
    for kind, (_, unit, penalties) in KINDS.items():
        model = tied_digits.learn(
            x,
            100,
            seed=seed,
            epochs=3 if quick else 20,
            rate=3e-3,
            activation=unit,
            init=Normal(0.02),  # small, so that the pictures show learned weights
            penalties=penalties,
        )
        W, h = model.encoder.layers[0].params["W"], model.encode(fresh)
        numbers[f"{kind}_activity"] = float(h.mean())
        dead = (h == 0).all(axis=0)
        numbers[f"{kind}_zeros"] = float((h[:, ~dead] == 0).mean())
        numbers[f"{kind}_dead"] = float(dead.mean())
        error = ((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean()
        numbers[f"{kind}_error"] = float(error)
        energy = (model.jacobian(fresh[:100]) ** 2).sum(axis=(1, 2))
        numbers[f"{kind}_jacobian"] = float(energy.mean())
        strongest = np.argsort(-(W * W).sum(axis=0) * h.var(axis=0))[:SHOWN]
        numbers[f"{kind}_filters"] = W[:, strongest].T.copy()
    numbers["mean_picture_error"] = float(((fresh - x.mean(axis=0)) ** 2).sum(axis=1).mean())
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw five panels of 30 filters, each filter on its own scale."""
    with style():
        figure = Figure(figsize=(14.4, 4.0))
        for axes, (kind, (label, unit, _)) in zip(
            figure.subplots(1, 5), KINDS.items(), strict=True
        ):
            images = as_images(np.asarray(numbers[f"{kind}_filters"]), kind)
            scale = np.abs(images).max(axis=(1, 2), keepdims=True)
            axes.imshow(tile(0.5 + 0.5 * images / scale, 5), vmin=0, vmax=1)
            zeros, dead = (numbers[f"{kind}_{what}"] for what in ("zeros", "dead"))
            does = f"mean h {numbers[f'{kind}_activity']:.2f}"
            if kind == "KL":
                does = f"mean h {numbers[f'{kind}_activity']:.2f} reached"
            if unit is ReLU:
                does = f"{zeros:.0%} zeros, {dead:.0%} dead units"
            axes.set_title(f"{label}\n{does}")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_ylabel("weights into a unit: white is positive" if kind == "plain" else " ")
            axes.set_xlabel(
                f"error {numbers[f'{kind}_error']:.1f}, ‖J‖² {numbers[f'{kind}_jacobian']:.0f}"
            )
        mean = f"{numbers['mean_picture_error']:.1f} for the mean picture"
        note = f"error: ‖x − r‖² per fresh digit, {mean}; zeros: among units that are not dead"
        figure.text(0.5, 0.0, note, ha="center")
    return figure

"""Filters of autoencoders with three penalties, beside those of autoencoders without a penalty.

Sections 14.2.1 and 14.7. Each picture shows the weights into one hidden unit. A penalty on the code
changes the shapes that the units respond to.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae import L1, Contractive, KLSparsity, ReLU, Sigmoid
from tinyae.datasets import strokes
from tinyae.nn import Normal
from tinyae.nn.activations import Activation
from tinyae.plotting import Figure, as_images, style, tile

from .experiments import tied_digits
from .experiments.own_data import split
from .kinds import Count, Forms, Number, Pictures, Strength
from .parameters import claim, has_rows, parametrized
from .slide import Slide, slide

NUMBER = "filters"
NAME = "fig_filters"
TITLE = "filters learned by L1, KL and contraction (14.2.1, 14.7)"
ALT = (
    "Five rows of small pictures, the weights into hidden units of five networks trained on "
    "digits. Those of the plain sigmoid network are parts of several digits on a noisy "
    "background. With the penalty towards a rate the strokes are thinner, and with "
    "contraction most of a picture is flat grey and a single stroke remains. The code of the "
    "rectified network has {rectified_zeros:.0%} zeros without L1 and {L1_zeros:.0%} with it. "
    "The penalty on the code decides which features the units learn."
)
CHECKED = ("plain_activity", "KL_activity", "contractive_jacobian", "rectified_zeros", "L1_zeros")
RATE = 0.15


def kinds(
    rate: float = RATE, contraction: float = 5.0, l1: float = 0.3
) -> dict[str, tuple[str, Activation, tuple]]:
    """Return the words for each kind of network, its units and its penalties."""
    return {
        "plain": ("plain sigmoid", Sigmoid, ()),
        "KL": (f"KL to a rate of {rate:g}", Sigmoid, (KLSparsity(rate, 4.0),)),
        "contractive": (f"contraction, λ = {contraction:g}", Sigmoid, (Contractive(contraction),)),
        "rectified": ("plain ReLU", ReLU, ()),
        "L1": (f"L1 on ReLU, λ = {l1:g}", ReLU, (L1(l1),)),
    }


KINDS = kinds()
Rate = Annotated[float, Number(low=0.001, high=0.999)]
MESSAGE = "A penalty on the code changes what the hidden units respond to"
SHOWN = 30
Units = Annotated[int, Number(whole=True, low=12)]  # so many are drawn


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    rate: Rate = RATE,
    contraction: Strength = 5.0,
    l1: Strength = 0.3,
    units: Units = 100,
    epochs: Count = Forms(20, quick=3),
    X: Pictures | None = None,
) -> dict:
    """Train tied 784-100 networks, three sigmoid and two rectified; return numbers and filters.

    `rate` is the mean activity that the KL penalty asks for; the other penalties have the strengths
    `contraction` and `l1`. With pictures X (n, side²) four fifths are trained on, and the others
    are fresh.
    """
    rng = np.random.default_rng(seed)
    if X is None:
        x, _ = strokes(1000 if quick else 5000, rng=rng, dtype=np.float32)
        fresh, _ = strokes(1000, rng=rng, dtype=np.float32)
    else:
        x, fresh = split(X, seed)
    numbers: dict = {}
    for kind, (_, unit, penalties) in kinds(rate, contraction, l1).items():
        model = tied_digits.learn(
            x,
            units,
            seed=seed,
            epochs=epochs,
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
    """Draw a row of filters of each network, each filter on its own scale."""
    with style():
        figure = Figure(figsize=(9.6, 4.4))
        axes = figure.add_subplot()
        show_filters(axes, numbers, 12)
        step = round(np.asarray(numbers["plain_filters"]).shape[1] ** 0.5) + 2
        for i, kind in enumerate(KINDS):
            text = f"error {numbers[f'{kind}_error']:.1f}\n‖J‖² {numbers[f'{kind}_jacobian']:.0f}"
            axes.text(12 * step + 2, (i + 0.5) * step - 1.5, text, va="center")
        axes.set_title(claim(numbers, MESSAGE, "Filters of five networks"))
        one = "picture" if has_rows(numbers) else "digit"
        axes.set_xlabel(
            f"{axes.get_xlabel()}\nerror: ‖x − r‖² per fresh {one}, "
            f"{numbers['mean_picture_error']:.1f} for the mean picture; zeros: among units that "
            "are not dead"
        )
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw fewer filters of each network as a slide."""
    with slide(MESSAGE, ALT.format(**numbers)) as (figure, axes):
        show_filters(axes, numbers, 8)
    return (figure,)


def show_filters(axes: Axes, numbers: dict, count: int) -> None:
    """Draw the strongest `count` filters of each network in a row, with what the network does."""
    rows, names = [], []
    given = {key: numbers["parameters"][key] for key in ("rate", "contraction", "l1")}
    side = round(np.asarray(numbers["plain_filters"]).shape[1] ** 0.5) + 2
    for kind, (label, unit, _) in kinds(**given).items():
        images = as_images(np.asarray(numbers[f"{kind}_filters"])[:count], kind)
        rows.append(0.5 + 0.5 * images / np.abs(images).max(axis=(1, 2), keepdims=True))
        zeros, dead = (numbers[f"{kind}_{what}"] for what in ("zeros", "dead"))
        does = f"mean h {numbers[f'{kind}_activity']:.2f}"
        if unit is ReLU:
            does = f"{zeros:.0%} zeros, {dead:.0%} dead"
        names.append(f"{label}\n{does}")
    axes.imshow(tile(np.concatenate(rows), count), vmin=0, vmax=1)
    axes.set_yticks([(i + 0.5) * side - 1.5 for i in range(len(KINDS))], names)
    axes.set(xticks=[], xlabel="weights into a unit: white is positive, black negative", ylabel=" ")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)

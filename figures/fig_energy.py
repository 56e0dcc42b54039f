"""Which autoencoders have an energy: the asymmetry of ∂r/∂x of four kinds of nets (14.5.1)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import Autoencoder, BernoulliOutput
from tinyae.plotting import Figure, style
from tinyae.score import asymmetry

from .kinds import Count, Forms
from .parameters import parametrized
from .slide import Slide, slide

NUMBER = "energy"
NAME = "fig_energy"
TITLE = "asymmetry of ∂r/∂x: which autoencoders have an energy (14.5.1)"
ALT = (
    "Dots for random networks of four kinds on a logarithmic axis, the asymmetry of ∂r/∂x. "
    "With tied weights and linear output all dots lie at the left, at the size of rounding: "
    "∂r/∂x is symmetric, so r(x) − x is the gradient of an energy. So it is if the decoder is "
    "Wᵀ with scaled rows. With sigmoid output and with untied weights the dots lie far to the "
    "right, so that no energy exists."
)
CHECKED = ("tied", "scaled", "logistic", "untied")
KINDS = {
    "tied": "tied weights, linear output",
    "scaled": "decoder = diag(a) · Wᵀ",
    "logistic": "tied weights, sigmoid output",
    "untied": "untied weights, linear output",
}
MESSAGE = "Tied weights with linear output have an energy"
ROUNDING = 1e-16  # drawn where the asymmetry is zero


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    nets: Count = Forms(40, quick=10),
) -> dict:
    """Measure random nets of each kind at random points."""
    rng, found = np.random.default_rng(seed), {kind: [] for kind in KINDS}
    for _ in range(nets):
        x = rng.standard_normal((10, 4))
        model = Autoencoder.dense((4, 6), tied=True, rng=rng)
        model.theta += 0.5 * rng.standard_normal(model.theta.size)
        other, twin = Autoencoder.dense((4, 6), rng=rng), model.copy()
        other.theta += 0.5 * rng.standard_normal(other.theta.size)
        nets = {"tied": model, "untied": other,
                "logistic": Autoencoder(twin.encoder, twin.decoder, output=BernoulliOutput()),
                "scaled": other.copy()}  # fmt: skip
        W = nets["scaled"].encoder.layers[0].params["W"]
        nets["scaled"].decoder.layers[0].params["W"][...] = rng.uniform(-2, 2, (6, 1)) * W.T
        for kind, net in nets.items():
            found[kind].append(float(np.mean(asymmetry(net, x))))
    return {
        **{kind: float(np.round(np.median(values), 12)) for kind, values in found.items()},
        **{f"each_{kind}": np.array(values) for kind, values in found.items()},
    }


def draw(numbers: dict) -> Figure:
    """Draw one dot for each net, on a logarithmic axis."""
    with style():
        figure = Figure(figsize=(7.0, 3.2))
        axes = figure.subplots()
        show_nets(axes, numbers)
        axes.set_title(MESSAGE)
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    with slide(MESSAGE, ALT) as (figure, axes):
        show_nets(axes, numbers)
        axes.set_xlabel("asymmetry of ∂r/∂x (rounding at the left)")
        axes.set_yticks(axes.get_yticks(), [words.replace(", ", ",\n") for words in KINDS.values()])
    return (figure,)


def show_nets(axes: Axes, numbers: dict) -> None:
    """Draw the asymmetry of each net, a row for each kind."""
    for row, kind in enumerate(KINDS):
        values = np.maximum(np.asarray(numbers[f"each_{kind}"]), ROUNDING)
        color, marker = ("C1", "o") if values.max() < 1e-9 else ("C2", "^")
        axes.semilogx(values, np.full(len(values), -row), marker, color=color, mfc="none")
    axes.set_yticks(-np.arange(len(KINDS)), list(KINDS.values()))
    axes.set(xlabel="asymmetry of ∂r/∂x, relative (rounding at the left)", ylabel="random nets",
             ylim=(-len(KINDS) + 0.5, 0.5))  # fmt: skip

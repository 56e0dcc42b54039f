"""The singular values of J = ∂h/∂x for a plain, a denoising and a contractive autoencoder (14.7).

On digits that a pen writes with a few degrees of freedom: contraction leaves a few directions in
which the code moves and flattens the rest.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.common import train
from tinyae import Adam, Autoencoder, BernoulliOutput, Contractive, Cosine, GaussianNoise
from tinyae.datasets import strokes
from tinyae.plotting import style

NUMBER = "spectrum"
NAME = "fig_spectrum"
TITLE = "singular values of the Jacobian: plain, denoising, contractive (14.7)"
TOLERANCES = {"plain_energy": 20.0, "denoising_energy": 12.0, "contractive_energy": 5.0}
KINDS = {
    "plain": ("plain", {}),
    "denoising": ("denoising, σ = 0.3", {"corruption": GaussianNoise(0.3)}),
    "contractive": ("contractive, λ = 0.5", {"penalties": Contractive(0.5)}),
}


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train three 784-128 tied nets; return the mean spectrum over 100 fresh digits and ‖J‖²."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(1000 if quick else 5000, rng=rng, dtype=np.float32)
    fresh, _ = strokes(100, rng=rng, dtype=np.float32)
    numbers: dict = {}
    for kind, (_, options) in KINDS.items():
        model = Autoencoder.dense((784, 128), tied=True, output=BernoulliOutput(), rng=seed,
                                  dtype=np.float32, **options)  # fmt: skip
        train(model, x, epochs=3 if quick else 20, optimizer=Adam(Cosine(3e-3)), rng=seed)
        spectra = np.linalg.svd(model.jacobian(fresh), compute_uv=False)
        numbers[f"{kind}_energy"] = float((spectra**2).sum(axis=1).mean())
        error = ((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean()
        numbers[f"{kind}_error"] = float(error)
        numbers[f"{kind}_spectrum"] = spectra.mean(axis=0)
    return numbers


def draw(numbers: dict) -> Figure:
    """The three mean spectra on one logarithmic axis."""
    with style():
        figure = Figure(figsize=(6.4, 4.2))
        axes = figure.add_subplot()
        looks = (("C0", "-"), ("C4", "--"), ("C1", "-"))
        for (kind, (label, _)), (color, line) in zip(KINDS.items(), looks, strict=True):
            spectrum = np.asarray(numbers[f"{kind}_spectrum"])
            energy, error = numbers[f"{kind}_energy"], numbers[f"{kind}_error"]
            text = f"{label}: ‖J‖² {energy:.0f}, error {error:.1f}"
            axes.semilogy(1 + np.arange(len(spectrum)), spectrum, line, color=color, label=text)
        axes.set(xlabel="number k of the singular value", ylabel="singular value $s_k$ of J",
                 ylim=(1e-3, None))  # fmt: skip
        axes.set_title("mean over 100 fresh digits, 128 tied sigmoid units")
        axes.legend(loc="lower left")
    return figure

"""The singular values of J = ∂h/∂x for a plain, a denoising and a contractive autoencoder (14.7).

Left, on digits: contraction presses the whole spectrum down and makes it steeper, without a gap.
Right, on data of known dimension, points on two arcs in 50 dimensions: there the gap is plain, and
it comes after as many values as there are directions to move in.
"""

from __future__ import annotations

import numpy as np

from figures.common import train
from tinyae import Adam, Autoencoder, BernoulliOutput, Contractive, GaussianNoise, Tanh
from tinyae.datasets import strokes
from tinyae.plotting import Figure, style
from tinyae.training import Cosine

NUMBER = "spectrum"
NAME = "fig_spectrum"
TITLE = "singular values of the Jacobian: plain, denoising, contractive (14.7)"
TOLERANCES = {"plain_energy": 20.0, "denoising_energy": 12.0, "contractive_energy": 3.0,
              "arcs_contractive_gap": 0.8}  # fmt: skip
KINDS = {
    "plain": ("plain", {}),
    "denoising": ("denoising, σ = 0.3", {"corruption": GaussianNoise(0.3)}),
    "contractive": ("contractive, λ = 2", {"penalties": Contractive(2.0)}),
}
ARC_KINDS = {
    "plain": ("plain", {}),
    "contractive": ("contractive, λ = 0.1", {"penalties": Contractive(0.1, probes=2)}),
}
LOOKS = {"plain": ("C0", "-"), "denoising": ("C4", "--"), "contractive": ("C1", "-")}
ARCS = 2


def arcs(n: int, axes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Points (n, 50) on arcs of 90° and radius 1.5, each in the plane of two rows of axes."""
    t = rng.uniform(-np.pi / 4, np.pi / 4, (n, ARCS))
    x = 1.5 * np.concatenate([np.cos(t), np.sin(t)], axis=1) @ axes[: 2 * ARCS]
    return x + 0.01 * rng.standard_normal(x.shape)


def measure(model: Autoencoder, fresh: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return the mean spectrum over fresh points, mean ‖J‖² and ‖x − r‖²."""
    spectra = np.linalg.svd(model.jacobian(fresh), compute_uv=False)
    error = ((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean()
    return spectra.mean(axis=0), float((spectra**2).sum(axis=1).mean()), float(error)


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train three 784-128 tied nets on digits and two 50-100-20 nets on arcs."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(1000 if quick else 5000, rng=rng, dtype=np.float32)
    fresh, _ = strokes(30 if quick else 100, rng=rng, dtype=np.float32)
    numbers: dict = {}
    for kind, (_, options) in KINDS.items():
        model = Autoencoder.dense((784, 128), tied=True, output=BernoulliOutput(), rng=seed,
                                  dtype=np.float32, **options)  # fmt: skip
        train(model, x, epochs=3 if quick else 20, optimizer=Adam(Cosine(3e-3)), rng=seed)
        spectrum, numbers[f"{kind}_energy"], numbers[f"{kind}_error"] = measure(model, fresh)
        numbers[f"{kind}_spectrum"] = spectrum
    axes = np.linalg.qr(rng.standard_normal((50, 50)))[0]
    x, fresh = arcs(500, axes, rng), arcs(100, axes, rng)
    for kind, (_, options) in ARC_KINDS.items():
        model = Autoencoder.dense((50, 100, 20), tied=True, activation=Tanh, rng=seed, **options)
        train(model, x, epochs=8 if quick else 40, batch_size=50, optimizer=Adam(Cosine(5e-3)),
              rng=seed)  # fmt: skip
        spectrum, numbers[f"arcs_{kind}_energy"], numbers[f"arcs_{kind}_error"] = measure(
            model, fresh
        )
        numbers[f"arcs_{kind}_gap"] = float(spectrum[ARCS - 1] / spectrum[ARCS])
        numbers[f"arcs_{kind}_spectrum"] = spectrum
    return numbers


def draw(numbers: dict) -> Figure:
    """Mean spectra on digits (left) and on the arcs (right), each on a logarithmic axis."""
    with style():
        figure = Figure(figsize=(10.4, 4.2))
        left, right = figure.subplots(1, 2)
        for axes, kinds, prefix, digits in ((left, KINDS, "", 0), (right, ARC_KINDS, "arcs_", 1)):
            for kind, (label, _) in kinds.items():
                s = np.asarray(numbers[f"{prefix}{kind}_spectrum"])
                energy, error = (numbers[f"{prefix}{kind}_{what}"] for what in ("energy", "error"))
                text = f"{label}: ‖J‖² {energy:.{digits}f}, error {error:.{1 + 2 * digits}f}"
                axes.semilogy(1 + np.arange(len(s)), s, LOOKS[kind][1], color=LOOKS[kind][0],
                              marker="o" if prefix else "", ms=4, label=text)  # fmt: skip
            axes.set(xlabel="number k of the singular value", ylabel="singular value $s_k$ of J")
            axes.legend(loc="lower left")
        left.set(title="digits, 784-128: lower and steeper", ylim=(1e-3, None),
                 xticks=(1, 32, 64, 96, 128))  # fmt: skip
        right.axvline(ARCS + 0.5, color="0.7", lw=1, zorder=0)
        right.set(title=f"{ARCS} arcs in 50 dimensions, 50-100-20: a gap after k = {ARCS}",
                  xticks=(1, 2, 5, 10, 15, 20))  # fmt: skip
    return figure

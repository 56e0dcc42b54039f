"""The singular values of J = ∂h/∂x for a plain, a denoising and a contractive autoencoder (14.7).

On digits, at the left, contraction (equation 14.18) makes the whole spectrum smaller and steeper,
but there is no gap. At the right are data of known dimension, points on two arcs in 50 dimensions.
There the contractive spectrum has a clear gap after the second value, because the data have two
dimensions.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import Contractive, GaussianNoise
from tinyae.datasets import strokes
from tinyae.plotting import Figure, style

from .experiments import spectrum, tied_digits
from .experiments.spectrum import ARCS, arcs, measure
from .kinds import Count, Forms
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "spectrum"
NAME = "fig_spectrum"
TITLE = "singular values of the Jacobian: plain, denoising, contractive (14.7)"
ALT = (
    "The singular values of the code's Jacobian for data on two arcs in 50 dimensions, "
    "largest first, on a logarithmic axis. Those of the plain network fall slowly. For the "
    "contractive network two values are large, and the third is smaller by a factor of "
    "{arcs_contractive_gap:.0f}: its code changes only in the two directions in which the "
    "data vary. On digits contraction makes all values smaller, without a gap."
)
CHECKED = ("plain_energy", "denoising_energy", "contractive_energy", "arcs_contractive_gap")
KINDS = {
    "plain": ("plain", {}),
    "denoising": ("denoising, σ = 0.3", {"corruption": GaussianNoise(0.3)}),
    "contractive": ("contractive, λ = 2", {"penalties": Contractive(2.0)}),
}
ARC_KINDS = {"plain": ("plain", 0.0), "contractive": ("contractive, λ = 0.1", 0.1)}
LOOKS = {"plain": ("C0", "-"), "denoising": ("C4", "--"), "contractive": ("C1", "-")}


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    rows: Count = Forms(5000, quick=1000),
    units: Count = 128,
    epochs: Count = Forms(20, quick=3),
    arc_epochs: Count = Forms(40, quick=8),
) -> dict:
    """Train three tied 784-128 networks on digits and two 50-100-20 networks on arcs."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(rows, rng=rng, dtype=np.float32)
    fresh, _ = strokes(30 if quick else 100, rng=rng, dtype=np.float32)
    numbers: dict = {}
    for kind, (_, options) in KINDS.items():
        model = tied_digits.learn(x, units, seed=seed, epochs=epochs, rate=3e-3, **options)
        s, numbers[f"{kind}_energy"], numbers[f"{kind}_error"] = measure(model, fresh)
        numbers[f"{kind}_spectrum"] = s
    axes = np.linalg.qr(rng.standard_normal((50, 50)))[0]
    x, fresh = arcs(500, axes, rng), arcs(100, axes, rng)
    for kind, (_, lam) in ARC_KINDS.items():
        model = spectrum.learn(x, lam, seed=seed, epochs=arc_epochs)
        s, numbers[f"arcs_{kind}_energy"], numbers[f"arcs_{kind}_error"] = measure(model, fresh)
        numbers[f"arcs_{kind}_gap"] = float(s[ARCS - 1] / s[ARCS])
        numbers[f"arcs_{kind}_spectrum"] = s
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw the mean spectra on digits and on the arcs, on logarithmic axes."""
    with style():
        figure = Figure(figsize=(10.4, 4.2))
        left, right = figure.subplots(1, 2)
        show_spectra(left, numbers, arcs=False)
        show_spectra(right, numbers, arcs=True)
        for axes in (left, right):
            axes.legend(loc="lower left")
        units = numbers["parameters"]["units"]
        left.set_title(f"digits, 784-{units}{claim(numbers, ': lower and steeper', '')}")
        gap = claim(numbers, f": a gap after k = {ARCS}", "")
        right.set_title(f"{ARCS} arcs in 50 dimensions, 50-100-20{gap}")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw both panels as slides."""
    title = "Contraction makes every singular value of the code's Jacobian smaller"
    alt = (
        "The singular values of the code's Jacobian on digits, largest first, on a logarithmic "
        "axis. The curve of the contractive network lies below those of the plain and of the "
        "denoising network everywhere and falls faster. None has a gap."
    )
    other = "singular values of the code's Jacobian on digits"
    with slide(title, alt, other) as (digits, axes):
        show_spectra(axes, numbers, arcs=False)
        legend(axes, right=False, ncols=1)
    title = f"Data of {ARCS} dimensions: a contractive code keeps {ARCS} directions"
    other = "singular values of the code's Jacobian on arcs"
    with slide(title, ALT.format(**numbers), other) as (gap, axes):
        show_spectra(axes, numbers, arcs=True)
        legend(axes, right=False, ncols=1)
    return digits, gap


def show_spectra(axes: Axes, numbers: dict, *, arcs: bool) -> None:
    """Draw the mean spectra of the networks on digits, or of those on the arcs."""
    kinds, prefix = (ARC_KINDS, "arcs_") if arcs else (KINDS, "")
    for kind, (label, _) in kinds.items():
        s = np.asarray(numbers[f"{prefix}{kind}_spectrum"])
        energy, error = (numbers[f"{prefix}{kind}_{what}"] for what in ("energy", "error"))
        text = f"{label}: ‖J‖² {energy:.{int(arcs)}f}, error {error:.{1 + 2 * arcs}f}"
        axes.semilogy(1 + np.arange(len(s)), s, LOOKS[kind][1], color=LOOKS[kind][0],
                      marker="o" if len(s) <= 30 else "", ms=4, label=text)  # fmt: skip
    axes.set(xlabel="number k of the singular value", ylabel="singular value $s_k$ of J")
    if arcs:
        axes.axvline(ARCS + 0.5, color="0.7", lw=1, zorder=0)
        axes.set_xticks((1, 2, 5, 10, 15, 20))
    else:
        quarters = {round(len(s) * i / 4) for i in range(1, 5)}
        axes.set(ylim=(1e-3, 2 * axes.dataLim.y1), xticks=sorted({1, *quarters} - {0}))

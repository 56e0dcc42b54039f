"""Predictive sparse decomposition of picture patches (section 14.8, equation 14.19).

The figure shows the learned atoms, the predicted codes f(x) against the inferred codes h, the
values of f(x) where h is exactly zero, and how many steps of inference are saved by a start at
f(x).
"""

from __future__ import annotations

import copy

import numpy as np
from matplotlib.colors import LogNorm
from numpy.typing import NDArray

from figures.experiments.gabor import direction, gabor_fit
from figures.experiments.natural_patches import (
    ATOMS,
    GAMMA,
    LAM,
    SIDE,
    STEPS,
    excess,
    learn,
    squares,
    steps_to,
    whiten,
)
from figures.experiments.photographs import photographs
from tinyae import PSD
from tinyae.plotting import Figure, as_images, style, tile

NUMBER = "psd"
NAME = "fig_psd"
TITLE = "a dictionary of picture patches, its codes and their prediction (14.8)"
from_folder = photographs  # compute(pictures=from_folder(FOLDER)) draws the same from photographs
DRAWN_FROM = "photographs"
CHECKED = (
    "gabor_share",
    "localised",
    "oriented",
    "zeros",
    "explained",
    "small_where_zero",
    "gamma_f_0",
    "gamma_f_1",
    "gamma_zero_1",
    "without_f_1",
    "without_zero_1",
)
GOOD = 0.6  # an atom counts as a Gabor function if R² of its fit is larger
SMALL = 0.1  # |f(x)| below this counts as small; it is a tenth of a typical h that is not 0
EDGES = np.linspace(-3.6, 3.6, 73)


def compute(seed: int = 0, quick: bool = False, pictures: list[NDArray] | None = None) -> dict:
    """Learn from 20 000 patches; return atoms, both codes of fresh patches, and costs by step.

    The patches are of dead leaves, or of `pictures` where they are given.
    """
    rng = np.random.default_rng(seed)
    x, fresh = whiten(*squares(2000 if quick else 20_000, rng, pictures))
    model = learn(x, seed, 2 if quick else 5)
    fresh = fresh.astype(np.float64)
    f, h = model.encode(fresh), model.infer(fresh)
    atoms = as_images(model.atoms, "atoms")
    fits = gabor_fit(atoms)
    good, zero = fits.share > GOOD, h == 0
    numbers = {
        "source": "dead leaves" if pictures is None else "photographs",
        "gabor_share": float(good.mean()),
        "localised": float((good & (fits.widths.max(axis=1) < SIDE / 4)).mean()),
        "oriented": float((good & (direction(atoms) > 1 / 3)).mean()),
        "zeros": float(zero.mean()),
        "zeros_of_f": float((f == 0).mean()),
        "explained": float(1 - ((f - h) ** 2).sum() / (h**2).sum()),
        "small_where_zero": float((np.abs(f[zero]) < SMALL).mean()),
        "atoms": model.atoms[np.lexsort((fits.angle, ~good))],  # in the order of the wave's angle
        "joint": np.histogram2d(f[~zero], h[~zero], bins=EDGES)[0],
        "where_zero": np.histogram(f[zero], bins=EDGES)[0] / zero.size,
    }
    bare = PSD(None, copy.deepcopy(model.parts["dictionary"]), lam=LAM, gamma=0.0)
    for name, kind in (("gamma", model), ("without", bare)):
        for key, course in excess(kind, fresh[:250], f[:250]).items():
            numbers[f"{name}_{key}"] = course
            start, _, way = key.rpartition("_")
            if way == "fista":
                numbers[f"{name}_{start}_to_percent"] = steps_to(course)
                numbers.update({f"{name}_{start}_{k}": float(course[k]) for k in (0, 1, 3, 10)})
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw the atoms and f(x) against inferred codes; below, E above its minimum by steps."""
    with style():
        figure = Figure(figsize=(10.4, 9.8))
        upper, lower = figure.subfigures(2, 1, height_ratios=(1.25, 1))
        dictionary, cloud, strip = upper.subplots(1, 3, width_ratios=(1.25, 0.86, 0.22))
        show_atoms(dictionary, numbers)
        show_codes(cloud, strip, numbers)
        cases = (("gamma", f"as trained, γ = {GAMMA:g}"), ("without", "the same atoms, γ = 0"))
        for axes, (name, label) in zip(lower.subplots(1, 2, sharey=True), cases, strict=True):
            show_courses(axes, numbers, name, label)
    return figure


def show_atoms(axes, numbers: dict) -> None:
    """Draw all atoms, each on its own scale, in the order of their direction."""
    atoms = as_images(np.asarray(numbers["atoms"]), "atoms")
    scale = np.abs(atoms).max(axis=(1, 2), keepdims=True)
    axes.imshow(tile(0.5 + 0.5 * atoms / scale, 12), vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[], ylabel="atoms by direction; those without a Gabor fit last")
    axes.set_title(
        f"{ATOMS} atoms learned from {numbers['source']}, {SIDE} × {SIDE}, λ = {LAM:g}\n"
        f"Gabor fit R² > {GOOD:g}: {numbers['gabor_share']:.0%}; and localised: "
        f"{numbers['localised']:.0%}; and oriented: {numbers['oriented']:.0%}"
    )
    for spine in axes.spines.values():
        spine.set_visible(False)


def show_codes(cloud, strip, numbers: dict) -> None:
    """Draw f against h where h is not 0, as a density; beside it f where h is exactly 0."""
    joint = np.ma.masked_equal(np.asarray(numbers["joint"]), 0)
    cloud.pcolormesh(EDGES, EDGES, joint, cmap="Greys", norm=LogNorm(0.5), rasterized=True)
    cloud.plot(EDGES[[0, -1]], EDGES[[0, -1]], color="C2", linewidth=1)
    cloud.set(xlabel="h, inferred, where it is not 0")
    cloud.set_ylabel(f"f(x), predicted: exactly 0 in {numbers['zeros_of_f']:.0%}")
    cloud.set_title(
        f"codes of fresh patches, as a density\nf explains {numbers['explained']:.0%} of h"
    )
    strip.stairs(numbers["where_zero"], EDGES, orientation="horizontal", fill=True, color="C1")
    strip.set(ylim=(EDGES[0], EDGES[-1]), yticklabels=[], ylabel=" ", xlabel="share")
    strip.set_title(f"h is exactly 0:\n{numbers['zeros']:.0%} of all")


def show_courses(axes, numbers: dict, name: str, label: str) -> None:
    """Draw E above its minimum by steps, from f(x) and from zero, plain and accelerated."""
    looks = {"f": ("C2", "from f(x)"), "zero": ("C0", "from zero")}
    for start, (color, words) in looks.items():
        for way, line, marker in (("plain", "--", ""), ("fista", "-", "o")):
            course = np.asarray(numbers[f"{name}_{start}_{way}"])
            text = f"{words}, {'FISTA' if marker else 'plain steps'}"
            axes.semilogy(course, line, marker=marker, ms=3.5, color=color,
                          label=text)  # fmt: skip
    axes.set(xlabel="proximal steps", ylabel="(E − minimum) / minimum", ylim=(1e-6, 1),
             xticks=range(0, STEPS + 1, 5))  # fmt: skip
    axes.axhline(0.01, color="0.7", lw=0.9, zorder=0)
    axes.text(STEPS, 0.0115, "1 %", ha="right", color="0.4", fontsize=9)
    took = [numbers[f"{name}_{start}_to_percent"] for start in looks]
    axes.set_title(
        f"{label}\nto 1 %: {took[0]:.1f} steps of FISTA from f(x), {took[1]:.1f} from zero"
    )
    axes.legend(loc="upper right")

"""Predictive sparse decomposition of picture patches (section 14.8, equation 14.19).

The figure shows the learned atoms, the predicted codes f(x) against the inferred codes h, the
values of f(x) where h is exactly zero, and how many steps of inference are saved by a start at
f(x).
"""

from __future__ import annotations

import copy

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from numpy.typing import NDArray

from tinyae import PSD
from tinyae.plotting import Figure, as_images, style, tile

from .experiments.gabor import direction, gabor_fit
from .experiments.natural_patches import (
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
from .experiments.photographs import photographs
from .slide import Slide, legend, slide

NUMBER = "psd"
NAME = "fig_psd"
TITLE = "a dictionary of picture patches, its codes and their prediction (14.8)"
ALT = (
    "Small pictures of atoms that were learned from patches of {source}. Most are edges and "
    "bars of one direction: {gabor_share:.0%} are fitted well by a Gabor function. The "
    "predicted code f(x) explains {explained:.0%} of the inferred code h, of which "
    "{zeros:.0%} are exactly zero. An inference that starts at the prediction needs "
    "{gamma_f_to_percent:.1f} steps to come within one percent of the minimum, and "
    "{gamma_zero_to_percent:.1f} from zero."
)
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
        dictionary.set_title(
            f"{ATOMS} atoms learned from {numbers['source']}, {SIDE} × {SIDE}, λ = {LAM:g}\n"
            f"Gabor fit R² > {GOOD:g}: {numbers['gabor_share']:.0%}; and localised: "
            f"{numbers['localised']:.0%}; and oriented: {numbers['oriented']:.0%}"
        )
        show_codes(cloud, numbers)
        cloud.set_title(
            f"f(x) explains {numbers['explained']:.0%} of h,\nbut is never exactly 0"
            if numbers["zeros_of_f"] == 0
            else f"codes of fresh patches\nf explains {numbers['explained']:.0%} of h"
        )
        show_zeros(strip, numbers)
        for axes, (name, label) in zip(lower.subplots(1, 2, sharey=True), CASES, strict=True):
            show_courses(axes, numbers, name)
            took = [numbers[f"{name}_{start}_to_percent"] for start in ("f", "zero")]
            axes.set_title(
                f"{label}\nto 1 %: {took[0]:.1f} steps of FISTA from f(x), {took[1]:.1f} from zero"
            )
            axes.legend(loc="upper right")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the atoms, the predicted codes, and the steps that they save, as slides."""
    title = "Sparse coding of picture patches learns edges"
    with slide(title, ALT.format(**numbers)) as (atoms, axes):
        show_atoms(axes, numbers, 72, 12)
    alt = (
        "The predicted code f(x) against the inferred code h where h is not zero, as shades. The "
        "narrow band rises with h. Near the middle it lies along the diagonal; for large h it "
        "bends away from it, because the encoder does not predict such large values."
    )
    with slide("The encoder predicts the code, except for its largest values", alt) as (
        cloud,
        axes,
    ):
        show_codes(axes, numbers)
        axes.set(aspect="equal", xlabel="inferred h (not 0)", ylabel="predicted f(x)")
    alt = (
        "The energy above its minimum against the number of proximal steps, on a logarithmic "
        "axis. The curves that start at the prediction begin at half the height of those that "
        "start at zero. All of them fall fast and reach one percent after about two steps."
    )
    with slide("A start at the prediction halves the first error and saves few steps", alt) as (
        courses,
        axes,
    ):
        show_courses(axes, numbers, "gamma")
        legend(axes)
    return atoms, cloud, courses


CASES = (("gamma", f"as trained, γ = {GAMMA:g}"), ("without", "the same atoms, γ = 0"))


def show_atoms(axes: Axes, numbers: dict, count: int = ATOMS, columns: int = 12) -> None:
    """Draw `count` atoms, each on its own scale, in the order of their direction."""
    atoms = np.asarray(numbers["atoms"])
    atoms = as_images(atoms[np.linspace(0, len(atoms) - 1, count).astype(int)], "atoms")
    scale = np.abs(atoms).max(axis=(1, 2), keepdims=True)
    axes.imshow(tile(0.5 + 0.5 * atoms / scale, columns), vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[], ylabel="atoms by direction",
             xlabel=f"those without a Gabor fit (R² ≤ {GOOD:g}) last")  # fmt: skip
    for spine in axes.spines.values():
        spine.set_visible(False)


def show_codes(axes: Axes, numbers: dict) -> None:
    """Draw f against h where h is not 0, as a density."""
    joint = np.ma.masked_equal(np.asarray(numbers["joint"]), 0)
    axes.pcolormesh(EDGES, EDGES, joint, cmap="Greys", norm=LogNorm(0.5), rasterized=True)
    axes.plot(EDGES[[0, -1]], EDGES[[0, -1]], color="C2", linewidth=1)
    axes.set(xlabel="h, inferred, where it is not 0", ylabel="f(x), predicted")


def show_zeros(axes: Axes, numbers: dict) -> None:
    """Draw how often f has each value where h is exactly 0."""
    axes.stairs(numbers["where_zero"], EDGES, orientation="horizontal", fill=True, color="C1")
    axes.set(ylim=(EDGES[0], EDGES[-1]), yticklabels=[], ylabel=" ", xlabel="share")
    axes.set_title(f"h is exactly 0:\n{numbers['zeros']:.0%} of all")


def show_courses(axes: Axes, numbers: dict, name: str) -> None:
    """Draw E above its minimum by steps, from f(x) and from zero, plain and accelerated."""
    looks = {"f": ("C2", "from f(x)"), "zero": ("C0", "from zero")}
    for start, (color, words) in looks.items():
        for way, line, marker in (("plain", "--", ""), ("fista", "-", "o")):
            course = np.asarray(numbers[f"{name}_{start}_{way}"])
            text = f"{words}, {'FISTA' if marker else 'plain'}"
            axes.semilogy(course, line, marker=marker, ms=3.5, color=color,
                          label=text)  # fmt: skip
    axes.set(xlabel="proximal steps", ylabel="(E − minimum) / minimum", ylim=(1e-6, 1),
             xticks=range(0, STEPS + 1, 5))  # fmt: skip
    axes.axhline(0.01, color="0.7", lw=0.9, zorder=0)
    axes.text(STEPS, 0.0115, "1 %", ha="right", color="0.35", fontsize="small")

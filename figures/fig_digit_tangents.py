"""Tangents of digits from few of them: where the true motions of a digit are found (14.6, 14.7).

The left panel shows which share of a digit's true motions lies in five directions of each method,
against the number of training digits. The other panels show the directions at one digit. Those that
the code notices most are hardly motions of the digit. Those in which the reconstruction moves are:
they change the edges of the strokes only, as the motions do. With few training digits they are as
good as local PCA's. With more digits, local PCA is the best.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes

from tinyae.plotting import Figure, style

from .experiments import digit_tangents as digits
from .experiments.colour_pictures import share
from .slide import Slide, legend, slide

NUMBER = "digit_tangents"
NAME = "fig_digit_tangents"
TITLE = "tangents of digits: local PCA, the code, the reconstruction (14.6, 14.7, 14.10)"
ALT = (
    "The share of the true motions of fresh digits that lies in five directions of each "
    "method, against the number of training digits. With 300 digits the range of ∂r/∂x of a "
    "denoiser holds {denoiser_range:.0%}, local PCA {local_PCA:.0%}, ∂r/∂x itself "
    "{denoiser_reconstruction:.0%} and the contractive code {contractive_code:.0%}. The "
    "directions to which a code responds most hold few of the motions; those in which the "
    "reconstruction moves hold more."
)
DRAWN_FROM = "mnist"
CHECKED = (
    "local_PCA",
    "contractive_code",
    "denoiser_code",
    "denoiser_reconstruction",
    "denoiser_range",
    "deep_denoiser_range",
)
# Key, words, colour and line of each method.
LOOKS = {
    "local_PCA": ("local PCA", "C2", "s--"),
    "deep_denoiser_range": ("deep denoiser, range of ∂r/∂x", "C3", "D-"),
    "denoiser_range": ("denoiser, range of ∂r/∂x", "C1", "o-"),
    "denoiser_reconstruction": ("denoiser, ∂r/∂x", "C1", "o--"),
    "contractive_code": ("contractive code, ∂h/∂x", "C0", "^-"),
    "denoiser_code": ("denoiser, ∂h/∂x", "C1", "o:"),
    "PCA": ("PCA of all digits", "0.6", "-"),
}
DRAWN = ("local_PCA", "denoiser_range", "denoiser_reconstruction", "contractive_code")


def from_folder(folder: str | os.PathLike) -> digits.Digits:
    """Return the digits of MNIST."""
    return digits.from_folder(folder)


def compute(seed: int = 0, quick: bool = False, pictures: digits.Digits | None = None) -> dict:
    """Measure all methods at fresh digits, for each number of training digits.

    The digits are drawn from strokes, or are `pictures`.
    """
    counts, fresh, units, steps = (100, 300, 1000), 40, 200, 300
    if pictures is not None:
        counts, fresh, units, steps = (300, 1000, 4000, 20_000), 100, 300, 600
    if quick:
        counts, fresh, units, steps = (300,), 30, 120, 100
    data = digits.generated(max(counts), seed) if pictures is None else pictures
    numbers: dict = {"counts": np.array(counts), "fresh": fresh}
    by_count: dict[str, list] = {name: [] for name in LOOKS}
    for n in counts:
        x, points = data.drawn(n, fresh, seed)
        known = digits.without_networks(x, points, seed=seed)
        found = {"local_PCA": known["local PCA"], "PCA": known["PCA of all digits"]}
        for name, make in (("contractive", digits.contractive), ("denoiser", digits.denoiser),
                           ("deep_denoiser", digits.deep_denoiser)):  # fmt: skip
            model = make(x, seed=seed, units=units, steps=steps)
            for of in digits.OF:
                if f"{name}_{of}" in LOOKS:
                    found[f"{name}_{of}"] = digits.of_network(model, points, of)
        for name, T in found.items():
            by_count[name].append(digits.held(T, points).mean())
        if n == 300:
            # The digit that is drawn is the one at which the denoiser's share is the median.
            each = share(found["denoiser_range"], digits.motions(points))[:, :, -1].mean(axis=1)
            i = int(np.argsort(each)[fresh // 2])
            numbers |= {"digit": points[i], "motions": digits.motions(points[i : i + 1])[0]}
            numbers |= {f"{name}_directions": found[name][i] for name in DRAWN}
            numbers |= {name: float(shares[-1]) for name, shares in by_count.items()}
    return {**numbers, **{f"{name}_by_count": np.array(part) for name, part in by_count.items()}}


def draw(numbers: dict) -> Figure:
    """Draw the shares against the number of digits, and directions at one digit."""
    with style():
        figure = Figure(figsize=(13.4, 5.6))
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.35))
        show_shares(left, numbers, LOOKS)
        left.set_title("share of the true motions in five directions,\n"
                       f"mean of {numbers['fresh']} fresh digits")  # fmt: skip
        left.legend(loc="upper left", bbox_to_anchor=(0, -0.13), ncols=2, fontsize="small",
                    handlelength=3.5)  # fmt: skip
        show_directions(right, numbers)
        right.set_title("five directions of each method, from 300 digits")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the shares and the directions as slides."""
    title = "The range of r holds more of a digit's motions than the code's directions do"
    with slide(title, ALT.format(**numbers)) as (shares, axes):
        show_shares(axes, numbers, DRAWN)
        legend(axes, right=False, ncols=2)
    alt = (
        "Rows of small pictures: a digit with its true motions, and five directions of each of "
        "four methods. Those of local PCA and of the range of the reconstruction are edges of the "
        "strokes, as the motions are. Those of the contractive code are other shapes."
    )
    title = "The directions of local PCA and of the range of r move the edges of a digit"
    with slide(title, alt) as (directions, axes):
        show_directions(axes, numbers)
    return shares, directions


def show_shares(axes: Axes, numbers: dict, names: Iterable[str]) -> None:
    """Draw the share of the true motions in five directions against the number of digits."""
    for name in names:
        words, color, line = LOOKS[name]
        axes.plot(numbers["counts"], 100 * np.asarray(numbers[f"{name}_by_count"]), line,
                  color=color, markersize=5, label=words)  # fmt: skip
    axes.set(xscale="log", xlabel="training digits", ylabel="share of the true motions (%)")
    axes.set_xticks(numbers["counts"], [str(int(n)) for n in numbers["counts"]])
    axes.minorticks_off()
    axes.set_ylim(0, None)


def show_directions(axes: Axes, numbers: dict) -> None:
    """Draw a digit with its motions, and a row of five directions of each method.

    White pixels of a motion or a direction become brighter, black ones darker.
    """
    step = digits.SIDE + 2
    words = {"turn": "a turn"}
    show(axes, numbers["digit"], 0, 0, signed=False)
    for j, (v, name) in enumerate(zip(numbers["motions"], digits.MOTIONS, strict=False), start=1):
        show(axes, v, j, 0)
        axes.text((j + 0.5) * step, 1, words.get(name, name), ha="center", va="bottom")
    for i, name in enumerate(DRAWN, start=1):
        for j, v in enumerate(np.asarray(numbers[f"{name}_directions"])):
            show(axes, v, j, i)
    labels = ["a digit, its motions"]
    labels += [f"{LOOKS[name][0]}: {numbers[name]:.0%}" for name in DRAWN]
    axes.set_yticks([-(i + 0.5) * step for i in range(len(DRAWN) + 1)], labels)
    axes.set(xlim=(-1, digits.DIRECTIONS * step), ylim=(-len(labels) * step, 8), xticks=[],
             aspect="equal", ylabel=" ", xlabel="white brightens, black darkens")  # fmt: skip
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def show(axes: Axes, pixels, column: int, row: int, *, signed: bool = True) -> None:
    """Draw a digit, or a change of it, in a row and a column."""
    side = digits.SIDE
    image = np.reshape(pixels, (side, side))
    most = np.abs(image).max()
    x, y = column * (side + 2), -row * (side + 2)
    axes.imshow(image, vmin=-most if signed else 0, vmax=most,
                extent=(x, x + side, y - side, y))  # fmt: skip

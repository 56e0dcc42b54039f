"""Tangents of digits from few of them: where the true motions of a digit are found (14.6, 14.7).

The left panel shows which share of a digit's true motions lies in five directions of each method,
against the number of training digits. The other panels show the directions at one digit. Those that
the code notices most are hardly motions of the digit. Those in which the reconstruction moves are:
they change the edges of the strokes only, as the motions do. With few training digits they are as
good as local PCA's. With more digits, local PCA is the best.
"""

from __future__ import annotations

import os

import numpy as np

from figures.experiments import digit_tangents as digits
from figures.experiments.colour_pictures import share
from tinyae.plotting import Figure, style

NUMBER = "digit_tangents"
NAME = "fig_digit_tangents"
TITLE = "tangents of digits: local PCA, the code, the reconstruction (14.6, 14.7, 14.10)"
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
        left, right = figure.subfigures(1, 2, width_ratios=(1, 1.35))
        axes = left.add_subplot()
        for name, (words, color, line) in LOOKS.items():
            axes.plot(numbers["counts"], 100 * np.asarray(numbers[f"{name}_by_count"]), line,
                      color=color, markersize=5, label=words)  # fmt: skip
        axes.set(xscale="log", xlabel="training digits", ylabel="share of the true motions (%)")
        axes.set_xticks(numbers["counts"], [str(int(n)) for n in numbers["counts"]])
        axes.minorticks_off()
        axes.set_ylim(0, None)
        axes.set_title("share of the true motions in five directions,\n"
                       f"mean of {numbers['fresh']} fresh digits")  # fmt: skip
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.13), ncols=2, fontsize=8,
                    handlelength=3.5)  # fmt: skip
        panels = right.subplots(len(DRAWN) + 1, digits.DIRECTIONS + 1)
        show(panels[0, 0], numbers["digit"], "a fresh digit", signed=False)
        for panel, v, name in zip(panels[0, 1:], numbers["motions"], digits.MOTIONS, strict=False):
            show(panel, v, {"turn": "a turn"}.get(name, f"a move {name}"))
        for panel in panels[0, 1 + len(digits.MOTIONS) :]:
            panel.set_axis_off()
            panel.set_title(" ")
        for row, name in zip(panels[1:], DRAWN, strict=True):
            words = LOOKS[name][0].replace(", ", ",\n")
            row[0].text(1.0, 0.5, f"{words}\n{numbers[name]:.0%}", ha="right",
                        va="center", fontsize=9.5, transform=row[0].transAxes)  # fmt: skip
            row[0].set_axis_off()
            row[0].set_title(" ")
            for j, v in enumerate(numbers[f"{name}_directions"]):
                show(row[j + 1], v, f"direction {j + 1}")
        right.suptitle("five directions of each method from 300 digits; white brightens, black "
                       "darkens", fontsize=10.5)  # fmt: skip
    return figure


def show(panel, pixels, title: str, *, signed: bool = True) -> None:
    """Draw a digit, or a change of it: white pixels become brighter, black ones darker."""
    image = np.reshape(pixels, (digits.SIDE, digits.SIDE))
    most = np.abs(image).max()
    panel.imshow(image, vmin=-most if signed else 0, vmax=most)
    panel.set_axis_off()
    panel.set_title(title, fontsize=8.5)

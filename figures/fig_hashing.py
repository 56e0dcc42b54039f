"""A search by binary codes: queries, what is found, and precision against recall (section 14.9).

The codes have 24 bits. Those of an autoencoder with noise before its sigmoids are compared with
codes of the same length that are trained on pairs, and with codes that no training chose. A curve
shows precision and recall of the digits within each Hamming radius; a hash table looks up the small
radii by flipping bits of the query.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae.applications import PCAHashing, RandomHyperplanes, SpectralHashing
from tinyae.datasets import strokes
from tinyae.plotting import Figure, as_images, style, tile

from .experiments import semantic_hashing
from .kinds import Count, Forms, Number
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "hashing"
NAME = "fig_hashing"
TITLE = "a search by binary codes, and precision and recall of six kinds of codes (14.9)"
ALT = (
    "Curves of precision against recall for six kinds of codes of 24 bits, on a logarithmic "
    "axis of recall. Hyperplanes that are trained on pairs with labels have the highest "
    "curve. Within a Hamming distance of 2 the precision is {precision_labels:.2f} for them, "
    "{precision_semantic:.2f} for an autoencoder with noise, {precision_spectral:.2f} for "
    "spectral hashing, {precision_pca:.2f} for signs of PCA and {precision_random:.2f} for "
    "random hyperplanes."
)
CHECKED = (
    "precision_semantic",
    "precision_labels",
    "precision_spectral",
    "precision_pca",
    "precision_random",
    "saturation",
)
BITS, RADIUS = 24, 2
QUERIES, FOUND = 6, 8  # shown
NAMES = {
    "labels": "hyperplanes, pairs by labels",
    "neighbors": "hyperplanes, pairs by neighbours",
    "semantic": "autoencoder with noise",
    "spectral": "spectral hashing",
    "pca": "signs of PCA",
    "random": "random hyperplanes",
}

Rows = Annotated[int, Number(whole=True, low=100)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    rows: Rows = Forms(4000, quick=1200),
    queries: Rows = Forms(1000, quick=300),
    epochs: Count = Forms(30, quick=15),
) -> dict:
    """Train the codes on digits and search with fresh ones; return curves and what was found."""
    n, m = rows, queries
    x, y = strokes(n + m, rng=seed, dtype=np.float32)
    search = semantic_hashing.Search(x[:n], y[:n], x[n:], y[n:])
    encoders, net = _codes(search, seed, epochs)
    numbers: dict = {"size": n, "saturation": semantic_hashing.saturation(net, search.queries)}
    for name, encode in encoders.items():
        curve = search.within(encode, np.arange(BITS + 1))
        numbers[f"precision_{name}"] = float(curve.precision[RADIUS])
        numbers[f"curve_{name}"] = np.array([curve.recall, curve.precision])
    asked = np.array([np.flatnonzero(search.query_labels == digit)[0] for digit in range(QUERIES)])
    data, codes = (encoders["semantic"](part) for part in (search.data, search.queries[asked]))
    distances = (data[None] != codes[:, None]).sum(axis=2)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :FOUND]
    numbers["asked"], numbers["found"] = search.queries[asked], search.data[nearest]
    numbers["distances"] = np.take_along_axis(distances, nearest, axis=1)
    numbers["right"] = search.labels[nearest] == search.query_labels[asked][:, None]
    return numbers


def _codes(search, seed, epochs):
    """Return functions from pictures to codes by name, and the autoencoder."""
    x, labels = search.data, search.labels
    net = semantic_hashing.learn(x, BITS, semantic_hashing.growing(10.0), hidden=(100,),
                                 epochs=epochs, rate=5e-3, seed=seed)  # fmt: skip
    features = semantic_hashing.Features(x)
    pairs = {
        "labels": semantic_hashing.labelled_pairs(labels, 2 * len(x), seed),
        "neighbors": semantic_hashing.neighbor_labels(features(x), 2 * len(x), 20, seed),
    }
    encoders = {}
    for name, chosen in pairs.items():
        model = semantic_hashing.learn_hyperplanes(features(x), chosen, BITS, epochs=10, seed=seed)
        encoders[name] = lambda z, model=model: model.transform(features(z))
    encoders["semantic"] = lambda z: semantic_hashing.bits_of(net, z)
    for name, hashing in (
        ("spectral", SpectralHashing(BITS)),
        ("pca", PCAHashing(BITS)),
        ("random", RandomHyperplanes(BITS, rng=seed)),
    ):
        encoders[name] = hashing.fit(x).transform
    return encoders, net


COLOURS = ("C0-", "C2-", "C1-", "C5--", "C4-.", "0.5:")


def draw(numbers: dict) -> Figure:
    """Draw what was found for each query with its distance, and precision against recall."""
    with style():
        figure = Figure(figsize=(12.4, 5.2))
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1.0])
        show_found(left, numbers)
        left.set_title(f"query, and the nearest of {numbers['size']} digits by {BITS} bits\n"
                       "of the autoencoder, with their Hamming distances")  # fmt: skip
        show_precision(right, numbers)
        right.set_title(f"radii 0, 1, 2, … from the left; dots: radius {RADIUS}.\n"
                        "A query that finds nothing counts as precision 0")  # fmt: skip
        right.legend(loc="upper left")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw what was found and the curves as slides."""
    title = f"Codes of {BITS} bits find digits that look alike"
    alt = (
        "Each row begins with a query, and eight digits that were found by their binary codes "
        "follow, with their Hamming distances. Most show the same digit as the query; those of "
        "another digit have a frame."
    )
    other = "digits found by binary codes, with their Hamming distances"
    with slide(title, alt, other) as (found, axes):
        show_found(axes, numbers, 4)
        axes.set_xlabel("query, then what is found, with Hamming distances")
    title = "Codes that are trained on labels find more of what is right"
    other = "precision and recall of six kinds of codes"
    with slide(title, ALT.format(**numbers), other) as (precision, axes):
        show_precision(axes, numbers)
        axes.set(xlabel="recall: share of the right digits", ylabel="precision")
        legend(axes)
    return found, precision


def show_precision(axes: Axes, numbers: dict) -> None:
    """Draw precision against recall, a curve over the radii for each kind of codes."""
    for (name, label), look in zip(NAMES.items(), COLOURS, strict=True):
        recall, precision = np.asarray(numbers[f"curve_{name}"])
        color, line = (look[:-1], look[-1]) if look[0] == "0" else (look[:2], look[2:])
        axes.plot(recall, precision, color=color, linestyle=line, label=label)
        axes.plot(recall[RADIUS], precision[RADIUS], "o", color=color)
    axes.set(xlabel="recall: share of the right digits that is found",
             ylabel="precision: share of what is found that is right",
             xscale="log", xlim=(2e-5, 1.0), ylim=(0, 1.0))  # fmt: skip


def show_found(axes: Axes, numbers: dict, queries: int = QUERIES) -> None:
    """Draw rows of pictures, a query and what was found; frame what shows another digit."""
    asked, found = (np.asarray(numbers[key])[:queries] for key in ("asked", "found"))
    rows = np.concatenate([asked[:, None], found], axis=1).reshape(-1, asked.shape[1])
    gap, columns = 12, FOUND + 1
    axes.imshow(tile(as_images(rows, "found"), columns, gap=gap), vmin=0, vmax=1)
    step = 28 + gap
    for i, (distances, right) in enumerate(
        zip(numbers["distances"][:queries], numbers["right"][:queries], strict=True)
    ):
        for j, (distance, same) in enumerate(zip(distances, right, strict=True)):
            x, y = (j + 1) * step, i * step
            axes.text(x + 14, y + 29, f"{int(distance)}", ha="center", va="top", fontsize="small")
            if not same:
                axes.add_patch(_frame(x, y))
    axes.axvline(step - gap / 2, color="0.3")
    axes.set(xticks=[], yticks=[], ylabel="framed: another digit",
             xlim=(-3, columns * step - gap + 2), ylim=(queries * step, -2))  # fmt: skip
    for spine in axes.spines.values():
        spine.set_visible(False)


def _frame(x, y):
    """Return a frame around a picture of 28 × 28 pixels."""
    from matplotlib.patches import Rectangle  # here: `figures` needs it only to draw

    return Rectangle((x - 1.5, y - 1.5), 30, 30, fill=False, edgecolor="C2", linewidth=2)

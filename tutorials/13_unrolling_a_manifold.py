# %% [markdown]
# # Tutorial 13: unrolling a manifold
#
# Section 14.6, figure 14.8. You need tutorial 2, and from linear algebra that a symmetric matrix
# has orthogonal eigenvectors.
#
# ## 1. The question
#
# Make 1000 holes in a sheet of paper and roll it up. We know only the positions of the holes in
# space, three numbers for each. On the sheet, each hole has two coordinates: how far along the
# sheet, and how high. **Can these be found from the positions in space?**
#
# PCA cannot find them: in every plane projection the turns of the roll lie on top of each other.
# But two holes that are *near* each other on the sheet are also near each other in space, at about
# the same distance. The methods of this section use only this: which points are near each other,
# and how near.

# %%
import math
from pathlib import Path

import numpy as np

from tinyae import PCA, gradcheck
from tinyae.datasets import swiss_roll
from tinyae.embeddings import (
    GaussianKernel,
    Isomap,
    KernelPCA,
    NeighborGraph,
    TangentAlignment,
    TSNEMap,
    pick_probabilities,
)
from tinyae.plotting import Figure, save_figure, show, style
from tinyae.text import adapt_outputs

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes λ as lambda where the terminal cannot show the letter

# %% [markdown]
# ## 2. The equation
#
# Connect each point with its nearest neighbours: this is the *graph* of figure 14.8. A path along
# its edges stays on the sheet, so the length of the shortest path from i to j is about the distance
# on the sheet. Call it D_ij. On a flat sheet D_ij would be ‖y_i − y_j‖, where y are the coordinates
# that we look for. How can we compute coordinates from distances?
#
#     D_ij² = ‖y_i‖² − 2 y_i·y_j + ‖y_j‖²
#
# Let the mean of the y be 0. The mean of D_ij² over i is ‖y_j‖² + m, the mean over j is ‖y_i‖² + m,
# and the mean over both is 2m, where m is the mean of all ‖y‖². So
#
#     B_ij = −½ (D_ij² − mean over i − mean over j + mean over both) = y_i·y_j
#
# So the table of inner products is Y Yᵀ, with y_i as row i of Y. If B = V Λ Vᵀ, then one solution
# is Y = V Λ^½: the eigenvectors, each times the square root of its eigenvalue. If two eigenvalues
# are large and the others small, the sheet has two dimensions. This method is *Isomap*. (With
# straight distances it is PCA.)
#
# ## 3. One unit, one example
#
# Take three points around a corner, (0, 0), (1, 0) and (1, 1). The straight distance from the first
# to the last is √2, but the path through the second has length 2.

# %%
D = [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
across = [sum(d * d for d in row) / 3 for row in D]
whole = sum(across) / 3
B = [[-0.5 * (D[i][j] ** 2 - across[i] - across[j] + whole) for j in range(3)] for i in range(3)]
for row in B:
    print("   ".join(f"{b + 0.0:5.2f}" for b in row))
y = (-1, 0, 1)
assert all(abs(B[i][j] - y[i] * y[j]) < 1e-12 for i in range(3) for j in range(3))

# %% [markdown]
# B is y yᵀ with y = (−1, 0, 1): the corner has become a straight line, and one coordinate is
# enough. With √2 in place of 2, two coordinates would be necessary, and the result would be the
# corner.
#
# ## 4. By loops, then by layers
#
# Here the layers are three computations: neighbours, paths, coordinates. By loops, on 60 points:

# %%
x, sheet = swiss_roll(60, rng=3)
n, k = len(x), 6
walk = [[0.0 if i == j else math.inf for j in range(n)] for i in range(n)]
for i in range(n):
    order = sorted((math.dist(x[i], x[j]), j) for j in range(n) if j != i)
    for length, j in order[:k]:
        walk[i][j] = walk[j][i] = length
for m in range(n):  # is the path through m shorter? (Floyd 1962)
    for i in range(n):
        for j in range(n):
            walk[i][j] = min(walk[i][j], walk[i][m] + walk[m][j])
graph = NeighborGraph(k).fit(x)
print(f"largest difference of the paths: {np.abs(walk - graph.shortest_paths()).max():.1e}")
assert np.allclose(walk, graph.shortest_paths(), atol=1e-12)

squares = np.array(walk) ** 2
B = -0.5 * (squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean())
values, V = np.linalg.eigh(B)
Y = V[:, :-3:-1] * np.sqrt(values[:-3:-1])
model = Isomap(2, n_neighbors=k).fit(x)
sign = np.sign((Y * model.embedding_).sum(axis=0))
print(f"largest difference of the coordinates: {np.abs(Y * sign - model.embedding_).max():.1e}")
print("the five largest eigenvalues:", np.round(values[:-6:-1]))
assert np.allclose(Y * sign, model.embedding_, atol=1e-8)

# %% [markdown]
# ## 5. The gradient
#
# Nothing was trained, but the result minimises a function. With one coordinate y, let the *strain*
# be
#
#     E(y) = ½ Σ_ij (B_ij − y_i y_j)²        ∂E/∂y_i = −2 Σ_j (B_ij − y_i y_j) y_j
#
# (y_i occurs in row i and in column i, hence the 2.) At y = √λ v the gradient is −2 (λ − λ‖v‖²) √λ
# v = 0, so every eigenvector is a stationary point, and the one with the largest λ is the minimum.
# Another method of section 14.6, t-SNE, has no solution in closed form and uses gradient descent.
# Its gradient is derived in `embeddings/sne.py`, and `gradcheck` can check it like that of any
# network.


# %%
def strain(y):
    return 0.5 * ((B - np.outer(y, y)) ** 2).sum()


def slope(y):
    return -2.0 * (B - np.outer(y, y)) @ y


y, e = np.random.default_rng(0).normal(size=n) * 10, 1e-4
number = [(strain(y + u) - strain(y - u)) / (2 * e) for u in e * np.eye(n)]
off = np.abs(slope(y) - number).max() / np.abs(number).max()
rest = np.abs(slope(Y[:, 0])).max() / np.abs(slope(y)).max()
print(
    f"gradient of the strain: off by {off:.1e}; at Isomap's coordinate {rest:.1e} of one elsewhere"
)
assert off < 1e-7 and rest < 1e-12
tsne = TSNEMap(n)
tsne.theta[...] = np.random.default_rng(1).normal(size=2 * n)
report = gradcheck(tsne, pick_probabilities(x, 10.0))
print(report)
assert report.max_relative_error < 1e-12

# %% [markdown]
# ## 6. The experiment
#
# There are 1000 holes. Two methods use the graph, and two use only the positions. The second graph
# method is *tangent-space alignment*. It fits a plane to each neighbourhood, and it looks for two
# coordinates that are, in every neighbourhood, an affine function of the position in this plane.
# These coordinates have an arbitrary scale. So for all methods the best affine map to the sheet is
# applied before the error is measured.

# %%
rng = np.random.default_rng(0)  # the source of all random numbers
count, neighbors, noise, width = 1000, 8, 0.0, 5.0
x, sheet = swiss_roll(count, noise=noise, rng=rng)
fresh, places = swiss_roll(200, noise=noise, rng=rng)
graph = NeighborGraph(neighbors).fit(x)
leaps = np.abs(sheet[graph.indices_, 0] - sheet[:, None, 0]) > 15
print(f"edges: {leaps.size}, of which {leaps.sum()} connect two turns of the roll")


def ranks(a, b):
    """Return the rank correlation of two columns, without its sign."""
    a, b = (np.argsort(np.argsort(column)) for column in (a, b))
    return abs(float(np.corrcoef(a, b)[0, 1]))


def flattened(y, more):
    """Fit an affine map from y to the sheet; return its values at y and at `more`."""
    A = np.linalg.lstsq(np.column_stack([y, np.ones(len(y))]), sheet, rcond=None)[0]
    return [np.column_stack([part, np.ones(len(part))]) @ A for part in (y, more)]


flat = PCA(2).fit(x)
models = {
    "Isomap": Isomap(2, n_neighbors=neighbors).fit(x),
    "alignment": TangentAlignment(2, n_neighbors=neighbors).fit(x),
    "kernel PCA": KernelPCA(2, kernel=GaussianKernel(width)).fit(x),
    "PCA": None,
}
found, rows = {}, {}
print("              rank correlation with the    error on the sheet, 89 × 21")
print("              length       height          these points   fresh points")
for name, model in models.items():
    y = flat.transform(x) if model is None else model.embedding_
    new = flat.transform(fresh) if model is None else model.transform(fresh)
    found[name], new = flattened(y, new)
    error, beyond = (float(np.sqrt(((a - b) ** 2).sum(axis=1).mean()))
                     for a, b in ((found[name], sheet), (new, places)))  # fmt: skip
    rows[name] = (*(ranks(found[name][:, i], sheet[:, i]) for i in range(2)), error, beyond)
    print("{:<12}{:9.4f}{:13.4f}{:18.2f}{:15.2f}".format(name, *rows[name]))

# %% [markdown]
# The graph contains enough information. The error of Isomap is about 1 on a sheet of 89, because
# its paths zigzag from hole to hole; the planes give a smaller error. Fresh points are placed by
# interpolation: Isomap uses the shortest paths from a fresh point into the graph, alignment uses
# the nearest plane. A Gaussian kernel also gives near points more weight, but it has no paths, and
# it does not unroll the sheet.

# %%
with style():
    figure = Figure(figsize=(11.4, 3.6))
    side, first, second, none = figure.subplots(1, 4, width_ratios=(0.8, 1, 1, 1))
    look = {"c": sheet[:, 0], "cmap": "viridis", "s": 9}
    shown = side.scatter(x[:, 0], x[:, 2], **look)
    side.set(title="the roll, from its end", xlabel="$x_1$", ylabel="$x_3$",
             aspect="equal")  # fmt: skip
    for axes, name in ((first, "Isomap"), (second, "alignment")):
        axes.scatter(*found[name].T, **look)
        axes.set(title=f"{name}\nrank correlation {rows[name][0]:.3f}, {rows[name][1]:.3f}",
                 xlabel="length", ylabel="height")  # fmt: skip
    none.scatter(*models["kernel PCA"].embedding_.T, **look)
    none.set(title="kernel PCA", xlabel="first coordinate", ylabel="second coordinate")
    figure.colorbar(shown, ax=none, label="true length along the sheet")
print("see", save_figure(figure, OUT / "13_unrolled.png"))
show(figure)  # in a notebook
# %% [markdown]
# ## 7. What to change
#
# Each item is one edit in section 6, with the result of three seeds. Write down what you expect
# before you run it. After an edit, an assertion of section 8 may fail; that is part of the
# exercise.
#
# 1. `20` for the `8` neighbours: 9 to 11 of 20 000 edges connect two different turns. These few
#    edges are enough: shortest paths use them, and the error of Isomap is 8 to 10, that of
#    alignment 12 to 13.
# 2. `3` for the `8`: an error message. The graph falls into 2 to 7 pieces, and the position of one
#    piece relative to another is not known.
# 3. `300` for the `1000` points, 8 neighbours: the nearest neighbours are too far away, 3 to 11
#    edges connect two turns, and the errors are 14 to 22. With fewer points, the sheet may curve
#    less within a neighbourhood.
# 4. `0.6` for the noise of `0.0`: Isomap still unrolls two rolls of three, with errors of 1.3 and
#    1.7; on the third, two edges connect two turns. Alignment keeps the length (0.96 to 1.00) but
#    loses the height (0.05 to 0.08). The noise tilts the planes, and then there are many
#    coordinates that agree almost equally well with all planes; the height is only one of them.
# 5. `1.0` for the kernel's width of `5.0`: each point is similar only to itself, and the
#    correlations are 0.09 to 0.24. `50.0`: the kernel is nearly linear, and kernel PCA is PCA, with
#    an error of 23 to 24 for both.
#
# ## 8. What was shown
#
# The numbers in brackets are the results of 16 seeds; the bounds leave a margin and are not fitted
# to this run.

# %%
for name, most in (("Isomap", 1.5), ("alignment", 0.6)):
    length, height, error, beyond = rows[name]
    assert min(length, height) > 0.98, "both coordinates are found (0.987 and more, 0.999 and more)"
    assert error < most, "to this error (0.76 to 1.16, 0.19 to 0.41)"
    assert abs(beyond / error - 1) < 0.25, "also for fresh points (0.91 to 1.10)"
for name in ("kernel PCA", "PCA"):
    assert max(rows[name][:2]) < 0.7, "they are not without a graph (0.36 and 0.54 at most)"
    assert rows[name][2] > 15, "then the error is that of a constant map (23 to 26)"
assert leaps.sum() == 0, "no edge connects two turns (0 on all sixteen)"
print("Distances between near neighbours are enough to unroll a sheet, if they are near enough.")

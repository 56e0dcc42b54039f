"""Principal components (task 10)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong

PCA = "tinyae/embeddings/pca.py"


def points(variant, rows, columns, scale=1.0):
    """Return rows that vary with a different strength along each of some random directions."""
    rng = variant.rng(f"points {rows} {columns}")
    axes, _ = np.linalg.qr(rng.normal(size=(columns, columns)))
    spread = np.geomspace(1.0, scale, columns) * np.linspace(1.5, 0.5, columns)
    return rng.normal(size=(rows, columns)) * spread @ axes + rng.normal(size=columns)


def principal(x, k):
    """Return mean, components and all variances by the eigenvectors of the inner products.

    It works in 80-bit numbers where the machine has them, by the power method with deflation.
    """
    x = np.asarray(x, np.longdouble)
    mean = x.sum(axis=0) / len(x)
    rest, components, variances = x - mean, [], []
    for _ in range(min(x.shape)):
        if (rest * rest).sum() < 1e-30:
            variances.append(0.0)
            continue
        v = rest[(rest * rest).sum(axis=1).argmax()]
        for _ in range(6000):
            w = rest.T @ (rest @ v)
            w = w / np.sqrt((w * w).sum())
            done = np.abs(w - v).max() < 1e-17
            v = w
            if done:
                break
        along = rest @ v
        variances.append((along * along).sum() / len(x))
        components.append(v * np.sign(v[np.abs(v).argmax()]))
        rest = rest - np.outer(along, v)
    return (mean.astype(float), np.array(components[:k], float), np.array(variances, float))


def shape_of(variant):
    """Return rows, columns and k for many points."""
    n, d, _ = variant.sizes
    return 10 * n * d, d, min(d - 1, 2)


def fitted(x, k):
    """Return a PCA of the submission that was fitted to x."""
    from tinyae.embeddings import PCA

    return PCA(k).fit(x)


def got_mean(variant):
    rows, d, k = shape_of(variant)
    x = points(variant, rows, d)
    return fitted(x, k).mean_, x


def want_mean(variant):
    rows, d, k = shape_of(variant)
    x = points(variant, rows, d)
    return principal(x, k)[0], x


def got_plane(variant):
    rows, d, k = shape_of(variant)
    V = fitted(points(variant, rows, d), k).components_
    return np.array(V.shape), V.T @ V


def want_plane(variant):
    rows, d, k = shape_of(variant)
    V = principal(points(variant, rows, d), k)[1]
    return np.array([k, d]), V.T @ V


def got_variances(variant):
    rows, d, k = shape_of(variant)
    pca = fitted(points(variant, rows, d), k)
    return pca.explained_variance_, pca.spectrum_


def want_variances(variant):
    rows, d, k = shape_of(variant)
    variances = principal(points(variant, rows, d), k)[2]
    return variances[:k], variances


def given(variant):
    """Return a PCA whose attributes are set by hand, and its numbers."""
    from tinyae.embeddings import PCA

    n, d, k = variant.sizes
    pca = PCA(2)
    V = np.eye(d)[[1, 0]] * 0.8 + np.eye(d)[[2, 1]] * 0.6
    pca.mean_, pca.components_ = np.arange(1.0, d + 1), V
    pca.explained_variance_, pca.spectrum_ = np.array([2.0, 1.0]), np.arange(d, 0.0, -1)
    return pca


def rows_of(variant):
    """Return new points and codes."""
    n, d, k = variant.sizes
    rng = variant.rng("new points")
    return rng.normal(size=(n, d)), rng.normal(size=(n, 2))


def got_codes(variant):
    pca = given(variant)
    x, h = rows_of(variant)
    return pca.transform(x), pca.inverse_transform(h)


def want_codes(variant):
    x, h = rows_of(variant)
    d = x.shape[1]
    mean = np.arange(1.0, d + 1)
    e = x - mean
    back = np.zeros_like(x)
    back[:, 1], back[:, 0], back[:, 2] = 0.8 * h[:, 0] + 0.6 * h[:, 1], 0.8 * h[:, 1], 0.6 * h[:, 0]
    h_of = np.stack([0.8 * e[:, 1] + 0.6 * e[:, 2], 0.8 * e[:, 0] + 0.6 * e[:, 1]], axis=1)
    return h_of, back + mean


def got_order(variant):
    rows, d, k = shape_of(variant)
    return (fitted(points(variant, rows, d) + 100.0, k).components_,)


def want_order(variant):
    rows, d, k = shape_of(variant)
    return (principal(points(variant, rows, d), k)[1],)


def got_few(variant):
    d = variant.sizes[1] + 3
    pca = fitted(points(variant, 4, d), 2)
    return pca.mean_, pca.components_, pca.explained_variance_, pca.spectrum_[:3]


def want_few(variant):
    d = variant.sizes[1] + 3
    mean, V, variances = principal(points(variant, 4, d), 2)
    return mean, V, variances[:2], variances[:3]


def got_small(variant):
    x = points(variant, 200, 3, scale=1e-7)
    pca = fitted(x, 3)
    return pca.components_, pca.explained_variance_[2:] * 1e14


def want_small(variant):
    _, V, variances = principal(points(variant, 200, 3, scale=1e-7), 3)
    return V, variances[2:] * 1e14


START = "X = np.asarray(X, float)\nk, mean = self.n_components, X.mean(axis=0)\n"
SVD = "_, s, V = np.linalg.svd(X - mean, full_matrices=False)\n"
SIGNS = "V = V * np.sign(V[np.arange(len(V)), np.abs(V).argmax(axis=1)])[:, None]\n"
END = (
    "self.mean_, self.components_ = mean, V[:k]\n"
    "self.explained_variance_, self.spectrum_ = variances[:k], variances\nreturn self"
)
VARIANCES = "variances = s**2 / len(X)\n"

TASK_10 = Task(
    id="10", title="Principal components", minutes=50, tutorial="02", needs=(),
    plain={"PCA.fit": START + SVD + SIGNS + VARIANCES + END},
    symbols=(
        Symbol(PCA, "PCA.fit",
               "Learn the mean and the components of X (n, d), and return `self`.\n\n"
               "Set `self.mean_` (d,), `self.components_` (k, d) with orthonormal rows by falling "
               "variance, `self.explained_variance_` (k,), the variances along them, and "
               "`self.spectrum_`, all variances from the largest down. k is `self.n_components`. "
               "A variance is a mean over n rows. The largest entry of each component is positive. "
               "`y` is not used. You need not check the arguments."),
        Symbol(PCA, "_principal", "A helper of `PCA.fit`. Write it only if you want to use it."),
        Symbol(PCA, "PCA.transform", "Return the code of X (m, d), of shape (m, k)."),
        Symbol(PCA, "PCA.inverse_transform",
               "Return the points (m, d) that belong to the codes X (m, k)."),
    ),
    statement="10.md",
    checks=(
        Check("mean", 0.5, got_mean, want_mean, property="the mean of the rows; X does not change",
              case="two points in the plane"),
        Check("plane", 1, got_plane, want_plane, tolerance=1e-8,
              property="the components span the plane of largest variance",
              case="points in the plane with k = 1"),
        Check("variances", 0.75, got_variances, want_variances, tolerance=1e-8,
              property="the variances are means over n rows, the largest first",
              case="the points -2, 0, 2 on a line, with k = 1"),
        Check("code and back", 0.5, got_codes, want_codes,
              property="the mean is subtracted on the way to the code, and added on the way back",
              case="one point and k = 1"),
        Check("order and sign", 0.75, got_order, want_order, hidden=True, tolerance=1e-6,
              property="the components fall in variance, and their largest entry is positive",
              case="points in the plane with k = 2, far from the origin"),
        Check("few points", 1, got_few, want_few, hidden=True, tolerance=1e-8,
              property="fewer points than features are no obstacle",
              case="four points in five dimensions"),
        Check("small variances", 0.5, got_small, want_small, hidden=True, tolerance=1e-6,
              property="a variance of 1e-14 of the largest keeps its digits, which the covariance "
              "matrix would lose", case="a flat cloud of points"),
    ),
    wrong=(
        Wrong("not centred", "X is decomposed as it is: subtract the mean first.",
              {"PCA.fit": START + SVD.replace("X - mean", "X") + SIGNS + VARIANCES + END}),
        Wrong("smallest first",
              "The components of smallest variance are returned: `eigh` sorts upwards.",
              {"PCA.fit": START + "w, V = np.linalg.eigh((X - mean).T @ (X - mean) / len(X))\n"
               "V, variances = V.T, w\n" + SIGNS + END}),
        Wrong("variances over n - 1",
              "The variances are divided by n - 1: here a variance is a mean over n rows.",
              {"PCA.fit": START + SVD + SIGNS + "variances = s**2 / (len(X) - 1)\n" + END}),
        Wrong("singular values for variances",
              "The variances are singular values: a variance is a square divided by n.",
              {"PCA.fit": START + SVD + SIGNS + "variances = s / len(X)\n" + END}),
        Wrong("columns for rows",
              "The components are columns of the decomposed matrix: `svd` returns them as rows.",
              {"PCA.fit": START + SVD + "V = V.T\n" + SIGNS + VARIANCES + END}),
        Wrong("all variances for those of the components",
              "`explained_variance_` has all variances: it has one for each component.",
              {"PCA.fit": START + SVD + SIGNS + VARIANCES + END.replace("variances[:k]", "variances")}),
        Wrong("signs left open",
              "The sign of the components is left to chance: make the largest entry positive.",
              {"PCA.fit": START + SVD + VARIANCES + END}),
        Wrong("covariance decomposed",
              "The covariance matrix is decomposed: its rounding hides variances below 1e-16 of the "
              "largest. Decompose the centred X.",
              {"PCA.fit": START + "w, V = np.linalg.eigh((X - mean).T @ (X - mean) / len(X))\n"
               "V, variances = V[:, ::-1].T, np.maximum(w[::-1], 0.0)\n" + SIGNS + END}),
        Wrong("mean not subtracted", "The code is taken of X and not of X minus the mean.",
              {"PCA.transform": "return np.asarray(X) @ self.components_.T"}),
        Wrong("mean not added", "The mean is not added on the way back.",
              {"PCA.inverse_transform": "return np.asarray(X) @ self.components_"}),
    ),
)  # fmt: skip


TASKS = (TASK_10,)

"""Embeddings and densities of section 14.6, beside scikit-learn: `python -m benchmarks manifolds`.

Both libraries run in one process, in turn, on the same data with the same settings. Set
OPENBLAS_NUM_THREADS=1 for one thread. The times are processor time, which other work of the machine
disturbs less than time by the clock. A ratio above 1 means that scikit-learn takes longer. Beside
the time stands the objective of the method, computed here in the same way for both:

    PCA                     squared error of the reconstruction, a mean over the points
    kernel PCA, Isomap      strain ‖K − Y Yᵀ‖ / ‖K‖, K the centred kernel or paths
    locally linear          tr Yᵀ(I − W)ᵀ(I − W) Y, for orthonormal Y
    Laplacian eigenmaps     tr Yᵀ L Y, for Yᵀ D Y = I, on tinyae's graph
    alignment, Hessian      error of the best affine map from Y to the sheet
    t-SNE                   the divergence, by all pairs
    kernel density          largest error of log p, beside a sum over all points, in nats

Smaller is better for all. scikit-learn's Laplacian eigenmaps give half of the weight to an edge
that is one in one direction only. Its PCA with "auto" takes a randomized method for 1000 digits and
30 components. It is approximate and computes no further eigenvalues; "full" is exact.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks import machine, report
from benchmarks.runner import busy_seconds
from tinyae import densities, embeddings
from tinyae.datasets import mnist, swiss_roll
from tinyae.embeddings.locally_linear import barycentric

M, WIDTH, BANDWIDTH, COMPONENTS = 10, 5.0, 1.0, 30  # neighbours; of kernels; of the PCA of digits
SECONDS = 0.2  # of one timing of a short method
Fit = Callable[[], object]


@dataclass(frozen=True)
class Comparison:
    """One method on one set of points.

    Attributes
    ----------
    ours : fits and returns the embedding, or the log densities
    theirs : the same of scikit-learn's, by the name of its variant
    error : what both return -> the objective, smaller is better
    """

    ours: Fit
    theirs: dict[str, Fit]
    error: Callable[[np.ndarray], float]


def strain(K: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return y -> ‖K̃ − y yᵀ‖ / ‖K̃‖ for the centred K̃ of K (n, n)."""
    K = K - K.mean(axis=0) - K.mean(axis=1)[:, None] + K.mean()
    return lambda y: float(np.linalg.norm(K - y @ y.T) / np.linalg.norm(K))


def quadratic(A: np.ndarray, D: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return y -> tr Yᵀ A Y, for the y of mean 0 made orthonormal: Yᵀ D Y = I, D (n,) diagonal."""

    def error(y: np.ndarray) -> float:
        y = y - (D[:, None] * y).sum(axis=0) / D.sum()
        Q = np.linalg.qr(np.sqrt(D)[:, None] * y)[0] / np.sqrt(D)[:, None]
        return float(np.trace(Q.T @ A @ Q))

    return error


def to_sheet(sheet: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return y -> the relative error of the best affine map from y to the sheet (n, 2)."""
    flat = sheet - sheet.mean(axis=0)

    def error(y: np.ndarray) -> float:
        A = np.column_stack([y, np.ones(len(y))])
        rest = flat - A @ np.linalg.lstsq(A, flat, rcond=None)[0]
        return float(np.linalg.norm(rest) / np.linalg.norm(flat))

    return error


def divergence(x: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return y -> KL(P ‖ Q) of a t-SNE map of x (n, d)."""
    P = embeddings.pick_probabilities(x)

    def error(y: np.ndarray) -> float:
        model = embeddings.TSNEMap(*y.shape)
        model.theta[...] = y.ravel()
        return model.loss(P)

    return error


def density_error(x: np.ndarray, at: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return the largest error of log p (m,) at some points, for windows on the rows of x."""
    exponents = np.array([-0.5 * ((x - point) ** 2).sum(axis=1) for point in at]) / BANDWIDTH**2
    constant = np.log(len(x)) + 0.5 * x.shape[1] * np.log(2.0 * np.pi * BANDWIDTH**2)
    log_p = np.logaddexp.reduce(exponents, axis=1) - constant
    return lambda found: float(np.abs(found - log_p).max())


def on_a_roll(n: int, seed: int = 2) -> dict[str, Comparison]:
    """Return the comparisons on a roll of n points."""
    from sklearn import decomposition, manifold, neighbors

    x, sheet = swiss_roll(n, rng=seed)
    kernel, flat = embeddings.GaussianKernel(WIDTH), to_sheet(sheet)
    graph = embeddings.NeighborGraph(M).fit(x)
    paths = graph.shortest_paths()
    residual = np.eye(n)
    weights = barycentric(x, x[graph.indices_], 1e-3)
    np.put_along_axis(residual, graph.indices_, -weights, axis=1)
    nodes, targets, _ = graph.pairs()
    L = np.diag(np.bincount(nodes).astype(float))
    L[nodes, targets] = -1.0
    LLE, gamma = manifold.LocallyLinearEmbedding, 0.5 / WIDTH**2

    def lle(method: str) -> Fit:
        fitted = LLE(n_neighbors=M, method=method, random_state=0)
        return lambda: fitted.fit_transform(x)

    def log_p() -> np.ndarray:
        kde = neighbors.KernelDensity(bandwidth=BANDWIDTH).fit(x)
        return kde.score_samples(x)

    return {
        "PCA": Comparison(
            lambda: reconstructed(embeddings.PCA(2), x),
            {"auto": lambda: reconstructed(decomposition.PCA(2), x)},
            lambda r: float(((r - x) ** 2).sum(axis=1).mean())),
        "kernel PCA": Comparison(
            lambda: embeddings.KernelPCA(kernel=kernel).fit_transform(x),
            {"": lambda: decomposition.KernelPCA(2, kernel="rbf", gamma=gamma).fit_transform(x)},
            strain(kernel(x, x))),
        "Isomap": Comparison(
            lambda: embeddings.Isomap(n_neighbors=M).fit_transform(x),
            {"": lambda: manifold.Isomap(n_neighbors=M).fit_transform(x)},
            strain(-0.5 * paths**2)),
        "locally linear": Comparison(
            lambda: embeddings.LocallyLinear(n_neighbors=M).fit_transform(x),
            {"": lle("standard")},
            quadratic(residual.T @ residual, np.ones(n))),
        "Laplacian eigenmaps": Comparison(
            lambda: embeddings.LaplacianEigenmaps(n_neighbors=M).fit_transform(x),
            {"": lambda: manifold.SpectralEmbedding(
                n_neighbors=M, affinity="nearest_neighbors", random_state=0).fit_transform(x)},
            quadratic(L, L.diagonal().copy())),
        "tangent alignment": Comparison(
            lambda: embeddings.TangentAlignment(n_neighbors=M).fit_transform(x),
            {"": lle("ltsa")}, flat),
        "Hessian eigenmaps": Comparison(
            lambda: embeddings.HessianEigenmaps(n_neighbors=M).fit_transform(x),
            {"": lle("hessian")}, flat),
        "kernel density": Comparison(
            lambda: densities.Parzen(BANDWIDTH).fit(x).score_samples(x), {"": log_p},
            density_error(x, x)),
    }  # fmt: skip


def tsne_of(x: np.ndarray) -> Comparison:
    """Return the comparison of t-SNE on x (n, d)."""
    from sklearn.manifold import TSNE

    return Comparison(
        lambda: embeddings.TSNE().fit_transform(x),
        {"Barnes-Hut": lambda: TSNE(random_state=0).fit_transform(x).astype(float),
         "exact": lambda: TSNE(method="exact", random_state=0).fit_transform(x).astype(float)},
        divergence(x))  # fmt: skip


def on_digits(x: np.ndarray, more: np.ndarray) -> dict[str, Comparison]:
    """Return the comparisons on digits (n, 784) and further ones."""
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KernelDensity

    k = COMPONENTS
    return {
        f"PCA, {k} components": Comparison(
            lambda: reconstructed(embeddings.PCA(k), x),
            {name: lambda name=name: reconstructed(PCA(k, svd_solver=name, random_state=0), x)
             for name in ("auto", "full", "covariance_eigh")},
            lambda r: float(((r - x) ** 2).sum(axis=1).mean())),
        "kernel density": Comparison(
            lambda: densities.Parzen(BANDWIDTH).fit(x).score_samples(more),
            {"": lambda: KernelDensity(bandwidth=BANDWIDTH).fit(x).score_samples(more)},
            density_error(x, more)),
    }  # fmt: skip


def reconstructed(pca: object, x: np.ndarray) -> np.ndarray:
    """Fit a PCA of either library and return the points of its plane."""
    return pca.fit(x).inverse_transform(pca.transform(x))


def timings(one: Comparison, rounds: int) -> tuple[dict[str, list[float]], dict[str, np.ndarray]]:
    """Return the seconds of each round, and what each system returned, by name; ours is first."""
    calls = {"tinyae": one.ours, **one.theirs}
    found, repeats, seconds = {}, {}, {name: [] for name in calls}
    for name, call in calls.items():  # a first call loads libraries
        start = time.process_time()
        found[name] = call()
        repeats[name] = max(1, int(SECONDS / max(time.process_time() - start, 1e-9)))
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            start = time.process_time()
            for _ in range(repeats[name]):
                call()
            seconds[name].append((time.process_time() - start) / repeats[name])
    return seconds, found


def rows(comparisons: dict[str, Comparison], rounds: int) -> list[str]:
    """Return the lines of a table, one for each method and each of scikit-learn's variants."""
    lines = [
        "| | tinyae, ms | scikit-learn, ms | ratio | least … most | objective | of scikit-learn |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for method, one in comparisons.items():
        seconds, found = timings(one, rounds)
        ours = np.array(seconds.pop("tinyae"))
        for name, theirs in seconds.items():
            ratio = np.array(theirs) / ours
            label = f"{method} ({name})" if name else method
            errors = f"{one.error(found['tinyae']):.5g} | {one.error(found[name]):.5g}"
            lines.append(
                f"| {label} | {np.median(ours) * 1e3:.1f} | {np.median(theirs) * 1e3:.1f} "
                f"| {np.median(ratio):.2f} | {ratio.min():.2f} … {ratio.max():.2f} | {errors} |"
            )
            print(lines[-1], flush=True)
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run the command; print the section and, if asked, write it; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks manifolds",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--sizes", type=int, nargs="*", default=(1000, 2000), help="points of the rolls")
    add("--digits", default=os.environ.get("TINYAE_DATA"),
        help="folder with the MNIST files (TINYAE_DATA); without it, no digits")  # fmt: skip
    add("--rounds", type=int, default=7, help="how often each method runs (7)")
    add("--tsne", type=int, default=1, help="the same of t-SNE (1); 0 leaves it out")
    add("--write", action="store_true", help="write the results to this machine's page")
    options = parser.parse_args(arguments)
    report.begin()
    run = report.Run(options.rounds, machine.blas_threads())
    before, own, start = busy_seconds(), time.process_time(), time.perf_counter()
    parts = {f"Rolls of {n} points": (on_a_roll, (n,)) for n in options.sizes}
    maps = {f"a roll of {n} points": swiss_roll(n, rng=2)[0] for n in options.sizes[:1]}
    if options.digits:
        images = mnist(options.digits)[0].reshape(-1, 784)
        parts["1000 digits of 784 pixels"] = on_digits, (images[:1000], images[1000:2000])
        maps["1000 digits"] = images[:1000]
    lines = [
        f"{M} neighbours, Gaussian kernels of width {WIDTH:g}, windows of {BANDWIDTH:g}, otherwise "
        "both libraries' defaults. Processor time, median of the rounds, both libraries in turn in "
        "one process. A ratio above 1 means that scikit-learn takes longer. The objectives are "
        "those of `benchmarks/manifolds.py`, computed in the same way for both; smaller is better."
    ]
    for title, (make, given) in parts.items():
        print(f"\n**{title}**", flush=True)
        lines += ["", f"**{title}**", "", *rows(make(*given), options.rounds)]
    if options.tsne:
        print("\n**t-SNE**", flush=True)
        comparisons = {title: tsne_of(x) for title, x in maps.items()}
        lines += ["", "**t-SNE**", "", *rows(comparisons, options.tsne)]
    wall = time.perf_counter() - start
    others = max(0.0, (busy_seconds() - before - (time.process_time() - own)) / wall)
    lines += ["", run.words(f"t-SNE: {options.tsne}", f"{others:.1f} cores busy with other work")]
    print("\n".join(lines))
    if options.write:
        report.write({f"manifolds, {report.threads_words(run.threads)}": "\n".join(lines)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

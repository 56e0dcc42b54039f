"""The methods that section 14.6 names, beside scikit-learn: `python -m benchmarks embeddings`.

All methods embed the same roll with the same number of neighbours. Exceptions are maximum variance
unfolding, with 6 neighbours, and SNE and t-SNE, which have a perplexity instead. The two rank
correlations are measured after the best affine map to the sheet. "Kept" is the share of a point's
10 nearest neighbours in the map that are among its 10 nearest neighbours on the sheet. Methods
whose coordinates have equal variance draw the sheet as a square, and this makes "kept" smaller. The
table says where scikit-learn has no such method.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from sklearn import decomposition, manifold

from benchmarks import machine, report
from figures.experiments.turning_digit import rank_correlation
from tinyae import embeddings
from tinyae.datasets import swiss_roll

LLE = manifold.LocallyLinearEmbedding
DENSE = {"eigen_solver": "dense"}
# name: (citation, here, scikit-learn's or None)
METHODS = {
    "kernel PCA": ("Schölkopf 1998",
        lambda x, m: embeddings.KernelPCA(kernel=embeddings.GaussianKernel(5.0)).fit_transform(x),
        lambda x, m: decomposition.KernelPCA(2, kernel="rbf", gamma=0.02).fit_transform(x)),
    "locally linear": ("Roweis 2000",
        lambda x, m: embeddings.LocallyLinear(n_neighbors=m).fit_transform(x),
        lambda x, m: LLE(n_neighbors=m, **DENSE).fit_transform(x)),
    "Isomap": ("Tenenbaum 2000",
        lambda x, m: embeddings.Isomap(n_neighbors=m).fit_transform(x),
        lambda x, m: manifold.Isomap(n_neighbors=m).fit_transform(x)),
    "charting": ("Brand 2003",
        lambda x, m: embeddings.Charting(n_neighbors=m).fit_transform(x), None),
    "Laplacian eigenmaps": ("Belkin 2003",
        lambda x, m: embeddings.LaplacianEigenmaps(n_neighbors=m).fit_transform(x),
        lambda x, m: manifold.SpectralEmbedding(n_neighbors=m, random_state=0).fit_transform(x)),
    "Hessian eigenmaps": ("Donoho 2003",
        lambda x, m: embeddings.HessianEigenmaps(n_neighbors=m).fit_transform(x),
        lambda x, m: LLE(n_neighbors=m, method="hessian", **DENSE).fit_transform(x)),
    "maximum variance": ("Weinberger 2004",
        lambda x, m: embeddings.MaximumVarianceUnfolding(n_neighbors=6).fit_transform(x), None),
    "SNE": ("Hinton 2003", lambda x, m: embeddings.SNE().fit_transform(x), None),
    "t-SNE": ("van der Maaten 2008", lambda x, m: embeddings.TSNE().fit_transform(x),
        lambda x, m: manifold.TSNE(method="exact", random_state=0).fit_transform(x)),
    "tangent alignment": ("Zhang 2004",
        lambda x, m: embeddings.TangentAlignment(n_neighbors=m).fit_transform(x),
        lambda x, m: LLE(n_neighbors=m, method="ltsa", **DENSE).fit_transform(x)),
}  # fmt: skip


def quality(y: np.ndarray, sheet: np.ndarray) -> tuple[float, float, float]:
    """Return rank correlations of y (n, 2) with length and height, and the neighbours kept."""
    A = np.column_stack([y, np.ones(len(y))])
    flat = A @ np.linalg.lstsq(A, sheet, rcond=None)[0]
    near, true = (embeddings.nearest_neighbors(points, 10)[0] for points in (y, sheet))
    kept = np.mean([len(set(a) & set(b)) for a, b in zip(near, true, strict=True)]) / 10
    return *(rank_correlation(flat[:, i], sheet[:, i]) for i in range(2)), float(kept)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and print the table; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks embeddings", description=__doc__)
    parser.add_argument("-n", type=int, default=1000, help="points (1000)")
    parser.add_argument("-m", type=int, default=10, help="neighbours (10)")
    parser.add_argument("--seed", type=int, default=2, help="of the roll (2)")
    options = parser.parse_args(arguments)
    report.begin()
    run = report.Run(1, machine.blas_threads())
    x, sheet = swiss_roll(options.n, rng=options.seed)
    print(f"roll {options.seed}, {options.n} points, {options.m} neighbours")
    print(f"{'':<42}{'length':>8}{'height':>8}{'kept':>7}{'seconds':>9}")
    for name, (citation, here, there) in METHODS.items():
        for library, method in (("tinyae", here), ("scikit-learn", there)):
            label = f"{name if library == 'tinyae' else '':<21}{library:<14}"
            if method is None:
                print(f"{label}has none ({citation})")
                continue
            start = time.perf_counter()
            y = method(x, options.m)
            seconds = time.perf_counter() - start
            print("{:<42}{:8.4f}{:8.4f}{:7.2f}{:9.2f}".format(label, *quality(y, sheet), seconds))
    print(run.words())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

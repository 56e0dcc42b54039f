"""Principal component analysis by SVD, its logistic kin, and angles between subspaces (14.1).

They are what a linear autoencoder is measured against: it finds the same subspace, though not the
same axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import Identity
from tinyae.nn.checks import check_scale, table, whole_number
from tinyae.nn.outputs import BernoulliOutput

SAFE_RATIO = 1e-8  # a variance this small beside the largest has lost half its digits


@dataclass(frozen=True, eq=False)
class PCA:
    """The k directions of largest variance.

    mean (d,); components (k, d), orthonormal rows, by falling variance; variances (min(n, d),), the
    eigenvalues of the centred XᵀX / n, of which the first k belong to the components.
    """

    mean: NDArray
    components: NDArray
    variances: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, k: int) -> PCA:
        """Return the PCA of x (n, d) with k components, computed in float64.

        Where examples are many, the d × d covariance is decomposed instead of x, in a thousandth
        of the time for images. Squaring loses directions whose variance is below 1e-16 of the
        largest, so where the k-th comes near that, x itself is decomposed all the same.
        Centred data span n − 1 directions at the most: k is at most min(n − 1, d).
        """
        x = table(x, "x", dtype=np.float64, squared=True)
        n, d = x.shape
        check_scale(x, "x")
        k = whole_number(k, "k")
        most = min(n - 1, d)
        if k > most:
            raise ValueError(f"x of shape {x.shape} has at most {most} components, asked {k}")
        mean = x.mean(axis=0)
        centred = x - mean
        if n > 4 * d:
            values, vectors = np.linalg.eigh(centred.T @ centred / n)
            if values[-k] > SAFE_RATIO * values[-1]:
                return cls(mean, vectors[:, ::-1][:, :k].T.copy(), np.maximum(values[::-1], 0.0))
        _, s, Vt = np.linalg.svd(centred, full_matrices=False)
        return cls(mean, Vt[:k], s**2 / n)

    def encode(self, x: ArrayLike) -> NDArray:
        """h = (x − mean) Vᵀ, of shape (n, k)."""
        return (
            table(x, "x", width=len(self.mean), dtype=np.float64) - self.mean
        ) @ self.components.T

    def decode(self, h: ArrayLike) -> NDArray:
        """r = h V + mean, of shape (n, d)."""
        return (
            table(h, "h", width=len(self.components), dtype=np.float64) @ self.components
            + self.mean
        )

    def reconstruct(self, x: ArrayLike) -> NDArray:
        """The nearest point of the principal plane, of shape (n, d)."""
        return self.decode(self.encode(x))


def logistic_pca(
    d: int, k: int, *, rng: np.random.Generator | int = 0, dtype: DTypeLike = np.float64
) -> Autoencoder:
    """Return an untrained autoencoder d-k-d with a linear code and Bernoulli output.

    PCA for data in [0, 1]: the logits, not the data, lie in a k-dimensional plane, and what is
    minimised is the cross-entropy. No closed form: train it with `fit`. It is the shallow rival of
    deep autoencoders in Hinton and Salakhutdinov (2006).
    """
    return Autoencoder.dense(
        (d, k), activation=Identity, output=BernoulliOutput(), rng=rng, dtype=dtype
    )


def principal_angles(A: ArrayLike, B: ArrayLike) -> NDArray:
    """Return the angles, in radians and ascending, between the row spaces of A (p, d) and B (q, d).

    There are min(p, q) of them; the last is zero exactly when one space contains the other. Small
    angles are taken from their sines and large ones from their cosines (Björck and Golub 1973),
    since arccos alone cannot tell angles below 1e-8 from zero.
    """
    A = table(A, "A", dtype=np.float64, squared=True)
    B = table(B, "B", width=A.shape[1], dtype=np.float64, squared=True)
    for name, M in (("A", A), ("B", B)):
        lengths = np.linalg.norm(M, axis=1, keepdims=True)
        if np.linalg.matrix_rank(M / np.where(lengths > 0, lengths, 1.0)) < len(M):
            raise ValueError(f"the rows of {name} must be linearly independent")
    return angles_between(np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0])


def angles_between(P: NDArray, Q: NDArray) -> NDArray:
    """Return the principal angles, ascending, between orthonormal columns P (…, d, p), Q (…, d, q).

    Stacks of any shape; the result has shape (…, min(p, q)).
    """
    if P.shape[-1] < Q.shape[-1]:
        P, Q = Q, P
    shared = P.swapaxes(-1, -2) @ Q
    cosines = np.linalg.svd(shared, compute_uv=False)
    sines = np.linalg.svd(Q - P @ shared, compute_uv=False)[..., ::-1]
    small = cosines**2 > 0.5
    return np.where(
        small, np.arcsin(np.clip(sines, 0.0, 1.0)), np.arccos(np.clip(cosines, -1.0, 1.0))
    )

"""What a denoising autoencoder has to beat: a median filter and the best linear map (14.2.2, 14.5).

The filter knows that neighbours are alike, the map knows every mean and covariance of the data.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.criterion.corruption import Corruption
from tinyae.plotting import as_images
from tinyae.training.schedules import at


def median_filter(x: NDArray) -> NDArray:
    """Replace each pixel by the median of the nine around it; the edge is continued outwards.

    Shapes: x and result (n, side²).
    """
    padded = np.pad(as_images(x, "x"), ((0, 0), (1, 1), (1, 1)), mode="edge")
    side = padded.shape[1] - 2
    nine = [padded[:, i : i + side, j : j + side] for i in range(3) for j in range(3)]
    return np.median(nine, axis=0).reshape(x.shape)


def mean_and_variance(corruption: Corruption, x: NDArray) -> tuple[NDArray, NDArray]:
    """Return E[x̃ | x] and the variance of each entry of x̃ given x, both of x's shape (n, d).

    With a fraction p of the entries spoilt, one by one, so that there are no covariances:

        Gaussian           x                        σ²
        masking            (1 − p) x                p (1 − p) x²
        salt and pepper    (1 − p) x + p (l + h)/2  (1 − p) x² + p (l² + h²)/2 − (the mean)²
    """
    if isinstance(corruption, GaussianNoise):
        return x, np.full_like(x, at(corruption.sigma, 1.0) ** 2)
    if isinstance(corruption, MaskingNoise):
        p = at(corruption.fraction, 1.0)
        return (1.0 - p) * x, p * (1.0 - p) * x**2
    if isinstance(corruption, SaltAndPepperNoise):
        p, low, high = at(corruption.fraction, 1.0), corruption.low, corruption.high
        mean = (1.0 - p) * x + p * (low + high) / 2
        return mean, (1.0 - p) * x**2 + p * (low**2 + high**2) / 2 - mean**2
    raise TypeError(
        f"no moments are known of {corruption!r}: give GaussianNoise, MaskingNoise or "
        "SaltAndPepperNoise"
    )


class LinearDenoiser:
    """The affine map x̃ -> E x + (x̃ − E x̃) A of least squared error for data x under a corruption.

    No noise is drawn for it: with C a covariance over the data and V the mean of the variances that
    the corruption adds to each entry,

        A = (Cov(x̃) + ridge · I)⁻¹ Cov(x̃, x),   Cov(x̃) = C(E[x̃ | x]) + diag(V),
                                                Cov(x̃, x) = C(E[x̃ | x], x).

    The ridge is a thousandth of a corrupted pixel's mean square. It keeps pixels that are always 0
    from making the equations singular, and a map of few data from trusting small covariances.
    """

    def __init__(self, x: NDArray, corruption: Corruption):
        x = np.asarray(x, np.float64)
        mean, variance = mean_and_variance(corruption, x)
        self.of_clean, self.of_corrupted = x.mean(axis=0), mean.mean(axis=0)
        centred, spread = mean - self.of_corrupted, variance.mean(axis=0)
        moment = centred.T @ centred / len(x) + np.diag(spread)
        cross = centred.T @ (x - self.of_clean) / len(x)
        ridge = 1e-3 * ((mean**2).mean() + spread.mean())
        self.map = np.linalg.solve(moment + ridge * np.eye(len(moment)), cross)

    def reconstruct(self, x_tilde: NDArray) -> NDArray:
        """E x + (x̃ − E x̃) A, of shape (n, d)."""
        return self.of_clean + (x_tilde - self.of_corrupted) @ self.map

"""Two denoisers that a denoising autoencoder is compared with (sections 14.2.2 and 14.5).

A median filter uses the fact that neighbouring pixels are similar. The best linear map uses all
means and covariances of the data; it is computed from a formula and needs no training.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.criterion.corruption import Corruption
from tinyae.plotting import as_images
from tinyae.training.schedules import at


def median_filter(x: NDArray) -> NDArray:
    """Replace each pixel by the median of the 3 × 3 pixels around it.

    Outside the picture, pixels have the value of the nearest pixel inside. Shapes: x and the result
    (n, side²).
    """
    padded = np.pad(as_images(x, "x"), ((0, 0), (1, 1), (1, 1)), mode="edge")
    side = padded.shape[1] - 2
    nine = [padded[:, i : i + side, j : j + side] for i in range(3) for j in range(3)]
    return np.median(nine, axis=0).reshape(x.shape)


def mean_and_variance(corruption: Corruption, x: NDArray) -> tuple[NDArray, NDArray]:
    """Return E[x̃ | x] and the variance of each entry of x̃ given x, both of x's shape (n, d).

    Entries are corrupted independently, so their covariances given x are 0. With p the fraction of
    corrupted entries, and with low value l and high value h:

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
    """The affine map x̃ -> E x + (x̃ − E x̃) A with the least squared error.

    It is computed for data x (n, d) and a corruption, without drawing noise. Let C be a covariance
    over the data, and V the variance that the corruption gives to each entry, averaged over the
    data. Then

        A = (Cov(x̃) + ridge · I)⁻¹ Cov(x̃, x),   Cov(x̃) = C(E[x̃ | x]) + diag(V),
                                                Cov(x̃, x) = C(E[x̃ | x], x).

    The ridge is a thousandth of the mean square of a corrupted pixel. Without it the equations
    would be singular when a pixel is always 0, and with few data small covariances would count too
    much.
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
        """Return E x + (x̃ − E x̃) A, of shape (n, d)."""
        return self.of_clean + (x_tilde - self.of_corrupted) @ self.map

"""A linear variational autoencoder on Gaussian data, whose log p(x) is known (14.2, 20.10.3).

With a linear decoder and unit output variance, z ~ N(0, I) and x | z ~ N(z V + c, I), so that
p(x) = N(c, I + VᵀV). This model is probabilistic PCA with a fixed noise variance (Tipping and
Bishop 1999). Its maximum likelihood has a closed form, which the optimum of a variational
autoencoder with a linear encoder should reach: the posterior of z at that optimum is one of the
encoder's distributions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinyae import Autoencoder, GaussianCode, Identity
from tinyae.tangents import principal_angles

D, K = 8, 2
EIGENVALUES = (6.0, 3.0, *[0.5] * (D - K))  # V explains those above 1, the variance of the noise
LOG_2PI = float(np.log(2.0 * np.pi))


def gaussian_rows(n: int, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Return two sets of n rows (n, D) from one N(0, C); C has EIGENVALUES and random axes.

    The columns of the first set have mean zero.
    """
    Q, _ = np.linalg.qr(rng.standard_normal((D, D)))
    x, fresh = (rng.standard_normal((2, n, D)) * np.sqrt(EIGENVALUES)) @ Q.T
    return x - x.mean(axis=0), fresh


class ExpectedVAE(Autoencoder):
    """A variational autoencoder that integrates the noise of the code in closed form.

    It needs a decoder that is one linear layer, and Gaussian output. The cost is then quadratic in
    z, and the mean of the criterion over z ~ N(μ, diag σ²) is, for each example,

        ½ ‖x − μ V − c‖² + ½ Σ_j σ_j² ‖V_j‖² + β KL.

    V_j is row j of the decoder's weights. The loss is a function of theta alone, which `minimize`
    can minimise up to rounding errors.
    """

    learn_variance = True  # whether the log-variances are learned; else they keep their start

    def objective(self, x, *, rng):
        """Return the mean expected criterion and add its gradient.

        With n examples: gμ = ga Vᵀ,  gs_j = σ_j² ‖V_j‖² / 2n,  gV_j += V_j Σ σ_j² / n, and the
        gradient of the KL divergence.
        """
        n, layer = len(x), self.decoder.layers[0]
        u, up = self.encoder.forward(x)
        mu, s = np.split(u, 2, axis=1)
        a, down = self.decoder.forward(mu)
        V, variance = layer.params["W"], np.exp(s)
        norms = (V * V).sum(axis=1)
        loss = self.output.cost(x, a).sum() + 0.5 * (variance * norms).sum()
        loss = loss + self.code.cost(u, progress=self.progress).sum()
        gmu = self.decoder.backward(self.output.gradient(x, a) / n, down)
        layer.grads["W"] += variance.sum(axis=0)[:, None] * V / n
        gu = np.concatenate([gmu, 0.5 * variance * norms / n], axis=1)
        self.encoder.backward(gu + self.code.cost_gradient(u, progress=self.progress) / n, up)
        if not self.learn_variance:
            for g in self.encoder.layers[0].grads.values():
                g[..., self.d_code :] = 0.0
        return loss / n


class UnitVarianceVAE(ExpectedVAE):
    """The same, but the encoder's variances stay 1."""

    learn_variance = False


def linear_vae(kind: type[Autoencoder], seed: int, *, k: int = K, beta: float = 1.0) -> Autoencoder:
    """Return an untrained linear autoencoder D-k-D of class `kind`; log-variances start at 0."""
    model = kind.dense((D, k), activation=Identity, code=GaussianCode(beta=beta), rng=seed)
    model.encoder.layers[0].params["W"][:, k:] = 0.0
    return model


def elbo(model: Autoencoder, x: NDArray, kl_factor: float = 1.0) -> NDArray:
    """Return the ELBO of each row of x (n, D) in closed form, in nats, of shape (n,).

    A `kl_factor` other than 1 makes it a wrong bound: E log p(x | z) − factor · KL.
    """
    u, _ = model.encoder.forward(x)
    mu, s = np.split(u, 2, axis=1)
    V = model.decoder.layers[0].params["W"]
    spread = 0.5 * (np.exp(s) * (V * V).sum(axis=1)).sum(axis=1)
    return (
        -model.output.nll(x, model.decoder.forward(mu)[0])
        - spread
        - kl_factor * (GaussianCode().kl(u))
    )


def log_likelihood(model: Autoencoder, x: NDArray) -> NDArray:
    """Return log p(x) = log N(x; c, I + VᵀV) of each row, in nats, of shape (n,)."""
    p = model.decoder.layers[0].params
    return log_normal(x - p["b"], np.eye(D) + p["W"].T @ p["W"])


def log_normal(x: NDArray, covariance: NDArray) -> NDArray:
    """Return log N(x; 0, covariance) of each row of x (n, d), of shape (n,)."""
    sign, log_det = np.linalg.slogdet(covariance)
    assert sign > 0
    squares = (x * np.linalg.solve(covariance, x.T).T).sum(axis=1)
    return -0.5 * (squares + log_det + x.shape[1] * LOG_2PI)


class MaximumLikelihood(NamedTuple):
    """Probabilistic PCA with noise variance 1, fitted to rows."""

    mean: NDArray  # (D,)
    axes: NDArray  # (K, D), orthonormal rows
    lengths: NDArray  # (K,), of the rows of V: sqrt(eigenvalue − 1)

    def log_likelihood(self, x: NDArray) -> NDArray:
        """Return log p(x) of each row, of shape (n,)."""
        V = self.lengths[:, None] * self.axes
        return log_normal(x - self.mean, np.eye(D) + V.T @ V)


def maximum_likelihood(x: NDArray) -> MaximumLikelihood:
    """Return the maximum: V = R (Λ − I)^½ Uᵀ for any rotation R (Tipping and Bishop 1999, eq. 7).

    U and Λ are the K leading eigenvectors and eigenvalues of the covariance of x (n, D). The noise
    variance is fixed to 1, so no eigenvalue of U may be below 1.
    """
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    assert values[-K] > 1.0
    return MaximumLikelihood(x.mean(axis=0), vectors.T[::-1][:K], np.sqrt(values[::-1][:K] - 1.0))


def against(model: Autoencoder, best: MaximumLikelihood) -> tuple[float, float]:
    """Return the largest angle of the decoder's span to the axes, and the worst |length ratio − 1|.

    Lengths are the singular values of V; a ratio is that of a singular value to the maximum's.
    """
    V = model.decoder.layers[0].params["W"]
    lengths = np.linalg.svd(V, compute_uv=False)
    return principal_angles(V, best.axes)[-1], np.abs(lengths / best.lengths - 1.0).max()

"""What small noise adds to the squared error of a reconstruction (section 14.7).

For a fixed r the error E‖r(x + σε) − x‖² − ‖r(x) − x‖² is σ² (‖∂r/∂x‖² + E[(r − x)·∇²r]) to first
order in σ².
"""

from __future__ import annotations

import numpy as np

from tinyae import Autoencoder, Chain
from tinyae.nn.activations import Activation
from tinyae.nn.jacobian import jacobian


def added(model: Autoencoder, x: np.ndarray, sigma: float) -> float:
    """Return (E‖r(x + σε) − x‖² − ‖r(x) − x‖²) / σ², the mean over the rows of x (n, d).

    The expectation over the noise is taken by Gauss-Hermite quadrature, for few dimensions d.
    """
    d = x.shape[1]
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    weights = weights / weights.sum()
    epsilon = np.stack(np.meshgrid(*[nodes] * d), axis=-1).reshape(-1, d)
    weight = np.stack(np.meshgrid(*[weights] * d), axis=-1).reshape(-1, d).prod(axis=1)
    noisy = (x[:, None] + sigma * epsilon).reshape(-1, d)
    r = model.reconstruct(noisy).reshape(len(x), -1, d)
    squares = ((r - x[:, None]) ** 2).sum(axis=2) @ weight
    clean = ((model.reconstruct(x) - x) ** 2).sum(axis=1)
    return float((squares - clean).mean() / sigma**2)


def laplacian(model: Autoencoder, x: np.ndarray) -> np.ndarray:
    """Return ∇²r = Σ_j V_j f″(a_j) ‖W_j‖², (n, d), for one hidden layer and a linear output."""
    linear, activation = model.encoder.layers
    _, cache = activation.forward(linear.forward(x)[0])
    curved = activation.d2f(*cache) * (linear.params["W"] ** 2).sum(axis=0)
    (last,) = getattr(model.decoder, "layers", (model.decoder,))
    return curved @ last.params["W"]


def two_terms(model: Autoencoder, x: np.ndarray) -> tuple[float, float]:
    """Return E‖∂r/∂x‖² and E[(r − x)·∇²r], the means over the rows of x (n, d)."""
    J = jacobian(Chain(model.encoder, model.decoder), x)
    cross = (model.reconstruct(x) - x) * laplacian(model, x)
    return float((J**2).sum(axis=(1, 2)).mean()), float(cross.sum(axis=1).mean())


def random_net(activation: Activation, seed: int) -> tuple[Autoencoder, np.ndarray]:
    """Return a 3-6-3 net with all parameters drawn from N(0, 1), and 50 points from N(0, I)."""
    rng = np.random.default_rng(seed)
    model = Autoencoder.dense((3, 6), activation=activation, rng=rng)
    model.theta[...] = rng.standard_normal(model.theta.shape)
    return model, rng.standard_normal((50, 3))

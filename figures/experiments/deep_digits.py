"""A deep autoencoder with a code of a few numbers on digits, and what it is compared with (14.3).

Hinton and Salakhutdinov (2006) compress digits to 30 numbers by a network 784-1000-500-250-30. They
compare it with logistic PCA and with PCA of the same size. Their network has sigmoid units, it is
pretrained as a stack of Boltzmann machines, and the code is linear.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinyae import (
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Identity,
    ReLU,
    Sigmoid,
    stack,
)
from tinyae.applications.digits import squared_error
from tinyae.embeddings import nearest_neighbors
from tinyae.models import logistic_pca, unfold
from tinyae.nn import Normal
from tinyae.nn.activations import Activation
from tinyae.nn.initializers import Initializer
from tinyae.training import Cosine, History

from .networks import start_at_base_rates, train

HIDDEN = (1000, 500, 250)
Measure = Callable[[int, Autoencoder, History], object]


def deep(
    x: NDArray,
    k: int,
    *,
    seed: int,
    hidden: tuple[int, ...] = HIDDEN,
    unit: Activation = ReLU,
    init: Initializer | None = None,
) -> Autoencoder:
    """Return an untrained d-hidden-k autoencoder for pictures x (n, d), with a linear code.

    The biases of the output start at the base rates of x, as those of a Boltzmann machine do.
    """
    model = Autoencoder.dense((x.shape[1], *hidden, k), activation=unit, code_activation=Identity,
                              output=BernoulliOutput(), init=init, rng=seed,
                              dtype=x.dtype)  # fmt: skip
    start_at_base_rates(model, x)
    return model


def pretrained(
    x: NDArray, k: int, *, seed: int, epochs: int, hidden: tuple[int, ...] = HIDDEN
) -> Autoencoder:
    """Return a sigmoid autoencoder d-hidden-k that is unfolded from a stack trained on x (n, d).

    The levels are Boltzmann machines, trained by contrastive divergence. Only the top level differs
    from the paper's: it is a linear autoencoder, because `RBM` has no Gaussian hidden units.
    """
    widths = (x.shape[1], *hidden)
    models = [RBM(d, e, rng=seed + i, dtype=x.dtype)
              for i, (d, e) in enumerate(zip(widths[:-1], widths[1:], strict=True))]  # fmt: skip
    models.append(Autoencoder.dense((hidden[-1], k), activation=Identity, output=BernoulliOutput(),
                                    init=Normal(0.01), rng=seed, dtype=x.dtype))  # fmt: skip
    machine, top = SGD(Cosine(0.1), momentum=0.9), Adam(Cosine(3e-3))
    stack(models, x, optimizer=[*[machine] * len(hidden), top], epochs=epochs, rng=seed,
          core="auto", verbose=False)  # fmt: skip
    return unfold(models)


def tune(
    model: Autoencoder,
    x: NDArray,
    *,
    seed: int,
    epochs: int,
    rate: float = 1e-3,
    batch_size: int = 100,
    measure: Measure | None = None,
) -> History:
    """Train the whole network on x (n, d) by Adam, whose rate falls from `rate` to 0."""
    return train(model, x, epochs=epochs, batch_size=batch_size, optimizer=Adam(Cosine(rate)),
                 rng=seed, callback=measure)  # fmt: skip


def shallow(
    x: NDArray, k: int, *, seed: int, epochs: int, rate: float = 3e-3
) -> dict[str, Autoencoder]:
    """Return trained autoencoders d-k without hidden layers: logistic PCA, and sigmoid codes."""
    models = {
        "logistic PCA": logistic_pca(x.shape[1], k, rng=seed, dtype=x.dtype),
        "shallow": Autoencoder.dense((x.shape[1], k), activation=Sigmoid, output=BernoulliOutput(),
                                     rng=seed, dtype=x.dtype),
    }  # fmt: skip
    for model in models.values():
        start_at_base_rates(model, x)
        tune(model, x, seed=seed, epochs=epochs, rate=rate)
    return models


def linear_net(x: NDArray, k: int, *, seed: int, hidden: tuple[int, ...]) -> Autoencoder:
    """Return an untrained `deep` network with linear units: depth without non-linearity."""
    return deep(x, k, seed=seed, hidden=hidden, unit=Identity)


def nearest_class(codes: NDArray, labels: NDArray, queries: NDArray, k: int = 1) -> NDArray:
    """Return the label for which most of the k nearest codes vote; a tie goes to the smallest."""
    votes = labels[nearest_neighbors(codes, k, queries)[0]]
    return np.array([np.bincount(row).argmax() for row in votes])


def errors_of(models: dict[str, object], fresh: NDArray) -> dict[str, float]:
    """Return the squared error per fresh picture of each model, whose `reconstruct` is used."""
    return {name: squared_error(fresh, model.reconstruct(fresh)) for name, model in models.items()}


def silhouette(codes: NDArray, labels: NDArray) -> float:
    """Return the mean silhouette of the classes in codes (n, k), between −1 and 1 (Rousseeuw 1987).

    With a the mean distance of a code from the others of its class, and b the mean distance from
    the nearest other class, the silhouette is (b − a) / max(a, b). It is near 1 for well-separated
    clusters and near 0 if classes lie on top of each other.
    """
    distances = np.sqrt(np.maximum(_squared_distances(codes.astype(np.float64)), 0.0))
    members = labels[:, None] == np.unique(labels)
    sums, own = distances @ members, members.argmax(axis=1)
    each = np.arange(len(codes))
    a = sums[each, own] / np.maximum(members.sum(axis=0)[own] - 1, 1)
    means = sums / members.sum(axis=0)
    means[each, own] = np.inf
    b = means.min(axis=1)
    return float(((b - a) / np.maximum(a, b)).mean())


def _squared_distances(x: NDArray) -> NDArray:
    """Return ‖x_i − x_j‖² of all pairs of rows."""
    squares = (x * x).sum(axis=1)
    return squares[:, None] + squares - 2.0 * (x @ x.T)

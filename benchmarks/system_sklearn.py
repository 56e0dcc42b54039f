"""scikit-learn's `MLPRegressor(x̃, x)`: squared error, one unit for all hidden layers, and Adam."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.neural_network import MLPRegressor

from benchmarks.workloads import Job


def make(job: Job, system: str) -> Callable[[], object]:
    """Return the function that is timed: one `partial_fit`, which is one epoch."""
    workload, x = job.workload, job.x
    net = MLPRegressor(
        hidden_layer_sizes=[*workload.sizes[1:], *workload.sizes[-2:0:-1]],
        activation=workload.activation, solver="adam", alpha=0.0,
        batch_size=workload.batch, learning_rate_init=workload.rate,
        random_state=np.random.RandomState(0),
    )  # fmt: skip
    # One step makes the arrays. Then they are set to the given weights, and Adam is reset.
    net.partial_fit(x[: workload.batch], x[: workload.batch])
    for i, (W, b) in enumerate(job.weights):
        net.coefs_[i][...], net.intercepts_[i][...] = W, b
    del net._optimizer
    rng, sigma = np.random.default_rng(0), np.float32(workload.sigma)

    def epoch() -> float:
        spoilt = x + sigma * rng.standard_normal(x.shape, np.float32) if sigma else x
        net.partial_fit(spoilt, x)
        return net.loss_ * x.shape[1]  # it reports the mean over the columns

    return epoch

"""JAX: a whole epoch, with shuffling and noise, is one compiled `lax.scan` over its batches."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.workloads import Job, Workload

UNITS = {"tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}


def forward(
    workload: Workload, weights: list, x: jax.Array, key: jax.Array | None = None
) -> tuple[jax.Array, jax.Array]:
    """Return the natural parameters of the output, and the units of the code.

    `key` is the random key of a Gaussian code.
    """
    h = code = x
    for i, unit in enumerate(workload.units):
        W, b = weights[i]
        h = h @ (weights[-1 - i][0].T if W is None else W) + b
        if unit in UNITS:
            h = UNITS[unit](h)
        if i == len(weights) // 2 - 1:
            code = h
            if workload.variational:
                mean, log_variance = jnp.split(h, 2, 1)
                h = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
    return h, code


def loss_of(
    workload: Workload, weights: list, noisy: jax.Array, x: jax.Array, key: jax.Array
) -> jax.Array:
    """Return the mean loss over the rows, as tinyae defines it."""
    a, h = forward(workload, weights, noisy, key)
    if workload.output == "bernoulli":
        loss = jnp.sum(jnp.maximum(a, 0) - a * x + jnp.log1p(jnp.exp(-jnp.abs(a)))) / len(x)
    else:
        loss = 0.5 * jnp.sum((a - x) ** 2) / len(x)
    if workload.lam:  # Σ_j s_j² ‖W_j‖² of a sigmoid code
        slopes = jnp.mean((h * (1 - h)) ** 2, 0)
        loss = loss + workload.lam * jnp.sum(slopes * jnp.sum(weights[0][0] ** 2, 0))
    if workload.variational:
        mean, log_variance = jnp.split(h, 2, 1)
        kl = mean**2 + jnp.expm1(log_variance) - log_variance
        loss = loss + 0.5 * jnp.sum(kl) / len(x)
    return loss


def make(job: Job, system: str) -> Callable[[], object]:
    """Return the function that is timed."""
    workload = job.workload
    if workload.field:
        X, weights = jnp.asarray(job.x), weights_of(job)
        whole = lambda x: (forward(workload, weights, x)[0] - x) / workload.sigma**2  # noqa: E731
        parts = lambda x: jax.lax.map(whole, x.reshape(-1, workload.points, x.shape[1]))  # noqa: E731
        field = jax.jit(parts if workload.points else whole)
        return lambda: field(X).block_until_ready()
    epoch, carry = training(job)
    compiled = jax.jit(epoch, donate_argnums=(0, 1))
    rng = np.random.default_rng(0)

    def run() -> float:
        nonlocal carry
        # NumPy draws the order, as for the core. JAX's own permutation sorts, which is slow here.
        carry, loss = compiled(*carry, rng.permutation(len(job.x)).astype("int32"))
        return float(loss)

    return run


def weights_of(job: Job) -> list:
    """Return (W, b) of each affine map as arrays of JAX; a tied W is None."""
    return [(None if W is None else jnp.asarray(W), jnp.asarray(b)) for W, b in job.weights]


def training(job: Job) -> tuple[Callable, tuple]:
    """Return a function of one epoch and what it starts from: (weights, state, t, key).

    The function takes these and the order of the rows, and returns them anew with the mean loss.
    """
    workload, X, weights = job.workload, jnp.asarray(job.x), weights_of(job)
    tree, rate, sigma, batch = jax.tree_util.tree_map, workload.rate, workload.sigma, workload.batch
    differentiate = jax.value_and_grad(lambda weights, *rows: loss_of(workload, weights, *rows))

    def sgd(weights, state, gradient, t):
        m = tree(lambda m, g: 0.9 * m + g, state[0], gradient)
        return tree(lambda w, m: w - rate * m, weights, m), (m,)

    def adam(weights, state, gradient, t):
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, state[0], gradient)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, state[1], gradient)
        step, root = rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
        move = lambda w, m, v: w - step * m / (jnp.sqrt(v * root) + 1e-8)  # noqa: E731
        return tree(move, weights, m, v), (m, v)

    rule = adam if workload.optimizer == "adam" else sgd

    def one_step(carry, batches):
        weights, state, t, key = carry
        x, noisy = batches
        own = key  # of a step that draws nothing
        if workload.variational or (sigma and not job.at_once):
            key, own = jax.random.split(key)
        if sigma and not job.at_once:
            noisy = x + sigma * jax.random.normal(own, x.shape, jnp.float32)
        loss, gradient = differentiate(weights, noisy, x, own)
        weights, state = rule(weights, state, gradient, t + 1)
        return (weights, state, t + 1, key), loss

    def epoch(weights, state, t, key, order):
        noise, key = jax.random.split(key)
        x = X[order].reshape(workload.steps, batch, -1)
        noisy = x
        if sigma and job.at_once:
            noisy = x + sigma * jax.random.normal(noise, x.shape, jnp.float32)
        carry, losses = jax.lax.scan(one_step, (weights, state, t, key), (x, noisy))
        return carry, losses.mean()

    moments = 2 if workload.optimizer == "adam" else 1
    state = tuple(tree(jnp.zeros_like, weights) for _ in range(moments))
    return epoch, (weights, state, jnp.float32(0), jax.random.PRNGKey(0))

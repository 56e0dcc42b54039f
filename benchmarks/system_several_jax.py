"""JAX for several seeds of one network: five compiled epochs in turn, or one `vmap` over them."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import system_jax
from benchmarks.system_several import SEEDS, jobs
from benchmarks.workloads import Job


def make(job: Job, system: str) -> Callable[[], float]:
    """Return the function that is timed: one epoch of each seed, and the mean of their losses."""
    if system == "jax5":
        runs = [system_jax.make(one, "jax") for one in jobs(job)]
        return lambda: float(np.mean([run() for run in runs]))
    found = [system_jax.training(one) for one in jobs(job)]
    carry = jax.tree_util.tree_map(lambda *each: jnp.stack(each), *(start for _, start in found))
    weights, state, t, _ = carry
    carry = weights, state, t, jnp.stack([jax.random.PRNGKey(k) for k in range(SEEDS)])
    compiled = jax.jit(jax.vmap(found[0][0]), donate_argnums=(0, 1))
    rngs = [np.random.default_rng(k) for k in range(SEEDS)]

    def run() -> float:
        nonlocal carry
        orders = np.stack([rng.permutation(len(job.x)) for rng in rngs]).astype("int32")
        carry, losses = compiled(*carry, orders)
        return float(losses.mean())

    return run

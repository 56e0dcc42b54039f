"""A training step in plain NumPy that never changes: what the history compares every commit with.

This file is a unit of measurement. Ratios to it are comparable only as long as it stays as it is,
so `tests/test_benchmarks_history.py` compares its text with a recorded hash. It imports NumPy only.
"""

import numpy as np


def training(sizes, batch, steps):
    """Return a function that trains a sigmoid autoencoder of these sizes for so many steps.

    The criterion is Bernoulli cross-entropy, the optimizer SGD, the dtype float32; the rows are
    random and always the same. `sizes` are the widths from the input to the code.
    """
    rng = np.random.default_rng(0)
    widths = [*sizes, *reversed(sizes[:-1])]
    x = rng.random((batch, widths[0]), np.float32)
    W = [rng.standard_normal(pair, np.float32) / np.float32(np.sqrt(pair[0]))
         for pair in zip(widths, widths[1:])]  # noqa: B905  # fmt: skip
    b = [np.zeros(width, np.float32) for width in widths[1:]]

    def run():
        for _ in range(steps):
            h = [x]
            for i in range(len(W)):
                h.append(1 / (1 + np.exp(-(h[i] @ W[i] + b[i]))))
            g = (h[-1] - x) / np.float32(batch)
            for i in reversed(range(len(W))):
                gW, gb = h[i].T @ g, g.sum(axis=0)
                if i:
                    g = (g @ W[i].T) * h[i] * (1 - h[i])
                W[i] -= np.float32(1e-3) * gW
                b[i] -= np.float32(1e-3) * gb

    return run


def products(sizes, batch, steps):
    """Return a function that computes only the matrix products of the same steps."""
    rng = np.random.default_rng(0)
    widths = [*sizes, *reversed(sizes[:-1])]
    pairs = list(zip(widths, widths[1:]))  # noqa: B905
    x = [rng.random((batch, width), np.float32) for width in widths]
    W, gW = ([rng.random(pair, np.float32) for pair in pairs] for _ in range(2))

    def run():
        for _ in range(steps):
            for i in range(len(W)):
                np.dot(x[i], W[i], out=x[i + 1])
                x[i + 1] *= np.float32(1 / widths[i])  # so that the numbers stay in their range
            for i in reversed(range(len(W))):
                np.dot(x[i].T, x[i + 1], out=gW[i])
                if i:
                    np.dot(x[i + 1], W[i].T, out=x[i])
                    x[i] *= np.float32(1 / widths[i + 1])

    return run

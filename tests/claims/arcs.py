"""Points on a known manifold, a product of arcs in 50 dimensions, with its tangents and normals."""

import functools

import numpy as np

from figures.experiments.spectrum import DEEP, learn
from tinyae import Autoencoder, Tanh

D, RADIUS, NOISE = 50, 1.5, 0.01
QUARTER = np.pi / 2  # arcs of 90 degrees


def points_at(t, planes, rng, noise=NOISE):
    """One point on each arc for each angle t (n, d), each arc in a plane of its own: (n, 50)."""
    z = RADIUS * np.concatenate([np.sin(t), np.cos(t)], axis=1)
    return z @ planes[:, : z.shape[1]].T + noise * rng.standard_normal((len(t), D))


def tangents_at(t, planes):
    """Unit tangents (n, d, 50) of the product of arcs."""
    d = t.shape[1]
    a, b = planes[:, :d].T, planes[:, d : 2 * d].T
    return np.cos(t)[:, :, None] * a - np.sin(t)[:, :, None] * b


def radii_at(t, planes):
    """Unit normals (n, d, 50) along the radii, where the data curve but never go."""
    d = t.shape[1]
    a, b = planes[:, :d].T, planes[:, d : 2 * d].T
    return np.sin(t)[:, :, None] * a + np.cos(t)[:, :, None] * b


def leaving(t, planes):
    """Unit normals (50 − 2d, 50) outside all the arcs' planes."""
    return planes[:, 2 * t.shape[1] :].T


@functools.cache
def arcs(d, seed, n=500, fresh=200):
    """Training points and fresh ones on d arcs, the fresh angles (fresh, d), and the planes."""
    rng = np.random.default_rng(seed)
    planes = np.linalg.qr(rng.standard_normal((D, D)))[0]
    t = QUARTER * (rng.random((n + fresh, d)) - 0.5)
    x = points_at(t, planes, rng)
    return x[:n], x[n:], t[n:], planes


@functools.cache
def trained(d, seed, lam=0.1):
    """A tied tanh network 50-100-20, contracted with λ, on the arcs of this seed."""
    return learn(arcs(d, seed)[0], lam, seed=seed)


def untrained(seed):
    """The same network before training."""
    return Autoencoder.dense(DEEP, activation=Tanh, tied=True, rng=seed)


def length(J, v):
    """Root mean ‖J v‖² over points and directions."""
    return np.sqrt(((J @ np.swapaxes(v, -1, -2)) ** 2).sum(axis=1).mean())


def squared_error(reconstruct, x):
    """Mean of ‖x − r‖² over the points."""
    return ((reconstruct(x) - x) ** 2).sum(axis=1).mean()


def unexplained(reconstruct, x):
    """Squared error over the variance of x."""
    return squared_error(reconstruct, x) / x.var(axis=0).sum()

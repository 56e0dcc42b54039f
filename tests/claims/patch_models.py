"""White patches of photographs, and PSD trained on them, for several claims of section 14.8.

What was trained is kept, because several claims measure the same models.
"""

import functools

import numpy as np

from figures.experiments.natural_patches import whiten
from figures.experiments.photographs import photographs
from tests.claims.seeds import derived_seeds
from tinyae import PSD, Adam, fit
from tinyae.datasets import patches
from tinyae.training import Cosine

SIDE, ATOMS, GAMMA = 12, 196, 1.0


def shared_seeds(c, n):
    """n seeds that the claims about one model have in common."""
    return derived_seeds("PSD on patches of photographs", n, c.salt)


@functools.cache
def squares(folder, n, seed):
    """n white patches of photographs to learn from, and 500 of other photographs."""
    pictures = photographs(folder)
    rng = np.random.default_rng(seed)
    return whiten(patches(pictures[:46], SIDE, n, rng=rng),
                  patches(pictures[46:], SIDE, 500, rng=rng))  # fmt: skip


def untrained(lam, seed):
    """A model of patches with random weights and atoms."""
    return PSD.dense((SIDE**2, ATOMS), lam=lam, gamma=GAMMA, rng=seed, dtype=np.float32)


@functools.cache
def trained(folder, n, lam, seed, epochs):
    """A model that was trained on n patches."""
    model = untrained(lam, seed)
    fit(model, squares(folder, n, seed)[0], epochs=epochs, batch_size=250,
        optimizer=Adam(Cosine(0.015)), rng=seed, core="auto")  # fmt: skip
    return model


def sparse_coding(model):
    """The same atoms without an encoder, at γ = 0."""
    return PSD(None, model.copy().parts["dictionary"], lam=model.lam, gamma=0.0)

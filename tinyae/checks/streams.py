"""A separate stream of random numbers for each purpose.

Two calls of `numpy.random.default_rng(0)` give the same numbers. If the data, the initial weights
and the noise of a training all came from such generators, the noise could equal the data. In tinyae
an integer seed therefore opens a stream that depends on the seed and on the purpose. A generator
that is passed instead of a seed is used as it is.
"""

from __future__ import annotations

import numpy as np

OURS = 0x74696E79  # "tiny"; SeedSequence(seed).spawn(n) has the keys 0, 1, 2 …

# Every recorded result depends on these numbers. A new purpose takes the next free number.
PURPOSES = {
    # models and their training
    "weights": 1,  # initial weights
    "dictionary": 2,  # initial atoms
    "order": 3,  # order of the rows in each epoch
    "noise": 4,  # in training: corruption, code, probes, Gibbs steps
    "evaluation": 5,  # in a loss without training: corruption, code, probes, Gibbs steps
    "split": 6,  # which rows are held out
    "stack": 7,  # seeds of the models in a stack
    "directions": 8,  # directions and entries along which a gradient is checked
    # use of models
    "chains": 9,  # Langevin, Metropolis, Gibbs, generative stochastic networks
    "samples": 10,  # drawn from a density
    "hidden": 15,  # units of a machine, given the visible ones
    "visible": 16,  # units of a machine, given the hidden ones
    "annealing": 14,  # chains that estimate a partition function
    "folds": 11,  # parts of the data in a cross-validation
    "start": 12,  # initial coordinates of an embedding
    "subspace": 13,  # initial vectors in the search for leading singular vectors
    "hashing": 18,  # random hyperplanes, and pairs that train codes
    "questions": 19,  # entries that a quiz asks for
    # data
    "spiral": 101,
    "wave": 102,
    "swiss_roll": 103,
    "strokes": 104,
    "patches": 105,
    "dead_leaves": 106,
    "turning_digit": 107,
    "curves": 108,
    "switching_parts": 109,
    "bars": 110,
    "drawn_curves": 111,
}


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator that belongs to `seed` and `purpose`, a key of `PURPOSES`."""
    key = (OURS, PURPOSES[purpose])
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=key))

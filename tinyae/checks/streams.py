"""A stream of random numbers for each purpose, so that two parts of a program never share one.

`numpy.random.default_rng(0)` gives the same numbers to everybody who asks for it. If the data, the
initial weights and the noise of a training all come from seed 0, the noise can be the data. In
tinyae an integer seed therefore opens a stream that belongs to what it is used for; a generator
that is passed is used as it is.
"""

from __future__ import annotations

import numpy as np

OURS = 0x74696E79  # "tiny": keeps away from SeedSequence(seed).spawn(n), which uses 0, 1, 2 …

# The numbers are part of every recorded result: a new purpose takes the next free one.
PURPOSES = {
    # models and their training
    "weights": 1,  # initial weights
    "dictionary": 2,  # initial atoms
    "order": 3,  # of the rows, drawn anew in each epoch
    "noise": 4,  # of training: corruption, code, probes, Gibbs steps
    "evaluation": 5,  # of a loss that is measured: corruption, code, probes, Gibbs steps
    "split": 6,  # which rows are held out
    "stack": 7,  # order and noise of models that are trained on top of each other
    "directions": 8,  # along which a gradient is checked, and which entries
    # what is done with models
    "chains": 9,  # Langevin, Metropolis, Gibbs, generative stochastic networks
    "samples": 10,  # drawn from a density
    "hidden": 15,  # units of a machine, given the visible ones
    "visible": 16,  # units of a machine, given the hidden ones
    "annealing": 14,  # chains that estimate a partition function
    "folds": 11,  # of a cross-validation
    "start": 12,  # of an embedding
    "subspace": 13,  # where the search for leading singular vectors starts
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
}


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator that `seed` opens for `purpose`, a key of `PURPOSES`."""
    key = (OURS, PURPOSES[purpose])
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=key))

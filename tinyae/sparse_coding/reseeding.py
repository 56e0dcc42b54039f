"""Atoms that no code uses are replaced by examples that the others explain badly.

An unused atom has no gradient and stays where it is. K-SVD (Aharon, Elad and Bruckstein 2006,
section IV) replaces it by the data element that is represented worst, at unit norm. Here the worst
elements are taken that resemble neither an atom nor each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import settle, whole_number
from tinyae.checks.tables import table
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.sparse_coding.psd import PSD
from tinyae.training.history import History

ALIKE = 0.99  # |cosine| from which on a new atom counts as a copy of another one


@dataclass(frozen=True, eq=False)
class ReseedUnused:
    """A callback of `fit` that replaces unused atoms of a PSD after an epoch, but the last one.

    Parameters
    ----------
    X : array (n, d): examples, usually those of the training. An atom is unused if no code of
        theirs has an entry for it, inferred as in training: in `model.steps` steps
    every : look after every so many epochs; a look takes as long as the inference of an epoch

    Examples
    --------
    >>> fit(model, X, callback=ReseedUnused(X))
    """

    X: ArrayLike = field(repr=False)
    every: int = 1

    def __post_init__(self) -> None:
        settle(self, "every", whole_number(self.every, "every"))
        X = real_array(self.X, "X")
        dtype = X.dtype if X.dtype.kind == "f" else np.float64
        object.__setattr__(self, "X", table(X, "X", dtype=dtype))  # before an epoch is trained

    def __call__(self, epoch: int, model: PSD, history: History) -> None:
        """Replace what is unused; atoms that could not be trained any more are left alone."""
        if model.progress < 1.0 and epoch % self.every == 0:
            reseed_unused(model, self.X)


def reseed_unused(model: PSD, X: ArrayLike) -> int:
    """Replace every atom that no code of X uses, as far as X has suitable rows; return how many.

    A row with 2‖x‖ ≤ λ is not suitable: its code would stay zero.

    Raises
    ------
    TypeError, ValueError
        For models without atoms, and for X that do not fit the model.
    """
    if not isinstance(model, PSD):
        raise TypeError(f"only a PSD has atoms to replace, got {type(model).__name__}")
    (x,) = model.check_rows(X)
    used, missed = np.zeros(model.d_code, bool), np.empty(len(x))
    for part in row_blocks(len(x), model.d_code, BLOCK_BYTES):
        h = model.infer(x[part], steps=model.steps)
        used |= h.any(axis=0)
        missed[part] = ((x[part] - model.decode(h)) ** 2).sum(axis=1)
    atoms, places = model.atoms, list(np.flatnonzero(~used))
    atoms_in_use, replaced = [*atoms[used]], 0
    for i in np.argsort(-missed, kind="stable"):
        norm = np.linalg.norm(x[i])
        if replaced == len(places):
            break
        if 2 * norm <= model.lam:
            continue
        atom = x[i] / norm
        if not atoms_in_use or np.abs(np.stack(atoms_in_use) @ atom).max() < ALIKE:
            atoms_in_use.append(atom)
            atoms[places[replaced]] = atom
            replaced += 1
    return replaced

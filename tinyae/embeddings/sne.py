"""Stochastic neighbour embedding: a map in which the same points are likely neighbours (14.6).

Each point picks a neighbour at random, near ones with more probability. The points of the map are
moved until they pick in the same way, which the Kullback-Leibler divergence measures. SNE (Hinton
and Roweis 2003) uses Gaussians for the data and for the map. t-SNE (van der Maaten and Hinton 2008)
uses a heavy-tailed law for the map, so that points that are moderately far apart in the data may be
far apart in the map. There is no rule for further points, since the parameters are the map itself.

`SNEMap` and `TSNEMap` are the models: `gradcheck` checks their gradients, and `fit` trains them.
`SNE` and `TSNE` are the estimators, which build such a model for data X and train it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.embeddings.embedding import Embedding
from tinyae.embeddings.gains import Gains
from tinyae.embeddings.joint_law import JointLaw, SeldomDivergence
from tinyae.embeddings.neighbor_map import NeighborMap, trained_map
from tinyae.training.optimizers import SGD
from tinyae.training.schedules import Setting, at, check_setting

EXAGGERATION = 12.0  # of t-SNE in the first quarter of the training


class SNEMap(NeighborMap):
    """(1/n) Σ_i KL(P_i ‖ Q_i),  Q_ij = exp(−‖y_i − y_j‖²) / Σ_{l≠i} exp(−‖y_i − y_l‖²).

    g_i = (2/n) Σ_j (P_ij − Q_ij + P_ji − Q_ji)(y_i − y_j).

    Parameters
    ----------
    n, k : number of points and of coordinates
    rng : seed or generator of the start, points near 0
    dtype : float32 or float64
    """

    def objective(self, P: NDArray, *, rng: np.random.Generator) -> float:
        """Return the mean divergence and add its gradient. P (n, n) holds `pick_probabilities`."""
        squares = self._squares()
        off = squares + np.diag(np.full(len(P), np.inf)).astype(P.dtype)
        least = off.real.min(axis=1, keepdims=True)
        weight = np.exp(least - off)
        weight[np.isinf(off.real)] = 0.0
        total = weight.sum(axis=1, keepdims=True)
        log_q = least - squares - np.log(total)
        Q, n = weight / total, len(P)
        force = P - Q
        self._pull((2.0 / n) * (force + force.T))
        return (P * (np.log(P + (P == 0)) - log_q)).sum() / n

    def _settle(self, P: NDArray, steps: int) -> None:
        """Descend at the learning rate n/10."""
        self._descend(P, steps, SGD(0.1 * len(P), 0.8))


def early_exaggeration(progress: float) -> float:
    """Return 12 in the first quarter of the training, and 1 after it.

    Clusters form in the first part and then come to rest. It is meant for `TSNEMap(exaggeration=)`.
    """
    early = real_number(progress, "progress", low=0.0, high=1.0) < 0.25
    return EXAGGERATION if early else 1.0


class TSNEMap(NeighborMap):
    """KL(P ‖ Q) of joint laws,  P_ij = (P_i|j + P_j|i)/2n,  Q_ij = w_ij / Σ w,  w = 1/(1 + ‖·‖²).

    Split into attraction and repulsion it is −α Σ P_ij log w_ij + log Σ w_ij + Σ P_ij log P_ij,
    which is that divergence at α = 1. With dw_ij = −2 w_ij² (y_i − y_j) dy_i, and since each pair
    is counted twice,

        g_i = 4 Σ_j (α P_ij − Q_ij) w_ij (y_i − y_j)

    Parameters
    ----------
    n, k : number of points and of coordinates
    exaggeration : α ≥ 1, or a function of progress such as `early_exaggeration`
    rng : seed or generator of the map's start, near 0
    dtype : float32 or float64
    """

    _law: SeldomDivergence | None = None  # that of P, while P is known not to change

    def __init__(
        self,
        n: int,
        k: int = 2,
        *,
        exaggeration: Setting = 1.0,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
    ):
        super().__init__(n, k, rng=rng, dtype=dtype)
        self.exaggeration = check_setting(exaggeration, "exaggeration", low=1.0)

    def objective(self, P: NDArray, *, rng: np.random.Generator) -> float:
        """Return the divergence and add its gradient. P (n, n) holds `pick_probabilities`."""
        law = JointLaw.of(P) if self._law is None else self._law
        loss, gradient = law.divergence(self.embedding, at(self.exaggeration, self.progress))
        self.grad += gradient.ravel()
        return loss

    def _settle(self, P: NDArray, steps: int) -> None:
        """Descend with gains at the rate n/12 (Belkina and others 2019), in two parts.

        The first quarter of the steps exaggerates, with little momentum. Then gains and momentum
        start again.
        """
        self._law = SeldomDivergence(JointLaw.of(P))  # once, and not at every step
        early = steps // 4
        try:
            if early:
                self.exaggeration = EXAGGERATION
                if not self._descend(P, early, Gains(len(P) / 12, 0.5)):
                    return  # Ctrl-C
            self.exaggeration = 1.0
            self._descend(P, steps - early, Gains(len(P) / 12, 0.8))
        finally:
            self.exaggeration = 1.0
            del self._law


class NeighborEmbedding(Embedding):
    """The base of `SNE` and `TSNE`, which name the map that `fit` trains.

    Attributes
    ----------
    law : the class of the map
    """

    law: type[NeighborMap]

    def __init__(
        self,
        n_components: int = 2,
        *,
        perplexity: float = 30.0,
        steps: int = 500,
        rng: np.random.Generator | int = 0,
    ):
        self.n_components, self.perplexity = n_components, perplexity
        self.steps, self.rng = steps, rng

    def fit(self, X: ArrayLike, y: object = None) -> NeighborEmbedding:
        """Embed X (n, d). `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If a setting is no number of its kind, or is too large for n points.
        ValueError
            If X has no more than n_components different rows, or if no Gaussian around some point
            has the perplexity.
        """
        model, divergence = trained_map(
            self.law,
            X,
            n_components=self.n_components,
            perplexity=self.perplexity,
            steps=self.steps,
            rng=self.rng,
        )
        self.map_, self.kl_divergence_ = model, divergence
        self.embedding_ = model.embedding.copy()
        return self


class SNE(NeighborEmbedding):
    """Coordinates in which each point picks its neighbours as in the data (Hinton and Roweis 2003).

    Parameters
    ----------
    n_components : number of coordinates
    perplexity : of `pick_probabilities`, above 1 and below n − 1
    steps : number of steps of gradient descent with momentum
    rng : seed or generator of the start; another one gives another map, since the divergence has
        many minima

    Attributes
    ----------
    embedding_ : array (n, n_components)
    kl_divergence_ : the mean divergence (1/n) Σ_i KL(P_i ‖ Q_i) of the map, in nats
    map_ : the trained `SNEMap`, whose points are `embedding_`

    Notes
    -----
    The order of the rows, a shift, a common scale and constant columns do not change the embedding.
    """

    law = SNEMap


class TSNE(NeighborEmbedding):
    """SNE with a heavy-tailed law in the map (van der Maaten and Hinton 2008).

    Parameters
    ----------
    n_components : number of coordinates
    perplexity : of `pick_probabilities`, above 1 and below n − 1
    steps : number of steps of gradient descent with momentum and a gain for each coordinate
    rng : seed or generator of the start; another one gives another map, since the divergence has
        many minima

    Attributes
    ----------
    embedding_ : array (n, n_components)
    kl_divergence_ : the divergence KL(P ‖ Q) of the map, without exaggeration, in nats
    map_ : the trained `TSNEMap`, whose points are `embedding_`

    Notes
    -----
    The order of the rows, a shift, a common scale and constant columns do not change the embedding.
    """

    law = TSNEMap

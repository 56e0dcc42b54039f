"""The restricted Boltzmann machine (14.4, 20.2) as a transformer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.estimators.model_transformer import ModelTransformer
from tinyae.estimators.slots import CANONICAL, one_of, output_of
from tinyae.models.contrastive import (
    ContrastiveDivergence,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
    Rule,
)
from tinyae.models.rbm import RBM

RULES = ("cd", "ml", "pcd")


class RBMTransformer(ModelTransformer):
    """Codes p(h = 1 | x) of a restricted Boltzmann machine.

    Parameters
    ----------
    n_components : number of hidden units
    output : p(x | h) of the visible units: "gaussian" for real columns of variance about 1,
        "bernoulli" for columns in [0, 1], "categorical" for one-hot rows
    rule : "cd" for contrastive divergence, "pcd" for persistent chains, "ml" for the exact
        gradient, with at most 16 hidden units
    steps : rounds of Gibbs sampling in each training step, for "cd" and "pcd"
    chains : number of persistent chains, for "pcd"
    optimizer : "adam" or "sgd"
    learning_rate : of the optimizer
    momentum : of "sgd", in [0, 1)
    batch_size : rows in each step
    max_epochs : largest number of passes over the data
    warm_start : whether `fit` continues the training of a fitted model
    random_state : seed, `numpy.random.RandomState`, `numpy.random.Generator`, or None for another
        result each time. The default gives the same bits each time
    core : "layers", "vectorized" or "auto", as in `fit`; all compute the same up to rounding. The
        core is for output="bernoulli" with the rules "cd" and "pcd"
    dtype : "float32" or "float64" of the model; None for that of X
    verbose : whether a progress line is written to standard error

    Attributes
    ----------
    model_ : the trained `RBM`
    n_features_in_, feature_names_in_ : the columns of X, as in `Estimator`
    n_iter_, loss_curve_, validation_curve_, best_epoch_, stopped_, seed_, built_ : as in
        `ModelTransformer`

    Notes
    -----
    The losses of a sampled rule do not measure how well the machine fits, so there is no early
    stopping. `score` measures reconstructions, which are no likelihood either:
    `model_.pseudo_log_likelihood` and `annealed_log_partition` come nearer to one.

    Examples
    --------
    >>> RBMTransformer(100, output="bernoulli", learning_rate=0.05).fit_transform(X)
    """

    def __init__(
        self,
        n_components: int = 16,
        *,
        output: str = "gaussian",
        rule: str = "cd",
        steps: int = 1,
        chains: int = 100,
        optimizer: str = "sgd",
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        batch_size: int = 100,
        max_epochs: int = 100,
        warm_start: bool = False,
        random_state: np.random.RandomState | np.random.Generator | int | None = 0,
        core: str = "auto",
        dtype: DTypeLike | None = None,
        verbose: bool = False,
    ):
        self.n_components = n_components
        self.output = output
        self.rule = rule
        self.steps = steps
        self.chains = chains
        self.optimizer, self.learning_rate, self.momentum = optimizer, learning_rate, momentum
        self.batch_size, self.max_epochs = batch_size, max_epochs
        self.warm_start, self.random_state = warm_start, random_state
        self.core, self.dtype, self.verbose = core, dtype, verbose

    def _build(self, X: NDArray, seed: int) -> RBM:
        """Return an untrained machine for rows like X (n, d), from the settings.

        Raises
        ------
        TypeError, ValueError
            If a setting is invalid.
        """
        steps, chains = whole_number(self.steps, "steps"), whole_number(self.chains, "chains")
        rules: dict[str, Rule] = {
            "cd": ContrastiveDivergence(steps),
            "ml": MaximumLikelihood(),
            "pcd": PersistentContrastiveDivergence(steps, chains),
        }
        return RBM(
            X.shape[1],
            whole_number(self.n_components, "n_components"),
            visible=output_of(self.output, CANONICAL),
            rule=rules[one_of(self.rule, "rule", RULES)],
            rng=seed,
            dtype=X.dtype,
        )

    def _codes(self, X: ArrayLike) -> NDArray:
        return self.model_.encode(X)

    def _costs(self, x: NDArray) -> NDArray:
        model = self.model_
        model.visible.check(x)
        return model.visible.cost(x, model.parts["visible"].forward(model.encode(x))[0])

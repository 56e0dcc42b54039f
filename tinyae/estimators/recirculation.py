"""Recirculation (14.1), learning without back-propagation, as a transformer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import truth, whole_number
from tinyae.estimators.model_transformer import ModelTransformer
from tinyae.estimators.slots import CANONICAL, output_of, unit_of
from tinyae.models.recirculation import Recirculation


class RecirculationTransformer(ModelTransformer):
    """Codes h = f(x) of a network with one hidden layer that learns by recirculation.

    Parameters
    ----------
    n_components : number of code units
    activation : unit of the code: "sigmoid", "tanh", "relu", "softplus" or "identity"
    output : p(x | h): "gaussian" for real columns, "bernoulli" for columns in [0, 1],
        "categorical" for rows of probabilities
    tied : whether the decoder's weights are the transposes of the encoder's
    regression : share λ of its old state that a unit keeps when it is updated, in [0, 1)
    regress_hidden : whether hidden units keep a share of their state too
    optimizer : "adam" or "sgd"
    learning_rate : of the optimizer
    momentum : of "sgd", in [0, 1)
    batch_size : rows in each step
    max_epochs : largest number of passes over the data
    early_stopping : whether a share of the rows is held out. Training then ends after `patience`
        epochs without a lower loss on them, and the parameters of the best epoch are kept
    validation_fraction : that share, in (0, 1)
    patience : number of epochs
    tol : training also ends if the loss (on the held-out rows if there are any) falls by less than
        this share of itself within `patience` epochs; None to go on
    warm_start : whether `fit` continues the training of a fitted model
    random_state : seed, `numpy.random.RandomState`, `numpy.random.Generator`, or None for another
        result each time. The default gives the same bits each time
    dtype : "float32" or "float64" of the model; None for that of X
    verbose : whether a progress line is written to standard error

    Attributes
    ----------
    model_ : the trained `Recirculation`
    n_features_in_, feature_names_in_ : the columns of X, as in `Estimator`
    n_iter_, loss_curve_, validation_curve_, best_epoch_, stopped_, seed_, built_ : as in
        `ModelTransformer`

    Notes
    -----
    The published rule is "sgd" without momentum; with "adam" it is another rule.

    Examples
    --------
    >>> RecirculationTransformer(8, output="bernoulli").fit_transform(X)
    """

    def __init__(
        self,
        n_components: int = 16,
        *,
        activation: str = "sigmoid",
        output: str = "gaussian",
        tied: bool = False,
        regression: float = 0.75,
        regress_hidden: bool = True,
        optimizer: str = "sgd",
        learning_rate: float = 0.1,
        momentum: float = 0.0,
        batch_size: int = 100,
        max_epochs: int = 100,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        tol: float | None = 1e-4,
        warm_start: bool = False,
        random_state: np.random.RandomState | np.random.Generator | int | None = 0,
        dtype: DTypeLike | None = None,
        verbose: bool = False,
    ):
        self.n_components = n_components
        self.activation = activation
        self.output = output
        self.tied = tied
        self.regression = regression
        self.regress_hidden = regress_hidden
        self.optimizer, self.learning_rate, self.momentum = optimizer, learning_rate, momentum
        self.batch_size, self.max_epochs = batch_size, max_epochs
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.patience, self.tol = patience, tol
        self.warm_start, self.random_state = warm_start, random_state
        self.dtype, self.verbose = dtype, verbose

    def _build(self, X: NDArray, seed: int) -> Recirculation:
        """Return an untrained network for rows like X (n, d), from the settings.

        Raises
        ------
        TypeError, ValueError
            If a setting is invalid.
        """
        return Recirculation.dense(
            (X.shape[1], whole_number(self.n_components, "n_components")),
            activation=unit_of(self.activation, "activation"),
            output=output_of(self.output, CANONICAL),
            tied=truth(self.tied, "tied"),
            regression=self.regression,
            regress_hidden=self.regress_hidden,
            rng=seed,
            dtype=X.dtype,
        )

    def _codes(self, X: ArrayLike) -> NDArray:
        return self.model_.encode(X)

    def _costs(self, x: NDArray) -> NDArray:
        model = self.model_
        model.output.check(x)
        return model.output.cost(x, model.parts["decoder"].forward(model.encode(x))[0])

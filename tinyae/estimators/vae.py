"""The variational autoencoder (20.10.3; 14.4) as a transformer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import real_number, whole_number
from tinyae.criterion.gaussian_code import GaussianCode
from tinyae.estimators.model_transformer import ModelTransformer
from tinyae.estimators.slots import output_of, penalties_of, unit_of, widths
from tinyae.models.autoencoder import Autoencoder


class VAETransformer(ModelTransformer):
    """Mean codes E[z | x] of a variational autoencoder with a Gaussian code.

    Parameters
    ----------
    n_components : number of code units
    hidden : widths of the layers between data and code, from the data on; the decoder mirrors them
    activation : unit of the hidden layers: "sigmoid", "tanh", "relu", "softplus" or "identity"
    output : p(x | z): "gaussian" for real columns of variance about 1, "diagonal_gaussian" for real
        columns each with a variance that is learned, "bernoulli" for columns in [0, 1],
        "categorical" for rows of probabilities
    beta : factor of the divergence KL(q(z | x) ‖ p(z)) in the criterion; 1 for the evidence bound
    weight_decay : factor of the squared weights in the criterion
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
    core : "layers", "vectorized" or "auto", as in `fit`; all compute the same
    dtype : "float32" or "float64" of the model; None for that of X
    verbose : whether a progress line is written to standard error

    Attributes
    ----------
    model_ : the trained `Autoencoder` with a `GaussianCode`; `model_.sample(n)` draws new rows
    n_features_in_, feature_names_in_ : the columns of X, as in `Estimator`
    n_iter_, loss_curve_, validation_curve_, best_epoch_, stopped_, seed_, built_ : as in
        `ModelTransformer`

    Examples
    --------
    >>> VAETransformer(8, output="bernoulli", early_stopping=True).fit_transform(X)
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        hidden: Sequence[int] = (64,),
        activation: str = "relu",
        output: str = "gaussian",
        beta: float = 1.0,
        weight_decay: float = 0.0,
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        momentum: float = 0.0,
        batch_size: int = 100,
        max_epochs: int = 100,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        tol: float | None = 1e-4,
        warm_start: bool = False,
        random_state: np.random.RandomState | np.random.Generator | int | None = 0,
        core: str = "auto",
        dtype: DTypeLike | None = None,
        verbose: bool = False,
    ):
        self.n_components = n_components
        self.hidden = hidden
        self.activation = activation
        self.output = output
        self.beta = beta
        self.weight_decay = weight_decay
        self.optimizer, self.learning_rate, self.momentum = optimizer, learning_rate, momentum
        self.batch_size, self.max_epochs = batch_size, max_epochs
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.patience, self.tol = patience, tol
        self.warm_start, self.random_state = warm_start, random_state
        self.core, self.dtype, self.verbose = core, dtype, verbose

    def _build(self, X: NDArray, seed: int) -> Autoencoder:
        """Return an untrained autoencoder for rows like X (n, d), from the settings.

        Raises
        ------
        TypeError, ValueError
            If a setting is invalid.
        """
        k, hidden = whole_number(self.n_components, "n_components"), widths(self.hidden)
        return Autoencoder.dense(
            (X.shape[1], *hidden, k),
            activation=unit_of(self.activation, "activation"),
            output=output_of(self.output),
            code=GaussianCode(beta=real_number(self.beta, "beta", low=0.0)),
            penalties=penalties_of(None, 0.0, 0.5, None, self.weight_decay),
            rng=seed,
            dtype=X.dtype,
        )

    def _codes(self, X: ArrayLike) -> NDArray:
        return self.model_.encode(X)

    def _costs(self, x: NDArray) -> NDArray:
        """Return minus an estimate (m,) of the ELBO, with the same noise in every call."""
        return -self.model_.elbo(x, rng=self.seed_)

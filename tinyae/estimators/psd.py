"""Predictive sparse decomposition (14.8) as a transformer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import real_number, whole_number
from tinyae.estimators.model_transformer import ModelTransformer
from tinyae.estimators.slots import one_of, unit_of
from tinyae.sparse_coding.psd import PSD


class PSDTransformer(ModelTransformer):
    """Sparse codes of a dictionary, predicted by an encoder or inferred.

    Parameters
    ----------
    n_components : number of atoms
    sparsity_penalty : λ, the price of a code's absolute size, in the unit of X
    prediction_penalty : γ, the price of a code's distance from the encoder's prediction, above 0
    activation : unit of the encoder: "sigmoid", "tanh", "relu", "softplus" or "identity"
    gain : whether the encoder's units have factors that are learned
    steps : of inference, for each batch of training
    accelerated : whether inference is FISTA, or plain proximal gradient
    codes : what `transform` returns: "encoder" for the prediction f(x), "inferred" for the
        minimiser of the criterion, which takes longer and is sparse
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
    model_ : the trained `PSD`; `model_.atoms` are its atoms
    n_features_in_, feature_names_in_ : the columns of X, as in `Estimator`
    n_iter_, loss_curve_, validation_curve_, best_epoch_, stopped_, seed_, built_ : as in
        `ModelTransformer`

    Examples
    --------
    >>> PSDTransformer(64, sparsity_penalty=1.0, codes="inferred").fit_transform(X)
    """

    def __init__(
        self,
        n_components: int = 16,
        *,
        sparsity_penalty: float = 0.5,
        prediction_penalty: float = 1.0,
        activation: str = "tanh",
        gain: bool = True,
        steps: int = 12,
        accelerated: bool = True,
        codes: str = "encoder",
        optimizer: str = "adam",
        learning_rate: float = 1e-2,
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
        self.sparsity_penalty = sparsity_penalty
        self.prediction_penalty = prediction_penalty
        self.activation = activation
        self.gain = gain
        self.steps = steps
        self.accelerated = accelerated
        self.codes = codes
        self.optimizer, self.learning_rate, self.momentum = optimizer, learning_rate, momentum
        self.batch_size, self.max_epochs = batch_size, max_epochs
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.patience, self.tol = patience, tol
        self.warm_start, self.random_state = warm_start, random_state
        self.dtype, self.verbose = dtype, verbose

    def _build(self, X: NDArray, seed: int) -> PSD:
        """Return an untrained dictionary and encoder for rows like X (n, d), from the settings.

        Raises
        ------
        TypeError, ValueError
            If a setting is invalid.
        """
        one_of(self.codes, "codes", ("encoder", "inferred"))
        return PSD.dense(
            (X.shape[1], whole_number(self.n_components, "n_components")),
            lam=real_number(self.sparsity_penalty, "sparsity_penalty", low=0.0, open_low=True),
            gamma=real_number(
                self.prediction_penalty, "prediction_penalty", low=0.0, open_low=True
            ),
            activation=unit_of(self.activation, "activation"),
            gain=self.gain,
            rng=seed,
            dtype=X.dtype,
            steps=self.steps,
            accelerated=self.accelerated,
        )

    def _codes(self, X: ArrayLike) -> NDArray:
        inferred = self.built_["codes"] == "inferred"
        return self.model_.infer(X) if inferred else self.model_.encode(X)

    def _costs(self, x: NDArray) -> NDArray:
        """Return ‖x − h D‖² (m,) at the codes h of `transform`."""
        return ((x - self.model_.decode(self._codes(x))) ** 2).sum(axis=1)

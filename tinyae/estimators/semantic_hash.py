"""Semantic hashing (14.9) as a transformer: bits from an autoencoder whose code has noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.applications.thresholds import THRESHOLDS, thresholds
from tinyae.checks.numbers import real_number, whole_number
from tinyae.criterion.base_rates import base_rates
from tinyae.criterion.noisy_sigmoid_code import NoisySigmoidCode
from tinyae.estimators.model_transformer import ModelTransformer
from tinyae.estimators.slots import one_of, output_of, penalties_of, unit_of, widths
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.structure import leaves
from tinyae.training.schedules import WarmUp


class SemanticHashTransformer(ModelTransformer):
    """Bits such that similar rows have codes that differ in few of them.

    Parameters
    ----------
    n_components : number of bits
    hidden : widths of the layers between data and code, from the data on; the decoder mirrors them
    activation : unit of the hidden layers: "sigmoid", "tanh", "relu", "softplus" or "identity"
    output : p(x | h): "gaussian" for real columns, "bernoulli" for columns in [0, 1],
        "categorical" for rows of probabilities, such as shares of words, "diagonal_gaussian" for
        real columns of variances that are learned
    noise : standard deviation of the noise before the sigmoids of the code, at the end of training
    threshold : above which value of its code unit a bit is 1: "half" is ½, "median" the gap between
        values that is nearest to their median, "auto" is ½ but for units that are hardly ever, or
        nearly always, above it
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
    model_ : the trained `Autoencoder` with a `NoisySigmoidCode`
    thresholds_ : array (n_components,), by the rows of the last call of `fit` or `partial_fit`
    n_features_in_, feature_names_in_ : the columns of X, as in `Estimator`
    n_iter_, loss_curve_, validation_curve_, best_epoch_, stopped_, seed_, built_ : as in
        `ModelTransformer`

    Notes
    -----
    `tinyae.applications.SemanticHash` also chooses a scaling and an output for the kind of data.
    Here scaling is another step of the pipeline. The noise grows from 0 during every call of `fit`
    or `partial_fit`. `score` is that of reconstructions from the bits.

    Examples
    --------
    >>> bits = SemanticHashTransformer(32, output="bernoulli").fit_transform(X)
    >>> HammingTable(bits)
    """

    _keeps_dtype = False  # codes are bits

    def __init__(
        self,
        n_components: int = 32,
        *,
        hidden: Sequence[int] = (256,),
        activation: str = "relu",
        output: str = "gaussian",
        noise: float = 10.0,
        threshold: str = "auto",
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
        self.noise = noise
        self.threshold = threshold
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
        noise = real_number(self.noise, "noise", low=0.0, squared=True)
        one_of(self.threshold, "threshold", THRESHOLDS)
        output = output_of(self.output)
        model = Autoencoder.dense(
            (X.shape[1], *hidden, k),
            activation=unit_of(self.activation, "activation"),
            output=output,
            code=NoisySigmoidCode(WarmUp(noise, until=1.0)),
            penalties=penalties_of(None, 0.0, 0.5, None, self.weight_decay),
            rng=seed,
            dtype=X.dtype,
        )
        # Else the first steps learn the mean through the code, whose units become constant.
        rates = base_rates(output, X)
        if rates is not None:  # an output without a link may end in a layer without biases
            list(leaves(model.decoder))[-1].params["b"][...] = rates
        return model

    def _after(self, X: NDArray) -> None:
        self.thresholds_ = thresholds(self.model_.encode(X), self.built_["threshold"])

    def _codes(self, X: ArrayLike) -> NDArray[np.bool_]:
        return self.model_.encode(X) > self.thresholds_

    def _costs(self, x: NDArray) -> NDArray:
        """Return the cost (m,) of reconstructing x from its bits."""
        model = self.model_
        model.output.check(x)
        bits = self._codes(x).astype(model.dtype)
        return model.output.cost(x, model.decoder.forward(bits)[0])

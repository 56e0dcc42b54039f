"""The autoencoder of chapter 14 as a transformer, with every slot given by plain values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import truth, whole_number
from tinyae.estimators.model_transformer import ModelTransformer
from tinyae.estimators.slots import corruption_of, output_of, penalties_of, unit_of, widths
from tinyae.models.autoencoder import Autoencoder


class AutoencoderTransformer(ModelTransformer):
    """Codes h = f(x) of an autoencoder that is trained to reconstruct x from them.

    Parameters
    ----------
    n_components : number of code units
    hidden : widths of the layers between data and code, from the data on; the decoder mirrors them
    activation : unit of the hidden layers: "sigmoid", "tanh", "relu", "softplus" or "identity"
    code_activation : unit of the code; None for that of the hidden layers
    output : p(x | h): "gaussian" for real columns (squared error), "bernoulli" for columns in
        [0, 1] (cross-entropy), "categorical" for rows of probabilities, "diagonal_gaussian" for
        real columns each with a variance that is learned
    tied : whether the decoder's weights are the transposes of the encoder's
    corruption : C(x̃ | x) of a denoising autoencoder: "gaussian", "masking", "salt_and_pepper", or
        None
    noise : standard deviation of Gaussian corruption in the unit of X, or the share of entries that
        are masked or replaced
    penalty : the term Ω: "contractive", "reconstruction_contractive", "l1", "student_t", "kl" (of
        the mean activations, for codes in [0, 1]), or None
    strength : factor λ of the penalty
    sparsity : wanted mean activation of a code unit, for the penalty "kl"
    probes : number of random directions with which a contractive penalty is estimated; None for all
        columns, exactly
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
    model_ : the trained `Autoencoder`
    n_features_in_, feature_names_in_ : the columns of X, as in `Estimator`
    n_iter_, loss_curve_, validation_curve_, best_epoch_, stopped_, seed_, built_ : as in
        `ModelTransformer`

    Examples
    --------
    >>> AutoencoderTransformer(8, corruption="gaussian", noise=0.3).fit_transform(X)
    """

    def __init__(
        self,
        n_components: int = 16,
        *,
        hidden: Sequence[int] = (),
        activation: str = "sigmoid",
        code_activation: str | None = None,
        output: str = "gaussian",
        tied: bool = False,
        corruption: str | None = None,
        noise: float = 0.1,
        penalty: str | None = None,
        strength: float = 0.1,
        sparsity: float = 0.05,
        probes: int | None = None,
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
        self.activation, self.code_activation = activation, code_activation
        self.output, self.tied = output, tied
        self.corruption, self.noise = corruption, noise
        self.penalty, self.strength = penalty, strength
        self.sparsity, self.probes = sparsity, probes
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
            If a setting is invalid, or settings do not fit together.
        """
        k, hidden = whole_number(self.n_components, "n_components"), widths(self.hidden)
        code_unit = self.code_activation
        return Autoencoder.dense(
            (X.shape[1], *hidden, k),
            activation=unit_of(self.activation, "activation"),
            code_activation=None if code_unit is None else unit_of(code_unit, "code_activation"),
            output=output_of(self.output),
            tied=truth(self.tied, "tied"),
            corruption=corruption_of(self.corruption, self.noise, X, self.output),
            penalties=penalties_of(
                self.penalty, self.strength, self.sparsity, self.probes, self.weight_decay
            ),
            rng=seed,
            dtype=X.dtype,
        )

    def _codes(self, X: ArrayLike) -> NDArray:
        return self.model_.encode(X)

    def _costs(self, x: NDArray) -> NDArray:
        model = self.model_
        model.output.check(x)
        return model.output.cost(x, model.decoder.forward(model.encode(x))[0])

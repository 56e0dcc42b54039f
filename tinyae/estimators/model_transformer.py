"""The base of the estimators that train a model of the library: settings, `fit`, `transform`.

Training is the library's own `fit`. What scikit-learn's convention adds is here: settings that are
checked before anything changes, a seed from `random_state`, early stopping on held-out rows, warm
starts, and `partial_fit` for data that come in parts.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.callers import warn_caller
from tinyae.checks.columns import column_names
from tinyae.checks.estimator import Transformer
from tinyae.checks.estimator_calls import check_columns
from tinyae.checks.numbers import real_dtype, real_number, truth, whole_number
from tinyae.checks.tables import table
from tinyae.estimators.model_settings import check_unchanged, model_settings
from tinyae.estimators.scales import warn_of_scales
from tinyae.estimators.seeds import check_random_state, seed_of
from tinyae.estimators.slots import one_of, optimizer_of
from tinyae.estimators.stopping import Stalled
from tinyae.estimators.training_settings import TrainingSettings
from tinyae.nn.model import Model
from tinyae.training.fit import fit
from tinyae.training.history import History

if TYPE_CHECKING:
    from typing_extensions import Self


class ModelTransformer(TrainingSettings, Transformer):
    """An estimator that trains a model and maps rows to its codes.

    A subclass defines `_build`, `_codes` and `_costs`. Every subclass has the settings optimizer,
    learning_rate, momentum, batch_size, max_epochs, warm_start, random_state, dtype and verbose,
    which `AutoencoderTransformer` explains. It may have early_stopping, validation_fraction,
    patience, tol and core.

    Attributes
    ----------
    model_ : the trained model
    seed_ : the seed that `random_state` gave
    built_ : dict of the settings that the model was built with
    n_iter_ : number of epochs that the model was trained for
    loss_curve_ : array (n_iter_,), the loss of each epoch
    validation_curve_ : array, the loss on the held-out rows after each epoch of the last training;
        empty without early stopping
    best_epoch_ : epoch of the last training, from 1, whose parameters were kept; None if they are
        those of its last epoch
    stopped_ : what ended the last training, as in `History`
    """

    _keeps_dtype: ClassVar[bool] = True  # whether the codes have the dtype of the model

    def _build(self, X: NDArray, seed: int) -> Model:
        """Return an untrained model for rows like X (n, d), of X's dtype, from the settings.

        Raises
        ------
        TypeError, ValueError
            If a setting is invalid.
        """
        raise NotImplementedError(f"{type(self).__name__}._build")

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Train on X (n, d) and return the object itself. `y` is not used.

        With warm_start=True and a fitted object, the training of the model is continued.

        Raises
        ------
        TypeError, ValueError
            If a setting is invalid, or X is no table of numbers that the model can learn.
        DivergenceError
            If the training diverges. The object is as it was before.

        Warns
        -----
        UserWarning
            If the scales of the columns do not suit training by gradients.
        """
        going_on = truth(self.warm_start, "warm_start") and self._is_fitted()
        return self._learn(X, whole_number(self.max_epochs, "max_epochs"), going_on)

    def partial_fit(self, X: ArrayLike, y: object = None) -> Self:
        """Train for one epoch on X (n, d), a part of the data, and return the object itself.

        The first call builds the model. Each further call continues the training: its random
        streams and the optimizer's averages. So the same parts in the same order give the same bits
        in any process, also if the object is pickled in between. A file of `tinyae.save` keeps
        neither streams nor averages. There is no early stopping. The settings of the model must
        not change between the calls.

        Raises
        ------
        TypeError, ValueError, DivergenceError
            As `fit` does.
        """
        return self._learn(X, 1, self._is_fitted(), held=False)

    def _learn(self, X: ArrayLike, epochs: int, going_on: bool, held: bool = True) -> Self:
        """Train for so many epochs, with early stopping if `held`, and store what was learned."""
        optimizer = optimizer_of(self.optimizer, self.learning_rate, self.momentum)
        batch_size = whole_number(self.batch_size, "batch_size")
        verbose = truth(self.verbose, "verbose")
        check_random_state(self.random_state)
        share, patience, stalled = self._stopping()
        settings = model_settings(self._all_settings())
        if going_on:
            check_columns(self, X)
            check_unchanged(settings, self.built_)
            model, seed = self.model_.copy(), self.seed_
            rows = table(X, "X", width=model.d_in, dtype=model.dtype, squared=True)
        else:
            rows = table(X, "X", dtype=self._dtype(X), squared=True)
            seed = seed_of(self.random_state)
            with warnings.catch_warnings():  # equal widths of data and code are no mistake here
                warnings.filterwarnings("ignore", "the decoder is built automatically")
                model = self._build(rows, seed)
            warn_of_scales(rows, column_names(X))
        core = one_of(getattr(self, "core", "layers"), "core", ("auto", "layers", "vectorized"))
        history = fit(
            model,
            rows,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size,
            rng=seed,
            core=core,
            validation=share if held else None,
            patience=patience if held and share is not None else None,
            callback=stalled if held else None,
            verbose=verbose,
        )
        if history.stopped == "interrupted":
            warn_caller(
                f"the training was interrupted after {len(history.loss)} epochs; "
                f"{type(self).__name__} keeps the parameters of that moment"
            )
        self._keep(model, seed, settings, history, going_on)
        self._after(rows)
        return self

    def _all_settings(self) -> dict[str, Any]:
        """Return the settings of all constructors; a subclass may have fewer than its base."""
        classes = [cls for cls in type(self).__mro__ if issubclass(cls, ModelTransformer)]
        names = [name for cls in classes for name in cls._settings()]
        return {name: getattr(self, name) for name in names}

    def _stopping(self) -> tuple[float | None, int | None, Stalled | None]:
        """Return the share of held-out rows, the patience, and the callback that ends training."""
        if not hasattr(self, "early_stopping"):
            return None, None, None
        patience = whole_number(self.patience, "patience")
        share = real_number(
            self.validation_fraction, "validation_fraction", low=0.0, high=1.0,
            open_low=True, open_high=True,
        )  # fmt: skip
        stopping = truth(self.early_stopping, "early_stopping")
        stalled = None
        if self.tol is not None:
            stalled = Stalled(real_number(self.tol, "tol", low=0.0), patience)
        return (share if stopping else None), patience, stalled

    def _dtype(self, X: ArrayLike) -> np.dtype:
        """Return the dtype setting, or for None float32 if X is float32 and else float64."""
        if self.dtype is not None:
            return real_dtype(self.dtype)
        single = real_array(X, "X").dtype == np.float32
        return np.dtype(np.float32 if single else np.float64)

    def _keep(
        self, model: Model, seed: int, settings: dict, history: History, going_on: bool
    ) -> None:
        before = self.loss_curve_ if going_on else np.zeros(0)
        self.model_, self.seed_, self.built_ = model, seed, settings
        self.loss_curve_ = np.concatenate([before, np.asarray(history.loss, np.float64)])
        self.validation_curve_ = np.asarray(history.validation, np.float64)
        self.n_iter_ = len(self.loss_curve_)
        self.best_epoch_ = history.best_epoch if history.restored else None
        self.stopped_ = history.stopped

    def _after(self, X: NDArray) -> None:
        """Store what a subclass learns from the codes of the training rows X (n, d)."""

    def _n_outputs(self) -> int:
        return self.model_.d_code

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the codes (m, n_components) of the rows of X (m, d), without noise."""
        self.check_fitted()
        return self._codes(X)

    def _codes(self, X: ArrayLike) -> NDArray:
        raise NotImplementedError(f"{type(self).__name__}._codes")

    def inverse_transform(self, X: ArrayLike) -> NDArray:
        """Return the reconstruction (m, d) of the codes X (m, n_components)."""
        self.check_fitted()
        return self.model_.decode(X)

    def score(self, X: ArrayLike, y: object = None) -> float:
        """Return minus the mean cost of the rows of X (m, d). `y` is not used.

        The cost is that of reconstructing x from h = transform(x): the output's −log p(x | h) in
        nats, for Gaussian outputs ½‖x − r‖², without its constant. It has no penalties and no
        noise. Of a `PSDTransformer` it is ‖x − r‖², and of a `VAETransformer` minus the evidence
        lower bound. Higher is better, as scikit-learn's searches want it.
        """
        self.check_fitted()
        x = table(X, "X", width=self.model_.d_in, dtype=self.model_.dtype, squared=True)
        return -float(np.mean(self._costs(x), dtype=np.float64))

    def _costs(self, x: NDArray) -> NDArray:
        """Return the cost (m,) of each row of x (m, d)."""
        raise NotImplementedError(f"{type(self).__name__}._costs")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        if self.dtype is None and self._keeps_dtype:
            tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

"""The types of the settings that estimators of trained models share, for mypy and for editors.

The constructors of the estimators store the settings, and `fit` checks them.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


class TrainingSettings:
    """What an estimator of a trained model stores, by name; nothing is defined here."""

    optimizer: str
    learning_rate: Any
    momentum: float
    batch_size: int
    max_epochs: int
    early_stopping: bool
    validation_fraction: float
    patience: int
    tol: float | None
    warm_start: bool
    random_state: Any
    dtype: Any
    verbose: bool
    hidden: Any
    model_: Any  # of the class that is trained
    loss_curve_: NDArray

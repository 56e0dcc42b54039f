"""The settings of an estimator that its model is built from, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from tinyae.checks.numbers import real_dtype
from tinyae.estimators.slots import widths

# Settings of the training; all others are those of the model.
TRAINING = (
    "optimizer", "learning_rate", "momentum", "batch_size", "max_epochs", "early_stopping",
    "validation_fraction", "patience", "tol", "warm_start", "random_state", "core", "verbose",
)  # fmt: skip


def model_settings(params: Mapping[str, Any]) -> dict[str, object]:
    """Return those of an estimator's settings that its model is built from.

    They are numbers, strings, None and tuples, so that they can be compared and written to a file.
    """
    settings = {name: _plain(v) for name, v in params.items() if name not in TRAINING}
    if settings["dtype"] is not None:
        settings["dtype"] = real_dtype(params["dtype"]).name
    if "hidden" in settings:
        settings["hidden"] = widths(params["hidden"])
    return settings


def check_unchanged(settings: Mapping[str, object], built: Mapping[str, object]) -> None:
    """Raise ValueError unless the settings are those that the model was built from."""
    for name, value in settings.items():
        if built[name] != value:
            raise ValueError(
                f"{name} is {value!r:.60}, but the model that training would continue was built "
                f"with {built[name]!r:.60}: set it back, or call fit with warm_start=False, which "
                "builds a new model"
            )


def _plain(value: object) -> object:
    """Return a number of any type, such as one of NumPy's, as an int or a float."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)

"""Check whether the vectorized core supports a model.

The classes that it supports are the rows of these tables:

    units         UNITS, in `core/units.py`
    outputs       OUTPUTS, in `core/outputs.py`
    corruptions   CORRUPTIONS, in `core/noise.py`
    penalties     PENALTIES, in `core/penalties.py`
    codes         CODES, in `core/codes.py`
    optimizers    OPTIMIZERS, in `core/steps.py`

A class without a row in its table is not supported. A subclass of a class with a row is not
supported either, because it may compute something else.
"""

from __future__ import annotations

from typing import Any

from tinyae.core.codes import CODES, operations_of
from tinyae.core.noise import CORRUPTIONS
from tinyae.core.outputs import OUTPUTS
from tinyae.core.penalties import PENALTIES
from tinyae.core.stages import stages_of
from tinyae.core.steps import OPTIMIZERS
from tinyae.nn.trainable import UnsupportedError


def check_supported(model: Any, optimizer: object) -> None:
    """Raise UnsupportedError, naming the first part that the core does not support."""
    stages, encoders = stages_of(model)
    if type(model.output) not in OUTPUTS:
        raise UnsupportedError(f"the output {model.output!r}")
    if model.corruption is not None and type(model.corruption) not in CORRUPTIONS:
        raise UnsupportedError(f"the corruption {model.corruption!r}")
    if model.code is not None and type(model.code) not in CODES:
        raise UnsupportedError(f"the code {model.code!r}")
    if model.head is not None:
        raise UnsupportedError("a head")
    for penalty in model.penalties:
        if type(penalty) not in PENALTIES:
            raise UnsupportedError(f"the penalty {penalty!r}")
        if penalty.reads == "h" and not operations_of(model.code).has_mean:
            raise UnsupportedError(f"the penalty {penalty!r} on the mean of {model.code!r}")
        PENALTIES[type(penalty)].check(penalty, stages[:encoders])
    if type(optimizer) not in OPTIMIZERS:
        raise UnsupportedError(f"the optimizer {optimizer!r}")

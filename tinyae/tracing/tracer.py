"""The function `trace`: one training step of a model, operation by operation.

A trace works on copies. The model computes its loss and gradient on one copy (sections 14.1 to
14.8, whichever it trains by), and on a second one the same operations are run one by one. In the
end both must agree, or there is an error.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import kind_of
from tinyae.checks.generators import generator
from tinyae.models.autoencoder import OURS, Autoencoder
from tinyae.models.helmholtz import HelmholtzMachine
from tinyae.models.rbm import RBM
from tinyae.models.recirculation import Recirculation
from tinyae.nn.model import Model
from tinyae.nn.trainable import inherits
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.sparse_coding.psd import PSD
from tinyae.tracing import autoencoder, helmholtz, psd, rbm, recirculation, updates
from tinyae.tracing.recorder import Recorder, close
from tinyae.tracing.sequence import Trace
from tinyae.training.optimizers import Optimizer

# The module that traces each class, and the methods that a subclass must not replace.
SUPPORTED = (
    (Autoencoder, autoencoder, (*OURS, "forward", "code_backward")),
    (Recirculation, recirculation, ("loss_and_grad", "objective", "trace")),
    (PSD, psd, ("loss_and_grad", "objective", "predict", "costs")),
    (RBM, rbm, ("loss_and_grad", "objective", "add_free_energy", "add_log_partition")),
    (HelmholtzMachine, helmholtz, ("loss_and_grad", "objective", "wake", "sleep")),
)


@underflow_to_zero
def trace(
    model: Model,
    x: ArrayLike | tuple[ArrayLike, ...],
    *,
    rng: np.random.Generator | int = 0,
    optimizer: Optimizer | None = None,
) -> Trace:
    """Return one training step of a model on the batch x, operation by operation.

    Each step has a name, a formula, a value, its inputs, the equation and the line of the source.
    Loss and gradient are those of `model.loss_and_grad(x, rng=rng)`, to the bit. The model is not
    changed, neither theta nor grad nor the state of its training (such as the chains of an RBM). A
    generator that is given stays where it is: the trace makes its draws from a copy.

    Parameters
    ----------
    model : an Autoencoder with any slots, a Recirculation, a PSD, an RBM or a HelmholtzMachine
    x : array (n, d), or a tuple of the rows that the model trains on, such as (x, labels)
    rng : seed or generator of all noise
    optimizer : if one is given, its first step from here is part of the trace, at progress 0

    Raises
    ------
    TypeError
        If the model is of another class, or of a subclass with its own loss.
    ValueError
        If x does not fit the model.

    Examples
    --------
    >>> model = Autoencoder.dense((2, 3), corruption=GaussianNoise(0.3), penalties=[L1(0.1)])
    >>> t = trace(model, [[0.6, -0.2], [0.1, 0.5]], optimizer=SGD(0.1))
    >>> print(t)
    >>> print(t.explain("gW1", (0, 1)))
    >>> t.draw(step="gh1")
    """
    module = _module_of(model)
    if optimizer is not None and (
        isinstance(optimizer, type) or not all(hasattr(optimizer, m) for m in ("start", "step"))
    ):
        raise TypeError(f"optimizer must be an object such as SGD(0.1) or None, got {optimizer!r}")
    if np.iscomplexobj(model.theta):
        raise TypeError(
            f"trace takes models of float32 or float64, got {model.theta.dtype}: it is for the "
            "complex step, and its numbers are no training step"
        )
    rows = x if isinstance(x, tuple) else (x,)
    rng = copy.deepcopy(generator(rng, "evaluation"))
    rows = model.check_rows(*rows)
    model.check_packed()
    real = model.copy()
    loss = real.loss_and_grad(*rows, rng=copy.deepcopy(rng))
    scratch = model.copy()
    recorder = Recorder()
    names = module.names_of(scratch)
    gradient = dict(zip(
        names.gradients(*scratch.parts.values()), _gradients(module, real), strict=True
    ))  # fmt: skip
    module.record(recorder, scratch, names, gradient, rows, rng)
    _check(recorder, loss, gradient)
    found = real.grad.copy()
    if optimizer is not None:
        values = dict(zip(gradient, _values(module, real), strict=True))
        updates.record(recorder, real, values, optimizer)
    return Trace(
        recorder.steps, loss=loss, gradient=found, title=repr(model).split("\n")[0],
        columns=recorder.columns,
    )  # fmt: skip


def _module_of(model: object) -> Any:
    """Return the module that traces a model, or raise TypeError."""
    for kind, module, methods in SUPPORTED:
        if isinstance(model, kind):
            for method in methods:
                if not inherits(model, kind, method):
                    raise TypeError(
                        f"trace follows {kind.__name__}.{method}, but this "
                        f"{type(model).__name__} has its own: trace a {kind.__name__}"
                    )
            return module
    names = ", ".join(kind.__name__ for kind, *_ in SUPPORTED)
    raise TypeError(f"trace takes one of {names}; got {kind_of(model)}")


def _gradients(module: Any, model: Model) -> list[NDArray]:
    return list(module.names_of(model).gradients(*model.parts.values()).values())


def _values(module: Any, model: Model) -> list[NDArray]:
    return list(module.names_of(model).values(*model.parts.values()).values())


def _check(recorder: Recorder, loss: float, gradient: Mapping[str, NDArray]) -> None:
    """Raise RuntimeError unless the steps give the model's own loss and gradient.

    They may differ if a slot of the user's own does not compute the same at each call.
    """
    wanted = {"loss": np.asarray(loss)} | {f"g{name}": g for name, g in gradient.items()}
    for name, value in wanted.items():
        found = recorder[name] if name in recorder else np.zeros_like(value)
        if not close(found, value):
            raise RuntimeError(
                f"the steps give another {name} than the model's loss_and_grad: does one of its "
                "slots or layers compute something else at a second call?"
            )

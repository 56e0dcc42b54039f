"""The steps of an optimizer's first step: each parameter before and after (section 8.3, 8.5)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.model import Model
from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.psd import PSD
from tinyae.tracing.recorder import Recorder
from tinyae.training.optimizers import SGD, Adam, Optimizer
from tinyae.training.schedules import at

SECTIONS = {SGD: "section 8.3.1", Adam: "section 8.5.3"}


def record(
    recorder: Recorder, model: Model, values: Mapping[str, NDArray], optimizer: Optimizer
) -> None:
    """Add the new parameters after the first step of a training, at progress 0.

    `model` is a copy with the gradient in `grad`; `values` are views of its parameters by name, in
    the order of theta. Afterwards its parameters are the new ones, projected.
    """
    grads = dict(zip(values, _pieces(model.grad, values), strict=True))
    state = optimizer.start(model.theta)
    optimizer.step(model.theta, model.grad, state, 0.0)
    after = {name: value.copy() for name, value in values.items()}
    moments = _moments(optimizer, state, values)
    model.project()
    for name, value in values.items():
        projected = not np.array_equal(value, after[name])
        reads, formula, rule, constants = [name, f"g{name}"], f"{name} − step", "", {}
        if f"g{name}" not in recorder:
            recorder.add("update", f"g{name}", "no step adds to it", grads[name])
        letters = "jk"[: value.ndim]
        index = ",".join(letters)
        if type(optimizer) is SGD:
            constants = {"η": at(optimizer.learning_rate, 0.0)}
            formula = f"{name} − η g{name}"
            rule = f"{letters}: {name}[{index}] − η·g{name}[{index}]"
        elif type(optimizer) is Adam:
            # The δ of algorithm 8.7: in a trace, ε is the noise.
            constants = {"η": at(optimizer.learning_rate, 0.0), "δ": optimizer.epsilon}
            constants |= moments[name]
            formula = f"{name} − η m̂/(√v̂ + δ), where m̂ = g{name}, v̂ = g{name}²"
            rule = f"{letters}: {name}[{index}] − η·m̂[{index}]/(sqrt(v̂[{index}]) + δ)"
        made = recorder.add(
            "update", f"{name}_step" if projected else f"{name}_new", formula, after[name], rule,
            reads=reads, constants=constants, source=type(optimizer).step,
            equation=SECTIONS.get(type(optimizer), ""),
        )  # fmt: skip
        if projected:
            _projected(recorder, model, name, made, value)


def _projected(recorder: Recorder, model: Model, name: str, made: str, value: NDArray) -> None:
    """Add what `project` makes of a parameter: rows of unit norm, if it is a dictionary's."""
    formula, rule = f"{made}, projected", ""
    if isinstance(model, PSD):
        norms = recorder.add(
            "update", f"N_{name}", f"Σ_k {made}[j,k]²", (recorder[made] ** 2).sum(axis=1),
            f"j: Σ_k {made}[j,k]²", source=Dictionary.project, equation="section 13.4",
        )  # fmt: skip
        formula, rule = f"{made}/√{norms}", f"jk: {made}[j,k]/sqrt({norms}[j])"
    recorder.add(
        "update", f"{name}_new", formula, value, rule, reads=[made], source=type(model).project,
        equation="section 13.4",
    )  # fmt: skip


def _moments(optimizer: Optimizer, state: dict, values: Mapping[str, NDArray]) -> dict[str, dict]:
    """Return Adam's m̂ and v̂ of each parameter."""
    if type(optimizer) is not Adam:
        return {}
    m = state["m"] / (1.0 - optimizer.beta1)
    v = state["v"] / (1.0 - optimizer.beta2)
    pairs = zip(_pieces(m, values), _pieces(v, values), strict=True)
    return dict(zip(values, ({"m̂": one, "v̂": two} for one, two in pairs), strict=True))


def _pieces(flat: NDArray, values: Mapping[str, NDArray]) -> list[NDArray]:
    """Cut a flat vector into arrays of the shapes of the parameters."""
    ends = np.cumsum([value.size for value in values.values()])
    pieces = np.split(flat, ends[:-1])
    return [
        piece.reshape(value.shape) for piece, value in zip(pieces, values.values(), strict=True)
    ]

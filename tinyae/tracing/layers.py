"""Layers in series, one step for each: forwards (14.1), and backwards by back-propagation.

The layers compute the values. The trace runs them one by one, as `Chain` does, and names what they
read and return.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from numpy.typing import NDArray

from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Layer, Linear
from tinyae.nn.model import Model
from tinyae.nn.structure import in_series
from tinyae.sparse_coding.gain import Gain
from tinyae.tracing.parameters import ParameterNames, parameters_of
from tinyae.tracing.recorder import BACKPROP, GradientParts, Recorder
from tinyae.tracing.units import unit_name, unit_rule


@dataclass(frozen=True)
class Operation:
    """One layer that was run: what it read and made, by name, and its cache."""

    layer: Layer
    cache: object
    read: str
    made: str
    number: str

    def __repr__(self) -> str:
        return f"Operation({self.made} = {self.layer!r} of {self.read})"


def run(
    recorder: Recorder,
    names: ParameterNames,
    net: Layer,
    x: NDArray,
    read: str,
    last: str,
    *,
    phase: str = "forward",
    equation: str = "14.1",
    letter: str = "h",
) -> tuple[NDArray, str, list[Operation]]:
    """Run the layers of `net` on x, which is called `read`.

    Returns the result, its name, and the operations for `run_back`. `last` is the name of the
    result; if no layer makes it, its name is `read`. `letter` stands for the units before it.
    """
    layers = [layer for layer in in_series(net) if not isinstance(layer, Identity)]
    number, operations = "0", []
    for i, layer in enumerate(layers):
        own = [names.numbers[id(leaf)] for leaf, _ in parameters_of(layer)]
        number = own[0] if own else number
        bend = isinstance(layer, Elementwise)
        made = last if i == len(layers) - 1 else f"{letter if bend else 'a'}{number}"
        y, cache = layer.forward(x)
        formula, rule, function = _forward(layer, names, read, made, recorder)
        made = recorder.add(
            phase, made, formula, y, rule, equation=equation, source=function,
            reads=[read, *(names.of(*pair) for pair in parameters_of(layer))],
        )  # fmt: skip
        operations.append(Operation(layer, cache, read, made, number))
        x, read = y, made
    return x, read, operations


def _forward(
    layer: Layer, names: ParameterNames, read: str, made: str, recorder: Recorder
) -> tuple[str, str, Callable]:
    """Return formula, rule and source of one layer's forward pass."""
    if type(layer) is Linear:
        W, b = names.of(layer, "W"), names.of(layer, "b")
        return f"{read} {W} + {b}", f"ik: Σ_j {read}[i,j]·{W}[j,k] + {b}[k]", Linear.forward
    if isinstance(layer, Elementwise):
        return f"{unit_name(layer)}({read})", unit_rule(layer, 0, read), type(layer).f
    if type(layer) is Gain:
        gain = names.of(layer, "g")
        return f"{gain} ⊙ {read}", f"ik: {gain}[k]·{read}[i,k]", Gain.forward
    inside = ", ".join([read, *(names.of(*pair) for pair in parameters_of(layer))])
    return f"{type(layer).__name__}({inside})", "", type(layer).forward


def run_back(
    recorder: Recorder,
    names: ParameterNames,
    parts: GradientParts,
    model: Model,
    operations: list[Operation],
    g: NDArray,
    adjoint: str,
    *,
    first: str = "",
    phase: str = "backward",
) -> tuple[NDArray, str]:
    """Take the adjoint g of the last result back through the layers.

    Returns the adjoint of the input and its name, `first`. If `first` is "", the adjoint of the
    input is computed, as the library does, but is no step. `model` is a scratch copy, whose `grad`
    is used to tell the parts of the gradient from each other.
    """
    for i, op in enumerate(reversed(operations)):
        ends = i == len(operations) - 1
        target = first if ends else f"g{op.read}"
        layer = op.layer
        model.grad[...] = 0.0
        if isinstance(layer, Elementwise):
            formula = f"{unit_name(layer)}′({op.read})"
            slope = recorder.named_by(formula)  # a contraction may have used it before
            if slope is None:
                slope = recorder.add(
                    phase, f"s{op.number}", formula, layer.df(*cast(tuple, op.cache)),
                    unit_rule(layer, 1, op.read, op.made), reads=[op.read, op.made],
                    equation=BACKPROP, source=type(layer).df,
                )  # fmt: skip
            g = layer.backward(g, op.cache)
            formula, rule = f"{adjoint} ⊙ {slope}", f"ik: {adjoint}[i,k]·{slope}[i,k]"
        else:
            before = adjoint
            g = layer.backward(g, op.cache)
            for leaf, key in parameters_of(layer):
                _parameter(names, parts, op, leaf, key, before, phase)
            formula, rule = _input(layer, names, before)
        if target:
            adjoint = recorder.add(
                phase, target, formula, g, rule, reads=[adjoint], equation=BACKPROP,
                source=type(layer).backward,
            )  # fmt: skip
    return g, adjoint


def _parameter(
    names: ParameterNames, parts: Any, op: Any, leaf: Layer, key: str, adjoint: Any, phase: str
) -> None:
    """Add the part of the gradient that one layer contributes to one of its parameters."""
    shown, (owner, transposed) = names.of(leaf, key), names.owner(leaf, key)
    formula, rule = f"∂{op.made}/∂{shown} {adjoint}", ""
    if type(op.layer) is Linear and key == "W":
        formula, rule = f"{op.read}ᵀ {adjoint}", f"jk: Σ_i {op.read}[i,j]·{adjoint}[i,k]"
    elif type(op.layer) is Linear:
        formula, rule = f"Σ_i {adjoint}[i]", f"k: Σ_i {adjoint}[i,k]"
    elif type(op.layer) is Gain:
        formula = f"Σ_i {adjoint}[i] ⊙ {op.read}[i]"
        rule = f"k: Σ_i {adjoint}[i,k]·{op.read}[i,k]"
    parts.layer(
        owner, shown, leaf.grads[key].copy(), formula, rule, transposed=transposed, phase=phase,
        reads=[op.read, adjoint], equation=BACKPROP, source=type(op.layer).backward,
    )  # fmt: skip


def _input(layer: Layer, names: ParameterNames, adjoint: str) -> tuple[str, str]:
    """Return formula and rule of the adjoint of a layer's input."""
    if type(layer) is Linear:
        W = names.of(layer, "W")
        return f"{adjoint} {W}ᵀ", f"ij: Σ_k {adjoint}[i,k]·{W}[j,k]"
    if type(layer) is Gain:
        gain = names.of(layer, "g")
        return f"{gain} ⊙ {adjoint}", f"ik: {gain}[k]·{adjoint}[i,k]"
    return f"Jᵀ {adjoint}, J of {type(layer).__name__}", ""

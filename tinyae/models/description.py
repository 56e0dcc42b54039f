"""A model as text: its criterion in the notation of the chapter, and a table of its layers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.code import Code
from tinyae.models.protocols import Slotted
from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import in_series, leaves
from tinyae.text import for_stream

DEEPEST = 12  # layers of one part that a formula writes out


def formulas(model: Slotted) -> list[tuple[str, str, str, Layer]]:
    """Return (part, name, formula, layer) for every layer; a tied W has its source's number."""
    found: list[tuple[str, str, str, Layer]] = []
    numbers: dict[int, int] = {}
    for part, variable in (("encoder", "x"), ("decoder", "h")):
        for leaf in in_series(getattr(model, part)):
            formula = leaf.formula
            if isinstance(leaf, Linear):
                number = numbers.setdefault(id(leaf), len(numbers) + 1)
                formula = f"{variable} W{number} + b{number}"
                if leaf.source is not None and id(leaf.source) in numbers:
                    formula = f"{variable} W{numbers[id(leaf.source)]}ᵀ + b{number}"
            found.append((part, type(leaf).__name__, formula, leaf))
    return found


def criterion(model: Slotted) -> str:
    """Return what the model minimises, in the notation of the chapter."""
    found = [(part, leaf) for part, *_, leaf in formulas(model) if isinstance(leaf, Linear)]
    linear = [leaf for _, leaf in found]
    outs = [leaf.d_out for leaf in linear]
    if model.code is not None and found[0][0] == "encoder":  # units of the code, then its numbers
        outs[sum(part == "encoder" for part, _ in found) - 1] = model.d_code
    widths = "-".join(str(w) for w in [model.d_in, *outs])
    shared = ", tied" if any(leaf.source is not None for leaf in linear) else ""
    point = "x" if model.corruption is None else "x̃"
    expectation = "" if model.corruption is None else f"E over x̃ ~ {model.corruption!r} of  "
    omega = "".join(f" + {p.lam:g} {p.formula}" if hasattr(p, "lam") else f" + {p!r}"
                    for p in model.penalties)  # fmt: skip
    if model.head is not None:
        omega += f" + {model.head.weight:g} · −log p(y | h)"
    r = _expression(model, "decoder", "h")
    r = _mean(model.output.mean, r)
    omega = _divergence(model.code) + omega
    return (
        f"{type(model).__name__} {widths}{shared}, {model.theta.dtype}, "
        f"{model.theta.size} parameters\n"
        f"{_code(model, point)}"
        f"  r = g(h) = {r}\n"
        f"  minimises  {expectation}{model.output.formula}{omega}"
    )


def _code(model: Slotted, point: str) -> str:
    """Return lines that define h, and z if the decoder reads another code than h."""
    formula, code = _expression(model, "encoder", point), model.code
    if code is None:
        return f"  h = f({point}) = {formula}\n"
    drawn = f"  the decoder reads z, which is h through {code!r}\n"
    if isinstance(code.mean, Identity):
        return f"  h = f({point}) = {formula}\n{drawn}"
    drawn = f"  the decoder reads z, which is drawn from {code!r} with parameters u\n"
    return f"  u = {formula}\n  h = f({point}) = {_mean(code.mean, 'u')}\n{drawn}"


def _mean(layer: Layer, text: str) -> str:
    """Return the mean of a distribution with these natural parameters as a formula, or in words."""
    if isinstance(layer, Identity):
        return text
    if isinstance(layer, Elementwise | Softmax):
        return f"{type(layer).__name__.lower()}({text})"
    return f"{layer.formula} of {text}"


def _divergence(code: Code | None) -> str:
    """Return the term of the criterion that belongs to a code with a prior."""
    if code is None or not code.has_prior:
        return ""
    factor = f"{code.beta:g}" if isinstance(code.beta, float) else repr(code.beta)
    return f" + {factor} {code.formula}"


def _expression(model: Slotted, part: str, variable: str) -> str:
    """Return one part as a nested formula, such as tanh(sigmoid(x W1 + b1) W2 + b2)."""
    layers = [(name, formula, layer) for where, name, formula, layer in formulas(model)
              if where == part and name != "Identity"]  # fmt: skip
    text, is_sum = variable, False
    if len(layers) > DEEPEST:
        text, layers = "…", layers[-DEEPEST:]
    for name, formula, layer in layers:
        if isinstance(layer, Linear):
            text, is_sum = (f"({text})" if is_sum else text) + formula[1:], True
        else:
            text, is_sum = f"{name.lower()}({text})", False
    return text


def describe(model: Slotted, x: NDArray, rng: np.random.Generator) -> str:
    """Return a table with one line per layer for one batch; overwrite the gradients of `model`.

    |y| is the root mean square of the layer's output. |gy| is the root mean square of its adjoint
    times the number of examples, the gradient of one example's loss. |gθ| is the norm of the
    gradient of the parameters. The gradient of a tied weight is the sum over both layers and is
    shown for both.
    """
    encoder, decoder = (Chain(*in_series(model.parts[part])) for part in ("encoder", "decoder"))
    model.parts.update(encoder=encoder, decoder=decoder)
    model.grad[...] = 0.0
    p = model.forward(x, rng)
    loss, cost = model.criterion(p), float(model.output.cost(p.x, p.a).mean())

    layers = [*encoder.layers, *decoder.layers]
    caches = [*p.unit_cache, *p.decoder_cache]
    ys, y = [], p.x_tilde
    for i, layer in enumerate(layers):
        y, _ = layer.forward(p.z if i == len(encoder.layers) else y)
        ys.append(y)
    gys: list[NDArray] = []
    g = p.ga
    for i, (layer, cache) in reversed(list(enumerate(zip(layers, caches, strict=True)))):
        if i == len(encoder.layers) - 1:
            g = model.code_backward(p, g)
        gys.insert(0, g)
        g = layer.backward(g, cache)

    rows = [("", "layer", "formula", "input -> output", "params", "|y|", "|gy|", "|gθ|")]
    before = p.x_tilde
    for i, ((part, name, formula, layer), y, gy) in enumerate(
        zip(formulas(model), ys, gys, strict=True)
    ):
        before = p.z if i == len(encoder.layers) else before
        inside = list(leaves(layer))
        count = sum(p.size for leaf in inside for key, p in leaf.params.items()
                    if key != "W" or getattr(leaf, "source", None) is None)  # fmt: skip
        grads = [g for leaf in inside for g in leaf.grads.values()]
        norm = np.sqrt(sum((g * g).sum() for g in grads)) if grads else None
        rows.append((part, name, formula, f"{before.shape} -> {y.shape}", str(count),
                     f"{_rms(y):.3g}", f"{len(x) * _rms(gy):.3g}",
                     "-" if norm is None else f"{norm:.3g}"))  # fmt: skip
        before = y
    rows = [[for_stream(cell) for cell in row] for row in rows]  # before the columns are aligned
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(w) if i < 4 else cell.rjust(w)
                       for i, (cell, w) in enumerate(zip(row, widths, strict=True)))
             for row in rows]  # fmt: skip
    what = "loss" if model.head is None else "loss without the head"
    last = [f"{what} on this batch of {len(x)}: {loss:.6g}"]
    if elsewhere := model.output.elsewhere(cost, x.shape[1]):
        last.append(elsewhere)
    return "\n".join([repr(model), "", *lines, "", *map(for_stream, last)])


def _rms(values: NDArray) -> float:
    return float(np.sqrt(np.mean(values * values)))

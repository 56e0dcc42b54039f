"""The steps of wake-sleep (section 14.2): the wake phase, the free energy, the sleep phase.

Awake, states are drawn upwards by the recognition network, and the generative network learns to
predict each layer from the one above. Asleep, dreams are drawn downwards, and the recognition
network learns to predict each layer from the one below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.models.belief_net import UNITS, TopBias
from tinyae.models.helmholtz import HelmholtzMachine
from tinyae.nn.layers import Layer, Linear
from tinyae.tracing.columns import Column
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import Recorder

SECTION = "section 14.2"


def names_of(model: HelmholtzMachine) -> ParameterNames:
    """Return the names: W1, b1 upwards, V1, c1 downwards, and t of the top layer."""
    names = ParameterNames(**model.parts)
    for letters, layers in (("Wb", model.recognition), ("Vc", model.generation[:-1])):
        for i, layer in enumerate(layers, 1):
            names.own[id(layer), "W"] = f"{letters[0]}{i}"
            names.own[id(layer), "b"] = f"{letters[1]}{i}"
    names.own[id(model.parts["top"]), "b"] = "t"
    return names


def record(
    recorder: Recorder,
    model: HelmholtzMachine,
    names: ParameterNames,
    real: dict[str, NDArray],
    rows: tuple,
    rng: np.random.Generator,
) -> None:
    """Add all steps. `model` is a scratch copy, `real` the model's own gradient by name."""
    (x,) = rows
    recorder.constants["n"] = len(x)
    recorder.given("x", x)
    names.give(recorder, *model.parts.values())
    up, down = model.recognition, model.generation
    depth = len(up)

    awake, read = ["x"], "x"
    states = [x]
    for i, layer in enumerate(up, 1):
        state, read = _drawn(
            recorder, names, layer, states[-1], read, f"s{i}", rng, "wake", "14.12"
        )
        awake.append(read)
        states.append(state)
    costs_q = _costs(recorder, names, up, awake[:-1], awake[1:], "wake", "q")
    costs_p = _costs(recorder, names, down, [*awake[1:], awake[-1]], awake, "wake", "p")
    terms = [f"{name}[i]" for name in costs_p]
    energy = model.wake(states, 1.0 / len(x)) + model._log_q(states)
    recorder.add(
        "wake", "F", "−log p(x, h) + log q(h | x)", energy,
        f"i: {' + '.join(terms)} − {' − '.join(f'{name}[i]' for name in costs_q)}",
        equation=SECTION, source=HelmholtzMachine.objective,
    )  # fmt: skip
    recorder.add(
        "wake", "loss", "Σ_i F[i] / n", energy.mean(), ": 1/n·Σ_i F[i]", equation=SECTION,
        source=HelmholtzMachine.objective,
    )  # fmt: skip
    _learn(recorder, model, names, down, [*awake[1:], awake[-1]], awake, "wake")

    dreams, read, state = [""] * (depth + 1), "", np.zeros((len(x), 1), model.dtype)
    for i in range(depth, -1, -1):
        state, read = _drawn(recorder, names, down[i], state, read, f"d{i}", rng, "sleep", "14.13")
        dreams[i] = read
    _costs(recorder, names, up, dreams[:-1], dreams[1:], "sleep", "")
    _learn(recorder, model, names, up, dreams[:-1], dreams[1:], "sleep")
    if depth == 1:
        recorder.columns += [
            Column("x", starts=True), Column("s1", "q1", weights="W1"),
            Column("p0", weights="V1", weights_adjoint="gV1"),
            Column("d1", starts=True), Column("d0", weights="V1"),
            Column("p1_d", weights="W1", weights_adjoint="gW1"),
        ]  # fmt: skip


def _logits(names: ParameterNames, layer: Layer, read: str) -> tuple[str, str, list[str]]:
    """Return formula, rule and inputs of a layer's logits."""
    if isinstance(layer, TopBias):
        t = names.of(layer, "b")
        return t, f"ik: {t}[k]", [t]
    W, b = names.of(layer, "W"), names.of(layer, "b")
    rule = f"ik: Σ_j {read}[i,j]·{W}[j,k] + {b}[k]" if type(layer) is Linear else ""
    return f"{read} {W} + {b}", rule, [read, W, b]


def _drawn(
    recorder: Recorder,
    names: ParameterNames,
    layer: Layer,
    x: Any,
    read: Any,
    made: Any,
    rng: np.random.Generator,
    phase: str,
    equation: str,
) -> tuple[NDArray, str]:
    """Add logits, probabilities and the drawn states of one layer."""
    a, _ = layer.forward(x)
    formula, rule, reads = _logits(names, layer, read)
    k = made[1:]
    mark = "q" if phase == "wake" else "r"
    logits = recorder.add(
        phase, f"a_{made}", formula, a, rule, reads=reads, equation=equation,
        source=type(layer).forward,
    )  # fmt: skip
    p = recorder.add(
        phase, f"{mark}{k}", f"sigmoid({logits})", UNITS.mean.f(a),
        f"ik: 1/(1 + exp(−{logits}[i,k]))", equation=equation, source=type(UNITS.mean).f,
    )  # fmt: skip
    uniform = rng.random(a.shape, dtype=a.dtype)
    U = recorder.add(phase, f"U_{made}", "drawn from [0, 1)", uniform, equation=equation)
    state = (uniform < UNITS.mean.f(a)).astype(a.dtype)
    name = recorder.add(
        phase, made, f"1 where {U} < {p}, else 0", state, f"ik: step({p}[i,k] − {U}[i,k])",
        equation=equation, source=type(UNITS).sample,
    )  # fmt: skip
    return state, name


def _costs(
    recorder: Recorder,
    names: ParameterNames,
    layers: Sequence[Layer],
    inputs: Any,
    states: Any,
    phase: str,
    of: Any,
) -> list[str]:
    """Add the prediction of each layer's states, and with `of` its cost; return the costs."""
    found = []
    for layer, read, state in zip(layers, inputs, states, strict=True):
        a, _ = layer.forward(recorder[read])
        formula, rule, reads = _logits(names, layer, read)
        asleep = "_d" if phase == "sleep" else ""
        k = "0" if state == "x" else state[1:]
        logits = f"a_{state}" if f"a_{state}" in recorder and of == "q" else ""
        if not logits:
            logits = recorder.add(
                phase, f"a{k}{asleep}", formula, a, rule, reads=reads, equation=SECTION,
                source=type(layer).forward,
            )  # fmt: skip
            recorder.add(
                phase, f"p{k}{asleep}", f"sigmoid({logits})", UNITS.mean.f(a),
                f"ik: 1/(1 + exp(−{logits}[i,k]))", equation=SECTION, source=type(UNITS.mean).f,
            )  # fmt: skip
        if of:
            found.append(recorder.add(
                phase, f"c{of}{k}", f"−log {of}({state} | …)", UNITS.nll(recorder[state], a),
                f"i: Σ_k (softplus({logits}[i,k]) − {state}[i,k]·{logits}[i,k])",
                equation=SECTION, source=type(UNITS).nll,
            ))  # fmt: skip
    return found


def _learn(
    recorder: Recorder,
    model: Any,
    names: ParameterNames,
    layers: Sequence[Layer],
    inputs: Any,
    states: Any,
    phase: str,
) -> None:
    """Add the delta rule's adjoints and gradients of each layer."""
    n = len(recorder["x"])
    asleep = "_d" if phase == "sleep" else ""
    more: dict[str, Any] = {"equation": SECTION}
    for layer, read, state in zip(layers, inputs, states, strict=True):
        k = "0" if state == "x" else state[1:]
        a, cache = layer.forward(recorder[read])
        ga = np.asarray(1.0 / n, a.dtype) * UNITS.gradient(recorder[state], a)
        name = recorder.add(
            phase, f"ga{k}{asleep}", f"(p{k}{asleep} − {state})/n", ga,
            f"ik: 1/n·(p{k}{asleep}[i,k] − {state}[i,k])", source=type(UNITS).gradient, **more,
        )  # fmt: skip
        model.grad[...] = 0.0
        layer.backward(ga, cache)
        for key in layer.params:
            own, value = names.of(layer, key), layer.grads[key].copy()
            formula, rule = f"Σ_i {name}[i]", f"k: Σ_i {name}[i,k]"
            if key == "W":
                formula, rule = f"{read}ᵀ {name}", f"jk: Σ_i {read}[i,j]·{name}[i,k]"
            recorder.add(
                phase, f"g{own}", formula, value, rule, source=type(layer).backward, **more
            )

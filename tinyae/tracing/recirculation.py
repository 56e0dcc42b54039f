"""The steps of recirculation: its four times, and the updates (introduction of chapter 14).

The numbers are those of `Recirculation.trace`, which returns them as `FourSteps`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tinyae.models.recirculation import FourSteps, Recirculation
from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.structure import in_series
from tinyae.tracing import outputs
from tinyae.tracing.columns import Column
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import Recorder
from tinyae.tracing.units import unit_name, unit_rule

CHAPTER = "chapter 14"


def names_of(model: Recirculation) -> ParameterNames:
    """Return the names of the parameters: W, b of the encoder, V, c of the decoder."""
    names = ParameterNames(**model.parts)
    linear = next(in_series(model.encoder))
    decoder = model.parts["decoder"]
    pairs = ((linear, "W", "W"), (linear, "b", "b"), (decoder, "W", "V"), (decoder, "b", "c"))
    names.own |= {(id(layer), key): name for layer, key, name in pairs}
    return names


def record(
    recorder: Recorder,
    model: Recirculation,
    names: ParameterNames,
    real: dict[str, NDArray],
    rows: tuple,
    rng: np.random.Generator,
) -> None:
    """Add all steps. `model` is a scratch copy, `real` the model's own gradient by name."""
    (x,) = rows
    t, n = model.trace(x), len(x)
    _, *units = in_series(model.encoder)
    f = cast(Elementwise, (units or [Identity()])[0])
    lam = model.regression
    kept = lam if model.regress_hidden else 0.0
    recorder.constants |= {"n": n, "λ": lam, "κ": kept}
    recorder.given("x", x)
    names.give(recorder, *model.parts.values())
    more: dict[str, Any] = {"equation": CHAPTER, "source": Recirculation._circulate}

    def add(
        time: int,
        name: str,
        formula: str,
        value: NDArray,
        rule: str = "",
        reads: Sequence[str] = (),
    ) -> None:
        recorder.add(f"time {time}", name, formula, value, rule, reads=reads, **more)

    add(1, "a1", "x W + b", t.a1, "ik: Σ_j x[i,j]·W[j,k] + b[k]")
    add(1, "h1", f"{unit_name(f)}(a1)", t.h1, unit_rule(f, 0, "a1"), ["a1"])
    add(2, "a2", "h1 V + c", t.a2, "ij: Σ_k h1[i,k]·V[k,j] + c[j]")
    outputs.reconstruction(recorder, model.output, t.a2, "a2", "time 2")
    add(2, "v2", "λ x + (1 − λ) r", t.v2, "ij: λ·x[i,j] + (1 − λ)·r[i,j]")
    add(3, "a3", "v2 W + b", t.a3, "ik: Σ_j v2[i,j]·W[j,k] + b[k]")
    again = f.forward(t.a3)[0]
    add(3, "f3", f"{unit_name(f)}(a3)", again, unit_rule(f, 0, "a3"), ["a3"])
    formula = "λ h1 + (1 − λ) f3" if model.regress_hidden else "f3"
    add(3, "h3", formula, t.h3, "ik: κ·h1[i,k] + (1 − κ)·f3[i,k]")
    cost = model.output.cost(x, t.a2)
    recorder.add(
        "loss", "cost", model.output.formula, cost, outputs.cost_rule(model.output, "a2"),
        reads=["x", "a2"], equation="14.1", source=type(model.output).cost,
    )  # fmt: skip
    recorder.add(
        "loss", "loss", "Σ_i cost[i] / n", cost.mean(), ": 1/n·Σ_i cost[i]", equation="14.1",
        source=Recirculation.objective,
    )  # fmt: skip
    e, s = (1.0 - lam) / n * (x - t.r), (1.0 - kept) / n * (t.h1 - again)
    recorder.add("rule", "δx", "(x − v2)/n", e, "ij: (1 − λ)/n·(x[i,j] − r[i,j])", **more)
    recorder.add("rule", "δh", "(h1 − h3)/n", s, "ik: (1 − κ)/n·(h1[i,k] − f3[i,k])", **more)
    recorder.add("rule", "dW", "v2ᵀ δh", t.dW, "jk: Σ_i v2[i,j]·δh[i,k]", **more)
    recorder.add("rule", "db", "Σ_i δh[i]", t.db, "k: Σ_i δh[i,k]", **more)
    recorder.add("rule", "dV", "h1ᵀ δx", t.dV, "kj: Σ_i h1[i,k]·δx[i,j]", **more)
    recorder.add("rule", "dc", "Σ_i δx[i]", t.dc, "j: Σ_i δx[i,j]", **more)
    tied = "V" not in real
    more = {"equation": CHAPTER, "source": Recirculation.objective}
    for name, value in real.items():
        letters = {"W": "jk", "V": "kj", "b": "k", "c": "j"}[name]
        index = ",".join(letters)
        formula, rule = f"−d{name}", f"{letters}: −d{name}[{index}]"
        if tied and name == "W":
            formula, rule = "−dW − dVᵀ", "jk: −dW[j,k] − dV[k,j]"
        value = _gradient(t, name, tied) if name in "WbVc" else value
        recorder.add("rule", f"g{name}", formula, value, rule, **more)
    recorder.columns += [
        Column("x", starts=True),
        Column("h1", "a1", "δh", weights="W", weights_adjoint="dW"),
        Column("v2", "a2", "δx", weights="V", weights_adjoint="dV"),
        Column("h3", "a3", weights="W"),
    ]


def _gradient(t: FourSteps, name: str, tied: bool) -> NDArray:
    """Return minus the update of one parameter, added as the model adds it."""
    if tied and name == "W":
        return -t.dW - t.dV.T
    return -getattr(t, f"d{name}")

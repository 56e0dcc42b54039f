"""The steps of a Boltzmann machine: positive phase, Gibbs rounds, negative phase (14.12, 14.13).

The gradient of the mean of F(x) over the data is the positive phase; that of minus its mean over
the chains' states, or of log Z, is the negative phase.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.outputs import GaussianOutput
from tinyae.models.contrastive import (
    ContrastiveDivergence,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
)
from tinyae.models.free_energy import add_free_energy, free_energy
from tinyae.models.rbm import RBM
from tinyae.nn.activations import Sigmoid
from tinyae.tracing import gibbs, partition
from tinyae.tracing.columns import Column
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import Recorder

SECTION = "section 14.5.1"


def names_of(model: RBM) -> ParameterNames:
    """Return the names of the parameters: W, the hidden bias c and the visible bias b."""
    names = ParameterNames(**model.parts)
    hidden, visible = model.parts["hidden"], model.parts["visible"]
    pairs = ((hidden, "W", "W"), (hidden, "b", "c"), (visible, "W", "Wᵀ"), (visible, "b", "b"))
    names.own |= {(id(layer), key): name for layer, key, name in pairs}
    return names


def record(
    recorder: Recorder,
    model: RBM,
    names: ParameterNames,
    real: dict[str, NDArray],
    rows: tuple,
    rng: np.random.Generator,
) -> None:
    """Add all steps. `model` is a scratch copy, `real` the model's own gradient by name."""
    (x,) = rows
    recorder.constants["n"] = len(x)
    recorder.given("x", x)
    # `give` would add a row for Wᵀ too, beside the row of W.
    for name, value in names.values(*model.parts.values()).items():
        recorder.given(name, value)
    positive = _phase(recorder, model, names, x, "x", "⁺", 1.0 / len(x), "positive phase")
    rule: Any = model.rule
    columns = [Column("x", starts=True), Column("p⁺", "u⁺", weights="W", weights_adjoint="gW")]
    if type(rule) in (ContrastiveDivergence, PersistentContrastiveDivergence):
        start, state, m = "x", x, len(x)
        if type(rule) is PersistentContrastiveDivergence:
            m = rule.chains
            if model.chains is None or len(model.chains) != rule.chains:
                state = rng.choice(x, rule.chains)
                start = recorder.add(
                    "chains", "v0", "rows of x, drawn", state, reads=["x"], equation=SECTION
                )
            else:
                state = model.chains
                start = recorder.add("chains", "v0", "the chains' states", state, equation=SECTION)
        for k in range(1, rule.steps + 1):
            state, start = gibbs.add_round(recorder, model, state, start, k, rng)
        columns += [
            *(Column("h1", "p1", starts=True), Column("v1", "q1", weights="W", transposed=True)),
            Column("p⁻", "u⁻", weights="W"),
        ] if rule.steps == 1 else []  # fmt: skip
        recorder.constants["m"] = m
        negative = _phase(recorder, model, names, state, start, "⁻", -1.0 / m, "negative phase")
    elif type(rule) is MaximumLikelihood:
        negative = partition.add_log_z(recorder, model, names)
    else:
        model.grad[...] = 0.0
        value = rule.negative_phase(model, x, rng)
        recorder.add("negative phase", "L⁻", f"negative phase of {rule!r}", value, reads=["x"])
        negative = _parts(recorder, names, model, "⁻", "negative phase")
    total = recorder["L⁺"] + recorder["L⁻"]
    recorder.add(
        "loss", "loss", "L⁺ + L⁻", total, ": L⁺ + L⁻", equation=SECTION, source=RBM.objective
    )
    for name in real:
        value = positive[name] + negative[name]
        letters = "jk"[: value.ndim]
        index = ",".join(letters)
        recorder.add(
            "gradient", f"g{name}", f"g{name}⁺ + g{name}⁻", value,
            f"{letters}: g{name}⁺[{index}] + g{name}⁻[{index}]", equation=SECTION,
            source=RBM.objective,
        )  # fmt: skip
    recorder.columns += columns


def _phase(
    recorder: Recorder,
    model: Any,
    names: ParameterNames,
    x: Any,
    read: Any,
    sign: Any,
    weight: Any,
    phase: str,
) -> dict[str, NDArray]:
    """Add F of the rows, its weighted sum, and its gradient; return the parts by name."""
    model.grad[...] = 0.0
    value = add_free_energy(model, x, weight)
    F, u = free_energy(model, x)
    p = Sigmoid().f(u)
    more: dict[str, Any] = {"phase": phase, "equation": SECTION}
    recorder.add(
        name=f"u{sign}", formula=f"{read} W + c", value=u,
        rule=f"ik: Σ_j {read}[i,j]·W[j,k] + c[k]", source=free_energy, **more,
    )  # fmt: skip
    recorder.add(
        phase, f"p{sign}", f"sigmoid(u{sign}), p(h = 1 | {read})", p,
        f"ik: 1/(1 + exp(−u{sign}[i,k]))", equation="14.12", source=Sigmoid.f,
    )  # fmt: skip
    real = type(model.visible) is GaussianOutput
    square = f"½·Σ_j {read}[i,j]² " if real else ""
    minus_sum = "− " if real else "−"
    rule = f"i: {square}{minus_sum}Σ_j {read}[i,j]·b[j] − Σ_k softplus(u{sign}[i,k])"
    recorder.add(
        name=f"F{sign}",
        formula=f"{f'½‖{read}‖² ' * real}{minus_sum}{read}·b − Σ_k softplus(u{sign})",
        value=F, rule=rule, source=free_energy, **more,
    )  # fmt: skip
    count = "n" if weight > 0 else "m"
    share = f"1/{count}"
    minus, opposite = ("", "−") if weight > 0 else ("−", "")
    recorder.add(
        name=f"L{sign}", formula=f"{minus}mean of F{sign}", value=value,
        rule=f": {minus}{share}·Σ_i F{sign}[i]", source=add_free_energy, **more,
    )  # fmt: skip
    letters = {
        "W": (f"{opposite}{read}ᵀ p{sign}/{count}",
              f"jk: {opposite}{share}·Σ_i {read}[i,j]·p{sign}[i,k]"),
        "c": (f"{opposite}Σ_i p{sign}[i]/{count}", f"k: {opposite}{share}·Σ_i p{sign}[i,k]"),
        "b": (f"{opposite}Σ_i {read}[i]/{count}", f"j: {opposite}{share}·Σ_i {read}[i,j]"),
    }  # fmt: skip
    found = names.copied(*model.parts.values())
    for name, value in found.items():
        formula, rule = letters[name]
        recorder.add(
            name=f"g{name}{sign}", formula=formula, value=value, rule=rule,
            source=add_free_energy, **more,
        )  # fmt: skip
    return found


def _parts(
    recorder: Recorder, names: ParameterNames, model: Any, sign: Any, phase: str
) -> dict[str, NDArray]:
    """Add the gradient of a rule of the user's own."""
    found = names.copied(*model.parts.values())
    for name, value in found.items():
        recorder.add(phase, f"g{name}{sign}", "of the rule", value, equation=SECTION)
    return found

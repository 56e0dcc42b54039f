"""The steps of predictive sparse decomposition: prediction, inference, gradient (14.19).

The codes h are found by proximal steps on E(x, h) = ‖x − h D‖² + λ‖h‖₁ + γ‖h − f‖², from the
prediction f on, and the gradient is that of E with h held fixed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.psd import PSD
from tinyae.tracing.columns import Column
from tinyae.tracing.inference import EQUATION, add_codes
from tinyae.tracing.layers import run, run_back
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import GradientParts, Recorder


def names_of(model: PSD) -> ParameterNames:
    """Return the names of the parameters: W1, b1, gain2 of the encoder, and D."""
    names = ParameterNames(**model.parts)
    names.own[id(model.parts["dictionary"]), "D"] = "D"
    return names


def record(
    recorder: Recorder,
    model: PSD,
    names: ParameterNames,
    real: dict[str, NDArray],
    rows: tuple,
    rng: np.random.Generator,
) -> None:
    """Add all steps. `model` is a scratch copy, `real` the model's own gradient by name."""
    (x,) = rows
    n, D = len(x), model.atoms
    f, _ = model.predict(x)
    recorder.constants |= {"n": n, "λ": model.lam, "γ": model.gamma}
    recorder.given("x", x)
    names.give(recorder, *model.parts.values())
    operations: list[Any] = []
    if model.encoder is None:
        recorder.add("prediction", "f", "0, there is no encoder", f, equation=EQUATION)
    else:
        _, _, operations = run(
            recorder,
            names,
            model.encoder,
            x,
            "x",
            "f",
            phase="prediction",
            equation=EQUATION,
            letter="f",
        )
    h = add_codes(recorder, model, x, f)
    _criterion(recorder, model, x, f, h)

    parts = GradientParts(recorder, real, names.uses(*model.parts.values()))
    more: dict[str, Any] = {"phase": "backward", "equation": EQUATION}
    ga = 2.0 / n * (h @ D - x)
    recorder.add(
        name="gr", formula="2 (r − x)/n", value=ga, rule="ij: 2/n·(r[i,j] − x[i,j])",
        source=PSD._add_grad, **more,
    )  # fmt: skip
    free = h.T @ ga
    recorder.add(
        name="gD_free", formula="hᵀ gr", value=free, rule="kj: Σ_i h[i,k]·gr[i,j]",
        source=Dictionary.backward, **more,
    )  # fmt: skip
    along = (free * D).sum(axis=1)
    recorder.add(
        name="along", formula="Σ_j gD_free ⊙ D", value=along, rule="k: Σ_j gD_free[k,j]·D[k,j]",
        source=Dictionary.tangential, **more,
    )  # fmt: skip
    recorder.add(
        name="gD", formula="gD_free − along D", value=free - along[:, None] * D,
        rule="kj: gD_free[k,j] − along[k]·D[k,j]", source=Dictionary.tangential, **more,
    )  # fmt: skip
    if model.encoder is not None:
        gf = 2.0 * model.gamma / n * (f - h)
        name = recorder.add(
            name="gf", formula="2 γ (f − h)/n", value=gf, rule="ik: 2·γ/n·(f[i,k] − h[i,k])",
            source=PSD._add_grad, **more,
        )  # fmt: skip
        run_back(recorder, names, parts, model, operations, gf, name)
        first = operations[0]
        weights = f"W{first.number}" if f"W{first.number}" in recorder else ""
        recorder.columns += [
            Column("x", starts=True),
            Column(
                "f",
                "" if first.made == "f" else first.made,
                "gf",
                weights=weights,
                weights_adjoint=f"g{weights}",
            ),
            Column("h"),
            Column("r", adjoint="gr", weights="D", weights_adjoint="gD"),
        ]


def _criterion(recorder: Recorder, model: PSD, x: NDArray, f: NDArray, h: NDArray) -> None:
    """Add r = h D, E of each example and the loss."""
    r, E = h @ model.atoms, model.costs(x, h, f)
    recorder.add(
        "criterion", "r", "h D", r, "ij: Σ_k h[i,k]·D[k,j]", equation=EQUATION,
        source=Dictionary.forward,
    )  # fmt: skip
    recorder.add(
        "criterion", "E", "‖x − r‖² + λ‖h‖₁ + γ‖h − f‖²", E,
        "i: Σ_j (x[i,j] − r[i,j])² + λ·Σ_k abs(h[i,k]) + γ·Σ_k (h[i,k] − f[i,k])²",
        equation=EQUATION, source=PSD.costs,
    )  # fmt: skip
    recorder.add(
        "criterion", "loss", "Σ_i E[i] / n", E.mean(), ": 1/n·Σ_i E[i]", equation=EQUATION,
        source=PSD.objective,
    )  # fmt: skip

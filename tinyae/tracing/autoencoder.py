"""The steps of an autoencoder with all its slots (14.1, 14.2, 14.9, 14.14).

They follow `Autoencoder.forward`, `criterion` and `backward`, in their order of additions.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.forward_pass import Pass
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.batch import Batch, named
from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Layer, Linear
from tinyae.nn.structure import leaves
from tinyae.tracing import code_adjoints, codes, outputs, penalties
from tinyae.tracing.columns import Column
from tinyae.tracing.corruptions import corrupted
from tinyae.tracing.head import Head
from tinyae.tracing.layers import run, run_back
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import BACKPROP, GradientParts, Recorder


def names_of(model: Autoencoder) -> ParameterNames:
    """Return the names of the parameters: W1, b1 and so on, and Wy, by of the head."""
    return ParameterNames(**model.parts)


def record(
    recorder: Recorder,
    model: Autoencoder,
    names: ParameterNames,
    real: dict[str, NDArray],
    rows: tuple,
    rng: np.random.Generator,
) -> None:
    """Add all steps. `model` is a scratch copy, `real` the model's own gradient by name."""
    batch = named(rows, model.head is not None)
    draws = copy.deepcopy(rng)
    p = model.forward(batch.x, rng, batch.x_noisy)
    p.weights = batch.weights
    _give(recorder, model, names, batch)
    x = "x̃" if p.x_tilde is not p.x else "x"
    if batch.x_noisy is None and model.corruption is not None:
        corrupted(recorder, model.corruption, batch.x, draws, model.progress)
    number = _last_number(names, model.encoder)
    code = model.code
    last = f"h{number}" if code is None or isinstance(code.mean, Identity) else "u"
    _, u, up = run(recorder, names, model.encoder, p.x_tilde, x, last)
    h = z = u
    if code is not None:
        h, z = codes.sample(recorder, p, code, draws, model.progress, u), "z"
    a_name = f"a{_last_number(names, model.decoder)}"
    a_name = "r" if isinstance(model.output.mean, Identity) else a_name
    _, a, down = run(recorder, names, model.decoder, p.z, z, a_name)
    if a != "r":
        outputs.reconstruction(recorder, model.output, p.a, a)

    noisy = x == "x̃"
    gradient = outputs.cost(recorder, p, a, "14.9" if noisy else "14.1")
    p.costs = recorder["cost"] / len(p.x)
    terms, total = ["L"], recorder["L"]
    if code is not None and code.has_prior:
        total = total + codes.divergence(recorder, p, code, model.progress, u, h)
        terms.append("KL")
        p.gu = code.cost_gradient(p.u, progress=model.progress)
        p.gu = (p.gu if p.each is None else p.each * p.gu) / len(p.x)
    added = []
    for i, penalty in enumerate(model.penalties, 1):
        mark = "Ω" if len(model.penalties) == 1 else f"Ω{i}"
        added.append(penalties.value(recorder, names, model, p, penalty, h, mark))
        terms.append(mark)
        total = total + recorder[mark]
    head = None
    if model.head is not None and batch.labels is not None:
        head = Head(recorder, model, names, p, batch.labels, z)
        terms.append("L_y")
        total = total + recorder["L_y"]
    recorder.add(
        "loss", "loss", " + ".join(terms), total, f": {' + '.join(terms)}",
        equation=_criterion(model, noisy), source=Autoencoder.objective,
    )  # fmt: skip

    parts = GradientParts(recorder, real, names.uses(*model.parts.values()))
    ga_name = outputs.adjoint(
        recorder, p, a, gradient, f"g{a}" if not any(one.ga.any() for one in added) else f"g{a}_L"
    )
    gh_names, ga_names = [], [ga_name]
    ga, gh = gradient / len(p.x), np.zeros_like(p.h)
    for one in added:
        by_h, by_a = penalties.adjoints(recorder, parts, one, h, a)
        gh, ga = gh + one.gh, ga + one.ga
        gh_names += [by_h] * bool(by_h)
        ga_names += [by_a] * bool(by_a)
    ga_name = _sum(recorder, f"g{a}", ga_names, ga)
    p.gh = gh
    marks = ["_y"] * (head is not None) + ["_Ω"] * bool(gh_names and code is None)
    gz, gz_name = run_back(
        recorder, names, parts, model, down, ga, ga_name, first=f"g{z}_L" if marks else f"g{z}"
    )
    gz_names = [gz_name]
    if head is not None:
        by_y, name = head.back(recorder, model, names, parts)
        gz = gz + by_y
        gz_names.append(name)
    if code is None:
        gz = gz + gh
        gu, gu_name = gz, _sum(recorder, f"g{z}", [*gz_names, *gh_names], gz)
    else:
        _sum(recorder, f"g{z}", gz_names, gz)
        gh_name = _sum(recorder, f"g{h}_Ω", gh_names, gh) if gh_names else ""
        gu, gu_name = code_adjoints.adjoint(recorder, p, code, gz, u, h, gh_name, model.progress)
    run_back(recorder, names, parts, model, up, gu, gu_name)
    recorder.columns += _columns(recorder, p, x, up, down, u, a)


def _give(recorder: Recorder, model: Autoencoder, names: ParameterNames, batch: Batch) -> None:
    """Add the rows of what is given: the batch and the parameters."""
    recorder.constants["n"] = len(batch.x)
    recorder.given("x", batch.x)
    if batch.x_noisy is not None:
        recorder.given("x̃", batch.x_noisy, equation="14.9")
    if batch.labels is not None:
        recorder.given("y", batch.labels)
    if batch.weights is not None:
        recorder.given("w", batch.weights.values)
    names.give(recorder, *model.parts.values())


def _criterion(model: Autoencoder, noisy: bool) -> str:
    """Return the equations and sections of the chapter whose terms are in the loss."""
    found = ["14.14"] if noisy else [] if model.penalties else ["14.1"]
    found += ["14.2"] * bool(model.penalties)
    if model.code is not None:
        found = [where for where in found if where != "14.1"] + ["section 14.4"]
    return ", ".join(found + ["section 14.2.1"] * (model.head is not None))


def _last_number(names: ParameterNames, net: Layer) -> str:
    """Return the number of the last layer with parameters of a net."""
    return [names.numbers[id(leaf)] for leaf in leaves(net) if leaf.params][-1]


def _sum(recorder: Recorder, name: str, parts: list[str], value: NDArray) -> str:
    """Add the sum of parts under a name, if there are several; return the name of the sum."""
    if len(parts) == 1:
        return parts[0]
    rule = " + ".join(f"{part}[i,k]" for part in parts)
    return recorder.add(
        "backward", name, " + ".join(parts), value, f"ik: {rule}", equation=BACKPROP,
        source=Autoencoder.backward,
    )  # fmt: skip


def _columns(
    recorder: Recorder, p: Pass, x: str, up: Any, down: Any, u: Any, a: Any
) -> list[Column]:
    """Return the columns of the picture, or [] if a layer is no affine map or unit."""
    if not all(isinstance(op.layer, Linear | Elementwise) for op in (*up, *down)):
        return []
    found = [Column("x", starts=True)] + [Column("x̃")] * (x == "x̃") + _layers(recorder, up)
    if "z" in recorder:
        found.append(Column("z", adjoint=_adjoint(recorder, "z")))
    found += _layers(recorder, down)
    last = found[-1]
    if last.value == a != "r" and recorder["r"].shape == recorder[a].shape:
        adjoint = last.adjoint or last.adjoint_before
        found[-1] = replace(last, value="r", before=a, adjoint=adjoint)
    return found


def _layers(recorder: Recorder, operations: Any) -> list[Column]:
    """Return a column for each affine map, together with the unit that follows it."""
    found: list[Column] = []
    for op in operations:
        W, g = f"W{op.number}", _adjoint(recorder, op.made)
        if isinstance(op.layer, Elementwise) and found and not found[-1].before:
            found[-1] = replace(found[-1], value=op.made, before=op.read, adjoint=g,
                                adjoint_before=found[-1].adjoint)  # fmt: skip
        else:
            grad = f"gW{op.number}" if f"gW{op.number}" in recorder else ""
            found.append(Column(op.made, adjoint=g, weights=W, weights_adjoint=grad))
    return found


def _adjoint(recorder: Recorder, name: str) -> str:
    return f"g{name}" if f"g{name}" in recorder else ""

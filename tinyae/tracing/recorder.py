"""The recorder: it collects the steps of a trace, and the parts of each parameter's gradient.

Each step reads quantities that are known by name: earlier steps, or what was given. So a table
contains everything that its formulas mention, apart from single numbers such as λ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.tracing.columns import Column
from tinyae.tracing.scalars import names_in
from tinyae.tracing.step import Step, source_of

BACKPROP = "section 6.5"  # where the book derives the formulas of the backward pass


class Recorder:
    """The steps so far.

    Attributes
    ----------
    steps : list of `Step`
    columns : the network as columns of nodes, for the picture
    constants : single numbers that rules mention, by name
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.columns: list[Column] = []
        self.constants: dict[str, float] = {}
        self._known: dict[str, NDArray] = {}

    def add(
        self,
        phase: str,
        name: str,
        formula: str,
        value: NDArray | float,
        rule: str = "",
        *,
        reads: Sequence[str] = (),
        equation: str = "",
        source: Callable | None = None,
        constants: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a step and return its name, with a ′ if the name is taken.

        `rule` is the right side of the rule, with the indices of the entry before a colon:
        "jk: Σ_i x[i,j]·ga1[i,k]". The inputs are the names in it, and those in `reads`. `constants`
        are numbers or arrays of this step alone.
        """
        while name in self._known:
            name += "′"
        inputs = {}
        if rule:
            letters, _, right = rule.partition(": ")
            rule = f"{name}[{','.join(letters)}] = {right}" if letters else f"{name} = {right}"
            reads = [*names_in(rule), *(one for one in reads if one not in names_in(rule))]
        own = self.constants | dict(constants or {})
        for one in reads:
            inputs[one] = np.array(own[one] if one in own else self._known[one])
        value = np.array(value)
        self.steps.append(
            Step(phase, name, formula, value, inputs, equation, source_of(source), rule)
        )
        self._known[name] = value
        return name

    def given(self, name: str, value: NDArray, formula: str = "given", **more: Any) -> None:
        """Add a row for something that the training step is given: data or a parameter."""
        self.add("given", name, formula, value, **more)

    def named_by(self, formula: str) -> str | None:
        """Return the name of the first step with this formula, or None."""
        return next((step.name for step in self.steps if step.formula == formula), None)

    def __getitem__(self, name: str) -> NDArray:
        """Return the value of a step."""
        return self._known[name]

    def __contains__(self, name: str) -> bool:
        return name in self._known


def close(found: NDArray, wanted: NDArray) -> bool:
    """Whether two arrays agree up to rounding, relative to the largest entry."""
    scale = np.abs(wanted).max(initial=0.0) + np.finfo(wanted.dtype).tiny
    rounding = 1e3 * np.finfo(wanted.dtype).eps
    return np.allclose(found / scale, wanted / scale, rtol=0.0, atol=rounding, equal_nan=True)


class GradientParts:
    """The parts of each parameter's gradient, which the layers add into one array.

    If the gradient of W1 has several parts, because of penalties or because a tied layer shares
    W1, each part is a step, and their sum `gW1` follows the last one. A single part is `gW1`
    itself.

    Parameters
    ----------
    recorder : where the steps go
    real : the model's own gradient of each parameter, by name
    expected : how many layers add to each parameter
    """

    def __init__(self, recorder: Recorder, real: Mapping[str, NDArray], expected: Counter) -> None:
        self.recorder, self.real, self.expected = recorder, real, expected
        self.parts: dict[str, list[tuple[str, bool]]] = {name: [] for name in real}

    def penalty(
        self, owner: str, mark: str, value: NDArray, formula: str, rule: str = "", **more: Any
    ) -> None:
        """Add the part of a penalty, which the layers' parts follow."""
        name = self.recorder.add("backward", f"g{owner}_{mark}", formula, value, rule, **more)
        self.parts[owner].append((name, False))

    def layer(
        self,
        owner: str,
        shown: str,
        value: NDArray,
        formula: str,
        rule: str = "",
        *,
        transposed: bool = False,
        phase: str = "backward",
        **more: Any,
    ) -> None:
        """Add the part that `shown`, a layer's own name of the parameter, contributes."""
        parts = self.parts[owner]
        single = shown == owner and not parts and self.expected[owner] == 1
        name = f"g{shown}" if single or shown != owner else f"g{shown}_L"
        parts.append((self.recorder.add(phase, name, formula, value, rule, **more), transposed))
        self.expected[owner] -= 1
        if self.expected[owner] == 0 and not single:
            self.total(owner, phase)

    def total(self, owner: str, phase: str) -> None:
        """Add the sum of the parts: the model's own gradient of this parameter."""
        real = self.real[owner]
        letters = "jk" if real.ndim == 2 else "klm"[: real.ndim]
        terms, names, value = [], [], np.zeros_like(real)
        for name, transposed in self.parts[owner]:
            part = self.recorder[name]
            value = value + (part.T if transposed else part)
            indices = letters[::-1] if transposed else letters
            terms.append(f"{name}[{','.join(indices)}]")
            names.append(f"{name}ᵀ" if transposed else name)
        if close(value, real):  # the model may add the same terms in another order
            value = real
        self.recorder.add(
            phase, f"g{owner}", " + ".join(names), value, f"{letters}: {' + '.join(terms)}",
            equation=BACKPROP,
        )  # fmt: skip

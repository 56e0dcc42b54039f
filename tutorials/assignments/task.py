"""A task, its checks and its wrong solutions: frozen settings that the content fills in.

A task names the symbols that the student writes. A check runs them and says what came and what
should have come. A wrong solution is a mistake that students make, as code that runs, with the
sentence that tells them. The modules in `tasks/` hold the content, `manifest.py` collects it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# The units and outputs that variants choose from.
UNITS = ("sigmoid", "tanh", "softplus")
OUTPUTS = ("gaussian", "bernoulli")


@dataclass(frozen=True)
class Symbol:
    """A function or method that the student writes.

    Attributes
    ----------
    file : the file below the project root, such as "tinyae/nn/layers.py"
    name : the dotted name in that file, such as "Linear.backward"
    contract : the docstring of the student's copy: what it does, shapes, and where to add, but no
        formula. Of a class only the docstring is replaced, and its body stays.
    """

    file: str
    name: str
    contract: str


@dataclass(frozen=True)
class Outcome:
    """What a check found: what came, what should have come, and the smallest input that shows it.

    Attributes
    ----------
    got : array, or a tuple of arrays, that the submission's code returned or changed
    want : the same from an independent reference, never from the library's own function
    case : the input in words, such as "x of shape (4, 3), gy of shape (4, 2)"
    """

    got: ArrayLike | tuple
    want: ArrayLike | tuple
    case: str = ""


@dataclass(frozen=True)
class Variant:
    """The numbers of one edition of the assignment; another seed gives other numbers.

    Attributes
    ----------
    seed : a whole number from 0
    """

    seed: int = 0

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a generator that belongs to this seed and purpose."""
        return np.random.default_rng([self.seed, *purpose.encode()])

    @property
    def unit(self) -> str:
        """The unit of this variant: "sigmoid", "tanh" or "softplus"."""
        return UNITS[self.seed % len(UNITS)]

    @property
    def output(self) -> str:
        """The output distribution of this variant: "gaussian" or "bernoulli"."""
        return OUTPUTS[self.seed // len(UNITS) % len(OUTPUTS)]

    @property
    def sizes(self) -> tuple[int, int, int]:
        """(n, d, k): examples, inputs and code units. All three differ, so no matrix is square."""
        n, d, k = self.rng("sizes").choice(np.arange(2, 8), size=3, replace=False)
        return int(n), int(d), int(k)


@dataclass(frozen=True)
class Check:
    """One question to the submission, and its points.

    Attributes
    ----------
    name : what is checked, such as "gW"
    points : what a right answer earns
    run : run(variant) -> Outcome. It is executed in the submission's process, where `tinyae` is
        the submission's copy, so it imports tinyae inside
    hidden : whether students get it only when the submission is graded
    tolerance : largest |got - want| relative to max(1, |want|)
    property : the property that fails, in words, such as "gradients add up over two calls"
    """

    name: str
    points: float
    run: Callable[[Variant], Outcome]
    hidden: bool = False
    tolerance: float = 1e-9
    property: str = ""


@dataclass(frozen=True)
class Wrong:
    """A mistake that students make, as code that runs.

    Attributes
    ----------
    name : the mistake in a few words
    hint : a full sentence for the student: what is wrong, and where to look
    replace : from the name of a symbol to its new body (dedented source), or to (old text, new
        text) in the body of the library
    """

    name: str
    hint: str
    replace: dict[str, str | tuple[str, str]]


@dataclass(frozen=True)
class Task:
    """What the student writes, how it is checked, and what goes wrong.

    Attributes
    ----------
    id : "01" to "24", or "T1" to "T6" for the transfer tasks
    title : a few words
    minutes : how long it takes a student
    tutorial : number of the tutorial that comes before, such as "01", or ""
    needs : the ids of the tasks whose symbols must be right too
    symbols : what the student writes
    statement : path of the statement below tutorials/assignments, such as "statements/01.md"
    checks : the questions to the submission
    wrong : the mistakes that the grader knows by name
    level : "core" or "advanced"
    transfer : whether the answer is nowhere in the library
    """

    id: str
    title: str
    minutes: int
    tutorial: str
    needs: tuple[str, ...]
    symbols: tuple[Symbol, ...]
    statement: str
    checks: tuple[Check, ...]
    wrong: tuple[Wrong, ...]
    level: str = "core"
    transfer: bool = False

    @property
    def points(self) -> float:
        """The sum of the points of the checks."""
        return sum(check.points for check in self.checks)

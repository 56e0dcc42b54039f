"""What a task of an assignment consists of: symbols, checks, wrong solutions and a variant.

A task blanks some functions of the library, or asks for a new file. A check calls the student's
code and compares the result with an independent reference. A wrong solution is a mistake that
students make, together with the sentence that explains it. A variant is one edition of a task: its
seed chooses the numbers, the unit, the output and the sizes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

CONTRACT_WIDTH = 88  # so that an indented docstring has at most 100 columns
UNITS = ("sigmoid", "tanh", "softplus")
OUTPUTS = ("gaussian", "bernoulli")


@dataclass(frozen=True)
class Variant:
    """One edition of a task. Equal seeds give equal numbers; the default edition has the seed 0."""

    seed: int = 0

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a new generator whose numbers depend on the seed and on the purpose only."""
        return np.random.default_rng([self.seed, *purpose.encode()])

    @property
    def unit(self) -> str:
        """The unit of the code: "sigmoid", "tanh" or "softplus"."""
        return UNITS[self.seed % len(UNITS)]

    @property
    def output(self) -> str:
        """The output distribution: "gaussian" or "bernoulli"."""
        return OUTPUTS[self.seed // len(UNITS) % len(OUTPUTS)]

    @property
    def sizes(self) -> tuple[int, int, int]:
        """(n, d, k): examples, features and code units. All are different and at least 3."""
        n, d, k = self.rng("sizes").permutation(np.arange(3, 8))[:3]
        return int(n), int(d), int(k)


@dataclass(frozen=True)
class Symbol:
    """A function whose body is removed in the student's copy.

    file : path below the root of the project, such as "tinyae/nn/layers.py"
    name : dotted name in the file, such as "Linear.backward"; "" is the module itself
    contract : docstring of the student's copy. It says what is asked, the shapes and where to add,
        but no formula. Its lines are wrapped
    """

    file: str
    name: str
    contract: str

    def __post_init__(self):
        lines = (textwrap.fill(line, CONTRACT_WIDTH) for line in self.contract.split("\n"))
        object.__setattr__(self, "contract", "\n".join(lines))


@dataclass(frozen=True)
class Check:
    """One property of a solution, with its points.

    got : calls the submission and returns a tuple of arrays; it imports `tinyae` when it is called
    want : returns the same tuple by independent code, which never calls the library
    hidden : whether students see neither the check nor its numbers
    tolerance : as in `signs.right`
    property : what a right solution fulfils, in one sentence
    case : the smallest input that shows it, in words
    """

    name: str
    points: float
    got: Callable[[Variant], tuple]
    want: Callable[[Variant], tuple]
    hidden: bool = False
    tolerance: float = 1e-9
    property: str = ""
    case: str = ""


@dataclass(frozen=True)
class Wrong:
    """A wrong solution, as students write it.

    hint : a full sentence for the student, which names the mistake and where to look
    replace : for each symbol, or for the new file of a transfer task, the new body, or a pair
        (old text, new text) that is applied to the right body. `old` occurs exactly once in it
    """

    name: str
    hint: str
    replace: Mapping[str, str | tuple[str, str]]


def no_words(variant: Variant) -> dict[str, str]:
    """Return no words: the texts of the task are the same in every variant."""
    return {}


@dataclass(frozen=True)
class Task:
    """One task of an assignment.

    id : "01" and so on, or "T1" and so on for a transfer task
    minutes : how long a student needs, about
    tutorial : number of the tutorial that prepares it
    needs : ids of the tasks whose symbols must work as well
    symbols : functions that the student writes; none in a transfer task
    statement : name of the file in `statements/`
    level : "core" or "advanced"
    transfer : whether the answer is nowhere in the library
    docstrings : symbols, classes or modules that keep their code; only their docstring, which gives
        the answer away, is replaced by the contract
    file, stub, solution : of a transfer task: the path of the new file below the root of the
        project, what the student finds there, and a right solution
    plain : for a symbol whose wrong solutions are written out, a right body in the same words, to
        which the changes of two of them can be made
    words : for a variant, the words that take the place of {{name}} in statement, stub, solution
        and wrong solutions
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
    docstrings: tuple[Symbol, ...] = ()
    file: str = ""
    stub: str = ""
    solution: str = ""
    plain: Mapping[str, str] = field(default_factory=dict)
    words: Callable[[Variant], dict[str, str]] = field(default=no_words)

    @property
    def points(self) -> float:
        """The sum of the points of all checks."""
        return sum(check.points for check in self.checks)

    def filled(self, text: str, variant: Variant) -> str:
        """Return a text of this task with the words of a variant in the place of {{name}}."""
        for name, word in self.words(variant).items():
            text = text.replace("{{" + name + "}}", word)
        return text

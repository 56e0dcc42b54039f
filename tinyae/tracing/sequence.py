"""A trace: the steps of one training step as a sequence, with tables, explanations and pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from numbers import Integral
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import whole_number
from tinyae.text import for_stream, plain
from tinyae.tracing.columns import Column
from tinyae.tracing.explanation import explanation
from tinyae.tracing.quiz import ask_questions
from tinyae.tracing.step import Step
from tinyae.tracing.tables import settings, table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Trace(Sequence):
    """One training step, operation by operation. `trace` makes it.

    It is a sequence of `Step` objects: `t[3]`, `len(t)`, `for step in t`. `t["gW1"]` is the step of
    that name; x~ may be written for x̃. `print(t)` prints all steps as a table.

    Attributes
    ----------
    loss : the model's loss, to the bit
    gradient : the model's gradient, of shape (number of parameters,), to the bit
    title : class and sizes of the model
    columns : the network as columns of nodes, for `draw`; empty if it is no chain of dense layers
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        loss: float,
        gradient: NDArray,
        title: str = "",
        columns: Sequence[Column] = (),
    ):
        if not all(isinstance(step, Step) for step in steps):
            raise TypeError("a Trace takes steps, objects of class Step; `trace` makes them")
        self._steps = tuple(steps)
        self.loss, self.gradient, self.title = loss, gradient, title
        self.columns = tuple(columns)

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self._steps)

    @overload
    def __getitem__(self, key: int | str) -> Step: ...

    @overload
    def __getitem__(self, key: slice) -> tuple[Step, ...]: ...

    def __getitem__(self, key: Any) -> Any:
        """Return a step by its number or its name, or a slice as a tuple of steps.

        Raises
        ------
        KeyError
            If there is no step of this name; the message lists the names.
        """
        if not isinstance(key, str):
            return self._steps[key]
        try:
            return self._steps[self.number(key)]
        except ValueError as error:
            raise KeyError(str(error)) from None

    def __contains__(self, key: object) -> bool:
        """Whether a step, or a step of this name, is in the trace."""
        if isinstance(key, str):
            return any(key in (step.name, plain(step.name)) for step in self)
        return any(key is step for step in self)

    def names(self) -> list[str]:
        """Return the names of all steps in their order."""
        return [step.name for step in self]

    def number(self, name: str) -> int:
        """Return the number of the step with this name, counted from 0.

        Raises
        ------
        ValueError
            If there is no such step; the message lists the names.
        """
        if not isinstance(name, str):
            raise TypeError(f"name must be a text such as 'gW1', got {name!r:.60}")
        for i, step in enumerate(self):
            if step.name == name:
                return i
        for i, step in enumerate(self):
            if plain(step.name) == plain(name):
                return i
        raise ValueError(f"no step is called {name!r:.60}; there are {', '.join(self.names())}")

    def heading(self) -> str:
        """Return the title and, below it, the single numbers that formulas mention, such as λ."""
        numbers = settings(self._steps)
        return "\n".join(line for line in (self.title, numbers) if line)

    def __str__(self) -> str:
        return for_stream("\n".join(line for line in (self.heading(), self.table()) if line))

    def __repr__(self) -> str:
        return f"Trace({self.title!r}, {len(self)} steps, loss {self.loss:.6g})"

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        heading = escape(self.heading()).replace("\n", "<br>")
        return f"<div><p>{heading}</p>{self.table('html')}</div>"

    def table(self, form: str = "text") -> str:
        """Return all steps as a table.

        Parameters
        ----------
        form : "text", "md" (Markdown), "html" or "latex" (a longtable)

        Raises
        ------
        ValueError
            If `form` is none of these.
        """
        return table(self._steps, form)

    def explain(self, name: str | int, index: tuple[int, ...] | int = ()) -> str:
        """Return how one entry of a step comes about: the sum of single numbers behind it.

        Parameters
        ----------
        name : name or number of the step, such as "gW1"
        index : place of the entry, such as (0, 1); () for a step that is one number

        Raises
        ------
        ValueError
            If there is no such step, or no entry at this place.

        Examples
        --------
        >>> print(t.explain("gW1", (0, 1)))
        """
        number = self._found(name, "name")
        return for_stream(explanation(self._steps[number], index))

    def draw(
        self,
        step: int | str | None = None,
        *,
        example: int = 0,
        units: int = 3,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw a tiny network: a column for each layer, with the numbers of one example.

        The value of a unit stands in its node, the weights on the edges, and adjoints in orange:
        below the nodes, and below the weights those of the weights.

        Parameters
        ----------
        step : number or name of a step: what is computed after it is grey. None draws everything
        example : row of the batch that is drawn
        units : most units of a column, 2 or more. Of a column with more, the first units − 1 are
            drawn, and how many follow is written. The letters are smaller if it is large
        ax : matplotlib Axes to draw into; None makes a new figure

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ValueError
            If more than 40 weights would be drawn, or the layers are no columns of units.
        """
        from tinyae.tracing.picture import draw  # here, because it imports matplotlib

        last = len(self) - 1 if step is None else self._found(step, "step")
        return draw(self, last, example=example, units=units, ax=ax)

    def _found(self, key: int | str, name: str) -> int:
        """Return the number of a step from its name or number; `name` is the argument's name."""
        if isinstance(key, str):
            return self.number(key)
        if not isinstance(key, Integral) or isinstance(key, bool):
            raise TypeError(
                f"{name} must be the name or the number of a step, such as 'gW1' or 7, got "
                f"{key!r:.60}"
            )
        number = whole_number(key, name, least=0)
        if number >= len(self):
            raise ValueError(f"{name} is one of 0 to {len(self) - 1}, got {number}")
        return number

    def quiz(
        self,
        *,
        rng: np.random.Generator | int = 0,
        questions: int = 5,
        ask: Callable[[str], str] = input,
    ) -> int:
        """Ask for entries, check the answers to three digits, explain; return how many were right.

        Parameters
        ----------
        rng : seed or generator for the choice of the entries
        questions : how many entries are asked for
        ask : what shows a question and returns the answer; "q" ends the quiz

        The explanation is printed after each answer.
        """
        return ask_questions(self, rng, questions, ask)

"""The base class of what `fit` trains and `gradcheck` checks: theta, its gradient, an objective.

`Trainable` is the whole protocol. A subclass defines theta, grad and `objective`; every other
member has a default here. `Model` is the subclass whose parameters lie in layers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import rows_and_generator
from tinyae.checks.numbers import theta_dtype, truth
from tinyae.checks.tables import check_finite
from tinyae.drawing.graph import Graph
from tinyae.nn.graph import default_graph
from tinyae.nn.layers import Layer
from tinyae.numerics.underflow import underflow_to_zero

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self


class UnsupportedError(ValueError):
    """The vectorized core does not support this model. The message names the part: "a head"."""


class Trainable:
    """Parameters `theta`, their gradient `grad`, and the `objective` that is minimized on data.

    Attributes
    ----------
    theta, grad : arrays of shape (number of parameters,), made by the subclass
    follows_gradient : whether `objective` adds the exact gradient of the loss that it returns
    takes_weights : whether `Weights` may be the last of the rows. Such a model has its own
        `check_rows`, which accepts them
    comparable_loss : whether a lower loss means better parameters, so that epochs can be compared
    takes_batches : whether any subset of the rows, in any order, may be a batch. False if the
        model needs all rows together
    smallest_batch : least number of rows in a batch of `fit`
    checkpointed : names of the attributes besides theta that `objective` changes, such as chains.
        A checkpoint of `fit` holds them; each is an array, a number or None
    progress : the part of training that is done, in [0, 1]; `fit` sets it
    training : state that `fit` keeps for its next call, see `TrainingState`; None before the first
    parts : the layers by name; empty here
    """

    theta: NDArray
    grad: NDArray
    follows_gradient: bool = True
    takes_weights: bool = False
    comparable_loss: bool = True
    takes_batches: bool = True
    smallest_batch: int = 1
    checkpointed: tuple[str, ...] = ()
    progress: float = 1.0
    training: Any = None  # a `TrainingState`, which a lower package cannot name
    parts: dict[str, Layer] = {}  # noqa: RUF012 (this dict is never changed)

    if TYPE_CHECKING:  # a subclass names its own rows, which no signature here could allow
        objective: Callable[..., float]
    else:

        def objective(self, *rows: NDArray, rng: np.random.Generator) -> float:
            """Return the loss, a mean over the examples, and add its gradient to `grad`.

            The rows are those that `check_rows` returned, all of them or a batch. `grad` is zero
            before the call.
            """
            raise NotImplementedError(f"{type(self).__name__}.objective")

    @underflow_to_zero
    def loss_and_grad(self, *rows: ArrayLike, rng: np.random.Generator | int = 0) -> float:
        """Return the loss and set `grad` to its gradient. `rng` may also be the last argument.

        A seed gives the same noise at every call. In your own training loop, pass the same
        generator at every step instead. The model's `objective` defines the loss and the rows.
        """
        checked, generator = self._ready(rows, rng)
        return _from_zero(self, checked, generator)

    @underflow_to_zero
    def loss(self, *rows: ArrayLike, rng: np.random.Generator | int = 0) -> float:
        """Return the loss; `grad` does not change. `rng` may also be the last argument."""
        checked, generator = self._ready(rows, rng)
        with self.unchanged():
            return evaluate(self, checked, generator)

    def _ready(
        self, rows: tuple, rng: np.random.Generator | int
    ) -> tuple[tuple[NDArray, ...], np.random.Generator]:
        """Return the checked rows and the generator, which may be given as the last of the rows."""
        rows, rng = rows_and_generator(rows, rng)
        rows = self.check_rows(*rows)
        self.check_packed()
        return rows, rng

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, ...]:
        """Return the rows as `objective` needs them, or raise. By default: finite arrays."""
        names = ["x"] if len(rows) == 1 else [f"array {i} of the rows" for i in range(len(rows))]
        arrays = tuple(real_array(row, name) for row, name in zip(rows, names, strict=True))
        for array, name in zip(arrays, names, strict=True):
            check_finite(array, name, np.float64)
        lengths = [len(array) for array in arrays if array.ndim]
        if len(set(lengths)) > 1:
            raise ValueError(f"the arrays of the rows must be equally long, got {lengths} rows")
        return arrays

    def check_packed(self) -> None:
        """Raise RuntimeError if `objective` reads parameters that are not views of theta."""

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Restore at the end what a call of `objective` changes: `grad` and all `checkpointed`."""
        grad = self.grad.copy()
        kept = [(name, getattr(self, name)) for name in self.checkpointed]
        copies = [copy.copy(value) for _, value in kept]
        try:
            yield
        finally:
            self.grad[...] = grad
            for (name, value), before in zip(kept, copies, strict=True):
                if isinstance(value, np.ndarray):
                    value[...] = before
                setattr(self, name, value)

    def begin(self, *rows: NDArray) -> None:
        """Prepare for training on these rows; `fit` and `minimize` call it before the first step.

        A model may compute initial values from the data, or warn about a setting that does not
        suit them. By default nothing is done.
        """

    def project(self) -> None:
        """Project theta onto the allowed set, after each step. By default nothing is done."""

    def dead_units(self, *rows: NDArray) -> NDArray[np.bool_] | None:
        """Return which units are constant over all these rows; None if this is not known."""
        return None

    def vectorized(
        self,
        optimizer: Any,
        batch_size: int,
        n: int,
        *,
        same_draws: bool | None = None,
        memory: dict | None = None,
        rows: tuple | None = None,
        threads: int | str | None = None,
        tuning: Any = None,
    ) -> Any:
        """Return the `Core` for `fit(core="vectorized")`; by default raise UnsupportedError.

        `memory` is the state of the optimizer from before, or None. `threads` and `tuning`
        are passed only if `fit` was given them.
        """
        raise UnsupportedError(f"models of class {type(self).__name__}")

    @property
    def dtype(self) -> np.dtype:
        """The real dtype of the data. It is the dtype of theta, or of its real part if complex."""
        return self.theta.real.dtype

    def parameters(self) -> dict[str, NDArray]:
        """Return every array of parameters by name, as a view, in the order of theta."""
        return {"theta": self.theta}

    def graph(self) -> Graph:
        """Return what the model consists of as nodes: data, layers, noise, outputs and costs.

        By default these are the layers of each part, see `tinyae.nn.graph`. How `objective`
        connects the parts is not known, so no arrow joins them. A model with more to show
        overrides this method, and `diagram` draws what it returns.
        """
        return default_graph(self.parts, self.theta)

    def diagram(self, *, cost: bool = True, title: str = "", ax: Axes | None = None) -> Axes:
        """Draw what `graph` returns: the model's own layers with shapes, its noise and its costs.

        Dashed outlines are those of the corrupted x̃, of noise and of distributions such as
        p_decoder. Dashed arrows lead from x̃ through the encoder up to the code. The model is not
        changed.

        Parameters
        ----------
        cost : whether the terms of the loss are drawn (figure 14.3) or not (figure 14.1)
        title : text above the diagram, by default the class and the number of parameters
        ax : matplotlib Axes to draw into; None makes a new figure

        Returns
        -------
        matplotlib.axes.Axes
        """
        from tinyae.drawing.diagram import draw  # here, because it imports matplotlib

        cost, graph = truth(cost, "cost"), self.graph()
        if not isinstance(title, str):
            raise TypeError(f"title must be a text, got {title!r:.60}")
        title = title or graph.title or f"{type(self).__name__}, {self.theta.size} parameters"
        graph = replace(graph if cost else graph.without_costs(), title=title)
        return draw(graph, ax=ax)

    def copy(self) -> Self:
        """Return an independent model with equal parameters."""
        return copy.deepcopy(self)

    def __copy__(self) -> Self:
        # A shallow copy would share theta and grad with the original.
        return copy.deepcopy(self)

    def __getstate__(self) -> dict[str, Any]:
        # A copied view is not a view of the copied theta. Then `fit` changes parameters that
        # `objective` does not read, and `gradcheck` finds that every derivative is zero.
        for name, value in self.__dict__.items():
            if name not in ("theta", "grad") and isinstance(value, np.ndarray):
                if np.shares_memory(value, self.theta) or np.shares_memory(value, self.grad):
                    raise TypeError(
                        f"{type(self).__name__}.{name} is a view of theta or grad, and a copy of "
                        "the model would lose it: make it a property that returns the view"
                    )
        return self.__dict__

    def astype(self, dtype: DTypeLike) -> Self:
        """Return a copy whose parameters have this dtype: float32, float64 or complex128.

        With complex128 the loss is complex too. Only the complex-step gradient check needs this.
        """
        dtype = theta_dtype(dtype)
        twin = copy.deepcopy(self)
        twin.training = None
        twin.theta, twin.grad = self.theta.astype(dtype), self.grad.astype(dtype)
        return twin


def evaluate(model: Trainable, rows: Sequence[NDArray], rng: np.random.Generator) -> float:
    """Return the loss of rows that were checked, and set `grad` to its gradient.

    Every step of training calls this function. If your own model overrides `loss_and_grad`, that
    method is called instead of `objective`.
    """
    if inherits(model, Trainable, "loss_and_grad"):
        return _from_zero(model, rows, rng)
    return model.loss_and_grad(*rows, rng=rng)


def _from_zero(model: Trainable, rows: Sequence[NDArray], rng: np.random.Generator) -> float:
    """Set the gradient to zero and call `objective`. The loss is a float unless it is complex."""
    model.grad[...] = 0.0
    loss = model.objective(*rows, rng=rng)
    return loss if np.iscomplexobj(loss) else float(loss)


def defined_together(cls: type, *names: str) -> bool:
    """Whether one class defines all these names. False if a subclass overrides only some."""
    owners = {next((c for c in cls.__mro__ if name in vars(c)), None) for name in names}
    return len(owners) == 1 and None not in owners


def inherits(model: object, base: type, *methods: str) -> bool:
    """Whether the model uses these methods of `base`: not overridden, and not assigned anew."""
    assigned = getattr(model, "__dict__", {})
    return all(
        name not in assigned and getattr(type(model), name) is getattr(base, name)
        for name in methods
    )

"""What the helpers of a model read of it: the members of autoencoders and of Boltzmann machines.

The classes import their helpers, so the helpers cannot name the classes. They name these protocols
instead, whose members are read only.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.criterion.code import Code
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.head import Classifier
from tinyae.criterion.output import Output
from tinyae.criterion.penalties import Penalty
from tinyae.nn.layers import Layer


class Packed(Protocol):
    """Layers in one vector of parameters, as every `Model`, for rows of d_in numbers."""

    @property
    def parts(self) -> dict[str, Layer]:
        """The layers by name."""
        ...

    @property
    def theta(self) -> NDArray:
        """The parameters."""
        ...

    @property
    def grad(self) -> NDArray:
        """Their gradient."""
        ...

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the data."""
        ...

    @property
    def d_in(self) -> int:
        """Width of x."""
        ...

    @property
    def d_code(self) -> int:
        """Width of the code."""
        ...

    def check_packed(self) -> None:
        """Raise RuntimeError if a parameter is no longer a view of theta."""


class Encoding(Packed, Protocol):
    """A `SoftmaxClassifier`, or an `Autoencoder`: an encoder, and slots."""

    @property
    def encoder(self) -> Layer:
        """The layer from x to the code."""
        ...

    @property
    def output(self) -> Output:
        """The distribution of the targets."""
        ...

    @property
    def corruption(self) -> Corruption | None:
        """C(x̃ | x)."""
        ...

    @property
    def penalties(self) -> tuple[Penalty, ...]:
        """Ω."""
        ...

    @property
    def head(self) -> Classifier | None:
        """What predicts labels from the code."""
        ...


class Slotted(Encoding, Protocol):
    """An `Autoencoder`."""

    @property
    def decoder(self) -> Layer:
        """The layer from the code to natural parameters."""
        ...

    @property
    def code(self) -> Code | None:
        """p_encoder(z | x)."""
        ...

    @property
    def takes_weights(self) -> bool:
        """Whether `Weights` may be the last of the rows."""
        ...

    def forward(self, x: NDArray, rng: np.random.Generator) -> Pass:
        """Run one batch."""
        ...

    def criterion(self, p: Pass) -> float:
        """Return the criterion of a pass, and set its adjoints."""
        ...

    def code_backward(self, p: Pass, gz: NDArray) -> NDArray:
        """Return the adjoint of the encoder's output."""
        ...


class Machine(Packed, Protocol):
    """An `RBM`."""

    @property
    def visible(self) -> Output:
        """The distribution of x given h."""
        ...

    @property
    def rule(self) -> object:
        """The learning rule."""
        ...

    def log_partition(self) -> float:
        """Return log Z."""
        ...

    def free_energy(self, x: ArrayLike) -> NDArray:
        """Return F(x)."""
        ...

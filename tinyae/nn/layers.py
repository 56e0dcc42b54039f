"""A layer is a function with parameters that can be run forwards, backwards and along a direction.

Four methods are enough for every criterion of the chapter, and a chain of layers has them too.
Here g stands for the adjoint, that is, "the gradient of the loss with respect to", and J = ∂y/∂x:

    forward(x)                      ->  y, cache     y = f(x)
    backward(gy, cache)             ->  gx           gx = Jᵀ gy, and adds into grads
    jvp(v, cache)                   ->  u, tape      u = J(x) v
    jvp_backward(gu, tape, cache)   ->  gx, gv       the adjoint of (x, θ, v) -> J(x) v

The first two methods train a network (equation 14.1). The last two differentiate a derivative, as
contraction (14.11, 14.18) needs: they are the R-operator of Pearlmutter (1994), written by hand.
Layers hold parameters and gradients, but no data. `cache` holds what the backward pass needs.
Shapes: x (n, d_in), y (n, d_out); K tangents in one array, v (K, n, d_in), u (K, n, d_out).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.nn.initializers import Glorot, Initializer, chosen


class Layer:
    """y = f(x; params). A layer holds parameters and gradients, but no data.

    Attributes
    ----------
    formula : formula of y for the description of a model
    kinks : inputs at which the layer has no derivative, for `gradcheck`
    """

    formula: str = ""
    kinks: tuple[float, ...] = ()

    def __init__(self) -> None:
        self.params: dict[str, NDArray] = {}
        self.grads: dict[str, NDArray] = {}

    def forward(self, x: NDArray) -> tuple[NDArray, Any]:
        """Return y = f(x), and the cache that the other three methods need."""
        raise NotImplementedError(f"{type(self).__name__}.forward")

    def backward(self, gy: NDArray, cache: Any) -> NDArray:
        """Return gx = Jᵀ gy and add the parameters' gradients into `grads`."""
        raise NotImplementedError(f"{type(self).__name__}.backward")

    def jvp(self, v: NDArray, cache: Any) -> tuple[NDArray, Any]:
        """Return u = J(x) v for K tangents, and the tape that `jvp_backward` needs."""
        raise NotImplementedError(f"{type(self).__name__}.jvp")

    def jvp_backward(self, gu: NDArray, tape: Any, cache: Any) -> tuple[NDArray, NDArray]:
        """Return (gx, gv), the adjoints of x and v in u = J(x) v, and add into `grads`."""
        raise NotImplementedError(f"{type(self).__name__}.jvp_backward")


class Linear(Layer):
    """Affine map  y = x W + b.

    Shapes: x (n, d_in), y (n, d_out), W (d_in, d_out), b (d_out,); tangents v (K, n, d_in),
    u (K, n, d_out). `rng` has no default, so that two layers do not get equal weights by accident.
    `core/linear.py` has the forward and the backward pass on buffers.
    """

    source: Linear | None = None  # the layer whose transposed W this one shares, see `tied`

    def __init__(
        self,
        d_in: int,
        d_out: int,
        *,
        rng: np.random.Generator | int,
        init: Initializer | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        d_in, d_out = whole_number(d_in, "d_in"), whole_number(d_out, "d_out")
        dtype = real_dtype(dtype)
        W, b = chosen(init, Glorot())(generator(rng, "weights"), d_in, d_out)
        if np.shape(W) != (d_in, d_out) or np.shape(b) != (d_out,):
            raise ValueError(
                f"init must return W of shape {(d_in, d_out)} and b of shape {(d_out,)}, "
                f"got {np.shape(W)} and {np.shape(b)}"
            )
        self.params = {"W": np.array(W, dtype), "b": np.array(b, dtype)}
        self.grads = {key: np.zeros_like(p) for key, p in self.params.items()}

    @property
    def d_in(self) -> int:
        """Width of the input."""
        return self.params["W"].shape[-2]

    @property
    def d_out(self) -> int:
        """Width of the output."""
        return self.params["W"].shape[-1]

    def forward(self, x: NDArray) -> tuple[NDArray, Any]:
        """Return y = x W + b; the cache is x."""
        return x @ self.params["W"] + self.params["b"], x

    def backward(self, gy: NDArray, x: NDArray) -> NDArray:
        """gW = xᵀ gy,  gb = Σ gy over the examples,  gx = gy Wᵀ."""
        self.grads["W"] += x.T @ gy
        self.grads["b"] += gy.sum(axis=0)
        return gy @ self.params["W"].T

    def jvp(self, v: NDArray, x: NDArray) -> tuple[NDArray, Any]:
        """Return u = v W; the tape is v."""
        return v @ self.params["W"], v

    def jvp_backward(self, gu: NDArray, v: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
        """gW = Σ vᵀ gu over the tangents,  gv = gu Wᵀ,  gx = 0 because J does not depend on x."""
        self.grads["W"] += v.reshape(-1, self.d_in).T @ gu.reshape(-1, self.d_out)
        return np.zeros_like(x), gu @ self.params["W"].T

    def share(self) -> None:
        """If this layer is tied, make its W and its gradient views of the source's again."""
        if self.source is not None:
            self.source.share()
            self.params["W"] = self.source.params["W"].T
            self.grads["W"] = self.source.grads["W"].T

    def __getstate__(self) -> dict[str, Any]:
        # A shared W is stored with the source only.
        own = {"params": dict(self.params), "grads": dict(self.grads)}
        if self.source is not None:
            del own["params"]["W"], own["grads"]["W"]
        return {**self.__dict__, **own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A copied or unpickled view is a separate array: make it a view of the copied source.
        self.__dict__.update(state)
        self.share()

    def __repr__(self) -> str:
        return f"Linear({self.d_in}, {self.d_out}{', tied' if self.source is not None else ''})"


def tied(source: Linear) -> Linear:
    """Return the layer  y = x Wᵀ + c  that shares the W of `source`; its bias c is its own.

    W and its gradient are transposed views of the memory of the source. So both layers always have
    the same weights, and the gradients of both are added in one array.
    """
    if not isinstance(source, Linear):
        raise TypeError(f"only a Linear layer can be tied, got {type(source).__name__}")
    layer = Linear.__new__(Linear)
    layer.source = source
    dtype = source.params["W"].dtype
    layer.params = {"W": source.params["W"].T, "b": np.zeros(source.d_in, dtype)}
    layer.grads = {"W": source.grads["W"].T, "b": np.zeros(source.d_in, dtype)}
    return layer


def hollow(d_in: int, d_out: int, dtype: DTypeLike) -> Linear:
    """Return a Linear layer of zeros that needs no memory until a model packs it.

    Each of its arrays is one zero, broadcast to the full shape, and is read-only. So the time to
    make such a layer does not depend on its size.
    """
    d_in, d_out = whole_number(d_in, "d_in"), whole_number(d_out, "d_out")
    zero = np.zeros((), real_dtype(dtype))
    layer = Linear.__new__(Linear)
    layer.params = {"W": np.broadcast_to(zero, (d_in, d_out)), "b": np.broadcast_to(zero, d_out)}
    layer.grads = dict(layer.params)
    return layer


class Chain(Layer):
    """Layers in series: y = f_L(… f_2(f_1(x))). A chain is a layer too."""

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        for layer in layers:
            if not isinstance(layer, Layer):
                hint = "; write Sigmoid(), not Sigmoid" if isinstance(layer, type) else ""
                raise TypeError(f"a Chain takes layers, got {layer!r}{hint}")
        if not layers:
            raise ValueError("a Chain needs at least one layer")
        self.layers = layers

    def forward(self, x: NDArray) -> tuple[NDArray, Any]:
        """Run the layers in order; the cache is the list of their caches."""
        caches = []
        for layer in self.layers:
            x, cache = layer.forward(x)
            caches.append(cache)
        return x, caches

    def backward(self, gy: NDArray, caches: list[Any]) -> NDArray:
        """Apply the layers' `backward` in reverse order (back-propagation)."""
        for layer, cache in zip(reversed(self.layers), reversed(caches), strict=True):
            gy = layer.backward(gy, cache)
        return gy

    def jvp(self, v: NDArray, caches: list[Any]) -> tuple[NDArray, Any]:
        """Apply the layers' `jvp` in order: J v = J_L … J_2 J_1 v."""
        tapes = []
        for layer, cache in zip(self.layers, caches, strict=True):
            v, tape = layer.jvp(v, cache)
            tapes.append(tape)
        return v, tapes

    def jvp_backward(
        self, gu: NDArray, tapes: list[Any], caches: list[Any]
    ) -> tuple[NDArray, NDArray]:
        """Compute both adjoints, layer by layer, in reverse order.

        The input x of a layer has two effects on the loss. One is through this layer's own J; its
        adjoint is dx. The other is through the layers above; its adjoint is Jᵀ gx, from the
        ordinary backward pass. Hence  gx <- Jᵀ gx + dx.
        """
        gx: Any = None
        for layer, tape, cache in zip(
            reversed(self.layers), reversed(tapes), reversed(caches), strict=True
        ):
            dx, gu = layer.jvp_backward(gu, tape, cache)
            gx = dx if gx is None else layer.backward(gx, cache) + dx
        return gx, gu

    def __repr__(self) -> str:
        return f"Chain({listed(self.layers)})"


def listed(layers: Sequence[Layer]) -> str:
    """Return the layers in one line: if more than twelve, only the first five and the last five."""
    names = [repr(layer) for layer in layers]
    if len(names) > 12:
        names[5:-5] = [f"... {len(names) - 10} more ..."]
    return ", ".join(names)

"""Non-local manifold Parzen windows: one network says for every point how its pancake lies.

Manifold Parzen windows read each tangent plane from a handful of neighbours, and where there are
few points those are far apart. Bengio, Larochelle and Vincent (2006) learn the plane as a function
of x instead, from the neighbours of all points at once (section 14.6, figure 14.9): what different
places have in common is learned once. The network maps x to a shift μ, to factors A of r rows and
to a noise s, and is trained so that the neighbours y of x are likely under

    N(y; x + μ, C),     C = Aᵀ A + s I.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, real_number, whole_number
from tinyae.checks.tables import table
from tinyae.densities.pancakes import Pancakes
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.nn.activations import Activation, Tanh, as_unit
from tinyae.nn.dense import checked_sizes
from tinyae.nn.initializers import Glorot, Initializer, chosen
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.model import Model
from tinyae.nn.structure import widths


class NonLocalParzen(Model):
    """A network x -> (μ, A, s) under which neighbours y of x are likely, by N(y; x + μ, AᵀA + sI).

    What the network gives is a row of d + r d + 1 numbers (m, B, a), in units of `scale`:

        μ = scale · m,   A = scale · B,   s = σ² + scale² exp(a)

    so that an ordinary start gives windows about as wide as `scale`.

    Parameters
    ----------
    net : layer from d to d + r d + 1 numbers
    scale : a typical distance between neighbours, in the units of x
    sigma : σ, the least width of a window in any direction; above 0

    Examples
    --------
    >>> model = NonLocalParzen.dense((2, 50), n_components=1, scale=0.1, sigma=0.01)
    >>> history = fit(model, neighbor_pairs(X, 8), epochs=200)
    >>> log_p = model.pancakes(X).score_samples(fresh)
    """

    def __init__(self, net: Layer, *, scale: float, sigma: float):
        d, d_out = widths(net, "net")
        n_components, rest = divmod(d_out - d - 1, d)
        if rest or not 1 <= n_components <= d:
            raise ValueError(
                f"for {d} inputs the net must give {d} + r*{d} + 1 numbers, with r = n_components "
                f"from 1 to {d}; it gives {d_out}"
            )
        self.scale = real_number(scale, "scale", low=0.0, open_low=True, squared=True)
        self.sigma = real_number(sigma, "sigma", low=0.0, open_low=True, squared=True)
        super().__init__({"net": net})
        self.d_in, self.n_components = d, n_components

    @classmethod
    def dense(
        cls,
        sizes: Sequence[int],
        *,
        n_components: int,
        scale: float,
        sigma: float,
        activation: Activation = Tanh,
        init: Initializer | None = None,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
    ) -> NonLocalParzen:
        """Build the network from the widths of input and hidden layers, such as (2, 50).

        `n_components` is r, how many long directions each window has. `init` makes the initial
        weights of the hidden layers, by default Glorot's; wide weights spread the bends of the
        units over a small input space. The other options are as above.
        """
        sizes = checked_sizes(sizes, "hidden units", deep=True)
        unit, dtype = as_unit(activation, "activation"), real_dtype(dtype)
        rng = generator(rng, "weights")
        d, r = sizes[0], whole_number(n_components, "n_components")
        layers: list[Layer] = []
        for d_in, d_out in zip(sizes, sizes[1:], strict=False):
            start = chosen(init, Glorot(unit.gain))
            layers += [Linear(d_in, d_out, rng=rng, init=start, dtype=dtype), unit]
        last = Linear(sizes[-1], d + r * d + 1, rng=rng, dtype=dtype)
        return cls(Chain(*layers, last), scale=scale, sigma=sigma)

    @property
    def net(self) -> Layer:
        """The layer x -> (m, B, a)."""
        return self.parts["net"]

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, NDArray]:
        """Return the pairs (x, y) ready for use, or say why not."""
        if len(rows) != 2:
            raise TypeError(
                f"this model trains on pairs (x, y) of shape (n, {self.d_in}), such as "
                f"neighbor_pairs(X, n_neighbors); got {len(rows)} arrays"
            )
        x, y = (table(row, name, width=self.d_in, dtype=self.dtype, squared=True)
                for row, name in zip(rows, "xy", strict=True))  # fmt: skip
        if len(x) != len(y):
            raise ValueError(f"x and y must be equally long, got {len(x)} and {len(y)} rows")
        return x, y

    def split(self, out: NDArray) -> tuple[NDArray, NDArray, NDArray]:
        """Return μ (n, d), A (n, r, d) and scale² exp(a) (n,) from what the network gave."""
        n, d = len(out), self.d_in
        factors = self.scale * out[:, d:-1].reshape(n, self.n_components, d)
        return self.scale * out[:, :d], factors, self.scale**2 * np.exp(out[:, -1])

    def pancakes(self, x: ArrayLike) -> Pancakes:
        """The density whose pancakes the network lays at the points x (n, d), its training data."""
        self.check_packed()
        x = table(x, "x", width=self.d_in, dtype=self.dtype)
        shift, factors, noise = self.split(self.net.forward(x)[0])
        return Pancakes.from_factors(x + shift, factors, self.sigma**2 + noise)

    def objective(self, x: NDArray, y: NDArray, *, rng: np.random.Generator) -> float:
        """Return the mean of −log N(y; x + μ, C) over the pairs, and add its gradient.

        With z = y − x − μ and the small matrix M = s I + A Aᵀ (r, r),

            C⁻¹ = (I − Aᵀ M⁻¹ A)/s,   log |C| = (d − r) log s + log |M|,   u = C⁻¹ z,

        and ∂/∂C of ½ (log |C| + zᵀC⁻¹z) is ½ (C⁻¹ − u uᵀ). As A C⁻¹ = M⁻¹ A, for n pairs

            gμ = −u/n,   gA = (M⁻¹ A − w uᵀ)/n,   gs = ((d − r)/s + tr M⁻¹ − ‖u‖²)/2n

        with w = A u = M⁻¹ A z. The sum zᵀC⁻¹z = s‖u‖² + ‖w‖² has no terms that cancel: in
        float32, z · u and A · u would lose all digits for windows of a thousandth of their length.
        """
        n, d, r = len(x), self.d_in, self.n_components
        out, cache = self.net.forward(x)
        shift, A, excess = self.split(out)
        s = self.sigma**2 + excess
        z = y - x - shift
        M = A @ A.swapaxes(1, 2) + s[:, None, None] * np.eye(r, dtype=A.dtype)
        inverse = np.linalg.inv(M)
        w = inverse @ (A @ z[:, :, None])
        u = (z - (A.swapaxes(1, 2) @ w)[:, :, 0]) / s[:, None]
        log_det = (d - r) * np.log(s) + _log_det(M)
        length = s * (u * u).sum(axis=1) + (w * w).sum(axis=(1, 2))
        loss = 0.5 * (d * np.log(2.0 * np.pi) + (log_det + length).sum() / n)

        trace = np.trace(inverse, axis1=1, axis2=2)
        gs = 0.5 * ((d - r) / s + trace - (u * u).sum(axis=1)) / n
        gA = (inverse @ A - w * u[:, None, :]) / n
        gout = np.empty_like(out)
        gout[:, :d] = -self.scale * u / n
        gout[:, d:-1] = self.scale * gA.reshape(n, r * d)
        gout[:, -1] = gs * excess
        self.net.backward(gout, cache)
        return loss

    def __repr__(self) -> str:
        return f"NonLocalParzen({self.net!r}, scale={self.scale:g}, sigma={self.sigma:g})"


def _log_det(M: NDArray) -> NDArray:
    """log |M| of matrices (n, r, r), analytic in M: `slogdet` puts the imaginary part, which the
    complex step reads, into its sign.
    """
    sign, value = np.linalg.slogdet(M)
    return value + np.log(sign) if np.iscomplexobj(M) else value


def neighbor_pairs(data: ArrayLike, n_neighbors: int) -> tuple[NDArray, NDArray]:
    """Return (x_i, x_j), each (n k, d), for every point and each of its k nearest neighbours.

    The rows on which a `NonLocalParzen` is trained; they keep the dtype of the data. Neighbours are
    those of `nearest_neighbors`, in whatever order the rows of the data are.

    Parameters
    ----------
    data : array (n, d)
    n_neighbors : k, at most n − 1
    """
    given = real_array(data, "data")
    data = table(data, "data", dtype=np.float32 if given.dtype == np.float32 else np.float64)
    k = whole_number(n_neighbors, "n_neighbors")
    near, _ = nearest_neighbors(data, k)
    return np.repeat(data, k, axis=0), data[near].reshape(-1, data.shape[1])

"""Non-local tangents: a network that predicts the tangent plane of the manifold at any x.

Local PCA finds the plane of each neighbourhood alone: the data of one neighbourhood say nothing
about another. Bengio and Monperrus (2005) let one network F predict all the planes (section 14.6).
What it learns about the shape in one place, it can use in another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import shaped, table
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.nn.structure import widths
from tinyae.numerics.axes import oriented


def neighbor_differences(data: ArrayLike, n_neighbors: int) -> NDArray:
    """Return the unit vectors from each point to its nearest others, (N, n_neighbors, d).

    The order of the rows, a shift, a common scale and constant columns change no direction.

    Parameters
    ----------
    data : array (N, d)
    n_neighbors : at most N − 1

    Raises
    ------
    ValueError
        If two rows are equal, since a neighbour at distance 0 shows no direction.
    """
    # Imported here, so that `import tinyae` loads no embeddings.
    from tinyae.embeddings.neighbors import nearest_neighbors

    data = table(data, "data", dtype=np.float64)
    n_neighbors = whole_number(n_neighbors, "n_neighbors")
    if n_neighbors > len(data) - 1:
        raise ValueError(
            f"{len(data)} rows of data have at most {len(data) - 1} neighbours each, got "
            f"n_neighbors = {n_neighbors}"
        )
    steps = data[nearest_neighbors(data, n_neighbors)[0]] - data[:, None]
    longest = np.abs(steps).max(axis=2, keepdims=True)
    if not longest.all():
        raise ValueError(
            f"row {np.argwhere(longest == 0)[0][0]} of data has an equal neighbour: remove doubles"
        )
    steps /= longest  # first, since squares of very short or long steps would be 0 or infinite
    return steps / np.linalg.norm(steps, axis=2, keepdims=True)


class NonLocalTangents(Model):
    """A network F: (n, d) -> (n, k·d), read as k directions F_1(x) … F_k(x) at each point.

    Trained on points x with steps Δ to their neighbours, one loss for each point,

        L = mean over j of  min_w ‖Δ_j − w F(x)‖² + ridge ‖w‖²,      w F = Σ_i w_i F_i,

    so that every step should lie in the plane. With steps of unit length the loss is the share of
    Δ outside the plane. The ridge is there to keep w unique where the F_i become dependent.

    Parameters
    ----------
    net : any layer from d to k·d numbers, such as `Chain(Linear(d, 50, rng=0), Tanh(), Linear(50,
        k * d, rng=1))`
    n_components : k, the number of directions at each point
    ridge : weight of ‖w‖², small beside 1 / ‖F_i‖²

    Examples
    --------
    >>> model = NonLocalTangents(net, n_components=1)
    >>> history = fit(model, (X, neighbor_differences(X, 4)))
    >>> T = model.tangents(fresh)
    """

    def __init__(self, net: Layer, n_components: int, *, ridge: float = 1e-6):
        self.d_in, d_out = widths(net, "net")
        self.n_components = k = whole_number(n_components, "n_components")
        if d_out != k * self.d_in:
            raise ValueError(
                f"n_components = {k} directions of {self.d_in} numbers are {k * self.d_in}, "
                f"but the net gives {d_out}"
            )
        self.ridge = real_number(ridge, "ridge", low=0.0, open_low=True)
        super().__init__({"net": net})

    @property
    def net(self) -> Layer:
        """The layer F."""
        return self.parts["net"]

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, NDArray]:
        """Return (x, steps) ready for use, or say why not."""
        if len(rows) != 2:
            raise TypeError(
                f"this model trains on x of shape (n, {self.d_in}) and steps of shape "
                f"(n, n_neighbors, {self.d_in}), got {len(rows)} arrays"
            )
        x = table(rows[0], "x", width=self.d_in, dtype=self.dtype, squared=True)
        shape = (len(x), None, self.d_in)
        return x, shaped(rows[1], "steps", shape, dtype=self.dtype, squared=True)

    def objective(self, x: NDArray, steps: NDArray, *, rng: np.random.Generator) -> float:
        """Return the mean over points and steps, and add its gradient. Nothing is drawn from `rng`.

        With w = Δ Fᵀ (F Fᵀ + ridge I)⁻¹ and e = w F − Δ, and N the number of points times steps,

            gF = 2 wᵀ e / N.

        w depends on F too, but w is where the loss is least, so this path contributes nothing.
        """
        F, cache = self.net.forward(x)
        F = F.reshape(len(x), self.n_components, self.d_in)
        Ft = F.swapaxes(1, 2)
        normal = F @ Ft + self.ridge * np.eye(self.n_components, dtype=self.dtype)
        w = np.linalg.solve(normal, F @ steps.swapaxes(1, 2)).swapaxes(1, 2)
        e, count = w @ F - steps, steps.shape[0] * steps.shape[1]
        gF = 2.0 * w.swapaxes(1, 2) @ e / count
        self.net.backward(gF.reshape(len(x), -1), cache)
        return ((e * e).sum() + self.ridge * (w * w).sum()) / count

    def tangents(self, x: ArrayLike) -> NDArray:
        """Return an orthonormal basis (n, k, d) of the plane at each x.

        The i-th direction is F_i(x) less its part in the plane of those before, with the sign that
        makes its largest entry positive.

        Raises
        ------
        ValueError
            Where F(x) has fewer than k independent directions, so that there is no plane.
        """
        self.check_packed()
        x = table(x, "x", width=self.d_in, dtype=self.dtype)
        k = self.n_components
        F = self.net.forward(x)[0].reshape(len(x), k, self.d_in)
        Q, R = np.linalg.qr(F.swapaxes(1, 2))
        # The length of each F_i off the plane of those before.
        own = np.abs(np.diagonal(R, axis1=1, axis2=2))
        missing = (own <= 10.0 * np.finfo(R.dtype).eps * np.linalg.norm(F, axis=2)).any(axis=1)
        if missing.any():
            raise ValueError(
                f"F spans fewer than n_components = {k} directions at {missing.sum()} of {len(x)} "
                f"points, first at row {missing.argmax()}: train on, or take fewer"
            )
        return oriented(Q.swapaxes(1, 2))

    def __repr__(self) -> str:
        return f"NonLocalTangents({self.net!r}, n_components={self.n_components})"

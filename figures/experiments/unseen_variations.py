"""Tangents are found where the training data never were, by three methods (section 14.6).

The data lie on parallel half circles, one for each combination of five features that are on or off.
The tangent depends on the place along the half circle only, so a method that shares what it learns
between the copies can know it at copies that it has never seen. Measured are the angles of three
methods to the true tangent: local PCA, a contractive encoder, and a non-local network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import tangent_planes as planes

D, RADIUS, SWITCHES, NOISE = 50, 1.5, 5, 0.05
WHOLE, INSIDE = (-np.pi / 2, np.pi / 2), (-np.pi / 4, np.pi / 4)
FAR = (5 * np.pi / 12, np.pi / 2)  # the end of the half circle
METHODS = ("local PCA", "contractive encoder", "non-local network")
LAM, NEAR = 0.01, 3  # of the encoder, and the neighbours that the network learns from


@dataclass(frozen=True)
class Copies:
    """Where points are drawn: on all 2⁵ copies or those of one parity, and on a range of angles.

    parity : +1 or −1 for the copies with an even or an odd number of features that are off
    span : range of the angle, in radians
    """

    parity: int | None = None
    span: tuple[float, float] = WHOLE

    def draw(self, n: int, axes: np.ndarray, rng: np.random.Generator) -> tuple:
        """Return n points (n, 50) and their tangents (n, 1, 50), for orthonormal axes (7, 50)."""
        s, t = 2.0 * rng.integers(0, 2, (n, SWITCHES)) - 1.0, rng.uniform(*self.span, n)
        if self.parity is not None:
            s[s.prod(axis=1) != self.parity, 0] *= -1.0
        x, true = (RADIUS * np.stack(part, axis=1) @ axes[SWITCHES:]
                   for part in ((np.sin(t), np.cos(t)), (np.cos(t), -np.sin(t))))  # fmt: skip
        x = x + s @ axes[:SWITCHES] + NOISE * rng.standard_normal((n, D))
        return x, true[:, None]


def measure(seen: Copies, *others: Copies, seed: int, n: int = 400, fresh: int = 300) -> np.ndarray:
    """Return the angles in degrees, (1 + others, methods), at points of `seen` and of the others.

    All methods are trained on n points of `seen`. Local PCA has the number of neighbours that is
    best at further fresh points of `seen`.
    """
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.standard_normal((D, SWITCHES + 2)))[0].T
    x, _ = seen.draw(n, axes, rng)
    by_neighbors = planes.errors_by_neighbors(x, *seen.draw(fresh, axes, rng))
    m = min(by_neighbors, key=by_neighbors.get)
    encoder = planes.contractive(x, LAM, seed=seed)
    net = planes.nonlocal_net(x, 1, NEAR, seed=seed)
    rows = []
    for where in (seen, *others):
        points, true = where.draw(fresh, axes, rng)
        rows.append((planes.local_error(x, points, true, m),
                     planes.encoder_error(encoder, points, true),
                     planes.degrees(net.tangents(points), true)))  # fmt: skip
    return np.array(rows)

"""Predictive sparse decomposition is trained on patches of pictures (section 14.8, figure psd).

The pictures are dead leaves (discs that hide each other) or photographs; the patches have 12 × 12
pixels. A dictionary of 144 atoms and its encoder are trained by equation 14.19. Measured is how far
the criterion is above its minimum after each proximal step of inference, from the prediction f(x)
and from zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae import PSD, Adam
from tinyae.datasets import dead_leaves, patches
from tinyae.sparse_coding import ZCA, normalize_contrast
from tinyae.sparse_coding.descent import Descent
from tinyae.sparse_coding.lasso import Lasso
from tinyae.training import Cosine

from .networks import train

SIDE, ATOMS = 12, 144
LAM, GAMMA = 3.0, 1.0
FINE = 2  # leaves are drawn on a grid that is finer by this factor; a pixel is a mean over it
RADII = (4.0 * FINE, 4.0 * FINE * SIDE)  # large leaves: their edges are long beside a patch
STEPS = 20  # of inference, after each of which the criterion is measured


def squares(n: int, rng: np.random.Generator, pictures: list[NDArray] | None) -> list[NDArray]:
    """Return n patches to learn from, (n, 144), and 1000 fresh ones, (1000, 144).

    They are patches of dead leaves, or of `pictures`, a list of arrays (h, w). The fresh patches
    are then cut from the last third of the pictures and the others from the rest.
    """
    if pictures is None:
        x = dead_leaves(n + 1000, FINE * SIDE, radii=RADII, rng=rng)
        x = x.reshape(-1, SIDE, FINE, SIDE, FINE).mean(axis=(2, 4)).reshape(-1, SIDE**2)
        return [x[:n], x[n:]]
    cut = 2 * len(pictures) // 3
    return [patches(pictures[:cut], SIDE, n, rng=rng), patches(pictures[cut:], SIDE, 1000, rng=rng)]


def whiten(x: NDArray, fresh: NDArray) -> list[NDArray]:
    """Return both sets of patches with equal contrast, whitened, in float32.

    The whitening is that of x, with a ridge of 0.1 so that noise is not made large. The unit is the
    standard deviation of the whitened x.
    """
    x, fresh = normalize_contrast(x), normalize_contrast(fresh)
    white = ZCA(epsilon=0.1).fit(x)
    x, fresh = white.transform(x), white.transform(fresh)
    return [(part / x.std()).astype(np.float32) for part in (x, fresh)]


def learn(x: NDArray, seed: int, epochs: int) -> PSD:
    """Train 144 atoms and their encoder in turns on x (n, 144); return the model in float64."""
    model = PSD.dense((SIDE**2, ATOMS), lam=LAM, gamma=GAMMA, rng=seed, dtype=np.float32)
    train(model, x, epochs=epochs, batch_size=100, optimizer=Adam(Cosine(0.03)), rng=seed)
    return model.astype(np.float64)


def excess(model: PSD, x: NDArray, f: NDArray) -> dict[str, NDArray]:
    """Return (E − minimum) / minimum after 0 to 20 steps of inference, E summed over x (n, d).

    The steps start from the codes f (n, k) and from zero; they are plain or accelerated (FISTA).
    The keys are f_plain, f_fista, zero_plain and zero_fista; each value has the shape (21,).
    """
    problem = Lasso.of(x, model.atoms, model.lam, model.gamma, f)
    best = model.criterion(x, model.infer(x, tol=1e-10)).sum()
    found = {}
    for name, h in (("f", f), ("zero", np.zeros_like(f))):
        for way in ("plain", "fista"):
            descent, costs = Descent(problem, h, accelerated=way == "fista"), []
            for _ in range(STEPS + 1):
                costs.append(descent.now.cost.sum())
                descent.step()
            # By rounding E may come out below the minimum, and that has no logarithm.
            found[f"{name}_{way}"] = np.maximum(np.array(costs) / best - 1, 1e-12)
    return found


def steps_to(course: NDArray, level: float = 0.01) -> float:
    """Return how many steps a course of `excess` takes to come down to a level.

    Between two steps the logarithms are interpolated. The result is infinite if the course does not
    come down so far.
    """
    if course.min() > level:
        return float("inf")
    return float(np.interp(-np.log(level), -np.log(course), np.arange(len(course))))

"""The autoencoder that is explored, with its training: numbers only, nothing is drawn here.

An epoch is one call of `fit`, which continues the one before. What the model keeps between two
calls (`training/state.py`) gives the same bits as a single call of as many epochs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput, GaussianOutput
from tinyae.exploring.data import Data
from tinyae.exploring.settings import Settings
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import Sigmoid, Tanh
from tinyae.nn.initializers import Normal, Uniform
from tinyae.nn.layers import Chain, Linear
from tinyae.score.score import optimal_reconstruction
from tinyae.training.fit import fit
from tinyae.training.optimizers import Adam

PATH = 12  # steps of the path x → r(x) → r(r(x)) …


class Learner:
    """An autoencoder with one hidden layer, its data and settings, and what was measured so far.

    Points are learned by tanh units and linear outputs under squared error, pictures by sigmoid
    units under cross-entropy.

    Parameters
    ----------
    data : what is learned
    settings : at the beginning
    seed : of the weights, of the order of the rows and of the noise

    Attributes
    ----------
    model : the autoencoder
    epochs : how many it was trained for
    losses : of each epoch
    measures : `measure()` before training and after each epoch
    changes : the epochs after which a setting was changed
    noisy : the fresh rows with noise (m, d)
    optimum : E[x | x̃] at these rows (m, d), the best possible reconstruction; None for pictures
    """

    def __init__(self, data: Data, settings: Settings, seed: int):
        self.data, self.settings, self.seed = data, settings, seed
        self._compare()
        self.reset()

    def __repr__(self) -> str:
        return f"Learner({self.data.name!r}, {self.settings.described()}, epoch {self.epochs})"

    def reset(self) -> None:
        """Start with new weights, those that the seed gives."""
        self.model = untrained(self.data, self.settings, self.seed)
        self.losses = list[float]()
        self.measures = [self.measure()]
        self.changes = list[int]()

    @property
    def epochs(self) -> int:
        """How many epochs the model was trained for."""
        return len(self.losses)

    def change(self, settings: Settings) -> bool:
        """Use other settings from now on; return whether this needed new weights.

        The weights, the random streams and the moving averages of the optimizer go on, unless the
        network itself is another one.
        """
        before, self.settings = self.settings, settings
        if settings.sigma != before.sigma:
            self._compare()
        if settings.needs_new_weights(before):
            self.reset()
            return True
        self.model.corruption, self.model.penalties = settings.corruption, settings.penalties
        same = settings.trains_like(before)
        if not same and self.epochs and self.epochs not in self.changes[-1:]:
            self.changes.append(self.epochs)
        self.measures[-1] = self.measure()
        return False

    def train(self) -> bool:
        """Train for one epoch; return False if Ctrl-C interrupted it.

        Raises
        ------
        DivergenceError
            If the loss is no longer finite. The weights are those before this epoch.
        """
        history = fit(self.model, self.data.X, epochs=1, batch_size=self.data.batch_size,
                      optimizer=Adam(self.settings.learning_rate), rng=self.seed, core="auto",
                      verbose=False)  # fmt: skip
        self.losses += history.loss
        if history.loss:
            self.measures.append(self.measure())
        return history.stopped != "interrupted"

    def reconstruct(self, x: NDArray) -> NDArray:
        """Return r(x) of shape (n, d)."""
        return self.model.reconstruct(x)

    def path(self, x: NDArray, steps: int = PATH) -> NDArray:
        """Return x (d,), r(x), r(r(x)) and so on, of shape (steps + 1, d)."""
        points = [np.asarray(x, self.model.dtype)]
        for _ in range(steps):
            points.append(self.reconstruct(points[-1][None])[0])
        return np.array(points)

    def best(self, x: NDArray) -> NDArray | None:
        """Return E[x | x̃] at x̃ = x (n, d) for the data smoothed by σ; None for pictures."""
        centers = self.data.centers
        return None if centers is None else optimal_reconstruction(centers, x, self.settings.sigma)

    def measure(self) -> float:
        """Return how far the reconstruction of the fresh noisy rows is the one that is wanted.

        In the plane, it is the median cosine of r(x) − x with the exact score of the data smoothed
        by σ. On a line, where a cosine can only be 1 or −1, it is the root mean square distance of
        r(x) from the best possible reconstruction. For pictures, it is the mean square error of a
        pixel, compared with the clean picture.
        """
        r = self.reconstruct(self.noisy)
        if self.optimum is None:
            return float(((r - self.data.fresh) ** 2).mean())
        if self.data.width == 1:
            return float(np.sqrt(((r - self.optimum) ** 2).mean()))
        learned, exact = r - self.noisy, self.optimum - self.noisy  # the latter is σ² times a score
        lengths = np.linalg.norm(learned, axis=1) * np.linalg.norm(exact, axis=1)
        return float(np.median((learned * exact).sum(axis=1) / np.maximum(lengths, 1e-300)))

    @property
    def measured(self) -> str:
        """What `measure` returns, in words."""
        if self.optimum is None:
            return "mean square error"
        return (
            "distance from the best r" if self.data.width == 1 else "median cosine with the score"
        )

    def _compare(self) -> None:
        """Set the noisy rows, and the best possible reconstruction there, for this σ."""
        data = self.data
        self.noisy = data.fresh + self.settings.sigma * data.noise
        self.optimum = self.best(self.noisy)


def untrained(data: Data, settings: Settings, seed: int) -> Autoencoder:
    """Return the network of these settings before its training."""
    d, dtype, scale = data.width, data.X.dtype, settings.scale
    pictures = data.centers is None
    first = Linear(d, settings.units, rng=seed, init=Uniform(scale, data.bias * scale), dtype=dtype)
    second = Linear(settings.units, d, rng=seed + 1, init=Normal(0.01), dtype=dtype)
    output: Output = BernoulliOutput() if pictures else GaussianOutput()
    return Autoencoder(Chain(first, Sigmoid() if pictures else Tanh()), second, output=output,
                       corruption=settings.corruption, penalties=settings.penalties)  # fmt: skip

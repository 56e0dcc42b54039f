"""Semantic hashing: binary codes of data by an autoencoder with noise before its code's sigmoids.

The decoder gets z = sigmoid(u + σ ε) with ε ~ N(0, I), and σ grows during training. To be
independent of the noise, the encoder has to make |u| large, so that the code units are near 0 or
near 1 (section 14.9; Salakhutdinov and Hinton 2009). A threshold then loses little information.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.applications.binary_encoder import KNOWN, BinaryEncoder, read_encoder
from tinyae.applications.scaling import blocks_of, check_kind_name, scaling_of
from tinyae.applications.thresholds import THRESHOLDS, thresholds
from tinyae.checks.arrays import length_of, real_array
from tinyae.checks.estimator import Transformer
from tinyae.checks.numbers import real_number, whole_number
from tinyae.criterion.base_rates import base_rates
from tinyae.criterion.noisy_sigmoid_code import NoisySigmoidCode
from tinyae.files.object_files import write_object
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import ReLU
from tinyae.nn.structure import leaves
from tinyae.training.fit import fit
from tinyae.training.optimizers import Adam
from tinyae.training.schedules import Cosine, WarmUp

EPOCHS, STEPS = 20, 2000  # the smallest numbers of epochs and steps by default


class SemanticHash(Transformer):
    """Binary codes such that similar rows have codes that differ in few bits.

    Parameters
    ----------
    n_bits : length of a code
    hidden : widths of the layers between data and code, from the data on
    kind : of the data, "auto" or one of the kinds in `Scaling`
    sigma : deviation of the noise before the sigmoids at the end of training
    threshold : above which value of its code unit a bit is 1: "half" is ½, "median" the gap between
        values over the training rows that is nearest to their median. "auto" is ½, and "median" for
        units that are above ½ for less than a tenth of the rows or for more than nine tenths
    epochs : of the training; None for 20, or more with few rows, so that there are 2000 steps
    batch_size, learning_rate : of the training, by Adam with a rate that falls to zero; at most 1
    rng : seed or generator
    verbose : as in `fit`

    Attributes
    ----------
    encoder_ : scaling, trained autoencoder (float32) and thresholds, a `BinaryEncoder`
    history_ : of the training
    """

    def __init__(
        self,
        n_bits: int = 32,
        *,
        hidden: Sequence[int] = (256,),
        kind: str = "auto",
        sigma: float = 10.0,
        threshold: str = "auto",
        epochs: int | None = None,
        batch_size: int = 100,
        learning_rate: float = 3e-3,
        rng: np.random.Generator | int = 0,
        verbose: bool | None = None,
    ):
        self.n_bits = n_bits
        self.hidden = hidden
        self.kind = kind
        self.sigma = sigma
        self.threshold = threshold
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.rng = rng
        self.verbose = verbose

    def check_settings(self) -> None:
        """Raise TypeError or ValueError unless all settings are valid."""
        whole_number(self.n_bits, "n_bits")
        none = isinstance(self.hidden, tuple | list) and not self.hidden
        if not none and not length_of(self.hidden):
            raise TypeError(f"hidden must be widths such as (256,), got {self.hidden!r:.60}")
        for width in self.hidden:
            whole_number(width, "a width in hidden")
        check_kind_name(self.kind)
        whole_number(self.batch_size, "batch_size")
        if self.epochs is not None:
            whole_number(self.epochs, "epochs")
        real_number(self.sigma, "sigma", low=0.0, squared=True)
        real_number(self.learning_rate, "learning_rate", low=0.0, high=1.0)
        if not isinstance(self.threshold, str) or self.threshold not in THRESHOLDS:
            raise ValueError(
                f"threshold must be one of {', '.join(THRESHOLDS)}, got {self.threshold!r:.60}"
            )

    def fit(self, X: ArrayLike, y: object = None) -> SemanticHash:
        """Train an autoencoder on X (n, d), choose the thresholds, and return the object itself.

        Raises
        ------
        TypeError, ValueError
            If a setting is invalid, or X is no table of numbers of the given kind.
        DivergenceError
            If the training diverges.
        """
        self.check_settings()
        X = real_array(X, "X")
        scaling = scaling_of(X, self.kind)
        scaled, done = np.empty(X.shape, np.float32), 0
        for block in blocks_of(X):
            scaled[done : done + len(block)] = scaling.apply(block)
            done += len(block)
        with warnings.catch_warnings():  # equal widths of data and code are no mistake here
            warnings.filterwarnings("ignore", "the decoder is built automatically")
            model = Autoencoder.dense(
                (X.shape[1], *self.hidden, self.n_bits),
                activation=ReLU,
                output=scaling.output,
                code=NoisySigmoidCode(WarmUp(self.sigma, until=1.0)),
                rng=self.rng,
                dtype=np.float32,
            )
        # Else the first steps learn the mean through the code, whose units become constant.
        leaf = list(leaves(model.decoder))[-1]
        leaf.params["b"][...] = base_rates(scaling.output, scaled)
        history = fit(
            model,
            scaled,
            optimizer=Adam(Cosine(self.learning_rate)),
            epochs=self._epochs(len(scaled)),
            batch_size=self.batch_size,
            rng=self.rng,
            core="auto",
            verbose=self.verbose,
        )
        h = np.concatenate([model.encode(block) for block in blocks_of(scaled)])
        self.encoder_ = BinaryEncoder(scaling, model, thresholds(h, self.threshold))
        self.history_ = history
        return self

    def _epochs(self, n: int) -> int:
        if self.epochs is not None:
            return self.epochs
        return max(EPOCHS, -(-STEPS // -(-n // self.batch_size)))

    def transform(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes (m, n_bits) of the rows of X (m, d).

        Raises
        ------
        TypeError, ValueError
            If it is not fitted, or X is no table of d columns of the kind that was fitted.
        """
        self.check_fitted()
        return self.encoder_.transform(X)

    def _n_outputs(self) -> int:
        return self.encoder_.bits

    def save(self, path: str | os.PathLike) -> Path:
        """Write the object to `path` (".npz" is appended if missing) and return that path.

        An existing file is replaced as a whole. If an error occurs, it is not changed.

        Raises
        ------
        ValueError
            If it is not fitted.
        OSError
            If the folder does not exist or cannot be written to.
        """
        self.check_fitted()
        return write_object(path, self, KNOWN | {"SemanticHash": SemanticHash})

    @staticmethod
    def load(path: str | os.PathLike) -> SemanticHash:
        """Return a fitted object from a file of `save` or of `python -m tinyae hash`.

        A file of the command holds neither the settings of the training nor its history.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file was not written so, is incomplete or altered, or has a newer version.
        """
        encoder, _, _ = read_encoder(path, SemanticHash)
        if isinstance(encoder, SemanticHash):
            return encoder
        found = SemanticHash(encoder.bits, kind=encoder.scaling.kind)
        found.encoder_ = encoder
        return found

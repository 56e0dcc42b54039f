"""The slots of an autoencoder by plain values: a word and numbers in place of an object.

A grid search, a configuration file and a data frame of results can hold "contractive" and 0.1, but
not `Contractive(0.1)`. Each function here returns the object that such values mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from numpy.typing import NDArray

from tinyae.checks.arrays import length_of
from tinyae.checks.numbers import real_number, whole_number
from tinyae.criterion.contraction import Contractive, ReconstructionContractive
from tinyae.criterion.corruption import (
    Corruption,
    GaussianNoise,
    MaskingNoise,
    SaltAndPepperNoise,
)
from tinyae.criterion.gaussian_outputs import DiagonalGaussianOutput
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.criterion.penalties import L1, KLSparsity, Penalty, StudentT, WeightDecay
from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.training.optimizers import SGD, Adam, Optimizer

UNITS = {
    "identity": Identity,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "tanh": Tanh,
}
OUTPUTS = {
    "bernoulli": BernoulliOutput(),
    "categorical": CategoricalOutput(),
    "diagonal_gaussian": DiagonalGaussianOutput(per_feature=True),
    "gaussian": GaussianOutput(),
}
CANONICAL = ("bernoulli", "categorical", "gaussian")  # of machines with an energy
CORRUPTIONS = ("gaussian", "masking", "salt_and_pepper")
PENALTIES = ("contractive", "kl", "l1", "reconstruction_contractive", "student_t")


def one_of(value: object, name: str, words: Iterable[str], *, none: bool = False) -> Any:
    """Return `value` if it is one of the words (with `none`, None too), else raise ValueError."""
    if none and value is None:
        return None
    if not isinstance(value, str) or value not in words:
        listed = ", ".join(f'"{word}"' for word in sorted(words))
        raise ValueError(f"{name} must be {'None, ' * none}{listed}, got {value!r:.60}")
    return value


def widths(value: Any, name: str = "hidden") -> tuple[int, ...]:
    """Return the widths of hidden layers, a tuple or list of whole numbers, which may be empty."""
    if isinstance(value, tuple | list) and not len(value):
        return ()
    if not length_of(value):
        raise TypeError(f"{name} must be widths such as (256,), or (), got {value!r:.60}")
    return tuple(whole_number(width, f"a width in {name}") for width in value)


def unit_of(word: object, name: str) -> type[Elementwise]:
    """Return the class of the unit."""
    return UNITS[one_of(word, name, UNITS)]


def output_of(word: object, words: Sequence[str] = tuple(OUTPUTS)) -> Output:
    """Return the output p(x | h)."""
    return OUTPUTS[one_of(word, "output", words)]


def corruption_of(word: object, noise: object, X: NDArray, output: str) -> Corruption | None:
    """Return the corruption of this strength, or None.

    The values of salt and pepper are 0 and 1 for Bernoulli outputs, and else the smallest and the
    largest entry of X.
    """
    word = one_of(word, "corruption", CORRUPTIONS, none=True)
    if word is None:
        real_number(noise, "noise", low=0.0)
        return None
    if word == "gaussian":
        return GaussianNoise(real_number(noise, "noise", low=0.0, squared=True))
    noise = real_number(noise, "noise", low=0.0, high=1.0)
    if word == "masking":
        return MaskingNoise(noise)
    low, high = (0.0, 1.0) if output == "bernoulli" else (float(X.min()), float(X.max()))
    return SaltAndPepperNoise(noise, low, high if high > low else low + 1.0)


def penalties_of(
    word: object, strength: object, sparsity: object, probes: object, weight_decay: object
) -> list[Penalty]:
    """Return the terms of Ω: the penalty of this strength and weight decay, without zero ones."""
    word = one_of(word, "penalty", PENALTIES, none=True)
    strength = real_number(strength, "strength", low=0.0)
    rho = real_number(
        sparsity, "sparsity", low=0.0, high=1.0, open_low=True, open_high=True
    )  # fmt: skip
    probes = None if probes is None else whole_number(probes, "probes")
    decay = real_number(weight_decay, "weight_decay", low=0.0)
    terms: list[Penalty] = []
    if word == "contractive":
        terms.append(Contractive(strength, probes=probes))
    elif word == "reconstruction_contractive":
        terms.append(ReconstructionContractive(strength, probes=probes))
    elif word == "kl":
        terms.append(KLSparsity(rho, strength))
    elif word == "l1":
        terms.append(L1(strength))
    elif word == "student_t":
        terms.append(StudentT(strength))
    if decay > 0.0:
        terms.append(WeightDecay(decay))
    return terms


def optimizer_of(word: object, learning_rate: object, momentum: object) -> Optimizer:
    """Return Adam, or gradient descent with this momentum."""
    word = one_of(word, "optimizer", ("adam", "sgd"))
    rate = real_number(learning_rate, "learning_rate", low=0.0)
    momentum = real_number(momentum, "momentum", low=0.0, high=1.0, open_high=True)
    return Adam(rate) if word == "adam" else SGD(rate, momentum)

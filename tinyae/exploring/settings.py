"""What the sliders and radio buttons of the explorer set: the kind of autoencoder and its numbers.

Two settings shape the network, so another value needs new weights. The others belong to the
criterion and to the optimizer, and can be changed while the same weights are trained.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from tinyae.checks.numbers import real_number, whole_number
from tinyae.criterion.contraction import Contractive
from tinyae.criterion.corruption import GaussianNoise
from tinyae.criterion.penalties import L1, Penalty

KINDS = ("denoising", "contractive", "sparse", "plain")
PENALTIES: dict[str, type[Contractive] | type[L1]] = {"contractive": Contractive, "sparse": L1}
SHAPING = ("units", "scale")  # another value of these needs new weights


@dataclass(frozen=True)
class Limits:
    """The smallest and the largest value of a setting, which are the ends of its slider.

    Attributes
    ----------
    low, high : both are allowed; low is above zero
    """

    low: float
    high: float

    def checked(self, value: float, name: str) -> float:
        """Return the value; raise ValueError if it is outside."""
        return real_number(value, name, low=self.low, high=self.high)


LIMITS = {
    "sigma": Limits(0.02, 1.0),
    "units": Limits(2, 400),
    "learning_rate": Limits(1e-4, 0.5),
    "strength": Limits(1e-5, 10.0),
    "scale": Limits(0.01, 40.0),
}


@dataclass(frozen=True)
class Settings:
    """The kind of autoencoder, and the five numbers of the sliders.

    Attributes
    ----------
    kind : "denoising" (14.9), "contractive" (14.11, 14.18), "sparse" (14.2.1: λ Σ|hᵢ|) or "plain"
    sigma : standard deviation of the noise, in the units of the scaled rows. A denoising
        autoencoder is trained with it. For the others it is the noise of what is shown and measured
    units : of the hidden layer
    learning_rate : of Adam
    strength : λ, factor of the penalty of a contractive or sparse autoencoder
    scale : the initial weights of the first layer are drawn from U(−scale, scale)

    Raises
    ------
    ValueError, TypeError
        If a value is no such kind, or outside `LIMITS`.
    """

    kind: str
    sigma: float
    units: int
    learning_rate: float
    strength: float
    scale: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {self.kind!r:.60}")
        object.__setattr__(self, "units", whole_number(self.units, "units"))
        for name, limits in LIMITS.items():
            value = limits.checked(getattr(self, name), name)
            if name != "units":
                object.__setattr__(self, name, value)

    def changed(self, given: dict[str, object]) -> Settings:
        """Return settings with some values replaced; None leaves a value as it is.

        Raises
        ------
        ValueError, TypeError
            If a name is no setting, or a value cannot be used.
        """
        names = [field.name for field in fields(self)]
        for name in given:
            if name not in names:
                raise ValueError(f"{name!r:.60} is no setting; there are {', '.join(names)}")
        new = {name: value for name, value in given.items() if value is not None}
        return replace(self, **new)  # type: ignore[arg-type]  # `Settings` checks every value

    def needs_new_weights(self, other: Settings) -> bool:
        """Whether a network with these settings needs other initial weights than with `other`."""
        return any(getattr(self, name) != getattr(other, name) for name in SHAPING)

    def trains_like(self, other: Settings) -> bool:
        """Whether a step of training is the same with these settings as with `other`."""
        return (self.corruption, self.penalties, self.learning_rate) == (
            other.corruption, other.penalties, other.learning_rate
        )  # fmt: skip

    def uses(self, name: str) -> bool:
        """Whether a setting has an effect on what is trained or shown."""
        return name != "strength" or self.kind in PENALTIES

    @property
    def corruption(self) -> GaussianNoise | None:
        """The slot `corruption` of the model."""
        return GaussianNoise(self.sigma) if self.kind == "denoising" else None

    @property
    def penalties(self) -> tuple[Penalty, ...]:
        """The slot `penalties` of the model."""
        penalty = PENALTIES.get(self.kind)
        return () if penalty is None else (penalty(self.strength),)

    def described(self) -> str:
        """Return the settings that matter in one line."""
        what = f"{self.kind}, {self.units} units, σ = {self.sigma:g}"
        return what + (f", λ = {self.strength:g}" if self.kind in PENALTIES else "")

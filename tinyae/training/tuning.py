"""The choices by which the vectorized core is adapted to a processor.

None of them changes what is computed, but the last digits of a result may depend on them. So `fit`
notes them in its history, and takes them as an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinyae.checks.numbers import settle, whole_number

FORMS = ("tanh", "exp")  # of a sigmoid, and of a hyperbolic tangent


@dataclass(frozen=True)
class Tuning:
    """How the vectorized core computes: `history.tuning` after `fit`, and `fit(tuning=...)`.

    Parameters
    ----------
    sigmoid : "tanh" for 1/2 + 1/2 tanh(a/2), or "exp" for 1/(1 + exp(-a)). Which is faster depends
        on the processor and on the version of NumPy. Results differ by rounding errors
    part_bytes : bytes of the part of a long vector that is processed at a time. All operations are
        done for one part before the next, so a part should fit into the cache
    tanh : "tanh" for NumPy's function, or "exp" for 1 - 2/(1 + exp(2a)) in long arrays. The error
        of the second is a rounding error of 1, so activations near 0 have fewer digits. It is never
        chosen for float32

    Raises
    ------
    ValueError
        If there is no such form, or if a part would have less than 64 bytes.
    """

    sigmoid: str
    part_bytes: int
    tanh: str = "tanh"

    def __post_init__(self) -> None:
        for name, form in (("sigmoid", self.sigmoid), ("tanh", self.tanh)):
            if not isinstance(form, str) or form not in FORMS:
                raise ValueError(f'{name} must be "tanh" or "exp", got {form!r:.60}')
        settle(self, "part_bytes", whole_number(self.part_bytes, "part_bytes", least=64))


def check_kind(tuning: Tuning | None) -> None:
    """Raise TypeError unless it is a `Tuning` or None."""
    if tuning is not None and not isinstance(tuning, Tuning):
        raise TypeError(
            f"tuning must be a Tuning, such as history.tuning, or None, got {tuning!r:.60}"
        )

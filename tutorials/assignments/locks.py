"""Hints that open only for the output of their mistake.

The handout may not list the usual mistakes with their hints, since a hint often says how it is
right. So each hint is locked with the rounded output of its mistake. Who makes the mistake has the
key. This hides the hints from reading by chance and protects nothing of value.

The handout has a copy of this file, so it imports nothing of the project.
"""

from __future__ import annotations

import base64
import hashlib

import numpy as np

DIGITS = 1e6  # numbers are told apart to about six digits of the largest


def key_of(check: str, arrays: tuple | None, failure: str = "") -> bytes:
    """Return the key of an output of a check: equal outputs up to rounding have one key.

    The scale and the steps of rounding are no round numbers, so that outputs of simple size do not
    stand on the border of two steps.
    """
    digest = hashlib.sha256(check.encode())
    digest.update(failure.encode())
    for array in arrays or ():
        array = np.asarray(array).astype(complex)
        digest.update(str(array.shape).encode())
        parts = np.stack([array.real, array.imag])
        finite = np.isfinite(parts)
        largest = np.abs(parts[finite]).max(initial=0.0)
        exponent = int(np.frexp(largest * 1.0371)[1]) if largest > 0 else 0
        digest.update(str(exponent).encode())
        steps = np.floor(np.ldexp(np.where(finite, parts, 0.0), -exponent) * DIGITS + 0.31416)
        kinds = np.where(finite, 0, np.where(np.isnan(parts), 1, np.where(parts > 0, 2, 3)))
        digest.update(steps.astype("<i8").tobytes() + kinds.astype("<i8").tobytes())
    return digest.digest()


def label(key: bytes) -> str:
    """Return the name under which a hint is stored; it does not tell the key."""
    return hashlib.sha256(b"label" + key).hexdigest()[:16]


def lock(text: str, key: bytes) -> str:
    """Return the text so that it can be read with the key only."""
    data = text.encode()
    return base64.b64encode(bytes(a ^ b for a, b in zip(data, _stream(key, len(data))))).decode()  # noqa: B905


def unlock(text: str, key: bytes) -> str:
    """Return what was locked with this key."""
    data = base64.b64decode(text)
    return bytes(a ^ b for a, b in zip(data, _stream(key, len(data)))).decode()  # noqa: B905


def _stream(key: bytes, length: int) -> bytes:
    blocks = (hashlib.sha256(key + i.to_bytes(4, "big")).digest() for i in range(length // 32 + 1))
    return b"".join(blocks)[:length]

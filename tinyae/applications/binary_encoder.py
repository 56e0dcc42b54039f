"""From rows of data to binary codes: the trained part of semantic hashing, and its files (14.9)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import tinyae.criterion
import tinyae.models
import tinyae.nn
import tinyae.training
from tinyae.applications.binary_codes import binary_codes
from tinyae.applications.scaling import Scaling, blocks_of
from tinyae.checks.arrays import real_array
from tinyae.files.archive_files import read_archive
from tinyae.files.classes import classes_in
from tinyae.files.object_files import check_class, object_in, write_object
from tinyae.files.paths import npz_path
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.structure import widths
from tinyae.text import fields_in_short

CODES = "codes"  # the name of the packed codes in a file


@dataclass(frozen=True, repr=False)
class BinaryEncoder:
    """Scaling, encoder and thresholds: a bit is 1 if its code unit is above its threshold.

    Attributes
    ----------
    scaling : of the columns of the data
    model : the trained autoencoder
    threshold : one number for each bit (bits,)
    """

    scaling: Scaling
    model: Autoencoder
    threshold: NDArray

    def __post_init__(self) -> None:
        d, bits = widths(self.model.encoder, "encoder")
        lengths = (len(self.scaling.shift), len(self.threshold))
        if lengths != (d, bits):
            raise ValueError(
                f"scaling and threshold have lengths {lengths}, expected {(d, bits)} of the encoder"
            )
        if not np.isfinite(self.threshold).all():
            raise ValueError("a threshold is NaN or infinite")

    def __repr__(self) -> str:
        return fields_in_short(self)

    @property
    def bits(self) -> int:
        """Length of a code."""
        return len(self.threshold)

    def transform(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes (m, bits) of the rows of X (m, d).

        Raises
        ------
        TypeError, ValueError
            If X is no table of d columns of the scaling's kind.
        """
        found = [
            binary_codes(self.model.encode(self.scaling.apply(block)), self.threshold)
            for block in blocks_of(real_array(X, "X"))
        ]
        return np.concatenate(found)


def write_encoder(
    path: str | os.PathLike, encoder: BinaryEncoder, more: dict, codes: NDArray[np.uint8]
) -> Path:
    """Write an encoder, more settings for JSON, and packed codes (n, bytes); return the path.

    ".npz" is appended to the path if it is missing. An existing file is replaced as a whole.

    Raises
    ------
    TypeError
        If the model of the encoder holds a function, which a file cannot hold.
    OSError
        If the folder does not exist or cannot be written to.
    """
    return write_object(path, encoder, KNOWN, more, {CODES: codes})


def read_encoder(
    path: str | os.PathLike, *others: type
) -> tuple[Any, dict[str, Any], NDArray[np.uint8]]:
    """Return (encoder, settings, packed codes) as `write_encoder` wrote them to `path`.

    The object may also be of one of the other classes, and there may be no codes: (0, 0).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file was not written so, is incomplete or altered, or has a newer format.
    """
    header, arrays = read_archive(path, "hash")
    known = KNOWN | {cls.__name__: cls for cls in others}
    try:
        check_class(header, "BinaryEncoder", *(cls.__name__ for cls in others))
        encoder = object_in(header, arrays, known, others=(CODES,))
    except ValueError as error:
        raise ValueError(f"{npz_path(path)} holds no hash: {error}") from error
    return encoder, header, arrays.get(CODES, np.empty((0, 0), np.uint8))


KNOWN = classes_in(
    tinyae.criterion,
    tinyae.models,
    tinyae.nn,
    tinyae.training,
    parts=(BinaryEncoder, Scaling),
)

"""From rows of data to binary codes: the trained part of semantic hashing, and its files (14.9)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.applications.binary_codes import binary_codes
from tinyae.applications.scaling import KINDS, Scaling, blocks_of
from tinyae.applications.vector_files import read_vectors, write_vectors
from tinyae.checks.arrays import real_array
from tinyae.files.paths import check_file, npz_path
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.structure import widths
from tinyae.persistence.header import build, describe
from tinyae.text import fields_in_short

FORMAT, VERSION = "tinyae hash", 1
VECTORS = ("theta", "shift", "scale", "threshold")  # of an encoder, in the order of the file


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

    def __repr__(self):
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

    def state(self) -> tuple[dict, dict[str, NDArray]]:
        """Return a description for JSON and the arrays `VECTORS`."""
        vectors = (self.model.theta, self.scaling.shift, self.scaling.scale, self.threshold)
        description = {"kind": self.scaling.kind, "model": describe(self.model)}
        return description, dict(zip(VECTORS, vectors, strict=True))

    @staticmethod
    def from_state(description: dict, vectors: dict[str, NDArray]) -> BinaryEncoder:
        """Return the encoder of which `state` gave this description and these arrays.

        Raises
        ------
        Exception
            Of any kind, if the description does not describe an encoder.
        ValueError
            If the arrays do not fit the description or hold numbers that are not finite.
        """
        theta, shift, scale, threshold = (vectors[name] for name in VECTORS)
        model = build(description["model"], theta.dtype.newbyteorder("<").str, len(theta))
        d, bits = widths(model.encoder, "encoder")
        lengths = (len(shift), len(scale), len(threshold))
        if lengths != (d, d, bits):
            raise ValueError(f"its vectors have lengths {lengths}, expected {(d, d, bits)}")
        if description["kind"] not in KINDS:
            raise ValueError(f"its kind of data is {description['kind']!r:.60}")
        if not all(np.isfinite(vectors[name]).all() for name in VECTORS) or scale.min() <= 0:
            raise ValueError("it has numbers that are NaN, infinite or no scale")
        model.theta[...] = theta
        return BinaryEncoder(Scaling(description["kind"], shift, scale), model, threshold)


def write_encoder(
    path: str | os.PathLike, encoder: BinaryEncoder, more: dict, codes: NDArray[np.uint8]
) -> Path:
    """Write an encoder, more settings for JSON, and packed codes (n, bytes); return the path.

    ".npz" is appended to the path if it is missing. An existing file is replaced as a whole.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to.
    """
    path = npz_path(path)
    description, vectors = encoder.state()
    text = {"format": FORMAT, "version": VERSION, "encoder": description, **more}
    write_vectors(path, json.dumps(text), {**vectors, "codes": codes.reshape(-1)})
    return path


def read_encoder(path: str | os.PathLike) -> tuple[BinaryEncoder, dict, NDArray[np.uint8]]:
    """Return what `write_encoder` wrote to `path`: encoder, settings and packed codes (n, bytes).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file was not written by it, is incomplete or altered, or has a newer version.
    """
    given, path = path, npz_path(path)
    check_file(given, path, "hash")
    try:
        text, vectors = read_vectors(path, (*VECTORS, "codes"))
        header = json.loads(text)
        if header["format"] != FORMAT or header["version"] != VERSION:
            raise ValueError(f"it has version {header['version']!r}; this tinyae reads {VERSION}")
        encoder = BinaryEncoder.from_state(header["encoder"], vectors)
        codes = vectors["codes"].reshape(-1, -(-encoder.bits // 8))
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a wrong text can cause any exception
        reason = error if isinstance(error, ValueError) else repr(error)
        raise ValueError(f"{path} is not a whole hash file of tinyae: {reason}") from error
    return encoder, header, codes

"""Codes packed into machine words, and the Hamming distance between them (14.9).

A code of up to 64 bits is one word of 8, 16, 32 or 64 bits, the smallest that holds it. A longer
code takes several words of 64 bits. Bit j of the code is bit j mod 64 of word j // 64, and the rest
of the last word is zero. An array of packed codes has the shape (words, n): the first words of all
codes are contiguous, then the second words.

The Hamming distance of two codes is the number of bits in which they differ. It is the number of
ones in a XOR b, which processors count for a whole word at a time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ONES = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)
PACKED = 1 << 22  # entries that are packed or unpacked at a time


def word_dtype(bits: int) -> np.dtype:
    """Return the unsigned dtype of the words that hold codes of so many bits."""
    size = next((size for size in (1, 2, 4, 8) if bits <= 8 * size), 8)
    return np.dtype(f"u{size}")


def words_for(bits: int) -> int:
    """Return how many words a code of so many bits takes."""
    return -(-bits // (8 * word_dtype(bits).itemsize))


def pack(codes: NDArray) -> NDArray:
    """Return the codes (n, bits), whose entries are 0 and 1, as packed codes (words, n)."""
    n, bits = codes.shape
    dtype, words = word_dtype(bits), words_for(bits)
    packed = np.empty((words, n), dtype)
    step = max(1, PACKED // bits)
    for start in range(0, n, step):
        block = codes[start : start + step]
        padded = np.zeros((len(block), words * dtype.itemsize), np.uint8)
        found = np.packbits(block != 0, axis=1, bitorder="little")
        padded[:, : found.shape[1]] = found
        packed[:, start : start + step] = padded.view(dtype.newbyteorder("<")).T
    return packed


def unpack(packed: NDArray, bits: int) -> NDArray[np.bool_]:
    """Return packed codes (words, n) as booleans (n, bits)."""
    n = packed.shape[1]
    codes = np.empty((n, bits), np.bool_)
    step = max(1, PACKED // bits)
    for start in range(0, n, step):
        block = np.ascontiguousarray(packed[:, start : start + step].T)
        octets = block.astype(block.dtype.newbyteorder("<"), copy=False).view(np.uint8)
        codes[start : start + step] = np.unpackbits(octets, axis=1, count=bits, bitorder="little")
    return codes


def distance_dtype(bits: int) -> np.dtype:
    """Return the smallest unsigned dtype that holds bits + 1, which no distance reaches."""
    return np.min_scalar_type(bits + 1)


def distances(a: NDArray, b: NDArray, out: NDArray, scratch: tuple[NDArray, NDArray]) -> NDArray:
    """Write the Hamming distances between packed codes into `out` and return it.

    Parameters
    ----------
    a, b : packed codes (words, …), whose shapes after the first axis broadcast to that of `out`
    out : array of `distance_dtype`
    scratch : (differences, counts), arrays with the shape of `out`, of the words' dtype and of
        uint8; their contents are overwritten
    """
    differences, counts = scratch
    if len(a) == 1 and out.itemsize == 1:
        return count_ones(np.bitwise_xor(a[0], b[0], out=differences), out)
    out.fill(0)
    for word_a, word_b in zip(a, b, strict=True):
        np.bitwise_xor(word_a, word_b, out=differences)
        np.add(out, count_ones(differences, counts), out=out)
    return out


def scratch_for(shape: tuple[int, ...], packed: NDArray, bits: int) -> tuple:
    """Return new arrays (out, scratch) for `distances` of this shape between such codes."""
    out = np.empty(shape, distance_dtype(bits))
    return out, (np.empty(shape, packed.dtype), np.empty(shape, np.uint8))


def _by_bytes(words: NDArray, out: NDArray) -> NDArray:
    """Write the number of ones in each contiguous word into `out`, by a table of all bytes."""
    octets = words.view(np.uint8).reshape(*words.shape, words.itemsize)
    return np.add.reduce(ONES[octets], axis=-1, dtype=np.uint8, out=out)


# NumPy has counted ones itself since version 2.
count_ones = getattr(np, "bitwise_count", _by_bytes)

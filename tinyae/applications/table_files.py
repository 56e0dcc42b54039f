"""Hash tables in files: what a table consists of, and whether that can be right (14.9).

A file holds the packed codes, the first words of all codes first, the number of bits, and the
sorted numbers of the codes that were removed. It is written by `tinyae.files`, where every array
begins at a multiple of 64 bytes. So the codes can be mapped into memory and used as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.code_store import CodeStore
from tinyae.applications.packed_codes import word_dtype, words_for

CODES = "code_words"  # the name of the packed codes
MOST_BITS = 1 << 20  # of a code in a file
FIRST_FORMAT = "tinyae hash table"  # in the header of files of version 1


def state_of(store: CodeStore) -> dict[str, object]:
    """Return the bits, the packed codes and the numbers of the removed codes by name."""
    return {"bits": store.bits, CODES: store.packed, "removed": store.removed.astype(np.int64)}


def store_of(state: dict[str, object]) -> CodeStore:
    """Return the codes of which `state_of` gave this state, which may be wrong.

    Raises
    ------
    ValueError
        If the parts do not fit together.
    """
    if state.keys() != {"bits", CODES, "removed"}:
        raise ValueError(f"a hash table has bits, {CODES} and removed, not {', '.join(state)}")
    bits, words, removed = state["bits"], state[CODES], state["removed"]
    if type(bits) is not int or not 1 <= bits <= MOST_BITS:
        raise ValueError(f"a code has {bits!r:.20} bits")
    if not isinstance(words, np.ndarray) or words.ndim != 2 or not words.shape[1]:
        raise ValueError("there are no codes")
    if words.dtype != word_dtype(bits) or len(words) != words_for(bits):
        raise ValueError(
            f"codes of {bits} bits are {words_for(bits)} words {word_dtype(bits)}, "
            f"got {len(words)} words {words.dtype}"
        )
    count = words.shape[1]
    if not isinstance(removed, np.ndarray) or removed.dtype != np.int64 or removed.ndim != 1:
        raise ValueError("the numbers of the removed codes are no vector of integers")
    if len(removed) and (removed[0] < 0 or removed[-1] >= count or (np.diff(removed) <= 0).any()):
        raise ValueError("the numbers of the removed codes do not rise from 0 to that of the codes")
    words = words.astype(words.dtype.newbyteorder("="), copy=False)
    return CodeStore(words, bits, removed.astype(np.intp))


def state_in_first_format(header: dict, arrays: dict[str, NDArray]) -> dict[str, object]:
    """Return the state in a file of format version 1, whose packed codes were one vector.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    bits, count = header.get("bits"), header.get("count")
    if header.get("format") != FIRST_FORMAT or arrays.keys() != {CODES, "removed"}:
        raise ValueError(f"it holds {', '.join(sorted(arrays)) or 'nothing'}, no hash table")
    if type(count) is not int or count < 1 or arrays[CODES].size % count:
        raise ValueError(f"it claims {count!r:.20} codes")
    return {"bits": bits, CODES: arrays[CODES].reshape(-1, count), "removed": arrays["removed"]}

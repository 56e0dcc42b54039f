"""What people give as an array: the columns of the table of inputs.

`array_kinds(value)` yields (kind, given, meant): what is given in the place of a valid array, and
the plain float64 array that it means, or None where it means no array of real numbers.
"""

import array as plain_arrays
import tempfile
from collections import UserList, deque
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np

from tinyae import Autoencoder, Linear, Weights

FOLDER = Path(tempfile.mkdtemp(prefix="tinyae-inputs-"))


class Loader:
    """Hands out batches in turn."""

    def __init__(self, x):
        self.x = x

    def __iter__(self):
        return iter([self.x])

    def __len__(self):
        return 1


class Dataset(Loader):
    """Is asked for one example at a time."""

    def __getitem__(self, i):
        return self.x[i], 0


class Elsewhere:
    """A tensor that lives on another device."""

    def __init__(self, x):
        self.x, self.shape, self.ndim, self.dtype = x, x.shape, x.ndim, x.dtype

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("it lives on another device")


class Wrapped:
    """Is no array, but says which array it stands for."""

    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return self.x.astype(dtype) if dtype else self.x.copy()

    def __len__(self):
        return len(self.x)


class OwnArray(np.ndarray):
    """An array of a class of one's own, which multiplies in another way."""

    def __matmul__(self, other):
        return np.asarray(self) @ other + 1.0


class Sparse:
    """Stands in for SciPy's matrices where SciPy is missing."""

    def __init__(self, x):
        self.x, self.shape, self.ndim, self.dtype = x, x.shape, x.ndim, x.dtype

    def toarray(self):
        return self.x

    def __len__(self):
        raise TypeError("sparse array length is ambiguous")


def _read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def _mapped(x):
    path = FOLDER / f"{x.shape}.npy"
    np.save(path, x)
    return np.load(path, mmap_mode="r")


def _masked(x, count):
    mask = np.zeros(x.shape, bool)
    mask.flat[:count] = True
    return np.ma.masked_array(x.copy(), mask)


def _with(x, value):
    """Return x with this value in the middle, as an array of objects unless it is a float."""
    x = x.astype(None if isinstance(value, float) else object)
    one = np.empty(1, object)
    one[0] = value
    x.flat[x.size // 2 : x.size // 2 + 1] = one
    return x


def _beyond(x):
    """Return x with a number that is infinite in float64, or NaN where longdouble is float64."""
    x = x.astype(np.longdouble)
    x.flat[0] = np.finfo(np.longdouble).max if np.finfo(np.longdouble).max > 1e308 else np.nan
    return x


def same_numbers(x):
    """Yield what means exactly x."""
    yield "list", x.tolist()
    yield "tuple of arrays", [*x]
    yield "columns first", np.asfortranarray(x)
    yield "every other", np.repeat(x, 2, axis=-1)[..., ::2]
    yield "backwards", np.ascontiguousarray(x[::-1])[::-1]
    yield "big-endian", x.astype(">f8")
    yield "longdouble", x.astype(np.longdouble)
    yield "read-only", _read_only(x)
    yield "memory-mapped", _mapped(x)
    yield "nothing masked", _masked(x, 0)
    yield "objects", x.astype(object)
    yield "fractions", np.vectorize(Fraction, otypes=[object])(x)
    yield "decimals", np.vectorize(Decimal, otypes=[object])(x)
    yield "deque", deque(x.tolist())
    yield "user list", UserList(x.tolist())
    yield "array-like", Wrapped(x.copy())
    yield "own array", x.copy().view(OwnArray)
    yield "without an axis of one", x.reshape(*x.shape, 1)[..., 0]
    if x.ndim == 1:
        yield "array.array", plain_arrays.array("d", x)
    if x.ndim == 2:
        yield "matrix", np.array(x).view(np.matrix)


def other_libraries(x):
    """Yield what means exactly x in the libraries that are installed."""
    try:
        import torch

        yield "tensor", torch.tensor(x)
    except ImportError:
        pass
    try:
        import pandas
    except ImportError:
        return
    if x.ndim == 2:
        yield "data frame", pandas.DataFrame(x)
        yield "data frame of nullable numbers", pandas.DataFrame(x).convert_dtypes()
    if x.ndim == 1:
        yield "series", pandas.Series(x)


def near_numbers(x):
    """Yield (kind, given): other dtypes, which mean their own numbers."""
    for name in ("float32", "float16", "int64", "int8", "uint8", "bool"):
        yield name, np.round(x).astype(name) if name[0] in "iub" else x.astype(name)


def no_numbers(x):
    """Yield what means no array of real numbers."""
    yield "masked", _masked(x, 1)
    yield "all masked", _masked(x, x.size)
    yield "sparse stand-in", Sparse(x)
    yield "generator", (row for row in x)
    yield "map", map(np.asarray, x)
    yield "loader", Loader(x)
    yield "data set", Dataset(x)
    yield "dict", {"data": x}
    yield "set", {1.0, 2.0}
    yield "file name", "train.csv"
    yield "path", Path("train.npy")
    yield "bytes", b"\x00\x01\x02\x03"
    yield "None inside", _with(x, None)
    yield "text inside", _with(x, "a")
    yield "dict inside", _with(x, {})
    yield "beyond float64", _with(x, 10**400)
    yield "digits as text", x.astype(str)
    yield "digits as bytes", x.astype("S")
    yield "dates", np.round(x).astype("M8[D]")
    yield "spans", np.round(x).astype("m8[s]")
    yield "complex", x + 0.5j
    yield "records", np.zeros(x.shape, [("a", float), ("b", int)])
    yield "NaN", _with(x, np.nan)
    yield "infinite", _with(x, np.inf)
    yield "minus infinite", _with(x, -np.inf)
    yield "ragged", [[1.0, 2.0], [3.0]]
    yield "empty list", []
    yield "list of an empty list", [[]]
    yield "file name inside a list", ["train.csv"]
    yield "frozen set", frozenset({1.0})
    yield "iterator", iter(x.tolist())
    yield "zip", zip(x.tolist(), x.tolist(), strict=True)
    yield "masked constant", np.ma.masked
    yield "void", np.zeros(x.shape, "V8")
    yield "record array", np.rec.array(np.zeros(x.shape, [("a", float)]))
    yield "NaT inside", _with(x, np.datetime64("NaT"))
    yield "complex inside", _with(x.astype(object), 1j)
    yield "array inside", _with(x, np.zeros(2))
    yield "beyond float64 in longdouble", _beyond(x)

    yield "ellipsis", ...
    yield "function", no_numbers
    yield "class", Loader
    yield "object", object()
    yield "tensor elsewhere", Elsewhere(x)
    yield "model", Autoencoder.dense((x.shape[-1], 2))
    yield "layer", Linear(x.shape[-1], 2, rng=0)
    yield "weights object", Weights(np.full(len(x), 0.5))
    yield "sparse rows", [Sparse(row) for row in x]
    yield "tuple of one and labels", (x, None)
    yield "one axis more", x[None]
    if x.ndim > 1:
        yield "list of unequal arrays", [x[:2], x[:2, ..., 0]]
        yield "one axis fewer", x[0]
    yield "no rows", x[:0]
    yield "no columns", x[..., :0]
    yield "0-d", np.array(0.5)
    yield "number", 0.5


def no_numbers_of_libraries(x):
    """Yield what means no array of real numbers, of the libraries that are installed."""
    try:
        import scipy.sparse

        if x.ndim == 2:
            yield "csr matrix", scipy.sparse.csr_matrix(x)
            yield "coo array", scipy.sparse.coo_array(x)
    except ImportError:
        pass
    try:
        import torch

        yield "tensor with gradient", torch.tensor(x.astype(float), requires_grad=True)
        yield "sparse tensor", torch.tensor(x).to_sparse()
        yield "half tensor", torch.tensor(x, dtype=torch.bfloat16)
    except ImportError:
        pass
    try:
        import pandas
    except ImportError:
        return
    if x.ndim == 2:
        frame = pandas.DataFrame(x, columns=[f"c{i}" for i in range(x.shape[1])])
        yield "data frame with text", frame.assign(c0="a")
        yield "data frame with dates", frame.assign(c0=pandas.Timestamp("2020"))
        yield "data frame with gaps", frame.assign(c0=pandas.array([None] * len(x), dtype="Int64"))
        yield "data frame of categories", frame.assign(c0=pandas.Categorical(["a"] * len(x)))


def far_numbers(x):
    """Yield numbers whose squares leave float64: they may be refused, never spoil a result."""
    for scale in (1e155, 1e300, 1e-170, 1e-310):
        yield f"{scale:g}", x * scale
    yield "one 1e200", _with(x, 1e200)
    yield "smallest above 0", np.full(x.shape, 5e-324)
    yield "largest", np.full(x.shape, np.finfo(float).max)
    yield "unsigned 2^64 - 1", np.full(x.shape, 2**64 - 1, np.uint64)
    yield "ints beyond int64", np.full(x.shape, 2**70, object)


def odd_numbers(x):
    """Yield arrays of ordinary numbers from which little can be learned."""
    yield "zeros", np.zeros(x.shape)
    yield "negative zeros", np.full(x.shape, -0.0)
    yield "all equal", np.full(x.shape, x.flat[0])
    yield "negative", -1.0 - x
    yield "far from 0", x + 1e8
    yield "first row only", x[:1]
    yield "two rows", x[:2]
    yield "one row repeated", np.repeat(x[:1], len(x), axis=0)
    if x.ndim > 1:
        yield "first column only", x[..., :1]
        yield "one column more", np.concatenate([x, x[..., :1]], axis=-1)
        constant = x.copy()
        constant[..., 0] = 1.0
        yield "a constant column", constant


def array_kinds(x, optional):
    """Yield (kind, given, meant); `meant` is None for what is to be refused, "far" for far ones."""
    x = np.ascontiguousarray(x)
    for kind, given in (*same_numbers(x), *other_libraries(x)):
        yield kind, given, x
    for kind, given in near_numbers(x):
        yield kind, given, given.astype(x.dtype)
    for kind, given in (*no_numbers(x), *no_numbers_of_libraries(x)):
        yield kind, given, None
    if not optional:
        yield "None", None, None
    for kind, given in (*far_numbers(x), *odd_numbers(x)):
        yield kind, given, "far"

"""What is given as an array: read where its meaning is plain, otherwise named with the way out."""

import array as plain_arrays
import inspect
from collections import UserList, deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from tinyae import L1, SGD, Autoencoder, Classifier, MaskingNoise, fit
from tinyae.checks.arrays import real_array
from tinyae.checks.callers import warn_caller
from tinyae.checks.numbers import real_number, takes
from tinyae.checks.tables import shaped, table
from tinyae.models import PersistentContrastiveDivergence

X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])
MASKED = np.ma.masked_equal(X, 4.0)
LISTS = X.tolist()


class Loader:
    """Hands out batches, as the loaders of other libraries do."""

    def __iter__(self):
        return iter([X])

    def __len__(self):
        return 1


class Tensor:
    """Refuses to become an array, as a tensor on another device does."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("it lives on another device")


class Csr:
    """Looks like SciPy's sparse matrices."""

    def toarray(self):
        return X


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def memory_mapped(x, folder):
    np.save(folder / "x.npy", x)
    return np.load(folder / "x.npy", mmap_mode="r")


SAME = {
    "itself": X,
    "list": LISTS,
    "tuple of tuples": tuple(map(tuple, LISTS)),
    "list of arrays": list(X),
    "integers": X.astype(int),
    "bytes": X.astype(np.uint8),
    "half": X.astype(np.float16),
    "long": X.astype(np.longdouble),
    "big-endian": X.astype(">f8"),
    "columns first": np.asfortranarray(X),
    "every other": np.repeat(X, 2, axis=1)[:, ::2],
    "backwards": X[::-1][::-1],
    "read-only": read_only(X),
    "matrix": X.view(np.ndarray).copy().view(np.matrix) if hasattr(np, "matrix") else X,
    "nothing masked": np.ma.masked_equal(X, -1.0),
    "objects": X.astype(object),
    "fractions": [[Fraction(v) for v in row] for row in LISTS],
    "decimals": [[Decimal(v) for v in row] for row in LISTS],
    "list of plain arrays": [plain_arrays.array("d", row) for row in LISTS],
    "user list": UserList(LISTS),
    "deque": deque(LISTS),
}

REFUSED = {
    "masked": (MASKED, ValueError, r"1 masked entries of 6.*x\.filled"),
    "list of masked rows": (list(MASKED), ValueError, "masked"),
    "sparse": (Csr(), TypeError, r"sparse \(Csr\).*x\.toarray\(\)"),
    "list of sparse rows": ([Csr(), Csr()], TypeError, "sparse rows"),
    "generator": ((row for row in X), TypeError, r"generator.*np\.array\(list\(rows\)\)"),
    "map": (map(list, X), TypeError, "a map, which can be read only once"),
    "loader": (Loader(), TypeError, "a Loader, which gives its items one by one"),
    "set": ({1.0, 2.0}, TypeError, "in no fixed order"),
    "dict": ({"data": X}, TypeError, "a dict of 'data'; pass one of its arrays"),
    "file name": ("train.csv", TypeError, "the string 'train.csv'.*np.load"),
    "None": (None, TypeError, "got None"),
    "function": (np.sin, TypeError, "of type ufunc"),
    "class": (Loader, TypeError, "the class Loader"),
    "tensor elsewhere": (Tensor(), TypeError, r"detach\(\)\.cpu\(\)\.numpy\(\)"),
    "ragged": ([[1, 2], [3]], ValueError, "row 0 has 2 entries, row 1 has 1"),
    "deeper ragged": ([[1, [2]], [3, 4]], ValueError, "rows of equal length"),
    "list of two tables": ([X, X[:, 0]], ValueError, "round brackets"),
    "missing": ([[1, None], [2, 3]], TypeError, r"None of type NoneType at \[0, 1\]; fill"),
    "objects": ([[1, X], [2, 3]], (TypeError, ValueError), "x must"),
    "text": ([["1", "2"]], TypeError, r"text, such as '1'; .*dtype=float"),
    "bytes of text": (np.array([[b"1"]]), TypeError, "text"),
    "dates": (X.astype("M8[D]"), TypeError, r"dates or spans.*timedelta64"),
    "spans": (X.astype("m8[s]"), TypeError, "dates or spans"),
    "complex": (X + 0.5j, TypeError, r"complex128.*x\.real"),
    "records": (np.zeros(3, [("a", float), ("b", int)]), TypeError, "the fields a, b"),
    "huge whole": ([[10**400, 1]], ValueError, "beyond float64"),
    "one number": (3.0, ValueError, "the single number 3.0"),
    "one axis": (X[0], ValueError, r"x\[None, :\]"),
    "three axes": (X[None], ValueError, "reshape"),
    "empty": (X[:0], ValueError, "empty"),
    "NaN": (X * np.where(X == 4, np.nan, 1), ValueError, "1 entries.*row 1, column 1"),
    "infinite": (X * np.where(X == 4, np.inf, 1), ValueError, "NaN or infinite"),
    "minus infinite": (X * np.where(X == 4, -np.inf, 1), ValueError, "NaN or infinite"),
    "long 1e400": (X.astype(np.longdouble) * np.longdouble("1e400"), ValueError, "beyond|infinite"),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_numbers_come_out(name):
    for dtype in (np.float32, np.float64):
        got = table(SAME[name], "x", dtype=dtype)
        np.testing.assert_array_equal(got, X)
        assert type(got) is np.ndarray
        assert got.dtype == dtype
        assert got.dtype.isnative


@pytest.mark.parametrize("name", REFUSED)
def test_what_came_is_named(name):
    values, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as caught:
        table(values, "x", dtype=np.float64)
    assert str(caught.value).startswith("x ")


def test_a_memory_mapped_array_is_not_copied(tmp_path):
    x = memory_mapped(X, tmp_path)
    assert np.shares_memory(table(x, "x", dtype=np.float64), x)


def test_scipys_sparse_and_pandas_and_torch():
    sparse = pytest.importorskip("scipy.sparse")
    for made in (sparse.csr_matrix(X), sparse.coo_array(X)):
        with pytest.raises(TypeError, match=r"x\.toarray\(\)"):
            real_array(made, "x")


def test_data_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b"])
    np.testing.assert_array_equal(real_array(frame, "x"), X)
    mixed = frame.assign(c=[True, False, True])
    np.testing.assert_array_equal(real_array(mixed, "x")[:, 2], [1, 0, 1])
    with pytest.raises(TypeError, match="column 'c' of the DataFrame"):
        real_array(frame.assign(c=["u", "v", "w"]), "x")
    with pytest.raises(TypeError, match="column 'c'.*datetime64"):
        real_array(frame.assign(c=pandas.to_datetime(["2020", "2021", "2022"])), "x")
    missing = frame.assign(c=pandas.array([1, None, 3], dtype="Int64"))
    with pytest.raises(ValueError, match="1 entries that are NaN.*row 1, column 2"):
        table(missing, "x", dtype=np.float64)
    np.testing.assert_array_equal(real_array(frame["a"], "x"), X[:, 0])


def test_tensors():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(X)
    np.testing.assert_array_equal(real_array(tensor, "x"), X)
    for made in (tensor.requires_grad_(), torch.tensor(X, dtype=torch.bfloat16),
                 torch.tensor(X).to_sparse()):  # fmt: skip
        with pytest.raises(TypeError, match=r"detach\(\)\.cpu\(\)\.numpy\(\)"):
            real_array(made, "x")


def test_shaped():
    np.testing.assert_array_equal(shaped(LISTS, "C", (3, 2)), X)
    np.testing.assert_array_equal(shaped(LISTS, "C", (None, 2)), X)
    with pytest.raises(ValueError, match=r"C must have shape \(2, any length\), got \(3, 2\)"):
        shaped(X, "C", (2, None))
    with pytest.raises(ValueError, match=r"w must have shape \(3,\), got \(3, 1\)"):
        shaped(X[:, :1], "w", (3,))
    with pytest.raises(ValueError, match="at index 1, 0, 1"):
        shaped([[[1, 2]], [[3, np.inf]]], "C", (2, 1, 2))


def test_rows_that_belong_together_are_given_in_round_brackets():
    model, labels = Autoencoder.dense((2, 1), head=Classifier(3)), np.arange(3)
    for wrong in ([X, labels], [X, X]):
        with pytest.raises(TypeError, match="list of 2 arrays.*round brackets"):
            fit(model, wrong)
    with pytest.raises(ValueError, match="array 1 of X must be an array with a row"):
        fit(model, (X, 3))
    assert len(fit(model, (X, labels), epochs=1).loss) == 1


def test_a_mask_is_found_wherever_it_is():
    with pytest.raises(ValueError, match="array 0 of X has 1 masked"):
        fit(Autoencoder.dense((2, 1), head=Classifier(3)), (MASKED, np.arange(3)))
    with pytest.raises(ValueError, match="validation has 1 masked"):
        fit(Autoencoder.dense((2, 1)), X, validation=MASKED)


def test_settings_keep_plain_numbers():
    half = Fraction(1, 2)
    for made in (L1(half).lam, MaskingNoise(np.float32(0.5)).fraction, SGD(0.1, half).momentum):
        assert type(made) is float
        assert made == 0.5
    assert type(PersistentContrastiveDivergence(np.uint8(2)).steps) is int
    assert repr(L1(1)) == "L1(lam=1)"


def test_numbers_whose_squares_leave_the_dtype_are_refused_where_they_are_squared():
    assert table(X * 1e150, "x", dtype=np.float64, squared=True)[0, 0] == 1e150
    for dtype, scale in ((np.float64, 1e155), (np.float32, 1e25)):
        assert np.isfinite(table(X * scale, "x", dtype=dtype)).all()
        with pytest.raises(ValueError, match="squares go beyond float"):
            table(X * scale, "x", dtype=dtype, squared=True)
    for value in (1e155, 1e-170):
        with pytest.raises(ValueError, match="sigma = .* is too far from 1"):
            real_number(value, "sigma", low=0.0, open_low=True, squared=True)


def test_what_is_no_dtype_is_refused():
    for wrong in (None, 3, "no", object(), [np.float32]):
        with pytest.raises((TypeError, ValueError), match="dtype must be float32 or float64"):
            Autoencoder.dense((3, 2)).astype(wrong)
    assert Autoencoder.dense((3, 2)).astype("float32").dtype == np.float32
    assert Autoencoder.dense((3, 2)).astype(complex).theta.dtype == np.complex128


def test_long_floats():
    x = X.astype(np.longdouble)
    assert real_array(x, "X").dtype == np.float64 and np.array_equal(real_array(x, "X"), X)
    assert np.isinf(real_array(x + np.inf, "X")).all(), "what is infinite is judged by the caller"
    if np.finfo(np.longdouble).max > np.finfo(np.float64).max:
        with pytest.raises(ValueError, match="X has numbers beyond float64; rescale them"):
            real_array(x * (np.finfo(np.longdouble).max / 10), "X")


def test_sums_of_entries_must_be_finite():
    with pytest.raises(ValueError, match="whose sums go beyond float64"):
        table(X * 1e307, "X", dtype=np.float64)
    with pytest.raises(ValueError, match="whose squares go beyond float64"):
        table(X * 1e200, "X", dtype=np.float64, squared=True)
    with pytest.raises(ValueError, match="entries beyond float32"):
        table(X * 1e200, "X", dtype=np.float32)
    assert table(X * 1e300, "X", dtype=np.float64).max() == 7e300


def test_a_function_without_a_signature_is_believed():
    assert takes(lambda a, b: a, 2) and not takes(lambda a, b: a, 1)
    with pytest.raises(ValueError, match="no signature found"):
        inspect.signature(max)
    assert takes(max, 1) and takes(max, 3)


def test_text_without_entries_is_described_without_an_example():
    with pytest.raises(TypeError, match="x must hold real numbers, got text; if it means numbers"):
        real_array(np.array([], dtype=str), "x")


def test_a_warning_names_the_line_outside_of_the_library():
    with pytest.warns(UserWarning, match="said") as said:
        warn_caller("said")
    assert said[0].filename == __file__
    with pytest.warns(UserWarning, match="said"):  # from code that belongs to no module
        exec('warn("said")', {"warn": warn_caller})


def test_several_arrays_in_a_list_are_described():
    """What stands first differs from what stands second, and numbers are among them."""
    with pytest.raises(ValueError, match=r"x is a list of 3 arrays: \(2, 3\), \(2,\), int; to"):
        real_array([np.ones((2, 3)), np.ones(2), 5], "x")
    with pytest.raises(ValueError, match=r"x is a tuple of 2 arrays: \(2, 3\), \(3, 3\); a single"):
        real_array((np.ones((2, 3)), np.ones((3, 3))), "x")

"""Judge one call of the table of inputs: right, clearly refused, or which kind of fault."""

import inspect
import linecache
import re
import traceback
import warnings
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np

import tinyae
from tinyae import Model
from tinyae.checks.estimator import Estimator
from tinyae.nn.layers import Layer
from tinyae.nn.structure import leaves
from tinyae.training import DivergenceError

HOME = str(Path(tinyae.__file__).parent)
RIGHT, REFUSED = "right", "clear refusal"
CONFUSING, ACCEPTED, SILENT = "confusing error", "invalid accepted", "silent NaN"
WRONG, CHANGED = "wrong result", "input changed"
FAULTS = (CONFUSING, ACCEPTED, SILENT, WRONG, CHANGED)

# Words of NumPy's and Python's own complaints, which say nothing about what was given.
LEAKS = (
    "inhomogeneous", "ufunc", "broadcast", "has no attribute", "not supported between", "to unpack",
    "operand", "truth value", "setting an array element", "could not convert", "not iterable",
    "not subscriptable", "cannot be interpreted", "unhashable", "has no len",
)  # fmt: skip


# What means an array or a number to this function after all, (method or function, argument, kind).
PLAIN = {
    ("as_images", "x", "one axis more"),  # pictures bring their shape along
    ("CategoricalOutput", "groups", "[1]"),
    ("Softmax", "groups", "[1]"),
    ("stack", "epochs", "[1]"),  # one for each level
    ("dead_leaves", "radii", "array"),
    ("binary_codes", "threshold", "0-d"),
    ("similar_pairs", "labels", "digits as text"),  # texts are labels too
    ("binary_codes", "threshold", "number"),
    ("dense", "weights", "array"),
    ("add", "codes", "no rows"),  # to a hash table, as a lookup may find nothing
    ("lookup", "query", "no rows"),
    ("lookup_distances", "queries", "no rows"),
    ("lookup_pairs", "queries", "no rows"),
    ("nearest", "query", "no rows"),
    ("remove", "indices", "no rows"),
    ("remove", "indices", "no columns"),
    ("lookup", "query", "one axis fewer"),  # one query
    ("nearest", "query", "one axis fewer"),
    ("RecurrentDenoiser", "weights", "array"),
    ("fit", "checkpoint", "no"),  # a path
    ("fit", "hidden", "[1]"),  # of a SemanticHash
    ("fit", "validation", "number"),
    ("fit", "weights", "weights object"),
    ("minimize", "options", "dict"),
    ("minimize", "weights", "weights object"),
    ("patches", "images", "generator"),
    ("patches", "images", "map"),
    ("reconstructions", "X", "model"),  # the model first, whose rows are then the pictures
    ("reconstructions", "R", "dict"),
    ("reconstructions", "R", "model"),
    ("reconstructions", "R", "one axis more"),
    ("roll_length", "t", "0-d"),
    ("roll_length", "t", "number"),
    ("roll_length", "t", "one axis more"),
    ("roll_length", "t", "no rows"),
    ("roll_length", "t", "no columns"),
    ("rotations", "angles", "0-d"),
    ("rotations", "angles", "number"),
    ("turning_digit", "angles", "0-d"),
    ("turning_digit", "angles", "number"),
}
PLAIN |= {
    (method, name, kind)
    for method, name in (("roll_length", "t"), ("remove", "indices"))
    for kind in ("empty list", "list of an empty list")
}
PLAIN |= {("patches", "images", kind) for kind in ("iterator", "zip")}
PLAIN |= {  # of a relation between entries that exist
    ("SameLabel", name, kind)
    for name in ("labels", "query_labels")
    for kind in ("first row only", "two rows")
}
PLAIN |= {  # NaN, where there is no variance of which a share can be kept
    ("explained", "X", kind)
    for kind in ("1e-170", "1e-310", "smallest above 0", "zeros", "negative zeros", "all equal",
                 "first row only", "one row repeated")
}  # fmt: skip
WORDS = ("title", "ylabel", "text", "part", "note")  # any text will do
# Noise and draws are made entry by entry, on the way of training, in the dtype of what came.
BY_ENTRY = ("corrupt", "sample")
FORMS = {
    "NaN",
    "infinite",
    "minus infinite",
    "one axis more",
    "one axis fewer",
    "no rows",
    "no columns",
    "empty list",
    "list of an empty list",
    "0-d",
    "number",
    "data frame with gaps",
    "float32",
}


def excused(call, name, kind):
    """Whether this kind has a plain meaning for this argument, other than that of the table."""
    method = call.name.rsplit(".", 1)[-1]
    return (
        (method, name, kind) in PLAIN
        or (method in BY_ENTRY and name in ("a", "x") and kind in FORMS)
        or (name in WORDS and kind == "no")
        or (name == "y" and method in ("partial_fit", "score"))  # is not used, as in `fit`
    )


def has_width(call):
    """Whether the arrays of this call must be as wide as what an object learned or was made for."""
    _, _, method = call.name.partition(".")
    return method not in ("", "fit", "from_data", "leave_one_out", *BY_ENTRY)


def outcome(call, arguments):
    """Return (result, None) or (None, the exception) of one call; warnings of NumPy are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", DeprecationWarning)
        warnings.filterwarnings("error", category=getattr(np, "exceptions", np).ComplexWarning)
        try:
            return call(arguments), None
        except Exception as error:
            return None, error


def judge(call, name, given, meant, plain):
    """Return (verdict, what was said) of the call with `given` as the argument `name`.

    `meant` is what given means: a plain value, None for an invalid one, "far" or "seed" for one
    that may be refused or give another finite result. `plain` is the outcome for the plain value.
    """
    arguments = call.arguments()
    arguments[name] = given
    before = _bytes(given)
    result, error = outcome(call, arguments)
    if _bytes(given) != before:
        return CHANGED, ""
    if error is not None:
        return _judge_error(error, name, meant is None and _is_number(call, name))
    if isinstance(meant, str):
        spoilt = any(np.isnan(a).any() for a in numbers_of(result)) and meant == "far"
        return (SILENT, "NaN in the result") if spoilt else (RIGHT, "")
    expected, plain_error = plain if meant is not None else (None, True)
    if meant is None or plain_error is not None:
        return ACCEPTED, repr(result)[:80]
    return (RIGHT, "") if agree(result, expected) else (WRONG, repr(result)[:80])


def _is_number(call, name):
    """Whether this argument is a number, which a refusal has to call by its name."""
    note = str(call.signature.parameters[name].annotation)
    return re.fullmatch(r"'?(int|float|Setting|bool)( \| None)?'?", note) is not None


def _judge_error(error, name, by_name):
    said = f"{type(error).__name__}: {error}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    line = linecache.getline(last.filename, last.lineno).strip()
    deliberate = last.filename.startswith(HOME) and line.startswith("raise")
    named = re.search(r"\w", str(error)) is not None and len(str(error)) > 20
    leaks = any(word in str(error) for word in LEAKS)
    known = isinstance(error, (ValueError, TypeError, FloatingPointError, DivergenceError))
    named &= not by_name or re.search(rf"\b{name}\b", str(error)) is not None
    if known and deliberate and named and not leaks:
        return REFUSED, said
    return CONFUSING, f"{said[:160]} [{Path(last.filename).name}:{last.lineno} {line[:60]}]"


def numbers_of(result):
    """Return all arrays of numbers in a result."""
    if isinstance(result, (np.ndarray, np.generic, int, float, complex)):
        array = np.asarray(result)
        return [array] if array.dtype.kind in "biufc" else []
    if isinstance(result, Model):
        return [result.theta]
    if isinstance(result, Layer):
        return [p for leaf in leaves(result) for p in leaf.params.values()]
    if isinstance(result, Estimator):  # what it learned
        result = [vars(result)[name] for name in sorted(vars(result)) if name.endswith("_")]
    if is_dataclass(result) and not isinstance(result, type):
        values = [getattr(result, f.name) for f in fields(result) if f.name != "seconds"]
        return [a for value in values for a in numbers_of(value)]
    if isinstance(result, dict):
        result = [v for k, v in result.items() if k not in ("nfev", "seconds")]
    if isinstance(result, (list, tuple)):
        return [a for value in result for a in numbers_of(value)]
    return []


def agree(result, expected):
    """Whether two results hold the same numbers, to float32's accuracy."""
    a, b = numbers_of(result), numbers_of(expected)
    return len(a) == len(b) and all(
        p.shape == q.shape and np.allclose(p, q, rtol=1e-3, atol=1e-4, equal_nan=True)
        for p, q in zip(a, b, strict=True)
    )


def _bytes(given):
    if isinstance(given, np.ndarray) and given.dtype != object and given is not np.ma.masked:
        return given.tobytes()
    return repr(given) if isinstance(given, (list, tuple, dict)) else None


def parameters(call):
    """Yield (name, annotation, whether None is a value, whether it is an array)."""
    for name, parameter in call.signature.parameters.items():
        note = str(parameter.annotation)
        optional = "None" in note or parameter.default is None
        is_array = ("ArrayLike" in note or re.search(r"\bNDArray\b(?!\])", note) is not None
                    or parameter.annotation is inspect.Parameter.empty and name == "x")  # fmt: skip
        if name == "name" or (name == "progress" and call.name.endswith(".corrupt")):
            continue  # the word for x in messages, and what `fit` sets
        yield name, note, optional, is_array and "Callable" not in note

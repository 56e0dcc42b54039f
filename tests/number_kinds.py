"""What people give as a number or another setting: further columns of the table of inputs."""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from tests.input_kinds import Loader
from tinyae import Autoencoder


def scalar_kinds(value, annotation):
    """Yield (kind, given, meant) for a setting with this valid value and annotation."""
    annotation = annotation.replace("Setting", "float").replace("Seed", "int | Generator")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    whole = number and "int" in annotation and "float" not in annotation
    if number and "float" in annotation:
        for one in (np.float64, np.longdouble, Fraction, np.float32):
            if float(one(value)) == value:
                yield one.__name__, one(value), value
        for far in (1e155, 1e300, 1e-170, 5e-324):
            yield f"{far:g}", far, "far"
        yield "0", 0, "far"
        yield "-1", -1, "far"
    elif number:
        for one in (np.int64, np.uint8, np.int8):
            yield one.__name__, one(value), value
    if not (number and "float" in annotation):
        yield "1e155", 1e155, None
        yield "1e-170", 1e-170, None
        yield "np.float32(1)", np.float32(1), None
        yield "0.5", 0.5, None
    if whole:
        yield "-1", -1, None
        yield "0", 0, "far"
    yield "10**400", 10**400, "seed" if "Generator" in annotation else None
    if "Generator" not in annotation:
        yield "10**30", 10**30, "far" if number and "float" in annotation else None
    for kind, given in {"nan": np.nan, "inf": np.inf, "no": "no", "[1]": [1], "dict": {},
                        "object": object(), "class": Loader, "complex": 1j,
                        "array": np.array([1.0, 2.0]), "date": np.datetime64("2020"),
                        "Decimal": Decimal("0.5"), "text inside": ["a"],
                        "generator": iter([1.0])}.items():  # fmt: skip
        if not ("Callable" in annotation and kind == "class"):
            yield kind, given, None
    if not any(kind in annotation for kind in ("Trainable", "Model", "Autoencoder")):
        yield "model", Autoencoder.dense((3, 2)), None
    if type(value).__module__.startswith("tinyae."):
        yield "its class", type(value), None
    if value is not True and value is not False and "bool" not in annotation:
        yield "True", True, None
    if "None" not in annotation and value is not None:
        yield "None", None, None

"""How an object of a class is described in a file, and which attributes it has.

The table names the classes of tinyae that a file holds attribute by attribute. Others are written
by the arguments of their constructor: frozen settings and estimators. An object with an attribute
more or fewer is not written, and a file of one is refused, since it was written by other code. The
classes are named, not imported, because this package is below theirs. A test compares the table
with the objects. `grad`, and the memory of `fit` for its next call, are not written.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Collection, Mapping
from typing import Any

LAYER = ("params", "grads")
TRAINABLE = ("theta", "grad")
MODEL = (*TRAINABLE, "parts")
SLOTS = ("output", "corruption", "penalties")

ATTRIBUTES = {
    "AppendedColumns": LAYER,
    "Autoencoder": (*MODEL, *SLOTS, "d_in", "d_code", "code", "head"),
    "Chain": (*LAYER, "layers"),
    "Dictionary": LAYER,
    "FirstColumns": (*LAYER, "parts"),
    "Gain": LAYER,
    "HelmholtzMachine": (*MODEL, "sizes", "d_in", "d_code"),
    "Identity": LAYER,
    "Linear": LAYER,
    "MinimalLossHashing": (*MODEL, "bits", "radius", "lam", "norm"),
    "NonLocalParzen": (*MODEL, "d_in", "n_components", "scale", "sigma"),
    "NonLocalTangents": (*MODEL, "d_in", "n_components", "ridge"),
    "PSD": (*MODEL, "d_in", "d_code", "lam", "gamma", "steps", "accelerated"),
    "RBM": (*MODEL, "d_in", "d_code", "visible", "rule", "chains", "_starts_at_data"),
    "ReLU": LAYER,
    "Recirculation": (*MODEL, "d_in", "d_code", "output", "regression", "regress_hidden"),
    "RecurrentDenoiser": (*MODEL, "d_in", "steps", "weights", "output", "corruption"),
    "Residual": (*LAYER, "layers", "scale"),
    "SNEMap": (*TRAINABLE, "shape"),
    "ScoreModel": (*MODEL, "d_in", "criterion"),
    "Sigmoid": LAYER,
    "Softmax": (*LAYER, "groups"),
    "SoftmaxClassifier": (*MODEL, *SLOTS, "d_in", "d_code", "head"),
    "Softplus": LAYER,
    "TSNEMap": (*TRAINABLE, "shape", "exaggeration"),
    "Tanh": LAYER,
    "TopBias": LAYER,
    "Walkback": ("model", "steps", "scale"),
}
FORGOTTEN = ("training",)  # what `fit` keeps for its next call; None in a file
# What an object may have besides: a tied layer names its source, `fit` sets the progress, and
# `set_output` stores its choice.
OPTIONAL = ("progress", "source", "_sklearn_output_config", *FORGOTTEN)


def form(cls: type, state: Mapping[str, object]) -> str:
    """Return how an object of a class with these attributes is described: see `objects.py`."""
    if "theta" in state or state.get("params") or cls.__name__ in ATTRIBUTES:
        return "state"
    if hasattr(cls, "get_params"):
        return "settings"
    if not dataclasses.is_dataclass(cls):
        return "state"
    # A dataclass that keeps more than its constructor takes is not made by its constructor.
    return "fields" if state.keys() <= inspect.signature(cls).parameters.keys() else "state"


def plain(cls: type) -> bool:
    """Whether the attributes of an object of a class are all that it consists of."""
    own: Any = cls
    members = [it for base in cls.__mro__ for it in vars(base).values()]
    return (
        own.__new__ is object.__new__
        and own.__reduce__ is object.__reduce__
        and not any(inspect.ismemberdescriptor(it) for it in members)  # they are in `__slots__`
    )


def wrong_attributes(cls: type, found: Collection[str]) -> str:
    """Return what is wrong if the attributes of an object are not those of its class; else "".

    The class is one of tinyae. Those of an estimator besides its settings have names ending in "_".
    """
    wanted = ATTRIBUTES.get(cls.__name__, [name for name in found if name.endswith("_")])
    missing = sorted(set(wanted) - set(found))
    unknown = sorted(set(found) - set(wanted) - set(OPTIONAL))
    said = [f"no {', '.join(missing)}"] if missing else []
    said += [f"the unknown {', '.join(unknown)}"] if unknown else []
    return f"{cls.__name__} has {' and '.join(said)}" if said else ""

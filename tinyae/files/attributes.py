"""The attributes of each class of tinyae that a file holds attribute by attribute.

Other classes are written by the arguments of their constructor: frozen settings and estimators. An
object with an attribute more or fewer is not written, and a file of one is refused, since it was
written by other code.
The classes are named, not imported, because this package is below theirs. A test compares the table
with the objects. `grad`, and the memory of `fit` for its next call, are not written.
"""

from __future__ import annotations

from collections.abc import Collection

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

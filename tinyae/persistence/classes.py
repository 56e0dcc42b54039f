"""The classes of tinyae whose objects can be in a file: what the packages offer, and a few parts.

A file names classes, and `load` looks the names up in this table. Nothing is imported because a
file asks for it. A new class that a package lists in its `__all__` is in the table.
"""

from __future__ import annotations

from importlib import import_module

from tinyae.applications.binary_encoder import BinaryEncoder
from tinyae.applications.scaling import Scaling
from tinyae.files.classes import classes_in
from tinyae.models.belief_net import TopBias

PACKAGES = (
    "applications", "criterion", "densities", "embeddings", "estimators", "models", "nn", "score",
    "sparse_coding", "tangents", "training",
)  # fmt: skip
KNOWN = classes_in(
    # By name, because `tinyae.tangents` is also a function.
    *(import_module(f"tinyae.{name}") for name in PACKAGES),
    parts=(BinaryEncoder, Scaling, TopBias),
)

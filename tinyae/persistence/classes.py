"""The classes of tinyae whose objects can be in a file: what the packages offer, and a few parts.

A file names classes, and `load` looks the names up in this table. Nothing is imported because a
file asks for it. A new class that a package lists in its `__all__` is in the table.
"""

from __future__ import annotations

import tinyae.applications
import tinyae.criterion
import tinyae.densities
import tinyae.embeddings
import tinyae.estimators
import tinyae.models
import tinyae.nn
import tinyae.score
import tinyae.sparse_coding
import tinyae.tangents
import tinyae.training
from tinyae.applications.binary_encoder import BinaryEncoder
from tinyae.applications.scaling import Scaling
from tinyae.files.classes import classes_in
from tinyae.models.belief_net import TopBias

KNOWN = classes_in(
    tinyae.applications,
    tinyae.criterion,
    tinyae.densities,
    tinyae.embeddings,
    tinyae.estimators,
    tinyae.models,
    tinyae.nn,
    tinyae.score,
    tinyae.sparse_coding,
    tinyae.tangents,
    tinyae.training,
    parts=(BinaryEncoder, Scaling, TopBias),
)

"""Densities made of windows on the examples (14.6, figure 14.9).

Parzen           the same round window on every point
ManifoldParzen   windows shaped by the nearest neighbours
Pancakes         a mixture of flat Gaussians
NonLocalParzen   windows shaped by a network
neighbor_pairs   pairs of neighbours to train it on
cross_validate   choose among densities by held-out data
CrossValidation  what cross_validate returns

Modules:

pancakes.py          the mixture of flat Gaussians
parzen.py            round and shaped windows on the examples
nonlocal_parzen.py   windows shaped by a network
cross_validation.py  the choice among densities
"""

from tinyae.densities.cross_validation import CrossValidation, cross_validate
from tinyae.densities.nonlocal_parzen import NonLocalParzen, neighbor_pairs
from tinyae.densities.pancakes import Pancakes
from tinyae.densities.parzen import ManifoldParzen, Parzen

__all__ = [
    "CrossValidation",
    "ManifoldParzen",
    "NonLocalParzen",
    "Pancakes",
    "Parzen",
    "cross_validate",
    "neighbor_pairs",
]

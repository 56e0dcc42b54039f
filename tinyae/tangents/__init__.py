"""Tangent planes of an encoder, of neighbours and of a network (14.6, 14.7, figure 14.10).

tangents              leading singular vectors of ∂h/∂x or ∂r/∂x
local_pca_tangents    PCA of each point's nearest neighbours
NonLocalTangents      a network that gives the plane at any point
neighbor_differences  the steps that it is trained on
principal_angles      angles between two subspaces
tangent_angles        angles between two sets of tangent planes

Modules:

encoder.py            leading singular vectors of ∂h/∂x and ∂r/∂x
subspace.py           the same by iteration, for wide encoders
network.py            the same by iteration, for wide networks of any depth
singular.py           singular vectors of many small matrices
directions.py         whether the leading directions are determined
local_pca.py          PCA of each neighbourhood
nonlocal_tangents.py  planes given by a network
angles.py             angles between planes
"""

from tinyae.tangents.angles import principal_angles, tangent_angles
from tinyae.tangents.encoder import tangents
from tinyae.tangents.local_pca import local_pca_tangents
from tinyae.tangents.nonlocal_tangents import NonLocalTangents, neighbor_differences

__all__ = [
    "NonLocalTangents",
    "local_pca_tangents",
    "neighbor_differences",
    "principal_angles",
    "tangent_angles",
    "tangents",
]

"""Coordinates for points near a manifold (14.6).

PCA                       the directions of largest variance (14.1)
nearest_neighbors         the nearest neighbours of every point, exactly
NeighborGraph             the graph of nearest neighbours, and distances along it
Isomap                    distances along the graph
LocallyLinear             each point as a combination of its neighbours
LaplacianEigenmaps        coordinates that change little along the edges
TangentPlanes             a tangent plane at every point
TangentAlignment          coordinates that agree with all tangent planes
HessianEigenmaps          coordinates with the least second derivatives along the planes
Charting                  local maps joined into one
KernelPCA                 principal components of features given by a kernel
GaussianKernel            exp(−‖a − b‖² / 2w²)
PolynomialKernel          (a·b + offset)^degree
pick_probabilities        how probably each point picks each other as its neighbour
SNE                       stochastic neighbour embedding
TSNE                      the same with a heavy-tailed law in the map
SNEMap                    the model that SNE trains; its parameters are the points
TSNEMap                   the model that TSNE trains
early_exaggeration        a schedule for TSNEMap
MaximumVarianceUnfolding  points pulled apart while neighbours keep their distance

Each estimator stores its settings, learns with `fit(X)`, and places further points with `transform`
where it has a rule for them: `Isomap(n_components=2, n_neighbors=10).fit(X).transform(more)`.

Modules:

neighbors.py            nearest neighbours, exactly
candidates.py           candidates for them, by products of matrices or by a tree
graph.py                the neighbour graph
shortest_paths.py       the shortest paths between all its nodes
embedding.py            the base of all embeddings
spectral.py             what the spectral methods share
pca.py                  PCA
kernel_pca.py           kernel PCA and its kernels
isomap.py               Isomap
locally_linear.py       locally linear embedding
laplacian_eigenmaps.py  Laplacian eigenmaps
tangent_planes.py       a tangent plane at every point
tangent_alignment.py    tangent-space alignment, Hessian eigenmaps
charting.py             charting
chart_covariances.py    the Gaussians of charts, coupled with those around them
perplexity.py           the probabilities that SNE and t-SNE keep
neighbor_map.py         the map as parameters
joint_law.py            the joint law of t-SNE, and the force in its map
gains.py                gradient descent with a gain for each parameter
sne.py                  SNE and t-SNE
unfolding.py            maximum variance unfolding
"""

from tinyae.embeddings.charting import Charting
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.isomap import Isomap
from tinyae.embeddings.kernel_pca import GaussianKernel, KernelPCA, PolynomialKernel
from tinyae.embeddings.laplacian_eigenmaps import LaplacianEigenmaps
from tinyae.embeddings.locally_linear import LocallyLinear
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.pca import PCA
from tinyae.embeddings.perplexity import pick_probabilities
from tinyae.embeddings.sne import SNE, TSNE, SNEMap, TSNEMap, early_exaggeration
from tinyae.embeddings.tangent_alignment import HessianEigenmaps, TangentAlignment
from tinyae.embeddings.tangent_planes import TangentPlanes
from tinyae.embeddings.unfolding import MaximumVarianceUnfolding

__all__ = [
    "Charting",
    "GaussianKernel",
    "HessianEigenmaps",
    "Isomap",
    "KernelPCA",
    "LaplacianEigenmaps",
    "LocallyLinear",
    "MaximumVarianceUnfolding",
    "NeighborGraph",
    "PCA",
    "PolynomialKernel",
    "SNE",
    "SNEMap",
    "TSNE",
    "TSNEMap",
    "TangentAlignment",
    "TangentPlanes",
    "early_exaggeration",
    "nearest_neighbors",
    "pick_probabilities",
]

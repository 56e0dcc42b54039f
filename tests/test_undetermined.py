"""What the data do not determine is refused, with what to change; what they do determine is not."""

# ruff: noqa: E501 (a case is a line)

import numpy as np
import pytest

from tinyae import PCA, Autoencoder, Identity, sparse_code, tangents
from tinyae.densities import ManifoldParzen, Parzen
from tinyae.embeddings import (
    Charting,
    GaussianKernel,
    HessianEigenmaps,
    Isomap,
    KernelPCA,
    LaplacianEigenmaps,
    LocallyLinear,
    MaximumVarianceUnfolding,
    PolynomialKernel,
    TangentAlignment,
    TangentPlanes,
    pick_probabilities,
)
from tinyae.score import smoothed_hessian
from tinyae.sparse_coding import ZCA
from tinyae.tangents import local_pca_tangents, principal_angles, tangent_angles

ONE_HOT, EQUAL = np.eye(8), np.full((30, 3), 0.1)
DRAWN = np.random.default_rng(7).normal(size=(60, 4)) * [4, 3, 2, 1]
PLANE = DRAWN[:, :2] @ np.random.default_rng(8).normal(size=(2, 4)) + 100.0
WAVE = 2 * np.pi * np.arange(40) / 40
CIRCLE = np.column_stack([np.cos(WAVE), np.sin(WAVE)])
CUBE = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), axis=-1).reshape(-1, 3)
CROSS = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
SCATTERED = np.random.default_rng(1).normal(size=(40, 2))
COPIES = np.concatenate([np.zeros((12, 2)), DRAWN[:20, :2] / 9])
EMBEDDINGS = {
    "Isomap": lambda x, k=2: Isomap(k, n_neighbors=5).fit(x),
    "LocallyLinear": lambda x, k=2: LocallyLinear(k, n_neighbors=5).fit(x),
    "LaplacianEigenmaps": lambda x, k=2: LaplacianEigenmaps(k, n_neighbors=5).fit(x),
    "TangentAlignment": lambda x, k=2: TangentAlignment(k, n_neighbors=5).fit(x),
    "HessianEigenmaps": lambda x, k=2: HessianEigenmaps(k, n_neighbors=6).fit(x),
    "Charting": lambda x, k=2: Charting(k, n_neighbors=6).fit(x),
    "KernelPCA": lambda x, k=2: KernelPCA(k).fit(x),
    "MaximumVarianceUnfolding": lambda x, k=2: MaximumVarianceUnfolding(k).fit(x),
    "pick_probabilities": lambda x, k=2: pick_probabilities(x, 5.0),
}


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_one_point_many_times(name):
    with pytest.raises(ValueError, match="all rows of X are one and the same point"):
        EMBEDDINGS[name](EQUAL)


@pytest.mark.parametrize("name", [name for name in EMBEDDINGS if name != "pick_probabilities"])
def test_fewer_different_points_than_coordinates(name):
    with pytest.raises(
        ValueError,
        match="X has 3 different rows, .* 2 coordinates, asked for n_components = 3: ask",
    ):
        EMBEDDINGS[name](np.repeat(DRAWN[:3], 5, axis=0), 3)


@pytest.mark.parametrize("name", EMBEDDINGS)
@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_squares_beyond_float64(name, size):
    with pytest.raises(ValueError, match="beyond float64: rescale X"):
        EMBEDDINGS[name](size * DRAWN)


def width_of(s):
    return lambda x: KernelPCA(2, kernel=GaussianKernel(s)).fit(x)


def wide(layers_W):
    model = Autoencoder.dense((4, 4), activation=Identity, rng=np.random.default_rng(0))
    model.encoder.layers[0].params["W"][...] = layers_W
    return model


REFUSED = {
    "PCA: variances all equal": ("variances 3 and 4 are equal", lambda: PCA(3).fit(ONE_HOT)),
    "PCA: many rows, all equal": ("variances 3 and 4 are equal", lambda: PCA(3).fit(np.repeat(ONE_HOT, 9, axis=0))),
    "PCA: a circle's axis": ("variances 1 and 2 are equal .* ask for fewer or more", lambda: PCA(1).fit(CIRCLE)),
    "PCA: a plane has two": ("X varies in 2 directions only, asked for n_components = 3", lambda: PCA(3).fit(PLANE)),
    "PCA: few rows of a plane": ("X varies in 2 directions only, asked for n_components = 3", lambda: PCA(3).fit(PLANE[:9])),
    "PCA: one point": ("X varies in 0 directions only", lambda: PCA(1).fit(EQUAL)),
    "PCA: too large": ("variances would be .* rescale", lambda: PCA(1).fit(1e200 * DRAWN)),
    "PCA: too small": ("variances would be .* rescale", lambda: PCA(1).fit(1e-200 * DRAWN)),
    "kernel: the identity": ("wider kernel, .* width is nearer to the distances .the root mean square distance of two points is [678]", lambda: width_of(1e-3)(DRAWN)),
    "kernel: all ones": ("vary in fewer directions than n_components = 2.* width is nearer to the distances", lambda: width_of(1e8)(DRAWN)),
    "kernel: a circle": ("eigenvalues of the kernel matrix 1 and 2 are equal", lambda: KernelPCA(1).fit(CIRCLE)),
    "kernel: infinite": ("up to inf, leave float64: rescale X", lambda: KernelPCA(2, kernel=lambda a, b: np.full((len(a), len(b)), np.inf)).fit(DRAWN)),
    "kernel: vanishing": ("leave float64: rescale X", lambda: KernelPCA(2, kernel=lambda a, b: a * 1e-10 @ b.T * 1e-20).fit(1e-140 * DRAWN)),
    "Isomap: a ring": ("variances of coordinates 1 and 2 are equal", lambda: Isomap(1, n_neighbors=2).fit(CIRCLE)),
    "eigenmaps: a width so narrow that y is rounding": ("width = 0.15 gives some point too little weight beside others: take a larger width", lambda: LaplacianEigenmaps(2, width=0.15).fit(SCATTERED)),
    "eigenmaps: one much narrower": ("too little weight beside others: take a larger width", lambda: LaplacianEigenmaps(2, width=1e-9).fit(SCATTERED)),
    "eigenmaps: a ring": ("eigenvalues of coordinates 1 and 2 are equal", lambda: LaplacianEigenmaps(1, n_neighbors=2).fit(CIRCLE)),
    "LLE: only copies near": ("all 5 neighbours of row 0 are equal to it, .* remove duplicates", lambda: LocallyLinear(2, n_neighbors=5).fit(np.concatenate([COPIES[:6], COPIES[12:]]))),
    "planes: only copies near": ("row 0, 6 points, spans fewer than n_components = 1", lambda: TangentPlanes(1, n_neighbors=5).fit(COPIES)),
    "planes: as far in the third direction": ("neighbourhood of row .* extents 2 and 3 are equal", lambda: TangentPlanes(2, n_neighbors=10).fit(CUBE)),
    "charts: more than points": ("3 different rows only, asked for charts = 4", lambda: Charting(1, n_neighbors=12, charts=4).fit(np.repeat(DRAWN[:3], 6, axis=0))),
    "windows: as far in the second direction": ("neighbours of row 0 spread equally far in directions 1 and 2", lambda: ManifoldParzen(0.3, n_neighbors=4).fit(CROSS)),
    "windows: σ² too large": ("noise must be positive and finite", lambda: Parzen(1e200).fit(1e200 * DRAWN)),
    "windows: σ² too small": ("rescale x|must be positive", lambda: Parzen(1e-160).fit(1e-160 * DRAWN)),
    "local PCA: as far in the second direction": ("the neighbours spread in directions 1 and 2 equally", lambda: local_pca_tangents(ONE_HOT[:3, :3], ONE_HOT[:1, :3], 1, 3)),
    "tangents: all alike": ("the code moves in directions 2 and 3 equally", lambda: tangents(wide(np.eye(4)), DRAWN[:3], 2)),
    "angles: dependent rows": ("rows of A must be linearly independent", lambda: principal_angles(1e-200 * DRAWN[:1].repeat(2, axis=0), DRAWN[:2])),
    "ZCA: ε below rounding": ("take it above .*, or leave columns out", lambda: ZCA(1e-20).fit(PLANE)),
    "sparse code: x too small": ("too small for float64: rescale x", lambda: sparse_code(1e-170 * DRAWN, np.eye(4), 1e-171)),
    "sparse code: atoms too small": ("too small for float64: rescale x", lambda: sparse_code(DRAWN, 1e-170 * np.eye(4), 1e-171)),
    "Hessian: σ too small": ("beyond float64: rescale", lambda: smoothed_hessian(DRAWN, DRAWN, 1e-160)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    message, action = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        action()


DETERMINED = {
    "PCA: all of several equal variances": lambda: PCA(7).fit(ONE_HOT),
    "PCA: both axes of a circle": lambda: PCA(2).fit(CIRCLE),
    "PCA: far from the origin": lambda: PCA(4).fit(DRAWN + 1e9),
    "PCA: a constant column far from the origin": lambda: PCA(4).fit(np.insert(1e-9 * DRAWN, 0, 1e9, axis=1)),
    "PCA: a variance 1e-20 of the first": lambda: PCA(4).fit(DRAWN * [1, 1, 1, 1e-10]),
    "kernel: both axes of a circle": lambda: KernelPCA(2).fit(CIRCLE),
    "kernel: linear": lambda: KernelPCA(4, kernel=PolynomialKernel(1, 0.0)).fit(DRAWN),
    "kernel: hardly any overlap": lambda: width_of(0.2)(DRAWN),
    "Isomap: both axes of a ring": lambda: Isomap(2, n_neighbors=2).fit(CIRCLE),
    "windows: copies": lambda: ManifoldParzen(0.3, n_neighbors=2).fit(np.repeat(ONE_HOT, 3, axis=0)),
    "angles: very short rows": lambda: principal_angles(1e-200 * DRAWN[:2], 1e200 * DRAWN[2:4]),
    "angles: very long rows": lambda: tangent_angles(1e300 * DRAWN[None, :2], 1e-300 * DRAWN[None, 2:4]),
    "tangents: all directions of several alike": lambda: tangents(wide(np.eye(4)), DRAWN[:3], 4),
    "ZCA: one point": lambda: ZCA().fit(EQUAL),
    "ZCA: a plane, with ε": lambda: ZCA(1e-6).fit(PLANE),
    "sparse code: λ outweighs x": lambda: sparse_code(1e-170 * DRAWN, np.eye(4), 1.0),
}  # fmt: skip


@pytest.mark.parametrize("name", DETERMINED)
def test_not_refused(name):
    DETERMINED[name]()


def test_kernel_of_unscaled_data_is_refused_or_right():
    """Bytes under the default width: K is the identity, and a map of it would be chance."""
    x = np.round(255 * np.random.default_rng(0).random((80, 30)))
    with pytest.raises(ValueError, match="at most 0 of the largest"):
        KernelPCA(2).fit(x)
    order = np.random.default_rng(1).permutation(80)
    one, other = (KernelPCA(2, kernel=GaussianKernel(400.0)).fit(part) for part in (x, x[order]))
    np.testing.assert_allclose(one.embedding_[order], other.embedding_, atol=1e-9)


def test_near_points_keep_their_kernel_far_from_the_others():
    """Where ‖a‖² − 2 a·b + ‖b‖² cancels, K(x, x) had 1 ± 1e-7 on its diagonal."""
    x = 1e6 * np.random.default_rng(2).normal(size=(40, 3))
    x[1] = x[0] + 0.5
    K = GaussianKernel(1.0)(x, x)
    assert (K.diagonal() == 1).all()
    assert K[0, 1] == pytest.approx(np.exp(-0.375), rel=1e-8)


@pytest.mark.parametrize("width", [1.0, 0.3, 0.25, 0.22, 0.21, 0.2, 0.19, 0.18, 0.15, 0.1, 0.08])
def test_narrow_weights_are_refused_before_rounding_decides(width):
    """What a point of little weight gets must not depend on the order of the rows."""
    order = np.random.default_rng(2).permutation(len(SCATTERED))
    try:
        one = LaplacianEigenmaps(2, width=width).fit(SCATTERED).embedding_
    except ValueError as error:
        assert "take a larger width" in str(error) and width < 0.25
        return
    other = LaplacianEigenmaps(2, width=width).fit(SCATTERED[order]).embedding_
    np.testing.assert_allclose(other, one[order], atol=1e-6 * np.abs(one).max())

"""The embeddings of section 14.6: where they are exact, what new points get, what is refused."""

import functools

import numpy as np
import pytest

import tinyae.embeddings.spectral
from tests.embedding_methods import methods
from tinyae import PCA
from tinyae.datasets import swiss_roll
from tinyae.embeddings import (
    Charting,
    GaussianKernel,
    HessianEigenmaps,
    Isomap,
    KernelPCA,
    LaplacianEigenmaps,
    LocallyLinear,
    NeighborGraph,
    PolynomialKernel,
    TangentAlignment,
    TangentPlanes,
    nearest_neighbors,
)
from tinyae.embeddings.locally_linear import barycentric

METHODS = methods(heat=0.5, kernel=1.0)
GRAPH = [name for name in METHODS if name != "kernel"]


@pytest.fixture
def sheet(rng):
    """A flat sheet of 150 points in five dimensions, and its coordinates (150, 2)."""
    flat = rng.uniform(-1, 1, (150, 2)) * [1.5, 1.0]
    axes = np.linalg.qr(rng.normal(size=(5, 2)))[0]
    return flat @ axes.T + 3.0, flat


def gap_to_affine(y, truth):
    """Relative error of the best affine map from y to the truth."""
    A = np.column_stack([y, np.ones(len(y))])
    truth = truth - truth.mean(axis=0)
    fitted = A @ np.linalg.lstsq(A, truth, rcond=None)[0]
    return np.linalg.norm(fitted - truth) / np.linalg.norm(truth)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", ["alignment", "hessian", "charting"])
def test_a_flat_sheet_is_found_exactly(name, sheet, rng):
    x, flat = sheet
    model = METHODS[name]().fit(x)
    assert gap_to_affine(model.embedding_, flat) < 1e-6
    assert model.eigenvalues_ == pytest.approx([0, 0], abs=1e-8)
    # And new points on the plane, inside or not, get the same affine function of it.
    both = np.concatenate([flat, rng.uniform(-2, 2, (30, 2))])
    A = np.linalg.lstsq(np.column_stack([flat, np.ones(150)]), x, rcond=None)[0]
    new = np.column_stack([both, np.ones(180)]) @ A
    assert gap_to_affine(model.transform(new), both) < 1e-6


def test_weights_rebuild_what_can_be_rebuilt(rng):
    near = rng.normal(size=(20, 3, 4))
    w = rng.dirichlet(np.ones(3), 20)
    x = (w[:, :, None] * near).sum(axis=1)
    np.testing.assert_allclose(barycentric(x, near, 1e-13), w, atol=1e-9)
    np.testing.assert_allclose(barycentric(x + 5, near + 5, 1e-3).sum(axis=1), 1, rtol=1e-12)
    same = barycentric(x, np.repeat(x[:, None], 3, axis=1), 1e-3)
    np.testing.assert_allclose(same, 1 / 3, rtol=1e-12)


def test_weights_do_not_change_when_all_is_moved_turned_or_scaled(rng):
    x, near = rng.normal(size=(20, 4)), rng.normal(size=(20, 7, 4))
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    moved = [3.0 * part @ turn + 2.0 for part in (x, near)]
    np.testing.assert_allclose(barycentric(x, near, 1e-3), barycentric(*moved, 1e-3), rtol=1e-10)


def test_locally_linear_minimises_what_it_says(sheet):
    x, _ = sheet
    model = LocallyLinear(2, n_neighbors=6).fit(x)
    w = barycentric(x, x[model.graph_.indices_], model.ridge_)
    rest = model.embedding_ - (w[:, :, None] * model.embedding_[model.graph_.indices_]).sum(axis=1)
    np.testing.assert_allclose((rest**2).mean(axis=0), model.eigenvalues_, rtol=1e-6)


def test_isomap_of_a_line_and_of_a_full_graph_is_exact(rng):
    t = np.sort(rng.random(40))[:, None]
    model = Isomap(1, n_neighbors=12).fit(t * [[3.0, 4.0]])
    centred = 5 * (t - t.mean())
    np.testing.assert_allclose(np.abs(model.embedding_), np.abs(centred), atol=1e-12)
    x = rng.normal(size=(40, 3))  # all joined to all: classical scaling, that is PCA
    model, pca = Isomap(3, n_neighbors=39).fit(x), PCA(3).fit(x)
    np.testing.assert_allclose(np.abs(model.embedding_), np.abs(pca.transform(x)), atol=1e-10)
    np.testing.assert_allclose(model.eigenvalues_, 40 * pca.explained_variance_, rtol=1e-10)
    assert (model.paths_ > 0).sum() == 40 * 39


def test_eigenmaps_solve_their_problem(sheet):
    x, _ = sheet
    for width in (None, 0.3):
        model = LaplacianEigenmaps(3, n_neighbors=6, width=width).fit(x)
        W = np.zeros((150, 150))
        for i, (targets, lengths) in enumerate(NeighborGraph(6).fit(x).edges()):
            W[i, targets] = 1.0 if width is None else np.exp(-(lengths**2) / (2 * width**2))
        degree, Y, values = W.sum(axis=1), model.embedding_, model.eigenvalues_
        np.testing.assert_allclose(degree[:, None] * Y - W @ Y, degree[:, None] * Y * values,
                                   atol=1e-10)  # fmt: skip
        np.testing.assert_allclose(
            (Y * degree[:, None]).T @ Y / degree.sum(), np.eye(3), atol=1e-10
        )
        np.testing.assert_allclose(degree @ Y, 0, atol=1e-9)
        assert 0 < values[0] < values[1] < values[2]


def test_eigenmaps_of_a_cycle_are_its_waves():
    t = 2 * np.pi * np.arange(50) / 50
    model = LaplacianEigenmaps(2, n_neighbors=2).fit(np.stack([np.cos(t), np.sin(t)], axis=1))
    np.testing.assert_allclose(model.eigenvalues_, 1 - np.cos(2 * np.pi / 50), rtol=1e-10)
    np.testing.assert_allclose((model.embedding_**2).sum(axis=1), 2, rtol=1e-10)


def test_new_points_take_the_width_of_the_fit(sheet):
    x, _ = sheet
    model = LaplacianEigenmaps(width=0.5).fit(x[:140])
    y = model.transform(x[140:])
    model.width = 5.0
    np.testing.assert_array_equal(model.transform(x[140:]), y)


def test_a_kernel_may_keep_its_table(rng):
    x = rng.normal(size=(40, 3))
    kept = GaussianKernel(2.0)(x, x)
    before = kept.copy()
    model = KernelPCA(kernel=lambda a, b: kept).fit(x)
    np.testing.assert_array_equal(kept, before)
    y = model.transform(x)
    np.testing.assert_array_equal(kept, before)
    np.testing.assert_allclose(y, model.embedding_, atol=1e-12)
    np.testing.assert_allclose(GaussianKernel(2.0)(x, x.copy()), kept, rtol=1e-13)


def test_kernel_pca_by_features(rng):
    """(a·b + 1)² is an inner product of six features, whose PCA it must be."""
    x, new = rng.normal(size=(30, 2)), rng.normal(size=(7, 2))

    def features(x):
        a, b = x.T
        root = np.sqrt(2)
        return np.stack([a * a, b * b, root * a * b, root * a, root * b], axis=1)

    pca = PCA(3).fit(features(x))
    model = KernelPCA(3, kernel=PolynomialKernel(2, 1.0)).fit(x)
    np.testing.assert_allclose(
        np.abs(model.embedding_), np.abs(pca.transform(features(x))), atol=1e-9
    )
    np.testing.assert_allclose(
        np.abs(model.transform(new)), np.abs(pca.transform(features(new))), atol=1e-9
    )
    line = KernelPCA(2, kernel=PolynomialKernel(1, 0.0)).fit(x)
    np.testing.assert_allclose(np.abs(line.embedding_), np.abs(PCA(2).fit_transform(x)), atol=1e-10)
    a, b = x[:3] + 1e6, x[3:5] + 1e6
    wanted = np.exp(-((a[:, None] - b) ** 2).sum(axis=2) / (2 * 0.7**2))
    np.testing.assert_allclose(GaussianKernel(0.7)(a, b), wanted, rtol=1e-8)


def test_new_points_take_no_second_look_at_the_old_ones(rng):
    """A transform asks the kernel for new points against old ones, once, and for nothing else."""
    x, asked = rng.normal(size=(30, 2)), []

    def kernel(a, b):
        asked.append((len(a), len(b)))
        return GaussianKernel(1.0)(a, b)

    model = KernelPCA(kernel=kernel).fit(x)
    np.testing.assert_allclose(model.transform(x[:4]), model.embedding_[:4], atol=1e-12)
    assert asked == [(30, 30), (4, 30)]


def test_tangent_planes_are_the_local_pca(rng):
    x = rng.normal(size=(30, 6))
    planes = TangentPlanes(2, n_neighbors=7).fit(x)
    for i in (0, 17):
        members = planes.members_[i]
        assert members[0] == i and len(set(members)) == 8
        pca = PCA(2).fit(x[members])
        np.testing.assert_allclose(np.abs(planes.bases_[i]), np.abs(pca.components_), atol=1e-10)
        theta = (x[members] - planes.centres_[i]) @ planes.bases_[i].T
        np.testing.assert_allclose(planes.coordinates_[i], theta, atol=1e-12)


# How far, in standard deviations of the embedding, its own points move under `transform`: nothing
# where the rule is exact, little where a point counts as its own neighbour or lies off its plane.
OWN = {"isomap": 1e-12, "kernel": 1e-12, "lle": 0.02, "eigenmaps": 0.1, "heat": 0.1,
       "alignment": 1e-6, "hessian": 1e-6, "charting": 1e-12}  # fmt: skip


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", METHODS)
def test_a_new_point_s_place_does_not_depend_on_who_comes_along(name, sheet):
    x, _ = sheet
    model = METHODS[name]().fit(x)
    new = x[:40] + 0.01
    np.testing.assert_allclose(model.transform(new)[3:5], model.transform(new[3:5]), atol=1e-9)


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", ["lle", "alignment", "hessian", "charting"])
def test_coordinates_are_white(name):
    y = METHODS[name]().fit(swiss_roll(400, rng=1)[0]).embedding_
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(y.T @ y / len(y), np.eye(2), atol=1e-5)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", ["alignment", "hessian", "charting"])
def test_half_a_roll_is_unrolled(name):
    x, flat = swiss_roll(800, rng=2)
    inner = flat[:, 0] < 40  # one turn: no edge can leap
    model = METHODS[name]().fit(x[inner])
    assert gap_to_affine(model.embedding_, flat[inner]) < 0.05


def test_eigenmaps_place_new_points_by_their_formula(sheet, rng):
    x, _ = sheet
    new = x[:9] + 0.02 * rng.normal(size=(9, 5))
    near, lengths = nearest_neighbors(x, 6, new)
    for width in (None, 0.4):
        model = LaplacianEigenmaps(2, n_neighbors=6, width=width).fit(x)
        W = np.ones_like(lengths) if width is None else np.exp(-((lengths / width) ** 2) / 2)
        mean = (W[:, :, None] * model.embedding_[near]).sum(axis=1) / W.sum(axis=1)[:, None]
        np.testing.assert_allclose(model.transform(new), mean / (1 - model.eigenvalues_), rtol=1e-9)


@pytest.mark.one_in(24)
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_new_points(name, dtype, sheet):
    x = sheet[0].astype(dtype)
    before = x.copy()
    model = METHODS[name]().fit(x)
    own = model.transform(x)
    spread = model.embedding_.std(axis=0)
    assert own.shape == model.embedding_.shape == (150, 2)
    slack = 1e-4 if dtype == np.float32 else 0.0  # the flat sheet is then flat to 1e-7 only
    error = np.sqrt(((own - model.embedding_) ** 2).mean(axis=0)) / spread
    assert error.max() < OWN[name] + slack
    # A point between two of them lands near both.
    close = model.transform(
        0.5 * (x + x[model.graph_.indices_[:, 0]] if hasattr(model, "graph_") else x + x)
    )
    assert np.median(np.abs(close - model.embedding_) / spread) < 0.15
    np.testing.assert_array_equal(x, before)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", METHODS)
def test_neither_place_nor_order_of_the_points_matters(name, sheet, rng):
    x, flat = sheet
    x = np.column_stack([x, 0.3 * flat**2])  # on a flat one any two axes are as good
    order = rng.permutation(len(x))
    y, moved = METHODS[name]().fit(x).embedding_, METHODS[name]().fit((x + 7.0)[order]).embedding_
    gap = np.minimum(np.abs(y[order] - moved).max(axis=0), np.abs(y[order] + moved).max(axis=0))
    assert gap.max() < 1e-5 * np.abs(y).max()


@pytest.mark.parametrize("name", GRAPH)
def test_pieces_and_sizes_are_refused(name, sheet, monkeypatch):
    x, _ = sheet
    two = np.concatenate([x, x[:100] + 100.0])
    with pytest.raises(ValueError, match="falls into 2 pieces of 150, 100 points"):
        METHODS[name]().fit(two)
    monkeypatch.setattr(tinyae.embeddings.spectral, "MOST_POINTS", 149)
    with pytest.raises(ValueError, match="at most 149 are taken"):
        METHODS[name]().fit(x)


@pytest.mark.parametrize("name", METHODS)
def test_bad_input(name, sheet):
    x, _ = sheet
    method = METHODS[name]
    with pytest.raises(ValueError, match="n_components must be at least 1"):
        method(0).fit(x)
    with pytest.raises(ValueError, match="at most 149 coordinates, asked for n_components = 150"):
        method(150).fit(x)
    with pytest.raises(ValueError, match="NaN or infinite"):
        method().fit(x * np.nan)
    with pytest.raises(ValueError, match="two axes"):
        method().fit(x[:, 0])
    with pytest.raises(ValueError, match="X has 4 features, but .* 5 features"):
        method().fit(x).transform(x[:, :4])
    if name != "kernel":
        with pytest.raises(TypeError, match="n_neighbors must be a whole number"):
            method(n_neighbors=8.0).fit(x)


REFUSED = {
    "isomap: no extent": (ValueError, "only 1 of n_components = 2 coordinates",
                          lambda x: Isomap(2, n_neighbors=149).fit(x[:, :1])),
    "lle: ridge": (ValueError, "ridge must be", lambda x: LocallyLinear(ridge=0).fit(x)),
    "eigenmaps: width": (ValueError, "width must be", lambda x: LaplacianEigenmaps(width=0).fit(x)),
    "eigenmaps: narrow": (ValueError, "too little weight beside others: take a larger",
                          lambda x: LaplacianEigenmaps(width=1e-4).fit(x)),
    "alignment: plane": (ValueError, "span a plane of at most 3, asked for n_components = 4",
                         lambda x: TangentAlignment(4, n_neighbors=3).fit(x[:5])),
    "hessian: neighbors": (ValueError, "n_neighbors of at least 5, got 4",
                           lambda x: HessianEigenmaps(2, n_neighbors=4).fit(x)),
    "charting: one": (ValueError, "charts must be at least 2", lambda x: Charting(charts=1).fit(x)),
    "charting: many": (ValueError, "at most n = 150", lambda x: Charting(charts=151).fit(x)),
    "alignment: line": (ValueError, "row 0, 11 points, spans fewer than n_components = 2",
                        lambda x: TangentAlignment().fit(x[:, :1] * np.ones(2))),
    "charting: line": (ValueError, "spans fewer than n_components = 2",
                       lambda x: Charting().fit(x[:, :1] * np.ones(2))),
    "hessian: all the same neighbourhood": (ValueError, "9 coordinates, not 2, fit",
                                            lambda x: HessianEigenmaps(n_neighbors=12).fit(x[:13])),
    "eigenmaps: hardly joined": (ValueError, "too little weight",
                                 lambda x: LaplacianEigenmaps(width=0.01).fit(x)),
    "eigenmaps: alternating": (ValueError, "cannot be interpolated",
                               lambda x: LaplacianEigenmaps(4, n_neighbors=4).fit(x[:6])
                               .transform(x)),
    "kernel: width": (ValueError, "width must be", lambda x: GaussianKernel(0)),
    "kernel: degree": (TypeError, "degree must be", lambda x: PolynomialKernel(1.5)),
    "kernel: shape": (ValueError, "kernel must return shape",
                      lambda x: KernelPCA(kernel=lambda a, b: a).fit(x)),
    "kernel: asymmetric": (ValueError, "must be symmetric",
                           lambda x: KernelPCA(kernel=lambda a, b: a @ b.T + a[:, :1]).fit(x)),
    "kernel: flat": (ValueError, "vary in fewer directions than n_components = 2",
                     lambda x: KernelPCA(kernel=PolynomialKernel(1)).fit(x[:, :1])),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, sheet):
    error, message, action = REFUSED[name]
    with pytest.raises(error, match=message):
        action(sheet[0])


@functools.cache
def in_the_first_unit(name):
    """A method on the roll, with which every other unit is compared."""
    return METHODS[name]().fit(swiss_roll(200, rng=3)[0])


@pytest.mark.one_in(12)
@pytest.mark.parametrize("name", ["isomap", "lle", "eigenmaps", "alignment", "hessian", "charting"])
@pytest.mark.parametrize("scale", [1e-150, 1e-5, 1e5, 1e150])
def test_units_do_not_matter(name, scale):
    x, _ = swiss_roll(200, rng=3)
    models = [in_the_first_unit(name), METHODS[name]().fit(scale * x)]
    unit = scale if name == "isomap" else 1.0
    one, other = (model.transform(part[:20] + 0.1 * part[1])
                  for model, part in zip(models, (x, scale * x), strict=True))  # fmt: skip
    np.testing.assert_allclose(other / unit, one, atol=1e-5 * np.abs(one).max())
    embedding = models[0].embedding_
    np.testing.assert_allclose(models[1].embedding_ / unit, embedding,
                               atol=1e-5 * np.abs(embedding).max())  # fmt: skip


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", METHODS)
def test_points_in_float32_are_computed_in_float64(name):
    x = np.random.default_rng(0).random((60, 3)).astype(np.float32)
    learned = [METHODS[name](2).fit(points) for points in (x, x.astype(float))]
    new = 0.5 * (x[:5] + x[5:10])
    for one in learned:
        assert one.embedding_.dtype == np.float64
        np.testing.assert_array_equal(one.embedding_, learned[1].embedding_)
        if hasattr(one, "transform"):
            found, wanted = one.transform(new), learned[1].transform(new.astype(float))
            assert found.dtype == np.float64
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("make", [*METHODS.values(), TangentPlanes])
def test_what_is_no_table_is_named(make):
    x = np.random.default_rng(0).random((60, 3))
    model, hole = make(2).fit(x), np.where(np.arange(3) == 1, np.nan, x)
    for method in (make(2).fit, getattr(model, "transform", model.fit)):
        for wrong, says in (("text", "^X must"), (hole, "^X has 60 entries that are NaN")):
            with pytest.raises((TypeError, ValueError), match=says):
                method(wrong)

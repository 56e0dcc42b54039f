"""What does not matter does not matter: order, place, unit and copies of the data, LAPACK's signs.

The table `CASES` has an entry for everything that fits data. It says how the result is read, how it
scales, and which changes of the data the method does feel, with the reason. A new estimator joins
with one entry; the last test fails until it has one, or stands among those that are exempt.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest

from tests.valid_calls import MODULES, public_names
from tinyae import PCA, Autoencoder, sparse_code, tangents
from tinyae.applications import (
    PCAHashing,
    RandomHyperplanes,
    SpectralHashing,
    precision_at_k,
    precision_recall_curve,
    within_radius,
)
from tinyae.densities import ManifoldParzen, Parzen, cross_validate, neighbor_pairs
from tinyae.embeddings import (
    SNE,
    TSNE,
    Charting,
    GaussianKernel,
    HessianEigenmaps,
    Isomap,
    KernelPCA,
    LaplacianEigenmaps,
    LocallyLinear,
    MaximumVarianceUnfolding,
    NeighborGraph,
    PolynomialKernel,
    TangentAlignment,
    TangentPlanes,
    nearest_neighbors,
    pick_probabilities,
)
from tinyae.score import (
    energy_distance,
    optimal_reconstruction,
    smoothed_hessian,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.sparse_coding import ZCA, normalize_contrast
from tinyae.tangents import (
    local_pca_tangents,
    neighbor_differences,
    principal_angles,
    tangent_angles,
)

N, D = 60, 5
COPIES = "the nearest neighbours are then copies"
ORIGIN = "it looks from the origin"


def sheet(n=N):
    """A bent sheet of n points in 5 dimensions: no two directions alike."""
    u = np.random.default_rng(5).uniform(-1, 1, (n, 2)) * [1.5, 1.0]
    return np.column_stack([u, 0.3 * u**2, 0.2 * u[:, 0] * u[:, 1]]) + 0.5


@dataclass(frozen=True)
class Case:
    """How a method is called, and what may happen to its results.

    Attributes
    ----------
    call : from (x, unit) to results by name; widths in the units of x are multiplied by `unit`
    scales : for each result the power of the unit by which it is multiplied
    rows : results with a row for each row of x; `pairs`: a row and a column
    axes : results with a last axis of the columns of x
    feels : changes that the method does feel, each with the reason
    tolerance : relative to the largest entry
    """

    call: Callable[[np.ndarray, float], dict]
    scales: dict[str, int]
    rows: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    feels: dict[str, str] = field(default_factory=dict)
    tolerance: float = 1e-6


def embedding(fit, *, scale=0, values=None, **options):
    """Return a case for what learns an `embedding_`, and perhaps eigenvalues of some power."""

    def call(x, unit):
        model = fit(x, unit)
        found = {"embedding": model.embedding_}
        if values is not None:
            found["values"] = model.eigenvalues_
        if hasattr(model, "transform"):
            found["new"] = model.transform(0.9 * x + 0.1 * x[np.lexsort(x.T[::-1])[0]])
        return found

    scales = {"embedding": scale, "new": scale, "values": values}
    return Case(call, scales, rows=("embedding", "new"), **options)


def density(log_density, **options):
    """Return a case for log densities at the data, less what unit and constant columns add."""

    def call(x, unit):
        varying = (x.min(axis=0) < x.max(axis=0)).sum()
        constant = (x.shape[1] - varying) * (0.5 * np.log(2 * np.pi) + np.log(0.3 * unit))
        return {"log": log_density(x, unit) + constant + varying * np.log(unit)}

    return Case(call, {"log": 0}, rows=("log",), **options)


def pca(x, unit):
    found = PCA(3).fit(x)
    return {"mean": found.mean_, "components": found.components_, "code": found.transform(x),
            "variances": found.spectrum_[:5], "back": found.reconstruct(x)}  # fmt: skip


def planes(x, unit):
    found = TangentPlanes(2, n_neighbors=8).fit(x)
    return {"bases": found.bases_, "centres": found.centres_, "coordinates": found.coordinates_}


def graph(x, unit):
    found = NeighborGraph(8).fit(x)
    found.check_connected()
    return {"lengths": found.lengths_, "paths": found.shortest_paths()}


def code(x, unit):
    atoms = np.random.default_rng(2).normal(size=(4, D))
    return {"code": sparse_code(x, atoms, 0.2 * unit, tol=1e-14)}


def pieces(x):
    """Two halves, told apart by their first column: not by the order of the rows."""
    column = x[:, (x.min(axis=0) < x.max(axis=0)).argmax()]
    return x[column > np.median(column)], x[column <= np.median(column)]


def zca(x, unit):
    found = ZCA(0.01 * unit**2).fit(x)
    z = found.transform(x)
    return {"z": z, "mean": found.mean_, "back": found.inverse_transform(z)}


def scores(x, unit):
    grid = [Parzen(s * unit) for s in (0.1, 0.3, 1.0)]
    best = cross_validate(grid, x, folds=4, rng=np.random.default_rng(0))
    return {"scores": best.scores + D * np.log(unit), "best": grid.index(best.best)}


def distances(x, unit):
    return {"distances": nearest_neighbors(x, 7)[1]}


def bits(hashing):
    """Return a call whose result is the codes of the points themselves."""
    return lambda x, unit: {"codes": hashing.fit(x).transform(x)}


def halves(x):
    """Whether two rows lie in the same half (n, n), told apart as in `pieces`."""
    column = x[:, (x.min(axis=0) < x.max(axis=0)).argmax()]
    above = column > np.median(column)
    return above[:, None] == above


def radius_two(x, unit):
    codes = x > np.median(x, axis=0)
    found = within_radius(codes, codes, halves(x), [0, 2])
    return {"precision": found.precision, "recall": found.recall}


ENCODER = Autoencoder.dense((D, 8), rng=np.random.default_rng(1))
FAR = np.random.default_rng(1).normal(size=(3, D))
MODEL = {"shift": "the model is given", "scale": "the model is given",
         "constant": "the model has its width"}  # fmt: skip
COPY = {"repeat": COPIES}
FOLD = {"constant": "each adds its own factor", "repeat": "copies help each other when left out"}

CASES = {
    "PCA": Case(pca, {"mean": 1, "components": 0, "code": 1, "variances": 2, "back": 1},
                rows=("code", "back"), axes=("mean", "components", "back")),
    "ZCA": Case(zca, {"z": 0, "mean": 1, "back": 1}, rows=("z", "back"),
                axes=("z", "mean", "back")),
    "normalize_contrast": Case(
        lambda x, unit: {"z": normalize_contrast(x, 0.05 * unit)}, {"z": 0}, rows=("z",),
        feels={"constant": "a column is a pixel", "shift": "only one for all columns"}),
    "Isomap": embedding(lambda x, u: Isomap(2).fit(x), scale=1, values=2, feels=COPY),
    "LocallyLinear": embedding(lambda x, u: LocallyLinear(2).fit(x), values=0, feels=COPY),
    "LaplacianEigenmaps": embedding(lambda x, u: LaplacianEigenmaps(2).fit(x), values=0,
                                    feels=COPY),
    "LaplacianEigenmaps: heat": embedding(
        lambda x, u: LaplacianEigenmaps(2, width=0.5 * u).fit(x), values=0, feels=COPY),
    "TangentAlignment": embedding(lambda x, u: TangentAlignment(2).fit(x), values=0, feels=COPY),
    "HessianEigenmaps": embedding(lambda x, u: HessianEigenmaps(2).fit(x), values=0, feels=COPY),
    "Charting": embedding(lambda x, u: Charting(2).fit(x), feels=COPY),
    "KernelPCA": embedding(
        lambda x, u: KernelPCA(3, kernel=GaussianKernel(0.5 * u)).fit(x), values=None),
    "KernelPCA: polynomial": embedding(
        lambda x, u: KernelPCA(2, kernel=PolynomialKernel(2, 0.5)).fit(x),
        feels={"shift": ORIGIN, "scale": ORIGIN, "constant": ORIGIN}),
    "KernelPCA: linear": embedding(
        lambda x, u: KernelPCA(2, kernel=PolynomialKernel(1, 0.0)).fit(x), scale=1,
        feels={"constant": "products of large numbers lose the digits of small ones"}),
    "MaximumVarianceUnfolding": Case(
        lambda x, u: {"y": MaximumVarianceUnfolding(
            2, rounds=2, steps=15, rng=np.random.default_rng(0)).fit(x).embedding_},
        {"y": 1}, rows=("y",), feels=COPY, tolerance=1e-3),
    "SNE": embedding(
        lambda x, u: SNE(2, perplexity=10, steps=30, rng=np.random.default_rng(0)).fit(x),
        feels={"repeat": "n counts"}),
    "TSNE": embedding(
        lambda x, u: TSNE(2, perplexity=10, steps=30, rng=np.random.default_rng(0)).fit(x),
        feels={"repeat": "n counts"}),
    "pick_probabilities": Case(lambda x, u: {"P": pick_probabilities(x, 10.0)}, {"P": 0},
                               pairs=("P",), feels={"repeat": "n counts"}),
    "nearest_neighbors": Case(distances, {"distances": 1}, rows=("distances",), feels=COPY),
    "NeighborGraph": Case(graph, {"lengths": 1, "paths": 1}, rows=("lengths",), pairs=("paths",),
                          feels=COPY),
    "TangentPlanes": Case(planes, {"bases": 0, "centres": 1, "coordinates": 1},
                          rows=("bases", "centres", "coordinates"), axes=("bases", "centres"),
                          feels=COPY),
    "local_pca_tangents": Case(
        lambda x, u: dict(zip("Ts", local_pca_tangents(x, x, 2, 9), strict=True)),
        {"T": 0, "s": 1}, rows=("T", "s"), axes=("T",), feels=COPY),
    "neighbor_differences": Case(lambda x, u: {"steps": neighbor_differences(x, 4)}, {"steps": 0},
                                 rows=("steps",), axes=("steps",), feels=COPY),
    "neighbor_pairs": Case(lambda x, u: {"y": neighbor_pairs(x, 4)[1].reshape(len(x), 4, -1)},
                           {"y": 1}, rows=("y",), axes=("y",), feels=COPY),
    "Parzen": density(lambda x, u: Parzen(0.3 * u).fit(x).score_samples(x)),
    "ManifoldParzen": density(
        lambda x, u: ManifoldParzen(0.3 * u, n_neighbors=6, n_components=2).fit(x).score_samples(x),
        feels=COPY),
    "Parzen: leaving one out": density(
        lambda x, u: Parzen(0.3 * u).leave_one_out(x), feels=FOLD),
    "smoothed_log_density": density(lambda x, u: smoothed_log_density(x, x, 0.3 * u)),
    "smoothed_score": Case(
        lambda x, u: {"score": smoothed_score(x, x, 0.3 * u), "H": smoothed_hessian(x, x, 0.3 * u),
                      "r": optimal_reconstruction(x, x, 0.3 * u)},
        {"score": -1, "H": -2, "r": 1}, rows=("score", "H", "r"), axes=("score", "r"),
        feels={"constant": "a row and a column of H are added"}),
    "cross_validate": Case(scores, {"scores": 0, "best": 0}, feels=FOLD),
    "energy_distance": Case(lambda x, u: {"E": energy_distance(*pieces(x))}, {"E": 1},
                            feels={"repeat": "pairs of equal points are added"}),
    "sparse_code": Case(code, {"code": 1}, rows=("code",),
                        feels={"shift": ORIGIN, "constant": "the tolerance goes with ‖x‖"}),
    "principal_angles": Case(
        lambda x, u: {"angles": principal_angles(u * FAR[:2], np.sort(x, axis=0)[:3])},
        {"angles": 0}, feels={"shift": ORIGIN, "constant": "directions, not points",
                              "repeat": "directions, not points"}),
    "tangent_angles": Case(
        lambda x, u: {"angles": tangent_angles(
            np.repeat(u * FAR[None, :2], len(x), 0), x[:, None])},
        {"angles": 0}, rows=("angles",),
        feels={"shift": ORIGIN, "constant": "directions, not points"}),
    "tangents": Case(lambda x, u: dict(zip("Ts", tangents(ENCODER, x, 2), strict=True)),
                     {"T": 0, "s": 0}, rows=("T", "s"), feels=MODEL),
    "tangents: of the reconstruction": Case(
        lambda x, u: dict(zip("Ts", tangents(ENCODER, x, 2, of="reconstruction"), strict=True)),
        {"T": 0, "s": 0}, rows=("T", "s"), feels=MODEL),
    "tangents: of its range": Case(
        lambda x, u: dict(zip("Ts", tangents(ENCODER, x, 2, of="range"), strict=True)),
        {"T": 0, "s": 0}, rows=("T", "s"), feels=MODEL),
    "PCAHashing": Case(bits(PCAHashing(2)), {"codes": 0}, rows=("codes",)),
    "SpectralHashing": Case(bits(SpectralHashing(5)), {"codes": 0}, rows=("codes",)),
    "RandomHyperplanes": Case(bits(RandomHyperplanes(6)), {"codes": 0}, rows=("codes",),
                              feels={"constant": "directions in more columns are drawn"}),
    "precision_at_k": Case(
        lambda x, u: {"precision": precision_at_k(x, x, halves(x), [1, 5])}, {"precision": 0},
        feels=COPY),
    "precision_recall_curve": Case(
        lambda x, u: {"both": precision_recall_curve(x, x, halves(x), [1, 5])}, {"both": 0},
        feels=COPY),
    "within_radius": Case(radius_two, {"precision": 0, "recall": 0}),
}  # fmt: skip

CHANGES = {
    "permute": [None],
    "shift": [7.0],
    "scale": [3.0, 1e-150, 1e150],
    "constant": [4.0],
    "repeat": [3],
}


def compare(case, before, after, place, columns, unit):
    """Assert that each result is what it was, read as the case says."""
    for name, value in before.items():
        found = np.asarray(after[name])
        if name in case.rows:
            found = found[place]
        if name in case.pairs:
            found = found[np.ix_(place, place)]
        if name in case.axes and columns is not None:
            found = found[..., columns]
        power = case.scales[name] or 0
        found = found / unit ** (power / 2) / unit ** (power / 2)
        size = np.abs(value).max()
        np.testing.assert_allclose(found, value, atol=case.tolerance * size, err_msg=name)


@cache
def _of_the_sheet(name):
    return CASES[name].call(sheet(), 1.0)


def of_the_sheet(name):
    """The results on the sheet, in copies: they are computed once for all changes."""
    return {key: np.copy(value) for key, value in _of_the_sheet(name).items()}


PAIRS = [(name, change) for name in CASES for change in CHANGES if change not in CASES[name].feels]


@pytest.mark.one_in(24)
@pytest.mark.parametrize(("name", "change"), PAIRS)
def test_what_does_not_matter(name, change):
    case, x = CASES[name], sheet()
    if name == "MaximumVarianceUnfolding":
        pytest.importorskip("scipy")
    before, n = of_the_sheet(name), len(x)
    for value in CHANGES[change]:
        place, columns, unit, changed = np.arange(n), None, 1.0, x
        if change == "permute":
            order = np.random.default_rng(8).permutation(n)
            changed, place = x[order], np.argsort(order)
        elif change == "shift":
            changed = x + value
            if name in SHIFTED:
                before = SHIFTED[name](before, value)
        elif change == "scale":
            changed, unit = value * x, value
        elif change == "constant":
            changed = np.insert(x, [0, 2, 5], [value, -1e6, 0.1], axis=1)
            columns = [1, 2, 4, 5, 6]
        elif change == "repeat":
            changed = np.concatenate([x] * value)
        kept = changed.copy()
        compare(case, before, case.call(changed, unit), place, columns, unit)
        np.testing.assert_array_equal(changed, kept)


def moved(*names):
    return lambda found, by: found | {name: found[name] + by for name in names}


# Results that are places: they move with the data.
SHIFTED = {
    "PCA": moved("mean", "back"), "ZCA": moved("mean", "back"), "TangentPlanes": moved("centres"),
    "neighbor_pairs": moved("y"), "smoothed_score": moved("r"),
}  # fmt: skip


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", CASES)
def test_float32_is_read_as_what_it_is(name):
    if name == "MaximumVarianceUnfolding":
        pytest.importorskip("scipy")
    case, x = CASES[name], sheet().astype(np.float32)
    before, after = case.call(x.astype(np.float64), 1.0), case.call(x, 1.0)
    for key, value in before.items():
        size = np.abs(value).max()
        np.testing.assert_allclose(after[key], value, atol=max(1e-4, case.tolerance) * size)


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", CASES)
def test_the_signs_that_lapack_gives_do_not_matter(name, monkeypatch):
    """Its eigenvectors are as good with any signs: here with signs drawn at random."""
    if name == "MaximumVarianceUnfolding":
        pytest.importorskip("scipy")
    case, x, rng = CASES[name], sheet(), np.random.default_rng(0)
    before = of_the_sheet(name)
    eigh, svd, qr = np.linalg.eigh, np.linalg.svd, np.linalg.qr

    def signs(M):
        return rng.choice([-1.0, 1.0], (*M.shape[:-2], 1, M.shape[-1])).astype(M.dtype)

    def flipped_eigh(A):
        values, V = eigh(A)
        return values, V * signs(V)

    def flipped_svd(A, full_matrices=True, compute_uv=True, hermitian=False):
        if not compute_uv:
            return svd(A, full_matrices, False, hermitian)
        U, s, Vt = svd(A, full_matrices)
        sign = signs(U)
        if U.shape[-1] != Vt.shape[-2]:
            return U, s, Vt
        return U * sign, s, Vt * sign.swapaxes(-1, -2)

    def flipped_qr(A, mode="reduced"):
        Q, R = qr(A, mode)
        sign = signs(Q)
        return Q * sign, R * sign.swapaxes(-1, -2)

    for label, other in (("eigh", flipped_eigh), ("svd", flipped_svd), ("qr", flipped_qr)):
        monkeypatch.setattr(np.linalg, label, other)
    compare(case, before, case.call(x, 1.0), np.arange(len(x)), None, 1.0)


# ------------------------------------------------------------------------- data with symmetries

GRID = np.stack(np.meshgrid(np.arange(7.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
WAVE = 2 * np.pi * np.arange(42) / 42
DRAWN = np.random.default_rng(3).normal(size=(21, D)) * [5, 4, 3, 2, 1]
SYMMETRIC = {
    "a grid": np.insert(GRID, [2, 2, 2], 0.0, axis=1),
    "a stretched grid": np.column_stack([GRID * [0.1, 0.3], 0.01 * (GRID - 3) ** 2, GRID[:, :1]]),
    "a square grid": np.insert(
        np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(-1, 2),
        [2, 2, 2], 1.0, axis=1),
    "a circle": np.insert(np.column_stack([np.cos(WAVE), np.sin(WAVE)]), [2, 2, 2], 0.0, axis=1),
    "an ellipse": np.insert(
        np.column_stack([3 * np.cos(WAVE), np.sin(WAVE)]), [2, 2, 2], 0.0, axis=1),
    "each with its negative": np.concatenate([DRAWN, -DRAWN]),
    "each twice": np.repeat(DRAWN, 2, axis=0),
    "bits": np.random.default_rng(0).integers(0, 2, (42, D)).astype(float),
    "one of five": np.eye(D)[np.arange(42) % D],
    "a plane": DRAWN[:, :2] @ DRAWN[:2],
    "all equal": np.full((30, D), 0.1),
}  # fmt: skip
SLOW = ("MaximumVarianceUnfolding", "sparse_code")


def results(case, x):
    """The results, or None for a refusal."""
    try:
        return case.call(x, 1.0)
    except ValueError:
        return None


@cache
def _of_symmetric(name, data):
    return results(CASES[name], SYMMETRIC[data])


def of_symmetric(name, data):
    """The results on symmetric data, in copies: they are computed once for both tests."""
    found = _of_symmetric(name, data)
    return found and {key: np.copy(value) for key, value in found.items()}


def sorted_by_rows(found, case, x):
    """Results in the rows' order by value, values alone where rows are equal; or a refusal."""
    if found is None:
        return None
    order = np.lexsort(x.T[::-1])
    for name in found.keys() & set(case.rows):
        found[name] = np.asarray(found[name])[order]
    for name in case.pairs:
        found[name] = found[name][np.ix_(order, order)]
    return found


@pytest.mark.one_in(24)
@pytest.mark.parametrize("name", [name for name in CASES if name not in SLOW])
@pytest.mark.parametrize("data", SYMMETRIC)
def test_the_order_does_not_decide_what_symmetric_data_leave_open(name, data):
    """Ties, equal variances and copies: either the same from rows in any order, or refused."""
    case, x = CASES[name], SYMMETRIC[data]
    order = np.random.default_rng(4).permutation(len(x))
    one = sorted_by_rows(of_symmetric(name, data), case, x)
    other = sorted_by_rows(results(case, x[order]), case, x[order])
    assert (one is None) == (other is None), "refused in one order only"
    if one is None:
        return
    kept = np.unique(x, axis=0, return_inverse=True)[1].ravel()[np.lexsort(x.T[::-1])]
    for key, value in one.items():
        value, found = np.asarray(value), np.asarray(other[key])
        if key in case.rows:  # equal rows may have changed places
            value, found = (np.stack([np.bincount(kept, column) for column in part.reshape(
                len(x), -1).T]) for part in (value, found))  # fmt: skip
        elif key in case.pairs and len(set(kept)) < len(x):
            value, found = np.sort(value.sum(axis=0)), np.sort(found.sum(axis=0))
        atol = 1e-6 * np.abs(value).max() + 1e-9
        np.testing.assert_allclose(found, value, atol=atol, err_msg=key)


TIES = [name for name in SYMMETRIC if name not in ("each twice", "all equal")]


@pytest.mark.one_in(24)
@pytest.mark.parametrize(
    "name", [name for name in CASES if name.split(":")[0] not in (*SLOW, "tangents")]
)
@pytest.mark.parametrize("data", TIES)
def test_rounding_does_not_decide_what_symmetric_data_leave_open(name, data):
    """A shift, a scale and constant columns make equal numbers differ by their rounding."""
    case, x = CASES[name], SYMMETRIC[data]
    unit = 1.0 if "scale" in case.feels else 0.1
    shift = 0.0 if "shift" in case.feels else 0.73
    changed, columns = unit * x + shift, None
    if "constant" not in case.feels:
        changed = np.insert(changed, [0, 2, 5], [4.0, -1e6, 0.1], axis=1)
        columns = [1, 2, 4, 5, 6]
    before = of_symmetric(name, data)
    if before is None:
        with pytest.raises(ValueError):
            case.call(changed, unit)
        return
    if name in SHIFTED:
        before = SHIFTED[name](before, shift / unit)
    after = case.call(changed, unit)
    for key in list(before):  # what is 0 up to rounding has no relative error
        if np.abs(before[key]).max() < 1e-10:
            power = unit ** (case.scales[key] or 0)
            assert np.abs(after[key]).max() < 1e-9 * power, key
            del before[key]
    compare(case, before, after, np.arange(len(x)), columns, unit)


# ---------------------------------------------------------------------------------------- coverage

EXEMPT = {
    "AutoencoderTransformer": "a model is trained, with an order of rows and noise",
    "PSDTransformer": "a model is trained, with an order of rows",
    "RBMTransformer": "a model is trained, with an order of rows and noise",
    "RecirculationTransformer": "a model is trained, with an order of rows",
    "SemanticHashTransformer": "a model is trained, with an order of rows and noise",
    "VAETransformer": "a model is trained, with an order of rows and noise",
    "MinimalLossHashing": "a model: fit trains it",
    "SemanticHash": "an autoencoder is trained, with an order of rows and noise",
    "as_images": "rows of pixels, each by itself",
    "annealed_log_partition": "its estimate is random; of the data it takes the base rates only",
    "asymmetry": "a function of a given model",
    "circulation": "a function of a given field",
    "Coder": "a scaling and a transformer, each of which is tested",
    "CrossValidation": "what cross_validate returns",
    "early_exaggeration": "a schedule of training",
    "find_zeros": "starts of a search, not data; the zeros are sorted",
    "FixedPoints": "what fixed_points returns",
    "fixed_points": "starts of a search, not data; the zeros are sorted",
    "fit": "trains a model: batches follow the order of the rows",
    "GaussianKernel": "in KernelPCA",
    "gradcheck": "a check of a given model",
    "langevin": "a chain from given starts",
    "LaplacePrior": "a given density",
    "line_integral": "a function of a given field",
    "log_likelihood": "a function of a given model",
    "logistic_pca": "an untrained model: fit trains it",
    "metropolis_langevin": "a chain from given starts",
    "minimize": "trains a model from its own start",
    "mixture_log_density": "a given density",
    "mixture_score": "a given density",
    "NonLocalParzen": "a model: fit trains it",
    "NonLocalTangents": "a model: fit trains it",
    "optimal_reconstruction": "with smoothed_score",
    "point_estimate": "a function of a given model",
    "reconstructions": "a picture of given arrays",
    "ellipses": "a picture of given arrays",
    "reconstruction_curve": "a picture of given arrays",
    "tangent_images": "a picture of given arrays",
    "vector_field": "a picture of given arrays",
    "PolynomialKernel": "in KernelPCA",
    "potential": "a function of a given model",
    "score_field": "a function of a given model",
    "smoothed_hessian": "with smoothed_score",
    "SNEMap": "a model: SNE trains it",
    "stack": "trains models: batches follow the order of the rows",
    "stationary_distribution": "a function of a given transition matrix",
    "StudentTPrior": "a given density",
    "TSNEMap": "a model: TSNE trains it",
    "trace": "a function of a given model",
}  # fmt: skip


def takes_data(thing) -> bool:
    """Whether it is part of the analysis, has a `fit`, or is a function of data."""
    if not callable(thing):
        return False
    package = thing.__module__.split(".")[1]
    if package in ("embeddings", "tangents", "score") or hasattr(thing, "fit"):
        return True
    names = inspect.signature(thing).parameters if inspect.isfunction(thing) else ()
    return bool({"x", "X", "data", "A", "points"} & set(names))


def test_everything_that_takes_data_is_in_the_table():
    public = {name: getattr(module, name) for module in MODULES for name in public_names(module)}
    named = {name.split(":")[0] for name in CASES}
    missing = [name for name, thing in public.items()
               if takes_data(thing) and name not in named | set(EXEMPT)]  # fmt: skip
    assert not missing, f"give these an entry in CASES, or in EXEMPT with the reason: {missing}"
    assert not named & set(EXEMPT)
    assert set(EXEMPT) <= set(public) and named <= set(public)

"""Random hyperplanes, signs of principal components, spectral hashing."""

import numpy as np
import pytest

from tinyae.applications import PCAHashing, RandomHyperplanes, SpectralHashing
from tinyae.embeddings import PCA


def test_random_hyperplanes_estimate_angles(rng):
    """Two points at an angle θ from the mean differ in a share θ/π of the bits."""
    x = rng.standard_normal((40, 6)) + 3.0
    hashing = RandomHyperplanes(4000).fit(x)
    codes, c = hashing.transform(x), x - x.mean(axis=0)
    c /= np.linalg.norm(c, axis=1, keepdims=True)
    wanted = np.arccos(np.clip(c @ c.T, -1, 1)) / np.pi
    share = (codes[:, None] != codes[None]).mean(axis=2)
    assert np.abs(share - wanted).max() < 4.5 * 0.5 / np.sqrt(4000)
    raw = np.arccos(np.clip((x @ x.T) / np.outer(*2 * [np.linalg.norm(x, axis=1)]), -1, 1)) / np.pi
    assert np.abs(share - raw).max() > 0.2, "not the angles seen from the origin"
    assert codes.dtype == bool and (np.abs(codes.mean(axis=0) - 0.5) < 0.4).all()


def test_a_seed_gives_the_same_planes(rng):
    x = rng.standard_normal((9, 3))
    one, same, other = (RandomHyperplanes(7, rng=r).fit(x).components_ for r in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_signs_of_components(rng):
    x = rng.standard_normal((50, 5)) * [5, 4, 3, 2, 1] + 7.0
    fresh = rng.standard_normal((20, 5)) * 5 + 7.0
    codes = PCAHashing(3).fit(x).transform(fresh)
    np.testing.assert_array_equal(codes, PCA(3).fit(x).transform(fresh) > 0)


@pytest.mark.parametrize("hashing", [PCAHashing(2), RandomHyperplanes(5), SpectralHashing(2)])
def test_a_point_on_the_plane_has_the_bit_0(hashing, rng):
    """The mean of the data lies on every plane, and rounding puts it on either side."""
    half = rng.standard_normal((20, 4)) * [4.0, 2.0, 1.0, 0.5]
    for shift in (0.0, 0.1, 0.73, 1.3, 7.7):
        x = np.concatenate([half, -half]) + shift
        codes = hashing.fit(x).transform(np.full((1, 4), shift))
        first = codes[0, hashing.modes_ % 2 == 1] if hasattr(hashing, "modes_") else codes[0]
        assert not first.any()


def box(rng, n=4000):
    """Points that are uniform in a box with sides 8, 4 and 2, turned."""
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    y = rng.uniform(-1, 1, (n, 3)) * [4.0, 2.0, 1.0]
    return y @ turn, y, turn


def test_spectral_hashing_on_a_uniform_box(rng):
    """Frequencies k/side are 1/8, 2/8, 1/4, 3/8, 4/8, 2/4, 1/2: halves and quarters of sides."""
    x, y, _ = box(rng)
    hashing = SpectralHashing(7).fit(x)
    pairs = sorted(zip(hashing.axes_, hashing.modes_, strict=True))
    assert pairs == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 1), (1, 2), (2, 1)]
    frequencies = hashing.modes_ / hashing.length_[hashing.axes_]
    assert (np.diff(frequencies) >= -1e-12).all(), "the slowest first"
    codes = hashing.transform(x)
    half = codes[:, (hashing.axes_ == 0) & (hashing.modes_ == 1)][:, 0]
    quarter = codes[:, (hashing.axes_ == 0) & (hashing.modes_ == 2)][:, 0]
    assert max((half == (y[:, 0] > 0)).mean(), (half != (y[:, 0] > 0)).mean()) > 0.98
    assert (quarter == (np.abs(y[:, 0]) > 2.0)).mean() > 0.98
    assert (np.abs(codes.mean(axis=0) - 0.5) < 0.06).all(), "balanced"
    off = np.corrcoef(codes.T) - np.eye(7)
    assert np.abs(off[:3, :3]).max() < 0.1, "uncorrelated"


@pytest.mark.slow
def test_the_functions_are_eigenvectors_of_a_graph_laplacian(rng):
    """On points of a box, the smallest eigenvectors of D − W have the signs of the bits."""
    y = rng.uniform(0, 1, (900, 2)) * [3.0, 1.7]
    squares = ((y[:, None] - y[None]) ** 2).sum(axis=2)
    W = np.exp(-squares / (2 * 0.15**2))
    D = W.sum(axis=1)
    _, vectors = np.linalg.eigh((np.diag(D) - W) / np.sqrt(np.outer(D, D)))
    signs = vectors[:, 1:4] / np.sqrt(D)[:, None] > 0
    codes = SpectralHashing(3).fit(y).transform(y)
    for j in (0, 1):  # the third, 2/3, is about as fast as a product of both sides
        agreement = max((codes[:, j] == signs[:, i]).mean() for i in range(3))
        opposite = max((codes[:, j] != signs[:, i]).mean() for i in range(3))
        assert max(agreement, opposite) > 0.9
    shuffled = rng.permutation(codes[:, 0])
    assert max(abs((shuffled == signs[:, i]).mean() - 0.5) for i in range(3)) < 0.1


def test_a_box_has_at_most_as_many_sides_as_bits(rng):
    X = rng.random((60, 5)) * np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    for n_bits, sides in ((2, 2), (5, 5), (9, 5)):
        assert len(SpectralHashing(n_bits).fit(X).length_) == sides


def test_a_box_with_fewer_sides_than_bits(rng):
    x, _, _ = box(rng, 200)
    flat = x @ np.diag([1.0, 1.0, 0.0])
    assert len(SpectralHashing(9).fit(x).length_) == 3
    assert len(SpectralHashing(9).fit(flat).length_) == 2
    one = SpectralHashing(4, n_components=1).fit(x)
    np.testing.assert_array_equal(one.modes_, [1, 2, 3, 4])
    assert one.transform(x[:5]).shape == (5, 4)


@pytest.mark.parametrize("hashing", [PCAHashing(2), SpectralHashing(2), RandomHyperplanes(2)])
def test_what_is_refused(hashing, rng):
    with pytest.raises(ValueError, match="not fitted"):
        hashing.transform(rng.standard_normal((3, 3)))
    with pytest.raises(TypeError, match="n_bits must be a whole number"):
        hashing.set_params(n_bits=1.5).fit(rng.standard_normal((9, 3)))
    fitted = hashing.set_params(n_bits=2).fit(rng.standard_normal((9, 3)))
    with pytest.raises(ValueError, match="2 features"):
        fitted.transform(np.ones((3, 2)))


def test_too_many_components(rng):
    with pytest.raises(ValueError, match="at most 3 components, one for each bit"):
        PCAHashing(4).fit(rng.standard_normal((9, 3)))
    with pytest.raises(ValueError, match="no direction of largest variance"):
        SpectralHashing(2).fit(np.ones((5, 3)))

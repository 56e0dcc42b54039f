"""What the experiment of semantic hashing measures, and the pairs that it draws without labels."""

import numpy as np
import pytest

from figures.experiments.semantic_hashing import (
    Features,
    Search,
    bits_of,
    from_bits,
    from_code,
    growing,
    learn,
    neighbor_labels,
    saturation,
)
from tinyae import NoisyCode
from tinyae.applications.digits import squared_error
from tinyae.embeddings import nearest_neighbors


@pytest.fixture
def bars(rng):
    """Binary pictures of 8 pixels: two of four pairs of pixels are on."""
    parts = rng.random((200, 4)) < 0.5
    return np.repeat(parts, 2, axis=1).astype(np.float32)


@pytest.mark.parametrize("code", [growing(2.0), None, NoisyCode(0.1)], ids=repr)
def test_errors_are_those_of_what_is_decoded(code, bars):
    model = learn(bars, 4, code, hidden=(6,), epochs=3)
    h = model.encode(bars)
    assert h.shape == (200, 4) and h.min() >= 0 and h.max() <= 1
    assert saturation(model, bars) == pytest.approx(np.abs(h - 0.5).mean())
    bits = bits_of(model, bars)
    np.testing.assert_array_equal(bits, h > 0.5)
    for found, z in ((from_bits(model, bars), bits), (from_code(model, bars), h)):
        r = model.decode(z.astype(np.float32)).astype(float)
        likelihood = np.log(np.where(bars > 0, r, 1.0 - r)).sum(axis=1).mean()
        assert found[0] == pytest.approx(squared_error(bars, r), rel=1e-5)
        assert found[1] == pytest.approx(-likelihood, rel=1e-4)
    assert from_bits(model, bars, np.median(h, axis=0)) != from_bits(model, bars)


def test_the_output_starts_at_the_base_rates(bars):
    rates = bars.mean(axis=0)
    for base_rates in (True, False):
        model = learn(bars, 4, None, hidden=(6,), epochs=1, rate=0.0, base_rates=base_rates)
        b = model.decoder.layers[-1].params["b"]
        near = np.abs(1.0 / (1.0 + np.exp(-b)) - rates).max() < 0.02
        assert near == base_rates


def test_pairs_by_neighbours(rng):
    x = rng.standard_normal((60, 3))
    first, second, similar = neighbor_labels(x, 400, 5, 0)
    near = nearest_neighbors(x, 5)[0]
    is_near = (near[first] == second[:, None]).any(axis=1)
    np.testing.assert_array_equal(similar, np.arange(400) % 2 == 0)
    assert is_near[similar].all() and is_near[~similar].mean() < 0.25


def test_features_have_the_length_one(rng):
    x = rng.standard_normal((300, 6)) * [9, 7, 5, 3, 1, 1] + 4.0
    f = Features(x, 4)(x)
    assert f.dtype == np.float32 and f.shape == (300, 4)
    assert (f**2).sum(axis=1).mean() == pytest.approx(1.0, rel=1e-5)


def test_a_search_with_permuted_labels_is_a_control(rng):
    labels = np.arange(200) % 4
    x = np.eye(4)[labels] + 0.1 * rng.standard_normal((200, 4))
    search = Search(x[:150], labels[:150], x[150:], labels[150:])
    assert search.precision(lambda z: z, [1, 20]).min() > 0.99
    assert search.shuffled().precision(lambda z: z, [20])[0] < 0.45
    assert search.within(lambda z: z > 0.5, [0]).precision[0] > 0.99

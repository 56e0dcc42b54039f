"""The potential of an autoencoder against its field, and where there is none (14.5.1)."""

import numpy as np
import pytest

from tinyae import (
    RBM,
    Autoencoder,
    BernoulliOutput,
    Chain,
    GaussianOutput,
    Identity,
    Linear,
    ReLU,
    Residual,
    Sigmoid,
    Softplus,
    Tanh,
    tied,
)
from tinyae.nn import Normal
from tinyae.score import asymmetry, circulation, line_integral, potential

UNITS = [Identity, ReLU, Sigmoid, Tanh]


def net(unit, rng, *, scale=None, **options):
    """A tied net, or one whose decoder rows are `scale` times the encoder's columns."""
    model = Autoencoder.dense((4, 6), activation=unit, tied=scale is None, rng=rng, **options)
    model.theta += 0.3 * rng.standard_normal(model.theta.shape)
    if scale is not None:
        W = model.encoder.layers[0].params["W"]
        model.decoder.layers[0].params["W"][...] = scale[:, None] * W.T
    return model


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("scaled", [False, True])
def test_gradient_is_the_field(unit, scaled, rng):
    model = net(unit, rng, scale=rng.uniform(-2, 2, 6) if scaled else None)
    x, step = rng.standard_normal((7, 4)), 1e-5
    field = model.reconstruct(x) - x
    for i, e in enumerate(np.eye(4)):
        slope = (potential(model, x + step * e) - potential(model, x - step * e)) / (2 * step)
        np.testing.assert_allclose(slope, field[:, i], atol=1e-8)
    assert asymmetry(model, x).max() < 1e-14


def test_it_is_minus_the_free_energy_of_the_gaussian_machine(rng):
    rbm = RBM(4, 6, visible=GaussianOutput(), init=Normal(0.7), rng=rng)
    rbm.theta += 0.3 * rng.standard_normal(rbm.theta.shape)
    x = rng.standard_normal((7, 4))
    np.testing.assert_allclose(potential(rbm.unfold(), x), -rbm.free_energy(x), rtol=1e-13)


def test_a_long_way_out_nothing_overflows(rng):
    for unit in UNITS:
        assert np.isfinite(potential(net(unit, rng), np.full((1, 4), 1e5))).all()


def test_asymmetry_by_hand(rng):
    """For a linear net A = W V: its skew part over its size."""
    W, V = rng.standard_normal((3, 2)), rng.standard_normal((2, 3))
    encoder, decoder = Linear(3, 2, rng=0), Linear(2, 3, rng=0)
    encoder.params["W"][...], decoder.params["W"][...] = W, V
    A = W @ V
    expected = np.linalg.norm(A - A.T) / (2 * np.linalg.norm(A))
    model = Autoencoder(encoder, decoder)
    np.testing.assert_allclose(asymmetry(model, np.zeros((2, 3))), expected, rtol=1e-14)
    decoder.params["W"][...] = 0.0
    assert asymmetry(model, np.zeros((1, 3))).item() == 0.0


def test_asymmetry_sees_the_sigmoid_of_the_output(rng):
    tied = Autoencoder.dense((4, 6), tied=True, output=BernoulliOutput(), rng=rng)
    assert asymmetry(tied, rng.random((5, 4))).min() > 1e-3
    assert asymmetry(Autoencoder.dense((4, 6), rng=rng), rng.random((5, 4))).min() > 1e-3


def test_line_integral_is_the_difference_of_potentials(rng):
    model = net(Tanh, rng)
    a, b = rng.standard_normal((2, 9, 4))

    def field(x):
        return model.reconstruct(x) - x

    found = line_integral(field, a, b, nodes=24)
    np.testing.assert_allclose(found, potential(model, b) - potential(model, a), atol=1e-9)
    np.testing.assert_allclose(circulation(field, a, 0.5, nodes=24), 0.0, atol=1e-9)


def test_circulation_of_a_rotation_is_twice_the_area(rng):
    turn = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    x = rng.standard_normal((4, 3))
    np.testing.assert_allclose(circulation(lambda x: x @ turn, x, 0.3), 2 * 0.09, rtol=1e-12)


def test_float32(rng):
    model = net(Sigmoid, rng, dtype=np.float32)
    x = rng.standard_normal((5, 4)).astype(np.float32)
    assert potential(model, x).dtype == np.float32
    wide = potential(model.astype(np.float64), x)
    np.testing.assert_allclose(potential(model, x), wide, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (lambda: Autoencoder.dense((4, 6)), "each row of the decoder's W is a multiple"),
        (lambda: Autoencoder.dense((4, 6, 3), tied=True), "one hidden layer"),
        (lambda: Autoencoder.dense((4, 6), tied=True, output=BernoulliOutput()), "GaussianOutput"),
        (lambda: Autoencoder.dense((4, 6), tied=True, activation=Softplus), "not for Softplus"),
        (lambda: Autoencoder(Chain(Linear(4, 3, rng=0)), Linear(3, 4, rng=0)), "one hidden layer"),
    ],
)
def test_no_potential_is_said(model, says):
    with pytest.raises(ValueError, match=says):
        potential(model(), np.zeros((2, 4)))


def test_nearly_tied_is_not_tied(rng):
    model = net(Tanh, rng, scale=np.ones(6))
    model.decoder.layers[0].params["W"][0, 0] += 1e-6
    with pytest.raises(ValueError, match="differ by up to"):
        potential(model, np.zeros((1, 4)))


def test_a_residual_is_not_looked_through(rng):
    first = Linear(4, 6, rng=rng)
    model = Autoencoder(Chain(first, Residual(Sigmoid(), 0.5)), tied(first))
    with pytest.raises(ValueError, match="one hidden layer"):
        potential(model, np.zeros((1, 4)))
    for function in (potential, asymmetry):
        with pytest.raises(TypeError, match="takes an Autoencoder, got RBM"):
            function(RBM(4, 3), np.zeros((1, 4)))


def test_bad_input():
    zero = np.zeros((2, 2))
    with pytest.raises(ValueError, match="equally many"):
        line_integral(np.copy, zero, zero[:1])
    with pytest.raises(ValueError, match="nodes must be at least 1"):
        line_integral(np.copy, zero, zero, nodes=0)
    with pytest.raises(ValueError, match="two coordinates"):
        circulation(np.copy, zero[:, :1], 0.1)
    with pytest.raises(ValueError, match="side must be"):
        circulation(np.copy, zero, 0.0)


def test_a_unit_with_an_f_of_its_own_has_no_antiderivative_yet(rng):
    """What it inherits belongs to another f."""

    class Steep(Tanh):
        def f(self, a):
            return np.tanh(3.0 * a)

    with pytest.raises(ValueError, match="not for Steep"):
        potential(net(Steep, rng), rng.standard_normal((2, 4)))


def test_both_ends_of_a_line_have_the_same_width():
    with pytest.raises(ValueError, match="^stop has 3 features per example, but 2 were expected"):
        line_integral(lambda x: -x, np.zeros((4, 2)), np.ones((4, 3)))


def test_points_of_another_width_have_no_potential():
    model = Autoencoder.dense((4, 3), tied=True)
    with pytest.raises(ValueError, match="^x has 5 features per example, but 4 were expected"):
        potential(model, np.zeros((2, 5)))

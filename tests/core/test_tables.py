"""The tables by which the core runs: every row computes what the class it stands for computes."""

import numpy as np
import pytest

from tinyae import (
    L1,
    SGD,
    Adam,
    Autoencoder,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    KLSparsity,
    Linear,
    Sigmoid,
    StudentT,
    Tanh,
    WeightDecay,
    fit,
)
from tinyae.core import linear, units
from tinyae.core.codes import CODES
from tinyae.core.noise import CORRUPTIONS
from tinyae.core.outputs import FOLDED, OUTPUTS, Scratch
from tinyae.core.penalties import PENALTIES
from tinyae.core.steps import OPTIMIZERS
from tinyae.core.support import check_supported
from tinyae.core.units import UNITS, units_of
from tinyae.criterion import Corruption, FixedGaussianOutput, Output, Penalty
from tinyae.nn import pack
from tinyae.nn.trainable import UnsupportedError
from tinyae.training import Tuning
from tinyae.training.tuning import FORMS

TUNINGS = (Tuning("tanh", 64), Tuning("exp", 64, "exp"))
A = np.random.default_rng(3).normal(0.0, 2.0, (5, 7))


def run(operations):
    """Call them in order."""
    for operation in operations:
        operation()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.__name__)
@pytest.mark.parametrize("tuning", TUNINGS, ids=lambda tuning: tuning.sigmoid)
def test_a_unit_s_functions_are_those_of_the_same_names(unit, tuning, monkeypatch):
    monkeypatch.setattr(units, "SHORT", 1)
    layer, fast = unit(), units_of(tuning)[unit]
    y, t, s, c = A.copy(), *np.empty((3, *A.shape))
    run(fast.f(y, t))
    near_zero = 4e-16 if unit is Tanh and tuning.tanh == "exp" else 1e-16
    np.testing.assert_allclose(y, layer.f(A), rtol=1e-14, atol=near_zero)
    run(fast.df(y, s))
    np.testing.assert_allclose(s, layer.df(A, layer.f(A)), rtol=1e-12, atol=1e-15)
    run(fast.d2f(y, s, c))
    np.testing.assert_allclose(c, layer.d2f(A, layer.f(A)), rtol=1e-10, atol=1e-15)
    g, on = np.ones_like(A) * 3.0, np.empty(A.shape, bool)
    run(fast.backward(y, g, y if fast.overwrites else t, on))
    wanted = layer.backward(np.ones_like(A) * 3.0, layer.forward(A)[1])
    np.testing.assert_allclose(g, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.__name__)
@pytest.mark.parametrize("tuning", TUNINGS, ids=lambda tuning: tuning.sigmoid)
@pytest.mark.parametrize("in_place", [False, True])
def test_an_output_s_cost_and_gradient_are_those_of_the_layers(output, in_place, tuning):
    a = A.copy()
    x, g, cells = np.random.default_rng(0).random(A.shape), a if in_place else np.empty_like(A), []

    def term(weight):
        cells.append((weight, np.empty(())))
        return cells[-1][1]

    size = -(-A.size // FOLDED) * FOLDED
    scratch = Scratch(t=np.empty_like(A), sigmoid=units_of(tuning)[Sigmoid],
                      product=np.ones(size), ones=np.ones(size))  # fmt: skip
    it = output(0.3) if output is FixedGaussianOutput else output()
    run(OUTPUTS[output].cost_and_gradient(it, a, x, g, scratch, term))
    cost = sum(weight * float(cell) for weight, cell in cells)
    assert cost == pytest.approx(it.cost(x, A).sum(), rel=1e-12)
    np.testing.assert_allclose(g, it.gradient(x, A), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("columns", [True, False])
def test_the_affine_map_is_the_layer_s(columns, rng):
    layer, x, gy = Linear(4, 3, rng=0), rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    pack(layer)
    layer.params["b"][...] = [1.0, 2.0, 3.0]
    turn = (lambda z: np.ascontiguousarray(z.T)) if columns else np.array
    wanted, cache = layer.forward(x)
    gx = layer.backward(gy, cache)
    gW, gb = layer.grads["W"].copy(), layer.grads["b"].copy()
    y, back = turn(np.empty((6, 3))), turn(np.empty((6, 4)))
    below = np.vstack([x.T, np.ones(6)]) if columns else x
    run(linear.forward(layer, below, y, columns))
    run(linear.backward(layer, turn(gy), back, columns))
    run(linear.gradient(layer, turn(gy), below, np.ones(6), columns))
    np.testing.assert_allclose(y.T if columns else y, wanted, rtol=1e-13)
    np.testing.assert_allclose(back.T if columns else back, gx, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(layer.grads["W"], gW, rtol=1e-12)
    np.testing.assert_allclose(layer.grads["b"], gb, rtol=1e-12)


def test_a_class_that_is_no_row_is_refused_by_name():
    """Nothing takes a stranger for something else, a subclass of a row least of all."""

    class Stranger(Penalty):
        def add(self, p):
            return 0.0

    class Heavier(WeightDecay):
        """Would count each weight twice."""

    class Noise(Corruption):
        """Of one's own."""

    class Code(GaussianCode):
        """Of one's own."""

    class Doubled(GaussianOutput):
        """Would count each error twice."""

    class Own(Output):
        mean = GaussianOutput.mean

    class Slow(Adam):
        """Of one's own."""

    class Steep(Sigmoid):
        """Of one's own."""

    build = Autoencoder.dense
    on_tanh = build((6, 4), activation=Tanh)
    on_tanh.penalties = (KLSparsity(0.1, 0.1),)  # with which no such encoder would be accepted
    for model, optimizer, name in (
        (build((6, 4), penalties=Stranger()), Adam(), "the penalty .*Stranger"),
        (build((6, 4), penalties=Heavier(0.1)), Adam(), "the penalty .*Heavier"),
        (build((6, 4), penalties=StudentT(0.1)), Adam(), "the penalty StudentT"),
        (build((6, 4), corruption=Noise()), Adam(), "the corruption .*Noise"),
        (build((6, 4), code=Code()), Adam(), "the code .*Code"),
        (build((6, 4), output=Doubled()), Adam(), "the output .*Doubled"),
        (build((6, 4), output=Own()), Adam(), "the output .*Own"),
        (build((6, 4)), Slow(), "the optimizer .*Slow"),
        (build((6, 4), activation=Steep, penalties=KLSparsity(0.1, 0.1)), Adam(), "class Steep"),
        (on_tanh, Adam(), "KLSparsity on a code other than a sigmoid's"),
        (build((6, 5, 4), penalties=Contractive(0.1)), Adam(), "closed form of one layer"),
        (build((6, 4), penalties=Contractive(0.1, probes=1)), Adam(), "closed form of one layer"),
    ):  # fmt: skip
        with pytest.raises(UnsupportedError, match=name):
            check_supported(model, optimizer)


def test_the_tables_name_what_the_library_has():
    """A row for each of these; what is missing here runs through the layers."""
    assert {c.__name__ for c in PENALTIES} == {"L1", "KLSparsity", "Contractive", "WeightDecay"}
    assert {c.__name__ for c in CORRUPTIONS} == {
        "GaussianNoise", "MaskingNoise", "SaltAndPepperNoise",
    }  # fmt: skip
    assert {c.__name__ for c in CODES} == {"GaussianCode", "NoisyCode", "NoisySigmoidCode"}
    assert set(OPTIMIZERS) == {SGD, Adam}
    for cls, row in {**UNITS, **OUTPUTS, **PENALTIES, **CODES}.items():
        assert f"`{cls.__name__}` on buffers" in type(row).__doc__
    for two in units.FORMS.values():
        assert tuple(two) == FORMS


def test_a_further_row_is_all_that_a_further_penalty_needs(monkeypatch):
    """The row of a subclass that computes the same as its parent."""

    class Same(L1):
        """L1 by another name."""

    x = np.random.default_rng(0).random((50, 6))
    unit, noise = type("Unit", (Sigmoid,), {}), type("Noise", (GaussianNoise,), {})
    monkeypatch.setitem(PENALTIES, Same, PENALTIES[L1])
    monkeypatch.setitem(UNITS, unit, UNITS[Sigmoid])
    monkeypatch.setitem(CORRUPTIONS, noise, CORRUPTIONS[GaussianNoise])
    thetas = []
    for slots in (
        {"penalties": L1(0.1), "activation": Sigmoid, "corruption": GaussianNoise(0.1)},
        {"penalties": Same(0.1), "activation": unit, "corruption": noise(0.1)},
    ):
        model = Autoencoder.dense((6, 4), **slots)
        fit(model, x, epochs=2, core="vectorized", tuning=TUNINGS[0])
        thetas.append(model.theta)
    np.testing.assert_array_equal(*thetas)

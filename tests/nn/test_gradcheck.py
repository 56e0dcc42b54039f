"""The checker is checked: it catches wrong gradients, refuses what has none, changes nothing."""

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    Chain,
    Classifier,
    Contractive,
    Elementwise,
    GaussianNoise,
    Identity,
    KLSparsity,
    Linear,
    MaskingNoise,
    Model,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
    Weights,
    gradcheck,
    minimize,
)
from tinyae.models import RecurrentDenoiser, ScoreModel
from tinyae.nn import GradientReport, Trainable


class NoCurvature(Tanh):
    """A tanh whose f″ was forgotten: harmless until a derivative is differentiated."""

    def d2f(self, a, y):
        """Wrong."""
        return np.zeros_like(a)


class NoBiasGradient(Linear):
    """A Linear that forgets gb."""

    def backward(self, gy, x):
        """Wrong."""
        self.grads["W"] += x.T @ gy
        return gy @ self.params["W"].T


class RealOnly(Tanh):
    """A tanh that drops the imaginary part, as many NumPy functions do."""

    def f(self, a):
        """Right for real a only."""
        return np.tanh(a.real) + 0 * a


class RefusesComplex(Tanh):
    """A tanh that raises on complex numbers, as others do."""

    def f(self, a):
        """Right for real a only."""
        return np.tanh(a) + 0 * np.fmod(a, 1.0)


def autoencoder(unit, penalties=(), linear=Linear):
    rng = np.random.default_rng(0)
    return Autoencoder(
        Chain(linear(5, 4, rng=rng), unit()), Linear(4, 5, rng=rng), penalties=penalties
    )


@pytest.fixture
def x():
    return np.random.default_rng(1).random((6, 5))


def test_catches_a_missing_second_derivative(x):
    assert gradcheck(autoencoder(NoCurvature), x).max_relative_error < 1e-12
    report = gradcheck(autoencoder(NoCurvature, Contractive(0.1)), x)
    assert report.max_relative_error > 1e-5


def test_catches_and_names_a_missing_bias_gradient(x):
    report = gradcheck(autoencoder(Tanh, linear=NoBiasGradient), x)
    errors = {p.name: p.relative_error for p in report.parameters}
    assert errors["encoder[0].b"] == pytest.approx(1.0)
    assert errors["encoder[0].W"] < 1e-12
    marked = [line.split()[0] for line in str(report).splitlines() if line.endswith("differs")]
    assert marked == ["encoder[0].b"] and "largest relative error 1.0e+00" in str(report)


def test_a_nan_gradient_is_an_error_not_a_pass(x):
    class Nan(Tanh):
        def df(self, a, y):
            return np.full_like(a, np.nan)

    assert not gradcheck(autoencoder(Nan), x).max_relative_error <= 1


@pytest.mark.parametrize("unit", [RealOnly, RefusesComplex])
def test_falls_back_to_central_differences(unit, x):
    report = gradcheck(autoencoder(unit), x)
    assert report.method == "central differences"
    assert report.max_relative_error < 1e-7
    assert gradcheck(autoencoder(Tanh), x).method == "complex step"


def test_both_methods_agree(x):
    model = autoencoder(Tanh, [L1(0.1), Contractive(0.2)])
    for method, bound in (("complex", 1e-12), ("central", 1e-7)):
        assert gradcheck(model, x, method=method).max_relative_error < bound


def test_rounding_is_not_a_mistake(x):
    """Arrays whose gradient is zero but for rounding agree: centred data, dead units."""
    y = x - x.mean(axis=0)
    linear = Autoencoder.dense((5, 3), activation=Identity)
    assert gradcheck(linear, y).max_relative_error < 1e-12
    stuck = Autoencoder.dense((5, 3))
    assert gradcheck(stuck, 1e5 * x).max_relative_error < 1e-12
    linear.theta[...] = 0.0
    report = gradcheck(linear, y)
    assert report.method == "complex step" and report.max_relative_error < 1e-12


def test_same_noise_at_every_evaluation(x):
    for noise in (GaussianNoise(0.5), MaskingNoise(0.5)):
        model = autoencoder(Tanh)
        model = Autoencoder(model.encoder, model.decoder, corruption=noise)
        assert gradcheck(model, x, rng=7).max_relative_error < 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_changes_nothing(x, dtype):
    model = Autoencoder.dense((5, 4), dtype=dtype, penalties=Contractive(0.2))
    model.grad[...] = 3.0
    theta, before = model.theta.copy(), x.copy()
    assert gradcheck(model, x).max_relative_error < 1e-12
    np.testing.assert_array_equal(model.theta, theta)
    np.testing.assert_array_equal(x, before)
    assert (model.grad == 3.0).all() and model.theta.dtype == dtype


@pytest.mark.slow
def test_entries_are_sampled(x):
    report = gradcheck(autoencoder(Sigmoid), x, entries=3)
    assert [p.checked for p in report.parameters] == [3, 3, 3, 3]

    class OneWrongEntry(Linear):
        def backward(self, gy, x):
            gx = super().backward(gy, x)
            self.grads["W"][-1, -1] += 1.0
            return gx

    model = autoencoder(Tanh, linear=OneWrongEntry)
    found = [gradcheck(model, x, seed, entries=3).max_relative_error > 0.1 for seed in range(60)]
    assert 3 <= sum(found) <= 20  # 3 of 20 entries: about one seed in seven


def test_any_model_of_the_protocol(x):
    class Bowl(Trainable):
        """½‖θ − x̄‖², no layers."""

        def __init__(self):
            self.theta, self.grad = np.ones(5), np.zeros(5)

        def objective(self, x, *, rng):
            e = self.theta - x.mean(axis=0)
            self.grad += e
            return 0.5 * (e * e).sum()

    report = gradcheck(Bowl(), x)
    assert report.method == "complex step" and report.max_relative_error < 1e-12
    with pytest.raises(TypeError, match="derived from tinyae.nn.Trainable; got object"):
        gradcheck(object(), x)


def test_refuses_a_rule_that_follows_no_gradient(x, rng):
    class Rule(Model):
        follows_gradient = False

    with pytest.raises(ValueError, match="not the gradient of its loss"):
        gradcheck(Rule({"layer": Linear(5, 2, rng=rng)}), x)


class Leaky(Elementwise):
    """A rectifier that leaks and does not state its kink; f and f′ choose other sides at 0."""

    def f(self, a):
        """Return a where a > 0, else a/10."""
        return np.where(a.real > 0, a, 0.1 * a)

    def df(self, a, y):
        """f′ = 1 or 1/10."""
        return np.where(a.real >= 0, 1.0, 0.1)

    def d2f(self, a, y):
        """f″ = 0."""
        return np.zeros_like(a)


class Size(Elementwise):
    """|a|, which states its kink."""

    kinks = (0.0,)

    def f(self, a):
        """Return s·a."""
        return np.sign(a.real) * a

    def df(self, a, y):
        """f′ = s."""
        return np.sign(a.real).astype(a.dtype)

    def d2f(self, a, y):
        """f″ = 0."""
        return np.zeros_like(a)


class SteepReLU(ReLU):
    """A ReLU whose slope is wrong."""

    def df(self, a, y):
        """Wrong by a tenth."""
        return 1.1 * super().df(a, y)


def deep(unit, first=Linear, seed=0, **slots):
    """6-4-2-4-6 with units after every hidden layer; the biases are 0, as they are at the start."""
    rng = np.random.default_rng(seed)
    encoder = Chain(first(6, 4, rng=rng), unit(), Linear(4, 2, rng=rng), unit())
    return Autoencoder(
        encoder, Chain(Linear(2, 4, rng=rng), unit(), Linear(4, 6, rng=rng)), **slots
    )


@pytest.mark.slow
def test_a_right_gradient_is_right_behind_units_that_are_off(rng):
    """Where a whole layer is off, those behind it lie on their kink: a = b = 0."""
    x, on_kink, all_rows = rng.random((5, 6)) - 0.5, 0, 0
    for seed in range(40):
        report = gradcheck(deep(ReLU, seed=seed), x, entries=4)
        assert report.max_relative_error < 1e-12, (seed, str(report))
        on_kink += report.rows_on_kink > 0
        all_rows += report.moved > 0
        assert report.moved or report.rows_on_kink + report.rows_checked == 5
    assert on_kink > 12 and all_rows > 0


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [{"unit": SteepReLU}, {"first": NoBiasGradient}])
def test_a_wrong_gradient_is_caught_beside_kinks(wrong, rng):
    x, beside = rng.random((5, 6)) - 0.5, 0
    for seed in range(20):
        model = deep(wrong.get("unit", ReLU), wrong.get("first", Linear), seed)
        right = deep(ReLU, seed=seed)
        for one in (model, right):
            one.loss_and_grad(x)
        if np.abs(model.grad - right.grad).max() > 1e-9:  # the mistake meets these rows
            report = gradcheck(model, x, entries=4)
            beside += report.rows_on_kink > 0
            assert report.max_relative_error > 0.01, (seed, str(report))
    assert beside > 2


KINKED = {
    "deep": lambda unit: deep(unit),
    "contractive": lambda unit: deep(unit, penalties=[Contractive(0.1), L1(0.1)]),
    "noisy": lambda unit: deep(unit, corruption=MaskingNoise(0.5)),
    "recurrent": lambda unit: RecurrentDenoiser.dense((6, 4), activation=unit, steps=3),
    "residual": lambda unit: ScoreModel(
        Residual(Chain(Linear(6, 5, rng=0), unit(), Linear(5, 6, rng=1)), 4.0)
    ),
}


@pytest.mark.one_in(18)
@pytest.mark.parametrize("method", ["auto", "central"])
@pytest.mark.parametrize("unit", [ReLU, Size, Leaky])
@pytest.mark.parametrize("kind", KINKED)
def test_blank_rows_lie_on_every_kind_of_kink(kind, unit, method, rng):
    x = 0.1 + rng.random((6, 6))
    x[2] = 0.0
    report = gradcheck(KINKED[kind](unit), x, method=method, entries=8)
    assert report.max_relative_error < (1e-12 if report.method == "complex step" else 1e-7)
    if unit is not Leaky:
        assert report.rows_on_kink >= 1 and f"{unit.__name__}(): " in str(report)
    # Masking may blank a row of the batch that is none by itself: then any row may be it.
    assert not report.moved or (kind == "noisy" and unit is Leaky)


@pytest.mark.one_in(9)
@pytest.mark.parametrize("unit", [ReLU, Size, Leaky])
@pytest.mark.parametrize("kind", KINKED)
def test_where_all_rows_lie_on_a_kink_the_gradient_beside_it_is_checked(kind, unit):
    model, blank = KINKED[kind](unit), np.zeros((4, 6))
    theta = model.theta.copy()
    report = gradcheck(model, blank, entries=8)
    assert report.max_relative_error < 1e-12
    assert report.rows_on_kink == 4 and report.moved > 0 and report.rows_checked > 0
    assert "all rows, 4, lie on a kink" in str(report) and "beside it" in str(report)
    np.testing.assert_array_equal(model.theta, theta)
    if kind == "deep":
        wrong = gradcheck(deep(unit, NoBiasGradient), blank)
        assert wrong.max_relative_error > 0.1 and "  <- differs" in str(wrong)


def test_size_of_a_code_of_zero(rng):
    """|h| has a kink at 0, but not where h rests there."""
    x = 0.1 + rng.random((6, 5))
    x[1] = 0.0
    linear = Autoencoder.dense((5, 3), activation=Identity, penalties=L1(0.1))
    report = gradcheck(linear, x)
    assert report.kinks == (("penalty L1", 1),) and report.max_relative_error < 1e-12
    off = Autoencoder.dense((5, 3), activation=ReLU, penalties=L1(0.1))
    off.encoder.layers[0].params["b"][...] = -100.0
    report = gradcheck(off, x)
    assert report.rows_on_kink == 0 and report.rows_checked == 6
    assert report.max_relative_error < 1e-12


def test_a_kink_within_the_step(rng):
    x, model = rng.random((6, 5)), Autoencoder.dense((5, 3), activation=ReLU, rng=rng)
    layer = model.encoder.layers[0]
    layer.params["b"][...] = 0.1
    layer.params["b"][1] = 1e-7 - (x @ layer.params["W"])[4, 1]
    report = gradcheck(model, x, method="central")
    assert report.kinks == (("encoder[1] ReLU()", 1),) and report.rows_checked == 5
    assert report.max_relative_error < 1e-7


def test_labels_and_single_precision_go_with_their_rows(rng):
    x, labels = 0.1 + rng.random((6, 5)), np.arange(6) % 3
    x[5] = 0.0
    model = Autoencoder.dense((5, 4), activation=ReLU, head=Classifier(3), dtype=np.float32)
    report = gradcheck(model, (x, labels))
    assert report.rows_on_kink == 1 and report.max_relative_error < 1e-12


@pytest.mark.slow
def test_rows_that_do_not_separate(rng):
    """A penalty on the batch's mean, and models that want their rows whole."""
    x = 0.1 + rng.random((6, 6))
    x[0] = 0.0
    encoder = Chain(Linear(6, 5, rng=0), ReLU(), Linear(5, 3, rng=1), Sigmoid())
    model = Autoencoder(encoder, Linear(3, 6, rng=2), penalties=KLSparsity(0.1, 1.0))
    report = gradcheck(model, x)
    assert report.rows_on_kink == 1 and report.max_relative_error < 1e-12

    class Whole(Autoencoder):
        def check_rows(self, *rows):
            if len(rows[0]) != 6:
                raise ValueError("all six rows, please")
            return super().check_rows(*rows)

    for unit in (ReLU, Leaky):
        chain = Chain(Linear(6, 4, rng=0), unit(), Linear(4, 6, rng=1))
        report = gradcheck(Whole(chain, Linear(6, 6, rng=2)), x)
        assert bool(report.moved) == (unit is ReLU) and report.max_relative_error < 1e-12
        wrong = Chain(NoBiasGradient(6, 4, rng=0), unit(), Linear(4, 6, rng=1))
        assert gradcheck(Whole(wrong, Linear(6, 6, rng=2)), x).max_relative_error > 0.1


def test_lines_of_another_count_than_the_rows(rng):
    """A net that sees every row twice: which row touched the kink cannot be told."""

    class Twice(Model):
        def objective(self, x, *, rng):
            both = np.concatenate([x, 2.0 * x])
            y, cache = self.parts["net"].forward(both)
            self.parts["net"].backward(2.0 * y / len(x), cache)
            return (y * y).sum() / len(x)

    x = 0.1 + rng.random((4, 3))
    x[0] = 0.0
    report = gradcheck(Twice({"net": Chain(Linear(3, 4, rng=0), ReLU())}), x)
    assert report.rows_on_kink == 4 and report.moved and report.max_relative_error < 1e-12


@pytest.mark.parametrize("wrong", [0.0, 0.5])
def test_kinks_of_a_model_that_is_no_network(wrong):
    class Median(Trainable):
        """Mean |θ − x|, least at the median; the gradient is off by `wrong`."""

        def __init__(self):
            self.theta, self.grad = np.array([0.5, -1.0]), np.zeros(2)

        def objective(self, x, *, rng):
            self.grad += np.where(self.theta >= x, 1.0, -1.0).mean(axis=0) + wrong
            return np.abs(self.theta - x).sum() / len(x)

    for x, on_kink in (([[0.5, 2.0], [0.7, 1.0], [0.1, -1.0]], 2), ([[0.5, 2.0]] * 3, 3)):
        report = gradcheck(Median(), np.array(x))
        if wrong:
            assert report.max_relative_error > 0.1
        else:
            assert report.max_relative_error < 1e-7 and report.rows_on_kink == on_kink
            assert "no layer states" in str(report) and bool(report.moved) == (on_kink == 3)


def test_a_smooth_model_that_is_wrong_has_no_kinks(x):
    report = gradcheck(autoencoder(Tanh, linear=NoBiasGradient), x)
    assert report.rows_on_kink == 0 and report.rows_checked == 6 and not report.moved
    assert "kink" not in str(report)


class Steep(Elementwise):
    """tanh(300 a): smooth, but with a second derivative that looks like a kink from afar."""

    def f(self, a):
        return np.tanh(300.0 * a)

    def df(self, a, y):
        return 300.0 * (1.0 - y * y)

    def d2f(self, a, y):
        return -2.0 * 300.0**2 * y * (1.0 - y * y)


class WrongNearZero(Steep):
    """Its derivative is wrong by a factor of 2 for a few rows."""

    def df(self, a, y):
        return super().df(a, y) * np.where(np.abs(a.real) < 2e-3, 2.0, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_steep_unit_has_no_kink_and_its_wrong_gradient_is_told(seed):
    x = np.random.default_rng(seed).standard_normal((60, 4))
    for unit in (Steep, WrongNearZero):
        model = Autoencoder.dense((4, 3), activation=unit, rng=seed)
        close = np.abs(model.encoder.layers[0].forward(x)[0]) < 2e-3
        report = gradcheck(model, x, method="central")
        assert report.rows_on_kink == 0 and not report.moved
        if unit is WrongNearZero and close.any():
            assert report.max_relative_error > 1e-3


@pytest.mark.parametrize("unit", [Tanh, Sigmoid, Identity])
def test_a_smooth_model_at_its_minimum_has_no_kink(unit, rng):
    """There the slope is 0, and any second derivative is large beside it."""
    pytest.importorskip("scipy")
    x = rng.standard_normal((40, 5))
    model = Autoencoder.dense((5, 2), activation=unit, rng=0)
    minimize(model, x, options={"maxiter": 300})
    for method in ("auto", "central"):
        report = gradcheck(model, x, method=method)
        assert report.rows_on_kink == 0 and not report.moved


def test_weights_and_a_kink_or_a_mistake(rng):
    x, w = rng.standard_normal((20, 6)), Weights(1.0 + rng.random(20))
    x[3] = 0.0
    report = gradcheck(Autoencoder.dense((6, 4, 2), activation=ReLU, rng=2), (x, w))
    assert report.max_relative_error < 1e-12 and report.rows_on_kink >= 1
    assert gradcheck(deep(ReLU, NoBiasGradient), (x, w)).max_relative_error > 0.1


def test_a_unit_in_several_places_is_named_by_all_of_them(rng):
    x = rng.standard_normal((6, 5))
    x[2] = 0.0
    report = gradcheck(Autoencoder.dense((5, 4, 3), activation=ReLU, rng=0), x)
    assert report.kinks[0][0] == "encoder[1], encoder[3], decoder[1] ReLU()"


class Saw(Trainable):
    """|θ − the nearest multiple of a period|, weighted by the rows' means."""

    def __init__(self, period):
        self.theta, self.grad, self.period = np.array([0.3, -0.7]), np.zeros(2), period

    def objective(self, x, *, rng):
        """Return it and add the slope beside the kinks."""
        e = self.theta - self.period * np.round(self.theta / self.period)
        w = x.mean(axis=0)
        self.grad += w * np.sign(e)
        return float((w * np.abs(e)).sum())


@pytest.mark.parametrize(("period", "wrong"), [(1e-7, True), (1e-4, False)])
def test_a_loss_that_bends_within_every_step_is_not_left_unchecked(period, wrong, rng):
    """Every place has a kink that nothing states. After a move they excuse a difference no more."""
    report = gradcheck(Saw(period), rng.random((6, 2)) + 0.5, method="central")
    assert report.rows_checked == 6
    assert (report.max_relative_error > 0.5) == wrong and np.isfinite(report.max_relative_error)


def test_a_report_in_which_nothing_was_compared_is_no_pass():
    report = GradientReport("complex step", (), 0)
    assert np.isnan(report.max_relative_error) and not report.max_relative_error < 1e-9
    assert "nothing was compared: give other rows or other parameters" in str(report)


def test_a_part_that_sees_another_number_of_rows_each_time_is_left_alone(rng):
    """Whether its rows touch the kink cannot be said; the gradient is compared all the same."""

    class Growing(Model):
        calls = 0

        def objective(self, x, *, rng):
            type(self).calls += 1
            net = self.parts["net"]
            net.forward(np.repeat(x, self.calls % 2 + 1, axis=0))
            y, cache = net.forward(x)
            net.backward(2.0 * y / len(x), cache)
            return (y * y).sum() / len(x)

    report = gradcheck(Growing({"net": Chain(Linear(3, 4, rng=0), ReLU())}), rng.random((4, 3)))
    assert report.max_relative_error < 1e-12

"""Weights of examples and of entries: what counts twice, what does not count, what is missing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from tinyae import (
    L1,
    SGD,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianNoise,
    GaussianOutput,
    HigherOrderContractive,
    Identity,
    KLSparsity,
    Linear,
    NoisyCode,
    ReconstructionContractive,
    StudentT,
    WeightDecay,
    Weights,
    fit,
    gradcheck,
    minimize,
)
from tinyae.criterion import Penalty

OUTPUTS = [GaussianOutput(), BernoulliOutput()]
PENALTIES = {
    "none": (),
    "L1": L1(0.3),
    "Student-t": StudentT(0.3),
    "contraction": Contractive(0.3),
    "g∘f": ReconstructionContractive(0.3),
}
DEPTHS = [(6, 4), (6, 5, 3)]


@pytest.fixture
def x():
    return np.random.default_rng(0).random((9, 6))


@pytest.fixture
def labels():
    return np.arange(9) % 3


def build(sizes=(6, 4), **slots):
    model = Autoencoder.dense(sizes, **slots)
    model.theta += np.random.default_rng(2).normal(0.0, 0.3, model.theta.shape)
    return model


def loss_and_grad(model, *rows):
    return model.loss_and_grad(*rows, rng=np.random.default_rng(3)), model.grad.copy()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("sizes", DEPTHS)
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("output", OUTPUTS)
def test_whole_weights_are_repeated_rows(x, labels, output, penalty, sizes):
    """Σ w rows, where rows of weight 0 are absent; the loss is still divided by n, not by Σ w."""
    w = np.array([0, 1, 2, 3, 1, 0, 4, 1, 2])
    model = build(sizes, output=output, penalties=PENALTIES[penalty], head=Classifier(3))
    again = np.repeat(np.arange(9), w)
    loss, grad = loss_and_grad(model, x, labels, Weights(w))
    repeated, g = loss_and_grad(model, x[again], labels[again])
    assert loss == pytest.approx(len(again) / 9 * repeated, rel=1e-13)
    np.testing.assert_allclose(grad, len(again) / 9 * g, rtol=0, atol=1e-13 * np.abs(g).max())


@pytest.mark.parametrize("penalty", [KLSparsity(0.1, 0.3), WeightDecay(0.2)])
def test_what_is_no_mean_over_examples(x, penalty):
    """ρ̂ is the weighted mean, as of repeated rows; weight decay does not look at the rows."""
    w = np.array([0, 1, 2, 3, 1, 0, 4, 1, 2])
    again = np.repeat(np.arange(9), w)
    with_it, without = build(penalties=penalty), build()
    found = [a - b for a, b in zip(loss_and_grad(with_it, x, Weights(w)),
                                   loss_and_grad(without, x, Weights(w)), strict=True)]  # fmt: skip
    wanted = [a - b for a, b in zip(loss_and_grad(with_it, x[again]),
                                    loss_and_grad(without, x[again]), strict=True)]  # fmt: skip
    assert found[0] == pytest.approx(wanted[0], rel=1e-12)
    np.testing.assert_allclose(found[1], wanted[1], rtol=0, atol=1e-13)


def test_kl_of_a_batch_that_does_not_count(x):
    model = build(penalties=KLSparsity(0.1, 0.3))
    loss, grad = loss_and_grad(model, x, Weights(np.zeros(9)))
    assert loss == 0.0 and not grad.any()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("penalty", [Contractive(0.3, probes=3), HigherOrderContractive(0.3, 0.2),
                                     ReconstructionContractive(0.2, probes=2)])  # fmt: skip
@pytest.mark.parametrize("sizes", DEPTHS)
def test_penalties_that_draw_are_weighed_row_by_row(x, penalty, sizes):
    """The loss is linear in the weights, with the draws of one seed."""
    model = build(sizes, penalties=penalty)
    w = np.random.default_rng(5).random(9)
    single = [loss_and_grad(model, x, Weights(row)) for row in np.eye(9)]
    loss, grad = loss_and_grad(model, x, Weights(w))
    expected = sum(a * alone for a, (alone, _) in zip(w, single, strict=True))
    assert loss == pytest.approx(expected, rel=1e-13)
    total = sum(a * g for a, (_, g) in zip(w, single, strict=True))
    np.testing.assert_allclose(grad, total, rtol=0, atol=1e-13 * np.abs(total).max())


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_weights_of_one_change_nothing(x, labels, output, dtype):
    x = x.astype(dtype)
    model = build(output=output, dtype=dtype, penalties=[L1(0.1), Contractive(0.1)],
                  head=Classifier(3), corruption=GaussianNoise(0.1))  # fmt: skip
    loss, grad = loss_and_grad(model, x, labels)
    for ones in (np.ones(9), np.ones((9, 6))):
        same, g = loss_and_grad(model, x, labels, Weights(ones))
        assert same == pytest.approx(loss, rel=8 * float(np.finfo(dtype).eps)) and g.dtype == dtype
        np.testing.assert_allclose(g, grad, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-14)


@pytest.mark.parametrize("output", OUTPUTS)
def test_weights_of_entries_by_the_formula(x, output):
    w = np.random.default_rng(5).random((9, 6))
    model = build(output=output)
    r = model.reconstruct(x)
    costs = 0.5 * (x - r) ** 2
    if output == BernoulliOutput():
        costs = -x * np.log(r) - (1 - x) * np.log(1 - r)
    assert model.loss(x, Weights(w)) == pytest.approx((w * costs).sum() / 9, rel=1e-13)
    np.testing.assert_allclose(
        output.entry_costs(x, x - 2).sum(axis=1), output.cost(x, x - 2), rtol=1e-14
    )


ROWS = {
    "examples": lambda rng: rng.random(9),
    "entries": lambda rng: rng.random((9, 6)) * (rng.random((9, 6)) < 0.7),
}


@pytest.mark.one_in(18)
@pytest.mark.parametrize("sizes", DEPTHS)
@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_gradient(x, labels, output, kind, sizes, measured):
    weights = Weights(ROWS[kind](np.random.default_rng(4)))
    penalties = [StudentT(0.1), KLSparsity(0.2, 0.3), Contractive(0.2), WeightDecay(0.01),
                 HigherOrderContractive(0.1, 0.2), ReconstructionContractive(0.1),
                 Contractive(0.1, probes=2)]  # fmt: skip
    model = build(sizes, output=output, penalties=penalties, head=Classifier(3),
                  code=NoisyCode(0.1), corruption=GaussianNoise(0.1))  # fmt: skip
    report = gradcheck(model, (x, labels, weights), method="complex", entries=9)
    assert report.max_relative_error < 1e-12, report


@pytest.mark.one_in(3)
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("filler", [np.nan, np.inf, -7.0, 1e300, 0.5])
def test_what_stands_at_a_missing_entry_does_not_matter(x, output, filler):
    """Bit for bit, in training too; a whole missing example is as if it were not there."""
    known = np.random.default_rng(6).random((9, 6)) < 0.6
    known[2] = False
    trained = []
    for value in (0.0, filler):
        holed = np.where(known, x, value)
        kept = holed.copy()
        model = build(output=output, penalties=[L1(0.1), Contractive(0.1)])
        history = fit(model, holed, weights=known, epochs=3, batch_size=4, validation=0.3)
        assert np.isfinite(history.loss).all() and np.isfinite(history.validation).all()
        trained.append(model.theta.copy())
        np.testing.assert_array_equal(holed, kept)
    np.testing.assert_array_equal(*trained)
    present = np.delete(np.where(known, x, 0.0), 2, axis=0)
    model = build(output=output, penalties=[L1(0.1), Contractive(0.1)])
    loss, grad = loss_and_grad(model, np.where(known, x, filler), Weights(known))
    fewer, g = loss_and_grad(model, present, Weights(np.delete(known, 2, axis=0)))
    assert loss == pytest.approx(8 / 9 * fewer, rel=1e-13)
    np.testing.assert_allclose(grad, 8 / 9 * g, rtol=0, atol=1e-14)


def test_an_example_of_weight_zero_may_hold_anything(x):
    w, model = np.ones(9), build()
    w[4] = 0.0
    holed = x.copy()
    holed[4] = np.nan
    loss, grad = loss_and_grad(model, holed, Weights(w))
    fewer, g = loss_and_grad(model, np.delete(x, 4, axis=0))
    assert loss == pytest.approx(8 / 9 * fewer, rel=1e-13)
    np.testing.assert_allclose(grad, 8 / 9 * g, rtol=0, atol=1e-14)


def test_in_pairs_the_input_is_read_as_given(x):
    """So another filler than 0 is a pair: (x filled in one's own way, x)."""
    known = np.random.default_rng(6).random((9, 6)) < 0.6
    own, model = np.where(known, x, 0.3), build()
    r = model.reconstruct(own)
    loss = model.loss(own, np.where(known, x, np.nan), Weights(known))
    assert loss == pytest.approx((known * 0.5 * (x - r) ** 2).sum() / 9, rel=1e-13)


def test_missing_entries_are_filled_in_by_what_was_learned(measured):
    """A linear code of one factor, a third of the entries missing: PCA could not be asked."""
    pytest.importorskip("scipy")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 1)) @ rng.normal(size=(1, 8))
    known = rng.random(x.shape) < 0.67
    holed = np.where(known, x, np.nan)
    model = Autoencoder.dense((8, 1), activation=Identity)
    minimize(model, holed, weights=known, options={"maxiter": 2000})
    blind = Autoencoder.dense((8, 1), activation=Identity)
    minimize(blind, np.where(known, x, 0.0), options={"maxiter": 2000})
    errors = [((x - m.reconstruct(np.where(known, x, 0.0)))[~known] ** 2).mean() ** 0.5
              for m in (model, blind)]  # fmt: skip
    measured(f"missing entries: error {errors[0]:.3f} with weights, {errors[1]:.3f} with zeros")
    assert errors[0] < 0.8 * errors[1]


def test_fit_weighs_training_and_a_share_held_out(x):
    w = np.arange(1.0, 10.0)
    by_hand, model = build(), build()
    history = fit(model, x, weights=w, optimizer=SGD(0.1), epochs=1, batch_size=9, shuffle=False)
    assert history.loss[0] == by_hand.loss_and_grad(x, Weights(w))
    np.testing.assert_allclose(model.theta, by_hand.theta - 0.1 * by_hand.grad, atol=1e-15)
    history = fit(model, x, optimizer=SGD(0.0), epochs=1, validation=(x, Weights(w)))
    assert history.validation[0] == pytest.approx(model.loss(x, Weights(w)), rel=1e-14)
    history = fit(model, x, weights=Weights(w), optimizer=SGD(0.0), epochs=1, validation=0.4)
    unweighted = fit(model, x, optimizer=SGD(0.0), epochs=1, validation=0.4)
    assert history.validation[0] != unweighted.validation[0]
    auto = fit(build(), x, weights=w, epochs=1, core="auto")
    assert auto.core == "layers: the vectorized core does not support weights of the rows"


def test_an_output_that_has_no_single_entries(x):
    rows = x / x.sum(axis=1, keepdims=True)
    model = build(output=CategoricalOutput())
    assert gradcheck(model, (rows, Weights(np.arange(9.0)))).max_relative_error < 1e-12
    with pytest.raises(ValueError, match=r"give weights of shape \(n,\)"):
        model.loss(rows, Weights(np.ones((9, 6))))


@dataclass(frozen=True)
class Ridge(Penalty):
    """A penalty of one's own, Σ h², that has never heard of weights."""

    lam: float
    formula: ClassVar[str] = "‖h‖²"

    def add(self, p):
        p.gh += 2.0 * self.lam * p.h / len(p.h)
        return self.lam * (p.h * p.h).sum() / len(p.h)


def test_a_penalty_that_would_ignore_weights_is_refused(x):
    model = build(penalties=Ridge(0.1))
    model.loss(x)
    with pytest.raises(TypeError, match="takes_weights = True"):
        fit(model, x, weights=np.ones(9))


def test_a_slice_of_weights():
    w = Weights([[1.0, 0.0], [2.0, 3.0], [0.0, 0.0]])
    assert len(w) == 3 and w.ndim == 2 and len(w[:2]) == 2
    np.testing.assert_array_equal(w[np.array([2, 1])].values, [[0.0, 0.0], [2.0, 3.0]])
    np.testing.assert_array_equal(w.examples, [[1.0], [1.0], [0.0]])
    with pytest.raises(TypeError, match="real numbers"):
        Weights(["a"])
    net = Autoencoder(Linear(2, 1, rng=0), Chain(Linear(1, 2, rng=1)))
    assert net.loss(np.ones((3, 2)), w) > 0


def test_what_stands_under_a_mask_is_not_trained_on(rng):
    x = np.ma.masked_greater(np.where(rng.random((6, 5)) > 0.5, rng.random((6, 5)), 1e6), 10.0)
    model = Autoencoder.dense((5, 3))
    for w in (np.ones(6), np.ones((6, 5))):
        with pytest.raises(ValueError, match="mask"):
            model.loss(x, Weights(w))
    filled = Weights((~x.mask).astype(float))
    assert model.loss(x.data, filled) == model.loss(x.filled(7.0), filled)


@pytest.mark.parametrize("bad", ["abc", None, {"a": 1}, [[1, 2], [3]], np.array(["x"])])
def test_what_is_no_weight_is_named(bad):
    with pytest.raises((TypeError, ValueError), match="weights"):
        Weights(bad)


def test_weights_beyond_the_dtype_are_refused(rng):
    x = rng.random((4, 5)).astype(np.float32)
    model = Autoencoder.dense((5, 3), dtype=np.float32)
    for value, says in ((1e39, "beyond float32|squares"), (1e-60, "0 in float32")):
        with pytest.raises(ValueError, match=says):
            model.loss(x, Weights([1.0, value, 1.0, 1.0]))


def test_a_part_of_which_nothing_counts_is_refused(rng):
    x, w = rng.random((40, 5)), np.zeros(40)
    w[0] = 1.0
    with pytest.raises(ValueError, match="all weights are 0"):
        fit(Autoencoder.dense((5, 3)), x, weights=w, validation=0.5, epochs=2)


def test_a_criterion_or_a_cost_of_ones_own_takes_no_weights(rng):
    class Own(Autoencoder):
        def criterion(self, p):
            return super().criterion(p)

    class Doubled(GaussianOutput):
        def cost(self, x, a):
            return 2.0 * super().cost(x, a)

    x, base = rng.random((4, 5)), Autoencoder.dense((5, 3))
    with pytest.raises(TypeError, match="takes no weights"):
        Own(base.encoder, base.decoder).loss(x, Weights(np.ones(4)))
    with pytest.raises(ValueError, match="one cost for a whole example"):
        Autoencoder.dense((5, 3), output=Doubled()).loss(x, Weights(np.ones((4, 5))))


def test_weights_without_examples_and_in_other_dtypes():
    assert repr(Weights([1.0, 2.0])[:0]) == "Weights of shape (0,)"
    for dtype in (np.float32, complex):
        found = Weights([1.0, 0.0]).astype(dtype).values
        assert found.dtype == dtype and np.array_equal(found, [1.0, 0.0])

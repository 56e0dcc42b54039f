"""Losses and gradients against PyTorch's autograd; skipped where PyTorch is not installed.

`to_torch` exports the model, `tests/torch_criterion.py` has the criterion in PyTorch, and autograd
differentiates it. Every combination of the slots is one case.
"""

import itertools

import numpy as np
import pytest

from tinyae import (
    L1,
    PSD,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    HigherOrderContractive,
    Identity,
    KLSparsity,
    MaskingNoise,
    NoisyCode,
    NoisySigmoidCode,
    ReconstructionContractive,
    ReLU,
    SaltAndPepperNoise,
    Sigmoid,
    Softplus,
    StudentT,
    Tanh,
    WeightDecay,
    Weights,
)
from tinyae.criterion import (
    BernoulliCode,
    DiagonalGaussianOutput,
    FixedGaussianOutput,
    MixtureDensityOutput,
)
from tinyae.export import to_torch
from tinyae.models import SoftmaxClassifier

torch = pytest.importorskip("torch")
from tests import torch_criterion  # noqa: E402 (it needs torch)

N, D, K, CLASSES = 5, 6, 3, 3
OUTPUTS = (
    GaussianOutput(), BernoulliOutput(), CategoricalOutput(), CategoricalOutput(groups=(2, 4)),
    FixedGaussianOutput(0.6), DiagonalGaussianOutput(), DiagonalGaussianOutput(per_feature=True),
    MixtureDensityOutput(2), MixtureDensityOutput(2, diagonal=True),
)  # fmt: skip
PENALTIES = (
    (), L1(0.3), StudentT(0.4), KLSparsity(0.2, 0.5), WeightDecay(0.1), Contractive(0.4),
    Contractive(0.4, probes=2), ReconstructionContractive(0.2),
    ReconstructionContractive(0.2, probes=2), HigherOrderContractive(0.6, 0.3),
    (Contractive(0.2), HigherOrderContractive(0.3, 0.4), L1(0.1)),
)  # fmt: skip
CORRUPTIONS = (None, GaussianNoise(0.3), MaskingNoise(0.4), SaltAndPepperNoise(0.3))
CODES = (
    None, NoisyCode(0.4), GaussianCode(beta=0.7), NoisySigmoidCode(0.8),
    BernoulliCode(straight_through=True, on=0.3, beta=0.5), BernoulliCode(on=0.3, beta=0.5),
)  # fmt: skip
HEADS = (None, Classifier(CLASSES, 0.8))
UNITS = (Sigmoid, Tanh, Softplus, ReLU, Identity)
COMBINATIONS = tuple(itertools.product(OUTPUTS, PENALTIES, CORRUPTIONS, CODES, HEADS))
EVERY = 41  # of the combinations, one is compared in a plain run
REFUSED = (
    "estimates its gradient from the reconstruction costs alone",  # a head beside such a code
    "needs a code in [0, 1]",
)


def data(output, rng):
    """Rows that an output accepts."""
    x = rng.random((N, D))
    if isinstance(output, CategoricalOutput):
        widths = (D,) if output.groups is None else output.groups
        parts = np.split(x, np.cumsum(widths)[:-1], axis=1)
        return np.concatenate([p / p.sum(axis=1, keepdims=True) for p in parts], axis=1)
    return x if isinstance(output, BernoulliOutput) else 2.0 * x - 1.0


def build(i, output, penalties, corruption, code, head):
    """An autoencoder with these slots; its number decides on units, depth and tied weights."""
    sizes = (D, 4, K) if i % 3 else (D, K)
    tied = i % 2 == 0 and output.units(D) == D and (code is None or code.units(K) == K)
    unit = UNITS[i % 5]
    sigmoid = isinstance(penalties, KLSparsity) and (code is None or isinstance(code, NoisyCode))
    return Autoencoder.dense(sizes, activation=unit, code_activation=Sigmoid if sigmoid else None,
                             output=output, penalties=penalties, corruption=corruption, code=code,
                             head=head, tied=tied)  # fmt: skip


def errors(model, x, labels=None, w=None, seed=0):
    """Relative errors of loss and gradient against autograd, by parameter the largest."""
    rows = (x,) if labels is None else (x, labels)
    rows = rows if w is None else (*rows, Weights(w))
    loss = model.loss_and_grad(*rows, rng=np.random.default_rng(seed))
    module = to_torch(model)
    other, surrogate = torch_criterion.criterion(
        module, model, x, np.random.default_rng(seed), labels, w
    )
    found = torch_criterion.gradient(module, other + surrogate)
    return abs(loss - other.item()) / max(1.0, abs(loss)), gradient_error(model, found)


def gradient_error(model, found):
    """The largest error of any parameter, relative to the largest entry of its gradient."""
    assert found.shape == model.grad.shape
    start, worst, least = 0, 0.0, 1e-3 * np.abs(model.grad).max()
    for p in model.parameters().values():
        part = slice(start, start + p.size)
        start += p.size
        scale = max(np.abs(model.grad[part]).max(), least)
        worst = max(worst, np.abs(model.grad[part] - found[part]).max() / scale)
    return worst


def compared(every=1):
    """Compare every so many-th combination; return how many, how many refused, and the errors."""
    count, refused, worst = 0, 0, np.zeros(2)
    for i, (output, penalties, corruption, code, head) in enumerate(COMBINATIONS):
        if i % every:
            continue
        rng = np.random.default_rng(i)
        x, labels = data(output, rng), None if head is None else rng.integers(0, CLASSES, N)
        w = rng.random(N) + 0.5 if i % 4 == 1 else None
        try:
            model = build(i, output, penalties, corruption, code, head)
        except ValueError as error:
            assert any(text in str(error) for text in REFUSED), error
            refused += 1
            continue
        model.theta[...] = rng.normal(0, 0.7, model.theta.size)
        found = errors(model, x, labels, w, seed=i)
        assert found[0] < 1e-12 and found[1] < 1e-9, (repr(model), found)
        count, worst = count + 1, np.maximum(worst, found)
    return count, refused, worst


def test_some_combinations(measured):
    count, refused, worst = compared(EVERY)
    measured(f"autograd: {count} combinations, {refused} refused, worst relative error "
             f"{worst[0]:.1e} (loss), {worst[1]:.1e} (gradient)")  # fmt: skip
    assert count > 80


@pytest.mark.slow
def test_every_combination(measured):
    """Every output × penalty × corruption × code × head; units, depth and tied weights vary."""
    count, refused, worst = compared()
    measured(f"autograd: {count} combinations of {len(COMBINATIONS)}, {refused} refused, worst "
             f"relative error {worst[0]:.1e} (loss), {worst[1]:.1e} (gradient)")  # fmt: skip
    assert count + refused == len(COMBINATIONS) and refused < len(COMBINATIONS) // 5


@pytest.mark.parametrize("sizes", [(5, 4), (5, 6, 3)], ids=str)
@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
@pytest.mark.parametrize("output", [GaussianOutput, BernoulliOutput])
@pytest.mark.parametrize("unit", [Sigmoid, Tanh, ReLU, Softplus])
def test_units_and_depths(unit, output, tied, sizes, rng):
    model = Autoencoder.dense(
        sizes, activation=unit, output=output(), tied=tied, penalties=[L1(0.3), Contractive(0.4)]
    )
    model.theta[...] = rng.normal(0, 0.7, model.theta.size)
    loss, gradient = errors(model, rng.random((4, 5)))
    assert loss < 1e-12 and gradient < 1e-10


def test_a_classifier(rng):
    encoder = Autoencoder.dense((D, 4, K), activation=Tanh).encoder
    model = SoftmaxClassifier(encoder, CLASSES, penalties=[L1(0.2), Contractive(0.3)])
    model.theta[...] = rng.normal(0, 0.7, model.theta.size)
    x, labels = rng.normal(size=(N, D)), rng.integers(0, CLASSES, N)
    loss, module = model.loss_and_grad(x, labels), to_torch(model)
    given, w = torch.tensor(x), torch.ones(N)
    h = module.encode(given)
    other = torch.nn.functional.cross_entropy(module.natural(h), torch.tensor(labels))
    for penalty in model.penalties:
        other = other + torch_criterion.penalty_value(penalty, module, given, h, w, None)
    assert loss == pytest.approx(other.item(), rel=1e-12)
    assert gradient_error(model, torch_criterion.gradient(module, other)) < 1e-9


def test_predictive_sparse_decomposition_at_given_codes(rng):
    model = PSD.dense((D, 8), lam=0.3, gamma=0.7)
    x, h = rng.normal(size=(N, D)), rng.normal(size=(N, 8))
    loss, module = model.criterion_and_grad(x, h), to_torch(model)
    x, h = torch.tensor(x), torch.tensor(h)
    other = ((x - module.decode(h)) ** 2).sum() + 0.3 * h.abs().sum()
    other = (other + 0.7 * ((h - module.encode(x)) ** 2).sum()) / N
    assert loss == pytest.approx(other.item(), rel=1e-12)
    assert gradient_error(model, torch_criterion.gradient(module, other)) < 1e-9


@pytest.mark.parametrize(
    "wrong",
    [
        {"penalties": [Contractive(0.41)]},  # another strength
        {"corruption": GaussianNoise(0.31)},
        {"code": NoisyCode(0.39)},
        {"output": FixedGaussianOutput(0.59)},
        {"head": Classifier(CLASSES, 0.79)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_comparison_notices_other_settings(wrong, rng):
    """The control: the criterion in PyTorch with one setting that is slightly different."""
    slots = {"penalties": [Contractive(0.4)], "corruption": GaussianNoise(0.3),
             "code": NoisyCode(0.4), "output": FixedGaussianOutput(0.6),
             "head": Classifier(CLASSES, 0.8)}  # fmt: skip
    model, other = (Autoencoder.dense((D, K), **s) for s in (slots, {**slots, **wrong}))
    other.theta[...] = model.theta[...] = rng.normal(0, 0.7, model.theta.size)
    x, labels = rng.normal(size=(N, D)), rng.integers(0, CLASSES, N)
    assert max(errors(model, x, labels)) < 1e-9
    model.loss_and_grad(x, labels, rng=np.random.default_rng(0))
    module = to_torch(other)
    loss, _ = torch_criterion.criterion(module, other, x, np.random.default_rng(0), labels)
    assert gradient_error(model, torch_criterion.gradient(module, loss)) > 1e-4

"""to_torch: the same weights, outputs and samples, and clear errors for what cannot be exported."""

import copy
import io

import numpy as np
import pytest

from tests.export.exported import (
    MODELS,
    D,
    K,
    Masked,
    N,
    Scaled,
    chained_ties,
    dense,
    made,
    outputs,
    with_layer,
)
from tinyae import (
    RBM,
    Autoencoder,
    Chain,
    GaussianCode,
    Linear,
    NoisyCode,
    NoisySigmoidCode,
    Sigmoid,
    Tanh,
    fit,
    stack,
)
from tinyae.criterion import BernoulliCode, Code
from tinyae.estimators import AutoencoderTransformer
from tinyae.export import to_torch
from tinyae.models import ScoreModel, SoftmaxClassifier
from tinyae.training import WarmUp

torch = pytest.importorskip("torch")
TOLERANCE = {"float64": 1e-12, "float32": 3e-6}


class OwnEncode(Autoencoder):
    def encode(self, x):
        return super().encode(x) + 1.0


def numbers(tensor):
    return tensor.detach().numpy()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_outputs_are_equal(dtype, measured):
    worst = {}
    for name in MODELS:
        model, x, h = made(name, dtype)
        before = model.theta.copy()
        module = to_torch(model)
        code, decoded, whole = outputs(model, x, h)
        found = [(module.decode(torch.tensor(h)), decoded)]
        if code is not None:
            given = torch.tensor(x)
            found += [(module.encode(given), code), (module(given), whole)]
        worst[name] = max(
            np.abs(numbers(tensor) - ours).max() / max(1.0, np.abs(ours).max())
            for tensor, ours in found
        )
        assert worst[name] <= TOLERANCE[dtype], name
        assert all(tensor.dtype == getattr(torch, dtype) for tensor, _ in found), name
        assert np.array_equal(model.theta, before)
    measured(f"to_torch: {len(worst)} models, {dtype}, worst difference {max(worst.values()):.1e}")


@pytest.mark.parametrize("name", MODELS)
def test_the_parameters_are_those_of_theta_in_its_order(name):
    model, *_ = made(name)
    named = to_torch(model).named_parameters()
    found = [numbers(p).T if key.endswith("weight") else numbers(p) for key, p in named]
    assert np.array_equal(np.concatenate([p.ravel() for p in found]), model.theta)


def test_head_and_natural_parameters():
    model, x, h = made("head")
    module, given = to_torch(model), torch.tensor(x)
    assert np.allclose(numbers(module.classify(given)), model.classify(x), rtol=1e-13)
    logits = model.parts["head"].forward(h)[0]
    assert np.allclose(numbers(module.logits(torch.tensor(h))), logits, rtol=1e-13)
    a = model.decoder.forward(h)[0]
    assert np.allclose(numbers(module.natural(torch.tensor(h))), a, rtol=1e-13)
    with pytest.raises(ValueError, match="no head"):
        to_torch(dense()).classify(given)


def test_tied_layers_share_one_parameter():
    module = to_torch(dense(tied=True))
    assert sum(p.numel() for p in module.parameters()) == dense(tied=True).theta.size
    with torch.no_grad():
        next(module.encoder.parameters()).zero_()
    assert not module.decoder[-1].weight.any()
    twin = copy.deepcopy(module)
    with torch.no_grad():
        twin.encoder[0].weight.fill_(2.0)
    assert (twin.decoder[-1].weight == 2.0).all() and not module.decoder[-1].weight.any()


def test_a_layer_that_occurs_twice_is_one_module():
    module = to_torch(chained_ties())
    assert module.encoder[2][0] is module.encoder[2][2]


@pytest.mark.parametrize(
    ("code", "uniform"),
    [
        (NoisyCode(0.4), False),
        (NoisyCode(WarmUp(0.4, until=1.0)), False),
        (NoisySigmoidCode(0.7), False),
        (GaussianCode(), False),
        (BernoulliCode(), True),
        (BernoulliCode(straight_through=True), True),
    ],
    ids=repr,
)
def test_samples_are_functions_of_the_given_noise(code, uniform):
    model = dense(code=code)
    rng = np.random.default_rng(5)
    model.theta[...] = rng.normal(0, 0.6, model.theta.size)
    x, draw = rng.random((N, D)), np.random.default_rng(8)
    noise = draw.random((N, K)) if uniform else draw.standard_normal((N, K))
    p = model.forward(x, np.random.default_rng(8))
    module, given = to_torch(model), torch.tensor(x)
    z = module.sample_code(given, torch.tensor(noise))
    assert np.allclose(numbers(z), p.z, rtol=1e-13, atol=1e-15)
    if uniform:
        assert set(numbers(z).ravel()) <= {0.0, 1.0}
    r = model.output.mean.forward(p.a)[0]
    assert np.allclose(numbers(module(given, torch.tensor(noise))), r, rtol=1e-12)
    other = module(given, torch.tensor(1.0 - noise))
    assert not np.allclose(numbers(other), r), "the noise has an effect"


def test_the_straight_through_gradient_is_that_of_p():
    x, noise = torch.full((N, D), 0.3, dtype=torch.float64), torch.full((N, K), 0.5)
    module = to_torch(dense(code=BernoulliCode(straight_through=True)))
    u = module.units(x)
    (gradient,) = torch.autograd.grad(module.code_sample(u, noise).sum(), u)
    p = torch.sigmoid(u)
    assert torch.allclose(gradient, p * (1 - p), rtol=1e-12)
    assert not to_torch(dense(code=BernoulliCode())).sample_code(x, noise).requires_grad


def test_a_code_without_samples_says_so():
    module, x = to_torch(dense()), torch.zeros(2, D, dtype=torch.float64)
    with pytest.raises(ValueError, match="no sample of code=None"):
        module(x, torch.zeros(2, K))

    class Own(Code):
        def forward(self, u, rng, *, progress=1.0):
            return u, None

    with pytest.raises(ValueError, match="no sample of code="):
        to_torch(dense(code=Own())).sample_code(x, torch.zeros(2, K))


def test_a_code_of_ones_own_may_have_a_method():
    class Added(torch.nn.Module):
        def forward(self, u, noise):
            return u + 3.0 * noise

    class Own(Code):
        def to_torch(self):
            return Added()

    module, x = to_torch(dense(code=Own())), torch.zeros(2, D, dtype=torch.float64)
    noise = torch.ones(2, K, dtype=torch.float64)
    assert torch.equal(module.sample_code(x, noise), module.encode(x) + 3.0)


def test_a_single_layer_and_a_stack():
    x = np.random.default_rng(1).random((30, D))
    chain = stack([RBM(D, 4), Autoencoder.dense((4, 2), activation=Tanh)], x, epochs=1)
    module, given = to_torch(chain), torch.tensor(x)
    h = chain.forward(x)[0]
    assert np.allclose(numbers(module(given)), h, rtol=1e-13)
    assert torch.equal(module(given), module.encode(given))
    with pytest.raises(ValueError, match="single layer"):
        module.decode(given)


def test_sparse_coding_has_no_encoder():
    model, x, _ = made("sparse coding")
    with pytest.raises(ValueError, match="no encoder"):
        to_torch(model).encode(torch.tensor(x))


def test_the_softplus_is_exact_far_from_zero():
    """PyTorch's own threshold of 20 has an error of 2e-9."""
    model = with_layer(Chain(MODELS["Softplus"]().encoder.layers[1]))
    model.theta[...] = 0.0
    model.encoder.layers[0].params["b"][...] = (20.5, 45.0, -800.0)
    x = np.zeros((1, D))
    h = numbers(to_torch(model).encode(torch.tensor(x)))
    assert np.allclose(h, model.encode(x), rtol=1e-15, atol=0) and h[0, 0] > 20.5


def test_module_and_model_are_independent(tmp_path):
    model, x, _ = made("tied")
    module, before = to_torch(model), model.theta.copy()
    ours = module(torch.tensor(x)).detach()
    fit(model, x, epochs=1)
    assert torch.equal(module(torch.tensor(x)), ours)
    after = model.theta.copy()
    with torch.no_grad():
        for p in module.parameters():
            p.add_(1.0)
    assert np.array_equal(model.theta, after) and not np.array_equal(before, after)


def test_the_state_of_pytorch_does_not_change():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    to_torch(dense())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", ["variational", "tied", "groups"])
def test_a_module_can_be_saved_and_traced(name):
    model, x, _ = made(name)
    module, given = to_torch(model), torch.tensor(x)
    buffer = io.BytesIO()
    torch.save(module, buffer)
    buffer.seek(0)
    back = torch.load(buffer, weights_only=False)
    assert torch.equal(back(given), module(given))
    other = to_torch(MODELS[name]())
    other.load_state_dict(module.state_dict())
    assert torch.equal(other(given), module(given))
    assert sum(1 for _ in back.parameters()) == sum(1 for _ in module.parameters())


def test_training_a_module_trains_the_shared_weights(measured):
    """Plain gradient descent in PyTorch gives the parameters that `fit` gives."""
    from tinyae import SGD

    model, x, _ = made("tied")
    module, given = to_torch(model), torch.tensor(x)
    fit(model, x, optimizer=SGD(0.1), epochs=20, batch_size=N, shuffle=False)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        a = module.natural(module.encode(given))
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        (bce(a, given, reduction="sum") / N).backward()
        optimizer.step()
    worst = np.abs(numbers(module(given)) - model.reconstruct(x)).max()
    measured(f"20 steps in PyTorch and by fit: {worst:.1e}")
    assert worst < 1e-12


def test_a_layer_of_ones_own_takes_part_by_a_method():
    class Multiply(torch.nn.Module):
        def __init__(self, c):
            super().__init__()
            self.c = c

        def forward(self, x):
            return self.c * x

    class Exported(Scaled):
        def to_torch(self):
            return Multiply(self.c)

    x = np.random.default_rng(0).random((2, D))
    model = with_layer(Exported(3.0))
    assert np.allclose(numbers(to_torch(model).encode(torch.tensor(x))), model.encode(x))

    class Wrong(Scaled):
        def to_torch(self):
            return 3.0

    with pytest.raises(TypeError, match=r"Wrong.to_torch must return a torch.nn.Module, got float"):
        to_torch(with_layer(Wrong(3.0)))


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (lambda: with_layer(Scaled(3.0)), "give the class Scaled a method to_torch"),
        (lambda: Autoencoder(Masked(D, K, rng=0), Linear(K, D, rng=1)), "the class Masked"),
        (lambda: OwnEncode.dense((D, K)), "OwnEncode cannot be exported: it has a method"),
        (lambda: ScoreModel(Linear(D, D, rng=0)), "ScoreModel cannot be exported"),
        (lambda: dense().astype(np.complex128), "complex128"),
        (lambda: "model.npz", "got str"),
        (lambda: AutoencoderTransformer(2).fit(np.eye(4)), "give its model_"),
        (lambda: Autoencoder, "the class Autoencoder"),
        (lambda: type("Own", (SoftmaxClassifier,), {"classify": None})(None, 3, d=2), "classify"),
    ],
)
def test_what_cannot_be_exported_is_named(model, text):
    with pytest.raises(TypeError, match=text):
        to_torch(model())


def test_lost_views_are_noticed():
    model = dense()
    model.encoder.layers[0].params["W"] = np.zeros((D, 5))
    with pytest.raises(RuntimeError, match="no longer views"):
        to_torch(model)


def test_a_layer_without_parameters_has_no_width():
    with pytest.raises(ValueError, match="needs at least one Linear layer"):
        to_torch(Sigmoid())

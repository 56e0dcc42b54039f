"""Loss and gradient against PyTorch's autograd; skipped where PyTorch is not installed."""

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianOutput,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
)

torch = pytest.importorskip("torch")

UNITS = {Sigmoid: "sigmoid", Tanh: "tanh", ReLU: "relu", Softplus: "softplus"}


def unit_of(kind):
    return torch.nn.functional.softplus if kind is Softplus else getattr(torch, UNITS[kind])


def reference(model, x, unit, output, lam):
    """The criterion once more in PyTorch, from the chapter's formula: loss and gradients."""
    theta = {name: torch.tensor(p, requires_grad=True) for name, p in model.parameters().items()}
    f, depth = unit_of(unit), len(model.encoder.layers) // 2

    def encode(z):
        for i in range(depth):
            z = f(z @ theta[f"encoder[{2 * i}].W"] + theta[f"encoder[{2 * i}].b"])
        return z

    def decode(h):
        for i in range(depth):
            W = theta.get(f"decoder[{2 * i}].W")
            W = theta[f"encoder[{2 * (depth - 1 - i)}].W"].T if W is None else W
            h = h @ W + theta[f"decoder[{2 * i}].b"]
            h = f(h) if i < depth - 1 else h
        return h

    x = torch.tensor(x)
    h = encode(x)
    a = decode(h)
    if output is GaussianOutput:
        cost = 0.5 * ((x - a) ** 2).sum()
    else:
        cost = torch.nn.functional.binary_cross_entropy_with_logits(a, x, reduction="sum")
    J = torch.stack([torch.autograd.functional.jacobian(encode, row[None], create_graph=True)[0]
                     for row in x])  # fmt: skip
    loss = (cost + 0.3 * h.abs().sum() + lam * (J**2).sum()) / len(x)
    loss.backward()
    return loss.item(), np.concatenate([p.grad.numpy().ravel() for p in theta.values()])


@pytest.mark.parametrize("sizes", [(5, 4), (5, 6, 3)], ids=str)
@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
@pytest.mark.parametrize("output", [GaussianOutput, BernoulliOutput])
@pytest.mark.parametrize("unit", UNITS)
def test_parity(unit, output, tied, sizes, rng):
    lam, x = 0.4, rng.random((4, 5))
    model = Autoencoder.dense(
        sizes, activation=unit, output=output(), tied=tied, penalties=[L1(0.3), Contractive(lam)]
    )
    model.theta[...] = rng.normal(0, 0.7, model.theta.size)
    loss = model.loss_and_grad(x)
    other_loss, other_grad = reference(model, x, unit, output, lam)
    assert loss == pytest.approx(other_loss, rel=1e-12)
    np.testing.assert_allclose(model.grad, other_grad, rtol=1e-10, atol=1e-12)

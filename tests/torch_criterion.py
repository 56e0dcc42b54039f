"""The criterion of an autoencoder once more, in PyTorch, on the module that `to_torch` returns.

It is written from the chapter's formulas, with the distributions of PyTorch. Autograd computes the
gradient, first and second derivatives alike. Noise is drawn from a generator of NumPy in the order
corruption, code, penalties, so that it equals the noise of the model. Only tests need it.
"""

import math

import numpy as np
import torch
from torch.distributions import (
    Bernoulli,
    Categorical,
    Independent,
    MixtureSameFamily,
    Normal,
    kl_divergence,
)

from tinyae.criterion import (
    L1,
    BernoulliCode,
    BernoulliOutput,
    CategoricalOutput,
    Contractive,
    DiagonalGaussianOutput,
    FixedGaussianOutput,
    GaussianCode,
    GaussianOutput,
    HigherOrderContractive,
    KLSparsity,
    MixtureDensityOutput,
    ReconstructionContractive,
    StudentT,
    WeightDecay,
)

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


def costs(output, x, a):
    """−log p(x | a) of each example, without the constants that the library leaves out."""
    d = x.shape[1]
    if type(output) is GaussianOutput:
        return -Normal(a, 1.0).log_prob(x).sum(1) - d * HALF_LOG_2PI
    if type(output) is FixedGaussianOutput:
        constant = d * (HALF_LOG_2PI + math.log(output.sigma))
        return -Normal(a, output.sigma).log_prob(x).sum(1) - constant
    if type(output) is DiagonalGaussianOutput:
        mu, s = a[:, :d], a[:, d:]
        return -Normal(mu, torch.exp(s / 2)).log_prob(x).sum(1) - d * HALF_LOG_2PI
    if type(output) is BernoulliOutput:
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        return bce(a, x, reduction="none").sum(1)
    if type(output) is CategoricalOutput:
        widths = [d] if output.groups is None else list(output.groups)
        pairs = zip(torch.split(x, widths, dim=1), torch.split(a, widths, dim=1), strict=True)
        return sum(-(t * torch.log_softmax(b, dim=1)).sum(1) for t, b in pairs)
    assert type(output) is MixtureDensityOutput
    K = output.components
    mu = a[:, K : K + K * d].reshape(-1, K, d)
    s = a[:, K + K * d :].reshape(len(a), K, -1).expand(-1, K, d)
    parts = Independent(Normal(mu, torch.exp(s / 2)), 1)
    mixture = MixtureSameFamily(Categorical(logits=a[:, :K]), parts)
    return -mixture.log_prob(x) - d * HALF_LOG_2PI


def jacobian(function, x):
    """∂function/∂x of each row, (n, out, d), which can be differentiated again."""
    x = x.clone().requires_grad_()
    y = function(x)
    rows = [torch.autograd.grad(y[:, i].sum(), x, create_graph=True, allow_unused=True)[0]
            for i in range(y.shape[1])]  # fmt: skip
    return torch.stack([torch.zeros_like(x) if r is None else r for r in rows], dim=1)


def energy(function, x, probes, rng):
    """‖∂function/∂x‖² of each row, or its estimate by random signs."""
    J = jacobian(function, x)
    if probes is None:
        return (J**2).sum((1, 2))
    v = torch.tensor(2.0 * rng.integers(0, 2, (probes, *x.shape)) - 1.0, dtype=x.dtype)
    return (torch.einsum("nod,knd->kno", J, v) ** 2).sum((0, 2)) / probes


def weights(module):
    """Every weight of a Linear layer, shared ones once."""
    return [m.weight for m in module.modules() if isinstance(m, torch.nn.Linear)]


def penalty_value(penalty, module, x_tilde, h, w, rng):
    """Ω of the batch, in which example i has the weight w_i."""
    kind, n = type(penalty), len(h)
    if kind is WeightDecay:
        nets = [module.encoder, module.decoder]
        found = {id(W): W for net in nets for W in weights(net)}
        return penalty.lam * sum((W**2).sum() for W in found.values())
    if kind is KLSparsity:
        mean = (w[:, None] * h).sum(0) / w.sum()
        mean = penalty.INWARDS + (1 - 2 * penalty.INWARDS) * mean
        want = Bernoulli(torch.tensor(penalty.rho, dtype=h.dtype))
        return penalty.lam * kl_divergence(want, Bernoulli(mean)).sum()
    if kind is L1:
        each = h.abs().sum(1)
    elif kind is StudentT:
        each = torch.log(1 + h**2).sum(1)
    elif kind is Contractive:
        each = energy(module.encode, x_tilde, penalty.probes, rng)
    elif kind is ReconstructionContractive:
        each = energy(lambda x: module.decode(module.encode(x)), x_tilde, penalty.probes, rng)
    else:
        assert kind is HigherOrderContractive
        noise = penalty.sigma * torch.tensor(rng.standard_normal(x_tilde.shape))
        change = jacobian(module.encode, x_tilde) - jacobian(module.encode, x_tilde + noise)
        each = (change**2).sum((1, 2))
    return penalty.lam * (w * each).sum() / n


def criterion(module, model, x, rng, labels=None, w=None):
    """Return (loss, surrogate): the library's gradient is that of their sum.

    The surrogate is 0 but for the score-function estimate, whose gradient is not that of the loss.
    """
    n = len(x)
    w = torch.ones(n, dtype=torch.float64) if w is None else torch.tensor(w)
    x_tilde = x if model.corruption is None else model.corruption.corrupt(x, rng)
    x, x_tilde, code = torch.tensor(x), torch.tensor(x_tilde), model.code
    u, h = module.units(x_tilde), module.encode(x_tilde)
    z, surrogate = h, torch.zeros(())
    if code is not None:
        draw = rng.random if type(code) is BernoulliCode else rng.standard_normal
        z = module.sample_code(x_tilde, torch.tensor(draw((n, model.d_code))))
    each = w * costs(model.output, x, module.natural(z))
    loss = each.sum() / n
    if type(code) is GaussianCode:
        mu, s = u[:, : model.d_code], u[:, model.d_code :]
        kl = kl_divergence(Normal(mu, torch.exp(s / 2)), Normal(torch.zeros_like(mu), 1.0))
        loss = loss + code.beta * (w * kl.sum(1)).sum() / n
    if type(code) is BernoulliCode:
        prior = Bernoulli(torch.tensor(code.on, dtype=u.dtype))
        loss = loss + code.beta * (w * kl_divergence(Bernoulli(logits=u), prior).sum(1)).sum() / n
        if not code.straight_through:
            c = each.detach() / n
            others = w * (c.sum() - c) / (w.sum() - w)
            log_q = Bernoulli(logits=u).log_prob(z.detach()).sum(1)
            surrogate = ((c - others) * log_q).sum()
            surrogate = surrogate - surrogate.detach()
    for penalty in model.penalties:
        loss = loss + penalty_value(penalty, module, x_tilde, h, w, rng)
    if labels is not None:
        cross = torch.nn.functional.cross_entropy
        wrong = cross(module.logits(z), torch.tensor(labels), reduction="none")
        loss = loss + model.head.weight * (w * wrong).sum() / n
    return loss, surrogate


def gradient(module, loss):
    """The gradient of a loss by autograd, in the order and with the shapes of theta."""
    module.zero_grad()
    loss.backward()
    found = []
    for name, p in module.named_parameters():
        g = torch.zeros_like(p) if p.grad is None else p.grad
        found.append((g.T if name.rsplit(".", 1)[-1] == "weight" else g).numpy().ravel())
    return np.concatenate(found)

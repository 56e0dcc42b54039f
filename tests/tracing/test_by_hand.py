"""Every number of a trace, computed again by loops over plain Python numbers.

Nothing here calls the library for a number, except for what is given or drawn: data, initial
parameters, and noise.
"""

import math

import numpy as np
import pytest

from tests.plain_arithmetic import (
    affine,
    back,
    columns,
    each,
    less,
    numbers,
    outer,
    sigmoid,
    sign,
    softplus,
    transposed,
)
from tinyae import (
    L1,
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianCode,
    GaussianNoise,
    HelmholtzMachine,
    Identity,
    Recirculation,
    Tanh,
    trace,
)
from tinyae.checks.streams import stream

X = np.array([[0.6, -0.2], [0.1, 0.5]])
BITS = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
SEED, N = 7, 2


def agree(t, expected, measured=None):
    """Assert that the trace has exactly these names, and these values to 1e-12."""
    assert list(expected) == t.names()
    worst, count = 0.0, 0
    for step in t:
        wanted = np.array(expected[step.name], float)
        assert step.value.shape == wanted.shape, step.name
        error = np.abs(step.value - wanted).max() / max(1.0, np.abs(wanted).max())
        assert error < 1e-12, (step.name, step.value, wanted)
        worst, count = max(worst, error), count + wanted.size
    if measured is not None:
        measured(f"trace: {count} numbers of {len(t)} steps by scalars, largest error {worst:.1e}")


def shaken(model, seed=2):
    """The model with biases that are not zero."""
    for name, value in model.parameters().items():
        if not value.any():
            value[...] = np.random.default_rng(seed + len(name)).normal(0, 0.3, value.shape)
    return model


def contracted(activation=Tanh):
    return shaken(Autoencoder.dense(
        (2, 3), activation=activation, rng=1, corruption=GaussianNoise(0.3),
        penalties=[L1(0.1), Contractive(0.2)],
    ))  # fmt: skip


def autoencoder_by_hand(model, x, noise, optimizer):
    """Noise 0.3, L1 0.1, contraction 0.2, tanh: all steps by name, in their order."""
    W1, b1, W2, b2 = map(numbers, model.parameters().values())
    n, rows, units = len(x), range(len(x)), range(3)
    t = {"x": x, "W1": W1, "b1": b1, "W2": W2, "b2": b2, "ε": noise}
    xt = t["x̃"] = each(lambda v, e: v + 0.3 * e, x, noise)
    a = t["a1"] = affine(xt, W1, b1)
    h = t["h1"] = each(math.tanh, a)
    r = t["r"] = affine(h, W2, b2)
    t["cost"] = [0.5 * sum((x[i][j] - r[i][j]) ** 2 for j in range(2)) for i in rows]
    t["L"] = sum(t["cost"]) / n
    t["Ω1"] = 0.1 * sum(abs(h[i][k]) for i in rows for k in units) / n
    s = each(lambda y: 1 - y * y, h)
    q = [sum(W1[j][k] ** 2 for j in range(2)) for k in units]
    t["s1"], t["q1"] = s, q
    t["Ω2"] = 0.2 * sum(s[i][k] ** 2 * q[k] for i in rows for k in units) / n
    t["loss"] = t["L"] + t["Ω1"] + t["Ω2"]
    gr = t["gr"] = each(lambda y, v: (y - v) / n, r, x)
    t["gh1_Ω1"] = each(lambda y: 0.1 * sign(y) / n, h)
    t["gW1_open"] = [
        [2 * 0.2 / n * W1[j][k] * sum(s[i][k] ** 2 for i in rows) for k in units] for j in range(2)
    ]
    gs = t["gs1"] = [[2 * 0.2 / n * s[i][k] * q[k] for k in units] for i in rows]
    bend = t["f″1"] = each(lambda y: -2 * y * (1 - y * y), h)
    ga_c = t["ga1_Ω"] = each(lambda g, f: g * f, gs, bend)
    t["gW1_hidden"] = outer(xt, ga_c)
    t["gb1_Ω"] = columns(ga_c)
    t["gW2"], t["gb2"] = outer(h, gr), columns(gr)
    t["gh1_L"] = back(gr, W2)
    t["gh1"] = each(lambda p, q: p + q, t["gh1_L"], t["gh1_Ω1"])
    ga = t["ga1"] = each(lambda g, d: g * d, t["gh1"], s)
    t["gW1_L"] = outer(xt, ga)
    t["gW1"] = each(lambda p, q, r: p + q + r, t["gW1_open"], t["gW1_hidden"], t["gW1_L"])
    t["gb1_L"] = columns(ga)
    t["gb1"] = [p + q for p, q in zip(t["gb1_Ω"], t["gb1_L"], strict=True)]
    for name, W in (("W1", W1), ("b1", b1), ("W2", W2), ("b2", b2)):
        t[f"{name}_new"] = optimizer(W, t[f"g{name}"])
    return t


def test_the_autoencoder_with_noise_l1_and_contraction(measured):
    model = contracted()
    noise = stream(SEED, "evaluation").standard_normal(X.shape)
    t = trace(model, X, rng=SEED, optimizer=SGD(0.1))
    by_hand = autoencoder_by_hand(model, numbers(X), numbers(noise), lambda W, g: less(W, g, 0.1))
    agree(t, by_hand, measured)


def test_imposters_do_not_agree():
    """The check above can fail: without f″, without the noise, or with another sign."""
    model, noise = contracted(), stream(SEED, "evaluation").standard_normal(X.shape)
    t = trace(model, X, rng=SEED)
    right = autoencoder_by_hand(model, numbers(X), numbers(noise), lambda W, g: W)
    for name in ("f″1", "ga1", "gh1_Ω1", "ε"):
        wrong = dict(right)
        del wrong["W1_new"], wrong["b1_new"], wrong["W2_new"], wrong["b2_new"]
        wrong[name] = each(lambda v: -v, right[name])
        with pytest.raises(AssertionError):
            agree(t, wrong)
    without = autoencoder_by_hand(model, numbers(X), [[0.0] * 2] * 2, lambda W, g: W)
    assert abs(without["gW1"][0][0] - t["gW1"].value[0, 0]) > 1e-3


def test_adam_s_first_step():
    model = contracted()
    t = trace(model, X, rng=SEED, optimizer=Adam(0.01, epsilon=1e-3))

    def step(w, g):
        return w - 0.01 * g / (math.sqrt(g * g) + 1e-3)

    for name, W in zip(("W1", "b1", "W2", "b2"), model.parameters().values(), strict=True):
        wanted = [step(w, g) for w, g in zip(W.ravel(), t[f"g{name}"].value.ravel(), strict=True)]
        np.testing.assert_allclose(t[f"{name}_new"].value.ravel(), wanted, rtol=1e-12)


def test_the_variational_autoencoder(measured):
    model = shaken(Autoencoder.dense((2, 2), code=GaussianCode(beta=0.5), rng=1,
                                     output=BernoulliOutput()))  # fmt: skip
    x = np.array([[0.2, 0.9], [1.0, 0.4]])
    W1, b1, W2, b2 = map(numbers, model.parameters().values())
    v, noise = numbers(x), numbers(stream(SEED, "evaluation").standard_normal((2, 2)))
    t = {"x": v, "W1": W1, "b1": b1, "W2": W2, "b2": b2}
    u = t["u"] = affine(v, W1, b1)
    mu, s = [row[:2] for row in u], [row[2:] for row in u]
    t["μ"], t["s"] = mu, s
    sigma = t["σ_z"] = each(lambda e: math.exp(e / 2), s)
    t["ε_z"] = noise
    z = t["z"] = each(lambda m, d, e: m + d * e, mu, sigma, noise)
    a = t["a2"] = affine(z, W2, b2)
    r = t["r"] = each(sigmoid, a)
    t["cost"] = [
        -sum(x * math.log(p) + (1 - x) * math.log(1 - p) for x, p in zip(*rows, strict=True))
        for rows in zip(v, r, strict=True)
    ]
    t["L"] = sum(t["cost"]) / N
    t["kl"] = [
        0.5 * sum(m * m + math.exp(e) - e - 1 for m, e in zip(*rows, strict=True))
        for rows in zip(mu, s, strict=True)
    ]
    t["KL"] = 0.5 * sum(t["kl"]) / N
    t["loss"] = t["L"] + t["KL"]
    ga = t["ga2"] = each(lambda p, x: (p - x) / N, r, v)
    t["gW2"], t["gb2"], gz = outer(z, ga), columns(ga), back(ga, W2)
    t["gz"] = gz
    t["gs_L"] = each(lambda d, e, g: 0.5 * d * e * g, sigma, noise, gz)
    t["gu_L"] = [g + q for g, q in zip(gz, t["gs_L"], strict=True)]
    t["gμ_KL"] = each(lambda m: 0.5 * m / N, mu)
    t["gs_KL"] = each(lambda d: 0.5 * 0.5 * (d * d - 1) / N, sigma)
    t["gu_KL"] = [p + q for p, q in zip(t["gμ_KL"], t["gs_KL"], strict=True)]
    t["gu"] = each(lambda p, q: p + q, t["gu_L"], t["gu_KL"])
    t["gW1"], t["gb1"] = outer(v, t["gu"]), columns(t["gu"])
    agree(trace(model, x, rng=SEED), t, measured)


def test_recirculation(measured):
    model = shaken(Recirculation.dense((2, 2), output=BernoulliOutput(), regression=0.75, rng=1))
    W, b, V, c = map(numbers, model.parameters().values())
    x, n, lam = numbers(BITS), 3, 0.75
    t = {"x": x, "W": W, "b": b, "V": V, "c": c}
    t["a1"] = affine(x, W, b)
    h1 = t["h1"] = each(sigmoid, t["a1"])
    t["a2"] = affine(h1, V, c)
    r = t["r"] = each(sigmoid, t["a2"])
    v2 = t["v2"] = each(lambda x, r: lam * x + (1 - lam) * r, x, r)
    t["a3"] = affine(v2, W, b)
    f3 = t["f3"] = each(sigmoid, t["a3"])
    h3 = t["h3"] = each(lambda h, f: lam * h + (1 - lam) * f, h1, f3)
    t["cost"] = [
        -sum(x * math.log(p) + (1 - x) * math.log(1 - p) for x, p in zip(*rows, strict=True))
        for rows in zip(x, r, strict=True)
    ]
    t["loss"] = sum(t["cost"]) / n
    dx = t["δx"] = each(lambda x, v: (x - v) / n, x, v2)
    dh = t["δh"] = each(lambda h, k: (h - k) / n, h1, h3)
    t["dW"], t["db"], t["dV"], t["dc"] = outer(v2, dh), columns(dh), outer(h1, dx), columns(dx)
    t["gW"], t["gb"] = each(lambda d: -d, t["dW"]), [-d for d in t["db"]]
    t["gV"], t["gc"] = each(lambda d: -d, t["dV"]), [-d for d in t["dc"]]
    agree(trace(model, BITS), t, measured)


def soft(u, t):
    """u moved by t towards 0."""
    return math.copysign(max(abs(u) - t, 0.0), u)


def test_psd_with_momentum(measured):
    """Two atoms, so that the largest eigenvalue of A is the root of a square equation."""
    lam, gamma, k = 0.05, 0.4, range(2)
    model = shaken(PSD.dense((2, 2), lam=lam, gamma=gamma, rng=3, steps=3))
    W1, b1, gain, D = map(numbers, model.parameters().values())
    x = numbers(X)
    t = {"x": x, "W1": W1, "b1": b1, "gain2": gain, "D": D}
    t["a1"] = affine(x, W1, b1)
    t["f1"] = each(math.tanh, t["a1"])
    f = t["f"] = [[gain[j] * row[j] for j in k] for row in t["f1"]]
    A = t["A"] = [[sum(p * q for p, q in zip(D[i], D[j], strict=True)) + gamma * (i == j)
                   for j in k] for i in k]  # fmt: skip
    c = t["c"] = [
        [sum(p * q for p, q in zip(row, D[j], strict=True)) + gamma * own[j] for j in k]
        for row, own in zip(x, f, strict=True)
    ]
    t["z"] = [sum(v * v for v in one) + gamma * sum(v * v for v in two)
              for one, two in zip(x, f, strict=True)]  # fmt: skip
    mean, det = (A[0][0] + A[1][1]) / 2, A[0][0] * A[1][1] - A[0][1] ** 2
    top = t["ℓ"] = (mean + math.sqrt(mean * mean - det)) * (1 + 16 * 2.0**-52)
    h = last = f
    tau = 1.0
    for step in range(1, 4):
        new = (1 + math.sqrt(1 + 4 * tau * tau)) / 2
        y = h
        if step > 1:
            t[f"μ{step}"] = [(tau - 1) / new] * N
            y = t[f"y{step}"] = each(lambda p, q: p + (tau - 1) / new * (p - q), h, last)
        last, tau = h, new
        u = t[f"u{step}"] = [
            [y[i][j] - (sum(y[i][m] * A[m][j] for m in k) - c[i][j]) / top for j in k]
            for i in range(N)
        ]
        h = t["h" if step == 3 else f"h{step}"] = each(lambda v: soft(v, lam / (2 * top)), u)
        t[f"E{step}"] = [energy(*rows, D, lam, gamma) for rows in zip(x, h, f, strict=True)]
        t[f"gap{step}"] = [gap(*rows, D, lam, gamma) for rows in zip(x, h, f, strict=True)]
    r = t["r"] = affine(h, D, [0.0, 0.0])
    t["E"] = [energy(*rows, D, lam, gamma) for rows in zip(x, h, f, strict=True)]
    t["loss"] = sum(t["E"]) / N
    gr = t["gr"] = each(lambda p, v: 2 * (p - v) / N, r, x)
    free = t["gD_free"] = outer(h, gr)
    along = t["along"] = [sum(p * q for p, q in zip(free[j], D[j], strict=True)) for j in k]
    t["gD"] = [[free[j][i] - along[j] * D[j][i] for i in k] for j in k]
    gf = t["gf"] = each(lambda p, q: 2 * gamma * (p - q) / N, f, h)
    t["ggain2"] = [sum(gf[i][j] * t["f1"][i][j] for i in range(N)) for j in k]
    t["gf1"] = [[gain[j] * row[j] for j in k] for row in gf]
    t["s1"] = each(lambda y: 1 - y * y, t["f1"])
    t["ga1"] = each(lambda g, s: g * s, t["gf1"], t["s1"])
    t["gW1"], t["gb1"] = outer(x, t["ga1"]), columns(t["ga1"])
    for name, W in (("W1", W1), ("b1", b1), ("gain2", gain)):
        t[f"{name}_new"] = less(W, t[f"g{name}"], 0.5)
    step = t["D_step"] = less(D, t["gD"], 0.5)
    norm = t["N_D"] = [sum(d * d for d in row) for row in step]
    t["D_new"] = [[d / math.sqrt(norm[j]) for d in row] for j, row in enumerate(step)]
    agree(trace(model, X, optimizer=SGD(0.5)), t, measured)


def energy(x, h, f, D, lam, gamma):
    """‖x − h D‖² + λ‖h‖₁ + γ‖h − f‖² of one example."""
    r = [sum(h[j] * D[j][i] for j in range(len(h))) for i in range(len(x))]
    squares = sum((p - q) ** 2 for p, q in zip(x, r, strict=True))
    missed = sum((p - q) ** 2 for p, q in zip(h, f, strict=True))
    return squares + lam * sum(map(abs, h)) + gamma * missed


def gap(x, h, f, D, lam, gamma):
    """E minus the lower bound 2 u·x′ − ‖u‖² with u = s (x′ − h D′), x′ = [x, √γ f]."""
    root = math.sqrt(gamma)
    long = x + [root * v for v in f]
    atoms = [row + [root * (i == j) for j in range(len(h))] for i, row in enumerate(D)]
    rest = [v - sum(h[j] * atoms[j][i] for j in range(len(h))) for i, v in enumerate(long)]
    most = max(2 * abs(sum(p * q for p, q in zip(atom, rest, strict=True))) for atom in atoms)
    scale = lam / max(lam, most)
    u = [scale * v for v in rest]
    bound = sum(2 * p * q - p * p for p, q in zip(u, long, strict=True))
    return sum(v * v for v in rest) + lam * sum(map(abs, h)) - bound


def test_a_boltzmann_machine_with_two_rounds(measured):
    from tinyae.models import ContrastiveDivergence

    model = shaken(RBM(2, 2, rng=1, rule=ContrastiveDivergence(2)))
    model.parts["hidden"].params["W"][...] *= 50
    W = numbers(model.parts["hidden"].params["W"])
    c, b = numbers(model.parts["hidden"].params["b"]), numbers(model.parts["visible"].params["b"])
    x, n, draws = numbers(BITS), 3, stream(SEED, "evaluation")
    t = {"x": x, "W": W, "c": c, "b": b}
    phase(t, x, W, c, b, "⁺", 1.0 / n)
    v = x
    for k in (1, 2):
        t[f"u{k}"] = affine(v, W, c)
        t[f"p{k}"] = each(sigmoid, t[f"u{k}"])
        t[f"U{k}"] = numbers(draws.random((3, 2)))
        t[f"h{k}"] = each(lambda u, p: float(u < p), t[f"U{k}"], t[f"p{k}"])
        t[f"a{k}"] = affine(t[f"h{k}"], transposed(W), b)
        t[f"q{k}"] = each(sigmoid, t[f"a{k}"])
        t[f"U_v{k}"] = numbers(draws.random((3, 2)))
        v = t[f"v{k}"] = each(lambda u, p: float(u < p), t[f"U_v{k}"], t[f"q{k}"])
    phase(t, v, W, c, b, "⁻", -1.0 / n)
    t["loss"] = t["L⁺"] + t["L⁻"]
    t["gW"] = each(lambda p, q: p + q, t["gW⁺"], t["gW⁻"])
    for name in "cb":
        both = zip(t[f"g{name}⁺"], t[f"g{name}⁻"], strict=True)
        t[f"g{name}"] = [p + q for p, q in both]
    agree(trace(model, BITS, rng=SEED), t, measured)


def phase(t, x, W, c, b, mark, weight):
    """Free energies of x and the gradient of Σ weight F."""
    u = t[f"u{mark}"] = affine(x, W, c)
    p = t[f"p{mark}"] = each(sigmoid, u)
    F = t[f"F{mark}"] = [
        -sum(v * w for v, w in zip(row, b, strict=True)) - sum(map(softplus, own))
        for row, own in zip(x, u, strict=True)
    ]
    t[f"L{mark}"] = weight * sum(F)
    t[f"gW{mark}"] = each(lambda g: -weight * g, outer(x, p))
    t[f"gc{mark}"] = [-weight * g for g in columns(p)]
    t[f"gb{mark}"] = [-weight * g for g in columns(x)]


def test_a_helmholtz_machine(measured):
    model = shaken(HelmholtzMachine((2, 2), rng=1))
    W1, b1, V1, c1, top = map(numbers, model.parameters().values())
    x, n, draws = numbers(BITS), 3, stream(SEED, "evaluation")
    t = {"x": x, "W1": W1, "b1": b1, "V1": V1, "c1": c1, "t": top}
    t["a_s1"] = affine(x, W1, b1)
    t["q1"] = each(sigmoid, t["a_s1"])
    t["U_s1"] = numbers(draws.random((3, 2)))
    s = t["s1"] = each(lambda u, p: float(u < p), t["U_s1"], t["q1"])
    t["cq1"] = surprise(s, t["q1"])
    t["a0"] = affine(s, V1, c1)
    t["p0"] = each(sigmoid, t["a0"])
    t["cp0"] = surprise(x, t["p0"])
    t["a1"] = [top] * n
    t["p1"] = each(sigmoid, t["a1"])
    t["cp1"] = surprise(s, t["p1"])
    terms = zip(t["cp0"], t["cp1"], t["cq1"], strict=True)
    t["F"] = [p + q - r for p, q, r in terms]
    t["loss"] = sum(t["F"]) / n
    t["ga0"] = each(lambda p, v: (p - v) / n, t["p0"], x)
    t["gV1"], t["gc1"] = outer(s, t["ga0"]), columns(t["ga0"])
    t["ga1"] = each(lambda p, v: (p - v) / n, t["p1"], s)
    t["gt"] = columns(t["ga1"])
    t["a_d1"] = [top] * n
    t["r1"] = each(sigmoid, t["a_d1"])
    t["U_d1"] = numbers(draws.random((3, 2)))
    d1 = t["d1"] = each(lambda u, p: float(u < p), t["U_d1"], t["r1"])
    t["a_d0"] = affine(d1, V1, c1)
    t["r0"] = each(sigmoid, t["a_d0"])
    t["U_d0"] = numbers(draws.random((3, 2)))
    d0 = t["d0"] = each(lambda u, p: float(u < p), t["U_d0"], t["r0"])
    t["a1_d"] = affine(d0, W1, b1)
    t["p1_d"] = each(sigmoid, t["a1_d"])
    t["ga1_d"] = each(lambda p, v: (p - v) / n, t["p1_d"], d1)
    t["gW1"], t["gb1"] = outer(d0, t["ga1_d"]), columns(t["ga1_d"])
    agree(trace(model, BITS, rng=SEED), t, measured)


def surprise(states, p):
    """−log of the probability of states of zeros and ones."""
    return [
        -sum(math.log(q if v else 1 - q) for v, q in zip(*rows, strict=True))
        for rows in zip(states, p, strict=True)
    ]


def test_a_linear_code_has_no_slopes():
    """Contraction of h = x W + b: f″ = 0, so the open part is all there is."""
    model = Autoencoder.dense((2, 1), activation=Identity, rng=1, penalties=Contractive(0.5))
    t = trace(model, X)
    W = numbers(model.parameters()["encoder[0].W"])
    assert abs(t["Ω"].value - 0.5 * (W[0][0] ** 2 + W[1][0] ** 2)) < 1e-12
    np.testing.assert_allclose(t["gW1_open"].value, 2 * 0.5 * np.array(W), rtol=1e-12)
    assert not t["gW1_hidden"].value.any()

"""Predictive sparse decomposition: criterion, gradient at fixed codes, inference, stacks."""

import pickle
import re

import numpy as np
import pytest

from tinyae import (
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    Chain,
    Identity,
    Linear,
    ReLU,
    Tanh,
    fit,
    gradcheck,
    minimize,
    sparse_code,
)
from tinyae.sparse_coding import Dictionary, Gain, ReseedUnused, inference
from tinyae.sparse_coding.reseeding import reseed_unused
from tinyae.training import Cosine, DivergenceError
from tinyae.training.dead_units import constant_units, some_rows


@pytest.fixture(autouse=True, scope="module")
def short_searches():
    """What these problems need is done after a tenth of this; a mistake would search for long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inference, "MOST_STEPS", 2000)
        yield


class AtFixedCodes(PSD):
    """The criterion with the codes given, whose gradient can be checked."""

    follows_gradient = True

    def check_rows(self, x, *h):
        """Return x and, where they are given, the codes."""
        return (*super().check_rows(x), *h)

    def objective(self, x, h, *, rng):
        """E(x, h) and its gradient."""
        return self.criterion_and_grad(x, h)


ENCODERS = {
    "diag(g) tanh": {"activation": Tanh},
    "affine": {"activation": Identity, "gain": False},
    "ReLU": {"activation": ReLU, "gain": False},
    "deep": {},
}


def build(kind, rng, cls=AtFixedCodes, d=5, k=7, **options):
    """A model with random parameters; atoms of any norm, as they are within a step."""
    options = {"lam": 0.6, "gamma": 0.8, **options}
    if kind == "deep":
        encoder = Chain(Linear(d, 4, rng=rng), Tanh(), Linear(4, k, rng=rng), Tanh(), Gain(k))
        model = cls(encoder, Dictionary(d, k, rng=rng), **options)
    else:
        model = cls.dense((d, k), rng=rng, **ENCODERS[kind], **options)
    model.theta[...] = rng.normal(size=model.theta.size)
    return model


@pytest.mark.one_in(6)
@pytest.mark.parametrize("kind", ENCODERS)
def test_gradient_at_fixed_codes(kind, rng, measured):
    worst = 0.0
    for _ in range(5):
        model = build(kind, rng)
        x, h = rng.normal(size=(6, 5)), rng.normal(size=(6, 7)) * (rng.random((6, 7)) < 0.5)
        report = gradcheck(model, (x, h), method="complex")
        worst = max(worst, report.max_relative_error)
    measured(f"PSD at fixed h, {kind} encoder: worst relative error {worst:.1e}")
    assert worst <= 1e-12


def test_the_criterion_by_hand(rng):
    model = build("diag(g) tanh", rng, PSD)
    x, h = rng.normal(size=(6, 5)), rng.normal(size=(6, 7))
    linear, _, gain = model.encoder.layers
    W, b, g, D = *(linear.params[key] for key in "Wb"), gain.params["g"], model.atoms
    f = g * np.tanh(x @ W + b)
    np.testing.assert_allclose(model.encode(x), f, rtol=1e-13)
    expected = [
        ((xi - hi @ D) ** 2).sum() + 0.6 * np.abs(hi).sum() + 0.8 * ((hi - fi) ** 2).sum()
        for xi, hi, fi in zip(x, h, f, strict=True)
    ]
    np.testing.assert_allclose(model.criterion(x, h), expected, rtol=1e-12)
    assert model.criterion_and_grad(x, h) == pytest.approx(np.mean(expected), rel=1e-12)
    np.testing.assert_allclose(model.decode(h), h @ D)
    np.testing.assert_allclose(model.reconstruct(x), f @ D)


def test_inference_is_a_lasso_with_more_rows(rng):
    """γ‖h − f‖² is the squared error of k further numbers, so that sparse_code solves E too."""
    model = build("diag(g) tanh", rng, PSD)
    x = rng.normal(size=(6, 5))
    root = np.sqrt(model.gamma)
    wider = np.hstack([model.atoms, root * np.eye(7)])
    h = sparse_code(np.hstack([x, root * model.encode(x)]), wider, model.lam, tol=1e-13)
    np.testing.assert_allclose(model.infer(x, tol=1e-13), h, atol=1e-6)
    zero = np.zeros_like(h)
    np.testing.assert_allclose(model.infer(x, start=zero, tol=1e-13), h, atol=1e-6)
    assert (model.infer(x) == 0).any()


def test_training_infers_from_the_prediction(rng):
    """`loss_and_grad` is the criterion and its gradient at the codes after `steps` steps from f."""
    for accelerated in (False, True):
        model = build("diag(g) tanh", rng, PSD, steps=3, accelerated=accelerated)
        x = rng.normal(size=(6, 5))
        h = model.infer(x, steps=3)
        np.testing.assert_array_equal(h, model.infer(x, start=model.encode(x), steps=3))
        assert np.abs(h - model.infer(x, start=0 * h, steps=3)).max() > 1e-3
        expected = model.criterion_and_grad(x, h)
        model.parts["dictionary"].tangential()
        grad = model.grad.copy()
        assert model.loss_and_grad(x) == expected == model.loss(x)
        np.testing.assert_array_equal(model.grad, grad)
    assert (model.infer(x, steps=0) == model.encode(x)).all()
    plain = build("diag(g) tanh", np.random.default_rng(5), PSD, steps=9, accelerated=False)
    fast = build("diag(g) tanh", np.random.default_rng(5), PSD, steps=9)
    assert fast.loss(x) != plain.loss(x)


@pytest.mark.slow
def test_at_the_minimum_the_gradient_is_that_of_the_minimum(rng):
    """The envelope theorem, by central differences of min_h E; after no step it does not hold."""
    model = build("diag(g) tanh", rng, PSD, d=3, k=4)
    x = rng.normal(size=(4, 3))

    def least(theta):
        twin = model.copy()
        twin.theta[...] = theta
        return twin.criterion(x, twin.infer(x, tol=1e-14)).mean()

    number = np.zeros_like(model.theta)
    for i in range(len(number)):
        e = np.zeros_like(number)
        e[i] = 1e-5
        number[i] = (least(model.theta + e) - least(model.theta - e)) / 2e-5
    model.criterion_and_grad(x, model.infer(x, tol=1e-14))
    np.testing.assert_allclose(model.grad, number, atol=1e-6 * np.abs(number).max())
    model.criterion_and_grad(x, model.encode(x))
    assert np.abs(model.grad - number).max() > 0.1 * np.abs(number).max()


def test_it_follows_no_gradient(rng):
    model, x = build("affine", rng, PSD), rng.normal(size=(6, 5))
    with pytest.raises((ValueError, TypeError), match="gradient"):
        gradcheck(model, x)
    pytest.importorskip("scipy")
    with pytest.raises((ValueError, TypeError), match="gradient"):
        minimize(model, x)


@pytest.mark.slow
def test_atoms_keep_unit_norm_and_the_criterion_falls(rng):
    atoms = Dictionary(8, 12, rng=rng).params["D"]
    np.testing.assert_allclose(np.linalg.norm(atoms, axis=1), 1, rtol=1e-13)
    x = rng.laplace(size=(300, 12)) * (rng.random((300, 12)) < 0.2) @ atoms
    for optimizer in (SGD(0.02), Adam(0.01)):
        model = PSD.dense((8, 12), lam=0.2, gamma=1.0, rng=1)
        fresh = model.criterion(x, model.infer(x)).mean()
        history = fit(model, x, optimizer=optimizer, epochs=25, batch_size=50)
        np.testing.assert_allclose(np.linalg.norm(model.atoms, axis=1), 1, rtol=1e-12)
        assert history.loss[-1] < 0.8 * history.loss[0]
        assert model.criterion(x, model.infer(x)).mean() < 0.8 * fresh


@pytest.mark.slow
def test_training_ends_at_the_best_unit_atom():
    """One atom in the plane, against all directions.

    Adam scales every entry of a gradient by itself. With the part that lengthens the atom left in,
    it came to rest up to 2.4 degrees from the best direction.
    """
    angles = np.linspace(0, np.pi, 7201)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        true = np.array([[np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)]])
        x = rng.laplace(size=(400, 1)) @ true + 0.2 * rng.standard_normal((400, 2))
        model = PSD(None, Dictionary(2, 1, rng=seed), lam=0.5, gamma=0.0)
        fit(model, x, batch_size=400, epochs=200, optimizer=Adam(Cosine(0.05)))
        # With a single unit atom h is the soft threshold of x·D at λ/2, and E = ‖x‖² − h².
        along = np.abs(x @ np.stack([np.cos(angles), np.sin(angles)]))
        best = angles[(np.maximum(along - 0.25, 0) ** 2).sum(axis=0).argmax()]
        across = model.atoms[0] @ [-np.sin(best), np.cos(best)]
        assert np.abs(np.degrees(np.arcsin(across))) < 0.1


def test_an_atom_of_zeros_stays():
    layer = Dictionary(2, 3, rng=0)
    layer.params["D"][...] = [[3, 4], [0, 0], [0, -2]]
    layer.project()
    np.testing.assert_allclose(layer.params["D"], [[0.6, 0.8], [0, 0], [0, -1]])


def test_atoms_of_any_size_get_unit_norm():
    """A step in scale decides nothing: squares of these entries would be zero or infinite."""
    for dtype, sizes in ((np.float64, (1e-200, 1e-160, 1.0, 1e160, 1e300)),
                         (np.float32, (1e-30, 1.0, 1e30))):  # fmt: skip
        layer = Dictionary(2, len(sizes), rng=0, dtype=dtype)
        layer.params["D"][...] = np.outer(sizes, [3, -4])
        layer.project()
        np.testing.assert_allclose(layer.params["D"], [[0.6, -0.8]] * len(sizes), rtol=1e-6)


def test_sparse_coding_is_the_case_without_an_encoder(rng):
    model = PSD(None, Dictionary(5, 7, rng=0), lam=0.6, gamma=0.0)
    x = rng.normal(size=(6, 5))
    np.testing.assert_array_equal(model.infer(x), sparse_code(x, model.atoms, 0.6))
    np.testing.assert_array_equal(
        model.infer(x, steps=4), sparse_code(x, model.atoms, 0.6, steps=4)
    )
    h = model.infer(x, steps=12)
    expected = ((x - h @ model.atoms) ** 2).sum(axis=1) + 0.6 * np.abs(h).sum(axis=1)
    np.testing.assert_allclose(model.criterion(x, h), expected, rtol=1e-12)
    assert model.loss_and_grad(x) == pytest.approx(expected.mean(), rel=1e-12)
    before = model.loss(x)
    fit(model, x, optimizer=SGD(0.05), epochs=20, batch_size=6)
    assert model.loss(x) < before
    with pytest.raises(ValueError, match=r"no encoder: its codes are infer\(x\)"):
        model.encode(x)
    assert repr(model).startswith("PSD 5-7, float64, 35 parameters\n  h by")


def limit_of(model, x):
    """The least λ for which 0 is the best code of every row, by bisection on what infer gives."""
    low, high = 0.0, 1e3
    for _ in range(60):
        model.lam = 0.5 * (low + high)
        low, high = (model.lam, high) if model.infer(x).any() else (low, model.lam)
    return high


@pytest.mark.one_in(12)
@pytest.mark.parametrize("encoder", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_price_that_no_code_is_worth_is_told_once(encoder, dtype, rng):
    model = (build("diag(g) tanh", rng, PSD) if encoder
             else PSD(None, Dictionary(5, 7, rng=0), lam=1.0, gamma=0.0)).astype(dtype)  # fmt: skip
    model.project()
    x = rng.normal(size=(6, 5)).astype(dtype)
    limit = limit_of(model, x)
    model.lam = 0.999 * limit
    fit(model.copy(), x, epochs=1)  # warnings are errors
    model.lam = 1.001 * limit
    before = model.atoms.copy()
    with pytest.warns(UserWarning, match="no atom will move.*Try about") as caught:
        fit(model, x, epochs=3)
    assert len(caught) == 1 and caught[0].filename == __file__
    told = re.search(r"from (\S+) on", str(caught[0].message))[1]
    assert float(told) == pytest.approx(limit, rel=0.01)
    if not encoder:
        np.testing.assert_allclose(model.atoms, before, rtol=1e-6)
        remedy = float(str(caught[0].message).split()[-1])
        model.lam = remedy
        fit(model, x, epochs=3)
        assert np.abs(model.atoms - before).max() > 1e-4


def test_examples_of_zeros_have_codes_of_zeros_and_atoms_of_zeros_are_told(rng):
    model = PSD(None, Dictionary(5, 7, rng=0), lam=1.0, gamma=0.0)
    fit(model, np.zeros((4, 5)), epochs=1)  # nothing is wrong with the price
    assert model.dead_units(np.zeros((4, 5))) is None
    model.atoms[...] = 0.0
    with pytest.warns(UserWarning, match="no atom has a part along any example"):
        fit(model, rng.normal(size=(4, 5)), epochs=1)


def test_the_price_is_looked_at_in_blocks(rng, monkeypatch):
    model = PSD(None, Dictionary(5, 7, rng=0), lam=1.0, gamma=0.0)
    x = np.zeros((50, 5))
    x[-1] = 10.0
    monkeypatch.setattr("tinyae.sparse_coding.psd.BLOCK_BYTES", 8 * 21)
    fit(model, x, epochs=1, batch_size=50)
    x[-1] = 1e-3
    with pytest.warns(UserWarning, match="lam = 1 is too large"):
        fit(model, x, epochs=1, batch_size=50)


def data_of_atoms(rng, n=400):
    """Sparse sums of 16 unit atoms in 8 dimensions, and the atoms."""
    atoms = Dictionary(8, 16, rng=rng).params["D"]
    return (rng.laplace(size=(n, 16)) * (rng.random((n, 16)) < 0.15)) @ atoms, atoms


def test_dead_atoms_are_those_that_no_code_uses(rng):
    x, atoms = data_of_atoms(rng)
    model = PSD(None, Dictionary(8, 16, rng=0), lam=0.3, gamma=0.0)
    model.atoms[...] = atoms
    x[:, 7] = model.atoms[:, 7] = 0.0
    model.project()
    model.atoms[3], model.atoms[9] = np.eye(8)[7], 0.0  # nothing has a part along the first
    np.testing.assert_array_equal(np.flatnonzero(model.dead_units(x)), [3, 9])
    h = model.infer(x, steps=model.steps)
    np.testing.assert_array_equal(model.dead_units(x), ~h.any(axis=0))
    gradient_before = model.theta.copy()
    fit(model, x, epochs=2)
    moved = (model.theta != gradient_before).reshape(16, 8).any(axis=1)
    assert not moved[[3, 9]].any() and moved.sum() == 14
    seen = []
    model.infer = lambda rows, steps: seen.append(len(rows)) or np.ones((len(rows), 16))
    model.dead_units(np.repeat(x, 20, axis=0))
    assert seen == [1000]


def test_unused_atoms_become_what_was_explained_worst(rng):
    x, atoms = data_of_atoms(rng)
    model = PSD(None, Dictionary(8, 16, rng=0), lam=0.5, gamma=0.0)
    model.atoms[...] = atoms
    model.atoms[[2, 5]] = 0.0
    kept, used = x.copy(), model.atoms.copy()
    h = model.infer(x, steps=model.steps)
    error = ((x - h @ model.atoms) ** 2).sum(axis=1)
    worst = x[error.argmax()]
    assert reseed_unused(model, x) == 2
    np.testing.assert_allclose(model.atoms[2], worst / np.linalg.norm(worst), rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(model.atoms, axis=1), 1, rtol=1e-12)
    assert np.abs(model.atoms[2] @ model.atoms[5]) < 0.99
    others = np.delete(np.arange(16), [2, 5])
    np.testing.assert_array_equal(model.atoms[others], used[others])
    np.testing.assert_array_equal(x, kept)
    assert not model.dead_units(x)[[2, 5]].any()
    assert reseed_unused(model, x) == 0
    model.check_packed()


def test_reseeding_never_repeats_an_atom_nor_takes_what_the_price_forbids(rng):
    model = PSD(None, Dictionary(5, 4, rng=0), lam=1.0, gamma=0.0)
    model.atoms[...] = 0.0
    x = np.array([[3.0, 0, 0, 0, 0]] * 3 + [[-6.0, 0, 0, 0, 0], [0, 2, 0, 0, 0], [0, 0, 0.5, 0, 0]])
    assert reseed_unused(model, x) == 2  # ±e₁ once, e₂; half of e₃ costs more than it is worth
    np.testing.assert_array_equal(np.abs(model.atoms), np.eye(5)[[0, 1]].tolist() + [[0] * 5] * 2)


def test_reseeding_in_blocks(rng, monkeypatch):
    x, _ = data_of_atoms(rng)
    models = [PSD(None, Dictionary(8, 16, rng=0), lam=1.5, gamma=0.0) for _ in range(2)]
    for model in models:
        model.atoms[3:6] = 0.0
    assert reseed_unused(models[0], x) == 3
    monkeypatch.setattr("tinyae.sparse_coding.reseeding.BLOCK_BYTES", 8 * 16 * 7)
    reseed_unused(models[1], x)
    np.testing.assert_allclose(*(m.atoms for m in models), rtol=1e-12)


@pytest.mark.slow
def test_reseeding_in_training_revives_atoms_and_explains_more(rng):
    x, _ = data_of_atoms(rng, 300)
    options = {"epochs": 10, "optimizer": Adam(0.01), "batch_size": 50}
    bare, seeded = (PSD(None, Dictionary(8, 40, rng=1), lam=2.0, gamma=0.0) for _ in range(2))
    for model in (bare, seeded):  # a third of the atoms are far from all examples
        model.atoms[:14] = 0.0
    fit(bare, x, **options)
    callback = ReseedUnused(x)
    assert pickle.loads(pickle.dumps(callback)).every == 1 and "every=1" in repr(callback)
    assert callback(1, seeded, None) is None  # nothing before training, progress is 1
    assert not seeded.atoms[:14].any()
    fit(seeded, x, callback=callback, **options)
    assert bare.dead_units(x).sum() >= 14
    assert seeded.dead_units(x).sum() < 7
    costs = [m.criterion(x, m.infer(x)).mean() for m in (bare, seeded)]
    assert costs[1] < costs[0]


@pytest.mark.parametrize(
    ("given", "kept"), [(np.float32, np.float32), (float, float), (int, float)]
)
def test_examples_for_reseeding_keep_their_precision(given, kept):
    assert ReseedUnused(np.ones((3, 2), given)).X.dtype == kept


def test_reseeding_every_so_many_epochs(rng):
    x, _ = data_of_atoms(rng)
    seen = []
    model = PSD.dense((8, 12), lam=0.5, gamma=1.0)
    model.atoms[4] = 0.0

    callback = ReseedUnused(x, every=3)

    def watch(epoch, model, history):
        callback(epoch, model, history)
        seen.append(bool(model.atoms[4].any()))

    model.parts["encoder"].layers[2].params["g"][4] = 0.0  # nor is it predicted
    fit(model, x, epochs=4, optimizer=SGD(1e-9), callback=watch)
    assert seen == [False, False, True, True]
    model.atoms[4] = 0.0
    fit(model, x, epochs=1, optimizer=SGD(1e-9), callback=ReseedUnused(x))
    assert not model.atoms[4].any()  # after the last epoch it could not be trained any more


def test_codes_below_the_dtype_are_refused(rng):
    """From 1e-170 on squares vanish, and with them the gap: any start would pass for solved."""
    D = Dictionary(5, 7, rng=0).params["D"]
    with pytest.raises(ValueError, match="too small for float64: rescale x"):
        sparse_code(1e-170 * X, D, 0.1 * 1e-170)
    assert not sparse_code(1e-170 * X, D, 0.1).any()
    mixed = np.concatenate([X, 1e-170 * X])
    expected = np.concatenate([sparse_code(X, D, 0.1), np.zeros((6, 7))])
    np.testing.assert_allclose(sparse_code(mixed, D, 0.1), expected, atol=1e-6)
    small = sparse_code(1e-100 * X, D, 0.1 * 1e-100, tol=1e-12)
    np.testing.assert_allclose(1e100 * small, sparse_code(X, D, 0.1, tol=1e-12), atol=1e-6)


def test_training_that_diverges_is_told_and_undone(rng):
    model = build("affine", rng, PSD)
    theta = model.theta.copy()
    with pytest.raises(DivergenceError, match="epoch 1"):
        fit(model, 1e150 * rng.normal(size=(12, 5)), optimizer=SGD(1e200), epochs=3, batch_size=3)
    np.testing.assert_array_equal(model.theta, theta)


def test_inference_in_blocks(rng, monkeypatch):
    model = build("diag(g) tanh", rng, PSD)
    x, start = rng.normal(size=(6, 5)), rng.normal(size=(6, 7))
    whole = [model.infer(x, steps=4), model.infer(x, start=start, steps=4), model.infer(x)]
    monkeypatch.setattr(inference, "BLOCK_BYTES", 8 * 15)  # two rows at a time
    parts = [model.infer(x, steps=4), model.infer(x, start=start, steps=4), model.infer(x)]
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-6)


def test_copies_and_pickles(rng):
    model = build("diag(g) tanh", rng, PSD)
    x = rng.normal(size=(6, 5))
    for twin in (model.copy(), pickle.loads(pickle.dumps(model))):
        assert twin.loss(x) == model.loss(x)
        twin.theta += 0.1
        assert twin.loss(x) != model.loss(x)


def test_float32_all_the_way(rng):
    model = build("diag(g) tanh", rng, PSD).astype(np.float32)
    x = rng.normal(size=(6, 5))
    fit(model, x, epochs=2)
    assert model.theta.dtype == model.encode(x).dtype == model.infer(x, steps=2).dtype == np.float32
    assert model.infer(x).dtype == np.float32


def psd(**options):
    return PSD.dense((5, 7), **{"lam": 0.6, "gamma": 0.8, **options})


X = np.random.default_rng(0).normal(size=(6, 5))
BAD = {
    "lam 0": (ValueError, "lam must be", lambda: psd(lam=0.0)),
    "gamma": (ValueError, "gamma must be", lambda: psd(gamma=-1.0)),
    "gamma alone": (ValueError, "price of missing an encoder",
                    lambda: PSD(None, Dictionary(5, 7, rng=0), lam=1.0, gamma=1.0)),
    "an encoder that is never trained": (ValueError, "gamma = 0 never trains the encoder",
                                         lambda: psd(gamma=0.0)),
    "no codes": (TypeError, "h must hold real numbers", lambda: psd().criterion(X, None)),
    "overflow of E": (ValueError, "beyond float64: rescale",
                      lambda: psd().criterion(1e200 * X, np.zeros((6, 7)))),
    "overflow of its gradient": (ValueError, "beyond float64: rescale",
                                 lambda: psd().criterion_and_grad(X, np.full((6, 7), 1e200))),
    "reseeding what": (TypeError, "only a PSD", lambda: reseed_unused(RBM(5, 3), X)),
    "reseeding on": (ValueError, "5 were expected", lambda: reseed_unused(psd(), X[:, :4])),
    "reseeding after": (ValueError, "every must be", lambda: ReseedUnused(X, every=0)),
    "reseeding as": (TypeError, "every must be", lambda: ReseedUnused(X, every="3")),
    "overflow": (ValueError, "beyond float64: rescale", lambda: psd().infer(1e200 * X)),
    "no dictionary": (TypeError, r"must be a Dictionary\(d, k\), got Linear",
                      lambda: PSD(None, Linear(7, 5, rng=0), lam=1.0, gamma=0.0)),
    "widths": (ValueError, "takes 7 features but is given a code of 6",
               lambda: PSD(Linear(5, 6, rng=0), Dictionary(5, 7, rng=0), lam=1.0, gamma=1.0)),
    "encoder": (TypeError, "the encoder must be a layer",
                lambda: PSD("f", Dictionary(5, 7, rng=0), lam=1.0, gamma=1.0)),
    "steps": (ValueError, "steps must be at least 0", lambda: psd(steps=-1)),
    "accelerated": (TypeError, "True or False", lambda: psd(accelerated="yes")),
    "gain": (TypeError, "gain must be True or False", lambda: psd(gain=1)),
    "sizes": (ValueError, "width of x, number of atoms",
              lambda: PSD.dense((5, 7, 3), lam=1.0, gamma=1.0)),
    "sizes: the way back too": (ValueError, r"write \(5, 7\)",
                                lambda: PSD.dense((5, 7, 5), lam=1.0, gamma=1.0)),
    "NaN": (ValueError, "NaN", lambda: psd().infer(np.where(X > 1, np.nan, X))),
    "width of x": (ValueError, "5 were expected", lambda: fit(psd(), X[:, :4])),
    "codes": (ValueError, "7 were expected", lambda: psd().criterion(X, np.zeros((6, 5)))),
    "codes' number": (ValueError, "start must have one code for each of the 6 examples, got 2",
                      lambda: psd().infer(X, start=np.zeros((2, 7)))),
    "labels": (TypeError, "got 2 arrays", lambda: fit(psd(), (X, np.arange(6)))),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action()


def test_units_that_never_change_are_dead(rng):
    x = rng.normal(size=(3000, 4))
    model = Autoencoder.dense((4, 6), activation=ReLU, rng=rng)
    W, b = model.encoder.layers[0].params.values()
    b[1], b[2] = -1e3, 1e3  # never on; always on, which still tells x
    W[:, 4] = 0.0
    found = constant_units(model.encode, x)
    np.testing.assert_array_equal(np.flatnonzero(found), [1, 4])
    flat = Autoencoder.dense((4, 6), activation=Tanh, rng=rng, dtype=np.float32)
    flat.encoder.layers[0].params["b"][3] = 50.0  # saturated
    np.testing.assert_array_equal(np.flatnonzero(constant_units(flat.encode, x)), [3])
    assert constant_units(model.encode, x[:1]) is None
    assert constant_units(model.encode, np.repeat(x[:1], 5, axis=0)) is None
    rows = some_rows(x)
    assert len(rows) == 1000 and (rows[-1] == x[-1]).all() and some_rows(x[:7]).shape == (7, 4)
    assert not constant_units(lambda part: part, x * [1, 1, 1, 1e-300]).any()


def test_a_reconstruction_beyond_the_dtype_is_refused():
    """Each code is small enough to be squared, but the sum over 3000 equal atoms is not."""
    model = PSD.dense((4, 3000), lam=0.1, gamma=1.0, rng=0, dtype=np.float32)
    model.atoms[...] = model.atoms[:1]
    x, h = np.zeros((1, 4), np.float32), np.full((1, 3000), 7e16, np.float32)
    with pytest.raises(ValueError, match="squares of x or h are beyond float32: rescale them"):
        model.criterion(x, h)
    assert np.isfinite(model.criterion(x, h / 1e6)).all()

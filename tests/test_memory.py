"""What a call made is freed when the call is over, by reference counts alone: no cycle is left."""

import gc
import tracemalloc
import weakref
from contextlib import contextmanager

import numpy as np
import pytest

from tinyae import (
    L1,
    PSD,
    RBM,
    SGD,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    HelmholtzMachine,
    HigherOrderContractive,
    Identity,
    KLSparsity,
    Linear,
    MaskingNoise,
    Recirculation,
    ReconstructionContractive,
    Tanh,
    WeightDecay,
    fit,
    gradcheck,
    minimize,
    stack,
    tangents,
)
from tinyae.core.core import Core
from tinyae.criterion import BernoulliCode
from tinyae.embeddings import SNE, TSNE
from tinyae.models import (
    RecurrentDenoiser,
    ScoreModel,
    SlicedScoreMatching,
    SoftmaxClassifier,
    Walkback,
)
from tinyae.score import fixed_points, potential
from tinyae.training import DivergenceError

X = np.random.default_rng(0).random((60, 5))


@contextmanager
def without_collector():
    """Reference counts alone."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Bounded(Autoencoder):
    """A model with a project step."""

    def project(self):
        np.clip(self.theta, -1.0, 1.0, self.theta)


MODELS = {
    "columns": lambda: Autoencoder.dense((5, 3)),
    "rows, tied": lambda: Autoencoder.dense((5, 3), tied=True, corruption=MaskingNoise(0.2)),
    "variational": lambda: Autoencoder.dense((5, 4, 3), code=GaussianCode()),
    "deep": lambda: Autoencoder.dense((5, 4, 3), output=BernoulliOutput()),
    "penalties": lambda: Autoencoder.dense(
        (5, 3), penalties=[L1(0.1), KLSparsity(0.1, 0.1), Contractive(0.1), WeightDecay(0.1)]
    ),
    "project": lambda: Bounded.dense((5, 3)),
}


@pytest.mark.one_in(12)
@pytest.mark.parametrize("core, threads", [("layers", None), ("vectorized", None),
                                           ("vectorized", 2)])  # fmt: skip
@pytest.mark.parametrize("name", MODELS)
def test_model_core_and_buffers_are_freed_after_fit(name, core, threads, monkeypatch):
    made, memory, epoch = [], [], Core.epoch

    def noting(self, *arguments):
        blocks = [self.block, *([self.last] if self.last else [])]
        if threads is not None:
            made.extend(map(weakref.ref, [*blocks, self.team]))
            blocks = [one for parts in blocks for one in parts.blocks]
        memory.append(weakref.ref(self.steps.m))  # which a model may keep, to go on with
        found = [self, self.steps, self.plan, *blocks]
        buffers = [b.buffers for b in blocks]
        found += buffers + [a for b in buffers for a in (b.terms, b.ones, *b.inputs, *b.g)]
        made.extend(map(weakref.ref, found))
        return epoch(self, *arguments)

    monkeypatch.setattr(Core, "epoch", noting)
    with without_collector():
        model = MODELS[name]()
        history = fit(model, X, epochs=2, batch_size=13, core=core, threads=threads)
        assert history.core == core and bool(made) == (core == "vectorized")
        assert [r() for r in made if r() is not None] == []
        kept = [weakref.ref(o) for o in (model, model.theta, model.grad, model.encoder)]
        del model
        assert [r() for r in kept + memory if r() is not None] == []


@pytest.mark.slow
@pytest.mark.parametrize("core", ["layers", "vectorized"])
def test_sixty_fits_take_the_memory_of_one(core, measured):
    x = np.random.default_rng(0).random((20, 300))

    def peak(count):
        tracemalloc.start()
        for _ in range(count):
            fit(Autoencoder.dense((300, 40)), x, epochs=1, batch_size=10, core=core)
        held, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return held, most

    with without_collector():
        peak(1)  # what is made once, such as caches of the imports
        _, one = peak(1)
        held, sixty = peak(60)
    measured(f"60 fits, {core}: peak {sixty / one:.2f} times one fit's, held {held / one:.3f}")
    assert sixty <= 1.3 * one
    assert held <= 0.1 * one


def diverging(core):
    model = Autoencoder.dense((5, 3), activation=Identity)
    with pytest.raises(DivergenceError):
        fit(model, 1e3 * X, optimizer=SGD(1e6), epochs=20, core=core)


def refused(**slots):
    with pytest.raises(ValueError):
        fit(Autoencoder.dense((5, 3), **slots), X, core="vectorized")


def denoiser():
    return Autoencoder.dense((5, 3), corruption=GaussianNoise(0.1))


def probing():
    return Autoencoder.dense(
        (5, 3),
        penalties=[
            Contractive(0.1, probes=2),
            HigherOrderContractive(0.1, 0.1),
            ReconstructionContractive(0.1),
        ],
    )


CALLS = {
    "patience": lambda: fit(Autoencoder.dense((5, 3)), X, epochs=3, validation=0.2, patience=1),
    "callback": lambda: fit(Autoencoder.dense((5, 3)), X, callback=lambda e, m, h: True),
    "auto": lambda: fit(Autoencoder.dense((5, 3), code=BernoulliCode()), X, epochs=1, core="auto"),
    "refused": lambda: refused(code=BernoulliCode()),
    "diverging layers": lambda: diverging("layers"),
    "diverging core": lambda: diverging("vectorized"),
    "head": lambda: fit(
        Autoencoder.dense((5, 3), head=Classifier(2)), (X, np.arange(60) % 2), epochs=1
    ),
    "copy": lambda: Autoencoder.dense((5, 3), tied=True).copy(),
    "astype": lambda: Autoencoder.dense((5, 3), tied=True).astype(np.float32),
    "complex step": lambda: gradcheck(probing(), X),
    "central differences": lambda: gradcheck(probing(), X, method="central"),
    "describe": lambda: probing().describe(X),
    "jacobian": lambda: Autoencoder.dense((5, 4, 3)).jacobian(X),
    "tangents": lambda: tangents(Autoencoder.dense((5, 4, 3)), X, 2),
    "tangents of r": lambda: tangents(Autoencoder.dense((5, 4, 3)), X, 2, of="range"),
    "fixed points": lambda: fixed_points(Autoencoder.dense((5, 3)), X),
    "potential": lambda: potential(Autoencoder.dense((5, 3), tied=True), X),
    "SNE": lambda: SNE(2, perplexity=5, steps=3).fit(X),
    "TSNE": lambda: TSNE(2, perplexity=5, steps=3).fit(X),
    "RBM": lambda: fit(RBM(5, 3), np.round(X), epochs=1),
    "Helmholtz machine": lambda: fit(HelmholtzMachine((5, 4, 2)), np.round(X), epochs=1),
    "PSD": lambda: fit(PSD.dense((5, 7), lam=1.0, gamma=1.0), X, epochs=1),
    "stack": lambda: stack([Autoencoder.dense((5, 3)), Autoencoder.dense((3, 2))], X, epochs=1),
    "recirculation": lambda: fit(Recirculation.dense((5, 3)), X, epochs=1),
    "walkback": lambda: fit(Walkback(denoiser(), 3, 0.1), X, epochs=1),
    "recurrent": lambda: fit(RecurrentDenoiser.dense((5, 3)), X, epochs=1),
    "classifier": lambda: fit(
        SoftmaxClassifier(Chain(Linear(5, 4, rng=1), Tanh()), 3),
        (X, np.arange(len(X)) % 3),
        epochs=1,
    ),
    "score": lambda: fit(
        ScoreModel(Chain(Linear(5, 4, rng=1), Tanh(), Linear(4, 5, rng=2)), SlicedScoreMatching(2)),
        X,
        epochs=1,
    ),
}


def left_by(call):
    """What a call leaves for the cyclic collector, without what belongs to pytest and SciPy."""
    with without_collector():
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            call()
            gc.collect()
            found = list(gc.garbage)
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
    found += gc.get_referents(*found)  # the collector does not track arrays, only who holds them
    homes = [str(getattr(o, "__module__", None) or type(o).__module__) for o in found]
    return [
        f"{home}: {type(o).__name__}"
        for home, o in zip(homes, found, strict=True)
        if home.startswith("tinyae") or isinstance(o, np.ndarray)
    ]


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", CALLS)
def test_no_call_leaves_work_for_the_cyclic_collector(name):
    assert left_by(CALLS[name]) == []


def test_minimize_leaves_no_model_behind():
    pytest.importorskip("scipy")
    assert left_by(lambda: minimize(Autoencoder.dense((5, 3)), X, options={"maxiter": 3})) == []


def test_the_question_can_be_answered_with_yes():
    def cycle():
        a = [np.zeros(3)]
        a.append(a)

    assert left_by(cycle) == ["numpy: ndarray"]

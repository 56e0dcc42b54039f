"""A training goes on from its checkpoint to the same bits, and never from that of another one."""

import importlib
import json
import os
import time
import warnings
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tinyae import (
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    HelmholtzMachine,
    Identity,
    KLSparsity,
    Linear,
    MaskingNoise,
    Model,
    NoisySigmoidCode,
    Recirculation,
    Tanh,
    Weights,
    fit,
)
from tinyae.applications import MinimalLossHashing
from tinyae.core.adaptation import adapted
from tinyae.embeddings import TSNEMap
from tinyae.files.archive_files import read_archive, write_archive
from tinyae.models import (
    PersistentContrastiveDivergence,
    RecurrentDenoiser,
    ScoreModel,
    SlicedScoreMatching,
    SoftmaxClassifier,
    Walkback,
)
from tinyae.sparse_coding import Dictionary, ReseedUnused
from tinyae.training import Cosine, DivergenceError, Tuning, WarmUp
from tinyae.training.checkpoint import Checkpoint, choices_in

N, D = 23, 4
X = np.random.default_rng(0).random((N, D))
BITS = (X > 0.5).astype(float)
LABELS, W = np.arange(N) % 3, np.linspace(0.0, 1.0, N)
P = (1.0 - np.eye(N)) / (N - 1)
ALL = {"batch_size": N, "shuffle": False}


def dense(**slots):
    return Autoencoder.dense((D, 3), **slots)


# A model, the arrays that it is trained on, and what differs from the arguments below.
MODELS = {
    "denoising": (lambda: dense(corruption=GaussianNoise(0.1)), X, {}),
    "scheduled": (lambda: dense(corruption=GaussianNoise(Cosine(0.3)), penalties=Contractive(0.1)),
                  X, {"optimizer": SGD(Cosine(0.1), 0.9)}),
    "deep, tied": (lambda: Autoencoder.dense((D, 5, 2), tied=True, corruption=MaskingNoise(0.3)),
                   X, {}),
    "sparse": (lambda: dense(penalties=KLSparsity(0.1, 0.1), output=BernoulliOutput()), X, {}),
    "variational": (lambda: dense(code=GaussianCode(beta=WarmUp())), X, {}),
    "noisy code": (lambda: dense(code=NoisySigmoidCode(WarmUp(4.0))), X, {}),
    "head": (lambda: dense(head=Classifier(3)), (X, LABELS), {}),
    "pairs": (dense, (X + 0.1, X), {}),
    "weights": (dense, X, {"weights": W}),
    "whole": (dense, X, ALL),
    "machine": (lambda: RBM(D, 3), X, {}),
    "chains": (lambda: RBM(D, 3, rule=PersistentContrastiveDivergence(2, 7)), X, {}),
    "Gaussian chains": (lambda: RBM(D, 3, visible=GaussianOutput(), dtype=np.float32,
                                    rule=PersistentContrastiveDivergence(1, 4)), X, {}),
    "Helmholtz machine": (lambda: HelmholtzMachine((D, 3, 2)), BITS, {}),
    "recirculation": (lambda: Recirculation.dense((D, 3)), X, {"optimizer": SGD(0.1)}),
    "recurrent": (lambda: RecurrentDenoiser.dense((D, 3), corruption=GaussianNoise(0.1)), X, {}),
    "walkback": (lambda: Walkback(dense(corruption=GaussianNoise(0.1)), 3, 0.2), X, {}),
    "PSD": (lambda: PSD.dense((D, 6), lam=0.1, gamma=1.0), X, {}),
    "reseeded atoms": (lambda: PSD(None, Dictionary(D, 30), lam=0.5, gamma=0.0), X,
                       {"callback": ReseedUnused(X), "optimizer": SGD(0.1)}),
    "sliced scores": (lambda: ScoreModel(Linear(D, D, rng=0), SlicedScoreMatching(2)), X, {}),
    "classifier": (lambda: SoftmaxClassifier(Linear(D, 3, rng=0), 3), (X, LABELS), {}),
    "hashing": (lambda: MinimalLossHashing(D, 4), (X, X[::-1], LABELS > 0), {}),
    "t-SNE": (lambda: TSNEMap(N), P, {**ALL, "optimizer": SGD(0.1, 0.8)}),
}  # fmt: skip
GIVEN = {"optimizer": Adam(0.01), "epochs": 3, "batch_size": 5, "rng": 3}


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """No test here ends the process, so the bytes need not be on the disk at once."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def killed_after(monkeypatch):
    """Call with a number: the process ends after so many checkpoints were written."""
    written, write = [0, 0], Checkpoint.write

    def write_and_end(self):
        write(self)
        written[0] += 1
        if written[0] == written[1]:
            raise KilledError

    monkeypatch.setattr(Checkpoint, "write", write_and_end)

    def after(most):
        written[:] = [0, most]
        return written

    return after


def in_parts(build, X, path, killed_after, every=1, **given):
    """Train with an end of the process after every so many checkpoints; return what came out."""
    for parts in range(1, 200):
        model = build()
        killed_after(every + (parts == 1))  # the first process writes one before the first step
        try:
            history = fit(model, X, checkpoint=path, checkpoint_seconds=0.0, **given)
            return model, history, parts
        except KilledError:
            pass
    raise AssertionError("the training makes no progress")


def assert_same(model, history, wanted, whole):
    """Everything that a training leaves behind is the same, to the last bit."""
    np.testing.assert_array_equal(model.theta, wanted.theta)
    for name in ("loss", "validation", "stopped", "best_epoch", "core", "restored"):
        assert getattr(history, name) == getattr(whole, name), name
    np.testing.assert_array_equal(history.dead, whole.dead)
    for name in model.checkpointed:
        np.testing.assert_array_equal(getattr(model, name), getattr(wanted, name))
    for name in ("order", "noise"):
        states = [getattr(m.training, name).bit_generator.state for m in (model, wanted)]
        np.testing.assert_equal(*states)
    assert model.training.optimizer == wanted.training.optimizer
    for name, value in wanted.training.memory.items():
        if name != "work":
            np.testing.assert_array_equal(model.training.memory[name], value)


@pytest.mark.one_in(24)
@pytest.mark.parametrize("name", MODELS)
def test_every_model_goes_on_to_the_same_bits(name, tmp_path, killed_after):
    """Wherever the process ends: after each of the checkpoints, of which each batch has one."""
    build, rows, other = MODELS[name]
    given = {**GIVEN, **other}
    wanted = build()
    whole = fit(wanted, rows, **given)
    model, history, parts = in_parts(build, rows, tmp_path / "a", killed_after, **given)
    assert parts > 3
    assert_same(model, history, wanted, whole)


RULES = {"SGD": SGD(0.1), "momentum": SGD(Cosine(0.02), 0.9), "Adam": Adam(0.01)}
CORES = {"layers": None, "vectorized": None, "vectorized with threads": 2}


@pytest.mark.slow
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_both_cores_with_early_stopping(core, rule, dtype, tmp_path, killed_after):
    """The kills fall on other places of the epochs each time; the best epoch comes back."""

    def build():
        return dense(corruption=MaskingNoise(0.3), code=GaussianCode(beta=WarmUp()), dtype=dtype)

    given = {"optimizer": RULES[rule], "epochs": 12, "batch_size": 4, "core": core.split()[0],
             "rng": 1, "validation": 0.3, "patience": 2, "threads": CORES[core]}  # fmt: skip
    wanted = build()
    whole = fit(wanted, X, **given)
    assert whole.restored and len(whole.loss) > 2
    for every in (3, 5):
        path = tmp_path / f"{every}"
        model, history, parts = in_parts(build, X, path, killed_after, every, **given)
        assert parts > 2
        assert_same(model, history, wanted, whole)


@pytest.mark.slow
def test_the_core_stops_inside_an_epoch(tmp_path, killed_after):
    """An epoch has more batches than a block of the core, also with its own draws."""

    def build():
        return dense(corruption=GaussianNoise(0.1), dtype=np.float32)

    rows = np.random.default_rng(1).random((1000, D))
    given = {"epochs": 2, "batch_size": 3, "core": "vectorized"}
    wanted = build()
    whole = fit(wanted, rows, **given)
    model, history, parts = in_parts(build, rows, tmp_path / "a", killed_after, **given)
    assert parts > 5
    assert_same(model, history, wanted, whole)


@pytest.mark.parametrize("missing", ["tuning", "tanh"])
def test_an_older_file_without_a_tuning_goes_on(missing, tmp_path, killed_after):
    """Its number of threads is read too. Older tunings have no form of tanh, which was NumPy's."""
    given = {"epochs": 4, "batch_size": 5, "core": "vectorized", "threads": 2}
    wanted, model, path = dense(), dense(), tmp_path / "a.npz"
    fit(wanted, X, tuning=Tuning("tanh", 64), **given)
    killed_after(4)
    with pytest.raises(KilledError):
        fit(model, X, checkpoint=path, checkpoint_seconds=0.0, tuning=Tuning("tanh", 64), **given)
    header, arrays = read_archive(path, "checkpoint")
    facts = header["facts"]
    assert (facts if missing == "tuning" else facts["tuning"]).pop(missing)
    write_archive(path, header, arrays)
    known = None if missing == "tuning" else Tuning("tanh", 64)
    assert choices_in(path, dense()) == (2, known)
    model, more = dense(), {} if known else {"tuning": Tuning("tanh", 64)}
    history = fit(model, X, checkpoint=path, **more, **given)
    assert len(history.loss) == 4
    np.testing.assert_array_equal(model.theta, wanted.theta)


KINDS = ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"]


@pytest.mark.one_in(12)
@pytest.mark.parametrize("kind", KINDS)
def test_a_given_generator_goes_on(kind, tmp_path, killed_after):
    """It is also the generator of the split, of the order of the rows and of the noise."""

    def generator():
        return np.random.Generator(getattr(np.random, kind)(5))

    given = {**GIVEN, "validation": 0.3}
    build = MODELS["denoising"][0]
    wanted, rng = build(), generator()
    whole = fit(wanted, X, **{**given, "rng": rng})
    for most in range(2, 40):
        model, mine = build(), generator()
        killed_after(most if most == 2 else 1)
        try:
            history = fit(model, X, checkpoint=tmp_path / "a", checkpoint_seconds=0.0,
                          **{**given, "rng": mine})  # fmt: skip
            break
        except KilledError:
            pass
    assert_same(model, history, wanted, whole)
    assert mine.random() == rng.random()


def test_a_finished_training_returns_at_once(tmp_path, monkeypatch):
    given = {**GIVEN, "validation": 0.3, "patience": 1, "checkpoint": tmp_path / "a"}
    build = MODELS["denoising"][0]
    wanted = build()
    whole = fit(wanted, X, **given)
    monkeypatch.setattr("tinyae.training.epochs.evaluate", None)  # no step can be made
    before = (tmp_path / "a.npz").read_bytes()
    model = build()
    assert_same(model, fit(model, X, **given), wanted, whole)
    assert_same(wanted, fit(wanted, X, **given), model, whole)  # the trained model too
    assert (tmp_path / "a.npz").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.npz"]


def test_seconds_add_up(tmp_path):
    """The time of a resumed training has that of the process before in it."""
    given = {**GIVEN, "callback": lambda *_: time.sleep(0.02), "checkpoint": tmp_path / "a"}
    whole = fit(dense(), X, **given)
    again = fit(dense(), X, **given)
    assert 3 * 0.02 <= again.seconds and 3 * 0.02 <= whole.seconds


@pytest.mark.parametrize("stop", ["epochs", "patience"])
def test_more_epochs(stop, tmp_path):
    """Where nothing depends on progress, that is the longer training; patience ends both."""
    other = {} if stop == "epochs" else {"validation": 0.3, "patience": 1, "optimizer": SGD(0.9)}
    given, build = {**GIVEN, **other}, MODELS["denoising"][0]
    few = 3 if stop == "epochs" else 60
    fit(build(), X, **{**given, "epochs": few}, checkpoint=tmp_path / "a")
    model, wanted = build(), build()
    history = fit(model, X, **{**given, "epochs": few + 4}, checkpoint=tmp_path / "a")
    whole = fit(wanted, X, **{**given, "epochs": few + 4})
    assert whole.stopped == stop
    assert_same(model, history, wanted, whole)


class Own(Model):
    """½‖x − θ‖², and a number that changes in training."""

    def __init__(self, width=D):
        super().__init__({"layer": Linear(width, 1, rng=0)})
        self.steps = 0

    def objective(self, x, *, rng):
        """Return the loss, which depends on the number of steps."""
        self.steps += 1
        a, cache = self.parts["layer"].forward(x)
        self.parts["layer"].backward(a / len(x), cache)
        return 0.5 * float((a * a).mean()) + self.steps


class Counting(Own):
    """The same with its number in the checkpoint."""

    checkpointed = ("steps",)


REFUSED = {
    "a learning rate": (dense, {"optimizer": SGD(Cosine(0.1))}, r"optimizer.learning_rate is a fu"),
    "a function": (dense, {"optimizer": SGD(lambda p: 0.1 * (1 - p))}, "optimizer.learning_rate"),
    "noise": (lambda: dense(corruption=GaussianNoise(Cosine(0.1))), {}, "model.corruption.sigma"),
    "a warm-up": (lambda: dense(code=GaussianCode(beta=WarmUp())), {}, "model.code.beta is a fu"),
    "one's own": (Counting, {}, "Counting, a class of your own"),
    "a callback": (dense, {"callback": lambda *_: None}, "callback may depend"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_more_epochs_are_refused_if_the_total_matters(name, tmp_path):
    build, other, says = REFUSED[name]
    given = {**GIVEN, **other, "checkpoint": tmp_path / "a"}
    fit(build(), X, **given)
    with pytest.raises(ValueError, match=f"(?s)of 3 epochs, got epochs=4.*{says}"):
        fit(build(), X, **{**given, "epochs": 4})


def test_fewer_epochs_than_begun_are_refused(tmp_path, killed_after):
    given = {**GIVEN, "checkpoint": tmp_path / "a", "checkpoint_seconds": 0.0}
    killed_after(2 + 5 + 1 + 1)  # the first, five batches, the end of epoch 1, one batch
    with pytest.raises(KilledError):
        fit(dense(), X, **given)
    killed_after(0)
    with pytest.raises(ValueError, match="has begun epoch 2 already, got epochs=1"):
        fit(dense(), X, **{**given, "epochs": 1})
    model, wanted = dense(), dense()
    assert_same(model, fit(model, X, **{**given, "epochs": 2}), wanted,
                fit(wanted, X, **{**GIVEN, "epochs": 2}))  # fmt: skip


LAM = 0.123456789
OTHERS = {
    "rows": ({"X": X + 1e-15}, r"rows\[0\]: float64 \(16, 4\), SHA-256"),
    "fewer rows": ({"X": X[:-1]}, r"rows\[0\]: float64 \(16, 4\).* in the file, .*\(15, 4\)"),
    "another order of the rows": ({"X": X[::-1]}, r"rows\[0\]"),
    "weights of the rows": ({"weights": W}, "rows: "),
    "batch size": ({"batch_size": 6}, "batch_size: 5 in the file, 6 now"),
    "seed": ({"rng": 4}, "rng: 3 in the file, 4 now"),
    "generator": ({"rng": np.random.default_rng(3)}, "rng: 3 in the file, a PCG64 generator in"),
    "learning rate": ({"optimizer": Adam(0.02)}, "optimizer.learning_rate: 0.01 in the file, 0.02"),
    "optimizer": ({"optimizer": SGD(0.01)}, "optimizer: a Adam in the file, a SGD now"),
    "schedule": ({"optimizer": Adam(lambda p: 0.01)}, "optimizer.learning_rate: 0.01 in the file"),
    "core": ({"core": "vectorized"}, "core: layers in the file, vectorized now"),
    "draws": ({"same_draws": True}, "same_draws: None in the file, True now"),
    "threads": ({"core": "vectorized", "threads": 2}, "threads: None in the file, 2 now"),
    "order": ({"shuffle": False}, "shuffle: True in the file, False now"),
    "share": ({"validation": 0.2}, "validation: 0.3 in the file, 0.2 now"),
    "other rows held out": ({"validation": X}, "validation: 0.3 in the file, rows now"),
    "patience": ({"patience": 2}, "patience: None in the file, 2 now"),
    "callback": ({"callback": ReseedUnused(X)}, "callback: None in the file, ReseedUnused now"),
    "width": ({"model": lambda: Autoencoder.dense((D, 2), corruption=GaussianNoise(0.1))},
              r"parameters.encoder\[0\].W\[1\]: 3 in the file, 2 now"),
    "unit": ({"model": lambda: dense(corruption=GaussianNoise(0.1), activation=Tanh)}, "Tanh"),
    "setting": ({"model": lambda: dense(corruption=GaussianNoise(0.1 + 1e-9),
                                        penalties=Contractive(LAM))},
                "model.corruption.sigma: 0.1 in the file, 0.100000001 now"),
    "penalty": ({"model": lambda: dense(corruption=GaussianNoise(0.1),
                                        penalties=Contractive(LAM + 1e-12))},
                r"model.penalties\[0\].lam: 0.123456789 in the file, 0.123456789001 now"),
    "dtype": ({"model": lambda: dense(corruption=GaussianNoise(0.1), dtype=np.float32)},
              "dtype: float64 in the file, float32 now"),
    "weights": ({"model": lambda: dense(corruption=GaussianNoise(0.1), rng=1)}, "start: "),
    "class": ({"model": lambda: Walkback(dense(corruption=GaussianNoise(0.1)), 1, 0.1),
               "weights": None}, "model: a Autoencoder in the file, a Walkback now"),
}  # fmt: skip


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", OTHERS)
def test_another_training_is_refused_by_name(name, tmp_path):
    """Neither is the file changed, nor the model, nor are its streams opened."""
    path = tmp_path / "a.npz"
    given = {**GIVEN, "validation": 0.3, "checkpoint": path}
    fit(dense(corruption=GaussianNoise(0.1), penalties=Contractive(LAM)), X, **given)
    before = path.read_bytes()
    other, says = OTHERS[name]
    other = dict(other)
    build = other.pop(
        "model", lambda: dense(corruption=GaussianNoise(0.1), penalties=Contractive(LAM))
    )
    rows, model = other.pop("X", X), build()
    theta = model.theta.copy()
    with pytest.raises(ValueError, match=f"(?s)belongs to another training.*{says}"):
        fit(model, rows, **{**given, **other})
    assert path.read_bytes() == before
    np.testing.assert_array_equal(model.theta, theta)
    assert model.training is None and model.progress == 1.0


def test_a_measured_number_of_threads_is_kept(tmp_path, killed_after, monkeypatch):
    """The next process would choose another number, and other bits."""
    chosen = [2, 3]
    monkeypatch.setattr("tinyae.core.choice.fastest_threads", lambda *_, **__: chosen.pop(0))
    given = {**GIVEN, "core": "vectorized", "checkpoint_seconds": 0.0}
    killed_after(4)
    path = tmp_path / "a"
    with pytest.raises(KilledError):
        fit(dense(), X, **given, checkpoint=path, threads="auto")
    killed_after(0)
    with pytest.raises(ValueError, match="threads: 2 in the file, 1 now"):
        fit(dense(), X, **given, checkpoint=path, threads=1)
    model, wanted = dense(), dense()
    history = fit(model, X, **given, checkpoint=path, threads="auto")
    assert history.threads == 2 and chosen == [3]
    assert_same(model, history, wanted, fit(wanted, X, **given, threads=2))


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_without_choices_in_the_file_they_are_made_anew(content, tmp_path):
    path = tmp_path / "a.npz"
    if content is not None:
        path.write_bytes(content)
    assert choices_in(path, dense()) == (None, None)
    path = tmp_path / "b.npz"
    fit(dense(), X, **GIVEN, checkpoint=path)  # with the layers, which make no choice
    assert choices_in(path, dense()) == (None, None)


def test_choices_for_another_model_are_not_taken(tmp_path):
    """The message is about the model, and not about threads that a machine cannot have."""
    path, tuning = tmp_path / "a.npz", Tuning("exp", 64, "exp")
    fit(dense(), X, **GIVEN, core="vectorized", threads=2, tuning=tuning, checkpoint=path)
    assert choices_in(path, dense()) == (2, tuning)
    assert choices_in(path, dense(corruption=GaussianNoise(0.1))) == (None, None)
    given = {**GIVEN, "core": "vectorized", "threads": "auto", "checkpoint": path}
    with pytest.raises(ValueError, match="(?s)belongs to another training.*model: a Autoencoder"):
        fit(RBM(D, 3), BITS, **given)


@pytest.mark.parametrize(("first", "other"), [("exp", "tanh"), ("tanh", "exp")])
def test_a_resumed_training_computes_as_before(first, other, tmp_path, killed_after, monkeypatch):
    """The next process would choose another form of the sigmoid, and other bits."""
    given = {**GIVEN, "core": "vectorized", "checkpoint": tmp_path / "a", "checkpoint_seconds": 0.0}
    monkeypatch.setattr("tinyae.core.adaptation.fastest", lambda unit, dtype: first)
    killed_after(4)
    with pytest.raises(KilledError):
        fit(dense(), X, **given)
    killed_after(0)
    monkeypatch.setattr("tinyae.core.adaptation.fastest", lambda unit, dtype: other)
    tuning = adapted(X.dtype)
    with pytest.raises(ValueError, match=f"tuning.sigmoid: {first} in the file, {other} now"):
        fit(dense(), X, **given, tuning=tuning)
    model, wanted = dense(), dense()
    history = fit(model, X, **given)
    assert history.tuning.sigmoid == first
    given = {**GIVEN, "core": "vectorized"}
    assert_same(model, history, wanted, fit(wanted, X, **given, tuning=history.tuning))


def test_other_rows_held_out_are_noticed(tmp_path):
    fit(dense(), X, **GIVEN, validation=X, checkpoint=tmp_path / "a")
    with pytest.raises(ValueError, match=r"rows held out\[0\]: float64 \(23, 4\)"):
        fit(dense(), X, **GIVEN, validation=X + 1e-15, checkpoint=tmp_path / "a")


def test_the_state_of_a_generator_and_of_an_earlier_training_is_part_of_it(tmp_path):
    given = {**GIVEN, "rng": np.random.default_rng(0), "checkpoint": tmp_path / "a"}
    fit(dense(), X, **given)
    with pytest.raises(ValueError, match="rng: a PCG64 generator in state .* in the file"):
        fit(dense(), X, **given)  # the generator has advanced
    again = {**GIVEN, "checkpoint": tmp_path / "b"}

    def trained(seed):
        model = dense()
        fit(model, X, **{**GIVEN, "rng": seed})
        return model

    theta = trained(3).theta.copy()
    fit(trained(3), X, **again)
    other = dense()
    other.theta[...] = theta
    with pytest.raises(ValueError, match="start: "):  # the same theta, without its streams
        fit(other, X, **again)
    other = trained(3)
    other.training.memory = None
    with pytest.raises(ValueError, match="start: "):  # without Adam's averages
        fit(other, X, **again)
    assert len(fit(trained(3), X, **again).loss) == 3


def test_parameters_of_another_origin_are_not_replaced(tmp_path):
    """A model may be trained on by the same call, but not if it was changed in between."""
    given = {**GIVEN, "checkpoint": tmp_path / "a"}
    model = dense()
    fit(model, X, **given)
    ended = model.theta.copy()
    fit(model, X, **{**given, "epochs": GIVEN["epochs"] + 1})
    assert not np.array_equal(model.theta, ended)
    twin = model.copy()
    fit(twin, X, **{**given, "epochs": GIVEN["epochs"] + 2})  # a copy has the same parameters
    twin.theta[0] += 1.0
    changed = twin.theta.copy()
    with pytest.raises(ValueError, match="start: "):
        fit(twin, X, **{**given, "epochs": GIVEN["epochs"] + 2})
    np.testing.assert_array_equal(twin.theta, changed)


def test_the_description_of_a_model_does_not_change_in_training():
    """Otherwise every checkpoint would warn; and a description has every setting in it."""
    from tinyae.training.facts import described

    for name, (build, rows, other) in MODELS.items():
        model = build()
        model.begin(*model.check_rows(*(rows if isinstance(rows, tuple) else (rows,))))
        before = described(model)
        fit(model, rows, **{**GIVEN, **other, "epochs": 1})
        assert described(model) == before, name
    with_rate = described(replace(Adam(), learning_rate=Cosine(0.25)))
    assert with_rate["learning_rate"]["start"] == 0.25


def test_a_model_of_one_s_own_with_more_state(tmp_path, killed_after):
    """A hidden state gives a warning; named in the class, it is kept."""
    with pytest.warns(RuntimeWarning, match="model.steps: 0 in the file, 15 now"):
        fit(Own(), X, **GIVEN, checkpoint=tmp_path / "a")
    wanted = Counting()
    whole = fit(wanted, X, **GIVEN)
    model, history, _ = in_parts(Counting, X, tmp_path / "b", killed_after, **GIVEN)
    assert_same(model, history, wanted, whole)


class Momentum:
    """An optimizer of one's own, whose state has an array, numbers and nothing yet."""

    def start(self, theta):
        """Return the state."""
        return {"m": np.zeros_like(theta), "n": 0, "f": np.float32(0.0), "last": None}

    def step(self, theta, grad, state, progress):
        """Take one step."""
        state["n"] += 1
        state["f"] += np.float32(0.1)
        state["m"] += grad * float(state["f"])
        state["last"] = grad.copy() if state["last"] is None else 0.5 * (state["last"] + grad)
        theta -= 0.01 / state["n"] * (state["m"] + state["last"])


def test_an_optimizer_of_one_s_own(tmp_path, killed_after):
    optimizer = Momentum()
    given = {**GIVEN, "optimizer": optimizer}
    wanted = dense()
    whole = fit(wanted, X, **given)
    model, history, _ = in_parts(dense, X, tmp_path / "a", killed_after, **given)
    assert_same(model, history, wanted, whole)
    assert isinstance(model.training.memory["f"], np.float32)
    model = dense()
    optimizer.start = lambda theta: {"words": "no"}
    with pytest.raises(TypeError, match="holds words, a str; only arrays, numbers and None"):
        fit(model, X, **given, checkpoint=tmp_path / "b")
    assert model.training is None and not (tmp_path / "b.npz").exists()


@pytest.mark.parametrize("core", ["layers", "vectorized"])
def test_ctrl_c_keeps_model_and_checkpoint(core, tmp_path):
    """After it the same call goes on with the same model, to the bits of the whole training."""
    given = {**GIVEN, "validation": 0.3, "core": core}
    build = MODELS["denoising"][0]
    wanted = build()
    whole = fit(wanted, X, **given)

    def interrupt(epoch, model, history):
        if epoch == 2:
            raise KeyboardInterrupt

    kept = {**given, "checkpoint": tmp_path / "a", "checkpoint_seconds": 0.0}
    model = build()
    history = fit(model, X, **{**kept, "callback": interrupt})
    assert history.stopped == "interrupted" and len(history.loss) == 2
    with pytest.raises(ValueError, match="callback"):
        fit(model, X, **kept)
    interrupt_again = interrupt
    interrupt = lambda *_: None  # noqa: E731
    interrupt.__qualname__ = interrupt_again.__qualname__
    history = fit(model, X, **{**kept, "callback": interrupt})
    assert_same(model, history, wanted, whole)


def test_an_interruption_before_the_projection_leaves_unit_atoms():
    model = PSD.dense((D, 6), lam=0.1, gamma=1.0)
    project = model.project

    def interrupted():
        del model.project
        raise KeyboardInterrupt

    model.project = interrupted
    assert fit(model, X, optimizer=SGD(0.1)).stopped == "interrupted"
    assert project == model.project
    np.testing.assert_allclose(np.linalg.norm(model.atoms, axis=1), 1.0, rtol=1e-14)


def test_an_interruption_between_two_losses_keeps_whole_epochs(monkeypatch):
    """The validation loss of the last epoch is not there, so neither is its loss."""
    calls = []

    def interrupted(*arguments, **named):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return min(*arguments, **named)

    monkeypatch.setattr(importlib.import_module("tinyae.training.loop"), "min", interrupted,
                        raising=False)  # fmt: skip
    history = fit(dense(), X, **GIVEN, validation=0.3)
    assert history.stopped == "interrupted"
    assert len(history.loss) == len(history.validation) == 2 and history.best_epoch <= 2


def test_a_divergence_after_a_checkpoint(tmp_path, killed_after):
    """The error is the same, and so is the epoch's start, to which the model is set back."""

    def build():
        return Autoencoder.dense((D, 3), activation=Identity)

    given = {"optimizer": SGD(40.0), "epochs": 40, "batch_size": 2}
    wanted, model = build(), build()
    with pytest.raises(DivergenceError) as whole:
        fit(wanted, X, **given)
    with pytest.raises(DivergenceError) as parts:
        for _ in range(400):
            model = build()
            killed_after(3)
            try:
                fit(model, X, **given, checkpoint=tmp_path / "a", checkpoint_seconds=0.0)
            except KilledError:
                pass
    assert str(whole.value) == str(parts.value)
    assert whole.value.history.loss == parts.value.history.loss
    np.testing.assert_array_equal(model.theta, wanted.theta)


def test_a_full_disk_does_not_end_a_training(tmp_path, monkeypatch):
    written = []

    def write(path, header, arrays):
        written.append(path)
        if len(written) > 1:
            raise OSError("no space left on device")

    monkeypatch.setattr("tinyae.training.checkpoint.write_archive", write)
    model, wanted = dense(), dense()
    with pytest.warns(RuntimeWarning, match="no checkpoint was written .no space left") as found:
        fit(model, X, **GIVEN, checkpoint=tmp_path / "a", checkpoint_seconds=0.0)
    assert len(found) == 1 and len(written) > 10
    fit(wanted, X, **GIVEN)
    np.testing.assert_array_equal(model.theta, wanted.theta)


def test_checkpoints_are_as_far_apart_as_asked(tmp_path, killed_after):
    written = killed_after(-1)
    fit(dense(), X, **GIVEN, checkpoint=tmp_path / "a")
    assert written[0] == 2  # at the start and at the end
    written = killed_after(-1)
    fit(dense(), X, **GIVEN, checkpoint=tmp_path / "b", checkpoint_seconds=0.0)
    assert written[0] == 1 + 3 * (5 + 1) + 1


BAD = {
    "a number": (3, TypeError, "checkpoint must be a path"),
    "no folder": ("none/a.npz", FileNotFoundError, "checkpoint: the folder .* does not exist"),
    "a folder": ("", IsADirectoryError, "checkpoint: .* is a folder, not a checkpoint file"),
    "a folder with the ending": ("folder.npz", IsADirectoryError, "is a folder"),
    "a file as folder": ("text.npz/a.npz", NotADirectoryError, "checkpoint: .* is a file"),
    "another file": ("text.npz", ValueError, "not a whole tinyae checkpoint file"),
    "a model": ("model.npz", ValueError, "is a file of another kind or version"),
    "half a checkpoint": ("half.npz", ValueError, "not a whole tinyae checkpoint file"),
    "another bit": ("bit.npz", ValueError, "checksum"),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_path_is_refused_before_training(name, tmp_path):
    from tinyae import save

    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "text.npz").write_text("no checkpoint")
    save(dense(), tmp_path / "model.npz")
    fit(dense(), X, **GIVEN, checkpoint=tmp_path / "good")
    good = (tmp_path / "good.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(good[: len(good) // 2])
    with np.load(tmp_path / "good.npz") as file:
        place = good.index(file["theta"].tobytes())
    (tmp_path / "bit.npz").write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    path, error, says = BAD[name]
    path = tmp_path / path if isinstance(path, str) else path
    before = {p: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
    model = dense()
    theta = model.theta.copy()
    with pytest.raises(error, match=says):
        fit(model, X, **GIVEN, checkpoint=path)
    np.testing.assert_array_equal(model.theta, theta)
    assert {p: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()} == before
    with pytest.raises(ValueError, match="checkpoint_seconds must be a finite number"):
        fit(model, X, checkpoint=tmp_path / "b", checkpoint_seconds=-1.0)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0,
                    reason="the superuser may write everywhere")  # fmt: skip
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match="checkpoint: "):
            fit(dense(), X, checkpoint=tmp_path / "a")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.slow
def test_a_checkpoint_has_no_pickle_and_no_rows_in_it(tmp_path):
    rows = np.random.default_rng(0).random((2000, D))
    fit(dense(), rows, **GIVEN, validation=rows, weights=np.ones(2000), checkpoint=tmp_path / "a")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "fiuUb" for name in file.files)
        assert sum(file[name].nbytes for name in file.files) < 40_000


def test_without_a_checkpoint_nothing_is_described(monkeypatch):
    """A model whose attributes cannot be described can still be trained."""
    monkeypatch.setattr(importlib.import_module("tinyae.training.loop"), "facts_of", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(dense(), (X, Weights(W)), epochs=1)


def test_two_trainings_of_one_model_each_have_a_file(tmp_path, killed_after):
    """The second starts where the first ended: with its weights, streams and moving averages."""

    def both(path, model):
        found = []
        for i, rows in enumerate((X, X[:17])):
            kept = {"checkpoint": path / f"{i}", "checkpoint_seconds": 0.0} if path else {}
            found.append(fit(model, rows, **GIVEN, **kept))
        return found[1]

    build = MODELS["denoising"][0]
    wanted = build()
    whole = both(None, wanted)
    for most in (8, 6, 8, 5, 0):
        killed_after(most)
        model = build()
        try:
            history = both(tmp_path, model)
        except KilledError:
            continue
    assert most == 0
    assert_same(model, history, wanted, whole)


def test_what_a_description_is_made_of():
    """Whatever a model keeps is described, and the same in every process."""
    from tinyae.training.facts import described

    class Slots:
        __slots__ = ("a",)

    found = described(
        {"none": None, "nan": np.nan, "single": np.float32(0.5), "yes": np.bool_(True),
         "set": {2, 1}, "bytes": b"a", "array": np.arange(3), "module": np, "class": int,
         "slots": Slots(), "fraction": Fraction(1, 3), "generator": np.random.default_rng(0),
         "nested": [1, (2, "b")]},
    )  # fmt: skip
    assert found["none"] is None and found["nan"] == "nan" and found["single"] == 0.5
    assert found["yes"] is True and found["set"] == "[1, 2]" and found["bytes"] == "b'a'"
    assert found["array"].startswith("int64 (3,), SHA-256 ")
    assert found["array"] != described(np.arange(3) + 1) and found["module"] == "module numpy"
    assert found["class"] == "type int" and "0x" not in str(found["slots"])
    assert found["fraction"]["text"] == "Fraction(1, 3)" and found["nested"] == [1, [2, "b"]]
    assert found["generator"] != described(np.random.default_rng(1))
    assert json.loads(json.dumps(found)) == found
    itself = [1]
    itself.append(itself)
    assert described(itself) == [1, "object 1 again"]


def test_functions_of_progress_are_told_by_their_values():
    """Their names are the same here."""
    from tinyae.training.facts import described

    one, same = Adam(lambda p: 0.1 * (1.0 - p)), Adam(lambda q: (1.0 - q) * 0.1)
    other = Adam(lambda p: 0.1 - 0.09 * p)
    assert described(one) == described(same) != described(other)


def test_what_is_described_of_a_number_and_of_a_layer_that_can_be_called():
    from tinyae.training.facts import checksum, described

    class Called(Linear):
        def __call__(self, x):
            return self.forward(x)[0]

    assert checksum(np.array(3.0)) == checksum(np.array(3.0)) != checksum(np.array(4.0))
    assert "float64 ()," in checksum(np.array(3.0))
    found = described(Called(2, 1, rng=0))
    assert found["class"].endswith("Called") and found["W"] == [2, 1] and found["b"] == [1]

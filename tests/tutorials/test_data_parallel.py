"""Data-parallel training: two workers give the bits of one process, and one of them may die."""

import copy
import importlib.util
import os
import signal
import sys
import time

import numpy as np
import pytest

from tests.tutorials.deadly import Deadly
from tinyae import (
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianCode,
    GaussianNoise,
    WeightDecay,
)
from tinyae.estimators import AutoencoderTransformer
from tutorials import data_parallel
from tutorials.data_parallel import cluster, gradient, here, mean, missing, on_cluster, train, trial

N, D = 300, 12
SETTINGS = {"epochs": 3, "batch_size": 64, "seed": 5}
PER_EPOCH = -(-N // SETTINGS["batch_size"])
# Packages that dask imports may warn.
warns = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def x():
    return np.random.default_rng(0).random((N, D))


def denoiser(dtype=np.float64):
    return Autoencoder.dense((D, 5), tied=True, corruption=GaussianNoise(0.2), dtype=dtype,
                             penalties=[Contractive(0.1, probes=2), WeightDecay(0.01)])  # fmt: skip


def serial(x, make=denoiser, **settings):
    model = make()
    losses = train(model, len(x), here(make(), x), Adam(0.01), **{**SETTINGS, **settings})
    return model.theta, losses


@pytest.mark.parametrize("cuts", [(50,), (10, 11, 80), (), (1,)])
def test_the_parts_give_the_gradient_of_the_batch(cuts, x):
    slots = {"penalties": [Contractive(0.1), WeightDecay(0.01)], "output": BernoulliOutput()}
    model = Autoencoder.dense((D, 5), **slots)
    rows = np.arange(100)
    found = [gradient(model, model.theta, x, part, (0, 0, p))
             for p, part in enumerate(np.split(rows, cuts))]  # fmt: skip
    loss = model.loss_and_grad(x[rows])
    assert mean(found)[0] == pytest.approx(loss, rel=1e-12)
    error = np.abs(mean(found)[1] - model.grad).max() / np.abs(model.grad).max()
    assert error < 1e-12
    if len(cuts) and cuts != (50,):  # the control: the plain mean of unequal parts
        plain = mean([(1, loss, g) for _, loss, g in found])[1]
        assert np.abs(plain - model.grad).max() / np.abs(model.grad).max() > 1e-3


def test_one_part_without_noise_is_plain_training(x):
    def make():
        return Autoencoder.dense((D, 5))

    theta, losses = serial(x, make, parts=1)
    model, order = make(), np.random.default_rng(SETTINGS["seed"])
    state, optimizer = Adam(0.01).start(model.theta), Adam(0.01)
    for epoch in range(3):
        index, total = order.permutation(N), 0.0
        for i in range(0, N, 64):
            rows = index[i : i + 64]
            total += len(rows) * model.loss_and_grad(x[rows])
            step = epoch * PER_EPOCH + i // 64
            optimizer.step(model.theta, model.grad, state, step / (3 * PER_EPOCH))
        assert losses[epoch] == pytest.approx(total / N, rel=1e-13)
    assert np.allclose(theta, model.theta, rtol=1e-13, atol=0)
    assert losses[-1] < losses[0]


def test_noise_depends_on_step_and_part_and_not_on_what_was_computed_before(x):
    model, rows = denoiser(), np.arange(40)
    before = model.theta.copy(), model.grad.copy()
    first = gradient(model, model.theta, x, rows, (1, 2, 3))
    again = gradient(model, model.theta, x, rows, (1, 2, 3))
    assert first[1] == again[1] and np.array_equal(first[2], again[2])
    for seed in ((1, 2, 4), (1, 3, 3), (2, 2, 3)):
        assert gradient(model, model.theta, x, rows, seed)[1] != first[1]
    assert np.array_equal(model.theta, before[0]) and np.array_equal(model.grad, before[1])


def test_a_path_is_mapped(x, tmp_path):
    np.save(tmp_path / "x.npy", x)
    theta, losses = serial(x)
    model = denoiser()
    found = train(model, N, here(denoiser(), tmp_path / "x.npy"), Adam(0.01), **SETTINGS)
    assert found == losses and np.array_equal(model.theta, theta)


@pytest.mark.slow
def test_the_seed_and_the_number_of_parts_matter(x):
    theta, losses = serial(x)
    assert np.array_equal(serial(x)[0], theta)
    for other in ({"seed": 6}, {"parts": 3}):
        assert not np.array_equal(serial(x, **other)[0], theta)
    steps = []
    serial(x, each_step=steps.append)
    assert steps == list(range(1, 3 * PER_EPOCH + 1))
    assert serial(x[:5], parts=3, batch_size=4)[1], "a batch of one row has one part"


def test_float32_is_kept(x):
    model = denoiser(np.float32)
    x = x.astype(np.float32)
    train(model, N, here(denoiser(np.float32), x), SGD(0.01), **SETTINGS)
    assert model.theta.dtype == np.float32


def test_without_dask_the_reason_is_said(monkeypatch):
    monkeypatch.setattr(data_parallel, "find_spec", lambda name: None)
    if sys.platform != "win32":
        assert 'pip install "tinyae[dask]"' in missing()
    monkeypatch.setattr(sys, "platform", "win32")
    assert "Windows" in missing()


needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None or sys.platform == "win32",
    reason="needs dask.distributed",
)


@pytest.fixture(scope="module")
def client():
    """Two worker processes, which all tests below use."""
    with cluster(2) as client:
        yield client


def fitted(estimator, path):
    """Return a copy of the estimator after one epoch on a file."""
    return copy.deepcopy(estimator).partial_fit(np.load(path, mmap_mode="r"))


def processes(client):
    return set(client.run(os.getpid).values())


@needs_dask
@warns
@pytest.mark.slow
@pytest.mark.parametrize("in_a_file", [False, True])
def test_two_workers_give_the_bits_of_one_process(client, x, in_a_file, tmp_path, measured):
    np.save(tmp_path / "x.npy", x)
    theta, losses = serial(x)
    model, start = denoiser(), time.perf_counter()
    submit = on_cluster(client, denoiser(), tmp_path / "x.npy" if in_a_file else x)
    found = train(model, N, submit, Adam(0.01), **SETTINGS)
    measured(f"two workers, {3 * PER_EPOCH} steps: {time.perf_counter() - start:.1f} s")
    assert found == losses and np.array_equal(model.theta, theta)
    assert os.getpid() not in processes(client) and len(processes(client)) == 2


@needs_dask
@warns
@pytest.mark.slow
def test_a_variational_autoencoder_too(client, x):
    def make():
        return Autoencoder.dense((D, 5, 2), code=GaussianCode(), output=BernoulliOutput())

    model = make()
    losses = train(model, N, on_cluster(client, make(), x), Adam(0.01), **SETTINGS)
    theta, expected = serial(x, make)
    assert losses == expected and np.array_equal(model.theta, theta)


@needs_dask
@warns
@pytest.mark.slow
def test_a_worker_killed_between_two_steps_of_an_epoch(client, x, measured):
    killed = []

    def kill(step):
        if step == PER_EPOCH + 2:
            killed.append(min(processes(client)))
            os.kill(killed[0], signal.SIGKILL)

    model, start = denoiser(), time.perf_counter()
    losses = train(model, N, on_cluster(client, denoiser(), x), Adam(0.01), each_step=kill,
                   **SETTINGS)  # fmt: skip
    measured(f"a worker killed in mid-epoch: {time.perf_counter() - start:.1f} s")
    theta, expected = serial(x)
    assert killed and killed[0] not in processes(client)
    assert losses == expected and np.array_equal(model.theta, theta)


@needs_dask
@warns
@pytest.mark.slow
def test_a_worker_that_dies_while_it_computes(client, x, tmp_path):
    """The model itself kills its process in the middle of a gradient, the first time only."""
    client.wait_for_workers(2, timeout=60)
    victim = Deadly.dense((D, 5), corruption=GaussianNoise(0.2))
    victim.file, victim.deaths = tmp_path / "died", 1
    model = Autoencoder.dense((D, 5), corruption=GaussianNoise(0.2))
    losses = train(model, N, on_cluster(client, victim, x), Adam(0.01), **SETTINGS)
    theta, expected = serial(x, lambda: Autoencoder.dense((D, 5), corruption=GaussianNoise(0.2)))
    assert len(list(tmp_path.iterdir())) == 1, "it died once"
    assert losses == expected and np.array_equal(model.theta, theta)


@needs_dask
@warns
@pytest.mark.slow
def test_all_workers_killed_at_once(client, x):
    """Then the copies of model and data are lost, and are sent again."""
    client.wait_for_workers(2, timeout=60)

    def kill(step):
        if step == 3:
            for process in processes(client):
                os.kill(process, signal.SIGKILL)

    model = denoiser()
    submit = on_cluster(client, denoiser(), x)
    losses = train(model, N, submit, Adam(0.01), each_step=kill, **SETTINGS)
    theta, expected = serial(x)
    assert losses == expected and np.array_equal(model.theta, theta)


@needs_dask
@warns
@pytest.mark.slow
def test_a_search_on_the_workers(client, x, tmp_path):
    joblib = pytest.importorskip("joblib")
    client.wait_for_workers(2, timeout=60)
    np.save(tmp_path / "x.npy", x)
    grid = [(tmp_path / "x.npy", k, sigma) for k in (2, 4) for sigma in (0.1, 0.3)]
    with joblib.parallel_config(backend="dask"):
        found = joblib.Parallel()(joblib.delayed(trial)(*settings) for settings in grid)
    assert found == [trial(*settings) for settings in grid] and len(set(found)) == 4


@needs_dask
@warns
@pytest.mark.slow
def test_grid_search_of_scikit_learn_on_the_workers(client, x):
    joblib = pytest.importorskip("joblib")
    selection = pytest.importorskip("sklearn.model_selection")
    client.wait_for_workers(2, timeout=60)
    grid = {"n_components": [2, 4], "noise": [0.1, 0.3]}
    estimator = AutoencoderTransformer(corruption="gaussian", max_epochs=2)
    with joblib.parallel_config(backend="dask"):
        found = selection.GridSearchCV(estimator, grid, cv=3).fit(x)
    expected = selection.GridSearchCV(estimator, grid, cv=3).fit(x)
    scores = found.cv_results_["mean_test_score"]
    assert np.array_equal(scores, expected.cv_results_["mean_test_score"])
    assert len(set(scores)) == 4


@needs_dask
@warns
@pytest.mark.slow
def test_shard_after_shard_on_any_worker(client, x, tmp_path):
    """An estimator that travels from worker to worker, and maps one file on each."""
    client.wait_for_workers(2, timeout=60)
    shards = [tmp_path / f"{i}.npy" for i in range(3)]
    for path, part in zip(shards, np.array_split(x, 3), strict=True):
        np.save(path, part)
    here = there = AutoencoderTransformer(4, corruption="gaussian", learning_rate=0.01)
    workers = list(client.scheduler_info()["workers"])
    for i, path in enumerate(shards * 2):
        here = fitted(here, path)
        there = client.submit(fitted, there, path, workers=workers[i % 2]).result()
    assert np.array_equal(here.model_.theta, there.model_.theta)
    again = AutoencoderTransformer(4, corruption="gaussian", learning_rate=0.01)
    for part in np.array_split(x, 3) * 2:
        again.partial_fit(part)
    assert np.array_equal(here.model_.theta, again.model_.theta)
    other = AutoencoderTransformer(4, corruption="gaussian", learning_rate=0.01)
    for part in np.array_split(x, 3)[::-1] * 2:
        other.partial_fit(part)
    assert not np.array_equal(here.model_.theta, other.model_.theta), "the order matters"

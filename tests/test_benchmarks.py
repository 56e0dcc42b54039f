"""The benchmarks' machinery: every system does the same work, and the page keeps what it had."""

import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from benchmarks import chart, hashing, manifolds, report, runner, side, systems, threads
from benchmarks.__main__ import ALONE, main, parsed
from benchmarks.runner import measure
from benchmarks.stream import Peak, epoch, write_rows
from benchmarks.systems import SIDE, SYSTEMS, can, chosen
from benchmarks.workloads import WORKLOADS, load, prepare
from tinyae.densities import Parzen

TINY = replace(WORKLOADS["tied"], sizes=(784, 5), batch=4, steps=3, warmup=2)


def whole_batch(workload):
    """The same job small, without noise and with one step an epoch: no order, no chance."""
    sizes = tuple(min(size, 12) if i else size for i, size in enumerate(workload.sizes))
    return replace(workload, sizes=sizes, batch=20, steps=1, sigma=0.0)


def without_spread(folder):
    """Log-variances so small that the noise of a code does not matter, in spite of six steps."""
    with np.load(folder / "weights.npz") as arrays:
        weights = dict(arrays)
    half = len(weights["b1"]) // 2
    weights["W1"][:, half:], weights["b1"][half:] = 0.0, -40.0
    np.savez(folder / "weights.npz", **weights)


@pytest.mark.one_in(48)
@pytest.mark.parametrize("system", ["layers", "torch", "jax", "sklearn"])
@pytest.mark.parametrize("name", [name for name, w in WORKLOADS.items() if not w.field])
def test_every_system_takes_the_same_steps(name, system, tmp_path):
    if SYSTEMS[system].peer:
        pytest.importorskip(SYSTEMS[system].peer)
    workload = whole_batch(WORKLOADS[name])
    if not can(system, workload):
        pytest.skip(f"{system} cannot do {name}")
    prepare(workload, tmp_path)
    if workload.variational:
        without_spread(tmp_path)
    losses = []
    for who in ("core", system):
        run = import_module(SYSTEMS[who].module).make(load(tmp_path, 1), who)
        losses.append([run() for _ in range(6)])
    assert losses[0][-1] < losses[0][0]
    np.testing.assert_allclose(losses[1], losses[0], rtol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("system", ["layers", "torch", "jax"])
def test_every_system_finds_the_same_field(system, tmp_path):
    if SYSTEMS[system].peer:
        pytest.importorskip(SYSTEMS[system].peer)
    prepare(WORKLOADS["field"], tmp_path)
    core, other = (
        import_module(SYSTEMS[who].module).make(load(tmp_path, 1), who)()
        for who in ("core", system)
    )
    np.testing.assert_allclose(np.asarray(other), core, atol=1e-4 * np.abs(core).max())


@pytest.mark.slow
def test_turns_give_a_table_and_the_layers_the_same_loss():
    result = measure(TINY, ["core", "layers", "sklearn", "blas"], rounds=2, threads=1, seconds=0.01)
    assert list(result.timings) == ["core", "layers", "blas"]  # MLPRegressor cannot do it
    timings = result.timings
    assert timings["layers"].loss == pytest.approx(timings["core"].loss, rel=1e-4)
    assert np.isnan(timings["blas"].loss)
    assert all(len(t.us) == len(t.foreign) == 2 and min(t.us) > 0 for t in timings.values())
    result.missing["jax"] = "jax is not installed"
    text = report.section(result)
    assert all(SYSTEMS[name].title in text for name in timings)
    assert "2 rounds, 1 thread; load " in text
    assert all(len(t.cores) == 2 and 0 < max(t.cores) < 1.3 for t in timings.values())
    assert "Without JAX, jit: jax is not installed." in text
    assert re.search(r"core +\| +[\d.]+ \| +1.00 \| +1.00 … 1.00 \|", text)


@pytest.mark.slow
def test_with_two_threads_each_system_starts_when_the_one_before_is_ready(monkeypatch):
    """tinyae chooses its number of threads when it starts, and others must not compute then."""
    order = []

    class Noted(runner.Worker):
        def __init__(self, name, *rest):
            order.append(f"start {name}")
            super().__init__(name, *rest)

        def answer(self):
            order.append("answer")
            return super().answer()

    monkeypatch.setattr(runner, "Worker", Noted)
    result = measure(TINY, ["core", "layers"], rounds=1, threads=2, seconds=0.01)
    assert order[:4] == ["start core", "answer", "start layers", "answer"]
    assert list(result.timings) == ["core", "layers"] and result.threads == 2


def test_ratios_are_taken_within_a_round():
    result = runner.Result(TINY, 1, {"core": runner.Timing(0.0, [1.0, 10.0, 2.0]),
                                     "layers": runner.Timing(0.0, [3.0, 20.0, 8.0])})  # fmt: skip
    np.testing.assert_array_equal(result.ratios("layers"), [3.0, 2.0, 4.0])
    assert result.step("layers") == 8.0


@pytest.mark.slow
def test_a_system_that_dies_is_named_with_its_last_words():
    deep = replace(TINY, sizes=(784, 5, 4))  # the limit of a tied net is written for one layer
    result = measure(deep, ["blas"], rounds=1, threads=1)
    assert not result.timings
    assert result.missing["blas"].startswith("failed: TypeError")


def test_a_peer_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(systems, "find_spec", lambda name: None if name == "jax" else object())
    monkeypatch.setattr(systems.shutil, "which", lambda name: None)
    found, missing = chosen(["torch", "jax"])
    assert found == ["core", "layers", "torch", "blas"]
    assert missing == {"jax": "jax is not installed", "compile": "there is no C++ compiler"}
    assert chosen([])[0] == ["core", "layers", "blas"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["spirals"], "no benchmark spirals; there are spiral, .*, scaling, chart, tangents"),
        (["--peers", "keras"], "no peer keras; there are torch, jax, sklearn"),
        (["spiral", "tangents"], "tangents must be the only name: python -m benchmarks tangents"),
        (["--rounds", "0"], "--rounds must be at least 1, got 0"),
        (["--threads", "3"], "invalid choice: 3"),
        (["spiral", "--busy", "-1"], "--busy must be at least 0, got -1"),
        (["spiral", "chart", "--busy", "1"], "--busy is for workloads, not for chart"),
    ],
)
def test_what_is_not_known_is_an_error(arguments, message, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2 and re.search(message, capsys.readouterr().err)


def test_comparisons_of_their_own_get_their_own_options(capsys):
    for name in ALONE:
        if name in ("embeddings", "manifolds", "coding"):
            pytest.importorskip("sklearn")
        with pytest.raises(SystemExit) as error:
            main([name, "--help"])
        assert error.value.code == 0 and f"benchmarks {name}" in capsys.readouterr().out


def test_the_chart_shows_every_system():
    times = {name: 10.0 * (i + 1) for i, name in enumerate(SYSTEMS)}
    numbers = {"threads": 1, "us_per_step": {w.name: times for w in chart.workloads()}}
    left, right = chart.draw(numbers).axes
    assert set(chart.LOOKS) == set(SYSTEMS)
    assert len(left.lines) == len(right.lines) == len(SYSTEMS)
    assert list(right.lines[0].get_xdata()) == [64, 256, 1000, 4000]


@pytest.mark.slow
def test_a_stream_is_trained_on_and_memory_is_counted(tmp_path):
    write_rows(tmp_path / "x.npy", 1000)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert x.shape == (1000, 8) and np.isfinite(x).all() and x.std() > 0.1
    assert epoch(tmp_path / "x.npy") > 0
    if not Path("/proc/self/status").exists():
        pytest.skip("anonymous memory is read from /proc")
    with Peak() as peak:
        block = np.ones(200_000_000, np.uint8)
    # The C library may have kept up to 64 MB of memory that was freed before.
    assert 120 < peak.beyond < 260 and len(block)  # held until the last sample was taken


def test_everything_runs_by_default():
    options = parsed(["--peers", "none", "--rounds", "2"])
    assert not options.names and options.threads == 1 and not options.write
    assert options.systems == ["core", "layers", "blas"]


@pytest.mark.slow
def test_the_hash_table_is_measured_and_compared(monkeypatch):
    monkeypatch.setattr(hashing, "SECONDS", 0.0)
    found = "\n".join(hashing.radius_part(20_000, 32, 2) + hashing.nearest_part(1000, 64, 2))
    assert "| tinyae lookup, 256 queries |" in found and "pairs found" in found
    row = hashing.growth_row(10_000, 32, 1).split(" | ")
    assert row[0] == "| 10000" and float(row[5]) == 4.0 < float(row[6])
    pieces = list(hashing.code_blocks(300_000, 8))
    assert [len(piece) for piece in pieces] == [hashing.BLOCK, 300_000 - hashing.BLOCK]
    table = hashing.table_of(300_000, 8)
    np.testing.assert_array_equal(table[np.arange(299_000, 300_000)], pieces[1][-1000:])


class Other:
    """An index with the interface of faiss's, which finds these pairs and distances."""

    def __init__(self, found, distances=None):
        self.rows, self.indices, own = (np.array(part) for part in found)
        self.distances = own if distances is None else np.array(distances)

    def range_search(self, asked, radius):
        limits = np.searchsorted(self.rows, np.arange(len(asked) + 1))
        return limits, self.distances, self.indices


def test_a_peer_that_finds_other_pairs_ends_the_benchmark():
    """As many pairs, but others, are no exact result either."""
    asked = np.zeros((4, 4), np.uint8)
    pairs = np.array([[0, 0, 2, 3], [1, 5, 4, 4], [0, 2, 1, 2]])
    hashing.check_exact("same", Other(pairs), asked, tuple(pairs))
    hashing.check_exact("in another order", Other(pairs[:, [1, 0, 2, 3]]), asked, tuple(pairs))
    for other in (
        Other(pairs[:, :3]),
        Other(np.array([[0, 0, 2, 3], [1, 6, 4, 4], [0, 2, 1, 2]])),
        Other(np.array([[0, 1, 2, 3], [1, 5, 4, 4], [0, 2, 1, 2]])),
        Other(pairs, distances=[0, 2, 1, 1]),
    ):
        with pytest.raises(RuntimeError, match="index finds other pairs than tinyae, . and 4"):
            hashing.check_exact("index", other, asked, tuple(pairs))


@pytest.mark.slow
@pytest.mark.parametrize("system", ["turns", "jax5", "vmap"])
def test_five_networks_take_the_same_steps_in_every_way(system, tmp_path):
    """The whole data as one batch without noise: the losses of all ways are then the same."""
    if SIDE[system].peer:
        pytest.importorskip(SIDE[system].peer)
    prepare(replace(whole_batch(WORKLOADS["spiral"]), sigma=0.0), tmp_path)
    losses = []
    for who in ("side", system):
        run = import_module(SIDE[who].module).make(load(tmp_path, 1), who)
        losses.append([run() for _ in range(6)])
    assert losses[0][-1] < losses[0][0]
    np.testing.assert_allclose(losses[1], losses[0], rtol=2e-5)


@pytest.mark.slow
def test_five_networks_side_by_side_give_a_table(monkeypatch, capsys):
    monkeypatch.setattr(side, "find_spec", lambda name: None)
    monkeypatch.setitem(side.WORKLOADS, "spiral", replace(WORKLOADS["spiral"], steps=2, warmup=1))
    assert side.main(["spiral", "--rounds", "1"]) == 0
    text = capsys.readouterr().out
    assert "five side by side" in text and "five in turn" in text and "1 round," in text
    assert "Without JAX, vmap over five: jax is not installed." in text


@pytest.mark.parametrize("arguments, message", [
    (["side", "tied"], "no network tied; there are"),
    (["side", "--rounds", "0"], "at least 1"),
])  # fmt: skip
def test_what_side_does_not_know_is_an_error(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def test_threads_beside_one_thread_give_a_table_with_the_same_loss(monkeypatch):
    monkeypatch.setitem(threads.WORKLOADS, "tied", TINY)
    found = threads.turns("tied", 2, 2, 0.001)
    assert found["unlike"] == 0
    assert all(len(us) == 2 and min(us) > 0 for us in found["us"].values())
    losses = list(found["losses"].values())
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)
    monkeypatch.setattr(threads, "answer", lambda *_, **__: found)
    text = threads.section(["tied"], threads=2, rounds=2, busy=1, seconds=0.001)
    assert re.search(r"\| tied +\| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ … ", text)
    assert "1 other process" in text and "threads=2" in text
    assert "| 0 of 20 |" in text


@pytest.mark.parametrize("arguments, message", [
    (["threads", "keras"], "no network keras; there are tied, "),
    (["threads", "--threads", "0"], "--threads and --rounds must be at least 1"),
])  # fmt: skip
def test_what_threads_does_not_know_is_an_error(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def test_codes_machines_and_dictionaries_are_measured_beside_their_peer(monkeypatch):
    pytest.importorskip("sklearn")
    coding = import_module("benchmarks.coding")
    monkeypatch.setattr(coding, "HIDDEN", 5)
    monkeypatch.setattr(coding, "ATOMS", 12)
    lines = coding.machine_part(1, n=200, d=60)
    assert len(lines) == 4 * 4 and "60-5, batch 10, float64" in lines[0]
    nats = [float(re.search(r"(-[\d.]+) nats", line).group(1)) for line in lines]
    assert -60 * np.log(2.0) < min(nats) and max(nats) < -5  # better than a coin, and not perfect
    lines = coding.code_part(1, n=30, few=10)
    assert len(lines) == 6 * 3
    assert all(abs(float(re.search(r"(\S+) above", line).group(1))) < 1e-6 for line in lines)
    lines = coding.dictionary_part(1, n=80, epochs=2)
    assert len(lines) == 4 and lines[-1].count("| 1.00 |") == 1


def test_a_ratio_is_the_time_of_the_peer_over_ones_own():
    coding = pytest.importorskip("benchmarks.coding", exc_type=ImportError)
    seconds = {"tinyae": np.array([0.1, 0.2]), "scikit-learn": np.array([0.3, 0.4])}
    lines = coding.lines_of("a job", seconds, {"tinyae": "a", "scikit-learn": "b"})
    assert lines[0] == "| a job | tinyae | 150.0 | 2.50 | 2.00 … 3.00 | a |"
    assert lines[1] == "|  | scikit-learn | 350.0 | 1.00 | 1.00 … 1.00 | b |"


def test_a_peers_machine_is_measured_as_it_is():
    """The same parameters, so the same free energies."""
    neural = pytest.importorskip("sklearn.neural_network")
    coding = import_module("benchmarks.coding")
    x = coding.binary_digits(30, 0, np.float64)[:, 300:330]
    peer = neural.BernoulliRBM(4, n_iter=3, random_state=0).fit(x)
    np.testing.assert_allclose(coding.as_machine(peer).free_energy(x), peer._free_energy(x))
    np.testing.assert_allclose(coding.as_machine(peer).encode(x), peer.transform(x))


def test_manifolds_compare_what_both_libraries_minimise(monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(manifolds, "SECONDS", 0.0)
    comparisons = manifolds.on_a_roll(120)
    lines = manifolds.rows(comparisons, 1)
    assert len(lines) == 2 + len(comparisons) and all(line.count("|") == 8 for line in lines)
    assert re.match(r"\| kernel PCA \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ … ", lines[3])
    for name, one in comparisons.items():
        ours = one.error(one.ours())
        if name in ("PCA", "kernel PCA", "Isomap", "locally linear"):
            (theirs,) = one.theirs.values()
            assert ours == pytest.approx(one.error(theirs()), rel=1e-6), name
        if name in (
            "kernel PCA",
            "Isomap",
            "locally linear",
            "Laplacian eigenmaps",
        ):  # a map of shuffled rows is a worse one
            shuffled = np.random.default_rng(0).permutation(120)
            assert one.error(one.ours()[shuffled]) > 1.05 * ours, name
    x = np.random.default_rng(1).normal(size=(100, 3))
    assert manifolds.to_sheet(x[:, :2])(x[:, :2] @ [[2.0, 1.0], [0.0, 3.0]] + 5.0) < 1e-12
    assert manifolds.to_sheet(x[:, :2])(x[::-1, :2]) > 0.9
    log_p = Parzen(1.0).fit(x).score_samples(x[:9])
    assert manifolds.density_error(x, x[:9])(log_p) < 1e-12
    assert manifolds.density_error(x, x[:9])(log_p + 1e-3) > 9e-4
    error, y = manifolds.divergence(x), np.random.default_rng(2).normal(size=(100, 2))
    assert error(x[:, :2]) < 0.9 * error(y)

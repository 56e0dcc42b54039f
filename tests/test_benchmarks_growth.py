"""Growth of time and memory, and what many machines would need, from known figures."""

import json
import re

import numpy as np
import pytest

from benchmarks import cluster, growth, jobs
from benchmarks.__main__ import ALONE
from benchmarks.threads import RUNS, WORKLOADS, unlike

SMALL = {"n": 60, "d": 20, "k": 12}


def made_up():
    """Sweeps whose exponents are known: 2 for neighbours' n, else 1; threads gain 1.5."""
    found = {}
    for (name, varied), each in growth.tasks(list(growth.SUBJECTS)).items():
        values = np.array([settings[varied] for settings in each], float)
        power = 2.0 if (name, varied) == ("neighbours", "n") else 1.0
        found[f"{name}, {varied}"] = {"values": values.tolist(), "bytes": (1e3 * values).tolist(),
                                      "seconds": (1e-4 * values**power).tolist()}  # fmt: skip
    for name in growth.THREADED:
        found[f"{name}, threads"] = {"values": [1, 2], "seconds": [0.3, 0.2], "bytes": [1e6, 2e6]}
    return found


@pytest.mark.parametrize("name", [name for name in jobs.JOBS if name != "reference"])
def test_every_job_runs_and_is_timed(name):
    make = jobs.JOBS[name]
    arguments = make.__code__.co_varnames[: make.__code__.co_argcount]
    call = make(**{key: value for key, value in SMALL.items() if key in arguments})
    took = jobs.timed(call, 1e-4)
    assert 0 < took["cpu"] and 0 < took["clock"] < 10


@pytest.mark.slow
def test_jobs_are_those_that_growth_and_history_name():
    from benchmarks import history

    wanted = [(s.job, {**s.sizes, varied: 12}) for s in growth.SUBJECTS.values() for varied in
              s.sweeps] + list(history.WORKLOADS.values())  # fmt: skip
    for job, settings in wanted:
        small = {key: min(value, 60) if isinstance(value, int) and key != "d" else value
                 for key, value in settings.items()}  # fmt: skip
        if "d" in small and job != "sparse_codes":
            small["d"] = max(10, min(small["d"], 30)) if job != "field" else 2
        jobs.JOBS[job](**{**small, "deeper": (4,)} if "deeper" in small else small)()


def test_the_peak_of_a_call_is_what_is_held_during_it():
    """The data of a job count; what was needed only to make them does not."""

    def make():
        data = np.arange(3 * 10**6).astype(np.float32)[: 10**6].copy()
        return lambda: data is np.ones(10**6, np.float32)

    assert 8e6 <= jobs.peak(make)["bytes"] < 8.2e6


def test_each_sweep_varies_one_quantity():
    for (name, varied), each in growth.tasks(["fit", "lookup"]).items():
        assert name in ("fit", "lookup")
        for key in each[0]:
            assert (len({settings[key] for settings in each}) == 1) == (key != varied)


def test_exponents_are_those_of_the_figures():
    lines = "\n".join(growth.table(made_up()))
    assert re.search(r"neighbours of n points \| rows n \| 1000.* \| 2.00 \(2.00 … 2.00\) \| 2.00",
                     lines)  # fmt: skip
    assert re.search(r"sparse codes .* \| atoms \| 98.* \| 1.00 \(1.00 … 1.00\) \| 1.00", lines)
    assert re.search(r"an epoch of fit.* \| threads \| 1 … 2 \| 300 … 200 \| -0.58 \|", lines)


def test_the_picture_shows_every_sweep_and_says_what_grows_faster():
    found = made_up()
    assert growth.message(found).startswith("The time of neighbours (exponent 2.0) grows")
    figure = growth.draw(found)
    panels = np.array(figure.axes).reshape(2, -1)
    labels = [[line.get_label() for line in axes.lines if line.get_label()[0] != "_"]
              for axes in panels[0]]  # fmt: skip
    assert labels[0] == list(growth.SUBJECTS) and labels[3] == list(growth.THREADED)
    assert set(growth.LOOKS) == set(growth.SUBJECTS)
    del found["neighbours, n"]
    assert growth.message(found) == "No time is seen to grow faster than the number of rows"


def test_growth_is_measured_in_rounds(monkeypatch, capsys):
    asked = []

    def run(job, settings, seconds, *, pinned):
        asked.append((job, seconds, pinned))
        return {"cpu": 1e-3 * settings["n"], "clock": 1.0, "bytes": 5.0} if seconds else {
            "bytes": 8.0 * settings["n"]}  # fmt: skip

    monkeypatch.setattr(growth, "run", run)
    assert growth.main(["lookup", "--rounds", "2", "--seconds", "0.1"]) == 0
    out = capsys.readouterr().out
    assert "| rows n | 50000 … 800000 | 5e+04 … 8e+05 | 1.00 (1.00 … 1.00) |" in out
    assert len(asked) == 3 * 10 and ("lookup", 0, False) in asked and ("lookup", 0.1, True) in asked


def test_the_run_on_paper_follows_from_its_figures():
    """784-256-784: 100 µs a row, threads gain 1.5, 16 machines of 2 cores, dask 50 ms a step."""
    found = made_up()
    found["fit, n"]["seconds"] = [1e-4 * n for n in found["fit, n"]["values"]]
    messages = {name: [0.01, 0.02, 0.03, 0.04, 0.05] for name in cluster.SIZES}
    text = "\n".join(cluster.paper(found, messages))
    step, wire = 1000 * 1e-4 / 1.5, 2 * 16 * 402_448 * 4 / 1.25e9
    epoch = 6250 * (step + 0.05 + wire)
    assert "an epoch has 6250 steps" in text
    assert f"computes for {1e3 * step:.0f} ms, dask takes 50 ms and the network 41 ms" in text
    assert f"epoch takes {cluster.duration(epoch)}, of which {step / (epoch / 6250):.0%}" in text
    assert f"16 machines are {1e8 * 1e-4 / 1.5 / epoch:.1f} times as fast" in text
    assert "the power 2.00 (2.00 … 2.00) of the rows" in text
    assert text.count(cluster.duration(1e-4 * 1e16 / 16 / 2)) == 2  # 990 years, in both ways


@pytest.mark.parametrize("seconds, words", [
    (0.0123, "12 ms"), (1.0, "1.0 s"), (90.0, "1.5 minutes"), (7300.0, "2.0 hours"),
    (86400 * 15, "15 days"), (3.156e9, "100 years"),
])  # fmt: skip
def test_durations_have_the_unit_that_suits_them(seconds, words):
    assert cluster.duration(seconds) == words


def test_without_dask_or_growth_the_reason_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(cluster, "missing", lambda: "dask.distributed is not installed")
    assert cluster.main([]) == 2
    assert "cluster: dask.distributed is not installed" in capsys.readouterr().err
    monkeypatch.setattr(cluster, "missing", lambda: "")
    monkeypatch.setattr(cluster.pages, "own_page", lambda: tmp_path / "m.md")
    assert cluster.main([]) == 2
    assert "python -m benchmarks growth --write" in capsys.readouterr().err
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "growth.json").write_text(json.dumps(made_up()))
    monkeypatch.setattr(
        cluster, "overhead", lambda rounds: {name: [0.05] * 5 for name in cluster.SIZES}
    )
    assert cluster.main([]) == 0
    assert "Training in step: an epoch has 6250 steps" in capsys.readouterr().out  # fmt: skip


@pytest.mark.slow
def test_trainings_on_threads_have_the_same_bits(monkeypatch):
    from dataclasses import replace

    small = replace(WORKLOADS["noisy"], sizes=(784, 8), batch=20, steps=4)
    monkeypatch.setitem(WORKLOADS, "noisy", small)
    assert RUNS == 20 and unlike("noisy", 2) == 0


@pytest.mark.slow
def test_trainings_of_other_bits_are_counted(monkeypatch):
    """A control: a generator that each training takes on from the last one."""
    from dataclasses import replace

    from benchmarks import threads

    rng = np.random.default_rng(0)
    original = threads.fit
    monkeypatch.setattr(threads, "fit", lambda *a, **k: original(*a, **{**k, "rng": rng}))
    small = replace(WORKLOADS["noisy"], sizes=(784, 8), batch=20, steps=4)
    monkeypatch.setitem(WORKLOADS, "noisy", small)
    assert unlike("noisy", 2) == RUNS - 1


def test_growth_and_history_have_options_of_their_own():
    assert {"growth", "cluster", "history"} <= set(ALONE)

"""A training that is killed at any moment goes on; one that is interrupted leaves a whole model.

The counts are small here. `TINYAE_KILLS=100 TINYAE_INTERRUPTIONS=50` asks for more in each case.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.training import long_training
from tests.training.long_training import TRAININGS, result
from tinyae import fit

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("TINYAE_KILLS", "5"))
INTERRUPTIONS = int(os.environ.get("TINYAE_INTERRUPTIONS", "6"))
LONGEST = 0.6  # seconds from the call of `fit` to the kill
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals"),
]


def whole(name):
    """Train without an interruption."""
    build, rows, given = TRAININGS[name]
    model = build()
    return result(model, fit(model, rows, **given))


def begin(name, folder):
    """Start the training in a process; return it when it is about to call `fit`."""
    command = [sys.executable, "-B", long_training.__file__, name, str(folder)]
    found = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=found, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def finished(folder):
    """Return what the training wrote at its end."""
    with np.load(folder / "result.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.mark.parametrize("name", TRAININGS)
def test_killed_at_random_moments(name, tmp_path, measured):
    """SIGKILL, also while a checkpoint is written: each process goes on, and the end is the same.

    A training that comes to its end starts again, until there were enough kills.
    """
    rng, wanted = np.random.default_rng(KILLS), whole(name)
    kills, ends, parts = 0, 0, set()
    while kills < KILLS or not (tmp_path / "result.npz").exists():
        process = begin(name, tmp_path)
        if kills < KILLS:
            time.sleep(rng.uniform(0.0, LONGEST))
            process.kill()
        status = process.wait(120)
        process.stdout.close()
        if status == -signal.SIGKILL:
            kills += 1
            parts |= set(tmp_path.glob("*.part"))  # each name is used once
        else:
            assert status == 0
            np.testing.assert_equal(finished(tmp_path), wanted)
            ends += 1
            if kills < KILLS:
                for path in tmp_path.iterdir():
                    path.unlink()
    assert not list(tmp_path.glob("*.part"))
    measured(
        f"{name}: {kills} kills, {len(parts)} of them while a checkpoint was written; {ends} "
        "trainings came to their end, all with the bits of the one without kills"
    )


@pytest.mark.parametrize("with_checkpoint", [False, True], ids=["alone", "checkpoint"])
@pytest.mark.parametrize("name", ["layers", "vectorized", "threads"])
def test_interrupted_at_random_moments(name, with_checkpoint, tmp_path, measured):
    """SIGINT: parameters are finite views, the history fits, and training can go on."""
    build, rows, given = TRAININGS[name]
    given = {**given, "patience": None, "epochs": 6 if with_checkpoint else 100}
    model, rng = build(), np.random.default_rng(INTERRUPTIONS)
    wanted = result(model, fit(model, rows, **given))
    kept = {"checkpoint": tmp_path / "first", "checkpoint_seconds": 0.0}
    start = time.perf_counter()
    fit(build(), rows, **given, **(kept if with_checkpoint else {}))
    longest = 1.2 * (time.perf_counter() - start)
    stopped = outside = 0
    for i in range(INTERRUPTIONS):
        kept = {"checkpoint": tmp_path / f"{i}", "checkpoint_seconds": 0.0}
        model = build()
        history = interrupted(
            lambda model=model, kept=kept: fit(
                model, rows, **given, **(kept if with_checkpoint else {})
            ),
            rng.uniform(0.0, longest),
        )
        assert np.isfinite(model.theta).all()
        model.check_packed()
        assert not [t for t in threading.enumerate() if t.name == "tinyae" and t.is_alive()]
        if history is None:
            outside += 1
        elif history.stopped == "interrupted":
            stopped += 1
            assert len(history.loss) == len(history.validation) < given["epochs"] + 1
            np.testing.assert_array_equal(history.loss, wanted["loss"][: len(history.loss)])
            if history.validation:
                assert history.best_epoch == 1 + np.argmin(history.validation)
        if with_checkpoint:  # the same model goes on, if the signal came before the end
            again = fit(model, rows, **given, **kept)
            np.testing.assert_equal(result(model, again), wanted)
            assert not list(tmp_path.glob("*.part"))
        else:
            assert len(fit(model, rows, **{**given, "epochs": 1}).loss) == 1
    assert stopped
    measured(
        f"{name}, {'with' if with_checkpoint else 'without'} checkpoints: {stopped} of "
        f"{INTERRUPTIONS} signals came while epochs were trained and {outside} at another place "
        "of fit; every model was whole"
    )


def interrupted(call, delay):
    """Return what the call gives if SIGINT comes after `delay` seconds; None if it raises."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
    found = None
    try:
        timer.start()
        found = call()
        timer.cancel()
        timer.join()
        time.sleep(0.0)  # a signal that is still waiting comes here
    except KeyboardInterrupt:
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    return found

"""A team of threads: what runs where, exceptions, interruptions, and what is left at the end."""

import gc
import os
import signal
import sys
import threading
import time
import warnings
import weakref

import numpy as np
import pytest

from tinyae.numerics import blas
from tinyae.numerics.threads import Team, shares, uninterrupted

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


class CountingLimits:
    """Stands for threadpoolctl: notes the limits, as a number of BLAS threads."""

    def __init__(self):
        self.threads = 8

    def limit(self, limits, user_api):
        """Set the number; return what restores the one before."""
        assert user_api == "blas"
        restoring = Restoring(self, self.threads)
        if limits is not None:
            self.threads = limits
        return restoring


class Restoring:
    """What `limit` returns."""

    def __init__(self, limits, before):
        self.limits, self.before = limits, before

    def restore_original_limits(self):
        """Set the number from before."""
        self.limits.threads = self.before


@pytest.fixture
def limits(monkeypatch):
    """BLAS with eight threads, of which the number can be set."""
    found = CountingLimits()
    monkeypatch.setattr(blas, "_controller", lambda: found)
    return found


def names():
    """The threads of teams that are alive."""
    return [t for t in threading.enumerate() if t.name == "tinyae"]


def gone():
    """Whether all threads end, also one that an interruption of `Thread.start` has left behind."""
    deadline = time.monotonic() + 5.0
    while any(t.is_alive() for t in names()) and time.monotonic() < deadline:
        time.sleep(0.001)
    return not any(t.is_alive() for t in names())


@pytest.mark.parametrize(("n", "threads"), [(7, 3), (6, 3), (1, 2), (0, 2), (100, 7)])
def test_shares_cover_everything_once_and_differ_by_at_most_one(n, threads):
    found = shares(n, threads)
    lengths = [part.stop - part.start for part in found]
    assert [i for part in found for i in range(n)[part]] == list(range(n))
    assert len(found) == threads and max(lengths) - min(lengths) <= 1


def test_jobs_run_at_the_same_time_and_the_first_on_the_calling_thread():
    """A barrier of three lets nobody through unless three jobs are running."""
    barrier, ran = threading.Barrier(3, timeout=20.0), {}

    def job(i):
        barrier.wait()
        ran[i] = threading.current_thread()

    with Team(3) as team:
        team.run([lambda i=i: job(i) for i in range(3)])
        assert len(names()) == 2
        assert ran[0] is threading.current_thread()
        assert len(set(ran.values())) == 3
        team.run([lambda: ran.pop(0)])  # fewer jobs than threads
        with pytest.raises(ValueError, match="longer"):
            team.run([int] * 4)
    assert not names() and 0 not in ran


def test_run_returns_when_all_jobs_are_done():
    done = []

    def slow():
        time.sleep(0.05)
        done.append("slow")

    with Team(2) as team:
        team.run([int, slow])
        assert done == ["slow"]
        team.run([slow, int])
    assert done == ["slow"] * 2


@pytest.mark.parametrize("failing", [[0], [1], [2], [1, 2], [0, 2]])
def test_an_exception_of_any_job_reaches_the_caller_when_all_are_done(failing):
    done = []

    def job(i):
        if i in failing:
            raise ArithmeticError(f"job {i}")
        time.sleep(0.02)
        done.append(i)

    with Team(3) as team:
        with pytest.raises(ArithmeticError, match=f"job {failing[0]}"):
            team.run([lambda i=i: job(i) for i in range(3)])
        assert sorted(done) == [i for i in range(3) if i not in failing]
        team.run([lambda i=i: done.append(10 + i) for i in range(3)])  # the threads go on
        assert sorted(done)[-3:] == [10, 11, 12]
    assert not names()


def test_threads_end_after_an_exception_in_the_block(limits):
    with pytest.raises(KeyError, match="mine"), Team(3):
        raise KeyError("mine")
    assert not names() and limits.threads == 8


def test_threads_end_if_not_all_could_be_started(limits, monkeypatch):
    start, count = threading.Thread.start, []

    def failing(thread):
        count.append(thread)
        if len(count) == 3:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", failing)
    with pytest.raises(RuntimeError, match="can't start"), Team(5):
        raise AssertionError("not reached")
    assert not names() and limits.threads == 8


def test_jobs_and_their_arrays_are_freed_with_the_run():
    class Job:
        def __call__(self):
            """Do nothing."""

    jobs = [Job(), Job()]
    left = [weakref.ref(job) for job in jobs]
    with Team(2) as team:
        gc.disable()
        try:
            team.run(jobs)
            del jobs
            deadline = time.monotonic() + 5.0
            while any(ref() for ref in left) and time.monotonic() < deadline:
                time.sleep(0.001)  # the other thread forgets its job after it has answered
            assert not any(ref() for ref in left)
        finally:
            gc.enable()


def test_the_callers_settings_for_floating_point_errors_hold_in_every_thread():
    tiny = np.array([1e-300, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(under="raise", divide="ignore"), Team(2) as team:
            with pytest.raises(FloatingPointError, match="underflow"):
                team.run([int, lambda: tiny * tiny])
            team.run([int, lambda: 1.0 / np.zeros(2)])


def test_blas_has_one_thread_within_the_block_also_if_blocks_overlap(limits):
    first, second = Team(1), Team(2)
    first.__enter__()
    assert limits.threads == 1
    second.__enter__()
    first.__exit__()
    assert limits.threads == 1
    second.__exit__()
    assert limits.threads == 8
    blas.release(second)  # once more changes nothing
    assert limits.threads == 8


def test_blas_is_really_held_to_one_thread():
    controller = pytest.importorskip("threadpoolctl").ThreadpoolController()
    blas._controller.cache_clear()  # a library may have been loaded since
    blas_libraries = controller.select(user_api="blas")
    if not blas_libraries.lib_controllers:
        pytest.skip("threadpoolctl does not know this BLAS")
    with blas_libraries.limit(limits=2):
        before = [lib["num_threads"] for lib in blas_libraries.info()]
        with Team(2):
            assert [lib["num_threads"] for lib in blas_libraries.info()] == [1] * len(before)
        assert [lib["num_threads"] for lib in blas_libraries.info()] == before


@pytest.fixture
def free(monkeypatch):
    """A BLAS with as many threads as it likes, of which nothing can set the number."""
    monkeypatch.setattr(blas, "_controller", lambda: None)
    monkeypatch.setattr(blas, "usable_cores", lambda: 4)
    monkeypatch.setattr(blas, "_told", [])
    for name in ("OMP_NUM_THREADS", *blas.VARIABLES.values()):
        monkeypatch.delenv(name, raising=False)


def test_the_user_is_told_once_that_blas_cannot_be_held(free, monkeypatch):
    variable = blas.variable_of_blas()
    with pytest.warns(RuntimeWarning, match=f"threads=2: .*threadpoolctl.*{variable}=1") as told:
        blas.warn_if_not_held(2)
    assert told[0].filename == __file__
    blas.warn_if_not_held(2)  # warnings are errors


@pytest.mark.parametrize("name", ["own variable", "OMP_NUM_THREADS", "one core", "controller"])
def test_the_user_is_not_told_where_blas_is_held(name, free, monkeypatch):
    if name == "one core":
        monkeypatch.setattr(blas, "usable_cores", lambda: 1)
    elif name == "controller":
        monkeypatch.setattr(blas, "_controller", CountingLimits)
    else:
        monkeypatch.setenv(blas.variable_of_blas() if name == "own variable" else name, "1")
    blas.warn_if_not_held(2)
    assert not blas._told


def test_another_number_of_blas_threads_is_told(free, monkeypatch):
    monkeypatch.setenv(blas.variable_of_blas(), "2")
    with pytest.warns(RuntimeWarning, match="threads='auto'"):
        blas.warn_if_not_held("auto")


@pytest.mark.parametrize("name, variable", [
    ("scipy-openblas", "OPENBLAS_NUM_THREADS"), ("mkl-sdl", "MKL_NUM_THREADS"),
    ("accelerate", "VECLIB_MAXIMUM_THREADS"), ("blis", "BLIS_NUM_THREADS"),
    ("unknown", "OMP_NUM_THREADS"), (None, "OMP_NUM_THREADS"),
])  # fmt: skip
def test_the_variable_is_that_of_numpys_blas(name, variable, monkeypatch):
    def config(mode="stdout"):
        if name is None:
            raise TypeError("show_config() got an unexpected keyword argument 'mode'")
        return {"Build Dependencies": {"blas": {"name": name}}}

    monkeypatch.setattr(np, "show_config", config)
    assert blas.variable_of_blas() == variable


def test_the_number_of_cores_is_that_of_this_process(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 6}, raising=False)
    assert blas.usable_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert blas.usable_cores() == (os.cpu_count() or 1)


def test_an_action_is_done_to_its_end_although_it_is_interrupted_twice():
    tries = []

    def action():
        tries.append(len(tries))
        if len(tries) < 3:
            raise KeyboardInterrupt(str(len(tries)))

    with pytest.raises(KeyboardInterrupt, match="2"):
        uninterrupted(action)
    assert tries == [0, 1, 2]
    uninterrupted(action)
    with pytest.raises(ZeroDivisionError):
        uninterrupted(lambda: 1 / 0)


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize("where", ["own job", "waiting"])
def test_ctrl_c_waits_for_the_jobs_of_the_others(where, limits):
    """No job runs any more when KeyboardInterrupt is raised, and no thread is left."""
    running, done = threading.Event(), []

    def other():
        running.set()
        time.sleep(0.1)
        done.append(True)

    def own():
        running.wait(5.0)
        if where == "own job":
            signal.raise_signal(signal.SIGINT)
        else:
            threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with Team(2) as team:
            with pytest.raises(KeyboardInterrupt):
                team.run([own, other])
            assert done == [True]
            team.run([int, lambda: done.append(False)])
        assert done == [True, False]
    finally:
        signal.signal(signal.SIGINT, before)
    assert not names() and limits.threads == 8


def test_threads_that_an_interruption_left_behind_end_with_the_team(limits, monkeypatch):
    """As if Ctrl-C came at the first instruction of `__exit__`."""

    def interrupted(*_):
        raise KeyboardInterrupt

    team = Team(2)
    with monkeypatch.context() as patch:
        patch.setattr(Team, "__exit__", interrupted)
        with pytest.raises(KeyboardInterrupt), team:
            pass
    assert any(t.is_alive() for t in names()) and limits.threads == 1
    with team:
        assert sum(t.is_alive() for t in names()) == 1, "those from before have ended"
    assert gone() and limits.threads == 8
    with monkeypatch.context() as patch:
        patch.setattr(Team, "__exit__", interrupted)
        with pytest.raises(KeyboardInterrupt), team:
            pass
    del team
    assert gone() and limits.threads == 8


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_ctrl_c_at_random_moments(limits):
    """Whenever it comes: no job is running after `run`, and no thread is left without a team."""
    rng, interval, stopped = np.random.default_rng(0), sys.getswitchinterval(), 0
    busy = [0, 0]

    def job(i):
        busy[i] += 1
        np.sqrt(np.arange(2000.0))
        busy[i] -= 1

    def many_jobs():
        with Team(2) as team:
            for _ in range(2000):
                try:
                    team.run([lambda: job(0), lambda: job(1)])
                except KeyboardInterrupt:
                    assert busy[1] == 0
                    raise

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(100):
            busy[:] = [0, 0]
            timer = threading.Timer(rng.uniform(0.0, 0.01), os.kill, (os.getpid(), signal.SIGINT))
            try:
                timer.start()
                many_jobs()
                timer.join()
                time.sleep(0.0)
            except KeyboardInterrupt:
                stopped += 1
            timer.join()
            assert gone() and limits.threads == 8
    finally:
        sys.setswitchinterval(interval)
        signal.signal(signal.SIGINT, before)
    assert stopped > 50

"""A process that is killed while it saves, and a disk that is full: one whole file is there."""

import errno
import json
import subprocess
import sys

import numpy as np
import pytest

from tinyae import RBM, Autoencoder, load, save

resource = pytest.importorskip("resource")

KILLED = """
import json, os, random, signal, sys, time
from pathlib import Path
import numpy as np
from tinyae import RBM, Autoencoder, load, save
folder, count = Path(sys.argv[1]), int(sys.argv[2])
models = [Autoencoder.dense((60, 50), rng=1), RBM(50, 60, rng=2)]
path, chance = save(models[0], folder / "m"), random.Random(0)
found, parts = [], 0
for _ in range(count):
    child = os.fork()
    if not child:
        while True:
            for model in reversed(models):
                save(model, path)
    time.sleep(chance.random() * 0.03)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    twin = load(path)
    same = [type(twin) is type(m) and np.array_equal(twin.theta, m.theta) for m in models]
    found.append(same.index(True) if any(same) else -1)
    parts += len(list(folder.iterdir())) - 1
save(models[0], path)
print(json.dumps([found, parts, os.listdir(folder)]))
"""
FULL = """
import json, os, resource, signal, sys
from pathlib import Path
from tinyae import Autoencoder, save
folder = Path(sys.argv[1])
path = save(Autoencoder.dense((60, 50), rng=1), folder / "m")
before, model, found = path.read_bytes(), Autoencoder.dense((60, 50), rng=2), []
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in range(0, len(before), 997):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        save(model, path)
        found.append(0)
    except OSError as error:
        found.append(error.errno)
    assert path.read_bytes() == before and os.listdir(folder) == ["m.npz"], limit
print(json.dumps(found))
"""


def run(code, *arguments):
    """What a process of its own printed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_saves_leaves_a_whole_file(tmp_path, measured):
    found, parts, names = run(KILLED, tmp_path, 200)
    measured(f"{len(found)} kills while saving: {found.count(0)} times one model, {found.count(1)} "
             f"times the other, {found.count(-1)} times none; {parts} parts left behind, "
             f"{len(names) - 1} after the next save")  # fmt: skip
    assert set(found) == {0, 1} and parts and names == ["m.npz"]


@pytest.mark.slow
def test_a_few_kills(tmp_path):
    found, _, names = run(KILLED, tmp_path, 15)
    assert set(found) <= {0, 1} and names == ["m.npz"]


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_file(tmp_path, measured):
    """The system itself refuses to write more than so many bytes."""
    found = run(FULL, tmp_path)
    measured(f"{len(found)} saves to a disk that is full after 0 to {997 * len(found)} bytes: "
             f"{found.count(errno.EFBIG)} refused, the old file whole every time")  # fmt: skip
    assert set(found) == {errno.EFBIG}


@pytest.mark.parametrize("function", ["write", "fsync", "replace", "chmod", "close"])
def test_an_error_at_any_step_leaves_the_old_file(function, tmp_path, monkeypatch):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "no space left on device")

    place = {
        "write": "zipfile._ZipWriteFile.write",
        "close": "zipfile.ZipFile._write_end_record",
    }.get(function, f"os.{function}")
    monkeypatch.setattr(place, full)
    with pytest.raises(OSError, match="no space left"):
        save(RBM(5, 4), path)
    monkeypatch.undo()
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    np.testing.assert_array_equal(load(path).theta, Autoencoder.dense((5, 4)).theta)

"""A new file in the place of an old one: whole, and with nothing left lying about."""

import os
import runpy
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from tinyae import Autoencoder, load, save
from tinyae.files import replacement
from tinyae.files.replacement import replacing


@pytest.fixture
def model():
    return Autoencoder.dense((5, 4))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write(path, data):
    with replacing(path) as stream:
        stream.write(data)


def test_a_failure_while_writing_keeps_the_old_file(tmp_path, monkeypatch, model):
    path = save(model, tmp_path / "m.npz")
    before = path.read_bytes()

    def full_disk(*_, **__):
        raise OSError("no space left")

    for function in ("os.fsync", "os.replace", "zipfile.ZipFile.open", "os.chmod"):
        with monkeypatch.context() as patch, pytest.raises(OSError, match="no space"):
            patch.setattr(function, full_disk)
            save(Autoencoder.dense((5, 4), rng=1), path)
        assert path.read_bytes() == before and names(tmp_path) == ["m.npz"]
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == before and names(tmp_path) == ["m.npz"]


def test_all_bytes_are_there_before_the_name_is(tmp_path, monkeypatch):
    real, sizes = os.replace, []

    def replace(part, target):
        sizes.append(part.stat().st_size)
        real(part, target)

    monkeypatch.setattr("os.replace", replace)
    write(tmp_path / "m", b"few")
    assert sizes == [3]


def test_long_names(tmp_path, model):
    for length in (240, 245, 251):
        path = save(model, tmp_path / ("\u00e4" * (length // 2) + "a" * (length % 2)))
        np.testing.assert_array_equal(load(path).theta, model.theta)
        (tmp_path / f"{replacement._start(path.name)}.12345678.part").write_text("")
        save(model, path)
        assert names(tmp_path) == [path.name]
        path.unlink()


def test_what_is_called_like_a_part_and_is_none(tmp_path, model):
    (tmp_path / "m.npz.12345678.part").symlink_to(tmp_path / "mine")
    (tmp_path / "mine").write_text("")
    (tmp_path / "m.npz.87654321.part").mkdir()
    save(model, tmp_path / "m")
    assert names(tmp_path) == ["m.npz", "m.npz.12345678.part", "m.npz.87654321.part", "mine"]


def test_permissions_follow_the_umask_or_the_old_file(tmp_path, model):
    for mask in (0o022, 0o077, 0o002):
        kept = os.umask(mask)
        try:
            path = save(model, tmp_path / f"{mask}.npz")
        finally:
            os.umask(kept)
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask
    for mode in (0o600, 0o640, 0o666):
        path.chmod(mode)
        assert save(model, path).stat().st_mode & 0o777 == mode


def test_the_part_of_a_private_file_is_private(tmp_path):
    path = tmp_path / "secret"
    write(path, b"old")
    path.chmod(0o600)
    with replacing(path) as stream:
        assert os.fstat(stream.fileno()).st_mode & 0o777 == 0o600
        stream.write(b"new")
    assert path.read_bytes() == b"new"


def test_a_symbolic_link_stays_one(tmp_path, model):
    (tmp_path / "store").mkdir()
    (tmp_path / "here").mkdir()
    target, link = tmp_path / "store" / "v1.npz", tmp_path / "here" / "latest.npz"
    link.symlink_to(os.path.join("..", "store", "v1.npz"))
    assert save(model, link) == link  # the file it points to did not exist
    other = Autoencoder.dense((5, 4), rng=1)
    save(other, link)
    assert link.is_symlink() and not target.is_symlink()
    np.testing.assert_array_equal(load(target).theta, other.theta)
    assert names(tmp_path / "here") == ["latest.npz"] and names(tmp_path / "store") == ["v1.npz"]
    (tmp_path / "a.npz").symlink_to(tmp_path / "b.npz")
    (tmp_path / "b.npz").symlink_to(tmp_path / "a.npz")
    with pytest.raises(OSError, match="points back to itself"):
        save(model, tmp_path / "a")


def test_where_nothing_can_be_saved(tmp_path, model, monkeypatch):
    with pytest.raises(FileNotFoundError, match="folder .*gone does not exist; create it first"):
        save(model, tmp_path / "gone" / "m")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="file is a file"):
        save(model, tmp_path / "file" / "m")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(IsADirectoryError, match="folder.npz is a folder"):
        save(model, tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe.npz")
    with pytest.raises(OSError, match="pipe.npz is not an ordinary file"):
        save(model, tmp_path / "pipe")
    path = save(model, tmp_path / "m")
    before = path.read_bytes()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="m.npz is protected against writing"):
        save(model, path)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["file", "folder.npz", "m.npz", "pipe.npz"]

    def forbidden(*_):
        raise PermissionError("no")

    monkeypatch.setattr("os.open", forbidden)
    with pytest.raises(PermissionError, match="no file can be created in the folder"):
        save(model, tmp_path / "new")


KILLED = """
import sys, time
from pathlib import Path
from tinyae.files.replacement import replacing
with replacing(Path(sys.argv[1])) as stream:
    stream.write(b"half")
    stream.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path, model):
    path = tmp_path / "m.npz"
    not_ours = ["n.npz.12345678.part", "m.npz.part", "m.npz.1234567x.part", "m.npz.12345678.part.x"]
    for name in not_ours:
        (tmp_path / name).write_text("")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline().strip() == b"writing"
        save(model, path)
        parts = set(names(tmp_path)) - {"m.npz", *not_ours}
        assert len(parts) == 1  # still being written
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert parts < set(names(tmp_path))
    save(model, path)
    assert names(tmp_path) == sorted(["m.npz", *not_ours])
    np.testing.assert_array_equal(load(path).theta, model.theta)


def test_many_savers_at_once(tmp_path):
    path, errors = tmp_path / "m", []

    def work(i):
        try:
            for _ in range(25):
                write(path, bytes([i]) * 1000)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not errors and names(tmp_path) == ["m"]
    data = path.read_bytes()
    assert len(data) == 1000 and len(set(data)) == 1


def test_a_part_that_another_writer_took_for_a_leftover(tmp_path, monkeypatch):
    # Between creating a part and locking it another writer may lock it, or lock and remove it.
    path, tried = tmp_path / "m", []
    real = replacement._locked

    def late(stream):
        tried.append(stream.name)
        if len(tried) == 1:
            replacement.remove_leftovers(path)
        return real(stream)

    monkeypatch.setattr(replacement, "_locked", late)
    write(path, b"new")
    assert len(tried) == 2 and path.read_bytes() == b"new" and names(tmp_path) == ["m"]


def test_without_locks_only_old_parts_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(replacement, "fcntl", None)
    young, old = tmp_path / "m.12345678.part", tmp_path / "m.87654321.part"
    for part in (young, old):
        part.write_text("")
    past = old.stat().st_mtime - 2 * replacement.ABANDONED
    os.utime(old, (past, past))
    write(tmp_path / "m", b"new")
    assert names(tmp_path) == ["m", young.name] and (tmp_path / "m").read_bytes() == b"new"


def test_a_system_without_locks_is_noticed(tmp_path, monkeypatch):
    """Windows has no module fcntl."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    elsewhere = runpy.run_path(replacement.__file__)
    assert elsewhere["fcntl"] is None
    with elsewhere["replacing"](tmp_path / "m") as stream:
        stream.write(b"new")
    assert names(tmp_path) == ["m"] and (tmp_path / "m").read_bytes() == b"new"


def test_a_part_is_locked_by_one_writer_at_a_time(tmp_path, monkeypatch):
    with open(tmp_path / "m", "wb") as mine, open(tmp_path / "m", "rb") as theirs:
        assert replacement._locked(mine) and not replacement._locked(theirs)

    def no_locks(*_):
        raise OSError("this file system has no locks")

    monkeypatch.setattr("fcntl.flock", no_locks)
    write(tmp_path / "m", b"new")
    assert (tmp_path / "m").read_bytes() == b"new" and names(tmp_path) == ["m"]


def test_a_name_that_another_writer_has_is_not_taken(tmp_path, monkeypatch):
    (tmp_path / "m.11111111.part").mkdir()  # a folder is never removed as a leftover
    drawn = iter(["11111111", "22222222"])
    monkeypatch.setattr("secrets.token_hex", lambda size: next(drawn))
    write(tmp_path / "m", b"new")
    assert (tmp_path / "m").read_bytes() == b"new" and next(drawn, None) is None


def test_a_folder_that_is_protected_is_refused_before_any_work(tmp_path, monkeypatch):
    replacement.check_replaceable(tmp_path / "m")
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    with pytest.raises(PermissionError, match="no file can be created in the folder"):
        replacement.check_replaceable(tmp_path / "m")
    assert names(tmp_path) == []

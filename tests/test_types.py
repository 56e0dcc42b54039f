"""Annotations: mypy passes in its strict form over a program that uses tinyae.

`.ci/run` runs mypy over tinyae itself, with the settings in `pyproject.toml`.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest

import tinyae
from tests import typed_program

ROOT = Path(__file__).resolve().parents[1]
WRONG = """
from tinyae import Autoencoder, fit
model = Autoencoder.dense("784")
fit(model, [[0.0]], epochs="many")
model.encodes([[0.0]])
"""


def mypy(*arguments, folder, cache):
    """The exit status of mypy in a folder, and what it says."""
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(cache), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """An environment in which tinyae is installed as an editable package: by a path file."""
    folder = tmp_path_factory.mktemp("outside")
    venv.create(folder / "env", with_pip=False)
    (packages,) = (folder / "env").glob("[Ll]ib/**/site-packages")
    paths = ROOT, Path(np.__file__).parents[1]
    (packages / "paths.pth").write_text("".join(f"{path}\n" for path in paths))
    windows = sys.platform == "win32"
    python = folder / "env" / ("Scripts/python.exe" if windows else "bin/python")
    return folder, ("--strict", "--config-file=", "--python-executable", str(python))


@pytest.mark.slow
def test_a_user_s_program_passes_in_strict_form(outside):
    folder, options = outside
    shutil.copy(typed_program.__file__, folder / "program.py")
    status, said = mypy(*options, "program.py", folder=folder, cache=folder / "cache")
    assert status == 0, said
    (folder / "wrong.py").write_text(WRONG)
    status, said = mypy(*options, "wrong.py", folder=folder, cache=folder / "cache")
    assert status == 1 and said.count(": error: ") == 3, said


@pytest.mark.slow
def test_the_same_program_runs(tmp_path):
    pytest.importorskip("scipy")
    assert 0.0 <= typed_program.main(tmp_path) <= 1.0


def test_the_program_uses_every_name_of_the_top_level():
    used = vars(typed_program).keys()
    assert set(tinyae.__all__) <= used

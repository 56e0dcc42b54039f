"""The optional extras of `tinyae.export`: when they are imported, and what is said without them."""

import subprocess
import sys

import pytest

from tests.export.exported import dense
from tinyae.export import to_onnx, to_torch


def test_without_pytorch_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "tinyae\[torch\]"'):
        to_torch(dense())
    with pytest.raises(TypeError, match="only a model"):  # what was given is looked at first
        to_torch(3)


@pytest.mark.slow
def test_nothing_is_imported_before_it_is_needed():
    code = "import sys, tinyae, tinyae.export; assert not {'torch', 'onnx'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_onnx_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "tinyae\[onnx\]"'):
        to_onnx(dense(), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())

"""The source distribution and the wheel: built from a copy, installed apart, and used there."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tinyae

ROOT = Path(__file__).resolve().parents[1]
BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, sys.argv[1])(sys.argv[2]))
"""
# What runs in the installed copy: a command, then whether all modules came from that copy.
RUN = """
import sys
from pathlib import Path
from tinyae.__main__ import main
sys.argv = ["tinyae", *sys.argv[1:]]
try:
    status = main()
except SystemExit as end:
    status = end.code
for name, module in sys.modules.items():
    if name.partition(".")[0] in ("tinyae", "figures") and module.__file__:
        assert Path(module.__file__).is_relative_to(sys.path[1]), module.__file__
sys.exit(status)
"""


def build(what, folder, into):
    """The path of what setuptools builds from a folder, without a network."""
    pytest.importorskip("setuptools", minversion="70.1", reason="older ones need `wheel`")
    into.mkdir(exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-c", BUILD, f"build_{what}", str(into)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return into / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with a copy of the checkout, an sdist of it, and a wheel of that sdist."""
    folder = tmp_path_factory.mktemp("built")
    unwanted = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "out")
    shutil.copytree(ROOT, folder / "checkout", ignore=unwanted)
    shutil.copytree(ROOT / ".ci", folder / "checkout" / ".ci")
    (folder / "checkout" / "figures" / "out").mkdir()
    (folder / "checkout" / "figures" / "out" / "mine.svg").touch()
    with tarfile.open(build("sdist", folder / "checkout", folder / "dist")) as archive:
        archive.extractall(folder / "unpacked")
    (unpacked,) = (folder / "unpacked").iterdir()
    unpacked.rename(folder / "sdist")
    build("wheel", folder / "sdist", folder / "dist")
    return folder


@pytest.fixture(scope="module")
def installed(built):
    """A folder that holds the wheel's packages and scripts, and nothing else."""
    pytest.importorskip("pip")
    (wheel,) = (built / "dist").glob("*.whl")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", str(built / "site"), str(wheel)], check=True)
    return built / "site"


def run(installed, folder, *arguments, code=RUN):
    """The finished process of a command of the installed copy, in another folder."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-B", "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )


def names(folder, *left_out):
    """The files below a folder, as paths from there, without those below the given names."""
    files = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return {p.as_posix() for p in files if not {*left_out, "__pycache__"} & set(p.parts)}


@pytest.mark.slow
def test_the_source_distribution_holds_what_the_repository_holds(built):
    ours, there = names(built / "checkout", "tinyae.egg-info"), names(built / "sdist")
    assert ours - there <= {"figures/out/mine.svg", ".ci/.gitignore"}
    assert "tests/test_shipping.py" in there and "figures/out/mine.svg" not in there


@pytest.mark.slow
def test_the_wheel_holds_the_library_and_the_figures(built, measured):
    (wheel,) = (built / "dist").glob("*.whl")
    measured(f"wheel: {wheel.stat().st_size / 2**20:.2f} MB")
    files = set(zipfile.ZipFile(wheel).namelist())
    library = {f"tinyae/{name}" for name in names(ROOT / "tinyae")}
    figures = {f"tinyae/figures/{name}" for name in names(ROOT / "figures", "out", "readme.png")}
    assert library | figures == {name for name in files if name.startswith("tinyae/")}
    assert {name.partition("/")[0] for name in files} == {
        "tinyae",
        f"tinyae-{tinyae.__version__}.dist-info",
    }


@pytest.mark.slow
def test_the_description_links_to_no_file(built):
    """A package index shows it, and has none of the files beside the README."""
    (wheel,) = (built / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("/METADATA"))
        text = archive.read(name).decode("utf-8")
    targets = re.findall(r"\]\(([^)]*)\)", text)
    assert [t for t in targets if not t.startswith("https://")] == []
    assert "*Picture: The field a denoising autoencoder learns" in text
    assert "Description-Content-Type: text/markdown" in text and "CLAIMS.md says of each" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "said"),
    [("--version", f"tinyae {tinyae.__version__}"), ("trace 2-3-2", "gW"),
     ("digits --help", "usage: tinyae digits"), ("figures --help", "usage: tinyae figures"),
     ("figures 14.1 14.4 --quick --check --jobs 2", "check: all within tolerance")],
)  # fmt: skip
def test_commands_of_the_wheel_work_in_an_empty_folder(command, said, installed, tmp_path):
    done = run(installed, tmp_path, *command.split())
    assert done.returncode == 0 and said in done.stdout, done.stderr
    pictures = sorted((tmp_path / "figures" / "out").glob("*.svg"))
    assert len(pictures) == (2 if "14.1" in command else 0)
    assert not (installed / "tinyae" / "figures" / "out").exists()


@pytest.mark.slow
def test_the_console_script_is_the_same_program(installed, tmp_path):
    if os.name == "nt":
        pytest.skip("the script is an .exe there")
    script = str(installed / "bin" / "tinyae")
    code = f"import runpy; runpy.run_path({script!r}, run_name='__main__')"
    done = run(installed, tmp_path, "figures", "none", code=code)
    assert done.returncode == 2 and "tinyae figures: error: no figure none" in done.stderr


@pytest.mark.slow
def test_digits_of_the_wheel(installed, tmp_path):
    """On 300 pictures of noise in the form of the published files."""
    for part, n in (("train", 300), ("t10k", 100)):
        for kind, shape in (("images-idx3", (n, 28, 28)), ("labels-idx1", (n,))):
            numbers = np.random.default_rng(n).integers(10, size=shape, dtype=np.uint8)
            head = bytes((0, 0, 8, len(shape))) + np.array(shape, ">i4").tobytes()
            (tmp_path / f"{part}-{kind}-ubyte").write_bytes(head + numbers.tobytes())
    done = run(installed, tmp_path, "digits", tmp_path, "--epochs", "1", "--out", "pictures")
    assert done.returncode == 0 and list((tmp_path / "pictures").iterdir()), done.stderr


@pytest.mark.slow
def test_an_editable_installation_is_a_path_that_other_tools_follow(built, tmp_path):
    """A finder, which mypy does not follow, is what an entry for the figures would bring."""
    wheel = build("editable", built / "checkout", tmp_path / "plain")
    paths = [zipfile.ZipFile(wheel).read(n).decode() for n in zipfile.ZipFile(wheel).namelist()
             if n.endswith(".pth")]  # fmt: skip
    assert [Path(path.strip()) for path in paths] == [built / "checkout"]
    mapped = shutil.copytree(built / "checkout", tmp_path / "mapped")
    settings = (mapped / "setup.cfg").read_text(encoding="utf-8")
    (mapped / "setup.cfg").write_text(
        settings.replace("    = .\n", "    = .\n    tinyae.figures = figures\n"), encoding="utf-8"
    )
    wheel = build("editable", mapped, tmp_path / "finder")
    assert any("finder" in name for name in zipfile.ZipFile(wheel).namelist()), "the control"

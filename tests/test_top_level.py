"""What a newcomer meets first: the names, where they are listed, and what `help` shows."""

import inspect
import pydoc
import re
import subprocess
import sys
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path

import pytest

import tinyae
from tests.valid_calls import public_calls
from tinyae import Autoencoder
from tinyae.__main__ import main

ROOT = Path(tinyae.__file__).parent
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
INTERNAL = {"checks", "commands", "files", "numerics"}  # packages that offer nothing to a user
SCREEN = 50  # lines


def shown_by_help(it) -> list[str]:
    """The lines that `help` prints."""
    return pydoc.plain(pydoc.render_doc(it)).splitlines()


def test_at_most_fifty_names_and_all_are_listed():
    assert len(tinyae.__all__) <= 50 and tinyae.__all__ == sorted(tinyae.__all__)
    lists = tinyae.__doc__.split("All other names")[0]
    words = set(re.findall(r"\w+", lists))
    assert set(tinyae.__all__) <= words, "the docstring lists every name"
    for name in tinyae.__all__:
        assert getattr(tinyae, name).__doc__


def test_the_version_is_that_of_the_package(capsys):
    setup = ConfigParser()
    setup.read(ROOT.parent / "setup.cfg")
    assert setup["metadata"]["version"] == "attr: tinyae.version.__version__", (
        "it stands in one place"
    )
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"tinyae {tinyae.__version__}\n"
    cited = (ROOT.parent / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {tinyae.__version__}\n" in cited
    changes = (ROOT.parent / "docs" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {tinyae.__version__}\n" in changes


def test_every_package_is_there_after_import_tinyae():
    offered = [name for name in PACKAGES if name not in INTERNAL]
    assert set(offered) | set(tinyae.__all__) <= set(dir(tinyae)), "for completion"
    for name in offered:
        assert re.search(rf"^tinyae\.{name} +\S", tinyae.__doc__, flags=re.M), name
    with pytest.raises(AttributeError, match="no attribute 'plots'"):
        tinyae.plots  # noqa: B018


@pytest.mark.slow
def test_import_loads_only_what_most_programs_need():
    """And every package is there for a program that asks for it."""
    code = """
import sys, tinyae
print(*sorted({name.split(".")[1] for name in sys.modules if name.startswith("tinyae.")}))
tinyae.load, tinyae.trace, tinyae.HammingTable, tinyae.PCA, tinyae.score_field
for name in sys.argv[1:]:
    assert getattr(tinyae, name).__doc__, name
"""
    run = [sys.executable, "-c", code, *(name for name in PACKAGES if name not in INTERNAL)]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    later = set(tinyae.PACKAGES) | {"commands"}
    assert {"models", "training"} <= set(loaded) and not later & set(loaded)


def test_help_on_tinyae_fits_three_screens(measured):
    lines = shown_by_help(tinyae)
    measured(f"help(tinyae): {len(lines)} lines")
    assert len(lines) <= 3 * SCREEN
    first = "\n".join(lines[:SCREEN])
    assert "Autoencoder.dense" in first and "tinyae.embeddings" in first


@pytest.mark.parametrize(
    "package", [f"tinyae.{name}" for name in PACKAGES if name != "core"] + ["figures.experiments"]
)
def test_a_package_lists_its_modules_with_a_line_each(package):
    package = import_module(package)
    listed = re.findall(r"^(\w+)\.py  +\S", package.__doc__, flags=re.M)
    modules = {path.stem for path in Path(package.__file__).parent.glob("[a-z]*.py")}
    assert len(listed) == len(modules) and set(listed) == modules


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", [name for name in PACKAGES if name not in INTERNAL | {"core"}])
def test_a_package_lists_its_names_with_a_line_each(name):
    package = import_module(f"tinyae.{name}")
    summary, blank, *lines = package.__doc__.splitlines()
    assert summary.endswith(".") and blank == ""
    names = getattr(package, "__all__", [path.stem for path in (ROOT / name).glob("[a-z]*.py")])
    assert list(names) == sorted(names)
    listed = [match[1] for line in lines if (match := re.match(r"(\w+)  +\S", line))]
    assert sorted(listed) == sorted(names)
    described = "\n".join(shown_by_help(package)).split("DESCRIPTION\n")[1]
    assert described.split()[0] == listed[0], "help starts with the list"


def test_an_argument_called_rng_is_a_keyword_with_the_default_0():
    """In the models and data sets. The slots' own methods are given a generator by the model."""
    homes = ("tinyae.models", "tinyae.datasets")
    seen = 0
    for call in public_calls():
        rng = call.signature.parameters.get("rng")
        if rng is None:
            continue
        it = getattr(call.make(), "__func__", call.make())
        if not it.__module__.startswith(homes) or "loss_and_grad" in call.name:
            continue
        seen += 1
        assert rng.kind is rng.KEYWORD_ONLY and rng.default == 0, call.name
    assert seen > 15


@pytest.mark.parametrize("function", [Autoencoder.dense, Autoencoder])
def test_every_argument_of_an_autoencoder_is_explained(function):
    for name in inspect.signature(function).parameters:
        assert re.search(rf"^\s*(\w+, )*{name}\b.* : ", function.__doc__, flags=re.M), name

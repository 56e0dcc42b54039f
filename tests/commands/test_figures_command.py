"""`tinyae figures` finds the figures of its own checkout, and passes every option on."""

import sys

import pytest

import tinyae
from tinyae.__main__ import COMMANDS, main, program
from tinyae.commands import figures_command

PROGRAM = "def run(arguments, *, program):\n    print(program, *arguments)\n    return 3\n"


def write(folder, text):
    """Write a package of figures, whose program prints what it was given."""
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(text)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder that looks like a checkout with figures, and is where tinyae seems to be."""
    write(tmp_path / "checkout" / "figures", PROGRAM)
    monkeypatch.setattr(tinyae, "__file__", str(tmp_path / "checkout" / "tinyae" / "__init__.py"))
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if is_figures(name)}
    monkeypatch.syspath_prepend(tmp_path / "checkout")
    yield tmp_path
    for name in [name for name in sys.modules if is_figures(name)]:
        del sys.modules[name]
    sys.modules.update(kept)


def is_figures(name):
    return name.partition(".")[0] == "figures"


def test_every_argument_is_passed_on(checkout, capsys):
    assert main(["figures", "--check", "14.5", "--data", "FOLDER", "--help"]) == 3
    said = capsys.readouterr().out
    assert said == f"{program()} figures --check 14.5 --data FOLDER --help\n"


def test_a_package_of_the_same_name_from_elsewhere_is_not_run(checkout, monkeypatch, capsys):
    write(checkout / "elsewhere" / "figures", "raise AssertionError")
    monkeypatch.syspath_prepend(checkout / "elsewhere")
    assert main(["figures"]) == 2
    said = capsys.readouterr().err
    assert f"{checkout / 'checkout' / 'figures' / '__init__.py'} is missing or cannot" in said


def test_the_figures_of_a_wheel_come_first(checkout, monkeypatch):
    assert figures_command.package() == "figures"
    write(checkout / "site" / "tinyae" / "figures", PROGRAM)
    monkeypatch.setattr(tinyae, "__path__", [*tinyae.__path__, str(checkout / "site" / "tinyae")])
    assert figures_command.package() == "tinyae.figures"


def test_the_program_is_called_by_its_name(monkeypatch):
    module = "python -m tinyae"
    for first, name in (("/usr/bin/tinyae", "tinyae"), ("tinyae.exe", "tinyae"),
                        ("/tinyae/__main__.py", module), ("", module)):  # fmt: skip
        monkeypatch.setattr(sys, "argv", [first])
        assert program() == name


def test_version_and_help_name_all_commands(capsys):
    for option in ("--version", "--help"):
        with pytest.raises(SystemExit) as end:
            main([option])
        assert end.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"tinyae {tinyae.__version__}\n")
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2].removesuffix("_command")
        assert f"    {name} " in said

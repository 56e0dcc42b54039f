"""How the figures get into a wheel: as the package `tinyae.figures`, with their recorded numbers.

All settings are in setup.cfg. An entry `tinyae.figures = figures` of `package_dir` there would do
the same for a wheel, but setuptools makes an editable installation of such a mapping by an import
hook, which mypy and editors do not follow. Without such an entry there is a path file instead.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FIGURES = Path(__file__).parent / "figures"
LEFT_OUT = shutil.ignore_patterns("out", "__pycache__", "*.png")


class BuildWithFigures(build_py):
    """Copy the packages of tinyae, and the figures beside them."""

    def run(self) -> None:
        """Copy all files; an editable installation finds the figures in the checkout."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "tinyae" / "figures"
            shutil.copytree(FIGURES, target, ignore=LEFT_OUT, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithFigures})

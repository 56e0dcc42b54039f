"""What setup.cfg cannot say: how the figures get into a wheel, and the description of the project.

The figures are the package `tinyae.figures` of a wheel, with their recorded numbers. An entry
`tinyae.figures = figures` of `package_dir` in setup.cfg would do the same for a wheel, but
setuptools makes an editable installation of such a mapping by an import hook, which mypy and
editors do not follow. Without such an entry there is a path file instead.
"""

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
FIGURES = ROOT / "figures"
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:)[^)]*\)")  # to a file of the repository
LEFT_OUT = shutil.ignore_patterns("out", "__pycache__", "*.png")


class BuildWithFigures(build_py):
    """Copy the packages of tinyae, and the figures beside them."""

    def run(self) -> None:
        """Copy all files; an editable installation finds the figures in the checkout."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "tinyae" / "figures"
            shutil.copytree(FIGURES, target, ignore=LEFT_OUT, dirs_exist_ok=True)


def description(readme: str) -> str:
    """Return the README for a package index, which has none of the files that it links to.

    A picture becomes its alternative text, and a link its words.
    """
    return LINK.sub(lambda link: f"*Picture: {link[2]}.*" if link[1] else link[2], readme)


if __name__ == "__main__":
    setup(
        cmdclass={"build_py": BuildWithFigures},
        long_description=description((ROOT / "README.md").read_text(encoding="utf-8")),
    )

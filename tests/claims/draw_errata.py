"""Draw the pictures of the errata: `python -m tests.claims.draw_errata` (about two minutes)."""

from __future__ import annotations

from pathlib import Path

from figures.catalogue import FIGURES
from tests.claims.errata import ERRATA
from tinyae.plotting import style

DOTS = 90  # per inch: these pictures are kept with the project, so they should be small
FOLDER = Path(__file__).parents[2] / "docs" / "claims" / "pictures"


def main() -> None:
    """Compute each figure in its full form and write it as PNG beside the page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for one in ERRATA:
        module = FIGURES[one.picture]
        picture = module.draw(module.compute(seed=0))
        with style():
            picture.savefig(FOLDER / f"{one.picture}.png", dpi=DOTS, metadata={"Software": None})
        print(f"{one.picture}: {one.title}", flush=True)


if __name__ == "__main__":
    main()

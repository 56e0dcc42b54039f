"""Every single-bit flip and every truncation of whole files of some kinds, and many of the others.

It takes minutes. `found_in(model, path, 1)` does the same for a file of any kind.
"""

import pytest

from tests.damaged_files import KINDS, found_in
from tests.saved_objects import made
from tinyae import save

pytestmark = pytest.mark.slow
WHOLE = ("autoencoder, float32", "PCA", "HammingTable", "RBM, persistent", "dictionary", "SNEMap")
STEP = 13  # of the others; it meets bits of all significances


@pytest.mark.parametrize("name", KINDS)
def test_every_bit_and_every_length(name, tmp_path, measured):
    model = made(name)
    path = save(model, tmp_path / "m")
    step = 1 if name in WHOLE else STEP
    count, refused, equal, others = found_in(model, path, step, KINDS.index(name) % step)
    measured(f"{name}, {path.stat().st_size} bytes: {count} damaged files, {refused} refused, "
             f"{equal} equal, {len(others)} others")  # fmt: skip
    assert not others

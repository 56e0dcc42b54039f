"""Single-bit flips and truncations of files of every kind: many of them, or all of them.

With TINYAE_WHOLE in the environment, every bit of every file is flipped, which takes an hour.
"""

import os

import pytest

from tests.damaged_files import KINDS, found_in
from tests.saved_objects import made
from tinyae import save

pytestmark = pytest.mark.slow
# Without a common divisor with 8, so that the flipped bits have all significances.
STEP = 1 if os.environ.get("TINYAE_WHOLE") else 397


@pytest.mark.parametrize("name", KINDS)
def test_every_bit_and_every_length(name, tmp_path, measured):
    model = made(name)
    path = save(model, tmp_path / "m")
    count, refused, equal, others = found_in(model, path, STEP, KINDS.index(name) % STEP)
    measured(f"{name}, {path.stat().st_size} bytes: {count} damaged files, {refused} refused, "
             f"{equal} equal, {len(others)} others")  # fmt: skip
    assert not others

"""Every single-bit flip and every truncation of a whole file of each kind, which takes minutes."""

import pytest

from tests.damaged_files import KINDS, found_in
from tests.saved_objects import made
from tinyae import save

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", KINDS)
def test_every_bit_and_every_length(name, tmp_path, measured):
    model = made(name)
    path = save(model, tmp_path / "m")
    count, refused, equal, others = found_in(model, path, 1)
    measured(f"{name}, {path.stat().st_size} bytes: {count} damaged files, {refused} refused, "
             f"{equal} equal, {len(others)} others")  # fmt: skip
    assert not others

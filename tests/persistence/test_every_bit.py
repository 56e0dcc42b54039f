"""Every single-bit flip and every truncation of two whole model files, which takes a minute."""

import pytest

from tests.persistence.test_model_files import damage, damaged_models, outcome
from tinyae import save

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", damaged_models())
def test_every_bit_and_every_length(name, tmp_path, measured):
    model = damaged_models()[name]
    path = save(model, tmp_path / "m")
    found = [outcome(path, data, model) for data in damage(path.read_bytes(), 1)]
    others = [what for what in found if what not in ("refused", "equal")]
    measured(f"{name}: {len(found)} damaged files, {found.count('refused')} refused, "
             f"{found.count('equal')} equal, {len(others)} others")  # fmt: skip
    assert not others

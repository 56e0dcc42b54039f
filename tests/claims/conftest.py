"""Digits for the claims that speak of pictures."""

import pytest

from tests.claims import pictures


@pytest.fixture
def digits(full, request):
    """Training and fresh digits with labels: MNIST in full, strokes in the reduced form."""
    if full:
        return pictures.digits(request.getfixturevalue("data_folder"), 12_000, 10_000)
    return pictures.digits(None, 2500, 2000)

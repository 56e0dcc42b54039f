"""Small arrays with exact entries: what valid calls of public functions are given."""

import numpy as np

X = np.random.default_rng(7).integers(4, 61, (16, 3)) / 64  # exact in half precision too
Y = np.random.default_rng(8).integers(4, 61, (16, 3)) / 64
BITS = (X > 0.5).astype(float)
CODES = np.random.default_rng(9).integers(4, 61, (16, 2)) / 64
IMAGE = np.random.default_rng(10).integers(4, 61, (9, 9)) / 64
LABELS = np.arange(16) % 3
SQUARE = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]])
DIRECTIONS = np.tile(np.eye(3)[:1], (16, 1, 1))
P = (1.0 - np.eye(16)) / 15

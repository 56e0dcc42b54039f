"""The spectral embeddings by short names, for tests that ask the same of each of them."""

from __future__ import annotations

import functools
from collections.abc import Callable

from tinyae.embeddings import (
    Charting,
    GaussianKernel,
    HessianEigenmaps,
    Isomap,
    KernelPCA,
    LaplacianEigenmaps,
    LocallyLinear,
    TangentAlignment,
)
from tinyae.embeddings.embedding import Embedding


def methods(heat: float, kernel: float) -> dict[str, Callable[..., Embedding]]:
    """Return them, with the width of the weights of "heat" and that of the kernel."""
    return {
        "isomap": Isomap,
        "lle": LocallyLinear,
        "eigenmaps": LaplacianEigenmaps,
        "heat": functools.partial(LaplacianEigenmaps, width=heat),
        "alignment": TangentAlignment,
        "hessian": HessianEigenmaps,
        "charting": Charting,
        "kernel": functools.partial(KernelPCA, kernel=GaussianKernel(kernel)),
    }

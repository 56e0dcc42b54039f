"""The Boltzmann machine of a denoiser: copies of each hidden unit (14.5.1).

A tied denoiser with sigmoid units and linear output, trained with noise N(0, σ²I), has the energy
of a Gaussian machine of x/σ with 1/σ² copies of each hidden unit.
"""

from __future__ import annotations

import numpy as np

from tinyae import RBM, Autoencoder, GaussianOutput


def machine(model: Autoencoder, sigma: float, copies: int) -> RBM:
    """Return the machine of x/σ with `copies` of each hidden unit of a net with one hidden layer.

    Its hidden weights are σ W, and the biases are those of the net, the visible ones over σ.
    """
    linear, c = model.encoder.layers[0], model.decoder.layers[0].params["b"]
    rbm = RBM(model.d_in, copies * model.d_code, visible=GaussianOutput())
    rbm.parts["hidden"].params["W"][...] = np.tile(sigma * linear.params["W"], copies)
    rbm.parts["hidden"].params["b"][...] = np.tile(linear.params["b"], copies)
    rbm.parts["visible"].params["b"][...] = c / sigma
    return rbm

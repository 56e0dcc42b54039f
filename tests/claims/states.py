"""A few states, their corruption, and an autoencoder of them, for claims by enumeration (14.4)."""

import numpy as np

from tinyae import Autoencoder, CategoricalOutput, Linear
from tinyae.models import compatibility, joint_distance
from tinyae.nn import Normal
from tinyae.nn.softmax import log_sum_exp
from tinyae.score import stationary_distribution


def torus(rng, side, alpha):
    """p(x), C(x̃ | x): states on a square torus, of random probability; x̃ is a state near x."""
    p = rng.dirichlet(np.full(side**2, alpha))
    at = np.stack(np.divmod(np.arange(side**2), side), axis=1)
    step = np.abs(at[:, None] - at)
    step = np.minimum(step, side - step)
    C = np.exp(-(step**2).sum(axis=2) / 2.0)
    return p, C / C.sum(axis=1, keepdims=True)


def net(states, k, rng, corruption=None):
    """Return an untrained autoencoder of one-hot states with a linear code of k units."""
    encoder, decoder = (
        Linear(a, b, rng=rng, init=Normal(0.1)) for a, b in ((states, k), (k, states))
    )
    return Autoencoder(encoder, decoder, output=CategoricalOutput(), corruption=corruption)


def log_decoder(model):
    """log p_decoder(x | x̃) of all states, a row for each x̃."""
    a = model.decoder.forward(model.encode(np.eye(model.d_in)))[0]
    return a - log_sum_exp(a)[:, None]


def measures(model, p, C):
    """Total variation of p(x) C(x̃ | x) and q(x̃) p_decoder(x | x̃), and the interaction in nats.

    q is the marginal of the decoder's own chain. The interaction: its root mean square, weighted by
    the joint of the data, and its largest absolute entry. The code of x̃ is h = f(x̃), and f gives
    different codes to different x̃, so a distribution of x̃ is one of h.
    """
    decoder = log_decoder(model)
    q = stationary_distribution(np.exp(decoder) @ C)
    found = compatibility(np.log(C), decoder)
    weighed = np.sqrt((p[:, None] * C * found.interaction**2).sum())
    return joint_distance(np.log(C), decoder, p, p_h=q), weighed, found.largest

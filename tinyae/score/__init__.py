"""The score ∇ log p(x), its zeros, its potential, and samples from it (14.5.1, 20.11).

score_field              (r(x) − x)/σ² of a denoising autoencoder (14.15)
mixture_log_density      log p of a mixture of Gaussians
mixture_score            its score
smoothed_log_density     log p of data smoothed by noise
smoothed_score           its score
optimal_reconstruction   E[x | x̃], what a denoiser should give
smoothed_hessian         the second derivative of the smoothed log density
fixed_points             where r(x) = x
find_zeros               zeros of a field of your own
FixedPoints              what both return
potential                the function whose gradient r(x) − x is
asymmetry                how far r(x) − x is from being a gradient
circulation              the integral of a field around a loop
line_integral            the integral of a field along a line
langevin                 samples by Langevin dynamics
metropolis_langevin      the same with accepted and rejected steps
stationary_distribution  of a Markov chain with few states
energy_distance          how far apart two samples are

Modules:

score.py         learned and exact scores
hessian.py       the second derivative of the smoothed log density
fixed_points.py  zeros of r(x) − x
potential.py     potential, asymmetry, line integrals
sampling.py      Langevin dynamics, with and without rejection
distances.py     the energy distance
"""

from tinyae.score.distances import energy_distance
from tinyae.score.fixed_points import FixedPoints, find_zeros, fixed_points
from tinyae.score.hessian import smoothed_hessian
from tinyae.score.potential import asymmetry, circulation, line_integral, potential
from tinyae.score.sampling import langevin, metropolis_langevin, stationary_distribution
from tinyae.score.score import (
    mixture_log_density,
    mixture_score,
    optimal_reconstruction,
    score_field,
    smoothed_log_density,
    smoothed_score,
)

__all__ = [
    "FixedPoints",
    "asymmetry",
    "circulation",
    "energy_distance",
    "find_zeros",
    "fixed_points",
    "langevin",
    "line_integral",
    "metropolis_langevin",
    "mixture_log_density",
    "mixture_score",
    "optimal_reconstruction",
    "potential",
    "score_field",
    "smoothed_hessian",
    "smoothed_log_density",
    "smoothed_score",
    "stationary_distribution",
]

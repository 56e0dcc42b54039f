"""The set-ups that are trained and measured. Figures, claims and benchmarks share them.

Each module holds one set-up: how the data are made, what is trained on them, and what is measured.
A figure's `compute` calls these functions, and its `draw` draws the result. A claim calls the same
functions and asserts bounds on the result. No module here draws anything.

spiral.py               a denoiser on points of a spiral (14.5, 14.9)
sine_curve.py           a denoiser on points of a sine curve (14.4)
two_branches.py         outputs for two values of x to each h (14.4)
three_points.py         a denoiser on three points of a line (14.7)
own_data.py             the rows of a user in the place of the data of a figure
while_learning.py       the denoisers of spiral and three points while they learn (14.5, 14.7)
consistency.py          denoisers on more and more data
score_factor.py         the step of the optimal denoiser per unit of the score (14.5.1)
architectures.py        denoisers of several architectures on one curve
binary_digits.py        a denoiser on binary digits, and its chain
deep_digits.py          deep autoencoders of digits, and what they are compared with (14.3)
variational.py          a variational autoencoder on binary digits
linear_gaussian.py      a linear one, whose log p(x) is known (14.2)
off_centre.py           a linear autoencoder with and without biases (14.1)
laplace_code.py         a continuous code whose log p(x) is known, and its point estimate (14.2.1)
unsquared_norm.py       the best reconstructions under a norm and under its square (14.2.2)
binary_code.py          estimates of the gradient through a binary code (14.4)
denoising.py            a wide denoiser on pictures
denoising_baselines.py  Gaussian and median filters
dreamed_bars.py         a Helmholtz machine on pictures of bars (14.2)
depth_curves.py         a deep net on pictures of curves, from several starts (14.3)
folded_line.py          examples that a deep and a shallow net need (14.3)
encoder_problem.py      recirculation on one-hot examples
natural_patches.py      PSD on patches of pictures
ten_steps.py            ten steps of inference, proximal and along a subgradient (14.8)
chirps.py               PSD on sounds (14.8)
drifting_patches.py     films of drifting pictures, for PSD (14.8)
gabor.py                a Gabor function fitted to an atom
unit_atoms.py           sparse codes with atoms of norm 1
tied_digits.py          tied networks on pictures
features.py             codes of several models, judged by classifiers (14.5.1.1, 14.7)
fine_tuning.py          a stack of denoising autoencoders as a deep classifier (14.5.1.1)
spectrum.py             singular values of ∂h/∂x
sensitivity.py          responses of a code to changes of its input (14.7)
small_noise.py          what small noise adds to the squared error (14.7)
machine_copies.py       the Boltzmann machine of a denoiser (14.5.1)
hypercube.py            how many corners of its hypercube a code uses (14.7)
moved_digit.py          one digit moved up and down (14.6)
turning_digit.py        pictures of a digit that turns (14.8)
tangent_planes.py       tangent planes by three methods (14.10)
unseen_variations.py    tangents where the training data never were (14.6)
colour_pictures.py      tangents of colour photographs (14.10)
digit_tangents.py       tangents of digits from few of them (14.10)
semantic_hashing.py     binary codes by an autoencoder, and other hashes (14.9)
windows.py              three kinds of windows on a spiral (14.9)
computational_graph.py  the values at the nodes of a graph (14.1 to 14.3)
photographs.py          real pictures from a folder
networks.py             the network that several experiments train
"""

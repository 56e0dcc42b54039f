"""The lines of the opening table: one sentence, one verdict and one deciding figure for each claim.

The sentence is the chapter's statement in plain words. The verdict is about the statement as the
chapter has it: it holds, it holds with a limit that the chapter does not name, or it does not hold
as written. A claim that falls short of a goal, or holds for a share of the seeds only, has a limit.
"""

from __future__ import annotations

from dataclasses import dataclass

HOLDS, LIMIT, NOT = VERDICTS = "holds", "holds with a limit", "not as written"


@dataclass(frozen=True)
class Row:
    """A line of the table; `decides` is the name of a figure that a claim of this row shows."""

    row: str
    section: str
    verdict: str
    says: str
    decides: str


ROWS = (
    Row(
        "S44",
        "13.4",
        HOLDS,
        "Inference by FISTA, followed by equations on the active set, finds the same minimum as coordinate descent.",
        "|difference of the criterion|, largest over the problems",
    ),  # fmt: skip
    Row(
        "S45",
        "14",
        HOLDS,
        "An autoencoder can also be trained by recirculation, which compares the activities of its units on the input with those on the reconstruction.",
        "recirculation: solved (1) or not (0)",
    ),  # fmt: skip
    Row(
        "S54",
        "14",
        LIMIT,
        "Autoencoders are trained with the techniques of feedforward networks: gradient descent, momentum, Adam and L-BFGS reach one loss on a wide net.",
        "momentum on mini-batches: loss / the smallest of all methods − 1",
    ),  # fmt: skip
    Row(
        "S55",
        "14",
        HOLDS,
        "Recirculation is local: the update of a weight depends only on the activities of its two units. That of back-propagation does not.",
        "largest relative change of the updates, other weights at the same activities",
    ),  # fmt: skip
    Row(
        "S1",
        "14.1",
        LIMIT,
        "With a linear decoder and squared error, a code narrower than the input spans PCA's subspace. It needs biases or centred data.",
        "largest angle to the principal subspace (rad), condition 20",
    ),  # fmt: skip
    Row(
        "S2",
        "14.1",
        HOLDS,
        "A non-linear encoder and decoder generalise PCA: they keep what a linear code of the same size loses on a curved manifold.",
        "fresh error, PCA over autoencoder, 1 arc(s) in 20 dimensions",
    ),  # fmt: skip
    Row(
        "S3",
        "14.1",
        HOLDS,
        "With enough capacity, a code of one number can memorise every training example, and nothing useful about the distribution is learned.",
        "training error / variance",
    ),  # fmt: skip
    Row(
        "S4",
        "14.2",
        HOLDS,
        "With as many code units as inputs, or more, even a linear autoencoder copies every input, also noise that is not data.",
        "relative squared error on uniform noise, 20 linear units for 20 inputs",
    ),  # fmt: skip
    Row(
        "S20",
        "14.2",
        HOLDS,
        "The evidence lower bound of a variational autoencoder is below log p(x) for every example: before, during and after training.",
        "smallest log p(x) − ELBO of all rows and epochs (nats)",
    ),  # fmt: skip
    Row(
        "S21",
        "14.2",
        LIMIT,
        "A Helmholtz machine learns the distribution of the data without a penalty on its code. Some starts miss the goal.",
        "rise of E log p(x) by training, nats",
    ),  # fmt: skip
    Row(
        "S5",
        "14.2.1",
        LIMIT,
        "An absolute-value penalty makes the code smaller the larger its weight is, if the decoder's weights cannot grow.",
        "mean abs(h) at one λ over that at the λ below, largest, sigmoid code, tied weights",
    ),  # fmt: skip
    Row(
        "S6",
        "14.2.1",
        LIMIT,
        "A Student-t prior makes codes sparse too, with heavier tails than the absolute value where codes exceed 1.",
        "mean excess kurtosis of a unit, Student-t minus L1, pixels from 0 to 5",
    ),  # fmt: skip
    Row(
        "S7",
        "14.2.1",
        HOLDS,
        "Rectified units with an absolute-value penalty give exact zeros, and the weight of the penalty controls their number.",
        "share of exact zeros among units that are not dead, λ = 1",
    ),  # fmt: skip
    Row(
        "S8",
        "14.2.1",
        HOLDS,
        "A sparse autoencoder can also perform a supervised task: it then classifies better than on the unsupervised code and still reconstructs.",
        "test error rate, joint criterion / softmax regression on the unsupervised code",
    ),  # fmt: skip
    Row(
        "S51",
        "14.2.1",
        HOLDS,
        "An overcomplete code without a sparsity penalty reconstructs any input.",
        "error off the data over their variance, ReLU, plain",
    ),  # fmt: skip
    Row(
        "S56",
        "14.2.3",
        HOLDS,
        "The contractive penalty acts at training examples only: the code is insensitive there and stays sensitive elsewhere.",
        "‖J‖² between the clusters / on fresh data: contractive over weight decay",
    ),  # fmt: skip
    Row(
        "S16",
        "14.3",
        LIMIT,
        "With a code of 30 numbers, a linear code with sigmoid outputs (logistic PCA) reconstructs digits better than PCA.",
        "logistic PCA: squared error per test digit",
    ),  # fmt: skip
    Row(
        "S17",
        "14.3",
        HOLDS,
        "From small random weights, a deep autoencoder with sigmoid units learns nothing but the mean picture by gradient descent with momentum.",
        "small random weights / mean picture",
    ),  # fmt: skip
    Row(
        "S49",
        "14.3",
        HOLDS,
        "A shallow encoder cannot compute an arbitrary code, such as the exclusive-or of two bits.",
        "exclusive-or, shallow encoder: largest error over examples, best of the starts",
    ),  # fmt: skip
    Row(
        "S18",
        "14.4",
        HOLDS,
        "Each output has the negative log-likelihood of the distribution that it names, with all constants: at ordinary natural parameters, and where logits are ±1e4, means are wrong by about 1e4 and log-variances lie between −60 and 60.",
        "nll, ordinary, float64: relative difference from SciPy",
    ),  # fmt: skip
    Row(
        "S19",
        "14.4",
        HOLDS,
        "The samples of a stochastic encoder, of three corruptions and of three output distributions have the means and covariances that their definitions state.",
        "N(x, σ²I): mean, in standard errors",
    ),  # fmt: skip
    Row(
        "S23",
        "14.4",
        HOLDS,
        "The data and the corruption define one joint distribution of (x, x̃).",
        "total variation between the joints, k = 2, 4, 8 / half as many units",
    ),  # fmt: skip
    Row(
        "S52",
        "14.4",
        HOLDS,
        "Pixels are dependent given a small code, which an output with independent entries cannot represent.",
        "nll of independent pixels − nll of the mixture, fresh (nats)",
    ),  # fmt: skip
    Row(
        "S9",
        "14.5",
        HOLDS,
        "The corruption prevents a wide denoising autoencoder from copying its input.",
        "error / the corrupted picture's",
    ),  # fmt: skip
    Row(
        "S24",
        "14.5.1",
        HOLDS,
        "Score matching needs no normalizing constant.",
        "precision of a 4-D Gaussian, 50 000 samples: relative error",
    ),  # fmt: skip
    Row(
        "S25",
        "14.5.1",
        HOLDS,
        "Denoising training of a tied sigmoid net with linear output is the same as denoising score matching of the energy −(c·x − ½‖x‖² + Σ softplus(W_j·x + b_j))/σ².",
        "loss = ‖r(x̃) − x‖²/(2σ⁴), relative",
    ),  # fmt: skip
    Row(
        "S26",
        "14.5.1",
        HOLDS,
        "Score matching of a restricted Boltzmann machine with Gaussian visible units minimises the squared error plus Σ h(1−h)‖W_j‖².",
        "closed form = the net's, the trace by exact tangents, relative",
    ),  # fmt: skip
    Row(
        "S27",
        "14.5.1",
        LIMIT,
        "The gradient of a tied autoencoder's cross-entropy approximates the likelihood gradient of the restricted Boltzmann machine with the same parameters.",
        "weights 0.1: cosine of expected CD-1",
    ),  # fmt: skip
    Row(
        "S28",
        "14.5.1",
        HOLDS,
        "On samples of a random restricted Boltzmann machine, contrastive divergence and its persistent form raise the log-likelihood to within 5 % of the value that the exact gradient reaches.",
        "binary machine 10-5: rise under CD-1, nats",
    ),  # fmt: skip
    Row(
        "S29",
        "14.5.1",
        HOLDS,
        "With tied weights and linear output, r(x) − x is the gradient of a potential F.",
        "∇F − (r − x) by central differences, largest",
    ),  # fmt: skip
    Row(
        "S30",
        "14.5.1",
        HOLDS,
        "Around a spiral, r(x) − x of a denoising autoencoder is approximately σ² times the score of the smoothed data.",
        "σ = 0.05: median cosine with the score",
    ),  # fmt: skip
    Row(
        "S31",
        "14.5.1",
        HOLDS,
        "r(x) = x holds at the maxima of the density, which lie on the curve.",
        "exact score: zeros of kind maximum",
    ),  # fmt: skip
    Row(
        "S32",
        "14.5.1",
        LIMIT,
        "On a line, the exact minimiser of the denoising criterion on n data points gives an estimate of the score.",
        "exact, d = 1: slope of log error on log n ≥ 1000, σ fixed",
    ),  # fmt: skip
    Row(
        "S34",
        "14.5.1.1",
        HOLDS,
        "A multilayer net that is trained to denoise patches is an autoencoder with corruption.",
        "64-100-100-100-64, tanh: error / the corrupted patch's",
    ),  # fmt: skip
    Row(
        "S35",
        "14.5.1.1",
        HOLDS,
        "Softmax regression on codes makes fewer errors if the codes come from a denoising or a contractive autoencoder than if they come from a plain one.",
        "plain − denoising, Gaussian (percentage points)",
    ),  # fmt: skip
    Row(
        "S36",
        "14.6",
        LIMIT,
        "If all points share one motion while other features are switched on and off, a contractive encoder estimates the tangent better from few points than local PCA does.",
        "parallel curves, 100 points: the encoder's angle over local PCA's",
    ),  # fmt: skip
    Row(
        "S39",
        "14.6",
        HOLDS,
        "Methods that use only the nearest neighbours of each point can unroll a curved sheet.",
        "Isomap, first coordinate: median rank correlation",
    ),  # fmt: skip
    Row(
        "S40",
        "14.6",
        HOLDS,
        "Charting, Hessian eigenmaps, maximum variance unfolding, SNE and t-SNE are applied to the same rolls.",
        "Hessian eigenmaps: median rank correlation, first",
    ),  # fmt: skip
    Row(
        "S41",
        "14.6",
        HOLDS,
        "Parzen windows can be shaped to fit the neighbours of each point.",
        "100 points: flat above round (nats per fresh point)",
    ),  # fmt: skip
    Row(
        "S42",
        "14.6",
        LIMIT,
        "Local methods need more data for a manifold with more peaks.",
        "local PCA's mean angle: smallest increase from one number of peaks to the next",
    ),  # fmt: skip
    Row(
        "S50",
        "14.6",
        HOLDS,
        "The code of a regularized autoencoder responds to changes along the manifold and responds little to changes normal to it.",
        "d = 1: ‖J t‖ / ‖J n‖, n a radius",
    ),  # fmt: skip
    Row(
        "S10",
        "14.7",
        LIMIT,
        "The contractive penalty makes a digit's code much less sensitive to its input than plain training, denoising or weight decay do.",
        "‖J‖² on test digits, contractive / plain",
    ),  # fmt: skip
    Row(
        "S11",
        "14.7",
        HOLDS,
        "The contractive penalty can apply to the encoder f or to the whole map g∘f.",
        "squared error, contracting f / contracting g∘f",
    ),  # fmt: skip
    Row(
        "S12",
        "14.7",
        HOLDS,
        "In a stack of contractive autoencoders no level sees the Jacobian of the whole encoder, but this Jacobian becomes small too.",
        "squared error on test digits, stack / plain stack",
    ),  # fmt: skip
    Row(
        "S13",
        "14.7",
        HOLDS,
        "The contractive penalty of a whole deep encoder can be trained exactly, without the layer-by-layer approximation.",
        "gradient of the joint penalty, depth 2: largest relative error",
    ),  # fmt: skip
    Row(
        "S14",
        "14.7",
        HOLDS,
        "The squared difference between the Jacobian at a point and at a random neighbour, divided by σ², is an estimate of how fast the Jacobian changes.",
        "one layer: |term / σ² over ‖∂J/∂x‖² − 1| at σ = 0.01",
    ),  # fmt: skip
    Row(
        "S15",
        "14.7",
        HOLDS,
        "Without tied weights, the encoder's weights can shrink while the decoder's weights grow.",
        "Identity code, untied, scaled by 1e-4: ‖J‖²",
    ),  # fmt: skip
    Row(
        "S37",
        "14.7",
        HOLDS,
        "A few singular values of the Jacobian of a contractive encoder are large and the others are small.",
        "arcs, d = 1: k where the mean spectrum's gap falls",
    ),  # fmt: skip
    Row(
        "S38",
        "14.7",
        HOLDS,
        "A map that is trained to be contractive is contractive only near the data points.",
        "contracting r: largest |dr/dx| at a datum",
    ),  # fmt: skip
    Row(
        "S43",
        "14.8",
        LIMIT,
        "If the code h is fully optimised, the gradient at fixed h equals the gradient of the minimum.",
        "error of the gradient at the solved code, relative",
    ),  # fmt: skip
    Row(
        "S53",
        "14.8",
        HOLDS,
        "PSD's encoders can be stacked and used as the initial weights of a classifier.",
        "rectified units: accuracy, stack − random, mean",
    ),  # fmt: skip
    Row(
        "S46",
        "14.9",
        HOLDS,
        "Among the 10 to 100 nearest neighbours of a digit by the code of a deep denoising autoencoder, more show the same digit than among those by as many principal components.",
        "precision at 10, 20, 50 and 100, deep with noise − PCA",
    ),  # fmt: skip
    Row(
        "S47",
        "14.9",
        HOLDS,
        "Looking up a code, and the codes made from it by flipping bits, finds exactly the entries that a comparison with all codes finds within the radius.",
        "20 bits, tables: queries with a result unlike brute force",
    ),  # fmt: skip
    Row(
        "S48",
        "14.9",
        HOLDS,
        "Hyperplanes trained on pairs of digits with equal and with different labels find digits of the same class within radius 2 more precisely than semantic hashing with 16 bits, and more of them.",
        "precision within radius 2, 16 bits, pairs by labels − semantic hashing",
    ),  # fmt: skip
    Row(
        "S33",
        "20.11",
        LIMIT,
        "Langevin chains that use the score of a denoising autoencoder start from uniform noise and end as a sample of the blurred data.",
        "energy distance, Langevin / uniform start",
    ),  # fmt: skip
    Row(
        "S22",
        "20.12",
        HOLDS,
        "After the same number of training steps, the chain of walkback has less mass away from the data than the chain of plain denoising.",
        "mass off the curve, walkback / plain",
    ),  # fmt: skip
)

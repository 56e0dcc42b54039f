"""The lines of the opening table: one sentence, one verdict and one deciding figure for each claim.

The sentence is the chapter's statement in plain words. The verdict is about the statement as the
chapter has it: it holds, it holds with a limit that the chapter does not name, or it does not hold
as written. A claim that falls short of a goal, or holds for a share of the seeds only, has a limit.
"""

from __future__ import annotations

from dataclasses import dataclass

HOLDS, LIMIT, NOT = "holds", "holds with a limit", "not as written"
VERDICTS = {HOLDS: "hold", LIMIT: "hold with a limit", NOT: "do not hold as written"}


@dataclass(frozen=True)
class Row:
    """A line of the table; `decides` is the name of a figure that a claim of this row shows.

    Where several tests show a figure of this name, `where` is a part of the name of one of them.
    """

    row: str
    section: str
    verdict: str
    says: str
    decides: str
    where: str = ""


ROWS = (
    Row(
        "S44",
        "13.4",
        HOLDS,
        "Inference by FISTA, followed by equations on the active set, finds the minimum of the sparse coding criterion on all random problems tried.",
        "criterion − that of coordinate descent, largest over the problems",
    ),  # fmt: skip
    Row(
        "S45",
        "14",
        HOLDS,
        "An autoencoder can also be trained by recirculation, which compares the activities of its units on the input with those on the reconstruction.",
        "recirculation: solved (1) or not (0)",
        "8-3-8",
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
        "With a linear decoder and squared error, a narrow code spans PCA's subspace. It needs biases or centred data. One rectified layer may miss it.",
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
        "A variational autoencoder learns an overcomplete code without a penalty, because it is trained for a bound on log p(x) and not to copy.",
        "active units of 16 (variance of the mean code > 0.01)",
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
        "Without a sparsity penalty, an overcomplete code reconstructs any input; with it, the error stays high away from the data.",
        "error off the data over their variance, ReLU, L1",
    ),  # fmt: skip
    Row(
        "S56",
        "14.2.3",
        HOLDS,
        "The contractive penalty acts at training examples only: the code is insensitive there and stays sensitive elsewhere.",
        "‖J‖² between the clusters / on fresh data: contractive over weight decay",
    ),  # fmt: skip
    Row(
        "14.3–14.7",
        "14.2.1",
        LIMIT,
        "Training a sparse autoencoder by its most likely code approximates maximum likelihood; with a continuous code the decoder's norm must be fixed.",
        "1 code unit: log p(x), decoder × 1000 minus × 1 (nats)",
    ),  # fmt: skip
    Row(
        "14.8",
        "14.2.2",
        LIMIT,
        "The loss may be the L² norm of the difference; only its square makes r(x) − x a score.",
        "norm without the square: size of (r − x̃)/σ² − score / size of the score",
    ),  # fmt: skip
    Row(
        "S16",
        "14.3",
        LIMIT,
        "Deep autoencoders compress much better than shallow or linear ones with a code of the same size.",
        "deep / logistic PCA",
    ),  # fmt: skip
    Row(
        "S17",
        "14.3",
        LIMIT,
        "Pretraining level by level as a stack of shallow autoencoders lets a deep autoencoder learn where small random weights stall.",
        "stack of autoencoders / mean picture",
    ),  # fmt: skip
    Row(
        "S49",
        "14.3",
        HOLDS,
        "One layer cannot compute an arbitrary code of its input, such as the exclusive-or of two bits, but one more hidden layer can.",
        "exclusive-or, shallow encoder: largest error over examples, best of the starts",
    ),  # fmt: skip
    Row(
        "S57",
        "14.3",
        LIMIT,
        "One hidden layer can copy the input along the data but not give every code, and depth can save training examples exponentially.",
        "5 folds: examples that one layer needs / that the deep net needs",
    ),  # fmt: skip
    Row(
        "S18",
        "14.4",
        HOLDS,
        "Each output is trained by the negative log-likelihood of a distribution of x given h, such as a Gaussian, a Bernoulli or a softmax distribution.",
        "nll, ordinary, float64: relative difference from SciPy",
    ),  # fmt: skip
    Row(
        "S19",
        "14.4",
        HOLDS,
        "In a stochastic autoencoder, code and output are samples of an encoding and of a decoding distribution, with the stated moments.",
        "Gaussian code: covariance, in standard errors",
    ),  # fmt: skip
    Row(
        "S23",
        "14.4",
        HOLDS,
        "Denoising training brings encoder and decoder near one joint distribution, given enough capacity and examples.",
        "total variation between the joints, k = 16, 20 000 examples",
    ),  # fmt: skip
    Row(
        "S52",
        "14.4",
        HOLDS,
        "Outputs are usually independent given the code, but mixture density outputs can model their correlations.",
        "nll of the product of the mixture's own pixel densities − nll of the mixture (nats)",
    ),  # fmt: skip
    Row(
        "S58",
        "14.4",
        HOLDS,
        "A stochastic encoder and decoder need not be conditional distributions of one joint distribution.",
        "trained for the bound: what is left of ln p_encoder − ln p_decoder (nats)",
    ),  # fmt: skip
    Row(
        "S9",
        "14.5",
        HOLDS,
        "Corruption prevents a wide denoising autoencoder from learning the identity: on fresh corrupted pictures its error is far below that of copying the input.",
        "patches, gaussian: error / the corrupted picture's",
    ),  # fmt: skip
    Row(
        "S24",
        "14.5.1",
        HOLDS,
        "Score matching fits a density's gradient field and needs no normalizing constant.",
        "precision of a 4-D Gaussian, 50 000 samples: relative error",
    ),  # fmt: skip
    Row(
        "S25",
        "14.5.1",
        LIMIT,
        "Denoising training of sigmoid units with linear outputs is equivalent to training a restricted Boltzmann machine with Gaussian visible units.",
        "energy of the tied denoiser = that of a machine with 1/σ² copies, relative",
    ),  # fmt: skip
    Row(
        "S26",
        "14.5.1",
        HOLDS,
        "Score matching of a restricted Boltzmann machine is a reconstruction error with a penalty similar to the contractive one.",
        "closed form = the net's, the trace by exact tangents, relative",
    ),  # fmt: skip
    Row(
        "S27",
        "14.5.1",
        LIMIT,
        "For most machines, an autoencoder's gradient approximates that of contrastive divergence in a restricted Boltzmann machine; it does so in the means only.",
        "weights 0.5: cosine of the autoencoder with expected CD-1",
    ),  # fmt: skip
    Row(
        "S28",
        "14.5.1",
        LIMIT,
        "Contrastive divergence trains restricted Boltzmann machines almost as well as the exact likelihood gradient.",
        "binary machine 10-5: gain under CD-1 over that of the exact gradient",
    ),  # fmt: skip
    Row(
        "S29",
        "14.5.1",
        HOLDS,
        "In general r(x) − x is not the gradient of any function; in a family of shallow autoencoders it is.",
        "∇F − (r − x) by central differences, largest",
    ),  # fmt: skip
    Row(
        "Erratum 1",
        "14.5.1",
        NOT,
        "The factor between the step r(x) − x and the score is an average root mean square reconstruction error.",
        "spiral: largest |r* − x̃ − σ² score| over its root mean square",
    ),  # fmt: skip
    Row(
        "S30",
        "14.5.1",
        HOLDS,
        "A denoising autoencoder learns a vector field r(x) − x that estimates the score of the data up to a factor.",
        "σ = 0.05: lower quartile of the cosine with the score",
    ),  # fmt: skip
    Row(
        "S31",
        "14.7",
        LIMIT,
        "r(x) = x at the data and at points between them; r is almost flat at the data and steep between.",
        "fixed points",
    ),  # fmt: skip
    Row(
        "S32",
        "14.5.1",
        LIMIT,
        "With fixed noise a blurred density is learned; the estimate is consistent if the noise goes to 0 as the examples increase.",
        "exact, d = 1: slope, σ falling",
    ),  # fmt: skip
    Row(
        "S59",
        "14.5.1",
        LIMIT,
        "Score matching is a consistent estimator of probability distributions.",
        "slope of the log of the root mean square error on log n",
    ),  # fmt: skip
    Row(
        "S60",
        "14.5.1",
        HOLDS,
        "Denoising training estimates the score for general encoders and decoders.",
        "deep: lower quartile of the cosine with the score",
    ),  # fmt: skip
    Row(
        "S61",
        "14.5.1",
        LIMIT,
        "The arrows r(x) − x lead to higher probability, and long arrows lie mostly where the probability is low.",
        "fresh noisy points: share with p(r(x)) > p(x)",
    ),  # fmt: skip
    Row(
        "S34",
        "14.5.1.1",
        HOLDS,
        "Reconstruction and noise on the hidden layer improve a classifier with a linear encoder; a denoising autoencoder, which need not be linear, classifies better still.",
        "denoising autoencoder − noise and reconstruction, mean accuracy",
    ),  # fmt: skip
    Row(
        "S35",
        "14.5.1.1",
        HOLDS,
        "Codes of denoising and of contractive autoencoders, learned without labels, help a linear classifier more than the codes of a plain autoencoder do.",
        "plain − denoising, Gaussian (percentage points)",
    ),  # fmt: skip
    Row(
        "S36",
        "14.6",
        LIMIT,
        "From few points, a contractive encoder finds tangent planes that are nearer the true ones than those of local principal components.",
        "parallel curves, 100 points: the encoder's angle over local PCA's",
    ),  # fmt: skip
    Row(
        "S39",
        "14.6",
        LIMIT,
        "Methods that use only nearest neighbours find coordinates of a curved sheet, and interpolation places new points; some find one coordinate only.",
        "Isomap, first coordinate: median rank correlation",
    ),  # fmt: skip
    Row(
        "S40",
        "14.6",
        LIMIT,
        "Charting, Hessian eigenmaps and maximum variance unfolding find such coordinates too; SNE and t-SNE keep neighbours together.",
        "Hessian eigenmaps: median rank correlation, second",
    ),  # fmt: skip
    Row(
        "S41",
        "14.6",
        LIMIT,
        "Flat Gaussians, shaped by each point's neighbours, describe fresh points of a curve better than round ones do.",
        "100 points: flat above round (nats per fresh point)",
    ),  # fmt: skip
    Row(
        "S42",
        "14.6",
        HOLDS,
        "If only neighbours are used, a manifold with many peaks needs many more examples than a smooth one.",
        "local PCA's angle with 12 peaks − its angle without peaks",
    ),  # fmt: skip
    Row(
        "S50",
        "14.6",
        LIMIT,
        "The code of a contractive autoencoder responds to changes along the manifold, and at most half as much to changes along a radius.",
        "d = 3: ‖J t‖ / ‖J n‖, n a radius",
    ),  # fmt: skip
    Row(
        "S62",
        "14.6",
        HOLDS,
        "Neither reconstruction nor the penalty alone finds the manifold, and local methods cannot generalise to variations that never occurred in training.",
        "unseen combinations: degrees that local PCA loses",
    ),  # fmt: skip
    Row(
        "S10",
        "14.7",
        LIMIT,
        "At equal reconstruction, contraction makes a code less sensitive to its input than denoising does; weight decay does the same as contraction.",
        "at 1.2 times the cost: ‖J‖², contractive / denoising",
    ),  # fmt: skip
    Row(
        "S11",
        "14.7",
        LIMIT,
        "For a classifier of the codes, contracting the encoder f gives better features than contracting the whole map g∘f.",
        "accuracy on the code, contracting f − contracting g∘f (percentage points)",
    ),  # fmt: skip
    Row(
        "S12",
        "14.7",
        HOLDS,
        "In a stack of contractive autoencoders no level sees the Jacobian of the whole encoder, but this Jacobian becomes small too.",
        "‖J‖², test digits, stack / plain stack",
    ),  # fmt: skip
    Row(
        "S13",
        "14.7",
        HOLDS,
        "The contractive penalty of a whole deep encoder has an exact gradient, at a higher cost.",
        "gradient of the joint penalty, depth 3: largest relative error",
    ),  # fmt: skip
    Row(
        "S14",
        "14.7",
        HOLDS,
        "The squared difference of the Jacobians at a point and at a random neighbour, divided by σ², measures how fast the Jacobian changes.",
        "deep: |term / σ² over ‖∂J/∂x‖² − 1| at σ = 0.01",
    ),  # fmt: skip
    Row(
        "S15",
        "14.7",
        HOLDS,
        "Without tied weights, the encoder can shrink while the decoder grows, and the contractive penalty vanishes with nothing learned; tied weights prevent this.",
        "training continued from the plain optimum, untied: ‖J‖²",
    ),  # fmt: skip
    Row(
        "Erratum 2",
        "14.7",
        LIMIT,
        "For small Gaussian noise the denoising error is equivalent to a contractive penalty on r; true for the best r of all functions.",
        "without the cross term, error at σ = .01 over ‖J‖², median of the nets",
    ),  # fmt: skip
    Row(
        "S37",
        "14.7",
        LIMIT,
        "The gap in the singular values of a contractive encoder's Jacobian is at the dimension of the manifold; the threshold 1 does not show it.",
        "arcs, d = 3: share of fresh points where it falls at d",
    ),  # fmt: skip
    Row(
        "S38",
        "14.7",
        LIMIT,
        "A contractive map is contractive near the data only: it moves some pairs of data points farther apart, if training starts from wide weights.",
        "contracting f: pairs of six moved apart by f (0 if a slope at a datum is above 0.95)",
    ),  # fmt: skip
    Row(
        "S51",
        "14.7",
        NOT,
        "Contraction saturates sigmoid units, and so the codes spread through most of their hypercube.",
        "sum of the bits' entropies, contractive / plain",
    ),  # fmt: skip
    Row(
        "S63",
        "14.7",
        LIMIT,
        "Denoising makes r resist finite changes, contraction makes f resist infinitesimal ones; a denoiser resists infinitesimal changes as well.",
        "‖Δf‖ per unit of the step, step 16 / small step, contractive",
    ),  # fmt: skip
    Row(
        "S64",
        "14.7",
        HOLDS,
        "Most singular values of a contractive encoder's Jacobian are below 1, some above; few units have significant derivatives.",
        "share of ‖J‖² in a tenth of the units, contractive",
    ),  # fmt: skip
    Row(
        "S67",
        "14.7",
        NOT,
        "From few written digits, the Jacobian of a one-layer contractive code gives more accurate tangents than local PCA does.",
        "300 digits: share held by local PCA / by ∂h/∂x of the contractive code",
    ),  # fmt: skip
    Row(
        "S43",
        "14.8",
        LIMIT,
        "Simple gradient descent from the encoder's prediction finds good codes in ten steps: proximal steps do, plain subgradient steps give no exact zeros.",
        "λ = 2: above the minimum after ten proximal steps from f",
    ),  # fmt: skip
    Row(
        "S53",
        "14.8",
        LIMIT,
        "PSD is learned approximate inference, and a stack of its encoders is a good start for a classifier: with rectified units, not with tanh.",
        "rectified units: accuracy, stack − random, mean",
    ),  # fmt: skip
    Row(
        "S65",
        "14.8",
        HOLDS,
        "PSD learns features of sounds and of films: atoms of chirps are short tones, atoms of drifting pictures move in one direction.",
        "sounds: share of atoms with 2π · spread in time · spread in frequency < 1",
    ),  # fmt: skip
    Row(
        "S46",
        "14.9",
        HOLDS,
        "Codes of a few numbers place similar digits near each other, so that more of the nearest neighbours show the same digit.",
        "precision at 10, 20, 50 and 100, deep with noise − PCA",
    ),  # fmt: skip
    Row(
        "S47",
        "14.9",
        HOLDS,
        "Noise before the sigmoids, which grows during training, makes codes binary, and a hash table of them finds documents on the subject of a query.",
        "mean |h − ½|, noise that grows",
        "documents",
    ),  # fmt: skip
    Row(
        "S48",
        "14.9",
        LIMIT,
        "Hashing that is trained for the lookup, on pairs with labels, finds more digits of the same class than semantic hashing with equally many bits.",
        "precision at recall 0.2, 16 bits, pairs by labels − semantic hashing",
    ),  # fmt: skip
    Row(
        "S66",
        "14.9",
        LIMIT,
        "With few labels, a deep code of 30 numbers classifies better than 784 pixels, and it takes less memory; with all labels it does not.",
        "accuracy, 300 labels: the code − pixels",
    ),  # fmt: skip
    Row(
        "S33",
        "20.11",
        LIMIT,
        "Langevin chains with the learned score end as a sample of the blurred data, if each step has a Metropolis test.",
        "median distance from the curve, with the test / fresh data",
    ),  # fmt: skip
    Row(
        "S22",
        "20.12",
        HOLDS,
        "The chain that corrupts x and then draws x from the exact denoising distribution has the distribution of the data as its limit.",
        "largest |stationary − data|, exact posterior",
    ),  # fmt: skip
)

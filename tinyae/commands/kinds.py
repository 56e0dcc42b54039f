"""The kinds of codes that `python -m tinyae fit` trains, each with its settings."""

from __future__ import annotations

from dataclasses import dataclass

from tinyae.applications.coder import TwoWay
from tinyae.embeddings.pca import PCA
from tinyae.estimators import (
    AutoencoderTransformer,
    PSDTransformer,
    RBMTransformer,
    VAETransformer,
)

KINDS = {
    "plain": "an autoencoder with a narrow code",
    "denoising": "reconstructs rows from noisy ones",
    "contractive": "codes that change little with the row",
    "sparse": "codes of which few units are active",
    "vae": "mean codes of a variational autoencoder",
    "psd": "sparse codes by predictive sparse decomposition",
    "rbm": "hidden probabilities of a restricted Boltzmann machine",
    "pca": "principal components, for comparison",
}
HIDDEN = {"plain": (128,), "denoising": (128,), "vae": (128,)}  # widths; other kinds have no layer
RATES = {"psd": 1e-2, "rbm": 1e-2}  # learning rates; 3e-3 for other kinds
LEAST_EPOCHS, LEAST_STEPS = 50, 5000
LEAST_ROWS = 10  # of which a tenth is held out, in order to end the training early
NOISE = {"real": 0.3, "unit": 0.2, "bytes": 0.2, "counts": 0.2}  # deviations; share of entries
STRENGTH = {"contractive": 0.1, "sparse": 0.3}


@dataclass(frozen=True)
class Training:
    """What a user chose of the training; None stands for the default of the kind."""

    components: int
    hidden: tuple[int, ...] | None = None
    noise: float | None = None
    strength: float | None = None
    epochs: int | None = None
    batch_size: int = 100
    learning_rate: float | None = None
    seed: int = 0
    verbose: bool = False


def transformer(kind: str, numbers: str, training: Training, rows: int = 1) -> TwoWay:
    """Return an unfitted transformer of a kind for numbers of a kind in `Scaling`.

    Few rows are trained on for more epochs by default, so that there are enough steps. From fewer
    than `LEAST_ROWS` none are held out, and the training does not end early.

    Raises
    ------
    ValueError
        If a setting is given that the kind does not have.
    """
    for name, kinds in (("noise", ("denoising",)), ("strength", tuple(STRENGTH))):
        if getattr(training, name) is not None and kind not in kinds:
            raise ValueError(f"--{name} is for --kind {' or '.join(kinds)}, not for {kind}")
    if training.hidden and kind in ("psd", "rbm", "pca"):
        raise ValueError(f"--hidden is for autoencoders, not for --kind {kind}")
    if kind == "pca":
        for name in ("epochs", "learning_rate"):
            if getattr(training, name) is not None:
                option = name.replace("_", "-")
                raise ValueError(f"--{option} is for kinds that are trained, not for --kind pca")
        return PCA(training.components)
    hidden = HIDDEN.get(kind, ()) if training.hidden is None else training.hidden
    steps = -(-rows // training.batch_size)  # in an epoch
    output = "gaussian" if numbers == "real" else "bernoulli"
    stops_early = rows >= LEAST_ROWS
    common: dict[str, object] = {
        "n_components": training.components,
        "max_epochs": training.epochs or max(LEAST_EPOCHS, -(-LEAST_STEPS // steps)),
        "batch_size": training.batch_size,
        "random_state": training.seed,
        "dtype": "float32",
        "learning_rate": training.learning_rate or RATES.get(kind, 3e-3),
        "verbose": training.verbose,
    }
    if kind == "rbm":
        return RBMTransformer(output=output).set_params(**common)
    if kind == "psd":
        return PSDTransformer(early_stopping=stops_early).set_params(**common)
    if kind == "vae":
        return VAETransformer(hidden=hidden, output=output, early_stopping=stops_early).set_params(
            **common
        )
    return AutoencoderTransformer(
        hidden=hidden,
        activation="relu" if hidden else "sigmoid",
        code_activation="sigmoid" if kind in ("contractive", "sparse") else "identity",
        output=output,
        corruption=None if kind != "denoising" else "gaussian" if numbers == "real" else "masking",
        noise=NOISE[numbers] if training.noise is None else training.noise,
        penalty={"contractive": "contractive", "sparse": "kl"}.get(kind),
        strength=STRENGTH.get(kind, 0.1) if training.strength is None else training.strength,
        early_stopping=stops_early,
    ).set_params(**common)

"""The kinds of codes that `python -m tinyae fit` trains, each with its settings."""

from __future__ import annotations

from dataclasses import dataclass

from tinyae.checks.estimator import Transformer
from tinyae.embeddings.pca import PCA
from tinyae.estimators import AutoencoderTransformer

KINDS = {
    "plain": "an autoencoder with a narrow code",
    "denoising": "reconstructs rows from noisy ones",
    "contractive": "codes that change little with the row",
    "sparse": "codes of which few units are active",
    "pca": "principal components, for comparison",
}
NOISE = {"real": 0.3, "unit": 0.2, "bytes": 0.2, "counts": 0.2}  # deviations; share of entries
STRENGTH = {"contractive": 0.1, "sparse": 0.3}


@dataclass(frozen=True)
class Training:
    """What a user chose of the training; None stands for the default of the kind."""

    components: int
    hidden: tuple[int, ...] = ()
    noise: float | None = None
    strength: float | None = None
    epochs: int = 50
    batch_size: int = 100
    learning_rate: float = 1e-3
    seed: int = 0
    verbose: bool = False


def transformer(kind: str, numbers: str, training: Training) -> Transformer:
    """Return an unfitted transformer of a kind for numbers of a kind in `Scaling`.

    Raises
    ------
    ValueError
        If a setting is given that the kind does not have.
    """
    for name, kinds in (("noise", ("denoising",)), ("strength", tuple(STRENGTH))):
        if getattr(training, name) is not None and kind not in kinds:
            raise ValueError(f"--{name} is for --kind {' or '.join(kinds)}, not for {kind}")
    if kind == "pca":
        if training.hidden:
            raise ValueError("--hidden is for autoencoders, not for --kind pca")
        return PCA(training.components)
    return AutoencoderTransformer(
        training.components,
        hidden=training.hidden,
        activation="relu" if training.hidden else "sigmoid",
        code_activation="sigmoid" if kind in ("contractive", "sparse") else "identity",
        output="gaussian" if numbers == "real" else "bernoulli",
        corruption=None if kind != "denoising" else "gaussian" if numbers == "real" else "masking",
        noise=NOISE[numbers] if training.noise is None else training.noise,
        penalty={"contractive": "contractive", "sparse": "kl"}.get(kind),
        strength=STRENGTH.get(kind, 0.1) if training.strength is None else training.strength,
        max_epochs=training.epochs,
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        early_stopping=True,
        random_state=training.seed,
        dtype="float32",
        verbose=training.verbose,
    )

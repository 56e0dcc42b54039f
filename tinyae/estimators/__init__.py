"""Models as transformers for scikit-learn's pipelines and searches, without a dependency on it.

AutoencoderTransformer  codes of an autoencoder
"""

from tinyae.estimators.autoencoder import AutoencoderTransformer

__all__ = ["AutoencoderTransformer"]

"""A denoising autoencoder as an estimator of scikit-learn, which worker processes can import."""

from sklearn.base import BaseEstimator

from tinyae import Autoencoder, GaussianNoise, fit


class Denoiser(BaseEstimator):
    """k numbers of code, and noise of standard deviation sigma."""

    def __init__(self, k=2, sigma=0.1):
        self.k, self.sigma = k, sigma

    def fit(self, X, y=None):
        """Train a new network."""
        self.model_ = Autoencoder.dense((X.shape[1], self.k), corruption=GaussianNoise(self.sigma))
        fit(self.model_, X, epochs=2)
        return self

    def score(self, X, y=None):
        """Minus the mean squared error of an example."""
        return -float(((X - self.model_.reconstruct(X)) ** 2).sum(axis=1).mean())

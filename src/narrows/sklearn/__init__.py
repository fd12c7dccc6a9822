"""Autoencoders as estimators of scikit-learn: in pipelines, searches and anywhere else that takes these.

from narrows.sklearn import Autoencoder

Autoencoder(bottleneck=2).fit_transform(X)      as sklearn.decomposition.PCA
"""

from narrows.sklearn.autoencoder_transformer import Autoencoder
from narrows.sklearn.denoiser import Denoiser
from narrows.sklearn.detector import AutoencoderDetector
from narrows.sklearn.fleet_search import FleetSearchCV

__all__ = ["Autoencoder", "AutoencoderDetector", "Denoiser", "FleetSearchCV"]

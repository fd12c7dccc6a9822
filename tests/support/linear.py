"""PCA as a linear autoencoder: all metrics of it are those of PCA."""

import numpy as np
import torch
from torch import Tensor, nn

from narrows.evaluation.baselines.pca import pca_of
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Plain
from narrows.models.layers import Layers


def linear(weight: np.ndarray, bias: np.ndarray) -> Layers:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data, layer.bias.data = (torch.from_numpy(part).float() for part in (weight, bias))
    return Layers(layer)


def pca_autoencoder(train: Tensor, components: int) -> Autoencoder:
    """The code is the image's principal components, of uint8 training images (N, C, H, W)."""
    pca = pca_of(train, components)
    basis, mean = pca.components, pca.mean
    encoder, decoder = linear(basis, -basis @ mean), linear(basis.T, mean)
    return Autoencoder(encoder, Plain(), decoder, tuple(train.shape[1:]), "linear").eval()

"""What can be added to a reconstruction error, per image and not yet weighted."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.codes import gaussian

Term = Callable[[Autoencoder, Reconstruction], Tensor]


def kl(autoencoder: Autoencoder, output: Reconstruction) -> Tensor:
    """Divergence in nats between the code's Gaussian and the standard normal, (B,): Kingma & Welling 2014, appendix B.

    For a variational code only: `output.hidden` (B, 2k) holds means and logarithms of variances.
    """
    mean, log_variance = gaussian(output.hidden)
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1) / 2


def code_l1(autoencoder: Autoencoder, output: Reconstruction) -> Tensor:
    """Sum of the absolute values of each code, (B,): the sparsity penalty of Ranzato et al. 2007 and after."""
    return output.code.abs().sum(-1)


def contractive(autoencoder: Autoencoder, output: Reconstruction) -> Tensor:
    """Squared Frobenius norm of the encoder's Jacobian at what it was shown, (B,): Rifai et al. 2011, eq. 5.

    Exact for any encoder, by one backward pass for each number of the code: their formula for one sigmoid layer is a
    special case. It is the noiseless encoder's, and no Jacobian at all under BatchNorm, which mixes images.
    """
    return jacobian(autoencoder, output.inputs).square().sum((-2, -1))


def jacobian(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Derivative of each image's code by its pixels, (B, C, H, W) to (B, k, C·H·W), also where gradients are off."""
    with torch.enable_grad():
        code, pull_back, *_ = torch.func.vjp(autoencoder.encode, images)
        units = torch.eye(code.shape[-1], dtype=code.dtype, device=code.device)
        columns = [pull_back(unit.expand_as(code))[0] for unit in units]
    return torch.stack(columns, -4).flatten(-3)


def orthogonal(autoencoder: Autoencoder, output: Reconstruction) -> Tensor:
    """Squared distance of the encoder's weights from orthogonal ones, over all layers, the same for each image: (B,).

    ‖WWᵀ - I‖² where a layer has fewer units than inputs, else ‖WᵀW - I‖² (Bansal et al. 2018, eq. 1; Brock et al.
    2017); a convolution's W is (channels, inputs of one).
    """
    layers = [layer for layer in autoencoder.encoder.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    matrices = [layer.weight.flatten(-3) if isinstance(layer, nn.Conv2d) else layer.weight for layer in layers]
    return torch.stack([_distance(matrix) for matrix in matrices]).sum(0).unsqueeze(-1).expand(output.images.shape[:-3])


def _distance(weight: Tensor) -> Tensor:
    narrow = weight if weight.shape[-2] <= weight.shape[-1] else weight.mT
    eye = torch.eye(narrow.shape[-2], dtype=weight.dtype, device=weight.device)
    return (narrow @ narrow.mT - eye).square().sum((-2, -1))


TERMS: dict[str, Term] = {"kl": kl, "code_l1": code_l1, "contractive": contractive, "orthogonal": orthogonal}

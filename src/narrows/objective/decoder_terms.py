"""Terms that keep a decoder smooth: the regularised autoencoders of Ghosh et al. 2020, section 3.2."""

import torch
from torch import Tensor

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.tied import tied_weights
from narrows.objective.term import Given


def decoder_l2(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Sum of the squares of the decoder's weights and biases, the same for each image: (B,). RAE-L2.

    The encoder's weights are counted where the decoder is tied to them.
    """
    members = output.scores.shape[:-4]  # empty, or M stacked ones
    weights = [*autoencoder.decoder.parameters(), *tied_weights(autoencoder.decoder)]
    squares = torch.stack([weight.flatten(len(members)).square().sum(-1) for weight in weights]).sum(0)
    return squares.unsqueeze(-1).expand(output.scores.shape[:-3])


def decoder_gradient(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared Frobenius norm of the decoder's Jacobian at each code, (B,). RAE-GP.

    Exact, by one pass for each number of the code. Dropout is off. Undefined with a norm that mixes images.
    """
    code = output.code
    with torch.enable_grad():
        images, pull_back, *_ = torch.func.vjp(autoencoder.decode, code)
        _, push_forward, *_ = torch.func.vjp(lambda cotangent: pull_back(cotangent)[0], torch.zeros_like(images))
        units = torch.eye(code.shape[-1], dtype=code.dtype, device=code.device)
        changes = [push_forward(unit.expand_as(code))[0] for unit in units]  # vjp of the linear map vjp: its transpose
    return torch.stack([change.square().flatten(-3).sum(-1) for change in changes]).sum(0)

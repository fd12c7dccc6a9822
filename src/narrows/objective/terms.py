"""What can be added to a reconstruction error, per image and not yet weighted, and what a fleet must know of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from narrows.models.autoencoder import NOTHING, Autoencoder, Reconstruction
from narrows.models.codes import gaussian
from narrows.models.traits import Code
from narrows.seeds import Noise, normal


class Given(NamedTuple):
    """What a term gets beside the autoencoder and its output, as far as its row asks for it.

    width: the numbers in a code, see `Code.width`; sample (B, k): standard normal numbers of the shape of the codes;
    settings: the values of the config's section of its name.
    """

    width: int | Tensor = 0
    sample: Tensor = NOTHING
    settings: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Term:
    """A term: `compute` gives its value for each image, (B,).

    mixes_images      the value of an image depends on the others of its batch, so passes without gradients are cut
                      into the same batches everywhere
    depends_on_width  it contains the number k of numbers in a code, and reads it from `Given.width`: in a stack of
                      several widths `code.shape[-1]` is the widest member's
    draws             it compares codes with `Given.sample`
    stacks            `compute` also takes arrays of M members, (M, B, …) to (M, B); see `models.traits.Layer`
    """

    compute: Callable[[Autoencoder, Reconstruction, Given], Tensor]
    mixes_images: bool = False
    depends_on_width: bool = False
    draws: bool = False
    stacks: bool = False

    def __call__(
        self, autoencoder: Autoencoder, output: Reconstruction, settings: Mapping[str, Any], noise: Noise
    ) -> Tensor:
        """Its value for each image, (B,); a sample is drawn from `noise`."""
        width = autoencoder.code.width(output.code) if self.depends_on_width else 0
        sample = normal(output.code, noise, of_code=True) if self.draws else NOTHING
        return self.compute(autoencoder, output, Given(width, sample, settings))


def kl(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Divergence in nats between the code's Gaussian and the standard normal, (B,): Kingma & Welling 2014, appendix B.

    For a variational code only: `output.hidden` (B, 2k) holds means and logarithms of variances.
    """
    mean, log_variance = gaussian(output.hidden)
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1) / 2


def code_l1(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Sum of the absolute values of each code, (B,): the sparsity penalty of Ranzato et al. 2007 and after."""
    return output.code.abs().sum(-1)


def contractive(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared Frobenius norm of the encoder's Jacobian at its input, (B,): Rifai et al. 2011, eq. 5.

    Exact for any encoder, by one backward pass for each number of the code: their formula for one sigmoid layer is a
    special case. It is the noiseless encoder's. Undefined under a norm that mixes images.
    """
    return jacobian(autoencoder, output.inputs).square().sum((-2, -1))


def jacobian(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Derivative of each image's code by its pixels, (B, C, H, W) to (B, k, C·H·W), also where gradients are off."""
    with torch.enable_grad():
        code, pull_back, *_ = torch.func.vjp(autoencoder.encode, images)
        units = torch.eye(code.shape[-1], dtype=code.dtype, device=code.device)
        columns = [pull_back(unit.expand_as(code))[0] for unit in units]
    return torch.stack(columns, -4).flatten(-3)


def orthogonal(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared distance of the encoder's weights from orthogonal ones, over all layers, the same for each image: (B,).

    ‖WWᵀ - I‖² where a layer has fewer units than inputs, else ‖WᵀW - I‖² (Bansal et al. 2018, eq. 1; Brock et al.
    2017); a convolution's W is (channels, inputs of one).
    """
    layers = [layer for layer in autoencoder.encoder.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    matrices = [layer.weight.flatten(-3) if isinstance(layer, nn.Conv2d) else layer.weight for layer in layers]
    distances = torch.stack([_distance(matrix) for matrix in matrices]).sum(0).unsqueeze(-1)
    padding = _distance_of_padding(autoencoder.code, matrices[-1], given.width)
    return (distances - padding).expand(output.images.shape[:-3])


def _distance(weight: Tensor) -> Tensor:
    narrow = weight if weight.shape[-2] <= weight.shape[-1] else weight.mT
    eye = torch.eye(narrow.shape[-2], dtype=weight.dtype, device=weight.device)
    return (narrow @ narrow.mT - eye).square().sum((-2, -1))


def _distance_of_padding(code: Code, weight: Tensor, width: int | Tensor) -> int | Tensor:
    """What units of zero weights add to the distance of the last matrix: with n units and m inputs it is
    tr (WWᵀ)² - 2 tr WWᵀ + min(n, m), in which only the last summand counts them.
    """
    if isinstance(width, int):
        return 0
    units, inputs = weight.shape[-2:]
    return min(units, inputs) - (code.hidden_per_number * width).clamp(max=inputs)


#: By the name of the weight in the config's section `objective.weights`.
TERMS: dict[str, Term] = {
    "kl": Term(kl, stacks=True),
    "code_l1": Term(code_l1, stacks=True),
    "contractive": Term(contractive, stacks=True),
    "orthogonal": Term(orthogonal, depends_on_width=True, stacks=True),
}

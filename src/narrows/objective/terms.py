"""Terms that can be added to a reconstruction error: a value for each image, not yet weighted, and their traits.

Here are those of a single image's code and of the encoder, and `mmd`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.codes import variational
from narrows.models.latents.densities import precise
from narrows.models.latents.gaussian_posterior import GaussianPosterior
from narrows.models.traits import Code, Drawn
from narrows.objective.batch_terms import dip_i, dip_ii, total_correlation
from narrows.objective.decoder_terms import decoder_gradient, decoder_l2
from narrows.objective.dictionary_terms import aux_k, code_l0, gate_error, matryoshka
from narrows.objective.term import Given, Term


def kl(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Divergence in nats between the code's distribution and its prior, for a variational code only.

    In closed form, (B,), where there is one: of Gaussians Kingma & Welling 2014, appendix B. Otherwise estimated by
    log q(z|x) - log p(z) of each code that was drawn, (B · S,), which can be negative. With `free_bits`: see there.
    """
    code = variational(autoencoder.code)
    if code.estimates:
        return code.log_ratio(Drawn(output.code, output.log_density), autoencoder.encoder)
    least = given.settings.get("free_bits", 0.0)
    if least and isinstance(code.posterior, GaussianPosterior):
        return free_bits(code.posterior.divergences(output.hidden), least, given.width)
    return code.posterior.divergence(output.hidden)


def free_bits(divergences: Tensor, least: float, width: int | Tensor) -> Tensor:
    """Divergences (B, k) summed over numbers, each at `least` nats if its mean over the batch is less: (B,).

    Kingma et al. 2016, eq. 15: such a number is not pressed further towards the prior. Of a code padded to k numbers
    the first `width` count.
    """
    least_of_each = divergences.where(divergences.mean(-2, keepdim=True) > least, least)
    if isinstance(width, Tensor):
        numbers = torch.arange(divergences.shape[-1], device=divergences.device)
        least_of_each = least_of_each.where(numbers < width.unsqueeze(-1), 0.0)
    return least_of_each.sum(-1)


def code_l1(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Sum of the absolute values of each code, (B,): the sparsity penalty of Ranzato et al. 2007 and after.

    For a gated code, of its rectified gates (Rajamanoharan et al. 2024a, eq. 8).
    """
    return autoencoder.code.magnitudes(output.hidden, output.code).abs().sum(-1)


def code_l2(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Half the squared length of each code, (B,): the code's part of a regularised autoencoder's loss.

    Ghosh et al. 2020, section 3.1: without noise the divergence from the prior becomes ½‖z‖².
    """
    return output.code.square().sum(-1) / 2


def commitment(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared distance of the encoder's output from the codebook entries chosen for it, (B,).

    The third term of van den Oord et al. 2017, eq. 3; of residual quantisation, the distance from the sum of entries.
    """
    return (output.hidden - output.code.detach()).square().sum(-1)


def contractive(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared Frobenius norm of the encoder's Jacobian at its input, (B,): Rifai et al. 2011, eq. 5.

    Exact for any encoder, by one backward pass for each number of the code; the paper's formula for one sigmoid layer
    is a special case. Dropout and code noise are off. Undefined with a norm that mixes images.
    """
    return jacobian(autoencoder, output.inputs).square().sum((-2, -1))


def jacobian(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Derivative of each image's code by its pixels, (B, C, H, W) to (B, k, C·H·W); also inside `torch.no_grad`."""
    with torch.enable_grad():
        code, pull_back, *_ = torch.func.vjp(autoencoder.encode, images)
        units = torch.eye(code.shape[-1], dtype=code.dtype, device=code.device)
        columns = [pull_back(unit.expand_as(code))[0] for unit in units]
    return torch.stack(columns, -4).flatten(-3)


def orthogonal(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared distance of the encoder's weights from orthogonal ones, over all layers, the same for each image: (B,).

    ‖WWᵀ - I‖² if a layer has at most as many units as inputs, else ‖WᵀW - I‖² (Bansal et al. 2018, eq. 1; Brock et
    al. 2017). The W of a convolution has a row for each output channel.
    """
    layers = [layer for layer in autoencoder.encoder.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    matrices = [layer.weight.flatten(-3) if isinstance(layer, nn.Conv2d) else layer.weight for layer in layers]
    distances = torch.stack([_distance(matrix) for matrix in matrices]).sum(0).unsqueeze(-1)
    padding = _distance_of_padding(autoencoder.code, matrices[-1], given.width)
    return (distances - padding).expand(output.scores.shape[:-3])


def _distance(weight: Tensor) -> Tensor:
    narrow = weight if weight.shape[-2] <= weight.shape[-1] else weight.mT
    eye = torch.eye(narrow.shape[-2], dtype=weight.dtype, device=weight.device)
    return (narrow @ narrow.mT - eye).square().sum((-2, -1))


def _distance_of_padding(code: Code, weight: Tensor, width: int | Tensor) -> int | Tensor:
    """How much padding with zero rows adds to the distance of the last matrix.

    With n rows and m columns the distance is tr (WWᵀ)² - 2 tr WWᵀ + min(n, m): zero rows change the last summand only.
    """
    if isinstance(width, int):
        return 0
    units, inputs = weight.shape[-2:]
    return min(units, inputs) - (code.hidden_per_number * width).clamp(max=inputs)


def mmd(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Each image's share of the maximum mean discrepancy between codes and standard normal numbers, (B,).

    The mean over the batch is the unbiased estimate of MMD² (Gretton et al. 2012, eq. 3; Tolstikhin et al. 2018,
    algorithm 2; Zhao et al. 2017), which can be negative. It needs at least two images. The kernel is a sum of inverse
    multiquadratics C / (C + ‖x - y‖²), where C is one of `bandwidths` times the numbers in the code.
    """
    codes, sample = precise(output.code), precise(given.sample)
    width = given.width if isinstance(given.width, int) else given.width.unsqueeze(-1)
    spreads = [bandwidth * width for bandwidth in given.settings["bandwidths"]]
    with torch.autocast(codes.device.type, enabled=False):  # distances are small differences of large numbers
        among_codes, in_sample = (_mean_of_others(_kernel(part, part, spreads)) for part in (codes, sample))
        across = _kernel(codes, sample, spreads).mean(-1)
    return among_codes - 2 * across + in_sample.mean(-1, keepdim=True)


def _kernel(x: Tensor, y: Tensor, spreads: Sequence[float | Tensor]) -> Tensor:
    """The kernel of each pair of rows, x and y (…, B, k) to (…, B, B), without an array (…, B, B, k) of differences."""
    squares = x.square().sum(-1, keepdim=True) + y.square().sum(-1).unsqueeze(-2)
    distances = (squares - 2 * x @ y.mT).clamp(min=0)
    return torch.stack([spread / (spread + distances) for spread in spreads]).sum(0)


def _mean_of_others(pairs: Tensor) -> Tensor:
    """The mean of each row of (…, B, B) without its diagonal element, (…, B); 0 where B is 1."""
    others = max(pairs.shape[-1] - 1, 1)
    return (pairs.sum(-1) - pairs.diagonal(dim1=-2, dim2=-1)) / others


#: By the name of the weight in the config's section `objective.weights`.
TERMS: dict[str, Term] = {
    "kl": Term(kl, mixes_images=True, depends_on_width=True, stacks=True),  # both with free bits
    "code_l1": Term(code_l1, stacks=True),
    "code_l2": Term(code_l2, stacks=True),
    "commitment": Term(commitment, stacks=True),
    "contractive": Term(contractive, stacks=True),
    "orthogonal": Term(orthogonal, depends_on_width=True, stacks=True),
    "mmd": Term(mmd, mixes_images=True, depends_on_width=True, draws=True, stacks=True),
    "code_l0": Term(code_l0, stacks=True),
    "gate_error": Term(gate_error, stacks=True),
    "aux_k": Term(aux_k, stacks=True),
    "matryoshka": Term(matryoshka, depends_on_width=True, stacks=True),
    "total_correlation": Term(total_correlation, mixes_images=True, depends_on_width=True, stacks=True),
    "dip_i": Term(dip_i, mixes_images=True, depends_on_width=True, stacks=True),
    "dip_ii": Term(dip_ii, mixes_images=True, depends_on_width=True, stacks=True),
    "decoder_l2": Term(decoder_l2, stacks=True),
    "decoder_gradient": Term(decoder_gradient, stacks=True),
}

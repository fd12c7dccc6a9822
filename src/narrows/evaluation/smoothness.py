"""How evenly the decoder's images change on the way from one code to another."""

import torch
from torch import Tensor

from narrows.data.sources import Images, as_floats
from narrows.evaluation.support.shared import AT_ONCE
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator

PAIRS = 100
STEPS = 32  # of an interpolation: twice as many lengthen the paths by less than a hundredth
POINTS = 2  # of each interpolation at which the Jacobian is taken


@torch.no_grad()
def smoothness(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Straight lines between the codes of 100 random pairs of test images, decoded; means over the pairs.

    path_length    length of the decoded path over the distance between its ends, both in pixels: 1 is a straight line
                   (the curve length of Arvanitidis et al. 2018, eq. 3, for a straight line in the code)
    path_peak      longest of a path's 32 steps over its mean step: 1 is an even speed, 32 a jump
    jacobian_norm  Frobenius norm of the decoder's Jacobian, each column times the standard deviation of its number of
                   the code over the test images, root mean square over pixels: how much images move when a code moves
                   by as much as codes do
    """
    images = as_floats(test.pixels)
    codes = torch.cat([autoencoder.encode(part) for part in images.split(AT_ONCE)])
    draw = generator(0, "smoothness")
    first, last = codes[torch.randint(len(codes), (2, PAIRS), generator=draw).to(codes.device)].unbind()
    shares = torch.linspace(0, 1, STEPS + 1, device=codes.device, dtype=codes.dtype)
    paths = torch.stack([autoencoder.decode(torch.lerp(first, last, share)).flatten(1) for share in shares], 1)
    steps = (paths[:, 1:] - paths[:, :-1]).norm(dim=2)  # (pairs, steps)
    apart = (paths[:, -1] - paths[:, 0]).norm(dim=1)
    moved = apart > 0  # a pair of one image twice, or a decoder that ignores its code, goes nowhere
    lengths, peaks = steps.sum(1)[moved] / apart[moved], steps.max(1).values[moved] / steps.mean(1)[moved]
    points = torch.cat([torch.lerp(first, last, share) for share in torch.linspace(0, 1, POINTS + 2)[1:-1].tolist()])
    moves = decoder_jacobian(autoencoder, points) * codes.std(0)
    return {
        "path_length": lengths.double().mean().item() if moved.any() else 1.0,
        "path_peak": peaks.double().mean().item() if moved.any() else 1.0,
        "jacobian_norm": moves.square().sum(2).mean(1).sqrt().double().mean().item(),
    }


def decoder_jacobian(autoencoder: Autoencoder, codes: Tensor) -> Tensor:
    """Derivative of each code's image by the code's numbers, a forward pass for each: (B, k) to (B, C·H·W, k)."""
    directions = torch.eye(codes.shape[1], device=codes.device, dtype=codes.dtype)
    columns = [torch.func.jvp(autoencoder.decode, (codes,), (one.expand_as(codes),))[1] for one in directions]
    return torch.stack(columns, -1).flatten(1, -2)

"""How evenly decoded images change along a straight line between two codes."""

import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.data.sources import Images
from narrows.evaluation.support.jacobian import decoder_jacobian
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator

PAIRS = 100
STEPS = 32  # of an interpolation: twice as many lengthen the paths by less than a hundredth
POINTS = 2  # of each interpolation at which the Jacobian is taken


@torch.no_grad()
def smoothness(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Straight lines between the codes of 100 random pairs of test images, decoded; means over the pairs.

    path_length    length of the decoded path over the distance between its ends, both in pixels: 1 is a straight line
                   (the curve length of Arvanitidis et al. 2018, eq. 3, for a straight line in code space)
    path_peak      longest of a path's 32 steps over its mean step: 1 is an even speed, 32 a single jump
    jacobian_norm  Frobenius norm of the decoder's Jacobian, each column times the standard deviation of its number of
                   the code over the test images, root mean square over pixels: how much the image changes when the
                   code changes by one standard deviation
    """
    codes = in_batches(autoencoder.encode, test.pixels)
    draw = generator(0, "smoothness")
    first, last = codes[torch.randint(len(codes), (2, PAIRS), generator=draw).to(codes.device)].unbind()
    lengths, peaks = _lengths_and_peaks(_decoded_paths(autoencoder, first, last))
    points = torch.cat([torch.lerp(first, last, share) for share in torch.linspace(0, 1, POINTS + 2)[1:-1].tolist()])
    scaled = decoder_jacobian(autoencoder, points) * codes.std(0, correction=int(len(codes) > 1))
    return {
        "path_length": lengths.double().mean().item() if len(lengths) else 1.0,
        "path_peak": peaks.double().mean().item() if len(peaks) else 1.0,
        "jacobian_norm": scaled.square().sum(2).mean(1).sqrt().double().mean().item(),
    }


def _decoded_paths(autoencoder: Autoencoder, first: Tensor, last: Tensor) -> Tensor:
    """Images along the lines between two codes each: twice (pairs, k) to (pairs, 33, pixels)."""
    shares = torch.linspace(0, 1, STEPS + 1, device=first.device, dtype=first.dtype)
    return torch.stack([autoencoder.decode(torch.lerp(first, last, share)).flatten(1) for share in shares], 1)


def _lengths_and_peaks(paths: Tensor) -> tuple[Tensor, Tensor]:
    """Relative length and relative longest step of each path whose ends differ.

    The ends are equal if an image is paired with itself, or if the decoder ignores its code.
    """
    steps = (paths[:, 1:] - paths[:, :-1]).norm(dim=2)  # (pairs, steps)
    apart = (paths[:, -1] - paths[:, 0]).norm(dim=1)
    moved = apart > 0
    return steps.sum(1)[moved] / apart[moved], steps.max(1).values[moved] / steps.mean(1)[moved]

"""Errors and losses of many trained members in stacked passes over images, for a GPU that one member leaves idle."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from narrows.data.in_batches import in_batches
from narrows.data.sources import as_floats
from narrows.data.splits import Splits
from narrows.evaluation.support.reconstruction_errors import NONE, SplitErrors
from narrows.fleet.gpu.replay import Programs
from narrows.fleet.gpu.side_by_side import side_by_side
from narrows.fleet.gpu.stacked_conv import StackedConv
from narrows.fleet.gpu.stacked_epochs import Validation
from narrows.fleet.member import Member
from narrows.fleet.stack import Stack
from narrows.models.autoencoder import Autoencoder

AT_ONCE = 1 << 18  # images times members in a pass: 3 GB of reconstructions and differences of MNIST's images
MOST = 1 << 12  # images in a pass: a member's maps of a convolution may have 2³¹ numbers, 500,000 of each image


def errors_together(
    autoencoders: Sequence[Autoencoder], trained_on: Sequence[int], splits: Splits
) -> list[SplitErrors]:
    """As `split_errors` of each autoencoder, but for last digits: members of one fleet, in evaluation mode.

    Each was trained on the first of the training images of `splits`, so many as `trained_on` says.
    """
    stack = Stack(autoencoders, [autoencoder.width for autoencoder in autoencoders])
    stack.widest.eval()
    each = zip(*(_errors(stack, images.pixels) for images in splits), strict=True)
    return [
        SplitErrors(of_train[:count], of_val, of_test)
        for count, (of_train, of_val, of_test) in zip(trained_on, each, strict=True)
    ]


def _errors(stack: Stack, pixels: Tensor) -> Sequence[Tensor]:
    """The squared error of each image (N, C, H, W), mean over pixels: for each member (N,), float64, on the CPU."""
    members = len(stack.widths)
    if not len(pixels):
        return [NONE] * members

    def errors_of(images: Tensor) -> Tensor:
        def of_member(tensors: dict[str, Tensor]) -> Tensor:
            rebuilt: Tensor = functional_call(stack.widest, stack.of_widest(tensors), (images,)).images
            return (rebuilt - stack.widest.target(images)).square().flatten(1).mean(1)

        with StackedConv():
            errors: Tensor = vmap(of_member)(stack.tensors)
        return errors.T.double()

    return in_batches(errors_of, pixels, min(MOST, max(1, AT_ONCE // members))).T.contiguous().cpu().unbind()


@torch.no_grad()
def losses_together(members: Sequence[Member], autoencoders: Sequence[Autoencoder], pixels: Tensor) -> list[float]:
    """As `loss` of each autoencoder after its member's last epoch, but for last digits: members of one fleet."""
    stack = Stack(autoencoders, [member.width for member in members])
    passes = side_by_side(members, stack, (), as_floats(pixels[:2]))
    passes.begin(training=False)
    losses, _ = Validation(members, passes, pixels, Programs(pixels.device)).results()
    means: list[float] = losses.double().mean(1).tolist()
    return means

"""Mean errors of logits and their gradient, by two Triton kernels. Imported on a GPU only: see `noise.triton_philox`.

A program computes one image. The twin of both is torch's formula, in `pixel_errors`.
"""

import torch
import triton
from torch import Tensor
from triton import language as tl

LARGEST = 1024  # pixels that a program holds at once


def means(logits: Tensor, images: Tensor, squared: bool) -> Tensor:
    """As `errors_of_logits.means`."""
    logits = logits.contiguous()
    errors = logits.new_empty(logits.shape[:-3])
    with torch.cuda.device_of(logits):  # Triton launches on the current one
        _mean[(errors.numel(),)](logits, *_strided(images), errors, *_sizes(logits), squared)
    return errors


def gradient(logits: Tensor, images: Tensor, of_errors: Tensor, squared: bool) -> Tensor:
    """The gradient of the logits, given that of the errors (…)."""
    logits = logits.contiguous()
    gradients = torch.empty_like(logits)
    with torch.cuda.device_of(logits):
        _gradient[(of_errors.numel(),)](
            logits, *_strided(images), of_errors.contiguous(), gradients, *_sizes(logits), squared
        )
    return gradients


def _strided(images: Tensor) -> tuple[Tensor, int, int, int]:
    """Images, how many of a member are adjacent, and the strides of members and of images.

    Members that see the same images share their memory. Other layouts are copied.
    """
    images = images.unsqueeze(0) if images.dim() == 4 else images
    if images.dim() != 5 or not images[0, 0].is_contiguous():
        images = images.contiguous().view(1, -1, *images.shape[-3:])
    return images, images.shape[1], images.stride(0), images.stride(1)


def _sizes(logits: Tensor) -> tuple[int, int]:
    """The pixels of an image, and how many a program holds at once: a power of two."""
    pixels = logits.shape[-3:].numel()
    return pixels, min(LARGEST, triton.next_power_of_2(pixels))


@triton.jit
def _mean(
    logits: tl.tensor,
    images: tl.tensor,
    batch: int,
    of_member: int,
    of_image: int,
    errors: tl.tensor,
    pixels: int,
    block: tl.constexpr,
    squared: tl.constexpr,
) -> None:
    row = tl.program_id(0).to(tl.int64)
    target = images + row // batch * of_member + row % batch * of_image
    total = tl.zeros([block], tl.float32)
    for start in range(0, pixels, block):
        place = start + tl.arange(0, block)
        inside = place < pixels
        logit = tl.load(logits + row * pixels + place, inside, 0.0)
        pixel = tl.load(target + place, inside, 0.0)
        if squared:
            difference = tl.sigmoid(logit) - pixel
            error = difference * difference
        else:
            error = tl.maximum(logit, 0.0) - logit * pixel + _log1p(tl.exp(-tl.abs(logit)))
        total += tl.where(inside, error, 0.0)
    tl.store(errors + row, tl.sum(total) / pixels)


@triton.jit
def _gradient(
    logits: tl.tensor,
    images: tl.tensor,
    batch: int,
    of_member: int,
    of_image: int,
    of_errors: tl.tensor,
    gradients: tl.tensor,
    pixels: int,
    block: tl.constexpr,
    squared: tl.constexpr,
) -> None:
    row = tl.program_id(0).to(tl.int64)
    target = images + row // batch * of_member + row % batch * of_image
    scale = tl.load(of_errors + row) / pixels
    for start in range(0, pixels, block):
        place = start + tl.arange(0, block)
        inside = place < pixels
        rebuilt = tl.sigmoid(tl.load(logits + row * pixels + place, inside, 0.0))
        slope = rebuilt - tl.load(target + place, inside, 0.0)
        if squared:
            slope = 2 * slope * rebuilt * (1 - rebuilt)
        tl.store(gradients + row * pixels + place, slope * scale, inside)


@triton.jit
def _log1p(x: tl.tensor) -> tl.tensor:
    """log(1 + x) of numbers in (0, 1], exact to a rounding (Kahan 1987): x log(u) / (u - 1) with u = 1 + x rounded."""
    above = 1 + x
    return tl.where(above == 1, x, tl.log(above) * (x / tl.where(above == 1, 1.0, above - 1)))

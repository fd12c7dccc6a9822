"""PSNR and SSIM of images against clean ones."""

from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure


def quality(images: Tensor, clean: Tensor) -> dict[str, float]:
    """Mean PSNR in dB and mean SSIM, at most 1, of images (B, C, H, W), clipped to [0, 1], against clean ones.

    SSIM is that of Wang et al. 2004, with windows of 11 pixels.
    """
    clipped = images.clamp(0, 1)
    errors = (clipped - clean).square().flatten(1).mean(1).double()
    similarity = structural_similarity_index_measure(clipped, clean, data_range=1.0)
    assert isinstance(similarity, Tensor)
    return {"psnr": -10 * errors.log10().mean().item(), "ssim": similarity.item()}


def gain(output: Tensor, noisy: Tensor, clean: Tensor) -> dict[str, float]:
    """PSNR in dB and SSIM of the output minus those of the noisy images, all (B, C, H, W), means over images."""
    after, before = quality(output, clean), quality(noisy, clean)
    return {name: after[name] - before[name] for name in after}

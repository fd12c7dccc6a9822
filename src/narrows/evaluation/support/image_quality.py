"""PSNR and SSIM of images against clean ones."""

from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

BORDER = 5  # pixels at each side, at which a window centred there leaves the image


def quality(images: Tensor, clean: Tensor) -> dict[str, float]:
    """Mean PSNR in dB and mean SSIM, at most 1, of images (B, C, H, W), clipped to [0, 1], against clean ones."""
    clipped = images.clamp(0, 1)
    errors = (clipped - clean).square().flatten(1).mean(1).double()
    return {"psnr": -10 * errors.log10().mean().item(), "ssim": ssim(clipped, clean)}


def ssim(images: Tensor, clean: Tensor) -> float:
    """Mean structural similarity of images (B, C, H, W) in [0, 1], at least 11 × 11 pixels (Wang et al. 2004).

    Gaussian windows of 11 × 11 pixels with σ = 1.5, of which those that lie within the image count, as in Wang's own
    program; scikit-image calls it gaussian_weights=True, use_sample_covariance=False. On padded images, torchmetrics'
    default, the black border of digits would be most of the mean: 0.44 in place of 0.77 for noise of σ = 0.1.
    """
    _, of_windows = structural_similarity_index_measure(clean, images, data_range=1.0, return_full_image=True)
    assert isinstance(of_windows, Tensor)
    return of_windows[..., BORDER:-BORDER, BORDER:-BORDER].double().mean().item()


def gain(output: Tensor, noisy: Tensor, clean: Tensor) -> dict[str, float]:
    """PSNR in dB and SSIM of the output minus those of the noisy images, all (B, C, H, W), means over images."""
    after, before = quality(output, clean), quality(noisy, clean)
    return {name: after[name] - before[name] for name in after}

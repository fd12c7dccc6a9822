"""The corruption slot: noise on the input in training. The target of the reconstruction stays clean."""

from torch import Tensor

from narrows.models.traits import Corruption
from narrows.seeds import Noise, normal, uniform

#: The value of a hidden pixel. No pixel in [0, 1] has it, so that hidden pixels are told from black ones.
HIDDEN = -1.0

#: A little less than a half, so that shares in float32 and in float64 are rounded to the same number of patches.
HALF = 0.499


class Clean(Corruption):
    """No corruption: returns the images (B, C, H, W) unchanged."""

    changes = False

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        return images


class Masking(Corruption):
    """Each pixel of images (B, C, H, W) is set to 0 with probability `level` (Vincent et al. 2008)."""

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        return images * (uniform(images, noise) >= self.level)


class Gaussian(Corruption):
    """Normal noise is added to each pixel (Vincent et al. 2010).

    Its standard deviation is `level`, for pixels in [0, 1]; the sum is not clipped to that range.
    """

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        return images + self.level * normal(images, noise)


class SaltPepper(Corruption):
    """Each pixel becomes 0 or 1, each with probability `level` / 2 (Vincent et al. 2010, section 3.3)."""

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        drawn = uniform(images, noise)
        salted = images.masked_fill(drawn < self.level / 2, 0.0)
        return salted.masked_fill((drawn >= self.level / 2) & (drawn < self.level), 1.0)


class Patches(Corruption):
    """Hides whole patches of images (B, C, H, W), in all channels, as He et al. 2022 do: their pixels become `HIDDEN`.

    The image is divided into squares of `size` pixels, those at its right and lower border being smaller if they do
    not fit. `level` is the share of the patches that is hidden, rounded to whole ones: as many in each image.
    """

    def __init__(self, level: float | Tensor = 0.0, size: int = 1) -> None:
        super().__init__(level)
        self.size = size

    def at(self, level: float | Tensor) -> Corruption:
        return Patches(level, self.size)

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        height, width = images.shape[-2:]
        patches = uniform(images[..., :1, :: self.size, :: self.size], noise)
        flat = patches.flatten(-2)
        ranks = flat.argsort(dim=-1, stable=True).argsort(dim=-1).view(patches.shape)
        hidden = ranks + HALF <= self.level * flat.shape[-1]
        pixels = hidden.repeat_interleave(self.size, -2).repeat_interleave(self.size, -1)
        return images.masked_fill(pixels[..., :height, :width], HIDDEN)

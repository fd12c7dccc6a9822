"""The corruption slot: noise on the input in training. The target of the reconstruction stays clean."""

from torch import Tensor

from narrows.models.traits import Corruption
from narrows.seeds import Noise, normal, uniform


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

"""The third slot: noise on the input while training. The target stays clean."""

from torch import Tensor

from narrows.models.traits import Corruption
from narrows.seeds import Noise, normal, uniform


class Clean(Corruption):
    """No corruption: images (B, C, H, W) pass unchanged."""

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        return images


class Masking(Corruption):
    """Each pixel of images (B, C, H, W) is set to 0 with probability `level` (Vincent et al. 2008)."""

    draws = True

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        return images * (uniform(images, noise) >= self.level)


class Gaussian(Corruption):
    """Noise of standard deviation `level` on each pixel, in units of [0, 1]; not clipped (Vincent et al. 2010)."""

    draws = True

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        return images + self.level * normal(images, noise)


class SaltPepper(Corruption):
    """Each pixel becomes 0 or 1, by a fair coin, with probability `level` (Vincent et al. 2010, section 3.3)."""

    draws = True

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, images: Tensor, noise: Noise | None = None) -> Tensor:
        drawn = uniform(images, noise)
        salted = images.masked_fill(drawn < self.level / 2, 0.0)
        return salted.masked_fill((drawn >= self.level / 2) & (drawn < self.level), 1.0)

"""How well the images of the test split are reconstructed."""

from narrows.data.sources import Images
from narrows.evaluation.support.reconstruction_errors import errors
from narrows.models.autoencoder import Autoencoder


def reconstruction(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """`errors` of the test images: mse, sse and, for pixels, psnr."""
    return errors(autoencoder, test.pixels)

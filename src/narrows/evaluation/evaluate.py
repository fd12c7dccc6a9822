"""What a checkpoint is good for, on the test images of a data set."""

from pathlib import Path

from narrows.checkpoint import load
from narrows.data import sources
from narrows.errors import UserError
from narrows.evaluation.reconstruction import reconstruction


def evaluate(checkpoint: Path, data: str, root: str) -> dict[str, float]:
    """The reconstruction errors of `checkpoint` on the test images of data set `data` below `root`.

    Raises UserError for a checkpoint that is not ours, data that cannot be had, and images of another shape.
    """
    autoencoder, pixels = load(checkpoint), sources.load(data, root).test.pixels
    shape = tuple(pixels.shape[1:])
    if shape != autoencoder.shape:
        raise UserError(f"data={data}: its images are {shape}, the checkpoint was trained on {autoencoder.shape}")
    return {f"test/{name}": value for name, value in reconstruction(autoencoder, pixels).items()}

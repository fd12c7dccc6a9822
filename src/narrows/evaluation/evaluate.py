"""What a checkpoint is good for, on the test images of a data set."""

from pathlib import Path

import torch
from pydantic import TypeAdapter
from torch import Tensor

from narrows import checkpoint, slots
from narrows.data import sources
from narrows.errors import UserError
from narrows.evaluation.elbo import elbo, importance_bound
from narrows.evaluation.reconstruction import reconstruction, squared_errors
from narrows.models.autoencoder import Autoencoder
from narrows.models.build import build_corruption
from narrows.models.codes import Variational
from narrows.seeds import generator


def evaluate(path: Path, data: str, root: str, samples: int) -> dict[str, float]:
    """The errors of the checkpoint at `path` on the test images of data set `data` below `root`, as `scores`.

    Of a variational one also `test/nll_bound`, a bound on -log p(x) by `samples` importance samples an image.
    Raises UserError for a checkpoint that is not ours, data that cannot be had, and images of another shape.
    """
    autoencoder, pixels = checkpoint.load(path), sources.load(data, root).test.pixels
    shape = tuple(pixels.shape[1:])
    if shape != autoencoder.shape:
        raise UserError(f"data={data}: its images are {shape}, the checkpoint was trained on {autoencoder.shape}")
    config = checkpoint.card(path)["config"]
    corruption: slots.Corruption = TypeAdapter(slots.Corruption).validate_python(config["corruption"])
    found = scores(autoencoder, corruption, config["objective"]["name"], pixels)
    if isinstance(autoencoder.code, Variational):
        found["nll_bound"] = importance_bound(autoencoder, config["objective"]["name"], pixels, samples)
    return {f"test/{name}": value for name, value in found.items()}


def scores(autoencoder: Autoencoder, corruption: slots.Corruption, objective: str, pixels: Tensor) -> dict[str, float]:
    """All that is measured on uint8 test images (N, C, H, W).

    As `reconstruction`, of clean images; where training corrupted them also `corrupted_mse`, the error of the clean
    image rebuilt from a corrupted one; where the code is variational also the parts of `elbo` under `objective`.
    """
    found = reconstruction(autoencoder, pixels)
    if not isinstance(corruption, slots.Clean):
        found["corrupted_mse"] = corrupted_mse(autoencoder, corruption, pixels)
    if isinstance(autoencoder.code, Variational):
        found |= elbo(autoencoder, objective, pixels)
    return found


def corrupted_mse(autoencoder: Autoencoder, corruption: slots.Corruption, pixels: Tensor) -> float:
    """Mean squared error per pixel in [0, 1] between uint8 images (N, C, H, W) and what comes of them corrupted.

    The noise is the same for every autoencoder and run.
    """
    noise, module = generator(0, "corrupted", device=pixels.device), build_corruption(corruption)
    with torch.no_grad():
        return squared_errors(autoencoder.eval(), pixels, lambda images: module(images, noise)).mean().item()

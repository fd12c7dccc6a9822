"""PROJECTOR: the codes of test images as points, each with its label, its error and a thumbnail."""

import shutil
from collections.abc import Sequence
from math import ceil, floor, log10, sqrt
from pathlib import Path

import torch
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo, ProjectorConfig, SpriteMetadata
from torch import Tensor
from torch.nn import functional as F

from narrows.board.pictures.image_grid import image_grid
from narrows.board.summaries import png

POINTS = 1000
FOLDER, CONFIG = "projector", "projector_config.pbtxt"
DIMENSIONS = 3  # that the projector draws; shorter codes are padded with zeros, or it stays empty
DIGITS = 3  # of the largest number in the codes: a resolution of a thousandth of the picture's width
SPRITE = 8192  # pixels a side; a larger image crashes the browser's tab
THUMBNAIL, GREYS = 16, 4  # pixels a side and shades of grey, enough for a point and a third of the bytes


def write(
    folder: Path, codes: Tensor, labels: Tensor, errors: Tensor, images: Tensor, classes: Sequence[str] = ()
) -> None:
    """Codes (N, k), labels (N,), squared errors (N,) and images (N, C, H, W) in [0, 1] into a run's `folder`.

    `classes` are the names of the labels by number; without names the numbers are shown.
    """
    (folder / FOLDER).mkdir(exist_ok=True)
    codes = F.pad(codes, (0, max(0, DIMENSIONS - codes.shape[1])))
    decimals = max(0, DIGITS - 1 - floor(log10(float(codes.abs().max()) or 1.0)))
    rows = ["\t".join(f"{number:.{decimals}f}" for number in code) for code in codes.tolist()]
    (folder / FOLDER / "codes.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    names = [" ".join(classes[label].split()) if classes else label for label in labels.tolist()]  # a tab is a column
    columns = zip(names, errors.tolist(), strict=True)
    described = [f"{label}\t{error:.4f}" for label, error in columns]
    (folder / FOLDER / "labels.tsv").write_text("\n".join(["label\tsquared error", *described]) + "\n", "utf-8")
    small = thumbnails(images)
    (folder / FOLDER / "sprite.png").write_bytes(png(sprite(small), GREYS))
    _describe(folder, codes, small)


def _describe(folder: Path, codes: Tensor, small: Tensor) -> None:
    sizes = [small.shape[3], small.shape[2]]
    info = EmbeddingInfo(
        tensor_name="test codes", tensor_path=f"{FOLDER}/codes.tsv", tensor_shape=codes.shape,
        metadata_path=f"{FOLDER}/labels.tsv",
        sprite=SpriteMetadata(image_path=f"{FOLDER}/sprite.png", single_image_dim=sizes),
    )  # fmt: skip
    (folder / CONFIG).write_text(str(ProjectorConfig(embeddings=[info])), "utf-8")


def remove(folder: Path) -> None:
    """Delete what an earlier run in this folder wrote."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    (folder / CONFIG).unlink(missing_ok=True)


def thumbnails(images: Tensor) -> Tensor:
    """Images (N, C, H, W) reduced to at most 16 pixels a side, or fewer so that all fit into one sprite."""
    largest = min(THUMBNAIL, SPRITE // ceil(sqrt(len(images))))
    height, width = images.shape[2:]
    shrink = min(1.0, largest / max(height, width))
    small: Tensor = F.interpolate(images, (round(height * shrink) or 1, round(width * shrink) or 1), mode="area")
    return small


def sprite(small: Tensor) -> Tensor:
    """Thumbnails (N, C, h, w) in one square, row by row: a picture (3, height, width)."""
    side = ceil(sqrt(len(small)))
    square = torch.cat([small, small.new_zeros(side * side - len(small), *small.shape[1:])])
    return image_grid(square, side)

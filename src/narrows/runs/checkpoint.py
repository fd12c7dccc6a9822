"""Checkpoints: tensors and plain values only, opened without unpickling anything else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from narrows.build import build
from narrows.config import slots
from narrows.errors import UserError
from narrows.models.autoencoder import Autoencoder
from narrows.runs.files import write_atomically

#: Where a checkpoint keeps what is ours: {"config": the run's resolved config, "shape": [C, H, W]}.
CARD = "narrows"

PREFIX = "autoencoder."  # of its weights, which are the training module's


def read(path: str | Path) -> dict[str, Any]:
    """The checkpoint's content, on the CPU. Raises UserError for a file that is missing, truncated or not ours."""
    if not Path(path).is_file():
        raise UserError(f"checkpoint={path}: no such file")
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a broken file; every one means the same here
        raise UserError(f"checkpoint={path}: truncated or not a checkpoint ({type(error).__name__})") from None
    card = content.get(CARD) if isinstance(content, dict) else None
    if not isinstance(card, dict) or not card.keys() >= {"config", "shape"}:
        raise _not_ours(path)
    return content


def _not_ours(path: str | Path) -> UserError:
    return UserError(f"checkpoint={path}: not written by narrows; best.ckpt or last.ckpt of a run would do")


def write(content: dict[str, Any], path: Path) -> None:
    """Write a checkpoint, whole or not at all."""
    with write_atomically(path) as temporary:
        torch.save(content, temporary)


def card(path: str | Path) -> dict[str, Any]:
    """What a checkpoint says of itself: the run's resolved config and the shape (C, H, W) of its images."""
    found: dict[str, Any] = read(path)[CARD]
    return found


def load(path: str | Path) -> Autoencoder:
    """The trained autoencoder of a checkpoint, on the CPU, in evaluation mode.

    Needs neither Hydra nor the training code. Raises UserError for a file that is missing, truncated or not ours.
    """
    content = read(path)
    try:
        return _autoencoder(content)
    except (KeyError, TypeError, ValueError, RuntimeError):  # its card is another program's, or another model's
        raise _not_ours(path) from None


def _autoencoder(content: dict[str, Any]) -> Autoencoder:
    config = content[CARD]["config"]
    model: slots.Model = TypeAdapter(slots.Model).validate_python(config["model"])
    code: slots.Code = TypeAdapter(slots.Code).validate_python(config["code"])
    autoencoder = build(model, code, tuple(content[CARD]["shape"]))
    autoencoder.load_state_dict(weights(content))
    return autoencoder.eval()


def weights(content: dict[str, Any]) -> dict[str, torch.Tensor]:
    """The autoencoder's state in a checkpoint, where it is the module's."""
    return {name.removeprefix(PREFIX): value for name, value in content["state_dict"].items()}


def module_state(autoencoder: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The way back."""
    return {PREFIX + name: value for name, value in autoencoder.items()}

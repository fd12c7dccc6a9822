"""Checkpoints: they hold tensors and plain values only and are read with `weights_only=True`."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from pydantic import TypeAdapter

from narrows.build import build
from narrows.config import slots
from narrows.config.latent_sections import STANDARD, Latent, Posterior, Prior
from narrows.config.objective_section import Objective
from narrows.errors import UserError
from narrows.models.autoencoder import Autoencoder
from narrows.paths import expanded
from narrows.runs import safetensors_files
from narrows.runs.atomic_files import write_bytes_atomically
from narrows.runs.run_folder import BEST

#: The key of a checkpoint's card, which we store beside Lightning's content: {"config": the run's resolved config,
#: "shape": [C, H, W], "classes": their number, of a conditional autoencoder only, "checksum": of the data, "results":
#: the results number, "noise": the state of the generator of noise, absent from a fleet's best.ckpt}.
CARD = "narrows"

PREFIX = "autoencoder."  # of the weights' names, for the training module holds the autoencoder


def best_of(run: str | Path) -> Path:
    """The checkpoint of a run: best.ckpt of a run's folder; a file is the checkpoint itself."""
    path = expanded(run, "checkpoint")
    return path / BEST if path.is_dir() else path


def read(path: str | Path) -> dict[str, Any]:
    """The content of a checkpoint, or of the safetensors file of one, on the CPU.

    Raises UserError for a file that is missing, truncated, damaged or not ours.
    """
    if not Path(path).is_file():
        why = "a folder; name the best.ckpt in it" if Path(path).is_dir() else "no such file"
        raise UserError(f"checkpoint={path}: {why}")
    if safetensors_files.is_safetensors(path):
        tensors, described = safetensors_files.read(path)
        return {"state_dict": module_state(tensors), CARD: described}
    try:
        damaged = _damaged(path)
        content: dict[str, Any] = {} if damaged else torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a broken file; all mean the same here
        raise UserError(f"checkpoint={path}: truncated or not a checkpoint ({type(error).__name__})") from None
    if damaged:
        raise UserError(f"checkpoint={path}: damaged, the checksum of its part {damaged} is wrong")
    card = content.get(CARD) if isinstance(content, dict) else None
    if not isinstance(card, dict) or not card.keys() >= {"config", "shape"} or "state_dict" not in content:
        raise _not_ours(path)
    return content


def _damaged(path: str | Path) -> str | None:
    """The first part of the archive whose checksum is wrong, which torch does not look at; None if there is none."""
    with ZipFile(path) as archive:
        return archive.testzip()


def _not_ours(path: str | Path) -> UserError:
    return UserError(f"checkpoint={path}: not written by narrows; choose best.ckpt or last.ckpt of a run")


def write(content: dict[str, Any], path: Path) -> None:
    """Write a checkpoint, whole or not at all."""
    buffer = BytesIO()  # torch reports a full disk as an error of its own, without the file's name
    torch.save(content, buffer)
    write_bytes_atomically(path, buffer.getbuffer())


def card(path: str | Path) -> dict[str, Any]:
    """The card of a checkpoint: the run's resolved config, the shape (C, H, W) of its images and more, see `CARD`."""
    content: dict[str, Any] = read(path)[CARD]
    return content


def load(path: str | Path) -> Autoencoder:
    """The trained autoencoder of a checkpoint, on the CPU, in evaluation mode.

    Needs neither Hydra nor the training code. Raises UserError for a file that is missing, truncated or not ours.
    """
    content = read(path)
    try:
        return autoencoder_of(content)
    except (KeyError, TypeError, ValueError, RuntimeError):  # a card of another program or of another model
        raise _not_ours(path) from None


def autoencoder_of(content: dict[str, Any]) -> Autoencoder:
    """The autoencoder of a checkpoint's content, in evaluation mode. Raises one of several errors if it is not ours."""
    config = content[CARD]["config"]
    model: slots.Model = TypeAdapter(slots.Model).validate_python(config["model"])
    code: slots.Code = TypeAdapter(slots.Code).validate_python(config["code"])
    objective = Objective.model_validate(config["objective"])
    shape, classes = tuple(content[CARD]["shape"]), content[CARD].get("classes", 0)
    autoencoder = build(model, code, shape, latent=_latent(config), objective=objective, classes=classes)
    autoencoder.load_state_dict(weights(content))
    return autoencoder.eval()


def _latent(config: Mapping[str, Any]) -> Latent:
    """The distributions of a variational code; earlier versions had the standard ones only."""
    posterior: Posterior = TypeAdapter(Posterior).validate_python(config.get("posterior", STANDARD.posterior))
    prior: Prior = TypeAdapter(Prior).validate_python(config.get("prior", STANDARD.prior))
    return Latent(posterior, prior)


def weights(content: dict[str, Any]) -> dict[str, torch.Tensor]:
    """The autoencoder's state dict from a checkpoint, which holds the training module's."""
    return {name.removeprefix(PREFIX): value for name, value in content["state_dict"].items()}


def module_state(autoencoder: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Inverse of `weights`: the training module's state dict from the autoencoder's."""
    return {PREFIX + name: value for name, value in autoencoder.items()}

"""A trained autoencoder as a safetensors file: its weights by name, and the card of its checkpoint in the metadata."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from narrows.config.dotted import flatten
from narrows.errors import UserError
from narrows.extras import require
from narrows.runs.atomic_files import write_bytes_atomically

CARD = "narrows"  # key of the metadata for the card as JSON, and the beginning of the names of the card's tensors
CHECKSUM = "sha256"  # key of the metadata for the checksum of card and tensors, which the format itself does not have
HEADER = 8  # bytes before the JSON that the format begins with


def is_safetensors(path: str | Path) -> bool:
    """Whether the file begins as this format does: the length of a JSON object that fits into it, then the object."""
    with Path(path).open("rb") as file:
        length, first = int.from_bytes(file.read(HEADER), "little"), file.read(1)
    return first == b"{" and 2 <= length <= Path(path).stat().st_size - HEADER


def write(weights: Mapping[str, Tensor], card: Mapping[str, Any], path: Path) -> None:
    """Write the weights of an autoencoder and the card of its checkpoint, whole or not at all.

    Tensors of the card are stored beside the weights, under names that begin with `narrows.`.
    """
    require("safetensors", "export", "safetensors")
    from safetensors.torch import save

    of_card = {f"{CARD}.{key}": value for key, value in flatten(card) if isinstance(value, Tensor)}
    tensors = {name: tensor.contiguous() for name, tensor in {**weights, **of_card}.items()}
    text = json.dumps(_plain(card))
    metadata = {"format": "pt", CARD: text, CHECKSUM: _checksum(text, tensors)}
    write_bytes_atomically(path, save(tensors, metadata))


def read(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Inverse of `write`: weights and card, the weights bit for bit.

    Raises UserError for a file that is truncated, damaged or not written by narrows.
    """
    require(f"checkpoint={path}", "export", "safetensors")
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
    except SafetensorError as error:
        raise UserError(f"checkpoint={path}: truncated or damaged ({error})") from None
    if CARD not in metadata:
        raise UserError(f"checkpoint={path}: not written by narrows; it has no config")
    if _checksum(metadata[CARD], tensors) != metadata.get(CHECKSUM):
        raise UserError(f"checkpoint={path}: damaged, its checksum is wrong")
    card: dict[str, Any] = json.loads(metadata[CARD])
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith(f"{CARD}.")}
    for name in tensors.keys() - weights.keys():
        _put(card, name.removeprefix(f"{CARD}."), tensors[name])
    return weights, card


def _plain(card: Mapping[str, Any]) -> dict[str, Any]:
    """The card without its tensors."""
    return {
        key: _plain(value) if isinstance(value, Mapping) else value
        for key, value in card.items()
        if not isinstance(value, Tensor)
    }


def _put(card: dict[str, Any], key: str, tensor: Tensor) -> None:
    *sections, name = key.split(".")
    for section in sections:
        card = card[section]
    card[name] = tensor


def _checksum(card: str, tensors: Mapping[str, Tensor]) -> str:
    """Sha256 over the card's text, then names, types, shapes and bytes of the tensors, in the order of names."""
    digest = hashlib.sha256(card.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()

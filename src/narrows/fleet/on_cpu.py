"""Copies of nested values on the CPU."""

from typing import TypeVar

from torch import Tensor

Content = TypeVar("Content")


def on_cpu(content: Content) -> Content:
    """The content of a checkpoint, nested dicts and lists, with all its tensors on the CPU."""
    match content:
        case Tensor():
            return content.cpu()  # type: ignore[return-value]
        case dict():
            return {key: on_cpu(value) for key, value in content.items()}  # type: ignore[return-value]
        case list():
            return [on_cpu(value) for value in content]  # type: ignore[return-value]
        case _:
            return content

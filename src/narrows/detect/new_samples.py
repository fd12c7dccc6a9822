"""New rows, images or windows, read as the training data were, with a name for each."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor

from narrows.evaluation.support.external_data import read_as
from narrows.own.contents import contents
from narrows.own.request import located


class NewSamples(NamedTuple):
    """Prepared images (N, C, H, W), and where each of them stands in the file or folder.

    `places` are the files of a folder, the first rows of windows, and rows from 1 of any other file; `heading` says
    which: file, first_row or row.
    """

    images: Tensor
    heading: str
    places: Sequence[str | int]

    def place(self, number: int) -> str:
        """“row 3”, “the window from row 101” or “photos/3.png”."""
        match self.heading:
            case "file":
                return str(self.places[number])
            case "first_row":
                return f"the window from row {self.places[number]}"
            case _:
                return f"row {self.places[number]}"


def read_samples(card: dict[str, Any], path: str) -> NewSamples:
    """All samples of a file or folder, in its order, for the autoencoder whose checkpoint has this card.

    Raises UserError, in one line, for what is not of the kind of the training data.
    """
    images = read_as(card, path, labelled=False).pixels
    source = located(path)
    if source.is_dir():
        return NewSamples(images, "file", [str(file.relative_to(source)) for file in contents(source).files])
    if window := card["config"]["data"]["window"]:
        return NewSamples(images, "first_row", range(1, 1 + window * len(images), window))
    return NewSamples(images, "row", range(1, 1 + len(images)))

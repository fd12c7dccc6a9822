"""The section `data` of a config for data of the user's own: `data=arrays`."""

from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from narrows.config.catalogue import Entry
from narrows.config.common_data import Common
from narrows.config.scales import Scale
from narrows.config.slots import Count, Share
from narrows.own.request import Header, Label, Request, located, matching


def _name(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise ValueError("must be the name of a column or array")
    return value


def _header(value: object) -> object:
    if value not in ("auto", True, False) or not isinstance(value, bool | str):
        raise ValueError("choose from auto, true, false")
    return value


Name = Annotated[Label, BeforeValidator(_name)]


class Arrays(Common):
    """The user's own data: a file or folder that `narrows.own` reads."""

    name: Literal["arrays"] = Field(description="your own images, tables, series or texts")
    path: str = Field(
        description="file (.csv, .tsv, .parquet, .npy, .npz, .wav, .txt, .md, .rst) or folder of images or texts, its "
        "subfolders their labels; package:NAME/FILE is a file inside an installed Python package"
    )
    columns: Annotated[list[Name], Field(min_length=1)] | None = Field(
        description="columns of a table, or the one array of an .npz; null: all but the label"
    )
    label: Name | None = Field(description="column of a table, or array of an .npz, that holds the labels")
    header: Annotated[Header, BeforeValidator(_header)] = Field(
        default="auto",
        description="whether the first row of a .csv or .tsv holds the names of its columns: true, false, or auto, "
        "which decides by all rows",
    )
    window: Annotated[int, Field(ge=2)] | None = Field(
        description="length of the windows that a series (rows of a table, samples of a sound) is cut into; null: none"
    )
    words: Count = Field(description="size of the vocabulary of texts: the most frequent words of the training texts")
    scale: Literal["auto", "pixels", "standard", "range", "none"] = Field(
        description="pixels: bytes divided by 255; standard: mean 0, standard deviation 1; range: 0 to 1; both for "
        "each column of a table, else each channel, of the training split; auto: pixels for bytes, none for "
        "texts, else standard"
    )
    test_size: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, lt=1)] = Field(
        description="test images, the end of a fixed permutation: a number, or a share below 1"
    )
    val_size: Annotated[int, Field(ge=0)] | Share = Field(
        description="validation images, cut from the rest: a number, or a share below 1; 0 trains on all"
    )

    @cached_property  # a config uses it 8 times or more, and each reading looks at every file: 0.2 s for 10,000 images
    def entry(self) -> Entry:
        """What is known of the data, which are read, once for each object. Raises UserError if they cannot be used."""
        from narrows.own.samples import read  # NumPy, pandas and Pillow, which data of the catalogue do without

        samples = read(self.request)
        counts = Counter(samples.labels[: samples.train].tolist())
        channels, height, width = samples.values.shape[1:]
        return Entry(
            train=samples.train,
            test=samples.test,
            files={"": samples.checksum},
            classes={name: counts[number] for number, name in enumerate(samples.classes)},
            kind=samples.kind,
            shape=(channels, height, width),
            bytes=samples.values.dtype == "uint8",
        )

    def _several(self) -> bool:
        counts = [self.entry.available([name]) for name in self.classes or self.entry.classes]
        if not super()._several() or self.trained > max(counts):
            return super()._several()
        from narrows.own.samples import read

        samples = read(self.request)
        labels = [samples.classes[number] for number in samples.labels[: samples.train]]
        chosen = {matching(label, samples.classes) for label in self.classes or samples.classes}
        return len(set([label for label in labels if label in chosen][: self.trained])) > 1

    @property
    def request(self) -> Request:
        """The options of `own.samples.read`. Raises UserError for a package that is not installed."""
        columns = None if self.columns is None else tuple(self.columns)
        return Request(located(self.path), columns, self.label, self.window, self.words, self.test_size, self.header)

    @property
    def title(self) -> str:
        return Path(self.path).name or Path(self.path).resolve().name

    @property
    def choice(self) -> str:
        return f"data.path={self.title}"

    @property
    def numbers(self) -> str:
        return f"data.scale={self.base_scale}" if self.contrast == "none" else super().numbers

    @property
    def base_scale(self) -> Scale:
        if self.scale != "auto":
            return self.scale
        entry = self.entry
        return "pixels" if entry.bytes else "none" if entry.kind == "texts" else "standard"

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if self.scale == "none":
            from narrows.own.samples import refuse_unscaled

            refuse_unscaled(self.request)
        return self

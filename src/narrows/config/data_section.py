"""The section `data` of a config: a data set of the catalogue, or data of the user's own."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from narrows.config.catalogue import CATALOGUE, OWN, Entry
from narrows.config.evaluations import DataTraits
from narrows.config.slots import Count, OneOf, Section, Share
from narrows.errors import UserError
from narrows.own.request import Header, Label, Request, located, matching
from narrows.paths import default_data_root, expanded

Scale = Literal["pixels", "standard", "range", "none"]

#: The unit of an error before squaring, by how the numbers were scaled.
UNITS: dict[Scale, str] = {
    "pixels": "pixels in [0, 1]",
    "standard": "standardised numbers",
    "range": "numbers scaled to [0, 1]",
    "none": "numbers as they are",
}


def _name(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise ValueError("must be the name of a column or array")
    return value


def _header(value: object) -> object:
    if value not in ("auto", True, False) or not isinstance(value, bool | str):
        raise ValueError("choose from auto, true, false")
    return value


Name = Annotated[Label, BeforeValidator(_name)]


class Common(Section):
    """The keys of every data set. Sizes count images, which may also be rows of a table, windows or texts."""

    name: str
    batch_size: Count = Field(description="images per optimiser step")
    val_size: float
    train_size: Count | None = Field(description="train on the first n images of the split; null is all")
    classes: Annotated[list[Label | None], Field(min_length=1)] | None = Field(
        description="train and validate only on images with these labels, test on all; null is every label"
    )

    @property
    def entry(self) -> Entry:
        """What is known of the data set: sizes, labels, checksum."""
        return CATALOGUE[self.name]

    @property
    def title(self) -> str:
        """The name of the data set in reports."""
        return self.name

    @property
    def scaled(self) -> Scale:
        """How its numbers are scaled."""
        return "pixels"

    @property
    def traits(self) -> DataTraits:
        """What evaluations can need of the data."""
        entry = self.entry
        return DataTraits(
            pixels=self.scaled == "pixels",
            shape=entry.shape,
            labels=bool(entry.classes),
            unseen=self.classes is not None and len(self.classes) < len(entry.classes),
            several=self._several(),
            train=self.trained,
            test=entry.test,
        )

    def _several(self) -> bool:
        """Whether the training images have two classes or more."""
        return self.trained > 1 and len(self.entry.classes if self.classes is None else self.classes) > 1

    @property
    def held_out(self) -> int:
        """How many images are held out for validation."""
        available = self.entry.available(self.classes)
        return int(self.val_size) if self.val_size >= 1 else round(self.val_size * available)

    @property
    def trained(self) -> int:
        """How many images the run trains on."""
        return self.train_size or self.entry.available(self.classes) - self.held_out

    @model_validator(mode="after")
    def _has_classes(self) -> Self:
        names = [matching(label, list(self.entry.classes)) for label in self.classes or []]
        if None in names:
            label = (self.classes or [])[names.index(None)]
            choices = f"no label {label}; choose from {', '.join(self.entry.classes)}"
            raise ValueError(
                f"data.classes={self.classes}: {self.title} has {choices if self.entry.classes else 'no labels'}"
            )
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"data.classes={self.classes}: gives the label {twice[0]} twice")
        return self

    @model_validator(mode="after")
    def _fits(self) -> Self:
        available = self.entry.available(self.classes)
        whose = self.title if self.classes is None else f"{self.title} with data.classes={self.classes}"
        if self.held_out >= available:
            raise ValueError(f"data.val_size={self.val_size}: {whose} has {available} training images")
        rest = available - self.held_out
        if self.train_size and self.train_size > rest:
            raise ValueError(f"data.train_size={self.train_size}: {whose} leaves 1 to {rest}")
        if self.batch_size > self.trained:
            raise ValueError(f"data.batch_size={self.batch_size}: the split has {self.trained} images")
        return self


class Known(Common):
    """A data set of the catalogue."""

    name: Annotated[str, OneOf((*CATALOGUE, OWN)), Field(description=f"data set; {OWN} for your own")]
    root: Annotated[str, AfterValidator(lambda root: str(expanded(root, "data.root")))] = Field(
        description="folder of the files, in torchvision's layout; NARROWS_DATA_DIR sets it"
    )
    val_size: Annotated[int, Field(ge=0)] = Field(
        description="validation images, cut from the training split; 0 trains on all"
    )

    @model_validator(mode="after")
    def _has_root(self) -> Self:
        if self.entry.folder and self.root != default_data_root() and not Path(self.root).is_dir():
            raise ValueError(
                f"data.root={self.root}: no such folder; create it, or let `narrows fetch {self.name}` do so"
            )
        return self


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
    def scaled(self) -> Scale:
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


def _kind(data: Any) -> str:  # noqa: ANN401 - nested plain values or a section
    name = data.get("name") if isinstance(data, dict) else getattr(data, "name", None)
    return OWN if name == OWN else "known"


#: A data set by its name: anything that is not `arrays` is looked up in the catalogue.
Data = Annotated[Annotated[Known, Tag("known")] | Annotated[Arrays, Tag(OWN)], Discriminator(_kind)]


def data_of(values: Mapping[str, Any]) -> Data:
    """The section from the plain values in a record. Raises UserError if the data are no longer there."""
    try:
        section: Data = TypeAdapter(Data).validate_python(values)
    except ValidationError as error:
        raise UserError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
    return section

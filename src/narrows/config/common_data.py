"""The keys that every data set has in the section `data` of a config, and what follows from them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from narrows.config.catalogue import CATALOGUE, Entry
from narrows.config.evaluation_needs import DataTraits
from narrows.config.scales import BINARY, CONTRASTED, UNITS, Binarise, Contrast, Scale
from narrows.config.slots import Count, Section
from narrows.own.request import Label, matching


class Common(Section):
    """The keys of every data set. Sizes count images, which may also be rows of a table, windows or texts."""

    name: str
    batch_size: Count = Field(description="images per optimiser step")
    val_size: float
    train_size: Count | None = Field(description="train on the first n images of the split; null is all")
    classes: Annotated[list[Label | None], Field(min_length=1)] | None = Field(
        description="train and validate only on images with these labels, test on all; null is every label"
    )
    binarise: Binarise = Field(
        default="none",
        description="pixels drawn as 0 or 1, with their grey value as the probability of 1: fixed, one draw for all "
        "runs; dynamic, training images anew in every epoch",
    )
    contrast: Contrast = Field(
        default="none",
        description="l1: global contrast normalisation; from each image its mean is subtracted, it is divided by the "
        "mean of its absolute values, and all are scaled by the minimum and maximum of the training images to [0, 1]",
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
    def choice(self) -> str:
        """The key and value that name the data set in messages."""
        return f"data.name={self.name}"

    @property
    def numbers(self) -> str:
        """The key and value that decide how its numbers are scaled, in messages."""
        return self.choice if self.contrast == "none" else f"data.contrast={self.contrast}"

    @property
    def scaled(self) -> Scale:
        """How its numbers are scaled; images of normalised contrast to the range of the training images."""
        return self.base_scale if self.contrast == "none" else "range"

    @property
    def base_scale(self) -> Scale:
        """How its numbers are scaled where contrast is not normalised."""
        return "pixels"

    @property
    def unit(self) -> str:
        """The unit of an error before squaring."""
        if self.binarise != "none":
            return BINARY
        return UNITS[self.scaled] if self.contrast == "none" else CONTRASTED

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
            grey=self.binarise == "none",
            factors=len(entry.factors) - (self.classes is not None and len(self.classes) == 1) > 1,
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
    def _has_pixels(self) -> Self:
        if self.binarise != "none" and self.base_scale != "pixels":
            raise ValueError(f"data.binarise={self.binarise}: {self.title} has no grey pixels, which are probabilities")
        return self

    @model_validator(mode="after")
    def _has_contrast(self) -> Self:
        if self.contrast == "none":
            return self
        if self.binarise != "none":
            raise ValueError(f"data.contrast={self.contrast} with data.binarise={self.binarise}: choose one of them")
        if self.entry.kind != "images" or not self.entry.bytes:
            raise ValueError(f"data.contrast={self.contrast}: {self.title} has no images whose pixels are bytes")
        if self.base_scale != "pixels":
            raise ValueError(f"data.contrast={self.contrast} with data.scale={self.base_scale}: choose one of them")
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

"""The section `data` of a config: a data set of the catalogue, or data of the user's own."""

import os.path
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, TypeAdapter, ValidationError, model_validator

from narrows.config.arrays_section import Arrays
from narrows.config.catalogue import CATALOGUE, OWN
from narrows.config.common_data import Common
from narrows.config.dictionary_section import SYNTHETIC, SyntheticDictionary
from narrows.config.factored_sections import DSprites, Sprites
from narrows.config.slots import OneOf
from narrows.errors import UserError
from narrows.paths import default_data_root, expanded

#: Data sets with a section of their own.
SECTIONS = (SYNTHETIC, OWN, "sprites", "dsprites")


class Known(Common):
    """A data set of the catalogue."""

    name: Annotated[str, OneOf((*CATALOGUE, *SECTIONS)), Field(description=f"data set; {OWN} for your own")]
    root: Annotated[str, AfterValidator(lambda root: str(expanded(root, "data.root")))] = Field(
        description="folder of the files, in torchvision's layout; NARROWS_DATA_DIR sets it"
    )
    val_size: Annotated[int, Field(ge=0)] = Field(
        description="validation images, cut from the training split; 0 trains on all"
    )

    @model_validator(mode="after")
    def _has_root(self) -> Self:
        there = os.path.isdir(self.root)  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        if self.entry.folder and self.root != default_data_root() and not there:
            raise ValueError(
                f"data.root={self.root}: no such folder; create it, or let `narrows fetch {self.name}` do so"
            )
        return self


def _kind(data: Any) -> str:  # noqa: ANN401 - nested plain values or a section
    name = data.get("name") if isinstance(data, dict) else getattr(data, "name", None)
    return name if name in SECTIONS else "known"


#: A data set by its name: anything without a section of its own is looked up in the catalogue.
Data = Annotated[
    Annotated[Known, Tag("known")]
    | Annotated[SyntheticDictionary, Tag(SYNTHETIC)]
    | Annotated[Arrays, Tag(OWN)]
    | Annotated[Sprites, Tag("sprites")]
    | Annotated[DSprites, Tag("dsprites")],
    Discriminator(_kind),
]


def data_of(values: Mapping[str, Any]) -> Data:
    """The section from the plain values in a record. Raises UserError if the data are no longer there."""
    try:
        section: Data = TypeAdapter(Data).validate_python(values)
    except ValidationError as error:
        raise UserError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
    return section

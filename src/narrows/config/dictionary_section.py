"""The section `data` of a config for generated samples of known features: `data=synthetic_dictionary`."""

import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from narrows.config.catalogue import Entry
from narrows.config.common_data import Common
from narrows.config.evaluation_needs import DataTraits
from narrows.config.scales import Scale
from narrows.config.slots import Amount, Count

SYNTHETIC = "synthetic_dictionary"
TOPICS = 8  # of correlated features; sample n has topic n modulo 8, which is its label
RECIPE = 1  # raise it in a commit after which the same section gives other samples


class SyntheticDictionary(Common):
    """Samples that are sparse combinations of known unit vectors, the features; `narrows.data.dictionary` draws them.

    A toy model of superposition as in Elhage et al. 2022 and Sharkey et al. 2022: there may be more features than
    dimensions.
    """

    name: Literal["synthetic_dictionary"] = Field(description="sparse combinations of known features, generated")
    features: Count = Field(description="unit vectors that samples are combined of")
    dimension: Count = Field(description="numbers in a sample")
    active: Count = Field(description="features in a sample; if hierarchical, parents in a sample")
    structure: Literal["independent", "correlated", "hierarchical"] = Field(
        description="which features are active together: any; those of a sample's topic, one of 8; or each child, two "
        "thirds of the features, only with its parent"
    )
    power: Amount = Field(description="frequencies follow rank^-power; 0: all features are equally frequent")
    noise: Amount = Field(description="standard deviation of normal noise on every number of a sample")
    seed: Annotated[int, Field(ge=0)] = Field(description="of features and samples; runs of all seeds share them")
    samples: Count = Field(description="training and validation samples together")
    test_samples: Count = Field(description="test samples")
    val_size: Annotated[int, Field(ge=0)] = Field(description="validation samples, the last ones; 0 trains on all")

    @property
    def entry(self) -> Entry:
        """Sizes, labels, and a checksum of everything that the samples depend on."""
        return Entry(
            train=self.samples,
            test=self.test_samples,
            files={"": hashlib.sha256(json.dumps([RECIPE, self.recipe], sort_keys=True).encode()).hexdigest()},
            classes={str(topic): len(range(topic, self.samples, TOPICS)) for topic in range(self.topics)},
            kind="table",
            shape=(1, 1, self.dimension),
            bytes=False,
        )

    @property
    def recipe(self) -> dict[str, str | float]:
        """The values on which features and samples depend."""
        keys = ("features", "dimension", "active", "structure", "power", "noise", "seed", "samples", "test_samples")
        return {key: getattr(self, key) for key in keys}

    @property
    def topics(self) -> int:
        """The number of topics, which are the labels; 0 without them."""
        return TOPICS if self.structure == "correlated" else 0

    @property
    def parents(self) -> int:
        """The number of features that can be active alone: all, or a third (rounded up) of hierarchical ones."""
        return -(-self.features // 3) if self.structure == "hierarchical" else self.features

    @property
    def base_scale(self) -> Scale:
        return "none"

    @property
    def traits(self) -> DataTraits:
        return super().traits._replace(truth=True, hierarchy=self.structure == "hierarchical" and self.features > 1)

    @model_validator(mode="after")
    def _has_features(self) -> Self:
        if self.active > self.parents:
            raise ValueError(f"data.active={self.active}: {self.parents} features can be active alone")
        if self.topics > self.features:
            raise ValueError(f"data.features={self.features}: structure=correlated has {TOPICS} topics, choose more")
        return self

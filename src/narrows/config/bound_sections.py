"""The schema of the bound on the likelihood that a variational code is trained with. See `schema`."""

from typing import Annotated, Literal

from pydantic import Field

from narrows.config.slots import Count, Section


class AnyBound(Section):
    """The keys of every bound."""

    name: str
    samples: Count = Field(description="codes drawn for each image, in each group if there are groups")
    gradient: Literal["reparameterised", "doubly"] = Field(
        description="of the encoder: of the bound as it is, or doubly reparameterised, with less variance"
    )

    @property
    def drawn(self) -> int:
        """Codes drawn for each image."""
        return self.samples

    @property
    def text(self) -> str:
        """Its name and knobs, such as “elbo (samples 5)”."""
        knobs = [f"{key} {value}" for key, value in self.model_dump().items() if key != "name"]
        return f"{self.name} ({', '.join(knobs)})"

    @property
    def weighted(self) -> bool:
        """Whether it is computed from the densities of codes."""
        return self.name != "elbo" or self.gradient == "doubly"

    @property
    def factored(self) -> bool:
        """Whether it multiplies the gradient that reaches the encoder by a code: see `objective.bounds`."""
        return self.name == "piwae" or (self.name != "elbo" and self.gradient == "doubly")


class Elbo(AnyBound):
    name: Literal["elbo"] = Field(description="the evidence lower bound")


class Iwae(AnyBound):
    name: Literal["iwae"] = Field(description="importance-weighted: the logarithm of a mean of weights")


class Grouped(AnyBound):
    groups: Count = Field(description="groups of codes, each with its own mean of weights")

    @property
    def drawn(self) -> int:
        return self.samples * self.groups


class Miwae(Grouped):
    name: Literal["miwae"] = Field(description="the mean of the importance-weighted bounds of groups")


class Ciwae(AnyBound):
    name: Literal["ciwae"] = Field(description="a share of the elbo, the rest importance-weighted")
    mixing: Annotated[float, Field(ge=0, le=1)] = Field(description="share of the elbo")


class Piwae(Grouped):
    name: Literal["piwae"] = Field(description="importance-weighted for the decoder, in groups for the encoder")


Bound = Annotated[Elbo | Iwae | Miwae | Ciwae | Piwae, Field(discriminator="name")]

ELBO = Elbo(name="elbo", samples=1, gradient="reparameterised")

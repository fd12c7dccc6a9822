"""The schema of a variational code's distributions. See `schema`."""

from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from narrows.config.slots import Code, Count, Section, Variational

Flows = Annotated[Count, Field(description="steps of the flow")]
Units = Annotated[Count, Field(description="hidden units of each step of the flow")]
Components = Annotated[Count, Field(description="distributions in the mixture")]


class AnyPosterior(Section):
    """What every posterior has.

    one_width    members of a fleet must have codes of one width
    closed_form  its divergence from the standard prior has a closed form
    tractable    its density is known at any code, and not only at those that it draws
    """

    one_width: ClassVar[bool] = False
    closed_form: ClassVar[bool] = False
    tractable: ClassVar[bool] = False

    def outputs(self, numbers: int) -> int:
        """How many outputs of the encoder describe it, for codes of so many numbers."""
        raise NotImplementedError

    def weights(self, numbers: int) -> int:
        """How many weights it has itself."""
        return 0


class GaussianPosterior(AnyPosterior):
    name: Literal["gaussian"] = Field(description="independent numbers")
    closed_form = True
    tractable = True

    def outputs(self, numbers: int) -> int:
        return 2 * numbers


class FullCovariance(AnyPosterior):
    name: Literal["full_covariance"] = Field(description="a Gaussian with a covariance matrix of its own")
    one_width = True
    closed_form = True
    tractable = True

    def outputs(self, numbers: int) -> int:
        return (2 + numbers) * numbers


class InverseAutoregressiveFlow(AnyPosterior):
    name: Literal["iaf"] = Field(description="a Gaussian transformed by inverse autoregressive steps")
    flows: Flows
    units: Units

    def outputs(self, numbers: int) -> int:
        return 3 * numbers

    def weights(self, numbers: int) -> int:
        return self.flows * (2 * (numbers + 1) * self.units + 2 * numbers * (self.units + 1))


class PlanarFlow(AnyPosterior):
    name: Literal["planar"] = Field(description="a Gaussian transformed by planar steps")
    flows: Flows

    def outputs(self, numbers: int) -> int:
        return (2 + 2 * self.flows) * numbers

    def weights(self, numbers: int) -> int:
        return self.flows


class VonMisesFisher(AnyPosterior):
    name: Literal["von_mises_fisher"] = Field(description="directions: codes on the unit sphere")
    one_width = True
    closed_form = True

    def outputs(self, numbers: int) -> int:
        return numbers + 1


Posterior = Annotated[
    GaussianPosterior | FullCovariance | InverseAutoregressiveFlow | PlanarFlow | VonMisesFisher,
    Field(discriminator="name"),
]


class AnyPrior(Section):
    """What every prior has."""

    def weights(self, numbers: int, pixels: int) -> int:
        """How many weights it has, for codes of so many numbers and images of so many pixels."""
        return 0


class StandardPrior(AnyPrior):
    name: Literal["standard"] = Field(description="the standard normal; on a sphere the uniform distribution")


class MixturePrior(AnyPrior):
    name: Literal["mixture"] = Field(description="a trained mixture of normal distributions")
    components: Components

    def weights(self, numbers: int, pixels: int) -> int:
        return self.components * (2 * numbers + 1)


class VampPrior(AnyPrior):
    name: Literal["vamp"] = Field(description="the mixture of the posteriors of trained pseudo-inputs")
    components: Components

    def weights(self, numbers: int, pixels: int) -> int:
        return self.components * pixels


class FlowPrior(AnyPrior):
    name: Literal["flow"] = Field(description="a standard normal transformed by coupling layers")
    flows: Flows
    units: Units

    def weights(self, numbers: int, pixels: int) -> int:
        return self.flows * ((numbers + 1) * self.units + 2 * numbers * (self.units + 1))


Prior = Annotated[StandardPrior | MixturePrior | VampPrior | FlowPrior, Field(discriminator="name")]


class Latent(NamedTuple):
    """The distributions of a variational code; without effect on other codes."""

    posterior: Posterior
    prior: Prior


STANDARD = Latent(GaussianPosterior(name="gaussian"), StandardPrior(name="standard"))


def encoder_outputs(code: Code, posterior: Posterior, numbers: int) -> int:
    """How many outputs the encoder has, for codes of so many numbers."""
    return posterior.outputs(numbers) if isinstance(code, Variational) else numbers

"""The schema of the slots: the parts of an autoencoder, its objective and its pretraining."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from narrows.models.activations import ACTIVATIONS
from narrows.models.norms import NORMS


@dataclass(frozen=True)
class OneOf:
    """Annotates a string that must be one of `names`; the JSON schema lists them, for --help and for tests."""

    names: Sequence[str]

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": list(self.names)}

    def _check(self, name: str) -> str:
        if name not in self.names:
            raise ValueError(f"choose from {', '.join(self.names)}")
        return name


def _odd(number: int) -> int:
    if number % 2 == 0:
        raise ValueError("must be odd, so that it is centred on a pixel and any size can be halved")
    return number


Count = Annotated[int, Field(ge=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1)]
Bottleneck = Annotated[Count, Field(description="numbers in the code")]
Activation = Annotated[str, OneOf(tuple(ACTIVATIONS)), Field(description="function between layers")]
Norm = Annotated[str, OneOf(tuple(NORMS)), Field(description="normalisation before each activation")]
Dropout = Annotated[Share, Field(description="share of hidden numbers dropped after each activation while training")]
Init = Annotated[
    Literal["default", "xavier", "kaiming", "orthogonal", "sparse", "column_norm"],
    Field(description="initialisation of the weights; default is PyTorch's"),
]
Output = Annotated[
    Literal["sigmoid", "linear", "tanh"],
    Field(description="function on the decoder's last layer; tanh is rescaled from [-1, 1] to [0, 1]"),
]
Tied = Annotated[bool, Field(description="the decoder uses the encoder's weights, transposed; biases are free")]


class Section(BaseModel):
    """A group of knobs. Unknown keys and values of another type are refused (2.5 is not a bottleneck); it is frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def __hash__(self) -> int:  # pydantic's own hashes the fields, and lists have no hash
        return hash(self.model_dump_json())


class Network(Section):
    """The keys of every encoder and decoder."""

    name: str  # first in every listing
    bottleneck: Bottleneck
    init: Init
    output: Output
    tied: Tied


class Hidden(Network):
    """The keys of encoders and decoders with hidden layers."""

    activation: Activation
    norm: Norm
    dropout: Dropout


class Mlp(Hidden):
    name: Literal["mlp"] = Field(description="fully connected layers; the decoder mirrors the encoder")
    widths: Annotated[list[Count], Field(min_length=1)] = Field(description="units of the encoder's hidden layers")


class Linear(Network):
    name: Literal["linear"] = Field(description="a linear layer as encoder and one as decoder")


class Conv(Hidden):
    name: Literal["conv"] = Field(description="convolutions of stride 2 and a linear layer; the decoder mirrors them")
    channels: Annotated[list[Count], Field(min_length=1)] = Field(description="channels of the encoder's convolutions")
    kernel: Annotated[Count, AfterValidator(_odd)] = Field(description="pixels a side of each convolution; odd")
    up: Literal["transposed", "resize"] = Field(
        description="enlarging maps: by transposed convolutions, or by nearest neighbour and a convolution"
    )


Model = Annotated[Mlp | Linear | Conv, Field(discriminator="name")]


class Plain(Section):
    name: Literal["plain"] = Field(description="the code as the encoder gives it")
    activation: Annotated[str, OneOf(tuple(ACTIVATIONS))] = Field(
        description="function on the code, any of those between layers"
    )


class Variational(Section):
    name: Literal["variational"] = Field(description="a Gaussian for each image; evaluation uses its mean")


class Sparse(Section):
    name: Literal["sparse"] = Field(description="only the largest numbers of each code; the rest are 0")
    active: Count = Field(description="numbers of a code that are not set to 0")


class Quantised(Section):
    name: Literal["quantised"] = Field(description="each number rounded to one of a few values in [-1, 1]")
    levels: Annotated[int, Field(ge=2)] = Field(description="values that a number of the code can have")


Code = Annotated[Plain | Variational | Sparse | Quantised, Field(discriminator="name")]


class Clean(Section):
    name: Literal["none"] = Field(description="clean input")


class Masking(Section):
    name: Literal["masking"] = Field(description="pixels set to 0")
    level: Share = Field(description="share of the pixels that is masked")


class Gaussian(Section):
    name: Literal["gaussian"] = Field(description="normal noise on every pixel")
    level: Amount = Field(description="standard deviation of the noise, in units of [0, 1]")


class SaltPepper(Section):
    name: Literal["salt_pepper"] = Field(description="pixels set to 0 or 1")
    level: Share = Field(description="share of the pixels that is set to 0 or 1")


Corruption = Annotated[Clean | Masking | Gaussian | SaltPepper, Field(discriminator="name")]


class Weights(Section):
    kl: Amount = Field(description="of the divergence between code and prior, nats (beta of a beta-VAE)")
    code_l1: Amount = Field(description="of the sum of the code's absolute values")
    contractive: Amount = Field(description="of the squared Frobenius norm of the encoder's Jacobian")
    orthogonal: Amount = Field(description="of the encoder's weights' squared distance from orthogonal ones")
    mmd: Amount = Field(default=0.0, description="of the maximum mean discrepancy between codes and normal numbers")


class Mmd(Section):
    bandwidths: Annotated[list[Rate], Field(min_length=1)] = Field(
        description="of the kernels whose sum is the kernel of mmd, as multiples of the size of the code"
    )


class Objective(Section):
    name: Literal["mse", "bce", "l1"] = Field(description="reconstruction error per pixel that is minimised")
    reduction: Literal["mean", "sum"] = Field(
        default="mean", description="over pixels, of the loss: sum multiplies it and its gradients by their number"
    )
    weights: Weights
    kl_warmup: Annotated[int, Field(ge=0)] = Field(description="epochs over which the weight of kl rises linearly")
    mmd: Mmd = Field(default=Mmd(bandwidths=[0.2, 0.4, 1.0, 2.0, 4.0, 10.0, 20.0]))  # Tolstikhin et al. 2018's code


class NoPretraining(Section):
    name: Literal["none"] = Field(description="all layers are trained together from the start")


class Layerwise(Section):
    name: Literal["layerwise"] = Field(
        description="each pair of encoder and decoder layers is trained first, the outermost before the others"
    )
    epochs: Count = Field(description="epochs of each pair, before those of the trainer")


Pretrain = Annotated[NoPretraining | Layerwise, Field(discriminator="name")]

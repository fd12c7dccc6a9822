"""The schema of the slots: the parts of an autoencoder, and its pretraining. See `schema`."""

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
    conditional: bool = Field(default=False, description="encoder and decoder are also given the class of each image")


class Mlp(Hidden):
    name: Literal["mlp"] = Field(description="fully connected layers; the decoder mirrors the encoder")
    widths: Annotated[list[Count], Field(min_length=1)] = Field(description="units of the encoder's hidden layers")
    gated: bool = Field(default=False, description="each hidden unit is multiplied by a gate with weights of its own")


class Linear(Network):
    name: Literal["linear"] = Field(description="a linear layer as encoder and one as decoder")
    unit_norm: bool = Field(default=False, description="each number of the code is decoded by a vector of length 1")
    centred: bool = Field(default=False, description="the decoder's bias is subtracted from the encoder's input")


class Conv(Hidden):
    name: Literal["conv"] = Field(description="convolutions of stride 2 and a linear layer; the decoder mirrors them")
    channels: Annotated[list[Count], Field(min_length=1)] = Field(description="channels of the encoder's convolutions")
    kernel: Annotated[Count, AfterValidator(_odd)] = Field(description="pixels a side of each convolution; odd")
    up: Literal["transposed", "resize"] = Field(
        description="enlarging maps: by transposed convolutions, or by nearest neighbour and a convolution"
    )


class ResidualConv(Hidden):
    name: Literal["residual_conv"] = Field(
        description="stages of a convolution, residual blocks and pooling, and a linear layer; the decoder mirrors them"
    )
    channels: Annotated[list[Count], Field(min_length=1)] = Field(description="channels of the encoder's stages")
    blocks: Count = Field(description="residual blocks of each stage, of two convolutions each")
    kernel: Annotated[Count, AfterValidator(_odd)] = Field(description="pixels a side of each convolution; odd")


Model = Annotated[Mlp | Linear | Conv | ResidualConv, Field(discriminator="name")]


def is_conditional(model: Model) -> bool:
    """Whether encoder and decoder are given the class of each image."""
    return isinstance(model, Hidden) and model.conditional


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


class Watched(Section):
    """The keys of codes whose units are watched in training, see `models.sparse_codes`."""

    dead_after: Count = Field(description="training steps without being active after which a unit counts as dead")
    resample: Annotated[int, Field(ge=0)] = Field(
        description="epochs between drawing the weights of dead units anew; 0: never"
    )


class Relu(Watched):
    name: Literal["relu"] = Field(description="rectified numbers, to be made sparse by objective.weights.code_l1")


class TopK(Watched):
    name: Literal["topk"] = Field(description="only the largest numbers of each code, rectified; the rest are 0")
    active: Count = Field(description="numbers of a code that are not set to 0")
    annealing: Annotated[int, Field(ge=0)] = Field(
        description="training steps over which the number of active units falls from all to code.active; 0: none"
    )


class BatchTopK(TopK):
    name: Literal["batch_topk"] = Field(  # type: ignore[assignment] # the other keys are those of topk
        description="as topk, the largest of a batch, so many for each image; a threshold in evaluation"
    )


class JumpRelu(Watched):
    name: Literal["jumprelu"] = Field(description="numbers above a threshold that each unit learns")
    threshold: Rate = Field(description="of every unit before training")
    bandwidth: Rate = Field(description="width of the range around a threshold from which its gradient is estimated")


class Gated(Watched):
    name: Literal["gated"] = Field(description="a gate decides which units are active, a second number how much")


class Codebook(Section):
    """The keys of codes that are entries of codebooks."""

    name: str
    entries: Annotated[int, Field(ge=2)] = Field(description="entries of each codebook")
    decay: Share = Field(description="share of the last step's entry that stays; the rest follows the minibatch")


class VectorQuantised(Codebook):
    name: Literal["vector_quantised"] = Field(description="the code is the nearest entry of a codebook")
    vectors: Count = Field(description="parts of a code, each with a codebook of its own; divides model.bottleneck")


class ResidualQuantised(Codebook):
    name: Literal["residual_quantised"] = Field(
        description="the code is a sum of entries, each the nearest to what is left of the code"
    )
    stages: Count = Field(description="codebooks, one after the other")


Code = Annotated[
    Plain
    | Variational
    | Sparse
    | Quantised
    | Relu
    | TopK
    | BatchTopK
    | JumpRelu
    | Gated
    | VectorQuantised
    | ResidualQuantised,
    Field(discriminator="name"),
]


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


class Patches(Section):
    name: Literal["patches"] = Field(description="square patches hidden, as many in each image")
    level: Share = Field(description="share of the patches that is hidden")
    size: Count = Field(description="pixels a side of a patch")


Corruption = Annotated[Clean | Masking | Gaussian | SaltPepper | Patches, Field(discriminator="name")]


class NoPretraining(Section):
    name: Literal["none"] = Field(description="all layers are trained together from the start")


class Layerwise(Section):
    name: Literal["layerwise"] = Field(
        description="each pair of encoder and decoder layers is trained first, the outermost before the others"
    )
    epochs: Count = Field(description="epochs of each pair, before those of the trainer")


Pretrain = Annotated[NoPretraining | Layerwise, Field(discriminator="name")]

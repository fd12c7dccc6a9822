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


class Weights(Section):
    kl: Amount = Field(description="of the divergence between code and prior, nats (beta of a beta-VAE)")
    code_l1: Amount = Field(description="of the sum of the code's absolute values")
    contractive: Amount = Field(description="of the squared Frobenius norm of the encoder's Jacobian")
    orthogonal: Amount = Field(description="of the encoder's weights' squared distance from orthogonal ones")
    mmd: Amount = Field(default=0.0, description="of the maximum mean discrepancy between codes and normal numbers")
    code_l0: Amount = Field(default=0.0, description="of the number of active units, for code=jumprelu")
    gate_error: Amount = Field(default=0.0, description="of the squared error of the gates' image, for code=gated")
    aux_k: Amount = Field(default=0.0, description="of the squared error that dead units leave of the error")
    matryoshka: Amount = Field(default=0.0, description="of the squared errors of prefixes of the code")
    code_l2: Amount = Field(default=0.0, description="of half the sum of the code's squares")
    commitment: Amount = Field(default=0.0, description="of the codes' squared distances from their codebook entries")
    total_correlation: Amount = Field(
        default=0.0, description="of the total correlation of the code's numbers, nats (beta - 1 of a beta-TCVAE)"
    )
    dip_i: Amount = Field(default=0.0, description="of the distance of the codes' means' covariance from the identity")
    dip_ii: Amount = Field(default=0.0, description="of the distance of sampled codes' covariance from the identity")
    decoder_l2: Amount = Field(default=0.0, description="of the sum of the squares of the decoder's weights")
    decoder_gradient: Amount = Field(default=0.0, description="of the squared Frobenius norm of the decoder's Jacobian")


class Mmd(Section):
    bandwidths: Annotated[list[Rate], Field(min_length=1)] = Field(
        description="of the kernels whose sum is the kernel of mmd, as multiples of the size of the code"
    )


class Kl(Section):
    free_bits: Amount = Field(
        description="nats of each number of the code up to which its divergence, mean over a batch, is not reduced"
    )


class AuxK(Section):
    units: Count = Field(description="dead units that reconstruct the error of each image")


class Matryoshka(Section):
    prefixes: Annotated[list[Annotated[float, Field(gt=0, lt=1)]], Field(min_length=1)] = Field(
        description="shares of the code's units, the first of which also reconstruct alone"
    )


class Dip(Section):
    diagonal: Amount = Field(description="weight of the variances' distance from 1, relative to that of covariances")


class LogisticMixture(Section):
    components: Count = Field(description="logistic distributions whose mixture is that of a pixel")


class Objective(Section):
    name: Literal["mse", "bce", "l1", "gaussian", "continuous_bernoulli", "logistic_mixture"] = Field(
        description="reconstruction error per pixel that is minimised; the last three are likelihoods of grey pixels"
    )
    reduction: Literal["mean", "sum"] = Field(
        default="mean", description="over pixels, of the loss: sum multiplies it and its gradients by their number"
    )
    weights: Weights
    pixels: Literal["all", "hidden"] = Field(
        default="all", description="whose errors are averaged: all pixels, or only those that corruption=patches hides"
    )
    kl_warmup: Annotated[int, Field(ge=0)] = Field(description="epochs over which the weight of kl rises linearly")
    kl: Kl = Field(default=Kl(free_bits=0.0))
    mmd: Mmd = Field(default=Mmd(bandwidths=[0.2, 0.4, 1.0, 2.0, 4.0, 10.0, 20.0]))  # Tolstikhin et al. 2018's code
    aux_k: AuxK = Field(default=AuxK(units=32))
    matryoshka: Matryoshka = Field(default=Matryoshka(prefixes=[0.125, 0.25, 0.5]))
    dip_i: Dip = Field(default=Dip(diagonal=10.0))  # as Kumar et al. 2018, section 4, both
    dip_ii: Dip = Field(default=Dip(diagonal=1.0))
    logistic_mixture: LogisticMixture = Field(default=LogisticMixture(components=5))

    @property
    def outputs(self) -> int:
        """How many outputs of the decoder describe one pixel."""
        return 3 * self.logistic_mixture.components if self.name == "logistic_mixture" else 1


class NoPretraining(Section):
    name: Literal["none"] = Field(description="all layers are trained together from the start")


class Layerwise(Section):
    name: Literal["layerwise"] = Field(
        description="each pair of encoder and decoder layers is trained first, the outermost before the others"
    )
    epochs: Count = Field(description="epochs of each pair, before those of the trainer")


Pretrain = Annotated[NoPretraining | Layerwise, Field(discriminator="name")]

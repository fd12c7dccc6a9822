"""The autoencoder: encoder, code slot and decoder."""

from math import prod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from narrows.models.gradient_factors import factored
from narrows.models.heads import Head, Pointwise
from narrows.models.traits import NOTHING, Code, Drawn
from narrows.seeds import Noise


class Draws(NamedTuple):
    """How codes are drawn in a pass, as a bound asks for it: see `objective.bounds`.

    codes     of each image
    density   the density of each code is needed
    factored  the encoder's gradient of each code gets a factor, see `gradient_factors`
    detached  the gradient of a density reaches the encoder by the code only
    """

    codes: int = 1
    density: bool = False
    factored: bool = False
    detached: bool = False


ONE = Draws()


class Reconstruction(NamedTuple):
    """The output of an autoencoder for B images, with all that an objective may need.

    head       from scores to images
    scores     (B, n · C, H, W), the decoder's outputs, n for each pixel: the logits if the head is a sigmoid
    code       (B, k)
    hidden     (B, h), the encoder's output, before the code slot
    inputs     (B, C, H, W), the encoder's input, corrupted in training
    log_scale  (1,), see `heads.Head`

    Where S codes are drawn for each image, `scores`, `code` and `inputs` have B · S rows, those of an image adjacent.

    log_density  of each code under its posterior, (B · S,), where the bound or the divergence needs it
    factors      of the gradients of each code, (B · S,) twice, where the bound gives them: see `factored`
    """

    head: Head
    scores: Tensor
    code: Tensor
    hidden: Tensor = NOTHING
    inputs: Tensor = NOTHING
    log_scale: Tensor = NOTHING
    log_density: Tensor = NOTHING
    factors: tuple[Tensor, Tensor] = (NOTHING, NOTHING)

    @property
    def images(self) -> Tensor:
        """The reconstruction, (B, C, H, W). Computed by each access, since errors of logits do without it."""
        images: Tensor = self.head(self.scores)
        return images


class Autoencoder(nn.Module):
    """Encoder, code and decoder, for images (B, C, H, W) with pixels in [0, 1].

    The encoder maps flattened images (B, C·H·W) to the input of the code slot, which gives codes (B, k); the decoder
    maps these to (B, n·C·H·W), and the head `output` to pixels. A name in its place, a key of `heads.OUTPUTS`, is that
    function of each output; raises KeyError for another name. Dropout and code slot draw from the source of noise that
    `forward` is given, and are deterministic without one.

    conditional  it takes labelled images, of the shape `input_shape`; see `models.conditional`
    """

    conditional: ClassVar[bool] = False

    def __init__(
        self,
        encoder: nn.Module,
        code: Code,
        decoder: nn.Module,
        shape: tuple[int, int, int],
        output: Head | str,
    ) -> None:
        super().__init__()
        self.encoder, self.code, self.decoder = encoder, code, decoder
        self.shape = shape
        self.output = output if isinstance(output, Head) else Pointwise(output)

    @property
    def size(self) -> int:
        """The number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def pixels(self) -> int:
        """How many numbers an image has."""
        return prod(self.shape)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """The shape of an input, that of the images."""
        return self.shape

    @property
    def width(self) -> int:
        """How many numbers a code has. For evaluation mode: in training a norm over one image is an error."""
        weights = next(self.parameters())
        with torch.no_grad():
            return self.encode(weights.new_zeros(1, *self.input_shape)).shape[1]

    def target(self, images: Tensor) -> Tensor:
        """What is to be reconstructed of inputs: the images, (B, C, H, W), themselves."""
        return images

    def compared(self, output: Reconstruction, images: Tensor) -> tuple[Reconstruction, Tensor]:
        """The output for these inputs, and the images that it is compared with."""
        return output, images

    def decoder_input(self, code: Tensor, images: Tensor) -> Tensor:
        """The decoder's input for the codes (B, k) of inputs: the codes themselves."""
        return code

    def encode(self, images: Tensor) -> Tensor:
        """The code of each image, its mean where the code is a distribution: (B, C, H, W) to (B, k)."""
        codes: Tensor = self.code(self.encoder(images.flatten(-3)))
        return codes

    def decode(self, code: Tensor) -> Tensor:
        """The image of each code: (B, k) to (B, C, H, W)."""
        return self.images(self.decoder(code))

    def scores(self, outputs: Tensor) -> Tensor:
        """The decoder's flat outputs (…, n·C·H·W) as (…, n·C, H, W), for the head."""
        channels, *size = self.shape
        scores: Tensor = outputs.unflatten(-1, (self.output.outputs * channels, *size))
        return scores

    def images(self, outputs: Tensor) -> Tensor:
        """The decoder's flat outputs (…, n·C·H·W) to images (…, C, H, W)."""
        images: Tensor = self.output(self.scores(outputs))
        return images

    def reconstruct(self, images: Tensor) -> Tensor:
        """Encode, then decode: images (B, C, H, W) to the same shape."""
        return self.decode(self.decoder_input(self.encode(images), images))

    def forward(self, images: Tensor, noise: Noise | None = None, draws: Draws = ONE) -> Reconstruction:
        """As `reconstruct`, with all that objectives need; the code and in training mode dropout draw from `noise`.

        Without noise all `draws` would be the same, so there is one code for each image.
        """
        hidden = self.encoder(images.flatten(-3), noise)
        drawn, factors = self._drawn(hidden, noise, draws)
        output = self.decoded(drawn.code, hidden, images, noise)
        return output._replace(log_density=drawn.log_density, factors=factors)

    def decoded(self, code: Tensor, hidden: Tensor, images: Tensor, noise: Noise | None = None) -> Reconstruction:
        """The output for codes (B · S, k) of images (B, C, H, W), for which the encoder gave `hidden` (B, h)."""
        count, drawn = images.shape[-4], code.shape[-2]
        inputs = images if drawn == count else repeated(images, drawn // count, -4)
        scores = self.scores(self.decoder(self.decoder_input(code, inputs), noise))
        return Reconstruction(self.output, scores, code, hidden, inputs, self.output.log_scale)

    def _drawn(self, hidden: Tensor, noise: Noise | None, draws: Draws) -> tuple[Drawn, tuple[Tensor, Tensor]]:
        """The code slot's codes, and the `Reconstruction.factors`."""
        above = below = NOTHING
        if noise is None:
            return Drawn(self.code(hidden)), (above, below)
        if draws.codes > 1:
            hidden = repeated(hidden, draws.codes, -2)
        if draws.factored:
            hidden, above, below = factored(hidden)
        if draws.density or self.code.estimates:
            return self.code.draw(hidden, noise, draws.detached), (above, below)
        return Drawn(self.code(hidden, noise)), (above, below)


def repeated(x: Tensor, count: int, dim: int) -> Tensor:
    """Each row of dimension `dim`, negative, `count` times: (…, B, …) to (…, B · count, …), those of a row adjacent."""
    sizes = list(x.shape)
    sizes.insert(len(sizes) + dim + 1, count)
    return x.unsqueeze(dim).expand(sizes).flatten(dim - 1, dim)

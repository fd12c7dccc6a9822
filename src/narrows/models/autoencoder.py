"""The autoencoder: encoder, code slot and decoder."""

from math import prod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from narrows.models.traits import Code
from narrows.seeds import Noise

#: Functions from the decoder's last layer to pixels. Only `linear` can leave [0, 1].
OUTPUTS = {"sigmoid": torch.sigmoid, "linear": torch.positive, "tanh": lambda scores: (scores.tanh() + 1) / 2}

NOTHING = torch.empty(0)  # for fields that a caller leaves out


class Reconstruction(NamedTuple):
    """The output of an autoencoder for B images, with all that an objective may need.

    images  (B, C, H, W), the reconstruction
    scores  (B, C, H, W), the reconstruction before the output function: the logits if that is a sigmoid
    code    (B, k)
    hidden  (B, h), the encoder's output, before the code slot
    inputs  (B, C, H, W), the encoder's input, corrupted in training
    """

    images: Tensor
    scores: Tensor
    code: Tensor
    hidden: Tensor = NOTHING
    inputs: Tensor = NOTHING


class Autoencoder(nn.Module):
    """Encoder, code and decoder, for images (B, C, H, W) with pixels in [0, 1].

    The encoder maps flattened images (B, C·H·W) to the input of the code slot, which gives codes (B, k); the decoder
    maps these to (B, C·H·W). `output` names the function on the decoder's last layer, a key of `OUTPUTS`; raises
    KeyError for another name. Dropout and code slot draw from the source of noise that `forward` is given, and are
    deterministic without one.

    conditional  it takes labelled images, of the shape `input_shape`; see `models.conditional`
    """

    conditional: ClassVar[bool] = False

    def __init__(
        self,
        encoder: nn.Module,
        code: Code,
        decoder: nn.Module,
        shape: tuple[int, int, int],
        output: str,
    ) -> None:
        super().__init__()
        self.encoder, self.code, self.decoder = encoder, code, decoder
        self.shape, self.output = shape, OUTPUTS[output]

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
        images: Tensor = self.output(self.decoder(code).unflatten(-1, self.shape))
        return images

    def reconstruct(self, images: Tensor) -> Tensor:
        """Encode, then decode: images (B, C, H, W) to the same shape."""
        return self.decode(self.decoder_input(self.encode(images), images))

    def forward(self, images: Tensor, noise: Noise | None = None) -> Reconstruction:
        """As `reconstruct`, with all that objectives need; the code and in training mode dropout draw from `noise`."""
        hidden = self.encoder(images.flatten(-3), noise)
        code = self.code(hidden, noise)
        scores = self.decoder(self.decoder_input(code, images), noise).unflatten(-1, self.shape)
        return Reconstruction(self.output(scores), scores, code, hidden, images)

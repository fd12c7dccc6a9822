"""The autoencoder: encoder, code slot and decoder."""

from typing import NamedTuple

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
    """

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
        return self.decode(self.encode(images))

    def forward(self, images: Tensor, noise: Noise | None = None) -> Reconstruction:
        """As `reconstruct`, with all that objectives need; the code and in training mode dropout draw from `noise`."""
        hidden = self.encoder(images.flatten(-3), noise)
        code = self.code(hidden, noise)
        scores = self.decoder(code, noise).unflatten(-1, self.shape)
        return Reconstruction(self.output(scores), scores, code, hidden, images)

"""The autoencoder: images through a narrow code and back."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from narrows.models.traits import Code
from narrows.seeds import Noise

#: What turns the decoder's last layer into pixels in [0, 1].
OUTPUTS = {"sigmoid": torch.sigmoid, "linear": torch.positive, "tanh": lambda scores: (scores.tanh() + 1) / 2}

NOTHING = torch.empty(0)


class Reconstruction(NamedTuple):
    """What an objective may look at, for B images.

    images (B, C, H, W): what the decoder rebuilt; scores (B, C, H, W): the same before the output function (the logits
    under a sigmoid); code (B, k); hidden (B, h): what the encoder gave the code slot; inputs (B, C, H, W): what the
    encoder was shown.
    """

    images: Tensor
    scores: Tensor
    code: Tensor
    hidden: Tensor = NOTHING
    inputs: Tensor = NOTHING


class Autoencoder(nn.Module):
    """Encoder, code and decoder, for images (B, C, H, W) with pixels in [0, 1].

    The encoder maps (B, C·H·W) to what the code slot needs, the code slot gives (B, k), the decoder maps (B, k) to
    (B, C·H·W); `output` names the function on its last layer. Flattening is done here, so slots see vectors.
    Noise of any kind is drawn from the generator that `forward` is given; without one there is none.
    Raises KeyError for an output that does not exist.
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
        """The number of its trained parameters."""
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
        """Images through the code and back: (B, C, H, W) to the same shape."""
        return self.decode(self.encode(images))

    def forward(self, images: Tensor, noise: Noise | None = None) -> Reconstruction:
        """As `reconstruct`, in training mode with the noise of dropout and code, and with all that objectives need."""
        hidden = self.encoder(images.flatten(-3), noise)
        code = self.code(hidden, noise)
        scores = self.decoder(code, noise).unflatten(-1, self.shape)
        return Reconstruction(self.output(scores), scores, code, hidden, images)

"""The autoencoder: encoder, code slot and decoder."""

from typing import NamedTuple

from torch import Tensor, nn

from narrows.models.heads import Head, Pointwise
from narrows.models.traits import NOTHING, Code
from narrows.seeds import Noise


class Reconstruction(NamedTuple):
    """The output of an autoencoder for B images, with all that an objective may need.

    images     (B, C, H, W), the reconstruction
    scores     (B, n · C, H, W), the decoder's outputs, n for each pixel: the logits if the output function is a sigmoid
    code       (B, k)
    hidden     (B, h), the encoder's output, before the code slot
    inputs     (B, C, H, W), the encoder's input, corrupted in training
    log_scale  (1,), see `heads.Head`
    """

    images: Tensor
    scores: Tensor
    code: Tensor
    hidden: Tensor = NOTHING
    inputs: Tensor = NOTHING
    log_scale: Tensor = NOTHING


class Autoencoder(nn.Module):
    """Encoder, code and decoder, for images (B, C, H, W) with pixels in [0, 1].

    The encoder maps flattened images (B, C·H·W) to the input of the code slot, which gives codes (B, k); the decoder
    maps these to (B, n·C·H·W), and the head `output` to pixels. A name in its place, a key of `heads.OUTPUTS`, is that
    function of each output; raises KeyError for another name. Dropout and code slot draw from the source of noise that
    `forward` is given, and are deterministic without one.
    """

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

    def encode(self, images: Tensor) -> Tensor:
        """The code of each image, its mean where the code is a distribution: (B, C, H, W) to (B, k)."""
        codes: Tensor = self.code(self.encoder(images.flatten(-3)))
        return codes

    def decode(self, code: Tensor) -> Tensor:
        """The image of each code: (B, k) to (B, C, H, W)."""
        images: Tensor = self.output(self._scores(code))
        return images

    def _scores(self, code: Tensor, noise: Noise | None = None) -> Tensor:
        channels, *size = self.shape
        scores: Tensor = self.decoder(code, noise).unflatten(-1, (self.output.outputs * channels, *size))
        return scores

    def reconstruct(self, images: Tensor) -> Tensor:
        """Encode, then decode: images (B, C, H, W) to the same shape."""
        return self.decode(self.encode(images))

    def forward(self, images: Tensor, noise: Noise | None = None) -> Reconstruction:
        """As `reconstruct`, with all that objectives need; the code and in training mode dropout draw from `noise`."""
        hidden = self.encoder(images.flatten(-3), noise)
        return self.decoded(self.code(hidden, noise), hidden, images, noise)

    def decoded(self, code: Tensor, hidden: Tensor, images: Tensor, noise: Noise | None = None) -> Reconstruction:
        """The output for codes (B, k) of images (B, C, H, W), for which the encoder gave `hidden` (B, h)."""
        scores = self._scores(code, noise)
        return Reconstruction(self.output(scores), scores, code, hidden, images, self.output.log_scale)

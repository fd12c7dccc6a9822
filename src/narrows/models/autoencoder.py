"""The autoencoder: encoder, code slot and decoder."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from narrows.models.factors import factored
from narrows.models.traits import NOTHING, Code, Drawn
from narrows.seeds import Noise

#: Functions from the decoder's last layer to pixels. Only `linear` can leave [0, 1].
OUTPUTS = {"sigmoid": torch.sigmoid, "linear": torch.positive, "tanh": lambda scores: (scores.tanh() + 1) / 2}


class Draws(NamedTuple):
    """How codes are drawn in a pass, as a bound asks for it: see `objective.bounds`.

    codes     of each image
    density   the density of each code is needed
    factored  the encoder's gradient of each code gets a factor, see `factors`
    detached  the gradient of a density reaches the encoder by the code only
    """

    codes: int = 1
    density: bool = False
    factored: bool = False
    detached: bool = False


ONE = Draws()


class Reconstruction(NamedTuple):
    """The output of an autoencoder for B images, with all that an objective may need.

    images  (B, C, H, W), the reconstruction
    scores  (B, C, H, W), the reconstruction before the output function: the logits if that is a sigmoid
    code    (B, k)
    hidden  (B, h), the encoder's output, before the code slot
    inputs  (B, C, H, W), the encoder's input, corrupted in training

    Where S codes are drawn for each image, `images`, `scores` and `code` have B · S rows, those of an image adjacent.

    log_density  of each code under its posterior, (B · S,), where the bound or the divergence needs it
    factors      of the gradients of each code, (B · S,) twice, where the bound gives them: see `factored`
    """

    images: Tensor
    scores: Tensor
    code: Tensor
    hidden: Tensor = NOTHING
    inputs: Tensor = NOTHING
    log_density: Tensor = NOTHING
    factors: tuple[Tensor, Tensor] = (NOTHING, NOTHING)


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

    def forward(self, images: Tensor, noise: Noise | None = None, draws: Draws = ONE) -> Reconstruction:
        """As `reconstruct`, with all that objectives need; the code and in training mode dropout draw from `noise`.

        Without noise all `draws` would be the same, so there is one code for each image.
        """
        hidden = self.encoder(images.flatten(-3), noise)
        drawn, factors = self._drawn(hidden, noise, draws)
        scores = self.decoder(drawn.code, noise).unflatten(-1, self.shape)
        return Reconstruction(self.output(scores), scores, drawn.code, hidden, images, drawn.log_density, factors)

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

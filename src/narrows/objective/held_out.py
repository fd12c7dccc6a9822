"""The loss of images that are not trained on: it chooses the epoch whose weights are kept."""

from dataclasses import dataclass

from torch import Tensor

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.traits import Code, Corruption
from narrows.objective.objective import Objective
from narrows.seeds import FixedNoise


@dataclass(frozen=True)
class HeldOut:
    """The loss of images that are not trained on.

    With `noisy` it is the loss that is minimised: inputs are corrupted, codes sampled, and every term has its final
    weight, so that epochs in which the weight of kl still rises do not look better than they are. The noise is the same
    in every epoch and run, so that epochs can be compared. Otherwise inputs are clean, codes are means, and terms have
    the weights of the epoch. Dropout is off in both.
    """

    objective: Objective
    corruption: Corruption
    noisy: bool

    def __call__(self, autoencoder: Autoencoder, images: Tensor, epoch: int) -> tuple[Tensor, Reconstruction]:
        """Losses (B,) and outputs of images (B, C, H, W) in `epoch` (from 0), by an autoencoder in evaluation mode."""
        noise = FixedNoise()
        inputs = self.corruption(images, noise) if self.noisy else images
        output = autoencoder(inputs, noise if self.noisy else None, self.objective.draws)
        return self.objective(autoencoder, output, images, self.epoch(epoch), noise), output

    @property
    def codes(self) -> int:
        """How many codes of each image it decodes."""
        return self.objective.draws.codes if self.noisy else 1

    def epoch(self, epoch: int) -> int:
        """The epoch, both from 0, whose weights the terms have in `epoch`."""
        return max(epoch, self.objective.kl_warmup) if self.noisy else epoch


def draws(corruption: Corruption, code: Code) -> bool:
    """Whether training draws noise for inputs or codes."""
    return corruption.changes or code.has_prior

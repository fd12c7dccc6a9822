"""A term of the objective: how it is computed, and what fleets must know of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.traits import NOTHING
from narrows.seeds import Noise, normal


class Given(NamedTuple):
    """Arguments of a term beside the autoencoder and its output.

    width     the number of numbers in a code, see `Code.width`; for terms that declare `depends_on_width`
    sample    (B, k), standard normal numbers; for terms that declare `draws`
    settings  the values of the config's section `objective.<term>`, if there is one
    images    (B, C, H, W), the clean ones

    Where a term does not declare them, `width` and `sample` are empty tensors: to compute with them is an error.
    """

    width: int | Tensor = NOTHING
    sample: Tensor = NOTHING
    settings: Mapping[str, Any] = {}
    images: Tensor = NOTHING


@dataclass(frozen=True)
class Term:
    """A term: `compute` gives its value for each image, (B,).

    mixes_images      the value of an image depends on the other images of its batch, so validation is cut into the same
                      batches in a fleet as in a run alone
    depends_on_width  the value depends on the number k of numbers in a code, which it reads from `Given.width`; in a
                      stack of several widths `code.shape[-1]` is the largest of them
    draws             it uses `Given.sample`
    stacks            `compute` also takes arrays of M members, (M, B, …) to (M, B); see `models.traits.Layer`
    """

    compute: Callable[[Autoencoder, Reconstruction, Given], Tensor]
    mixes_images: bool = False
    depends_on_width: bool = False
    draws: bool = False
    stacks: bool = False

    def __call__(
        self,
        autoencoder: Autoencoder,
        output: Reconstruction,
        settings: Mapping[str, Any],
        noise: Noise,
        images: Tensor = NOTHING,
    ) -> Tensor:
        """The value for each image, (B,); `Given.sample` is drawn from `noise`."""
        width = autoencoder.code.width(output.code) if self.depends_on_width else NOTHING
        sample = normal(output.code, noise, of_code=True) if self.draws else NOTHING
        return self.compute(autoencoder, output, Given(width, sample, settings, images))

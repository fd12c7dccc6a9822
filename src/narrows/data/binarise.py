"""Binarised images: each pixel is 1 with the probability that its grey value states, else 0.

With them cross-entropy is a likelihood, and bounds can be compared with published ones. `fixed` is one draw for all
runs, as in Salakhutdinov & Murray 2008, of the same law as Larochelle's published draw but not the same numbers;
`dynamic` draws training images anew each time that they are seen, as Burda et al. 2016 do. Validation and test images
are always those of the fixed draw.
"""

from dataclasses import replace
from functools import lru_cache

import torch
from torch import Generator, Tensor

from narrows.config.scales import Binarise
from narrows.data.sources import Dataset, Images, as_floats
from narrows.seeds import Noise, generator, uniform

AT_ONCE = 1000  # images, 3 MB of random numbers for MNIST's


def drawn(images: Tensor, noise: Noise) -> Tensor:
    """One draw of images with pixels in [0, 1], any shape and floating type, to 0 and 1 of the same type."""
    return (uniform(images, noise) < images).to(images.dtype)


@lru_cache(maxsize=2)  # the runs of a study share their images; 0.3 s for 70,000
def binarised(dataset: Dataset, binarise: Binarise) -> Dataset:
    """The data set with all its images binarised; grey ones are kept for training if it is `dynamic`.

    An image's draw depends on its place in the data set's fixed order only, not on seed, splits or sizes.
    """
    if binarise == "none":
        return dataset
    train, test = fixed(dataset.train, "train"), fixed(dataset.test, "test")
    return replace(
        dataset, train=replace(train, grey=dataset.train.pixels if binarise == "dynamic" else None), test=test
    )


def fixed(images: Images, part: str) -> Images:
    """The fixed draw of uint8 images, 0 or 255, from the generator of this `part` of the data set."""
    noise = generator(0, "binarise", part, device=images.pixels.device)
    batches = [_bytes(batch, noise) for batch in images.pixels.split(AT_ONCE)]
    return replace(images, pixels=torch.cat(batches))


def _bytes(pixels: Tensor, noise: Generator) -> Tensor:
    return drawn(as_floats(pixels), noise).to(torch.uint8) * 255

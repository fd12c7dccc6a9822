"""How the kernels of `triton_conv` split their products among programs."""

from typing import NamedTuple


class Setting(NamedTuple):
    """How a kernel splits a product; powers of 2.

    `tile`: numbers that a program computes, or, of gradients of weights, that it reads at a time. `deep`: numbers of
    a window that are multiplied at a time, or, of gradients of weights, that a program computes. Of windows, they are
    `by_pixel` where `deep` divides the channels: a program then tells once for all channels which pixels exist.
    """

    tile: int
    deep: int
    warps: int
    stages: int
    by_pixel: bool = True


#: By product and arithmetic. "fma" is multiplication and addition outside of tensor cores, of whole float32 numbers.
#: The fastest of 130 settings on an H200 (Triton 3.6) for the default's layers: 0.25 ms for the products of 1 and 16
#: channels, 0.5 to 0.9 for those of 16 and 32, in TF32.
SETTINGS = {
    ("convolution", "fma"): Setting(2048, 1, 2, 1),
    ("convolution", "tf32"): Setting(4096, 16, 4, 3, by_pixel=False),
    ("convolution", "tf32x3"): Setting(2048, 16, 4, 1),
    ("transposed", "fma"): Setting(2048, 1, 4, 1),
    ("transposed", "tf32"): Setting(8192, 16, 4, 2),
    ("transposed", "tf32x3"): Setting(4096, 16, 4, 1),
    ("weight_gradient", "tf32"): Setting(4096, 64, 4, 2),
    ("weight_gradient", "tf32x3"): Setting(2048, 32, 2, 3),
}

"""Summaries in TensorBoard's protocol buffers, kept small."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_BLOB_SEQUENCE, HistogramProto, Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.image import metadata
from tensorboard.plugins.text.summary_v2 import text_pb
from torch import Tensor
from torch.utils.tensorboard.summary import custom_scalars

#: Group to chart title to the tags in the chart, as regular expressions.
Charts = dict[str, dict[str, list[str]]]

GREYS = 16  # in a picture without colours: four bits a pixel, a third of the bytes, hardly visible on digits
COLOURS = 64  # in any other picture
BINS = 16
LEVEL = 7  # of zlib: level 9 makes files 1 % smaller and takes five times as long, 0.2 s for a run's pictures


def scalar(tag: str, number: float) -> Summary:
    return Summary(value=[Summary.Value(tag=tag, simple_value=number)])


def text(tag: str, markdown: str) -> Summary:
    return text_pb(tag, markdown)


def picture(tag: str, pixels: Tensor, description: str) -> Summary:
    """A picture (3, height, width) in [0, 1] with a description in markdown."""
    _, height, width = pixels.shape
    content = [str(width).encode(), str(height).encode(), png(pixels)]
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=len(content))])
    tensor = TensorProto(dtype=types_pb2.DT_STRING, string_val=content, tensor_shape=shape)
    plugin = metadata.create_summary_metadata(display_name="", description=description)
    plugin.data_class = DATA_CLASS_BLOB_SEQUENCE
    return Summary(value=[Summary.Value(tag=tag, tensor=tensor, metadata=plugin)])


def png(pixels: Tensor, greys: int = GREYS) -> bytes:
    """A PNG file of a picture (3, height, width) in [0, 1]. Without colours it has `greys` shades, a power of 2."""
    file, numbers = BytesIO(), pixels.cpu().clamp(0, 1).numpy()
    if (numbers == numbers[:1]).all():
        _grey(numbers[0], greys).save(file, "png", bits=greys.bit_length() - 1, compress_level=LEVEL)
    else:
        colours = (numbers.transpose(1, 2, 0) * 255).round().astype(np.uint8)
        quantised = Image.fromarray(colours).quantize(
            COLOURS, Image.Quantize.FASTOCTREE
        )  # median cut: five times as long
        quantised.save(file, "png", compress_level=LEVEL)
    return file.getvalue()


def _grey(numbers: NDArray[np.float32], greys: int) -> Image.Image:
    image = Image.fromarray((numbers * (greys - 1)).round().astype(np.uint8)).convert("L")
    image.putpalette([shade * 255 // (greys - 1) for shade in range(greys) for _ in range(3)])
    return image


def histogram(tag: str, values: NDArray[np.float32]) -> Summary:
    """The histogram of values (N,) in sixteen bins."""
    numbers = values.astype(np.float64)  # float32 has no sixteen different limits between values that are almost equal
    counts, limits = np.histogram(numbers, BINS)
    shown = HistogramProto(
        min=numbers.min(), max=numbers.max(), num=len(numbers), sum=numbers.sum(), sum_squares=(numbers**2).sum(),
        bucket_limit=limits[1:].tolist(), bucket=counts.tolist(),
    )  # fmt: skip
    return Summary(value=[Summary.Value(tag=tag, histo=shown)])


def layout(charts: Charts) -> Summary:
    """The layout of CUSTOM SCALARS."""
    groups = {
        group: {title: ["Multiline", [f"^{tag}$" for tag in tags]] for title, tags in titled.items()}
        for group, titled in charts.items()
    }
    return custom_scalars(groups)

"""Images as every viewer shows them: turned as the camera was held, palettes as colours."""

import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from narrows.errors import UserError
from narrows.own.raw import Array

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")  # with 8 bits per channel or fewer
GREY = ("1", "L", "LA")
ORIENTATION = 0x0112  # EXIF's tag; 1 is upright
STILLS = ("MPO",)  # formats of photographs whose further pictures are previews or depths
BYTE = 255  # the largest value of a channel of 8 bits

TURNED = "some images turned as their EXIF says"
SHORTENED = "colours of 16 bits are read with 8, as viewers show them"


def stacked(files: Sequence[Path]) -> tuple[Array, tuple[str, ...]]:
    """Images as bytes (N, C, H, W): one channel if all are grey, else three; and notes on how they were read.

    Raises UserError, which names the file, for images of another size than most, and for those that `_image` refuses.
    """
    loaded = [_image(file) for file in files]
    images = [image for image, _ in loaded]
    notes = [note for note in (TURNED, SHORTENED) if any(note in of_image for _, of_image in loaded)]
    usual = Counter(image.shape[:2] for image in images).most_common(1)[0][0]
    for file, image in zip(files, images, strict=True):
        if image.shape[:2] != usual:
            height, width = image.shape[:2]
            raise UserError(f"data.path={file}: {width} × {height} pixels, others have {usual[1]} × {usual[0]}")
    if len({image.ndim for image in images}) > 1:
        images = [image if image.ndim == 3 else np.stack([image] * 3, 2) for image in images]
    together = np.stack(images)
    together = together[:, None] if together.ndim == 3 else np.moveaxis(together, 3, 1)
    if copies := len(images) - len({hash(image.tobytes()) for image in together}):
        notes.append(f"{copies} images are copies of others, so that some may be in both the training and the test set")
    return together, tuple(notes)


def _image(file: Path) -> tuple[Array, list[str]]:
    """The pixels (H, W) or (H, W, 3), and notes on how they were read."""
    try:
        _refuse_damaged(file)
        with warnings.catch_warnings(), Image.open(file) as image:
            warnings.simplefilter("ignore")  # of large images and of odd EXIF
            return _pixels(file, image)
    except UnidentifiedImageError:
        raise UserError(f"data.path={file}: damaged or not an image") from None
    except OSError as error:
        raise UserError(f"data.path={file}: {error.strerror or 'damaged or not an image'}") from None
    except (ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"data.path={file}: damaged or not an image ({' '.join(str(error).split())})") from None


def _refuse_damaged(file: Path) -> None:
    """Raises SyntaxError or OSError for a PNG whose checksums are wrong, which Pillow shows without a word."""
    with warnings.catch_warnings(), Image.open(file) as image:
        warnings.simplefilter("ignore")
        if image.format == "PNG":
            image.verify()


def _pixels(file: Path, image: Image.Image) -> tuple[Array, list[str]]:
    if (frames := getattr(image, "n_frames", 1)) > 1 and image.format not in STILLS:
        raise UserError(f"data.path={file}: holds {frames} pictures; save each of them as a file")
    if image.mode not in MODES:
        raise UserError(f"data.path={file}: pixels of mode {image.mode}; choose images with 8 bits per channel")
    shortened = _has_16_bits(image)
    upright, turned = _upright(image)
    if upright.has_transparency_data and upright.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        raise UserError(f"data.path={file}: is partly transparent; put it on a background first")
    pixels = np.asarray(upright.convert("L" if upright.mode in GREY else "RGB"))
    if not pixels.size:
        raise UserError(f"data.path={file}: has no pixels")
    return pixels, [TURNED] * turned + [SHORTENED] * shortened


def _has_16_bits(image: Image.Image) -> bool:
    """Whether the channels of an image of colours have more than 8 bits in the file, before it is loaded."""
    arguments = [tile.args if isinstance(tile.args, tuple) else (tile.args,) for tile in getattr(image, "tile", ())]
    modes = [argument for some in arguments for argument in some if isinstance(argument, str)]
    largest = [some[-1] for some in arguments if image.format == "PPM" and isinstance(some[-1], int)]
    return any(";16" in mode for mode in modes) or any(value > BYTE for value in largest)


def _upright(image: Image.Image) -> tuple[Image.Image, bool]:
    """The image turned as its EXIF says, and whether that changed it. Viewers ignore EXIF that cannot be read."""
    try:
        turned = image.getexif().get(ORIENTATION, 1) in range(2, 9)
    except Exception:  # Pillow raises many kinds for a damaged block
        turned = False
    image.load()  # a TIFF is turned here
    try:
        return ImageOps.exif_transpose(image), turned
    except Exception:
        return image, False

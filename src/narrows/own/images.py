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


def stacked(files: Sequence[Path]) -> tuple[Array, bool]:
    """Images as bytes (N, C, H, W): one channel if all are grey, else three; and whether any was turned.

    Raises UserError, which names the file, for images of another size than most, and for those that `_image` refuses.
    """
    loaded = [_image(file) for file in files]
    images = [image for image, _ in loaded]
    usual = Counter(image.shape[:2] for image in images).most_common(1)[0][0]
    for file, image in zip(files, images, strict=True):
        if image.shape[:2] != usual:
            height, width = image.shape[:2]
            raise UserError(f"data.path={file}: {width} × {height} pixels, others have {usual[1]} × {usual[0]}")
    if len({image.ndim for image in images}) > 1:
        images = [image if image.ndim == 3 else np.stack([image] * 3, 2) for image in images]
    together = np.stack(images)
    together = together[:, None] if together.ndim == 3 else np.moveaxis(together, 3, 1)
    return together, any(turned for _, turned in loaded)


def _image(file: Path) -> tuple[Array, bool]:
    """The pixels (H, W) or (H, W, 3), and whether they were turned by the orientation in the file."""
    try:
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


def _pixels(file: Path, image: Image.Image) -> tuple[Array, bool]:
    if (frames := getattr(image, "n_frames", 1)) > 1 and image.format not in STILLS:
        raise UserError(f"data.path={file}: holds {frames} pictures; save each of them as a file")
    if image.mode not in MODES:
        raise UserError(f"data.path={file}: pixels of mode {image.mode}; choose images with 8 bits per channel")
    upright, turned = _upright(image)
    if upright.has_transparency_data and upright.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        raise UserError(f"data.path={file}: is partly transparent; put it on a background first")
    pixels = np.asarray(upright.convert("L" if upright.mode in GREY else "RGB"))
    if not pixels.size:
        raise UserError(f"data.path={file}: has no pixels")
    return pixels, turned


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

"""Pictures that somebody painted over by hand, with the thumbnail of what they showed before."""

from __future__ import annotations

import struct

from PIL import Image, ImageDraw

from tests.synth.planted import encoded, scenery


def with_thumbnail(picture: Image.Image, thumbnail: Image.Image) -> bytes:
    """Return a JPEG whose EXIF data carry a thumbnail, in the second directory (EXIF 2.32, 4.6.2)."""
    data = encoded(thumbnail, "JPEG", quality=90)
    first = struct.pack("<2sHIHI", b"II", 42, 8, 0, 14)
    second = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, 14 + 30, 0x0202, 4, 1, len(data), 0)
    return encoded(picture, "JPEG", quality=85, exif=b"Exif\0\0" + first + second + data)


def patterned(size: tuple[int, int]) -> Image.Image:
    """Return a picture with a field of fine stripes in its middle."""
    picture = scenery(*size)
    draw = ImageDraw.Draw(picture)
    width, height = size
    for x in range(width // 4, 3 * width // 4, max(2, width // 60)):
        draw.line((x, height // 4, x, 3 * height // 4), fill="black", width=max(1, width // 120))
    return picture


def painted_over(size: tuple[int, int]) -> Image.Image:
    """Return the patterned picture with a flat box over its stripes."""
    picture = patterned(size)
    width, height = size
    ImageDraw.Draw(picture).rectangle((width // 5, height // 5, 4 * width // 5, 4 * height // 5), fill=(120, 120, 120))
    return picture

"""Registry of image formats; strip metadata losslessly, encode pixels into a new file.

A new format is one module with its `FormatHandler` and one line in `HANDLERS`. Unusual files are encoded anew
from their pixels, which needs more time but writes nothing that was not examined.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from idscan.core.settings import DEFAULT_MAX_PIXELS
from idscan.images.formats.base import HEAD_BYTES, WHOLE_FILE_BYTES, FormatHandler, orientation, pillow_limits
from idscan.images.formats.gif import GIF
from idscan.images.formats.heif import HEIF
from idscan.images.formats.isobmff import AVIF, CR3, JPEG2000
from idscan.images.formats.jpeg import JPEG
from idscan.images.formats.png import PNG
from idscan.images.formats.simple import BMP, CR2, ICO, PCX, PPM, PSD, RECOGNISED
from idscan.images.formats.tiff import TIFF
from idscan.images.formats.webp import WEBP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from idscan.images.raster import Raster, RasterPage

HANDLERS: tuple[FormatHandler, ...] = (
    JPEG,
    PNG,
    GIF,
    WEBP,
    BMP,
    CR2,
    TIFF,
    JPEG2000,
    PPM,
    ICO,
    PCX,
    PSD,
    *RECOGNISED,
    AVIF,
    CR3,
    HEIF,
)
"""All formats. The first whose signature matches wins, so that formats built on TIFF or HEIF come before these."""


def handler_of(head: bytes) -> FormatHandler | None:
    """Return the handler of the format that the first `HEAD_BYTES` of a file show, None for anything else.

    >>> handler_of(b"GIF89a" + bytes(8)).name
    'GIF'
    """
    head = head[:HEAD_BYTES]
    return next((handler for handler in HANDLERS if handler.matches(head)), None)


def handler_named(name: str) -> FormatHandler | None:
    """Return the handler of a format, by its name."""
    return next((handler for handler in HANDLERS if handler.name == name), None)


def strip(source: BinaryIO, format_name: str, sink: BinaryIO) -> bool:
    """Write a copy without metadata and return True, or write nothing and return False; crafted content raises nothing.

    False where the pixels have to be turned or converted, where colour may be hidden under transparency, where
    something is malformed, and for formats that are not taken apart here. The caller then writes the pixels anew.
    """
    from idscan.images.pixels import embedded_profile, profile_bytes

    handler = handler_named(format_name)
    if handler is None or handler.strip is None:
        return False
    if source.seek(0, 2) > WHOLE_FILE_BYTES:
        return False
    source.seek(0)
    content = source.read(WHOLE_FILE_BYTES)
    try:
        with pillow_limits(DEFAULT_MAX_PIXELS):
            image = handler.source().open(BytesIO(content), len(content))
            profile = embedded_profile(image, keeps=True)
            if profile.to_srgb is not None or orientation(image) != 1:
                return False
            # An image without a profile is taken for sRGB everywhere.
            name = None if profile.name == "srgb" else profile.name
            stripped = handler.strip(content, None if name is None else profile_bytes(name))
    except Exception:
        return False
    if stripped is not None:
        sink.write(stripped)
    return stripped is not None


def encode(raster: Raster, pages: Iterable[RasterPage], stream: BinaryIO) -> None:
    """Write pages in the format of the raster that they come from, without any metadata; the same bytes at all times.

    Quality, compression, subsampling, durations and repetition are as in the source where it defines them. A colour
    profile is written only for a tagged source, from bytes of our own.

    Args:
        raster: the source.
        pages: all of its pages in order, painted over; each is asked for once and then let go.
        stream: writable and able to seek.

    Raises:
        ValueError: if there are fewer pages than the raster has.
        OSError: if the encoder fails or the stream cannot be written.
        KeyError: if the format cannot be written.
    """
    handler = handler_named(raster.format)
    if handler is None or handler.write is None:
        raise KeyError(raster.format)
    handler.write(raster, _counted(raster, pages), stream)


def _counted(raster: Raster, pages: Iterable[RasterPage]) -> Iterator[RasterPage]:
    """Yield the pages; raise ValueError where one is missing."""
    count = 0
    for page in pages:
        yield page
        count += 1
        if count == raster.pages:
            return
    message = f"{raster.pages} pages are to be written, and there are {count}"
    raise ValueError(message)

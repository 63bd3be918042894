"""TIFF files of any number of pages, 8 or 16 bits, grey or colour; Pillow writes no colours of 16 bits (TIFF 6.0)."""

from __future__ import annotations

import struct
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from idscan.redact.colour import profile_bytes
from idscan.redact.pixels import has_alpha

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.sources.raster import Raster, RasterPage

_STRIP_BYTES = 2**18
_MOST_BYTES = 2**32 - 1
_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_TYPE_CODES = {_SHORT: "H", _LONG: "I", _UNDEFINED: "B"}

_UNCOMPRESSED, _DEFLATE = 1, 8
_HORIZONTAL_DIFFERENCES = 2
_STRAIGHT_ALPHA = 2

_Tags = dict[int, tuple[int, tuple[int, ...]]]


def write_tiff(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write all pages to a stream that can seek.

    Raises:
        StopIteration: if there are no pages.
        OSError: if the file would become larger than 4 GB.
    """
    start = stream.tell()
    stream.write(b"II*\0\0\0\0\0")
    pointer = 4
    first = next(pages)
    pointer = _write_page(raster, first, stream, (start, pointer))
    for page in islice(pages, raster.pages - 1):
        pointer = _write_page(raster, page, stream, (start, pointer))


def _write_page(raster: Raster, page: RasterPage, stream: BinaryIO, place: tuple[int, int]) -> int:
    """Write a page and enter it where the chain of directories ends; return where the chain then ends."""
    start, pointer = place
    pixels = page.pixels
    height, width, channels = pixels.shape
    rows = max(1, _STRIP_BYTES // (width * channels * pixels.itemsize))
    offsets, counts = [], []
    for top in range(0, height, rows):
        data = _strip(pixels[top : top + rows], is_compressed=raster.coding.is_compressed)
        offsets.append(stream.tell() - start)
        counts.append(len(data))
        stream.write(data)
    tags: _Tags = {
        256: (_LONG, (width,)),
        257: (_LONG, (height,)),
        258: (_SHORT, (8 * pixels.itemsize,) * channels),
        259: (_SHORT, (_DEFLATE if raster.coding.is_compressed else _UNCOMPRESSED,)),
        262: (_SHORT, (1 if channels <= 2 else 2,)),  # noqa: PLR2004  black is zero, or RGB
        273: (_LONG, tuple(offsets)),
        277: (_SHORT, (channels,)),
        278: (_LONG, (rows,)),
        279: (_LONG, tuple(counts)),
        284: (_SHORT, (1,)),  # channels of a pixel stand together
    }
    if raster.coding.is_compressed:
        tags[317] = (_SHORT, (_HORIZONTAL_DIFFERENCES,))
    if has_alpha(pixels):
        tags[338] = (_SHORT, (_STRAIGHT_ALPHA,))
    if raster.profile is not None:
        tags[34675] = (_UNDEFINED, tuple(profile_bytes(raster.profile)))
    directory = _write_directory(tags, stream, start)
    end = stream.tell()
    if end - start > _MOST_BYTES:
        message = "a TIFF file holds no more than 4 GB"
        raise OSError(message)
    stream.seek(start + pointer)
    stream.write(struct.pack("<I", directory))
    stream.seek(end)
    return end - start - 4


def _strip(pixels: NDArray[Any], *, is_compressed: bool) -> bytes:
    little = pixels.astype(pixels.dtype.newbyteorder("<"))
    if not is_compressed:
        return little.tobytes()
    # Neighbours differ little, and small numbers take little room; unsigned differences wrap as the format asks.
    little[:, 1:] -= pixels[:, :-1]
    return zlib.compress(little.tobytes())


def _write_directory(tags: _Tags, stream: BinaryIO, start: int) -> int:
    """Write values that need more than four bytes, then the directory; return its position."""
    entries = b""
    for tag, (kind, values) in sorted(tags.items()):
        data = struct.pack(f"<{len(values)}{_TYPE_CODES[kind]}", *values)
        if len(data) > 4:  # noqa: PLR2004  what fits stands in the entry itself
            stream.write(bytes((stream.tell() - start) & 1))
            value = struct.pack("<I", stream.tell() - start)
            stream.write(data)
        else:
            value = data.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, len(values)) + value
    stream.write(bytes((stream.tell() - start) & 1))
    directory = stream.tell() - start
    stream.write(struct.pack("<H", len(tags)) + entries + bytes(4))
    return directory

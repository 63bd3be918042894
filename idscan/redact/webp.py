"""WebP files and animations out of nothing but the chunks that show the picture (RFC 9649)."""

from __future__ import annotations

import struct
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO

from idscan.redact.colour import profile_bytes
from idscan.redact.pixels import encoded, has_alpha, picture, with_colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.sources.coding import Coding
    from idscan.sources.raster import Raster, RasterPage

PICTURE_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
ANIMATION_FLAG, ALPHA_FLAG, PROFILE_FLAG = 0x02, 0x10, 0x20

_QUALITY = 90
"""Of lossy pictures: high enough that a second coding is not seen; the first one's is not stored in the file."""

_METHOD = 4
_REPLACING = 0x02  # frame flags: not blended with the frame before, not disposed of
_MOST_LOOPS = 0xFFFF
_MOST_MILLISECONDS = 0xFFFFFF


def write_webp(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write a still picture, or an animation if `raster` is one, to a stream that can seek.

    Raises:
        StopIteration: if there are no pages.
    """
    first = next(pages)
    if raster.is_animation:
        _write_animation(raster, chain((first,), islice(pages, raster.pages - 1)), stream)
    else:
        profile = None if raster.profile is None else profile_bytes(raster.profile)
        stream.write(_still(first, raster.coding, profile))


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk, padded to even length."""
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) & 1)


def extended_header(flags: int, width: int, height: int) -> bytes:
    """Return the chunk that tells what a file holds besides one simple picture."""
    return chunk(b"VP8X", struct.pack("<I", flags) + _in_24_bits(width - 1) + _in_24_bits(height - 1))


def read_chunks(content: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, start of the data, stop of the data) of the chunks between two positions.

    Raises:
        ValueError: if one does not end within the range.
    """
    position = start
    while position < stop:
        if position + 8 > stop:
            message = "a chunk header is cut short"
            raise ValueError(message)
        kind, length = struct.unpack_from("<4sI", content, position)
        end = position + 8 + length
        if end > stop:
            message = "a chunk is cut short"
            raise ValueError(message)
        yield kind, position + 8, end
        position = end + (length & 1)


def _write_animation(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    start = stream.tell()
    stream.write(b"RIFF\0\0\0\0WEBP")
    header_at = stream.tell()
    flags, width, height = ANIMATION_FLAG, 1, 1
    stream.write(extended_header(flags, width, height))
    if raster.profile is not None:
        flags |= PROFILE_FLAG
        stream.write(chunk(b"ICCP", profile_bytes(raster.profile)))
    loops = 1 if raster.loop is None else min(raster.loop, _MOST_LOOPS)
    stream.write(chunk(b"ANIM", struct.pack("<IH", 0, loops)))
    for page in pages:
        height, width = page.pixels.shape[:2]
        flags |= ALPHA_FLAG if has_alpha(page.pixels) else 0
        stream.write(chunk(b"ANMF", _frame_header(page) + _picture_chunks(_still(page, raster.coding, None))))
    end = stream.tell()
    stream.seek(start + 4)
    stream.write(struct.pack("<I", end - start - 8))
    stream.seek(header_at)
    stream.write(extended_header(flags, width, height))
    stream.seek(end)


def _still(page: RasterPage, coding: Coding, profile: bytes | None) -> bytes:
    pixels = with_colours(page.pixels, alpha=has_alpha(page.pixels))
    # "exact" keeps the black under what is transparent; otherwise its colour would be made up from its surroundings.
    return encoded(
        picture(pixels),
        "WEBP",
        lossless=coding.is_lossless,
        quality=_QUALITY,
        method=_METHOD,
        exact=True,
        icc_profile=profile,
    )


def _picture_chunks(content: bytes) -> bytes:
    kept = (part for part in read_chunks(content, 12, len(content)) if part[0] in PICTURE_CHUNKS)
    return b"".join(chunk(kind, content[start:stop]) for kind, start, stop in kept)


def _frame_header(page: RasterPage) -> bytes:
    height, width = page.pixels.shape[:2]
    shown = min(page.milliseconds or 0, _MOST_MILLISECONDS)
    numbers = (0, 0, width - 1, height - 1, shown)
    return b"".join(_in_24_bits(number) for number in numbers) + bytes((_REPLACING,))


def _in_24_bits(number: int) -> bytes:
    return number.to_bytes(3, "little")

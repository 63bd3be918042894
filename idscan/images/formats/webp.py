"""WebP (RFC 9649): chunks, writer, stripper."""

from __future__ import annotations

import struct
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO

from idscan.images.color import profile_bytes
from idscan.images.pixels import has_alpha, pillow_bytes, to_pillow, with_colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.images.color import ProfileName
    from idscan.images.raster import Coding, Raster, RasterPage

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
    return pillow_bytes(
        to_pillow(pixels),
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


_FILE_HEADER_BYTES = 12
_FRAME_HEADER_BYTES = 16
_LOSSLESS_ALPHA_BIT = 1 << 28
"""In the number behind the signature byte of a lossless picture: whether its alpha is used (section 3.4)."""


def stripped_webp(content: bytes, profile: ProfileName | None) -> bytes | None:
    """Return a WebP file without metadata, None where that is better written anew.

    Args:
        content: the file.
        profile: a colour space to tag it with.

    Raises:
        Exception: of any kind where the file is malformed.
    """
    stop = 8 + struct.unpack_from("<I", content, 4)[0]
    size: tuple[int, int] | None = None
    kept = []
    is_animation = False
    for kind, start, end in read_chunks(content, _FILE_HEADER_BYTES, min(stop, len(content))):
        data = content[start:end]
        if kind == b"VP8X":
            size = (1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little"))
        elif kind == b"ANIM":
            kept.append(chunk(kind, data[:6]))
        elif kind == b"ANMF":
            is_animation = True
            kept.append(chunk(kind, data[:_FRAME_HEADER_BYTES] + _picture(data, _FRAME_HEADER_BYTES)))
        elif kind in PICTURE_CHUNKS:
            kept.append(_picture_chunk(kind, data))
    if is_animation or profile is not None:
        if size is None:
            return None
        flags = (ANIMATION_FLAG if is_animation else 0) | (PROFILE_FLAG if profile is not None else 0)
        tag = b"" if profile is None else chunk(b"ICCP", profile_bytes(profile))
        kept[:0] = [extended_header(flags, *size), tag]
    elif len(kept) != 1:
        return None
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _picture(data: bytes, start: int) -> bytes:
    parts = [
        _picture_chunk(kind, data[begin:end])
        for kind, begin, end in read_chunks(data, start, len(data))
        if kind in PICTURE_CHUNKS
    ]
    if len(parts) != 1:
        message = "a frame must hold one picture"
        raise ValueError(message)
    return parts[0]


def _picture_chunk(kind: bytes, data: bytes) -> bytes:
    """Return the chunk again.

    Raises:
        ValueError: if it is transparent, for then colour may be hidden in it.
    """
    if kind == b"ALPH" or (kind == b"VP8L" and struct.unpack_from("<I", data, 1)[0] & _LOSSLESS_ALPHA_BIT):
        message = "a transparent picture"
        raise ValueError(message)
    return chunk(kind, data)

"""WebP (RFC 9649): RIFF chunks, frames, parts beside the pixels, writer, stripper."""

from __future__ import annotations

import os
import struct
from io import BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from idscan.images.formats.base import (
    COUNT_LIMIT,
    EXIF_HEAD,
    MACROBLOCK,
    Anywhere,
    Coding,
    FormatHandler,
    PillowPages,
    begins,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from idscan.images.formats.base import Parts
    from idscan.images.raster import Raster, RasterPage

IMAGE_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
ANIMATION_FLAG, ALPHA_FLAG, PROFILE_FLAG = 0x02, 0x10, 0x20  # bits of the VP8X chunk (section 2.7)

_QUALITY = 90
"""Of lossy images: high enough that a second coding is not seen; the first one's is not stored in the file."""
_METHOD = 4
"""Effort of libwebp, 0 to 6, its default. Lower: larger files; higher: slower writing."""
_FILE_HEADER_BYTES = 12  # RIFF, size and WEBP (section 2.4)
_FRAME_HEADER_BYTES = 16  # place, size, duration and flags in an ANMF chunk (section 2.7.1.1)
_REPLACING = 0x02  # frame flags: not blended with the frame before, not disposed of
_MOST_LOOPS = 0xFFFF  # the loop count has 16 bits (section 2.7.1.1)
_MOST_MILLISECONDS = 0xFFFFFF  # the duration of a frame has 24 bits (section 2.7.1.1)


def write_webp(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write a still image, or an animation if `raster` is one, to a stream that can seek."""
    first = next(pages)
    if raster.is_animation:
        _write_animation(raster, chain((first,), islice(pages, raster.pages - 1)), stream)
    else:
        profile = raster.icc_profile()
        stream.write(_still(first, raster.coding, profile))


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk, padded to even length."""
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) & 1)


def extended_header(flags: int, width: int, height: int) -> bytes:
    """Return the header chunk of a file that holds more than one simple image."""
    return chunk(b"VP8X", struct.pack("<I", flags) + _in_24_bits(width - 1) + _in_24_bits(height - 1))


class RiffChunk(NamedTuple):
    """One chunk: its kind, where its data begin, and where they end."""

    kind: bytes
    start: int
    stop: int


def walk(
    stream: BinaryIO, start: int = _FILE_HEADER_BYTES, stop: int | None = None, *, strict: bool = False
) -> Iterator[RiffChunk]:
    """Yield the chunks between two positions, up to the end of the file.

    A chunk that is cut short raises ValueError in a strict walk; a tolerant one yields it if its header is whole.
    """
    size = stream.seek(0, os.SEEK_END)
    end = size if stop is None else min(stop, size)
    position = start
    while position + 8 <= end:
        stream.seek(position)
        kind, length = struct.unpack("<4sI", stream.read(8))
        chunk_stop = position + 8 + length
        if strict and chunk_stop > end:
            break
        yield RiffChunk(kind, position + 8, chunk_stop)
        position = chunk_stop + (length & 1)
    if strict and position < end:
        message = "a chunk is cut short"
        raise ValueError(message)


def _announced_bytes(content: bytes) -> int:
    return int(struct.unpack_from("<I", content, 4)[0]) + 8


def _count(stream: BinaryIO) -> int:
    frames = 0
    for chunk in walk(stream):
        if chunk.kind in {b"VP8 ", b"VP8L"}:
            return 1
        frames += chunk.kind == b"ANMF"
        if frames >= COUNT_LIMIT:
            break
    return frames


def _add_parts(stream: BinaryIO, parts: Parts) -> None:
    end = _announced_bytes(stream.read(8))
    for kind, start, stop in walk(stream, stop=end):
        if kind not in IMAGE_CHUNKS | {b"VP8X", b"ANIM", b"ANMF"}:
            stream.seek(start)
            data = stream.read(min(stop - start, parts.room))
            where = {b"EXIF": "exif", b"XMP ": "xmp", b"ICCP": "icc"}.get(kind, "other")
            parts.add(where, data.removeprefix(EXIF_HEAD) if where == "exif" else data)
    parts.add_trailing(stream, end)


def _coding(_image: Image.Image, stream: BinaryIO, _turn: int) -> Coding:
    is_lossless = all(kind != b"VP8 " for kind in _kinds_within_frames(stream))
    return Coding((1, 1) if is_lossless else MACROBLOCK, is_lossless=is_lossless)


def _kinds_within_frames(stream: BinaryIO) -> Iterator[bytes]:
    for chunk in walk(stream):
        yield chunk.kind
        if chunk.kind == b"ANMF":
            yield from (inner.kind for inner in walk(stream, chunk.start + _FRAME_HEADER_BYTES, chunk.stop))


def _write_animation(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    start = stream.tell()
    stream.write(b"RIFF\0\0\0\0WEBP")
    header_at = stream.tell()
    flags, width, height = ANIMATION_FLAG, 1, 1
    stream.write(extended_header(flags, width, height))
    profile = raster.icc_profile()
    if profile is not None:
        flags |= PROFILE_FLAG
        stream.write(chunk(b"ICCP", profile))
    loops = 1 if raster.loop is None else min(raster.loop, _MOST_LOOPS)
    stream.write(chunk(b"ANIM", struct.pack("<IH", 0, loops)))
    for page in pages:
        height, width = page.pixels.shape[:2]
        flags |= ALPHA_FLAG if page.has_alpha else 0
        stream.write(chunk(b"ANMF", _frame_header(page) + _image_chunks(_still(page, raster.coding, None))))
    end = stream.tell()
    stream.seek(start + 4)
    stream.write(struct.pack("<I", end - start - 8))
    stream.seek(header_at)
    stream.write(extended_header(flags, width, height))
    stream.seek(end)


def _still(page: RasterPage, coding: Coding, profile: bytes | None) -> bytes:
    from idscan.images.pixels import pillow_bytes, to_pillow, with_colours

    pixels = with_colours(page.pixels, alpha=page.has_alpha)
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


def _image_chunks(content: bytes) -> bytes:
    kept = (part for part in walk(BytesIO(content), strict=True) if part.kind in IMAGE_CHUNKS)
    return b"".join(chunk(kind, content[start:stop]) for kind, start, stop in kept)


def _frame_header(page: RasterPage) -> bytes:
    height, width = page.pixels.shape[:2]
    shown = min(page.milliseconds or 0, _MOST_MILLISECONDS)
    numbers = (0, 0, width - 1, height - 1, shown)
    return b"".join(_in_24_bits(number) for number in numbers) + bytes((_REPLACING,))


def _in_24_bits(number: int) -> bytes:
    return number.to_bytes(3, "little")


_LOSSLESS_ALPHA_BIT = 1 << 28
"""In the number behind the signature byte of a lossless image: whether its alpha is used (section 3.4)."""


def stripped_webp(content: bytes, profile: bytes | None) -> bytes | None:
    """Return a file as `FormatHandler.strip` does."""
    size: tuple[int, int] | None = None
    kept = []
    is_animation = False
    for kind, start, end in walk(BytesIO(content), stop=_announced_bytes(content), strict=True):
        data = content[start:end]
        if kind == b"VP8X":
            size = (1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little"))
        elif kind == b"ANIM":
            kept.append(chunk(kind, data[:6]))
        elif kind == b"ANMF":
            is_animation = True
            kept.append(chunk(kind, data[:_FRAME_HEADER_BYTES] + _image_of_frame(data, _FRAME_HEADER_BYTES)))
        elif kind in IMAGE_CHUNKS:
            kept.append(_image_chunk(kind, data))
    if is_animation or profile is not None:
        if size is None:
            return None
        flags = (ANIMATION_FLAG if is_animation else 0) | (PROFILE_FLAG if profile is not None else 0)
        tag = b"" if profile is None else chunk(b"ICCP", profile)
        kept[:0] = [extended_header(flags, *size), tag]
    elif len(kept) != 1:
        return None
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _image_of_frame(data: bytes, start: int) -> bytes:
    parts = [
        _image_chunk(kind, data[begin:end])
        for kind, begin, end in walk(BytesIO(data), start, strict=True)
        if kind in IMAGE_CHUNKS
    ]
    if len(parts) != 1:
        message = "a frame must hold one image"
        raise ValueError(message)
    return parts[0]


def _image_chunk(kind: bytes, data: bytes) -> bytes:
    """Return the chunk again; ValueError if it is transparent, for then colour may be hidden in it."""
    if kind == b"ALPH" or (kind == b"VP8L" and struct.unpack_from("<I", data, 1)[0] & _LOSSLESS_ALPHA_BIT):
        message = "a transparent image"
        raise ValueError(message)
    return chunk(kind, data)


WEBP = FormatHandler(
    name="WEBP",
    matches=begins(rb"RIFF....WEBP"),
    suffixes=(".webp",),
    anywhere=Anywhere(b"RIFF", 0, rb"RIFF....WEBPVP8", sure=rb"RIFF....WEBPVP8[ LX]"),
    pages=PillowPages("WEBP", _count, feature="webp", reads_whole=True, memory=4.0),
    walk=walk,
    add_parts=_add_parts,
    ends_early=lambda stream, size: _announced_bytes(stream.read(8)) > size,
    announced_bytes=_announced_bytes,
    is_animated=True,
    keeps_profile=True,
    coding=_coding,
    strip=stripped_webp,
    write=write_webp,
)

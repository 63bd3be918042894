"""PNG files and animations out of nothing but the chunks that show the picture."""

from __future__ import annotations

import struct
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

import cv2
import numpy as np

from idscan.redact.colour import profile_bytes
from idscan.redact.pixels import encoded, has_alpha, in_8_bits, picture, with_colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.sources.raster import Raster, RasterPage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_FRAME_BYTES = 12
_MOST_DELAY = 65535
_OVER_WHAT_WAS_THERE = 0  # PNG (third edition) 11.3.6.2: dispose "none", blend "source"


def write_chunk(stream: BinaryIO, kind: bytes, data: bytes) -> None:
    """Write one chunk with its checksum."""
    stream.write(struct.pack(">I", len(data)) + kind + data)
    stream.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def write_png(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write a still picture, or an animation if `raster` is one.

    Raises:
        StopIteration: if there are no pages.
    """
    first = next(pages)
    stream.write(SIGNATURE)
    if raster.is_animation:
        _write_animation(raster, first, pages, stream)
    else:
        header, data = _compressed(first.pixels)
        write_chunk(stream, b"IHDR", header)
        _write_profile(raster, stream)
        for part in data:
            write_chunk(stream, b"IDAT", part)
    write_chunk(stream, b"IEND", b"")


def _write_animation(raster: Raster, first: RasterPage, rest: Iterator[RasterPage], stream: BinaryIO) -> None:
    frames = raster.pages - raster.coding.has_own_still
    header, data = _compressed(_frame_pixels(first))
    write_chunk(stream, b"IHDR", header)
    _write_profile(raster, stream)
    write_chunk(stream, b"acTL", struct.pack(">II", frames, raster.loop or 0))
    sequence = 0
    if not raster.coding.has_own_still:
        write_chunk(stream, b"fcTL", _frame_control(first, sequence))
        sequence += 1
    for part in data:
        write_chunk(stream, b"IDAT", part)
    for page in islice(rest, raster.pages - 1):
        write_chunk(stream, b"fcTL", _frame_control(page, sequence))
        sequence += 1
        for part in _compressed(_frame_pixels(page))[1]:
            write_chunk(stream, b"fdAT", struct.pack(">I", sequence) + part)
            sequence += 1


def _frame_pixels(page: RasterPage) -> NDArray[np.uint8]:
    """Return RGBA: the header that all frames share cannot wait for the first one that is transparent."""
    return in_8_bits(with_colours(page.pixels, alpha=True))


def _frame_control(page: RasterPage, sequence: int) -> bytes:
    height, width = page.pixels.shape[:2]
    delay, per_second = page.milliseconds or 0, 1000
    if delay > _MOST_DELAY:
        delay, per_second = min(delay // 10, _MOST_DELAY), 100
    place = struct.pack(">5I", sequence, width, height, 0, 0)
    return place + struct.pack(">HHBB", delay, per_second, _OVER_WHAT_WAS_THERE, _OVER_WHAT_WAS_THERE)


def _write_profile(raster: Raster, stream: BinaryIO) -> None:
    if raster.profile is not None:
        write_chunk(stream, b"iCCP", b"ICC\0\0" + zlib.compress(profile_bytes(raster.profile), 9))


def _compressed(pixels: NDArray[Any]) -> tuple[bytes, list[bytes]]:
    """Return the header and the compressed data, in parts, of a picture by itself."""
    if pixels.dtype == np.uint8:
        content = encoded(picture(pixels), "PNG")
    else:
        # Pillow writes no colours of 16 bits.
        deep = pixels if pixels.shape[2] == 1 else with_colours(pixels, alpha=has_alpha(pixels))
        order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[deep.shape[2]]
        content = cv2.imencode(".png", np.ascontiguousarray(deep[..., order]))[1].tobytes()
    header, data, position = b"", [], len(SIGNATURE)
    while position < len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        body = content[position + 8 : position + 8 + length]
        position += _CHUNK_FRAME_BYTES + length
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            data.append(body)
    return header, data

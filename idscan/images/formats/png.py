"""PNG (third edition) and APNG: chunks, writer, stripper."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

import cv2
import numpy as np

from idscan.images.color import profile_bytes
from idscan.images.pixels import has_alpha, in_8_bits, pillow_bytes, to_pillow, with_colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.images.color import ProfileName
    from idscan.images.raster import Raster, RasterPage

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
        content = pillow_bytes(to_pillow(pixels), "PNG")
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


_SAMPLES = {0: 1, 2: 3, 3: 1}
"""Samples per pixel of the colour types without an alpha channel."""

_PALETTE = 3
# Section 8.1: first column, first row, steps of columns and of rows of the passes of an interlaced picture.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_WHOLE = ((0, 0, 1, 1),)


def stripped_png(content: bytes, profile: ProfileName | None) -> bytes | None:
    """Return a PNG or APNG file without metadata, None where that is better written anew.

    Args:
        content: the file.
        profile: a colour space to tag it with.

    Raises:
        Exception: of any kind where the file is malformed.
    """
    chunks = list(_chunks(content))
    header = chunks[0][1]
    width, height, bits, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    transparency = next((data for kind, data in chunks if kind == b"tRNS"), b"")
    if chunks[0][0] != b"IHDR" or colour not in _SAMPLES or _hides_colour(colour, transparency):
        return None
    sink = BytesIO()
    sink.write(SIGNATURE)
    write_chunk(sink, b"IHDR", header)
    if profile is not None:
        write_chunk(sink, b"iCCP", b"ICC\0\0" + zlib.compress(profile_bytes(profile), 9))
    passes = _PASSES if interlace else _WHOLE
    size = (width, height)
    sequence = 0
    for kind, data in _joined(chunks[1:]):
        if kind in {b"IDAT", b"fdAT"}:
            exact = _exact_stream(data, _raw_bytes(size, bits * _SAMPLES[colour], passes))
            if exact is None:
                return None
            write_chunk(sink, kind, exact if kind == b"IDAT" else struct.pack(">I", sequence) + exact)
            sequence += kind == b"fdAT"
        elif kind == b"fcTL":
            size = struct.unpack_from(">II", data, 4)
            write_chunk(sink, kind, struct.pack(">I", sequence) + data[4:26])
            sequence += 1
        elif kind in {b"acTL", b"tRNS"} or (kind == b"PLTE" and colour == _PALETTE):
            write_chunk(sink, kind, data)
    write_chunk(sink, b"IEND", b"")
    return sink.getvalue()


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, data) up to the end chunk.

    Raises:
        ValueError: if a checksum is wrong.
        struct.error: if the file ends before its end chunk.
    """
    position, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, position)
        data = content[position + 8 : position + 8 + length]
        if struct.unpack_from(">I", content, position + 8 + length)[0] != zlib.crc32(data, zlib.crc32(kind)):
            message = "a checksum is wrong"
            raise ValueError(message)
        yield kind, data
        position += length + 12


def _joined(chunks: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks, the data of each picture as one and without sequence numbers."""
    pending_kind, pending = b"", b""
    for kind, data in chunks:
        if kind in {b"IDAT", b"fdAT"}:
            if kind != pending_kind:
                if pending_kind:
                    yield pending_kind, pending
                pending_kind, pending = kind, b""
            pending += data if kind == b"IDAT" else data[4:]
            continue
        if kind in {b"fcTL", b"IEND"} and pending_kind:
            yield pending_kind, pending
            pending_kind, pending = b"", b""
        yield kind, data


def _hides_colour(colour: int, transparency: bytes) -> bool:
    """Return whether more than one colour is invisible, so that a picture can be drawn with them."""
    if colour == _PALETTE:
        return transparency.count(0) > 1
    # One grey or one colour of 16 bits per sample; what is longer carries something else.
    return len(transparency) not in {0, 2 * _SAMPLES[colour]}


def _raw_bytes(size: tuple[int, int], pixel_bits: int, passes: tuple[tuple[int, int, int, int], ...]) -> int:
    """Return how many bytes the pixels take before compression, each row with its filter type."""
    total = 0
    for left, top, step_x, step_y in passes:
        columns, rows = -((left - size[0]) // step_x), -((top - size[1]) // step_y)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * pixel_bits + 7) // 8)
    return total


def _exact_stream(data: bytes, raw_bytes: int) -> bytes | None:
    """Return the compressed data without what follows their end; None if they hold more or less than the pixels."""
    decompressor = zlib.decompressobj()
    left, rest = raw_bytes + 1, data
    while rest and left and not decompressor.eof:
        left -= len(decompressor.decompress(rest, min(left, 2**20)))
        rest = decompressor.unconsumed_tail
    if not decompressor.eof or left != 1:
        return None
    return data[: len(data) - len(decompressor.unused_data)]

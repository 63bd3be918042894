"""A PNG's pixels as they are stored, without any chunk that does not show them (PNG, third edition)."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from idscan.redact.colour import profile_bytes
from idscan.redact.png import SIGNATURE, write_chunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.sources.profiles import ProfileName

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

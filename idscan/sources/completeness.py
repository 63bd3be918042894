"""Whether a file ends before its own headers say it does; asked once the decoder has given up without saying why."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from idscan.sources.pages import png_chunks

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

_FILLER_BYTES = 64
"""So many equal bytes stand at the end of no coded pixels, but of a download or a copy that was never finished."""

_TAIL_BYTES = 4096
"""Cameras and editors append to a JPEG or GIF behind its end marker; this much of it is looked through."""


def filler_at_end(stream: BinaryIO) -> bytes:
    """Return the byte that a file ends in a long run of, b"" where it ends as coded pixels do."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _FILLER_BYTES))
    tail = stream.read()
    return tail[:1] if len(tail) == _FILLER_BYTES and tail.count(tail[:1]) == len(tail) else b""


def ends_too_early(stream: BinaryIO, format_name: str) -> bool:
    """Return whether the file is shorter than its headers say, or filled up; False where that cannot be told."""
    test = _TESTS.get(format_name)
    size = stream.seek(0, os.SEEK_END)
    if test is not None and filler_at_end(stream):
        return True
    stream.seek(0)
    try:
        return test is not None and test(stream, size)
    except (OSError, struct.error, IndexError):
        # The header itself is cut.
        return True


def _riff(stream: BinaryIO, size: int) -> bool:
    return bool(struct.unpack("<4xI", stream.read(8))[0] + 8 > size)


def _bmp(stream: BinaryIO, size: int) -> bool:
    return bool(struct.unpack("<2xI", stream.read(6))[0] > size)


def _tiff(stream: BinaryIO, size: int) -> bool:
    header = stream.read(16)
    order = "<" if header[:2] == b"II" else ">"
    is_big = 43 in header[2:4]  # noqa: PLR2004  the version number of BigTIFF
    return bool(struct.unpack_from(order + ("Q" if is_big else "I"), header, 8 if is_big else 4)[0] >= size)


def _boxes(stream: BinaryIO, size: int) -> bool:
    """Walk the top-level boxes of an ISO base media file; a length of 0 means up to the end, 1 a 64-bit length."""
    position = 0
    while position < size:
        stream.seek(position)
        length = struct.unpack(">I4x", stream.read(8))[0]
        if length == 0:
            return False
        if length == 1:
            length = struct.unpack(">Q", stream.read(8))[0]
        position += max(length, 8)
    return position > size


def _png(stream: BinaryIO, _size: int) -> bool:
    return all(kind != b"IEND" for kind, _, _ in png_chunks(stream))


def _has_no_end_marker(marker: bytes) -> Callable[[BinaryIO, int], bool]:
    def test(stream: BinaryIO, size: int) -> bool:
        stream.seek(max(0, size - _TAIL_BYTES))
        return marker not in stream.read()

    return test


_TESTS: dict[str, Callable[[BinaryIO, int], bool]] = {
    "JPEG": _has_no_end_marker(b"\xff\xd9"),
    "GIF": _has_no_end_marker(b"\x00;"),
    "PNG": _png,
    "WEBP": _riff,
    "BMP": _bmp,
    "TIFF": _tiff,
    "AVIF": _boxes,
}

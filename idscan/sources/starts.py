"""Where images and videos begin among other bytes."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from idscan.sources.signature import VIDEO

if TYPE_CHECKING:
    from collections.abc import Iterator

_PICTURE = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBPVP8"
    rb"|....ftyp(?:avi[fs]|hei[cxms]|hev[cmx]|mif1|msf1)",
    re.DOTALL,
)
"""How an image begins, wherever it stands."""

_PICTURE_MARKS = ((b"\xff\xd8\xff", 0), (b"\x89PNG\r\n", 0), (b"GIF8", 0), (b"RIFF", 0), (b"ftyp", 4))
_VIDEO_MARKS = ((b"ftyp", 0), (b"\x1a\x45\xdf\xa3", 0), (b"RIFF", 0), (b"\0\0\x01\xba", 0))
"""Bytes that a plain search finds fast, and how far behind the beginning they stand."""


def picture_starts(data: bytes) -> list[int]:
    """Return where images may begin, in rising order."""
    found = {start for mark, behind in _PICTURE_MARKS for start in _places(data, mark, behind)}
    return sorted(start for start in found if _PICTURE.match(data, start))


def is_picture_start(data: bytes, start: int) -> bool:
    """Return whether an image may begin at a place."""
    return _PICTURE.match(data, start) is not None


def without_videos(data: bytes) -> tuple[bytes, bool]:
    """Return bytes without the videos among them, and whether there were any."""
    kept: list[bytes] = []
    position = 0
    starts = sorted(
        start for mark, behind in _VIDEO_MARKS for start in _places(data, mark, behind) if VIDEO.match(data, start)
    )
    for start in starts:
        begin = start - 4 if data[start : start + 4] == b"ftyp" else start
        if begin < position:
            continue
        kept.append(data[position:begin])
        position = max(_video_end(data, begin), start + 1)
    return b"".join((*kept, data[position:])) if starts else data, bool(starts)


def _places(data: bytes, mark: bytes, behind: int) -> Iterator[int]:
    position = data.find(mark)
    while position >= 0:
        if position >= behind:
            yield position - behind
        position = data.find(mark, position + 1)


def _video_end(data: bytes, begin: int) -> int:
    """Return where a video ends as far as its own structure tells; the end of the bytes where it does not."""
    if data[begin : begin + 4] == b"RIFF":
        return min(len(data), begin + 8 + int.from_bytes(data[begin + 4 : begin + 8], "little"))
    if data[begin + 4 : begin + 8] != b"ftyp":
        return len(data)
    position = begin
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if length == 1 and position + 16 <= len(data):
            length = struct.unpack_from(">Q", data, position + 8)[0]
        if not kind.isalnum() or length < 8 or (kind == b"ftyp" and position > begin):  # noqa: PLR2004  a box's header
            break
        position += length
    return min(position, len(data))

"""JPEG (ITU T.81): stripper."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from idscan.images.color import profile_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from idscan.images.color import ProfileName

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SOS, _EOI, _DQT, _DHT, _DRI, _APP0, _APP14, _COM = 0xDA, 0xD9, 0xDB, 0xC4, 0xDD, 0xE0, 0xEE, 0xFE
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Huffman-coded baseline, extended and progressive pictures; what else there is, is rarely read."""

_DROPPED = frozenset({*range(0xE0, 0xF0), _COM})
_SCAN_END = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")
"""The next marker other than a restart; 0xFF 0x00 is a coded byte."""

_JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_PRECISION = 8
_RGB_IDS = b"RGB"

_TAIL_BYTES = 8
_TAILS = (bytes(_TAIL_BYTES * 4), bytes(range(7, 247, 3)), bytes(range(246, 6, -3)), b"\xaa\x55" * (_TAIL_BYTES * 2))
"""Endings that a decoder takes for pixels as long as it misses some: none of them holds a marker."""

_BOTTOM_ROWS = 64
"""Rows of two blocks of the largest kind."""


@dataclass(slots=True)
class _Parts:
    """What has been found so far.

    Attributes:
        kept: segments, each with the coded data that follow it.
        scan_bytes: how long these are, by number of the segment.
        frame: body of the segment that tells size and components.
        has_jfif: whether there is a JFIF segment.
        transform: what the Adobe segment says of the colours.
    """

    kept: list[bytes] = field(default_factory=list)
    scan_bytes: dict[int, int] = field(default_factory=dict)
    frame: bytes = b""
    has_jfif: bool = False
    transform: int | None = None


def stripped_jpeg(content: bytes, profile: ProfileName | None) -> bytes | None:
    """Return the first picture of a JPEG file without metadata, None where that is better written anew.

    Args:
        content: the file.
        profile: a colour space to tag it with.

    Raises:
        Exception: of any kind where the file is malformed.
    """
    parts = _Parts()
    for marker, body, scan in _segments(content):
        if marker in _DROPPED:
            _note_colour(parts, marker, body)
        elif not _is_sound(parts, marker, body):
            return None
        else:
            if marker == _SOS:
                parts.scan_bytes[len(parts.kept)] = len(scan)
            parts.kept.append(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + scan)
    colour = _colour_segment(parts)
    if colour is None or not parts.scan_bytes or _has_bytes_behind_pixels(parts, colour):
        return None
    tag = b"" if profile is None else _profile_segment(profile_bytes(profile))
    return b"".join((_START, colour, tag, *parts.kept, _END))


def _segments(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (marker, body, coded data behind it) up to the end marker.

    Raises:
        ValueError: if something else stands where a marker should.
        IndexError: if the file ends before its end marker.
    """
    position = 2
    while True:
        if content[position] != 0xFF:  # every marker begins so
            message = "no marker where one should be"
            raise ValueError(message)
        while content[position] == 0xFF:  # any number of them may stand before a marker
            position += 1
        marker = content[position]
        if marker == _EOI:
            return
        length = struct.unpack_from(">H", content, position + 1)[0]
        stop = position + 1 + length
        body = content[position + 3 : stop]
        scan = b""
        if marker == _SOS:
            end = _SCAN_END.search(content, stop)
            if end is None:
                message = "the coded data do not end"
                raise ValueError(message)
            scan = content[stop : end.start()]
            stop = end.start()
        yield marker, body, scan
        position = stop


def _note_colour(parts: _Parts, marker: int, body: bytes) -> None:
    """Remember by what libjpeg tells the colour space."""
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:  # without length
        parts.has_jfif = True
    elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:  # likewise
        parts.transform = body[11]


def _is_sound(parts: _Parts, marker: int, body: bytes) -> bool:
    """Return whether a segment that is to be kept holds what it must and no byte more."""
    if marker in _FRAMES:
        is_first = not parts.frame
        parts.frame = body
        return is_first and body[0] == _PRECISION and len(body) == 6 + 3 * body[5] and _height(body) > 0
    if marker == _SOS:
        return bool(parts.frame) and len(body) == 4 + 2 * body[0]
    if marker == _DQT:
        return _is_made_of(body, lambda at: 129 if body[at] >> 4 else 65)
    if marker == _DHT:
        return _is_made_of(body, lambda at: 17 + sum(body[at + 1 : at + 17]))
    return marker == _DRI and len(body) == 2  # one number


def _height(frame: bytes) -> int:
    # Zero means that a segment behind the first scan tells it.
    return int.from_bytes(frame[1:3], "big")


def _is_made_of(body: bytes, table_bytes: Callable[[int], int]) -> bool:
    position = 0
    while position < len(body):
        position += table_bytes(position)
    return position == len(body)


def _colour_segment(parts: _Parts) -> bytes | None:
    """Return the segment that makes decoders see the same colours as in the source, None for unknown ones."""
    components = parts.frame[5] if parts.frame else 0
    adobe = None if parts.transform is None else _adobe_segment(parts.transform)
    if components == 1:
        return _JFIF
    if components == 3:  # luminance and two of colour, or RGB
        if parts.has_jfif or parts.transform not in {None, 0}:
            return _JFIF
        is_rgb = parts.transform == 0 or parts.frame[6::3] == _RGB_IDS
        return _adobe_segment(0) if is_rgb else _JFIF
    if components == 4:  # CMYK
        return adobe or b""
    return None


def _adobe_segment(transform: int) -> bytes:
    return b"\xff\xee\x00\x0eAdobe" + struct.pack(">HHHB", 100, 0, 0, transform)


def _profile_segment(profile: bytes) -> bytes:
    """Return a profile small enough for one segment (ICC.1:2010, B.4)."""
    return struct.pack(">BBH", 0xFF, 0xE2, len(profile) + 16) + b"ICC_PROFILE\0\x01\x01" + profile


def _has_bytes_behind_pixels(parts: _Parts, colour: bytes) -> bool:
    """Return whether a scan goes on behind its last pixel, where anything may be written and no decoder looks.

    With its last bytes replaced, a scan without such a rest decodes to something else.
    """
    for number, scan_bytes in parts.scan_bytes.items():
        if scan_bytes <= _TAIL_BYTES:
            continue
        bottoms = set()
        for tail in _TAILS:
            kept = list(parts.kept[: number + 1])
            kept[number] = kept[number][:-_TAIL_BYTES].rstrip(b"\xff") + tail
            image = Image.open(BytesIO(b"".join((_START, colour, *kept, _END))), formats=["JPEG"])
            # What comes last in a scan is seen at the bottom.
            bottom = image.crop((0, max(0, image.height - _BOTTOM_ROWS), image.width, image.height))
            bottoms.add(bottom.tobytes())
            if len(bottoms) > 1:
                break
        else:
            return True
    return False

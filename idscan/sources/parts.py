"""What a picture file holds besides its pixels, part by part."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

METADATA_BYTES = 64 * 2**20
"""At most this much of one file is looked at."""

EXIF_HEAD, XMP_HEAD = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
PHOTOSHOP_HEAD = b"Photoshop 3.0\0"
_THUMBNAILS = frozenset({1033, 1036})  # Photoshop File Formats, image resource identifiers
_RESOURCES = {1028: "iptc", 1039: "icc", 1058: "exif", 1060: "xmp"}


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes besides the pixels.

    Attributes:
        where: "exif", "xmp", "iptc", "comment", "png_text", "icc", "jfif", "psd_thumbnail", "trailing" or "other".
        data: without the container's own headers, unpacked.
    """

    where: str
    data: bytes


@dataclass(slots=True)
class Parts:
    """Everything besides the pixels of one file.

    Attributes:
        found: part by part.
        trailing_bytes: how many bytes follow the picture's end.
        trailing_start: where these begin in the file.
        has_index: whether a Multi-Picture index announces further pictures.
        page_starts: where in the file these begin.
        room: how many bytes may still be kept.
    """

    found: list[Part] = field(default_factory=list)
    trailing_bytes: int = 0
    trailing_start: int = 0
    has_index: bool = False
    page_starts: frozenset[int] = frozenset()
    room: int = METADATA_BYTES

    def add(self, where: str, data: bytes) -> None:
        """Keep a part as far as there is room."""
        kept = data[: self.room]
        self.room -= len(kept)
        if kept:
            self.found.append(Part(where, kept))

    def add_trailing(self, stream: BinaryIO, end: int) -> None:
        """Keep what follows the picture's end."""
        size = stream.seek(0, os.SEEK_END)
        self.trailing_bytes = max(size - end, 0)
        self.trailing_start = end
        if self.trailing_bytes:
            stream.seek(end)
            self.add("trailing", stream.read(self.room))


def add_resources(parts: Parts, data: bytes) -> None:
    """Split Photoshop's image resources: thumbnails, IPTC, EXIF, XMP and the rest."""
    position = 0
    while data[position : position + 4] in {b"8BIM", b"8B64", b"MeSa"} and position + 12 <= len(data):
        code, name_length = struct.unpack_from(">HB", data, position + 4)
        start = position + 6 + (name_length + 2) // 2 * 2
        length = struct.unpack_from(">I", data, start)[0]
        value = data[start + 4 : start + 4 + length]
        parts.add("psd_thumbnail" if code in _THUMBNAILS else _RESOURCES.get(code, "other"), value)
        position = start + 4 + (length + 1) // 2 * 2
    # What is not built as resources should be is still looked at.
    parts.add("other", data[position:])

"""TIFF 6.0 and EXIF directories: tags, writer."""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from idscan.images.color import profile_bytes
from idscan.images.pixels import has_alpha

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from numpy.typing import NDArray

    from idscan.images.raster import Raster, RasterPage

ORIENTATION = 0x0112
STRIP_OFFSETS = 0x0111
TILE_OFFSETS = 0x0144
SUB_DIRECTORIES = 0x014A
JPEG_START, JPEG_LENGTH = 0x0201, 0x0202
PICTURE_INDEX = 0xB002
XMP, IPTC, PHOTOSHOP, ICC = 0x02BC, 0x83BB, 0x8649, 0x8773
_POINTERS = frozenset({SUB_DIRECTORIES, 0x8769, 0x8825, 0xA005})
"""Tags that lead to further directories: sub-directories, EXIF, GPS, interoperability (TIFF 6.0, EXIF 2.32)."""

_PIXEL_TABLES = frozenset({STRIP_OFFSETS, 0x0117, TILE_OFFSETS, 0x0145, 0x015B})
"""Tags that only help to find or decode pixels."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_BIG = 43  # the version number of BigTIFF
_UNMEASURED = frozenset({0x0206, 0x0207, 0x0208, 0x0209, 0x0212, 0xC634, 0x927C, 0x02BD})
"""Tags that lead to bytes of lengths told nowhere: tables of old-style JPEG, notes of camera makers."""

_LONGEST_TABLE = 2**22
_MOST_DIRECTORIES = 64
_MOST_TAGS = 1000
_MOST_POINTERS = 64


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a directory.

    Attributes:
        code: which.
        kind: type of its values.
        start: of the values, in bytes from the start of the file or block.
        length: of the values in bytes.
    """

    code: int
    kind: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: a page, a thumbnail, or tags that belong to a page.

    Attributes:
        start: in bytes from the start of the file or block.
        order: "<" or ">".
        is_big: whether offsets take 8 bytes.
        is_chained: whether it stands in the file's main chain, as pages do.
        number: counted from 0 within that chain; 0 for others.
        tags: by code.
    """

    start: int
    order: str
    is_big: bool
    is_chained: bool
    number: int
    tags: dict[int, Tag]

    @property
    def has_pixels(self) -> bool:
        """Whether it describes a picture in strips or tiles."""
        return STRIP_OFFSETS in self.tags or TILE_OFFSETS in self.tags

    def values(self) -> Iterator[Tag]:
        """Yield tags whose values may hold text or pictures of their own."""
        return (tag for tag in self.tags.values() if tag.code not in _PIXEL_TABLES)


def directories(stream: BinaryIO) -> Iterator[Directory]:
    """Yield every directory that can be reached, the main chain first; broken ones end their chain.

    Args:
        stream: a TIFF file or the TIFF block of EXIF data, from its byte order mark on.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:  # byte order, version, offset
        return
    is_big = struct.unpack(order + "H", head[2:4])[0] == _BIG
    if is_big and len(head) < 16:  # likewise with an 8-byte offset
        return
    first = struct.unpack_from(order + ("Q" if is_big else "I"), head, 8 if is_big else 4)[0]
    pending: list[tuple[int, bool, int]] = [(first, True, 0)]
    seen: set[int] = set()
    while pending and len(seen) < _MOST_DIRECTORIES:
        start, is_chained, number = pending.pop(0)
        if start in seen or not 0 < start < size:
            continue
        seen.add(start)
        directory, following = _read(stream, size, Directory(start, order, is_big, is_chained, number, {}))
        yield directory
        if is_chained:
            pending.insert(0, (following, True, number + 1))
        for code in sorted(_POINTERS & directory.tags.keys()):
            pending.extend((at, False, 0) for at in integers(stream, directory, code)[:_MOST_POINTERS])


def integers(stream: BinaryIO, directory: Directory, code: int) -> list[int]:
    """Return the whole numbers that a tag holds, [] where it has none."""
    tag = directory.tags.get(code)
    letter = _INTEGERS.get(tag.kind) if tag else None
    if tag is None or letter is None:
        return []
    stream.seek(tag.start)
    raw = stream.read(min(tag.length, _MOST_POINTERS * 8))
    count = len(raw) // struct.calcsize(letter)
    return list(struct.unpack_from(f"{directory.order}{count}{letter}", raw))


def end_of_directories(stream: BinaryIO) -> int | None:
    """Return where everything ends that the directories of a TIFF file lead to; None where that cannot be told."""
    end = 0
    for directory in directories(stream):
        if directory.tags.keys() & _UNMEASURED or not directory.tags:
            return None
        count_bytes, entry_bytes, offset_bytes = (8, 20, 8) if directory.is_big else (2, 12, 4)
        end = max(end, directory.start + count_bytes + entry_bytes * len(directory.tags) + offset_bytes)
        end = max([end, *(tag.start + tag.length for tag in directory.tags.values())])
        for starts, lengths in ((STRIP_OFFSETS, 0x0117), (TILE_OFFSETS, 0x0145), (JPEG_START, JPEG_LENGTH)):
            pairs = zip(
                _all_integers(stream, directory, starts), _all_integers(stream, directory, lengths), strict=False
            )
            end = max(end, *(start + length for start, length in pairs), 0)
    return end or None


def _all_integers(stream: BinaryIO, directory: Directory, code: int) -> tuple[int, ...]:
    tag = directory.tags.get(code)
    letter = _INTEGERS.get(tag.kind) if tag else None
    if tag is None or letter is None:
        return ()
    stream.seek(tag.start)
    raw = stream.read(min(tag.length, _LONGEST_TABLE))
    return struct.unpack_from(f"{directory.order}{len(raw) // struct.calcsize(letter)}{letter}", raw)


def _read(stream: BinaryIO, size: int, empty: Directory) -> tuple[Directory, int]:
    """Return a directory with its tags, and where the next of its chain starts (0 where there is none)."""
    count_format, entry_format, inline = ("Q", "HHQ8s", 8) if empty.is_big else ("H", "HHI4s", 4)
    order = empty.order
    entry_bytes = struct.calcsize(order + entry_format)
    stream.seek(empty.start)
    raw = stream.read(struct.calcsize(order + count_format))
    if len(raw) < struct.calcsize(order + count_format):
        return empty, 0
    count = struct.unpack(order + count_format, raw)[0]
    first = empty.start + len(raw)
    table = stream.read(min(count, _MOST_TAGS) * entry_bytes)
    for i in range(len(table) // entry_bytes):
        code, kind, number, value = struct.unpack_from(order + entry_format, table, i * entry_bytes)
        length = number * _SIZES.get(kind, 1)
        start = first + i * entry_bytes + entry_bytes - inline
        if length > inline:
            start = struct.unpack(order + ("Q" if empty.is_big else "I"), value)[0]
        if start < size:
            empty.tags.setdefault(code, Tag(code, kind, start, min(length, size - start)))
    after = first + count * entry_bytes
    if after + inline > size:
        return empty, 0
    stream.seek(after)
    return empty, int(struct.unpack(order + ("Q" if empty.is_big else "I"), stream.read(inline))[0])


_STRIP_BYTES = 2**18
_MOST_BYTES = 2**32 - 1
_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_TYPE_CODES = {_SHORT: "H", _LONG: "I", _UNDEFINED: "B"}

_UNCOMPRESSED, _DEFLATE = 1, 8
_HORIZONTAL_DIFFERENCES = 2
_STRAIGHT_ALPHA = 2

_Tags = dict[int, tuple[int, tuple[int, ...]]]


def write_tiff(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write all pages to a stream that can seek.

    Raises:
        StopIteration: if there are no pages.
        OSError: if the file would become larger than 4 GB.
    """
    start = stream.tell()
    stream.write(b"II*\0\0\0\0\0")
    pointer = 4
    first = next(pages)
    pointer = _write_page(raster, first, stream, (start, pointer))
    for page in islice(pages, raster.pages - 1):
        pointer = _write_page(raster, page, stream, (start, pointer))


def _write_page(raster: Raster, page: RasterPage, stream: BinaryIO, place: tuple[int, int]) -> int:
    """Write a page and enter it where the chain of directories ends; return where the chain then ends."""
    start, pointer = place
    pixels = page.pixels
    height, width, channels = pixels.shape
    rows = max(1, _STRIP_BYTES // (width * channels * pixels.itemsize))
    offsets, counts = [], []
    for top in range(0, height, rows):
        data = _strip(pixels[top : top + rows], is_compressed=raster.coding.is_compressed)
        offsets.append(stream.tell() - start)
        counts.append(len(data))
        stream.write(data)
    tags: _Tags = {
        256: (_LONG, (width,)),
        257: (_LONG, (height,)),
        258: (_SHORT, (8 * pixels.itemsize,) * channels),
        259: (_SHORT, (_DEFLATE if raster.coding.is_compressed else _UNCOMPRESSED,)),
        262: (_SHORT, (1 if channels <= 2 else 2,)),  # black is zero, or RGB
        273: (_LONG, tuple(offsets)),
        277: (_SHORT, (channels,)),
        278: (_LONG, (rows,)),
        279: (_LONG, tuple(counts)),
        284: (_SHORT, (1,)),  # channels of a pixel stand together
    }
    if raster.coding.is_compressed:
        tags[317] = (_SHORT, (_HORIZONTAL_DIFFERENCES,))
    if has_alpha(pixels):
        tags[338] = (_SHORT, (_STRAIGHT_ALPHA,))
    if raster.profile is not None:
        tags[34675] = (_UNDEFINED, tuple(profile_bytes(raster.profile)))
    directory = _write_directory(tags, stream, start)
    end = stream.tell()
    if end - start > _MOST_BYTES:
        message = "a TIFF file holds no more than 4 GB"
        raise OSError(message)
    stream.seek(start + pointer)
    stream.write(struct.pack("<I", directory))
    stream.seek(end)
    return end - start - 4


def _strip(pixels: NDArray[Any], *, is_compressed: bool) -> bytes:
    little = pixels.astype(pixels.dtype.newbyteorder("<"))
    if not is_compressed:
        return little.tobytes()
    # Neighbours differ little, and small numbers take little room; unsigned differences wrap as the format asks.
    little[:, 1:] -= pixels[:, :-1]
    return zlib.compress(little.tobytes())


def _write_directory(tags: _Tags, stream: BinaryIO, start: int) -> int:
    """Write values that need more than four bytes, then the directory; return its position."""
    entries = b""
    for tag, (kind, values) in sorted(tags.items()):
        data = struct.pack(f"<{len(values)}{_TYPE_CODES[kind]}", *values)
        if len(data) > 4:  # what fits stands in the entry itself
            stream.write(bytes((stream.tell() - start) & 1))
            value = struct.pack("<I", stream.tell() - start)
            stream.write(data)
        else:
            value = data.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, len(values)) + value
    stream.write(bytes((stream.tell() - start) & 1))
    directory = stream.tell() - start
    stream.write(struct.pack("<H", len(tags)) + entries + bytes(4))
    return directory

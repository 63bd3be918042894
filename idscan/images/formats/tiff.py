"""TIFF 6.0 and EXIF directories: tags, pages, parts beside the pixels, writer."""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from idscan.images.formats.base import (
    COUNT_LIMIT,
    LOSSY_BLOCK,
    METADATA_BYTES,
    Coding,
    FormatHandler,
    PillowPages,
    begins,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image, TiffImagePlugin

    from idscan.images.formats.base import Parts
    from idscan.images.raster import Raster, RasterPage

ORIENTATION = 0x0112  # tag (TIFF 6.0, section 8)
STRIP_OFFSETS = 0x0111  # tag (TIFF 6.0, section 8)
TILE_OFFSETS = 0x0144  # tag (TIFF 6.0, section 15)
SUB_DIRECTORIES = 0x014A  # tag (TIFF Technical Note 1)
JPEG_START, _JPEG_LENGTH = 0x0201, 0x0202  # tags (TIFF 6.0, section 22)
IMAGE_INDEX = 0xB002  # tag MP Entry (CIPA DC-007, 5.2.3)
XMP, IPTC, PHOTOSHOP, ICC = 0x02BC, 0x83BB, 0x8649, 0x8773  # registered private tags
_POINTERS = frozenset({SUB_DIRECTORIES, 0x8769, 0x8825, 0xA005})
"""Tags that lead to further directories: sub-directories, EXIF, GPS, interoperability (TIFF 6.0, EXIF 2.32)."""
_PIXEL_TABLES = frozenset({STRIP_OFFSETS, 0x0117, TILE_OFFSETS, 0x0145, 0x015B})
"""Tags that only help to find or decode pixels."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_BIG = 43  # the version number of BigTIFF
_UNMEASURED = frozenset({0x0206, 0x0207, 0x0208, 0x0209, 0x0212, 0xC634, 0x927C, 0x02BD})
"""Tags that lead to bytes of unknown length: tables of old-style JPEG, notes of camera makers."""
_LONGEST_TABLE = 2**22
"""Bytes read of a table of offsets. Lower: files with many strips end too early; higher: crafted ones take memory."""
_MOST_DIRECTORIES = 64
"""Directories read with their tags. Lower: metadata of later ones are missed; higher: more time."""
_MOST_TAGS = 1000
"""Tags read per directory. Lower: later ones are missed; higher: a crafted file takes more time."""
_MOST_POINTERS = 64
"""Offsets read from one tag. Lower: sub-directories are missed; higher: a crafted file takes more time."""


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
        is_chained: whether it belongs to the file's main chain, as pages do.
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
        """Whether it describes an image in strips or tiles."""
        return STRIP_OFFSETS in self.tags or TILE_OFFSETS in self.tags

    def values(self) -> Iterator[Tag]:
        """Yield tags whose values may hold text or images of their own."""
        return (tag for tag in self.tags.values() if tag.code not in _PIXEL_TABLES)


def walk(stream: BinaryIO, *, chain_only: bool = False) -> Iterator[Directory]:
    """Yield every directory that can be reached, the main chain first; broken ones end their chain.

    There is no strict walk, as no stripper takes a TIFF file apart. With `chain_only` the main chain alone is followed,
    without reading any tag and further on; a directory beyond the end of the file is then yielded as well.
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
    while pending and len(seen) < (COUNT_LIMIT if chain_only else _MOST_DIRECTORIES):
        start, is_chained, number = pending.pop(0)
        if start in seen or start <= 0 or (start >= size and not chain_only):
            continue
        seen.add(start)
        directory = Directory(start, order, is_big, is_chained, number, {})
        following = _read_directory(stream, size, directory, most_tags=0 if chain_only else _MOST_TAGS)
        yield directory
        if is_chained:
            pending.insert(0, (following, True, number + 1))
        for code in sorted(_POINTERS & directory.tags.keys()):
            pending.extend((at, False, 0) for at in integers(stream, directory, code)[:_MOST_POINTERS])


def integers(
    stream: BinaryIO, directory: Directory, code: int, most_bytes: int = _MOST_POINTERS * 8
) -> tuple[int, ...]:
    """Return the whole numbers in the first bytes of a tag, () where it has none."""
    tag = directory.tags.get(code)
    letter = _INTEGERS.get(tag.kind) if tag else None
    if tag is None or letter is None:
        return ()
    stream.seek(tag.start)
    raw = stream.read(min(tag.length, most_bytes))
    return struct.unpack_from(f"{directory.order}{len(raw) // struct.calcsize(letter)}{letter}", raw)


def end_of_directories(stream: BinaryIO) -> int | None:
    """Return where everything ends that the directories of a TIFF file lead to; None where that is unknown."""
    end = 0
    for directory in walk(stream):
        if directory.tags.keys() & _UNMEASURED or not directory.tags:
            return None
        count_bytes, entry_bytes, offset_bytes = (8, 20, 8) if directory.is_big else (2, 12, 4)
        end = max(end, directory.start + count_bytes + entry_bytes * len(directory.tags) + offset_bytes)
        end = max([end, *(tag.start + tag.length for tag in directory.tags.values())])
        for starts, lengths in ((STRIP_OFFSETS, 0x0117), (TILE_OFFSETS, 0x0145), (JPEG_START, _JPEG_LENGTH)):
            tables = (integers(stream, directory, code, _LONGEST_TABLE) for code in (starts, lengths))
            end = max(end, *(start + length for start, length in zip(*tables, strict=False)), 0)
    return end or None


def _read_directory(stream: BinaryIO, size: int, empty: Directory, *, most_tags: int) -> int:
    """Fill a directory with its tags, and return where the next of its chain starts (0 where there is none)."""
    count_format, entry_format, inline = ("Q", "HHQ8s", 8) if empty.is_big else ("H", "HHI4s", 4)
    order = empty.order
    entry_bytes = struct.calcsize(order + entry_format)
    if empty.start >= size:
        return 0
    stream.seek(empty.start)
    raw = stream.read(struct.calcsize(order + count_format))
    if len(raw) < struct.calcsize(order + count_format):
        return 0
    count = struct.unpack(order + count_format, raw)[0]
    first = empty.start + len(raw)
    table = stream.read(min(count, most_tags) * entry_bytes)
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
        return 0
    stream.seek(after)
    return int(struct.unpack(order + ("Q" if empty.is_big else "I"), stream.read(inline))[0])


_STRIP_BYTES = 2**18
"""Uncompressed bytes of a strip. Lower: larger tables, worse compression; higher: more memory for the writer."""
_MOST_BYTES = 2**32 - 2**20  # offsets have 32 bits (TIFF 6.0, section 2), and a directory follows the pixels
_SHORT, _LONG, _UNDEFINED = 3, 4, 7  # types of values (TIFF 6.0, section 2)
_TYPE_CODES = {_SHORT: "H", _LONG: "I", _UNDEFINED: "B"}

_UNCOMPRESSED, _DEFLATE = 1, 8  # values of Compression (TIFF 6.0, section 8; Adobe Photoshop TIFF Technical Notes)
_HORIZONTAL_DIFFERENCES = 2  # value of Predictor (TIFF 6.0, section 14)
_STRAIGHT_ALPHA = 2  # value of ExtraSamples: unassociated alpha (TIFF 6.0, section 18)

_Tags = dict[int, tuple[int, tuple[int, ...]]]


def write_tiff(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write all pages to a stream that can seek; OSError if the file would become larger than 4 GB."""
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
        data = _encoded_strip(pixels[top : top + rows], is_compressed=raster.coding.is_compressed)
        offsets.append(stream.tell() - start)
        counts.append(len(data))
        stream.write(data)
    if stream.tell() - start > _MOST_BYTES:
        message = "a TIFF file holds no more than 4 GB"
        raise OSError(message)
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
        284: (_SHORT, (1,)),  # the channels of a pixel are stored together
    }
    if raster.coding.is_compressed:
        tags[317] = (_SHORT, (_HORIZONTAL_DIFFERENCES,))
    if page.has_alpha:
        tags[338] = (_SHORT, (_STRAIGHT_ALPHA,))
    profile = raster.icc_profile()
    if profile is not None:
        tags[34675] = (_UNDEFINED, tuple(profile))
    directory = _write_directory(tags, stream, start)
    end = stream.tell()
    stream.seek(start + pointer)
    stream.write(struct.pack("<I", directory))
    stream.seek(end)
    return end - start - 4


def _encoded_strip(pixels: NDArray[Any], *, is_compressed: bool) -> bytes:
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
        if len(data) > 4:  # shorter values are stored in the entry itself
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


_SHORTEST_VALUE = 9
"""Bytes of a tag's value; fewer hold neither a number of a card nor an image."""

# TIFF 6.0, its supplements and the registered private schemes: pixel values come back as they were stored.
_LOSSLESS = frozenset({1, 2, 3, 4, 5, 8, 32773, 32809, 32946, 34676, 34925, 50000})
_BITS_PER_SAMPLE = 258  # tag (TIFF 6.0, section 8)
_COMPRESSION = 259  # tag (TIFF 6.0, section 8)


def _count(stream: BinaryIO) -> int:
    # A directory beyond the end counts as well: loading that page shows that the file is cut short.
    return sum(1 for _ in walk(stream, chain_only=True))


def _add_parts(stream: BinaryIO, parts: Parts) -> None:
    kinds = {XMP: "xmp", IPTC: "iptc", ICC: "icc"}
    for directory in walk(stream):
        for tag in directory.values():
            stream.seek(tag.start)
            data = stream.read(min(tag.length, parts.room))
            if tag.code == PHOTOSHOP:
                parts.add_resources(data)
            elif len(data) >= _SHORTEST_VALUE:
                parts.add(kinds.get(tag.code, "exif_value"), data)
    end = end_of_directories(stream)
    if end is not None:
        parts.add_trailing(stream, end)


def _previews(stream: BinaryIO) -> Iterator[bytes]:
    """Yield images of sub-directories, which no page of the file shows, and JPEG previews of any directory."""
    found = list(walk(stream))
    subordinate = [directory for directory in found if directory.has_pixels and not directory.is_chained]
    previews = [start for each in found for start in integers(stream, each, JPEG_START)[:1]]
    stream.seek(0)
    content = stream.read(METADATA_BYTES) if subordinate or previews else b""
    for directory in subordinate:
        yield entered_at(content, directory)
    for start in previews:
        yield content[start:]


def entered_at(content: bytes, directory: Directory) -> bytes:
    """Return a TIFF file whose first page is the given directory."""
    head = struct.pack(directory.order + ("8xQ" if directory.is_big else "4xI"), directory.start)
    kept = 8 if directory.is_big else 4
    return content[:kept] + head[kept:] + content[len(head) :]


def _ends_early(stream: BinaryIO, size: int) -> bool:
    header = stream.read(16)
    order = "<" if header[:2] == b"II" else ">"
    is_big = _BIG in header[2:4]
    return bool(struct.unpack_from(order + ("Q" if is_big else "I"), header, 8 if is_big else 4)[0] >= size)


def _coding(page: Image.Image, _stream: BinaryIO, _turn: int) -> Coding:
    image = cast("TiffImagePlugin.TiffImageFile", page)
    compression = image.tag_v2.get(_COMPRESSION, _UNCOMPRESSED)
    bits = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))
    is_lossless = compression in _LOSSLESS
    # Colour of a JPEG inside a TIFF may be stored for 4 x 4 pixels at once (TIFF 6.0, section 21).
    return Coding(
        (1, 1) if is_lossless else (2 * LOSSY_BLOCK, 2 * LOSSY_BLOCK),
        max(bits) if isinstance(bits, tuple) else int(bits),
        is_lossless=is_lossless,
        is_compressed=compression != _UNCOMPRESSED,
    )


TIFF = FormatHandler(
    name="TIFF",
    matches=begins(rb"II\*\x00|MM\x00\*|II\+\x00\x08\x00\x00\x00|MM\x00\+\x00\x08\x00\x00"),
    # The camera formats among them are TIFF files as well.
    suffixes=(".tif", ".tiff", ".dng", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".pef", ".srw"),
    pages=PillowPages("TIFF", _count),
    walk=walk,
    add_parts=_add_parts,
    previews=_previews,
    ends_early=_ends_early,
    is_noisy=True,
    keeps_depth=True,
    keeps_profile=True,
    coding=_coding,
    write=write_tiff,
)

"""ISO base media files (ISO 14496-12) and JPEG 2000 (ISO 15444-1): boxes, AVIF, CR3; parts beside the pixels."""

from __future__ import annotations

import os
import re
import struct
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from idscan.images.formats.base import (
    MACROBLOCK,
    METADATA_BYTES,
    NO_LIMIT,
    Anywhere,
    Coding,
    FormatHandler,
    PillowPages,
    begins,
    pillow_limits,
    read_head,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from idscan.images.formats.base import Parts
    from idscan.images.raster import Raster, RasterPage


class FileBox(NamedTuple):
    """One box: its kind, where it begins, where its data begin, and where it ends, which may be behind the file."""

    kind: bytes
    start: int
    data: int
    stop: int


def walk(stream: BinaryIO, start: int = 0, stop: int | None = None, *, strict: bool = False) -> Iterator[FileBox]:
    """Yield the boxes between two positions; a length of 0 reaches to the end, 1 announces a 64-bit length.

    A strict walk raises ValueError for bytes that are no box and for a box that is cut short. A tolerant one ends
    there, though the last box may reach behind the end. Either raises struct.error where a 64-bit length is cut short.
    """
    end = stream.seek(0, os.SEEK_END) if stop is None else stop
    position = start
    while position + 8 <= end:
        stream.seek(position)
        length, kind = struct.unpack(">I4s", stream.read(8))
        data = position + 8
        if length == 1:
            length, data = struct.unpack(">Q", stream.read(8))[0], data + 8
        elif length == 0:
            length = end - position
        if length < data - position or not kind.rstrip(b" ").isalnum() or (strict and position + length > end):
            break
        yield FileBox(kind, position, data, position + length)
        position += length
    if strict and position != end:
        message = "something else than a box"
        raise ValueError(message)


_LONGEST_EXIF = 2**17
"""Bytes of an EXIF block. Lower: thumbnails are cut off; higher: more of the coded pixels is searched as EXIF."""
_TIFF_HEADER_BYTES = 8  # byte order, version and first offset (TIFF 6.0, section 2)


def add_parts(stream: BinaryIO, parts: Parts) -> None:
    """Find EXIF and XMP by their first bytes: the items of a HEIF-like file lie anywhere in its data."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    content = stream.read(METADATA_BYTES)
    for found in re.finditer(rb"(?:II\*\0|MM\0\*)", content):
        # The directory starts right behind the header in all but exotic files.
        block = content[found.start() : found.start() + _LONGEST_EXIF]
        order = "<" if block[:1] == b"I" else ">"
        is_long_enough = len(block) > _TIFF_HEADER_BYTES
        if is_long_enough and _TIFF_HEADER_BYTES <= struct.unpack_from(order + "I", block, 4)[0] < _LONGEST_EXIF:
            parts.add("exif", block)
            break
    for found in re.finditer(rb"<(?:x:xmpmeta|rdf:RDF).*?</(?:x:xmpmeta|rdf:RDF)>", content, re.DOTALL):
        parts.add("xmp", found.group())
    end = 0
    for box in walk(stream):
        end = box.stop
        if box.kind in {b"uuid", b"free", b"skip", b"mpvd", b"xml "}:
            stream.seek(box.data)
            parts.add("other", stream.read(min(box.stop - box.data, parts.room)))
    parts.add_trailing(stream, min(end, size))


def ends_early(stream: BinaryIO, size: int) -> bool:
    """Return whether a file is shorter than its boxes announce."""
    end = end_of_boxes(stream)
    # Fewer bytes than a box header has are the beginning of one.
    return end > size or 0 < size - end < 8


def end_of_boxes(stream: BinaryIO) -> int:
    """Return the length of a file by its boxes."""
    return max((box.stop for box in walk(stream)), default=0)


# AVIF: AV1 Image File Format.

_QUALITY = 90
"""High enough that a second coding is not seen; the first one's is not stored in the file."""
_AV1_CONFIGURATION = re.compile(rb"av1C..(.)", re.DOTALL)
"""Depth and subsampling in the `av1C` box (AV1 Codec ISO Media File Format Binding 1.2, section 2.3.3)."""
_HIGH_BIT_DEPTH, _TWELVE_BITS, _MONOCHROME, _HALF_WIDTH, _HALF_HEIGHT = 0x40, 0x20, 0x10, 0x08, 0x04
"""Bits of that byte (section 2.3.3): depth, monochrome, subsampling in x and y."""
_TIMED_BOXES = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_BOXES_OF_BOXES = frozenset({b"moov", b"trak", b"mdia"})
"""Boxes of an image sequence; libavif writes the former in version 1, whose times have eight bytes each."""


def _count_avif(stream: BinaryIO) -> int:
    """Count the frames of an AVIF image sequence; plain images are recognised by their brand and not parsed."""
    if stream.read(12)[8:12] != b"avis":
        return 1

    with pillow_limits(NO_LIMIT):
        image = AVIF.source().open(stream, stream.seek(0, os.SEEK_END))
    return int(getattr(image, "n_frames", 1))


def _avif_coding(_image: Image.Image, stream: BinaryIO, _turn: int) -> Coding:
    configuration = _AV1_CONFIGURATION.search(read_head(stream))
    flags = configuration[1][0] if configuration else _HALF_WIDTH | _HALF_HEIGHT
    bits = 8 if not flags & _HIGH_BIT_DEPTH else 12 if flags & _TWELVE_BITS else 10
    has_half = (bool(flags & _HALF_WIDTH), bool(flags & _HALF_HEIGHT))
    subsampling = {(False, False): "4:4:4", (True, False): "4:2:2"}.get(has_half, "4:2:0")
    if flags & _MONOCHROME:
        subsampling = "4:0:0"
    return Coding(MACROBLOCK, bits, subsampling=subsampling, is_lossless=False)


def _write_avif(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    from idscan.images.pixels import has_alpha, in_8_bits, to_pillow, with_colours

    durations: list[int] = []

    def images() -> Iterator[Image.Image]:
        for page in pages:
            durations.append(page.milliseconds or 0)
            pixels = in_8_bits(page.pixels)
            yield to_pillow(with_colours(pixels, alpha=True) if has_alpha(pixels) else pixels)

    frames = images()
    first = next(frames)
    rest = list(frames)
    is_grey = all(image.mode == "L" for image in (first, *rest))
    of_colour = "4:4:4" if raster.coding.subsampling == "4:0:0" else raster.coding.subsampling
    sink = BytesIO()
    # One thread, so that the bytes do not depend on the number of processors.
    first.save(
        sink,
        "AVIF",
        save_all=bool(rest),
        append_images=rest,
        duration=durations,
        quality=_QUALITY,
        subsampling="4:0:0" if is_grey else of_colour,
        max_threads=1,
        icc_profile=raster.icc_profile(),
    )
    _clear_times(sink)
    stream.write(sink.getvalue())


def _clear_times(stream: BytesIO, start: int = 0, stop: int | None = None) -> None:
    """Zero the times of writing in the headers of an animation, within a range of whole boxes."""
    for box in walk(stream, start, stop, strict=True):
        if box.kind in _TIMED_BOXES:
            # Behind version and flags: when it was created and when it was changed.
            stream.seek(box.data + 4)
            stream.write(bytes(16))
        elif box.kind in _BOXES_OF_BOXES:
            _clear_times(stream, box.data, box.stop)


# JPEG 2000.

_SIZE_MARKER = re.compile(rb"\xff\x4f\xff\x51.{38}(.)", re.DOTALL)
"""Bits of the first component, less one, in the SIZ segment of ISO 15444-1, A.5.1."""

# Markers of ISO 15444-1, table A.2: start of codestream with the size that follows it, start of tile-part, comment.
_CODESTREAM_START, _TILE_PART, _COMMENT = b"\xff\x4f\xff\x51", b"\xff\x90", b"\xff\x64"


def _add_jpeg2000_parts(stream: BinaryIO, parts: Parts) -> None:
    if stream.read(8)[4:] == b"jP  ":
        add_parts(stream, parts)


def _jpeg2000_coding(_image: Image.Image, stream: BinaryIO, _turn: int) -> Coding:
    head = read_head(stream)
    size_marker = _SIZE_MARKER.search(head)
    bits = (size_marker[1][0] & 0x7F) + 1 if size_marker else 8
    # Even the reversible transform may have been cut to a size, so nothing is taken for lossless.
    return Coding(MACROBLOCK, bits, is_lossless=False, is_bare=head.startswith(b"\xff\x4f"))


def _write_jpeg2000(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    from idscan.images.pixels import in_8_bits, pillow_bytes, to_pillow

    pixels = next(pages).pixels
    image = to_pillow(pixels if pixels.shape[2] == 1 else in_8_bits(pixels))
    stream.write(_without_comment(pillow_bytes(image, "JPEG2000", no_jp2=raster.coding.is_bare)))


def _without_comment(content: bytes) -> bytes:
    """Return a JPEG 2000 file without the comment that its encoder leaves (ISO 15444-1, A.9.2)."""
    start = content.index(_CODESTREAM_START)
    position, kept = start + 2, content[start : start + 2]
    while (marker := content[position : position + 2]) != _TILE_PART:
        end = position + 2 + struct.unpack_from(">H", content, position + 2)[0]
        kept += b"" if marker == _COMMENT else content[position:end]
        position = end
    body = kept + content[position:]
    if start == 0:
        return body
    # The box around the codestream is the last one; its length and type come before it.
    return content[: start - 8] + struct.pack(">I", len(body) + 8) + content[start - 4 : start] + body


_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_CR3_BRANDS = frozenset({b"crx "})


def brands(head: bytes) -> set[bytes]:
    """Return the brands in the first box of an ISO base media file; none for other files."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[start : start + 4] for start in range(16, end - 3, 4))}


AVIF = FormatHandler(
    name="AVIF",
    matches=lambda head: bool(brands(head) & _AVIF_BRANDS),
    suffixes=(".avif", ".avifs"),
    anywhere=Anywhere(b"ftyp", 4, rb"....ftypavi[fs]"),
    pages=PillowPages("AVIF", _count_avif, feature="avif", reads_whole=True, memory=2.5, animation_memory=4.0),
    walk=walk,
    add_parts=add_parts,
    ends_early=ends_early,
    announced_bytes=lambda content: end_of_boxes(BytesIO(content)),
    is_animated=True,
    keeps_profile=True,
    coding=_avif_coding,
    write=_write_avif,
)
JPEG2000 = FormatHandler(
    name="JPEG2000",
    matches=begins(rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
    suffixes=(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    pages=PillowPages("JPEG2000", feature="jpg_2000", memory=5.0),
    walk=walk,
    add_parts=_add_jpeg2000_parts,
    coding=_jpeg2000_coding,
    write=_write_jpeg2000,
)
CR3 = FormatHandler(
    name="CR3", matches=lambda head: bool(brands(head) & _CR3_BRANDS), suffixes=(".cr3",), is_distinctive=True
)

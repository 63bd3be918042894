"""Which bytes of a picture file are not its pixels, told by the structure of each container."""

from __future__ import annotations

import os
import re
import struct
from io import BytesIO
from typing import TYPE_CHECKING

from idscan.sources import tags
from idscan.sources.parts import EXIF_HEAD, METADATA_BYTES, PHOTOSHOP_HEAD, XMP_HEAD, Parts, add_resources
from idscan.sources.png_parts import read_png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

_CHUNK = 2**20
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""Within the compressed pixels of a JPEG file only stuffed zeros and restart markers follow 0xFF."""

_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_MORE_XMP_HEAD = len(_MORE_XMP) + 40  # digest, length and offset of the part
_ICC = b"ICC_PROFILE\0"
_ICC_HEAD = len(_ICC) + 2
_WEBP_PIXELS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})

_SHORTEST_VALUE = 9
"""Fewer bytes hold neither a number of a card nor a picture."""

_LONGEST_EXIF = 2**17

_BMP_HEADER = 40
"""Bytes of the information header from which on the length of the pixels is told."""

_LONGEST_PPM_HEAD = 4096
_PBM_HEAD = re.compile(rb"P4\s+(\d{1,9})\s+(\d{1,9})\s")
_PPM_HEAD = re.compile(rb"P([56])\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,5})\s")
_PIXMAP = 6


def read_parts(stream: BinaryIO, format_name: str) -> Parts:
    """Return what a file holds besides its pixels; of a broken file, what stands before the break.

    Args:
        stream: the file.
        format_name: as `sniff` names it; formats without a reader here have no parts.
    """
    parts = Parts()
    reader = _READERS.get(format_name)
    if reader is not None:
        try:
            stream.seek(0)
            reader(stream, parts)
        except (struct.error, IndexError, ValueError, OverflowError):
            return parts
    return parts


def _read_jpeg(stream: BinaryIO, parts: Parts) -> None:
    profile: dict[int, bytes] = {}
    more_xmp: list[tuple[int, bytes]] = []
    for marker, start, payload in _jpeg_segments(stream, parts):
        if payload.startswith(EXIF_HEAD):
            parts.add("exif", payload[len(EXIF_HEAD) :])
        elif payload.startswith(_MORE_XMP):
            more_xmp.append((struct.unpack_from(">I", payload, _MORE_XMP_HEAD - 4)[0], payload[_MORE_XMP_HEAD:]))
        elif payload.startswith(XMP_HEAD):
            parts.add("xmp", payload[len(XMP_HEAD) :])
        elif payload.startswith(PHOTOSHOP_HEAD):
            add_resources(parts, payload[len(PHOTOSHOP_HEAD) :])
        elif payload.startswith(_ICC):
            profile[len(profile)] = payload[_ICC_HEAD:]
        elif payload.startswith(b"MPF\0"):
            parts.has_index = True
            parts.page_starts |= _indexed_pictures(payload[4:], start + 4)
        elif marker == 0xFE:  # noqa: PLR2004  the comment segment (ITU T.81, table B.1)
            parts.add("comment", payload)
        else:
            parts.add("jfif" if payload.startswith((b"JFIF\0", b"JFXX\0")) else "other", payload)
    parts.add("xmp", b"".join(data for _, data in sorted(more_xmp)))
    parts.add("icc", b"".join(profile.values()))


def _indexed_pictures(index: bytes, base: int) -> frozenset[int]:
    """Return where in the file the further pictures of a Multi-Picture index begin (CIPA DC-007, 5.2.3)."""
    block = BytesIO(index)
    starts = set()
    for directory in tags.directories(block):
        table = directory.tags.get(tags.PICTURE_INDEX)
        if table is not None:
            entries = index[table.start : table.start + table.length]
            for at in range(0, len(entries) - 15, 16):
                offset = struct.unpack_from(directory.order + "I", entries, at + 8)[0]
                starts.add(base + offset)
    return frozenset(starts - {base})


def _jpeg_segments(stream: BinaryIO, parts: Parts) -> Iterator[tuple[int, int, bytes]]:
    """Yield marker, place and payload of application and comment segments; note what follows the image's end."""
    position = 2
    while True:
        stream.seek(position)
        head = stream.read(4)
        if len(head) < 2 or head[0] != 0xFF:  # noqa: PLR2004  every marker starts so
            return
        marker = head[1]
        if marker == 0xFF:  # noqa: PLR2004  a fill byte
            position += 1
            continue
        if marker == 0xD9:  # noqa: PLR2004  end of image
            parts.add_trailing(stream, position + 2)
            return
        length = struct.unpack(">H", head[2:4])[0]
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:  # noqa: PLR2004  application segments, comment
            yield marker, position + 4, stream.read(max(length - 2, 0))
        position += 2 + length
        if marker == 0xDA:  # noqa: PLR2004  start of scan
            position = _end_of_scan(stream, position)


def _end_of_scan(stream: BinaryIO, position: int) -> int:
    """Return where the marker after compressed pixels stands; the end of the file where there is none."""
    carried = b""
    stream.seek(position)
    while chunk := stream.read(_CHUNK):
        found = _MARKER.search(carried + chunk)
        if found:
            return position - len(carried) + found.start()
        position += len(chunk)
        carried = chunk[-1:]
    return position


def _read_webp(stream: BinaryIO, parts: Parts) -> None:
    stream.seek(4)
    end = 8 + struct.unpack("<I", stream.read(4))[0]
    position = 12
    while position + 8 <= end:
        stream.seek(position)
        kind, length = struct.unpack("<4sI", stream.read(8))
        if kind not in _WEBP_PIXELS:
            data = stream.read(min(length, parts.room))
            where = {b"EXIF": "exif", b"XMP ": "xmp", b"ICCP": "icc"}.get(kind, "other")
            parts.add(where, data.removeprefix(EXIF_HEAD) if where == "exif" else data)
        position += 8 + length + (length & 1)
    parts.add_trailing(stream, end)


def _read_gif(stream: BinaryIO, parts: Parts) -> None:
    stream.seek(10)
    flags = stream.read(3)[0]
    stream.seek(3 << ((flags & 7) + 1) if flags & 0x80 else 0, os.SEEK_CUR)
    while (marker := stream.read(1)) in {b"!", b","}:
        if marker == b",":
            flags = stream.read(9)[8]
            stream.seek((3 << ((flags & 7) + 1) if flags & 0x80 else 0) + 1, os.SEEK_CUR)
            _sub_blocks(stream, 0)
            continue
        label = stream.read(1)
        blocks = _sub_blocks(stream, parts.room)
        if label == b"\xff" and blocks[:1] == [b"XMP DataXMP"]:
            # XMP stands there unblocked: its own letters pass for the lengths of blocks.
            parts.add("xmp", b"".join(bytes([len(block)]) + block for block in blocks[1:]))
        elif label != b"\xf9" and not (label == b"\xff" and blocks[:1] in ([b"NETSCAPE2.0"], [b"ANIMEXTS1.0"])):
            parts.add("comment", b"".join(blocks))
    if marker == b";":
        parts.add_trailing(stream, stream.tell())


def _sub_blocks(stream: BinaryIO, limit: int) -> list[bytes]:
    blocks: list[bytes] = []
    kept = 0
    while (length := stream.read(1)) and length != b"\0":
        block = stream.read(length[0])
        if kept < limit:
            blocks.append(block)
            kept += len(block)
    return blocks


def _read_tiff(stream: BinaryIO, parts: Parts) -> None:
    kinds = {tags.XMP: "xmp", tags.IPTC: "iptc", tags.ICC: "icc"}
    for directory in tags.directories(stream):
        for tag in directory.values():
            stream.seek(tag.start)
            data = stream.read(min(tag.length, parts.room))
            if tag.code == tags.PHOTOSHOP:
                add_resources(parts, data)
            elif len(data) >= _SHORTEST_VALUE:
                parts.add(kinds.get(tag.code, "exif_value"), data)
    end = tags.end_of_directories(stream)
    if end is not None:
        parts.add_trailing(stream, end)


def _read_boxes(stream: BinaryIO, parts: Parts) -> None:
    """Find EXIF and XMP by their first bytes: the items of a HEIF-like file lie anywhere in its data."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    content = stream.read(METADATA_BYTES)
    for found in re.finditer(rb"(?:II\*\0|MM\0\*)", content):
        # The directory starts right behind the header in all but exotic files.
        block = content[found.start() : found.start() + _LONGEST_EXIF]
        order = "<" if block[:1] == b"I" else ">"
        if len(block) > 8 and 8 <= struct.unpack_from(order + "I", block, 4)[0] < _LONGEST_EXIF:  # noqa: PLR2004
            parts.add("exif", block)
            break
    for found in re.finditer(rb"<(?:x:xmpmeta|rdf:RDF).*?</(?:x:xmpmeta|rdf:RDF)>", content, re.DOTALL):
        parts.add("xmp", found.group())
    position = 0
    while position + 8 <= size:
        stream.seek(position)
        length, kind = struct.unpack(">I4s", stream.read(8))
        length = struct.unpack(">Q", stream.read(8))[0] if length == 1 else length
        if not kind.rstrip(b" ").isalnum() or length == 1:
            break
        position = size if length == 0 else position + max(length, 8)
        if kind in {b"uuid", b"free", b"skip", b"mpvd", b"xml "}:
            parts.add("other", stream.read(min(max(length - 8, 0), parts.room)))
    parts.add_trailing(stream, min(position, size))


def _read_bmp(stream: BinaryIO, parts: Parts) -> None:
    stream.seek(2)
    announced, pixels, header, width, height, _planes, bits, coding, data = struct.unpack(
        "<I4xIIiiHHII", stream.read(36)
    )
    stored = data if coding else (abs(width) * bits + 31) // 32 * 4 * abs(height)
    if header >= _BMP_HEADER:
        parts.add_trailing(stream, max(announced, pixels + stored))


def _read_ppm(stream: BinaryIO, parts: Parts) -> None:
    head = re.sub(rb"#[^\r\n]*", lambda comment: b" " * len(comment[0]), stream.read(_LONGEST_PPM_HEAD))
    bits, samples = _PBM_HEAD.match(head), _PPM_HEAD.match(head)
    if bits is not None:
        width, height = map(int, bits.groups())
        parts.add_trailing(stream, bits.end() + (width + 7) // 8 * height)
    elif samples is not None:
        kind, width, height, most = map(int, samples.groups())
        sample_bytes = 2 if most > 255 else 1  # noqa: PLR2004  Netpbm: of a sample that needs more than one
        parts.add_trailing(stream, samples.end() + width * height * sample_bytes * (3 if kind == _PIXMAP else 1))


def _read_jpeg2000(stream: BinaryIO, parts: Parts) -> None:
    if stream.read(8)[4:] == b"jP  ":
        _read_boxes(stream, parts)


def _read_psd(stream: BinaryIO, parts: Parts) -> None:
    stream.seek(26)
    stream.seek(struct.unpack(">I", stream.read(4))[0], os.SEEK_CUR)
    length = struct.unpack(">I", stream.read(4))[0]
    add_resources(parts, stream.read(min(length, parts.room)))


_READERS: dict[str, Callable[[BinaryIO, Parts], None]] = {
    "JPEG": _read_jpeg,
    "PNG": read_png,
    "WEBP": _read_webp,
    "GIF": _read_gif,
    "TIFF": _read_tiff,
    "AVIF": _read_boxes,
    "JPEG2000": _read_jpeg2000,
    "BMP": _read_bmp,
    "PPM": _read_ppm,
    "PSD": _read_psd,
}

"""Find personal data outside the pixels: thumbnails, previews, further images, texts, trailing bytes."""

from __future__ import annotations

import html
import os
import re
import struct
import zlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from idscan.core.enums import Where
from idscan.core.types import Secret
from idscan.images.decode import TooLargeError, check_size, orientation, pillow_limits, png_chunks, quiet_stderr
from idscan.images.files import open_readonly, without_leading_bytes
from idscan.images.formats import tiff
from idscan.images.packed import ZIP_END, image_starts, is_image_start, unpacked, without_videos
from idscan.images.partial import decode_partly
from idscan.images.pixels import upright_layers
from idscan.images.sequence import OpenFile
from idscan.images.signature import HEAD_BYTES, SUPPORTED, other_content, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.settings import Settings

MIN_LENGTH = 9
"""Shorter runs hold no number of a card; a full name that is shorter says little without one."""

_MOST_RUNS = 5000

_UTF8 = re.compile(
    rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}){%d,}"
    % MIN_LENGTH
)
# Latin letters with any mark, combining marks and general punctuation.
_UTF16_LITTLE = re.compile(
    rb"(?:[\t\n\r\x20-\x7e\xa0-\xff]\x00|[\x00-\xff][\x01\x1e]|[\x00-\x6f]\x03|[\x10-\x2f]\x20){%d,}" % MIN_LENGTH,
    re.DOTALL,
)
_UTF16_BIG = re.compile(
    rb"(?:\x00[\t\n\r\x20-\x7e\xa0-\xff]|[\x01\x1e][\x00-\xff]|\x03[\x00-\x6f]|\x20[\x10-\x2f]){%d,}" % MIN_LENGTH,
    re.DOTALL,
)


def text_runs(data: bytes) -> tuple[str, ...]:
    r"""Return the printable runs of at least `MIN_LENGTH` characters, each once: UTF-8, then UTF-16 of either order.

    >>> text_runs(b"\x00\x01Made by Nobody\x00")
    ('Made by Nobody',)
    """
    runs: dict[str, None] = {}
    for text in _runs(data):
        for reading in {text, html.unescape(text)}:
            stripped = reading.strip()
            if len(stripped) >= MIN_LENGTH:
                runs.setdefault(stripped)
        if len(runs) >= _MOST_RUNS:
            break
    return tuple(runs)


def plain_text(data: bytes) -> tuple[str, ...]:
    """Return what a field that holds nothing but text says: as UTF-8, else as Latin-1, else its printable runs."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.strip("\0 \t\r\n")
    readings = dict.fromkeys([text] if len(text) >= MIN_LENGTH and "\0" not in text else [])
    readings.update(dict.fromkeys(text_runs(data)))
    return tuple(readings)


def _runs(data: bytes) -> Iterator[str]:
    for pattern, encoding in ((_UTF8, "utf-8"), (_UTF16_LITTLE, "utf-16-le"), (_UTF16_BIG, "utf-16-be")):
        for match in pattern.finditer(data):
            yield match.group().decode(encoding, "replace")


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


_UNPACKED_BYTES = 8 * 2**20
"""Of one packed text or profile at most this much is looked at."""

_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"fdAT", b"acTL", b"fcTL"})
_TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt"})


def read_png(stream: BinaryIO, parts: Parts) -> None:
    """Add what a PNG file holds besides its pixels."""
    for kind, offset, length in png_chunks(stream):
        if kind == b"IEND":
            parts.add_trailing(stream, offset + length + 4)
        if kind in _PIXEL_CHUNKS:
            continue
        stream.seek(offset)
        data = stream.read(min(length, parts.room))
        if kind == b"eXIf":
            parts.add("exif", data)
        elif kind == b"iCCP":
            parts.add("icc", _unpacked(data[data.index(b"\0") + 2 :], parts.room))
        elif kind in _TEXT_CHUNKS:
            _add_text(parts, kind, data)
        else:
            parts.add("other", data)


def _add_text(parts: Parts, kind: bytes, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    if kind == b"zTXt":
        rest = _unpacked(rest[1:], parts.room)
    elif kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:]
        # Language and the translated keyword stand before the text.
        language, _, rest = rest.partition(b"\0")
        translated, _, rest = rest.partition(b"\0")
        rest = _unpacked(rest, parts.room) if is_packed else rest
        keyword += b" " + language + b" " + translated
    if keyword.startswith(b"XML:com.adobe.xmp"):
        parts.add("xmp", rest)
    elif keyword.startswith(b"Raw profile type "):
        _add_raw_profile(parts, keyword.split()[-1], rest)
    else:
        parts.add("png_text", keyword.rstrip() + b": " + rest)


def _add_raw_profile(parts: Parts, kind: bytes, text: bytes) -> None:
    """Unpack what ImageMagick writes: a name, a length, and the bytes in hexadecimal."""
    words = text.split()
    digits = b"".join(words[2:])
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    if kind in {b"exif", b"APP1"}:
        parts.add("xmp" if raw.startswith(XMP_HEAD) else "exif", raw.removeprefix(EXIF_HEAD))
    elif kind in {b"8bim", b"iptc"}:
        add_resources(parts, raw.removeprefix(PHOTOSHOP_HEAD))
    else:
        parts.add({b"xmp": "xmp", b"icc": "icc"}.get(kind, "other"), raw)


def _unpacked(data: bytes, limit: int) -> bytes:
    """Return what deflated data holds, up to a limit; what came before an error where it is broken."""
    decoder = zlib.decompressobj()
    try:
        return decoder.decompress(data, min(limit, _UNPACKED_BYTES))
    except zlib.error:
        return data


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
        elif marker == 0xFE:  # the comment segment (ITU T.81, table B.1)
            parts.add("comment", payload)
        else:
            parts.add("jfif" if payload.startswith((b"JFIF\0", b"JFXX\0")) else "other", payload)
    parts.add("xmp", b"".join(data for _, data in sorted(more_xmp)))
    parts.add("icc", b"".join(profile.values()))


def _indexed_pictures(index: bytes, base: int) -> frozenset[int]:
    """Return where in the file the further pictures of a Multi-Picture index begin (CIPA DC-007, 5.2.3)."""
    block = BytesIO(index)
    starts = set()
    for directory in tiff.directories(block):
        table = directory.tags.get(tiff.PICTURE_INDEX)
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
        if len(head) < 2 or head[0] != 0xFF:  # every marker starts so
            return
        marker = head[1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == 0xD9:  # end of image
            parts.add_trailing(stream, position + 2)
            return
        length = struct.unpack(">H", head[2:4])[0]
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:  # application segments, comment
            yield marker, position + 4, stream.read(max(length - 2, 0))
        position += 2 + length
        if marker == 0xDA:  # start of scan
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
    kinds = {tiff.XMP: "xmp", tiff.IPTC: "iptc", tiff.ICC: "icc"}
    for directory in tiff.directories(stream):
        for tag in directory.values():
            stream.seek(tag.start)
            data = stream.read(min(tag.length, parts.room))
            if tag.code == tiff.PHOTOSHOP:
                add_resources(parts, data)
            elif len(data) >= _SHORTEST_VALUE:
                parts.add(kinds.get(tag.code, "exif_value"), data)
    end = tiff.end_of_directories(stream)
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
        if len(block) > 8 and 8 <= struct.unpack_from(order + "I", block, 4)[0] < _LONGEST_EXIF:
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
        sample_bytes = 2 if most > 255 else 1  # Netpbm: of a sample that needs more than one
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


class Trailing(StrEnum):
    """What bytes behind a picture's end are, where they are not harmless."""

    ARCHIVE = "archive"
    OLDER_PICTURE = "older_picture"  # the end of a longer file that the picture was written over
    VIDEO = "video"
    UNKNOWN = "unknown"


_PADDING = b"\0\t\n\r \xff"
_FEWEST_BYTES = 256
"""What is shorter and cannot be understood holds no picture worth its name."""

_FEWEST_BYTES_OF_A_REST = 64
"""An end marker alone, written twice, restores nothing."""

_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_ARCHIVE_STARTS = re.compile(rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07")
_ZIP_START, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENCODED = re.compile(rb"[A-Za-z0-9+/]{200}")
"""Base64 of more than a few words."""

_MOST_NOTES = 2**16
_NOTES = (
    (b"", b"SEFT"),  # Samsung
    (b"CANON OPTIONAL DATA\0", b""),  # Canon's raw converter
    (b"AXS!", b""),  # AFCP: captions
    (b"", b"cbipcbbl"),  # Photo Mechanic
)
"""How begins and ends what cameras and programs append: settings, times, captions (ExifTool, lib/Image/ExifTool)."""


def kind_of_trailing(data: bytes) -> Trailing | None:
    r"""Return what stands behind a picture's end; None for padding, plain text and notes of programs.

    >>> kind_of_trailing(b"\0" * 4096) is None
    True
    >>> kind_of_trailing(bytes(range(256)) * 4)
    <Trailing.UNKNOWN: 'unknown'>
    """
    core = data.strip(_PADDING)
    if _holds_archive(data, core):
        return Trailing.ARCHIVE
    if _is_rest(data):
        return Trailing.OLDER_PICTURE
    if without_videos(data)[1]:
        return Trailing.VIDEO
    is_harmless = len(core) < _FEWEST_BYTES or (len(core) <= _MOST_NOTES and (_is_text(core) or _is_note(core)))
    return None if is_harmless else Trailing.UNKNOWN


def _holds_archive(data: bytes, core: bytes) -> bool:
    start = data.find(_ZIP_START)
    if (start >= 0 and data.find(_ZIP_END, start) >= 0) or _ARCHIVE_STARTS.search(data):
        return True
    return (other_content(core[:HEAD_BYTES]) or "").endswith(" archive")


def _is_rest(data: bytes) -> bool:
    """Return whether the bytes end as a picture does, but do not begin as one."""
    end = data.find(_PNG_END)
    if end >= _FEWEST_BYTES_OF_A_REST and data.find(_PNG_START, 0, end) < 0:
        return True
    is_jpeg = data.rstrip(b"\0\t\n\r ").endswith(_JPEG_END) and _JPEG_START not in data
    return is_jpeg and len(data) >= _FEWEST_BYTES_OF_A_REST


def _is_text(core: bytes) -> bool:
    """Return whether all of it can be read as it stands."""
    try:
        core.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(core) and not _ENCODED.search(core)


def _is_note(core: bytes) -> bool:
    return any(core.startswith(head) and core.endswith(tail) for head, tail in _NOTES)


_MIN_SIDE = 48
_MOST_PICTURES = 16
_MOST_TRIES = 64
_MOST_TEXTS = 10_000
_MOST_PIXELS = 2
"""Hidden pictures of one file take at most so many times the memory of its own pixels."""

_SURE_FORMATS = frozenset({"HEIF", "JPEG XL", "CR3", "DjVu", "RAF", "OpenEXR"})
"""Formats that are not read and whose signature does not turn up by chance."""
_SEARCHED_BYTES = 24 * 2**20
"""Text is looked for in this much of one file: a second or two."""
_PLAIN_TEXT = frozenset({"comment", "png_text", "iptc"})
_KINDS = {"jfif": "jfif_thumbnail", "psd_thumbnail": "psd_thumbnail", "trailing": "trailing_picture"}
_JFIF_HEAD = 14
_PLACES = {
    "exif": Where.THUMBNAIL,
    "jfif": Where.THUMBNAIL,
    "psd_thumbnail": Where.THUMBNAIL,
    "xmp": Where.THUMBNAIL,
    "trailing": Where.TRAILING,
}
"""Where a picture stands that is found in a part; anything else is a preview."""

_UNPACKED = frozenset({"xmp", "comment", "png_text", "exif", "exif_value", "other", "trailing"})
_MAY_BE_VIDEO = frozenset({"trailing", "other"})
_A_VIDEO = ("trailing_video", "a video")
_UNREAD = {
    Trailing.ARCHIVE: ("trailing_archive", "a damaged archive"),
    Trailing.VIDEO: _A_VIDEO,
    Trailing.OLDER_PICTURE: ("older_image", "the rest of an older image"),
    Trailing.UNKNOWN: ("trailing_bytes", "something unknown"),
}


@dataclass(frozen=True, eq=False, slots=True)
class EmbeddedImage:
    """A picture that no viewer shows at first.

    Attributes:
        kind: "exif_thumbnail", "jfif_thumbnail", "psd_thumbnail", "xmp_thumbnail", "preview", "mpf_picture",
            "trailing_picture" or "archived_picture" (in an archive, a compressed stream or base64).
        where: "thumbnail", "preview", "metadata" or "trailing".
        layers: read-only uint8 arrays of shape (height, width, 3), RGB, upright, as in `Frame`.
    """

    kind: str
    layers: tuple[NDArray[np.uint8], ...]
    where: Where = Where.PREVIEW


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """Text that stands beside the pixels.

    Attributes:
        where: "exif", "xmp", "iptc", "comment", "png_text", "icc", "trailing" or "other".
        text: a run of printable characters, or what a field says.
    """

    where: str
    text: Secret


@dataclass(frozen=True, slots=True)
class EmbeddedParts:
    """Everything that a file carries besides its pixels.

    Attributes:
        pictures: each at least 48 pixels high and wide.
        texts: each at least nine characters long, unfiltered.
        trailing_bytes: how many bytes follow the picture's end.
        trailing: what these are, where that is neither harmless nor told by `pictures`.
        unread: what could not be examined and may hold an image: kind of problem, and what it is in English words.
        is_complete: False where a limit was reached before all was looked at.
    """

    pictures: tuple[EmbeddedImage, ...]
    texts: tuple[EmbeddedText, ...]
    trailing_bytes: int
    trailing: Trailing | None = None
    unread: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True


NOTHING = EmbeddedParts((), (), 0)


def embedded_parts(path: str, settings: Settings, *, pages: int = 1) -> EmbeddedParts:
    """Return what a file carries besides its pixels; a file that cannot be read carries nothing, none raises.

    Args:
        path: of a picture file.
        settings: `max_pixels` refuses and `working_pixels` reduces hidden pictures as well.
        pages: of a file of several pages those are left out that are scanned in their own right.
    """
    try:
        with open_readonly(path) as stream:
            return _hidden(stream, settings, pages)
    except (OSError, ValueError):
        return NOTHING


def _hidden(file: BinaryIO, settings: Settings, pages: int) -> EmbeddedParts:
    stream, leading = without_leading_bytes(file)
    format_name = sniff(stream.read(HEAD_BYTES))
    if format_name is None:
        return NOTHING
    parts = read_parts(stream, format_name)
    parts.add("other", leading)
    shown = replace(parts, found=[_without_videos(part) for part in parts.found])
    opened = _Opened.of(parts.found, shown.found)
    pictures = _Collector(settings, _turn(stream, format_name, parts))
    for picture in _candidates(stream, format_name, shown):
        # What an archive keeps as it is stands in the file's own bytes, too.
        is_opened = any(picture.data.startswith(other.data) for other in opened.pictures)
        if not is_opened and (pages == 1 or not picture.is_page):
            pictures.take(picture)
    for picture in opened.pictures:
        pictures.take(picture)
    texts, is_searched = _texts((*shown.found, *opened.parts))
    trailing = _trailing(parts, pictures.found, opened)
    unread = dict.fromkeys((*opened.unread, *pictures.unread, *_unread(trailing, opened)))
    return EmbeddedParts(
        tuple(pictures.found),
        texts,
        parts.trailing_bytes,
        trailing,
        tuple(unread),
        is_searched and opened.is_complete and pictures.is_complete,
    )


def _without_videos(part: Part) -> Part:
    """Return a part without the videos in it, whose frames are not looked at and which hold no text but by chance."""
    return Part(part.where, without_videos(part.data)[0]) if part.where in _MAY_BE_VIDEO else part


def _texts(parts: Iterable[Part]) -> tuple[tuple[EmbeddedText, ...], bool]:
    """Return the texts of some parts, and whether all of them were looked at."""
    texts: dict[EmbeddedText, None] = {}
    room = _SEARCHED_BYTES
    is_searched = True
    for part in parts:
        where, data = _where(part), part.data[:room]
        room -= len(data)
        is_searched &= len(data) == len(part.data)
        for text in plain_text(data) if where in _PLAIN_TEXT else text_runs(data):
            texts.setdefault(EmbeddedText(where, Secret(text)))
    return tuple(texts)[:_MOST_TEXTS], is_searched and len(texts) <= _MOST_TEXTS


@dataclass(slots=True)
class _Opened:
    """What is packed into the parts of a file.

    Attributes:
        parts: what came out and is no image, under the name of the part that it was in.
        pictures: what came out and is one.
        unread: as in `HiddenParts`.
        opened: which kinds of parts could be opened.
        is_complete: False where a limit was reached.
    """

    parts: list[Part] = field(default_factory=list)
    pictures: list[_Candidate] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    is_complete: bool = True

    @classmethod
    def of(cls, parts: Iterable[Part], without_videos: Iterable[Part]) -> _Opened:
        """Open every part in which something may be packed.

        Args:
            parts: all of them.
            without_videos: the same without the videos in them.
        """
        found = cls()
        for whole, part in zip(parts, without_videos, strict=True):
            if part.data is not whole.data:
                found.unread.append(_A_VIDEO)
            if part.where in _UNPACKED:
                # An archive that holds a video is whole only with it.
                found._open(whole if ZIP_END in whole.data else part)
        return found

    def _open(self, part: Part) -> None:
        result = unpacked(part.data)
        self.is_complete &= result.is_complete
        if result.is_opened:
            self.opened.add(part.where)
        if part.where in _MAY_BE_VIDEO:
            # Elsewhere a few letters of a signature are what a text says, or chance.
            self.unread += [("trailing_archive", name) for name in result.closed]
        for content in result.contents:
            self._sort_in(content, part.where)

    def _sort_in(self, content: bytes, where: str) -> None:
        format_name = sniff(content[:HEAD_BYTES])
        if format_name is None:
            self.parts.append(Part(where, content))
            return
        kind = "xmp_thumbnail" if where == "xmp" else "archived_picture"
        self.pictures.append(_Candidate(kind, format_name, content, where == "xmp", _PLACES.get(where, Where.METADATA)))
        inner = read_parts(BytesIO(content), format_name)
        self.parts += [Part(where, part.data) for part in inner.found]
        self.pictures += [
            replace(picture, kind="archived_picture", is_turned=False, where=_PLACES.get(where, Where.METADATA))
            for picture in _candidates(BytesIO(content), format_name, inner)
        ]


def _trailing(parts: Parts, pictures: Sequence[EmbeddedImage], opened: _Opened) -> Trailing | None:
    data = b"".join(part.data for part in parts.found if part.where == "trailing")
    kind = kind_of_trailing(data)
    if kind is None and len(data) < parts.trailing_bytes:
        kind = Trailing.UNKNOWN
    # Further pictures that an index announces are pages of the file, whatever their size.
    is_told = parts.has_index or "trailing" in opened.opened
    is_told |= any(picture.kind == _KINDS["trailing"] for picture in pictures)
    return None if kind is Trailing.UNKNOWN and is_told else kind


def _unread(trailing: Trailing | None, opened: _Opened) -> tuple[tuple[str, str], ...]:
    """Return what of the bytes behind the end could not be examined."""
    if trailing is Trailing.ARCHIVE and ("trailing" in opened.opened or opened.unread):
        return ()
    return (_UNREAD[trailing],) if trailing is not None else ()


def _where(part: Part) -> str:
    return {"exif_value": "exif", "jfif": "other", "psd_thumbnail": "other"}.get(part.where, part.where)


def _turn(stream: BinaryIO, format_name: str, parts: Parts) -> int:
    """Return the orientation that the file gives its own pixels, 1 where it says nothing sensible."""
    blocks = [stream] if format_name == "TIFF" else [BytesIO(part.data) for part in parts.found if part.where == "exif"]
    for block in blocks:
        for directory in tiff.directories(block):
            values = tiff.integers(block, directory, tiff.ORIENTATION)
            if values:
                return values[0] if 1 <= values[0] <= 8 else 1  # EXIF 2.32, tag Orientation
    return 1


@dataclass(frozen=True, eq=False, slots=True)
class _Candidate:
    """Bytes that may be a picture.

    Attributes:
        kind: as in `HiddenPicture`.
        format: as `sniff` names it.
        data: from the picture's first byte on; what follows it may be anything.
        is_turned: whether it lies like the file's own pixels where it does not say otherwise itself.
        where: in the file.
        is_page: whether it is one of the pages of a multi-picture file.
    """

    kind: str
    format: str
    data: bytes
    is_turned: bool = True
    where: Where = Where.PREVIEW
    is_page: bool = False


def _candidates(stream: BinaryIO, format_name: str, parts: Parts) -> Iterator[_Candidate]:
    if format_name == "TIFF":
        yield from _tiff_previews(stream)
    for part in parts.found:
        for picture in _candidates_in(part, parts):
            is_preview = picture.is_page or picture.kind == "preview"
            place = Where.PREVIEW if is_preview else _PLACES.get(part.where, Where.PREVIEW)
            yield replace(picture, where=place)


def _candidates_in(part: Part, parts: Parts) -> Iterator[_Candidate]:
    is_trailing = part.where == "trailing"
    kind = "mpf_picture" if is_trailing and parts.has_index else _KINDS.get(part.where, "preview")
    if part.where == "exif":
        yield from _exif_thumbnails(part.data)
    if part.where == "jfif":
        yield from _bare_thumbnails(part.data)
    taken = _thumbnail_starts(part.data) if part.where == "exif" else set()
    for start in (start for start in image_starts(part.data) if start not in taken):
        is_page = is_trailing and parts.trailing_start + start in parts.page_starts
        yield replace(_encoded(kind, part.data[start:]), is_turned=not is_trailing, is_page=is_page)
    core = part.data.lstrip(_PADDING)
    if is_trailing and not is_image_start(core, 0):
        # Signatures of a few bytes mean something where a file may begin.
        format_name = sniff(core[:HEAD_BYTES])
        if format_name is not None:
            yield _Candidate(kind, format_name, core, is_turned=False)


def _encoded(kind: str, data: bytes) -> _Candidate:
    return _Candidate(kind, sniff(data[:HEAD_BYTES]) or "JPEG", data)


def _thumbnail_starts(block: bytes) -> set[int]:
    stream = BytesIO(block)
    return {
        start
        for directory in tiff.directories(stream)
        if directory.is_chained and directory.number
        for start in tiff.integers(stream, directory, tiff.JPEG_START)[:1]
    }


def _exif_thumbnails(block: bytes) -> Iterator[_Candidate]:
    """Yield the thumbnails that the second directory of EXIF data leads to, compressed or not."""
    for start in sorted(_thumbnail_starts(block)):
        if is_image_start(block, start):
            yield _encoded("exif_thumbnail", block[start:])
    for directory in tiff.directories(BytesIO(block)):
        if directory.has_pixels and directory.number:
            yield _Candidate("exif_thumbnail", "TIFF", _entered_at(block, directory))


def _tiff_previews(stream: BinaryIO) -> Iterator[_Candidate]:
    """Yield pictures of sub-directories, which no page of the file shows, and JPEG previews of any directory."""
    found = list(tiff.directories(stream))
    subordinate = [directory for directory in found if directory.has_pixels and not directory.is_chained]
    previews = [start for each in found for start in tiff.integers(stream, each, tiff.JPEG_START)[:1]]
    stream.seek(0)
    content = stream.read(METADATA_BYTES) if subordinate or previews else b""
    for directory in subordinate:
        yield _Candidate("preview", "TIFF", _entered_at(content, directory))
    for start in previews:
        if is_image_start(content, start):
            yield _encoded("preview", content[start:])


def _entered_at(content: bytes, directory: tiff.Directory) -> bytes:
    """Return a TIFF file whose first page is the given directory."""
    head = struct.pack(directory.order + ("8xQ" if directory.is_big else "4xI"), directory.start)
    kept = 8 if directory.is_big else 4
    return content[:kept] + head[kept:] + content[len(head) :]


def _bare_thumbnails(segment: bytes) -> Iterator[_Candidate]:
    """Yield uncompressed thumbnails of JFIF headers and their extensions (JFIF 1.02), packed as PNG."""
    sized: Image.Image | None = None
    if segment.startswith(b"JFIF\0") and len(segment) >= _JFIF_HEAD:
        sized = _bare(segment[12:14], segment[14:], None)
    elif segment.startswith(b"JFXX\0\x13"):
        sized = _bare(segment[6:8], segment[8:], None)
    elif segment.startswith(b"JFXX\0\x11"):
        sized = _bare(segment[6:8], segment[776:], segment[8:776])
    if sized is not None:
        buffer = BytesIO()
        sized.save(buffer, "PNG")
        yield _encoded("jfif_thumbnail", buffer.getvalue())


def _bare(size: bytes, pixels: bytes, palette: bytes | None) -> Image.Image | None:
    if len(size) < 2 or min(size) < _MIN_SIDE:  # one byte each for width and height
        return None
    width, height = size
    needed = width * height * (3 if palette is None else 1)
    if len(pixels) < needed:
        return None
    if palette is None:
        return Image.frombytes("RGB", (width, height), pixels[:needed])
    image = Image.frombytes("P", (width, height), pixels[:needed])
    image.putpalette(palette)
    return image


class _Collector:
    """Decodes candidates until there are enough."""

    def __init__(self, settings: Settings, turn: int) -> None:
        self.found: list[EmbeddedImage] = []
        self.unread: list[tuple[str, str]] = []
        self.is_complete = True
        self._settings = settings
        self._turn = turn
        self._tries = 0
        self._room = _MOST_PIXELS * settings.working_pixels

    def take(self, candidate: _Candidate) -> None:
        """Keep a candidate that is a picture of some size."""
        if candidate.format not in SUPPORTED:
            if candidate.where is Where.TRAILING and candidate.format in _SURE_FORMATS:
                self.unread.append(("trailing_image", f"an image in a format that is not read ({candidate.format})"))
            return
        if len(self.found) >= _MOST_PICTURES or self._tries >= _MOST_TRIES or self._room <= 0:
            self.is_complete = False
            return
        self._tries += 1
        try:
            with pillow_limits(self._settings.max_pixels), quiet_stderr():
                layers = self._layers(candidate)
        except (TooLargeError, Image.DecompressionBombError):
            self.unread.append(("trailing_image", "an image with too many pixels"))
            return
        except Exception:  # a hostile file makes a decoder raise anything
            layers = self._part_of(candidate)
        if layers:
            self._room -= sum(layer.shape[0] * layer.shape[1] for layer in layers)
            self.found.append(EmbeddedImage(candidate.kind, layers, candidate.where))

    def _part_of(self, candidate: _Candidate) -> tuple[NDArray[np.uint8], ...]:
        """Return what can be decoded of an image that is cut short or damaged: elsewhere a few bytes look like one."""
        if candidate.where is not Where.TRAILING:
            return ()
        file = OpenFile(BytesIO(candidate.data), candidate.format, len(candidate.data), ())
        try:
            with pillow_limits(self._settings.max_pixels), quiet_stderr():
                image = decode_partly(file, 0, self._settings).image
                if min(image.size) < _MIN_SIDE:
                    return ()
                layers = upright_layers(image, orientation(image), image.size)
        except Exception:  # as above
            return ()
        self.unread.append(("trailing_image", "an image that is damaged or cut short"))
        return layers

    def _layers(self, candidate: _Candidate) -> tuple[NDArray[np.uint8], ...]:
        with Image.open(BytesIO(candidate.data), formats=[candidate.format]) as image:
            check_size(image, self._settings.max_pixels, is_animation=False)
            width, height = image.size
            if min(width, height) < _MIN_SIDE:
                return ()
            image.load()
            own = orientation(image)
            turn = own if own != 1 or not candidate.is_turned else self._turn
            share = min(1.0, (self._settings.working_pixels / (width * height)) ** 0.5)
            return upright_layers(image, turn, (max(1, int(width * share)), max(1, int(height * share))))

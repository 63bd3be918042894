"""Find personal data outside the pixels: thumbnails, previews, archives, texts, trailing bytes."""

from __future__ import annotations

import base64
import binascii
import bz2
import html
import lzma
import re
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from idscan.core.enums import Where
from idscan.core.types import Secret
from idscan.images.decode import OpenFile, decode_partly
from idscan.images.formats import handler_of, isobmff, tiff
from idscan.images.formats.base import (
    HEAD_BYTES,
    METADATA_BYTES,
    Part,
    TooLargeError,
    orientation,
    pillow_limits,
    quiet_stderr,
)
from idscan.images.formats.jpeg import JPEG
from idscan.images.formats.png import SIGNATURE as PNG_SIGNATURE
from idscan.images.pixels import upright_layers
from idscan.images.signature import (
    VIDEO,
    image_starts,
    is_image_start,
    other_content,
    places,
    sniff,
    without_leading_bytes,
)
from idscan.images.walk import open_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.settings import Settings
    from idscan.images.formats.base import FormatHandler, Parts

_VIDEO_MARKS = ((b"ftyp", 0), (b"\x1a\x45\xdf\xa3", 0), (b"RIFF", 0), (b"\0\0\x01\xba", 0))
"""Bytes that a plain search finds fast, and how far behind the start of a video they stand."""


def without_videos(data: bytes) -> tuple[bytes, bool]:
    """Return bytes without the videos among them, and whether there were any."""
    kept: list[bytes] = []
    position = 0
    starts = sorted(
        start for mark, behind in _VIDEO_MARKS for start in places(data, mark, behind) if VIDEO.match(data, start)
    )
    for start in starts:
        begin = start - 4 if data[start : start + 4] == b"ftyp" else start
        if begin < position:
            continue
        kept.append(data[position:begin])
        position = max(_video_end(data, begin), start + 1)
    return b"".join((*kept, data[position:])) if starts else data, bool(starts)


def _video_end(data: bytes, begin: int) -> int:
    """Return where a video ends by its own structure; the end of the bytes where that is unknown."""
    if data[begin : begin + 4] == b"RIFF":
        return min(len(data), begin + 8 + int.from_bytes(data[begin + 4 : begin + 8], "little"))
    if data[begin + 4 : begin + 8] != b"ftyp":
        return len(data)
    end = begin
    with suppress(struct.error):
        for box in isobmff.walk(BytesIO(data), begin):
            # A box that reaches to the end of the file would hide everything behind it.
            is_open = data[box.start : box.start + 4] == bytes(4)
            if is_open or not box.kind.isalnum() or (box.kind == b"ftyp" and box.start > begin):
                break
            end = box.stop
    return min(end, len(data))


_UNPACKED_BYTES = 64 * 2**20
"""Bytes unpacked from one part in all. Lower: more files count as incomplete; higher: more memory."""
_MEMBER_BYTES = 32 * 2**20
"""Bytes unpacked from one member or stream. Lower: large images are cut off; higher: more memory."""
_MOST_MEMBERS = 64
"""Members unpacked per archive. Lower: more files count as incomplete; higher: more time."""
_MOST_ENTRIES = 10_000
"""A directory with more entries is not opened: reading it alone takes the memory of an image."""
_MOST_STREAMS = 64
"""Places of one part that are tried as the beginning of a compressed stream."""
_MOST_DEPTH = 3
"""An archive in base64 in an archive; more is not found by chance."""
_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 1  # APPNOTE 4.4.4, bit 0 of the general purpose flags
ZIP_START, ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
CLOSED = ((re.compile(rb"Rar!\x1a\x07"), "a RAR archive"), (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7-Zip archive"))
"""Archives that no part of Python's standard library opens."""
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|BZh[1-9]1AY&SY|\xfd7zXZ\x00")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")
"""Fewer letters hold neither a labelled number nor a code's payload."""
_LINE_BREAKS = re.compile(rb"&#x?[aAdD0-9]{1,2};|[\r\n\t ]+")
_SHORT = 2**20
"""Bytes that are always searched for base64 in short lines; in more, one line of the usual length leads to the rest."""
_LEAST_BYTES = 9
"""Fewer hold no number of a card."""
_NOT_OPENED = frozenset({"a video", "PDF", "an Office document", "a Zstandard archive"})
"""Content that may hold images and is not opened (as `other_content` names it)."""


@dataclass(slots=True)
class Unpacked:
    """Content that was unpacked from some bytes.

    Attributes:
        contents: whole files, or texts.
        closed: kinds of content that could not be opened, such as "a RAR archive".
        is_opened: whether the bytes were an archive, a stream or base64 that could be opened.
        is_complete: False where a limit was reached.
        room: bytes that may still be unpacked.
    """

    contents: list[bytes] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    is_opened: bool = False
    is_complete: bool = True
    room: int = _UNPACKED_BYTES


def unpacked(data: bytes) -> Unpacked:
    """Return everything that is packed into some bytes, archives within archives included.

    >>> unpacked(base64.b64encode(b"nothing but a line of plain text, coded")).contents
    [b'nothing but a line of plain text, coded']
    """
    found = Unpacked()
    _open(data, found, 0)
    return found


def _open(data: bytes, found: Unpacked, depth: int) -> None:
    if depth >= _MOST_DEPTH:
        found.is_complete = False
        return
    found.closed += [name for pattern, name in CLOSED if pattern.search(data)]
    start = data.find(ZIP_START)
    is_archive = start >= 0 and data.find(ZIP_END, start) >= 0
    if is_archive:
        _open_zip(data, found, depth)
    elif start >= 0 and not data[:start].strip(b"\0\t\n\r \xff"):
        found.closed.append("a damaged ZIP archive")
    if not is_archive:
        _open_streams(data, found, depth)
    _open_base64(data, found, depth)


def _keep(content: bytes, found: Unpacked, depth: int) -> None:
    """Keep a content as far as there is room, and open it in turn."""
    if len(content) > found.room:
        found.is_complete = False
    kept = content[: found.room]
    found.room -= len(kept)
    if len(kept) >= _LEAST_BYTES:
        found.contents.append(kept)
        kind = other_content(kept[:HEAD_BYTES])
        found.closed += [f"{kind} in an archive"] if kind in _NOT_OPENED else []
        if sniff(kept[:HEAD_BYTES]) is None:
            _open(kept, found, depth + 1)


def _open_zip(data: bytes, found: Unpacked, depth: int) -> None:
    """Open a ZIP archive, as far as that is possible with little time and memory."""
    if not 0 < data.count(_ENTRY) <= _MOST_ENTRIES:
        found.closed.append("a damaged ZIP archive")
        return
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            found.is_complete &= len(members) <= _MOST_MEMBERS
            for member in members[:_MOST_MEMBERS]:
                _open_member(archive, member, found, depth)
    except Exception:
        found.closed.append("a damaged ZIP archive")
        return
    found.is_opened = True


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, found: Unpacked, depth: int) -> None:
    if member.flag_bits & _ENCRYPTED:
        found.closed.append("an encrypted ZIP archive")
        return
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        found.closed.append("a ZIP archive with rare compression")  # it may ask for any amount of memory
        return
    try:
        with archive.open(member) as stream:
            content = stream.read(min(found.room, _MEMBER_BYTES))
            found.is_complete &= not stream.read(1)
    except Exception:
        found.closed.append("a damaged ZIP archive")
        return
    _keep(content, found, depth)


def _open_streams(data: bytes, found: Unpacked, depth: int) -> None:
    position = tries = 0
    while (match := _STREAM.search(data, position)) is not None:
        position = match.end()
        if data[max(0, match.start() - 4) : match.start()] == b"IDAT":
            continue  # the pixels of a PNG file, which are decoded as an image
        tries += 1
        if tries > _MOST_STREAMS:
            return  # two bytes occur in compressed pixels by chance
        content, used = _decompressed(memoryview(data)[match.start() :], match.group(), min(found.room, _MEMBER_BYTES))
        if content is not None and len(content) >= _LEAST_BYTES:
            found.is_opened = True
            position = max(position, match.start() + used)
            _keep(content, found, depth)


def _decompressed(data: memoryview, head: bytes, limit: int) -> tuple[bytes | None, int]:
    """Return the content and the length of a compressed stream; None where it is none or does not end."""
    if head.startswith(b"BZh"):
        machine: Any = bz2.BZ2Decompressor()
    elif head.startswith(b"\xfd7z"):
        machine = lzma.LZMADecompressor(memlimit=_UNPACKED_BYTES)
    else:
        machine = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either of gzip and zlib
    try:
        content = machine.decompress(data, limit)
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
        return None, 0
    is_whole = machine.eof or len(content) >= limit
    return (content, len(data) - len(machine.unused_data)) if is_whole else (None, 0)


def _open_base64(data: bytes, found: Unpacked, depth: int) -> None:
    """Decode base64 of whole files and of text; letters that decode to neither are letters."""
    for content in _base64_contents(data):
        head = content[:HEAD_BYTES]
        if len(content) >= _LEAST_BYTES and (sniff(head) is not None or other_content(head) is not None):
            found.is_opened = True
            _keep(content, found, depth)


def _base64_contents(data: bytes) -> Iterator[bytes]:
    seen: set[bytes] = set()
    # Line breaks may occur anywhere within it, or separate it from other words.
    is_short = len(data) <= _SHORT
    for text in (data, _LINE_BREAKS.sub(b"", data)) if is_short or _BASE64.search(data) else ():
        for match in _BASE64.finditer(text):
            digits = match.group().rstrip(b"=")
            digits = digits[: len(digits) - (len(digits) % 4 == 1)]
            try:
                content = base64.b64decode(digits + b"=" * (-len(digits) % 4))
            except binascii.Error:
                continue
            if content not in seen:
                seen.add(content)
                yield content


MIN_LENGTH = 9
"""Shorter runs hold no number of a card; a shorter full name identifies nobody without one."""
_MOST_RUNS = 5000
"""Runs of text taken from one part. Lower: later text is missed; higher: binary data cost more time."""

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
    for text in _printable_runs(data):
        for reading in {text, html.unescape(text)}:
            stripped = reading.strip()
            if len(stripped) >= MIN_LENGTH:
                runs.setdefault(stripped)
        if len(runs) >= _MOST_RUNS:
            break
    return tuple(runs)


def plain_text(data: bytes) -> tuple[str, ...]:
    """Return the content of a text field: as UTF-8, else as Latin-1, else its printable runs."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.strip("\0 \t\r\n")
    readings = dict.fromkeys([text] if len(text) >= MIN_LENGTH and "\0" not in text else [])
    readings.update(dict.fromkeys(text_runs(data)))
    return tuple(readings)


def _printable_runs(data: bytes) -> Iterator[str]:
    for pattern, encoding in ((_UTF8, "utf-8"), (_UTF16_LITTLE, "utf-16-le"), (_UTF16_BIG, "utf-16-be")):
        for match in pattern.finditer(data):
            yield match.group().decode(encoding, "replace")


class Trailing(StrEnum):
    """Kinds of bytes behind an image's end that are not harmless."""

    ARCHIVE = "archive"
    OLDER_PICTURE = "older_picture"  # the end of a longer file that the image was written over
    VIDEO = "video"
    UNKNOWN = "unknown"


_PADDING = b"\0\t\n\r \xff"
_FEWEST_BYTES = 256
"""Shorter unknown bytes hold no usable image."""
_FEWEST_BYTES_OF_A_REST = 64
"""An end marker alone, written twice, restores nothing."""
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENCODED = re.compile(rb"[A-Za-z0-9+/]{200}")
"""Base64 of more than a few words."""
_MOST_NOTES = 2**16
"""Bytes of text or notes that count as harmless. Lower: long notes are unknown; higher: more passes unexamined."""

_NOTES = (
    (b"", b"SEFT"),  # Samsung
    (b"CANON OPTIONAL DATA\0", b""),  # Canon's raw converter
    (b"AXS!", b""),  # AFCP: captions
    (b"", b"cbipcbbl"),  # Photo Mechanic
)
"""First and last bytes of notes that cameras and programs append (ExifTool, lib/Image/ExifTool)."""


def kind_of_trailing(data: bytes) -> Trailing | None:
    r"""Return the kind of bytes behind an image's end; None for padding, plain text and notes of programs.

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
    start = data.find(ZIP_START)
    if (start >= 0 and data.find(ZIP_END, start) >= 0) or any(pattern.search(data) for pattern, _ in CLOSED):
        return True
    return (other_content(core[:HEAD_BYTES]) or "").endswith(" archive")


def _is_rest(data: bytes) -> bool:
    """Return whether the bytes end as an image does, but do not begin as one."""
    end = data.find(_PNG_END)
    if end >= _FEWEST_BYTES_OF_A_REST and data.find(PNG_SIGNATURE, 0, end) < 0:
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
"""Pixels of the shorter side. Lower: icons are scanned as well; higher: thumbnails of cards are missed."""
_MOST_PICTURES = 16
"""Embedded images kept per file. Lower: more files count as incomplete; higher: more memory and time."""
_MOST_TRIES = 64
"""Candidates decoded per file. Lower: more files count as incomplete; higher: chance matches cost more time."""
_MOST_TEXTS = 10_000
"""Texts kept per file. Lower: more files count as incomplete; higher: more time to search them."""
_MOST_PIXELS = 2
"""Hidden images of one file take at most so many times the memory of its own pixels."""
_SEARCHED_BYTES = 24 * 2**20
"""Text is looked for in this much of one file: a second or two."""
_PLAIN_TEXT = frozenset({"comment", "png_text", "iptc"})
_KINDS = {"jfif": "jfif_thumbnail", "psd_thumbnail": "psd_thumbnail", "trailing": "trailing_picture"}
_JFIF_HEAD = 14  # bytes before the thumbnail's pixels, without marker and length (JFIF 1.02)
_PLACES = {
    "exif": Where.THUMBNAIL,
    "jfif": Where.THUMBNAIL,
    "psd_thumbnail": Where.THUMBNAIL,
    "xmp": Where.THUMBNAIL,
    "trailing": Where.TRAILING,
}
"""Places of images by the part that holds them; anything else is a preview."""

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
    """An image that no viewer shows at first.

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
    """Text outside the pixels.

    Attributes:
        where: "exif", "xmp", "iptc", "comment", "png_text", "icc", "trailing" or "other".
        text: a run of printable characters, or the content of a field.
    """

    where: str
    text: Secret


@dataclass(frozen=True, slots=True)
class EmbeddedParts:
    """Everything that a file carries besides its pixels.

    Attributes:
        images: each at least 48 pixels high and wide.
        texts: each at least nine characters long, unfiltered.
        trailing_bytes: how many bytes follow the image's end.
        trailing: their kind, where that is neither harmless nor among `images`.
        unread: content that could not be examined and may hold an image: kind of problem, and an English name.
        is_complete: False where a limit was reached before all was examined.
    """

    images: tuple[EmbeddedImage, ...]
    texts: tuple[EmbeddedText, ...]
    trailing_bytes: int
    trailing: Trailing | None = None
    unread: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True


NOTHING = EmbeddedParts((), (), 0)


def embedded_parts(path: str, settings: Settings, *, pages: int = 1, room: int = METADATA_BYTES) -> EmbeddedParts:
    """Return the content of a file besides its pixels, nothing for an unreadable file; no file raises.

    `max_pixels` and `working_pixels` hold for hidden images as well. Of a file of several pages those are left out that
    are scanned in their own right. At most `room` bytes are kept.
    """
    try:
        with open_source(path) as source:
            return _parts_of_stream(source.stream, settings, pages, room)
    except (OSError, ValueError):
        return NOTHING


def _parts_of_stream(file: BinaryIO, settings: Settings, pages: int, room: int) -> EmbeddedParts:
    stream, leading = without_leading_bytes(file)
    handler = handler_of(stream.read(HEAD_BYTES))
    if handler is None:
        return NOTHING
    parts = handler.parts(stream, room)
    parts.add("other", leading)
    shown = replace(parts, found=[_without_videos(part) for part in parts.found])
    opened = _Opened.of(parts.found, shown.found)
    collector = _ImageCollector(settings, _turn(stream, handler, parts))
    for candidate in _candidates(stream, handler, shown):
        # Uncompressed members of an archive are found in the file's own bytes, too.
        is_opened = any(candidate.data.startswith(other.data) for other in opened.images)
        if not is_opened and (pages == 1 or not candidate.is_page):
            collector.take(candidate)
    for candidate in opened.images:
        collector.take(candidate)
    texts, is_searched = _searched_texts((*shown.found, *opened.parts))
    trailing = _trailing(parts, collector.found, opened)
    unread = dict.fromkeys((*opened.unread, *collector.unread, *_unread_trailing(trailing, opened)))
    return EmbeddedParts(
        tuple(collector.found),
        texts,
        parts.trailing_bytes,
        trailing,
        tuple(unread),
        is_searched and opened.is_complete and collector.is_complete,
    )


def _without_videos(part: Part) -> Part:
    """Return a part without the videos in it; their frames are not scanned, and text in them is chance."""
    return Part(part.where, without_videos(part.data)[0]) if part.where in _MAY_BE_VIDEO else part


def _searched_texts(parts: Iterable[Part]) -> tuple[tuple[EmbeddedText, ...], bool]:
    """Return the texts of some parts, and whether all of them were examined."""
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
    """Content packed into the parts of a file.

    Attributes:
        parts: unpacked contents that are no image, under the name of the part that it was in.
        images: images among the unpacked contents.
        unread: as in `HiddenParts`.
        opened: which kinds of parts could be opened.
        is_complete: False where a limit was reached.
    """

    parts: list[Part] = field(default_factory=list)
    images: list[_Candidate] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    is_complete: bool = True

    @classmethod
    def of(cls, parts: Iterable[Part], without_videos: Iterable[Part]) -> _Opened:
        """Open every part in which something may be packed, given with and without the videos in them."""
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
            # Elsewhere a few letters of a signature are part of a text, or chance.
            self.unread += [("trailing_archive", name) for name in result.closed]
        for content in result.contents:
            self._sort_in(content, part.where)

    def _sort_in(self, content: bytes, where: str) -> None:
        handler = handler_of(content)
        if handler is None:
            self.parts.append(Part(where, content))
            return
        kind = "xmp_thumbnail" if where == "xmp" else "archived_picture"
        self.images.append(_Candidate(kind, handler, content, where == "xmp", _PLACES.get(where, Where.METADATA)))
        inner = handler.parts(BytesIO(content))
        self.parts += [Part(where, part.data) for part in inner.found]
        self.images += [
            replace(candidate, kind="archived_picture", is_turned=False, where=_PLACES.get(where, Where.METADATA))
            for candidate in _candidates(BytesIO(content), handler, inner)
        ]


def _trailing(parts: Parts, images: Sequence[EmbeddedImage], opened: _Opened) -> Trailing | None:
    data = b"".join(part.data for part in parts.found if part.where == "trailing")
    kind = kind_of_trailing(data)
    if kind is None and len(data) < parts.trailing_bytes:
        kind = Trailing.UNKNOWN
    # Further images that an index announces are pages of the file, whatever their size.
    is_explained = parts.has_index or "trailing" in opened.opened
    is_explained |= any(candidate.kind == _KINDS["trailing"] for candidate in images)
    return None if kind is Trailing.UNKNOWN and is_explained else kind


def _unread_trailing(trailing: Trailing | None, opened: _Opened) -> tuple[tuple[str, str], ...]:
    """Return the problem if the bytes behind the end could not be examined."""
    if trailing is Trailing.ARCHIVE and ("trailing" in opened.opened or opened.unread):
        return ()
    return (_UNREAD[trailing],) if trailing is not None else ()


def _where(part: Part) -> str:
    return {"exif_value": "exif", "jfif": "other", "psd_thumbnail": "other"}.get(part.where, part.where)


def _turn(stream: BinaryIO, handler: FormatHandler, parts: Parts) -> int:
    """Return the orientation that the file gives its own pixels, 1 where it has no valid one."""
    blocks = [stream] if handler is tiff.TIFF else [BytesIO(part.data) for part in parts.found if part.where == "exif"]
    for block in blocks:
        for directory in tiff.walk(block):
            values = tiff.integers(block, directory, tiff.ORIENTATION)
            if values:
                return values[0] if 1 <= values[0] <= 8 else 1
    return 1


@dataclass(frozen=True, eq=False, slots=True)
class _Candidate:
    """Bytes that may be an image.

    Attributes:
        kind: as in `EmbeddedImage`.
        handler: of its format.
        data: from the image's first byte on; what follows it may be anything.
        is_turned: whether it has the orientation of the file's own pixels unless it defines another.
        where: in the file.
        is_page: whether it is one of the pages of a multi-image file.
    """

    kind: str
    handler: FormatHandler
    data: bytes
    is_turned: bool = True
    where: Where = Where.PREVIEW
    is_page: bool = False


def _candidates(stream: BinaryIO, handler: FormatHandler, parts: Parts) -> Iterator[_Candidate]:
    for data in handler.previews(stream) if handler.previews else ():
        if handler.matches(data) or is_image_start(data, 0):
            yield _encoded("preview", data)
    for part in parts.found:
        for candidate in _candidates_in(part, parts):
            is_preview = candidate.is_page or candidate.kind == "preview"
            place = Where.PREVIEW if is_preview else _PLACES.get(part.where, Where.PREVIEW)
            yield replace(candidate, where=place)


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
        handler = handler_of(core)
        if handler is not None:
            yield _Candidate(kind, handler, core, is_turned=False)


def _encoded(kind: str, data: bytes) -> _Candidate:
    return _Candidate(kind, handler_of(data) or JPEG, data)


def _thumbnail_starts(block: bytes) -> set[int]:
    stream = BytesIO(block)
    return {
        start
        for directory in tiff.walk(stream)
        if directory.is_chained and directory.number
        for start in tiff.integers(stream, directory, tiff.JPEG_START)[:1]
    }


def _exif_thumbnails(block: bytes) -> Iterator[_Candidate]:
    """Yield the thumbnails that the second directory of EXIF data leads to, compressed or not."""
    for start in sorted(_thumbnail_starts(block)):
        if is_image_start(block, start):
            yield _encoded("exif_thumbnail", block[start:])
    for directory in tiff.walk(BytesIO(block)):
        if directory.has_pixels and directory.number:
            yield _Candidate("exif_thumbnail", tiff.TIFF, tiff.entered_at(block, directory))


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
    if len(size) < 2 or min(size) < _MIN_SIDE:
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


class _ImageCollector:
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
        """Keep a candidate that is an image of some size."""
        handler = candidate.handler
        if handler.pages is None:
            if candidate.where is Where.TRAILING and handler.is_distinctive:
                self.unread.append(("trailing_image", f"an image in a format that is not read ({handler.name})"))
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
        except Exception:
            layers = self._part_of(candidate)
        if layers:
            self._room -= sum(layer.shape[0] * layer.shape[1] for layer in layers)
            self.found.append(EmbeddedImage(candidate.kind, layers, candidate.where))

    def _part_of(self, candidate: _Candidate) -> tuple[NDArray[np.uint8], ...]:
        """Return the decodable part of a damaged trailing image; elsewhere a few bytes look like one by chance."""
        if candidate.where is not Where.TRAILING:
            return ()
        file = OpenFile(BytesIO(candidate.data), candidate.handler, len(candidate.data), ())
        try:
            with pillow_limits(self._settings.max_pixels), quiet_stderr():
                image = decode_partly(file, 0, self._settings).image
                if min(image.size) < _MIN_SIDE:
                    return ()
                layers = upright_layers(image, orientation(image), image.size)
        except Exception:
            layers = ()
        if layers or candidate.handler.is_distinctive:
            self.unread.append(("trailing_image", "an image that is damaged or cut short"))
        return layers

    def _layers(self, candidate: _Candidate) -> tuple[NDArray[np.uint8], ...]:
        with candidate.handler.source().open(BytesIO(candidate.data), len(candidate.data)) as image:
            candidate.handler.check_size(image, self._settings.max_pixels, is_animation=False)
            width, height = image.size
            if min(width, height) < _MIN_SIDE:
                return ()
            image.load()
            own = orientation(image)
            turn = own if own != 1 or not candidate.is_turned else self._turn
            share = min(1.0, (self._settings.working_pixels / (width * height)) ** 0.5)
            return upright_layers(image, turn, (max(1, int(width * share)), max(1, int(height * share))))

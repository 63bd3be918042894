"""Unpack archives, compressed streams and base64 text inside image files; leave out videos."""

from __future__ import annotations

import base64
import binascii
import bz2
import lzma
import re
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from idscan.images.formats import isobmff
from idscan.images.formats.base import HEAD_BYTES
from idscan.images.signature import VIDEO, other_content, places, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def _take(content: bytes, found: Unpacked, depth: int) -> None:
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
    _take(content, found, depth)


def _open_streams(data: bytes, found: Unpacked, depth: int) -> None:
    position = tries = 0
    while (match := _STREAM.search(data, position)) is not None:
        position = match.end()
        if data[max(0, match.start() - 4) : match.start()] == b"IDAT":
            continue  # the pixels of a PNG file, which are decoded as an image
        tries += 1
        if tries > _MOST_STREAMS:
            return  # two bytes occur in compressed pixels by chance
        content, used = _inflated(memoryview(data)[match.start() :], match.group(), min(found.room, _MEMBER_BYTES))
        if content is not None and len(content) >= _LEAST_BYTES:
            found.is_opened = True
            position = max(position, match.start() + used)
            _take(content, found, depth)


def _inflated(data: memoryview, head: bytes, limit: int) -> tuple[bytes | None, int]:
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
    for content in _decoded(data):
        head = content[:HEAD_BYTES]
        if len(content) >= _LEAST_BYTES and (sniff(head) is not None or other_content(head) is not None):
            found.is_opened = True
            _take(content, found, depth)


def _decoded(data: bytes) -> Iterator[bytes]:
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

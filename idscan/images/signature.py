"""Detect formats by their first bytes, never by name alone; find images behind or among other bytes."""

from __future__ import annotations

import codecs
import posixpath
import re
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from idscan.core.messages import message
from idscan.images import formats
from idscan.images.formats import handler_of
from idscan.images.formats.base import HEAD_BYTES, WHOLE_FILE_BYTES, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from idscan.core.messages import Message


class Signature(NamedTuple):
    """Bytes by which content is recognised: a regular expression, and the offset at which it must match."""

    content: str
    offset: int
    pattern: bytes


VIDEO_BOX = rb"ftyp(?:isom|iso\d|mp4\d|avc1|M4V |qt  |3g[2p].|dash|MSNV)"
"""Kind and brand of the box that a video begins with, behind the length of the box."""

VIDEO = re.compile(
    VIDEO_BOX + rb"|\x1a\x45\xdf\xa3.{1,40}(?:webm|matroska)|RIFF....AVI LIST|\x00\x00\x01\xba[\x21\x44]", re.DOTALL
)
"""First bytes of a video at any place: MP4 and related formats, WebM and Matroska, AVI, MPEG."""

OTHER_CONTENT: tuple[Signature, ...] = (
    Signature("PDF", 0, rb"\s*%PDF-"),
    Signature("HTML", 0, rb"(?i:(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)\b)"),
    Signature("SVG", 0, rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?(?:<!DOCTYPE [^>]*>\s*)?<svg\b"),
    Signature("a ZIP archive", 0, rb"PK(?:\x03\x04|\x05\x06)"),
    Signature("a gzip archive", 0, rb"\x1f\x8b\x08"),
    Signature("a bzip2 archive", 0, rb"BZh[1-9]1AY&SY"),
    Signature("an xz archive", 0, rb"\xfd7zXZ\x00"),
    Signature("a Zstandard archive", 0, rb"\x28\xb5\x2f\xfd"),
    Signature("a 7-Zip archive", 0, rb"7z\xbc\xaf\x27\x1c"),
    Signature("a RAR archive", 0, rb"Rar!\x1a\x07"),
    Signature("a program", 0, rb"\x7fELF|MZ.{58}....|\xcf\xfa\xed\xfe"),
    Signature("an Office document", 0, rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    Signature("macOS file attributes", 0, rb"\x00\x05\x16\x07\x00\x02\x00\x00"),
    Signature("a video", 4, VIDEO_BOX),
    Signature("a video", 0, rb"\x1a\x45\xdf\xa3|RIFF....AVI |\x00\x00\x01\xba|FLV\x01"),
    Signature("sound", 0, rb"ID3[\x02-\x04]|OggS\x00|fLaC|RIFF....WAVE"),
    Signature("an SQLite database", 0, rb"SQLite format 3\x00"),
    Signature("PostScript", 0, rb"%!PS"),
)
"""Content that is no image, of files that may be named like one."""

_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b")
_FIRST_PRINTABLE = 0x20  # lower bytes are control characters (ASCII)


def sniff(head: bytes) -> str | None:
    """Return the name of the image format that the first bytes show, None for anything else.

    >>> sniff(b"GIF89a" + bytes(8))
    'GIF'
    >>> sniff(b"hello") is None
    True
    """
    handler = handler_of(head)
    return handler.name if handler else None


def other_content(head: bytes) -> str | None:
    """Return the kind of content that the first bytes show if it is no image: "text", "PDF", "a ZIP archive" ..."""
    found = (each.content for each in OTHER_CONTENT if compiled(each.pattern).match(head, each.offset))
    return next(found, None) or ("text" if is_text(head) else None)


def is_text(head: bytes) -> bool:
    """Return whether the bytes read as text: UTF-8 or UTF-16 with a mark, without control characters."""
    if not head:
        return False
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif any(byte < _FIRST_PRINTABLE and byte not in _TEXT_CONTROLS for byte in head):
        return False
    else:
        encoding = "utf-8"
    try:
        # The head may end inside a character, so the decoder must not insist on its end.
        codecs.getincrementaldecoder(encoding)().decode(head, final=False)
    except UnicodeDecodeError:
        return False
    return True


def has_image_suffix(path: str) -> bool:
    """Return whether the name ends like that of an image.

    >>> has_image_suffix("a/IMG_1.JPG"), has_image_suffix("notes.txt")
    (True, False)
    """
    suffix = posixpath.splitext(path)[1].lower()
    return any(suffix in handler.suffixes for handler in formats.HANDLERS)


def reason_to_skip(head: bytes, path: str) -> Message | None:
    """Return the reason why a file is no image, None if it has to be treated as one.

    A file with a known signature is an image under any name. A file that is only named like an image is still treated
    as one if it is empty or unknown binary data, so that a broken photo is reported.
    """
    if sniff(head) is not None:
        return None
    if not has_image_suffix(path):
        return message("not_an_image")
    content = other_content(head)
    return message("not_an_image_content", content=content) if content else None


def image_starts(data: bytes) -> list[int]:
    """Return where images may begin inside other bytes, in rising order."""
    marks = {(each.anywhere.mark, each.anywhere.behind) for each in formats.HANDLERS if each.anywhere}
    found = {start for mark, behind in marks for start in places(data, mark, behind)}
    pattern = _anywhere()
    return sorted(start for start in found if pattern.match(data, start))


def is_image_start(data: bytes, start: int) -> bool:
    """Return whether an image may begin at a place inside other bytes."""
    return _anywhere().match(data, start) is not None


def _anywhere() -> re.Pattern[bytes]:
    return compiled(b"|".join(each.anywhere.pattern for each in formats.HANDLERS if each.anywhere))


def places(data: bytes, mark: bytes, behind: int) -> Iterator[int]:
    """Yield the starts of data whose mark follows a number of bytes behind its start."""
    position = data.find(mark)
    while position >= 0:
        if position >= behind:
            yield position - behind
        position = data.find(mark, position + 1)


_TEXT_BEFORE = re.compile(
    rb"(?:\xef\xbb\xbf|\s)+|(?:HTTP/1\.|--|Content-)[\x09\x20-\x7e\r\n]*?\r?\n\r?\n", re.IGNORECASE
)
"""White space, or lines such as web servers and forms put before a file; behind these any image is believed."""


def image_start(head: bytes) -> int | None:
    r"""Return where an image begins in the first bytes of a file, None where none does.

    What plainly is a file of another kind is not searched: a song with its cover is a song.

    >>> image_start(b"\r\n" + b"GIF89a" + bytes(20)), image_start(b"no image")
    (2, None)
    """
    if sniff(head) is not None:
        return 0
    if other_content(head) is not None:
        return None
    before = _TEXT_BEFORE.match(head)
    if before is not None and sniff(head[before.end() :]) is not None:
        return before.end()
    sure = compiled(b"|".join(each.anywhere.sure for each in formats.HANDLERS if each.anywhere and each.anywhere.sure))
    found = sure.search(head)
    return found.start() if found is not None else None


def without_leading_bytes(stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    """Return a file from its image's first byte on, at its start, and the bytes before that.

    Where an image follows other bytes, a copy is returned, unless the file is very large.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    start = image_start(head)
    size = stream.seek(0, 2) if start else 0
    stream.seek(0)
    if not start or size > WHOLE_FILE_BYTES:
        return stream, b""
    leading = stream.read(start)
    return BytesIO(stream.read()), leading

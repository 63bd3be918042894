"""Images behind bytes of something else: a line break, the header of a web server's answer or of a form's part."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from idscan.sources.pages import WHOLE_FILE_BYTES
from idscan.sources.signature import HEAD_BYTES, other_content, sniff

if TYPE_CHECKING:
    from typing import BinaryIO

_SURE_START = re.compile(
    rb"\xff\xd8\xff[\xc0\xc4\xdb\xe0-\xef\xfe]|\x89PNG\r\n\x1a\n\0\0\0\rIHDR|GIF8[79]a|RIFF....WEBPVP8[ LX]", re.DOTALL
)
"""Beginnings of images that are long enough to be believed behind any bytes."""

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
    sure = _SURE_START.search(head)
    return sure.start() if sure is not None else None


def without_leading_bytes(stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    """Return a file from its image's first byte on, at its start, and the bytes before that.

    Args:
        stream: the file; a copy is returned where an image stands behind other bytes, unless the file is very large.
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

"""Open files of other people: read-only, non-blocking; skip bytes before an image."""

from __future__ import annotations

import errno
import os
import re
import stat
from io import BytesIO
from typing import TYPE_CHECKING

from idscan.images.decode import WHOLE_FILE_BYTES
from idscan.images.signature import HEAD_BYTES, other_content, sniff

if TYPE_CHECKING:
    from io import BufferedReader
    from typing import BinaryIO

# O_NONBLOCK: a named pipe put in the file's place between two looks must not hang the run.
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NO_ACCESS_TIME = getattr(os, "O_NOATIME", 0)

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class NotAFileError(OSError):
    """The path leads to something without content of its own: a pipe, a socket, a device."""


def kind_of_special(mode: int) -> str | None:
    """Return what a file mode stands for if it is neither a regular file nor a folder."""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return next((name for test, name in _KINDS if test(mode)), "a special file")


def open_readonly(path: str) -> BufferedReader:
    """Open a regular file for reading; its access time stays as it was where the system permits that.

    Raises:
        NotAFileError: for pipes, sockets and devices, which are never opened.
        IsADirectoryError: for folders.
        OSError: as `os.open`.
    """
    _refuse_other_than_file(os.stat(path), path)  # the path may hold undecodable bytes, kept as they are
    try:
        descriptor = os.open(path, _FLAGS | _NO_ACCESS_TIME)
    except PermissionError:
        # Only the owner of a file may leave its access time alone.
        descriptor = os.open(path, _FLAGS)
    try:
        _refuse_other_than_file(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _refuse_other_than_file(status: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    special = kind_of_special(status.st_mode)
    if special:
        raise NotAFileError(errno.EINVAL, special, path)


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

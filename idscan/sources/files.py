"""Opening files of other people: read only, never blocking, leaving no trace."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import BufferedReader

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
    _refuse_other_than_file(os.stat(path), path)  # noqa: PTH116  the path may hold undecodable bytes, kept as they are
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

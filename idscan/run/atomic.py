"""Atomic, durable file writes: temporary file, fsync, rename.

Folders are entered one by one and never through a symbolic link, so that nothing is written outside the one that
was named, whoever else may write there.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from enum import StrEnum
from typing import TYPE_CHECKING

from idscan.core.errors import OutputError, UnwritableError
from idscan.core.messages import message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from io import BufferedReader
    from typing import BinaryIO

HAS_OPEN_FOLDERS = os.open in os.supports_dir_fd
"""Whether files can be named relative to an open folder; elsewhere (Windows) whole paths have to do."""

FOLDER_MODE = 0o755
PRIVATE_FOLDER_MODE = 0o700
PRIVATE_MODE = 0o600

_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
"""Some network file systems know no such thing, and need none."""

_CLOSED_TO_CHILDREN = getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _CLOSED_TO_CHILDREN
_BINARY = getattr(os, "O_BINARY", 0)


class PublishedState(StrEnum):
    """What publishing did."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"  # the same bytes stood there already


class TargetExistsError(OutputError):
    """Something else stands where a result should go."""

    def __init__(self) -> None:
        """Say what to do about it; the path is for whoever can show it safely."""
        super().__init__(message("target_exists"))


class Below:
    """An open folder below a base, and the files in it."""

    def __init__(self, path: str, descriptor: int | None) -> None:
        """Take the path of a folder and, where the system knows such, its descriptor."""
        self.path = path
        self.descriptor = descriptor

    def at(self, name: str) -> str:
        """Return how a file in the folder is called beside `dir_fd=descriptor`."""
        return name if self.descriptor is not None else os.path.join(self.path, name)

    def status(self, name: str) -> os.stat_result | None:
        """Return what is known of an entry itself, a link included; None if there is none."""
        try:
            return os.stat(self.at(name), dir_fd=self.descriptor, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open_file(self, name: str) -> BufferedReader:
        """Open a plain file for reading, never a link and never waiting for a pipe."""
        flags = os.O_RDONLY | _NO_LINK | _CLOSED_TO_CHILDREN | _BINARY | getattr(os, "O_NONBLOCK", 0)
        return os.fdopen(os.open(self.at(name), flags, dir_fd=self.descriptor), "rb")

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of a plain file in hex; None for anything else."""
        status = self.status(name)
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        with self.open_file(name) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def sync(self) -> None:
        """Write to the disk which files there are."""
        if self.descriptor is not None:
            try:
                os.fsync(self.descriptor)
            except OSError as error:
                if error.errno not in _NO_FOLDER_SYNC:
                    raise


@contextlib.contextmanager
def entered(base: str, parts: Sequence[str], *, mode: int | None = FOLDER_MODE) -> Generator[Below, None, None]:
    """Enter a folder below a base, part by part; the base alone may be reached through symbolic links.

    Args:
        base: path of an existing folder.
        parts: names of the folders on the way.
        mode: of folders that are made on the way (less the umask); None to make none.

    Raises:
        OutputError: if a part is a symbolic link or no folder.
        OSError: if the system refuses, or a folder is missing that is not to be made.
    """
    folder = Below(base, _opened(base, None))
    try:
        for part in parts:
            inner = _entered_one(folder, part, mode)
            _close(folder)
            folder = inner
        yield folder
    finally:
        _close(folder)


def _entered_one(folder: Below, part: str, mode: int | None) -> Below:
    if part in {"", ".", ".."} or "/" in part or "\0" in part:
        text = "a target must lead downwards"
        raise ValueError(text)
    if mode is not None:
        try:
            os.mkdir(folder.at(part), mode, dir_fd=folder.descriptor)
        except FileExistsError:
            pass
        else:
            folder.sync()
    status = folder.status(part)
    if status is not None and not stat.S_ISDIR(status.st_mode):
        raise OutputError(message("folder_blocked"))
    path = os.path.join(folder.path, part)
    return Below(path, _opened(folder.at(part), folder, _NO_LINK))


def _opened(path: str, folder: Below | None, more_flags: int = 0) -> int | None:
    if not HAS_OPEN_FOLDERS:
        os.stat(path)
        return None
    return os.open(path, _FOLDER | more_flags, dir_fd=folder.descriptor if folder else None)


def _close(folder: Below) -> None:
    if folder.descriptor is not None:
        os.close(folder.descriptor)


def write_durably(path: str, write: Callable[[BinaryIO], None]) -> None:
    """Fill a file that exists already, as `new_file` makes it, and see it to the disk.

    A file that was swept away meanwhile is not made again, so that nothing is left behind a run that has ended.

    Raises:
        OutputError: if it cannot be written.
    """
    with told_failures():
        flags = os.O_RDWR | os.O_TRUNC | _NO_LINK | _CLOSED_TO_CHILDREN | _BINARY
        with os.fdopen(os.open(path, flags), "r+b") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())


def install(temporary: str, folder: Below, name: str, *, may_replace: bool) -> PublishedState:
    """Move a finished file to its place, in one step that nothing can interrupt halfway.

    Args:
        temporary: a file on the same file system, already on the disk; gone afterwards.
        folder: where it goes.
        name: what it is called there.
        may_replace: whether a plain file with other content may be replaced.

    Raises:
        TargetExistsError: if something stands there that must not be replaced.
        OSError: if the system refuses.
    """
    status = folder.status(name)
    if status is None and _link(temporary, folder, name):
        os.unlink(temporary)
        folder.sync()
        return PublishedState.CREATED
    status = folder.status(name)
    if status is None:
        # No hard links here: between the look and the move there is a gap that nothing can close.
        return _move(temporary, folder, name, PublishedState.CREATED)
    if not stat.S_ISREG(status.st_mode):
        raise TargetExistsError
    if folder.digest(name) == digest_of(temporary):
        os.unlink(temporary)
        return PublishedState.UNCHANGED
    if not may_replace:
        raise TargetExistsError
    return _move(temporary, folder, name, PublishedState.REPLACED)


def _link(temporary: str, folder: Below, name: str) -> bool:
    """Give a file its second name; False if something stands there, or there are no hard links."""
    try:
        os.link(temporary, folder.at(name), dst_dir_fd=folder.descriptor)  # unlike a rename, replaces nothing
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        return False
    return True


def _move(temporary: str, folder: Below, name: str, state: PublishedState) -> PublishedState:
    os.replace(temporary, folder.at(name), dst_dir_fd=folder.descriptor)
    folder.sync()
    return state


def digest_of(path: str) -> str:
    """Return the SHA-256 of a file in hex.

    Raises:
        OSError: if it cannot be read.
    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def told_failures(named: str | None = None) -> Generator[None, None, None]:
    """Turn what the system refuses into an error of the output, without the path that it names.

    An `OSError` without a number is none of the system's: libraries raise it for pictures they cannot encode.

    Args:
        named: the folder that the user named, where that is what cannot be written to.

    Raises:
        UnwritableError: for each `OSError` that the system raised, where a folder was named.
        OutputError: likewise, where none was.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        # That a file exists is no news to whoever wants a folder there.
        reason = os.strerror(errno.ENOTDIR if named and error.errno == errno.EEXIST else error.errno)
        text = message("output_not_writable", reason=reason)
        raise (UnwritableError(text, path=named, reason=reason) if named else OutputError(text)) from None

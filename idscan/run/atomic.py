"""Atomic, durable file writes: temporary file, fsync, link or rename.

Results of a redaction and reports are written the same way: `new_private_file`, fill and fsync, `install`. Folders are
entered one by one and never through a symbolic link, so that nothing is written outside the folder that was named,
whoever else may write there.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from enum import StrEnum
from pathlib import Path
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
"""Permissions of folders, before the umask: all may enter, the owner may write."""
PRIVATE_FOLDER_MODE = 0o700
"""Permissions of folders that only the owner may enter."""
PRIVATE_MODE = 0o600
"""Permissions of files that only the owner may read and write."""
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
"""Errors of file systems that cannot sync a folder, as some network file systems, and need not."""
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Flag of `os.open`: fail if the last part of the path is a symbolic link."""
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | NO_LINK
_BINARY = getattr(os, "O_BINARY", 0)

_NAME_BYTES = 16
"""Of the random names of temporary files: enough that none exists already."""
_REPORT_PREFIX = ".idscan-"
"""Of a temporary file in a folder of the user, so that one left by a killed run is recognised."""


class PublishedState(StrEnum):
    """Effect of publishing a file."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"  # a file with the same bytes existed already


class TargetExistsError(OutputError):
    """Another file exists where a result should go."""

    def __init__(self) -> None:
        """Name the remedy; the path is left to callers that can show it safely."""
        super().__init__(message("target_exists"))


class Below:
    """An open folder below a base, and the files in it."""

    def __init__(self, path: str, descriptor: int | None) -> None:
        """Take the path of a folder and, where the system has them, its descriptor."""
        self.path = path
        self.descriptor = descriptor

    def at(self, name: str) -> str:
        """Return the path of a file in the folder that goes with `dir_fd=descriptor`."""
        return name if self.descriptor is not None else os.path.join(self.path, name)

    def status(self, name: str) -> os.stat_result | None:
        """Return the status of an entry itself, without following a link; None if there is none."""
        try:
            return os.stat(self.at(name), dir_fd=self.descriptor, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open_file(self, name: str) -> BufferedReader:
        """Open a plain file for reading, never a link and never waiting for a pipe."""
        flags = os.O_RDONLY | NO_LINK | _BINARY | getattr(os, "O_NONBLOCK", 0)
        return os.fdopen(os.open(self.at(name), flags, dir_fd=self.descriptor), "rb")

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of a plain file in hex; None for anything else."""
        status = self.status(name)
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        with self.open_file(name) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def sync(self) -> None:
        """Write the entries of the folder to the disk."""
        if self.descriptor is not None:
            try:
                os.fsync(self.descriptor)
            except OSError as error:
                if error.errno not in _NO_FOLDER_SYNC:
                    raise


@contextlib.contextmanager
def entered(base: str, parts: Sequence[str], *, mode: int | None = FOLDER_MODE) -> Generator[Below, None, None]:
    """Enter a folder below a base, part by part; the base alone may be reached through symbolic links.

    Missing folders are made with a mode (less the umask); none with mode None.

    Raises:
        OutputError: if a part is a symbolic link or no folder.
        OSError: if the system refuses, or a folder is missing that is not to be made.
    """
    folder = Below(base, _open_folder(base, None))
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
    return Below(path, _open_folder(folder.at(part), folder, NO_LINK))


def _open_folder(path: str, folder: Below | None, more_flags: int = 0) -> int | None:
    if not HAS_OPEN_FOLDERS:
        os.stat(path)
        return None
    return os.open(path, _FOLDER | more_flags, dir_fd=folder.descriptor if folder else None)


def _close(folder: Below) -> None:
    if folder.descriptor is not None:
        os.close(folder.descriptor)


def new_private_file(folder: str, prefix: str = "") -> str:
    """Make an empty file that only its owner may read, and return its path: a random name without a suffix."""
    path = os.path.join(folder, prefix + secrets.token_hex(_NAME_BYTES))
    os.close(os.open(path, _NEW, PRIVATE_MODE))
    return path


def write_durably(path: str, write: Callable[[BinaryIO], None]) -> None:
    """Fill a file made by `new_private_file`, and fsync it; OutputError if it cannot be written.

    A file that was removed meanwhile is not made again, so that a run that has ended leaves nothing behind.
    """
    with as_output_errors():
        _write_and_sync(path, write)


def _write_and_sync(path: str, write: Callable[[BinaryIO], None]) -> None:
    with os.fdopen(os.open(path, os.O_RDWR | os.O_TRUNC | NO_LINK | _BINARY), "r+b") as stream:
        write(stream)
        stream.flush()
        os.fsync(stream.fileno())


def check_writable(path: str) -> None:
    """Raise UnwritableError unless a file can be made in the folder of a path."""
    with as_output_errors(path):
        os.unlink(new_private_file(str(Path(path).parent), _REPORT_PREFIX))


def write_privately(path: str, write: Callable[[BinaryIO], None], *, may_replace: bool) -> None:
    """Write a whole file that only its owner may read; an existing plain file is replaced only if it may be.

    Raises:
        TargetExistsError: if something exists there that must not be replaced.
        UnwritableError: if the system refuses.
    """
    target = Path(path)
    with as_output_errors(path):
        temporary = new_private_file(str(target.parent), _REPORT_PREFIX)
        try:
            _write_and_sync(temporary, write)
            with entered(str(target.parent), [], mode=None) as folder:
                install(temporary, folder, target.name, may_replace=may_replace, keeps_equal=False)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)


def install(temporary: str, folder: Below, name: str, *, may_replace: bool, keeps_equal: bool = True) -> PublishedState:
    """Move a finished file to its place in one atomic step.

    Args:
        temporary: a file on the same file system, already on the disk; gone afterwards.
        folder: where it goes.
        name: of the file there.
        may_replace: whether a plain file with other content may be replaced.
        keeps_equal: whether a file with the same bytes stays, with its times and permissions.

    Raises:
        TargetExistsError: if something exists there that must not be replaced.
        OSError: if the system refuses.
    """
    status = folder.status(name)
    if status is None and _link(temporary, folder, name):
        os.unlink(temporary)
        folder.sync()
        return PublishedState.CREATED
    status = folder.status(name)
    if status is None:
        # No hard links here: a file made between the check and the move would be replaced.
        return _move(temporary, folder, name, PublishedState.CREATED)
    if not stat.S_ISREG(status.st_mode):
        raise TargetExistsError
    if keeps_equal and folder.digest(name) == digest_of(temporary):
        os.unlink(temporary)
        return PublishedState.UNCHANGED
    if not may_replace:
        raise TargetExistsError
    return _move(temporary, folder, name, PublishedState.REPLACED)


def _link(temporary: str, folder: Below, name: str) -> bool:
    """Hard-link a file to its place; False if something exists there, or the file system has no hard links."""
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
    """Return the SHA-256 of a file in hex."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def as_output_errors(named: str | None = None) -> Generator[None, None, None]:
    """Turn each `OSError` of the system into OutputError, or UnwritableError of a named path; their texts name no path.

    An `OSError` without a number is not of the system: libraries raise it for images they cannot encode. `named` is the
    file or folder that the user named, where that is what cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        # "File exists" where a folder is needed means that the file is not a folder.
        reason = os.strerror(errno.ENOTDIR if named and error.errno == errno.EEXIST else error.errno)
        text = message("output_not_writable", reason=reason)
        raise (UnwritableError(text, path=named, reason=reason) if named else OutputError(text)) from None

"""Output folder of a run: a locked folder of unfinished files with the store of the run, and publishing."""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

from idscan import __version__
from idscan.core.errors import OutputError, UsageError
from idscan.core.messages import message
from idscan.redact.output.names import TEMPORARY_FOLDER
from idscan.run.atomic import (
    FOLDER_MODE,
    NO_LINK,
    PRIVATE_FOLDER_MODE,
    PRIVATE_MODE,
    PublishedState,
    as_output_errors,
    entered,
    install,
    new_private_file,
)
from idscan.run.store import SIDE_FILE_SUFFIX, LostRecordsError, Store, StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from idscan.core.types import ImageResult, Problem, Redaction
    from idscan.redact.output.names import Target

_STORE = "journal"
"""File name of the store: that of the text file of earlier versions, so that one they left is found and refused."""
_LOCK = "lock"
_EXCLUSIVE_LOCK = "lock-exclusive"
_KEPT = frozenset({_STORE, _STORE + SIDE_FILE_SUFFIX, _LOCK})

_MOST_TRIES = 100
"""Times that the folder may vanish while it is being locked: once for each run that ends at that moment. With fewer, a
run fails beside many short ones; with more, one that can never lock takes longer to fail."""
_NO_LOCKS = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A file that was published, or was about to be.

    Attributes:
        source: SHA-256 of the source, in hex.
        source_path: of the source, relative to its root.
        target: path of the result, relative to the folder in which the store lies.
        images: what was read from the source where it is replaced, without the texts in full; () elsewhere.
        redaction: the outcome.
    """

    source: str
    source_path: str
    target: str
    images: tuple[ImageResult, ...]
    redaction: Redaction


StoredRecord: TypeAlias = StoredFile[Record]


class InUseError(OutputError):
    """Another run holds the folder."""


class TemporaryFolder:
    """`.idscan-tmp` in one folder, held by a run; `open` makes one."""

    def __init__(self, path: str, lock: int) -> None:
        """Take the path of a folder and the descriptor of its lock."""
        self.path = path
        self._lock = lock
        self._store: Store[Record] | None = None
        self._files: set[str] = set()

    @classmethod
    def open(cls, parent: str) -> Self:
        """Make the folder, or take over and sweep the one that an earlier run left.

        Raises:
            OutputError: if another run holds it, if it is a link or belongs to somebody else, or if it cannot be
                made.
        """
        path = os.path.join(parent, TEMPORARY_FOLDER)
        with as_output_errors(parent):
            for _ in range(_MOST_TRIES):
                _make(path)
                with contextlib.suppress(FileNotFoundError):  # a run that ends removed it just now
                    lock = _take(path)
                    if lock is not None:
                        return cls._swept(path, lock)
        raise _in_use()

    @staticmethod
    def is_store_in(parent: str) -> bool:
        """Return whether an interrupted run, or one that is still running, has a store in a folder."""
        return os.path.lexists(os.path.join(parent, TEMPORARY_FOLDER, _STORE))

    @classmethod
    def _swept(cls, path: str, lock: int) -> Self:
        folder = cls(path, lock)
        try:
            folder._sweep(keep=_KEPT | {_EXCLUSIVE_LOCK})
        except BaseException:
            os.close(lock)
            raise
        return folder

    @property
    def is_idle(self) -> bool:
        """Whether none of its files is being written."""
        return not self._files

    @property
    def store(self) -> Store[Record]:
        """The store of the folder: that of an interrupted run, or a new one.

        Raises:
            LostRecordsError: if there is one that cannot be read.
            OutputError: if it cannot be opened.
        """
        if self._store is None:
            self._store = Store.open(self._store_path, Record, version=__version__)
        return self._store

    def left_records(self) -> tuple[StoredRecord, ...]:
        """Return the records that an interrupted run has left.

        Raises:
            LostRecordsError: if they cannot be read.
            OutputError: if the store cannot be opened.
        """
        return self.store.files if self._holds_store() else ()

    def give_up_lost_records(self) -> None:
        """Remove a store that cannot be read, where nothing depends on it."""
        try:
            self.left_records()
        except LostRecordsError:
            with as_output_errors():
                Store.remove(self._store_path)

    def new_file(self) -> str:
        """Make an empty file that only its owner may read, under a random name without a suffix.

        Raises:
            OutputError: if it cannot be made.
        """
        with as_output_errors(os.path.dirname(self.path)):
            path = new_private_file(self.path)
        self._files.add(path)
        return path

    def discard(self, path: str) -> None:
        """Remove a file, if it is still there."""
        self._files.discard(path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def close(self, *, is_complete: bool) -> None:
        """Release the folder; after a run that is not complete the store stays, if it holds records.

        Files that cannot be removed now are swept at the next start.
        """
        if self._store is not None:
            self._store.close()
            is_complete = is_complete or self._store.is_empty
        with contextlib.suppress(OSError, OutputError):
            self._sweep(keep=_KEPT)
            if is_complete:
                Store.remove(self._store_path)
        with contextlib.suppress(OSError):
            if not self._holds_store():
                os.unlink(os.path.join(self.path, _LOCK))
                os.rmdir(self.path)
        os.close(self._lock)

    @property
    def _store_path(self) -> str:
        return os.path.join(self.path, _STORE)

    def _holds_store(self) -> bool:
        return os.path.lexists(self._store_path)

    def _sweep(self, *, keep: frozenset[str]) -> None:
        with os.scandir(self.path) as entries:
            for entry in entries:
                # A run leaves no folders, so one that lies here is somebody's.
                if entry.name not in keep and not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)


def _make(path: str) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, PRIVATE_FOLDER_MODE)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return  # the next try makes it again
    is_ours = stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())
    if not is_ours:
        raise OutputError(message("foreign_folder", folder=TEMPORARY_FOLDER))
    if stat.S_IMODE(status.st_mode) != PRIVATE_FOLDER_MODE:
        os.chmod(path, PRIVATE_FOLDER_MODE)


def _take(path: str) -> int | None:
    """Return the descriptor of the lock, which the system releases when the process ends; None to try again.

    Raises:
        OutputError: if another run holds it.
    """
    lock_path = os.path.join(path, _LOCK)
    lock = os.open(lock_path, os.O_CREAT | os.O_RDWR | NO_LINK, PRIVATE_MODE)
    try:
        if not _has_locked(lock):
            return _take_exclusively(path, lock)
        # The run that held it may have removed it, and the folder, after it was opened here.
        if os.path.samestat(os.fstat(lock), os.lstat(lock_path)):
            return lock
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)
    return None


def _has_locked(lock: int) -> bool:
    """Lock an open file; False where the system or the file system has no locks."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _in_use() from None
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return False
        raise
    return True


def _take_exclusively(path: str, lock: int) -> int:
    """Take the lock that works on every file system, but outlives a process that is killed."""
    try:
        os.close(os.open(os.path.join(path, _EXCLUSIVE_LOCK), os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_MODE))
    except FileExistsError:
        left = f"{TEMPORARY_FOLDER}/{_EXCLUSIVE_LOCK}"
        raise InUseError(message("output_locked", file=left)) from None
    return lock


def _in_use() -> InUseError:
    return InUseError(message("output_in_use"))


_PUBLISHED_MODE = 0o644
"""Permissions of published files before the umask: all may read, the owner may write."""


class Workspace:
    """An output folder, held by one run; a context manager, made by `open`.

    At its normal end nothing but the results is left. When it ends with an exception the store stays, so that a later
    run can resume.
    """

    def __init__(self, folder: str, temporary: TemporaryFolder) -> None:
        """Take the path of the folder and its folder of unfinished files."""
        self.folder = folder
        self._temporary = temporary
        self._real = os.path.realpath(folder)
        self._mode = _PUBLISHED_MODE & ~current_umask()

    @classmethod
    def open(cls, folder: str, *, inputs: Sequence[str]) -> Self:
        """Make the folder if it is missing, lock it and sweep what an interrupted run left there.

        Args:
            folder: path of the output folder.
            inputs: files and folders that are read; the output may lie inside one, but not the other way round.

        Raises:
            UsageError: if an input is the folder or lies inside it.
            OutputError: if it cannot be written to, or another run does.
        """
        if is_any_inside(inputs, folder):
            raise UsageError(message("output_holds_input"))
        with as_output_errors(folder):
            os.makedirs(folder, FOLDER_MODE, exist_ok=True)
        return cls(folder, TemporaryFolder.open(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._temporary.close(is_complete=kind is None)

    def left_records(self) -> tuple[StoredRecord, ...]:
        """Return the records of what an interrupted run has published here, as far as they can be read."""
        with contextlib.suppress(OutputError):
            self._temporary.give_up_lost_records()
            return self._temporary.left_records()
        return ()

    def holds(self, target: Target, sha256: str | None) -> bool:
        """Return whether a plain file with these bytes exists where a result goes."""
        *parents, name = target.path.split("/")
        with contextlib.suppress(OSError, OutputError), entered(self.folder, parents, mode=None) as folder:
            return sha256 is not None and folder.digest(name) == sha256
        return False

    def remember(self, target: Target, record: Record, run: str) -> None:
        """Record a file, so that it need not be done again; no harm if that fails, as all sources stay."""
        with contextlib.suppress(OutputError):
            self._temporary.store.add(run, target.path, record)

    def is_inside(self, path: str) -> bool:
        """Return whether a file lies in the output folder, and so is no source."""
        real = os.path.realpath(path)
        return real == self._real or real.startswith(posixpath.join(self._real, ""))

    def problem_of(self, target: Target) -> Problem | None:
        """Return None: a result never takes the place of its source."""
        return None

    def new_file(self, target: Target | None = None) -> str:
        """Return the path of a fresh empty file that only its owner may read.

        Raises:
            OutputError: if it cannot be made.
        """
        return self._temporary.new_file()

    def discard(self, temporary: str) -> None:
        """Remove a file that is not published, if it is still there."""
        self._temporary.discard(temporary)

    def path_of(self, target: Target) -> str:
        """Return the path of the result once it is published."""
        return posixpath.join(self.folder, target.path)

    def publish(self, temporary: str, target: Target, *, may_replace: bool) -> PublishedState:
        """Move a finished file, written by `write_durably`, to its place below the folder.

        Raises:
            TargetExistsError: if another file stands there that must not be replaced.
            OutputError: if a link or a file stands where a folder is needed, or the system refuses.
        """
        *parents, name = target.path.split("/")
        with as_output_errors():
            os.chmod(temporary, self._mode)
            with entered(self.folder, parents) as folder:
                state = install(temporary, folder, name, may_replace=may_replace)
        self._temporary.discard(temporary)
        return state


def is_any_inside(paths: Iterable[str], folder: str) -> bool:
    """Return whether one of the paths is the folder or lies inside it, by whatever names they are given."""
    real = os.path.realpath(folder)
    identity = _identity(real)
    steps: set[str] = set()
    for path in paths:
        step = os.path.realpath(path)
        while step not in steps:
            steps.add(step)
            step = posixpath.dirname(step)
    # Names alone do not decide on file systems that ignore case, nor where one is mounted twice.
    return real in steps or (identity is not None and any(_identity(step) == identity for step in steps))


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


def current_umask() -> int:
    """Return the mode bits that this process takes from every file it makes."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

"""Output folder of a run: a locked folder of unfinished files, and publishing."""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import secrets
import stat
from typing import TYPE_CHECKING, Protocol, Self

from idscan.core.errors import OutputError, UsageError
from idscan.core.messages import message
from idscan.redact.output.journal import Journal, LostRecordsError
from idscan.redact.output.names import TEMPORARY_FOLDER
from idscan.run.atomic import (
    FOLDER_MODE,
    PRIVATE_FOLDER_MODE,
    PRIVATE_MODE,
    PublishedState,
    entered,
    install,
    told_failures,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from types import TracebackType

    from idscan.core.types import Problem
    from idscan.redact.output.journal import Record
    from idscan.redact.output.names import Target

_JOURNAL = "journal"
_LOCK = "lock"
_EXCLUSIVE_LOCK = "lock-exclusive"
_NAME_BYTES = 16

_MOST_TRIES = 100
"""How often the folder may vanish while it is being locked: once for each run that ends at just that moment."""

_NO_LOCKS = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL})
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_KEPT = os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class InUseError(OutputError):
    """Another run holds the folder."""


class TemporaryFolder:
    """`.idscan-tmp` in one folder, while a run holds it."""

    def __init__(self, path: str, lock: int) -> None:
        """Use `open` instead: it makes the folder and locks it."""
        self.path = path
        self._lock = lock
        self._journal: Journal | None = None
        self._files: set[str] = set()

    @classmethod
    def open(cls, parent: str) -> Self:
        """Make the folder or take over the one that an earlier run left, and sweep it.

        Raises:
            OutputError: if another run holds it, if it is a link or belongs to somebody else, or if it cannot be
                made.
        """
        path = os.path.join(parent, TEMPORARY_FOLDER)
        with told_failures(parent):
            for _ in range(_MOST_TRIES):
                _make(path)
                with contextlib.suppress(FileNotFoundError):  # a run that ends removed it just now
                    lock = _take(path)
                    if lock is not None:
                        return cls._swept(path, lock)
        raise _in_use()

    @staticmethod
    def is_journal_in(parent: str) -> bool:
        """Return whether a run that was cut off, or one that goes on, has a journal in a folder."""
        return os.path.lexists(os.path.join(parent, TEMPORARY_FOLDER, _JOURNAL))

    @classmethod
    def _swept(cls, path: str, lock: int) -> Self:
        folder = cls(path, lock)
        try:
            folder._sweep(keep={_JOURNAL, _LOCK, _EXCLUSIVE_LOCK})
        except BaseException:
            os.close(lock)
            raise
        return folder

    @property
    def is_idle(self) -> bool:
        """Whether no file of it is in work."""
        return not self._files

    @property
    def journal(self) -> Journal:
        """The journal of the folder: that of a run which was cut off, or a new one.

        Raises:
            LostRecordsError: if there is one that cannot be read any more.
            OutputError: if it cannot be read or written.
        """
        if self._journal is None:
            self._journal = Journal.open(self._journal_path)
        return self._journal

    def left_records(self) -> tuple[Record, ...]:
        """Return the records that a run which was cut off has left.

        Raises:
            LostRecordsError: if they cannot be read any more.
            OutputError: likewise.
        """
        return self.journal.records if self._holds_journal() else ()

    def give_up_lost_records(self) -> None:
        """Remove a journal that cannot be read any more, where nothing depends on it."""
        try:
            self.left_records()
        except LostRecordsError:
            os.unlink(self._journal_path)

    def new_file(self) -> str:
        """Make an empty file that only its owner may read, under a random name without a suffix.

        Raises:
            OutputError: if it cannot be made.
        """
        name = secrets.token_hex(_NAME_BYTES)
        path = os.path.join(self.path, name)
        with told_failures(os.path.dirname(self.path)):
            os.close(os.open(path, _NEW, PRIVATE_MODE))
        self._files.add(path)
        return path

    def discard(self, path: str) -> None:
        """Remove a file, if it is still there."""
        self._files.discard(path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def close(self, *, is_complete: bool) -> None:
        """Give the folder back; of a run that is not complete the journal stays, if anything stands in it.

        What cannot be removed now is swept at the next start.
        """
        if self._journal is not None:
            self._journal.close()
            is_complete = is_complete or self._journal.is_empty
        with contextlib.suppress(OSError):
            self._sweep(keep={_JOURNAL, _LOCK})
            if is_complete:
                Journal.remove(self._journal_path)
        with contextlib.suppress(OSError):
            if not self._holds_journal():
                os.unlink(os.path.join(self.path, _LOCK))
                os.rmdir(self.path)
        os.close(self._lock)

    @property
    def _journal_path(self) -> str:
        return os.path.join(self.path, _JOURNAL)

    def _holds_journal(self) -> bool:
        return os.path.lexists(self._journal_path)

    def _sweep(self, *, keep: Container[str]) -> None:
        with os.scandir(self.path) as entries:
            for entry in entries:
                # Folders are not among what a run leaves, so nobody's are removed.
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
    """Return the descriptor of the lock, which the system frees when the process ends; None to try again.

    Raises:
        OutputError: if another run holds it.
    """
    lock_path = os.path.join(path, _LOCK)
    lock = os.open(lock_path, _KEPT, PRIVATE_MODE)
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
    """Lock an open file; False where the system or the file system knows no locks."""
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
    """Take the lock that works everywhere, but outlives a process that is killed."""
    try:
        os.close(os.open(os.path.join(path, _EXCLUSIVE_LOCK), _NEW, PRIVATE_MODE))
    except FileExistsError:
        left = f"{TEMPORARY_FOLDER}/{_EXCLUSIVE_LOCK}"
        raise InUseError(message("output_locked", file=left)) from None
    return lock


def _in_use() -> InUseError:
    return InUseError(message("output_in_use"))


_PUBLISHED_MODE = 0o644


class OutputPlace(Protocol):
    """Where results go: an output folder, or the place of each source."""

    def problem_of(self, target: Target) -> Problem | None:
        """Return why a result cannot go there, before any work on it; None if it can."""

    def new_file(self, target: Target) -> str:
        """Return the path of a fresh, private, empty file on the file system of the target."""

    def remember(self, target: Target, record: Record) -> None:
        """Keep what becomes of a file, before it is published, for a run that goes on when this one is cut off."""

    def publish(self, temporary: str, target: Target, *, may_replace: bool) -> PublishedState:
        """Move a finished file to its target."""

    def discard(self, temporary: str) -> None:
        """Remove a file that is not published."""

    def path_of(self, target: Target) -> str:
        """Return where the result stands once it is published."""


class Workplace:
    """An output folder, held by one run; a context manager.

    At its normal end nothing but the results is left. When it ends with an exception the journal stays, so that the
    same run can go on later.
    """

    def __init__(self, folder: str, temporary: TemporaryFolder) -> None:
        """Use `open` instead: it makes and locks what is needed."""
        self.folder = folder
        self._temporary = temporary
        self._real = os.path.realpath(folder)
        self._mode = _PUBLISHED_MODE & ~current_umask()

    @classmethod
    def open(cls, folder: str, *, inputs: Sequence[str]) -> Self:
        """Make the folder if it is missing, lock it and sweep what a run that was cut off left there.

        Args:
            folder: path of the output folder.
            inputs: files and folders that are read; the output may lie inside one, but not the other way round.

        Raises:
            UsageError: if an input is the folder or lies inside it.
            OutputError: if it cannot be written to, or another run does.
        """
        if is_any_inside(inputs, folder):
            raise UsageError(message("output_holds_input"))
        with told_failures(folder):
            os.makedirs(folder, FOLDER_MODE, exist_ok=True)
        return cls(folder, TemporaryFolder.open(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._temporary.close(is_complete=kind is None)

    def left_records(self) -> tuple[Record, ...]:
        """Return the records of what a run that was cut off has published here, as far as they can be read."""
        with contextlib.suppress(OutputError):
            self._temporary.give_up_lost_records()
            return self._temporary.left_records()
        return ()

    def holds(self, target: Target, sha256: str | None) -> bool:
        """Return whether a plain file with these bytes stands where a result goes."""
        *parents, name = target.path.split("/")
        with contextlib.suppress(OSError, OutputError), entered(self.folder, parents, mode=None) as folder:
            return sha256 is not None and folder.digest(name) == sha256
        return False

    def remember(self, target: Target, record: Record) -> None:
        """Keep what becomes of a file, so that a run that is cut off need not do it again; no harm if it cannot."""
        with contextlib.suppress(OutputError):
            self._temporary.journal.add(record)

    def is_inside(self, path: str) -> bool:
        """Return whether a file lies in the output folder, and so is a result or none of the run's business."""
        real = os.path.realpath(path)
        return real == self._real or real.startswith(posixpath.join(self._real, ""))

    def problem_of(self, target: Target) -> Problem | None:
        """Return None: whatever a source is, its result is another file."""
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
        """Return where the result stands once it is published."""
        return posixpath.join(self.folder, target.path)

    def publish(self, temporary: str, target: Target, *, may_replace: bool) -> PublishedState:
        """Move a finished file, written by `write_durably`, to its place below the folder.

        Raises:
            TargetExistsError: if another file stands there that must not be replaced.
            OutputError: if a link or a file stands where a folder is needed, or the system refuses.
        """
        *parents, name = target.path.split("/")
        with told_failures():
            os.chmod(temporary, self._mode)
            with entered(self.folder, parents) as folder:
                state = install(temporary, folder, name, may_replace=may_replace)
        self._temporary.discard(temporary)
        return state


def is_any_inside(paths: Iterable[str], folder: str) -> bool:
    """Return whether one of the paths is the folder or lies inside it, under whatever names they are known."""
    real = os.path.realpath(folder)
    identity = _identity(real)
    steps: set[str] = set()
    for path in paths:
        step = os.path.realpath(path)
        while step not in steps:
            steps.add(step)
            step = posixpath.dirname(step)
    # Names alone do not tell on file systems without case, nor where one is mounted twice.
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

"""The folder of unfinished files: private, locked against a second run, swept of what an earlier one left."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING, Self

from idscan.core.errors import OutputError
from idscan.redact.durable import PRIVATE_FOLDER_MODE, PRIVATE_MODE, told_failures
from idscan.redact.journal import Journal, LostRecordsError
from idscan.redact.targets import TEMPORARY_FOLDER

if TYPE_CHECKING:
    from collections.abc import Container

    from idscan.redact.journal import Record

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
        path = os.path.join(parent, TEMPORARY_FOLDER)  # noqa: PTH118  undecodable bytes
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
        return os.path.lexists(os.path.join(parent, TEMPORARY_FOLDER, _JOURNAL))  # noqa: PTH118  undecodable bytes

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
            os.unlink(self._journal_path)  # noqa: PTH108  undecodable bytes

    def new_file(self) -> str:
        """Make an empty file that only its owner may read, under a random name without a suffix.

        Raises:
            OutputError: if it cannot be made.
        """
        name = secrets.token_hex(_NAME_BYTES)
        path = os.path.join(self.path, name)  # noqa: PTH118  undecodable bytes
        with told_failures(os.path.dirname(self.path)):  # noqa: PTH120  undecodable bytes
            os.close(os.open(path, _NEW, PRIVATE_MODE))
        self._files.add(path)
        return path

    def discard(self, path: str) -> None:
        """Remove a file, if it is still there."""
        self._files.discard(path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108  undecodable bytes

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
                os.unlink(os.path.join(self.path, _LOCK))  # noqa: PTH108, PTH118  undecodable bytes
                os.rmdir(self.path)  # noqa: PTH106  likewise
        os.close(self._lock)

    @property
    def _journal_path(self) -> str:
        return os.path.join(self.path, _JOURNAL)  # noqa: PTH118  undecodable bytes

    def _holds_journal(self) -> bool:
        return os.path.lexists(self._journal_path)

    def _sweep(self, *, keep: Container[str]) -> None:
        with os.scandir(self.path) as entries:
            for entry in entries:
                # Folders are not among what a run leaves, so nobody's are removed.
                if entry.name not in keep and not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)  # noqa: PTH108  undecodable bytes


def _make(path: str) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, PRIVATE_FOLDER_MODE)  # noqa: PTH102  undecodable bytes
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return  # the next try makes it again
    is_ours = stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())
    if not is_ours:
        message = (
            f"{TEMPORARY_FOLDER} in the output folder is not a folder of yours; remove it or choose another output"
        )
        raise OutputError(message)
    if stat.S_IMODE(status.st_mode) != PRIVATE_FOLDER_MODE:
        os.chmod(path, PRIVATE_FOLDER_MODE)  # noqa: PTH101  undecodable bytes


def _take(path: str) -> int | None:
    """Return the descriptor of the lock, which the system frees when the process ends; None to try again.

    Raises:
        OutputError: if another run holds it.
    """
    lock_path = os.path.join(path, _LOCK)  # noqa: PTH118  undecodable bytes
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
        import fcntl  # noqa: PLC0415  Windows has none
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
        os.close(os.open(os.path.join(path, _EXCLUSIVE_LOCK), _NEW, PRIVATE_MODE))  # noqa: PTH118  undecodable bytes
    except FileExistsError:
        left = f"{TEMPORARY_FOLDER}/{_EXCLUSIVE_LOCK}"
        message = f"another run works in the output folder, or was killed there: then remove the file {left} in it"
        raise InUseError(message) from None
    return lock


def _in_use() -> InUseError:
    return InUseError("another run of idscan works in the output folder; wait for its end or choose another")

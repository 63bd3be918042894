"""The output folder of a run: what is unfinished stands apart, what is published is whole."""

from __future__ import annotations

import contextlib
import os
import posixpath
from typing import TYPE_CHECKING, Protocol, Self

from idscan.core.errors import OutputError, UsageError
from idscan.redact.durable import FOLDER_MODE, PublishedState, entered, install, told_failures
from idscan.redact.temporary import TemporaryFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from idscan.core.results import Problem
    from idscan.redact.journal import Record
    from idscan.redact.targets import Target

_PUBLISHED_MODE = 0o644


class Place(Protocol):
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
            message = "the output folder is or holds what is to be redacted; choose another one"
            raise UsageError(message)
        with told_failures(folder):
            os.makedirs(folder, FOLDER_MODE, exist_ok=True)  # noqa: PTH103  undecodable bytes
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

    def remember(self, target: Target, record: Record) -> None:  # noqa: ARG002  in place it matters
        """Keep what becomes of a file, so that a run that is cut off need not do it again; no harm if it cannot."""
        with contextlib.suppress(OutputError):
            self._temporary.journal.add(record)

    def is_inside(self, path: str) -> bool:
        """Return whether a file lies in the output folder, and so is a result or none of the run's business."""
        real = os.path.realpath(path)
        return real == self._real or real.startswith(posixpath.join(self._real, ""))

    def problem_of(self, target: Target) -> Problem | None:  # noqa: ARG002  in place it matters
        """Return None: whatever a source is, its result is another file."""
        return None

    def new_file(self, target: Target | None = None) -> str:  # noqa: ARG002  in place it matters
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
            os.chmod(temporary, self._mode)  # noqa: PTH101  undecodable bytes
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
        status = os.stat(path)  # noqa: PTH116  undecodable bytes
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


def current_umask() -> int:
    """Return the mode bits that this process takes from every file it makes."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

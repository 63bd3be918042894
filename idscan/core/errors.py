"""Errors that end a run, each with the exit code of the command line."""

from __future__ import annotations

import traceback
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from idscan.core.messages import Message, message

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


class ExitCode(IntEnum):
    """Exit codes of the command line (a stable contract)."""

    CLEAN = 0
    EXPOSED = 1
    USAGE = 2
    ENGINE_MISSING = 3
    UNREADABLE_INPUT = 4
    CANNOT_WRITE = 5
    STILL_LEAKS = 6
    BUG = 70
    INTERRUPTED = 130


class IdscanError(Exception):
    """Base of all errors that idscan raises on purpose; its text never holds a value that was read."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    @property
    def message(self) -> Message:
        """The text, with its key and parameters where it is not in the user's language yet."""
        text = self.args[0] if self.args else ""
        return text if isinstance(text, Message) else Message(text)


class UsageError(IdscanError):
    """The arguments make no sense."""

    exit_code = ExitCode.USAGE


class EngineMissingError(IdscanError):
    """An engine that the run needs is not installed."""

    exit_code = ExitCode.ENGINE_MISSING

    def __init__(self, engine: str, remedy: str) -> None:
        """Name the engine and the command that installs it."""
        super().__init__(message("engine_missing", engine=engine, remedy=remedy))
        self.engine = engine
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[EngineMissingError], tuple[str, str]]:
        return (type(self), (self.engine, self.remedy))


class OutputError(IdscanError):
    """The report or an image cannot be written, or would overwrite something."""

    exit_code = ExitCode.CANNOT_WRITE


class UnwritableError(OutputError):
    """The system refuses to write at a place that the user named.

    The path is kept apart from the message, which never holds one: a name may be a person's number.
    """

    def __init__(self, text: str, *, path: str, reason: str) -> None:
        """Keep the path and the reason of the system for callers that can show them safely."""
        super().__init__(text)
        self.path = path
        self.reason = reason


class NothingToScanError(UsageError):
    """None of the given paths exists.

    The paths are kept apart from the message, which never holds one: a name may be a person's number.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        """Keep the paths for callers that can show them safely."""
        super().__init__(message("no_path_exists" if paths else "no_path"))
        self.paths = tuple(paths)


def places_of(error: BaseException) -> list[str]:
    """Return "file:line in function" for each frame of an exception, the innermost last."""
    # Neither source lines nor local variables are looked up.
    frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)
    return [f"{_shown(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]


def _shown(filename: str) -> str:
    """Return a source file as seen from the package's folder, or its bare name: folders may hold a user's name."""
    file = Path(filename)
    return file.relative_to(_PACKAGE_PARENT).as_posix() if file.is_relative_to(_PACKAGE_PARENT) else file.name

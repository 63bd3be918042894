"""What may be told of an unforeseen exception: its type and places, never its text, which may hold what was read."""

from __future__ import annotations

import traceback
from pathlib import Path

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


def places_of(error: BaseException) -> list[str]:
    """Return "file:line in function" for each frame of an exception, the innermost last."""
    return [f"{_shown(frame.filename)}:{frame.lineno} in {frame.name}" for frame in _frames(error)]


def _frames(error: BaseException) -> traceback.StackSummary:
    # Neither source lines nor local variables are looked up.
    return traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)


def _shown(filename: str) -> str:
    """Return a source file as seen from the package's folder, or its bare name: folders may hold a user's name."""
    file = Path(filename)
    return file.relative_to(_PACKAGE_PARENT).as_posix() if file.is_relative_to(_PACKAGE_PARENT) else file.name

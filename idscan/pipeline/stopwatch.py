"""CPU seconds per stage of a scan, without waiting: each moment counts for the innermost stage it belongs to."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Stopwatch:
    """CPU seconds spent per stage, those of a stage inside another not counted for the outer one.

    Attributes:
        seconds: by name of the stage.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _since: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a stage; `stage` of this module does so as well, wherever it is called."""
        token = _running.set(self)
        self._turn_over()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn_over()
            self._open.pop()
            _running.reset(token)

    def _turn_over(self) -> None:
        now = _cpu_seconds()
        if self._open:
            self.seconds[self._open[-1]] = self.seconds.get(self._open[-1], 0.0) + now - self._since
        self._since = now


def _cpu_seconds() -> float:
    """Return the CPU seconds of this process on all of its threads, and of the programs that it ran to their end.

    Tesseract is one of these.
    """
    if sys.platform == "win32":
        return time.process_time()
    helpers = os.times()
    return time.process_time() + helpers.children_user + helpers.children_system


# Steps deep inside the cascade are timed without a watch in the signature of everything above them.
_running: ContextVar[Stopwatch | None] = ContextVar("running stopwatch", default=None)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the time spent inside to a stage of the watch that runs, if one does."""
    watch = _running.get()
    if watch is None:
        yield
        return
    with watch.stage(name):
        yield

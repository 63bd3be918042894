"""The progress bar: on stderr, on a terminal only."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from idscan.report.i18n import _
from idscan.run.executors import limit_threads
from idscan.run.scan import scan
from idscan.run.silence import silenced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.results import ScanResult
    from idscan.core.settings import Settings
    from idscan.run.scan import Progress

_REFRESHES_PER_SECOND = 5

_RATE_SECONDS = 600.0
"""Of the last so many seconds is the rate: long enough for images that take a minute each to have one."""

_SECONDS_PER_MINUTE = 60.0


def redact_stages() -> tuple[str, str]:
    """Return what `redact` does, pass for pass."""
    return _("Reading pictures"), _("Hiding and checking")


def verify_stages() -> tuple[str, str]:
    """Return what `verify` does, pass for pass."""
    return _("Reading pictures"), _("Trying to undo what hides")


def run_with_progress(paths: Sequence[str], settings: Settings, jobs: int | None) -> ScanResult:
    """Scan with a bar."""
    with progress_bar([_("Reading pictures")]) as progress:
        return scan(paths, settings, jobs=jobs, progress=progress)


@contextmanager
def progress_bar(stages: Sequence[str]) -> Iterator[Progress | None]:
    """Give a function to call with (done, total), or None without a terminal.

    Nothing that an engine prints meanwhile reaches the report or the terminal.

    Args:
        stages: what is said of each pass over the pictures; the last one stays for any further pass.
    """
    limit_threads()
    with ExitStack() as stack:
        progress = _open_bar(stack, stages) if sys.stderr.isatty() else None
        stack.enter_context(silenced())
        yield progress


class Passes:
    """Tells which pass over the pictures is running: a count that falls begins the next one."""

    def __init__(self) -> None:
        """Begin with the first pass."""
        self.current = 0
        self._last: tuple[int, int | None] = (0, None)

    def notice(self, done: int, total: int | None) -> bool:
        """Take one report of progress; return whether it begins a further pass."""
        last_done, last_total = self._last
        self._last = (done, total)
        begins = last_total is not None and (done < last_done or total != last_total)
        self.current += begins
        return begins


def rate_words(speed: float) -> str:
    """Return a rate in the unit in which it is a number to read: images a second, or those of slow runs a minute.

    >>> rate_words(2.5)
    '2.5 per second'
    >>> rate_words(0.05)
    '3.0 per minute'
    """
    if speed >= 1:
        return _("{rate} per second").format(rate=f"{speed:.1f}")
    return _("{rate} per minute").format(rate=f"{_SECONDS_PER_MINUTE * speed:.1f}")


def _open_bar(stack: ExitStack, stages: Sequence[str]) -> Progress:
    """Show a bar with rate and time left on the terminal behind stderr until the stack closes."""
    from rich.console import Console  # noqa: PLC0415  only where there is a terminal
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    # The bar keeps a way to the terminal of its own while stderr is silenced.
    encoding = sys.stderr.encoding
    own = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding=encoding, errors="replace")
    terminal = stack.enter_context(own)
    bar = stack.enter_context(
        Progress(
            SpinnerColumn("dots" if encoding.lower().startswith("utf") else "line"),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(file=terminal),
            refresh_per_second=_REFRESHES_PER_SECOND,
            speed_estimate_period=_RATE_SECONDS,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
    )
    looking = _("Looking for pictures")
    task = bar.add_task(looking, total=None, count="", rate="")
    passes = Passes()

    def update(done: int, total: int | None) -> None:
        if passes.notice(done, total):
            bar.reset(task)
        bar.update(
            task,
            completed=done,
            total=total,
            description=looking if total is None else stages[min(passes.current, len(stages) - 1)],
            count="" if total is None else f"{done}/{total}",
        )
        speed = bar.tasks[task].speed
        bar.update(task, rate=rate_words(speed) if speed else "")

    return update

"""Progress bar on a terminal, and the timing table of `--stats`."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.report.messages import _, ngettext
from idscan.run.jobs import LOG_LEVEL_VARIABLE, limit_threads, quiet_stdio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.types import ScanResult
    from idscan.run.scan import Progress

_REFRESHES_PER_SECOND = 5
"""Per second. Lower: the display stutters; higher: drawing it takes time from the scan."""
_RATE_SECONDS = 600.0
"""Of the last so many seconds is the rate: long enough for images that take a minute each to have one."""
_SECONDS_PER_MINUTE = 60.0
"""Images per second become images per minute."""


@contextmanager
def progress_bar(stages: Sequence[str]) -> Iterator[Progress | None]:
    """Give a function to call with (done, total), or None without a terminal; the last stage stays for further passes.

    Nothing that an engine prints meanwhile reaches the report or the terminal.
    """
    limit_threads()
    with ExitStack() as stack:
        progress = _open_bar(stack, stages) if sys.stderr.isatty() and LOG_LEVEL_VARIABLE not in os.environ else None
        stack.enter_context(quiet_stdio())
        yield progress


class Passes:
    """Count the passes over the images: a count that falls begins the next one."""

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
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

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


def _cpu_seconds_of_run() -> float:
    """Return the CPU seconds of this process and of its workers and helpers, as far as these have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@dataclass(frozen=True, slots=True)
class Clock:
    """Begins to run when it is made.

    Attributes:
        cpu: CPU seconds that were spent before.
        start: moment on a monotonic clock.
    """

    cpu: float = field(default_factory=_cpu_seconds_of_run)
    start: float = field(default_factory=time.monotonic)

    @property
    def cpu_spent(self) -> float:
        """CPU seconds since, on all cores and in all workers together."""
        return _cpu_seconds_of_run() - self.cpu

    @property
    def elapsed(self) -> float:
        """Seconds on the clock since."""
        return time.monotonic() - self.start


def statistics(result: ScanResult, clock: Clock, rest: str | None = None) -> list[str]:
    """Return for each stage of reading its CPU seconds, share, mean over all images, and how many it saw; then totals.

    `rest` is what the command does besides reading images; None for nothing.
    """
    seconds: dict[str, float] = defaultdict(float)
    reached: dict[str, int] = defaultdict(int)
    for image in result.images:
        for stage, spent in image.stage_seconds:
            seconds[stage] += spent
            reached[stage] += 1
    count = max(1, len(result.images))
    total = sum(seconds.values())
    heading = _("CPU seconds of reading, by stage: in all, share, mean of an image, images that came to it")
    lines = [heading] if seconds else []
    for stage in sorted(seconds, key=lambda stage: -seconds[stage]):
        spent = seconds[stage]
        share = spent / total if total else 0.0
        images = ngettext("{count} image", "{count} images", reached[stage]).format(count=reached[stage])
        lines.append(f"{stage:<16}{spent:10.2f} s{share:7.1%}{1000 * spent / count:9.1f} ms  {images}")
    cpu, elapsed = max(clock.cpu_spent, total), clock.elapsed
    besides = rest or _("start, loading of engines and the report")
    return [
        *lines,
        _("CPU time of reading: {seconds:.2f} s, {mean:.3f} s an image").format(seconds=total, mean=total / count),
        _("CPU time besides: {seconds:.2f} s ({what})").format(seconds=cpu - total, what=besides),
        _("CPU time of the run, with all workers: {seconds:.2f} s").format(seconds=cpu),
        _("Time on the clock: {seconds:.2f} s").format(seconds=elapsed),
    ]

"""Where the time of a run went: CPU seconds of each stage, all CPU seconds, and the time on the clock."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.report.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.results import ScanResult


def _cpu_seconds() -> float:
    """Return the CPU seconds of this process and of its workers and helpers, as far as these have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@dataclass(frozen=True, slots=True)
class Clock:
    """Begins to run when it is made.

    Attributes:
        cpu: CPU seconds that were spent before.
        start: moment on a clock that nobody sets.
    """

    cpu: float = field(default_factory=_cpu_seconds)
    start: float = field(default_factory=time.monotonic)

    @property
    def cpu_spent(self) -> float:
        """CPU seconds since, on all cores and in all workers together."""
        return _cpu_seconds() - self.cpu

    @property
    def elapsed(self) -> float:
        """Seconds on the clock since."""
        return time.monotonic() - self.start


def statistics(result: ScanResult, clock: Clock, rest: str | None = None) -> list[str]:
    """Return for each stage of reading its CPU seconds, share, mean over all images, and how many it saw; then totals.

    Args:
        result: a scan, or that of a redaction or verification.
        clock: which ran with the command.
        rest: what the command does besides reading images; None for nothing.
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
    return [*lines, *_totals(total, count, cpu, elapsed, rest)]


def _totals(reading: float, count: int, cpu: float, elapsed: float, rest: str | None) -> Sequence[str]:
    besides = rest or _("start, loading of engines and the report")
    return (
        _("CPU time of reading: {seconds:.2f} s, {mean:.3f} s an image").format(seconds=reading, mean=reading / count),
        _("CPU time besides: {seconds:.2f} s ({what})").format(seconds=cpu - reading, what=besides),
        _("CPU time of the run, with all workers: {seconds:.2f} s").format(seconds=cpu),
        _("Time on the clock: {seconds:.2f} s").format(seconds=elapsed),
    )

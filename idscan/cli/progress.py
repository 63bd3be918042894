"""The progress bar: on stderr, on a terminal only."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from idscan.report.i18n import _
from idscan.run.executors import limit_threads
from idscan.run.scan import scan
from idscan.run.silence import silenced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.results import ScanResult
    from idscan.core.settings import Settings
    from idscan.run.scan import Progress

_REFRESHES_PER_SECOND = 5


def run_with_progress(paths: Sequence[str], settings: Settings, jobs: int | None) -> ScanResult:
    """Scan; nothing that an engine prints meanwhile reaches the report or the terminal."""
    limit_threads()
    with ExitStack() as stack:
        progress = _open_bar(stack) if sys.stderr.isatty() else None
        stack.enter_context(silenced())
        return scan(paths, settings, jobs=jobs, progress=progress)


def _open_bar(stack: ExitStack) -> Progress:
    """Show a bar with rate and time left on the terminal behind stderr until the stack closes."""
    from rich.console import Console  # noqa: PLC0415  only where there is a terminal
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    # The bar keeps a way to the terminal of its own while stderr is silenced.
    terminal = stack.enter_context(os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding=sys.stderr.encoding))
    bar = stack.enter_context(
        Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(file=terminal),
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
    )
    task = bar.add_task(_("Looking for pictures"), total=None, count="", rate="")

    def update(done: int, total: int | None) -> None:
        speed = bar.tasks[task].speed
        bar.update(
            task,
            completed=done,
            total=total,
            description=_("Looking for pictures") if total is None else _("Reading pictures"),
            count="" if total is None else f"{done}/{total}",
            rate=_("{rate} per second").format(rate=f"{speed:.1f}") if speed else "",
        )

    return update

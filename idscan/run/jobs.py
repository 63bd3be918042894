"""Run tasks on an executor: a bounded window in flight, no image lost when a worker dies."""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from idscan.core.errors import places_of
from idscan.core.messages import Message, message
from idscan.core.types import FileInfo, ImageRef, ImageResult, Problem
from idscan.run.executors import abandon, open_executor, open_isolated_executor, with_log

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from idscan.core.settings import Settings
    from idscan.run.executors import LogLine

    ScanFunction: TypeAlias = Callable[[ImageRef, Settings], ImageResult]


T = TypeVar("T")
R = TypeVar("R")

WINDOW_PER_WORKER = 4
"""Tasks in flight per worker. With fewer, workers wait for the parent; with more, tasks and results fill the memory."""

BUG = "internal_error"
"""Kind of the problem of an image whose scan raised an exception."""

WORKER_DIED = "worker_died"
"""Kind of the problem of an image whose worker process ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Executors that tasks run on.

    Attributes:
        open_pool: returns an executor for a number of workers.
        open_isolated: returns an executor for one image that may end its process.
    """

    open_pool: Callable[[int], Executor] = open_executor
    open_isolated: Callable[[], Executor] = open_isolated_executor


def safely(work: Callable[[T], R], failed: Callable[[T, str, Message], R], item: T) -> R:
    """Call a function; an exception becomes the result that `failed` makes of (item, kind, message).

    The text of an unexpected exception may contain what was read, so only its type and place are kept.
    """
    try:
        return work(item)
    except MemoryError:
        return failed(item, "out_of_memory", message("out_of_memory"))
    except Exception as error:  # noqa: BLE001  one image must not end the run; the exit code still says "bug"
        place = places_of(error)[-1]
        return failed(item, BUG, message("internal_error", kind=type(error).__name__, place=place))


def scan_safely(scan_image: ScanFunction, settings: Settings, ref: ImageRef) -> ImageResult:
    """Call a scan function; an exception becomes a problem of this image, without the text of the exception."""
    result = safely(partial(_call_with, scan_image, settings), failed_scan, ref)
    if not isinstance(result, ImageResult) or result.ref != ref:
        return failed_scan(ref, BUG, message("foreign_result"))
    return result


def _call_with(scan_image: ScanFunction, settings: Settings, ref: ImageRef) -> ImageResult:
    return scan_image(ref, settings)


def failed_scan(ref: ImageRef, kind: str, text: Message) -> ImageResult:
    """Return the result of an image whose scan failed."""
    return ImageResult(ref=ref, info=FileInfo(), problems=(Problem("run", kind, text),))


def run_jobs(
    refs: Iterable[ImageRef], scan_image: ScanFunction, settings: Settings, *, workers: int, backend: Backend
) -> Generator[ImageResult, None, None]:
    """Scan images and yield their results as they complete, in any order; see `run_tasks`."""
    return run_tasks(refs, partial(scan_safely, scan_image, settings), failed_scan, workers=workers, backend=backend)


def run_tasks(
    items: Iterable[T],
    task: Callable[[T], R],
    failed: Callable[[T, str, Message], R],
    *,
    workers: int,
    backend: Backend,
) -> Generator[R, None, None]:
    """Run a task on each item and yield the results as they complete, in any order.

    When a worker dies, the items in flight are tried again, each alone in a new process; an item that ends its process
    again yields the result of `failed`, and the run continues with a new pool.

    Args:
        items: arguments of the task.
        task: importable by name, as it is sent to worker processes, and raising nothing (see `safely`).
        failed: makes the result of (item, kind, message).
        workers: processes.
        backend: where they run.
    """
    waiting = deque(items)
    while waiting:
        suspects: list[T] = []
        before = len(waiting)
        with _opened(backend.open_pool(workers)) as executor:
            yield from _run_window(executor, task, waiting, suspects, window=WINDOW_PER_WORKER * workers)
        if len(waiting) == before:
            # A pool that breaks at once accepts no item; alone, each item is still tried.
            suspects.append(waiting.popleft())
        for item in suspects:
            yield _run_alone(backend, task, failed, item)


def _run_window(
    executor: Executor, task: Callable[[T], R], waiting: deque[T], suspects: list[T], *, window: int
) -> Generator[R, None, None]:
    """Run tasks until none is waiting or the executor breaks; items in flight then are added to `suspects`."""
    in_flight: dict[Future[tuple[R, tuple[LogLine, ...]]], T] = {}
    is_broken = False
    while in_flight or (waiting and not is_broken):
        while waiting and len(in_flight) < window and not is_broken:
            try:
                in_flight[executor.submit(with_log, task, waiting[0])] = waiting[0]
            except BrokenExecutor:
                is_broken = True
            else:
                waiting.popleft()
        done, _ = wait(in_flight, return_when=FIRST_COMPLETED)
        for future in done:
            item = in_flight.pop(future)
            try:
                yield _logged(*future.result())
            except BrokenExecutor:
                is_broken = True
                suspects.append(item)


def _run_alone(backend: Backend, task: Callable[[T], R], failed: Callable[[T, str, Message], R], item: T) -> R:
    with _opened(backend.open_isolated()) as executor:
        try:
            return _logged(*executor.submit(with_log, task, item).result())
        except BrokenExecutor:
            return failed(item, WORKER_DIED, message("worker_died"))


def _logged(result: R, lines: Iterable[LogLine]) -> R:
    for name, level, text in lines:
        logging.getLogger(name).log(level, "%s", text)
    return result


@contextmanager
def _opened(executor: Executor) -> Iterator[Executor]:
    """Close an executor at the end; on Ctrl-C or any error, stop without waiting for its tasks."""
    try:
        yield executor
    except BaseException:
        abandon(executor)
        raise
    executor.shutdown()

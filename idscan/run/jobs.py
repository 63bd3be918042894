"""Many tasks through an executor: a bounded window in flight, and no picture lost with a dying worker."""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from idscan.core.results import FileInfo, ImageRef, ImageResult, Problem
from idscan.run.bugs import places_of
from idscan.run.executors import abandon, open_executor, open_isolated_executor

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from idscan.core.settings import Settings

    ScanFunction: TypeAlias = Callable[[ImageRef, Settings], ImageResult]
    Task: TypeAlias = Callable[[ImageRef], ImageResult]

WINDOW_PER_WORKER = 4
"""Tasks in flight per worker: enough that none waits for the parent, few enough that memory stays flat."""

BUG = "internal_error"
"""Kind of the problem that stands for an exception in a scan function."""

WORKER_DIED = "worker_died"
"""Kind of the problem that stands for a picture whose worker process ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Where tasks run.

    Attributes:
        open_pool: returns an executor for a number of workers.
        open_isolated: returns an executor for one picture that may end its process.
    """

    open_pool: Callable[[int], Executor] = open_executor
    open_isolated: Callable[[], Executor] = open_isolated_executor


def scan_safely(scan_image: ScanFunction, settings: Settings, ref: ImageRef) -> ImageResult:
    """Call a scan function; an exception becomes a problem of this picture, without its text.

    The text of an exception nobody foresaw may hold what was read, so only its type and place are kept.
    """
    try:
        result = scan_image(ref, settings)
    except MemoryError:
        return _failed(ref, "out_of_memory", "there was not enough memory; try fewer --jobs or a lower --max-pixels")
    except Exception as error:  # noqa: BLE001  one picture must not end the run; the exit code still says "bug"
        place = places_of(error)[-1]
        return _failed(ref, BUG, f"idscan has a bug: {type(error).__name__} at {place}; please report it")
    if not isinstance(result, ImageResult) or result.ref != ref:
        return _failed(ref, BUG, "idscan has a bug: the result is not one of this picture; please report it")
    return result


def run_jobs(
    refs: Iterable[ImageRef], scan_image: ScanFunction, settings: Settings, *, workers: int, backend: Backend
) -> Generator[ImageResult, None, None]:
    """Scan pictures and yield their results as they complete, in any order.

    When a worker dies, the pictures in flight are tried again, each alone in a fresh process; the one that ends it
    once more yields a problem of kind `worker_died`, and the run goes on with a new pool.
    """
    task = partial(scan_safely, scan_image, settings)
    waiting = deque(refs)
    while waiting:
        suspects: list[ImageRef] = []
        before = len(waiting)
        with _opened(backend.open_pool(workers)) as executor:
            yield from _run_window(executor, task, waiting, suspects, window=WINDOW_PER_WORKER * workers)
        if len(waiting) == before:
            # A pool that breaks at once takes nothing; one picture at a time still gets on.
            suspects.append(waiting.popleft())
        for ref in suspects:
            yield _run_alone(backend, task, ref)


def _run_window(
    executor: Executor, task: Task, waiting: deque[ImageRef], suspects: list[ImageRef], *, window: int
) -> Generator[ImageResult, None, None]:
    """Run tasks until none is waiting or the executor breaks; those it broke on are added to `suspects`."""
    in_flight: dict[Future[ImageResult], ImageRef] = {}
    is_broken = False
    while in_flight or (waiting and not is_broken):
        while waiting and len(in_flight) < window and not is_broken:
            try:
                in_flight[executor.submit(task, waiting[0])] = waiting[0]
            except BrokenExecutor:
                is_broken = True
            else:
                waiting.popleft()
        done, _ = wait(in_flight, return_when=FIRST_COMPLETED)
        for future in done:
            ref = in_flight.pop(future)
            try:
                yield future.result()
            except BrokenExecutor:
                is_broken = True
                suspects.append(ref)


def _run_alone(backend: Backend, task: Task, ref: ImageRef) -> ImageResult:
    with _opened(backend.open_isolated()) as executor:
        try:
            return executor.submit(task, ref).result()
        except BrokenExecutor:
            return _failed(ref, WORKER_DIED, "the process that read this picture ended unexpectedly")


@contextmanager
def _opened(executor: Executor) -> Iterator[Executor]:
    """Close an executor at the end; leave at once, without waiting for its tasks, on Ctrl-C or any error."""
    try:
        yield executor
    except BaseException:
        abandon(executor)
        raise
    executor.shutdown()


def _failed(ref: ImageRef, kind: str, message: str) -> ImageResult:
    return ImageResult(ref=ref, info=FileInfo(), problems=(Problem("run", kind, message),))

"""Run tasks in this process or on spawned workers that print nothing; no image is lost when a worker dies."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeAlias, TypeVar

from idscan.core.errors import places_of
from idscan.core.messages import Message, message
from idscan.core.types import FileInfo, ImageRef, ImageResult, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from idscan.core.settings import Settings

    ScanFunction: TypeAlias = Callable[[ImageRef, Settings], ImageResult]

_STDOUT, _STDERR = 1, 2
"""File descriptors (POSIX)."""


def quiet_process() -> None:
    """Discard all further output of this process, that of C libraries included."""
    null = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (_STDOUT, _STDERR):
        os.dup2(null, descriptor)
    os.close(null)


@contextlib.contextmanager
def quiet_stdio() -> Iterator[None]:
    """Discard the output of this process inside the block.

    Both the descriptors, which C libraries write to, and `sys.stdout` and `sys.stderr`, which may be other streams in a
    test or a notebook, are redirected to the null device.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(descriptor, os.dup(descriptor)) for descriptor in (_STDOUT, _STDERR)]
    try:
        quiet_process()
        with (
            open(os.devnull, "w", encoding="utf-8") as null,  # noqa: PTH123  a device, not a file
            contextlib.redirect_stdout(null),
            contextlib.redirect_stderr(null),
        ):
            yield
    finally:
        for descriptor, copy in kept:
            os.dup2(copy, descriptor)
            os.close(copy)


_P = ParamSpec("_P")
_T = TypeVar("_T")
_Item = TypeVar("_Item")

LOG_LEVEL_VARIABLE = "IDSCAN_LOG_LEVEL"
"""Environment variable with the level at which stages log; workers inherit it."""
LogLine: TypeAlias = tuple[str, int, str]
"""Name of the logger, level and text of a log line."""


def log_to_stderr(level: int) -> None:
    """Log what the stages do to stderr, that of workers included, also where `quiet_stdio` silences this process."""
    os.environ[LOG_LEVEL_VARIABLE] = str(level)
    handler = logging.StreamHandler(os.fdopen(os.dup(_STDERR), "w", encoding="utf-8"))
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logger = logging.getLogger("idscan")
    logger.setLevel(level)
    logger.handlers = [handler]


class _LogCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[LogLine] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.name, record.levelno, record.getMessage()))


def with_log(task: Callable[[_Item], _T], item: _Item) -> tuple[_T, tuple[LogLine, ...]]:
    """Run a task and return its result with what it logged, so that the lines of one image stay together."""
    level = os.environ.get(LOG_LEVEL_VARIABLE)
    if level is None or not level.isdigit():  # somebody else's variable must not end a run
        return task(item), ()
    logger, collector = logging.getLogger("idscan"), _LogCollector()
    logger.setLevel(int(level))
    kept, logger.handlers = logger.handlers, [collector]
    try:
        return task(item), tuple(collector.lines)
    finally:
        logger.handlers = kept


ONE_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
"""Environment variables from which the engines and their libraries take their number of threads when they load."""


def limit_threads() -> None:
    """Limit every library of this process to one thread, as a run scales by its number of workers.

    Applies to libraries that load later, and to OpenCV also if it is loaded already.
    """
    for variable in ONE_THREAD_VARIABLES:
        os.environ[variable] = "1"
    opencv = sys.modules.get("cv2")
    if opencv is not None:
        opencv.setNumThreads(1)


_PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>: option that sets the signal which a process gets when its parent ends."""


def prepare_worker() -> None:
    """Set up a worker process, before it loads any engine.

    Ctrl-C is sent to the whole process group; only the parent handles it. Output of a library in a worker must go
    neither into the report nor to the terminal, as it may contain text that was read.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    _forbid_core_dumps()
    limit_threads()
    quiet_process()


def _end_with_parent() -> None:
    """End this worker when its parent ends, also if the parent is killed.

    Linux kills the worker at once. Elsewhere a thread waits for the end of the parent: a worker that waits for tasks
    gets no end of file, as its siblings hold the other ends of its pipes.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return  # this process is no worker
    threading.Thread(target=_leave_after, args=(parent.join,), name="end with parent", daemon=True).start()
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _leave_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)  # without cleanup: no process is left that would read a result


def _forbid_core_dumps() -> None:
    """Disable core dumps of a worker: they would contain images and what was read from them."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class SerialExecutor(Executor):
    """Executor that runs each task at once, in this process."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run the task and return a future that is done."""
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  a future holds whatever its task raised
            future.set_exception(error)
        return future


class LocalPool(ProcessPoolExecutor):
    """Spawned workers on this machine: a fork would inherit locks that threads of the parent hold."""

    def __init__(self, workers: int) -> None:
        """Prepare a pool; workers start with the first tasks."""
        context = multiprocessing.get_context("spawn")
        super().__init__(max_workers=workers, mp_context=context, initializer=prepare_worker)

    def kill(self) -> None:
        """Kill the workers."""
        for worker in list((self._processes or {}).values()):
            worker.kill()


def open_executor(workers: int) -> Executor:
    """Return the executor for a number of workers: this process for one, spawned ones for more."""
    return SerialExecutor() if workers == 1 else LocalPool(workers)


def abandon(executor: Executor) -> None:
    """Stop an executor without waiting for the tasks in flight."""
    if isinstance(executor, LocalPool):
        executor.kill()
    # While the thread of a killed pool closes its pipe, the shutdown of the interpreter could write there and fail.
    executor.shutdown(wait=isinstance(executor, LocalPool), cancel_futures=True)


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
        open_isolated: returns an executor for one image that may crash its process.
    """

    open_pool: Callable[[int], Executor] = open_executor
    open_isolated: Callable[[], Executor] = lambda: LocalPool(1)


def safely(work: Callable[[T], R], failed: Callable[[T, str, Message], R], item: T) -> R:
    """Call a function; an exception becomes the result that `failed` makes of (item, kind, message).

    The text of an unexpected exception may contain what was read, so only its type and place are kept.
    """
    try:
        return work(item)
    except MemoryError:
        return failed(item, "out_of_memory", message("out_of_memory"))
    except Exception as error:  # noqa: BLE001  one image must not end the run; the exit code still means a bug
        place = places_of(error)[-1]
        return failed(item, BUG, message("internal_error", kind=type(error).__name__, place=place))


def scan_safely(scan_image: ScanFunction, settings: Settings, ref: ImageRef) -> ImageResult:
    """Call a scan function; an exception becomes a problem of this image, without the text of the exception."""
    result = safely(lambda ref: scan_image(ref, settings), failed_scan, ref)
    if not isinstance(result, ImageResult) or result.ref != ref:
        return failed_scan(ref, BUG, message("foreign_result"))
    return result


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
    again yields the result that `failed` makes of (item, kind, message), and the run continues with a new pool. The
    task is importable by name, as it is sent to worker processes, and raises nothing (see `safely`).
    """
    waiting = deque(items)
    while waiting:
        suspects: list[T] = []
        before = len(waiting)
        with _closing_executor(backend.open_pool(workers)) as executor:
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
    with _closing_executor(backend.open_isolated()) as executor:
        try:
            return _logged(*executor.submit(with_log, task, item).result())
        except BrokenExecutor:
            return failed(item, WORKER_DIED, message("worker_died"))


def _logged(result: R, lines: Iterable[LogLine]) -> R:
    for name, level, text in lines:
        logging.getLogger(name).log(level, "%s", text)
    return result


@contextmanager
def _closing_executor(executor: Executor) -> Iterator[Executor]:
    """Close an executor at the end; on Ctrl-C or any error, stop without waiting for its tasks."""
    try:
        yield executor
    except BaseException:
        abandon(executor)
        raise
    executor.shutdown()

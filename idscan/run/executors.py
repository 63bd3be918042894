"""Executors of a run: this process, or a pool of spawned workers that print nothing."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


class _Collector(logging.Handler):
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
    logger, collector = logging.getLogger("idscan"), _Collector()
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
        """Kill the workers without waiting for their tasks."""
        for worker in list((self._processes or {}).values()):
            worker.kill()
        self.shutdown(wait=False, cancel_futures=True)


def open_executor(workers: int) -> Executor:
    """Return the executor for a number of workers: this process for one, spawned ones for more."""
    return SerialExecutor() if workers == 1 else LocalPool(workers)


def open_isolated_executor() -> Executor:
    """Return a pool of one spawned worker, for an image that may crash its process."""
    return LocalPool(1)


def abandon(executor: Executor) -> None:
    """Stop an executor without waiting for the tasks in flight."""
    if isinstance(executor, LocalPool):
        executor.kill()
    else:
        executor.shutdown(wait=False, cancel_futures=True)

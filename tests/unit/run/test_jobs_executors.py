from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor
from pathlib import Path

import pytest

from idscan.run.jobs import (
    LOG_LEVEL_VARIABLE,
    ONE_THREAD_VARIABLES,
    LocalPool,
    SerialExecutor,
    abandon,
    available_cores,
    limit_threads,
    open_executor,
    with_log,
)
from tests.fakes.process import wait_for


def observe_worker() -> dict[str, object]:
    import cv2

    os.write(1, b"printed by a worker")
    return {
        "variables": [os.environ.get(variable) for variable in ONE_THREAD_VARIABLES],
        "opencv": cv2.getNumThreads(),
        "ignores_sigint": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        "pid": os.getpid(),
    }


def test_a_worker_has_one_thread_per_library_ignores_ctrl_c_and_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with LocalPool(1) as executor:
        seen = executor.submit(observe_worker).result()
    assert seen["variables"] == ["1"] * len(ONE_THREAD_VARIABLES)
    assert seen["opencv"] == 1
    assert seen["ignores_sigint"]
    assert seen["pid"] != os.getpid()
    assert capfd.readouterr() == ("", "")


def test_opencv_is_told_even_if_it_is_loaded_already() -> None:
    code = "import cv2; cv2.setNumThreads(4); from idscan.run.jobs import limit_threads as l; l(); "
    code += "raise SystemExit(cv2.getNumThreads() - 1)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_limits_reach_the_environment_of_what_loads_later(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ONE_THREAD_VARIABLES:
        monkeypatch.setenv(variable, "8")
    monkeypatch.delitem(sys.modules, "cv2", raising=False)
    limit_threads()
    assert {os.environ[variable] for variable in ONE_THREAD_VARIABLES} == {"1"}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_executor_is_one_of_the_standard_library(workers: int | None) -> None:
    with open_executor(workers) as executor:
        assert isinstance(executor, Executor)
        assert executor.submit(divmod, 7, 2).result() == (3, 1)
        with pytest.raises(ZeroDivisionError):
            executor.submit(divmod, 7, 0).result()


def test_one_worker_is_this_process() -> None:
    with open_executor(1) as executor:
        assert executor.submit(os.getpid).result() == os.getpid()


def test_a_pool_is_left_while_its_workers_hang() -> None:
    pool = LocalPool(1)
    pid = pool.submit(os.getpid).result()
    hanging = pool.submit(time.sleep, 600)
    started = time.monotonic()
    abandon(pool)
    with pytest.raises(Exception):  # noqa: B017, PT011  cancelled or broken, as the moment has it
        hanging.result(timeout=10)
    assert time.monotonic() - started < 10
    wait_for(lambda: not is_running(pid))


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that ended and that nobody asked for its end does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


POOL = """
import multiprocessing, os, sys, time
from idscan.run import jobs

def only_watch():
    jobs.sys = type(sys)("no Linux")
    jobs.sys.platform = "other"
    jobs.sys.modules = sys.modules
    jobs._forbid_core_dumps = lambda: None
    jobs.prepare_worker()

if __name__ == "__main__":
    pool = jobs.LocalPool(2)
    if sys.argv[1] == "thread":
        pool._initializer = only_watch
    ids = set()
    while len(ids) < 2:
        ids |= {future.result() for future in [pool.submit(os.getpid) for _ in range(8)]}
    pool.submit(time.sleep, 600)
    print(*ids, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("end", ["SIGKILL", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("means", ["system", "thread"])
def test_workers_busy_and_idle_end_with_their_parent_however_it_ends(tmp_path: Path, means: str, end: str) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, script, means], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        workers = [int(word) for word in process.stdout.readline().split()]
        assert len(workers) == 2
        process.send_signal(getattr(signal, end))
        process.wait(timeout=10)
    wait_for(lambda: not any(map(is_running, workers)))


def test_a_pool_that_never_started_can_be_left() -> None:
    abandon(LocalPool(1))
    abandon(SerialExecutor())


def test_cores_are_those_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {pid, 3, 4}, raising=False)
    assert available_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores() == 1


@pytest.mark.parametrize(("level", "lines"), [(None, 0), ("debug", 0), ("20", 1), ("40", 0)])
def test_what_a_task_logs_is_returned_with_its_result(
    monkeypatch: pytest.MonkeyPatch, level: str | None, lines: int
) -> None:
    def task(item: int) -> int:
        logging.getLogger("idscan.made_up").info("item of %d digits", item)
        return item + 1

    logger = logging.getLogger("idscan")
    monkeypatch.setattr(logger, "level", logger.level)
    if level is None:
        monkeypatch.delenv(LOG_LEVEL_VARIABLE, raising=False)
    else:
        monkeypatch.setenv(LOG_LEVEL_VARIABLE, level)
    before = list(logger.handlers)
    result, logged = with_log(task, 3)
    assert result == 4
    assert logged == (("idscan.made_up", logging.INFO, "item of 3 digits"),) * lines
    assert logger.handlers == before

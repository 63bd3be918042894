from __future__ import annotations

import os
import signal
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import pytest

from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.run.jobs import WINDOW_PER_WORKER, Backend, SerialExecutor, run_jobs, run_tasks, safely, scan_safely
from tests.factories import NUMBER, PLANTED
from tests.fakes import scans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import Any, TypeAlias

    from idscan.core.types import ImageResult

    MakeRefs: TypeAlias = Callable[..., list[ImageRef]]
    from concurrent.futures import Future


@pytest.fixture
def refs(tmp_path: Path) -> MakeRefs:
    def make(*orders: str) -> list[ImageRef]:
        paths = [tmp_path / f"{position:03}.jpg" for position in range(len(orders))]
        for path, order in zip(paths, orders, strict=True):
            path.write_text(order)
        return [ImageRef(str(path)) for path in paths]

    return make


def kinds(results: Iterable[ImageResult]) -> dict[str, list[str]]:
    return {result.ref.path[-7:]: [problem.kind for problem in result.problems] for result in results}


def run(refs: list[ImageRef], workers: int = 2, backend: Backend | None = None) -> list[ImageResult]:
    return list(run_jobs(refs, scans.behave, Settings(), workers=workers, backend=backend or Backend()))


def test_a_dying_worker_costs_only_the_picture_that_killed_it(refs: MakeRefs) -> None:
    results = run(refs("show", "die", "harmless", "die", "show"))
    assert kinds(results) == {
        "000.jpg": [],
        "001.jpg": ["worker_died"],
        "002.jpg": [],
        "003.jpg": ["worker_died"],
        "004.jpg": [],
    }
    assert sum(result.is_exposed for result in results) == 2
    assert not any(result.is_readable for result in results if result.problems)


@pytest.mark.parametrize("order", ["crash", "lie", "talk nonsense"])
def test_an_exception_or_a_wrong_result_is_a_bug_of_one_picture(refs: MakeRefs, order: str) -> None:
    (result,) = run(refs(order), workers=1)
    assert [problem.kind for problem in result.problems] == ["internal_error"]
    assert not result.is_readable


def test_what_an_exception_says_is_never_kept(refs: MakeRefs) -> None:
    (ref,) = refs("crash")
    message = scan_safely(scans.behave, Settings(), ref).problems[0].message
    assert "ValueError at" in message
    assert "in _crash" in message
    assert not any(value in message for value in (*PLANTED, ref.path))


def test_too_little_memory_is_no_bug(refs: MakeRefs) -> None:
    (ref,) = refs("out of memory")
    (problem,) = scan_safely(scans.behave, Settings(), ref).problems
    assert problem.kind == "out_of_memory"
    assert NUMBER not in problem.message


class BreakingExecutor(SerialExecutor):
    """Refuses tasks from a given one on, as a pool does when its worker died."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.submitted = 0
        self.breaks_at = breaks_at

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.submitted == self.breaks_at:
            raise BrokenProcessPool
        self.submitted += 1
        return super().submit(fn, *args, **kwargs)


def test_no_more_tasks_are_in_flight_than_the_window_holds(refs: MakeRefs) -> None:
    in_flight: set[Future] = set()
    most = 0

    class Lazy(SerialExecutor):
        """Answers a task only when the window is full."""

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            nonlocal most
            future = super().submit(fn, *args, **kwargs)
            in_flight.add(future)
            most = max(most, len(in_flight))
            return future

    count = 0
    for _ in run_jobs(
        refs(*["harmless"] * 30),
        scans.behave,
        Settings(),
        workers=2,
        backend=Backend(open_pool=lambda workers: Lazy()),
    ):
        count += 1
        if in_flight:
            in_flight.pop()
    assert count == 30
    assert most == 2 * WINDOW_PER_WORKER


def test_a_pool_that_breaks_while_tasks_are_handed_over_is_replaced(refs: MakeRefs) -> None:
    pools = [BreakingExecutor(breaks_at=2), BreakingExecutor()]
    opened = iter(pools)
    backend = Backend(open_pool=lambda workers: next(opened), open_isolated=SerialExecutor)
    results = run(refs("show", "show", "harmless", "harmless"), backend=backend)
    assert len(results) == 4
    assert [pool.submitted for pool in pools] == [2, 2]


def test_pools_that_all_break_at_once_do_not_stop_the_run(refs: MakeRefs) -> None:
    backend = Backend(
        open_pool=lambda workers: BreakingExecutor(breaks_at=0),
        open_isolated=SerialExecutor,
    )
    assert len(run(refs("show", "show", "harmless"), backend=backend)) == 3


# Tasks of any kind.


def length(text: str) -> int:
    """Return how long a text is; fail or die as it says."""
    if text == "fail":
        raise ValueError(NUMBER)
    if text == "out of memory":
        raise MemoryError(NUMBER)
    if text == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return len(text)


def told(text: str, kind: str, message: str) -> str:
    return f"{text}: {kind}: {message}"


def test_what_works_is_returned_as_it_is() -> None:
    assert safely(length, told, "four") == 4


def test_an_exception_becomes_what_the_caller_makes_of_it_without_its_text() -> None:
    said = safely(length, told, "fail")
    assert isinstance(said, str)
    assert said.startswith("fail: internal_error: ")
    assert "ValueError at" in said
    assert "in length" in said
    assert NUMBER not in said


def test_too_little_memory_is_told_as_such() -> None:
    said = safely(length, told, "out of memory")
    assert isinstance(said, str)
    assert said.startswith("out of memory: out_of_memory: ")
    assert NUMBER not in said


def test_what_ends_a_run_is_not_kept_from_it() -> None:
    def interrupt(_item: str) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        safely(interrupt, told, "x")


@pytest.mark.parametrize("workers", [1, 2])
def test_tasks_of_any_kind_are_done(workers: int) -> None:
    items = ["a" * count for count in range(11)]
    results = run_tasks(items, length, told, workers=workers, backend=Backend())
    assert sorted(results) == list(range(11))  # type: ignore[type-var]


def test_a_task_that_ends_its_worker_is_told_and_the_others_done() -> None:
    results = list(run_tasks(["one", "die", "three"], length, told, workers=2, backend=Backend()))
    assert sorted(map(str, results)) == [
        "3",
        "5",
        "die: worker_died: the process that read this picture ended unexpectedly",
    ]


def test_no_items_are_no_results() -> None:
    assert list(run_tasks([], length, told, workers=1, backend=Backend())) == []

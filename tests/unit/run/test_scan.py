from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from idscan.core.errors import EngineMissingError, NothingToScanError, UsageError
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.run import scan as scan_module
from idscan.run.jobs import Backend, open_executor
from idscan.run.scan import scan
from tests.fakes import scans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor
    from pathlib import Path
    from typing import Any, TypeAlias

    from idscan.core.types import ScanResult

    MakeFolder: TypeAlias = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> MakeFolder:
    def make(**orders: str) -> Path:
        for name, order in orders.items():
            (tmp_path / f"{name}.jpg").write_text(order)
        return tmp_path

    return make


def run(paths: Iterable[Path | str], jobs: int = 1, **options: Any) -> ScanResult:
    return scan(paths, jobs=jobs, steps=scans.steps(), **options)


def test_pictures_are_sorted_whatever_the_order_of_the_arguments(folder: MakeFolder) -> None:
    path = folder(b="show", a="show", c="harmless")
    forwards = run([path / "a.jpg", path / "b.jpg", path / "c.jpg"])
    backwards = run([path / "c.jpg", path / "b.jpg", path / "a.jpg"])
    assert [image.ref.path[-5:] for image in forwards.images] == ["a.jpg", "b.jpg", "c.jpg"]
    assert forwards.images == backwards.images


def test_two_workers_give_the_result_of_one(folder: MakeFolder) -> None:
    path = folder(a="show", b="show other", c="harmless", d="torn", e="crash", f="show", g="show outside")
    alone, together = run([path]), run([path], jobs=2)
    assert alone.images == together.images
    assert alone.skipped == together.skipped
    assert len(alone.images) == 7


def test_a_picture_named_twice_is_scanned_once(folder: MakeFolder) -> None:
    path = folder(a="show")
    assert len(run([path, path / "a.jpg", path]).images) == 1


def test_no_existing_path_is_an_error_before_work_starts(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(NothingToScanError) as caught:
        run([missing])
    assert caught.value.paths == (missing,)
    assert missing not in str(caught.value)
    with pytest.raises(UsageError):
        run([])


def test_one_missing_path_among_others_is_unreadable(folder: MakeFolder) -> None:
    path = folder(a="harmless")
    result = run([path, path / "missing.jpg"])
    assert [(entry.path, entry.is_unreadable) for entry in result.skipped] == [(str(path / "missing.jpg"), True)]
    assert result.unreadable == 1


def test_a_missing_engine_ends_the_run_before_the_walk(folder: MakeFolder) -> None:
    with pytest.raises(EngineMissingError):
        run([folder(a="crash")], settings=Settings(required_engines=("tesseract",)))


def test_fewer_than_one_job_is_an_error(folder: MakeFolder) -> None:
    with pytest.raises(UsageError):
        run([folder(a="show")], jobs=0)


def test_progress_tells_first_nothing_then_every_picture(folder: MakeFolder) -> None:
    heard = []
    run([folder(a="show", b="harmless", c="torn")], progress=lambda done, total: heard.append((done, total)))
    assert heard == [(0, None), (0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("pictures", "jobs", "workers"), [(0, 8, 1), (2, 8, 1), (3, 8, 3), (100, 8, 8), (100, 1, 1)])
def test_no_more_workers_start_than_there_is_work_for(pictures: int, jobs: int | None, workers: int | None) -> None:
    assert scan_module.workers_for(jobs, pictures) == workers


def test_all_cores_work_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: range(5), raising=False)
    assert scan_module.workers_for(None, 100) == 5


def test_ctrl_c_leaves_the_workers_without_waiting(folder: MakeFolder) -> None:
    opened: list[Executor] = []

    def open_pool(workers: int) -> Executor:
        opened.append(open_executor(workers))
        return opened[-1]

    def interrupt(done: int, total: int | None) -> None:
        del total
        if done:
            raise KeyboardInterrupt

    steps = scan_module.Steps(
        walk=scans.walk,
        scan_image=scans.behave,
        engines=lambda: (),
        require=scans.require,
        backend=Backend(open_pool=open_pool),
    )
    path = folder(a="harmless", b="hang", c="hang", d="hang")
    with pytest.raises(KeyboardInterrupt):
        scan([path], jobs=2, steps=steps, progress=interrupt)
    with pytest.raises(RuntimeError, match=r"after shutdown|not usable anymore"):
        opened[0].submit(print)


def test_the_default_steps_are_those_of_the_lower_rooms() -> None:
    steps = scan_module.default_steps()
    assert {steps.walk.__module__, steps.engines.__module__} == {"idscan.images.walk", "idscan.engines.registry"}


def test_the_default_scan_function_reads_an_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (60, 40), "white").save(path)
    found = scan_module.scan_image_late(ImageRef(str(path)), Settings())
    assert (found.ref.path, found.info.width, found.info.height, found.cards) == (str(path), 60, 40, ())

"""`verify` over whole runs, with made-up scans and attacks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from idscan.core.enums import Effort, Field
from idscan.core.errors import EngineMissingError, UsageError
from idscan.core.geometry import quad_from_box
from idscan.core.settings import Settings
from idscan.core.types import Leak
from idscan.redact import verify as verify_module
from idscan.redact.verify import AttackResult, verify, verify_safely
from idscan.redact.watchlist import Watchlist
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import NUMBER, OTHER_NAME, PLANTED, image
from tests.fakes import scans
from tests.fakes.laid_out import seen

if TYPE_CHECKING:
    from pathlib import Path

    from idscan.core.types import ImageRef, ImageResult

LEAK = Leak("readable", Field.NUMBER, None, "number can be read")


@dataclass
class Attack:
    """Finds a leak in each exposed image, fails for the names in `failing`, and records its arguments."""

    watches: list[Watchlist] = field(default_factory=list)
    settings: list[Settings] = field(default_factory=list)
    failing: dict[str, Exception] = field(default_factory=dict)

    def attacked(self, image: ImageResult, watch: Watchlist, settings: Settings) -> AttackResult:
        error = self.failing.get(image.ref.path.rpartition("/")[2])
        if error is not None:
            raise error
        self.watches.append(watch)
        self.settings.append(settings)
        return AttackResult(image, (LEAK,) if image.is_exposed else ())


@pytest.fixture
def attack(monkeypatch: pytest.MonkeyPatch) -> Attack:
    fake = Attack()
    monkeypatch.setattr(verify_module, "attack", fake.attacked)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, order in {"b": "show", "a": "show other", "c": "harmless", "d": "torn"}.items():
        (tmp_path / f"{name}.jpg").write_text(order)
    return tmp_path


def test_leaks_are_listed_by_image_in_order(attack: Attack, folder: Path) -> None:
    result = verify([folder], jobs=1, steps=scans.steps())
    assert [(ref.path[-5:], leaks) for ref, leaks in result.leaks] == [("a.jpg", (LEAK,)), ("b.jpg", (LEAK,))]
    assert [found.ref.path[-5:] for found in result.scan.images] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert len(attack.settings) == 3, "what could not be read cannot be attacked"


def test_the_attacks_are_thorough_for_any_effort(attack: Attack, folder: Path) -> None:
    result = verify([folder], Settings(effort=Effort.FAST, max_pixels=9), jobs=1, steps=scans.steps())
    wanted = Settings(effort=Effort.THOROUGH, max_pixels=9, keep_texts=True)
    assert set(attack.settings) == {wanted}
    assert result.scan.settings == wanted


def test_every_image_is_searched_for_the_values_of_all(attack: Attack, folder: Path) -> None:
    verify([folder], jobs=1, steps=scans.steps())
    assert all(watch.is_in_text(NUMBER) and watch.is_in_text(OTHER_NAME) for watch in attack.watches)


@pytest.mark.usefixtures("attack")
def test_progress_is_reported_for_reading_and_then_for_the_attacks(folder: Path) -> None:
    heard: list[tuple[int, int | None]] = []
    verify([folder], jobs=1, progress=lambda done, total: heard.append((done, total)), steps=scans.steps())
    assert heard == [(0, None), (0, 4), (1, 4), (2, 4), (3, 4), (4, 4), (0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.usefixtures("attack")
def test_texts_and_perceptual_hashes_do_not_stay_in_the_result(folder: Path) -> None:
    def with_hash_and_text(ref: ImageRef, settings: Settings) -> ImageResult:
        texts = (seen("x", quad_from_box(0, 0, 1, 1)),)
        return replace(scans.behave(ref, settings), perceptual_hash=5, texts=texts)

    steps = replace(scans.steps(), scan_image=with_hash_and_text)
    for found in verify([folder], jobs=1, steps=steps).scan.images:
        assert (found.perceptual_hash, found.texts) == (None, ())


def test_an_attack_that_fails_is_a_problem_of_its_image(folder: Path, attack: Attack) -> None:
    attack.failing = {"b.jpg": ValueError(f"cannot deal with {PLANTED}")}
    result = verify([folder], jobs=1, steps=scans.steps())
    assert [ref.path[-5:] for ref, _ in result.leaks] == ["a.jpg"]
    problems = {found.ref.path[-5:]: [problem.kind for problem in found.problems] for found in result.scan.images}
    assert problems == {"a.jpg": [], "b.jpg": ["internal_error"], "c.jpg": [], "d.jpg": ["truncated"]}
    assert not any(value in str(result) for value in PLANTED)


def test_the_text_of_an_exception_is_never_kept(attack: Attack) -> None:
    attack.failing = {"a.jpg": MemoryError(NUMBER)}
    found, leaks, (problem,) = verify_safely(Settings(), Watchlist(PiiMatcher()), image("a.jpg"))
    assert (found, leaks) == (image("a.jpg").without_texts(), ())
    assert (problem.stage, problem.kind) == ("verify", "out_of_memory")
    assert NUMBER not in problem.message


@pytest.mark.usefixtures("attack")
def test_wrong_usage_and_missing_engines_end_the_run(folder: Path) -> None:
    with pytest.raises(UsageError):
        verify([folder / "missing"], steps=scans.steps())
    with pytest.raises(EngineMissingError):
        verify([folder], Settings(required_engines=("tesseract",)), steps=scans.steps())


@pytest.mark.usefixtures("attack")
def test_without_images_there_are_no_leaks(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert verify([tmp_path], jobs=1, steps=scans.steps()).leaks == ()

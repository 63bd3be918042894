"""`verify` over whole runs, with made-up scans and attacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Never

import pytest

from idscan.core.enums import Effort, Field
from idscan.core.errors import EngineMissingError, UsageError
from idscan.core.settings import Settings
from idscan.core.types import Leak
from idscan.redact import verify as verify_module
from idscan.redact.verify import AttackResult, verify, verify_safely
from idscan.redact.watchlist import Watchlist
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import NUMBER, OTHER_NAME, PLANTED, image
from tests.fakes import scans

if TYPE_CHECKING:
    from pathlib import Path

    from idscan.core.types import ImageResult

LEAK = Leak("readable", Field.NUMBER, None, "number can be read")


@dataclass
class Attack:
    """Gives back what an exposed picture shows, and remembers what it was told."""

    watches: list[Watchlist] = field(default_factory=list)
    settings: list[Settings] = field(default_factory=list)

    def attacked(self, image: ImageResult, watch: Watchlist, settings: Settings) -> AttackResult:
        self.watches.append(watch)
        self.settings.append(settings)
        return AttackResult(image, (LEAK,) if image.is_exposed else ())


@pytest.fixture
def attack(monkeypatch: pytest.MonkeyPatch) -> Attack:
    fake = Attack()
    monkeypatch.setattr(verify_module, "attack", fake.attacked)
    monkeypatch.setattr(verify_module, "default_steps", scans.steps)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, order in {"b": "show", "a": "show other", "c": "harmless", "d": "torn"}.items():
        (tmp_path / f"{name}.jpg").write_text(order)
    return tmp_path


def test_leaks_are_told_by_picture_in_order(attack: Attack, folder: Path) -> None:
    result = verify([folder], jobs=1)
    assert [(ref.path[-5:], leaks) for ref, leaks in result.leaks] == [("a.jpg", (LEAK,)), ("b.jpg", (LEAK,))]
    assert [found.ref.path[-5:] for found in result.scan.images] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert len(attack.settings) == 3, "what could not be read cannot be attacked"


def test_the_attacks_are_thorough_whatever_is_asked_for(attack: Attack, folder: Path) -> None:
    result = verify([folder], Settings(effort=Effort.FAST, max_pixels=9), jobs=1)
    wanted = Settings(effort=Effort.THOROUGH, max_pixels=9, keep_texts=True)
    assert set(attack.settings) == {wanted}
    assert result.scan.settings == wanted


def test_every_picture_is_searched_for_the_values_of_all(attack: Attack, folder: Path) -> None:
    verify([folder], jobs=1)
    assert all(watch.is_in_text(NUMBER) and watch.is_in_text(OTHER_NAME) for watch in attack.watches)


@pytest.mark.usefixtures("attack")
def test_progress_is_told_for_reading_and_then_for_the_attacks(folder: Path) -> None:
    heard: list[tuple[int, int | None]] = []
    verify([folder], jobs=1, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(0, None), (0, 4), (1, 4), (2, 4), (3, 4), (4, 4), (0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.usefixtures("attack")
def test_texts_and_looks_do_not_stay_in_the_result(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = scans.behave

    def with_look(ref: object, settings: Settings) -> ImageResult:
        from dataclasses import replace

        from idscan.core.geometry import quad_from_box
        from tests.fakes.laid_out import seen

        return replace(before(ref, settings), perceptual_hash=5, texts=(seen("x", quad_from_box(0, 0, 1, 1)),))  # type: ignore[arg-type]

    monkeypatch.setattr(scans, "behave", with_look)
    for found in verify([folder], jobs=1).scan.images:
        assert (found.perceptual_hash, found.texts) == (None, ())


def test_an_attack_that_fails_is_a_problem_of_its_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch, attack: Attack
) -> None:
    def fail(picture: ImageResult, watch: Watchlist, settings: Settings) -> AttackResult:
        if picture.ref.path.endswith("b.jpg"):
            message = f"cannot deal with {PLANTED}"
            raise ValueError(message)
        return attack.attacked(picture, watch, settings)

    monkeypatch.setattr(verify_module, "attack", fail)
    result = verify([folder], jobs=1)
    assert [ref.path[-5:] for ref, _ in result.leaks] == ["a.jpg"]
    problems = {found.ref.path[-5:]: [problem.kind for problem in found.problems] for found in result.scan.images}
    assert problems == {"a.jpg": [], "b.jpg": ["internal_error"], "c.jpg": [], "d.jpg": ["truncated"]}
    assert not any(value in str(result) for value in PLANTED)


def test_what_an_exception_says_is_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Never:
        raise MemoryError(NUMBER)

    monkeypatch.setattr(verify_module, "attack", fail)
    seen, leaks, (problem,) = verify_safely(Settings(), Watchlist(PiiMatcher()), image("a.jpg"))
    assert (seen, leaks) == (image("a.jpg").without_texts(), ())
    assert (problem.stage, problem.kind) == ("verify", "out_of_memory")
    assert NUMBER not in problem.message


@pytest.mark.usefixtures("attack")
def test_wrong_usage_and_missing_engines_end_the_run(folder: Path) -> None:
    with pytest.raises(UsageError):
        verify([folder / "missing"])
    with pytest.raises(EngineMissingError):
        verify([folder], Settings(required_engines=("tesseract",)))


@pytest.mark.usefixtures("attack")
def test_without_pictures_nothing_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert verify([tmp_path], jobs=1).leaks == ()

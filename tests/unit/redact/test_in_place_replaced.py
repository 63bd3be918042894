"""A run in place that was cut off goes on as if it never had been, though what it replaced shows nothing any more."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from idscan.core.enums import Outcome, Rule, Style
from idscan.core.errors import OutputError
from idscan.core.types import Destination, Problem, Redaction, RedactSettings, Region
from idscan.redact.output.in_place import InPlace
from idscan.redact.run import PUBLISHED_EARLIER, Execution, redact_by
from idscan.run import jobs
from idscan.run.atomic import digest_of
from idscan.run.store import state_folder
from tests.factories import BOX, CHECK, NAME, NUMBER, OTHER_NUMBER, THIRD_NUMBER, chip_front, image, unread_back
from tests.fakes import scans

if TYPE_CHECKING:
    from typing import Any

    from idscan.core.settings import Settings
    from idscan.core.types import ImageRef, ImageResult, RedactResult
    from idscan.redact.watchlist import RedactionJob

LOOK = 0x5A5A << 64 | 0xFF0F << 128 | 0x33CC33CC << 200 | 0xFFFF
REGION = Region(None, BOX, Rule.CARD)
ORDERS = {"a.jpg": "show", "b.jpg": "show other", "c.jpg": "copy of show", "sub/d.jpg": "harmless"}


class Hand:
    """Writes made-up results, and stops after so many of them as Ctrl-C would."""

    def __init__(self) -> None:
        self.assignments: list[RedactionJob] = []
        self.failing: dict[str, Problem] = {}

    def run(self, *paths: Path, **options: Any) -> RedactResult:
        in_place = Destination(in_place=True, backup_dir=options.pop("backup_dir", None))
        destination, settings = options.pop("destination", in_place), options.pop("settings", RedactSettings())
        steps = replace(scans.steps(), scan_image=behave)
        return redact_by(Execution(steps, 1, redact_image=self.redact_image, **options), paths, destination, settings)

    def redact_image(self, assignment: RedactionJob, settings: RedactSettings) -> Redaction:
        self.assignments.append(assignment)
        name = Path(assignment.path).name
        if name in self.failing:
            return Redaction(path=assignment.path, outcome=Outcome.FAILED, problems=(self.failing[name],))
        Path(assignment.temporary).write_text(f"{settings.style} " + Path(assignment.path).read_text())
        return Redaction(
            path=assignment.path,
            outcome=Outcome.REDACTED,
            sha256=digest_of(assignment.temporary),
            style=settings.style,
            regions=((REGION,),),
            verification=CHECK,
        )

    @property
    def names(self) -> list[str]:
        return [Path(assignment.path).name for assignment in self.assignments]


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    monkeypatch.setattr(jobs, "WINDOW_PER_WORKER", 1)  # each file is published before the next one is begun
    return Hand()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return put(tmp_path / "photos", ORDERS)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "idscan"


def behave(ref: ImageRef, settings: Settings) -> ImageResult:
    """Read a file as its text says; of what is redacted, nothing can be read."""
    order = Path(ref.path).read_text()
    info = replace(image(ref.path).info, sha256=digest_of(ref.path))
    if order == "copy of show":
        return image(ref.path, ref=ref, info=info, perceptual_hash=LOOK ^ 7)
    if order.startswith(tuple(Style)):
        return image(ref.path, ref=ref, info=info, perceptual_hash=1)
    found = scans.behave(ref, settings)
    return replace(found, info=info, perceptual_hash=LOOK if order == "show" else 3)


def put(folder: Path, orders: dict[str, str]) -> Path:
    for name, order in orders.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(order)
    return folder


def cut_off(hand: Hand, *paths: Path, after: int = 1, **options: Any) -> None:
    """Run until so many more files are published; then press Ctrl-C."""
    published: list[int] = []
    is_scanned = False

    def interrupt(done: int, total: int | None) -> None:
        nonlocal is_scanned
        if is_scanned:
            published.append(done)
            if done == published[0] + after:
                raise KeyboardInterrupt
        is_scanned = is_scanned or done == total

    with pytest.raises(KeyboardInterrupt):
        hand.run(*paths, progress=interrupt, **options)


def files_in(folder: Path) -> dict[str, str]:
    """Return the text of each file by its way, "" for those that are not text."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8", "ignore") for path in found}


def undisturbed(folder: Path, hand: Hand, orders: dict[str, str]) -> RedactResult:
    """Return the result of a run without a break over a folder of these files, which then stand as they did."""
    put(folder, orders)
    result = hand.run(folder)
    for name in files_in(folder):
        (folder / name).unlink()
    put(folder, orders)
    hand.assignments.clear()
    return result


def test_values_of_what_was_replaced_are_looked_for_in_all_other_images(photos: Path, hand: Hand, state: Path) -> None:
    cut_off(hand, photos)
    assert hand.names == ["a.jpg"]
    assert files_in(photos)["a.jpg"] == "blur show"
    hand.assignments.clear()
    hand.run(photos)
    assert hand.names == ["b.jpg", "c.jpg", "d.jpg"]
    for assignment in hand.assignments:
        for value in (NUMBER, OTHER_NUMBER, NAME.upper()):
            assert assignment.watchlist.is_in_text(f"by {value}, 2 p.m.")
    assert files_in(photos) == {name: f"blur {order}" for name, order in ORDERS.items()}
    assert not (photos / ".idscan-tmp").exists()
    assert list(state.iterdir()) == []


def test_a_copy_of_what_was_replaced_is_treated_as_exposed(photos: Path, hand: Hand) -> None:
    cut_off(hand, photos)
    hand.assignments.clear()
    hand.run(photos)
    twins = {Path(one.path).name: one.near_duplicates for one in hand.assignments}
    (twin,) = twins["c.jpg"]
    assert twin is not None
    assert Path(twin.ref.path).name == "a.jpg"
    assert [card.kind for card in twin.cards] == [chip_front().kind, unread_back().kind]
    assert (twins["b.jpg"], twins["d.jpg"]) == ((None,), (None,))


@pytest.mark.parametrize("after", [1, 2, 3])
def test_the_result_is_that_of_a_run_without_a_break(photos: Path, hand: Hand, after: int) -> None:
    orders = {**ORDERS, f"{NUMBER}/e.jpg": "show", f"{NAME} 2.jpg": "show other"}
    whole = undisturbed(photos, hand, orders)
    cut_off(hand, photos, after=after)
    assert len(hand.assignments) == after
    result = hand.run(photos)
    assert len(hand.assignments) == len(orders), "nothing is made twice"
    again = [
        replace(one, notes=tuple(note for note in one.notes if note != PUBLISHED_EARLIER)) for one in result.redactions
    ]
    assert again == list(whole.redactions)
    assert result.scan.images == whole.scan.images
    assert sum(PUBLISHED_EARLIER in one.notes for one in result.redactions) == after


def test_a_run_that_is_cut_off_again_and_again_is_finished_at_last(photos: Path, hand: Hand, tmp_path: Path) -> None:
    kept = str(tmp_path / "kept")
    for _ in range(3):
        cut_off(hand, photos, backup_dir=kept)
    hand.run(photos, backup_dir=kept)
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert hand.assignments[3].watchlist.is_in_text(NUMBER)
    assert files_in(tmp_path / "kept") == ORDERS


def test_another_wish_makes_everything_anew_and_forgets_nothing(photos: Path, hand: Hand) -> None:
    cut_off(hand, photos, after=2)
    hand.assignments.clear()
    hand.run(photos, settings=RedactSettings(style=Style.SOLID))
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert all(one.watchlist.is_in_text(NUMBER) and one.watchlist.is_in_text(OTHER_NUMBER) for one in hand.assignments)
    assert [twin and Path(twin.ref.path).name for twin in hand.assignments[2].near_duplicates] == ["a.jpg"]
    assert files_in(photos)["a.jpg"] == "solid blur show"
    assert not (photos / ".idscan-tmp").exists()


def test_one_more_image_that_shows_somebody_is_looked_for_in_what_was_replaced(photos: Path, hand: Hand) -> None:
    cut_off(hand, photos, after=2)
    hand.assignments.clear()
    put(photos, {"e.jpg": "show third"})
    hand.run(photos)
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg", "e.jpg", "d.jpg"]
    for assignment in hand.assignments:
        assert all(assignment.watchlist.is_in_text(value) for value in (NUMBER, OTHER_NUMBER, THIRD_NUMBER))


def test_what_somebody_put_in_the_place_of_a_result_is_read_and_replaced(photos: Path, hand: Hand) -> None:
    cut_off(hand, photos, after=2)
    hand.assignments.clear()
    (photos / "a.jpg").write_text("show third")
    hand.run(photos)
    assert "a.jpg" in hand.names
    assert files_in(photos)["a.jpg"] == "blur show third"
    assert all(one.watchlist.is_in_text(NUMBER) for one in hand.assignments)


def test_a_run_on_a_folder_above_or_below_knows_as_much(photos: Path, hand: Hand, state: Path) -> None:
    put(photos, {"sub/a.jpg": "show", "sub/deeper/f.jpg": "show other"})
    cut_off(hand, photos / "sub")
    hand.assignments.clear()
    hand.run(photos / "sub" / "deeper")
    assert hand.names == ["f.jpg"]
    assert hand.assignments[0].watchlist.is_in_text(NUMBER)
    assert (photos / "sub" / ".idscan-tmp").exists(), "the run there is not finished yet"
    hand.assignments.clear()
    for name in ("a.jpg", "c.jpg"):
        (photos / name).unlink()
    hand.run(photos)
    assert hand.assignments
    assert all(one.watchlist.is_in_text(NUMBER) for one in hand.assignments)
    assert not list(photos.rglob(".idscan-tmp"))
    assert list(state.iterdir()) == []


def test_files_that_were_named_themselves_are_known_as_well(
    photos: Path, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(photos, {f"{NUMBER}.jpg": "show"})
    monkeypatch.chdir(photos)
    named = (Path(f"{NUMBER}.jpg"), Path("b.jpg"), Path("sub/d.jpg"))
    cut_off(hand, *named, after=2)
    assert hand.names == [f"{NUMBER}.jpg", "b.jpg"]
    assert "renamed-1.jpg" in files_in(photos)
    hand.assignments.clear()
    hand.run(*named[1:])
    assert hand.names == ["b.jpg", "d.jpg"], "another set of images"
    assert all(one.watchlist.is_in_text(NUMBER) for one in hand.assignments)
    assert not list(photos.rglob(".idscan-tmp"))


def test_a_source_that_was_to_be_removed_when_the_run_was_cut_off_is_removed(
    photos: Path, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = {f"{NUMBER}/deep/e.jpg": "show", **ORDERS}
    whole = undisturbed(photos, hand, orders)
    unlink = os.unlink

    def die(path: str, **named: Any) -> None:
        if path == "e.jpg":
            raise KeyboardInterrupt
        unlink(path, **named)

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", die)
        with pytest.raises(KeyboardInterrupt):
            hand.run(photos)
    assert {f"{NUMBER}/deep/e.jpg", "renamed-1/deep/e.jpg"} < set(files_in(photos))
    result = hand.run(photos)
    assert [one.output for one in result.redactions] == [one.output for one in whole.redactions]
    assert not (photos / NUMBER).exists()
    assert hand.names.count("e.jpg") == 1


@pytest.mark.parametrize("kind", ["cannot_write", "worker_died", "out_of_memory"])
def test_what_could_not_be_done_for_now_is_done_by_another_run_that_forgot_nothing(
    photos: Path, hand: Hand, kind: str
) -> None:
    hand.failing = {"c.jpg": Problem("run", kind, "made up")}
    result = hand.run(photos)
    assert result.failed == 1
    hand.failing.clear()
    hand.assignments.clear()
    hand.run(photos)
    assert hand.names == ["c.jpg"]
    assert hand.assignments[0].watchlist.is_in_text(NUMBER)
    assert not (photos / ".idscan-tmp").exists()


def test_what_no_run_can_do_keeps_nothing(photos: Path, hand: Hand, state: Path) -> None:
    hand.failing = {"c.jpg": Problem("load", "truncated", "made up")}
    hand.run(photos)
    assert not (photos / ".idscan-tmp").exists()
    assert list(state.iterdir()) == []


def test_no_value_and_no_name_of_a_file_stands_on_the_disk_in_the_clear(
    tmp_path: Path, hand: Hand, state: Path
) -> None:
    photos = put(tmp_path / "photos", {f"{NAME}.jpg": "show", "b.jpg": "show other", "c.jpg": "harmless"})
    cut_off(hand, photos, after=2)
    assert len(hand.assignments) == 2
    written = [path for folder in (photos / ".idscan-tmp", state) for path in folder.iterdir()]
    assert {path.name for path in written} >= {"journal", "lock"}
    content = b"".join(path.read_bytes() for path in written)
    for value in (NUMBER, OTHER_NUMBER, NAME, "b.jpg", "chip"):
        assert value.encode() not in content
    assert {oct(path.stat().st_mode & 0o777) for path in written} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in (photos / ".idscan-tmp", state)} == {"0o700"}


def test_without_its_key_a_record_is_not_passed_over(photos: Path, hand: Hand, state: Path) -> None:
    cut_off(hand, photos)
    (key,) = state.iterdir()
    key.unlink()
    hand.assignments.clear()
    for _ in range(2):
        with pytest.raises(OutputError, match="put the originals back"):
            hand.run(photos)
    assert hand.names == []
    for path in (photos / ".idscan-tmp").iterdir():
        path.unlink()
    assert hand.run(photos).failed == 0


def test_the_text_file_of_an_earlier_version_is_neither_read_nor_removed(
    photos: Path, hand: Hand, tmp_path: Path
) -> None:
    left = {"lock": "", "journal": "idscan journal 2 0.1.0 " + "0" * 32 + "\nrecord\n"}
    put(photos / ".idscan-tmp", left)
    for _ in range(2):
        with pytest.raises(OutputError, match="another version"):
            hand.run(photos)
    assert hand.names == []
    assert files_in(photos / ".idscan-tmp") == left
    assert {name: text for name, text in files_in(photos).items() if name in ORDERS} == ORDERS
    put(tmp_path / "out" / ".idscan-tmp", left)
    (photos / ".idscan-tmp" / "journal").unlink()
    assert hand.run(photos, destination=Destination(folder=str(tmp_path / "out"))).failed == 0
    assert set(files_in(tmp_path / "out")) == set(ORDERS), "into a folder, nothing depends on it"


def test_what_a_run_recorded_among_its_images_stays_when_they_become_the_backup_of_another(
    photos: Path, hand: Hand, tmp_path: Path
) -> None:
    cut_off(hand, photos)
    other = put(tmp_path / "other", {"a.jpg": "show third"})
    assert hand.run(other, backup_dir=str(photos)).failed == 0
    hand.assignments.clear()
    hand.run(photos)
    assert hand.names == ["a-2.jpg", "a.jpg", "b.jpg", "c.jpg", "d.jpg"], "with one more image, all is made anew"
    assert all(one.watchlist.is_in_text(NUMBER) for one in hand.assignments)


def test_nothing_is_replaced_where_nothing_can_be_remembered(photos: Path, hand: Hand, state: Path) -> None:
    state.parent.mkdir()
    state.write_text("in the way")
    result = hand.run(photos)
    assert result.failed == len(ORDERS)
    assert {problem.kind for one in result.redactions for problem in one.problems} == {"cannot_write"}
    assert all("XDG_STATE_HOME" in problem.message for one in result.redactions for problem in one.problems)
    assert files_in(photos) == ORDERS, "and nothing is left"


def test_what_another_run_works_on_is_left_alone(photos: Path, hand: Hand) -> None:
    with InPlace.open(inputs=[str(photos / "sub")], backup_folder=None) as other:
        from idscan.redact.output.names import Target

        target = Target("d.jpg", source=str(photos / "sub" / "d.jpg"), root=str(photos / "sub"))
        unfinished = Path(other.new_file(target))
        hand.run(photos)
        assert unfinished.exists()
    assert len(hand.assignments) == len(ORDERS)


def test_leftovers_below_the_images_are_swept_whatever_folder_they_were_made_for(photos: Path, hand: Hand) -> None:
    for folder in (photos, photos / "sub"):
        put(folder / ".idscan-tmp", {"3f2a": "show", "lock": ""})
    put(photos / "sub" / ".idscan-tmp-of-mine", {"x": "precious"})
    hand.run(photos)
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert not list(photos.rglob(".idscan-tmp"))
    assert (photos / "sub" / ".idscan-tmp-of-mine" / "x").exists()


def test_a_run_that_is_cut_off_before_it_replaced_anything_leaves_nothing(
    photos: Path, hand: Hand, state: Path
) -> None:
    cut_off(hand, photos, after=0)
    assert hand.names == []
    assert files_in(photos) == ORDERS
    assert list(state.iterdir()) == []


def test_values_are_known_of_more_folders_than_are_held_open(photos: Path, hand: Hand, state: Path) -> None:
    named = [put(photos / f"{number:02}", {"a.jpg": "show"}) / "a.jpg" for number in range(66)]
    put(photos / "last", {"b.jpg": "show other"})
    cut_off(hand, *named, photos / "last", after=65)
    hand.assignments.clear()
    result = hand.run(*named, photos / "last")
    assert len(hand.assignments) == 2
    assert all(one.watchlist.is_in_text(NUMBER) for one in hand.assignments)
    assert [PUBLISHED_EARLIER in one.notes for one in result.redactions] == [True] * 65 + [False] * 2
    assert not list(photos.rglob(".idscan-tmp"))
    assert list(state.iterdir()) == []


# Into a folder, all sources stand as they were.


def test_a_run_into_a_folder_that_goes_on_knows_all_values_too(photos: Path, hand: Hand, tmp_path: Path) -> None:
    out = Destination(folder=str(tmp_path / "out"))
    cut_off(hand, photos, destination=out)
    hand.assignments.clear()
    hand.run(photos, destination=out)
    assert hand.names == ["b.jpg", "c.jpg", "d.jpg"]
    for assignment in hand.assignments:
        assert all(assignment.watchlist.is_in_text(value) for value in (NUMBER, OTHER_NUMBER))
    assert [twin and Path(twin.ref.path).name for twin in hand.assignments[1].near_duplicates] == ["a.jpg"]
    assert Path(state_folder()).exists()
    assert list(Path(state_folder()).iterdir()) == []


def test_a_run_into_a_folder_knows_what_a_run_in_place_that_was_cut_off_has_replaced(
    photos: Path, hand: Hand, tmp_path: Path
) -> None:
    cut_off(hand, photos)
    before = {name: text for name, text in files_in(photos).items() if not name.endswith("/lock")}
    hand.assignments.clear()
    for folder in (photos, photos / "sub"):
        hand.run(folder, destination=Destination(folder=str(tmp_path / f"out of {folder.name}")))
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "d.jpg"]
    assert all(one.watchlist.is_in_text(NUMBER) for one in hand.assignments)
    assert [twin and Path(twin.ref.path).name for twin in hand.assignments[2].near_duplicates] == ["a.jpg"]
    assert {name: text for name, text in files_in(photos).items() if not name.endswith("/lock")} == before
    hand.assignments.clear()
    hand.run(photos)
    assert hand.names == ["b.jpg", "c.jpg", "d.jpg"], "and the run in place still goes on"


def test_a_run_into_a_folder_needs_no_record(photos: Path, hand: Hand, tmp_path: Path, state: Path) -> None:
    state.parent.mkdir()
    state.write_text("in the way")
    out = Destination(folder=str(tmp_path / "out"))
    assert hand.run(photos, destination=out).failed == 0
    assert set(files_in(tmp_path / "out")) == set(ORDERS)
    state.unlink()
    cut_off(hand, photos, destination=Destination(folder=str(tmp_path / "other")))
    next(state.iterdir()).unlink()
    hand.assignments.clear()
    assert hand.run(photos, destination=Destination(folder=str(tmp_path / "other"))).failed == 0
    assert len(hand.assignments) == len(ORDERS), "without the record all is made anew"
    assert set(files_in(tmp_path / "other")) == set(ORDERS)

"""`redact` over whole runs, with made-up scans and files: what is published where, and what is listed instead."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Never

import pytest

from idscan.core.enums import Clean, Effort, Outcome, Rule, Style, Where
from idscan.core.errors import EngineMissingError, UsageError
from idscan.core.settings import Settings
from idscan.core.types import Destination, FileInfo, ImageRef, ImageResult, Problem, Redaction, RedactSettings, Region
from idscan.redact.run import PUBLISHED_EARLIER, Execution, redact_by, redact_safely
from idscan.redact.watchlist import RedactionJob, Watchlist
from idscan.run.atomic import digest_of
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import BOX, CHECK, NAME, NUMBER, OTHER_NUMBER, PLANTED, chip_front, image
from tests.fakes import scans

if TYPE_CHECKING:
    from typing import Any

    from idscan.core.types import RedactResult
    from idscan.run.scan import WalkFunction

REGION = Region(None, BOX, Rule.CARD)


@dataclass
class Hand:
    """Run redactions that write made-up results, with given or made-up scan results; records its assignments."""

    assignments: list[RedactionJob] = field(default_factory=list)
    settings: list[RedactSettings] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    results: dict[str, ImageResult] = field(default_factory=dict)
    walk: WalkFunction = scans.walk

    def run(
        self, folder: Path, out: Path | None = None, settings: RedactSettings | None = None, **options: Any
    ) -> RedactResult:
        destination = options.pop("destination", None) or Destination(folder=str(out or folder.parent / "out"))
        redact_image = options.pop("redact_image", self.redact_image)
        steps = replace(scans.steps(), walk=self.walk, scan_image=self.scan_image)
        execution = Execution(steps, 1, options.pop("progress", None), redact_image)
        return redact_by(execution, [folder], destination, settings or RedactSettings(), **options)

    def scan_image(self, ref: ImageRef, settings: Settings) -> ImageResult:
        """Return the result for a file of that name, or do what the file asks for; its digest is that of the file."""
        known = self.results.get(Path(ref.path).name)
        if known is not None:
            return replace(known, ref=ref)
        found = scans.behave(ref, settings)
        return replace(found, info=replace(found.info, sha256=digest_of(ref.path)))

    def redact_image(self, assignment: RedactionJob, settings: RedactSettings) -> Redaction:
        self.assignments.append(assignment)
        self.settings.append(settings)
        name = Path(assignment.path).name
        if any(not found.is_readable for found in assignment.images):
            return Redaction(path=assignment.path, outcome=Outcome.FAILED, problems=assignment.images[0].problems)
        outcome = self.outcomes.get(name, Outcome.REDACTED)
        if outcome is Outcome.LEAKS:
            return Redaction(path=assignment.path, outcome=outcome, regions=((REGION,),))
        Path(assignment.temporary).write_bytes(b"hidden " + Path(assignment.path).read_bytes())
        return Redaction(
            path=assignment.path,
            outcome=outcome,
            sha256=digest_of(assignment.temporary),
            style=settings.style,
            regions=((REGION,),),
            verification=CHECK,
            notes=("converted_to_srgb",),
        )

    @property
    def names(self) -> list[str]:
        return sorted(Path(assignment.path).name for assignment in self.assignments)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    put(folder, {"b.jpg": "show", "a.jpg": "show other", "sub/c.jpg": "harmless", "d.txt": "show"})
    return folder


def put(folder: Path, orders: dict[str, str]) -> None:
    for name, order in orders.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(order)


def files_in(folder: Path) -> dict[str, str]:
    """Return the text of each file by its path, as far as it is text."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes().decode("utf-8", "ignore") for path in found}


def outcomes(result: RedactResult) -> dict[str, str]:
    return {Path(one.path).name: one.outcome for one in result.redactions}


def test_results_stand_in_the_output_folder_as_the_sources_in_theirs(photos: Path, tmp_path: Path, hand: Hand) -> None:
    result = hand.run(photos)
    assert files_in(tmp_path / "out") == {
        "a.jpg": "hidden show other",
        "b.jpg": "hidden show",
        "sub/c.jpg": "hidden harmless",
    }
    assert [Path(one.path).name for one in result.redactions] == ["a.jpg", "b.jpg", "c.jpg"]
    first = result.redactions[0]
    assert first.output == str(tmp_path / "out" / "a.jpg")
    assert first.sha256 == digest_of(first.output)
    assert first.notes == ("converted_to_srgb",)
    assert first.is_published
    assert [entry.reason for entry in result.scan.skipped] == ["not a picture"]
    assert files_in(photos)["b.jpg"] == "show", "originals stay"


def test_each_file_is_redacted_with_the_values_of_the_whole_run(photos: Path, hand: Hand) -> None:
    hand.run(photos)
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg"]
    for assignment in hand.assignments:
        assert assignment.watchlist.is_in_text(f"{NUMBER} and {OTHER_NUMBER}")
        assert assignment.near_duplicates == (None,)
        assert Path(assignment.temporary).parent.name == ".idscan-tmp"


def test_a_scan_for_redaction_is_thorough_for_any_effort(photos: Path, hand: Hand) -> None:
    settings = RedactSettings(scan=Settings(effort=Effort.FAST, max_pixels=9), style=Style.MOSAIC)
    result = hand.run(photos, settings=settings)
    wanted = replace(
        settings,
        scan=Settings(effort=Effort.THOROUGH, max_pixels=9, keep_texts=True, is_thorough_in_doubt=True),
    )
    assert result.settings == wanted
    assert result.scan.settings == wanted.scan
    assert hand.settings == [wanted] * 3


def test_without_settings_the_defaults_are_used(photos: Path, hand: Hand) -> None:
    assert hand.run(photos).settings == RedactSettings()
    assert set(hand.settings) == {RedactSettings()}


def test_a_near_duplicate_of_an_exposed_image_is_redacted_like_it(tmp_path: Path, hand: Hand) -> None:
    look = 0x5A5A << 64 | 0xFF0F << 128 | 0x33CC33CC << 200 | 0xFFFF
    exposed = image("b.jpg", chip_front(), perceptual_hash=look)
    put(tmp_path / "photos", {"a.jpg": "1", "b.jpg": "2", "c.jpg": "3"})
    hand.results = {
        "a.jpg": image("a.jpg", perceptual_hash=look ^ 7),
        "b.jpg": exposed,
        "c.jpg": image("c.jpg", perceptual_hash=1),
    }
    result = hand.run(tmp_path / "photos")
    twins = {
        Path(one.path).name: [twin and twin.ref.path[-5:] for twin in one.near_duplicates] for one in hand.assignments
    }
    assert twins == {"a.jpg": ["b.jpg"], "b.jpg": [None], "c.jpg": [None]}
    assert {found.perceptual_hash for found in result.scan.images} == {None}


def test_an_image_is_a_near_duplicate_of_its_own_exposed_thumbnail(tmp_path: Path, hand: Hand) -> None:
    look = 0x5A5A << 64 | 0xFF0F << 128 | 0x33CC33CC << 200 | 0xFFFF
    thumbnail = image("a.jpg", chip_front(), perceptual_hash=look ^ 7, where=Where.THUMBNAIL)
    put(tmp_path / "photos", {"a.jpg": "1", "b.jpg": "2"})
    alike, other = (
        image("a.jpg", perceptual_hash=look, embedded=(thumbnail,)),
        image("b.jpg", perceptual_hash=1, embedded=(thumbnail,)),
    )
    hand.results = {"a.jpg": alike, "b.jpg": other}
    result = hand.run(tmp_path / "photos")
    twins = {Path(one.path).name: [twin and twin.where for twin in one.near_duplicates] for one in hand.assignments}
    assert twins == {"a.jpg": [Where.THUMBNAIL], "b.jpg": [None]}
    assert {part.perceptual_hash for found in result.scan.images for part in found.embedded} == {None}


def test_pages_of_one_file_are_redacted_together(tmp_path: Path, hand: Hand) -> None:
    put(tmp_path / "photos", {"a.jpg": "1"})
    path = str(tmp_path / "photos" / "a.jpg")

    def walk(_paths: object, _settings: Settings) -> list[ImageRef]:
        return [ImageRef(path, page=page, pages=3) for page in (2, 0, 1)]

    hand.results = {"a.jpg": image("a.jpg")}
    hand.walk = walk
    assert len(hand.run(tmp_path / "photos").redactions) == 1
    (assignment,) = hand.assignments
    assert [page.ref.page for page in assignment.images] == [0, 1, 2]


# What is not published.


def test_a_file_that_still_leaks_is_listed_and_not_published(photos: Path, tmp_path: Path, hand: Hand) -> None:
    hand.outcomes = {"a.jpg": Outcome.LEAKS}
    result = hand.run(photos)
    assert (result.leaks, result.failed) == (1, 0)
    assert set(files_in(tmp_path / "out")) == {"b.jpg", "sub/c.jpg"}
    assert result.redactions[0].output is None


def test_an_unreadable_file_is_listed(tmp_path: Path, hand: Hand) -> None:
    put(tmp_path / "photos", {"a.jpg": "torn", "b.jpg": "show"})
    result = hand.run(tmp_path / "photos")
    assert outcomes(result) == {"a.jpg": "failed", "b.jpg": "redacted"}
    assert [problem.kind for problem in result.redactions[0].problems] == ["truncated"]
    assert result.failed == 1


def test_an_exception_fails_one_file_only(photos: Path, tmp_path: Path, hand: Hand) -> None:
    def fail(assignment: RedactionJob, settings: RedactSettings) -> Redaction:
        if assignment.path.endswith("a.jpg"):
            message = f"cannot paint {PLANTED}"
            raise ValueError(message)
        return hand.redact_image(assignment, settings)

    result = hand.run(photos, redact_image=fail)
    (problem,) = result.redactions[0].problems
    assert (problem.stage, problem.kind) == ("run", "internal_error")
    assert not any(value in problem.message for value in PLANTED)
    assert set(files_in(tmp_path / "out")) == {"b.jpg", "sub/c.jpg"}


def test_the_text_of_an_exception_is_never_kept() -> None:
    def fail(*_: object) -> Never:
        raise MemoryError(NUMBER)

    work = RedactionJob(path="a", images=(), near_duplicates=(), watchlist=Watchlist(PiiMatcher()), temporary="t")
    redaction = redact_safely(fail, RedactSettings(), work)
    assert (redaction.outcome, redaction.problems[0].kind) == (Outcome.FAILED, "out_of_memory")
    assert NUMBER not in str(redaction)


def test_another_file_is_replaced_only_when_forced(photos: Path, tmp_path: Path, hand: Hand) -> None:
    out = tmp_path / "out"
    put(out, {"a.jpg": "somebody's", "b.jpg": "hidden show"})
    result = hand.run(photos)
    assert outcomes(result) == {"a.jpg": "failed", "b.jpg": "redacted", "c.jpg": "redacted"}
    blocked = result.redactions[0]
    assert [(problem.stage, problem.kind) for problem in blocked.problems] == [("publish", "would_overwrite")]
    assert (blocked.output, blocked.sha256) == (None, None)
    assert (out / "a.jpg").read_text() == "somebody's"
    forced = hand.run(photos, destination=Destination(folder=str(out), force=True))
    assert set(outcomes(forced).values()) == {"redacted"}
    assert (out / "a.jpg").read_text() == "hidden show other"
    assert set(files_in(out)) == {"a.jpg", "b.jpg", "sub/c.jpg"}


def test_a_result_that_cannot_be_moved_to_its_place_is_listed(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hand: Hand
) -> None:
    link = os.link

    def refuse(source: str, target: str, **named: Any) -> None:
        if target.endswith("a.jpg"):
            raise OSError(errno.ENOSPC, "made up")
        link(source, target, **named)

    monkeypatch.setattr(os, "link", refuse)
    result = hand.run(photos)
    assert [(problem.kind, problem.message) for problem in result.redactions[0].problems] == [
        ("cannot_write", "the output cannot be written: No space left on device")
    ]
    assert set(files_in(tmp_path / "out")) == {"b.jpg", "sub/c.jpg"}


# Names.


@pytest.mark.parametrize("name", [f"{NUMBER}.jpg", f"{NAME}.jpg", "001305000007.jpg"])
def test_a_name_with_personal_data_is_replaced(tmp_path: Path, name: str, hand: Hand) -> None:
    put(tmp_path / "photos", {name: "show"})
    (redaction,) = hand.run(tmp_path / "photos").redactions
    assert set(files_in(tmp_path / "out")) == {"renamed-1.jpg"}
    assert redaction.output == str(tmp_path / "out" / "renamed-1.jpg")
    assert redaction.notes == ("converted_to_srgb", "renamed")


# In place.


def test_in_place_results_take_the_place_of_their_sources(photos: Path, tmp_path: Path, hand: Hand) -> None:
    kept = tmp_path / "originals"
    result = hand.run(photos, destination=Destination(in_place=True, backup_dir=str(kept)))
    assert files_in(photos) == {
        "a.jpg": "hidden show other",
        "b.jpg": "hidden show",
        "d.txt": "show",
        "sub/c.jpg": "hidden harmless",
    }
    assert files_in(kept) == {"a.jpg": "show other", "b.jpg": "show", "sub/c.jpg": "harmless"}
    assert [one.output for one in result.redactions] == [one.path for one in result.redactions]


def test_a_folder_name_with_personal_data_that_other_files_keep_is_reported(photos: Path, hand: Hand) -> None:
    put(photos, {f"{NAME}/a.jpg": "show", f"{NAME}/notes.txt": "x", f"{NUMBER}/a.jpg": "show"})
    assert hand.run(photos).telling_folders == ()
    result = hand.run(photos, destination=Destination(in_place=True))
    assert result.telling_folders == (str(photos / NAME),)
    assert sorted(path.name for path in (photos / NAME).iterdir()) == ["notes.txt"]
    assert not (photos / NUMBER).exists()


@pytest.mark.parametrize("change", ["show third", None], ids=["changed", "gone"])
def test_in_place_a_file_that_changed_meanwhile_is_left_alone(photos: Path, hand: Hand, change: str | None) -> None:
    def late(assignment: RedactionJob, settings: RedactSettings) -> Redaction:
        redaction = hand.redact_image(assignment, settings)
        path = Path(assignment.path)
        if path.name == "a.jpg":
            path.unlink()
            if change is not None:
                path.write_text(change)
        return redaction

    result = hand.run(photos, destination=Destination(in_place=True), redact_image=late)
    first = result.redactions[0]
    assert (first.outcome, first.output, first.sha256) == (Outcome.FAILED, None, None)
    assert [problem.kind for problem in first.problems] == ["changed_meanwhile"]
    assert files_in(photos).get("a.jpg") == change
    assert outcomes(result)["b.jpg"] == "redacted"
    # The message asks for another run, which has to know what the other images showed.
    assert {entry.name for entry in (photos / ".idscan-tmp").iterdir()} == {"journal", "lock"}
    hand.run(photos, destination=Destination(in_place=True))
    assert files_in(photos).get("a.jpg") == (change and f"hidden {change}")
    assert not (photos / ".idscan-tmp").exists()


def test_in_place_a_link_is_left_alone(photos: Path, hand: Hand) -> None:
    (photos / "e.jpg").symlink_to(photos / "a.jpg")
    result = hand.run(photos, destination=Destination(in_place=True))
    assert outcomes(result)["e.jpg"] == "failed"
    kinds = {Path(one.path).name: [problem.kind for problem in one.problems] for one in result.redactions}
    assert kinds["e.jpg"] == ["linked_file"]
    assert "e.jpg" not in hand.names


def test_a_run_without_a_destination_is_wrong_usage(photos: Path, hand: Hand) -> None:
    with pytest.raises(UsageError, match="folder"):
        hand.run(photos, destination=Destination())


def test_wrong_usage_and_missing_engines_end_the_run(photos: Path, tmp_path: Path, hand: Hand) -> None:
    with pytest.raises(UsageError):
        hand.run(photos, photos)
    with pytest.raises(UsageError):
        hand.run(photos / "missing", tmp_path / "out")
    with pytest.raises(EngineMissingError):
        hand.run(photos, settings=RedactSettings(scan=Settings(required_engines=("tesseract",))))


# Results inside the input folder, and runs that go on.


def test_results_inside_the_input_folder_are_no_sources(photos: Path, hand: Hand) -> None:
    out = photos / "out"
    hand.run(photos, out)
    hand.run(photos, out)
    assert hand.names == ["a.jpg", "a.jpg", "b.jpg", "b.jpg", "c.jpg", "c.jpg"]
    assert set(files_in(out)) == {"a.jpg", "b.jpg", "sub/c.jpg"}


def test_unfinished_files_of_any_run_are_no_sources(photos: Path, hand: Hand) -> None:
    put(photos, {".idscan-tmp/0f3a": "show"})
    result = hand.run(photos)
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg"]
    assert len(result.scan.images) == 3


def cut_off(hand: Hand, photos: Path, settings: RedactSettings | None = None, after: int = 2) -> None:
    """Run until so many files are done; then press Ctrl-C."""
    calls = 0

    def interrupt(done: int, total: int | None) -> None:
        nonlocal calls
        calls += total == 3 and done == after
        if calls == 2:  # once for the scan, once for the results
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hand.run(photos, settings=settings, progress=interrupt)


def test_a_run_that_was_cut_off_goes_on(photos: Path, tmp_path: Path, hand: Hand) -> None:
    cut_off(hand, photos)
    done = {Path(name).name for name in files_in(tmp_path / "out") if not name.startswith(".")}
    assert len(done) == 2
    hand.assignments.clear()
    heard: list[tuple[int, int | None]] = []
    result = hand.run(photos, progress=lambda done, total: heard.append((done, total)))
    assert set(hand.names) == {"a.jpg", "b.jpg", "c.jpg"} - done
    assert heard[-2:] == [(2, 3), (3, 3)]
    assert [one.is_published for one in result.redactions] == [True] * 3
    earlier = [one for one in result.redactions if Path(one.path).name in done]
    for one in earlier:
        assert one.notes == ("converted_to_srgb", PUBLISHED_EARLIER)
        assert one.output is not None
        assert one.sha256 == digest_of(one.output)
        assert (one.verification, one.style, one.regions) == (CHECK, Style.BLUR, ((REGION,),))
    assert set(files_in(tmp_path / "out")) == {"a.jpg", "b.jpg", "sub/c.jpg"}


@pytest.mark.parametrize(("clean", "outcome"), [(Clean.STRIP, Outcome.STRIPPED), (Clean.AS_IS, Outcome.COPIED)])
def test_a_clean_image_that_was_published_earlier_is_reported_as_such(
    tmp_path: Path, hand: Hand, clean: Clean, outcome: Outcome
) -> None:
    photos = tmp_path / "photos"
    put(photos, {"a.jpg": "harmless", f"{NUMBER}.jpg": "harmless", "c.jpg": "show"})
    settings = RedactSettings(clean=clean)
    hand.outcomes = {"a.jpg": outcome, f"{NUMBER}.jpg": outcome}
    cut_off(hand, photos, settings, after=3)
    result = hand.run(photos, settings=settings)
    earlier = {Path(one.path).name: one for one in result.redactions}
    assert len(hand.assignments) == 3, "nothing is made twice"
    assert {earlier["a.jpg"].outcome, earlier[f"{NUMBER}.jpg"].outcome} == {outcome}
    assert earlier[f"{NUMBER}.jpg"].notes == ("converted_to_srgb", "renamed", PUBLISHED_EARLIER)


@pytest.mark.parametrize(
    "settings", [RedactSettings(style=Style.SOLID), RedactSettings(scan=Settings(max_pixels=7)), RedactSettings()]
)
def test_results_of_other_settings_are_made_anew(
    photos: Path, tmp_path: Path, hand: Hand, settings: RedactSettings
) -> None:
    cut_off(hand, photos, after=3)
    hand.assignments.clear()
    if settings == RedactSettings():
        (tmp_path / "out" / "a.jpg").write_text("changed by somebody")
    hand.run(photos, settings=settings)
    assert "a.jpg" in hand.names


def test_a_further_image_makes_all_results_anew(photos: Path, hand: Hand) -> None:
    # Values of the further image must not stay in any other result.
    cut_off(hand, photos, after=3)
    hand.assignments.clear()
    put(photos, {"e.jpg": "show third"})
    hand.run(photos)
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg", "e.jpg"]


def test_a_source_without_a_digest_is_not_recorded_and_redacted_again(photos: Path, hand: Hand) -> None:
    without_digest = FileInfo(None, "JPEG", 9, 9)
    hand.results = {name: image(name, info=without_digest) for name in ("a.jpg", "b.jpg", "c.jpg")}
    cut_off(hand, photos, after=3)
    hand.assignments.clear()
    result = hand.run(photos)
    assert hand.names == ["a.jpg", "b.jpg", "c.jpg"]
    assert all(PUBLISHED_EARLIER not in redaction.notes for redaction in result.redactions)


def test_progress_is_reported_for_the_scan_and_then_for_the_results(photos: Path, hand: Hand) -> None:
    heard: list[tuple[int, int | None]] = []
    hand.run(photos, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(0, None), (0, 3), (1, 3), (2, 3), (3, 3), (0, 3), (1, 3), (2, 3), (3, 3)]


def test_texts_do_not_stay_in_the_result(tmp_path: Path, hand: Hand) -> None:
    from tests.fakes.laid_out import seen

    put(tmp_path / "photos", {"a.jpg": "1"})
    hand.results = {"a.jpg": image("a.jpg", texts=(seen("x", BOX),), problems=(Problem("read", "odd", "odd"),))}
    result = hand.run(tmp_path / "photos")
    assert result.scan.images[0].texts == ()
    assert len(result.scan.images[0].problems) == 1
    assert len(hand.assignments[0].images[0].texts) == 1

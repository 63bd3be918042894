"""One file: what is painted and written, what is tried again, and what is never published."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Never

import numpy as np
import pytest
from PIL import Image, ImageDraw

from idscan.core import geometry
from idscan.core.enums import Clean, Field, FieldSet, Outcome, Rule, Style, Where
from idscan.core.geometry import quad_from_box
from idscan.core.types import LEAKS_BESIDE, FileInfo, ImageRef, ImageResult, Leak, Problem, RedactSettings
from idscan.engines.registry import available_engines
from idscan.redact import image as module
from idscan.redact.image import plan_pages, redact_image
from idscan.redact.watchlist import RedactionJob, Watchlist
from idscan.run.atomic import digest_of
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import NUMBER
from tests.fakes.laid_out import OUTLINE, SIZE, at, on_card, shown, whole_front
from tests.fakes.thumbnails import painted_over, patterned, with_thumbnail
from tests.synth.planted import PLANTED, encoded, planted_exif, scenery

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from idscan.core.geometry import Quad
    from idscan.core.settings import Settings
    from idscan.core.types import Redaction

    Leaks: TypeAlias = Callable[[int, list[list[Quad]]], list[list[Leak]]]

NOTHING = Watchlist(PiiMatcher())
NAME_PLACE = quad_from_box(64, 64, 160, 80)
AWAY = quad_from_box(300, 180, 340, 200)
NAMED = at(Field.NAME, NAME_PLACE)


@dataclass
class Reader:
    """Stands for reading back: what it says in each round, and what it was shown."""

    answers: list[list[list[Leak]]] = field(default_factory=list)
    painted: list[list[list[Quad]]] = field(default_factory=list)
    pictures: list[list[np.ndarray]] = field(default_factory=list)
    watches: list[Watchlist] = field(default_factory=list)
    known: list[list[bool]] = field(default_factory=list)

    def __call__(
        self,
        path: str,
        painted: Sequence[Sequence[Quad]],
        watch: Watchlist,
        settings: Settings,
        known: Sequence[ImageResult],
    ) -> list[list[Leak]]:
        assert settings == RedactSettings().scan
        self.known.append([image.has_doubts for image in known])
        self.painted.append([list(page) for page in painted])
        self.watches.append(watch)
        self.pictures.append(pages_of(path))
        round_number = len(self.painted) - 1
        return self.answers[round_number] if round_number < len(self.answers) else [[] for _ in painted]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    fake = Reader()
    monkeypatch.setattr(module, "rescan", fake)
    return fake


def pages_of(path: str | Path) -> list[np.ndarray]:
    with Image.open(path) as picture:
        pages = []
        for page in range(getattr(picture, "n_frames", 1)):
            picture.seek(page)
            pages.append(np.asarray(picture.convert("RGB")))
        return pages


def picture(width: int = 400, height: int = 260) -> Image.Image:
    """Return a picture with something printed at the place of a name."""
    page = scenery(width, height)
    ImageDraw.Draw(page).rectangle((70, 67, 150, 77), fill="black")
    return page


def assigned(
    folder: Path, content: bytes, *pages: ImageResult, twins: Sequence[ImageResult | None] = (), **facts: Any
) -> RedactionJob:
    """Store a file and what a scan found on its pages."""
    path, temporary = folder / "a.img", folder / "0f3a"
    path.write_bytes(content)
    temporary.touch()
    with Image.open(io.BytesIO(content)) as image:
        info = FileInfo(digest_of(str(path)), image.format if image.format != "MPO" else "JPEG", *image.size)
    images = tuple(
        replace(page, ref=ImageRef(str(path), page=number, pages=len(pages)), info=info)
        for number, page in enumerate(pages)
    )
    twins = tuple(twins) or (None,) * len(pages)
    facts = {"watchlist": NOTHING, **facts}
    return RedactionJob(path=str(path), images=images, near_duplicates=twins, temporary=str(temporary), **facts)


def changed_box(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what differs."""
    differs = (before != after).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def nothing_was_written(redaction: Redaction, assignment: RedactionJob) -> bool:
    return redaction.sha256 is None and redaction.output is None and os.path.getsize(assignment.temporary) == 0


def test_what_was_found_is_painted_over_and_the_rest_kept(tmp_path: Path, reader: Reader) -> None:
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=(NAMED,)))
    redaction = redact_image(assignment, RedactSettings(style=Style.SOLID, colour=(1, 2, 3)))
    assert redaction.outcome is Outcome.REDACTED
    assert redaction.sha256 == digest_of(assignment.temporary)
    assert (redaction.style, redaction.output, redaction.problems) == (Style.SOLID, None, ())
    ((region,),) = redaction.regions
    assert (region.field, region.rule) == (Field.NAME, Rule.PRINT)
    (result,) = pages_of(assignment.temporary)
    left, top, right, bottom = changed_box(np.asarray(picture()), result)
    assert (left, top) == (64 - 16, 64 - 16)
    assert (result[top:bottom, left:right] == (1, 2, 3)).all()
    assert right >= 56 + 14 * 16
    assert reader.painted == [[[region.quad]]]
    assert redaction.verification is not None
    assert (redaction.verification.passed, redaction.verification.rounds) == (True, 1)
    assert redaction.verification.engines == tuple(engine.name for engine in available_engines())


def test_the_result_does_not_depend_on_what_was_hidden(tmp_path: Path, reader: Reader) -> None:
    del reader
    results = []
    for ink in ("black", "red"):
        page = picture()
        ImageDraw.Draw(page).rectangle((80, 69, 120, 75), fill=ink)
        assignment = assigned(tmp_path, encoded(page, "PNG"), shown(findings=(NAMED,)))
        results.append(redact_image(assignment, RedactSettings()).sha256)
    assert results[0] == results[1]


def test_nothing_besides_pixels_is_written(tmp_path: Path, reader: Reader) -> None:
    del reader
    content = encoded(picture(), "JPEG", exif=planted_exif(), comment=PLANTED) + PLANTED
    assignment = assigned(tmp_path, content, shown(findings=(NAMED,)))
    redact_image(assignment, RedactSettings())
    with open(assignment.temporary, "rb") as result:
        assert PLANTED not in result.read()


def test_the_values_of_the_picture_are_watched_with_those_of_the_run(tmp_path: Path, reader: Reader) -> None:
    watch = Watchlist(PiiMatcher(frozenset({NUMBER})))
    page = shown(findings=(at(Field.DATE_OF_BIRTH, NAME_PLACE, "1999-01-15"),))
    redact_image(assigned(tmp_path, encoded(picture(), "PNG"), page, watchlist=watch), RedactSettings())
    (heard,) = reader.watches
    assert heard.is_in_text("15.01.1999")
    assert heard.is_in_text(NUMBER)


# What leaks is hidden more widely.


def leak(quad: Quad | None, kind: str = "readable") -> Leak:
    return Leak(kind, Field.NUMBER, quad, "it can be read")


def test_a_leak_is_hidden_in_the_next_round_with_more_around_everything(tmp_path: Path, reader: Reader) -> None:
    reader.answers = [[[leak(AWAY), leak(None)]]]
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=(NAMED,)))
    redaction = redact_image(assignment, RedactSettings(style=Style.SOLID, colour=(7, 8, 9)))
    assert redaction.outcome is Outcome.REDACTED
    assert redaction.verification is not None
    assert (redaction.verification.passed, redaction.verification.rounds) == (True, 2)
    (region,) = [region for region in redaction.regions[0] if region.rule is Rule.LEAK]
    assert region.field is Field.NUMBER
    assert geometry.overlap(AWAY, region.quad) == pytest.approx(1)
    first, second = (page[0] for page in reader.pictures)
    hidden_first, hidden_next = ((page == (7, 8, 9)).all(axis=2) for page in (first, second))
    assert not (hidden_first & ~hidden_next).any()
    assert hidden_next.sum() > hidden_first.sum() + 20 * 40
    assert hidden_next[180:200, 300:340].all()


def test_what_leaked_once_is_read_thoroughly(tmp_path: Path, reader: Reader) -> None:
    reader.answers = [[[leak(AWAY)]]]
    redact_image(assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=(NAMED,))), RedactSettings())
    assert reader.known == [[False], [True]]


def test_what_leaked_in_an_earlier_round_stays_hidden(tmp_path: Path, reader: Reader) -> None:
    other = geometry.shifted(AWAY, -200, 0)
    reader.answers = [[[leak(AWAY)]], [[leak(other)]]]
    redaction = redact_image(assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=(NAMED,))), RedactSettings())
    leaked = [region for region in redaction.regions[0] if region.rule is Rule.LEAK]
    assert [geometry.centre(region.quad) for region in leaked] == [geometry.centre(AWAY), geometry.centre(other)]


def test_in_the_end_whole_cards_are_hidden(tmp_path: Path, reader: Reader) -> None:
    reader.answers = [[[leak(None)]], [[leak(None)]]]
    assignment = assigned(tmp_path, encoded(picture(*SIZE), "PNG"), shown(whole_front()))
    redaction = redact_image(assignment, RedactSettings())
    assert redaction.verification is not None
    assert redaction.verification.rounds == 3
    before = np.asarray(picture(*SIZE))
    heading = [round(edge) for edge in geometry.bounds(on_card((0.4, 0.05, 0.6, 0.25)))]
    parts = [page[0][heading[1] : heading[3], heading[0] : heading[2]] for page in reader.pictures]
    kept = before[heading[1] : heading[3], heading[0] : heading[2]]
    assert [np.array_equal(part, kept) for part in parts] == [True, True, False]
    assert Rule.CARD in {region.rule for region in redaction.regions[0]}
    assert geometry.overlap(OUTLINE, redaction.regions[0][0].quad) == pytest.approx(1)


def test_what_leaks_in_every_round_is_not_published(tmp_path: Path, reader: Reader) -> None:
    reader.answers = [[[leak(AWAY), leak(None, "metadata")]]] * 9
    redaction = redact_image(assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=(NAMED,))), RedactSettings())
    assert (redaction.outcome, redaction.sha256) == (Outcome.LEAKS, None)
    assert len(reader.painted) == 4
    assert redaction.verification is not None
    assert (redaction.verification.passed, redaction.verification.rounds) == (False, 4)
    (problem,) = redaction.problems
    assert (problem.stage, problem.kind) == ("verify", "still_leaks")
    assert "metadata, readable" in problem.message


# What is never published.


@pytest.mark.parametrize("kind", ["text_not_read", "pages_not_scanned"])
def test_what_was_not_read_in_full_is_not_published(tmp_path: Path, kind: str) -> None:
    problems = (Problem("read", kind, "cut it into parts"), Problem("load", "odd", "odd but readable"))
    pages = shown(findings=(NAMED,), problems=problems), shown(problems=problems[:1])
    assignment = assigned(tmp_path, encoded(picture(), "TIFF", save_all=True, append_images=[picture()]), *pages)
    redaction = redact_image(assignment, RedactSettings())
    assert (redaction.outcome, redaction.problems) == (Outcome.FAILED, problems[:1])
    assert nothing_was_written(redaction, assignment)


def test_a_second_picture_that_nobody_can_read_does_not_hold_up_the_first(tmp_path: Path, reader: Reader) -> None:
    del reader
    content = encoded(picture(), "MPO", save_all=True, append_images=[picture()])
    assignment = assigned(tmp_path, content, shown(findings=(NAMED,)), shown())
    torn = replace(assignment.images[1], info=FileInfo(assignment.images[0].info.sha256, "JPEG"))
    torn = replace(torn, problems=(Problem("load", "truncated", "it ends too early"),))
    redaction = redact_image(replace(assignment, images=(assignment.images[0], torn)), RedactSettings())
    assert redaction.outcome is Outcome.REDACTED


def test_what_could_not_be_read_is_not_published(tmp_path: Path) -> None:
    torn = Problem("load", "truncated", "it ends too early")
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown())
    unreadable = replace(assignment.images[0], info=FileInfo(assignment.images[0].info.sha256), problems=(torn,))
    redaction = redact_image(replace(assignment, images=(unreadable,)), RedactSettings())
    assert (redaction.outcome, redaction.problems) == (Outcome.FAILED, (torn,))
    assert nothing_was_written(redaction, assignment)


@pytest.mark.parametrize("findings", [(NAMED,), ()], ids=["exposed", "clean"])
def test_a_file_that_is_another_than_was_scanned_is_not_published(tmp_path: Path, findings: Any) -> None:
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=findings))
    (tmp_path / "a.img").write_bytes(encoded(picture(), "BMP"))
    redaction = redact_image(assignment, RedactSettings())
    assert (redaction.outcome, [problem.kind for problem in redaction.problems]) == (
        Outcome.FAILED,
        ["changed_meanwhile"],
    )
    assert nothing_was_written(redaction, assignment)


def test_a_file_that_is_gone_is_not_published(tmp_path: Path) -> None:
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=(NAMED,)))
    (tmp_path / "a.img").unlink()
    redaction = redact_image(assignment, RedactSettings())
    assert [problem.kind for problem in redaction.problems] == ["changed_meanwhile"]


def test_a_file_whose_pixels_cannot_be_had_again_is_told(tmp_path: Path) -> None:
    content = encoded(picture(), "PNG")
    assignment = assigned(tmp_path, content, shown(findings=(NAMED,)))
    (tmp_path / "a.img").write_bytes(b"no picture at all")
    info = replace(assignment.images[0].info, sha256=digest_of(assignment.path))
    redaction = redact_image(replace(assignment, images=(replace(assignment.images[0], info=info),)), RedactSettings())
    assert redaction.outcome is Outcome.FAILED
    assert len(redaction.problems) == 1
    assert nothing_was_written(redaction, assignment)


@pytest.mark.parametrize("clean", [Clean.STRIP, Clean.AS_IS])
@pytest.mark.parametrize("findings", [(NAMED,), ()], ids=["exposed", "clean"])
def test_a_full_disk_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, findings: Any, clean: Clean) -> None:
    def refuse(*_: object) -> Never:
        raise OSError(errno.ENOSPC, "made up")

    monkeypatch.setattr(os, "fsync", refuse)
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=findings))
    (problem,) = redact_image(assignment, RedactSettings(clean=clean)).problems
    assert (problem.stage, problem.kind) == ("publish", "cannot_write")
    assert "No space left" in problem.message


@pytest.mark.parametrize("number", [None, errno.EIO])
def test_an_error_of_a_library_is_not_taken_for_a_file_that_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    def fail(*_: object) -> Never:
        error = OSError("made up")
        error.errno = number
        raise error

    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown())
    monkeypatch.setattr(hashlib, "file_digest", fail)
    if number is None:
        with pytest.raises(OSError, match="made up"):
            redact_image(assignment, RedactSettings())
    else:
        (problem,) = redact_image(assignment, RedactSettings()).problems
        assert problem.kind == "changed_meanwhile"


# Several pages.


def test_each_page_of_a_document_has_its_own_regions(tmp_path: Path, reader: Reader) -> None:
    content = encoded(picture(), "TIFF", save_all=True, append_images=[picture()])
    redaction = redact_image(assigned(tmp_path, content, shown(), shown(findings=(NAMED,))), RedactSettings())
    assert [len(page) for page in redaction.regions] == [0, 1]
    first, second = reader.pictures[0]
    assert np.array_equal(first, np.asarray(picture()))
    assert not np.array_equal(second, np.asarray(picture()))


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP"])
def test_what_one_frame_of_an_animation_shows_is_hidden_in_all(
    tmp_path: Path, reader: Reader, format_name: str
) -> None:
    frames = [picture(), picture().rotate(180), picture().rotate(0)]
    options = {"lossless": True} if format_name == "WEBP" else {}
    content = encoded(frames[0], format_name, save_all=True, append_images=frames[1:], duration=100, **options)
    number = at(Field.NUMBER, AWAY)
    pages = shown(), shown(findings=(NAMED,)), shown(findings=(number,))
    (tmp_path / "b").write_bytes(content)
    count = len(pages_of(tmp_path / "b"))
    redaction = redact_image(assigned(tmp_path, content, *pages[:count]), RedactSettings(style=Style.SOLID))
    assert len(redaction.regions) == count == 3
    assert len(set(redaction.regions)) == 1
    assert {region.field for region in redaction.regions[0]} == {Field.NAME, Field.NUMBER}
    for page in reader.pictures[0]:
        assert not page[66:78, 70:150].any()
        assert not page[184:196, 305:335].any()


def test_a_leak_of_one_frame_is_hidden_in_all(tmp_path: Path, reader: Reader) -> None:
    content = encoded(picture(), "GIF", save_all=True, append_images=[picture().rotate(180)], duration=100)
    reader.answers = [[[], [leak(AWAY)]]]
    redaction = redact_image(assigned(tmp_path, content, shown(findings=(NAMED,)), shown()), RedactSettings())
    assert [sum(region.rule is Rule.LEAK for region in page) for page in redaction.regions] == [1, 1]


def test_of_a_file_with_several_pictures_the_first_hides_what_the_others_show(tmp_path: Path, reader: Reader) -> None:
    preview = picture(200, 130)
    content = encoded(picture(), "MPO", save_all=True, append_images=[preview])
    assignment = assigned(tmp_path, content, shown(), shown(findings=(at(Field.NAME, geometry.scaled(AWAY, 0.5)),)))
    small = replace(assignment.images[1], info=replace(assignment.images[1].info, width=200, height=130))
    sex = replace(small, findings=(at(Field.SEX, NAME_PLACE),), ref=replace(small.ref, page=2))
    images = (assignment.images[0], small, sex)
    redaction = redact_image(replace(assignment, images=images, near_duplicates=(None,) * 3), RedactSettings())
    ((region,),) = redaction.regions
    assert region.rule is Rule.NEAR_DUPLICATE
    assert geometry.overlap(AWAY, region.quad) == pytest.approx(1)
    assert redaction.notes == ("extra_pictures_dropped",)
    assert len(reader.pictures[0]) == 1


def test_a_leak_of_a_file_with_several_pictures_is_hidden_in_the_one_that_is_kept(
    tmp_path: Path, reader: Reader
) -> None:
    content = encoded(picture(), "MPO", save_all=True, append_images=[picture()])
    reader.answers = [[[leak(AWAY)]]]
    redaction = redact_image(assigned(tmp_path, content, shown(findings=(NAMED,)), shown()), RedactSettings())
    assert redaction.outcome is Outcome.REDACTED
    assert Rule.LEAK in {region.rule for region in redaction.regions[0]}


def test_in_a_picture_like_an_exposed_one_the_same_places_are_hidden(tmp_path: Path, reader: Reader) -> None:
    twin = shown(findings=(NAMED,), info=FileInfo("b", "PNG", 400, 260))
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown(), twins=[twin])
    redaction = redact_image(assignment, RedactSettings())
    assert [[region.rule for region in page] for page in redaction.regions] == [[Rule.NEAR_DUPLICATE]]
    assert geometry.overlap(NAME_PLACE, quad_from_box(*changed_box(np.asarray(picture()), reader.pictures[0][0]))) == 1


def test_what_is_planned_is_what_is_hidden_first(tmp_path: Path, reader: Reader) -> None:
    del reader
    page = shown(findings=(NAMED, at(Field.SEX, AWAY)))
    for fields in FieldSet:
        settings = RedactSettings(fields=fields)
        assignment = assigned(tmp_path, encoded(picture(), "PNG"), page)
        assert plan_pages(assignment, settings) == redact_image(assignment, settings).regions


# Nothing to hide.


def test_a_clean_picture_is_stripped_and_its_pixels_kept(tmp_path: Path) -> None:
    content = encoded(picture(), "JPEG", quality=80, exif=planted_exif(), comment=PLANTED) + PLANTED
    assignment = assigned(tmp_path, content, shown(findings=(at(Field.SEX, AWAY),)))
    redaction = redact_image(assignment, RedactSettings())
    assert (redaction.outcome, redaction.notes, redaction.regions) == (Outcome.STRIPPED, (), ())
    assert redaction.sha256 == digest_of(assignment.temporary)
    assert np.array_equal(pages_of(assignment.temporary)[0], pages_of(assignment.path)[0])
    with open(assignment.temporary, "rb") as result:
        assert PLANTED not in result.read()


def test_a_clean_picture_that_cannot_be_stripped_is_written_anew(tmp_path: Path) -> None:
    content = encoded(picture(), "TIFF", description=PLANTED.decode(), save_all=True, append_images=[picture()])
    assignment = assigned(tmp_path, content, shown(), shown())
    redaction = redact_image(assignment, RedactSettings())
    assert (redaction.outcome, redaction.notes) == (Outcome.STRIPPED, ("reencoded",))
    assert np.array_equal(pages_of(assignment.temporary), [np.asarray(picture())] * 2)
    with open(assignment.temporary, "rb") as result:
        assert PLANTED not in result.read()


def test_a_clean_picture_of_no_known_format_cannot_be_written(tmp_path: Path) -> None:
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown())
    (tmp_path / "a.img").write_bytes(b"no picture")
    info = FileInfo(digest_of(assignment.path), None, 400, 260)
    redaction = redact_image(replace(assignment, images=(replace(assignment.images[0], info=info),)), RedactSettings())
    assert redaction.outcome is Outcome.FAILED


def test_a_clean_picture_is_copied_or_left_out_as_asked(tmp_path: Path) -> None:
    content = encoded(picture(), "JPEG", comment=b"taken by a made-up camera")
    assignment = assigned(tmp_path, content, shown())
    left_out = redact_image(assignment, RedactSettings(clean=Clean.SKIP))
    assert left_out.outcome is Outcome.LEFT_OUT
    assert nothing_was_written(left_out, assignment)
    copied = redact_image(assignment, RedactSettings(clean=Clean.AS_IS))
    assert (copied.outcome, copied.sha256) == (Outcome.COPIED, assignment.images[0].info.sha256)
    assert digest_of(assignment.temporary) == copied.sha256


@pytest.mark.parametrize("clean", list(Clean))
def test_what_is_exposed_is_hidden_whatever_is_asked_for_clean_pictures(
    tmp_path: Path, reader: Reader, clean: Clean
) -> None:
    del reader
    assignment = assigned(tmp_path, encoded(picture(), "PNG"), shown(findings=(NAMED,)))
    assert redact_image(assignment, RedactSettings(clean=clean)).outcome is Outcome.REDACTED


def of_another_picture() -> Watchlist:
    return Watchlist(PiiMatcher(numbers=frozenset({NUMBER})))


def test_a_clean_picture_whose_palette_says_a_number_of_the_run_is_written_anew(tmp_path: Path) -> None:
    flat = Image.new("P", (64, 48))
    flat.putpalette([200, 210, 220, 10, 20, 30, *NUMBER.encode()])
    content = io.BytesIO()
    flat.save(content, "PNG")
    assert NUMBER.encode() in content.getvalue()
    untroubled = redact_image(assigned(tmp_path, content.getvalue(), shown()), RedactSettings())
    assert (untroubled.outcome, untroubled.notes) == (Outcome.STRIPPED, ())
    assignment = assigned(tmp_path, content.getvalue(), shown(), watchlist=of_another_picture())
    record = redact_image(assignment, RedactSettings())
    assert (record.outcome, record.notes) == (Outcome.STRIPPED, ("reencoded",))
    with open(assignment.temporary, "rb") as result:
        assert NUMBER.encode() not in result.read()
    assert np.array_equal(pages_of(assignment.temporary)[0], pages_of(assignment.path)[0])


# What is to be copied as it is, and gives somebody away beside its pixels.


def with_a_comment(text: str) -> bytes:
    return encoded(Image.new("RGB", (64, 48)), "JPEG", comment=text.encode())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (with_a_comment("CMND 012345678"), "metadata"),
        (with_a_comment(f"Số CCCD: {NUMBER}"), "metadata"),
        (with_thumbnail(painted_over((640, 480)), patterned((160, 120))), "embedded_picture"),
    ],
    ids=["a number of the run", "any citizen number", "a thumbnail that shows more"],
)
def test_a_clean_picture_is_not_copied_with_what_gives_somebody_away(tmp_path: Path, content: bytes, kind: str) -> None:
    watch = Watchlist(PiiMatcher(numbers=frozenset({"012345678"})))
    record = redact_image(assigned(tmp_path, content, shown(), watchlist=watch), RedactSettings(clean=Clean.AS_IS))
    assert (record.outcome, record.sha256) == (Outcome.LEAKS, None)
    (problem,) = record.problems
    assert problem.kind == LEAKS_BESIDE
    assert f"({kind})" in problem.message
    assert "--clean strip" in problem.message
    assert "012345678" not in repr(record)
    assert NUMBER not in repr(record)


def test_a_clean_picture_is_not_copied_with_a_readable_card_behind_its_end(tmp_path: Path) -> None:
    content = encoded(picture(), "JPEG") + encoded(picture(), "JPEG")
    plain = redact_image(assigned(tmp_path, content, shown()), RedactSettings(clean=Clean.AS_IS))
    assert plain.outcome is Outcome.COPIED
    card = replace(shown(whole_front()), where=Where.TRAILING)
    carrying = replace(shown(), embedded=(card,))
    record = redact_image(assigned(tmp_path, content, carrying), RedactSettings(clean=Clean.AS_IS))
    assert record.outcome is Outcome.LEAKS


def test_a_card_that_only_the_thumbnail_shows_is_never_painted_on_the_image(tmp_path: Path) -> None:
    carrying = replace(shown(), embedded=(replace(shown(whole_front()), where=Where.THUMBNAIL),))
    record = redact_image(assigned(tmp_path, encoded(picture(), "JPEG"), carrying), RedactSettings())
    assert (record.outcome, record.regions) == (Outcome.STRIPPED, ())


@pytest.mark.parametrize("kind", ["truncated", "damaged", "leading_bytes"])
def test_an_image_that_was_decoded_in_part_is_not_published(tmp_path: Path, kind: str) -> None:
    partial = replace(shown(), problems=(Problem("load", kind, "made up"),))
    record = redact_image(assigned(tmp_path, encoded(picture(), "JPEG"), partial), RedactSettings())
    assert (record.outcome, [problem.kind for problem in record.problems]) == (Outcome.FAILED, [kind])


def test_a_copy_that_cannot_be_read_is_not_published(tmp_path: Path) -> None:
    assignment = assigned(tmp_path, encoded(picture(), "JPEG"), shown())
    (tmp_path / "a.img").write_bytes(b"no image")
    info = replace(assignment.images[0].info, sha256=digest_of(assignment.path))
    assignment = replace(assignment, images=(replace(assignment.images[0], info=info),))
    record = redact_image(assignment, RedactSettings(clean=Clean.AS_IS))
    assert (record.outcome, record.sha256) == (Outcome.FAILED, None)
    assert [problem.stage for problem in record.problems] == ["load"]


def test_a_value_in_uncompressed_pixels_keeps_a_clean_image_from_being_published(tmp_path: Path) -> None:
    page = picture()
    row = np.frombuffer((NUMBER * 3).encode(), np.uint8).reshape(1, -1, 3)
    page.paste(Image.fromarray(row[:, :, ::-1].copy()), (8, 8))
    watch = Watchlist(PiiMatcher(frozenset({NUMBER})))
    record = redact_image(assigned(tmp_path, encoded(page, "BMP"), shown(), watchlist=watch), RedactSettings())
    assert (record.outcome, [problem.kind for problem in record.problems]) == (Outcome.LEAKS, ["still_leaks"])

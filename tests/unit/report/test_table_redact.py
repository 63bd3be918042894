from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idscan.core.enums import Clean, Outcome, Rule, Style
from idscan.core.types import ImageRef, Problem, RedactSettings, Region, Skipped, Verification
from idscan.report import table
from idscan.report.registry import ReportOptions
from tests.factories import (
    BOX,
    NAME,
    NUMBER,
    PLANTED,
    chip_front,
    image,
    redact_run_of,
    redacted,
    run_of,
    stripped,
    typical_redact_run,
    unpublished,
    unreadable_image,
)

if TYPE_CHECKING:
    from idscan.core.types import ImageResult, RedactResult

FIELDS = RedactSettings().fields.value


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)


def text_of(result: RedactResult, **options: bool) -> str:
    stream = io.StringIO()
    table.write(result, stream, ReportOptions(**options))
    return stream.getvalue()


def lines_of(result: RedactResult, **options: bool) -> list[str]:
    return [line.rstrip() for line in text_of(result, **options).splitlines()]


def test_a_redacted_picture_is_told_with_what_was_hidden_where_and_how_it_was_checked() -> None:
    lines = lines_of(typical_redact_run())
    (start,) = (position for position, line in enumerate(lines) if line.startswith("front.jpg"))
    assert re.fullmatch(r"front\.jpg +number, name, birth date, QR code +verified, round 1", lines[start])
    assert lines[start + 1].strip() == "4 places, compressed again"
    assert lines[start + 2].strip() == "to redacted/shop/front.jpg"


def test_a_region_without_a_field_is_told_by_its_rule_unless_it_only_repeats_one() -> None:
    told = text_of(typical_redact_run())
    assert "QR code, whole card" in told
    assert "what another place gives away" not in told


def test_pages_and_rounds_are_counted() -> None:
    text = text_of(typical_redact_run())
    assert "4 places, 3 pages, compressed again" in text
    assert "verified, round 2" in text


def test_one_place_is_one_place() -> None:
    one = redacted("in/a.jpg", (Region(None, BOX, Rule.CARD),), notes=())
    lines = lines_of(redact_run_of(run_of(image("in/a.jpg", chip_front())), one))
    assert any(line.strip() == "1 place" for line in lines)


def test_a_picture_replaced_in_place_needs_no_second_path() -> None:
    replaced = redacted("in/a.jpg", output="in/a.jpg")
    assert "to in/a.jpg" not in text_of(redact_run_of(run_of(image("in/a.jpg", chip_front())), replaced))


def test_the_look_of_hidden_places_is_explained_where_there_are_any() -> None:
    solid = redact_run_of(run_of(image("in/a.jpg")), redacted("in/a.jpg", style=Style.SOLID), style=Style.SOLID)
    assert "covered with a flat colour" in text_of(solid)
    clean = redact_run_of(run_of(image("in/a.jpg")), stripped("in/a.jpg"))
    assert "Hidden places" not in text_of(clean)


def test_nothing_that_was_read_shows_unless_revealed() -> None:
    path = f"in/{NUMBER} {NAME}.jpg"
    result = redact_run_of(run_of(image(path, chip_front())), redacted(path, output=f"redacted/{NAME}.jpg"))
    masked = text_of(result)
    assert [value for value in PLANTED if value in masked] == []
    assert "***.jpg" in masked
    assert f"to redacted/{NAME}.jpg" in text_of(result, reveal=True)


def test_leaks_and_failures_are_listed_with_their_reasons() -> None:
    lines = lines_of(typical_redact_run())
    start = lines.index("Still leaks")
    assert lines[start + 1] == "  photos/shop/screenshot.webp  a name could still be read; found in it: number, name"
    start = lines.index("Could not be redacted")
    assert lines[start + 1 : start + 3] == [
        "  photos/zalo/torn.jpg  photos/zalo/torn.jpg ends too early; get the file again",
        "  photos/closed  cannot list the folder: no permission",
    ]


def test_a_failure_without_a_reason_of_its_own_has_that_of_the_reading() -> None:
    failed = unpublished("in/a.jpg", Outcome.FAILED, style=None, regions=(), verification=None)
    text = text_of(redact_run_of(run_of(unreadable_image("in/a.jpg")), failed))
    assert "in/a.jpg ends too early" in text


def test_a_picture_that_leaks_is_not_called_verified() -> None:
    (line,) = (line for line in lines_of(typical_redact_run()) if line.startswith("screenshot.webp"))
    assert line.endswith("still leaks")


def test_a_safe_picture_that_could_not_be_written_is_not_called_verified() -> None:
    problem = Problem("publish", "would_overwrite", "another file stands there")
    failed = unpublished("in/a.jpg", Outcome.FAILED, problem)
    text = text_of(redact_run_of(run_of(image("in/a.jpg", chip_front())), failed))
    assert "verified" not in text
    assert re.search(r"would be hidden: number, name, birth date, QR code +not published", text)
    assert "another file stands there" in text


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        (
            (image("in/a.jpg", chip_front()),),
            "made up; found in it: number, old number, name, birth date, sex, residence,",
        ),
        ((image("in/a.jpg"),), "made up; nothing found in what could be read of it"),
        ((unreadable_image("in/a.jpg"),), "made up"),
    ],
)
def test_of_a_file_that_is_not_published_it_is_told_what_was_found(pages: tuple[ImageResult, ...], told: str) -> None:
    cut = Problem("load", "truncated", "made up.")
    failed = unpublished("in/a.jpg", Outcome.FAILED, cut, style=None, regions=(), verification=None)
    text = " ".join(text_of(redact_run_of(run_of(*pages), failed)).split())
    assert f"Could not be redacted in/a.jpg {told}" in text
    assert [value for value in PLANTED if value in text] == []


def test_a_result_of_an_earlier_run_is_listed_with_what_it_hides() -> None:
    earlier = redacted("in/a.jpg", verification=None, notes=("published_earlier",))
    assert re.search(
        r"QR code +by an earlier run", text_of(redact_run_of(run_of(image("in/a.jpg", chip_front())), earlier))
    )


def test_published_pictures_with_problems_are_to_be_looked_at() -> None:
    lines = lines_of(typical_redact_run())
    start = lines.index("Look at these yourself")
    assert lines[start + 1 : start + 3] == ["  photos/glare.jpg  a code was seen but not read", ""]


@pytest.mark.parametrize(("is_copy", "is_listed"), [(False, False), (True, True)])
def test_what_was_not_examined_matters_only_where_it_was_copied(*, is_copy: bool, is_listed: bool) -> None:
    video = Problem("read", "trailing_video", "A video that was not examined")
    copied = {"outcome": Outcome.COPIED} if is_copy else {}
    run = redact_run_of(run_of(image("in/a.jpg", problems=(video,))), stripped("in/a.jpg", **copied))
    assert ("A video that was not examined" in text_of(run)) is is_listed


def test_the_last_lines_count_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert lines_of(typical_redact_run())[-4:] == [
        "1 picture still gives something away and was not published.",
        (
            "7 pictures · 3 redacted · 1 harmless, published without metadata · 1 harmless, left out "
            "· 1 leaking, not published · 1 failed, not published"
        ),
        "Changed besides: 2 compressed again, 1 renamed, 1 colours converted to sRGB",
        "Skipped: 2 not a picture, 1 empty file",
    ]


def test_pictures_that_are_copied_are_counted_apart() -> None:
    copied = stripped("in/a.jpg", outcome=Outcome.COPIED)
    result = redact_run_of(run_of(image("in/a.jpg")), copied, clean=Clean.AS_IS)
    assert lines_of(result)[-2:] == [
        "Nothing found that gives a person away.",
        "1 picture · 1 harmless, copied as they are",
    ]


def test_the_verdict_is_no_better_than_the_worst_picture() -> None:
    fine, torn = image("in/a.jpg", chip_front()), unreadable_image("in/b.jpg")
    done, failed = redacted("in/a.jpg"), unpublished("in/b.jpg", Outcome.FAILED, verification=None)
    leak = unpublished("in/b.jpg", Outcome.LEAKS)
    closed = (Skipped("in/c", "cannot list the folder", is_unreadable=True),)
    hidden = f"What --fields {FIELDS} covers is hidden where found; none of it came back when read again."
    partly = f"Not every image was published. In the others, what --fields {FIELDS} covers is hidden where found."
    assert hidden in text_of(redact_run_of(run_of(fine), done))
    assert partly in text_of(redact_run_of(run_of(fine, torn), done, failed))
    assert partly in text_of(redact_run_of(run_of(fine, skipped=closed), done))
    leaking = text_of(redact_run_of(run_of(fine, torn), done, leak, failed))
    assert "1 picture still gives something away" in leaking
    assert hidden not in leaking


def test_of_a_run_that_published_nothing_no_other_pictures_are_told() -> None:
    torn, failed = unreadable_image("in/b.jpg"), unpublished("in/b.jpg", Outcome.FAILED, verification=None)
    closed = (Skipped("in/c", "cannot list the folder", is_unreadable=True),)
    for result in (redact_run_of(run_of(torn), failed), redact_run_of(run_of(skipped=closed))):
        lines = lines_of(result)
        assert "Nothing was published; see the report for the reasons." in lines
        assert not any("In the others" in line for line in lines)


def test_folders_whose_names_still_tell_are_listed_masked_and_change_the_verdict() -> None:
    path = f"in/{NAME}/a.jpg"
    result = redact_run_of(run_of(image(path, chip_front())), redacted(path, output="in/renamed-1/a.jpg"))
    result = replace(result, telling_folders=(f"in/{NAME}",))
    lines = lines_of(result)
    start = lines.index("Folders whose names still give somebody away")
    assert lines[start + 1] == "  in/***  other files lie in it, or it was named to be redacted itself; rename it"
    assert f"Names of folders still give somebody away. In images, what --fields {FIELDS} covers is hidden." in lines
    assert NAME not in "".join(lines)


@pytest.mark.parametrize("columns", [60, 70, 100])
def test_no_line_is_wider_than_the_screen(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(len, text_of(typical_redact_run(), reveal=True).splitlines())) <= columns


def test_hostile_names_are_harmless() -> None:
    path = "in/[red]a\x1b[31m:smile:\n\udcff.jpg"
    text = text_of(redact_run_of(run_of(image(path, chip_front())), redacted(path)))
    assert r"[red]a\x1b[31m:smile:\n\xff.jpg" in text
    assert "\x1b" not in text


def test_pages_of_one_file_are_one_row() -> None:
    pages = [image("a.tiff", chip_front(), ref=ImageRef("a.tiff", page=page, pages=2)) for page in range(2)]
    check = Verification(passed=True, rounds=1, engines=())
    lines = lines_of(redact_run_of(run_of(*pages), redacted("a.tiff", verification=check)))
    assert sum("a.tiff" in line for line in lines) == 1
    assert "1 picture · 1 redacted" in lines


def test_ten_thousand_harmless_pictures_are_counted_and_not_listed() -> None:
    paths = [f"h/{position:05}.jpg" for position in range(10_000)]
    lines = lines_of(redact_run_of(run_of(*map(image, paths)), *map(stripped, paths)))
    assert len(lines) < 10
    assert "10000 pictures · 10000 harmless, published without metadata" in lines

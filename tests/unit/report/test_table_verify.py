from __future__ import annotations

import io
import re

import pytest

from idscan.core.enums import Field
from idscan.core.types import ImageRef, Leak, VerifyResult
from idscan.report import table
from idscan.report.registry import ReportOptions
from tests.factories import (
    BOX,
    NUMBER,
    PLANTED,
    chip_front,
    image,
    run_of,
    typical_verify_run,
    unreadable_image,
)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)


def text_of(result: VerifyResult, **options: bool) -> str:
    stream = io.StringIO()
    table.write(result, stream, ReportOptions(**options))
    return stream.getvalue()


def lines_of(result: VerifyResult, **options: bool) -> list[str]:
    return [line.rstrip() for line in text_of(result, **options).splitlines()]


def test_an_image_has_one_row_with_what_came_back_and_what_hides_it() -> None:
    lines = lines_of(typical_verify_run())
    (start,) = (position for position, line in enumerate(lines) if line.startswith("front.jpg"))
    assert re.fullmatch(r"front\.jpg +number: can be read +--fields card", lines[start])
    assert lines[start + 1].strip() == "QR code: a blurred or pixelated code was restored"


def test_fields_that_came_back_in_the_same_way_stand_together() -> None:
    ref = ImageRef("in/a.jpg")
    leaks = [Leak("readable", field, BOX, "it can be read") for field in (Field.NUMBER, Field.NAME, Field.NUMBER)]
    leaks += [Leak("unread", Field.QR, BOX, "it is seen"), Leak("metadata", None, None, "a number in a comment")]
    text = text_of(VerifyResult(scan=run_of(image(ref.path)), leaks=((ref, tuple(leaks)),)))
    assert "number, name: can be read" in text
    assert "QR code: visible, but could not be read; others may" in text
    assert text.count("a.jpg") == 1


def test_what_stands_beside_the_pixels_is_left_out_by_a_clean_copy() -> None:
    text = text_of(typical_verify_run())
    assert re.search(r"screenshot\.webp +a thumbnail or preview shows more than the picture +--clean strip", text)


def test_the_last_lines_count_everything() -> None:
    assert lines_of(typical_verify_run())[-3:] == [
        "Something came back from 2 pictures.",
        "7 pictures · 2 could not be read",
        "Skipped: 2 not a picture, 1 empty file",
    ]


def test_nothing_came_back_is_said_only_of_what_was_read() -> None:
    fine, torn = image("in/a.jpg"), unreadable_image("in/b.jpg")
    assert lines_of(VerifyResult(scan=run_of(fine), leaks=((fine.ref, ()),))) == [
        "",
        "Nothing came back.",
        "1 picture",
    ]
    partly = lines_of(VerifyResult(scan=run_of(fine, torn), leaks=()))
    assert partly[-2:] == [
        "Nothing came back from what could be examined.",
        "2 pictures · 1 could not be read",
    ]
    assert "Could not be read" in partly


def test_pictures_with_problems_are_to_be_looked_at() -> None:
    lines = lines_of(typical_verify_run())
    start = lines.index("Look at these yourself")
    assert lines[start + 1] == "  photos/glare.jpg  a code was seen but not read"


def test_nothing_that_was_read_shows_unless_revealed() -> None:
    path = f"in/{NUMBER}.jpg"
    leaks = ((ImageRef(path), (Leak("readable", Field.NUMBER, BOX, "a number can be read"),)),)
    result = VerifyResult(scan=run_of(image(path, chip_front())), leaks=leaks)
    assert [value for value in PLANTED if value in text_of(result)] == []
    assert NUMBER in text_of(result, reveal=True)


def test_pages_are_named_and_folders_stand_once() -> None:
    refs = [ImageRef("in/a.tiff", page=page, pages=2) for page in range(2)]
    leak = Leak("readable", Field.NAME, BOX, "a name can be read")
    scan = run_of(*(image("in/a.tiff", chip_front(), ref=ref) for ref in refs))
    lines = lines_of(VerifyResult(scan=scan, leaks=tuple((ref, (leak,)) for ref in refs)))
    assert lines.count("in/") == 1
    assert [line.split("  ")[0] for line in lines if line.startswith("a.tiff")] == [
        "a.tiff (page 1)",
        "a.tiff (page 2)",
    ]


def test_a_picture_without_a_folder_has_no_heading() -> None:
    leak = Leak("metadata", None, None, "a number in a comment")
    refs = [ImageRef("a.jpg"), ImageRef("in/a.jpg")]
    result = VerifyResult(scan=run_of(*(image(ref.path) for ref in refs)), leaks=tuple((ref, (leak,)) for ref in refs))
    lines = lines_of(result)
    assert lines[0].startswith("Picture")
    assert lines[3:5] == ["", "in/"]


@pytest.mark.parametrize("columns", [60, 70, 100])
def test_no_line_is_wider_than_the_screen(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(len, text_of(typical_verify_run(), reveal=True).splitlines())) <= columns

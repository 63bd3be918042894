from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from idscan.core.enums import Field, Source, Where
from idscan.core.types import ImageRef, Problem, Skipped
from idscan.report import table
from idscan.report.registry import ReportOptions
from idscan.run.scan import assign_persons
from tests.factories import NAME, NUMBER, PLANTED, chip_front, finding, image, run_of, typical_run

if TYPE_CHECKING:
    from idscan.core.types import ScanResult

WIDTHS = (60, 80, 120)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Latin(io.StringIO):
    encoding = "latin-1"


def text_of(result: ScanResult, stream: io.StringIO | None = None, **options: bool) -> str:
    stream = stream or io.StringIO()
    table.write(result, stream, ReportOptions(**options))
    return stream.getvalue()


def lines_of(result: ScanResult, **options: bool) -> list[str]:
    return [line.rstrip() for line in text_of(result, **options).splitlines()]


def test_a_card_is_told_in_plain_words_with_masked_values() -> None:
    text = text_of(typical_run())
    assert re.search(
        r"front\.jpg +CCCD \(chip\), front +number 0\*{10}1 ✓, old number 0\*{7}8 ✓, name ✓≠, +sure 98 %", text
    )
    assert "also sex, residence, portrait" in text
    assert "machine-readable lines (not read) ?" in text
    assert "unsure 55 %" in text
    assert "outside a card" in text
    assert "person 2" in text


def test_a_name_from_a_zone_alone_is_said_to_lack_its_diacritics() -> None:
    name = finding(Field.NAME, "NGUYEN VAN MAU", by=Source.MRZ, without_diacritics=True)
    cut = finding(Field.NAME, "TON NU THI", by=Source.MRZ, is_truncated=True)
    text = text_of(run_of(image("a.jpg", findings=(name, cut))), reveal=True)
    assert "NGUYEN VAN MAU (without diacritics)" in text
    assert "TON NU THI (may be cut off)" in text
    assert "diacritics" not in text_of(typical_run())


def test_nothing_that_was_read_shows_unless_revealed() -> None:
    masked, revealed = text_of(typical_run()), text_of(typical_run(), reveal=True)
    assert [value for value in PLANTED if value in masked] == []
    assert NUMBER in revealed
    assert NAME in revealed


@pytest.mark.parametrize("columns", WIDTHS)
def test_no_line_is_wider_than_the_screen(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(len, text_of(typical_run(), reveal=True).splitlines())) <= columns


def test_without_a_terminal_the_width_is_a_readable_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    assert max(map(len, text_of(typical_run()).splitlines())) == table.PIPED_COLUMNS


def test_a_pipe_gets_no_colour_codes_and_a_terminal_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b" not in text_of(typical_run())
    assert "\x1b[31m" in text_of(typical_run(), Terminal())


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text_of(typical_run(), Terminal()))


def test_an_encoding_without_the_marks_gets_others() -> None:
    text = text_of(typical_run(), Latin())
    assert "✓" not in text
    assert "name +!" in text


def test_folders_with_many_people_come_first() -> None:
    lines = lines_of(typical_run())
    heading = lines.index("People  Exposed pictures  Folder")
    assert [line.split() for line in lines[heading + 2 : heading + 4]] == [
        ["2", "3", "of", "3", "photos/shop/"],
        ["1", "1", "of", "2", "photos/zalo/"],
    ]


def test_the_list_of_folders_ends_with_a_count() -> None:
    numbers = [f"00109900{position:04}" for position in range(25)]
    images = [image(f"{number[-4:]}/a.jpg", chip_front(number, old_number=None)) for number in numbers]
    text = text_of(run_of(*assign_persons(images)))
    assert "and 5 more" in text


def test_pictures_named_without_a_folder_are_in_the_present_one() -> None:
    images = [image("a.jpg", chip_front()), image("b/a.jpg", chip_front())]
    text = text_of(run_of(*assign_persons(images)))
    assert re.search(r"1 +1 of 1 +\. *\n", text)


def test_every_unreadable_input_is_listed_with_its_reason() -> None:
    lines = lines_of(typical_run())
    start = lines.index("Could not be read")
    assert lines[start + 1 : start + 3] == [
        "  photos/zalo/torn.jpg  photos/zalo/torn.jpg ends too early; get the file again",
        "  photos/closed  cannot list the folder: no permission",
    ]


def test_a_long_reason_stands_on_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    lines = lines_of(typical_run())
    start = lines.index("Could not be read")
    assert lines[start + 1 : start + 3] == [
        "  photos/zalo/torn.jpg",
        "    photos/zalo/torn.jpg ends too early; get the file again",
    ]


def test_seemingly_harmless_pictures_with_problems_are_listed_up_to_a_limit() -> None:
    problem = Problem("read", "undecoded_symbol", "a code was seen")
    images = [image(f"{position}.jpg", problems=(problem,)) for position in range(table.MOST_LISTED + 3)]
    text = text_of(run_of(*images))
    assert text.count("a code was seen") == table.MOST_LISTED
    assert "and 3 more" in text


def test_the_last_lines_count_everything() -> None:
    assert lines_of(typical_run())[-2:] == [
        "7 pictures · 4 give something away · 1 harmless · 1 to look at yourself · 2 could not be read · 2 people",
        "Skipped: 2 not a picture, 1 empty file",
    ]


def test_a_harmless_run_says_so() -> None:
    assert lines_of(run_of(image("a.jpg"))) == [
        "",
        "Nothing found that gives a person away.",
        "1 picture · 1 harmless",
    ]


def test_nothing_is_only_said_of_what_was_examined() -> None:
    video = Problem("read", "trailing_video", "A video that was not examined stands behind the image's end.")
    lines = lines_of(run_of(image("a.jpg", problems=(video,))))
    assert "  a.jpg  A video that was not examined stands behind the image's end." in lines
    assert lines[-2:] == [
        "Nothing found in what could be examined.",
        "1 picture · 0 harmless · 1 examined only in part",
    ]


def test_an_exposed_picture_with_something_unexamined_is_listed_too() -> None:
    video = Problem("read", "trailing_video", "A video that was not examined")
    assert "Look at these yourself" in text_of(run_of(image("a.jpg", chip_front(), problems=(video,))))


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (Where.THUMBNAIL, "in a thumbnail"),
        (Where.PREVIEW, "in a further image"),
        (Where.METADATA, "in the metadata"),
        (Where.TRAILING, "behind the image's"),
    ],
)
def test_the_table_says_where_in_the_file_it_stands(where: Where, words: str) -> None:
    part = image("a.jpg", findings=(finding(Field.NUMBER, NUMBER),), where=where)
    text = text_of(run_of(image("a.jpg", embedded=(part,))))
    assert words in text
    assert "outside a card" not in text
    card = image("a.jpg", chip_front(), where=where)
    assert words in text_of(run_of(image("a.jpg", embedded=(card,))))


def test_pages_and_members_are_named() -> None:
    images = [
        image("a.tiff", chip_front(), ref=ImageRef("a.tiff", page=2, pages=3)),
        image("b.zip", chip_front(), ref=ImageRef("b.zip", member=f"{NUMBER}/x.jpg")),
    ]
    text = text_of(run_of(*images))
    assert "a.tiff (page 3)" in text
    assert "b.zip > ***/x.jpg" in text


def test_a_card_that_shows_only_side_matters_is_told() -> None:
    only_sex = chip_front()
    kept = tuple(found for found in only_sex.findings if not found.is_exposed)
    outside = finding(Field.NUMBER, NUMBER)
    from dataclasses import replace

    text = text_of(run_of(image("a.jpg", replace(only_sex, findings=kept), findings=(outside,))))
    assert "also sex, residence, portrait" in text


@pytest.mark.parametrize(
    ("confidence", "words"), [(1.0, "sure 100 %"), (0.9, "sure 90 %"), (0.899, "likely 89 %"), (0.599, "unsure 59 %")]
)
def test_confidence_is_put_into_words_and_never_rounded_up(confidence: float, words: str) -> None:
    found = finding(Field.NUMBER, NUMBER, confidence=confidence)
    assert words in text_of(run_of(image("a.jpg", findings=(found,))))


def test_hostile_names_are_harmless() -> None:
    names = ["[red]a[bold].jpg", "b\x1b[31m.jpg", "c\nd.jpg", ":smile:.jpg", "e\udcff.jpg"]
    result = run_of(
        *(image(f"in/{name}", chip_front()) for name in names), skipped=(Skipped("x\x1b]0;t\x07", "not a picture"),)
    )
    text = text_of(result)
    for shown in ("[red]a[bold].jpg", r"b\x1b[31m.jpg", r"c\nd.jpg", ":smile:.jpg", r"e\xff.jpg"):
        assert shown in text
    assert "\x1b" not in text


def test_ten_thousand_pictures_are_laid_out_folder_by_folder() -> None:
    harmless = [image(f"h/{position:05}.jpg") for position in range(10_000)]
    exposed = [image(f"x/{position % 7}/{position:03}.jpg", chip_front()) for position in range(200)]
    lines = lines_of(run_of(*harmless, *exposed))
    assert sum(line.startswith("x/") for line in lines) == 7
    assert not any("h/" in line for line in lines)

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idscan.report.masking import PathMask, escaped
from idscan.report.registry import ReportOptions
from tests.factories import BIRTH_DATE, NAME, NUMBER, OLD_NUMBER, OTHER_NUMBER, chip_front, image, run_of

RUN = run_of(image("a.jpg", chip_front()), image("b.jpg", chip_front("079224000003", "Lê An", None)))


@pytest.fixture(scope="module")
def mask() -> PathMask:
    return ReportOptions().mask_for(RUN)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"in/{NUMBER}.jpg", "in/***.jpg"),
        (f"{NUMBER}/front.PNG", "***/front.PNG"),
        ("in/scan 001 099 000 001 (2).jpeg", "in/***.jpeg"),
        ("in/0010-9900-0001.jpg", "in/***.jpg"),
        (f"in/IMG{NUMBER}2024.jpg", "in/***.jpg"),
        ("in/001099/000001.jpg", "in/***/***.jpg"),
        ("in/００１０９９０００００１.jpg", "in/***.jpg"),
        (f"in/{OLD_NUMBER}.tiff", "in/***.tiff"),
        (f"in/{OTHER_NUMBER}.jpg", "in/***.jpg"),
        ("in/001 305 000 002.jpg", "in/***.jpg"),
        (f"in/{NAME}.jpg", "in/***.jpg"),
        ("in/Nguyen Van Mau.jpg", "in/***.jpg"),
        ("in/nguyen_van-mau.jpg", "in/***.jpg"),
        ("in/cmnd.NGUYENVANMAU.2.jpg", "in/***.jpg"),
        ("in/Nguye\u0302\u0303n Va\u0306n Ma\u0302\u0303u.jpg", "in/***.jpg"),
        ("in/nguyen/van/mau.jpg", "in/***/***/***.jpg"),
        ("in/le_an.jpg", "in/***.jpg"),
        ("in/Lê An/front.jpg", "in/***/front.jpg"),
        ("in/1999-01-15.jpg", "in/***.jpg"),
        ("in/19990115.jpg", "in/***.jpg"),
        ("in/15011999.jpg", "in/***.jpg"),
        ("in/born 15.1.1999.jpg", "in/***.jpg"),
        (f"in/x.{NUMBER}", "in/***"),
        (f"/{NUMBER}/", "/***/"),
    ],
)
def test_a_part_that_holds_a_value_is_masked_whole(mask: PathMask, path: str, expected: str) -> None:
    shown = mask.path(path)
    assert (shown.text, shown.is_masked) == (expected, True)


@pytest.mark.parametrize(
    "path",
    [
        "in/IMG_20200101_123456.jpg",
        "in/Screenshot 2024-01-01 12.30.jpg",
        "in/0912345678.jpg",
        "in/1234567890123.jpg",
        "in/000000000000.jpg",
        "in/999 999 999 999.jpg",
        "in/clean_room.jpg",
        "in/le_anh.jpg",
        "in/nguyen van.jpg",
        "in/1999.jpg",
        "in/16-01-1999.jpg",
        "",
        "/",
        "./a//b.jpg",
    ],
)
def test_a_harmless_part_stays(mask: PathMask, path: str) -> None:
    shown = mask.path(path)
    assert (shown.text, shown.is_masked) == (path, False)


def test_a_value_is_only_known_within_its_run() -> None:
    assert not PathMask().path(f"in/{NAME} {BIRTH_DATE} {OLD_NUMBER}.jpg").is_masked


def test_revealed_paths_are_clear_but_still_escaped() -> None:
    mask = ReportOptions(reveal=True).mask_for(RUN)
    shown = mask.path(f"in/{NUMBER}\n.jpg")
    assert (shown.text, shown.is_masked) == (f"in/{NUMBER}\\n.jpg", False)
    assert mask.message(f"{NUMBER} is torn") == f"{NUMBER} is torn"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain ảnh.jpg", "plain ảnh.jpg"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x1b[31m\x00\x7f", r"\x1b[31m\x00\x7f"),
        ("\udcff\udc80", r"\xff\x80"),
        ("\x80\x9b", r"\u0080\u009b"),
        ("back\\slash", r"back\\slash"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u2066\u200b\u2028\ufeff", r"\u2066\u200b\u2028\ufeff"),
        ("\U000e0001", r"\U000e0001"),
        ("\ud800", r"\ud800"),
        ("[red]markup[/red]", "[red]markup[/red]"),
    ],
)
def test_invisible_characters_are_written_out(text: str, expected: str) -> None:
    assert escaped(text) == expected


def unescaped(text: str) -> str:
    names = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t"}

    def back(match: re.Match[str]) -> str:
        if match[0] in names:
            return names[match[0]]
        code = int(match[0].lstrip("\\xuU"), 16)
        return chr(code + 0xDC00) if match[0][1] == "x" and code >= 0x80 else chr(code)

    return re.sub(r"\\(?:[\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", back, text)


@settings(max_examples=300)
@given(st.text(st.characters(), max_size=30))
def test_an_escaped_name_can_be_turned_back_and_printed(text: str) -> None:
    shown = escaped(text)
    assert unescaped(shown) == text
    assert all(character.isprintable() or character.isspace() for character in shown)
    shown.encode("utf-8")


@settings(max_examples=150)
@given(
    st.sampled_from([NUMBER, OLD_NUMBER, NAME, "nguyen van mau", OTHER_NUMBER]),
    st.text(st.characters(codec="utf-8", exclude_characters="/0123456789"), max_size=8),
    st.text(st.characters(codec="utf-8", exclude_characters="/0123456789"), max_size=8),
    st.sampled_from(["", " ", "-", "_", "."]),
)
def test_a_planted_value_never_shows(value: str, before: str, after: str, separator: str) -> None:
    planted = value.replace(" ", separator) if " " in value else separator.join(value)
    if value == OTHER_NUMBER and separator:
        planted = "-".join((value[:3], value[3:]))
    mask = ReportOptions().mask_for(RUN)
    for text in (mask.path(f"x/{before} {planted} {after}.jpg").text, mask.message(f"{before} {planted} {after}")):
        assert planted not in text


def test_two_values_in_one_message_are_masked_and_the_rest_stays() -> None:
    mask = ReportOptions().mask_for(RUN)
    assert mask.message(f"{NUMBER} and {NAME} in {NUMBER} {OLD_NUMBER}.") == "*** and *** in *** ***."

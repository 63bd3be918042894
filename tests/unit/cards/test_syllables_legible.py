from __future__ import annotations

import pytest

from idscan.cards.text.syllables import is_clear, is_mostly_digits, is_wordlike
from tests.factories import line


@pytest.mark.parametrize(
    "text", ["Họ và tên: NGUYỄN VĂN MẪU", "001099000001", "No 7", "IDVNM0990000017001099000001<<8"]
)
def test_words_and_numbers_are_wordlike(text: str) -> None:
    assert is_wordlike(line(text))


@pytest.mark.parametrize("text", ["", "  ", "a   ", "~ . - ' :", "人の名前は日本語", "!!a!!"])
def test_blanks_strokes_and_other_scripts_are_not_wordlike(text: str) -> None:
    assert not is_wordlike(line(text))


def test_a_line_is_clear_if_it_is_wordlike_and_read_with_confidence() -> None:
    assert is_clear(line("Xin chào"))
    assert not is_clear(line("Xin chào", confidence=0.6))
    assert not is_clear(line("    ", confidence=0.99))


@pytest.mark.parametrize(("text", "expected"), [("001 099 000 001", True), ("Số 12", False), ("", False)])
def test_lines_of_digits_are_told_from_words(text: str, *, expected: bool) -> None:
    assert is_mostly_digits(line(text)) is expected

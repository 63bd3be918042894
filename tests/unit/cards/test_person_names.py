from __future__ import annotations

import unicodedata

import pytest

from idscan.cards.fields.name_tables import FAMILY_NAMES, GIVEN_SYLLABLES
from idscan.cards.fields.person_names import SYLLABLES, is_name_like, name_from_mrz, normalise_name, same_name
from idscan.cards.text import fold, fold_upper, fold_with_places, squeeze_with_places
from idscan.cards.text.syllables import clipped_syllables, is_vietnamese_syllable


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đặng Thị Ví Dụ", "dang thi vi du"),
        ("Ðặng", "dang"),
        ("NGUYỄN  VĂN\u00a0MẪU ", "nguyen van mau"),
        (unicodedata.normalize("NFD", "Nguyễn Đức Thử"), "nguyen duc thu"),
        ("ﬁ １２", "fi 12"),
        ("", ""),
    ],
)
def test_folding_takes_off_case_and_marks(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold_upper(text) == folded.upper()


def test_folded_text_knows_its_places() -> None:
    assert fold_with_places("Đệ ﬁ") == ("de fi", [0, 1, 2, 3, 3, 4])
    assert squeeze_with_places("Đ-ệ 1") == ("de1", [0, 2, 4])


def test_printed_name_loses_leaders_and_gaps_but_not_its_case() -> None:
    assert normalise_name("....NGUYỄN  VĂN..... MẪU....") == "NGUYỄN VĂN MẪU"
    assert normalise_name(unicodedata.normalize("NFD", "Ðỗ Đức Thử")) == "Đỗ Đức Thử"
    assert normalise_name(" : _ ") == ""


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Nguyễn Văn Mẫu", "NGUYEN VAN MAU", True),
        ("Nguyễn Văn Mẫu", unicodedata.normalize("NFD", "NGUYỄN VĂN MẪU"), True),
        ("Đỗ Đức Thử", "DO  DUC THU.", True),
        ("Nguyễn Văn Mẫu", "Nguyễn Văn Mậu Tý", False),
        ("", "", False),
        ("...", "---", False),
    ],
)
def test_names_compare_without_marks(first: str, second: str, expected: object) -> None:
    assert same_name(first, second) is expected


def test_syllables_are_capitals_without_marks_and_not_too_many() -> None:
    assert {"NGUYEN", "QUYNH", "GIAP", "NGHIEM", "Y", "THUY"} <= SYLLABLES
    assert all(syllable.isascii() and syllable.isupper() and len(syllable) <= 7 for syllable in SYLLABLES)
    assert 1500 < len(SYLLABLES) < 3000
    assert "NGUYN" in clipped_syllables()
    assert is_vietnamese_syllable("Nguyễn")
    assert not is_vietnamese_syllable("Smith")


def test_every_common_name_is_made_of_syllables() -> None:
    assert set(FAMILY_NAMES) <= SYLLABLES
    assert set(GIVEN_SYLLABLES) <= SYLLABLES


@pytest.mark.parametrize(
    "text", ["Một", "a b c d e f g", "NGUYỄN VĂN 1234", "A1B2 C3D4", "(Nguyễn Văn)", "ABCDEFGHIJKLMNOP QRS"]
)
def test_other_texts_are_not_like_a_name(text: str) -> None:
    assert not is_name_like(text)


def test_name_of_a_zone_is_read_without_fillers() -> None:
    assert name_from_mrz("TRAN<<THI<VI<DU<<<<<<<<<<<<<<<") == "TRAN THI VI DU"

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idscan.core.enums import Field
from idscan.core.types import Secret
from idscan.report.masking import masked, printable, shown


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (Field.NUMBER, "001099000001", "0**********1"),
        (Field.OLD_NUMBER, "012345678", "0*******8"),
        (Field.NUMBER, "01", "***"),
        (Field.NUMBER, "", "***"),
        (Field.NAME, "Nguyễn Văn Mẫu", "***"),
        (Field.FATHER_NAME, "Lê An", "***"),
        (Field.DATE_OF_BIRTH, "1999-01-15", "****-**-**"),
        (Field.DATE_OF_BIRTH, "1999", "****"),
        (Field.SEX, "Nam", "***"),
        (Field.PLACE_OF_RESIDENCE, "Hà Nội", "***"),
        (Field.QR, "001099000001|", None),
        (Field.BARCODE, "001099000001", None),
        (Field.MRZ, "IDVNM0990000015001099000001<<8", None),
    ],
)
def test_values_are_masked_by_field(field: Field, value: str, expected: str | None) -> None:
    assert masked(field, value) == expected
    assert shown(field, Secret(value), reveal=False) == expected
    assert shown(field, Secret(value), reveal=True) == value


@pytest.mark.parametrize("field", list(Field))
def test_what_was_not_read_stays_null(field: Field) -> None:
    assert shown(field, None, reveal=True) is None
    assert shown(field, None, reveal=False) is None


@settings(max_examples=200)
@given(st.sampled_from(list(Field)), st.text())
def test_a_mask_shows_at_most_two_characters(field: Field, value: str) -> None:
    text = masked(field, value) or ""
    assert len(text.replace("*", "").replace("-", "")) <= 2


@settings(max_examples=200)
@given(st.text(st.characters(), max_size=20))
def test_printable_text_can_always_be_encoded(text: str) -> None:
    printable(text).encode("utf-8")


def test_bytes_that_are_no_utf8_and_lone_surrogates_are_spelled_out() -> None:
    assert printable("a\udcff\ud800") == r"a\xff\ud800"

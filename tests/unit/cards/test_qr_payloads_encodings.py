from __future__ import annotations

import unicodedata

import pytest

from idscan.cards.qr_payloads import is_garbled, repair_encoding


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Huỳnh", "big5"),
        ("Huỳnh", "cp932"),
        ("Huỳnh", "latin-1"),
        ("Vĩnh", "big5"),
        ("Vĩnh", "cp932"),
        ("Vĩnh", "latin-1"),
        ("Nguyễn", "latin-1"),
    ],
)
def test_text_decoded_wrongly_is_put_right(name: str, encoding: str) -> None:
    garbled = name.encode().decode(encoding)
    assert is_garbled(garbled)
    assert repair_encoding(garbled) == name


@pytest.mark.parametrize("text", ["Nguyễn Văn Mẫu – Hà Nội", unicodedata.normalize("NFD", "Huỳnh Đức"), "plain", ""])
def test_right_text_is_left_alone(text: str) -> None:
    assert not is_garbled(text)
    assert repair_encoding(text) == text


def test_what_cannot_be_repaired_stays_as_it_is() -> None:
    assert repair_encoding("漢字") == "漢字"
    assert repair_encoding("MÃ¼ller") == "MÃ¼ller"
    assert repair_encoding("M\udcffu") == "M\udcffu"

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core.geometry import quad_from_box
from idscan.core.readings import Fact, LineReading
from idscan.core.secret import Secret
from idscan.core.vocabulary import Field, Source
from idscan.pipeline import names
from idscan.vision import warp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad

VIEW = warp.whole(np.full((300, 600, 3), 220, np.uint8))
LINE = quad_from_box(100, 100, 400, 130)
SURE, GARBLED = 0.9, 0.25


class Speller:
    """Spells the lines that it is shown as it was told to."""

    name = "tesseract"

    def __init__(self, *texts: str, confidence: float = 0.8) -> None:
        self.texts = list(texts)
        self.confidence = confidence
        self.shapes: list[tuple[int, ...]] = []

    def _read(self, crops: Sequence[np.ndarray]) -> tuple[LineReading, ...]:
        self.shapes += [crop.shape for crop in crops]
        return tuple(LineReading(Secret(self.texts.pop(0)), self.confidence, self.name) for _ in crops)

    read_lines = read_stack = _read


class WordReader:
    """Reads every line as the same words."""

    name = "rapidocr"

    def __init__(self, words: str | None, confidence: float = 0.7) -> None:
        self.words = words
        self.confidence = confidence
        self.asked = 0

    def read_words(self, crops: Sequence[np.ndarray], words: frozenset[str]) -> tuple[LineReading | None, ...]:
        assert "NGUYEN" in words
        self.asked += len(crops)
        return tuple(self.words and LineReading(Secret(self.words), self.confidence, self.name) for _ in crops)


def fact(value: str | None, field: Field = Field.NAME, confidence: float = SURE, quad: Quad | None = LINE) -> Fact:
    return Fact(
        field=field,
        value=None if value is None else Secret(value),
        by=Source.PRINT,
        quad=quad,
        confidence=confidence,
        engine="rapidocr",
    )


def read(
    monkeypatch: pytest.MonkeyPatch,
    *facts: Fact,
    speller: Speller | None = None,
    reader: WordReader | None = None,
    needed: bool = True,
) -> list[Fact]:
    monkeypatch.setattr(names, "diacritics_reader", lambda: speller)
    monkeypatch.setattr(names, "text_reader", lambda: reader)
    return names.second_readings(VIEW, facts, needed=needed)


def texts(facts: Sequence[Fact]) -> list[tuple[str, str]]:
    return [(one.value.reveal(), one.engine) for one in facts if one.value is not None]


def test_a_speller_that_agrees_spells_the_name_and_bears_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, fact("NGUYEN VAN MAU"), speller=Speller("NGUYỄN VĂN MẪU"))
    assert texts(found) == [("NGUYỄN VĂN MẪU", "tesseract"), ("NGUYEN VAN MAU", "rapidocr")]
    assert {(one.field, one.by, one.quad) for one in found} == {(Field.NAME, Source.PRINT, LINE)}


def test_a_speller_that_fills_in_lost_letters_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = WordReader("NGUYEN THI DUC")
    found = read(monkeypatch, fact("NGUYN TH ĐC"), speller=Speller("NGUYỄN THỊ ĐỨC"), reader=reader)
    assert texts(found) == [("NGUYỄN THỊ ĐỨC", "tesseract")]
    assert reader.asked == 0


def test_a_speller_that_disagrees_stands_beside_the_first_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, fact("TRẦN THỊ VÍ"), speller=Speller("LÊ VĂN MẪU"), reader=WordReader("LE VAN MAU"))
    assert texts(found) == [("LÊ VĂN MẪU", "tesseract"), ("TRAN THI VI", "rapidocr")]
    assert found[1].confidence < SURE


def test_a_speller_that_reads_no_name_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for nothing in ("", "12 / 34", "."):
        found = read(monkeypatch, fact("TRAN THI VI"), speller=Speller(nothing))
        assert texts(found) == [("TRAN THI VI", "rapidocr")]


def test_without_speller_a_name_with_lost_letters_is_read_in_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, fact("NGUYN VN MU"), reader=WordReader("NGUYEN VAN MAU"))
    assert texts(found) == [("NGUYEN VAN MAU", "rapidocr")]
    assert found[0].confidence <= 0.9 * SURE


def test_words_are_not_surer_than_the_reading_they_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = read(monkeypatch, fact("NGUYN VN MU", confidence=0.5), reader=WordReader("NGUYEN VAN MAU", 0.99))
    assert found.confidence == pytest.approx(0.45)
    (found,) = read(monkeypatch, fact("NGUYN VN MU"), reader=WordReader("NGUYEN VAN MAU", 0.2))
    assert found.confidence == pytest.approx(0.6)  # every word is possible: half of the doubt is taken away


def test_a_name_of_whole_syllables_needs_no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = WordReader("LE VAN MAU")
    assert texts(read(monkeypatch, fact("TRẦN THỊ VÍ"), reader=reader)) == [("TRAN THI VI", "rapidocr")]
    assert reader.asked == 0


@pytest.mark.parametrize("reader", [None, WordReader(None)], ids=["no reader", "no words"])
def test_with_nothing_better_a_name_stays_in_the_letters_that_are_sure(
    monkeypatch: pytest.MonkeyPatch, reader: WordReader | None
) -> None:
    (found,) = read(monkeypatch, fact("NGUYN TH ĐC"), reader=reader)
    assert found.value == Secret("NGUYN TH DC")
    assert found.confidence == pytest.approx(0.9 * SURE)


def test_a_garbled_name_counts_once_the_speller_makes_sense_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, fact("IGU  ĐN", confidence=GARBLED), speller=Speller("NGUYỄN VĂN MẪU"))
    assert texts(found) == [("NGUYỄN VĂN MẪU", "tesseract")]


def test_a_garbled_name_that_stays_garbled_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = WordReader("LE VAN MAU")
    garbled = fact("IGU  ĐN", confidence=GARBLED)
    assert read(monkeypatch, garbled, speller=Speller("XKRTZ BRQW"), reader=reader) == []
    assert read(monkeypatch, garbled) == []
    assert read(monkeypatch, garbled, reader=WordReader(None)) == []


def test_a_garbled_name_counts_where_whole_words_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, fact("IGU  ĐN", confidence=GARBLED), reader=WordReader("LE VAN MAU"))
    assert texts(found) == [("LE VAN MAU", "rapidocr")]


def test_parents_are_spelled_like_the_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    speller = Speller("LÊ VĂN MẪU", "TRẦN THỊ VÍ")
    found = read(
        monkeypatch, fact("LE VAN MAU", Field.FATHER_NAME), fact("TRAN THI VI", Field.MOTHER_NAME), speller=speller
    )
    assert [(one.field, one.value) for one in found if one.engine == "tesseract"] == [
        (Field.FATHER_NAME, Secret("LÊ VĂN MẪU")),
        (Field.MOTHER_NAME, Secret("TRẦN THỊ VÍ")),
    ]


def test_what_is_no_printed_name_passes_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [
        fact("001099000001", Field.NUMBER),
        replace(fact("Nguyễn Văn Mẫu"), by=Source.QR),
        fact(None),
        fact("NGUYỄN VĂN MẪU", quad=None),
    ]
    for needed in (True, False):
        assert read(monkeypatch, *others, speller=Speller(), reader=WordReader("LE VAN MAU"), needed=needed) == others


def test_a_name_that_is_not_needed_costs_nothing_and_is_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    speller, reader = Speller("NGUYỄN VĂN MẪU"), WordReader("NGUYEN VAN MAU")
    facts = [fact("NGUYN VĂN ĐC"), fact("IGU ĐN", confidence=GARBLED)]
    found = read(monkeypatch, *facts, speller=speller, reader=reader, needed=False)
    assert texts(found) == [("NGUYN VAN DC", "rapidocr")]
    assert (speller.shapes, reader.asked) == ([], 0)


def test_the_speller_sees_the_line_with_room_for_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    speller = Speller("NGUYỄN VĂN MẪU")
    read(monkeypatch, fact("NGUYEN VAN MAU"), speller=speller)
    ((height, width, _),) = speller.shapes
    assert 30 < height < 45
    assert 300 < width < 345


def address(value: str, *rows: int, field: Field = Field.PLACE_OF_RESIDENCE) -> Fact:
    return replace(fact(value, field), lines=tuple(quad_from_box(100, y, 500, y + 25) for y in rows))


def test_addresses_are_spelled_line_by_line_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    speller = Speller("Xã Thử Nghiệm, Hà Nội", "Số 1 Đường Mẫu,", "Phường Ví Dụ, Hà Nội")
    found = read(
        monkeypatch,
        address("X Th Nghim, Hà Ni", 50, field=Field.PLACE_OF_ORIGIN),
        fact("001099000001", Field.NUMBER),
        address("S 1 Đưng Mu, Phưng Ví D, Hà Ni", 100, 130),
        speller=speller,
    )
    assert texts(found) == [
        ("Xã Thử Nghiệm, Hà Nội", "tesseract"),
        ("001099000001", "rapidocr"),
        ("Số 1 Đường Mẫu, Phường Ví Dụ, Hà Nội", "tesseract"),
    ]
    assert found[2].confidence == pytest.approx(0.8)
    assert len(speller.shapes) == 3


def test_an_address_that_the_speller_reads_otherwise_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    first = address("Số 1 Đường Mẫu, Hà Nội", 100)
    assert read(monkeypatch, first, speller=Speller("Zxw qkj 77 pfb")) == [first]


def test_without_speller_addresses_stay_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    first = address("S 1 Đưng Mu, Hà Ni", 100)
    assert read(monkeypatch, first) == [first]

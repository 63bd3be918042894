from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core.enums import Effort, Field, Source
from idscan.core.geometry import quad_from_box
from idscan.core.settings import PROFILES
from idscan.core.types import Fact, LineReading, Secret
from idscan.engines.registry import READS_LINES, READS_PAGES
from idscan.pipeline import reread
from idscan.vision import perspective
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.engines.ctc import Lexicon
    from tests.fakes.engines import FakeEngines

VIEW = perspective.whole(np.full((300, 600, 3), 220, np.uint8))
LINE = quad_from_box(100, 100, 400, 130)
SURE, GARBLED = 0.9, 0.25
OWN, THIRD = "viet-lines", "tesseract"


class Own:
    """The package's own reader: says what it was told to, plainly and as words of a lexicon."""

    name = OWN

    def __init__(self, *texts: str, words: Sequence[str | None] | None = None, confidence: float = 0.8) -> None:
        self.texts = list(texts)
        self.words = list(texts) if words is None else list(words)
        self.confidence = confidence
        self.shapes: list[tuple[int, ...]] = []
        self.lexicons: list[Lexicon] = []
        self.zones = 0

    def read_lines(self, crops: Sequence[np.ndarray]) -> tuple[LineReading, ...]:
        self.shapes += [crop.shape for crop in crops]
        return tuple(LineReading(Secret(self.texts.pop(0)), self.confidence, self.name) for _ in crops)

    def read_names(
        self, crops: Sequence[np.ndarray], lexicon: Lexicon, *, is_zone: bool = False
    ) -> tuple[LineReading | None, ...]:
        self.zones += is_zone
        self.lexicons.append(lexicon)
        said = [self.words.pop(0) for _ in crops]
        return tuple(text and LineReading(Secret(text), self.confidence, self.name) for text in said)


class Third(Own):
    """A reader from outside the package."""

    name = THIRD


def fact(value: str | None, field: Field = Field.NAME, quad: Quad | None = LINE, **changes: object) -> Fact:
    return factories.fact(field, value, quad, **{"confidence": SURE, "engine": OWN, **changes})


def read(
    fake_engines: FakeEngines,
    *facts: Fact,
    own: Own | None = None,
    third: Third | None = None,
    effort: Effort = Effort.NORMAL,
) -> list[Fact]:
    fake_engines(READS_LINES, own)
    fake_engines(READS_PAGES, third)
    return reread.reread_names(VIEW, facts, PROFILES[effort])


def texts(facts: Sequence[Fact]) -> list[tuple[str, str]]:
    return [(one.value.reveal(), one.engine) for one in facts if one.value is not None]


def test_a_name_is_spelled_by_the_second_reading(fake_engines: FakeEngines) -> None:
    found = read(fake_engines, fact("NGUYEN VAN MAU"), own=Own("NGUYỄN VĂN MẪU"))
    assert texts(found) == [("NGUYỄN VĂN MẪU", OWN)]
    assert {(one.field, one.by, one.quad) for one in found} == {(Field.NAME, Source.PRINT, LINE)}


def test_a_second_reading_fills_in_lost_letters(fake_engines: FakeEngines) -> None:
    found = read(fake_engines, fact("NGUYN TH ĐC", engine="rapidocr"), own=Own("NGUYỄN THỊ ĐỨC"))
    assert texts(found) == [("NGUYỄN THỊ ĐỨC", OWN)]


def test_a_second_reading_that_disagrees_stands_beside_the_first(fake_engines: FakeEngines) -> None:
    found = read(fake_engines, fact("TRẦN THỊ VÍ"), own=Own("LÊ VĂN MẪU"))
    assert texts(found) == [("LÊ VĂN MẪU", OWN), ("TRẦN THỊ VÍ", OWN)]
    assert found[1].confidence < SURE


def test_of_a_reader_without_the_marks_a_disagreeing_reading_is_taken_without_marks(
    fake_engines: FakeEngines,
) -> None:
    found = read(fake_engines, fact("TRẦN THỊ VÍ", engine="rapidocr"), own=Own("LÊ VĂN MẪU"))
    assert texts(found) == [("LÊ VĂN MẪU", OWN), ("TRAN THI VI", "rapidocr")]


def test_a_second_reading_that_is_no_name_changes_nothing(fake_engines: FakeEngines) -> None:
    for nothing in ("", "12 / 34", "."):
        found = read(fake_engines, fact("TRẦN THỊ VÍ"), own=Own(nothing))
        assert texts(found) == [("TRẦN THỊ VÍ", OWN)]


def test_what_no_words_fit_is_taken_as_it_reads(fake_engines: FakeEngines) -> None:
    found = read(fake_engines, fact("Y Moan Êban"), own=Own("Y Moan Êban", words=[None]))
    assert texts(found) == [("Y Moan Êban", OWN)]


def test_a_name_printed_without_marks_gets_none(fake_engines: FakeEngines) -> None:
    own = Own("LE VAN MAU", "LÊ VĂN MẪU")
    read(fake_engines, fact("LE VAN MAU"), fact("LÊ VĂN MẪU"), own=own)
    plain, marked = own.lexicons
    assert plain.letters.isascii()
    assert not marked.letters.isascii()


@pytest.mark.parametrize(("effort", "count"), [(Effort.FAST, 1), (Effort.NORMAL, 1), (Effort.THOROUGH, 2)])
def test_the_third_reader_is_asked_by_the_thorough_scan_alone(
    fake_engines: FakeEngines, effort: Effort, count: int
) -> None:
    own, third = Own("NGUYỄN VĂN MẪU"), Third("NGUYỄN VĂN MẬU")
    found = read(fake_engines, fact("NGUYEN VAN MAU"), own=own, third=third, effort=effort)
    assert texts(found) == [("NGUYỄN VĂN MẪU", OWN), ("NGUYỄN VĂN MẬU", THIRD)][:count]


def test_where_the_own_reader_is_missing_the_third_one_spells(fake_engines: FakeEngines) -> None:
    found = read(fake_engines, fact("NGUYN VN MU", engine="rapidocr"), third=Third("NGUYỄN VĂN MẪU"))
    assert texts(found) == [("NGUYỄN VĂN MẪU", THIRD)]


def test_with_nothing_better_a_name_stays_in_the_letters_that_are_sure(fake_engines: FakeEngines) -> None:
    (found,) = read(fake_engines, fact("NGUYN TH ĐC", engine="rapidocr"))
    assert found.value == Secret("NGUYN TH DC")
    assert found.confidence == pytest.approx(0.9 * SURE)


def test_a_garbled_name_counts_once_a_reader_makes_sense_of_it(fake_engines: FakeEngines) -> None:
    found = read(fake_engines, fact("IGU  ĐN", confidence=GARBLED), own=Own("NGUYỄN VĂN MẪU"))
    assert texts(found) == [("NGUYỄN VĂN MẪU", OWN)]


def test_a_garbled_name_that_stays_garbled_is_left_out(fake_engines: FakeEngines) -> None:
    garbled = fact("IGU  ĐN", confidence=GARBLED)
    assert read(fake_engines, garbled, own=Own("XKRTZ BRQW")) == []
    # A lexicon makes syllables of anything, of the rest of a label too; no family is called so.
    assert read(fake_engines, garbled, own=Own("VAI SINH TƯ")) == []
    assert read(fake_engines, fact("IU TIU", confidence=0.4), own=Own("TIU")) == []
    assert read(fake_engines, garbled) == []


def test_parents_are_spelled_like_the_holder(fake_engines: FakeEngines) -> None:
    facts = fact("LE VAN MAU", Field.FATHER_NAME), fact("TRAN THI VI", Field.MOTHER_NAME)
    found = read(fake_engines, *facts, own=Own("LÊ VĂN MẪU", "TRẦN THỊ VÍ"))
    assert [(one.field, one.value) for one in found] == [
        (Field.FATHER_NAME, Secret("LÊ VĂN MẪU")),
        (Field.MOTHER_NAME, Secret("TRẦN THỊ VÍ")),
    ]


def test_what_is_no_printed_name_passes_unchanged(fake_engines: FakeEngines) -> None:
    others = [
        fact("001099000001", Field.NUMBER),
        replace(fact("Nguyễn Văn Mẫu"), by=Source.QR),
        fact(None),
        fact("NGUYỄN VĂN MẪU", quad=None),
    ]
    assert read(fake_engines, *others, own=Own(), third=Third(), effort=Effort.THOROUGH) == others


@pytest.mark.parametrize(("reading", "name"), [("TRAN THI VI", "TRAN THI VI"), (None, "TRAN THI VL")])
def test_a_name_in_a_zone_is_spelt_as_syllables_if_it_may_be(
    fake_engines: FakeEngines, reading: str | None, name: str
) -> None:
    own = Own("", words=[reading])
    in_zone = replace(fact("TRAN THI VL"), by=Source.MRZ, quad=quad_from_box(0, 0, 600, 300), lines=(LINE,))
    (found,) = read(fake_engines, in_zone, own=own)
    assert (found.value, found.by, found.quad, own.zones) == (Secret(name), Source.MRZ, in_zone.quad, 1)
    assert own.lexicons == [reread.zone_lexicon()]
    assert read(fake_engines, in_zone) == [in_zone]


def test_the_reader_sees_the_line_with_room_for_marks(fake_engines: FakeEngines) -> None:
    own = Own("NGUYỄN VĂN MẪU")
    read(fake_engines, fact("NGUYEN VAN MAU"), own=own)
    ((height, width, _),) = own.shapes
    assert 30 < height < 45
    assert 300 < width < 345


def address(value: str, *rows: int, field: Field = Field.PLACE_OF_RESIDENCE) -> Fact:
    return replace(fact(value, field), lines=tuple(quad_from_box(100, y, 500, y + 25) for y in rows))


def test_addresses_are_read_again_line_by_line(fake_engines: FakeEngines) -> None:
    own = Own("Xã Thử Nghiệm, Hà Nội", "Số 1 Đường Mẫu,", "Phường Ví Dụ, Hà Nội")
    found = read(
        fake_engines,
        address("X Th Nghim, Hà Ni", 50, field=Field.PLACE_OF_ORIGIN),
        fact("001099000001", Field.NUMBER),
        address("S 1 Đưng Mu, Phưng Ví D, Hà Ni", 100, 130),
        own=own,
    )
    assert texts(found) == [
        ("Xã Thử Nghiệm, Hà Nội", OWN),
        ("001099000001", OWN),
        ("Số 1 Đường Mẫu, Phường Ví Dụ, Hà Nội", OWN),
    ]
    assert found[2].confidence == pytest.approx(0.8)
    assert len(own.shapes) == 3


def test_an_address_that_reads_otherwise_the_second_time_stays_as_it_was(fake_engines: FakeEngines) -> None:
    first = address("Số 1 Đường Mẫu, Hà Nội", 100)
    assert read(fake_engines, first, own=Own("Zxw qkj 77 pfb")) == [first]


def test_without_the_own_reader_addresses_stay_as_they_were(fake_engines: FakeEngines) -> None:
    first = address("S 1 Đưng Mu, Hà Ni", 100)
    assert read(fake_engines, first, third=Third()) == [first]


def line(text: str, *doubtful: int) -> LineReading:
    """Return a reading that is sure of all letters but some."""
    confidences = tuple(0.5 if place in doubtful else 0.99 for place in range(len(text)))
    return LineReading(Secret(text), 0.95, OWN, (), confidences)


@pytest.mark.parametrize(
    ("plain", "lexicon", "expected"),
    [
        (line("VỪ MÍ TIẾN"), "VŨ MI TIÊN", "VỪ MÍ TIẾN"),
        (line("VỪ MÍ TIÊN", 8), "VŨ MI TIẾN", "VỪ MÍ TIẾN"),
        (line("NGUYỄN VĂN MẬU", 12), "NGUYỄN VĂN MẪU", "NGUYỄN VĂN MẪU"),
        (line("H'HEN NIÊ", 4), "HEN HEN NIÊ", "H'HEN NIÊ"),
        (line("K'Y THU", 1, 2), "KY THU", "K'Y THU"),
        (line("LÊTHI VÍ DỤ", 3), "LÊ THỊ VÍ DỤ", "LÊ THỊ VÍ DỤ"),
        (line("LÊTHI VÍ DỤ"), "LÊ THỊ VÍ DỤ", "LÊTHI VÍ DỤ"),
    ],
)
def test_the_lexicon_yields_to_words_that_read_plainly(plain: LineReading, lexicon: str, expected: str) -> None:
    merged = reread.choose_by_word(plain, LineReading(Secret(lexicon), 0.9, OWN))
    assert merged.text.reveal() == expected
    assert len(merged.confidences) in {0, len(expected)}


def test_without_words_that_fit_or_without_doubts_told_a_line_stays_as_it_was_read() -> None:
    plain = line("VỪ MÍ TIẾN")
    assert reread.choose_by_word(plain, None) is plain
    silent = LineReading(Secret("VỪ MÍ"), 0.9, OWN)
    named = LineReading(Secret("VŨ MI"), 0.9, OWN)
    assert reread.choose_by_word(silent, named) is named

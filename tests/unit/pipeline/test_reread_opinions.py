from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.cards.extract.key_value import read_print
from idscan.core.enums import CardKind, Effort, Field, Side
from idscan.core.settings import PROFILES
from idscan.core.types import LineReading, Secret
from idscan.engines.registry import CHECKS_LINES, READS_LINES, READS_PAGES
from idscan.pipeline import reread
from idscan.pipeline.fusion import fuse
from idscan.pipeline.text_lines import TextPage, texts_of
from idscan.vision import perspective
from tests.factories import lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.types import Fact
    from tests.fakes.engines import FakeEngines

FRONT = (CardKind.CCCD_CHIP, Side.FRONT)
OWN, SECOND, THIRD = "viet-lines", "rapidocr", "tesseract"
TEXTS = ("Số / No.: 001099000001", "Họ và tên: NGUYỄN VĂN MẪU", "Ngày sinh: 15/01/1999")


class Reader:
    """Says of each line what it was told to."""

    def __init__(self, name: str, *texts: str) -> None:
        self.name = name
        self.texts = list(texts)
        self.asked = 0

    def read_lines(self, crops: Sequence[np.ndarray]) -> tuple[LineReading, ...]:
        self.asked += len(crops)
        return tuple(LineReading(Secret(text), 0.9, self.name) for text, _ in zip(self.texts, crops, strict=True))


def text_page(*texts: str) -> TextPage:
    printed = tuple(lines(*texts, x=40, y=40, width=460, engine=OWN))
    return TextPage(perspective.whole(np.full((300, 600, 3), 220, np.uint8)), printed)


def ask(
    fake_engines: FakeEngines,
    page: TextPage,
    second: Reader | None,
    third: Reader | None = None,
    effort: Effort = Effort.NORMAL,
) -> tuple[list[Fact], list[Fact]]:
    fake_engines(READS_LINES, Reader(OWN))
    fake_engines(CHECKS_LINES, second)
    fake_engines(READS_PAGES, third)
    firsts = list(read_print(page.lines, on_card=True).facts)
    others = reread.cross_engine_readings(page, PROFILES[effort])
    return firsts, reread.cross_engine_digits(page, firsts, others, FRONT)


def values(facts: Sequence[Fact]) -> list[tuple[Field, str, str]]:
    return sorted((fact.field, fact.value.reveal(), fact.engine) for fact in facts if fact.value is not None)


def test_a_second_reader_bears_number_and_date_out_at_the_same_place(fake_engines: FakeEngines) -> None:
    second = Reader(SECOND, TEXTS[0], TEXTS[2])
    firsts, found = ask(fake_engines, text_page(*TEXTS), second)
    assert values(found) == [(Field.DATE_OF_BIRTH, "1999-01-15", SECOND), (Field.NUMBER, "001099000001", SECOND)]
    assert second.asked == 2
    findings = {finding.field: finding for finding in fuse([*firsts, *found])}
    alone = {finding.field: finding for finding in fuse(firsts)}
    for field in (Field.NUMBER, Field.DATE_OF_BIRTH):
        assert findings[field].verified
        assert not alone[field].verified
        assert findings[field].confidence > alone[field].confidence
        assert findings[field].places == alone[field].places
        assert findings[field].conflicts == ()


def test_a_second_reader_that_disagrees_is_a_conflict(fake_engines: FakeEngines) -> None:
    firsts, found = ask(fake_engines, text_page(*TEXTS), Reader(SECOND, "Số / No.: 001099000002", TEXTS[2]))
    (number,) = [finding for finding in fuse([*firsts, *found]) if finding.field is Field.NUMBER]
    assert number.value == Secret("001099000001")
    assert [conflict.value for conflict in number.conflicts] == [Secret("001099000002")]
    assert not number.verified


def test_a_second_reader_finds_what_the_first_one_missed(fake_engines: FakeEngines) -> None:
    firsts, found = ask(fake_engines, text_page("Số / No.: 0010990000", *TEXTS[1:]), Reader(SECOND, TEXTS[0], TEXTS[2]))
    assert Field.NUMBER not in {fact.field for fact in firsts}
    assert (Field.NUMBER, "001099000001", SECOND) in values(found)


@pytest.mark.parametrize(("effort", "engines"), [(Effort.NORMAL, {SECOND}), (Effort.THOROUGH, {SECOND, THIRD})])
def test_the_third_reader_is_asked_by_the_thorough_scan_alone(
    fake_engines: FakeEngines, effort: Effort, engines: set[str]
) -> None:
    every_line = TEXTS if effort is Effort.THOROUGH else (TEXTS[0], TEXTS[2])
    readers = Reader(SECOND, *every_line), Reader(THIRD, TEXTS[0], TEXTS[2])
    _, found = ask(fake_engines, text_page(*TEXTS), *readers, effort=effort)
    assert {fact.engine for fact in found} == engines


def test_the_thorough_scan_keeps_what_every_reader_made_of_every_line(fake_engines: FakeEngines) -> None:
    page = text_page(*TEXTS)
    second = Reader(SECOND, TEXTS[0], "Họ và tên: NGUYN VĂN MU", TEXTS[2])
    fake_engines(READS_LINES, Reader(OWN))
    fake_engines(CHECKS_LINES, second)
    fake_engines(READS_PAGES)
    others = reread.cross_engine_readings(page, PROFILES[Effort.THOROUGH])
    said = [seen.text.reveal() for seen in texts_of(page, *others)]
    assert said == [*TEXTS, "Họ và tên: NGUYN VĂN MU"]


def test_lines_without_digits_and_zones_are_nobody_elses_business(fake_engines: FakeEngines) -> None:
    second = Reader(SECOND)
    page = text_page("Họ và tên: NGUYỄN VĂN MẪU", "IDVNM0990000017001099000001<<8", "Tổ 5, Khu phố 12")
    assert ask(fake_engines, page, second)[1] == []
    assert second.asked == 0


def test_without_another_reader_there_is_no_other_opinion(fake_engines: FakeEngines) -> None:
    assert ask(fake_engines, text_page(*TEXTS), None)[1] == []

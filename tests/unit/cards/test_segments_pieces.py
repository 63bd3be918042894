from __future__ import annotations

from functools import partial

import pytest

from idscan.cards.extract.key_value import read_print
from idscan.cards.extract.segments import name_start
from idscan.core.enums import Field
from idscan.core.types import Secret
from tests import factories

NAMES = (
    "BÙI BẢO XUYẾN",
    "KSOR H'HEN",
    "H'HEN NIÊ",
    "Y BLƠI ÊBAN",
    "RƠ CHÂM SIU",
    "LIÊNG HÓT CIL",
    "VỪ MÍ SÚA",
    "K'BRỚI",
    "BH'RIU LỨA",
    "LÒ THỊ MỶ",
    "TẨN LAO SAN",
    "A PÁO",
    "TÔN NỮ THỊ VÍ DỤ",
)


line = partial(factories.line, x=300, y=200, confidence=0.9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("printed", [str, str.title])
def test_no_part_of_a_name_is_taken_for_a_label(name: str, printed: type[str]) -> None:
    assert name_start(printed(name)) == 0


@pytest.mark.parametrize("remains", ["Họ tm: ", "H tên ", "ọ và tm: ", "MỌ ƯM: ", "khai sinh "])
@pytest.mark.parametrize("name", ["BÙI BẢO XUYẾN", "KSOR H'HEN", "VỪ MÍ SÚA", "Y BLƠI ÊBAN"])
def test_what_is_left_of_a_label_is_cut_off(remains: str, name: str) -> None:
    assert name_start(remains + name) == len(remains)


@pytest.mark.parametrize("text", ["Nguyễn VĂN MẪU", "Số 1 Đường THỬ NGHIỆM", "xã: ABC 12", "", "BÙI BẢO: XUYẾN"])
def test_other_text_is_left_whole(text: str) -> None:
    assert name_start(text) == 0


def test_the_remains_of_a_label_stay_out_of_the_name_and_of_its_place() -> None:
    number, name = line("Số 001099000001", y=150), line("Họ tm: BÙI BẢO XUYẾN")
    (fact,) = [fact for fact in read_print([number, name], on_card=True).facts if fact.field is Field.NAME]
    assert fact.value == Secret("BÙI BẢO XUYẾN")
    assert fact.quad is not None
    assert fact.quad[0][0] > 300 + 14 * len("Họ tm")


def test_an_address_is_no_name_behind_a_label() -> None:
    fact = read_print([line("Nơi thường trú: xã THỬ NGHIỆM")], on_card=True).facts[0]
    assert fact.value == Secret("xã THỬ NGHIỆM")


def test_a_fact_tells_how_sure_the_reader_was_of_its_least_sure_digit() -> None:
    text = "Số: 001099000001"
    sure = [0.9] * len(text)
    sure[2], sure[8] = 0.2, 0.6
    (fact,) = read_print([line(text, confidences=tuple(sure))], on_card=True).facts
    assert fact.weakest == 0.6
    assert read_print([line(text)], on_card=True).facts[0].weakest is None

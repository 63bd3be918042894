"""Addresses on papers, in tables and in messages: behind labels, by their units, over several lines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from idscan.cards.fields.addresses import find_addresses
from idscan.core.geometry import bounds
from tests import factories

if TYPE_CHECKING:
    from idscan.core.types import PrintedLine

_WIDTH, _HEIGHT = 10, 20
"""Pixels of a letter."""


line = partial(factories.line, advance=_WIDTH, height=_HEIGHT, confidence=0.99)


def hidden(*lines: PrintedLine) -> list[str]:
    """Return the parts of lines that are found to be of an address, from top to bottom."""
    found = []
    for left, top, right, _ in sorted(
        (bounds(quad) for quad in find_addresses(lines)), key=lambda box: (box[1], box[0])
    ):
        (text,) = (
            other.text.reveal()[round((left - place[0]) / _WIDTH) : round((right - place[0]) / _WIDTH)]
            for other in lines
            if (place := bounds(other.quad))[1] == top and place[0] <= left + 1 and right <= place[2] + 1
        )
        found.append(text.strip())
    return found


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Địa chỉ: 12 Ví Dụ", "12 Ví Dụ"),
        ("Địa chỉ liên hệ: ngõ 3", "ngõ 3"),
        ("Hộ khẩu thường trú: Ví Dụ, Mẫu", "Ví Dụ, Mẫu"),
        ("Chỗ ở hiện nay: thôn Ví Dụ", "thôn Ví Dụ"),
        ("Quê quán: Ví Dụ", "Ví Dụ"),
        ("Address / Địa chỉ: 12 Ví Dụ", "12 Ví Dụ"),
        ("số 001099000001, trú tại Ví Dụ, Mẫu", "Ví Dụ, Mẫu"),
        ("Em ở thôn Ví Dụ, xã Mẫu, Hà Nội ạ", "Em ở thôn Ví Dụ, xã Mẫu, Hà Nội ạ"),
        ("Địa chỉ: 12 Ví Dụ Giới tính: Nam", "12 Ví Dụ"),
    ],
)
def test_what_stands_behind_a_label_or_names_units_is_an_address(text: str, address: str) -> None:
    assert hidden(line(text, 0, 0)) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "Vui lòng kiểm tra địa chỉ trước khi gửi",
        "Kính gửi: UBND xã Mẫu, huyện Ví Dụ",
        "Đơn vị: Công ty Ví Dụ, phường Mẫu, Hà Nội",
        "Hà Nội, ngày 1 tháng 2 năm 2024",
        "Số lượng: 12, đơn giá: 34",
    ],
)
def test_sentences_offices_and_dates_are_none(text: str) -> None:
    assert hidden(line(text, 0, 0)) == []


def test_a_value_stands_right_of_its_label_or_under_it() -> None:
    beside = (line("Nơi ở", 0, 0), line("Ví Dụ 12", 300, 0), line("Ghi chú", 0, 30))
    assert hidden(*beside) == ["Ví Dụ 12"]
    under = (line("Địa chỉ", 0, 0), line("Ví Dụ 12", 0, 30), line("Giao giờ hành chính", 0, 90))
    assert hidden(*under) == ["Ví Dụ 12"]


def test_the_value_of_the_next_label_is_none_of_an_empty_one() -> None:
    lines = (line("Địa chỉ", 0, 0), line("Giới tính: Nam", 0, 30))
    assert hidden(*lines) == []


def test_an_address_goes_on_under_itself_as_far_as_it_is_one() -> None:
    lines = (
        line("Địa chỉ: Thôn Ví Dụ, xã Mẫu,", 0, 0),
        line("huyện Thử, Hà Nội, nay làm đơn này xin", 0, 25),
        line("được cấp lại giấy tờ đã mất", 0, 50),
    )
    assert hidden(*lines) == ["Thôn Ví Dụ, xã Mẫu,", "huyện Thử, Hà Nội"]


def test_a_province_may_be_cut_in_two() -> None:
    lines = (line("Số 1 Ví Dụ, Thử", 0, 0), line("Mẫu, Bình", 0, 25), line("Dương", 0, 50))
    assert hidden(*lines) == ["Số 1 Ví Dụ, Thử", "Mẫu, Bình", "Dương"]
    whole = (line("Số 1 Ví Dụ, Thử, Hà Nội", 0, 0), line("Ghi chú: giao giờ hành chính", 0, 25))
    assert hidden(*whole) == ["Số 1 Ví Dụ, Thử, Hà Nội"]
    assert hidden(line("Áo mưa, cà phê", 0, 0), line("bàn phím, sổ", 0, 25), line("tay", 0, 50)) == []

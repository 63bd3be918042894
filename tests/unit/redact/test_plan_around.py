"""A person who is hidden in an image is hidden there as a whole: addresses, unread values, the rest of a row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idscan.core import geometry
from idscan.core.enums import Field, FieldSet
from idscan.core.geometry import quad_from_box
from idscan.redact.plan import HIDDEN_FIELDS, regions_outside_cards
from tests.fakes.laid_out import OUTLINE, at, seen, shown, whole_front

if TYPE_CHECKING:
    from idscan.core.types import Finding, ImageResult, SeenText

PERSON = HIDDEN_FIELDS[FieldSet.PERSON]


def cell(left: float, top: float, text: str) -> SeenText:
    return seen(text, quad_from_box(left, top, left + 10 * len(text), top + 20))


def hidden(image: ImageResult, fields: frozenset[Field] = PERSON) -> set[str]:
    """Return the texts whose whole place is hidden."""
    quads = [region.quad for region in regions_outside_cards(image, fields)]
    return {
        text.text.reveal()
        for text in image.texts
        if any(all(geometry.contains(quad, corner) for corner in text.quad) for quad in quads)
    }


NUMBER = at(Field.NUMBER, quad_from_box(0, 0, 120, 20))
HOME = cell(0, 100, "Thôn Ví Dụ, xã Mẫu, Hà Nội")


def test_an_address_beside_somebody_is_hidden_and_nobodys_is_not() -> None:
    assert hidden(shown(findings=(NUMBER,), texts=(HOME,))) == {HOME.text.reveal()}
    assert hidden(shown(texts=(HOME,))) == set()
    assert hidden(shown(findings=(NUMBER,), texts=(HOME,)), HIDDEN_FIELDS[FieldSet.CORE]) == set()


def test_what_is_printed_on_a_card_is_the_cards() -> None:
    left, top, *_ = geometry.bounds(OUTLINE)
    on_it = cell(left + 50, top + 50, "Thôn Ví Dụ, xã Mẫu, Hà Nội")
    below = cell(left, geometry.bounds(OUTLINE)[3] + 80, "Thôn Thử, xã Mẫu, Hà Nội")
    assert hidden(shown(whole_front(), texts=(on_it, below))) == {below.text.reveal()}


@pytest.mark.parametrize(("text", "is_hidden"), [("Mau~~ Vi 7u", True), ("-", False), ("CĂN CƯỚC CÔNG DÂN", False)])
def test_what_stands_behind_a_label_is_hidden_though_it_is_no_value(text: str, *, is_hidden: bool) -> None:
    label, value = cell(0, 200, "Họ và tên:"), cell(160, 200, text)
    image = shown(findings=(NUMBER,), texts=(label, value))
    assert (text in hidden(image)) == is_hidden
    assert label.text.reveal() not in hidden(image)


def test_a_header_of_labels_stays() -> None:
    header = (cell(0, 200, "Họ và tên"), cell(200, 200, "Ngày sinh"), cell(400, 200, "Chức vụ"))
    assert hidden(shown(findings=(NUMBER,), texts=header)) == set()


def row(top: float, number: int, *fields: Field) -> tuple[Finding, ...]:
    places = {Field.NAME: 0, Field.DATE_OF_BIRTH: 300, Field.NUMBER: 500}
    return tuple(
        replace(at(field, quad_from_box(places[field], top, places[field] + 120, top + 20)), record=number)
        for field in fields
    )


def test_a_column_that_is_hidden_in_other_rows_is_hidden_in_all() -> None:
    whole = (Field.NAME, Field.DATE_OF_BIRTH, Field.NUMBER)
    findings = (*row(100, 0, *whole), *row(140, 1, *whole), *row(180, 2, Field.NUMBER))
    texts = (cell(0, 180, "J. O'Smith"), cell(300, 180, "15-thang-1"), cell(700, 180, "500.000"), cell(0, 220, "Cộng"))
    assert hidden(shown(findings=findings, texts=texts)) == {"J. O'Smith", "15-thang-1"}


def test_two_people_of_a_form_make_no_columns() -> None:
    whole = (Field.NAME, Field.NUMBER)
    apart = replace(row(140, 1, Field.NAME)[0], places=(), quad=None)
    findings = (*row(100, 0, *whole), apart, *row(180, 2, Field.NUMBER))
    assert hidden(shown(findings=findings, texts=(cell(0, 180, "J. O'Smith"),))) == set()

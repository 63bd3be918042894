from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from idscan.core.enums import Field, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Place
from idscan.run.scan import assign_persons
from tests.factories import NUMBER, OLD_NUMBER, OTHER_NUMBER, chip_front, finding, image, unread_back

if TYPE_CHECKING:
    from idscan.core.types import Finding, ImageResult


def persons(*images: ImageResult) -> list[list[str | None]]:
    return [
        [*(card.person for card in image.cards), *(found.person for found in image.findings)]
        for image in assign_persons(images)
    ]


def test_the_same_number_is_the_same_person_in_every_picture() -> None:
    images = image("a", chip_front()), image("b", chip_front(OTHER_NUMBER, old_number=None)), image("c", chip_front())
    assert persons(*images) == [["p1"], ["p2"], ["p1"]]


def test_a_card_without_a_number_belongs_to_nobody() -> None:
    assert persons(image("a", unread_back(), chip_front())) == [[None, "p1"]]


def test_an_old_number_joins_an_old_card_and_a_new_one() -> None:
    old_card = chip_front(OLD_NUMBER, old_number=None)
    assert persons(image("a", old_card), image("b", chip_front(NUMBER, old_number=OLD_NUMBER))) == [["p1"], ["p1"]]


def test_a_later_card_joins_two_persons_met_before() -> None:
    first, second = chip_front(NUMBER, old_number=None), chip_front(OLD_NUMBER, old_number=None)
    joining = chip_front(NUMBER, old_number=OLD_NUMBER)
    assert persons(image("a", first), image("b", second), image("c", joining)) == [["p1"], ["p1"], ["p1"]]


def test_numbers_outside_cards_belong_to_persons_and_other_findings_to_nobody() -> None:
    findings = (
        finding(Field.NUMBER, OTHER_NUMBER, by=Source.PRINT),
        finding(Field.NAME, "Trần Thị Ví Dụ", by=Source.PRINT),
        finding(Field.NUMBER, None, by=Source.PRINT),
    )
    assert persons(image("a", chip_front()), image("b", findings=findings)) == [["p1"], ["p2", None, None]]


def test_two_numbers_of_one_code_outside_cards_are_one_person() -> None:
    here, there = (Place(quad_from_box(x, 0, x + 10, 10), Source.QR, 1.0) for x in (0, 500))
    findings = (
        finding(Field.NUMBER, NUMBER, places=(here,)),
        finding(Field.OLD_NUMBER, OLD_NUMBER, places=(here,)),
        finding(Field.NUMBER, OTHER_NUMBER, places=(there,)),
    )
    assert persons(image("a", findings=findings)) == [["p1", "p1", "p2"]]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_cards_share_a_person_exactly_if_a_chain_of_numbers_joins_them(pairs: list[tuple[int, int]]) -> None:
    images = [
        image(str(position), chip_front(f"number {number}", old_number=f"old {old}"))
        for position, (number, old) in enumerate(pairs)
    ]
    groups: list[set[str]] = []
    for number, old in pairs:
        joined = {f"number {number}", f"old {old}"}
        for group in [group for group in groups if group & joined]:
            groups.remove(group)
            joined |= group
        groups.append(joined)
    owners = [next(i for i, group in enumerate(groups) if f"number {number}" in group) for number, _ in pairs]
    found = [names[0] for names in persons(*images)]
    assert [found.index(name) for name in found] == [owners.index(owner) for owner in owners]
    assert list(dict.fromkeys(found)) == [f"p{position + 1}" for position in range(len(set(found)))]


def test_what_stands_in_one_row_belongs_to_one_person() -> None:
    def cell(field: Field, value: str, record: int) -> Finding:
        place = Place(quad_from_box(100 * list(Field).index(field), 50 * record, 80, 20), Source.PRINT, 1.0)
        return replace(finding(field, value, places=(place,)), record=record)

    rows = (
        cell(Field.NUMBER, NUMBER, 0),
        cell(Field.NAME, "Nguyễn Văn Mẫu", 0),
        cell(Field.NUMBER, OTHER_NUMBER, 1),
        cell(Field.NAME, "Trần Thị Ví Dụ", 1),
        cell(Field.NAME, "Lê Thị Thử", 2),
    )
    assert persons(image("a", findings=rows)) == [["p1", "p1", "p2", "p2", None]]

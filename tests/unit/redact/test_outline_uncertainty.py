"""Exact places for print that the scan found in a code only, or by the rough box of its line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Never

import cv2
import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.enums import Field, FieldSet, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import FileInfo, Frame, ImageRef, Place
from idscan.pipeline.reread import CardRereading
from idscan.redact.outline_uncertainty import locate_print
from idscan.redact.plan import HIDDEN_FIELDS
from tests.factories import NAME, OTHER_NAME, fact
from tests.fakes.laid_out import OUTLINE, SIZE, at, in_layout, laid_out, on_card, seen, shown

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.core.types import Card

PERSON = HIDDEN_FIELDS[FieldSet.PERSON]
NAME_PLACE, HOME_PLACE = on_card((0.3, 0.55, 0.6, 0.6)), on_card((0.3, 0.9, 0.6, 0.95))
TITLE_PLACE = on_card((0.3, 0.25, 0.7, 0.3))


def frame(pixels: np.ndarray | None = None, scale: float = 1.0) -> Frame:
    size = (round(SIZE[0] * scale), round(SIZE[1] * scale))
    blank = np.full((size[1], size[0], 3), 220, np.uint8)
    return Frame(ImageRef("a.png"), FileInfo("a", "PNG", *SIZE), (blank if pixels is None else pixels,), scale)


def coded_front() -> Card:
    """Return a front whose number was read and whose name is in its code only."""
    code = in_layout(Field.QR)
    name = replace(
        at(Field.NAME, code.places[0].quad, NAME),
        seen_by=(Source.QR,),
        places=(Place(code.places[0].quad, Source.QR, 1.0),),
    )
    return laid_out(in_layout(Field.NUMBER), in_layout(Field.DATE_OF_BIRTH), code, name)


def read_nothing(*_: object) -> CardRereading:
    return CardRereading((), (), None)


def places_of(card: Card, field: Field) -> list[Quad]:
    places = [place for one in card.findings if one.field is field for place in one.places]
    return [place.quad for place in places if place.by is Source.PRINT]


def is_at(quads: list[Quad], place: Quad) -> bool:
    return len(quads) == 1 and geometry.iou(quads[0], place) > 0.99


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_field_known_from_the_code_only_is_placed_by_its_print(scale: float) -> None:
    facts = (
        fact(Field.NAME, NAME, geometry.scaled(NAME_PLACE, scale)),
        fact(Field.PLACE_OF_RESIDENCE, "Ví Dụ, Mẫu", geometry.scaled(HOME_PLACE, scale)),
        fact(Field.SEX, "Nam", geometry.scaled(HOME_PLACE, scale)),
    )
    title = seen("CĂN CƯỚC CÔNG DÂN", geometry.scaled(TITLE_PLACE, scale))
    answer = CardRereading((title,), facts, None)
    image = locate_print(shown(coded_front()), frame(scale=scale), PERSON, reread=lambda *_: answer)
    (card,) = image.cards
    assert is_at([text.quad for text in image.texts], TITLE_PLACE)
    assert is_at(places_of(card, Field.NAME), NAME_PLACE)
    assert is_at(places_of(card, Field.PLACE_OF_RESIDENCE), HOME_PLACE)
    assert places_of(card, Field.SEX) == [], "nobody asked for it"


def test_print_that_contradicts_the_code_places_nothing() -> None:
    answer = CardRereading((), (fact(Field.NAME, OTHER_NAME, NAME_PLACE),), None)
    (card,) = locate_print(shown(coded_front()), frame(), PERSON, reread=lambda *_: answer).cards
    assert places_of(card, Field.NAME) == []


def test_a_card_whose_print_is_known_is_not_read_again() -> None:
    def fail(*_: object) -> Never:
        pytest.fail("it was read")

    known = laid_out(*(in_layout(field) for field in (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH)))
    lines = [seen("Mẫu", on_card((0.3, row / 10, 0.6, row / 10 + 0.05))) for row in range(1, 9)]
    wanted = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.QR})
    locate_print(shown(known, texts=lines), frame(), wanted, reread=fail)
    nobodys = laid_out(at(Field.DATE_OF_ISSUE, NAME_PLACE))
    locate_print(shown(nobodys), frame(), PERSON, reread=fail)


def test_boxes_of_lines_are_drawn_in_to_their_ink_on_cards_alone() -> None:
    left, top, right, bottom = geometry.bounds(NAME_PLACE)
    pixels = np.full((SIZE[1], SIZE[0], 3), 220, np.uint8)
    cv2.putText(pixels, "MAU VI DU", (round(left), round(bottom)), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (20, 20, 20), 2)
    rough = quad_from_box(left, top - 25, right, bottom + 25)
    card = laid_out(at(Field.NAME, rough, NAME))
    away = seen("MAU", quad_from_box(5, 5, 60, 60))
    image = locate_print(
        shown(card, texts=(seen("MAU VI DU", rough), away)), frame(pixels), frozenset(), reread=read_nothing
    )
    (tight,) = places_of(image.cards[0], Field.NAME)
    assert geometry.height(tight) < 0.6 * geometry.height(rough)
    assert geometry.contains(tight, (left + 20, bottom - 5))
    assert [text.quad for text in image.texts] == [tight, away.quad]


@pytest.mark.parametrize(
    ("edges", "is_taken"),
    [(OUTLINE, True), (geometry.shifted(OUTLINE, 0, 400), False), (on_card((0, 0, 1, 0.9)), False), (None, False)],
    ids=["a card's", "beside its print", "of a part", "none"],
)
def test_an_estimate_becomes_the_edges_near_it_if_they_are_card_shaped(edges: Quad | None, *, is_taken: bool) -> None:
    functions: Any = {"reread": read_nothing, "snap": lambda *_: edges}
    known = laid_out(*(in_layout(field) for field in (Field.NUMBER, Field.NAME)), outline=OUTLINE)
    guess = replace(known, quad=geometry.scaled(OUTLINE, 1.1), is_outline_seen=False)
    (card,) = locate_print(shown(guess), frame(), PERSON, **functions).cards
    assert card.is_outline_seen is is_taken
    assert (card.quad == OUTLINE) is is_taken
    (seen_card,) = locate_print(shown(known), frame(), PERSON, **functions).cards
    assert seen_card.quad == OUTLINE

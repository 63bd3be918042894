"""One card: its outline as far as its print reaches, which lines are its own, and what its margins are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idscan.core import geometry
from idscan.core.enums import CardKind, Field, FieldSet, Rule, Side, Source
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.core.types import Place
from idscan.redact.plan import HIDDEN_FIELDS
from idscan.redact.plan_card import CardPlan, has_digits
from tests.fakes.laid_out import CHIP_BACK, OUTLINE, at, in_layout, laid_out, layout, on_card, seen, unread, whole_front

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.core.types import SeenText

WANTED = HIDDEN_FIELDS[FieldSet.CORE]
ASLANT = quad_from_points([(200, 60), (900, 180), (860, 640), (140, 520)])


def plan_of(
    *findings: object, outline: geometry.Quad = OUTLINE, texts: Sequence[SeenText] = (), is_wide: bool = False
) -> CardPlan:
    return CardPlan(laid_out(*findings, outline=outline), WANTED, texts, is_wide=is_wide)  # type: ignore[arg-type]


def test_a_whole_card_is_its_outline() -> None:
    region = plan_of().whole()
    assert (region.field, region.rule, region.within) == (None, Rule.CARD, region.quad)
    left, top, right, bottom = geometry.bounds(region.quad)
    assert (left, top, right, bottom) == pytest.approx(geometry.bounds(OUTLINE), abs=4)
    assert geometry.overlap(OUTLINE, region.quad) == pytest.approx(1)


def test_a_whole_card_reaches_as_far_as_what_was_read_on_it() -> None:
    number = at(Field.NUMBER, quad_from_box(400, 300, 1010, 330))
    line = seen("Họ và tên", quad_from_box(150, 630, 300, 655))
    right, bottom = geometry.bounds(plan_of(number, texts=[line]).whole().quad)[2:]
    assert right > 1010
    assert bottom > 655


@pytest.mark.parametrize(
    "text",
    [
        seen("Họ và tên", quad_from_box(150, 730, 300, 750)),
        seen("http://a", quad_from_box(150, 630, 300, 655), Source.QR),
    ],
    ids=["far below", "a code"],
)
def test_what_is_not_the_cards_own_print_does_not_draw_it_out(text: SeenText) -> None:
    assert plan_of(texts=[text]).whole() == plan_of().whole()


def test_a_field_that_the_layout_only_supposes_does_not_draw_a_card_out() -> None:
    supposed = replace(unread(Field.QR), places=(Place(quad_from_box(900, 100, 1090, 300), Source.QR, 0.5),))
    assert plan_of(supposed).whole() == plan_of().whole()


def test_a_generous_cover_reaches_far_beyond_the_card() -> None:
    usual, generous = (geometry.bounds(plan_of().whole(is_generous=bold).quad) for bold in (False, True))
    assert usual[0] - generous[0] == pytest.approx(0.3 * 540)


def test_a_guessed_card_is_given_room_by_how_far_it_may_be_off() -> None:
    card = laid_out(in_layout(Field.NUMBER), in_layout(Field.NAME))
    sure, guess = CardPlan(card, WANTED), CardPlan(card, WANTED, margin=0.1)
    assert geometry.bounds(sure.whole().quad)[0] - geometry.bounds(guess.whole().quad)[0] == pytest.approx(54)
    (sure_code, guessed_code) = (
        next(region for region in plan.fields() or () if region.field is Field.QR) for plan in (sure, guess)
    )
    assert sure_code.within == OUTLINE
    assert guessed_code.within is not None
    assert geometry.bounds(guessed_code.within)[0] == pytest.approx(120 - 54)
    beyond = geometry.bounds(guessed_code.quad)[2] - geometry.bounds(sure_code.quad)[2]
    assert beyond > 0.09 * 856


def test_a_card_that_lies_askew_is_covered_askew() -> None:
    plan = plan_of(outline=ASLANT)
    whole = plan.whole().quad
    assert geometry.overlap(ASLANT, whole) == pytest.approx(1)
    assert geometry.area(whole) < 1.2 * geometry.area(ASLANT)
    name = at(Field.NAME, on_card((0.3, 0.55, 0.5, 0.6), ASLANT))
    number = at(Field.NUMBER, on_card((0.4, 0.42, 0.7, 0.47), ASLANT))
    regions = plan_of(number, name, outline=ASLANT).fields()
    assert regions is not None
    (wide,) = [region for region in regions if region.field is Field.NAME and region.within == ASLANT]
    assert geometry.overlap(on_card((0.28, 0.53, 0.97, 0.61), ASLANT), wide.quad) > 0.99


def test_places_are_hidden_as_they_were_seen() -> None:
    code, zone = quad_from_box(780, 130, 930, 280), quad_from_box(150, 450, 940, 540)
    supposed, portrait = unread(Field.NAME), at(Field.PORTRAIT, quad_from_box(130, 300, 300, 500))
    places = plan_of(at(Field.QR, code), at(Field.MRZ, zone), supposed, portrait, at(Field.SEX, code)).places()
    assert [(region.field, region.rule, region.within) for region in places] == [
        (Field.QR, Rule.SYMBOL, None),
        (Field.MRZ, Rule.ZONE, None),
    ]
    # The quiet zone of a code is no ink: of what lies beyond the card only the ringing goes.
    assert 780 - geometry.bounds(places[0].quad)[0] == pytest.approx(8)
    # The margin of a zone is that of one of its three lines.
    assert 450 - geometry.bounds(places[1].quad)[1] == pytest.approx(0.35 * 90 / 3)


def test_margins_are_doubled_once_something_leaked() -> None:
    line = at(Field.NAME, quad_from_box(400, 400, 700, 440))
    exact, wide = (geometry.bounds(plan_of(line, is_wide=bold).places()[0].quad)[0] for bold in (False, True))
    assert (400 - exact, 400 - wide) == pytest.approx((0.35 * 40, 2 * 0.35 * 40))


def test_once_something_leaked_the_layout_is_hidden_as_well() -> None:
    card = whole_front()
    exact, wide = (CardPlan(card, WANTED, is_wide=bold).fields() or () for bold in (False, True))
    assert {region.field for region in exact if region.rule is Rule.LAYOUT} == {Field.DATE_OF_EXPIRY}
    assert {region.field for region in wide if region.rule is Rule.LAYOUT} >= {Field.NUMBER, Field.NAME, Field.QR}


def test_a_value_that_contradicts_the_code_is_no_sure_place_of_its_field() -> None:
    code = on_card((0.78, 0.08, 0.95, 0.32))
    disputed = at(
        Field.NUMBER,
        code,
        seen_by=(Source.QR,),
        places=(Place(code, Source.QR, 0.9), Place(on_card((0.4, 0.8, 0.7, 0.85)), Source.PRINT, 0.6)),
    )
    regions = plan_of(disputed, in_layout(Field.NAME), in_layout(Field.DATE_OF_BIRTH), at(Field.QR, code)).fields()
    assert regions is not None
    assert Field.NUMBER in {region.field for region in regions if region.rule is Rule.LAYOUT}


def test_a_code_that_lies_off_its_layout_is_hidden_where_it_is_and_where_it_should_be() -> None:
    away = on_card((0.05, 0.05, 0.2, 0.25))
    regions = plan_of(in_layout(Field.NUMBER), in_layout(Field.NAME), at(Field.QR, away)).fields()
    assert regions is not None
    codes = [region for region in regions if region.field is Field.QR]
    assert {region.rule for region in codes} == {Rule.SYMBOL, Rule.LAYOUT}
    for region in codes:
        left, _, right, _ = geometry.bounds(region.quad)
        assert right - left < 0.35 * 856


def test_nothing_is_hidden_beyond_the_cards_edge_but_what_was_seen_there() -> None:
    number = at(Field.NUMBER, on_card((0.5, 0.42, 0.82, 0.47)))
    sticking_out = at(Field.NAME, on_card((0.3, 0.55, 1.02, 0.6)))
    regions = plan_of(number, sticking_out).fields()
    assert regions is not None
    reach = {region.field: geometry.bounds(region.quad)[2] for region in regions if region.rule is not Rule.LAYOUT}
    assert reach[Field.NUMBER] <= 976 + 0.01 * 856
    assert reach[Field.NAME] > on_card((0, 0, 1.02, 1))[1][0]


def test_of_a_face_without_known_layout_there_are_no_fields() -> None:
    number = at(Field.NUMBER, on_card((0.4, 0.42, 0.7, 0.47)))
    for face in ((CardKind.UNKNOWN, Side.FRONT), (CardKind.CCCD_CHIP, Side.UNKNOWN)):
        assert CardPlan(laid_out(number, face=face), WANTED).fields() is None


def test_a_back_without_its_zone_is_hidden_whole() -> None:
    issued = at(Field.DATE_OF_ISSUE, on_card((0.3, 0.2, 0.5, 0.25)))
    assert CardPlan(laid_out(issued, face=CHIP_BACK), WANTED).fields() is None


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("15/01/1999", True),
        ("012345678", True),
        ("12345", False),
        ("Số 12 Ngõ 34", False),
        ("१२३४५६", True),
        ("", False),
    ],
)
def test_six_digits_may_be_a_number_or_a_date(text: str, has: bool) -> None:
    assert has_digits(text) is has


def with_layout(field: Field, *texts: SeenText, wanted: frozenset[Field] = HIDDEN_FIELDS[FieldSet.PERSON]) -> Quad:
    """Return where a field goes by its layout that nothing of was read."""
    card = laid_out(in_layout(Field.NUMBER), in_layout(Field.NAME), in_layout(Field.DATE_OF_BIRTH))
    regions = CardPlan(card, wanted, texts).fields() or ()
    return next(region.quad for region in regions if region.field is field and region.rule is Rule.LAYOUT)


def test_room_around_a_field_ends_at_the_print_beside_it() -> None:
    alone = geometry.bounds(with_layout(Field.PLACE_OF_ORIGIN))
    box = geometry.bounds(layout(Field.PLACE_OF_ORIGIN))
    label = seen("Quốc tịch / Nationality:", quad_from_box(400, box[1] - 30, 600, box[1] - 8))
    beside = geometry.bounds(with_layout(Field.PLACE_OF_ORIGIN, label))
    assert alone[1] < box[1] - 10
    assert beside[1] == pytest.approx(box[1] - 8)
    assert beside[2:] == pytest.approx(alone[2:])


def test_room_never_ends_within_the_field() -> None:
    box = geometry.bounds(layout(Field.PLACE_OF_ORIGIN))
    across = seen("Mẫu", quad_from_box(400, box[1] - 30, 600, box[1] + 10))
    assert geometry.bounds(with_layout(Field.PLACE_OF_ORIGIN, across))[1] <= box[1]


def test_a_portrait_ends_where_the_title_begins() -> None:
    left, top, right, _ = geometry.bounds(layout(Field.PORTRAIT))
    title = seen("CĂN CƯỚC CÔNG DÂN", quad_from_box(right - 10, top + 20, right + 300, top + 50))
    assert geometry.bounds(with_layout(Field.PORTRAIT))[2] == pytest.approx(right)
    assert geometry.bounds(with_layout(Field.PORTRAIT, title))[2] == pytest.approx(right - 10)
    face = seen("Mẫu", quad_from_box(left + 60, top + 20, right + 300, top + 50))
    assert geometry.bounds(with_layout(Field.PORTRAIT, face))[2] > right - 40


def test_an_address_that_names_its_province_is_as_high_as_its_lines() -> None:
    place = on_card((0.3, 0.87, 0.8, 0.91))
    address = at(Field.PLACE_OF_RESIDENCE, place)
    rest = (in_layout(Field.NUMBER), in_layout(Field.NAME))

    def bottom(text: str) -> float:
        plan = CardPlan(laid_out(*rest, address), HIDDEN_FIELDS[FieldSet.PERSON], (seen(text, place),))
        regions = (region for region in plan.fields() or () if region.field is Field.PLACE_OF_RESIDENCE)
        return max(geometry.bounds(region.quad)[3] for region in regions)

    assert bottom("Xã Sơn Hà, Lào Cai") < bottom("Xã Sơn Hà,") - 20

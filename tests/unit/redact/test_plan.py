"""From findings to regions: what is hidden of cards, of values beside them, and what is left alone."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from idscan.cards.documents import field_box
from idscan.core import geometry
from idscan.core.enums import CardKind, Effort, Field, FieldSet, Rule, Side, Source
from idscan.core.geometry import quad_from_box
from idscan.core.settings import Settings
from idscan.core.types import FileInfo, Frame, ImageRef, Place, Problem
from idscan.pipeline.scan import scan_frame
from idscan.redact.mask import expanded_quad
from idscan.redact.plan import (
    HIDDEN_FIELDS,
    Level,
    PlanOptions,
    hidden_mask,
    leak_region,
    near_duplicate_regions,
    plan_regions,
)
from idscan.redact.watchlist import Watchlist
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import NUMBER, OTHER_NAME, OTHER_NUMBER, PAYLOAD, SHA256
from tests.fakes.laid_out import (
    CHIP_BACK,
    CHIP_FRONT,
    OUTLINE,
    SIZE,
    at,
    in_layout,
    laid_out,
    layout,
    on_card,
    seen,
    shown,
    unread,
    value_box,
    whole_front,
)
from tests.fakes.stored import Blocks
from tests.synth.cards import Face, draw_card

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.types import Finding, ImageResult, Region

NOTHING = Watchlist(PiiMatcher())
FINE = Blocks(2, 2)
"""Blocks so small that margins show."""

READ = (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.QR)
BESIDE = quad_from_box(20, 700, 320, 720)
"""A place off the card."""


def planned(image: ImageResult, **options: Any) -> tuple[Region, ...]:
    return plan_regions(image, PlanOptions(**{"fields": FieldSet.CORE, "watchlist": NOTHING, **options}))


def mask_of(regions: tuple[Region, ...]) -> NDArray[np.bool_]:
    return hidden_mask(regions, SIZE, FINE)


def part(mask: NDArray[np.bool_], quad: Quad) -> NDArray[np.bool_]:
    left, top, right, bottom = geometry.bounds(quad)
    return mask[max(0, round(top)) : round(bottom), max(0, round(left)) : round(right)]


def is_hidden(mask: NDArray[np.bool_], quad: Quad) -> bool:
    return bool(part(mask, quad).all())


def is_shown(mask: NDArray[np.bool_], quad: Quad) -> bool:
    return not part(mask, quad).any()


def test_what_was_read_is_hidden_and_the_rest_of_the_card_is_not() -> None:
    mask = mask_of(planned(shown(whole_front())))
    for field in (*READ, Field.DATE_OF_EXPIRY):
        assert is_hidden(mask, on_card(value_box(field_box(*CHIP_FRONT, field) or (0, 0, 0, 0)))), field
    heading, portrait = on_card((0.3, 0.05, 0.7, 0.25)), on_card((0.05, 0.3, 0.24, 0.75))
    assert is_shown(mask, heading)
    assert is_shown(mask, portrait)
    assert is_shown(mask, quad_from_box(0, 0, SIZE[0], 90))


def test_a_value_printed_in_several_places_is_hidden_in_all() -> None:
    again = on_card((0.3, 0.1, 0.6, 0.15))
    number = in_layout(Field.NUMBER)
    twice = replace(number, places=(*number.places, Place(again, Source.PRINT, 0.8)))
    mask = mask_of(planned(shown(laid_out(twice, *map(in_layout, READ[1:])))))
    for quad in (number.places[0].quad, again):
        assert is_hidden(mask, expanded_quad(quad, 8))


def test_a_code_is_hidden_whole_with_its_quiet_zone() -> None:
    side = 150
    code = quad_from_box(780, 130, 780 + side, 130 + side)
    card = laid_out(*map(in_layout, READ[:3]), at(Field.QR, code))
    mask = mask_of(planned(shown(card)))
    quiet = 4 / 41 * side
    inside = geometry.bounds(expanded_quad(code, quiet))
    assert is_hidden(mask, quad_from_box(inside[0], inside[1], min(inside[2], 976), inside[3]))


def test_a_code_that_was_seen_and_not_decoded_is_hidden_whole() -> None:
    code = quad_from_box(780, 130, 930, 280)
    card = laid_out(*map(in_layout, READ[:3]), at(Field.QR, code, None))
    assert is_hidden(mask_of(planned(shown(card))), expanded_quad(code, 15))


def test_a_zone_is_one_strip_from_side_to_side() -> None:
    half = on_card((0.1, 0.65, 0.5, 0.95))
    mask = mask_of(planned(shown(laid_out(at(Field.MRZ, half), face=CHIP_BACK))))
    assert is_hidden(mask, on_card((0.01, 0.65, 0.99, 0.95)))


def test_a_zone_that_lies_where_no_layout_has_it_is_a_strip_as_well() -> None:
    half = on_card((0.2, 0.1, 0.5, 0.3))
    card = laid_out(
        at(Field.MRZ, half), at(Field.NUMBER, on_card((0.2, 0.4, 0.5, 0.46))), face=(CardKind.PASSPORT, Side.FRONT)
    )
    mask = mask_of(planned(shown(card)))
    assert is_hidden(mask, on_card((0.01, 0.1, 0.99, 0.3)))


@pytest.mark.parametrize("level", [Level.EXACT, Level.WIDER])
def test_the_length_of_a_value_does_not_show(level: Level) -> None:
    def masked(share: float) -> NDArray[np.bool_]:
        card = laid_out(
            in_layout(Field.NAME, share=share), *map(in_layout, (Field.NUMBER, Field.DATE_OF_BIRTH, Field.QR))
        )
        return mask_of(planned(shown(card), level=level))

    assert np.array_equal(masked(0.2), masked(0.9))
    assert is_hidden(masked(0.2), on_card((0.27, 0.55, 0.98, 0.60)))


def test_a_value_off_its_layout_is_hidden_as_wide_as_half_a_card() -> None:
    old = quad_from_box(200, 140, 300, 160)
    card = laid_out(*map(in_layout, READ), at(Field.OLD_NUMBER, old))
    mask = mask_of(planned(shown(card)))
    assert is_hidden(mask, quad_from_box(200, 140, 200 + 0.45 * 856, 160))


def test_an_unread_field_is_hidden_where_the_layout_has_it_if_the_layout_proves_right() -> None:
    card = laid_out(in_layout(Field.NUMBER), unread(Field.NAME), in_layout(Field.DATE_OF_BIRTH), unread(Field.QR))
    regions = planned(shown(card))
    mask = mask_of(regions)
    for field in (Field.NAME, Field.QR):
        assert is_hidden(mask, layout(field))
    assert {region.field for region in regions if region.rule is Rule.LAYOUT} == {
        Field.NAME,
        Field.QR,
        Field.DATE_OF_EXPIRY,
    }
    assert not any(region.rule is Rule.CARD for region in regions)


def test_a_card_whose_values_stand_elsewhere_than_its_layout_has_them_is_hidden_whole() -> None:
    card = laid_out(
        at(Field.NUMBER, on_card((0.05, 0.8, 0.4, 0.86))),
        at(Field.DATE_OF_BIRTH, on_card((0.05, 0.9, 0.4, 0.96))),
        unread(Field.NAME),
    )
    regions = planned(shown(card))
    assert regions[0].rule is Rule.CARD
    assert is_hidden(mask_of(regions), OUTLINE)


def test_a_card_of_which_everything_was_read_off_its_layout_keeps_its_other_parts() -> None:
    card = laid_out(
        *(at(field, on_card((0.02, 0.1 * i, 0.3, 0.1 * i + 0.04))) for i, field in enumerate(READ[:3], start=6)),
        at(Field.DATE_OF_EXPIRY, on_card((0.02, 0.05, 0.3, 0.09))),
        at(Field.QR, on_card((0.05, 0.2, 0.2, 0.4))),
    )
    regions = planned(shown(card))
    assert Rule.CARD not in {region.rule for region in regions}
    assert is_shown(mask_of(regions), on_card((0.75, 0.2, 0.95, 0.5)))


@pytest.mark.parametrize(
    "card",
    [
        laid_out(*map(unread, READ)),
        laid_out(in_layout(Field.NUMBER), in_layout(Field.NAME), face=(CardKind.UNKNOWN, Side.FRONT)),
        laid_out(in_layout(Field.NUMBER), in_layout(Field.NAME), face=(CardKind.CCCD_CHIP, Side.UNKNOWN)),
    ],
    ids=["nothing read", "of no known kind", "of no known side"],
)
def test_a_card_that_is_not_understood_is_hidden_whole(card: Any) -> None:
    regions = planned(shown(card))
    assert (regions[0].field, regions[0].rule) == (None, Rule.CARD)
    assert is_hidden(mask_of(regions), OUTLINE)


def test_a_card_that_was_redacted_before_is_left_alone() -> None:
    assert planned(shown(laid_out())) == ()
    rest = laid_out(in_layout(Field.SEX), at(Field.PORTRAIT, layout(Field.PORTRAIT), None))
    assert planned(shown(rest), level=Level.WHOLE_SURROUNDINGS) == ()


def test_by_default_all_goes_that_tells_who_the_holder_is_and_where_they_live() -> None:
    of_person, of_core = (
        mask_of(planned(shown(whole_front()), fields=fields)) for fields in (FieldSet.PERSON, FieldSet.CORE)
    )
    for field in (Field.PORTRAIT, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE):
        assert is_hidden(of_person, layout(field)), field
        assert not is_hidden(of_core, layout(field)), field
    assert not is_hidden(of_person, layout(Field.SEX))
    back = shown(laid_out(at(Field.MRZ, layout(Field.MRZ, CHIP_BACK)), face=CHIP_BACK))
    for fields, is_all in ((FieldSet.PERSON, True), (FieldSet.CORE, False)):
        mask = mask_of(planned(back, fields=fields))
        assert is_hidden(mask, layout(Field.PERSONAL_IDENTIFICATION, CHIP_BACK)) is is_all
        assert not is_hidden(mask, layout(Field.DATE_OF_ISSUE, CHIP_BACK))


def test_fingerprints_go_by_default() -> None:
    back = shown(laid_out(at(Field.MRZ, layout(Field.MRZ, CHIP_BACK)), face=CHIP_BACK))
    assert is_hidden(mask_of(planned(back)), layout(Field.FINGERPRINT, CHIP_BACK))


def test_the_default_hides_what_machines_read_and_whatever_tells_the_birthday() -> None:
    assert Field.DATE_OF_EXPIRY in HIDDEN_FIELDS[FieldSet.CORE]
    assert HIDDEN_FIELDS[FieldSet.CORE].isdisjoint({Field.PORTRAIT, Field.SEX, Field.PLACE_OF_ORIGIN})


@pytest.mark.parametrize(
    "card", [whole_front(), laid_out(), laid_out(in_layout(Field.SEX))], ids=["read", "bare", "sex"]
)
def test_the_whole_card_goes_where_that_is_asked_for(card: Any) -> None:
    assert is_hidden(mask_of(planned(shown(card), fields=FieldSet.CARD)), OUTLINE)


HALF = quad_from_box(110, 60, 700, 440)
"""A guess at the card on `OUTLINE` by some of its lines."""

LABELS = (
    seen("Đặc điểm nhận dạng / Personal identification:", on_card((0.02, 0.03, 0.5, 0.1))),
    seen("Ngày, tháng, năm / Date, month, year: 20/06/2022", on_card((0.25, 0.18, 0.66, 0.25))),
)


def guessed_back(*findings: Finding, is_seen: bool = False) -> ImageResult:
    mark = at(Field.PERSONAL_IDENTIFICATION, on_card((0.02, 0.11, 0.3, 0.18)))
    card = laid_out(*findings, mark, face=CHIP_BACK, outline=HALF)
    return shown(replace(card, is_outline_seen=is_seen), texts=LABELS)


def test_a_back_that_is_guessed_too_small_is_hidden_as_far_as_its_labels_put_it() -> None:
    regions = planned(guessed_back(at(Field.MRZ, on_card((0.1, 0.4, 0.5, 0.6)), None, seen_by=())))
    assert {region.rule for region in regions} == {Rule.CARD}
    mask = mask_of(regions)
    assert is_hidden(mask, OUTLINE)
    assert is_hidden(mask, HALF)


def test_the_fields_of_a_guessed_card_are_hidden_where_its_labels_put_them() -> None:
    zone = at(Field.MRZ, on_card((0.045, 0.65, 0.955, 0.95)))
    guess = quad_from_box(120, 130, 976, 670)
    card = replace(laid_out(zone, face=CHIP_BACK, outline=guess), is_outline_seen=False)
    regions = planned(shown(card, texts=LABELS))
    assert {region.rule for region in regions} <= {Rule.ZONE, Rule.LAYOUT, Rule.PRINT}
    assert is_hidden(mask_of(regions), layout(Field.FINGERPRINT, CHIP_BACK))
    assert is_shown(mask_of(regions), quad_from_box(140, 330, 300, 380))


def test_fingerprints_go_where_nothing_else_is_left_of_a_guessed_back() -> None:
    mask = mask_of(planned(guessed_back()))
    assert is_hidden(mask, layout(Field.FINGERPRINT, CHIP_BACK))
    assert is_shown(mask, on_card((0.05, 0.3, 0.2, 0.9)))


def test_a_guessed_back_whose_labels_do_not_tell_where_it_lies_goes_whole() -> None:
    issued = at(Field.DATE_OF_ISSUE, on_card((0.25, 0.18, 0.66, 0.25)))
    card = replace(laid_out(issued, face=CHIP_BACK, outline=HALF), is_outline_seen=False)
    (region,) = planned(shown(card))
    assert region.rule is Rule.CARD
    assert is_hidden(mask_of((region,)), layout(Field.FINGERPRINT, CHIP_BACK))


@pytest.mark.parametrize("seed", [pytest.param(3, marks=pytest.mark.slow), 8])
def test_fingerprints_on_a_back_that_is_partly_out_of_the_picture_are_hidden(seed: int) -> None:
    card = draw_card(Face(*CHIP_BACK), seed)
    scale = 900 / card.image.width
    pixels = np.asarray(card.image.convert("RGB").resize((900, 567)).crop((0, 0, 900, 340)))
    frame = Frame(ImageRef("a.png"), FileInfo(SHA256, "PNG", 900, 340), (pixels,))
    image = scan_frame(frame, Settings(effort=Effort.THOROUGH, keep_texts=True))
    mask = hidden_mask(planned(image), (900, 340), FINE)
    for _, quad in card.truth.fields["fingerprint"].places:
        assert is_hidden(mask, geometry.scaled(quad, scale))


def test_a_back_whose_edges_were_seen_has_its_pictures_found_or_has_none() -> None:
    assert planned(guessed_back(is_seen=True)) == ()


def test_a_portrait_on_a_guessed_front_is_hidden_only_if_asked_for() -> None:
    sex = at(Field.SEX, on_card((0.45, 0.67, 0.5, 0.72)))
    image = shown(replace(laid_out(sex), is_outline_seen=False))
    assert planned(image) == ()
    assert is_hidden(mask_of(planned(image, fields=FieldSet.PERSON)), layout(Field.PORTRAIT))


def test_a_symbol_that_was_seen_beside_any_card_is_hidden() -> None:
    code = quad_from_box(1000, 660, 1060, 720)
    image = shown(problems=(Problem("read", "undecoded_symbol", "seen", code), Problem("load", "truncated", "cut")))
    (region,) = planned(image)
    assert (region.field, region.rule) == (Field.QR, Rule.SYMBOL)
    assert is_hidden(mask_of((region,)), expanded_quad(code, 0.3 * 60))


@pytest.mark.parametrize(
    "text",
    [
        f"No {NUMBER}",
        "001 099 000 001",
        "nguyen van mau",
        "NGUYỄN VĂN MẪU",
        "NGUYN VĂN MÃU",
        "NGUYÊN VĂN MU",
        "OO1099000001",
    ],
)
def test_text_that_says_what_the_run_gives_away_is_hidden_wherever_it_stands(text: str) -> None:
    watch = Watchlist.of_run([shown(whole_front())])
    quad = quad_from_box(20, 20, 320, 44)
    image = shown(texts=[seen(text, quad), seen("Receipt 17", BESIDE)])
    (region,) = planned(image, watchlist=watch)
    assert (region.field, region.rule) == (None, Rule.WATCHED)
    assert is_hidden(mask_of((region,)), expanded_quad(quad, 8))


def test_a_watched_text_in_a_code_is_hidden_with_room_around_the_code() -> None:
    watch = Watchlist.of_run([shown(whole_front())])
    code = quad_from_box(300, 300, 400, 400)
    (region,) = planned(shown(texts=[seen(f"id={NUMBER}", code, Source.QR)]), watchlist=watch)
    assert is_hidden(mask_of((region,)), expanded_quad(code, 12))


def test_what_a_cards_own_code_says_adds_nothing_to_what_is_hidden_of_it() -> None:
    card = whole_front()
    watch = Watchlist.of_run([shown(card)])
    code = next(finding.places[0].quad for finding in card.findings if finding.field is Field.QR)
    own, other = seen(PAYLOAD, code, Source.QR), seen(PAYLOAD, on_card((0.3, 0.1, 0.4, 0.2)), Source.QR)
    assert planned(shown(card, texts=[own]), watchlist=watch) == planned(shown(card), watchlist=watch)
    mask = mask_of(planned(shown(card, texts=[other]), watchlist=watch))
    assert is_hidden(mask, other.quad)


def test_lines_of_digits_on_a_card_are_hidden_whatever_they_were_taken_for() -> None:
    line = on_card((0.45, 0.26, 0.68, 0.31))
    texts = [
        seen("17 O1 1999", line),
        seen("0 1 2 3 4 5", BESIDE),
        seen("Số 12 Ngõ 34", on_card((0.3, 0.12, 0.6, 0.16))),
    ]
    plain, with_texts = (mask_of(planned(shown(whole_front(), texts=own))) for own in ((), texts))
    assert is_hidden(with_texts, line)
    assert not is_hidden(plain, line)
    for quad in (BESIDE, on_card((0.3, 0.12, 0.6, 0.16))):
        assert is_shown(with_texts, quad)


def test_digits_of_a_field_that_may_stay_are_left() -> None:
    home = in_layout(Field.PLACE_OF_RESIDENCE)
    card = laid_out(*map(in_layout, READ), home)
    assert home.quad is not None
    image = shown(card, texts=[seen("Số 123456 Đường Mẫu", home.quad)])
    assert not is_hidden(mask_of(planned(image)), home.quad)
    assert is_hidden(mask_of(planned(image, fields=FieldSet.PERSON)), home.quad)


# Findings outside any card.


def test_a_value_beside_any_card_is_hidden_so_wide_that_its_length_does_not_show() -> None:
    def region(width: float) -> Region:
        quad = quad_from_box(100, 300, 100 + width, 320)
        (only,) = planned(shown(findings=(at(Field.NAME, quad, OTHER_NAME),)))
        return only

    assert region(60).quad == region(150).quad
    assert region(60).rule is Rule.PRINT
    left, top, right, bottom = geometry.bounds(region(60).quad)
    assert (left, top) == (92, 292)
    assert bottom == 328
    assert right - left == pytest.approx(14 * 20)
    assert geometry.bounds(region(400).quad) == pytest.approx((92, 292, 508, 328))


def test_a_turned_value_is_drawn_out_in_its_own_direction() -> None:
    quad = ((300.0, 100.0), (300.0, 160.0), (280.0, 160.0), (280.0, 100.0))
    (region,) = planned(shown(findings=(at(Field.NAME, quad),)))
    left, top, right, bottom = geometry.bounds(region.quad)
    assert (left, top, right) == pytest.approx((272, 92, 308))
    assert bottom - top == pytest.approx(14 * 20)


def test_a_place_without_width_is_hidden_as_it_is() -> None:
    point = ((50.0, 50.0),) * 4
    (region,) = planned(shown(findings=(at(Field.NAME, point),)))
    assert geometry.bounds(region.quad) == pytest.approx((42, 42, 58, 58))


@pytest.mark.parametrize(
    ("field", "rule"), [(Field.QR, Rule.SYMBOL), (Field.BARCODE, Rule.SYMBOL), (Field.MRZ, Rule.ZONE)]
)
def test_what_machines_read_beside_any_card_is_hidden_whole(field: Field, rule: Rule) -> None:
    quad = quad_from_box(300, 300, 450, 390)
    (region,) = planned(shown(findings=(at(field, quad),)))
    assert (region.field, region.rule) == (field, rule)
    assert is_hidden(mask_of((region,)), expanded_quad(quad, 8 if rule is Rule.ZONE else 15))


def test_a_fact_in_a_code_beside_any_card_hides_the_code() -> None:
    code = quad_from_box(300, 300, 450, 450)
    number = at(Field.NUMBER, code, OTHER_NUMBER, places=(Place(code, Source.QR, 0.9),), seen_by=(Source.QR,))
    (region,) = planned(shown(findings=(number,)))
    assert is_hidden(mask_of((region,)), expanded_quad(code, 15))


def test_what_may_stay_is_left_beside_any_card_too() -> None:
    home = at(Field.PLACE_OF_RESIDENCE, BESIDE)
    assert planned(shown(findings=(home,))) == ()
    assert len(planned(shown(findings=(home,)), fields=FieldSet.PERSON)) == 1


@pytest.mark.parametrize(("quad", "hidden"), [(None, quad_from_box(0, 0, *SIZE)), (BESIDE, BESIDE)])
def test_a_finding_without_a_place_hides_the_picture(quad: Quad | None, hidden: Quad) -> None:
    lost = replace(at(Field.NUMBER, BESIDE), quad=quad, places=())
    (region,) = planned(shown(findings=(lost,)))
    assert is_hidden(mask_of((region,)), hidden)


def test_a_finding_without_a_place_in_a_picture_of_unknown_size_is_a_region_all_the_same() -> None:
    lost = replace(at(Field.NUMBER, BESIDE), quad=None, places=())
    assert len(planned(shown(findings=(lost,), info=FileInfo()))) == 1


# Levels.


@pytest.mark.parametrize("fields", list(FieldSet))
def test_each_level_hides_what_the_one_before_hid_and_more(fields: FieldSet) -> None:
    watch = Watchlist(PiiMatcher(frozenset({OTHER_NUMBER})))
    image = shown(
        whole_front(),
        texts=[seen(f"so {OTHER_NUMBER}", BESIDE), seen("17 O1 1999", quad_from_box(900, 300, 985, 316))],
        findings=(at(Field.NAME, quad_from_box(20, 20, 80, 40)),),
        problems=(Problem("read", "undecoded_symbol", "seen", quad_from_box(1010, 20, 1060, 70)),),
    )
    masks = [mask_of(planned(image, fields=fields, watchlist=watch, level=level)) for level in Level]
    for before, after in pairwise(masks):
        assert not (before & ~after).any()
    assert masks[0].sum() < masks[1].sum() <= masks[2].sum() < masks[3].sum()


def test_a_value_off_its_layout_is_hidden_no_narrower_at_a_higher_level() -> None:
    old = quad_from_box(200, 140, 300, 160)
    image = shown(laid_out(*map(in_layout, READ), at(Field.OLD_NUMBER, old)))
    exact, wider = (mask_of(planned(image, level=level)) for level in (Level.EXACT, Level.WIDER))
    assert not (exact & ~wider).any()


def test_the_last_two_levels_hide_whole_cards_and_what_is_around_them() -> None:
    image = shown(whole_front())
    whole, around = (mask_of(planned(image, level=level)) for level in (Level.WHOLE_CARDS, Level.WHOLE_SURROUNDINGS))
    assert is_hidden(whole, OUTLINE)
    assert is_shown(whole, quad_from_box(0, 0, SIZE[0], 70))
    assert is_hidden(around, quad_from_box(0, 0, SIZE[0], SIZE[1]))


# Pictures like an exposed one.


def test_of_a_picture_like_an_exposed_one_the_same_places_are_hidden() -> None:
    small = shown(info=FileInfo("a", "JPEG", SIZE[0] // 2, SIZE[1] // 2))
    twin = shown(whole_front(), findings=(at(Field.NAME, BESIDE),))
    regions = near_duplicate_regions(small, twin)
    assert {(region.field, region.rule) for region in regions} == {(None, Rule.NEAR_DUPLICATE)}
    mask = hidden_mask(regions, (SIZE[0] // 2, SIZE[1] // 2), FINE)
    for quad in (OUTLINE, BESIDE):
        assert is_hidden(mask, expanded_quad(geometry.scaled(quad, 0.5), 8))
    assert is_shown(mask, quad_from_box(540, 0, 550, 300))


@pytest.mark.parametrize("known", [0, 1])
def test_pictures_of_unknown_size_cannot_be_laid_over_each_other(known: int) -> None:
    pair = [shown(whole_front(), info=FileInfo()), shown(whole_front(), info=FileInfo())]
    pair[known] = shown(whole_front())
    assert near_duplicate_regions(*pair) == ()


# What verification could still read.


@pytest.mark.parametrize("height", [10, 100])
def test_what_could_still_be_read_is_hidden_generously(height: float) -> None:
    quad = quad_from_box(200, 200, 400, 200 + height)
    region = leak_region(Field.NAME, quad)
    assert (region.field, region.rule, region.within) == (Field.NAME, Rule.LEAK, None)
    margin = 200 - geometry.bounds(region.quad)[0]
    assert math.isclose(margin, max(16, height / 2))


def test_of_a_card_whose_identifying_fields_are_gone_only_what_is_left_is_hidden() -> None:
    box = (0.02, 0.85, 0.25, 0.9)
    (region,) = planned(shown(laid_out(at(Field.DATE_OF_EXPIRY, on_card(box)))))
    assert (region.field, region.rule) == (Field.DATE_OF_EXPIRY, Rule.PRINT)


def test_a_layout_is_not_trusted_on_an_outline_that_no_card_has() -> None:
    card = laid_out(in_layout(Field.NAME), in_layout(Field.DATE_OF_BIRTH), unread(Field.NUMBER))
    assert Rule.CARD not in {region.rule for region in planned(shown(card))}
    (ax, ay), b, c, d = card.quad
    cut = replace(card, quad=((ax, ay + 0.4 * (d[1] - ay)), b, c, d))
    assert Rule.CARD in {region.rule for region in planned(shown(cut))}


def test_a_value_of_one_line_is_hidden_no_higher_than_it_is() -> None:
    """What stands above the number is the title."""
    number = at(Field.NUMBER, on_card((0.38, 0.43, 0.8, 0.48)))
    mask = mask_of(planned(shown(laid_out(number, *map(in_layout, READ[1:])))))
    assert is_hidden(mask, on_card((0.36, 0.43, 0.84, 0.48)))
    assert is_shown(mask, on_card((0.45, 0.3, 0.7, 0.39)))


def test_covers_run_along_the_card_whatever_way_a_line_was_seen() -> None:
    slanted = ((330.0, 285.0), (700.0, 295.0), (699.0, 320.0), (329.0, 310.0))
    regions = planned(shown(laid_out(at(Field.NUMBER, slanted), *map(in_layout, READ[1:]))))
    for region in regions:
        upright = quad_from_box(*geometry.bounds(region.quad))
        assert np.array(region.quad) == pytest.approx(np.array(upright), abs=0.01)


def test_a_back_that_names_nobody_is_hidden_with_its_front() -> None:
    back = laid_out(at(Field.DATE_OF_ISSUE, on_card((0.3, 0.2, 0.5, 0.25))), face=CHIP_BACK)
    alone = mask_of(planned(shown(back), fields=FieldSet.PERSON))
    assert is_shown(alone, layout(Field.PERSONAL_IDENTIFICATION, CHIP_BACK))
    named = shown(back, findings=(at(Field.NAME, BESIDE, OTHER_NAME),))
    beside = mask_of(planned(named, fields=FieldSet.PERSON))
    assert is_hidden(beside, layout(Field.PERSONAL_IDENTIFICATION, CHIP_BACK))
    assert is_hidden(beside, layout(Field.FINGERPRINT, CHIP_BACK))

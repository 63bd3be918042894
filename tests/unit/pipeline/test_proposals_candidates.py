from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from idscan.cards.code_facts import CodeEvidence
from idscan.cards.documents import symbol_box
from idscan.core import geometry
from idscan.core.enums import CardKind, Effort, Field, Side, Source
from idscan.core.geometry import Quad, quad_from_box
from idscan.core.types import Fact, Secret
from idscan.engines.card_detector import DetectedCard
from idscan.engines.registry import DETECTS_CARDS
from idscan.pipeline import proposals as proposals_module
from idscan.pipeline.proposals import frame_quad, is_card_shaped, propose_cards
from idscan.vision.perspective import homography
from tests.fakes.pages import page_of

if TYPE_CHECKING:
    from tests.fakes.engines import FakeEngines

CARD = quad_from_box(120, 100, 660, 441)
FRONT = (CardKind.CCCD_CHIP, Side.FRONT)


def table(*cards: Quad, size: tuple[int, int] = (800, 560)) -> np.ndarray:
    """Return light cards on a dark table."""
    picture = np.full((size[1], size[0], 3), 70, np.uint8)
    for card in cards:
        cv2.fillConvexPoly(picture, np.array(card, np.int32), (225, 232, 228))
    return picture


@pytest.fixture
def blind(fake_engines: FakeEngines) -> None:
    """Leave nothing but outlines to find cards by: these here show nothing of a card but its edges."""
    fake_engines(DETECTS_CARDS)


def code_on(card: Quad, kind: CardKind = CardKind.CCCD_CHIP, side: Side = Side.FRONT) -> CodeEvidence:
    """Return a code where a card has it."""
    place = symbol_box(*FRONT)
    assert place is not None
    quad = geometry.transform(homography(quad_from_box(0, 0, 1, 1), card), quad_from_box(*place))
    return CodeEvidence(kind, side, (), quad)


@pytest.mark.usefixtures("blind")
def test_a_light_card_on_a_dark_table_is_a_candidate() -> None:
    (proposal, *_) = propose_cards(page_of(table(CARD)), ()).proposals
    assert geometry.iou(proposal.quad, CARD) > 0.9
    assert (proposal.codes, proposal.is_oriented, proposal.is_exact) == ((), False, True)


@pytest.mark.usefixtures("blind")
def test_bare_ground_has_no_candidates() -> None:
    assert propose_cards(page_of(table()), ()).proposals == ()


@pytest.mark.parametrize("turns", range(4))
def test_a_code_turns_the_outline_the_right_way(turns: int) -> None:
    card = geometry.turned(CARD if turns % 2 == 0 else quad_from_box(200, 20, 530, 541), turns)
    code = code_on(card)
    (proposal, *others) = propose_cards(page_of(table(card)), [code]).proposals
    assert proposal.codes == (code,)
    assert proposal.is_oriented
    assert proposal.is_exact
    for corner, expected in zip(proposal.quad, card, strict=True):
        assert corner == pytest.approx(expected, abs=8)
    assert all(geometry.iou(other.quad, card) < 0.5 for other in others)


def test_a_code_without_outline_places_its_card_roughly() -> None:
    ground = table(size=(1200, 900))
    (proposal,) = propose_cards(page_of(ground), [code_on(CARD)]).proposals
    assert not proposal.is_exact
    assert proposal.is_oriented
    assert geometry.iou(proposal.quad, CARD) > 0.85


def test_a_code_of_another_kind_places_no_card() -> None:
    code = code_on(CARD)
    said = Fact(field=Field.BARCODE, value=Secret("x"), by=Source.BARCODE, quad=code.quad, confidence=0.9)
    assert propose_cards(page_of(table(size=(1200, 900))), [replace(code, facts=(said,))]).proposals == ()


def test_a_code_on_a_picture_cut_to_the_card_takes_the_frame() -> None:
    ground = table(size=(856, 540))
    (proposal,) = propose_cards(page_of(ground), [code_on(frame_quad(ground))]).proposals
    assert proposal.is_exact
    assert proposal.quad == quad_from_box(0, 0, 856, 540)


def test_a_code_that_no_layout_places_stands_for_no_candidate() -> None:
    assert propose_cards(page_of(table()), [code_on(CARD, CardKind.UNKNOWN)]).proposals == ()


def test_two_codes_are_two_candidates_and_come_before_outlines() -> None:
    left, right, bare = (quad_from_box(x, y, x + 340, y + 215) for x, y in ((30, 40), (430, 40), (230, 320)))
    found = propose_cards(page_of(table(left, right, bare)), [code_on(left), code_on(right)]).proposals
    assert [bool(proposal.codes) for proposal in found][:3] == [True, True, False]
    for proposal, card in zip(found, (left, right, bare), strict=False):
        assert geometry.iou(proposal.quad, card) > 0.85


def test_a_sheet_around_several_cards_waits_behind_them() -> None:
    text_page = quad_from_box(200, 20, 560, 520)
    cards = [quad_from_box(215, 35, 545, 243), quad_from_box(215, 280, 545, 488)]
    picture = table(text_page)
    for card in cards:
        cv2.fillConvexPoly(picture, np.array(card, np.int32), (150, 190, 180))
    found = [proposal.quad for proposal in propose_cards(page_of(picture, Effort.THOROUGH), ()).proposals]
    order = [
        next(i for i, quad in enumerate(found) if geometry.iou(quad, place) > 0.8) for place in (*cards, text_page)
    ]
    assert order[2] > max(order[:2])


@pytest.mark.usefixtures("blind")
def test_fast_looks_at_the_fewest_outlines() -> None:
    cards = [
        quad_from_box(20 + 260 * i, 20 + 180 * j, 250 + 260 * i, 165 + 180 * j) for i in range(4) for j in range(3)
    ]
    picture = table(*cards, size=(1080, 560))
    efforts = (Effort.FAST, Effort.NORMAL, Effort.THOROUGH)
    counts = [len(propose_cards(page_of(picture, effort), ()).proposals) for effort in efforts]
    assert counts == [4, 6, 12]


class _Locator:
    def __init__(self, *places: DetectedCard) -> None:
        self.places = places

    def locate(self, _rgb: np.ndarray, _scale: float = 1.0) -> tuple[DetectedCard, ...]:
        return self.places


def seeing(fake_engines: FakeEngines, *places: DetectedCard) -> None:
    fake_engines(DETECTS_CARDS, _Locator(*places))


@pytest.mark.parametrize(("effort", "count"), [(Effort.FAST, 0), (Effort.NORMAL, 0), (Effort.THOROUGH, 4)])
def test_where_nothing_looks_like_a_card_only_a_thorough_scan_looks_at_outlines(
    fake_engines: FakeEngines, effort: Effort, count: int
) -> None:
    cards = [quad_from_box(20 + 260 * i, 20, 250 + 260 * i, 165) for i in range(4)]
    seeing(fake_engines)
    places = propose_cards(page_of(table(*cards, size=(1080, 300)), effort), ())
    assert (len(places.proposals), places.may_show_more) == (count, False)


def test_a_located_card_has_the_outline_that_is_seen_there_and_its_own_corner_first(
    fake_engines: FakeEngines,
) -> None:
    own = geometry.turned(CARD, 2)
    rough = geometry.shifted(own, 9, -7)
    seeing(fake_engines, DetectedCard(rough, 0.95))
    places = propose_cards(page_of(table(CARD)), ())
    (proposal,) = places.proposals
    assert (places.may_show_more, proposal.is_exact, proposal.is_located) == (False, True, True)
    for corner, expected in zip(proposal.quad, own, strict=True):
        assert corner == pytest.approx(expected, abs=5)


def test_a_card_in_a_mirror_keeps_its_corners_the_other_way_round(fake_engines: FakeEngines) -> None:
    seeing(fake_engines, DetectedCard(geometry.flipped(CARD), 0.9))
    (proposal,) = propose_cards(page_of(table(CARD)), ()).proposals
    assert geometry.is_mirrored(proposal.quad)
    assert proposal.is_exact


def test_a_located_card_without_an_outline_lies_roughly_there(fake_engines: FakeEngines) -> None:
    seeing(fake_engines, DetectedCard(CARD, 0.9))
    (proposal,) = propose_cards(page_of(table()), ()).proposals
    assert (proposal.quad, proposal.is_exact) == (CARD, False)


@pytest.mark.parametrize("is_better", [True, False])
def test_where_one_corner_of_an_outline_strays_more_ground_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
    fake_engines: FakeEngines,
    is_better: bool,
) -> None:
    bent = geometry.quad_from_points([*CARD[:2], (CARD[2][0], CARD[2][1] - 50), CARD[3]])
    larger = geometry.box_around(CARD, 8)
    seen = iter([[bent], [larger if is_better else bent]])
    monkeypatch.setattr(proposals_module, "_outlines_near", lambda *_: next(seen))
    seeing(fake_engines, DetectedCard(CARD, 0.95))
    (proposal,) = propose_cards(page_of(table(CARD)), ()).proposals
    assert proposal.quad == (larger if is_better else bent)
    assert proposal.is_exact


@pytest.mark.parametrize(("width", "count"), [(80, 0), (160, 1)])
def test_a_card_too_small_for_print_is_located_and_not_looked_at(
    fake_engines: FakeEngines, width: int, count: int
) -> None:
    place = quad_from_box(100, 100, 100 + width, 100 + width / 1.585)
    seeing(fake_engines, DetectedCard(place, 0.95))
    places = propose_cards(page_of(table(place)), ())
    assert (len(places.proposals), places.located) == (count, (place,))


@pytest.mark.parametrize("corner", range(4))
def test_an_outline_of_which_one_corner_strays_far_is_another_things(fake_engines: FakeEngines, corner: int) -> None:
    seeing(fake_engines, DetectedCard(CARD, 0.95))
    middle = geometry.centre(CARD)
    for astray, is_exact in ((0.04, True), (0.3, False)):
        corners = list(CARD)
        x, y = corners[corner]
        corners[corner] = (x + astray * (middle[0] - x), y + astray * (middle[1] - y))
        (proposal,) = propose_cards(page_of(table(geometry.quad_from_points(corners))), ()).proposals
        assert proposal.is_exact is is_exact
        assert proposal.located == (CARD if is_exact else None)


def test_a_code_on_a_located_card_is_borne_out_by_it(fake_engines: FakeEngines) -> None:
    seeing(fake_engines, DetectedCard(CARD, 0.95))
    (proposal,) = propose_cards(page_of(table()), [code_on(CARD)]).proposals
    assert (proposal.is_exact, proposal.is_located, proposal.is_seen) == (False, True, True)


def test_a_code_alone_shows_no_card() -> None:
    (proposal,) = propose_cards(page_of(table(size=(1200, 900))), [code_on(CARD)]).proposals
    assert not proposal.is_seen


def test_what_faintly_looks_like_a_card_is_no_candidate_but_a_reason_to_look(fake_engines: FakeEngines) -> None:
    seeing(fake_engines, DetectedCard(CARD, 0.3))
    places = propose_cards(page_of(table()), ())
    assert (places.proposals, places.may_show_more) == ((), True)


@pytest.mark.parametrize(("width", "height"), [(856, 540), (540, 856)])
def test_the_frame_starts_with_a_long_side(width: int, height: int) -> None:
    quad = frame_quad(np.zeros((height, width, 3), np.uint8))
    assert geometry.width(quad) == 856
    assert geometry.height(quad) == 540
    assert geometry.signed_area(quad) == 856 * 540


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(856, 540, True), (540, 856, True), (900, 540, True), (640, 480, False), (1600, 900, False), (500, 500, False)],
)
def test_only_a_picture_of_a_cards_proportions_may_be_cut_to_one(width: int, height: int, *, expected: bool) -> None:
    assert is_card_shaped(np.zeros((height, width, 3), np.uint8)) is expected


def test_where_the_locator_is_unsure_outlines_elsewhere_are_looked_at_too(fake_engines: FakeEngines) -> None:
    elsewhere = quad_from_box(20, 20, 120, 90)
    for confidence, found in ((0.95, False), (0.6, True)):
        seeing(fake_engines, DetectedCard(elsewhere, confidence))
        places = propose_cards(page_of(table(CARD)), ())
        assert not places.may_show_more
        assert any(geometry.iou(one.quad, CARD) > 0.9 for one in places.proposals) == found


def test_a_thorough_scan_sharpens_a_guess_by_an_outline_that_only_the_whole_picture_shows(
    monkeypatch: pytest.MonkeyPatch,
    fake_engines: FakeEngines,
) -> None:
    seeing(fake_engines, DetectedCard(geometry.shifted(CARD, 9, -7), 0.95))
    monkeypatch.setattr(proposals_module, "_outlines_near", lambda *_args: [])
    normal, thorough = (
        propose_cards(page_of(table(CARD), effort), ()).proposals for effort in (Effort.NORMAL, Effort.THOROUGH)
    )
    assert [proposal.is_exact for proposal in normal] == [False]
    assert thorough[0].is_exact
    assert geometry.iou(thorough[0].quad, CARD) > 0.97

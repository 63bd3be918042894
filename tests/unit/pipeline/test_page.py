from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core.enums import CardKind, Effort, Field, Side, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Fact, Problem, Secret, SeenText, SymbolReading
from idscan.pipeline import page
from idscan.pipeline.card import CardAttempt, CardReading
from idscan.pipeline.context import PageContext, StageTimer
from idscan.pipeline.free_text import FreeTextReading, OtherRegions
from idscan.pipeline.page import process_page
from idscan.pipeline.proposals import CardProposal, Proposals
from tests import factories
from tests.factories import fact
from tests.fakes.pages import page_of
from tests.unit.cards.specimens import CHIP_PAYLOAD

if TYPE_CHECKING:
    from idscan.cards.code_facts import CodeEvidence
    from idscan.core.geometry import Quad

LEFT, RIGHT = quad_from_box(20, 100, 340, 302), quad_from_box(420, 100, 740, 302)
PICTURE = np.zeros((600, 800, 3), np.uint8)
COMPLETE = (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH)


def card(quad: Quad, *fields: Field, more: tuple[Fact, ...] = ()) -> CardReading:
    facts = tuple(fact(one, quad=quad) for one in fields)
    return CardReading(CardKind.CCCD_CHIP, Side.FRONT, quad, 0.9, (*facts, *more))


def symbol(quad: Quad, payload: str | None = None) -> SymbolReading:
    return factories.symbol(payload, quad)


class Scene:
    """Stands for the steps of the cascade: what they find, and what they were asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.symbols: tuple[SymbolReading, ...] = ()
        self.proposals: tuple[CardProposal, ...] = ()
        self.cards: dict[Quad, CardReading] = {}
        self.loose = FreeTextReading((), ())
        self.frame_symbols: list[bool] = []
        self.codes: list[CodeEvidence] = []
        self.read: list[CardProposal] = []
        self.covered: list[list[Quad]] = []
        self.may_contain_print = True
        self.other_print: list[Quad] = []
        self.passed_on: list[list[Quad]] = []
        self.is_more_likely = True
        self.may_show_more: list[bool] = []
        monkeypatch.setattr(page.qr, "read_frame", self._symbols)
        monkeypatch.setattr(page, "propose_cards", self._proposals)
        monkeypatch.setattr(page, "may_contain_print", lambda _grey: self.may_contain_print)
        monkeypatch.setattr(page, "read_proposal", self._look)
        monkeypatch.setattr(page, "read_free_text", self._loose)

    def _symbols(self, grey: np.ndarray, *, every_reader: bool = False) -> tuple[SymbolReading, ...]:
        assert grey.ndim == 2
        self.frame_symbols.append(every_reader)
        return self.symbols

    def _proposals(self, _page: PageContext, codes: list[CodeEvidence]) -> Proposals:
        self.codes = codes
        return Proposals(self.proposals, self.is_more_likely)

    def _look(self, _page: PageContext, proposal: CardProposal) -> CardAttempt:
        self.read.append(proposal)
        return CardAttempt(self.cards.get(proposal.quad), is_other_print=proposal.quad in self.other_print)

    def _loose(self, _page: PageContext, covered: list[Quad], elsewhere: OtherRegions) -> FreeTextReading:
        self.covered.append(covered)
        self.passed_on.append(list(elsewhere.other_print))
        self.may_show_more.append(elsewhere.may_show_more)
        return self.loose


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def read(rgb: np.ndarray = PICTURE, effort: Effort = Effort.NORMAL) -> page.PageReading:
    return process_page(page_of(rgb, effort))


def test_an_empty_picture_gives_nothing_and_is_searched_for_print(scene: Scene) -> None:
    assert read() == page.PageReading((), (), ())
    assert scene.covered == [[]]


@pytest.mark.parametrize("is_more_likely", [True, False])
def test_what_looks_like_a_card_decides_how_hard_print_is_tried(scene: Scene, *, is_more_likely: bool) -> None:
    scene.is_more_likely = is_more_likely
    read()
    assert scene.may_show_more == [is_more_likely]


def test_stages_are_timed(scene: Scene) -> None:
    del scene
    timer = StageTimer()
    process_page(page_of(PICTURE, timer=timer))
    assert list(timer.seconds) == ["codes", "stroke density", "proposals", "cards", "free text"]


@pytest.mark.parametrize("effort", Effort)
def test_only_a_thorough_scan_looks_for_cards_where_no_strokes_stand_side_by_side(scene: Scene, effort: Effort) -> None:
    scene.may_contain_print = False
    read(effort=effort)
    assert bool(scene.covered) is (effort is Effort.THOROUGH)


def test_a_picture_with_a_symbol_is_searched_whatever_its_strokes(scene: Scene) -> None:
    scene.may_contain_print = False
    scene.symbols = (symbol(LEFT),)
    read()
    assert scene.covered == [[]]


def test_a_place_within_other_print_is_not_read_again_and_is_named_to_what_follows(scene: Scene) -> None:
    inner = quad_from_box(40, 110, 320, 290)
    scene.other_print = [LEFT]
    scene.proposals = (CardProposal(LEFT), CardProposal(inner), CardProposal(RIGHT))
    read()
    assert [one.quad for one in scene.read] == [LEFT, RIGHT]
    assert scene.passed_on == [[LEFT]]


def test_a_small_part_of_other_print_is_read_for_itself(scene: Scene) -> None:
    scene.other_print = [LEFT]
    scene.proposals = (CardProposal(LEFT), CardProposal(quad_from_box(40, 120, 160, 195)))
    read()
    assert len(scene.read) == 2


def test_only_a_thorough_scan_asks_every_reader_for_symbols(scene: Scene) -> None:
    for effort in Effort:
        read(effort=effort)
    assert scene.frame_symbols == [effort is Effort.THOROUGH for effort in Effort]


def test_each_place_is_read_and_each_card_kept(scene: Scene) -> None:
    scene.proposals = (CardProposal(LEFT), CardProposal(RIGHT))
    scene.cards = {LEFT: card(LEFT, *COMPLETE), RIGHT: card(RIGHT, Field.NUMBER)}
    assert read().cards == (scene.cards[LEFT], scene.cards[RIGHT])


def test_a_place_on_a_card_that_told_everything_is_not_read_again(scene: Scene) -> None:
    inner = quad_from_box(30, 110, 200, 217)
    scene.proposals = (CardProposal(LEFT), CardProposal(inner), CardProposal(RIGHT))
    scene.cards = {LEFT: card(LEFT, *COMPLETE)}
    read()
    assert [proposal.quad for proposal in scene.read] == [LEFT, RIGHT]


def test_a_place_on_a_card_that_kept_something_back_is_read(scene: Scene) -> None:
    inner = quad_from_box(30, 110, 200, 217)
    scene.proposals = (CardProposal(LEFT), CardProposal(inner))
    scene.cards = {LEFT: card(LEFT, Field.NUMBER, Field.NAME)}
    read()
    assert [proposal.quad for proposal in scene.read] == [LEFT, inner]


def test_a_place_with_a_code_is_always_read(scene: Scene) -> None:
    scene.symbols = (symbol(quad_from_box(60, 120, 120, 180), CHIP_PAYLOAD),)
    scene.cards = {LEFT: card(LEFT, *COMPLETE)}
    scene.proposals = (CardProposal(LEFT),)
    read()
    code = scene.codes[0]
    scene.read.clear()
    scene.proposals = (CardProposal(LEFT), CardProposal(quad_from_box(30, 110, 330, 300), (code,)))
    read()
    assert len(scene.read) == 2


@pytest.mark.parametrize("is_first_fuller", [True, False])
def test_of_two_cards_at_one_place_the_one_that_tells_more_stays(scene: Scene, *, is_first_fuller: bool) -> None:
    half = quad_from_box(20, 100, 340, 200)
    more, less = (Field.NUMBER, Field.NAME), (Field.NUMBER,)
    scene.proposals = (CardProposal(LEFT), CardProposal(half))
    scene.cards = {
        LEFT: card(LEFT, *(more if is_first_fuller else less)),
        half: card(half, *(less if is_first_fuller else more)),
    }
    assert [found.quad for found in read().cards] == [LEFT if is_first_fuller else half]


def test_a_guessed_outline_over_the_whole_picture_that_tells_a_part_does_not_cover_it(scene: Scene) -> None:
    frame = quad_from_box(0, 0, PICTURE.shape[1], PICTURE.shape[0])
    scene.proposals = (CardProposal(frame, is_exact=False),)
    scene.cards = {frame: replace(card(frame, Field.NUMBER), is_outline_seen=False)}
    read()
    assert scene.covered == [[]]
    scene.cards = {frame: card(frame, Field.NUMBER)}
    read()
    assert scene.covered == [[]]


def test_of_two_guessed_outlines_that_tell_the_same_the_one_made_from_the_print_stays(scene: Scene) -> None:
    guess, later = (replace(card(quad, Field.NUMBER), is_outline_seen=False) for quad in (LEFT, RIGHT))
    later = replace(later, facts=guess.facts)
    scene.proposals = (CardProposal(LEFT),)
    scene.cards = {LEFT: guess}
    scene.loose = FreeTextReading((later,), ())
    assert [found.quad for found in read().cards] == [RIGHT]
    scene.cards = {LEFT: replace(guess, is_outline_seen=True)}
    assert [found.quad for found in read().cards] == [LEFT]


def test_of_two_cards_that_tell_the_same_the_first_stays(scene: Scene) -> None:
    half = quad_from_box(20, 100, 340, 200)
    scene.proposals = (CardProposal(LEFT), CardProposal(half))
    scene.cards = {LEFT: card(LEFT, Field.NUMBER), half: card(half, Field.NAME)}
    assert [found.quad for found in read().cards] == [LEFT]


def test_a_card_that_tells_more_than_two_others_replaces_both(scene: Scene) -> None:
    upper, lower = quad_from_box(20, 100, 340, 200), quad_from_box(20, 200, 340, 302)
    scene.proposals = (CardProposal(upper), CardProposal(lower), CardProposal(LEFT), CardProposal(RIGHT))
    scene.cards = {
        upper: card(upper, Field.NUMBER),
        lower: card(lower, Field.NAME),
        LEFT: card(LEFT, Field.NUMBER, Field.NAME),
        RIGHT: card(RIGHT, Field.NUMBER),
    }
    assert [found.quad for found in read().cards] == [LEFT, RIGHT]


def test_a_value_that_was_not_read_tells_nothing(scene: Scene) -> None:
    half = quad_from_box(20, 100, 340, 200)
    blind = fact(Field.NAME, None, LEFT)
    sex = fact(Field.SEX, "Nam", LEFT)
    scene.proposals = (CardProposal(LEFT), CardProposal(half))
    scene.cards = {LEFT: card(LEFT, more=(blind, sex)), half: card(half, Field.NUMBER)}
    assert [found.quad for found in read().cards] == [half]


def test_the_whole_frame_is_tried_where_it_has_a_cards_proportions(scene: Scene) -> None:
    read(np.zeros((540, 856, 3), np.uint8))
    (proposal,) = scene.read
    assert (proposal.quad, proposal.fills_frame) == (quad_from_box(0, 0, 856, 540), True)
    scene.read.clear()
    read(np.zeros((600, 800, 3), np.uint8))
    assert scene.read == []


def test_the_frame_is_not_tried_once_a_card_told_everything(scene: Scene) -> None:
    scene.proposals = (CardProposal(LEFT),)
    scene.cards = {LEFT: card(LEFT, *COMPLETE)}
    read(np.zeros((540, 856, 3), np.uint8))
    assert len(scene.read) == 1


def test_the_frame_as_a_card_joins_the_others(scene: Scene) -> None:
    frame = quad_from_box(0, 0, 856, 540)
    scene.cards = {frame: card(frame, *COMPLETE)}
    assert read(np.zeros((540, 856, 3), np.uint8)).cards == (scene.cards[frame],)


@pytest.mark.parametrize(
    ("effort", "quad", "fields", "is_searched"),
    [
        (Effort.FAST, LEFT, COMPLETE, False),
        (Effort.NORMAL, LEFT, COMPLETE, True),
        (Effort.NORMAL, quad_from_box(50, 50, 770, 505), COMPLETE, False),
        (Effort.NORMAL, quad_from_box(50, 50, 770, 505), (), True),
        (Effort.THOROUGH, quad_from_box(50, 50, 770, 505), COMPLETE, True),
    ],
    ids=["fast", "a small card", "a card that fills the picture", "a card that told nothing", "thorough"],
)
def test_print_beside_cards_is_read_where_there_may_be_some(
    scene: Scene, effort: Effort, quad: Quad, fields: tuple[Field, ...], *, is_searched: bool
) -> None:
    scene.proposals = (CardProposal(quad),)
    scene.cards = {quad: card(quad, *fields)}
    read(effort=effort)
    assert scene.covered == ([[quad] if fields else []] if is_searched else [])


def test_cards_and_facts_found_by_print_are_added(scene: Scene) -> None:
    fact = Fact(field=Field.NAME, value=Secret("x"), by=Source.PRINT, quad=RIGHT, confidence=0.9)
    scene.proposals = (CardProposal(LEFT),)
    scene.cards = {LEFT: card(LEFT, Field.NUMBER)}
    scene.loose = FreeTextReading((card(RIGHT, Field.NUMBER), card(LEFT, Field.NAME)), (fact,))
    reading = read()
    assert [found.quad for found in reading.cards] == [LEFT, RIGHT]
    assert reading.facts == (fact,)


def test_a_code_that_no_card_took_is_a_finding_of_the_picture(scene: Scene) -> None:
    place = quad_from_box(500, 400, 560, 460)
    scene.symbols = (symbol(place, CHIP_PAYLOAD), symbol(quad_from_box(0, 0, 50, 50), "https://example.org"))
    reading = read()
    assert {fact.field for fact in reading.facts} >= {Field.QR, Field.NUMBER, Field.NAME}
    assert {fact.quad for fact in reading.facts} == {place}
    assert reading.problems == ()


def test_a_code_that_a_card_took_is_not_told_twice(scene: Scene) -> None:
    place = quad_from_box(60, 120, 120, 180)
    scene.symbols = (symbol(place, CHIP_PAYLOAD),)
    scene.proposals = (CardProposal(LEFT),)
    taken = Fact(field=Field.QR, value=Secret(CHIP_PAYLOAD), by=Source.QR, quad=place, confidence=0.99)
    scene.cards = {LEFT: card(LEFT, *COMPLETE, more=(taken,))}
    assert read().facts == ()


def test_a_code_of_another_kind_belongs_to_the_card_under_it_unless_it_gives_another_number(scene: Scene) -> None:
    place = quad_from_box(60, 120, 120, 180)
    scene.symbols = (replace(symbol(place, CHIP_PAYLOAD), symbology="aztec"),)
    scene.proposals = (CardProposal(LEFT),)
    scene.cards = {LEFT: card(LEFT, Field.NAME)}
    (found,) = read().cards
    assert {Field.BARCODE, Field.NUMBER} <= {fact.field for fact in found.facts if fact.quad == place}
    scene.cards = {LEFT: card(LEFT, *COMPLETE)}
    reading = read()
    assert reading.cards == (scene.cards[LEFT],)
    assert {Field.BARCODE, Field.NUMBER} <= {fact.field for fact in reading.facts}


def test_a_symbol_that_nothing_decoded_belongs_to_the_card_under_it(scene: Scene) -> None:
    place = quad_from_box(60, 120, 120, 180)
    scene.symbols = (symbol(place),)
    scene.proposals = (CardProposal(LEFT), CardProposal(RIGHT))
    scene.cards = {LEFT: card(LEFT, *COMPLETE), RIGHT: card(RIGHT, *COMPLETE)}
    reading = read()
    left, right = reading.cards
    assert [(fact.value, fact.quad) for fact in left.facts if fact.field is Field.QR] == [(None, place)]
    assert right == scene.cards[RIGHT]
    assert reading.problems == ()


def test_a_symbol_off_any_card_that_nothing_decoded_is_a_problem(scene: Scene) -> None:
    scene.symbols = (symbol(quad_from_box(500, 400, 560, 460)), symbol(quad_from_box(600, 400, 660, 460)))
    scene.proposals = (CardProposal(LEFT),)
    scene.cards = {LEFT: card(LEFT, *COMPLETE)}
    reading = read()
    assert [(problem.stage, problem.kind) for problem in reading.problems] == [("read", "undecoded_symbol")] * 2
    assert reading.facts == ()
    assert reading.cards == (scene.cards[LEFT],)


# What is kept besides values.


def test_a_symbol_off_any_card_is_a_problem_at_its_place(scene: Scene) -> None:
    place = quad_from_box(500, 400, 560, 460)
    scene.symbols = (symbol(place),)
    assert [problem.quad for problem in read().problems] == [place]


def test_everything_that_was_read_is_kept_codes_first(scene: Scene) -> None:
    def said(text: str, quad: Quad) -> SeenText:
        return SeenText(Secret(text), quad, Source.PRINT)

    code = quad_from_box(500, 400, 560, 460)
    on_left, on_right, beside = said("left", LEFT), said("right", RIGHT), said("beside", code)
    scene.symbols = (symbol(code, "https://example.org"), symbol(LEFT))
    scene.proposals = (CardProposal(LEFT),)
    scene.cards = {LEFT: replace(card(LEFT, Field.NUMBER), texts=(on_left,))}
    scene.loose = FreeTextReading((replace(card(RIGHT, Field.NAME), texts=(on_right,)),), (), texts=(beside,))
    texts = read().texts
    assert [text.text.reveal() for text in texts] == ["https://example.org", "left", "right", "beside"]
    assert (texts[0].quad, texts[0].by) == (code, Source.QR)


def test_problems_of_print_are_kept(scene: Scene) -> None:
    problem = Problem("read", "text_not_read", "too much")
    scene.loose = FreeTextReading((), (), (problem,))
    assert read().problems == (problem,)


@pytest.mark.parametrize(("effort", "is_covered"), [(Effort.NORMAL, True), (Effort.THOROUGH, False)])
def test_a_thorough_scan_looks_again_where_a_card_told_little(
    scene: Scene, effort: Effort, *, is_covered: bool
) -> None:
    scene.proposals = (CardProposal(LEFT), CardProposal(RIGHT))
    scene.cards = {LEFT: card(LEFT, Field.NUMBER), RIGHT: card(RIGHT, *COMPLETE)}
    read(effort=effort)
    assert scene.covered == [[LEFT, RIGHT] if is_covered else [RIGHT]]


def test_two_readings_are_of_one_card_if_their_values_stand_at_one_place() -> None:
    wide = replace(card(LEFT, Field.NUMBER), quad=quad_from_box(0, 0, 800, 600))
    assert page.are_same_card(wide, card(LEFT, Field.NAME))
    assert not page.are_same_card(wide, card(RIGHT, Field.NAME))
    assert page.are_same_card(card(LEFT), wide)


@pytest.mark.parametrize(
    ("fields", "is_outline_seen", "is_covered"),
    [((Field.NAME,), True, True), ((Field.NAME,), False, False), (COMPLETE, False, True)],
    ids=["edges seen", "edges guessed", "edges guessed, all told"],
)
def test_a_guessed_outline_that_tells_a_part_may_be_half_a_card_and_is_looked_at_again(
    scene: Scene, fields: tuple[Field, ...], *, is_outline_seen: bool, is_covered: bool
) -> None:
    scene.proposals = (CardProposal(LEFT),)
    scene.cards = {LEFT: replace(card(LEFT, *fields), is_outline_seen=is_outline_seen)}
    process_page(page_of(PICTURE))
    assert scene.covered == [[LEFT] if is_covered else []]

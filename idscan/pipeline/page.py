"""Process one page: codes, located cards, then print; cheap stages first, none gates the next."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from idscan.cards.code_facts import CodeEvidence, read_symbol, undecoded_symbol
from idscan.core import geometry
from idscan.core.enums import Field, Source
from idscan.core.messages import message
from idscan.core.types import Problem, SeenText
from idscan.pipeline import qr
from idscan.pipeline.card import IDENTIFYING, CardReading, exposed_fields_read, is_blank, read_proposal
from idscan.pipeline.free_text import OtherRegions, read_free_text
from idscan.pipeline.proposals import CardProposal, frame_quad, is_card_shaped, propose_cards
from idscan.vision.ink_map import may_contain_print

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.core.settings import EffortProfile
    from idscan.core.types import Fact
    from idscan.pipeline.card import CardAttempt
    from idscan.pipeline.context import PageContext

_log = logging.getLogger(__name__)

_ALREADY_READ = 0.35
"""Share of a place on a card that was read. Lower: neighbouring cards are skipped; higher: one card is read twice."""
_MOSTLY_COVERED = 0.6
"""Share of a place or image that is accounted for. Lower: cards beside it are skipped; higher: it is read in vain."""
_ON_CARD = 0.5
"""Share of a code on a card. Lower: codes beside a card are taken for its own; higher: its own are reported apart."""
_LARGE_PART = 0.35  # smaller ones would be seen much larger on their own
_SMALL_SIDE = 1600
"""Pixels of an image's longer side up to which a small card shows strokes at the size where they are looked for."""


@dataclass(frozen=True, slots=True)
class PageReading:
    """Everything read on one image, in its pixels.

    Attributes:
        cards: cards that were recognised.
        facts: facts outside any card.
        problems: what could not be read.
        texts: all that was read.
        located: places that look like cards, read or not.
        lines: places of print, read or not.
    """

    cards: tuple[CardReading, ...]
    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]
    texts: tuple[SeenText, ...] = ()
    located: tuple[Quad, ...] = ()
    lines: tuple[Quad, ...] = ()


def process_page(page: PageContext, *, has_codes: bool = True) -> PageReading:
    """Run all stages on one image.

    Args:
        page: the image.
        has_codes: QR codes were not looked for at this size before.
    """
    profile = page.profile
    with page.timer.stage("codes"):
        seen = qr.read_frame(page.grey, every_reader=profile.uses_all_engines) if has_codes else ()
    codes = [code for symbol in seen if (code := read_symbol(symbol)) is not None]
    _log.info("%d symbols seen, %d of them codes of a card or relative", len(seen), len(codes))
    is_bare = False
    if not seen and profile.uses_prefilters:
        with page.timer.stage("stroke density"):
            is_bare = not may_contain_print(page.grey)
    if is_bare and max(page.grey.shape) <= _SMALL_SIDE * page.scale:
        _log.info("stopped: no strokes of print")
        return PageReading((), (), ())
    with page.timer.stage("proposals"):
        places = propose_cards(page, codes)
    _log.info("%d card proposals", len(places.proposals))
    if is_bare and not places.proposals:
        _log.info("stopped: no strokes of print and no proposal")
        return PageReading((), (), ())
    with page.timer.stage("cards"):
        cards, other_print = _located(page, places.proposals)
    off_cards: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    texts: tuple[SeenText, ...] = ()
    lines: tuple[Quad, ...] = ()
    if not (_is_covered(page, cards) or (profile.stops_when_identified and _identify_holder(codes))):
        with page.timer.stage("free text"):
            settled = [card.quad for card in cards if _is_settled(card, profile)]
            found = read_free_text(page, settled, OtherRegions(other_print, places.may_show_more))
        _log.info("free text: %d lines, %d cards, %d facts", len(found.lines), len(found.cards), len(found.facts))
        for card in found.cards:
            cards = _with(cards, card)
        off_cards, problems, texts, lines = found.facts, found.problems, found.texts, found.lines
    else:
        _log.info("free text not read: cards or codes account for the image")
    decoded = (SeenText(symbol.payload, symbol.quad, Source.QR) for symbol in seen if symbol.payload is not None)
    texts = (*decoded, *(text for card in cards for text in card.texts), *texts)
    reading = PageReading(tuple(cards), off_cards, problems, texts, places.located, lines)
    return _with_symbols(reading, codes, [undecoded_symbol(symbol) for symbol in seen if symbol.payload is None])


def _located(page: PageContext, proposals: Sequence[CardProposal]) -> tuple[list[CardReading], list[Quad]]:
    """Return the cards at the places where they may be, and the places that show other print instead."""
    cards: list[CardReading] = []
    other_print: list[Quad] = []

    def read(proposal: CardProposal) -> None:
        seen = read_proposal(page, proposal)
        _log.debug("proposal at %s: %s", _box_text(proposal.quad), _outcome(seen))
        if seen.card is not None:
            cards[:] = _with(cards, seen.card)
        elif seen.is_other_print:
            other_print.append(proposal.quad)

    for proposal in proposals:
        if not any(_settles(card, proposal) for card in cards) and not _is_part(proposal, other_print):
            read(proposal)
    if is_card_shaped(page.rgb) and not any(exposed_fields_read(card).issuperset(IDENTIFYING) for card in cards):
        read(CardProposal(frame_quad(page.rgb), fills_frame=True))
    return cards, other_print


def _box_text(quad: Quad) -> str:
    left, top, right, bottom = geometry.bounds(quad)
    return f"{left:.0f},{top:.0f} {right - left:.0f}x{bottom - top:.0f}"


def _outcome(attempt: CardAttempt) -> str:
    """Describe an attempt for the log, without any value."""
    if attempt.card is not None:
        fields = sorted(exposed_fields_read(attempt.card))
        return f"{attempt.card.kind} {attempt.card.side}, read: {', '.join(fields) or 'nothing'}"
    if attempt.is_other_print:
        return "other print"
    return "next to no print" if attempt.is_bare else "no card"


def _is_part(proposal: CardProposal, other_print: list[Quad]) -> bool:
    """Return whether a place is most of one that was read well and shows no card."""
    return not proposal.codes and any(
        geometry.overlap(proposal.quad, quad) > _MOSTLY_COVERED
        and geometry.area(proposal.quad) > _LARGE_PART * geometry.area(quad)
        for quad in other_print
    )


def _settles(card: CardReading, proposal: CardProposal) -> bool:
    """Return whether a card that was read leaves nothing to look for at a place."""
    if proposal.codes or not exposed_fields_read(card).issuperset(IDENTIFYING):
        return False
    return geometry.overlap(proposal.quad, card.quad) > _ALREADY_READ


def _is_settled(card: CardReading, profile: EffortProfile) -> bool:
    """Return whether the place of a card needs no further read: one with few fields may be a part of the card."""
    if exposed_fields_read(card).issuperset(IDENTIFYING):
        return True
    return profile.uses_prefilters and card.is_outline_seen and (bool(exposed_fields_read(card)) or is_blank(card))


def _with(cards: list[CardReading], card: CardReading) -> list[CardReading]:
    """Add a card; of two at one place the one with more fields stays: half a card may look like a card.

    Of two with as many fields the first stays, unless both outlines are guesses: the later one is made from the print.
    """
    rivals = [other for other in cards if are_same_card(other, card)]
    if any(_has_no_fewer_fields(other, card) for other in rivals):
        return cards
    return [*(other for other in cards if all(other is not rival for rival in rivals)), card]


def _has_no_fewer_fields(first: CardReading, later: CardReading) -> bool:
    if len(exposed_fields_read(first)) == len(exposed_fields_read(later)):
        return first.is_outline_seen or later.is_outline_seen
    return len(exposed_fields_read(first)) > len(exposed_fields_read(later))


def are_same_card(first: CardReading, second: CardReading) -> bool:
    """Return whether two readings are of one card by the places of their values: outlines may be estimates.

    A card without fields is a part of one with fields if it overlaps it sufficiently.
    """
    if bool(exposed_fields_read(first)) is not bool(exposed_fields_read(second)):
        without_fields, with_fields = sorted((first, second), key=lambda card: bool(exposed_fields_read(card)))
        if geometry.overlap(without_fields.quad, with_fields.quad) > _ALREADY_READ:
            return True
    return geometry.is_same_place(_core(first), _core(second))


def _core(card: CardReading) -> Quad:
    quads = [fact.quad for fact in card.facts if fact.quad is not None and fact.value is not None]
    return geometry.enclosing(quads) if exposed_fields_read(card) else card.quad


def _identify_holder(codes: Sequence[CodeEvidence]) -> bool:
    """Return whether a code identifies its holder."""
    return any({fact.field for fact in code.facts}.issuperset(IDENTIFYING) for code in codes)


def _is_covered(page: PageContext, cards: list[CardReading]) -> bool:
    """Return whether cards that were read leave no place for further text."""
    if not cards or not page.profile.uses_prefilters:
        return False
    if page.profile.stops_when_identified:
        return any(exposed_fields_read(card).issuperset(IDENTIFYING) for card in cards)
    frame = frame_quad(page.rgb)
    settled = [card for card in cards if _is_settled(card, page.profile)]
    share = sum(geometry.intersection_area(card.quad, frame) for card in settled) / geometry.area(frame)
    return share > _MOSTLY_COVERED


def _bears(card: CardReading, code: CodeEvidence) -> bool:
    """Return whether a code lies on a card and does not contradict its number."""
    numbers = {fact.value for fact in card.facts if fact.field is Field.NUMBER and fact.value is not None}
    is_own = code.number is None or not numbers or code.number in numbers
    return is_own and geometry.overlap(code.quad, card.quad) > _ON_CARD


def _with_symbols(reading: PageReading, codes: list[CodeEvidence], unread: list[Fact]) -> PageReading:
    """Add codes that no card took, and symbols that nothing decoded."""
    taken = {fact.quad for card in reading.cards for fact in card.facts}
    left = [code for code in codes if code.quad not in taken]
    cards: list[CardReading] = []
    for card in reading.cards:
        own = [fact for fact in unread if fact.quad and geometry.overlap(fact.quad, card.quad) > _ON_CARD]
        also = [code for code in left if code.is_barcode and _bears(card, code)]
        cards.append(replace(card, facts=(*card.facts, *own, *(fact for code in also for fact in code.facts))))
        left = [code for code in left if code not in also]
        unread = [fact for fact in unread if fact not in own]
    undecoded = (Problem("read", "undecoded_symbol", message("undecoded_symbol"), fact.quad) for fact in unread)
    facts = (fact for code in left for fact in code.facts)
    return replace(
        reading, cards=tuple(cards), facts=(*reading.facts, *facts), problems=(*reading.problems, *undecoded)
    )

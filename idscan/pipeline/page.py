"""Process one page: codes, located cards, then print; cheap stages first, none gates the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from idscan.cards.code_facts import CodeEvidence, read_symbol, undecoded_symbol
from idscan.core import geometry
from idscan.core.enums import Effort, Field, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Problem, SeenText
from idscan.pipeline import qr
from idscan.pipeline.card import IDENTIFYING, CardReading, exposed_fields_read, is_blank, read_proposal
from idscan.pipeline.free_text import OtherRegions, read_free_text
from idscan.pipeline.proposals import CardProposal, frame_quad, is_card_shaped, propose_cards
from idscan.vision import preprocess
from idscan.vision.ink_map import may_hold_print

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.types import Fact
    from idscan.pipeline.context import StageTimer

_ALREADY_READ = 0.35
_MOSTLY_COVERED = 0.6
_ONE_PLACE = 0.5
_ON_CARD = 0.5
_LARGE_PART = 0.35  # smaller ones would be seen much larger on their own
_SMALL_SIDE = 1600
"""Pixels of an image's longer side up to which a small card shows strokes at the size where they are looked for."""

UNDECODED = "a QR code was seen but could not be decoded; look at the picture"


@dataclass(frozen=True, slots=True)
class PageReading:
    """What was read of one picture, in its pixels.

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


def process_page(
    rgb: NDArray[np.uint8], effort: Effort, watch: StageTimer, scale: float = 1.0, *, has_codes: bool = True
) -> PageReading:
    """Run the cascade over the upright pixels of one picture.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        effort: when to stop.
        watch: takes the time per stage.
        scale: pixels of `rgb` for each pixel of the image at full size.
        has_codes: QR codes were not looked for at this size before.
    """
    rgb = preprocess.with_hues_apart(rgb)
    grey = preprocess.grey(rgb)
    with watch.stage("symbols"):
        seen = qr.read_frame(grey, every_reader=effort is Effort.THOROUGH) if has_codes else ()
    codes = [code for symbol in seen if (code := read_symbol(symbol)) is not None]
    is_bare = False
    if not seen and effort is not Effort.THOROUGH:
        with watch.stage("strokes"):
            is_bare = not may_hold_print(grey)
    if is_bare and max(grey.shape) <= _SMALL_SIDE * scale:
        return PageReading((), (), ())
    with watch.stage("locate"):
        places = propose_cards(rgb, codes, effort, scale)
    if is_bare and not places.candidates:
        return PageReading((), (), ())
    with watch.stage("cards"):
        cards, other_print = _located(rgb, grey, places.candidates, effort)
    loose: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    texts: tuple[SeenText, ...] = ()
    lines: tuple[Quad, ...] = ()
    if not (_is_covered(rgb, cards, effort) or (effort is Effort.FAST and _tell_all(codes))):
        with watch.stage("print"):
            settled = [card.quad for card in cards if _is_settled(card, effort)]
            found = read_free_text(rgb, grey, settled, effort, OtherRegions(other_print, places.may_show_more))
        for card in found.cards:
            cards = _with(cards, card)
        loose, problems, texts, lines = found.facts, found.problems, found.texts, found.lines
    decoded = (SeenText(symbol.payload, symbol.quad, Source.QR) for symbol in seen if symbol.payload is not None)
    texts = (*decoded, *(text for card in cards for text in card.texts), *texts)
    reading = PageReading(tuple(cards), loose, problems, texts, places.located, lines)
    return _with_symbols(reading, codes, [undecoded_symbol(symbol) for symbol in seen if symbol.payload is None])


def _located(
    rgb: NDArray[np.uint8], grey: NDArray[np.uint8], candidates: Sequence[CardProposal], effort: Effort
) -> tuple[list[CardReading], list[Quad]]:
    """Return the cards at the places where they may be, and the places that show other print instead."""
    cards: list[CardReading] = []
    other_print: list[Quad] = []

    def look(candidate: CardProposal) -> None:
        seen = read_proposal(rgb, grey, candidate, effort)
        if seen.card is not None:
            cards[:] = _with(cards, seen.card)
        elif seen.is_other_print:
            other_print.append(candidate.quad)

    for candidate in candidates:
        if not any(_settles(card, candidate) for card in cards) and not _is_part(candidate, other_print):
            look(candidate)
    if is_card_shaped(rgb) and not any(exposed_fields_read(card).issuperset(IDENTIFYING) for card in cards):
        look(CardProposal(frame_quad(rgb), fills_frame=True))
    return cards, other_print


def _is_part(candidate: CardProposal, other_print: list[Quad]) -> bool:
    """Return whether a place is most of one that was read well and shows no card."""
    return not candidate.codes and any(
        geometry.overlap(candidate.quad, quad) > _MOSTLY_COVERED
        and geometry.area(candidate.quad) > _LARGE_PART * geometry.area(quad)
        for quad in other_print
    )


def _settles(card: CardReading, candidate: CardProposal) -> bool:
    """Return whether a card that was read leaves nothing to look for at a place."""
    if candidate.codes or not exposed_fields_read(card).issuperset(IDENTIFYING):
        return False
    return geometry.overlap(candidate.quad, card.quad) > _ALREADY_READ


def _is_settled(card: CardReading, effort: Effort) -> bool:
    """Return whether the place of a card needs no second look: what tells little may be a part of the real card."""
    if exposed_fields_read(card).issuperset(IDENTIFYING):
        return True
    return (
        effort is not Effort.THOROUGH and card.is_outline_seen and (bool(exposed_fields_read(card)) or is_blank(card))
    )


def _with(cards: list[CardReading], card: CardReading) -> list[CardReading]:
    """Add a card; of two at one place the one that tells more stays: half a card may look like a card.

    Of two that tell the same the first stays, unless both outlines are guesses: the later one is made from the print.
    """
    rivals = [other for other in cards if are_same_card(other, card)]
    if any(_tells_no_less(other, card) for other in rivals):
        return cards
    return [*(other for other in cards if all(other is not rival for rival in rivals)), card]


def _tells_no_less(first: CardReading, later: CardReading) -> bool:
    if len(exposed_fields_read(first)) == len(exposed_fields_read(later)):
        return first.is_outline_seen or later.is_outline_seen
    return len(exposed_fields_read(first)) > len(exposed_fields_read(later))


def are_same_card(first: CardReading, second: CardReading) -> bool:
    """Return whether two readings are of one card, judged by where their values stand: outlines may be guessed.

    What tells nothing is a part of a card that does if it lies on it for the most part.
    """
    if bool(exposed_fields_read(first)) is not bool(exposed_fields_read(second)):
        silent, telling = sorted((first, second), key=lambda card: bool(exposed_fields_read(card)))
        if geometry.overlap(silent.quad, telling.quad) > _ALREADY_READ:
            return True
    one, other = _core(first), _core(second)
    return max(geometry.overlap(one, other), geometry.overlap(other, one)) > _ONE_PLACE


def _core(card: CardReading) -> Quad:
    quads = [fact.quad for fact in card.facts if fact.quad is not None and fact.value is not None]
    return geometry.enclosing(quads) if exposed_fields_read(card) else card.quad


def _tell_all(codes: Sequence[CodeEvidence]) -> bool:
    """Return whether a code says who its holder is."""
    return any({fact.field for fact in code.facts}.issuperset(IDENTIFYING) for code in codes)


def _is_covered(rgb: NDArray[np.uint8], cards: list[CardReading], effort: Effort) -> bool:
    if not cards or effort is Effort.THOROUGH:
        return False
    if effort is Effort.FAST:
        return any(exposed_fields_read(card).issuperset(IDENTIFYING) for card in cards)
    height, width = rgb.shape[:2]
    frame = quad_from_box(0, 0, width, height)
    settled = [card for card in cards if _is_settled(card, effort)]
    share = sum(geometry.intersection_area(card.quad, frame) for card in settled) / geometry.area(frame)
    return share > _MOSTLY_COVERED


def _bears(card: CardReading, code: CodeEvidence) -> bool:
    """Return whether a code stands on a card and gives no other number than it."""
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
    undecoded = (Problem("read", "undecoded_symbol", UNDECODED, fact.quad) for fact in unread)
    facts = (fact for code in left for fact in code.facts)
    return replace(
        reading,
        cards=tuple(cards),
        facts=(*reading.facts, *facts),
        problems=(*reading.problems, *undecoded),
    )

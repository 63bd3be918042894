"""Where exactly the print of a card stands, also where its code or zone told everything and no other line was read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.evidence import same_value
from idscan.cards.layouts import fields_of
from idscan.core import geometry
from idscan.core.results import Finding, Place
from idscan.core.vocabulary import Field, Source
from idscan.pipeline.rereading import read_labelled
from idscan.redact.card_plan import PICTURES
from idscan.redact.guess import placed_by_print, possible_outlines
from idscan.vision.card_edges import snapped_outline
from idscan.vision.contours import CARD_ASPECT
from idscan.vision.tight_lines import tightened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact
    from idscan.core.results import Card, Frame, ImageResult, SeenText

_NO_PRINT = PICTURES | {Field.QR, Field.BARCODE, Field.MRZ}

_OFF_ASPECT, _HELD = 0.03, 0.8
"""Share by which the proportions of snapped outlines may differ from a card's: of right ones by 0.015, of others, one
side of which lies on print or on a shadow, by 0.08 and more; and share of a place that an outline must hold."""

_FEWEST_LINES = 8
"""Lines that every side of a card prints: where fewer were read, titles and the issuer's lines would be cut unseen."""


def with_print_placed(image: ImageResult, frame: Frame, wanted: frozenset[Field]) -> ImageResult:
    """Return what was found with exact places for the print on cards.

    Fields that are to be hidden and that only a code or zone told of are read: by its layout a field is hidden with
    room around it, and takes titles and the issuer's lines with it. What is read otherwise than the code says stays to
    be hidden by the layout. Boxes of lines are drawn in to their ink, as detectors leave half a line around it. Cards
    whose edges were not seen are placed by what was read all over them, and by edges near there.

    Args:
        image: what was found.
        frame: its pixels.
        wanted: fields to hide.
    """
    placed = [_placed(card, image.texts, frame, wanted) for card in image.cards]
    cards = [_tightened(card, frame) for card, _ in placed]
    read = (*image.texts, *(text for _, texts in placed for text in texts))
    texts = tuple(
        replace(text, quad=_tight(frame, text.quad))
        if text.by is Source.PRINT and any(geometry.contains(card.quad, geometry.centre(text.quad)) for card in cards)
        else text
        for text in read
    )
    cards = [_at_its_edges(placed_by_print(card, texts), texts, frame) for card in cards]
    return replace(image, cards=tuple(cards), texts=texts)


def _at_its_edges(card: Card, texts: Sequence[SeenText], frame: Frame) -> Card:
    """Return a guessed card with the outline of the edges near it, if they are a card's and hold all that was read."""
    if card.is_outline_seen:
        return card
    guess = possible_outlines(card, texts)[-1].quad
    snapped = snapped_outline(frame.layers[0], geometry.scaled(guess, frame.scale))
    if snapped is None:
        return card
    outline = geometry.scaled(snapped, 1 / frame.scale)
    aspect = geometry.width(outline) / max(geometry.height(outline), 1.0)
    places = [place.quad for finding in card.findings if finding.field not in PICTURES for place in finding.places]
    holds_all = all(geometry.overlap(place, outline) > _HELD for place in places)
    is_card = abs(aspect / CARD_ASPECT - 1) < _OFF_ASPECT
    return replace(card, quad=outline, is_outline_seen=True) if is_card and holds_all else card


def _tightened(card: Card, frame: Frame) -> Card:
    def tight(place: Place) -> Place:
        return replace(place, quad=_tight(frame, place.quad)) if place.by is Source.PRINT else place

    findings = (
        finding
        if finding.field in _NO_PRINT or finding.value is None
        else replace(finding, places=tuple(map(tight, finding.places)))
        for finding in card.findings
    )
    return replace(card, findings=tuple(findings))


def _tight(frame: Frame, quad: Quad) -> Quad:
    (tight,) = tightened(frame.layers[0], [geometry.scaled(quad, frame.scale)], room=0)
    return geometry.scaled(tight, 1 / frame.scale)


def _placed(
    card: Card, texts: Iterable[SeenText], frame: Frame, wanted: frozenset[Field]
) -> tuple[Card, tuple[SeenText, ...]]:
    """Return a card with the places of its print, and the lines that were read for it."""
    printed = {finding.field for finding in card.findings if Source.PRINT in finding.seen_by}
    missing = wanted.intersection(fields_of(card.kind, card.side)) - _NO_PRINT - printed
    lines = {text.quad for text in texts if geometry.contains(card.quad, geometry.centre(text.quad))}
    is_read = not missing and len(lines) >= _FEWEST_LINES
    if is_read or not any(finding.is_exposed for finding in card.findings):
        return card, ()
    again = read_labelled(frame.layers[0], geometry.scaled(card.quad, frame.scale))
    findings = list(card.findings)
    for fact in again.facts:
        if fact.field not in missing or fact.quad is None:
            continue
        place = Place(geometry.scaled(fact.quad, 1 / frame.scale), Source.PRINT, fact.confidence)
        at = next((i for i, finding in enumerate(findings) if finding.field is fact.field), None)
        if at is None:
            findings.append(_found(fact, place))
        else:
            findings[at] = _with_place(findings[at], fact, place)
    found = (replace(text, quad=geometry.scaled(text.quad, 1 / frame.scale)) for text in again.texts)
    return replace(card, findings=tuple(findings)), tuple(found)


def _found(fact: Fact, place: Place) -> Finding:
    return Finding(
        field=fact.field,
        value=fact.value,
        quad=place.quad,
        confidence=fact.confidence,
        seen_by=(place.by,),
        places=(place,),
    )


def _with_place(known: Finding, fact: Fact, place: Place) -> Finding:
    """Return a finding with the place of its print, as long as the print says the same."""
    if known.value is None or fact.value is None or not same_value(fact.field, known.value, fact.value):
        return known
    return replace(known, seen_by=(*known.seen_by, place.by), places=(*known.places, place))

"""Outlines of cards whose edges were not seen, and the positions of fields on them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from idscan.cards.code_facts import same_value
from idscan.cards.extract.segments import segments_of
from idscan.cards.layouts import box_holds_label, field_box, fields_of, symbol_box
from idscan.core import geometry
from idscan.core.enums import Field, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Finding, Place, PrintedLine
from idscan.pipeline.reread import reread_labelled
from idscan.redact.mask import expanded_quad
from idscan.redact.plan_card import PICTURES, STRAIGHT
from idscan.vision.card_contours import CARD_ASPECT
from idscan.vision.card_pose import ZONE_ON_CARD, card_from_anchors, snap_to_edges
from idscan.vision.ink_map import tight_line_boxes
from idscan.vision.perspective import homography, inverse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.cards.layouts import Box
    from idscan.core.geometry import Homography, Quad
    from idscan.core.types import Card, Fact, Frame, ImageResult, SeenText
    from idscan.vision.card_pose import Anchor

_NEAR = 0.25
"""Of a guessed card's height: how far beyond the guess its labels may stand."""

_PLACE_ERROR = 0.03
"""Of a card's height: how far off its layout a label or value stands; printings differ that much."""

_FEWEST_ANCHORS, _WIDELY_SPREAD, _FAR_DOWN, _LEAST_ERROR = 3, 1.0, 0.4, 0.01
"""Points that confirm a guess, heights of the card between the outermost, and from the highest to the lowest of them,
and what reading them adds to the error."""

_AT_ODDS, _OTHER, _WRONG = 0.05, 0.85, 0.1
"""How far off its layout the print stands, and what its outline at most has in common with where the print puts the
card, where an outline is none of this card's: of the image that shows it, or of a sleeve. From the third on it is taken
for a guess even if the print does not tell where the card is."""

_LEAST_ROOM, _MOST_ROOM = 0.04, 0.15
"""Of a guessed card's height: what it is given beyond its outline, the more the closer its anchors lie together and
the less they agree."""

_UNPLACED_ROOM, _ROOM_FOR_FINGERPRINTS = 0.45, 0.7
"""The same where its anchors do not tell: the guess is drawn around lines, and portraits reach that far beside them,
fingerprints further."""

_LEAST_OF_BOX = 0.25
"""Of the height of a field's box: what must have been read of it to tell where it is."""

_LARGEST = 3.0
"""Times that a card may be larger or smaller than the guess."""


@dataclass(frozen=True, slots=True)
class PossibleOutline:
    """Where a card may lie.

    Attributes:
        quad: in pixels of the picture.
        room: of the card's height: how far beyond the outline it may reach; 0 where its edges were seen.
    """

    quad: Quad
    room: float = 0.0


def outline_from_print(card: Card, texts: Sequence[SeenText]) -> Card:
    """Return a card where its print tells that it lies, if its outline is a guess, or what lies around it.

    Args:
        card: with its findings.
        texts: everything that was read in the image.
    """
    error = _error(_anchors_on(card, texts))
    if card.is_outline_seen and error < _AT_ODDS:
        return card
    outlines = possible_outlines(replace(card, is_outline_seen=False), texts)
    placed = replace(card, quad=outlines[0].quad, is_outline_seen=False)
    is_placed = len(outlines) == 1 and outlines[0].room == _LEAST_ROOM
    is_other = not card.is_outline_seen or geometry.iou(card.quad, placed.quad) < _OTHER
    if is_placed:
        return placed if is_other else card
    return card if error < _WRONG else replace(card, is_outline_seen=False)


def _error(anchors: Sequence[Anchor]) -> float:
    """Return how far off its layout the print of a card stands, by its height."""
    return median(math.dist(*anchor) for anchor in anchors) if anchors else 0.0


def possible_outlines(card: Card, texts: Iterable[SeenText]) -> tuple[PossibleOutline, ...]:
    """Return where a card may lie: its outline, and where its labels and values put it if that is only a guess.

    Args:
        card: with its findings.
        texts: everything that was read in the picture.
    """
    if card.is_outline_seen:
        return (PossibleOutline(card.quad),)
    texts = list(texts)
    is_card = geometry.straightness(card.quad) > STRAIGHT
    guesses = [*([card.quad] if is_card else ()), _along_print(card)]
    placed = [outline for guess in guesses for outline in _placed(replace(card, quad=guess), texts)]
    for quad in (guesses[0], *(outline.quad for outline in placed)):
        if _is_confirmed(_anchors_on(replace(card, quad=quad), texts)):
            return (PossibleOutline(quad, _LEAST_ROOM),)
    if not placed:
        has_fingerprints = Field.FINGERPRINT in fields_of(card.kind, card.side)
        return (PossibleOutline(guesses[0], _ROOM_FOR_FINGERPRINTS if has_fingerprints else _UNPLACED_ROOM),)
    best = min(placed, key=lambda outline: _error(_anchors_on(replace(card, quad=outline.quad), texts)))
    return (PossibleOutline(card.quad, best.room), best) if is_card else (best,)


def _placed(card: Card, texts: Sequence[SeenText]) -> Iterator[PossibleOutline]:
    """Yield where labels and values put a card whose print runs as its outline does, if they tell."""
    anchors = _anchors_on(card, texts)
    fitted = card_from_anchors(anchors)
    if fitted is not None and 1 / _LARGEST < geometry.height(fitted) < _LARGEST:
        yield PossibleOutline(geometry.transform(_to_picture(card), fitted), _room(anchors, fitted))


def _is_confirmed(anchors: Sequence[Anchor]) -> bool:
    """Return whether what was read all over a guessed card stands on it as the layout has it."""
    right = [anchor for anchor in anchors if math.dist(*anchor) < _PLACE_ERROR + _LEAST_ERROR]
    if len(right) < _FEWEST_ANCHORS or 2 * len(right) <= len(anchors) or _spread(right) < _WIDELY_SPREAD:
        return False
    return float(np.ptp([y for (_, y), _ in right])) > _FAR_DOWN


def _anchors_on(card: Card, texts: Iterable[SeenText]) -> list[Anchor]:
    return list(_anchors(card, _lines_near(card, texts)))


def _spread(anchors: Sequence[Anchor]) -> float:
    """Return how far apart the points of a card lie that were seen, by its height."""
    return max(math.dist(one, other) for (one, _), (other, _) in combinations(anchors, 2))


def _along_print(card: Card) -> Quad:
    """Return a card's rectangle in the middle of an outline that cannot be a card's, turned as its print is."""
    places = [place.quad for finding in card.findings for place in finding.places]
    longest = max(places or [card.quad], key=geometry.width)
    angle = math.radians(geometry.angle(longest))
    height = math.sqrt(geometry.area(card.quad) / CARD_ASPECT)
    x, y = geometry.centre(card.quad)
    across, down = CARD_ASPECT * height / 2, height / 2 * (-1 if geometry.is_mirrored(card.quad) else 1)
    cosine, sine = math.cos(angle), math.sin(angle)
    corners = ((-across, -down), (across, -down), (across, down), (-across, down))
    return geometry.quad_from_points((x + cosine * a - sine * b, y + sine * a + cosine * b) for a, b in corners)


def _room(anchors: list[Anchor], card: Quad) -> float:
    """Return how far a card that was placed by some points may be off, as a share of its height."""
    (left, top), height = card[0], geometry.height(card)
    spread = _spread(anchors)
    errors = sorted(math.dist((x, y), ((a - left) / height, (b - top) / height)) for (x, y), (a, b) in anchors)
    # As in the fit, one of several points may mislead.
    error = errors[-2] if len(errors) > 3 else errors[-1]  # noqa: PLR2004
    return min(max(_PLACE_ERROR / spread, error, _LEAST_ROOM), _MOST_ROOM)


def _to_picture(card: Card) -> Homography:
    """Map from the card of height 1 to pixels."""
    return homography(quad_from_box(0, 0, CARD_ASPECT, 1), card.quad)


def _to_unit(card: Card, quad: Quad) -> Quad:
    return geometry.transform(inverse(_to_picture(card)), quad)


def _lines_near(card: Card, texts: Iterable[SeenText]) -> list[PrintedLine]:
    """Return the print on or near a card as lines of a card of height 1."""
    around = expanded_quad(card.quad, _NEAR * geometry.height(card.quad))
    return [
        PrintedLine(seen.text, _to_unit(card, seen.quad), 1.0, "")
        for seen in texts
        if seen.by is Source.PRINT and geometry.contains(around, geometry.centre(seen.quad))
    ]


def _anchors(card: Card, lines: list[PrintedLine]) -> Iterator[Anchor]:
    """Yield the points of a card whose places the layout knows."""
    face = (card.kind, card.side)
    zone, code = _place(card, Field.MRZ, Source.MRZ), _place(card, Field.QR, Source.QR)
    if zone is not None:
        yield from _ends(ZONE_ON_CARD, geometry.bounds(zone))
    symbol = symbol_box(*face)
    if code is not None and symbol is not None:
        left, top, right, bottom = symbol
        yield from zip(quad_from_box(left * CARD_ASPECT, top, right * CARD_ASPECT, bottom), code, strict=True)
    labels = _labels(card, lines) if box_holds_label(*face) else []
    for field in fields_of(*face):
        box = field_box(*face, field)
        quads = [quad for own, quad in labels if own is field]
        # Where a picture is was not seen, but is what the outline makes of the layout.
        value = _place(card, field, Source.PRINT) if field not in PICTURES else None
        if box is not None and (value is not None or quads):
            seen = geometry.bounds(geometry.enclosing([*quads, *([value] if value else [])]))
            # A line begins where the layout puts it; where it ends depends on the text. Of a box that holds much
            # more than was read nobody knows where that stands in it.
            if seen[3] - seen[1] > _LEAST_OF_BOX * (box[3] - box[1]):
                yield _ends(box, seen)[0]


def _labels(card: Card, lines: list[PrintedLine]) -> list[tuple[Field | None, Quad]]:
    pieces, _ = segments_of(lines)
    face = (card.kind, card.side)
    return [(piece.field, piece.quad) for piece in pieces if piece.match and face in piece.match.label.where]


def _place(card: Card, field: Field, source: Source) -> Quad | None:
    """Return where a field was read, on a card of height 1."""
    for finding in card.findings:
        if finding.field is field and source in finding.seen_by:
            for place in finding.places:
                if place.by is source:
                    return _to_unit(card, place.quad)
    return None


def _ends(box: Box, seen: Box) -> tuple[Anchor, Anchor]:
    """Return the middles of the left and right side of a box, given as fractions of the card, and of what was seen."""
    middle, seen_middle = (box[1] + box[3]) / 2, (seen[1] + seen[3]) / 2
    return (
        ((box[0] * CARD_ASPECT, middle), (seen[0], seen_middle)),
        ((box[2] * CARD_ASPECT, middle), (seen[2], seen_middle)),
    )


_NO_PRINT = PICTURES | {Field.QR, Field.BARCODE, Field.MRZ}

_OFF_ASPECT, _HELD = 0.03, 0.8
"""Share by which the proportions of snapped outlines may differ from a card's: of right ones by 0.015, of others, one
side of which lies on print or on a shadow, by 0.08 and more; and share of a place that an outline must hold."""

_FEWEST_LINES = 8
"""Lines that every side of a card prints: where fewer were read, titles and the issuer's lines would be cut unseen."""


def locate_print(image: ImageResult, frame: Frame, wanted: frozenset[Field]) -> ImageResult:
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
    placed = [_with_places(card, image.texts, frame, wanted) for card in image.cards]
    cards = [_tightened(card, frame) for card, _ in placed]
    read = (*image.texts, *(text for _, texts in placed for text in texts))
    texts = tuple(
        replace(text, quad=_tight(frame, text.quad))
        if text.by is Source.PRINT and any(geometry.contains(card.quad, geometry.centre(text.quad)) for card in cards)
        else text
        for text in read
    )
    cards = [_at_its_edges(outline_from_print(card, texts), texts, frame) for card in cards]
    return replace(image, cards=tuple(cards), texts=texts)


def _at_its_edges(card: Card, texts: Sequence[SeenText], frame: Frame) -> Card:
    """Return a guessed card with the outline of the edges near it, if they are a card's and hold all that was read."""
    if card.is_outline_seen:
        return card
    guess = possible_outlines(card, texts)[-1].quad
    snapped = snap_to_edges(frame.layers[0], geometry.scaled(guess, frame.scale))
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
    (tight,) = tight_line_boxes(frame.layers[0], [geometry.scaled(quad, frame.scale)], margin=0)
    return geometry.scaled(tight, 1 / frame.scale)


def _with_places(
    card: Card, texts: Iterable[SeenText], frame: Frame, wanted: frozenset[Field]
) -> tuple[Card, tuple[SeenText, ...]]:
    """Return a card with the places of its print, and the lines that were read for it."""
    printed = {finding.field for finding in card.findings if Source.PRINT in finding.seen_by}
    missing = wanted.intersection(fields_of(card.kind, card.side)) - _NO_PRINT - printed
    lines = {text.quad for text in texts if geometry.contains(card.quad, geometry.centre(text.quad))}
    is_read = not missing and len(lines) >= _FEWEST_LINES
    if is_read or not any(finding.is_exposed for finding in card.findings):
        return card, ()
    again = reread_labelled(frame.layers[0], geometry.scaled(card.quad, frame.scale))
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

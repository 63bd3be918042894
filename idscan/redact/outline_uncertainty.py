"""Locate cards whose edges were not detected, by their print, and the exact places of print on all cards."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from idscan.cards.code_facts import same_value
from idscan.cards.documents import box_holds_label, faces_labelled, field_box, fields_of, symbol_box
from idscan.cards.extract.segments import segments_of
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
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from idscan.core.geometry import CardBox, Homography, Quad
    from idscan.core.types import Card, Fact, Frame, ImageResult, SeenText
    from idscan.pipeline.reread import CardRereading
    from idscan.vision.card_pose import Anchor

    RereadFunction: TypeAlias = Callable[[NDArray[np.uint8], Quad], CardRereading]
    SnapFunction: TypeAlias = Callable[[NDArray[np.uint8], Quad], Quad | None]

_NEAR = 0.25
"""Share of an estimated card's height by which its labels may lie outside the estimate."""
_LAYOUT_ERROR, _READING_ERROR = 0.03, 0.01
"""Share of a card's height by which labels and values deviate from the layout, as printings differ, and what detection
adds to it."""
_MIN_ANCHORS, _MIN_SPREAD, _MIN_DROP = 3, 1.0, 0.4
"""Anchors that confirm an estimate: their number, and in heights of the card the distance of the outermost and of the
highest to the lowest; less confirms wrong estimates by print in one corner."""
_MAX_ERROR, _WRONG_ERROR, _SAME_OUTLINE_IOU = 0.05, 0.1, 0.85
"""Median error of the print by the card's height from which an outline is checked, and from which it is an estimate
even if print does not locate the card; and overlap with the card as located by print below which it is another
outline: of the image that shows the card, or of a sleeve."""
_MIN_MARGIN, _MAX_MARGIN = 0.04, 0.15
"""Share of an estimated card's height beyond its outline: more, the closer its anchors and the larger their errors."""
_UNPLACED_MARGIN, _FINGERPRINT_MARGIN = 0.45, 0.7
"""The same for a card that its anchors do not locate: the estimate is drawn around lines, and portraits reach that far
beside them, fingerprints further."""
_MIN_BOX_SHARE = 0.25
"""Share of the height of a field's box that must have been read to locate it."""
_MAX_SCALE = 3.0
"""Factor by which a card may be larger or smaller than its estimate."""


@dataclass(frozen=True, slots=True)
class PossibleOutline:
    """A possible outline of a card.

    Attributes:
        quad: in pixels of the image.
        margin: share of the card's height by which it may exceed the outline; 0 where its edges were detected.
    """

    quad: Quad
    margin: float = 0.0


def outline_from_print(card: Card, texts: Sequence[SeenText]) -> Card:
    """Return a card with the outline by its print, if its own is an estimate or that of something around it.

    Args:
        card: with its findings.
        texts: all texts that were read in the image.
    """
    error = _error(_anchors_on(card, texts))
    if card.is_outline_seen and error < _MAX_ERROR:
        return card
    outlines = possible_outlines(replace(card, is_outline_seen=False), texts)
    placed = replace(card, quad=outlines[0].quad, is_outline_seen=False)
    is_placed = len(outlines) == 1 and outlines[0].margin == _MIN_MARGIN
    is_other = not card.is_outline_seen or geometry.iou(card.quad, placed.quad) < _SAME_OUTLINE_IOU
    if is_placed:
        return placed if is_other else card
    return card if error < _WRONG_ERROR else replace(card, is_outline_seen=False)


def _error(anchors: Sequence[Anchor]) -> float:
    """Return the median distance of print to its place in the layout, by the card's height."""
    return median(math.dist(*anchor) for anchor in anchors) if anchors else 0.0


def possible_outlines(card: Card, texts: Iterable[SeenText]) -> tuple[PossibleOutline, ...]:
    """Return the outlines that a card may have: its own, and if that is an estimate the one by its print.

    Args:
        card: with its findings.
        texts: all texts that were read in the image.
    """
    if card.is_outline_seen:
        return (PossibleOutline(card.quad),)
    texts = list(texts)
    is_card = geometry.straightness(card.quad) > STRAIGHT
    estimates = [*([card.quad] if is_card else ()), _along_print(card)]
    placed = [outline for estimate in estimates for outline in _placed(replace(card, quad=estimate), texts)]
    for quad in (estimates[0], *(outline.quad for outline in placed)):
        if _is_confirmed(_anchors_on(replace(card, quad=quad), texts)):
            return (PossibleOutline(quad, _MIN_MARGIN),)
    if not placed:
        has_fingerprints = Field.FINGERPRINT in fields_of(card.kind, card.side)
        return (PossibleOutline(estimates[0], _FINGERPRINT_MARGIN if has_fingerprints else _UNPLACED_MARGIN),)
    best = min(placed, key=lambda outline: _error(_anchors_on(replace(card, quad=outline.quad), texts)))
    return (PossibleOutline(card.quad, best.margin), best) if is_card else (best,)


def _placed(card: Card, texts: Sequence[SeenText]) -> Iterator[PossibleOutline]:
    """Yield the outline by labels and values, if they locate it; the print must run along the card's outline."""
    anchors = _anchors_on(card, texts)
    fitted = card_from_anchors(anchors)
    if fitted is not None and 1 / _MAX_SCALE < geometry.height(fitted) < _MAX_SCALE:
        yield PossibleOutline(geometry.transform(_to_image(card), fitted), _margin(anchors, fitted))


def _is_confirmed(anchors: Sequence[Anchor]) -> bool:
    """Return whether print all over an estimated card agrees with its layout."""
    right = [anchor for anchor in anchors if math.dist(*anchor) < _LAYOUT_ERROR + _READING_ERROR]
    if len(right) < _MIN_ANCHORS or 2 * len(right) <= len(anchors) or _largest_distance(right) < _MIN_SPREAD:
        return False
    return float(np.ptp([y for (_, y), _ in right])) > _MIN_DROP


def _anchors_on(card: Card, texts: Iterable[SeenText]) -> list[Anchor]:
    return list(_anchors(card, _lines_near(card, texts)))


def _largest_distance(anchors: Sequence[Anchor]) -> float:
    """Return the largest distance of two anchors, by the card's height."""
    return max(math.dist(one, other) for (one, _), (other, _) in combinations(anchors, 2))


def _along_print(card: Card) -> Quad:
    """Return a card's rectangle centred in an outline that is not card-shaped, rotated as its print."""
    places = [place.quad for finding in card.findings for place in finding.places]
    longest = max(places or [card.quad], key=geometry.width)
    angle = math.radians(geometry.angle(longest))
    height = math.sqrt(geometry.area(card.quad) / CARD_ASPECT)
    x, y = geometry.centre(card.quad)
    across, down = CARD_ASPECT * height / 2, height / 2 * (-1 if geometry.is_mirrored(card.quad) else 1)
    cosine, sine = math.cos(angle), math.sin(angle)
    corners = ((-across, -down), (across, -down), (across, down), (-across, down))
    return geometry.quad_from_points((x + cosine * a - sine * b, y + sine * a + cosine * b) for a, b in corners)


def _margin(anchors: list[Anchor], card: Quad) -> float:
    """Return the margin of a card that was located by anchors, as a share of its height."""
    (left, top), height = card[0], geometry.height(card)
    spread = _largest_distance(anchors)
    errors = sorted(math.dist((x, y), ((a - left) / height, (b - top) / height)) for (x, y), (a, b) in anchors)
    # As in the fit, one of several anchors may be an outlier.
    error = errors[-2] if len(errors) > 3 else errors[-1]  # noqa: PLR2004
    return min(max(_LAYOUT_ERROR / spread, error, _MIN_MARGIN), _MAX_MARGIN)


def _to_image(card: Card) -> Homography:
    """Map from the card of height 1 to pixels."""
    return homography(quad_from_box(0, 0, CARD_ASPECT, 1), card.quad)


def _to_unit(card: Card, quad: Quad) -> Quad:
    return geometry.transform(inverse(_to_image(card)), quad)


def _lines_near(card: Card, texts: Iterable[SeenText]) -> list[PrintedLine]:
    """Return the print on or near a card as lines on the unit card."""
    around = expanded_quad(card.quad, _NEAR * geometry.height(card.quad))
    return [
        PrintedLine(seen.text, _to_unit(card, seen.quad), 1.0, "")
        for seen in texts
        if seen.by is Source.PRINT and geometry.contains(around, geometry.centre(seen.quad))
    ]


def _anchors(card: Card, lines: list[PrintedLine]) -> Iterator[Anchor]:
    """Yield the anchors of a card: zone, code, labels and values with a place in the layout."""
    face = (card.kind, card.side)
    zone, code = _place_on_unit_card(card, Field.MRZ, Source.MRZ), _place_on_unit_card(card, Field.QR, Source.QR)
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
        # The place of a portrait or fingerprint is derived from the layout itself.
        value = _place_on_unit_card(card, field, Source.PRINT) if field not in PICTURES else None
        if box is not None and (value is not None or quads):
            seen = geometry.bounds(geometry.enclosing([*quads, *([value] if value else [])]))
            # Only the start of a line is determined by the layout. In a much higher box its row is unknown.
            if seen[3] - seen[1] > _MIN_BOX_SHARE * (box[3] - box[1]):
                yield _ends(box, seen)[0]


def _labels(card: Card, lines: list[PrintedLine]) -> list[tuple[Field | None, Quad]]:
    pieces, _ = segments_of(lines)
    face = (card.kind, card.side)
    return [(piece.field, piece.quad) for piece in pieces if piece.match and face in faces_labelled(piece.match.label)]


def _place_on_unit_card(card: Card, field: Field, source: Source) -> Quad | None:
    """Return where a field was read, on the unit card."""
    for finding in card.findings:
        if finding.field is field and source in finding.seen_by:
            for place in finding.places:
                if place.by is source:
                    return _to_unit(card, place.quad)
    return None


def _ends(box: CardBox, seen: CardBox) -> tuple[Anchor, Anchor]:
    """Return the middles of the left and right side of a box, in fractions of the card, each with its observation."""
    middle, seen_middle = (box[1] + box[3]) / 2, (seen[1] + seen[3]) / 2
    return (
        ((box[0] * CARD_ASPECT, middle), (seen[0], seen_middle)),
        ((box[2] * CARD_ASPECT, middle), (seen[2], seen_middle)),
    )


_WITHOUT_PRINT = PICTURES | {Field.QR, Field.BARCODE, Field.MRZ}

_MAX_ASPECT_ERROR, _MIN_INSIDE = 0.03, 0.8
"""Relative error of the aspect ratio of a snapped outline (right ones deviate by 0.015, others, with one side along
print or a shadow, by 0.08 and more), and share of each place that it must contain."""
_MIN_LINES = 8
"""Lines on every side of a card: where fewer were read, margins of regions would cut unread titles."""


def locate_print(
    image: ImageResult,
    frame: Frame,
    wanted: frozenset[Field],
    *,
    reread: RereadFunction = reread_labelled,
    snap: SnapFunction = snap_to_edges,
) -> ImageResult:
    """Return the findings of an image with exact places for the print on cards.

    Wanted fields that only a code or zone contains are read in print, as by its layout a field is hidden with a margin
    that may cover titles. Print that differs from the code remains to be hidden by the layout. Boxes of lines are
    tightened to their ink, as detectors add half a line. Cards without detected edges are located by their print, and
    by edges near that outline.

    Args:
        image: the findings.
        frame: its pixels.
        wanted: fields to hide.
        reread: reads the lines and fields of a card.
        snap: returns the edges near an outline.
    """
    placed = [_with_places(card, image.texts, frame, wanted, reread) for card in image.cards]
    cards = [_with_tight_places(card, frame) for card, _ in placed]
    read = (*image.texts, *(text for _, texts in placed for text in texts))
    texts = tuple(
        replace(text, quad=_tight(frame, text.quad))
        if text.by is Source.PRINT and any(geometry.contains(card.quad, geometry.centre(text.quad)) for card in cards)
        else text
        for text in read
    )
    cards = [_snapped(outline_from_print(card, texts), texts, frame, snap) for card in cards]
    return replace(image, cards=tuple(cards), texts=texts)


def _snapped(card: Card, texts: Sequence[SeenText], frame: Frame, snap: SnapFunction) -> Card:
    """Return an estimated card with the outline along edges, if it is card-shaped and contains all that was read."""
    if card.is_outline_seen:
        return card
    estimate = possible_outlines(card, texts)[-1].quad
    snapped = snap(frame.layers[0], geometry.scaled(estimate, frame.scale))
    if snapped is None:
        return card
    outline = geometry.scaled(snapped, 1 / frame.scale)
    aspect = geometry.width(outline) / max(geometry.height(outline), 1.0)
    places = [place.quad for finding in card.findings if finding.field not in PICTURES for place in finding.places]
    holds_all = all(geometry.overlap(place, outline) > _MIN_INSIDE for place in places)
    is_card = abs(aspect / CARD_ASPECT - 1) < _MAX_ASPECT_ERROR
    return replace(card, quad=outline, is_outline_seen=True) if is_card and holds_all else card


def _with_tight_places(card: Card, frame: Frame) -> Card:
    def tight(place: Place) -> Place:
        return replace(place, quad=_tight(frame, place.quad)) if place.by is Source.PRINT else place

    findings = (
        finding
        if finding.field in _WITHOUT_PRINT or finding.value is None
        else replace(finding, places=tuple(map(tight, finding.places)))
        for finding in card.findings
    )
    return replace(card, findings=tuple(findings))


def _tight(frame: Frame, quad: Quad) -> Quad:
    (tight,) = tight_line_boxes(frame.layers[0], [geometry.scaled(quad, frame.scale)], margin=0)
    return geometry.scaled(tight, 1 / frame.scale)


def _with_places(
    card: Card, texts: Iterable[SeenText], frame: Frame, wanted: frozenset[Field], reread: RereadFunction
) -> tuple[Card, tuple[SeenText, ...]]:
    """Return a card with the places of its print, and the lines that were read to locate them."""
    printed = {finding.field for finding in card.findings if Source.PRINT in finding.seen_by}
    missing = wanted.intersection(fields_of(card.kind, card.side)) - _WITHOUT_PRINT - printed
    lines = {text.quad for text in texts if geometry.contains(card.quad, geometry.centre(text.quad))}
    is_read = not missing and len(lines) >= _MIN_LINES
    if is_read or not any(finding.is_exposed for finding in card.findings):
        return card, ()
    again = reread(frame.layers[0], geometry.scaled(card.quad, frame.scale))
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
    """Return a finding with the place of its print, if the print has the same value."""
    if known.value is None or fact.value is None or not same_value(fact.field, known.value, fact.value):
        return known
    return replace(known, seen_by=(*known.seen_by, place.by), places=(*known.places, place))

"""Cards whose edges were not seen: where such a card may lie, and how far from there it may end."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from idscan.cards.layouts import box_holds_label, field_box, fields_of, symbol_box
from idscan.cards.pieces import pieces_of
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.readings import PrintedLine
from idscan.core.vocabulary import Field, Source
from idscan.redact.card_plan import PICTURES, STRAIGHT
from idscan.redact.mask import grown
from idscan.vision.anchors import ZONE_ON_CARD, card_from_anchors
from idscan.vision.contours import CARD_ASPECT
from idscan.vision.warp import homography, inverse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.cards.layouts import Box
    from idscan.core.geometry import Homography, Quad
    from idscan.core.results import Card, SeenText
    from idscan.vision.anchors import Anchor

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
class Outline:
    """Where a card may lie.

    Attributes:
        quad: in pixels of the picture.
        room: of the card's height: how far beyond the outline it may reach; 0 where its edges were seen.
    """

    quad: Quad
    room: float = 0.0


def placed_by_print(card: Card, texts: Sequence[SeenText]) -> Card:
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


def possible_outlines(card: Card, texts: Iterable[SeenText]) -> tuple[Outline, ...]:
    """Return where a card may lie: its outline, and where its labels and values put it if that is only a guess.

    Args:
        card: with its findings.
        texts: everything that was read in the picture.
    """
    if card.is_outline_seen:
        return (Outline(card.quad),)
    texts = list(texts)
    is_card = geometry.straightness(card.quad) > STRAIGHT
    guesses = [*([card.quad] if is_card else ()), _along_print(card)]
    placed = [outline for guess in guesses for outline in _placed(replace(card, quad=guess), texts)]
    for quad in (guesses[0], *(outline.quad for outline in placed)):
        if _is_confirmed(_anchors_on(replace(card, quad=quad), texts)):
            return (Outline(quad, _LEAST_ROOM),)
    if not placed:
        has_fingerprints = Field.FINGERPRINT in fields_of(card.kind, card.side)
        return (Outline(guesses[0], _ROOM_FOR_FINGERPRINTS if has_fingerprints else _UNPLACED_ROOM),)
    best = min(placed, key=lambda outline: _error(_anchors_on(replace(card, quad=outline.quad), texts)))
    return (Outline(card.quad, best.room), best) if is_card else (best,)


def _placed(card: Card, texts: Sequence[SeenText]) -> Iterator[Outline]:
    """Yield where labels and values put a card whose print runs as its outline does, if they tell."""
    anchors = _anchors_on(card, texts)
    fitted = card_from_anchors(anchors)
    if fitted is not None and 1 / _LARGEST < geometry.height(fitted) < _LARGEST:
        yield Outline(geometry.transform(_to_picture(card), fitted), _room(anchors, fitted))


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
    around = grown(card.quad, _NEAR * geometry.height(card.quad))
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
    pieces, _ = pieces_of(lines)
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

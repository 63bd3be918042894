"""Fields of a recognised card that are empty: covered, or never printed.

A card whose fields were painted over is still recognised by its heading and labels, and exposes nothing any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from idscan.cards.documents import exposing_fields_of, fields_of, generations, value_box
from idscan.cards.extract.segments import segments_of
from idscan.cards.labels.headings import find_headings, is_cut_heading, is_written_on_covers
from idscan.core import geometry
from idscan.core.enums import CardKind, Field
from idscan.core.geometry import quad_from_box
from idscan.pipeline.qr import EXPECTED_WORTH_FITTING
from idscan.vision import perspective, preprocess
from idscan.vision.ink_map import InkMap
from idscan.vision.qr_detection import find_code_outlines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.enums import Side
    from idscan.core.geometry import CardBox, Quad
    from idscan.core.types import Fact, PrintedLine
    from idscan.pipeline.text_lines import TextPage
    from idscan.vision.perspective import View

_FAINT = 0.35
"""Share of the contrast of the card's other print from which something counts as ink."""
_BARE_SHARE, _SOME_SHARE = 0.015, 0.03
"""Ink covers a tenth of a line of print, a third of a code; the pattern and noise of a bare place next to nothing, and
the edges of covers beside it a little."""
_ON = 0.3
"""Share of a line within a place. Lower: neighbouring lines count; higher: lines are missed where an outline is off."""
_ZONE_LINE = 0.5
"""Length of a zone's line by the width of its place. Lower: other print passes for a zone; higher: a zone that is
partly covered counts as blank."""
_ASPECTS = (1.15, 2.05)
"""Width to height of cards seen at an angle; they have 1.58. Strips between covers and edges have outlines, too."""
_SEEN = 0.5
"""Share of a field's place that must be in the image for anything to be seen there."""
_FULL_LINE = 0.75
"""Of the width of a zone's place that no cover hides: its lines run from side to side, the issuer's do not."""
_INSET = 0.12
"""Of a field's box on each side: boxes reach a little into their neighbours."""
_COVERED = 0.1
"""Share of a field's place from which a cover there is taken to hide its value: boxes are wider than most values."""
_COVERED_ZONE = 0.5
"""Share of a zone's place from which what shows beside a cover is read, or is none of its lines: they are long."""
_CODES = {Field.QR: 0.75, Field.BARCODE: 0.95}
"""Share of a code's place from which a cover leaves nothing to decode. A QR code mends 30 % at most; the rows of a
barcode repeat its lines."""
_LEAST_CODE = 40
"""Pixels of a side of the smallest code that can be decoded."""
_ON_COVER, _ALL_ON_COVER = 0.6, 0.9
"""Shares of a line that lies on a cover, from which it is written on it, and from which no piece of it sticks out."""
_UNIT = quad_from_box(0, 0, 1, 1)

_LARGEST = (1000, 631)
"""Width and height in pixels of the card at most: strokes of its print are then three and more wide."""
_DIGITS = re.compile(r"(?<![\d/.-])\d(?: ?\d){5,11}(?![\d/.-])")
"""Digits of which the rest of a number can be guessed: they hold its province and the year of birth; no date."""
_OF_ZONE = re.compile(r"(?=.*[A-Z\d].*[A-Z\d])(?=.*<|(?=.*[A-Z])(?:.*\d){4})[A-Z\d<]{4,}")
"""Visible part of a line of a machine-readable zone beside a cover."""
_LIKE_ZONE = re.compile(r"<|(?:\d.*){3}")
"""Characters in lines of a zone even if misread; lines of the issuer that a cover cuts contain none of them."""
_SURE, _SOME_LETTERS = 0.85, 5
"""Confidence and letters of a line that is no part of a barcode."""
_MOSTLY, _LONG_LINE = 0.7, 0.3
"""Share of such a line that lies in the place of a barcode, and its length by that of the place."""
_ROOM = 0.35
"""Of a line's height: what labels and other values are given around their boxes."""


@dataclass(frozen=True, slots=True)
class FittedOutline:
    """Position of a card.

    Attributes:
        quad: in pixels of the image.
        is_exact: whether it was seen, or only guessed from what it shows.
    """

    quad: Quad
    is_exact: bool


def find_missing_fields(
    text_page: TextPage, outline: FittedOutline, face: tuple[CardKind, Side], facts: Sequence[Fact]
) -> frozenset[Field]:
    """Return the exposing fields without a value whose places in the layout are empty.

    Where the visible part of a card does not determine its kind, those of the first kind that it may be are returned.

    Args:
        text_page: the upright view of the card with its lines.
        outline: where the card lies.
        face: kind and side.
        facts: what was read, in pixels of the view.
    """
    known = {fact.field for fact in facts}
    missing: list[dict[Field, CardBox]] = []
    kinds = [face[0]] if face[0] is not CardKind.UNKNOWN else [document.kind for document in generations()]
    for kind in kinds:
        boxes = {field: value_box(kind, face[1], field) for field in fields_of(kind, face[1])}
        wanted = exposing_fields_of(kind, face[1]) - known
        missing.append({field: box for field, box in boxes.items() if box and field in wanted})
    if not any(missing):
        return frozenset()
    card = _Straightened.of(text_page, outline, facts)
    if card.least <= 0:
        return frozenset()
    for places in missing:
        blank = frozenset(field for field, box in places.items() if card.is_blank(field, box))
        if face[0] is not CardKind.UNKNOWN or len(blank) == len(places) > 0:
            return blank
    return frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class _Straightened:
    """A card rectified at the image's own resolution, with its content; places are in its pixels.

    Attributes:
        view: its pixels.
        ink: where something stands out on it.
        least: levels from which something counts as ink.
        line: height of a line of its print.
        spared: labels, headings, values and words on covers: print that is accounted for.
        unread: lines of other print that lie on no cover.
        like_zone: those of them that may be lines of a machine-readable zone.
        plain: lines that are print without doubt.
        written: lines of words that people write on covers.
        is_exact: whether its outline was seen, and is a card's.
        seen: what of it is in the image.
        has_digits: whether half of a number or more stands in what was not understood.
        has_piece_of_zone: whether a piece of a machine-readable zone stands there.
    """

    view: View
    ink: InkMap
    least: float
    line: float
    spared: list[Quad]
    unread: list[Quad]
    like_zone: list[Quad]
    plain: list[Quad]
    written: list[Quad]
    is_exact: bool
    seen: Quad
    has_digits: bool
    has_piece_of_zone: bool

    @classmethod
    def of(cls, text_page: TextPage, outline: FittedOutline, facts: Sequence[Fact]) -> _Straightened:
        """Straighten the card of a text_page."""
        own = text_page.view.view_quad(outline.quad)
        view = _straightened(text_page.view, own)
        ink = InkMap.of(view.pixels)
        # Print beneath the card may be larger and darker than that of the card.
        lines = [
            (line, view.view_quad(line.quad))
            for line in text_page.lines
            if geometry.contains(own, geometry.centre(line.quad))
        ]
        printed = [(line, quad) for line, quad in lines if ink.cover_share(quad) < _ON_COVER]
        written = [quad for line, quad in lines if is_written_on_covers(line.text.reveal())]
        spared = [view.view_quad(_with_room(other)) for other in _understood(text_page, facts)]
        spared += [_with_room(quad) for quad in written]
        left = [(line, quad) for line, quad in printed if not _is_accounted_for(quad, spared)]
        return cls(
            view=view,
            ink=ink,
            least=_FAINT * ink.contrast([quad for _, quad in printed]),
            line=float(np.median([geometry.height(quad) for _, quad in printed] or [0.0])),
            spared=spared,
            unread=[quad for _, quad in left],
            like_zone=[quad for line, quad in left if _LIKE_ZONE.search(line.text.reveal())],
            plain=[quad for line, quad in lines if _is_plain(line)],
            written=written,
            is_exact=outline.is_exact and _ASPECTS[0] < view.width / max(view.height, 1) < _ASPECTS[1],
            seen=view.view_quad(quad_from_box(0, 0, text_page.view.width, text_page.view.height)),
            has_digits=any(_DIGITS.search(line.text.reveal()) for line, _ in left),
            has_piece_of_zone=any(
                _OF_ZONE.fullmatch(line.text.reveal()) and ink.cover_share(quad) < _ALL_ON_COVER for line, quad in lines
            ),
        )

    def is_blank(self, field: Field, box: CardBox) -> bool:
        """Return whether the place of a field that was not read is empty."""
        if field is Field.NUMBER and self.has_digits:
            # Half a number is left, perhaps outside its place, even if the outline fits.
            return False
        to_card = perspective.homography(_UNIT, quad_from_box(0, 0, self.view.width, self.view.height))
        place = geometry.transform(to_card, quad_from_box(*_inset(box)))
        if geometry.overlap(place, self.seen) < _SEEN:
            return True
        share = self.ink.ink_share(place, self.spared, self.least)
        if share < _BARE_SHARE or self._belongs_elsewhere(field, place) or self._is_hidden(field, place):
            return True
        if share < _SOME_SHARE and field not in _CODES and not self._shows_print(place):
            return True
        if self.is_exact or field is Field.BARCODE:
            return False
        # Boxes on a guessed outline lie on whatever is there; only print shows that it is a field. A QR code is seen
        # wherever it stands, by its finder patterns; a barcode has nothing of the kind.
        is_print = field is not Field.QR
        return not (is_print and any(geometry.overlap(quad, place) > _ON for quad in self.unread))

    def _belongs_elsewhere(self, field: Field, place: Quad) -> bool:
        """Return whether a place shows print of another field, as the visible part of another kind may."""
        if field is Field.MRZ:
            # A guessed outline has the zone where the issuer's lines are, and so has a strip between two covers.
            is_left = self.is_exact and self.ink.cover_share(place) < _COVERED_ZONE and self._shows_print(place)
            is_left = is_left and self.ink.inked_width(place, self.spared, self.least, self.line) > _FULL_LINE
            is_in_part = self._is_covered(place) and (self.has_piece_of_zone or is_left)
            return not is_in_part and not any(_runs_across(quad, place) for quad in self.like_zone)
        return field is Field.BARCODE and any(_stands_in(quad, place) for quad in self.plain)

    def _is_hidden(self, field: Field, place: Quad) -> bool:
        """Return whether a place is covered, and nothing that can be read is left beside the cover."""
        if not self._is_covered(place):
            return False
        if field in _CODES:
            # Codes correct errors, so that little of them may be left; and fine modules look like noise, which has no
            # finder patterns.
            is_mostly = self.ink.covered_ink_share(place, self.least, self.line) > _CODES[field]
            return is_mostly and not _shows_code(self.view.pixels, place)
        return not self._shows_print(place)

    def _is_covered(self, place: Quad) -> bool:
        is_written = any(geometry.overlap(quad, place) > _ON for quad in self.written)
        return is_written or self.ink.cover_share(place) > _COVERED

    def _shows_print(self, place: Quad) -> bool:
        return self.ink.has_print(place, self.spared, self.least, self.line)


def _shows_code(pixels: NDArray[np.uint8], place: Quad) -> bool:
    """Return whether finder patterns of a QR code show in a place."""
    left, top, right, bottom = (max(0, round(edge)) for edge in geometry.bounds(place))
    part = np.ascontiguousarray(preprocess.grey(pixels)[top:bottom, left:right])
    if min(part.shape) < _LEAST_CODE:
        return False
    return any(outline.score > EXPECTED_WORTH_FITTING for outline in find_code_outlines(part))


def _is_plain(line: PrintedLine) -> bool:
    """Return whether a line is print without doubt: bars are read as letters, but none of them surely."""
    letters = sum(letter.isalpha() for letter in line.text.reveal())
    return line.confidence > _SURE and letters >= _SOME_LETTERS


def _straightened(view: View, quad: Quad) -> View:
    """Rectify a card of a view at the image's own resolution: enlarging would change the noise."""
    source = view.source_quad(quad)
    width = min(_LARGEST[0], *(max(2, round(geometry.width(place))) for place in (quad, source)))
    height = min(_LARGEST[1], *(max(2, round(geometry.height(place))) for place in (quad, source)))
    return perspective.rectify(view.pixels, quad, (width, height))


def _runs_across(line: Quad, place: Quad) -> bool:
    """Return whether a line of print is inside a place and as long as a line of a machine-readable zone."""
    return geometry.overlap(line, place) > _ON and geometry.width(line) > _ZONE_LINE * geometry.width(place)


def _stands_in(line: Quad, place: Quad) -> bool:
    """Return whether a line of print is inside a place and takes a good part of its width."""
    return geometry.overlap(line, place) > _MOSTLY and geometry.width(line) > _LONG_LINE * geometry.width(place)


def _inset(box: CardBox) -> CardBox:
    left, top, right, bottom = box
    dx, dy = _INSET * (right - left), _INSET * (bottom - top)
    return (left + dx, top + dy, right - dx, bottom - dy)


def _is_accounted_for(quad: Quad, spared: Sequence[Quad]) -> bool:
    return any(geometry.overlap(quad, other) > _ON for other in spared)


def _understood(text_page: TextPage, facts: Sequence[Fact]) -> list[Quad]:
    """Return the places of labels, headings and values: print that is accounted for."""
    pieces, _ = segments_of(text_page.lines)
    labels = [piece.quad for piece in pieces if piece.is_label]
    texts = ((line.quad, line.text.reveal()) for line in text_page.lines)
    headings = [quad for quad, text in texts if find_headings(text) or is_cut_heading(text)]
    return [*labels, *headings, *(fact.quad for fact in facts if fact.quad is not None)]


def _with_room(quad: Quad) -> Quad:
    return geometry.box_around(quad, _ROOM * geometry.height(quad))

"""Which fields of a recognised card are blank: covered, or never printed.

A card whose fields were painted over is still recognised by its heading and labels, and exposes nothing any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from idscan.cards.cover_words import is_written_on_covers
from idscan.cards.layouts import field_box, fields_of
from idscan.cards.pieces import pieces_of
from idscan.cards.titles import find_titles
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.vocabulary import EXPOSED_FIELDS, CardKind, Field
from idscan.pipeline.grids import EXPECTED_WORTH_FITTING
from idscan.vision import enhance, warp
from idscan.vision.finders import find_outlines
from idscan.vision.ink import InkMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.cards.layouts import Box
    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact, PrintedLine
    from idscan.core.vocabulary import Side
    from idscan.pipeline.sheet import Sheet
    from idscan.vision.warp import View

_FAINT = 0.35
"""Share of the contrast of the card's other print from which something counts as ink."""

_BARE_SHARE = 0.015
"""Ink covers a tenth of a line of print, a third of a code; the pattern and noise of a bare place next to nothing."""

_ON = 0.3
_ZONE_LINE = 0.5
_IDENTITY_CARDS = (CardKind.CCCD_CHIP, CardKind.CAN_CUOC, CardKind.CMND_9, CardKind.CMND_12, CardKind.CCCD_BARCODE)
_INSET = 0.12
"""Of a field's box on each side: boxes reach a little into their neighbours."""

_COVERED = 0.1
"""Share of a field's place from which a cover there is taken to hide its value: boxes are wider than most values."""

_CODES = {Field.QR: 0.75, Field.BARCODE: 0.95}
"""Share of a code's place from which a cover leaves nothing to decode. A QR code mends 30 % at most; the rows of a
barcode say its lines again and again."""

_LEAST_CODE = 40
"""Pixels of a side of the smallest code that can be decoded."""

_ON_COVER = 0.6
"""Share of a line that lies on a cover, from which it is written on it."""

_LARGEST = (1000, 631)
"""Pixels of the card that are looked at: strokes of its print are then three and more wide."""

_DIGITS = re.compile(r"(?<![\d/.-])\d(?: ?\d){5,11}(?![\d/.-])")
"""Digits of which the rest of a number can be guessed: they hold its province and the year of birth; no date."""

_SURE, _SOME_LETTERS = 0.85, 5
"""Confidence and letters of a line that is no part of a barcode."""

_MOSTLY, _LONG_LINE = 0.7, 0.3
"""Share of such a line that lies in the place of a barcode, and its length by that of the place."""

_ROOM = 0.35
"""Of a line's height: what labels and other values are given around their boxes."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Where a card lies.

    Attributes:
        quad: in pixels of the picture.
        is_exact: whether it was seen, or only guessed from what it shows.
    """

    quad: Quad
    is_exact: bool


def blank_fields(
    sheet: Sheet, outline: Outline, face: tuple[CardKind, Side], facts: Sequence[Fact]
) -> frozenset[Field]:
    """Return the exposing fields of which no value was found and nothing stands where the layout has them.

    Where what is left of a card does not tell its kind, those of the first kind that it may be are returned.

    Args:
        sheet: the upright view of the card with its lines.
        outline: where the card lies.
        face: kind and side.
        facts: what was read, in pixels of the view.
    """
    known = {fact.field for fact in facts}
    own = sheet.view.view_quad(outline.quad)
    card = _straightened(sheet.view, own)
    ink = InkMap.of(card.pixels)
    lines = [
        # What a card lies on may be printed larger and blacker than the card is.
        card.view_quad(line.quad)
        for line in sheet.lines
        if geometry.contains(own, geometry.centre(line.quad))
    ]
    printed = [quad for quad in lines if ink.covered(quad) < _ON_COVER]
    least = _FAINT * ink.contrast(printed)
    if least <= 0:
        return frozenset()
    height = float(np.median([geometry.height(quad) for quad in printed]))
    written = [card.view_quad(line.quad) for line in sheet.lines if is_written_on_covers(line.text.reveal())]
    spared = [card.view_quad(_with_room(other)) for other in _understood(sheet, facts)]
    spared += [_with_room(quad) for quad in written]
    to_card = warp.homography(quad_from_box(0, 0, 1, 1), quad_from_box(0, 0, card.width, card.height))
    legible = [card.view_quad(line.quad) for line in sheet.lines if _is_plain(line)]
    has_digits = any(
        _DIGITS.search(line.text.reveal()) and not _is_accounted_for(quad, spared)
        for line in sheet.lines
        if ink.covered(quad := card.view_quad(line.quad)) < _ON_COVER
        and geometry.contains(own, geometry.centre(line.quad))
    )
    unread = [quad for quad in printed if not _is_accounted_for(quad, spared)]

    def is_blank(box: Box, field: Field) -> bool:
        place = geometry.transform(to_card, quad_from_box(*_inset(box)))
        if field is Field.NUMBER and has_digits:
            # However well the outline fits: half a number is left, and not where it belongs.
            return False
        is_covered = ink.covered(place) > _COVERED or any(geometry.overlap(quad, place) > _ON for quad in written)
        shows_print = is_covered and ink.shows_print(place, spared, least, height)
        if field is Field.MRZ and not shows_print and not any(_runs_across(quad, place) for quad in unread):
            # What is left of a card may pass for a whole one, whose zone would lie on other print.
            return True
        if field is Field.BARCODE and any(_stands_in(quad, place) for quad in legible):
            # Another card's back: print stands where a barcode would.
            return True
        if ink.share(place, spared, least) < _BARE_SHARE:
            return True
        if field in _CODES:
            # Codes mend themselves: what is left of one may still be decoded.
            is_hidden = is_covered and ink.hidden(place, least, height) > _CODES[field]
            # Fine modules look like noise; noise has no finder patterns.
            is_hidden = is_hidden and not _shows_code(card.pixels, place)
        else:
            is_hidden = is_covered and not shows_print
        if is_hidden:
            return True
        if outline.is_exact or field is Field.BARCODE:
            return False
        # Boxes on a guessed outline lie on whatever is there; only print tells that it is a field. A QR code is seen
        # wherever it stands, by its finder patterns; a barcode has nothing of the kind.
        is_print = field is not Field.QR
        return not (is_print and any(geometry.overlap(quad, place) > _ON for quad in unread))

    for kind in [face[0]] if face[0] is not CardKind.UNKNOWN else _IDENTITY_CARDS:
        boxes = {field: field_box(kind, face[1], field) for field in fields_of(kind, face[1])}
        places = {field: box for field, box in boxes.items() if box and field in EXPOSED_FIELDS and field not in known}
        blank = frozenset(field for field, box in places.items() if is_blank(box, field))
        if face[0] is not CardKind.UNKNOWN or len(blank) == len(places) > 0:
            return blank
    return frozenset()


def _shows_code(pixels: NDArray[np.uint8], place: Quad) -> bool:
    """Return whether finder patterns of a QR code show in a place."""
    left, top, right, bottom = (max(0, round(edge)) for edge in geometry.bounds(place))
    part = np.ascontiguousarray(enhance.grey(pixels)[top:bottom, left:right])
    if min(part.shape) < _LEAST_CODE:
        return False
    return any(outline.score > EXPECTED_WORTH_FITTING for outline in find_outlines(part))


def _is_plain(line: PrintedLine) -> bool:
    """Return whether a line is print without doubt: bars are read as letters, but none of them surely."""
    letters = sum(letter.isalpha() for letter in line.text.reveal())
    return line.confidence > _SURE and letters >= _SOME_LETTERS


def _straightened(view: View, quad: Quad) -> View:
    """Return a card of a view straightened at the image's own resolution: what is enlarged is noise no more."""
    source = view.source_quad(quad)
    width = min(_LARGEST[0], *(max(2, round(geometry.width(place))) for place in (quad, source)))
    height = min(_LARGEST[1], *(max(2, round(geometry.height(place))) for place in (quad, source)))
    return warp.rectify(view.pixels, quad, (width, height))


def _runs_across(line: Quad, place: Quad) -> bool:
    """Return whether a line of print lies in a place and is as long as a line of a machine-readable zone."""
    return geometry.overlap(line, place) > _ON and geometry.width(line) > _ZONE_LINE * geometry.width(place)


def _stands_in(line: Quad, place: Quad) -> bool:
    """Return whether a line of print lies in a place and takes a good part of its width."""
    return geometry.overlap(line, place) > _MOSTLY and geometry.width(line) > _LONG_LINE * geometry.width(place)


def _inset(box: Box) -> Box:
    left, top, right, bottom = box
    dx, dy = _INSET * (right - left), _INSET * (bottom - top)
    return (left + dx, top + dy, right - dx, bottom - dy)


def _is_accounted_for(quad: Quad, spared: Sequence[Quad]) -> bool:
    return any(geometry.overlap(quad, other) > _ON for other in spared)


def _understood(sheet: Sheet, facts: Sequence[Fact]) -> list[Quad]:
    """Return the places of labels, headings and values: print that is accounted for."""
    pieces, _ = pieces_of(sheet.lines)
    labels = [piece.quad for piece in pieces if piece.is_label]
    headings = [line.quad for line in sheet.lines if find_titles(line.text.reveal())]
    return [*labels, *headings, *(fact.quad for fact in facts if fact.quad is not None)]


def _with_room(quad: Quad) -> Quad:
    return geometry.box_around(quad, _ROOM * geometry.height(quad))

"""Plan one card: regions of its fields, exact where they were read, by layout elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.documents import field_box, fields_of, sign_box
from idscan.cards.fields.addresses import ends_in_province, is_address
from idscan.core import geometry
from idscan.core.enums import Field, Rule, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Region
from idscan.redact.mask import MIN_MARGIN, ZONE_LINES, expanded_quad, line_margin, symbol_margin
from idscan.vision.perspective import homography, inverse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.geometry import CardBox, Homography, Quad
    from idscan.core.types import Card, Finding, Place, SeenText

_UNIT = quad_from_box(0, 0, 1, 1)
_MAX_LAYOUT_ERROR = 0.06
"""Share of the card by which the middle of a value may lie outside its layout box: more trusts a wrong layout."""
_LAYOUT_MARGIN, _WIDE_LAYOUT_MARGIN = 0.04, 0.06
"""Share of the card around layout boxes, at first and after a leak: less leaves ends of values, more hides titles."""
_FIELD_WIDTH = 0.5
"""Share of the card's width that a value gets at least, if the layout does not have its field."""
_CARD: CardBox = (-0.004, -0.004, 1.004, 1.004)
"""Limits of boxes: nothing is printed beyond the card's edge, and its surroundings remain visible."""
_MAX_RIGHT = 0.985
"""Fraction of the card's width. Lower: ends of long fields stay visible; higher: masks reach beyond the card."""
_ZONE_SIDES = (0.01, 0.99)
"""Right limit of values without a layout, and sides of the zone, in shares of the card's width."""
_LEAK_MARGIN = 0.3
"""Share of the card's height around a whole card that leaked."""
_NEAR = 0.12
"""Share of the card's height by which its print may lie outside an estimated outline."""
HIGHEST_LINE = 0.12
"""Share of the card's height: titles reach 0.1; higher boxes span several lines."""
_DIGITS = re.compile(r"(?:\d[\W_OoIlSBZ]*){6}")
"""Digits with nothing between them but separators and letters that digits are misread as. Any line with them is hidden:
numbers and dates have more, addresses fewer."""
STRAIGHT = 0.75
"""Ratio of opposite sides: a card tilted by 25 degrees at a distance of two card lengths has 0.8."""
_ON_SHARE = 0.5
"""Share of a line's area from which it lies on a card or on another place."""

_OF_ONE_LINE = frozenset(
    {Field.NUMBER, Field.OLD_NUMBER, Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY, Field.SEX}
)
_PLACES = frozenset({Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})
PICTURES = frozenset({Field.PORTRAIT, Field.FINGERPRINT})
"""Fields that are not read; their place is that of the layout."""
_CODES = frozenset({Field.QR, Field.BARCODE})
_OWN_SOURCE = {Field.QR: Source.QR, Field.BARCODE: Source.BARCODE, Field.MRZ: Source.MRZ}
CODE_SOURCES = frozenset({Source.QR, Source.BARCODE})
RULES = {Source.QR: Rule.SYMBOL, Source.BARCODE: Rule.SYMBOL, Source.MRZ: Rule.ZONE, Source.PRINT: Rule.PRINT}


@dataclass(frozen=True, slots=True)
class CardPlan:
    """A card and the fields of it that are to be hidden.

    Attributes:
        card: with its findings.
        wanted: fields to hide.
        texts: all texts that were read in the image.
        is_wide: whether margins and boxes are larger than usual.
        margin: share of the card's height by which it may exceed its outline; 0 where its edges were detected.
    """

    card: Card
    wanted: frozenset[Field]
    texts: Sequence[SeenText] = ()
    is_wide: bool = False
    margin: float = 0.0

    @property
    def to_image(self) -> Homography:
        """Map from fractions of the card to pixels."""
        return homography(_UNIT, self.card.quad)

    def whole(self, *, is_generous: bool = False) -> Region:
        """Return the whole card, extended to all print on it or close by, as its outline may be an estimate."""
        back = inverse(self.to_image)
        highest = HIGHEST_LINE * geometry.height(self.card.quad)
        lines = (seen.quad for seen in self.own_texts() if geometry.height(seen.quad) < highest)
        quads = [expanded_quad(line, line_margin(line)) for line in lines]
        quads += [expanded_quad(place.quad, self._ink_margin(place)) for _, place in self._seen_places()]
        boxes = [geometry.bounds(geometry.transform(back, quad)) for quad in quads]
        around = self._quad(_union(_CARD, *boxes))
        margin = self.margin + (_LEAK_MARGIN if is_generous else 0)
        quad = expanded_quad(around, margin * geometry.height(self.card.quad))
        return Region(None, quad, Rule.CARD, within=quad)

    def fields(self) -> tuple[Region, ...] | None:
        """Return the place of each field to hide; None if the whole card has to be hidden.

        That is if the kind of card is unknown, if nothing exposed was read, or if a required field was not read and the
        layout does not fit what was read.
        """
        face = (self.card.kind, self.card.side)
        if not fields_of(*face) or not any(found.value and found.is_exposed for found in self.card.findings):
            return None
        seen = {field: self._seen(field) for field in Field}
        # Lines of print determine whether the layout fits; on a bent or estimated card a code may be off.
        fits = [self._fits(field, box) for field, boxes in seen.items() if field not in _CODES for box in boxes]
        # A zone spans the card, so counts twice.
        fits += [self._fits(Field.MRZ, box) for box in seen[Field.MRZ]]
        is_trusted = sum(fits) > len(fits) / 2 and self._is_seen_straight
        regions: list[Region] = []
        for field in (field for field in Field if field in self.wanted):
            layout = field_box(*face, field)
            boxes = seen[field]
            rule = RULES[_OWN_SOURCE.get(field, Source.PRINT)]
            wide = (self._quad(self._widened(field, box, layout)) for box in boxes)
            regions.extend(Region(field, quad, rule, within=self.card.quad) for quad in wide)
            if layout is None:
                continue
            if not is_trusted and not self._is_certain(field):
                return None
            is_placed = self._is_certain(field) and any(self._fits(field, box) for box in boxes)
            if (is_trusted and not is_placed) or self.is_wide:
                regions.append(self._by_layout(field, layout))
        return (*regions, *self.places())

    def places(self) -> tuple[Region, ...]:
        """Return every place where a wanted field was read, with the margin of its ink, also outside the outline."""
        return tuple(
            Region(finding.field, self._along_card(expanded_quad(place.quad, self._ink_margin(place))), RULES[place.by])
            for finding, place in self._seen_places()
            if finding.field in self.wanted
        )

    def seen(self) -> tuple[Region, ...]:
        """Return the places of the wanted fields that were found, without margins."""
        return tuple(
            Region(finding.field, place.quad, RULES[place.by], within=self._reach)
            for finding in self.card.findings
            if finding.field in self.wanted
            for place in finding.places
        )

    def unseen(self) -> tuple[Region, ...]:
        """Return the layout boxes of the wanted fields that were not found."""
        face = (self.card.kind, self.card.side)
        missing = self.wanted.difference(finding.field for finding in self.card.findings)
        boxes = ((field, field_box(*face, field)) for field in Field if field in missing)
        return tuple(self._by_layout(field, box) for field, box in boxes if box is not None)

    def pictures(self) -> tuple[Region, ...]:
        """Return the layout boxes of portrait and fingerprints, if they are wanted."""
        boxes = ((field, field_box(self.card.kind, self.card.side, field)) for field in sorted(PICTURES & self.wanted))
        return tuple(self._by_layout(field, box) for field, box in boxes if box is not None)

    def identifying_lines(self) -> tuple[Region, ...]:
        """Return lines of the card with a number, a date or, if places are wanted, an address.

        Labels and findings are not required; lines of fields that are not hidden are left out.
        """
        kept = [
            place.quad
            for finding in self.card.findings
            if finding.field not in self.wanted
            for place in finding.places
            if place.by is Source.PRINT
        ]
        return tuple(
            Region(None, self._along_card(expanded_quad(seen.quad, self._scale * line_margin(seen.quad))), Rule.PRINT)
            for seen in self.own_texts()
            if self._is_identifying(seen.text.reveal()) and not _is_on(seen.quad, kept)
        )

    def _is_identifying(self, text: str) -> bool:
        return has_digits(text) or (not _PLACES.isdisjoint(self.wanted) and is_address(text))

    def own_texts(self) -> tuple[SeenText, ...]:
        """Return the print on the card, or so near that it may belong to it."""
        around = expanded_quad(self.card.quad, _NEAR * geometry.height(self.card.quad))
        return tuple(
            seen for seen in self.texts if seen.by is Source.PRINT and geometry.overlap(seen.quad, around) > _ON_SHARE
        )

    @property
    def _is_seen_straight(self) -> bool:
        """Return whether the outline may be that of a whole card in perspective."""
        return geometry.straightness(self.card.quad) > STRAIGHT

    @property
    def _reach(self) -> Quad:
        """Return the outline that regions are clipped to."""
        quad = self.card.quad
        return expanded_quad(quad, self.margin * geometry.height(quad)) if self.margin else quad

    @property
    def _scale(self) -> float:
        return 2.0 if self.is_wide else 1.0

    def _margin(self, place: Place) -> float:
        return self._scale * place_margin(place)

    def _seen_places(self) -> Iterator[tuple[Finding, Place]]:
        """Yield the places that were read, not derived from the layout."""
        for finding in self.card.findings:
            if finding.field not in PICTURES and _was_seen(finding):
                yield from ((finding, place) for place in finding.places)

    def _ink_margin(self, place: Place) -> float:
        """Return the margin around the ink of a place, for codes without their quiet zone."""
        return MIN_MARGIN if place.by in CODE_SOURCES else self._margin(place)

    def _seen(self, field: Field) -> list[CardBox]:
        """Return the boxes with margins where a field's own print, code or zone was read."""
        if field in PICTURES:
            return []
        back = inverse(self.to_image)
        own = _OWN_SOURCE.get(field, Source.PRINT)
        return [
            geometry.bounds(geometry.transform(back, expanded_quad(place.quad, self._margin(place))))
            for finding in self.card.findings
            if finding.field is field and _was_seen(finding)
            for place in finding.places
            if place.by is own
        ]

    def _is_certain(self, field: Field) -> bool:
        """Return whether a field was read at its own source, in agreement with the code."""
        own = _OWN_SOURCE.get(field, Source.PRINT)
        return field not in PICTURES and any(
            finding.field is field and own in finding.seen_by for finding in self.card.findings
        )

    def _fits(self, field: Field, box: CardBox) -> bool:
        layout = field_box(self.card.kind, self.card.side, field)
        if layout is None:
            return False
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        (left, top, right, bottom), error = layout, _MAX_LAYOUT_ERROR
        return left - error <= x <= right + error and top - error <= y <= bottom + error

    def _widened(self, field: Field, box: CardBox, layout: CardBox | None) -> CardBox:
        """Return a value's box, extended to the width of its field within the card."""
        left, top, right, bottom = box
        if layout is not None and self._fits(field, box):
            wider = self._with_margin(layout)
            # A value of one line keeps its height; more would hide the title or the next line.
            if field in _OF_ONE_LINE or self._is_whole_address(field):
                wide = (wider[0], top, wider[2], bottom)
            else:
                # One line of an address may have been read where it has three.
                wide = (layout[0], *wider[1:]) if field in _PLACES else layout
            wide = _union(box, wide)
        elif field in _CODES:
            wide = box
        else:
            wide = (left, top, max(right, min(_MAX_RIGHT, left + _FIELD_WIDTH)), bottom)
        if field is Field.MRZ:
            wide = _union(wide, (_ZONE_SIDES[0], top, _ZONE_SIDES[1], bottom))
        return _within_card(wide) if field in _CODES else _union(box, _within_card(wide))

    def _by_layout(self, field: Field, box: CardBox) -> Region:
        """Return the region of a field by its layout box, with the margin of an estimated outline."""
        # Portraits and fingerprints have no length to hide, and print stands close to them.
        is_plain = field in PICTURES and not self.is_wide
        left, top, right, bottom = self._beside_print(box) if is_plain else self._with_margin(box)
        margin = self.margin
        quad = self._quad((left - margin, top - margin, right + margin, bottom + margin))
        return Region(field, quad, Rule.LAYOUT, within=self._reach)

    def _is_whole_address(self, field: Field) -> bool:
        """Return whether the last read line of an address ends in a province, as only the last line of one does."""
        if field not in _PLACES:
            return False
        places = [place for finding in self.card.findings if finding.field is field for place in finding.places]
        quads = [place.quad for place in places if place.by is Source.PRINT]
        back = inverse(self.to_image)
        lines = [seen for seen in self.own_texts() if _is_on(seen.quad, quads)]
        last = max(lines, key=lambda seen: geometry.centre(geometry.transform(back, seen.quad))[1], default=None)
        return last is not None and ends_in_province(last.text.reveal())

    def _with_margin(self, box: CardBox) -> CardBox:
        """Return a layout box with its margin, clipped at other print."""
        margin = _WIDE_LAYOUT_MARGIN if self.is_wide else _LAYOUT_MARGIN
        wide = _within_card((box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin))
        return self._clipped(wide, box)

    def _beside_print(self, box: CardBox) -> CardBox:
        """Return the box of a portrait or fingerprint, clipped at print, as layouts allow for several sizes."""
        margin = _LAYOUT_MARGIN
        return self._clipped(box, (box[0] + margin, box[1] + margin, box[2] - margin, box[3] - margin))

    def _clipped(self, box: CardBox, least: CardBox) -> CardBox:
        """Return a box without the parts that remain visible, but at least `least`."""
        for kept in self._kept():
            box = min(_clippings(kept, box, least), key=lambda cut: (_common_area(cut, kept), -_area(cut)))
        return box

    def _kept(self) -> Iterator[CardBox]:
        """Yield the boxes of emblem or chip, titles and lines of the issuer, which remain visible."""
        sign = sign_box(self.card.side)
        if sign is not None:
            yield sign
        boxes = [field_box(self.card.kind, self.card.side, field) for field in self.wanted]
        back = inverse(self.to_image)
        for seen in self.own_texts():
            line = geometry.bounds(geometry.transform(back, seen.quad))
            x, y = (line[0] + line[2]) / 2, (line[1] + line[3]) / 2
            is_field = any(box and box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in boxes)
            if not is_field and not has_digits(seen.text.reveal()):
                yield line

    def _along_card(self, quad: Quad) -> Quad:
        """Return the quad around a place with sides parallel to the card's."""
        return self._quad(geometry.bounds(geometry.transform(inverse(self.to_image), quad)))

    def _quad(self, box: CardBox) -> Quad:
        return geometry.transform(self.to_image, quad_from_box(*box))


def place_margin(place: Place) -> float:
    """Return the margin around a place, in pixels."""
    if place.by in CODE_SOURCES:
        return symbol_margin(place.quad)
    return line_margin(place.quad, ZONE_LINES if place.by is Source.MRZ else 1)


def has_digits(text: str) -> bool:
    """Return whether a line of print has as many digits as a date or a number.

    >>> has_digits("Ngày sinh 15/01/1999"), has_digits("Số 12 Ngõ 34"), has_digits("9P5F1/N8P409XM")
    (True, False, False)
    """
    return _DIGITS.search(text) is not None


def _was_seen(finding: Finding) -> bool:
    """Return whether a finding was read, not derived from the layout."""
    return finding.value is not None or bool(finding.seen_by)


def _is_on(quad: Quad, others: Sequence[Quad]) -> bool:
    return any(geometry.is_same_place(quad, other) for other in others)


def _union(*boxes: CardBox) -> CardBox:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def _clippings(other: CardBox, box: CardBox, least: CardBox) -> Iterator[CardBox]:
    """Yield a box unchanged, and with one side moved inward to another box, but not beyond `least`."""
    left, top, right, bottom = box
    yield box
    yield (min(max(left, other[2]), max(left, least[0])), top, right, bottom)
    yield (left, min(max(top, other[3]), max(top, least[1])), right, bottom)
    yield (left, top, max(min(right, other[0]), min(right, least[2])), bottom)
    yield (left, top, right, max(min(bottom, other[1]), min(bottom, least[3])))


def _common_area(one: CardBox, other: CardBox) -> float:
    return _area((*map(max, one[:2], other[:2]), *map(min, one[2:], other[2:])))  # type: ignore[arg-type]


def _area(box: CardBox) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _within_card(box: CardBox) -> CardBox:
    return (max(box[0], _CARD[0]), max(box[1], _CARD[1]), min(box[2], _CARD[2]), min(box[3], _CARD[3]))

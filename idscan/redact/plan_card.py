"""Plan one card: its fields as regions, exact where they were read, by layout elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from idscan.cards.fields.addresses import ends_in_province, is_address
from idscan.cards.layouts import field_box, fields_of, sign_box
from idscan.core import geometry
from idscan.core.enums import Field, Rule, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Region
from idscan.redact.mask import MIN_MARGIN, ZONE_LINES, expanded_quad, line_margin, symbol_margin
from idscan.vision.perspective import homography, inverse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.geometry import Homography, Quad
    from idscan.core.types import Card, Finding, Place, SeenText

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom as fractions of the card."""

_UNIT = quad_from_box(0, 0, 1, 1)
_FITS = 0.06
"""Of the card: how far the middle of a value may lie outside its layout box for the layout to be right."""

_LAYOUT_ROOM, _WIDE_LAYOUT_ROOM = 0.04, 0.06
"""Of the card: what layout boxes are given beyond their edges, at first and once something leaked."""

_FIELD_WIDTH = 0.5
"""Of the card: what a value is given where no layout tells how wide its field is."""

_CARD: Box = (-0.004, -0.004, 1.004, 1.004)
"""Boxes end here: nothing is printed beyond the card's edge, and what it lies on is not to be touched."""

_EDGE = 0.985
_ZONE_SIDES = (0.01, 0.99)
_GENEROUS_ROOM = 0.3
"""Of the card's height: what a whole card is given where it leaked."""

_NEAR = 0.12
"""Of the card's height: how far beyond a guessed outline its print may lie."""

HIGHEST_LINE = 0.12
"""Of the card's height: titles come to 0.1; what is higher was read across several lines."""

_DIGITS = re.compile(r"(?:\d[\W_OoIlSBZ]*){6}")
"""Digits without a letter between them but those that digits are misread as, for which a line on a card is hidden
whatever it means: numbers and dates have more, addresses fewer."""

STRAIGHT = 0.75
"""Of one side's length to that of the opposite one: a card tilted by 25 degrees two lengths away comes to 0.8."""

_ON = 0.5
_OF_ONE_LINE = frozenset(
    {Field.NUMBER, Field.OLD_NUMBER, Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY, Field.SEX}
)
_PLACES = frozenset({Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})
PICTURES = frozenset({Field.PORTRAIT, Field.FINGERPRINT})
"""Fields that nothing reads: the layout tells where they are."""

_CODES = frozenset({Field.QR, Field.BARCODE})
_OWN_SOURCE = {Field.QR: Source.QR, Field.BARCODE: Source.BARCODE, Field.MRZ: Source.MRZ}
_RULES = {Source.QR: Rule.SYMBOL, Source.BARCODE: Rule.SYMBOL, Source.MRZ: Rule.ZONE, Source.PRINT: Rule.PRINT}


@dataclass(frozen=True, slots=True)
class CardPlan:
    """A card and what of it is to be hidden.

    Attributes:
        card: with its findings.
        wanted: fields to hide.
        texts: what was read in the image.
        is_wide: whether margins and boxes are drawn generously.
        room: of the card's height: how far it may reach beyond an outline that is only a guess.
    """

    card: Card
    wanted: frozenset[Field]
    texts: Sequence[SeenText] = ()
    is_wide: bool = False
    room: float = 0.0

    @property
    def to_picture(self) -> Homography:
        """Map from fractions of the card to pixels."""
        return homography(_UNIT, self.card.quad)

    def whole(self, *, is_generous: bool = False) -> Region:
        """Return the whole card, drawn out to whatever was read on it or close by: its outline may be a guess."""
        back = inverse(self.to_picture)
        highest = HIGHEST_LINE * geometry.height(self.card.quad)
        lines = (seen.quad for seen in self.own_texts() if geometry.height(seen.quad) < highest)
        quads = [expanded_quad(line, line_margin(line)) for line in lines]
        quads += [expanded_quad(place.quad, self._ink_margin(place)) for _, place in self._seen_places()]
        boxes = [geometry.bounds(geometry.transform(back, quad)) for quad in quads]
        around = self._quad(_union(_CARD, *boxes))
        room = self.room + (_GENEROUS_ROOM if is_generous else 0)
        quad = expanded_quad(around, room * geometry.height(self.card.quad))
        return Region(None, quad, Rule.CARD, within=quad)

    def fields(self) -> tuple[Region, ...] | None:
        """Return the place of each field to hide; None where the whole card has to go.

        That is where the kind of card is not known, where nothing of it was read, or where a field that it must
        have was neither read nor can be placed, since what was read does not lie where the layout says.
        """
        face = (self.card.kind, self.card.side)
        if not fields_of(*face) or not any(found.value and found.is_exposed for found in self.card.findings):
            return None
        seen = {field: self._seen(field) for field in Field}
        # A code may be anywhere on a card that was bent or guessed; lines of print tell whether the layout is right.
        fits = [self._fits(field, box) for field, boxes in seen.items() if field not in _CODES for box in boxes]
        # A zone spans the card, and tells more than a line.
        fits += [self._fits(Field.MRZ, box) for box in seen[Field.MRZ]]
        is_trusted = sum(fits) > len(fits) / 2 and self._is_seen_straight
        regions: list[Region] = []
        for field in (field for field in Field if field in self.wanted):
            layout = field_box(*face, field)
            boxes = seen[field]
            rule = _RULES[_OWN_SOURCE.get(field, Source.PRINT)]
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
        """Return each place where a wanted field was seen, as it was seen: whatever else holds, that must go.

        Beyond the card there is nothing of it but what was seen there.
        """
        return tuple(
            Region(
                finding.field,
                self._along_card(expanded_quad(place.quad, self._ink_margin(place))),
                _RULES[place.by],
            )
            for finding, place in self._seen_places()
            if finding.field in self.wanted
        )

    def seen(self) -> tuple[Region, ...]:
        """Return the places of the wanted fields that were seen, and nothing besides."""
        return tuple(
            Region(finding.field, place.quad, _RULES[place.by], within=self._reach)
            for finding in self.card.findings
            if finding.field in self.wanted
            for place in finding.places
        )

    def unseen(self) -> tuple[Region, ...]:
        """Return where the layout has the wanted fields that were not found."""
        face = (self.card.kind, self.card.side)
        missing = self.wanted.difference(finding.field for finding in self.card.findings)
        boxes = ((field, field_box(*face, field)) for field in Field if field in missing)
        return tuple(self._by_layout(field, box) for field, box in boxes if box is not None)

    def pictures(self) -> tuple[Region, ...]:
        """Return where the layout has portrait and fingerprints, if they are wanted."""
        boxes = ((field, field_box(self.card.kind, self.card.side, field)) for field in sorted(PICTURES & self.wanted))
        return tuple(self._by_layout(field, box) for field, box in boxes if box is not None)

    def telling_lines(self) -> tuple[Region, ...]:
        """Return lines of the card that hold a number, a date or, if places are wanted, an address.

        Whatever they were taken for, and whether or not a label led to them; but not those that may stay.
        """
        spared = [
            place.quad
            for finding in self.card.findings
            if finding.field not in self.wanted
            for place in finding.places
            if place.by is Source.PRINT
        ]
        return tuple(
            Region(None, self._along_card(expanded_quad(seen.quad, self._scale * line_margin(seen.quad))), Rule.PRINT)
            for seen in self.own_texts()
            if self._tells(seen.text.reveal()) and not _is_on(seen.quad, spared)
        )

    def _tells(self, text: str) -> bool:
        return has_digits(text) or (not _PLACES.isdisjoint(self.wanted) and is_address(text))

    def own_texts(self) -> tuple[SeenText, ...]:
        """Return the print that stands on the card, or so near that its outline may be wrong."""
        around = expanded_quad(self.card.quad, _NEAR * geometry.height(self.card.quad))
        return tuple(
            seen for seen in self.texts if seen.by is Source.PRINT and geometry.overlap(seen.quad, around) > _ON
        )

    @property
    def _is_seen_straight(self) -> bool:
        """Return whether the outline is one of a card held before a camera, and not cut from a part of it."""
        return geometry.straightness(self.card.quad) > STRAIGHT

    @property
    def _reach(self) -> Quad:
        """Return what ends regions on the card."""
        return (
            expanded_quad(self.card.quad, self.room * geometry.height(self.card.quad)) if self.room else self.card.quad
        )

    @property
    def _scale(self) -> float:
        return 2.0 if self.is_wide else 1.0

    def _margin(self, place: Place) -> float:
        """Return what a place needs around it, in pixels."""
        if place.by in _CODE_SOURCES:
            return self._scale * symbol_margin(place.quad)
        return self._scale * line_margin(place.quad, ZONE_LINES if place.by is Source.MRZ else 1)

    def _seen_places(self) -> Iterator[tuple[Finding, Place]]:
        """Yield what was seen on the card itself, and not only supposed by its layout."""
        for finding in self.card.findings:
            if finding.field not in PICTURES and _was_seen(finding):
                yield from ((finding, place) for place in finding.places)

    def _ink_margin(self, place: Place) -> float:
        """Return the same without the quiet zone of a code, which is no ink."""
        return MIN_MARGIN if place.by in _CODE_SOURCES else self._margin(place)

    def _seen(self, field: Field) -> list[Box]:
        """Return where a field itself was seen, with its margin: a name is also in the code, but that is the code's."""
        if field in PICTURES:
            return []
        back = inverse(self.to_picture)
        own = _OWN_SOURCE.get(field, Source.PRINT)
        return [
            geometry.bounds(geometry.transform(back, expanded_quad(place.quad, self._margin(place))))
            for finding in self.card.findings
            if finding.field is field and _was_seen(finding)
            for place in finding.places
            if place.by is own
        ]

    def _is_certain(self, field: Field) -> bool:
        """Return whether a field's own place was read, and not something else that disagrees with the code."""
        own = _OWN_SOURCE.get(field, Source.PRINT)
        return field not in PICTURES and any(
            finding.field is field and own in finding.seen_by for finding in self.card.findings
        )

    def _fits(self, field: Field, box: Box) -> bool:
        layout = field_box(self.card.kind, self.card.side, field)
        if layout is None:
            return False
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        return (
            layout[0] - _FITS <= middle[0] <= layout[2] + _FITS and layout[1] - _FITS <= middle[1] <= layout[3] + _FITS
        )

    def _widened(self, field: Field, box: Box, layout: Box | None) -> Box:
        """Return a value's place as wide as its field, within the card as far as the value itself is."""
        left, top, right, bottom = box
        if layout is not None and self._fits(field, box):
            wider = self._with_room(layout)
            # A value of one line needs no more height than it has; more would run into the title, or the next line.
            if field in _OF_ONE_LINE or self._is_whole_address(field):
                wide = (wider[0], top, wider[2], bottom)
            else:
                # Of an address one line may have been read where it has three.
                wide = (layout[0], *wider[1:]) if field in _PLACES else layout
            wide = _union(box, wide)
        elif field in _CODES:
            wide = box
        else:
            wide = (left, top, max(right, min(_EDGE, left + _FIELD_WIDTH)), bottom)
        if field is Field.MRZ:
            wide = _union(wide, (_ZONE_SIDES[0], top, _ZONE_SIDES[1], bottom))
        return _within_card(wide) if field in _CODES else _union(box, _within_card(wide))

    def _by_layout(self, field: Field, box: Box) -> Region:
        """Return where a field must be that was not read there; a guessed outline may have it elsewhere."""
        # Pictures have no length to hide, and print stands close to them.
        is_plain = field in PICTURES and not self.is_wide
        left, top, right, bottom = self._beside_print(box) if is_plain else self._with_room(box)
        room = self.room
        quad = self._quad((left - room, top - room, right + room, bottom + room))
        return Region(field, quad, Rule.LAYOUT, within=self._reach)

    def _is_whole_address(self, field: Field) -> bool:
        """Return whether the last line that was read of an address names the province, as only the last one does."""
        if field not in _PLACES:
            return False
        places = [place for finding in self.card.findings if finding.field is field for place in finding.places]
        quads = [place.quad for place in places if place.by is Source.PRINT]
        back = inverse(self.to_picture)
        lines = [seen for seen in self.own_texts() if _is_on(seen.quad, quads)]
        last = max(lines, key=lambda seen: geometry.centre(geometry.transform(back, seen.quad))[1], default=None)
        return last is not None and ends_in_province(last.text.reveal())

    def _with_room(self, box: Box) -> Box:
        """Return a box of the layout with room around it, which ends at what stands beside it."""
        room = _WIDE_LAYOUT_ROOM if self.is_wide else _LAYOUT_ROOM
        wide = _within_card((box[0] - room, box[1] - room, box[2] + room, box[3] + room))
        return self._ending_at_others(wide, box)

    def _beside_print(self, box: Box) -> Box:
        """Return the box of a picture, which ends where print was seen: layouts allow for pictures of other sizes."""
        room = _LAYOUT_ROOM
        return self._ending_at_others(box, (box[0] + room, box[1] + room, box[2] - room, box[3] - room))

    def _ending_at_others(self, box: Box, least: Box) -> Box:
        """Return a box that ends at what stands beside it and stays, but not before `least`."""
        for spared in self._spared():
            box = min(_ending_at(spared, box, least), key=lambda cut: (_common_area(cut, spared), -_area(cut)))
        return box

    def _spared(self) -> Iterator[Box]:
        """Yield where the card has its emblem or chip, its titles and the lines of its issuer."""
        sign = sign_box(self.card.side)
        if sign is not None:
            yield sign
        boxes = [field_box(self.card.kind, self.card.side, field) for field in self.wanted]
        back = inverse(self.to_picture)
        for seen in self.own_texts():
            line = geometry.bounds(geometry.transform(back, seen.quad))
            x, y = (line[0] + line[2]) / 2, (line[1] + line[3]) / 2
            is_field = any(box and box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in boxes)
            if not is_field and not has_digits(seen.text.reveal()):
                yield line

    def _along_card(self, quad: Quad) -> Quad:
        """Return what holds a place, with sides that run as the card's do."""
        return self._quad(geometry.bounds(geometry.transform(inverse(self.to_picture), quad)))

    def _quad(self, box: Box) -> Quad:
        return geometry.transform(self.to_picture, quad_from_box(*box))


_CODE_SOURCES = frozenset({Source.QR, Source.BARCODE})


def has_digits(text: str) -> bool:
    """Return whether a line of print holds as many digits as a date or a number.

    >>> has_digits("Ngày sinh 15/01/1999"), has_digits("Số 12 Ngõ 34"), has_digits("9P5F1/N8P409XM")
    (True, False, False)
    """
    return _DIGITS.search(text) is not None


def _was_seen(finding: Finding) -> bool:
    """Return whether a finding is more than a field that the layout says must be there."""
    return finding.value is not None or bool(finding.seen_by)


def _is_on(quad: Quad, others: Sequence[Quad]) -> bool:
    return any(max(geometry.overlap(quad, other), geometry.overlap(other, quad)) > _ON for other in others)


def _union(*boxes: Box) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def _ending_at(other: Box, box: Box, least: Box) -> Iterator[Box]:
    """Yield a box as it is, and with one of its sides drawn in to another box, but not beyond `least`."""
    left, top, right, bottom = box
    yield box
    yield (min(max(left, other[2]), max(left, least[0])), top, right, bottom)
    yield (left, min(max(top, other[3]), max(top, least[1])), right, bottom)
    yield (left, top, max(min(right, other[0]), min(right, least[2])), bottom)
    yield (left, top, right, max(min(bottom, other[1]), min(bottom, least[3])))


def _common_area(one: Box, other: Box) -> float:
    return _area((*map(max, one[:2], other[:2]), *map(min, one[2:], other[2:])))  # type: ignore[arg-type]


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _within_card(box: Box) -> Box:
    return (max(box[0], _CARD[0]), max(box[1], _CARD[1]), min(box[2], _CARD[2]), min(box[3], _CARD[3]))

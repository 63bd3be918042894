"""Plan the hidden regions of an image, on cards and around them, down to the pixels.

A scan reports what it is sure of. What stands behind a label of a hidden field, in the column of a hidden field beside
a hidden person, or is an address, is hidden unread too: the rest of a person gives away whose the hidden fields were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.cards.extract.key_value import value_places
from idscan.cards.extract.segments import RowSlope, enclosing_span, overlap_x, share_x, span_x
from idscan.cards.fields.addresses import find_addresses
from idscan.cards.labels.titles import find_titles
from idscan.cards.layouts import sign_box
from idscan.core import geometry
from idscan.core.enums import Field, FieldSet, Rule, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import PrintedLine, Region
from idscan.redact.mask import (
    MIN_MARGIN,
    SINGLE_PIXELS,
    UNDECODED_SYMBOL_MARGIN,
    ZONE_LINES,
    aligned_to_blocks,
    expanded_quad,
    inset_quad,
    line_margin,
    region_mask,
    rounded_mask,
    symbol_margin,
)
from idscan.redact.outline_uncertainty import possible_outlines
from idscan.redact.plan_card import HIGHEST_LINE, CardPlan
from idscan.vision.perspective import homography, inverse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.cards.layouts import Box
    from idscan.core.geometry import Quad
    from idscan.core.types import Card, Finding, ImageResult, SeenText
    from idscan.redact.mask import BlockGrid
    from idscan.redact.watchlist import Watchlist

_OF_ROWS = (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH)
_FEWEST_ROWS = 2
_SAME_ROW = 0.8
"""Heights by which the middles of two cells of one row may differ."""
_SAME_COLUMN = 0.5
"""Share of the narrower of two cells under each other that they have in common."""
_NEAR_CARD = 0.05
"""Of a card's height: how far beyond its outline its own print may lie."""


def regions_outside_cards(image: ImageResult, wanted: frozenset[Field], scale: float = 1.0) -> Iterator[Region]:
    """Yield what else is hidden in an image that shows somebody.

    Args:
        image: what was found, with `texts`.
        wanted: fields to hide.
        scale: how much wider margins are than usual.
    """
    loose = [finding for finding in image.findings if finding.is_exposed and finding.field in wanted]
    if not loose and not any(finding.is_exposed for card in image.cards for finding in card.findings):
        return
    lines = _lines_off_cards(image)
    found = list(value_places(lines, wanted))
    if Field.PLACE_OF_RESIDENCE in wanted:
        found += [(Field.PLACE_OF_RESIDENCE, quad) for quad in find_addresses(lines)]
    found += _rest_of_rows(loose, lines)
    for field, quad in dict.fromkeys(found):
        yield Region(field, expanded_quad(quad, scale * line_margin(quad)), Rule.PRINT)


def _lines_off_cards(image: ImageResult) -> list[PrintedLine]:
    cards = [expanded_quad(card.quad, _NEAR_CARD * geometry.height(card.quad)) for card in image.cards]
    return [
        PrintedLine(seen.text, seen.quad, 1.0, "")
        for seen in image.texts
        if seen.by is Source.PRINT and not any(geometry.contains(card, geometry.centre(seen.quad)) for card in cards)
    ]


def _rest_of_rows(findings: Sequence[Finding], lines: Sequence[PrintedLine]) -> Iterator[tuple[Field, Quad]]:
    """Yield what stands beside a person of a table in the column of a field that was not found in this row."""
    slope = RowSlope.of([line.quad for line in lines])
    people: dict[int, dict[Field, Quad]] = {}
    for finding in findings:
        if finding.record is not None and finding.field in _OF_ROWS:
            for place in finding.places[:1]:
                people.setdefault(finding.record, {})[finding.field] = place.quad
    for field in _OF_ROWS:
        column = [person[field] for person in people.values() if field in person]
        for person in people.values():
            if field in person or len(column) < _FEWEST_ROWS or not _are_stacked(column):
                continue
            span = enclosing_span(map(span_x, column))
            yield from ((field, line.quad) for line in _in_row(lines, person.values(), slope) if _is_in(line, span))


def _are_stacked(column: Sequence[Quad]) -> bool:
    """Return whether places stand under each other."""
    return all(share_x(span_x(quad), span_x(column[0])) > _SAME_COLUMN for quad in column)


def _in_row(lines: Iterable[PrintedLine], places: Iterable[Quad], slope: RowSlope) -> list[PrintedLine]:
    places = list(places)
    return [
        line
        for line in lines
        if any(
            abs(slope.row(line.quad) - slope.row(quad)) < _SAME_ROW * geometry.height(quad)
            and overlap_x(span_x(line.quad), span_x(quad)) < 0
            for quad in places
        )
    ]


def _is_in(line: PrintedLine, span: tuple[float, float]) -> bool:
    return share_x(span_x(line.quad), span) > _SAME_COLUMN and any(map(str.isalnum, line.text.reveal()))


_CORE = frozenset(
    {
        Field.NUMBER,
        Field.OLD_NUMBER,
        Field.NAME,
        Field.FATHER_NAME,
        Field.MOTHER_NAME,
        Field.DATE_OF_BIRTH,
        Field.DATE_OF_EXPIRY,
        Field.FINGERPRINT,
        Field.QR,
        Field.BARCODE,
        Field.MRZ,
    }
)
HIDDEN_FIELDS = {
    FieldSet.PERSON: _CORE
    | {Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE, Field.PORTRAIT, Field.PERSONAL_IDENTIFICATION},
    FieldSet.CORE: _CORE,
    FieldSet.CARD: frozenset(Field),
}

_LINE_WIDTHS = 14
"""Line heights that a value outside any card is at least given, so that its length does not tell."""

_CODE_FIELDS = frozenset({Field.QR, Field.BARCODE})
_SAME_CODE = 0.5
_AT_ONE = 0.6
_CODE_SOURCES = frozenset({Source.QR, Source.BARCODE})
_TWIN_ROOM = 0.08


class Level(IntEnum):
    """How much is hidden around what was found; verification climbs from one to the next."""

    EXACT = 0
    WIDER = 1
    WHOLE_CARDS = 2
    WHOLE_SURROUNDINGS = 3


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a plan depends on besides the findings.

    Attributes:
        fields: how much of a card is hidden.
        watchlist: values that are hidden wherever they are read.
        level: how generously.
    """

    fields: FieldSet
    watchlist: Watchlist
    level: Level = Level.EXACT


def plan_regions(image: ImageResult, options: PlanOptions) -> tuple[Region, ...]:
    """Return the regions to hide in one picture, margins included, in pixels of the upright picture.

    Those of the levels below are among them: a box that grows to one side may end earlier on the other, and nothing
    that was hidden may come to light again.

    Args:
        image: what a thorough scan found, with `texts`.
        options: how much to hide.
    """
    levels = (replace(options, level=level) for level in reversed(Level) if level <= options.level)
    regions = list(dict.fromkeys(region for level in levels for region in _regions(image, level)))
    return tuple(_without_repetition(regions))


def _without_repetition(regions: Sequence[Region]) -> Iterator[Region]:
    """Yield the regions but those of text that lie wholly in a field's, and so hide nothing more."""
    fields = [region.quad for region in regions if region.field is not None and region.within is None]
    for region in regions:
        is_repeated = region.field is None and any(
            all(geometry.contains(quad, corner) for corner in region.quad) for quad in fields
        )
        if not is_repeated:
            yield region


def _regions(image: ImageResult, options: PlanOptions) -> list[Region]:
    """Return the regions of one level."""
    scale = 1.0 + float(options.level >= Level.WIDER)
    regions: list[Region] = []
    for card in image.cards:
        regions.extend(_card_regions(card, image, options))
    wanted = HIDDEN_FIELDS[options.fields]
    of_cards = [finding for card in image.cards for finding in card.findings if finding.field in _CODE_FIELDS]
    for finding in image.findings:
        if finding.field in wanted:
            regions.extend(_loose_regions(finding, image, scale))
    regions.extend(regions_outside_cards(image, wanted, scale))
    undecoded = [problem.quad for problem in image.problems if problem.quad is not None]
    margins = [scale * symbol_margin(quad, UNDECODED_SYMBOL_MARGIN) for quad in undecoded]
    regions.extend(
        Region(Field.QR, expanded_quad(quad, margin), Rule.SYMBOL)
        for quad, margin in zip(undecoded, margins, strict=True)
    )
    regions.extend(
        Region(None, expanded_quad(seen.quad, scale * _text_margin(seen)), Rule.WATCHED)
        for seen in options.watchlist.resembled_in(image.texts)
        if seen.by is Source.PRINT or not any(_is_same_code(seen, finding) for finding in of_cards)
    )
    return regions


def near_duplicate_regions(image: ImageResult, twin: ImageResult) -> tuple[Region, ...]:
    """Return what to hide in a picture that looks like an exposed one, though nothing was found in it: whole cards.

    Args:
        image: the picture in which nothing was found.
        twin: the one like it, of any size.
    """
    if not (image.info.width and image.info.height and twin.info.width and twin.info.height):
        return ()
    across, down = image.info.width / twin.info.width, image.info.height / twin.info.height
    places = [card.quad for card in twin.cards]
    places += [place.quad for finding in twin.findings for place in finding.places]
    regions = []
    for quad in places:
        fitted = geometry.quad_from_points((x * across, y * down) for x, y in quad)
        room = MIN_MARGIN + _TWIN_ROOM * max(geometry.height(fitted), geometry.width(fitted))
        regions.append(Region(None, expanded_quad(fitted, room), Rule.TWIN))
    return tuple(regions)


def leak_region(field: Field | None, quad: Quad) -> Region:
    """Return the region that hides what verification could still read at a place."""
    return Region(field, expanded_quad(quad, max(2 * MIN_MARGIN, 0.5 * geometry.height(quad))), Rule.LEAK)


def _card_regions(card: Card, image: ImageResult, options: PlanOptions) -> tuple[Region, ...]:
    wanted = HIDDEN_FIELDS[options.fields]
    is_wide = options.level >= Level.WIDER
    plans = [
        CardPlan(
            replace(card, quad=outline.quad),
            # A portrait has no label by which an outline that is at odds with the first could be right about it.
            wanted if geometry.iou(outline.quad, card.quad) > _AT_ONE else wanted - {Field.PORTRAIT},
            image.texts,
            is_wide=is_wide,
            room=outline.room,
        )
        for outline in possible_outlines(card, image.texts)
    ]
    if options.fields is not FieldSet.CARD and not any(finding.is_exposed for finding in card.findings):
        if not card.is_outline_seen:
            return (*plans[0].seen(), *_supposed_pictures(plans))
        # Beside its holder's front a back is hidden as if it named them.
        return (*plans[0].seen(), *(plans[0].unseen() if image.shows_exposed else ()))
    fields = [regions for plan in plans if (regions := plan.fields()) is not None]
    if options.fields is FieldSet.CARD or options.level >= Level.WHOLE_CARDS or len(fields) < len(plans):
        is_generous = options.level >= Level.WHOLE_SURROUNDINGS
        return (*(plan.whole(is_generous=is_generous) for plan in plans), *plans[0].places())
    of_lines = (region for plan in plans for region in plan.telling_lines())
    return tuple(dict.fromkeys((*(region for regions in fields for region in regions), *of_lines)))


def _supposed_pictures(plans: Sequence[CardPlan]) -> tuple[Region, ...]:
    """Return what may be left of a card whose identifying fields were hidden before or are not in the picture.

    Fingerprints are looked for where the layout has them, in vain on an outline that is a guess. Where the labels
    contradict the layout, its kind may be another one's, which has them elsewhere.
    """
    pictures = tuple(region for plan in plans for region in plan.pictures())
    return (plans[0].whole(),) if pictures and len(plans) == 1 else pictures


def _place_regions(finding: Finding, scale: float) -> Iterator[Region]:
    for place in finding.places:
        if place.by in _CODE_SOURCES:
            yield Region(finding.field, expanded_quad(place.quad, scale * symbol_margin(place.quad)), Rule.SYMBOL)
        elif place.by is Source.MRZ:
            yield Region(
                finding.field, expanded_quad(place.quad, scale * line_margin(place.quad, ZONE_LINES)), Rule.ZONE
            )
        else:
            yield Region(finding.field, expanded_quad(place.quad, scale * line_margin(place.quad)), Rule.PRINT)


def _loose_regions(finding: Finding, image: ImageResult, scale: float) -> Iterator[Region]:
    regions = list(_place_regions(finding, scale))
    if not regions:
        # It is somewhere in the picture and nobody knows where.
        frame = quad_from_box(0, 0, image.info.width or 0, image.info.height or 0)
        around = frame if finding.quad is None else expanded_quad(finding.quad, scale * line_margin(finding.quad))
        yield Region(finding.field, around, Rule.CARD)
        return
    for region, place in zip(regions, finding.places, strict=True):
        quad = region.quad
        if place.by is Source.PRINT:
            quad = _wide_enough(region.quad, _LINE_WIDTHS * geometry.height(place.quad))
        yield Region(region.field, quad, region.rule)


def _is_same_code(seen: SeenText, finding: Finding) -> bool:
    return any(geometry.iou(seen.quad, place.quad) > _SAME_CODE for place in finding.places)


def _text_margin(seen: SeenText) -> float:
    return symbol_margin(seen.quad) if seen.by in _CODE_SOURCES else line_margin(seen.quad)


def _wide_enough(quad: Quad, least: float) -> Quad:
    """Return a line drawn out to the right in its own direction."""
    width = geometry.width(quad)
    if width >= least or width <= 0:
        return quad
    factor = least / width
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return (
        (ax, ay),
        (ax + (bx - ax) * factor, ay + (by - ay) * factor),
        (dx + (cx - dx) * factor, dy + (cy - dy) * factor),
        (dx, dy),
    )


_OUTLINE_ROOM = 2.0
"""Pixels that a card's outline may be off even where its edges were seen."""

_EARLIER_CODING = 8.0
"""Pixels more around ink in files that lose nothing: they may have been a JPEG before, whose colour blocks are 16
pixels wide and whose grid nobody knows any more."""

_INK_FROM_EDGE = 0.02
"""Of a card's width: print keeps that far from the edge of every known layout."""

_HAIRLINE = np.ones((3, 3), np.uint8)

_CORNER = 0.037
"""Of a card's longer side: the radius of its corners (ISO/IEC 7810: 3.18 of 85.6 mm)."""

_RINGING = 12.0
"""Pixels beyond its ink up to which print can be told from the ringing of a JPEG."""


_UNIT = quad_from_box(0, 0, 1, 1)

_RECTANGULAR = 0.8
"""Share of the box around covers that they fill at least to become a rectangle."""

_SLIT = 0.11
"""Of a card's height: lower gaps between covers are closed, as nothing whole is left in them."""

_SEEN_SIZE = (500, 316)
"""Pixels of the straightened card that the shape of covers is told on."""

_CUT, _COVERED = 0.04, 0.995
"""Shares of a line between which a cover cuts it."""

_MOST_OF_TITLE, _SLICE = 0.35, 0.15
"""Shares of a title, and of the middle of it, from which what covers leave of it is hidden with the rest: words are
missing, or the lower half of the letters."""

_MIDDLE = (0.3, 0.0, 0.7, 1.0)
"""Of a line."""

_HEADING = (0.0, 0.0, 1.0, 0.42)
"""Of the card: where fronts of all generations have their titles."""


def hidden_mask(regions: Sequence[Region], size: tuple[int, int], grid: BlockGrid) -> NDArray[np.bool_]:
    """Return which pixels the regions of a plan hide, a bool array of shape (height, width).

    Regions with an outline (`Region.within`) end at it; the others, where ink was seen, take whole blocks. Around their
    ink they hold `MIN_MARGIN` at least.

    Args:
        regions: quads with their margins.
        size: width and height of the picture.
        grid: blocks that the stored file is coded in.
    """
    is_lossless = grid.width == 1
    rests = [region for region in regions if region.rule is Rule.REST]
    regions = [region for region in regions if region.rule is not Rule.REST]
    seen = [region.quad for region in regions if region.within is None]
    outlines = [region.within for region in regions if region.within is not None]
    quads = [expanded_quad(quad, _EARLIER_CODING) for quad in seen] if is_lossless else seen
    mask = _straight_mask(quads, size, grid)
    if outlines:
        # What a card lies on is left alone but for the margins of its print and the blocks that hold some of its ink.
        inks = [inset_quad(quad, MIN_MARGIN) for quad in seen]
        mask &= region_mask(inks, size, grid) | region_mask([*quads, *outlines], size, SINGLE_PIXELS)
    for outline in dict.fromkeys((*outlines, *(rest.within for rest in rests if rest.within is not None))):
        own = _straight_mask([region.quad for region in regions if region.within == outline], size, grid)
        own |= region_mask([rest.quad for rest in rests if rest.within == outline], size, SINGLE_PIXELS)
        # Of a small card the ringing of what is printed near its edge reaches beyond the edge.
        reach = expanded_quad(outline, max(_OUTLINE_ROOM, _RINGING - _INK_FROM_EDGE * geometry.width(outline)))
        # A card that goes whole goes with its corners, in case its outline is wrong.
        is_whole = any(region.quad == outline for region in regions)
        mask |= own & (region_mask([reach], size, SINGLE_PIXELS) if is_whole else rounded_mask(reach, size, _CORNER))
    # Between covers that touch each other rounding leaves rows of single pixels.
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, _HAIRLINE).astype(np.bool_) if rests else mask


def cosmetic_regions(mask: NDArray[np.bool_], image: ImageResult) -> tuple[Region, ...]:
    """Return what else is painted on cards for covers to have a plain shape; nothing in it has to be hidden.

    Covers that are nearly a rectangle become one, and of lines of print no half letters are left.

    Args:
        mask: what is hidden, a bool array of shape (height, width).
        image: what was found, with `texts`.
    """
    size = (mask.shape[1], mask.shape[0])
    rests: list[Region] = []
    for card in image.cards:
        to_image = homography(_UNIT, card.quad)
        heading = geometry.transform(to_image, quad_from_box(*_HEADING))
        titles = [
            seen
            for seen in image.texts
            if geometry.contains(heading, geometry.centre(seen.quad)) and find_titles(seen.text.reveal())
        ]
        lines = list(dict.fromkeys(_lines_of(card, image.texts)))
        whole = [line for line in lines if _share_hidden(line, mask) <= _CUT]
        quads = [geometry.transform(to_image, quad_from_box(*box)) for box in _rectangles(mask, card, whole)]
        hidden = mask | region_mask(quads, size, SINGLE_PIXELS)
        # A title tells what was hidden, as long as most of it can be read.
        kept = {line for line in _lines_of(card, titles) if _can_be_read(line, hidden)}
        quads += [line for line in lines if line not in kept and _CUT < _share_hidden(line, hidden) < _COVERED]
        rests += [Region(None, quad, Rule.REST, within=card.quad) for quad in quads]
    return tuple(dict.fromkeys(rests))


def _rectangles(mask: NDArray[np.bool_], card: Card, lines: Iterable[Quad]) -> Iterator[Box]:
    """Yield the boxes on a card, in fractions of it, around covers that fill most of them, and of slits between covers.

    They hide nothing of the card's emblem or chip, and of the lines that the covers leave alone.
    """
    width, height = _SEEN_SIZE
    to_seen = np.array(homography(card.quad, quad_from_box(0, 0, width, height))).reshape(3, 3)
    seen = cv2.warpPerspective(mask.astype(np.uint8), to_seen, _SEEN_SIZE, flags=cv2.INTER_NEAREST)
    slit = np.ones((round(_SLIT * height), 1), np.uint8)
    padded = cv2.copyMakeBorder(seen, slit.size, slit.size, 0, 0, cv2.BORDER_CONSTANT)
    closed = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_CLOSE, slit), np.uint8)[slit.size : -slit.size]
    kept = np.zeros(seen.shape, np.bool_)
    to_card = inverse(homography(_UNIT, card.quad))
    signs = [box for box in (sign_box(card.side),) if box is not None]
    for left, top, right, bottom in (*signs, *(geometry.bounds(geometry.transform(to_card, line)) for line in lines)):
        part = (
            slice(max(0, round(top * height)), round(bottom * height)),
            slice(max(0, round(left * width)), round(right * width)),
        )
        kept[part] = True
    for shape, least in ((seen, _RECTANGULAR), (np.where(seen > 0, 0, closed), 0.0)):
        count, _, stats, _ = cv2.connectedComponentsWithStats(shape.astype(np.uint8), connectivity=4)
        for x, y, wide, high, area in stats[1:count].tolist():
            bare = seen[y : y + high, x : x + wide] == 0
            would_hide = bare & kept[y : y + high, x : x + wide]
            if area > least * wide * high and bare.any() and not would_hide.any():
                yield (x / width, y / height, (x + wide) / width, (y + high) / height)


def _lines_of(card: Card, texts: Iterable[SeenText]) -> Iterator[Quad]:
    """Yield the lines of print on a card along its axes, without those read crosswise or across several rows."""
    to_image = homography(_UNIT, card.quad)
    back = inverse(to_image)
    for seen in texts:
        if seen.by is Source.PRINT and geometry.contains(card.quad, geometry.centre(seen.quad)):
            left, top, right, bottom = geometry.bounds(geometry.transform(back, seen.quad))
            if bottom - top < min(HIGHEST_LINE, right - left):
                yield geometry.transform(to_image, quad_from_box(left, top, right, bottom))


def _can_be_read(title: Quad, mask: NDArray[np.bool_]) -> bool:
    middle = geometry.transform(homography(_UNIT, title), quad_from_box(*_MIDDLE))
    return _share_hidden(title, mask) < _MOST_OF_TITLE and _share_hidden(middle, mask) < _SLICE


def _share_hidden(quad: Quad, mask: NDArray[np.bool_]) -> float:
    hidden = mask[region_mask([quad], (mask.shape[1], mask.shape[0]), SINGLE_PIXELS)]
    return float(hidden.mean()) if hidden.size else 0.0


def _straight_mask(quads: Sequence[Quad], size: tuple[int, int], grid: BlockGrid) -> NDArray[np.bool_]:
    """Return the blocks that quads touch, filled up to straight edges."""
    mask = region_mask(quads, size, grid)
    if grid is not SINGLE_PIXELS:
        mask |= region_mask([aligned_to_blocks(quad, size, grid) for quad in quads], size, SINGLE_PIXELS)
    return mask

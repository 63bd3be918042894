"""Plan the hidden regions of an image, on cards and outside, and rasterise them to masks.

A scan reports what it is sure of. A plan also hides text behind the label of a wanted field, in the column of a wanted
field beside a hidden person, and addresses, as these identify the person whose fields are hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.cards.documents import sign_box
from idscan.cards.extract.key_value import value_places
from idscan.cards.extract.segments import RowSlope, enclosing_span, overlap_x, share_x, span_x
from idscan.cards.fields.addresses import find_addresses
from idscan.cards.labels.headings import find_headings
from idscan.core import geometry
from idscan.core.enums import Field, FieldSet, Rule, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import PrintedLine, Region
from idscan.redact.mask import (
    MIN_MARGIN,
    SINGLE_PIXELS,
    UNDECODED_SYMBOL_MARGIN,
    aligned_to_blocks,
    expanded_quad,
    inset_quad,
    line_margin,
    region_mask,
    rounded_mask,
    symbol_margin,
)
from idscan.redact.outline_uncertainty import possible_outlines
from idscan.redact.plan_card import CODE_SOURCES, HIGHEST_LINE, RULES, CardPlan, place_margin
from idscan.vision.perspective import homography, inverse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import CardBox, Quad
    from idscan.core.types import Card, Finding, ImageResult, SeenText
    from idscan.images.pixels import Grid
    from idscan.redact.watchlist import Watchlist

_ROW_FIELDS = (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH)
_MIN_ROWS = 2  # with a field, from which its column in a table is known
_SAME_ROW = 0.8  # heights by which the middles of two cells of a row may differ: more joins neighbouring rows
_SAME_COLUMN = 0.5  # share of the narrower of two cells that overlaps the other: less joins neighbouring columns
_NEAR_CARD = 0.05  # share of a card's height by which its own print may lie outside its outline


def regions_outside_cards(image: ImageResult, wanted: frozenset[Field], scale: float = 1.0) -> Iterator[Region]:
    """Yield the regions outside cards of an image with exposed findings.

    Args:
        image: the findings, with `texts`.
        wanted: fields to hide.
        scale: factor on margins.
    """
    findings = [finding for finding in image.findings if finding.is_exposed and finding.field in wanted]
    if not findings and not any(finding.is_exposed for card in image.cards for finding in card.findings):
        return
    lines = _lines_off_cards(image)
    found = list(value_places(lines, wanted))
    if Field.PLACE_OF_RESIDENCE in wanted:
        found += [(Field.PLACE_OF_RESIDENCE, quad) for quad in find_addresses(lines)]
    found += _unread_cells(findings, lines)
    for field, quad in dict.fromkeys(found):
        yield Region(field, expanded_quad(quad, scale * line_margin(quad)), Rule.PRINT)


def _lines_off_cards(image: ImageResult) -> list[PrintedLine]:
    cards = [expanded_quad(card.quad, _NEAR_CARD * geometry.height(card.quad)) for card in image.cards]
    return [
        PrintedLine(seen.text, seen.quad, 1.0, "")
        for seen in image.texts
        if seen.by is Source.PRINT and not any(geometry.contains(card, geometry.centre(seen.quad)) for card in cards)
    ]


def _unread_cells(findings: Sequence[Finding], lines: Sequence[PrintedLine]) -> Iterator[tuple[Field, Quad]]:
    """Yield the cells of a table in rows of found people, in columns of fields that were not found in the row."""
    slope = RowSlope.of([line.quad for line in lines])
    people: dict[int, dict[Field, Quad]] = {}
    for finding in findings:
        if finding.record is not None and finding.field in _ROW_FIELDS:
            for place in finding.places[:1]:
                people.setdefault(finding.record, {})[finding.field] = place.quad
    for field in _ROW_FIELDS:
        column = [person[field] for person in people.values() if field in person]
        for person in people.values():
            if field in person or len(column) < _MIN_ROWS or not _are_in_one_column(column):
                continue
            span = enclosing_span(map(span_x, column))
            yield from ((field, line.quad) for line in _in_row(lines, person.values(), slope) if _is_in(line, span))


def _are_in_one_column(column: Sequence[Quad]) -> bool:
    """Return whether places are stacked in one column."""
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

_MIN_ASPECT = 14
"""Width of a hidden value outside cards by its height, at least, as its length would reveal something of it."""
_CODE_FIELDS = frozenset({Field.QR, Field.BARCODE})
_SAME_CARD_IOU = 0.6  # below, an alternative outline gives no place for the portrait
_NEAR_DUPLICATE_MARGIN = 0.08  # share of a hidden place's longer side, as copies may be cropped a little
_LEAK_MARGIN = 0.5  # share of the height of a place that leaked


class Level(IntEnum):
    """Extent of what is hidden around findings; redaction moves to the next one after a leak."""

    EXACT = 0
    WIDER = 1
    WHOLE_CARDS = 2
    WHOLE_SURROUNDINGS = 3


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Options of a plan.

    Attributes:
        fields: which fields of a card are hidden.
        watchlist: values that are hidden wherever they are read.
        level: extent.
    """

    fields: FieldSet
    watchlist: Watchlist
    level: Level = Level.EXACT


def plan_regions(image: ImageResult, options: PlanOptions) -> tuple[Region, ...]:
    """Return the regions to hide in one image, margins included, in pixels of the upright image.

    Regions of lower levels are included: a box that grows to one side may end earlier on the other, and no hidden pixel
    may become visible again.

    Args:
        image: result of a thorough scan, with `texts`.
        options: what to hide.
    """
    levels = (replace(options, level=level) for level in reversed(Level) if level <= options.level)
    regions = list(dict.fromkeys(region for level in levels for region in _regions(image, level)))
    return tuple(_without_contained(regions))


def _without_contained(regions: Sequence[Region]) -> Iterator[Region]:
    """Yield the regions except those of text inside the region of a field, which hide nothing more."""
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
    regions = [region for card in image.cards for region in _card_regions(card, image, options)]
    wanted = HIDDEN_FIELDS[options.fields]
    of_cards = [finding for card in image.cards for finding in card.findings if finding.field in _CODE_FIELDS]
    for finding in image.findings:
        if finding.field in wanted:
            regions.extend(_regions_off_cards(finding, image, scale))
    regions.extend(regions_outside_cards(image, wanted, scale))
    for quad in (problem.quad for problem in image.problems if problem.quad is not None):
        margin = scale * symbol_margin(quad, UNDECODED_SYMBOL_MARGIN)
        regions.append(Region(Field.QR, expanded_quad(quad, margin), Rule.SYMBOL))
    regions.extend(
        Region(None, expanded_quad(seen.quad, scale * _text_margin(seen)), Rule.WATCHED)
        for seen in options.watchlist.resembled_in(image.texts)
        if seen.by is Source.PRINT or not any(_is_same_code(seen, finding) for finding in of_cards)
    )
    return regions


def near_duplicate_regions(image: ImageResult, exposed: ImageResult) -> tuple[Region, ...]:
    """Return the regions of an image without findings that is a near-duplicate of an exposed one: whole cards.

    Args:
        image: the image without findings.
        exposed: its near-duplicate, of any size.
    """
    if not (image.info.width and image.info.height and exposed.info.width and exposed.info.height):
        return ()
    across, down = image.info.width / exposed.info.width, image.info.height / exposed.info.height
    places = [card.quad for card in exposed.cards]
    places += [place.quad for finding in exposed.findings for place in finding.places]
    regions = []
    for quad in places:
        fitted = geometry.quad_from_points((x * across, y * down) for x, y in quad)
        room = MIN_MARGIN + _NEAR_DUPLICATE_MARGIN * max(geometry.height(fitted), geometry.width(fitted))
        regions.append(Region(None, expanded_quad(fitted, room), Rule.NEAR_DUPLICATE))
    return tuple(regions)


def leak_region(field: Field | None, quad: Quad) -> Region:
    """Return the region that hides a place where verification found a leak."""
    return Region(field, expanded_quad(quad, max(2 * MIN_MARGIN, _LEAK_MARGIN * geometry.height(quad))), Rule.LEAK)


def _card_regions(card: Card, image: ImageResult, options: PlanOptions) -> tuple[Region, ...]:
    wanted = HIDDEN_FIELDS[options.fields]
    is_wide = options.level >= Level.WIDER
    plans = [
        CardPlan(
            replace(card, quad=outline.quad),
            # No label confirms the place of a portrait by an outline that differs much from the first.
            wanted if geometry.iou(outline.quad, card.quad) > _SAME_CARD_IOU else wanted - {Field.PORTRAIT},
            image.texts,
            is_wide=is_wide,
            margin=outline.margin,
        )
        for outline in possible_outlines(card, image.texts)
    ]
    if options.fields is not FieldSet.CARD and not any(finding.is_exposed for finding in card.findings):
        if not card.is_outline_seen:
            return (*plans[0].seen(), *_unread_pictures(plans))
        # In an image that exposes a person, a back without exposed fields is hidden too.
        return (*plans[0].seen(), *(plans[0].unseen() if image.shows_exposed else ()))
    fields = [regions for plan in plans if (regions := plan.fields()) is not None]
    if options.fields is FieldSet.CARD or options.level >= Level.WHOLE_CARDS or len(fields) < len(plans):
        is_generous = options.level >= Level.WHOLE_SURROUNDINGS
        return (*(plan.whole(is_generous=is_generous) for plan in plans), *plans[0].places())
    of_lines = (region for plan in plans for region in plan.identifying_lines())
    return tuple(dict.fromkeys((*(region for regions in fields for region in regions), *of_lines)))


def _unread_pictures(plans: Sequence[CardPlan]) -> tuple[Region, ...]:
    """Return regions of portrait and fingerprints on a card at an estimated outline, without exposed fields.

    With one possible outline the whole card is hidden, as its kind, and so its layout, may be wrong; with several the
    layout boxes on each are.
    """
    pictures = tuple(region for plan in plans for region in plan.pictures())
    return (plans[0].whole(),) if pictures and len(plans) == 1 else pictures


def _regions_off_cards(finding: Finding, image: ImageResult, scale: float) -> Iterator[Region]:
    if not finding.places:
        # Its place in the image is unknown.
        frame = quad_from_box(0, 0, image.info.width or 0, image.info.height or 0)
        around = frame if finding.quad is None else expanded_quad(finding.quad, scale * line_margin(finding.quad))
        yield Region(finding.field, around, Rule.CARD)
    for place in finding.places:
        quad = expanded_quad(place.quad, scale * place_margin(place))
        if place.by is Source.PRINT:
            quad = _wide_enough(quad, _MIN_ASPECT * geometry.height(place.quad))
        yield Region(finding.field, quad, RULES[place.by])


def _is_same_code(seen: SeenText, finding: Finding) -> bool:
    return any(geometry.is_same_quad(seen.quad, place.quad) for place in finding.places)


def _text_margin(seen: SeenText) -> float:
    return symbol_margin(seen.quad) if seen.by in CODE_SOURCES else line_margin(seen.quad)


def _wide_enough(quad: Quad, least: float) -> Quad:
    """Return a line extended to the right, along its own direction, to a least width."""
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


_OUTLINE_MARGIN = 2.0
"""Pixels by which a card's outline may be off even where its edges were detected."""
_EARLIER_JPEG_MARGIN = 8.0
"""Pixels around ink in lossless files: they may have been a JPEG before, whose colour blocks are 16 pixels wide, on an
unknown grid."""
_INK_INSET = 0.02
"""Share of a card's width between its edge and the print of every known layout."""
_RINGING = 12.0
"""Pixels beyond its ink up to which JPEG ringing may reveal print."""
_CORNER_RADIUS = 0.037
"""Share of a card's longer side (ISO/IEC 7810: 3.18 of 85.6 mm)."""
_HAIRLINE = np.ones((3, 3), np.uint8)
_UNIT = quad_from_box(0, 0, 1, 1)
_VIEW_SIZE = (500, 316)
"""Pixels of the rectified card on which the shape of covers is examined."""
_MIN_RECTANGLE_FILL = 0.8
"""Share of the box around covers that they fill to become a rectangle: less paints over much that may stay."""
_MAX_SLIT = 0.11
"""Share of a card's height: lower gaps between covers contain no whole line and are closed."""
_MIN_CUT, _MAX_CUT = 0.04, 0.995
"""Shares of a line's area between which a cover cuts it, so that the rest is painted too."""
_MAX_TITLE_HIDDEN, _MAX_MIDDLE_HIDDEN = 0.35, 0.15
"""Shares of a title and of its middle: with more hidden, words or the lower half of letters are missing, and the rest
is painted too."""
_MIDDLE = (0.3, 0.0, 0.7, 1.0)
"""The middle of a line, in fractions of it."""
_HEADING = (0.0, 0.0, 1.0, 0.42)
"""Where fronts of all generations have their titles, in fractions of the card."""


def hidden_mask(regions: Sequence[Region], size: tuple[int, int], grid: Grid) -> NDArray[np.bool_]:
    """Return the mask of the regions of a plan, a bool array of shape (height, width).

    Regions with an outline (`Region.within`) are clipped to it; the others, where ink was found, take whole blocks,
    with `MIN_MARGIN` around the ink at least.

    Args:
        regions: quads with their margins.
        size: width and height of the image.
        grid: blocks of the stored file.
    """
    is_lossless = grid.width == 1
    rests = [region for region in regions if region.rule is Rule.REST]
    regions = [region for region in regions if region.rule is not Rule.REST]
    seen = [region.quad for region in regions if region.within is None]
    outlines = [region.within for region in regions if region.within is not None]
    quads = [expanded_quad(quad, _EARLIER_JPEG_MARGIN) for quad in seen] if is_lossless else seen
    mask = _straight_mask(quads, size, grid)
    if outlines:
        # Outside cards only the margins of their print and the blocks with some of its ink are hidden.
        inks = [inset_quad(quad, MIN_MARGIN) for quad in seen]
        mask &= region_mask(inks, size, grid) | region_mask([*quads, *outlines], size, SINGLE_PIXELS)
    for outline in dict.fromkeys((*outlines, *(rest.within for rest in rests if rest.within is not None))):
        own = _straight_mask([region.quad for region in regions if region.within == outline], size, grid)
        own |= region_mask([rest.quad for rest in rests if rest.within == outline], size, SINGLE_PIXELS)
        # On a small card the ringing of print near its edge exceeds the edge.
        reach = expanded_quad(outline, max(_OUTLINE_MARGIN, _RINGING - _INK_INSET * geometry.width(outline)))
        # A card that is hidden whole keeps square corners, as its outline may be inexact.
        is_whole = any(region.quad == outline for region in regions)
        mask |= own & (
            region_mask([reach], size, SINGLE_PIXELS) if is_whole else rounded_mask(reach, size, _CORNER_RADIUS)
        )
    # Rounding leaves rows of single pixels between adjacent covers.
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, _HAIRLINE).astype(np.bool_) if rests else mask


def cosmetic_regions(mask: NDArray[np.bool_], image: ImageResult) -> tuple[Region, ...]:
    """Return regions that give covers a simple shape; they contain nothing that has to be hidden.

    Nearly rectangular covers become rectangles, and lines of print that are cut are painted whole.

    Args:
        mask: the hidden pixels, a bool array of shape (height, width).
        image: the findings, with `texts`.
    """
    size = (mask.shape[1], mask.shape[0])
    rests: list[Region] = []
    for card in image.cards:
        to_image = homography(_UNIT, card.quad)
        heading = geometry.transform(to_image, quad_from_box(*_HEADING))
        titles = [
            seen
            for seen in image.texts
            if geometry.contains(heading, geometry.centre(seen.quad)) and find_headings(seen.text.reveal())
        ]
        lines = list(dict.fromkeys(_print_lines(card, image.texts)))
        whole = [line for line in lines if _share_hidden(line, mask) <= _MIN_CUT]
        quads = [geometry.transform(to_image, quad_from_box(*box)) for box in _rectangles(mask, card, whole)]
        hidden = mask | region_mask(quads, size, SINGLE_PIXELS)
        # Titles remain as long as most of them can be read.
        kept = {line for line in _print_lines(card, titles) if _can_be_read(line, hidden)}
        quads += [line for line in lines if line not in kept and _MIN_CUT < _share_hidden(line, hidden) < _MAX_CUT]
        rests += [Region(None, quad, Rule.REST, within=card.quad) for quad in quads]
    return tuple(dict.fromkeys(rests))


def _rectangles(mask: NDArray[np.bool_], card: Card, lines: Iterable[Quad]) -> Iterator[CardBox]:
    """Yield the boxes around nearly rectangular covers, and of slits between covers, in fractions of the card.

    Boxes that would hide a part of emblem, chip or uncovered lines are left out.
    """
    width, height = _VIEW_SIZE
    to_seen = np.array(homography(card.quad, quad_from_box(0, 0, width, height))).reshape(3, 3)
    seen = cv2.warpPerspective(mask.astype(np.uint8), to_seen, _VIEW_SIZE, flags=cv2.INTER_NEAREST)
    slit = np.ones((round(_MAX_SLIT * height), 1), np.uint8)
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
    for shape, least in ((seen, _MIN_RECTANGLE_FILL), (np.where(seen > 0, 0, closed), 0.0)):
        count, _, stats, _ = cv2.connectedComponentsWithStats(shape.astype(np.uint8), connectivity=4)
        for x, y, wide, high, area in stats[1:count].tolist():
            bare = seen[y : y + high, x : x + wide] == 0
            would_hide = bare & kept[y : y + high, x : x + wide]
            if area > least * wide * high and bare.any() and not would_hide.any():
                yield (x / width, y / height, (x + wide) / width, (y + high) / height)


def _print_lines(card: Card, texts: Iterable[SeenText]) -> Iterator[Quad]:
    """Yield the lines of print on a card along its axes, except vertical ones and boxes of several rows."""
    to_image = homography(_UNIT, card.quad)
    back = inverse(to_image)
    for seen in texts:
        if seen.by is Source.PRINT and geometry.contains(card.quad, geometry.centre(seen.quad)):
            left, top, right, bottom = geometry.bounds(geometry.transform(back, seen.quad))
            if bottom - top < min(HIGHEST_LINE, right - left):
                yield geometry.transform(to_image, quad_from_box(left, top, right, bottom))


def _can_be_read(title: Quad, mask: NDArray[np.bool_]) -> bool:
    middle = geometry.transform(homography(_UNIT, title), quad_from_box(*_MIDDLE))
    return _share_hidden(title, mask) < _MAX_TITLE_HIDDEN and _share_hidden(middle, mask) < _MAX_MIDDLE_HIDDEN


def _share_hidden(quad: Quad, mask: NDArray[np.bool_]) -> float:
    hidden = mask[region_mask([quad], (mask.shape[1], mask.shape[0]), SINGLE_PIXELS)]
    return float(hidden.mean()) if hidden.size else 0.0


def _straight_mask(quads: Sequence[Quad], size: tuple[int, int], grid: Grid) -> NDArray[np.bool_]:
    """Return the mask of the blocks that quads touch, extended to straight edges."""
    mask = region_mask(quads, size, grid)
    if grid != SINGLE_PIXELS:
        mask |= region_mask([aligned_to_blocks(quad, size, grid) for quad in quads], size, SINGLE_PIXELS)
    return mask

"""From a plan to the pixels that are painted over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.cards.layouts import sign_box
from idscan.cards.titles import find_titles
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.redaction import Region
from idscan.core.vocabulary import Rule, Source
from idscan.redact.card_plan import HIGHEST_LINE
from idscan.redact.margins import LEAST_MARGIN
from idscan.redact.mask import SINGLE_PIXELS, grown, region_mask, rounded_mask, shrunk, straightened
from idscan.vision.warp import homography, inverse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.cards.layouts import Box
    from idscan.core.geometry import Quad
    from idscan.core.results import Card, ImageResult, SeenText
    from idscan.redact.mask import BlockGrid

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
    ink they hold `LEAST_MARGIN` at least.

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
    quads = [grown(quad, _EARLIER_CODING) for quad in seen] if is_lossless else seen
    mask = _straight_mask(quads, size, grid)
    if outlines:
        # What a card lies on is left alone but for the margins of its print and the blocks that hold some of its ink.
        inks = [shrunk(quad, LEAST_MARGIN) for quad in seen]
        mask &= region_mask(inks, size, grid) | region_mask([*quads, *outlines], size, SINGLE_PIXELS)
    for outline in dict.fromkeys((*outlines, *(rest.within for rest in rests if rest.within is not None))):
        own = _straight_mask([region.quad for region in regions if region.within == outline], size, grid)
        own |= region_mask([rest.quad for rest in rests if rest.within == outline], size, SINGLE_PIXELS)
        # Of a small card the ringing of what is printed near its edge reaches beyond the edge.
        reach = grown(outline, max(_OUTLINE_ROOM, _RINGING - _INK_FROM_EDGE * geometry.width(outline)))
        # A card that goes whole goes with its corners, in case its outline is wrong.
        is_whole = any(region.quad == outline for region in regions)
        mask |= own & (region_mask([reach], size, SINGLE_PIXELS) if is_whole else rounded_mask(reach, size, _CORNER))
    # Between covers that touch each other rounding leaves rows of single pixels.
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, _HAIRLINE).astype(np.bool_) if rests else mask


def tidied(mask: NDArray[np.bool_], image: ImageResult) -> tuple[Region, ...]:
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
        mask |= region_mask([straightened(quad, size, grid) for quad in quads], size, SINGLE_PIXELS)
    return mask

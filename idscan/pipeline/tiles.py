"""Read parts of a large image at full size: small cards, fine print and small codes that the whole did not show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_box, tile_boxes
from idscan.pipeline import qr
from idscan.pipeline.card import exposed_fields_read
from idscan.pipeline.context import PageContext
from idscan.pipeline.fusion import is_included, join_readings
from idscan.pipeline.page import PageReading, are_same_card, process_page
from idscan.pipeline.prefilter import UnreadableTextPolicy, prefilter_lines
from idscan.vision import perspective, preprocess
from idscan.vision.ink_map import CELL, edge_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import PixelBox, Quad
    from idscan.core.settings import EffortProfile
    from idscan.core.types import Fact, FullSize
    from idscan.pipeline.card import CardReading
    from idscan.pipeline.context import StageTimer

FULLY_SEEN_SIDE = 2600
"""Pixels of a longer side up to which lines of 20 pixels show when the whole is reduced for the pre-filter."""
_TILE_SIDE, _TILE_OVERLAP = 1280, 400
"""Pixels: the small detector sees lines of 10 pixels in a tile; a label and its value of that size span 400."""
_LEAST_CELLS = 8  # with steep steps: a label and a number of twelve digits of 8 pixels
_RUN = (1, 4)  # cells side by side: twelve digits of 8 pixels have as many
_ROOM_AROUND_PRINT = 48  # pixels: letters of a line that does not fill its last cells
_CODE = (4, 4)  # cells with steps both ways: a card's payload takes 57 modules or more, 80 pixels; print is less high
_WELL_SEEN = 420  # pixels across a card at reduced size from which all of it is read there
_PART_SIDE = 3000  # pixels of a part's longer side at most: nothing of a card is lost by reducing it to that
_ROOM_AROUND_CARD = 0.35  # of a card's size on each side, so that its outline is seen on the ground around it
_ROOM_AROUND_CODE = 7.0  # of a code's size: it takes a sixth of its card's width, and may stand at either end
_LINE_ROOM = 0.3  # of a line's height: strokes at its rim
_MOSTLY = 0.8
"""Share of a part within another. Lower: parts that show more are dropped; higher: the same part is read twice."""


@dataclass(frozen=True, eq=False, slots=True)
class Layers:
    """An image whose layers are at full size already, as a `FullSize`."""

    layers: tuple[NDArray[np.uint8], ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.layers[0].shape[:2]
        return width, height

    def greys(self) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Yield the brightness of each layer, at 0, 0."""
        for layer in self.layers:
            yield 0, 0, preprocess.grey(layer)

    def part(self, box: PixelBox, longest: int) -> tuple[NDArray[np.uint8], ...]:  # noqa: ARG002  never larger here
        """Return a part of each layer."""
        left, top, right, bottom = box
        parts = [np.ascontiguousarray(layer[top:bottom, left:right]) for layer in self.layers]
        for part in parts:
            part.setflags(write=False)
        return tuple(parts)


def read_at_full_size(
    full_size: FullSize, known: PageReading, profile: EffortProfile, timer: StageTimer, scale: float
) -> PageReading:
    """Read the parts of a large image that the whole of it, as it was read, may not have shown.

    Args:
        full_size: the image.
        known: what the whole gave, in pixels at full size.
        profile: how much may be spent.
        timer: CPU seconds per stage.
        scale: pixels of the whole, as it was read, for each pixel at full size.

    Returns:
        The reading with these parts added, in pixels at full size.
    """
    size = full_size.size
    boxes: list[PixelBox] = []
    if scale < 1:
        small = (quad for quad in known.located if geometry.width(quad) * scale < _WELL_SEEN)
        boxes += [_box_around(quad, _ROOM_AROUND_CARD, size) for quad in small]
    accounted_for = [*_grown(known.lines), *(card.quad for card in known.cards)]
    for left, top, grey in full_size.greys():
        with timer.stage("tiles"):
            quads = [geometry.shifted(quad, -left, -top) for quad in accounted_for]
            found = _with_fine_detail(grey, quads, profile, has_small_codes=scale < 1)
            boxes += [(left + box[0], top + box[1], left + box[2], top + box[3]) for box in found]
    parts = [box for i, box in enumerate(boxes) if not _is_part_of_another(box, boxes[:i], boxes[i + 1 :])]
    for box in parts:
        for layer in full_size.part(box, _PART_SIDE):
            reading = process_page(PageContext.of(layer, profile, timer), has_codes=scale < 1)
            known = refined_reading(
                known,
                transformed_reading(
                    transformed_reading(reading, 0, 0, (box[2] - box[0]) / layer.shape[1]), box[0], box[1]
                ),
            )
    return known


def _with_fine_detail(
    grey: NDArray[np.uint8], known: Sequence[Quad], profile: EffortProfile, *, has_small_codes: bool
) -> list[PixelBox]:
    """Return the parts with print or a code that was not detected before.

    Args:
        grey: brightness of a piece of the image at full size.
        known: places on it that were seen.
        profile: how much may be spent.
        has_small_codes: the whole was read at reduced size, so that codes were, too.
    """
    size = (grey.shape[1], grey.shape[0])
    across, down = edge_cells(grey)
    found: list[PixelBox] = []
    if has_small_codes:
        busy_both_ways = np.asarray(cv2.morphologyEx(across & down, cv2.MORPH_OPEN, np.ones(_CODE, np.uint8)), np.uint8)
        for box in tile_boxes(size, _TILE_SIDE, _TILE_OVERLAP):
            if _count(busy_both_ways, box):
                codes = qr.read_frame(_cut(grey, box), every_reader=profile.uses_all_engines)
                found += [_box_around(geometry.shifted(code.quad, *box[:2]), _ROOM_AROUND_CODE, size) for code in codes]
    unexplained = _runs_of_strokes(across, down, known)
    for group in _groups(unexplained):
        for box in _tiles_of(group, size):
            if _count(unexplained, box) < _LEAST_CELLS:
                continue
            left, top, *_ = box
            view = perspective.whole(np.asarray(cv2.cvtColor(_cut(grey, box), cv2.COLOR_GRAY2RGB), np.uint8))
            inside = [geometry.shifted(quad, -left, -top) for quad in known]
            if prefilter_lines(view, inside, policy=UnreadableTextPolicy.IGNORED, is_part=True).is_relevant:
                # Include neighbouring print: a number is more reliable with its label, which may be known already.
                found.append(_at_least(box, _TILE_SIDE, size))
    return found


def _runs_of_strokes(across: NDArray[np.uint8], down: NDArray[np.uint8], known: Sequence[Quad]) -> NDArray[np.uint8]:
    """Return the cells with strokes side by side that are no part of what is known; 0 or 1.

    Specks stand alone and a ruling has no strokes; lines of print have them one after the other, along the line.
    """
    seen = np.zeros_like(across)
    for quad in known:
        cv2.fillConvexPoly(seen, np.round(np.array(quad) / CELL).astype(np.int32), 1)
    runs = [
        cv2.morphologyEx(cells & (1 - seen), cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        for cells, shape in ((across, _RUN), (down, _RUN[::-1]))
    ]
    return np.asarray(np.maximum(*runs), np.uint8)


def _groups(cells: NDArray[np.uint8]) -> Iterator[PixelBox]:
    """Yield boxes in pixels around neighbouring cells, such as a value and its label."""
    reach = _TILE_OVERLAP // CELL
    _, labels = cv2.connectedComponents(cv2.dilate(cells, np.ones((reach, reach), np.uint8)))
    labels *= cells
    for label in np.unique(labels)[1:]:
        left, top, width, height = cv2.boundingRect((labels == label).astype(np.uint8))
        yield left * CELL, top * CELL, (left + width) * CELL, (top + height) * CELL


def _tiles_of(group: PixelBox, size: tuple[int, int]) -> list[PixelBox]:
    """Return boxes that cover a group with some room around it."""
    left, top, right, bottom = _box_around(quad_from_box(*group), 0, size, least_room=_ROOM_AROUND_PRINT)
    tiles = tile_boxes((right - left, bottom - top), _TILE_SIDE, _TILE_OVERLAP)
    return [(left + x0, top + y0, left + x1, top + y1) for x0, y0, x1, y1 in tiles]


def _at_least(box: PixelBox, side: int, size: tuple[int, int]) -> PixelBox:
    """Return a box grown to some sides, as far as the image goes."""
    left, top, right, bottom = box
    dx, dy = max(0, side - (right - left)) // 2, max(0, side - (bottom - top)) // 2
    return (max(0, left - dx), max(0, top - dy), min(size[0], right + dx), min(size[1], bottom + dy))


def _count(cells: NDArray[np.uint8], box: PixelBox) -> int:
    left, top, right, bottom = box
    return int(cells[top // CELL : bottom // CELL + 1, left // CELL : right // CELL + 1].sum())


def _cut(grey: NDArray[np.uint8], box: PixelBox) -> NDArray[np.uint8]:
    left, top, right, bottom = box
    return np.ascontiguousarray(grey[top:bottom, left:right])


def _box_around(quad: Quad, room: float, size: tuple[int, int], *, least_room: float = 0) -> PixelBox:
    left, top, right, bottom = geometry.bounds(quad)
    around = geometry.box_around(quad, max(least_room, room * max(right - left, bottom - top)))
    left, top, right, bottom = geometry.bounds(around)
    return (max(0, int(left)), max(0, int(top)), min(size[0], int(right) + 1), min(size[1], int(bottom) + 1))


def _grown(lines: Iterable[Quad]) -> Iterable[Quad]:
    for line in lines:
        left, top, right, bottom = geometry.bounds(line)
        yield geometry.box_around(line, _LINE_ROOM * min(right - left, bottom - top))


def _is_part_of_another(box: PixelBox, before: Sequence[PixelBox], after: Sequence[PixelBox]) -> bool:
    """Return whether another box holds most of one; of two that hold each other the first stays."""
    quad = quad_from_box(*box)
    return any(geometry.overlap(quad, quad_from_box(*other)) > _MOSTLY for other in before) or any(
        geometry.overlap(quad, quad_from_box(*other)) > _MOSTLY
        and geometry.overlap(quad_from_box(*other), quad) <= _MOSTLY
        for other in after
    )


def transformed_reading(reading: PageReading, right: float, down: float, scale: float = 1.0) -> PageReading:
    """Return a reading in other pixels: shifted first, then scaled."""

    def quad(place: Quad) -> Quad:
        return geometry.scaled(geometry.shifted(place, right, down), scale)

    def fact(one: Fact) -> Fact:
        return replace(one.moved(quad), px_per_module=one.px_per_module and one.px_per_module * scale)

    def card(one: CardReading) -> CardReading:
        return replace(
            one,
            quad=quad(one.quad),
            facts=tuple(fact(inner) for inner in one.facts),
            texts=tuple(replace(text, quad=quad(text.quad)) for text in one.texts),
        )

    return PageReading(
        cards=tuple(card(one) for one in reading.cards),
        facts=tuple(fact(one) for one in reading.facts),
        problems=tuple(replace(problem, quad=problem.quad and quad(problem.quad)) for problem in reading.problems),
        texts=tuple(replace(text, quad=quad(text.quad)) for text in reading.texts),
        located=tuple(quad(place) for place in reading.located),
        lines=tuple(quad(line) for line in reading.lines),
    )


def refined_reading(known: PageReading, closer: PageReading) -> PageReading:
    """Return the reading of an image in which a sharper one replaces the results at its place."""
    cards = [card for card in known.cards if not any(_has_no_fewer_fields(sharp, card) for sharp in closer.cards)]
    sharp_facts = [*closer.facts, *(fact for card in closer.cards for fact in card.facts)]
    facts = [fact for fact in known.facts if not any(_shows_again(sharp, fact) for sharp in sharp_facts)]
    return join_readings(replace(known, cards=tuple(cards), facts=tuple(facts)), closer)


def _has_no_fewer_fields(sharp: CardReading, known: CardReading) -> bool:
    return are_same_card(sharp, known) and exposed_fields_read(sharp) >= exposed_fields_read(known)


def _shows_again(sharp: Fact, known: Fact) -> bool:
    return sharp.field is known.field and known.quad is not None and is_included(sharp, known)

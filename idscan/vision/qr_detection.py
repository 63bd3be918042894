"""Find regions that may hold a code: busy regions, dark squares, finder patterns.

Square ones are as busy across as down (QR, Aztec, Data Matrix); strips are wide and may be turned (PDF417, rMQR).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.arrays import halved, levels_at
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.vision.qr_grid import SIZES, outline_score

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

_CELL = 4  # pixels over which steps of brightness are averaged
_LEVELS = 4  # halvings: modules of 1 to 2.5 pixels show on the first, of 8 to 20 on the last
_FEWEST_CELLS = 8  # along a side: 32 modules of a pixel
_MOST_CELLS = 48  # along a side: a larger code shows on the next halving
_STEPS = (9.0, 22.0)  # levels of brightness between neighbours, on average
_AREA_CELLS = 3  # over which cells are averaged: modules of two pixels leave some without a step
_MOST_UNEQUAL_STEPS = 1.7  # across against down: lines of print measure more
_MOST_UNEQUAL_SIDES = 1.45
_MIN_FILL = 0.5  # of the box: a code turned by 45 degrees
_ONE_PLACE = 0.5
_LEAST_LIKENESS = 0.265  # codes of a pixel to the module measure 0.28 and more
_STRIP_STEP = 22.0  # levels of brightness between neighbours, on average, along the busier direction
_STRIP_CELLS = (44, 240)  # along the longer side: a payload takes 100 modules or more, of two pixels
_LEAST_STRIP_CELLS = 6  # along the shorter side: 13 modules of two pixels
_STRIP_ASPECTS = (1.8, 20.0)  # from a PDF417 of many rows to the longest rMQR
_STRIP_FILL = 0.75  # of its own box: words leave gaps, and the right end of a block of text is ragged
_STRIP_DARK = (0.36, 0.64)  # share of dark pixels; print has up to 0.35


@dataclass(frozen=True, slots=True)
class CodeRegions:
    """Where codes may be, the likeliest first, in pixels of the picture.

    Attributes:
        squares: upright boxes.
        strips: boxes along a wide symbol, the first side being a long one.
    """

    squares: tuple[Quad, ...]
    strips: tuple[Quad, ...]


def find_code_regions(grey: NDArray[np.uint8], limit: int, most_strips: int = 0) -> CodeRegions:
    """Return places that may hold a code.

    Args:
        grey: uint8 array of shape (height, width).
        limit: of square places, at most this many.
        most_strips: of wide ones.
    """
    squares: list[tuple[float, Quad]] = []
    strips: list[tuple[float, Quad]] = []
    picture = grey
    for level in range(_LEVELS):
        if min(picture.shape) <= _FEWEST_CELLS * _CELL:
            break
        across = _averaged(cv2.absdiff(picture[:-1, 1:], picture[:-1, :-1]).astype(np.uint8, copy=False))
        down = _averaged(cv2.absdiff(picture[1:, :-1], picture[:-1, :-1]).astype(np.uint8, copy=False))
        factor = 2.0**level
        squares.extend((score, geometry.scaled(quad, factor)) for score, quad in _squares_in(picture, across, down))
        if most_strips:
            found = (geometry.scaled(quad, factor) for quad in _strips_in(picture, across, down))
            # On a level that is too fine for it, a code falls into the columns of its patterns.
            strips.extend((geometry.area(quad), quad) for quad in found)
        picture = halved(picture)
    return CodeRegions(
        *(
            geometry.distinct(
                (quad for _, quad in sorted(found, key=lambda item: (-item[0], item[1]))), most, _ONE_PLACE
            )
            for found, most in ((squares, limit), (strips, most_strips))
        )
    )


def _squares_in(
    picture: NDArray[np.uint8], across: NDArray[np.float32], down: NDArray[np.float32]
) -> Iterator[tuple[float, Quad]]:
    steps = np.minimum(across, down)
    for threshold in _STEPS:
        mask = (steps > threshold).astype(np.uint8)
        if cv2.countNonZero(mask) < _MIN_FILL * _FEWEST_CELLS**2:
            continue
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for label in _squares(np.asarray(stats, np.int32)):
            x, y, width, height, _ = (int(value) for value in stats[label])
            inside = labels[y : y + height, x : x + width] == label
            both = [float(way[y : y + height, x : x + width][inside].mean()) for way in (across, down)]
            if max(both) > _MOST_UNEQUAL_STEPS * min(both):
                continue
            box = quad_from_box(x * _CELL, y * _CELL, (x + width) * _CELL, (y + height) * _CELL)
            score = _likeness(picture, box)
            if score > _LEAST_LIKENESS:
                yield score, box


def _strips_in(picture: NDArray[np.uint8], across: NDArray[np.float32], down: NDArray[np.float32]) -> Iterator[Quad]:
    if max(across.shape) < _STRIP_CELLS[0]:
        return
    mask = (np.maximum(across, down) > _STRIP_STEP).astype(np.uint8)
    if cv2.countNonZero(mask) < _STRIP_FILL * _STRIP_CELLS[0] * _LEAST_STRIP_CELLS:
        return
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    longer, area = np.maximum(stats[1:, 2], stats[1:, 3]), stats[1:, 4]
    is_likely = (longer >= _STRIP_CELLS[0] * 0.7) & (longer <= _STRIP_CELLS[1])
    is_likely &= area >= _STRIP_FILL * _STRIP_CELLS[0] * _LEAST_STRIP_CELLS
    for label in np.flatnonzero(is_likely) + 1:
        x, y, width, height, count = (int(value) for value in stats[label])
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == label)
        points = np.stack([columns + x, rows + y], axis=1).astype(np.float32)
        (mid_x, mid_y), (wide, high), degrees = cv2.minAreaRect(points)
        wide, high = wide + 1, high + 1  # cells have an extent
        if wide < high:
            wide, high, degrees = high, wide, degrees - 90
        if not _STRIP_ASPECTS[0] <= wide / high <= _STRIP_ASPECTS[1] or count < _STRIP_FILL * wide * high:
            continue
        if high < _LEAST_STRIP_CELLS or wide < _STRIP_CELLS[0]:
            continue
        corners = cv2.boxPoints((((mid_x + 0.5) * _CELL, (mid_y + 0.5) * _CELL), (wide * _CELL, high * _CELL), degrees))
        # OpenCV lists the corners clockwise from the bottom left one of the unturned box.
        quad = geometry.turned(geometry.quad_from_points(corners.tolist()), 1)
        straight = rectified_code(picture, quad, 1.0)
        cut, _ = cv2.threshold(straight, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        dark = float((straight <= cut).mean())
        if _STRIP_DARK[0] < dark < _STRIP_DARK[1]:
            yield quad


def rectified_code(grey: NDArray[np.uint8], quad: Quad, factor: float) -> NDArray[np.uint8]:
    """Return the rectangle within a quad, upright, enlarged by a factor."""
    size = (max(1, round(geometry.width(quad) * factor)), max(1, round(geometry.height(quad) * factor)))
    to_upright = cv2.getPerspectiveTransform(
        np.array(quad, np.float32) - 0.5, np.array(quad_from_box(0, 0, *size), np.float32) - 0.5
    )
    how = cv2.INTER_CUBIC if factor >= 1 else cv2.INTER_AREA
    return cv2.warpPerspective(grey, to_upright, size, flags=how, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def _squares(stats: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return which of the components (row by row: left, top, width, height, area) may be a code; the first is none."""
    width, height, area = stats[1:, 2], stats[1:, 3], stats[1:, 4]
    shorter, longer = np.minimum(width, height), np.maximum(width, height)
    fits = (shorter >= _FEWEST_CELLS) & (longer <= _MOST_CELLS) & (longer <= _MOST_UNEQUAL_SIDES * shorter)
    return np.flatnonzero(fits & (area >= _MIN_FILL * width * height)) + 1


def _averaged(steps: NDArray[np.uint8]) -> NDArray[np.float32]:
    height, width = (side // _CELL * _CELL for side in steps.shape)
    cells = steps[:height, :width]
    # Halving twice takes a tenth of the time of one reduction to a quarter.
    for part in (2, 4):
        cells = cv2.resize(cells, (width // part, height // part), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
    return cv2.blur(cells.astype(np.float32), (_AREA_CELLS, _AREA_CELLS)).astype(np.float32, copy=False)


def _likeness(picture: NDArray[np.uint8], box: Quad) -> float:
    """Return how evenly dark and light share a place, 0 to 1."""
    left, top, right, bottom = (int(edge) for edge in geometry.bounds(box))
    inside = picture[top:bottom, left:right]
    low, high = levels_at(inside, 4, 96)
    return float(inside.std() / max(high - low, 1.0))


_WORKING_SIDE = 640
_MIN_SIDE, _MAX_SIDE = 0.035, 0.6  # of the picture's longer side
_MIN_PIXELS = 50.0  # a code of 37 modules with less has no pixels to tell them by
_MOST_UNEQUAL = 0.3  # in natural logarithm: perspective included
_MIN_BLOT_FILL = 0.72
_GAPS = (3, 7, 13)  # working pixels between dark modules that are closed
_BLOT_LEVELS = 9
_GROUND = 121  # working pixels over which uneven light is evened out
_SAME_BLOT = 0.6


def find_dark_squares(grey: NDArray[np.uint8], limit: int) -> tuple[Quad, ...]:
    """Return squarish dark places, the fullest first, clockwise from any corner, in pixels of the picture.

    Args:
        grey: uint8 array of shape (height, width).
        limit: at most this many.
    """
    height, width = grey.shape
    factor = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    scale = (width / size[0], height / size[1])
    found: list[tuple[float, Quad]] = []
    for mask in _masks(small):
        for fill, corners in _blot_squares(mask):
            quad = quad_from_points((x * scale[0], y * scale[1]) for x, y in corners)
            if min(geometry.width(quad), geometry.height(quad)) >= _MIN_PIXELS:
                found.append((fill, quad))
    found.sort(key=lambda item: (-item[0], item[1]))
    return geometry.distinct((quad for _, quad in found), limit, _SAME_BLOT)


def _masks(small: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    ground = cv2.blur(small, (_GROUND, _GROUND)).astype(np.float32)
    even = np.clip(small.astype(np.float32) * (128 / (ground + 1)), 0, 255).astype(np.uint8)
    for picture in (small, even):
        for gap in _GAPS:
            soft = cv2.blur(picture, (gap, gap))
            levels = np.percentile(soft, np.linspace(8, 75, _BLOT_LEVELS))
            for level in np.unique(levels.astype(np.uint8)):
                yield (soft <= level).astype(np.uint8)


def _blot_squares(mask: NDArray[np.uint8]) -> Iterator[tuple[float, list[tuple[float, float]]]]:
    longest = max(mask.shape)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        _, _, width, height = cv2.boundingRect(contour)
        if not _MIN_SIDE * longest <= min(width, height) <= max(width, height) <= 1.5 * _MAX_SIDE * longest:
            continue
        rectangle = cv2.minAreaRect(contour)
        # Contours run through the middle of their pixels.
        sides = (rectangle[1][0] + 1, rectangle[1][1] + 1)
        fill = (cv2.contourArea(contour) + sum(sides)) / (sides[0] * sides[1])
        if abs(math.log(sides[0] / sides[1])) < _MOST_UNEQUAL and fill > _MIN_BLOT_FILL:
            corners = cv2.boxPoints((rectangle[0], sides, rectangle[2])) + 0.5
            yield min(fill, 1.0), [(float(x), float(y)) for x, y in corners]


_PX = 14 / 9  # pixels to the module at which patterns are compared: enough for their rings, a whole number for nine
_REACH = 9  # modules that are compared: the pattern and a light rim
_BLUR = 0.5  # modules
_TURNS = (22.5, 0.0, 45.0)  # degrees: the pattern looks the same after a quarter turn, and much the same between these
_SCALE_STEP = 1.17
_FINEST = 0.9  # pixels per module below which nothing tells a pattern
_LIKE_A_FINDER = 0.62
_PERHAPS_A_FINDER = 0.4  # at a turn that is at most 22.5 degrees off
_MOST_PATTERNS = 24
_SMALLEST_SHARE = 3.0  # of the part's side that a code with the most modules takes: a third
_TRIPLES_TRIED, _MOST_TRIPLES = 12, 2
_PAIRS_TRIED, _MOST_PAIRS = 24, 4
_TURNED_BOX = 1.2  # a box around a turned code is wider; half way to 45 degrees is as far as most are
_BOX_ROOM = 1.1
_UNEQUAL_SIDES = 1.3
_UNEQUAL_PATTERNS = 1.45
_MOST_SKEW = 0.35  # cosine between the two sides at the corner
_FEWEST_MODULES, _MOST_MODULES = (
    SIZES[0] - 4,
    SIZES[-1] + 8,
)  # what the size of a pattern says of the code's is not exact


@dataclass(frozen=True, slots=True)
class Finder:
    """A finder pattern.

    Attributes:
        x: of its middle, in pixels from the left edge of the picture.
        y: likewise from the upper edge.
        pitch: pixels per module.
        score: how much it looks like one, correlation up to 1.
    """

    x: float
    y: float
    pitch: float
    score: float


@dataclass(frozen=True, slots=True)
class CodeOutline:
    """A code as finder patterns place it.

    Attributes:
        quad: without its quiet zone, clockwise from its own top-left corner.
        modules: along one side, more or less.
        hidden: the finder pattern that was not seen: 0 top left, 1 top right, 2 bottom left; None where all were.
        score: how much it looks like a code at first sight, -1 to 1.
    """

    quad: Quad
    modules: float
    hidden: int | None
    score: float


def find_code_outlines(grey: NDArray[np.uint8], side: float | None = None) -> tuple[CodeOutline, ...]:
    """Return where codes may lie in a small part of a picture, those with three patterns first, then by likeness.

    Args:
        grey: uint8 array of shape (height, width), a code with some ground around it.
        side: of the upright box around the code in pixels, more or less; None where only the part is known.
    """
    finders = find_finders(grey, _pitches(grey.shape, side))
    found: list[CodeOutline] = []
    for outlines, tried, kept in (
        (_from_triples(finders), _TRIPLES_TRIED, _MOST_TRIPLES),
        (_from_pairs(finders), _PAIRS_TRIED, _MOST_PAIRS),
    ):
        likely = sorted(outlines, key=lambda outline: -outline.score)[:tried]
        scored = [
            replace(outline, score=outline_score(grey, outline.quad, outline.modules, outline.hidden))
            for outline in likely
        ]
        found.extend(sorted(scored, key=lambda outline: -outline.score)[:kept])
    return tuple(found)


def _pitches(shape: tuple[int, ...], side: float | None) -> tuple[float, float]:
    """Return the fewest and the most pixels that a module may have."""
    least = max(shape) / _SMALLEST_SHARE if side is None else side / _TURNED_BOX
    most = max(shape) if side is None else side * _BOX_ROOM
    return max(_FINEST, least / SIZES[-1]), most / SIZES[0]


def find_finders(grey: NDArray[np.uint8], pitches: tuple[float, float]) -> tuple[Finder, ...]:
    """Return likely finder patterns in a small part of a picture, the likeliest first.

    Args:
        grey: uint8 array of shape (height, width).
        pitches: the fewest and the most pixels that a module of it may have.
    """
    found: list[Finder] = []
    pitch, last = pitches
    source = grey
    while pitch < last:
        factor = _PX / pitch
        size = (round(grey.shape[1] * factor), round(grey.shape[0] * factor))
        if min(size) > _REACH * _PX:
            while source.shape[1] >= 2 * size[0] and source.shape[0] >= 2 * size[1]:
                source = halved(source)
            how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
            scaled = cv2.resize(source, size, interpolation=how).astype(np.uint8, copy=False)
            found.extend(_peaks(scaled, grey.shape[1] / size[0], pitch))
        pitch *= _SCALE_STEP
    found.sort(key=lambda finder: -finder.score)
    kept: list[Finder] = []
    for finder in found:
        if len(kept) >= _MOST_PATTERNS:
            break
        if not any(_are_one(finder, other) for other in kept):
            kept.append(finder)
    return tuple(kept)


def _are_one(finder: Finder, other: Finder) -> bool:
    """Return whether two are the same pattern; the middle of a large one may look like a small one and is another."""
    return _are_alike((finder, other)) and math.dist((finder.x, finder.y), (other.x, other.y)) < 4 * other.pitch


def _peaks(scaled: NDArray[np.uint8], to_picture: float, pitch: float) -> Iterator[Finder]:
    between, *others = _shapes()
    likeness = cv2.matchTemplate(scaled, between, cv2.TM_CCOEFF_NORMED)
    if likeness.max() < _PERHAPS_A_FINDER:
        return
    likeness = np.max([likeness, *(cv2.matchTemplate(scaled, shape, cv2.TM_CCOEFF_NORMED) for shape in others)], axis=0)
    summits = (likeness >= _LIKE_A_FINDER) & (likeness >= cv2.dilate(likeness, np.ones((5, 5), np.uint8)))
    middle = _REACH * _PX / 2
    for y, x in np.argwhere(summits):
        yield Finder((x + middle) * to_picture, (y + middle) * to_picture, pitch, float(likeness[y, x]))


@lru_cache(maxsize=1)
def _shapes() -> tuple[NDArray[np.uint8], ...]:
    """Return what finder patterns look like at the size at which they are compared, turned by each angle."""
    side = round(_REACH * _PX)
    fine = 8
    at = (np.arange(side * fine) + 0.5) / (fine * _PX) - _REACH / 2
    x, y = np.meshgrid(at, at)
    shapes = []
    for turn in np.radians(_TURNS):
        across = np.maximum(abs(x * np.cos(turn) + y * np.sin(turn)), abs(y * np.cos(turn) - x * np.sin(turn)))
        dark = (across < 1.5) | ((across > 2.5) & (across < 3.5))  # noqa: PLR2004  modules from the middle
        soft = cv2.GaussianBlur(np.where(dark, 0, 255).astype(np.float32), (0, 0), _BLUR * _PX * fine)
        shapes.append(cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8))
    return tuple(shapes)


def _from_triples(finders: Sequence[Finder]) -> Iterator[CodeOutline]:
    for three in combinations(finders, 3):
        if not _are_alike(three):
            continue
        for corner, right, below in permutations(three):
            side, drop = (right.x - corner.x, right.y - corner.y), (below.x - corner.x, below.y - corner.y)
            if side[0] * drop[1] - side[1] * drop[0] <= 0:
                continue
            outline = _outline((corner.x, corner.y), side, drop, three, None)
            if outline is not None:
                yield outline


def _from_pairs(finders: Sequence[Finder]) -> Iterator[CodeOutline]:
    """Yield the codes that two patterns may belong to: along a side, or across from each other."""
    for one, other in combinations(finders, 2):
        if not _are_alike((one, other)):
            continue
        for first, second in ((one, other), (other, one)):
            dx, dy = second.x - first.x, second.y - first.y
            pair = (first, second)
            candidates = (
                # top left and top right; bottom left and top left; top right and bottom left
                _outline((first.x, first.y), (dx, dy), (-dy, dx), pair, 2),
                _outline((second.x, second.y), (-dy, dx), (-dx, -dy), pair, 1),
                _outline(
                    ((first.x + second.x - dy) / 2, (first.y + second.y + dx) / 2),
                    ((dy - dx) / 2, (-dx - dy) / 2),
                    ((dx + dy) / 2, (dy - dx) / 2),
                    pair,
                    0,
                ),
            )
            yield from (outline for outline in candidates if outline is not None)


def _are_alike(finders: Sequence[Finder]) -> bool:
    pitches = [finder.pitch for finder in finders]
    return max(pitches) < _UNEQUAL_PATTERNS * min(pitches)


def _outline(
    corner: tuple[float, float],
    side: tuple[float, float],
    drop: tuple[float, float],
    finders: Sequence[Finder],
    hidden: int | None,
) -> CodeOutline | None:
    """Return the code with a pattern in its corner and others along both sides, None where none can be so."""
    across, down = math.hypot(*side), math.hypot(*drop)
    if max(across, down) > _UNEQUAL_SIDES * min(across, down):
        return None
    if abs(side[0] * drop[0] + side[1] * drop[1]) > _MOST_SKEW * across * down:
        return None
    pitch = sum(finder.pitch for finder in finders) / len(finders)
    # Patterns stand seven modules apart less than the code is long.
    modules = (across + down) / 2 / pitch + 7
    if not _FEWEST_MODULES <= modules <= _MOST_MODULES:
        return None
    rim = 3.5 / (modules - 7)
    corners = ((-rim, -rim), (1 + rim, -rim), (1 + rim, 1 + rim), (-rim, 1 + rim))
    quad = quad_from_points(
        (corner[0] + u * side[0] + v * drop[0], corner[1] + u * side[1] + v * drop[1]) for u, v in corners
    )
    return CodeOutline(quad, modules, hidden, sum(finder.score for finder in finders) / len(finders))

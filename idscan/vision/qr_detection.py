"""Find candidate regions of codes: dense edges, dark squares, finder patterns.

Square codes (QR, Aztec, Data Matrix) have as many edges across as down; strips (PDF417, rMQR) are wide and may be
rotated.
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

_CELL = 4  # pixels over which edge strength is averaged: fewer leave gaps between modules, more blur small codes
_OCTAVES = 4  # halvings of the image: modules of 1 to 2.5 pixels show on the first, of 8 to 20 on the last
_FEWEST_CELLS, _MOST_CELLS = 8, 48  # along a side: 32 modules of one pixel; a larger code shows on the next octave
_EDGE_STRENGTHS = (9.0, 22.0)  # mean levels between neighbours: faint codes need the first, busy surroundings the other
_AREA_CELLS = 3  # cells over which cells are averaged: modules of two pixels leave some without an edge
_MAX_EDGE_RATIO = 1.7  # edges across by those down or the reverse: lines of print measure more
_MAX_SIDE_RATIO = 1.45  # longer by shorter side of the box: less rejects codes in perspective, more accepts words
_MIN_FILL = 0.5  # share of the box: a code rotated by 45 degrees
_MIN_BIMODALITY = 0.265  # see `_bimodality`; codes of one pixel per module measure 0.28 and more
_STRIP_STRENGTH = 22.0  # mean levels between neighbours, along the direction with more edges
_STRIP_CELLS = (44, 240)  # along the longer side: a payload takes 100 modules or more, of two pixels
_SLACK = 0.7  # of the fewest cells along a side of the upright box, which is shorter than a rotated strip
_LEAST_STRIP_CELLS = 6  # along the shorter side: 13 modules of two pixels
_STRIP_ASPECTS = (1.8, 20.0)  # from a PDF417 of many rows to the longest rMQR
_STRIP_FILL = 0.75  # share of the strip: words leave gaps, and the right end of a block of text is ragged
_STRIP_DARK = (0.36, 0.64)  # share of dark pixels; print has up to 0.35


@dataclass(frozen=True, slots=True)
class CodeRegions:
    """Candidate regions of codes, best first, in pixels of the image.

    Attributes:
        squares: upright boxes.
        strips: rotated boxes; the first side is a long one.
    """

    squares: tuple[Quad, ...]
    strips: tuple[Quad, ...]


def find_code_regions(grey: NDArray[np.uint8], limit: int, most_strips: int = 0) -> CodeRegions:
    """Return candidate regions of codes.

    Args:
        grey: uint8 array of shape (height, width).
        limit: square regions, at most.
        most_strips: strips, at most.
    """
    squares: list[tuple[float, Quad]] = []
    strips: list[tuple[float, Quad]] = []
    image = grey
    for octave in range(_OCTAVES):
        if min(image.shape) <= _FEWEST_CELLS * _CELL:
            break
        across = _averaged(cv2.absdiff(image[:-1, 1:], image[:-1, :-1]).astype(np.uint8, copy=False))
        down = _averaged(cv2.absdiff(image[1:, :-1], image[:-1, :-1]).astype(np.uint8, copy=False))
        factor = 2.0**octave
        squares.extend((score, geometry.scaled(quad, factor)) for score, quad in _squares_in(image, across, down))
        if most_strips:
            found = (geometry.scaled(quad, factor) for quad in _strips_in(image, across, down))
            # On too fine an octave a code splits into the columns of its patterns.
            strips.extend((geometry.area(quad), quad) for quad in found)
        image = halved(image)
    return CodeRegions(
        *(
            geometry.distinct(
                (quad for _, quad in sorted(found, key=lambda item: (-item[0], item[1]))), most, geometry.SAME_PLACE
            )
            for found, most in ((squares, limit), (strips, most_strips))
        )
    )


def _squares_in(
    image: NDArray[np.uint8], across: NDArray[np.float32], down: NDArray[np.float32]
) -> Iterator[tuple[float, Quad]]:
    steps = np.minimum(across, down)
    for threshold in _EDGE_STRENGTHS:
        mask = (steps > threshold).astype(np.uint8)
        if cv2.countNonZero(mask) < _MIN_FILL * _FEWEST_CELLS**2:
            continue
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for label in _squares(np.asarray(stats, np.int32)):
            x, y, width, height, _ = (int(value) for value in stats[label])
            inside = labels[y : y + height, x : x + width] == label
            both = [float(strength[y : y + height, x : x + width][inside].mean()) for strength in (across, down)]
            if max(both) > _MAX_EDGE_RATIO * min(both):
                continue
            box = quad_from_box(x * _CELL, y * _CELL, (x + width) * _CELL, (y + height) * _CELL)
            score = _bimodality(image, box)
            if score > _MIN_BIMODALITY:
                yield score, box


def _strips_in(image: NDArray[np.uint8], across: NDArray[np.float32], down: NDArray[np.float32]) -> Iterator[Quad]:
    if max(across.shape) < _STRIP_CELLS[0]:
        return
    mask = (np.maximum(across, down) > _STRIP_STRENGTH).astype(np.uint8)
    if cv2.countNonZero(mask) < _STRIP_FILL * _STRIP_CELLS[0] * _LEAST_STRIP_CELLS:
        return
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    longer, area = np.maximum(stats[1:, 2], stats[1:, 3]), stats[1:, 4]
    is_likely = (longer >= _STRIP_CELLS[0] * _SLACK) & (longer <= _STRIP_CELLS[1])
    is_likely &= area >= _STRIP_FILL * _STRIP_CELLS[0] * _LEAST_STRIP_CELLS
    for label in np.flatnonzero(is_likely) + 1:
        x, y, width, height, count = (int(value) for value in stats[label])
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == label)
        points = np.stack([columns + x, rows + y], axis=1).astype(np.float32)
        (mid_x, mid_y), (wide, high), degrees = cv2.minAreaRect(points)
        wide, high = wide + 1, high + 1  # points are the middles of cells
        if wide < high:
            wide, high, degrees = high, wide, degrees - 90
        if not _STRIP_ASPECTS[0] <= wide / high <= _STRIP_ASPECTS[1] or count < _STRIP_FILL * wide * high:
            continue
        if high < _LEAST_STRIP_CELLS or wide < _STRIP_CELLS[0]:
            continue
        corners = cv2.boxPoints((((mid_x + 0.5) * _CELL, (mid_y + 0.5) * _CELL), (wide * _CELL, high * _CELL), degrees))
        # OpenCV lists the corners clockwise from the bottom left one of the upright box.
        quad = geometry.turned(geometry.quad_from_points(corners.tolist()), 1)
        straight = rectified_code(image, quad, 1.0)
        cut, _ = cv2.threshold(straight, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        dark = float((straight <= cut).mean())
        if _STRIP_DARK[0] < dark < _STRIP_DARK[1]:
            yield quad


def rectified_code(grey: NDArray[np.uint8], quad: Quad, factor: float) -> NDArray[np.uint8]:
    """Return the rectified content of a quad, enlarged by a factor."""
    size = (max(1, round(geometry.width(quad) * factor)), max(1, round(geometry.height(quad) * factor)))
    to_upright = cv2.getPerspectiveTransform(
        np.array(quad, np.float32) - 0.5, np.array(quad_from_box(0, 0, *size), np.float32) - 0.5
    )
    how = cv2.INTER_CUBIC if factor >= 1 else cv2.INTER_AREA
    return cv2.warpPerspective(grey, to_upright, size, flags=how, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def _squares(stats: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the labels of components that may be a code; `stats` as OpenCV returns them, the background first."""
    width, height, area = stats[1:, 2], stats[1:, 3], stats[1:, 4]
    shorter, longer = np.minimum(width, height), np.maximum(width, height)
    fits = (shorter >= _FEWEST_CELLS) & (longer <= _MOST_CELLS) & (longer <= _MAX_SIDE_RATIO * shorter)
    return np.flatnonzero(fits & (area >= _MIN_FILL * width * height)) + 1


def _averaged(steps: NDArray[np.uint8]) -> NDArray[np.float32]:
    height, width = (side // _CELL * _CELL for side in steps.shape)
    cells = steps[:height, :width]
    # Two halvings take a tenth of the time of one reduction to a quarter.
    for part in (2, 4):
        cells = cv2.resize(cells, (width // part, height // part), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
    return cv2.blur(cells.astype(np.float32), (_AREA_CELLS, _AREA_CELLS)).astype(np.float32, copy=False)


def _bimodality(image: NDArray[np.uint8], box: Quad) -> float:
    """Return the standard deviation of a region by its range, up to 0.5 for equal shares of dark and light."""
    left, top, right, bottom = (int(edge) for edge in geometry.bounds(box))
    inside = image[top:bottom, left:right]
    low, high = levels_at(inside, 4, 96)
    return float(inside.std() / max(high - low, 1.0))


_WORKING_SIDE = 640  # pixels of the longer side of the reduced image
_MIN_SIDE, _MAX_SIDE = 0.035, 0.6  # shares of the image's longer side: smaller codes cannot be restored
_MIN_PIXELS = 50.0  # a code of 37 modules with less has hardly a pixel per module
_MAX_LOG_ASPECT = 0.3  # natural logarithm, perspective included: more accepts words
_MIN_SQUARE_FILL = 0.72  # share of the rectangle around: less accepts any shape, more rejects codes with a torn edge
_GAPS = (3, 7, 13)  # working pixels of the blur that closes gaps between dark modules
_THRESHOLDS, _PERCENTILES = 9, (8, 75)  # number of binarisation thresholds, and their range of percentiles
_GROUND = 121  # working pixels over which illumination is estimated: fewer level the code itself
_SAME_SQUARE_IOU = 0.6  # from here on two squares are one


def find_dark_squares(grey: NDArray[np.uint8], limit: int) -> tuple[Quad, ...]:
    """Return dark squares, the best filled first, clockwise from any corner, in pixels of the image.

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
    for mask in _dark_masks(small):
        for fill, corners in _filled_squares(mask):
            quad = quad_from_points((x * scale[0], y * scale[1]) for x, y in corners)
            if min(geometry.width(quad), geometry.height(quad)) >= _MIN_PIXELS:
                found.append((fill, quad))
    found.sort(key=lambda item: (-item[0], item[1]))
    return geometry.distinct((quad for _, quad in found), limit, _SAME_SQUARE_IOU)


def _dark_masks(small: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield masks of the dark parts, with and without compensation of uneven illumination."""
    ground = cv2.blur(small, (_GROUND, _GROUND)).astype(np.float32)
    even = np.clip(small.astype(np.float32) * (128 / (ground + 1)), 0, 255).astype(np.uint8)
    for image in (small, even):
        for gap in _GAPS:
            soft = cv2.blur(image, (gap, gap))
            levels = np.percentile(soft, np.linspace(*_PERCENTILES, _THRESHOLDS))
            for level in np.unique(levels.astype(np.uint8)):
                yield (soft <= level).astype(np.uint8)


def _filled_squares(mask: NDArray[np.uint8]) -> Iterator[tuple[float, list[tuple[float, float]]]]:
    longest = max(mask.shape)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        _, _, width, height = cv2.boundingRect(contour)
        if not _MIN_SIDE * longest <= min(width, height) <= max(width, height) <= 1.5 * _MAX_SIDE * longest:
            continue
        rectangle = cv2.minAreaRect(contour)
        # Contours run through the middles of their pixels.
        sides = (rectangle[1][0] + 1, rectangle[1][1] + 1)
        fill = (cv2.contourArea(contour) + sum(sides)) / (sides[0] * sides[1])
        if abs(math.log(sides[0] / sides[1])) < _MAX_LOG_ASPECT and fill > _MIN_SQUARE_FILL:
            corners = cv2.boxPoints((rectangle[0], sides, rectangle[2])) + 0.5
            yield min(fill, 1.0), [(float(x), float(y)) for x, y in corners]


_FINDER = 7  # modules along a side of a finder pattern (ISO/IEC 18004)
_RIM = 9  # modules along a side of the template: the pattern and a light rim
_PX = 14 / 9  # pixels per module of the template: enough for its rings, and 14 pixels for its side
_BLUR = 0.5  # modules by which the template is blurred
_FINE = 8  # subpixels per pixel at which the template is drawn
_TURNS = (22.5, 0.0, 45.0)  # degrees: the pattern repeats after 90, and differs little between these
_SCALE_STEP = 1.17  # between two sizes of the search: more misses patterns between them
_FINEST = 0.9  # pixels per module: patterns below cannot be recognised
_MIN_CORRELATION = 0.62  # of a finder pattern: less yields too many false ones, more misses blurred ones
_MIN_FIRST_CORRELATION = 0.4  # with the first template, at most 22.5 degrees off: below, the others are not compared
_MAX_PATTERNS = 24  # kept: the number of triples grows with the cube
_SMALLEST_SHARE = 3.0  # side of the part by that of the smallest code with the most modules
_TRIPLES_TRIED, _MAX_TRIPLES = 12, 2  # outlines by three patterns that are scored, and returned
_PAIRS_TRIED, _MAX_PAIRS = 24, 4  # likewise by two patterns
_ROTATED_BOX = 1.2  # side of the box around a rotated code by its own; 1.2 is reached at about 13 degrees
_BOX_MARGIN = 1.1  # factor by which the given side may be too small
_MAX_ASPECT = 1.3  # longer by shorter side of an outline: less rejects tilted codes, more accepts false triples
_MAX_PITCH_RATIO = 1.45  # of the patterns of one code: likewise
_MAX_SKEW = 0.35  # absolute cosine of the angle at a corner: likewise
_FEWEST_MODULES, _MOST_MODULES = SIZES[0] - 4, SIZES[-1] + 8  # the estimate by the size of the patterns is inexact


@dataclass(frozen=True, slots=True)
class FinderPattern:
    """A finder pattern.

    Attributes:
        x: of its centre, in pixels from the left edge of the image.
        y: likewise from the upper edge.
        pitch: pixels per module.
        score: correlation with the template, up to 1.
    """

    x: float
    y: float
    pitch: float
    score: float


@dataclass(frozen=True, slots=True)
class CodeOutline:
    """The outline of a code as derived from its finder patterns.

    Attributes:
        quad: without its quiet zone, clockwise from its own top-left corner.
        modules: along one side, estimated.
        hidden: the finder pattern that was not found: 0 top left, 1 top right, 2 bottom left; None where all were.
        score: correlation with the fixed patterns before refinement, -1 to 1.
    """

    quad: Quad
    modules: float
    hidden: int | None
    score: float


def find_code_outlines(grey: NDArray[np.uint8], side: float | None = None) -> tuple[CodeOutline, ...]:
    """Return candidate outlines of codes in a small part of an image, those with three patterns first, then by score.

    Args:
        grey: uint8 array of shape (height, width), a code with some ground around it.
        side: of the upright box around the code in pixels, estimated; None where only the part is known.
    """
    finders = find_finder_patterns(grey, _pitches(grey.shape, side))
    found: list[CodeOutline] = []
    for outlines, tried, kept in (
        (_from_triples(finders), _TRIPLES_TRIED, _MAX_TRIPLES),
        (_from_pairs(finders), _PAIRS_TRIED, _MAX_PAIRS),
    ):
        scored = [
            replace(outline, score=outline_score(grey, outline.quad, outline.modules, outline.hidden))
            for outline in sorted(outlines, key=lambda outline: -outline.score)[:tried]
        ]
        found.extend(sorted(scored, key=lambda outline: -outline.score)[:kept])
    return tuple(found)


def _pitches(shape: tuple[int, ...], side: float | None) -> tuple[float, float]:
    """Return the smallest and the largest module to search for, in pixels."""
    least = max(shape) / _SMALLEST_SHARE if side is None else side / _ROTATED_BOX
    most = max(shape) if side is None else side * _BOX_MARGIN
    return max(_FINEST, least / SIZES[-1]), most / SIZES[0]


def find_finder_patterns(grey: NDArray[np.uint8], pitches: tuple[float, float]) -> tuple[FinderPattern, ...]:
    """Return finder patterns in a small part of an image, best first.

    Args:
        grey: uint8 array of shape (height, width).
        pitches: the smallest and the largest module, in pixels.
    """
    found: list[FinderPattern] = []
    pitch, last = pitches
    source = grey
    while pitch < last:
        factor = _PX / pitch
        size = (round(grey.shape[1] * factor), round(grey.shape[0] * factor))
        if min(size) > _RIM * _PX:
            while source.shape[1] >= 2 * size[0] and source.shape[0] >= 2 * size[1]:
                source = halved(source)
            how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
            scaled = cv2.resize(source, size, interpolation=how).astype(np.uint8, copy=False)
            found.extend(_peaks(scaled, grey.shape[1] / size[0], pitch))
        pitch *= _SCALE_STEP
    found.sort(key=lambda finder: -finder.score)
    kept: list[FinderPattern] = []
    for finder in found:
        if len(kept) >= _MAX_PATTERNS:
            break
        if not any(_is_same_pattern(finder, other) for other in kept):
            kept.append(finder)
    return tuple(kept)


def _is_same_pattern(finder: FinderPattern, other: FinderPattern) -> bool:
    """Return whether two are one pattern, so of similar size: the centre of a large one matches as a small one."""
    return (
        _have_similar_pitch((finder, other)) and math.dist((finder.x, finder.y), (other.x, other.y)) < 4 * other.pitch
    )


def _peaks(scaled: NDArray[np.uint8], to_image: float, pitch: float) -> Iterator[FinderPattern]:
    first, *others = _templates()
    found = cv2.matchTemplate(scaled, first, cv2.TM_CCOEFF_NORMED)
    if found.max() < _MIN_FIRST_CORRELATION:
        return
    found = np.max([found, *(cv2.matchTemplate(scaled, other, cv2.TM_CCOEFF_NORMED) for other in others)], axis=0)
    summits = (found >= _MIN_CORRELATION) & (found >= cv2.dilate(found, np.ones((5, 5), np.uint8)))
    middle = _RIM * _PX / 2
    for y, x in np.argwhere(summits):
        yield FinderPattern((x + middle) * to_image, (y + middle) * to_image, pitch, float(found[y, x]))


@lru_cache(maxsize=1)
def _templates() -> tuple[NDArray[np.uint8], ...]:
    """Return the finder pattern rotated by each angle, as an image of the size at which it is compared."""
    side = round(_RIM * _PX)
    at = (np.arange(side * _FINE) + 0.5) / (_FINE * _PX) - _RIM / 2
    x, y = np.meshgrid(at, at)
    templates = []
    for turn in np.radians(_TURNS):
        across = np.maximum(abs(x * np.cos(turn) + y * np.sin(turn)), abs(y * np.cos(turn) - x * np.sin(turn)))
        dark = (across < 1.5) | ((across > 2.5) & (across < 3.5))  # noqa: PLR2004  modules from the middle
        soft = cv2.GaussianBlur(np.where(dark, 0, 255).astype(np.float32), (0, 0), _BLUR * _PX * _FINE)
        templates.append(cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8))
    return tuple(templates)


def _from_triples(finders: Sequence[FinderPattern]) -> Iterator[CodeOutline]:
    for three in combinations(finders, 3):
        if not _have_similar_pitch(three):
            continue
        for corner, right, below in permutations(three):
            side, drop = (right.x - corner.x, right.y - corner.y), (below.x - corner.x, below.y - corner.y)
            if side[0] * drop[1] - side[1] * drop[0] <= 0:
                continue
            outline = _outline((corner.x, corner.y), side, drop, three, None)
            if outline is not None:
                yield outline


def _from_pairs(finders: Sequence[FinderPattern]) -> Iterator[CodeOutline]:
    """Yield the outlines that fit two patterns, at the ends of one side or of the diagonal."""
    for one, other in combinations(finders, 2):
        if not _have_similar_pitch((one, other)):
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


def _have_similar_pitch(finders: Sequence[FinderPattern]) -> bool:
    pitches = [finder.pitch for finder in finders]
    return max(pitches) < _MAX_PITCH_RATIO * min(pitches)


def _outline(
    corner: tuple[float, float],
    side: tuple[float, float],
    drop: tuple[float, float],
    finders: Sequence[FinderPattern],
    hidden: int | None,
) -> CodeOutline | None:
    """Return the outline with finder patterns at a corner and the ends of both sides, None where it is implausible."""
    across, down = math.hypot(*side), math.hypot(*drop)
    if max(across, down) > _MAX_ASPECT * min(across, down):
        return None
    if abs(side[0] * drop[0] + side[1] * drop[1]) > _MAX_SKEW * across * down:
        return None
    pitch = sum(finder.pitch for finder in finders) / len(finders)
    # The centres of the patterns are 3.5 modules from the code's edges.
    modules = (across + down) / 2 / pitch + _FINDER
    if not _FEWEST_MODULES <= modules <= _MOST_MODULES:
        return None
    rim = _FINDER / 2 / (modules - _FINDER)
    corners = ((-rim, -rim), (1 + rim, -rim), (1 + rim, 1 + rim), (-rim, 1 + rim))
    quad = quad_from_points(
        (corner[0] + u * side[0] + v * drop[0], corner[1] + u * side[1] + v * drop[1]) for u, v in corners
    )
    return CodeOutline(quad, modules, hidden, sum(finder.score for finder in finders) / len(finders))

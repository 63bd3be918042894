"""The finder patterns of QR codes, and where a code lies that has two or three of them to show."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.geometry import quad_from_points
from idscan.core.shrink import halved
from idscan.vision.lattice import SIZES, outline_score

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

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
class Outline:
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


def find_outlines(grey: NDArray[np.uint8], side: float | None = None) -> tuple[Outline, ...]:
    """Return where codes may lie in a small part of a picture, those with three patterns first, then by likeness.

    Args:
        grey: uint8 array of shape (height, width), a code with some ground around it.
        side: of the upright box around the code in pixels, more or less; None where only the part is known.
    """
    finders = find_finders(grey, _pitches(grey.shape, side))
    found: list[Outline] = []
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


def _from_triples(finders: Sequence[Finder]) -> Iterator[Outline]:
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


def _from_pairs(finders: Sequence[Finder]) -> Iterator[Outline]:
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
) -> Outline | None:
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
    return Outline(quad, modules, hidden, sum(finder.score for finder in finders) / len(finders))

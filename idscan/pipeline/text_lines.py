"""Text of a view: detect lines, deskew and orient, recognise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.text.grammars import GRAMMARS
from idscan.core import geometry
from idscan.core.enums import Source
from idscan.core.geometry import Quad, quad_from_box
from idscan.core.types import PrintedLine, SeenText
from idscan.pipeline.context import prefilter_recognizer, second_reader, stage, text_detector, text_recognizer
from idscan.vision import perspective

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.types import LineReading, TextBox
    from idscan.engines.registry import LineReader
    from idscan.vision.perspective import View

_ELONGATED = 1.8
"""Length by height of lines that show the skew. Lower: single letters distort it; higher: short lines do not count."""
_MAX_SKEW_DEGREES = 1.5
"""Degrees of skew left as they are. Lower: resampling blurs straight views; higher: readers get skewed lines."""
_VOTERS = 9
"""Lines classified as upright or upside down. Lower: single errors decide; higher: costs more time."""
_ASKED_FIRST = 3
"""Every third of them is classified first. Lower: more cost on upright views; higher: too few to notice a turned
one."""
_DOUBTFUL = 0.25
"""Probability that a line is upside down. Lower: upright views are checked in vain; higher: turned ones are missed."""
_CONFIDENCE_EXPONENT = 16
"""Exponent on the confidence of a line. Lower: misread lines count as legible; higher: slightly blurred ones do not."""
_SOMETHING = 0.2
"""Legibility score of lines of which any was read. Lower: noise counts; higher: the classifier alone decides."""
_SURELY = 1.5
"""Legibility score of upright lines, of which each adds 1 at most. Lower: upside-down ones may pass; higher: upright
views are checked in vain."""
_SAME_LINE = 0.5
"""Share of a box within one found before. Lower: lines that touch one are missed; higher: lines are read twice."""
_SOME_LETTERS = 3
"""Letters of a line that counts. Lower: specks count; higher: short words do not."""
_ASKED_AGAIN, _SAMPLED = 3, 8  # lines, and how many of its heights of each
_MIN_LINE_HEIGHT = 5.0
"""Pixels. Lower: time is spent on illegible lines; higher: small print is left out."""
MAX_LINES = 1600
"""Lines of one view that are read: a full page of a table in small print; more are not legible on one view."""


@dataclass(frozen=True, eq=False, slots=True)
class TextPage:
    """A view turned upright, with its lines in the view's pixels.

    Attributes:
        view: the pixels.
        lines: what was read.
        boxed: those of its places that hold one box per character, and cannot be read again as they stand.
    """

    view: View
    lines: tuple[PrintedLine, ...]
    boxed: tuple[Quad, ...] = ()


def texts_of(text_page: TextPage, *others: Sequence[PrintedLine]) -> tuple[SeenText, ...]:
    """Return the texts of the lines of a text page, in pixels of the image.

    Args:
        text_page: what was read.
        others: further readings of its lines; equal texts are left out.
    """
    lines = dict.fromkeys((line.text, line.quad) for lines in (text_page.lines, *others) for line in lines)
    return tuple(SeenText(text, text_page.view.source_quad(quad), Source.PRINT) for text, quad in lines)


def detect_lines(view: View, *max_sides: int, is_quick: bool = False) -> tuple[TextBox, ...]:
    """Return the boxes of text lines on a view; () where no text detector is installed.

    Args:
        view: the view to search.
        max_sides: the longer side is reduced to so many pixels for it; each further size adds the lines that were
            found at none before.
        is_quick: the small detector is good enough, and costs a sixth.
    """
    finder = text_detector(is_quick=is_quick)
    if finder is None:
        return ()
    with stage("prefilter" if is_quick else "detect text"):
        boxes: list[TextBox] = []
        for side in max_sides:
            known = [box.quad for box in boxes]
            found = finder.detect(view.pixels, side)
            boxes += (box for box in found if all(geometry.overlap(box.quad, quad) <= _SAME_LINE for quad in known))
        return tuple(boxes)


def deskew_and_orient(
    view: View, boxes: Sequence[TextBox], *, is_upright: bool = False, judges: Sequence[TextBox] = ()
) -> tuple[View, tuple[Quad, ...]]:
    """Turn a view so that its lines run from left to right; return it with the lines' places on it.

    Args:
        view: the view on which the boxes were found.
        boxes: lines of text in pixels of the view.
        is_upright: the orientation is already known.
        judges: those of the lines that decide which way is up; all of them where there are none.
    """
    if is_upright:
        return view, _legible(box.quad for box in boxes)
    judging = {box.quad for box in judges or boxes}
    straight, quads, deciding = _straightened(view, boxes, judging)
    return half_turned(straight, quads) if is_upside_down(straight, deciding) else (straight, quads)


def deskew(
    view: View, boxes: Sequence[TextBox], *, judges: Sequence[TextBox] = (), most: float = 90.0
) -> tuple[View, tuple[Quad, ...]]:
    """Turn a view so that most of its lines are horizontal, perhaps upside down; arguments as `deskew_and_orient`.

    Args:
        view: as in `deskew_and_orient`.
        boxes: likewise.
        judges: likewise.
        most: lines with a larger skew than this, in degrees, do not count.
    """
    straight, quads, _ = _straightened(view, boxes, {box.quad for box in judges or boxes}, most)
    return straight, quads


def _straightened(
    view: View, boxes: Sequence[TextBox], judging: Container[Quad], most: float = 90.0
) -> tuple[View, tuple[Quad, ...], tuple[Quad, ...]]:
    """Return a view turned so that most lines run across it, the lines on it, and those of them that decide."""
    quads = [box.quad for box in boxes]
    is_judge = [quad in judging for quad in quads]
    with stage("orientation"):
        degrees = _dominant_angle([quad for quad, judges in zip(quads, is_judge, strict=True) if judges], most)
        if abs(degrees) > _MAX_SKEW_DEGREES:
            view, quads = _rotated(view, quads, degrees)
    deciding = (quad for quad, judges in zip(quads, is_judge, strict=True) if judges)
    return view, _legible(quads), _legible(deciding)


def is_upside_down(view: View, quads: Sequence[Quad], lines: Sequence[PrintedLine] | None = None) -> bool:
    """Return whether horizontal lines are upside down, by both the orientation classifier and our own reader.

    Args:
        view: where they stand.
        quads: their places.
        lines: readings of our own reader at these places as they stand; None where there are none.
    """
    judge = second_reader()
    if judge is None or not quads:
        return False
    with stage("orientation"):
        voters = sorted(quads, key=lambda quad: -geometry.width(quad) / max(geometry.height(quad), 1.0))[:_VOTERS]
        crops = _crops(view, voters)
        # Classify a sample of long and short lines first; where those are upright, skip the others.
        votes = judge.upside_down(crops[::_ASKED_FIRST])
        if max(votes) < _DOUBTFUL:
            return False
        # The classifier was not trained on fillers of machine-readable zones, and fails on lines that are cut off.
        sample = sorted(voters, key=geometry.area, reverse=True)[:_ASKED_AGAIN]
        is_read = lines is not None and prefilter_recognizer() is not None
        upright = _legibility((lines if is_read else None) or _read_line_starts(view, sample), sample)
        if upright > _SURELY:
            return False
        turned, places = half_turned(view, sample)
        upside_down = _legibility(_read_line_starts(turned, places), places)
        is_legible = max(upright, upside_down) > _SOMETHING
        if is_legible and upside_down <= upright:
            return False
        votes = judge.upside_down(crops)
        return sum(votes) / len(votes) > (_DOUBTFUL if is_legible else 0.5)  # the majority is upside down


def half_turned(view: View, quads: Sequence[Quad]) -> tuple[View, tuple[Quad, ...]]:
    """Rotate a view by half a turn, and its places with it."""
    corner = (float(view.width), float(view.height))
    return perspective.rotated_view(view, 2), tuple(_half_turned(quad, corner) for quad in quads)


def _read_line_starts(view: View, quads: Sequence[Quad]) -> tuple[PrintedLine, ...]:
    """Read the first letters of lines by our own reader."""
    own = prefilter_recognizer()
    if own is None:
        return ()
    crops = _crops(view, quads)
    return _printed(quads, own.read_lines([crop[:, : _SAMPLED * crop.shape[0]] for crop in crops]))


def _legibility(lines: Sequence[PrintedLine], quads: Sequence[Quad]) -> float:
    """Return a legibility score: the sum over lines of the confidence raised to a high power.

    A line upside down gives a reading, too, and not with low confidence.
    """
    counted = [line for line in lines if line.quad in quads and len(line.text) >= _SOME_LETTERS]
    return float(sum(line.confidence**_CONFIDENCE_EXPONENT for line in counted))


def _legible(quads: Iterable[Quad]) -> tuple[Quad, ...]:
    """Return those of the lines that are high enough to read, not more than are read."""
    return tuple([quad for quad in quads if geometry.height(quad) >= _MIN_LINE_HEIGHT][:MAX_LINES])


def read_text_page(view: View, boxes: Sequence[TextBox], *, is_upright: bool = False) -> TextPage:
    """Turn a view upright and read every line on it."""
    view, quads = deskew_and_orient(view, boxes, is_upright=is_upright)
    return TextPage(view, read_lines(view, quads))


def read_lines(view: View, quads: Sequence[Quad], *, is_quick: bool = False) -> tuple[PrintedLine, ...]:
    """Read upright lines of a view by the first reader there is; empty readings are left out.

    Args:
        view: where they stand.
        quads: their places.
        is_quick: the quick reader is good enough, and costs less than half.
    """
    own, other = prefilter_recognizer() if is_quick else text_recognizer(), second_reader()
    if own is not None:
        with stage("recognition"):
            return _printed(quads, own.read_lines(_crops(view, quads), GRAMMARS))
    return read_lines_by(other, view, quads) if other is not None else ()


def read_lines_by(reader: LineReader, view: View, quads: Sequence[Quad]) -> tuple[PrintedLine, ...]:
    """Read upright lines of a view by a certain reader; empty readings are left out."""
    with stage("recognition"):
        return _printed(quads, reader.read_lines(_crops(view, quads)))


def _crops(view: View, quads: Sequence[Quad]) -> list[NDArray[np.uint8]]:
    return [perspective.cut_line(view.pixels, quad) for quad in quads]


def _printed(quads: Sequence[Quad], readings: Sequence[LineReading]) -> tuple[PrintedLine, ...]:
    return tuple(
        PrintedLine(reading.text, quad, reading.confidence, reading.engine, reading.columns, reading.confidences)
        for reading, quad in zip(readings, quads, strict=True)
        if reading.text
    )


def _half_turned(quad: Quad, corner: geometry.Point) -> Quad:
    points = [(corner[0] - x, corner[1] - y) for x, y in geometry.turned(quad, 2)]
    return geometry.quad_from_points(points)


def _dominant_angle(quads: Sequence[Quad], most: float) -> float:
    """Return the direction in which most of the text runs, -90 to 90 (exclusive) degrees, 0 where none is in reach."""
    weighted: list[tuple[float, float]] = []
    for quad in quads:
        (ax, ay), (bx, by), (cx, cy) = quad[0], quad[1], quad[2]
        first, second = (bx - ax, by - ay), (cx - bx, cy - by)
        long, short = (first, second) if math.hypot(*first) >= math.hypot(*second) else (second, first)
        length = math.hypot(*long)
        if length >= _ELONGATED * max(math.hypot(*short), 1.0):
            angle = math.degrees(math.atan2(long[1], long[0])) % 180
            if _apart(angle, 0.0) <= most:
                weighted.append((angle, length))
    if not weighted:
        return 0.0
    # Directions repeat after 180 degrees, so each votes for those within 8 degrees of itself.
    best = max(weighted, key=lambda item: sum(weight for angle, weight in weighted if _apart(angle, item[0]) < 8))  # noqa: PLR2004
    near = [((angle - best[0] + 90) % 180 - 90, weight) for angle, weight in weighted if _apart(angle, best[0]) < 8]  # noqa: PLR2004
    mean = best[0] + sum(offset * weight for offset, weight in near) / sum(weight for _, weight in near)
    return (mean + 90) % 180 - 90


def _apart(first: float, second: float) -> float:
    return abs((first - second + 90) % 180 - 90)


def _rotated(view: View, quads: list[Quad], degrees: float) -> tuple[View, list[Quad]]:
    """Return the view turned by -degrees on a canvas that holds all of it, and the quads on it."""
    radians = math.radians(degrees)
    cosine, sine = math.cos(radians), math.sin(radians)
    corners = quad_from_box(0, 0, view.width, view.height)
    turned = [(x * cosine + y * sine, -x * sine + y * cosine) for x, y in corners]
    left, top, right, bottom = geometry.bounds(turned)
    size = (max(2, round(right - left)), max(2, round(bottom - top)))

    def back(x: float, y: float) -> geometry.Point:
        return ((x + left) * cosine - (y + top) * sine, (x + left) * sine + (y + top) * cosine)

    canvas = geometry.quad_from_points([back(0, 0), back(size[0], 0), back(*size), back(0, size[1])])
    rotated = perspective.rectify(view.pixels, canvas, size)
    moved = [reading_order(rotated.view_quad(quad)) for quad in quads]
    return perspective.View(rotated.pixels, perspective.compose(rotated.to_source, view.to_source)), moved


def reading_order(quad: Quad, seen: Quad | None = None) -> Quad:
    """Return a nearly upright quad clockwise from its top-left corner.

    Args:
        quad: in any frame, its corners in either direction.
        seen: the same corners where they are upright; the quad itself if None.
    """
    seen = seen or quad
    if geometry.is_mirrored(seen):
        quad, seen = geometry.flipped(quad), geometry.flipped(seen)
    start = min(range(4), key=lambda i: seen[i][0] + seen[i][1])
    return geometry.turned(quad, start)

"""Read fields of forms with one box per character: detectors see single characters, and readers take rules for digits.

The characters are cut out between the rules, put side by side as in ordinary print, and read as one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from idscan.core import geometry
from idscan.core.readings import PrintedLine
from idscan.pipeline.readers import line_reader
from idscan.vision import enhance, warp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.vision.warp import View

_FEWEST = 5
"""Characters of a boxed field: fewer are a checkbox or a page number."""

_NARROW = 1.45
"""A box around one character is at most so many times as wide as high; detectors add a margin on all sides."""

_NEXT = 2.9
"""Widths of the usual step from one character to the next that the next may be away: empty boxes part words."""

_SAME_ROW, _SAME_HEIGHT = 0.35, 1.6

_RULE = 0.86
"""Share of the height of a field that a rule between its boxes covers; letters are lower than their boxes."""

_FEWEST_RULES, _REGULAR = 4, 0.25
"""Rules that divide a field, and by how much of their usual distance two of them may be off it."""

_INK, _LEAST_CONTRAST = 0.4, 40.0
_GLYPH_GAP = 0.16
"""Of the height of the characters: the gap between two that are put side by side."""

_WORD_GAP = 0.55
_EMPTY = 0.012
"""Share of a box's pixels that are ink in one without a character: specks."""

_CUT_HEIGHT = 64


@dataclass(frozen=True, slots=True)
class BoxedFields:
    """The lines of a view: those of boxed fields, each as one place, and all others."""

    fields: tuple[Quad, ...]
    others: tuple[Quad, ...]


def find_boxed(view: View, quads: Sequence[Quad]) -> BoxedFields:
    """Find the fields with one box per character among upright lines.

    Args:
        view: where they stand.
        quads: single characters, parts of fields, whole fields, and other lines.
    """
    rows = _rows_of_characters(quads)
    fields = tuple(geometry.enclosing(row) for row in rows)
    inside = {quad for row in rows for quad in row}
    whole = [quad for quad in quads if quad not in inside and _has_rules(view, quad)]
    return BoxedFields((*fields, *whole), tuple(quad for quad in quads if quad not in inside and quad not in whole))


def read_boxed(view: View, fields: Sequence[Quad]) -> tuple[PrintedLine, ...]:
    """Read boxed fields; those in which no characters can be told apart are left out."""
    own = line_reader()
    if own is None:
        return ()
    strips = [(quad, strip) for quad in fields if (strip := _strip(view, quad)) is not None]
    readings = own.read_lines([strip for _, strip in strips])
    return tuple(
        PrintedLine(reading.text, quad, reading.confidence, reading.engine)
        for (quad, _), reading in zip(strips, readings, strict=True)
        if reading.text
    )


def _rows_of_characters(quads: Sequence[Quad]) -> list[list[Quad]]:
    """Return rows of single characters at regular steps."""
    single = sorted((quad for quad in quads if _is_narrow(quad)), key=lambda quad: quad[0][0])
    rows: list[list[Quad]] = []
    for quad in single:
        fitting = [row for row in rows if _follows(row, quad)]
        if fitting:
            min(fitting, key=lambda row: _step(row[-1], quad)).append(quad)
        else:
            rows.append([quad])
    return [row for row in rows if len(row) >= _FEWEST and _is_even(row)]


def _is_narrow(quad: Quad) -> bool:
    return geometry.width(quad) < _NARROW * geometry.height(quad)


def _step(first: Quad, second: Quad) -> float:
    return geometry.centre(second)[0] - geometry.centre(first)[0]


def _follows(row: Sequence[Quad], quad: Quad) -> bool:
    last = row[-1]
    heights = sorted((geometry.height(last), geometry.height(quad)))
    is_level = abs(geometry.centre(quad)[1] - geometry.centre(last)[1]) < _SAME_ROW * heights[1]
    steps = [_step(a, b) for a, b in zip(row, row[1:], strict=False)]
    usual = float(np.median(steps)) if steps else 1.3 * heights[1]
    return is_level and heights[1] < _SAME_HEIGHT * heights[0] and 0 < _step(last, quad) < _NEXT * max(usual, heights[0])


def _is_even(row: Sequence[Quad]) -> bool:
    """Return whether the steps in a row are one width, or several where boxes are empty."""
    steps = np.array([_step(a, b) for a, b in zip(row, row[1:], strict=False)])
    usual = float(np.median(steps))
    off = np.abs(steps / usual - np.maximum(np.round(steps / usual), 1))
    return bool(np.mean(off < _REGULAR) > 0.8)  # noqa: PLR2004  a box may hold two characters that touch


def _has_rules(view: View, quad: Quad) -> bool:
    if geometry.width(quad) < _FEWEST * 0.8 * geometry.height(quad):
        return False
    ink = _ink(warp.cut_line(view.pixels, quad, _CUT_HEIGHT))
    return ink is not None and len(_regular(_rules(ink))) >= _FEWEST_RULES


def _ink(crop: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    grey = enhance.grey(crop).astype(np.float32)
    contrast = np.abs(grey - np.median(grey))
    return None if contrast.max() < _LEAST_CONTRAST else contrast > _INK * contrast.max()


def _rules(ink: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the columns of vertical rules, from and to; a rule may lean by a pixel or two."""
    wide = ink.copy()
    wide[:, 1:] |= ink[:, :-1]
    wide[:, :-1] |= ink[:, 1:]
    inner = wide[_edge(ink) : ink.shape[0] - _edge(ink)]
    return [(start, end) for start, end in _runs(inner.mean(axis=0) > _RULE) if end - start < 0.4 * ink.shape[0]]


def _edge(ink: NDArray[np.bool_]) -> int:
    return ink.shape[0] // 12


def _regular(rules: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the rules that stand at regular distances; letters with upright strokes do not."""
    if len(rules) < _FEWEST_RULES:
        return []
    middles = np.array([(start + end) / 2 for start, end in rules])
    steps = np.diff(middles)
    usual = float(np.median(steps))
    is_regular = np.abs(steps - usual) < _REGULAR * usual
    kept = [rule for i, rule in enumerate(rules) if is_regular[max(i - 1, 0)] or is_regular[min(i, len(steps) - 1)]]
    return kept if np.mean(is_regular) > 0.6 else []  # noqa: PLR2004  an upright stroke of a letter may look like one


def _runs(is_set: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_set, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _strip(view: View, quad: Quad) -> NDArray[np.uint8] | None:
    """Return the characters of a field side by side, without the rules between them."""
    crop = warp.cut_line(view.pixels, quad, _CUT_HEIGHT)
    ink = _ink(crop)
    if ink is None:
        return None
    rules = _regular(_rules(ink))
    paper = np.median(crop.reshape(-1, 3), axis=0).astype(np.uint8)
    clean = crop.copy()
    for start, end in rules:
        clean[:, max(0, start - 1) : end + 1] = paper
        ink[:, max(0, start - 1) : end + 1] = False
    for start, end in _runs(ink.mean(axis=1) > 0.6):  # noqa: PLR2004  no row of print is inked so much
        clean[max(0, start - 1) : end + 1] = paper
        ink[max(0, start - 1) : end + 1] = False
    glyphs = _glyphs(ink)
    if len(glyphs) < _FEWEST:
        return None
    return _side_by_side(clean, ink, glyphs, paper)


def _glyphs(ink: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the columns of each character: runs of ink, those that nearly touch together."""
    height = ink.shape[0]
    joined: list[tuple[int, int]] = []
    for start, end in _runs(ink.sum(axis=0) > 0):
        if joined and start - joined[-1][1] <= max(1, height // 20):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, end) for start, end in joined if ink[:, start:end].sum() > _EMPTY * height * height]


def _side_by_side(
    clean: NDArray[np.uint8], ink: NDArray[np.bool_], glyphs: Sequence[tuple[int, int]], paper: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    rows = np.flatnonzero(np.any([ink[:, start:end].any(axis=1) for start, end in glyphs], axis=0))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    room = max(2, round(_GLYPH_GAP * (bottom - top)))
    part = clean[max(0, top - room) : bottom + room]
    middles = [(start + end) / 2 for start, end in glyphs]
    usual = float(np.median(np.diff(middles)))

    def blank(width: float) -> NDArray[np.uint8]:
        return np.broadcast_to(paper, (part.shape[0], max(2, round(width)), 3)).astype(np.uint8)

    parts = [blank(room)]
    for i, (start, end) in enumerate(glyphs):
        if i:
            is_word = middles[i] - middles[i - 1] > 1.5 * usual
            parts.append(blank(_WORD_GAP * (bottom - top) if is_word else room))
        parts.append(part[:, max(0, start - 1) : end + 1])
    return np.concatenate([*parts, blank(room)], axis=1)


"""Numbers that were found in parts: a detector takes the gaps between groups of digits for those between columns."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from idscan.cards.grid import overlap_x, span_x
from idscan.cards.numbers import find_numbers
from idscan.core import geometry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.readings import PrintedLine

_GROUPS = re.compile(r"\s*\d[\d\s]*")
_LENGTH, _STRAY = 12, 2
"""Digits of a number, and those that its parts may show more: boxes overlap, and show of their neighbour's digits."""
_GAP = 1.0
"""Heights from one part to the next, which is that of a wide space; and by which the boxes of parts may overlap."""
_OFF = 0.35
"""Heights by which the middles of neighbouring parts may differ on a page that is photographed aslant."""
_HIGHER = 1.5
"""How much higher than its neighbour a part may be."""


def broken_numbers(lines: Sequence[PrintedLine]) -> list[tuple[PrintedLine, ...]]:
    """Return the lines that together may be one number each, from left to right; no line stands for two.

    Args:
        lines: upright lines of a page.
    """
    parts = sorted((line for line in lines if _is_part(line)), key=lambda line: geometry.centre(line.quad)[1])
    runs = [run for line in parts for run in _runs(line, parts)]
    runs.sort(key=lambda run: abs(_digits(*run) - _LENGTH))
    taken: set[int] = set()
    found: list[tuple[PrintedLine, ...]] = []
    for run in runs:
        if taken.isdisjoint(map(id, run)):
            taken.update(map(id, run))
            found.append(run)
    return found


def _is_part(line: PrintedLine) -> bool:
    text = line.text.reveal()
    return _GROUPS.fullmatch(text) is not None and _digits(line) < _LENGTH and not find_numbers(text)


def _digits(*lines: PrintedLine) -> int:
    return sum(map(str.isdigit, "".join(line.text.reveal() for line in lines)))


def _runs(first: PrintedLine, parts: Sequence[PrintedLine]) -> Iterator[tuple[PrintedLine, ...]]:
    """Yield a part with those on its right as long as they are not too many digits."""
    run = [first]
    while (after := _next(run[-1], parts)) is not None:
        run.append(after)
        digits = _digits(*run)
        if digits > _LENGTH + _STRAY:
            return
        if digits >= _LENGTH:
            yield tuple(run)


def _next(line: PrintedLine, parts: Sequence[PrintedLine]) -> PrintedLine | None:
    """Return the part that begins where a part ends."""
    height, middle = geometry.height(line.quad), geometry.centre(line.quad)
    start = bisect_left(parts, middle[1] - _OFF * height, key=lambda part: geometry.centre(part.quad)[1])
    found: list[PrintedLine] = []
    for part in parts[start:]:
        x, y = geometry.centre(part.quad)
        if y > middle[1] + _OFF * height:
            break
        is_beside = x > middle[0] and abs(overlap_x(span_x(line.quad), span_x(part.quad))) < _GAP * height
        if is_beside and height / _HIGHER < geometry.height(part.quad) < height * _HIGHER:
            found.append(part)
    return min(found, key=lambda part: span_x(part.quad)[0], default=None)

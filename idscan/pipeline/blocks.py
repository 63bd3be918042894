"""Lines of a picture in blocks that stand apart: one card each, at best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.cards.evidence import read_mrz
from idscan.cards.printed import read_print
from idscan.cards.recognise import shows_several
from idscan.core import geometry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.core.readings import PrintedLine

_ALIKE = 2.5  # between the heights of neighbouring lines of one card


def single_cards(lines: Sequence[PrintedLine]) -> list[list[PrintedLine]]:
    """Return the blocks of lines, those that must be several cards split at their widest gap."""
    waiting = card_groups(lines)
    groups: list[list[PrintedLine]] = []
    while waiting:
        group = waiting.pop()
        zone = read_mrz(group)
        parts = _split(group) if shows_several(read_print(group, on_card=False), zone) else []
        if parts:
            waiting.extend(parts)
        else:
            groups.append(group)
    return groups


def _split(group: Sequence[PrintedLine]) -> list[list[PrintedLine]]:
    """Split lines in two at the widest gap between them, across or down; () where there is none."""
    best: tuple[float, list[list[PrintedLine]]] = (0.0, [])
    for axis in (0, 1):
        ordered = sorted(group, key=lambda line: geometry.bounds(line.quad)[axis])
        reach = geometry.bounds(ordered[0].quad)[axis + 2]
        for i, line in enumerate(ordered[1:], start=1):
            gap = geometry.bounds(line.quad)[axis] - reach
            if gap > best[0]:
                best = (gap, [list(ordered[:i]), list(ordered[i:])])
            reach = max(reach, geometry.bounds(line.quad)[axis + 2])
    return best[1]


def card_groups(lines: Sequence[PrintedLine]) -> list[list[PrintedLine]]:
    """Split the lines of a picture into blocks that stand apart: one card each, at best.

    Lines belong together when the gap between them is smaller than about three line heights.
    """
    remaining = list(lines)
    groups: list[list[PrintedLine]] = []
    while remaining:
        group = [remaining.pop(0)]
        latest = list(group)
        while latest:
            near = [line for line in remaining if any(_are_near(line.quad, other.quad) for other in latest)]
            group.extend(near)
            added = {id(line) for line in near}
            remaining = [line for line in remaining if id(line) not in added]
            latest = near
        groups.append(group)
    return groups


def _are_near(first: Quad, second: Quad) -> bool:
    a, b = geometry.bounds(first), geometry.bounds(second)
    gap_x = max(a[0] - b[2], b[0] - a[2], 0.0)
    gap_y = max(a[1] - b[3], b[1] - a[3], 0.0)
    heights = sorted((geometry.height(first), geometry.height(second)))
    # Print of quite another size next to a card is what the card lies on.
    return heights[1] < _ALIKE * heights[0] and gap_x < 4 * heights[1] and gap_y < 3 * heights[1]

"""A first look at the lines of a view: whether any of them may be a card's, at the cost of reading few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.legible import has_vietnamese_letters, is_clear
from idscan.cards.printed import telling_lines
from idscan.core import geometry
from idscan.pipeline.askew import beginning, is_hard_to_read, read_another_way
from idscan.pipeline.sheet import Sheet, find_boxes, lay_upright, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.core.readings import PrintedLine, TextBox
    from idscan.vision.warp import View

_DETECTOR_SIDES = (960, 1280)
"""The small detector sees at 960 about what the large one does at 800, for a third of the cost."""

_FEWEST = 2
_LARGE_PRINT_SIDE = 400
"""The small detector sees no print higher than some 40 pixels: a picture cut to a card's number shows nothing else."""
_LINES_OF_A_CARD = 15
_MANY = 24  # more lines than any card has
_EACH = 3  # of many lines every third is read first: a card among them has eight or more
_LONGEST = 18.0  # line heights: longer lines than a card's heading and labels are not read to their end
_VIETNAMESE, _VIETNAMESE_SHARE = 2, 0.15
_KNOWN = 0.8


class Glimpse(NamedTuple):
    """What a first look at a view gives.

    Attributes:
        sheet: the lines that were read, None where there are too few to read any.
        tells: whether they may speak of a card.
        found: how many lines there are, whether they were read or not.
    """

    sheet: Sheet | None
    tells: bool
    found: int


def glimpse(view: View, known: Sequence[Quad] = (), *, also_otherwise: bool) -> Glimpse:
    """Look at a view with the small detector, and say whether what it finds may speak of a card.

    Args:
        view: where to look.
        known: places on it whose print is known to be no card's.
        also_otherwise: what is hard to read is tried in a mirror and by another reader; it counts as it is if False.
    """
    seen = _looked_at(view, _boxes(view), known, also_otherwise=also_otherwise)
    if seen.tells or seen.found > _LINES_OF_A_CARD:
        return seen
    large = find_boxes(view, _LARGE_PRINT_SIDE, is_glance=True)
    if not large or len(large) > _LINES_OF_A_CARD:
        return seen
    other = _looked_at(view, large, known, also_otherwise=False)
    return other if other.sheet is not None and telling_lines(other.sheet.lines) else seen


def _looked_at(view: View, found: Sequence[TextBox], known: Sequence[Quad], *, also_otherwise: bool) -> Glimpse:
    boxes = [box for box in found if all(geometry.overlap(box.quad, place) < _KNOWN for place in known)]
    if not boxes:
        return Glimpse(None, tells=False, found=0)
    view, quads = lay_upright(view, boxes)
    sheet, shown = _first_lines(view, quads)
    telling_sheet = telling(sheet, shown, also_otherwise=also_otherwise and len(boxes) >= _FEWEST)
    return Glimpse(telling_sheet or sheet, tells=telling_sheet is not None, found=len(boxes))


def _boxes(view: View) -> tuple[TextBox, ...]:
    """Return lines of a view, looked for at the larger size only where the smaller one shows none."""
    first, second = _DETECTOR_SIDES
    boxes = find_boxes(view, first, is_glance=True)
    if len(boxes) >= _FEWEST or max(view.width, view.height) <= first:
        return boxes
    return find_boxes(view, second, is_glance=True)


def telling(sheet: Sheet, quads: Sequence[Quad], *, also_otherwise: bool) -> Sheet | None:
    """Return a sheet, as it is or as it reads another way, if it may speak of a card; None if it does not.

    Args:
        sheet: what was read.
        quads: the places that were read, those that gave nothing among them.
        also_otherwise: as in `glimpse`.
    """
    if telling_lines(sheet.lines):
        return sheet
    if not is_hard_to_read(sheet, quads):
        return None
    if not also_otherwise:
        return sheet
    other = read_another_way(sheet, quads)
    return other if other is not None and telling_lines(other.lines) else None


def speaks_of_something_else(view: View, quads: Sequence[Quad]) -> bool:
    """Return whether a place has more lines than any card, and some of them, well read, say nothing of one."""
    if len(quads) <= _MANY:
        return False
    some = [beginning(quad, _LONGEST) for quad in quads[::_EACH]]
    lines = read_lines(view, some)
    return not (telling_lines(lines) or _is_vietnamese(lines) or is_hard_to_read(Sheet(view, lines), some))


def _first_lines(view: View, quads: Sequence[Quad]) -> tuple[Sheet, Sequence[Quad]]:
    """Read lines, of many only some unless those are Vietnamese; return them and the places that were read."""
    if len(quads) <= _LINES_OF_A_CARD:
        return Sheet(view, read_lines(view, quads)), quads
    some = [beginning(quad, _LONGEST) for quad in quads[::_EACH]]
    lines = read_lines(view, some)
    if telling_lines(lines) or not _is_vietnamese(lines):
        return Sheet(view, lines), some
    others = [quad for i, quad in enumerate(quads) if i % _EACH]
    return Sheet(view, (*lines, *read_lines(view, others))), quads


def _is_vietnamese(lines: Sequence[PrintedLine]) -> bool:
    count = sum(is_clear(line) and has_vietnamese_letters(line) for line in lines)
    return count >= max(_VIETNAMESE, _VIETNAMESE_SHARE * len(lines))

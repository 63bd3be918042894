"""Cheap pre-filter: read a sample of the lines and decide whether a full read is worthwhile."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.extract.key_value import has_likely_number, is_only_numbers, lines_with_facts, lists_likely_numbers
from idscan.cards.extract.outside_cards import MAX_CROPPED_LINES
from idscan.cards.text.syllables import has_non_ascii_letters, has_uniform_case, is_clear, is_mostly_digits
from idscan.core import geometry
from idscan.pipeline.orientation import first_part, is_hard_to_read, try_orientations
from idscan.pipeline.text_lines import TextPage, deskew, detect_lines, half_turned, is_upside_down, read_lines
from idscan.vision.ink_map import tight_line_boxes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine, TextBox
    from idscan.vision.perspective import View

_UNLIKELY_SIDE = 800
"""Pixels of the longer side where nothing looks like a card. Lower: small print is missed; higher: costs more."""
_DETECTOR_SIDES = (960, 1280)
"""The small detector sees at 960 about what the large one does at 800, for a third of the cost."""
_FEWEST = 2
"""Lines needed for a decision. Lower: a single speck decides; higher: images with two lines of a card are dropped."""
_LARGE, _MOSTLY_LARGE, _LARGE_PRINT_SIDE = 26, 0.5, 400
"""The small detector sees no print higher than some 40 pixels: an image cut to a card's number shows nothing else.

What it sees of such print are pieces, few of them and high ones."""
_RUN_TOGETHER, _PAGE_SHARE = 34, 0.05
"""Pixels of the detector's view: it sees no single line so high, only many that it cannot part; and their share."""
_LINES_OF_A_CARD = 15
"""Lines up to which all are read. Lower: lines of a card are left out; higher: pages of print cost more."""
_MANY = 24  # more lines than any card has
_EACH = 3  # of many lines every third is read first: a card among them has eight or more
_MOST_SAMPLED = 60  # of the many lines of a full page: enough to see whether it is Vietnamese, and then all are read
_LEAST_LONG = 2.5
"""Length by height of a line with a label or number. Lower: single letters are read; higher: short values are left
out."""
_LONGEST = 18.0  # line heights: longer lines than a card's heading and labels are not read to their end
_VIETNAMESE = 2
"""Clear lines with Vietnamese letters. Lower: one misread line decides; higher: short texts do not count."""
_VIETNAMESE_SHARE = 0.15
"""The same as a share of all lines. Lower: foreign pages are read in full; higher: texts with many numbers are not."""
_WORDS_SHARE = 0.3  # of the lines of an image upside down, fewer are legible
_KNOWN = 0.8
"""Share of a line within a place already read. Lower: lines that reach out of it are skipped; higher: lines are read
twice."""
_SAME_LINE = 0.9  # what is a little taller or shorter may read otherwise


class UnreadableTextPolicy(Enum):
    """Treatment of print that is illegible as it stands: it may be mirrored, upside down, or foreign."""

    TRIED = "read another way"
    COUNTED = "taken for a card's"
    IGNORED = "left, as nothing in the image looks like a card"


class PrefilterResult(NamedTuple):
    """Result of the pre-filter for a view.

    Attributes:
        text_page: the lines that were read, None where there are too few to read any.
        is_relevant: whether they may belong to a card.
        found: how many lines there are, whether they were read or not.
        boxes: places of all lines that were found, in pixels of the view.
    """

    text_page: TextPage | None
    is_relevant: bool
    found: int
    boxes: tuple[Quad, ...] = ()


def prefilter_lines(
    view: View, known: Sequence[Quad] = (), *, policy: UnreadableTextPolicy, is_part: bool = False
) -> PrefilterResult:
    """Detect lines with the small detector and return whether they may belong to a card.

    Args:
        view: the view to search.
        known: places on it whose print is known to be no card's.
        policy: treatment of print that is illegible as it stands.
        is_part: the view is a part of an image that was searched as a whole, so that only small print is new.
    """
    boxes = _boxes(view, is_likely=policy is not UnreadableTextPolicy.IGNORED)
    seen = _prefiltered(view, boxes, known, policy=policy)._replace(boxes=tuple(box.quad for box in boxes))
    if seen.is_relevant:
        return seen
    if _run_together(view, boxes):
        finer = detect_lines(view, max(view.width, view.height), is_quick=True)
        closer = _prefiltered(view, finer, known, policy=policy)._replace(boxes=tuple(box.quad for box in finer))
        if closer.is_relevant:
            return closer
    if is_part or not _may_be_large(view, boxes):
        return seen
    large = detect_lines(view, _LARGE_PRINT_SIDE, is_quick=True)
    if not large or len(large) > _LINES_OF_A_CARD:
        return seen
    # Of few lines all were read, those too that the detector finds as the same at both sizes.
    read = boxes if len(boxes) <= _LINES_OF_A_CARD else ()
    new = [box for box in large if all(geometry.iou(box.quad, other.quad) < _SAME_LINE for other in read)]
    other = _prefiltered(view, new, known, policy=UnreadableTextPolicy.IGNORED)
    return other._replace(boxes=seen.boxes) if other.is_relevant else seen


def _may_be_large(view: View, boxes: Sequence[TextBox]) -> bool:
    """Return whether the small detector may have seen only pieces of print that is too large for it."""
    if len(boxes) < _FEWEST:
        return True
    scale = min(1.0, _DETECTOR_SIDES[0] / max(view.width, view.height))
    high = [box for box in boxes if _height_of_print(box.quad) * scale > _LARGE]
    # Scraps of large print are small, but take up little room; single letters of it are many, and take up little, too.
    taken, of_high = (sum(geometry.area(box.quad) for box in some) for some in (boxes, high))
    return of_high >= _MOSTLY_LARGE * taken or len(high) >= _MOSTLY_LARGE * len(boxes)


def _height_of_print(quad: Quad) -> float:
    """Return how high print is: across a line, along a single letter, whichever way either runs."""
    shorter, longer = sorted((geometry.width(quad), geometry.height(quad)))
    return shorter if longer > _LEAST_LONG * shorter else longer


def _prefiltered(
    view: View, found: Sequence[TextBox], known: Sequence[Quad], *, policy: UnreadableTextPolicy
) -> PrefilterResult:
    boxes = [box for box in found if all(geometry.overlap(box.quad, place) < _KNOWN for place in known)]
    if not boxes:
        return PrefilterResult(None, is_relevant=False, found=0)
    view, text_page, shown, rest = _read_upright(view, boxes)
    with_facts = lines_with_facts(text_page.lines)
    if with_facts and len(boxes) > MAX_CROPPED_LINES and is_only_numbers(with_facts):
        # Digits are everywhere: they count only beside a label, or where a card may be hard to read.
        if lists_likely_numbers(with_facts):
            return PrefilterResult(text_page, is_relevant=True, found=len(boxes))
        text_page = TextPage(view, (*text_page.lines, *_read_sharply(view, rest)))
        may_be_hidden = policy is not UnreadableTextPolicy.IGNORED and (
            has_likely_number(with_facts) or is_hard_to_read(text_page, (*shown, *rest))
        )
        is_relevant = may_be_hidden or not is_only_numbers(text_page.lines) or lists_likely_numbers(text_page.lines)
        return PrefilterResult(text_page, is_relevant=is_relevant, found=len(boxes))
    if with_facts:
        return PrefilterResult(text_page, is_relevant=True, found=len(boxes))
    other = _reoriented(text_page, shown, policy=policy if len(boxes) >= _FEWEST else UnreadableTextPolicy.IGNORED)
    return PrefilterResult(other or text_page, is_relevant=other is not None, found=len(boxes))


def _boxes(view: View, *, is_likely: bool) -> tuple[TextBox, ...]:
    """Return lines of a view: more finely where it may show a card, and more finely still if that shows none."""
    if not is_likely:
        return detect_lines(view, _UNLIKELY_SIDE, is_quick=True)
    first, second = _DETECTOR_SIDES
    boxes = detect_lines(view, first, is_quick=True)
    if len(boxes) >= _FEWEST or max(view.width, view.height) <= first:
        return boxes
    return detect_lines(view, second, is_quick=True)


def _run_together(view: View, boxes: Sequence[TextBox]) -> bool:
    """Return whether most print is in boxes of many small lines that the detector cannot part: that of a full page."""
    scale = min(1.0, _UNLIKELY_SIDE / max(view.width, view.height))
    high = [box for box in boxes if min(geometry.height(box.quad), geometry.width(box.quad)) * scale > _RUN_TOGETHER]
    taken, of_high = (sum(geometry.area(box.quad) for box in some) for some in (boxes, high))
    is_large = any(geometry.area(box.quad) > _PAGE_SHARE * view.width * view.height for box in high)
    return scale < 1 and is_large and of_high >= _MOSTLY_LARGE * taken


def relevant_text_page(text_page: TextPage, quads: Sequence[Quad], *, policy: UnreadableTextPolicy) -> TextPage | None:
    """Return a text page, as it is or reoriented, if it may belong to a card; None otherwise.

    Args:
        text_page: what was read.
        quads: the places that were read, including those without a reading.
        policy: as in `prefilter_lines`.
    """
    return text_page if lines_with_facts(text_page.lines) else _reoriented(text_page, quads, policy=policy)


def _reoriented(text_page: TextPage, quads: Sequence[Quad], *, policy: UnreadableTextPolicy) -> TextPage | None:
    """Return a text page without facts by the policy for unreadable text, as `relevant_text_page` does."""
    if policy is UnreadableTextPolicy.IGNORED or not is_hard_to_read(text_page, quads):
        return None
    if policy is UnreadableTextPolicy.COUNTED:
        return text_page
    other = try_orientations(text_page, quads)
    return other if other is not None and lines_with_facts(other.lines) else None


def is_other_document(view: View, quads: Sequence[Quad]) -> bool:
    """Return whether a place has more lines than any card, and a legible sample of them belongs to none."""
    if len(quads) <= _MANY:
        return False
    some = [first_part(quad, _LONGEST) for i, quad in enumerate(quads) if is_sampled(i, _EACH)]
    lines = read_lines(view, some, is_quick=True)
    return not (lines_with_facts(lines) or is_vietnamese(lines) or is_hard_to_read(TextPage(view, lines), some))


def _first_lines(view: View, quads: Sequence[Quad]) -> tuple[TextPage, Sequence[Quad], Sequence[Quad]]:
    """Read lines, of many only some unless those are Vietnamese; return them, the places read, and those left out.

    Boxes nearly as high as long contain no label and no number.
    """
    quads = [quad for quad in quads if geometry.width(quad) > _LEAST_LONG * geometry.height(quad)]
    if len(quads) <= _LINES_OF_A_CARD:
        return TextPage(view, _read_sharply(view, quads)), quads, ()
    each = max(_EACH, len(quads) // _MOST_SAMPLED)
    some = [first_part(quad, _LONGEST) for i, quad in enumerate(quads) if is_sampled(i, each)]
    lines = _read_sharply(view, some)
    others = [quad for i, quad in enumerate(quads) if not is_sampled(i, each)]
    if lines_with_facts(lines) or not is_vietnamese(lines):
        return TextPage(view, lines), some, others
    return TextPage(view, (*lines, *_read_sharply(view, others))), [*some, *others], ()


def is_sampled(index: int, each: int) -> bool:
    """Return whether a line is among the first that are read, one of so many, shifting from round to round.

    In a table of as many columns, every third line would always be of the same one.
    """
    return (index + index // each) % each == 0


def _read_sharply(view: View, quads: Sequence[Quad]) -> tuple[PrintedLine, ...]:
    """Read lines by the quick reader without the empty rows around them; their places stay as they were found."""
    placed = dict(zip(tight := tight_line_boxes(view.pixels, quads), quads, strict=True))
    lines = read_lines(view, tight, is_quick=True)
    return tuple(replace(line, quad=placed[line.quad]) for line in lines)


def _read_upright(view: View, boxes: Sequence[TextBox]) -> tuple[View, TextPage, Sequence[Quad], Sequence[Quad]]:
    """Turn a view upright; return it with what `_first_lines` gives.

    What reads well as it stands needs no vote on which way is up.
    """
    view, quads = deskew(view, boxes)
    first = _first_lines(view, quads)
    text_page, shown, _ = first
    if not _is_surely_upright(text_page, shown) and is_upside_down(view, shown, text_page.lines):
        view, quads = half_turned(view, quads)
        first = _first_lines(view, quads)
    return (view, *first)


def _is_surely_upright(text_page: TextPage, quads: Sequence[Quad]) -> bool:
    """Return whether words are read well; digits upside down are digits still."""
    words = sum(is_clear(line) and not is_mostly_digits(line) and has_uniform_case(line) for line in text_page.lines)
    return words >= max(_FEWEST, _WORDS_SHARE * len(quads))


def is_vietnamese(lines: Sequence[PrintedLine]) -> bool:
    """Return whether some of the lines are clear and have letters that Vietnamese is written with."""
    count = sum(is_clear(line) and has_non_ascii_letters(line) for line in lines)
    return count >= max(_VIETNAMESE, _VIETNAMESE_SHARE * len(lines))

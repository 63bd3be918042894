"""Text outside located cards: cards without a visible outline, and labelled values on anything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from idscan.cards.classify import recognise, shows_several
from idscan.cards.code_facts import read_mrz
from idscan.cards.documents import field_box
from idscan.cards.extract.key_value import lines_with_facts, read_print
from idscan.cards.extract.lists import find_people, with_people
from idscan.cards.extract.outside_cards import (
    MAX_CROPPED_LINES,
    doubtful_digits,
    headline_name,
    number_records,
    personal_labels,
    renumber_records,
    resolve_contradictions,
    with_records,
)
from idscan.cards.extract.segments import join_split_numbers
from idscan.cards.extract.tables import find_table
from idscan.cards.fields.numbers import find_numbers
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.messages import message
from idscan.core.types import Problem
from idscan.pipeline.card import IDENTIFYING, CardReading, exposed_fields_read, read_card_text
from idscan.pipeline.character_boxes import find_character_boxes, read_character_boxes
from idscan.pipeline.orientation import is_hard_to_read, rotated_text_pages, try_orientations
from idscan.pipeline.prefilter import UnreadableTextPolicy, prefilter_lines
from idscan.pipeline.proposals import CardProposal
from idscan.pipeline.reread import cross_engine_readings, reread_digits, reread_names
from idscan.pipeline.text_lines import (
    MAX_LINES,
    TextPage,
    deskew_and_orient,
    detect_lines,
    read_lines,
    read_text_page,
    texts_of,
)
from idscan.vision import perspective
from idscan.vision.card_contours import CARD_ASPECT
from idscan.vision.card_pose import card_from_places
from idscan.vision.ink_map import tight_line_boxes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.cards.extract.key_value import LabelledFact
    from idscan.cards.extract.tables import Table
    from idscan.core.geometry import Quad
    from idscan.core.settings import EffortProfile
    from idscan.core.types import Fact, PrintedLine, SeenText, TextBox
    from idscan.pipeline.context import PageContext
    from idscan.vision.perspective import View

_FRAME_SIDE = 2000
"""Pixels of the longer side at most. Lower: small print is illegible; higher: large images cost too much time."""
_SECOND_LOOK_SIDE = 640
"""Pixels of the longer side for text detection beside known cards. Lower: print is missed; higher: costs more."""
_DENSE = 120
"""Lines of a page of small print, which at a reduced size run together: a quarter of them is missed at 800 pixels."""
_ZOOM_DETECTOR_SIDE = 800
"""Pixels of the longer side for text detection on one enlarged card. Lower: small print is missed; higher: costs
more."""
_ZOOM_WIDTH = 1100
"""Pixels across an enlarged card at most. Lower: small print is illegible; higher: costs more time."""
_MIN_ZOOM_WIDTH = 640
"""Pixels across an enlarged card at least. Lower: the detector misses small print; higher: only blur is enlarged."""
_WORTHWHILE = 1.3  # a second look has to enlarge at least this much
_MOSTLY = 0.75
"""Share of a place within another that counts as inside. Lower: wrong outlines are accepted; higher: outlines that are
a little off are rejected."""
_MAX_GROWTH = 6.0
"""Area of an estimated outline by that of its lines. Lower: cards with few legible lines are rejected; higher: outlines
far too large are accepted."""
_WITHIN = 0.9
"""Share of a card that must lie in the image; places of fields are off by some hundredths of a card."""
_RIM = 0.015
"""Share of the image's longer side: lines nearer to an edge count as cut by it."""


@dataclass(frozen=True, slots=True)
class FreeTextReading:
    """Cards and facts found by their print alone, and the places of all print that was seen, read or not."""

    cards: tuple[CardReading, ...]
    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...] = ()
    texts: tuple[SeenText, ...] = ()
    lines: tuple[Quad, ...] = ()


class OtherRegions(NamedTuple):
    """Regions of an image besides its cards.

    Attributes:
        other_print: legible places without a card, which need no full read.
        may_show_more: whether anything that is not among its cards looks like one, even faintly.
    """

    other_print: Sequence[Quad] = ()
    may_show_more: bool = True


_NOTHING_KNOWN = OtherRegions()


def read_free_text(
    page: PageContext, covered: Sequence[Quad], elsewhere: OtherRegions = _NOTHING_KNOWN
) -> FreeTextReading:
    """Read the text of an image outside the places that are already read.

    Args:
        page: the image.
        covered: cards that were read, in its pixels.
        elsewhere: other places on it that were read, and whether more may stand on it.
    """
    profile = page.profile
    view = _frame_view(page.rgb, covered)
    sides = profile.free_text_sides
    seen: TextPage | None = None
    quick_lines: tuple[Quad, ...] = ()
    if profile.uses_prefilters:
        known = [view.view_quad(quad) for quad in elsewhere.other_print]
        is_tried = profile.retries_unread and elsewhere.may_show_more
        first = prefilter_lines(
            view, known, policy=UnreadableTextPolicy.TRIED if is_tried else UnreadableTextPolicy.IGNORED
        )
        seen, quick_lines = first.text_page, tuple(view.source_quad(quad) for quad in first.boxes)
        if seen is None or not first.is_relevant:
            return FreeTextReading((), (), _unread(first.found), _texts(seen, profile) if seen else (), quick_lines)
        if covered:
            # Once a card was found, this only looks for one that nothing else showed.
            sides = tuple(min(side, _SECOND_LOOK_SIDE) for side in sides)
        if first.found > _DENSE:
            sides = (_FRAME_SIDE,)
    boxes = detect_lines(view, *sides)
    text_pages = _text_pages(view, boxes, profile) if boxes else ()
    cards, facts = _understood(page, text_pages, covered)
    if seen is not None and not cards and not facts:
        # The large detector misses print, too.
        text_pages = (*text_pages, seen)
        cards, facts = _understood(page, (seen,), covered)
    texts = (text for text_page in text_pages for text in _texts(text_page, profile))
    lines = (*quick_lines, *(view.source_quad(box.quad) for box in boxes))
    return FreeTextReading(tuple(cards), tuple(facts), _unread(len(boxes)), tuple(texts), lines)


def _unread(lines: int) -> tuple[Problem, ...]:
    """Return the problem of an image with too many lines of text, if it has."""
    return (Problem("read", "text_not_read", message("text_not_read")),) if lines > MAX_LINES else ()


def _understood(
    page: PageContext, text_pages: Sequence[TextPage], covered: Sequence[Quad]
) -> tuple[list[CardReading], list[Fact]]:
    """Return the cards that the lines of text pages form, and the facts behind labels elsewhere."""
    cards: list[CardReading] = []
    facts: list[Fact] = []
    for text_page in text_pages:
        table = find_table(text_page.lines)
        listed = {id(line) for line in table.lines}
        groups: list[Sequence[PrintedLine]] = []
        for group in split_by_card([line for line in text_page.lines if id(line) not in listed]):
            card = _card_of(page, text_page, group, covered)
            if card is not None:
                cards.append(card)
            else:
                groups.append(group)
        found = _off_cards(text_page, table, groups, page.profile)
        facts.extend(renumber_records(facts, found))
    return cards, facts


def _texts(text_page: TextPage, profile: EffortProfile) -> tuple[SeenText, ...]:
    """Return the texts of the lines of a text page, in a thorough scan as read by every reader."""
    return texts_of(text_page, *(cross_engine_readings(text_page, profile) if profile.uses_all_engines else ()))


def _text_pages(view: View, boxes: Sequence[TextBox], profile: EffortProfile) -> tuple[TextPage, ...]:
    """Return the lines of a view in their main direction, and those that are rotated or mirrored."""
    view, quads = deskew_and_orient(view, boxes)
    boxed = find_character_boxes(view, quads)
    quads = tight_line_boxes(view.pixels, boxed.others)
    lines = _with_whole_numbers(view, read_lines(view, quads))
    text_page = TextPage(view, (*lines, *read_character_boxes(view, boxed.fields)), boxed.fields)
    if profile.reads_rotated_text:
        return (text_page, *rotated_text_pages(text_page, quads))
    other = try_orientations(text_page, quads) if profile.retries_unread and is_hard_to_read(text_page, quads) else None
    return (text_page if other is None else other,)


def _with_whole_numbers(view: View, lines: tuple[PrintedLine, ...]) -> tuple[PrintedLine, ...]:
    """Return lines with each number that was found in parts read again as one line, where that gives a number."""
    broken = join_split_numbers(lines)
    if not broken:
        return lines
    places = [(run[0].quad[0], run[-1].quad[1], run[-1].quad[2], run[0].quad[3]) for run in broken]
    whole = {line.quad: line for line in read_lines(view, places) if find_numbers(line.text.reveal())}
    parts = {id(line) for run, place in zip(broken, places, strict=True) if place in whole for line in run}
    return (*(line for line in lines if id(line) not in parts), *whole.values())


def _frame_view(rgb: NDArray[np.uint8], covered: Sequence[Quad]) -> View:
    height, width = rgb.shape[:2]
    scale = min(1.0, _FRAME_SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    view = perspective.rectify(rgb, quad_from_box(0, 0, width, height), size) if scale < 1 else perspective.whole(rgb)
    if not covered:
        return view
    pixels = view.pixels.copy()
    for quad in covered:
        corners = np.array([[round(x), round(y)] for x, y in view.view_quad(quad)], np.int32)
        cv2.fillConvexPoly(pixels, corners, (127, 127, 127))
    pixels.setflags(write=False)
    return perspective.View(pixels, view.to_source)


def _card_of(
    page: PageContext, text_page: TextPage, group: Sequence[PrintedLine], covered: Sequence[Quad]
) -> CardReading | None:
    """Read a block of lines as a card, a second time straight from the image where that shows it larger.

    The image shows cards that were read already, too: their lines are none of this one's.
    """
    proposal = _estimated(text_page.view, group)
    if proposal is None:
        return None
    first = read_card_text(page, TextPage(text_page.view, tuple(group)), proposal)
    place = text_page.view.view_quad(proposal.quad)
    # The position of the card is an estimate, and must include all of its lines, none of them cut.
    cut = [line for line in group if geometry.overlap(line.quad, place) > 0]
    lines = [line.quad for line in (*lines_with_facts(group), *cut)]
    zoomed = _zoomed(page.rgb, text_page.view, geometry.enclosing([place, *lines]))
    if zoomed is None:
        return first
    known = [zoomed.view_quad(quad) for quad in covered]
    boxes = [
        box
        for box in detect_lines(zoomed, _ZOOM_DETECTOR_SIDE)
        if not any(geometry.contains(quad, geometry.centre(box.quad)) for quad in known)
    ]
    again = read_text_page(zoomed, boxes)
    better = _estimated(again.view, again.lines)
    second = read_card_text(page, again, better) if better is not None else None
    best = second or first
    if first is not None and second is not None and len(exposed_fields_read(second)) < len(exposed_fields_read(first)):
        best = first
    if (
        best is not None
        and exposed_fields_read(best).issuperset(IDENTIFYING)
        and _leaves(text_page, text_page.view.view_quad(best.quad))
    ):
        return None
    return best


def _leaves(text_page: TextPage, place: Quad) -> bool:
    """Return whether a card that is guessed from print would reach far beyond an image that cuts no line in two.

    Screens and forms have a card's labels in an order of their own. A card that is cut off shows it by its print.
    """
    frame = quad_from_box(0, 0, text_page.view.width, text_page.view.height)
    if geometry.overlap(place, frame) > _WITHIN:
        return False
    left, top, right, bottom = geometry.bounds(place)
    rim = _RIM * max(text_page.view.width, text_page.view.height)
    lines = [geometry.bounds(line.quad) for line in text_page.lines]
    is_cut = (
        (left < 0 and any(line[0] < rim for line in lines)),
        (top < 0 and any(line[1] < rim for line in lines)),
        (right > text_page.view.width and any(line[2] > text_page.view.width - rim for line in lines)),
        (bottom > text_page.view.height and any(line[3] > text_page.view.height - rim for line in lines)),
    )
    return not any(is_cut)


def _estimated(view: View, lines: Sequence[PrintedLine]) -> CardProposal | None:
    """Estimate the place of the card that these lines belong to, None if they belong to none."""
    reading = read_print(lines, on_card=False)
    zone = read_mrz(lines)
    recognition = recognise(reading, (), zone)
    if not recognition.is_identity_card:
        return None
    places = [
        (box, fact.quad)
        for fact in reading.facts
        if fact.quad is not None and (box := field_box(recognition.kind, recognition.side, fact.field)) is not None
    ]
    region = geometry.enclosing(line.quad for line in lines_with_facts(lines) or lines)
    frame = quad_from_box(0, 0, view.width, view.height)
    quad = _plausible(card_from_places(places), region, frame) or _around(region)
    return CardProposal(view.source_quad(quad), is_oriented=True, is_exact=False)


def _plausible(estimate: Quad | None, region: Quad, frame: Quad) -> Quad | None:
    """Return an estimated outline if it contains the lines and the image contains it, None otherwise."""
    if estimate is None or geometry.overlap(region, estimate) < _MOSTLY or geometry.overlap(estimate, frame) < _MOSTLY:
        return None
    return estimate if geometry.area(estimate) < _MAX_GROWTH * geometry.area(region) else None


def _around(region: Quad) -> Quad:
    """Return a box of a card's proportions around the lines of a card."""
    left, top, right, bottom = geometry.bounds(region)
    width = max(right - left, (bottom - top) * CARD_ASPECT) * 1.12
    height = width / CARD_ASPECT
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    return quad_from_box(middle_x - width / 2, middle_y - height / 2, middle_x + width / 2, middle_y + height / 2)


def _zoomed(rgb: NDArray[np.uint8], view: View, region: Quad) -> View | None:
    """Return the region straight from the image, None where that shows it no larger than the view does."""
    left, top, right, bottom = geometry.bounds(region)
    room = 0.04 * (right - left)
    left, top = max(left - room, 0.0), max(top - room, 0.0)
    right, bottom = min(right + room, float(view.width)), min(bottom + room, float(view.height))
    source = view.source_quad(quad_from_box(left, top, right, bottom))
    # The size for the detector decides: it sees the whole frame at a few hundred pixels, the region at more.
    seen = (right - left) * min(1.0, _SECOND_LOOK_SIDE / max(view.width, view.height))
    width = round(min(max(geometry.width(source), _MIN_ZOOM_WIDTH), _ZOOM_WIDTH))
    if width < _WORTHWHILE * seen:
        return None
    return perspective.rectify(rgb, source, (width, max(2, round(width * (bottom - top) / (right - left)))))


def _off_cards(
    text_page: TextPage, table: Table, groups: Sequence[Sequence[PrintedLine]], profile: EffortProfile
) -> list[Fact]:
    """Return facts in the rows of a table and behind labels, each with the record of its person."""
    found = [fact for record in number_records(table.records) for fact in record]
    found += with_records(_labelled(text_page, groups), first=len(table.records))
    lines = [*table.lines, *(line for group in groups for line in group)]
    found = with_people(found, find_people(lines), listed=len(table.records))
    found += headline_name(found, [line for group in groups for line in group])
    found += [fact for group in groups if (zone := read_mrz(group)) is not None for fact in zone.facts]
    boxed = [fact for fact in found if _is_within(fact, text_page.boxed)]
    plain = [fact for fact in found if not _is_within(fact, text_page.boxed)]
    found = [*reread_names(text_page.view, plain, profile), *boxed]
    found = resolve_contradictions([*found, *reread_digits(text_page.view, doubtful_digits(plain))])
    return [fact.moved(text_page.view.source_quad) for fact in found]


def _is_within(fact: Fact, places: Sequence[Quad]) -> bool:
    return fact.quad is not None and any(geometry.overlap(fact.quad, place) > _MOSTLY for place in places)


def _labelled(text_page: TextPage, groups: Sequence[Sequence[PrintedLine]]) -> list[LabelledFact]:
    """Return the values behind labels, in reading order: in blocks of lines, and across the page.

    A form's values may stand far from their labels. Labels that need others to vouch for them need those near by.
    """
    is_cropped = len(text_page.lines) <= MAX_CROPPED_LINES
    near = [
        found for group in groups for found in personal_labels(read_print(group, on_card=False), is_cropped=is_cropped)
    ]
    known = {found.quad for found in near}
    taken = {found.fact.quad for found in near}
    page = read_print([line for group in groups for line in group], on_card=False)
    far = [
        found
        for found in personal_labels(page)
        if found.quad not in known and found.fact.quad not in taken and not found.match.is_bare_number
    ]
    return sorted([*near, *far], key=lambda found: (geometry.centre(found.quad)[1], found.quad[0][0]))


_ALIKE = 2.5  # between the heights of neighbouring lines of one card


def split_by_card(lines: Sequence[PrintedLine]) -> list[list[PrintedLine]]:
    """Return the blocks of lines, those that must be several cards split at their widest gap."""
    waiting = group_lines_by_card(lines)
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


def group_lines_by_card(lines: Sequence[PrintedLine]) -> list[list[PrintedLine]]:
    """Split the lines of an image into separate blocks: one card each, at best.

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
    # Print of a very different size next to a card belongs to the background.
    return heights[1] < _ALIKE * heights[0] and gap_x < 4 * heights[1] and gap_y < 3 * heights[1]

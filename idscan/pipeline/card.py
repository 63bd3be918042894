"""Read one card proposal: rectify, orient, recognise, extract fields, classify."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from idscan.cards.classify import recognise, shows_several
from idscan.cards.code_facts import read_barcode, read_mrz, read_symbol
from idscan.cards.documents import document_of, exposing_fields_of, field_box, fields_of, qr_box
from idscan.cards.extract.key_value import (
    each_value_once,
    has_likely_number,
    is_only_numbers,
    lines_with_facts,
    read_print,
    values_at,
)
from idscan.cards.extract.tables import find_table
from idscan.cards.labels.headings import STATE
from idscan.core import geometry
from idscan.core.enums import EXPOSED_FIELDS, CardKind, Field, Side, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Fact
from idscan.pipeline import qr
from idscan.pipeline.context import card_detector
from idscan.pipeline.missing_fields import FittedOutline, find_missing_fields
from idscan.pipeline.orientation import is_hard_to_read, try_orientations
from idscan.pipeline.prefilter import UnreadableTextPolicy, is_other_document, is_vietnamese, relevant_text_page
from idscan.pipeline.proposals import cuts_print, rectify_proposal
from idscan.pipeline.reread import cross_engine_digits, cross_engine_readings, reread_names
from idscan.pipeline.text_lines import (
    TextPage,
    deskew,
    deskew_and_orient,
    detect_lines,
    read_lines,
    read_text_page,
    reading_order,
    texts_of,
)
from idscan.vision import card_signs, perspective
from idscan.vision.card_pose import card_from_zone, is_zone_position
from idscan.vision.card_signs import find_covers
from idscan.vision.ink_map import may_contain_print
from idscan.vision.preprocess import has_image_contrast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.cards.classify import Classification
    from idscan.cards.code_facts import CodeEvidence
    from idscan.cards.extract.key_value import PrintReading
    from idscan.core.geometry import CardBox, Quad
    from idscan.core.settings import EffortProfile
    from idscan.core.types import PrintedLine, SeenText, TextBox
    from idscan.pipeline.context import PageContext
    from idscan.pipeline.proposals import CardProposal
    from idscan.vision.perspective import View

IDENTIFYING = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})
"""Fields that identify a holder: once they are known, further reading exposes no one else."""


@dataclass(frozen=True, slots=True)
class CardReading:
    """A card that was recognised, in pixels of the image.

    Attributes:
        kind: generation.
        side: which face.
        quad: outline.
        confidence: 0 to 1.
        facts: personal data on it.
        blanks: exposing fields whose places in the layout are empty.
        texts: everything that was read on it.
        is_outline_seen: whether its edges were detected, not estimated from its content.
    """

    kind: CardKind
    side: Side
    quad: Quad
    confidence: float
    facts: tuple[Fact, ...]
    blanks: frozenset[Field] = frozenset()
    texts: tuple[SeenText, ...] = ()
    is_outline_seen: bool = True


def is_complete(card: CardReading) -> bool:
    """Return whether all identifying fields that this side prints were read, or all exposing ones are blank.

    Where some fields were read and others are blank, the outline may have cut those off.
    """
    shown = frozenset(fields_of(card.kind, card.side))
    wanted = IDENTIFYING & shown if shown and Field.MRZ not in shown else IDENTIFYING
    return exposed_fields_read(card).issuperset(wanted) or card.blanks.issuperset(wanted) or is_blank(card)


def is_blank(card: CardReading) -> bool:
    """Return whether the places of all exposing fields of a card are empty."""
    printed = exposing_fields_of(card.kind, card.side)
    return bool(printed) and not exposed_fields_read(card) and card.blanks.issuperset(printed)


def exposed_fields_read(card: CardReading) -> frozenset[Field]:
    """Return which exposing fields of a card have a value."""
    return frozenset(fact.field for fact in card.facts if fact.value is not None and fact.field in EXPOSED_FIELDS)


_PICTURE_SIZE = (96, 96)
"""Pixels to which the place of a portrait is rectified. Smaller: no contrast is left; larger: only costs more."""
_PICTURE_CONFIDENCE = 0.7
"""Confidence (0 to 1) of a portrait or fingerprint, of which only contrast at its place is known."""


def pictures_on(view: View, quad: Quad, face: tuple[CardKind, Side]) -> list[Fact]:
    """Return portrait and fingerprints where the layout has them and the place is not bare, as a child's may be."""
    to_view = perspective.homography(quad_from_box(0, 0, 1, 1), view.view_quad(quad))
    found = []
    for field in (Field.PORTRAIT, Field.FINGERPRINT):
        box = field_box(*face, field)
        if box is None:
            continue
        place = geometry.transform(to_view, quad_from_box(*box))
        if has_image_contrast(perspective.rectify(view.pixels, place, _PICTURE_SIZE).pixels):
            found.append(Fact(field=field, value=None, by=Source.PRINT, quad=place, confidence=_PICTURE_CONFIDENCE))
    return found


def may_bear_barcode(recognition: Classification, codes: Sequence[CodeEvidence], zone: CodeEvidence | None) -> bool:
    """Return whether looking for a barcode is worth ten times the cost of looking for a QR code."""
    if codes or zone is not None or recognition.side is Side.FRONT:
        return False
    document = document_of(recognition.kind)
    return document is None or bool(document.faces_with(Field.BARCODE))


def barcodes_on(grey: NDArray[np.uint8], quad: Quad) -> tuple[Fact, ...]:
    """Return the facts in the barcodes on a card, in pixels of the image."""
    left, top, right, bottom = geometry.bounds(quad)
    x0, y0 = max(int(left), 0), max(int(top), 0)
    part = np.ascontiguousarray(grey[y0 : int(bottom) + 1, x0 : int(right) + 1])
    return tuple(
        fact.moved(lambda quad: geometry.shifted(quad, x0, y0))
        for symbol in (qr.read_barcodes(part) if part.size else ())
        for fact in read_barcode(symbol)
    )


_CONFIDENCE = 0.6
"""Confidence (0 to 1) of a card that only the locator and its signs show; a card that was read has its own."""
_UNREAD_ROOM = 0.1
"""Of a card, on each side: the locator is off by some hundredths of it, rarely by more."""
_LEAST_WIDTH = 120.0
"""Pixels: on smaller cards nobody reads the number, whose digits are then four pixels high."""


_UPPER_EDGE = (0.05, 0.0, 0.95, 0.2)
"""Left, top, right and bottom, as shares of a card: the strip above the chip, which is not bare on a back."""
_COVERED = 0.85
"""Share of a part of the card that covers take at least for nothing to be left in it."""


def is_legible(proposal: CardProposal) -> bool:
    """Return whether a place is large enough for a card's print to be read there at all."""
    return geometry.width(proposal.quad) >= _LEAST_WIDTH


def unread_card(rgb: NDArray[np.uint8], proposal: CardProposal, *, is_bare: bool) -> CardReading | None:
    """Return a card whose fields could not be read; None where only the locator supports it.

    The locator detects shapes and layouts, and gives false positives on other cards, screens and boxes. A feature of
    Vietnamese cards is required as well: the emblem at the top left, with a portrait or rows of print; or on a back the
    chip with a machine-readable zone under it.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        proposal: where the locator is sure of a card.
        is_bare: whether next to no lines of print were found on it.
    """
    quad = proposal.located or proposal.quad
    for place in (quad, geometry.turned(quad, 2)):
        view = perspective.rectify(rgb, place, card_signs.SIZE).pixels
        if card_signs.shows_front(view) or (not is_bare and card_signs.has_emblem(view)):
            if card_signs.is_painted_over(view) or any(_are_covered(view, card_signs.BODY_AREA)):
                return None
            return CardReading(CardKind.UNKNOWN, Side.FRONT, perspective.widened(place, _UNREAD_ROOM), _CONFIDENCE, ())
        # Between covers a strip with chip, seal and lines of the issuer looks like a back; a golden cover like a chip.
        is_back = card_signs.shows_back(view) and not card_signs.is_bare(view, _UPPER_EDGE)
        if is_back and not any(_are_covered(view, card_signs.ZONE_AREA, card_signs.CHIP_AREA)):
            return CardReading(CardKind.UNKNOWN, Side.BACK, perspective.widened(place, _UNREAD_ROOM), _CONFIDENCE, ())
    return None


def _are_covered(view: NDArray[np.uint8], *areas: tuple[float, float, float, float]) -> Iterator[bool]:
    """Yield for each part of a straightened card whether covers hide it."""
    height, width = view.shape[:2]
    covers = find_covers(view)
    for left, top, right, bottom in areas:
        part = covers[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
        yield float(part.mean()) > _COVERED


REREAD_FIELDS = (Field.NUMBER, Field.DATE_OF_BIRTH)
_CODE_CONFIDENCE = 0.99
"""Confidence (0 to 1) of a card known by its decoded code: error correction leaves next to no doubt."""
_INSIDE = 0.4
"""Share of a line that lies in a field's place. Lower: neighbouring fields are read too; higher: an outline that is a
little off loses the field."""
_ROOM = 0.12
"""Share of a card's size: largest offset of a value from its layout on an outline estimated from a code alone."""


def card_from_code(proposal: CardProposal) -> CardReading:
    """Return a card with the facts of its code only."""
    code = proposal.codes[0]
    face = (code.kind, code.side)
    return CardReading(*face, proposal.quad, _CODE_CONFIDENCE, code.facts, is_outline_seen=proposal.is_exact)


def can_confirm_by_print(reading: PrintReading, text_page: TextPage, proposal: CardProposal) -> bool:
    """Return whether print confirms a card whose place is estimated from a code alone.

    Codes of cards are shown by apps and printed on slips, too. On a card its heading stands around the code, or its
    values do where the layout has them.
    """
    code = proposal.codes[0]
    to_card = perspective.homography(text_page.view.view_quad(proposal.quad), quad_from_box(0, 0, 1, 1))
    return any(
        (box := field_box(code.kind, code.side, found.fact.field)) is not None
        and found.fact.quad is not None
        and _is_near(geometry.centre(geometry.transform(to_card, found.fact.quad)), box)
        for found in reading.by_label
    ) or any(match.is_whole and (match.is_of_identity_card or match.heading is STATE) for match in reading.headings)


def _is_near(point: geometry.Point, box: CardBox) -> bool:
    return box[0] - _ROOM < point[0] < box[2] + _ROOM and box[1] - _ROOM < point[1] < box[3] + _ROOM


def confirm_by_print(view: View, boxes: Sequence[TextBox], proposal: CardProposal) -> CardReading | None:
    """Read only the lines at the places of fields that the code contains; None unless the values agree.

    The code already contains all values; print adds confirmation and places. None as well where no code was read, or
    the outline is only estimated.
    """
    if not proposal.codes or not proposal.is_exact:
        return None
    code = proposal.codes[0]
    known = {fact.field: fact.value for fact in code.facts}
    to_view = perspective.homography(quad_from_box(0, 0, 1, 1), view.view_quad(proposal.quad))
    wanted = [
        (field, geometry.transform(to_view, quad_from_box(*box)))
        for field in (*REREAD_FIELDS, Field.MRZ)
        if (box := field_box(code.kind, code.side, field)) is not None
    ]
    chosen = [box for box in boxes if any(geometry.overlap(box.quad, place) > _INSIDE for _, place in wanted)]
    text_page = read_text_page(view, chosen, is_upright=True)
    facts: list[Fact] = []
    for field, place in wanted:
        lines = [line for line in text_page.lines if geometry.overlap(line.quad, place) > _INSIDE]
        if field is Field.MRZ:
            zone = read_mrz(lines)
            facts.extend(zone.facts if zone is not None else ())
        else:
            facts.extend(fact for fact in read_print(lines, on_card=True).facts if fact.field is field)
            facts.extend(values_at(field, lines))
    facts.extend(pictures_on(text_page.view, proposal.quad, (code.kind, code.side)))
    agreeing = {fact.field for fact in facts if fact.value is not None and fact.value == known.get(fact.field)}
    if not agreeing.issuperset(REREAD_FIELDS):
        return None
    placed = [fact.moved(text_page.view.source_quad) for fact in facts]
    return replace(card_from_code(proposal), facts=(*code.facts, *placed), texts=texts_of(text_page))


_PREFILTER_SIDE = 512
"""Pixels of the longer side for the small detector. Lower: small print is missed; higher: costs more time."""
_SYMBOL_ROOM = 0.12  # of the symbol's place: layouts and outlines are that far off at worst
_MIN_LINES = 3
"""Lines that a card has at least. Lower: bare places are read; higher: partly covered cards are skipped."""
_LINES_OF_A_FRONT = 8
"""Lines from which a place without a known kind is read as it is. Lower: fronts with missed lines get no full read;
higher: full reads that add nothing."""
_LINES_OF_SOMETHING = 5
"""Clear lines without a word of a card's, from which a place that looks like a card is taken for something else.

Vietnamese ones may be a card's values whose labels, smaller and fainter, were not seen."""
_FILLED = 0.45
"""Share of a view that its lines enclose if a card fills it. Lower: pages with a few lines pass; higher: cards with
missed lines at the edges are dropped."""
_ZONE_WIDTH, _ZONE_TOP = 0.7, 0.5  # a line of a machine-readable zone spans the card, in its lower half
_LINES_OF_ZONE = 3  # of a machine-readable zone of the TD1 format; with fewer its position is not reliable
_IN_ZONE = 0.7
"""Share of a line within a zone's place. Lower: print beside the zone counts as part of it; higher: digits of the zone
count as a second, independent source."""
_LABELS_ON_A_BACK = 3
"""Top lines read together with the zone of a back. Fewer: the kind stays unknown; more: the first batch costs more."""
_MOTTO_BOTTOM = 0.17
"""Share of the view's height above which lines are read last. Lower: the motto is read in vain; higher: the heading
waits for a second batch."""
_MAX_SKEW = 45.0
"""Degrees of skew up to which lines count where the top side of the card is known."""
_MOST_LINES = 28
"""More than any card has, its back with issuer and zone included."""
_UPRIGHT = 1.2  # height by width: cards seen aslant come near to squares


_ROOM_TO_LOCATE = 0.6
"""Margin as a share of a card's sides: corners of cards at a steep angle are off by half a side."""
_LOCATED_AGAIN_SIZE = (640, 404)  # width and height in pixels of the view given to the locator again
_SAME_CARD = 0.4
"""Intersection over union. Lower: a neighbouring card replaces this one; higher: corrected corners are rejected."""


class CardAttempt(NamedTuple):
    """Result for a place: a card, or legible print that belongs to no card, or neither; or next to no print."""

    card: CardReading | None
    is_other_print: bool = False
    is_bare: bool = False


def read_proposal(page: PageContext, proposal: CardProposal) -> CardAttempt:
    """Read a place where a card may be, and return whether other print was found there.

    Where the locator is confident, the place is read in other ways until the holder is identified.
    """
    best = CardAttempt(None, is_bare=True)
    for attempt in _attempts(page.rgb, proposal) if page.profile.retries_unread else (proposal,):
        if attempt.is_other_way_up and (best.card is not None or best.is_bare):
            break
        seen = _read_attempt(page, attempt)
        if attempt is not proposal:
            # A place that a second guess is about may well show something else.
            seen = seen._replace(is_other_print=False)
        if seen.card is None:
            best = best if best.card is not None else seen._replace(is_bare=seen.is_bare and best.is_bare)
        elif best.card is None or len(exposed_fields_read(seen.card)) > len(exposed_fields_read(best.card)):
            best = seen
        if seen.is_other_print or (best.card is not None and is_complete(best.card)):
            break
    is_doubted = proposal.is_located and is_legible(proposal) and page.profile.retries_unread
    if best.card is None and is_doubted and not best.is_other_print:
        return best._replace(card=unread_card(page.rgb, proposal, is_bare=best.is_bare))
    return best


def _attempts(rgb: NDArray[np.uint8], proposal: CardProposal) -> Iterator[CardProposal]:
    """Yield variants of a proposal, the likeliest first.

    A detected outline may belong to a finger or a shadow, the corners of a card seen at a sharp angle may be far off,
    print may be lost in darkness and noise, and the locator may be wrong about which way is up.
    """
    yield proposal
    if not proposal.is_located or proposal.codes or not is_legible(proposal):
        return
    if proposal.located is not None:
        proposal = replace(proposal, quad=proposal.located, is_exact=False, located=None)
        yield proposal
    again = _located_again(rgb, proposal.quad)
    if again is not None:
        proposal = replace(proposal, quad=again, is_exact=False)
        yield proposal
    yield replace(proposal, is_cleared=True)
    yield replace(proposal, quad=geometry.turned(proposal.quad, 2), is_other_way_up=True)


def _located_again(rgb: NDArray[np.uint8], quad: Quad) -> Quad | None:
    """Locate a card again on the view rectified by its first outline; None if it is not found.

    On the enlarged frontal view, its corners are located more exactly.
    """
    locator = card_detector()
    if locator is None:
        return None
    view = perspective.rectify(rgb, perspective.widened(quad, _ROOM_TO_LOCATE), _LOCATED_AGAIN_SIZE)
    seen = [view.source_quad(card.quad) for card in locator.locate(view.pixels)]
    best = max(seen, key=lambda other: geometry.iou(other, quad), default=None)
    return best if best is not None and geometry.iou(best, quad) > _SAME_CARD else None


def _read_attempt(page: PageContext, proposal: CardProposal) -> CardAttempt:
    profile = page.profile
    if profile.stops_when_identified and proposal.codes:
        of_code = card_from_code(proposal)
        if exposed_fields_read(of_code).issuperset(IDENTIFYING):
            return CardAttempt(of_code if proposal.is_seen else None)
    if not profile.uses_prefilters:
        return _read_view(page, rectify_proposal(page.rgb, proposal), proposal)
    if not proposal.codes and not may_contain_print(_part(page.grey, proposal.quad)):
        return CardAttempt(None, is_bare=True)
    view = rectify_proposal(page.rgb, proposal)
    settled, prefiltered = _prefilter(page, view, proposal)
    if settled is not None:
        return settled
    checked = _checked_zone_facts(prefiltered) if prefiltered is not None else ()
    seen = _read_view(page, view, proposal)
    if prefiltered is not None and (seen.card is None or not is_complete(seen.card)):
        # The large detector misses print, too, above all of blurred cards.
        card = read_card_text(page, prefiltered, proposal)
        if card is not None and (
            seen.card is None or len(exposed_fields_read(card)) > len(exposed_fields_read(seen.card))
        ):
            return CardAttempt(card)
    if seen.card is not None:
        seen = seen._replace(card=replace(seen.card, facts=(*seen.card.facts, *checked)))
    return seen


def _checked_zone_facts(prefiltered: TextPage) -> list[Fact]:
    """Return facts of a zone with valid check digits from the pre-filter, which the full read may misread."""
    zone = read_mrz(prefiltered.lines)
    checked = (fact for fact in (zone.facts if zone is not None else ()) if fact.is_checked)
    return [fact.moved(prefiltered.view.source_quad) for fact in checked if fact.field is not Field.MRZ]


def _deskewed(view: View, boxes: Sequence[TextBox], proposal: CardProposal) -> tuple[View, tuple[Quad, ...]]:
    """Turn a view upright by the lines on the card only, not those beside it."""
    if proposal.is_oriented:
        return deskew_and_orient(view, boxes, is_upright=True)
    own = _own_boxes(view, boxes, proposal)
    if proposal.is_located:
        return deskew(view, boxes, judges=own, most=_MAX_SKEW)
    return deskew_and_orient(view, boxes, judges=own)


def _own_boxes(view: View, boxes: Sequence[TextBox], proposal: CardProposal) -> list[TextBox]:
    return [box for box in boxes if _lies_on(box.quad, view, proposal)]


def _lies_on(line: Quad, view: View, proposal: CardProposal) -> bool:
    """Return whether the centre of a line is inside the proposed outline."""
    return geometry.contains(view.view_quad(proposal.quad), geometry.centre(line))


def _part(grey: NDArray[np.uint8], quad: Quad) -> NDArray[np.uint8]:
    """Return the part of an image around a quad, at least a pixel of it."""
    left, top, right, bottom = (max(0, round(edge)) for edge in geometry.bounds(quad))
    y, x = min(top, grey.shape[0] - 1), min(left, grey.shape[1] - 1)
    return grey[y : max(bottom, y + 1), x : max(right, x + 1)]


def _prefilter(page: PageContext, view: View, proposal: CardProposal) -> tuple[CardAttempt | None, TextPage | None]:
    """Read the lines that the small detector finds; return no attempt but a text page if that is not conclusive.

    It is conclusive if all identifying fields were read, if there is no print or none relevant to a card, or if there
    is next to no print beside a code that was read.
    """
    boxes = detect_lines(view, _PREFILTER_SIDE, is_quick=True)
    card = confirm_by_print(view, boxes, proposal)
    if card is not None:
        return CardAttempt(card), None
    if len(boxes) < _MIN_LINES and (proposal.is_located or proposal.codes):
        # A code or located card implies print, which may show only at full size.
        boxes = max(boxes, detect_lines(view, max(view.width, view.height), is_quick=True), key=len)
    if len(boxes) < _MIN_LINES and not proposal.codes:
        return CardAttempt(None, is_bare=True), None
    view, quads = _deskewed(view, boxes, proposal)
    is_unfilled = _is_page(proposal, quads) or (proposal.fills_frame and not _is_filled(view, quads))
    inner = [quad for quad in quads if _lies_on(quad, view, proposal)]
    is_other_print = not is_unfilled and not proposal.codes and is_other_document(view, inner)
    if is_unfilled or is_other_print:
        return CardAttempt(None, is_other_print=is_other_print), None
    text_page, understood = _read_by_use(view, quads, proposal, page.profile)
    is_open = not understood.is_complete and not _is_of_no_kind(understood, quads)
    if is_open and len(boxes) >= _MIN_LINES:
        return _attempt_without_card(text_page, quads, proposal, page.profile), text_page
    is_list = not is_open and _lists_people(text_page, quads, proposal, understood)
    card = None if is_list else _card(page, text_page, understood, proposal)
    is_settled = is_open or is_list or (card is not None and exposed_fields_read(card).issuperset(IDENTIFYING))
    return CardAttempt(card) if is_settled else None, text_page


def _is_of_no_kind(understood: _Understood, quads: Sequence[Quad]) -> bool:
    """Return whether as many lines as a front has identify the holder, but not the kind of card."""
    return understood.is_identified and understood.zone is None and len(quads) >= _LINES_OF_A_FRONT


def _attempt_without_card(
    text_page: TextPage, quads: Sequence[Quad], proposal: CardProposal, profile: EffortProfile
) -> CardAttempt | None:
    """Return the result for a place whose lines form no card; None if a full read may find one."""
    if proposal.codes:
        return None
    is_clear = not is_hard_to_read(text_page, quads)
    relevant = relevant_text_page(text_page, quads, policy=_unreadable_text_policy(proposal, profile))
    if relevant is not None:
        # Digits are everywhere: where the locator sees no card, they are no reason to look closer.
        is_noise = is_clear and not proposal.is_located and is_only_numbers(lines_with_facts(relevant.lines))
        return CardAttempt(None) if is_noise else None
    is_something_else = is_clear and len(text_page.lines) >= _LINES_OF_SOMETHING and not is_vietnamese(text_page.lines)
    if proposal.is_located and not is_something_else:
        return None
    return CardAttempt(None, is_other_print=is_clear and not is_vietnamese(text_page.lines))


def _unreadable_text_policy(proposal: CardProposal, profile: EffortProfile) -> UnreadableTextPolicy:
    if proposal.is_oriented:
        return UnreadableTextPolicy.COUNTED
    if not _may_be_mirrored(proposal):
        return UnreadableTextPolicy.IGNORED
    return UnreadableTextPolicy.TRIED if profile.retries_unread else UnreadableTextPolicy.COUNTED


def _may_be_mirrored(proposal: CardProposal) -> bool:
    """Return whether illegible print at a place is worth reading mirrored.

    An outline that the locator rejects is no card, mirrored or not; the print of the whole image is read later.
    """
    return proposal.is_located or bool(proposal.codes) or card_detector() is None


def _read_view(page: PageContext, view: View, proposal: CardProposal) -> CardAttempt:
    """Read a view by all the lines that can be found."""
    profile = page.profile
    boxes = detect_lines(view, *profile.card_text_sides)
    card = confirm_by_print(view, boxes, proposal) if profile.uses_prefilters else None
    if card is not None:
        return CardAttempt(card)
    if len(boxes) < _MIN_LINES and not proposal.codes:
        return CardAttempt(None, is_bare=True)
    view, quads = _deskewed(view, boxes, proposal)
    if _is_page(proposal, quads) or (proposal.fills_frame and not _is_filled(view, quads)):
        return CardAttempt(None)
    text_page, understood = _read_by_use(view, quads, proposal, page.profile)
    is_list = _lists_people(text_page, quads, proposal, understood)
    card = None if is_list else _card(page, text_page, understood, proposal)
    if card is not None or is_list:
        return CardAttempt(card)
    is_hard = is_hard_to_read(text_page, quads)
    is_tried = profile.reads_rotated_text or (profile.retries_unread and _may_be_mirrored(proposal))
    if is_hard and is_tried and not proposal.is_oriented:
        other = try_orientations(text_page, quads)
        return CardAttempt(read_card_text(page, other, proposal) if other is not None else None)
    return CardAttempt(None, is_other_print=_has_other_print(text_page, quads, proposal))


def _has_other_print(text_page: TextPage, quads: Sequence[Quad], proposal: CardProposal) -> bool:
    """Return whether the print at a place is legible, and neither a card's nor Vietnamese."""
    inner = [quad for quad in quads if _lies_on(quad, text_page.view, proposal)]
    own = TextPage(text_page.view, tuple(line for line in text_page.lines if line.quad in inner))
    if len(own.lines) < _LINES_OF_SOMETHING or is_hard_to_read(own, inner):
        return False
    return not (is_vietnamese(own.lines) or (lines_with_facts(own.lines) and has_likely_number(own.lines)))


def _read_by_use(
    view: View, quads: Sequence[Quad], proposal: CardProposal, profile: EffortProfile
) -> tuple[TextPage, _Understood]:
    """Read lines, the most useful first, until the card is complete; return them with their interpretation."""
    text_page = TextPage(view, ())
    understood = _understand(text_page, proposal.codes)
    for batch in _batches_by_use(view, quads) if profile.uses_prefilters else [quads]:
        text_page = TextPage(view, (*text_page.lines, *read_lines(view, batch)))
        understood = _understand(text_page, proposal.codes)
        if understood.is_complete:
            break
    return text_page, understood


def _is_page(proposal: CardProposal, quads: Sequence[Quad]) -> bool:
    """Return whether a place without code or located card has more lines than any card."""
    return not proposal.codes and not proposal.is_located and len(quads) > _MOST_LINES


def _lists_people(text_page: TextPage, quads: Sequence[Quad], proposal: CardProposal, understood: _Understood) -> bool:
    """Return whether what might pass for a card lists several people: a table has the labels of a card."""
    if proposal.codes or not understood.recognition.is_identity_card:
        return False
    if _has_heading(understood.reading):
        return False
    known = {line.quad for line in text_page.lines}
    rest = read_lines(text_page.view, [quad for quad in quads if quad not in known], is_quick=True)
    return len(find_table((*text_page.lines, *rest)).records) > 1


def _has_heading(reading: PrintReading) -> bool:
    return any(match.is_whole and match.is_of_identity_card for match in reading.headings)


def _is_filled(view: View, quads: Sequence[Quad]) -> bool:
    """Return whether lines fill a view, as on a card, and not only a part of it."""
    return bool(quads) and geometry.area(geometry.enclosing(quads)) > _FILLED * view.width * view.height


@dataclass(frozen=True, slots=True)
class _Understood:
    """Fields and zone in the lines of a text page, and the card that they indicate."""

    reading: PrintReading
    zone: CodeEvidence | None
    recognition: Classification

    @property
    def is_complete(self) -> bool:
        """Whether further lines would add no exposing field."""
        return self.is_identified and self.recognition.kind is not CardKind.UNKNOWN

    @property
    def is_identified(self) -> bool:
        """Whether all identifying fields are known."""
        if not self.recognition.is_identity_card:
            return False
        facts = self.reading.facts if self.zone is None else (*self.reading.facts, *self.zone.facts)
        return {fact.field for fact in facts}.issuperset(IDENTIFYING)


def _understand(text_page: TextPage, codes: Sequence[CodeEvidence]) -> _Understood:
    reading = read_print(text_page.lines, on_card=True)
    zone = read_mrz(text_page.lines)
    return _Understood(reading, zone, recognise(reading, codes, zone))


def _batches_by_use(view: View, quads: Sequence[Quad]) -> list[list[Quad]]:
    """Order the lines of a card by usefulness, in batches to be read one after the other.

    A back is recognised by its machine-readable zone and its first labels; on other sides the name of the state and
    its motto are read last.
    """
    zone = [
        quad
        for quad in quads
        if geometry.width(quad) > _ZONE_WIDTH * view.width and geometry.centre(quad)[1] > _ZONE_TOP * view.height
    ]
    rest = [quad for quad in quads if quad not in zone]
    if len(zone) > 1:
        first = sorted(rest, key=lambda quad: geometry.centre(quad)[1])[:_LABELS_ON_A_BACK]
        return [[*zone, *first], [quad for quad in rest if quad not in first]]
    motto = [quad for quad in quads if geometry.centre(quad)[1] < _MOTTO_BOTTOM * view.height]
    return [[quad for quad in quads if quad not in motto], motto]


def read_card_text(page: PageContext, text_page: TextPage, proposal: CardProposal) -> CardReading | None:
    """Understand the lines of a text_page as those of one card."""
    return _card(page, text_page, _understand(text_page, proposal.codes), proposal)


def _card(
    page: PageContext, text_page: TextPage, understood: _Understood, proposal: CardProposal
) -> CardReading | None:
    recognition, zone = understood.recognition, understood.zone
    if not recognition.is_identity_card or shows_several(understood.reading, zone):
        return None
    if not proposal.is_seen and zone is None and not can_confirm_by_print(understood.reading, text_page, proposal):
        return None
    quad = proposal.quad if proposal.is_oriented else _in_reading_order(proposal.quad, text_page, recognition)
    if quad is None:
        return None
    if zone is not None and zone.quad is not None and len(_lines_of(zone, text_page)) == _LINES_OF_ZONE:
        source = text_page.view.source_quad(zone.quad)
        if not is_zone_position(source, quad):
            # The outline belongs to something else; the position of the card follows from the zone.
            quad, proposal = card_from_zone(source), replace(proposal, is_exact=False)
    if proposal.is_exact and not proposal.fills_frame and cuts_print(quad, text_page):
        proposal = replace(proposal, is_exact=False)
    codes = [*proposal.codes, *_more_codes(page.grey, quad, recognition, proposal)]
    if len(codes) > len(proposal.codes):
        recognition = recognise(understood.reading, codes, zone)
    face = (recognition.kind, recognition.side)
    facts = _outside_zone(understood.reading.facts_on(*face), zone)
    if zone is not None:
        facts.extend(zone.facts)
    barcodes = barcodes_on(page.grey, quad) if may_bear_barcode(recognition, codes, zone) else ()
    if proposal.is_exact:
        facts.extend(_by_layout(text_page, quad, recognition, facts))
        facts.extend(pictures_on(text_page.view, quad, (recognition.kind, recognition.side)))
    others = cross_engine_readings(text_page, page.profile)
    facts.extend(_outside_zone(cross_engine_digits(text_page, facts, others, face), zone))
    facts = reread_names(text_page.view, each_value_once(facts, *face), page.profile)
    of_codes = [fact for code in codes for fact in code.facts]
    in_view = [fact.moved(text_page.view.view_quad) for fact in of_codes]
    is_placed = proposal.is_exact or proposal.is_located
    blanks = find_missing_fields(text_page, FittedOutline(quad, is_placed), face, [*facts, *in_view])
    placed = [fact.moved(text_page.view.source_quad) for fact in facts]
    return CardReading(
        kind=recognition.kind,
        side=recognition.side,
        quad=quad,
        confidence=round(recognition.confidence, 3),
        facts=(*of_codes, *barcodes, *placed),
        blanks=blanks,
        texts=texts_of(text_page, *others),
        is_outline_seen=proposal.is_exact,
    )


def _outside_zone(facts: Sequence[Fact], zone: CodeEvidence | None) -> list[Fact]:
    """Return facts printed outside a machine-readable zone: digits in its lines are no second source for it."""
    place = None if zone is None else zone.quad
    return [fact for fact in facts if place is None or not fact.quad or geometry.overlap(fact.quad, place) < _IN_ZONE]


def _in_reading_order(quad: Quad, text_page: TextPage, recognition: Classification) -> Quad | None:
    """Return an outline that starts at the card's top-left corner, None where it is not a card's.

    Print runs along the long sides of all known cards; otherwise this is the outline of a screen or a page with one.
    """
    quad = reading_order(quad, text_page.view.view_quad(quad))
    is_upright = geometry.height(quad) > _UPRIGHT * geometry.width(quad)
    return None if is_upright and recognition.kind is not CardKind.UNKNOWN else quad


def _lines_of(zone: CodeEvidence, text_page: TextPage) -> list[PrintedLine]:
    """Return the lines that lie in a machine-readable zone."""
    place = zone.quad
    return [line for line in text_page.lines if place is not None and geometry.overlap(line.quad, place) > _IN_ZONE]


def _more_codes(
    grey: NDArray[np.uint8], quad: Quad, recognition: Classification, proposal: CardProposal
) -> list[CodeEvidence]:
    """Apply all treatments at the place where this kind of card has its QR code."""
    if proposal.codes:
        return []
    box = qr_box(recognition.kind, recognition.side)
    if box is None:
        return []
    room_x, room_y = (box[2] - box[0]) * _SYMBOL_ROOM, (box[3] - box[1]) * _SYMBOL_ROOM
    wide = quad_from_box(box[0] - room_x, box[1] - room_y, box[2] + room_x, box[3] + room_y)
    region = geometry.transform(perspective.homography(quad_from_box(0, 0, 1, 1), quad), wide)
    symbol = qr.read_region(grey, region)
    code = read_symbol(symbol) if symbol is not None else None
    return [code] if code is not None else []


def _by_layout(text_page: TextPage, quad: Quad, recognition: Classification, facts: list[Fact]) -> list[Fact]:
    """Read the places in the layout of fields that were not found by a label."""
    known = {fact.field for fact in facts}
    missing = [field for field in REREAD_FIELDS if field not in known]
    boxes = [(field, field_box(recognition.kind, recognition.side, field)) for field in missing]
    places = [(field, box) for field, box in boxes if box is not None]
    if not places:
        return []
    to_view = perspective.homography(quad_from_box(0, 0, 1, 1), text_page.view.view_quad(quad))
    found: list[Fact] = []
    for field, box in places:
        lines = read_lines(text_page.view, [geometry.transform(to_view, quad_from_box(*box))])
        found.extend(values_at(field, lines))
    return found

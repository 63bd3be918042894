"""What comes back of one picture: by plain reading, by restoring codes, and from what the file carries besides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.dates import find_dates
from idscan.cards.labels import find_labels
from idscan.cards.layouts import qr_box
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.redaction import Leak
from idscan.core.results import Frame, ImageResult
from idscan.core.vocabulary import NUMBER_FIELDS, Field, Side
from idscan.pipeline.scan import scan_image
from idscan.redact.beside import beside_the_pixels
from idscan.redact.card_plan import PICTURES
from idscan.redact.faint_print import faint_print
from idscan.redact.read_back import leaks_on_cards, restored_codes
from idscan.run.traces import Traces
from idscan.sources.load import load
from idscan.vision import warp
from idscan.vision.warp import homography

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.core.geometry import Quad
    from idscan.core.results import Card, Finding
    from idscan.core.settings import Settings
    from idscan.redact.watch import Watch

_GUESSES = 600
_UNIT = quad_from_box(0, 0, 1, 1)
_DIGITS = re.compile(r"(?<![\w/.-])\d(?: ?\d){5,11}(?![\w/.-])")
"""Half of a number and no date: with its province and year of birth known, what is left can be tried out."""
_OF_ZONE = re.compile(r"(?=.*\d{6})[A-Z\d<]{8,}")
"""The same in a line of a zone, where letters stand beside the digits."""
_FILLERS = "<<<<"
_DIFFERENT, _BESIDE_FILLERS = 3, 4
"""Digits that differ, and characters beside fillers: edges of covers are read as a row of one sign."""
_BEAR_DIGITS = frozenset({Field.NUMBER, Field.MRZ, Field.QR, Field.BARCODE})
_ON_CARD, _GUESSED_ROOM = 0.5, 0.5
_DATES = frozenset({Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY})


class Attacked(NamedTuple):
    """What comes back of an image, and what a scan found in it on the way.

    Attributes:
        image: what was found, by a thorough scan where that was in doubt.
        leaks: everything that comes back.
    """

    image: ImageResult
    leaks: tuple[Leak, ...]


def attacked(image: ImageResult, watch: Watch, settings: Settings) -> Attacked:
    """Return everything that comes back of an image.

    It is read in every way only where a normal scan finds nothing that can be read and leaves doubts; where it leaves
    none, its cards are read with every reader.

    Args:
        image: what a normal scan found, with `texts`.
        watch: numbers and names of all images of the run.
        settings: as for the scan.
    """
    is_doubtful = any(part.has_doubts for part in image.parts) and not _is_readable(image)
    if is_doubtful:
        image = scan_image(image.ref, settings)
    leaks = [*_seen(image), *_remnants(image), *_watched(image, watch)]
    frame = load(image.ref, settings)
    if isinstance(frame, Frame):
        if not is_doubtful and not leaks:
            leaks += leaks_on_cards(frame, image.cards, watch)
        leaks += faint_print(frame, [_around(card) for card in image.cards])
        leaks += restored_codes(frame, _decoded(image), list(_suspects(image)), _GUESSES)
        if image.ref.page == 0:
            leaks += beside_the_pixels(image, image.ref.path, frame, watch, settings)
            leaks += _in_name(image.ref.path)
    return Attacked(image, tuple(dict.fromkeys(leaks)))


def _is_readable(image: ImageResult) -> bool:
    """Return whether a scan read something that exposes somebody."""
    return any(finding.is_exposed and finding.value is not None for finding in image.shown_findings)


def _seen(image: ImageResult) -> Iterator[Leak]:
    """Yield what a scan reads, and what it sees and cannot read: somebody else may."""
    for finding in image.shown_findings:
        if not finding.is_exposed:
            continue
        what = finding.field.value
        if finding.value is not None:
            yield Leak("readable", finding.field, finding.quad, f"{what} can be read")
        elif finding.field in NUMBER_FIELDS and (digits := _digits(image, finding)):
            yield Leak("partly_covered", finding.field, digits, f"a part of the {what} can be read")
        else:
            message = f"print or a code is visible where the {what} stands, and could not be read"
            yield Leak("unread", finding.field, finding.quad, message)


def _digits(image: ImageResult, finding: Finding) -> Quad | None:
    """Return where so many digits stand on the card of a number that its rest can be guessed."""
    card = next((card for card in image.cards if finding in card.findings), None)
    places = (text.quad for text in image.texts if _is_half(text.text.reveal()))
    return next((quad for quad in places if card and geometry.overlap(quad, _around(card)) > _ON_CARD), None)


def _around(card: Card) -> Quad:
    """Return where a card may be: a guess at what covers leave of it may lie on half of it."""
    return card.quad if card.is_outline_seen else warp.widened(card.quad, _GUESSED_ROOM)


def _remnants(image: ImageResult) -> Iterator[Leak]:
    """Yield what is left on cards of fields that were not found: digits and fillers of a zone, a date without label."""
    for card in image.cards:
        own = [text for text in image.texts if geometry.overlap(text.quad, _around(card)) > _ON_CARD]
        found = {finding.field for finding in card.findings}
        pieces = (text.quad for text in own if _is_piece(text.text.reveal(), card.side))
        if not found & _BEAR_DIGITS and (quad := next(pieces, None)) is not None:
            yield Leak("partly_covered", Field.NUMBER, quad, "a part of a number or of a zone can be read")
        dates = (text.quad for text in own if _is_date(text.text.reveal()))
        if card.side is Side.FRONT and not found & _DATES and (quad := next(dates, None)) is not None:
            yield Leak("partly_covered", Field.DATE_OF_BIRTH, quad, "a date can be read, though not what it is")


def _is_date(text: str) -> bool:
    """Return whether a line is a date and nothing else, as it stands where its label is covered."""
    return any(match.date.is_whole and text[: match.start] + text[match.end :] == "" for match in find_dates(text))


def _is_half(text: str) -> bool:
    found = _DIGITS.search(text)
    return found is not None and len({*found.group()} - {" "}) >= _DIFFERENT


def _is_piece(text: str, side: Side) -> bool:
    if any(label.field in _DATES for label in find_labels(text)):
        return False
    # No front bears a zone; there fillers are read into the edge of a cover.
    may_be_zone = side is not Side.FRONT and (_FILLERS in text or _OF_ZONE.fullmatch(text) is not None)
    return _is_half(text) or (may_be_zone and sum(map(str.isalnum, text)) >= _BESIDE_FILLERS)


def _watched(image: ImageResult, watch: Watch) -> Iterator[Leak]:
    known = [finding.quad for finding in image.shown_findings if finding.quad is not None]
    for seen in watch.seen_in(image.texts):
        if not any(geometry.overlap(quad, seen.quad) > 0 for quad in known):
            yield Leak("watched_text", None, seen.quad, "text that says what another picture gives away can be read")


def _decoded(image: ImageResult) -> list[Quad]:
    """Return the places of codes that were decoded, and of pictures, which look like blurred codes."""
    return [
        finding.quad
        for finding in image.shown_findings
        if finding.quad is not None
        and ((finding.field is Field.QR and finding.value is not None) or finding.field in PICTURES)
    ]


def _in_name(path: str) -> Iterator[Leak]:
    if Traces().find(path.rpartition("/")[2]):
        yield Leak("metadata", Field.NUMBER, None, "the name of the file holds a number")


def _suspects(image: ImageResult) -> Iterator[Quad]:
    """Yield where a code was seen, and where recognised cards must have one."""
    for problem in image.problems:
        if problem.quad is not None:
            yield problem.quad
    for card in image.cards:
        box = qr_box(card.kind, card.side)
        has_code = any(finding.field is Field.QR and finding.value is not None for finding in card.findings)
        if box is not None and not has_code:
            yield geometry.transform(homography(_UNIT, card.quad), quad_from_box(*box))

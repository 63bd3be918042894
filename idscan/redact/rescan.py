"""Re-scan a redacted file with every engine before it is published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.code_facts import read_symbol
from idscan.core import geometry
from idscan.core.enums import EXPOSED_FIELDS, Effort
from idscan.core.messages import message
from idscan.core.types import ImageRef, Leak, Unreadable
from idscan.images.embedded import embedded_parts
from idscan.images.load import load
from idscan.images.walk import open_source
from idscan.pipeline.context import page_reader
from idscan.pipeline.qr_recovery import recover_codes
from idscan.pipeline.reread import reread_card
from idscan.pipeline.scan import scan_frame
from idscan.vision import perspective

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.core.enums import Field
    from idscan.core.geometry import Quad
    from idscan.core.settings import Settings
    from idscan.core.types import Card, Finding, Frame, ImageResult, SeenText
    from idscan.images.embedded import EmbeddedParts
    from idscan.redact.watchlist import Watchlist

ON_CARD = 0.5
"""Share of one of two places that lies in the other, from which they are at one card."""
_MIN_INSIDE, _MAX_FILL = 0.9, 0.7
"""Share of a card inside an outline around it, and share of that outline that the card takes at most."""
_ESTIMATE_MARGIN = 0.15
"""Share of a card on each side by which estimated outlines are off: less cuts print, more takes in other print."""
_MAX_DECODES = 60
"""Decoder calls for suspected codes per page. Own fills cannot be restored, so this concerns codes that were blurred
before."""


def rescan(
    path: str,
    painted: Sequence[Sequence[Quad]],
    watchlist: Watchlist,
    settings: Settings,
    known: Sequence[ImageResult] = (),
) -> list[list[Leak]]:
    """Return the leaks of each page of a written file.

    A page that was read without doubts before redaction has changed on its cards only: these are read with every
    reader, the rest with a normal scan. Other pages are read thoroughly.

    Args:
        path: of the file; its name does not show its format.
        painted: for each page the quads of its hidden regions.
        watchlist: values that must not be found.
        settings: of a thorough scan.
        known: for each page the findings before redaction; () if unknown.
    """
    found: list[list[Leak]] = []
    for page, quads in enumerate(painted):
        ref = ImageRef(path, page=page, pages=len(painted))
        before = known[page] if page < len(known) else None
        found.append(list(_leaks_of_page(ref, quads, before, watchlist, settings)))
    found[0].extend(_leaks_of_file(path, watchlist, settings))
    return found


def _leaks_of_page(
    ref: ImageRef, painted: Sequence[Quad], before: ImageResult | None, watchlist: Watchlist, settings: Settings
) -> Iterator[Leak]:
    """Yield the leaks of a page; `before` has the findings before redaction."""
    frame = load(ref, settings)
    if isinstance(frame, Unreadable):
        yield Leak("unreadable", None, None)
        return
    cards = before.cards if before is not None else ()
    is_thorough = before is None or before.is_uncertain
    # A thorough scan reads other print than a normal one, with which results are likely to be checked.
    efforts = (Effort.NORMAL, Effort.THOROUGH) if is_thorough else (Effort.NORMAL,)
    scans = (scan_frame(frame, replace(settings, effort=effort)) for effort in efforts)
    yield from dict.fromkeys(leak for read in scans for leak in _leaks_read(_without_remains(read, cards), watchlist))
    if is_thorough:
        yield from _leaks_on_page(frame, watchlist)
        yield from restored_codes(frame, painted, (), _MAX_DECODES)
    else:
        yield from leaks_on_cards(frame, cards, watchlist)


def _leaks_read(read: ImageResult, watchlist: Watchlist) -> Iterator[Leak]:
    """Yield exposed findings, watched values and undecoded codes of a scan."""
    yield from exposures(read)
    yield from _watched_texts(read.texts, watchlist)
    yield from (Leak("covered_code", None, problem.quad) for problem in read.problems if problem.quad is not None)


def _watched_texts(texts: Iterable[SeenText], watchlist: Watchlist) -> Iterator[Leak]:
    for seen in watchlist.seen_in(texts):
        yield Leak("watched_text", None, seen.quad, message("leak_watched"))


def leaks_on_cards(frame: Frame, cards: Iterable[Card], watchlist: Watchlist) -> Iterator[Leak]:
    """Yield exposed fields and watched values that any reader reads on redacted cards."""
    for card in cards:
        around = card.quad if card.is_outline_seen else perspective.widened(card.quad, _ESTIMATE_MARGIN)
        for layer in frame.layers:
            again = reread_card(layer, geometry.scaled(around, frame.scale), (card.kind, card.side))
            for fact in again.facts:
                if fact.field in EXPOSED_FIELDS:
                    quad = geometry.scaled(fact.quad, 1 / frame.scale) if fact.quad is not None else card.quad
                    yield Leak("readable", fact.field, quad, message("leak_readable", field=fact.field.value))
            yield from _watched_texts(
                (replace(seen, quad=geometry.scaled(seen.quad, 1 / frame.scale)) for seen in again.texts), watchlist
            )
            if again.page is not None and watchlist.is_in_text(again.page):
                yield Leak("watched_text", None, card.quad, message("leak_watched_on_card"))


def _without_remains(read: ImageResult, known: Sequence[Card]) -> ImageResult:
    """Return the result of a scan without findings that it derived from remains of redacted cards.

    Remains locate a card badly, so its layout may have fields beside it, and a title alone gives a card at an estimated
    place without values. A field that was read before redaction and is not any more is hidden; the places of other
    unread fields are dropped.
    """
    cards = tuple(
        replace(card, findings=tuple(_without_painted(card.findings, _cards_at(card.quad, known), known)))
        for card in read.cards
        if not _is_remains(card, known)
    )
    return replace(read, cards=cards, findings=tuple(_without_painted(read.findings, [], known)))


def _without_painted(findings: Iterable[Finding], own: Sequence[Card], known: Sequence[Card]) -> Iterator[Finding]:
    """Yield the findings, without unread fields that were read on all known cards at the place before redaction."""
    for finding in findings:
        is_on_known = bool(own) or (finding.quad is not None and bool(_cards_at(finding.quad, known)))
        if finding.value is not None or not is_on_known:
            yield finding
        elif not own or not all(_was_read(finding.field, card) for card in own):
            yield replace(finding, quad=None)


def _is_remains(card: Card, known: Sequence[Card]) -> bool:
    """Return whether a card without values is the remains of a known one."""
    if any(finding.value is not None for finding in card.findings):
        return False
    is_new_estimate = not card.is_outline_seen and not _cards_at(card.quad, known)
    shared = [(geometry.intersection_area(card.quad, other.quad), geometry.area(other.quad)) for other in known]
    # Its outline may be that of the phone or sleeve with the known card.
    most = _MAX_FILL * geometry.area(card.quad)
    return any((is_new_estimate and area > 0) or _MIN_INSIDE * whole < area < most for area, whole in shared)


def _cards_at(quad: Quad, known: Sequence[Card]) -> list[Card]:
    """Return the known cards that lie mostly in a quad, or in which the quad mostly lies."""
    shares = ((geometry.overlap(quad, card.quad), geometry.overlap(card.quad, quad)) for card in known)
    return [card for card, both in zip(known, shares, strict=True) if max(both) > ON_CARD]


def _was_read(field: Field, card: Card) -> bool:
    return any(finding.field is field and finding.value is not None for finding in card.findings)


def _leaks_on_page(frame: Frame, watchlist: Watchlist) -> Iterator[Leak]:
    """Read the whole page with the engine that scans use for single lines only."""
    reader = page_reader()
    if reader is None:
        return
    for layer in frame.layers:
        if watchlist.is_in_text(reader.read_page(layer).text.reveal()):
            yield Leak("watched_text", None, None)


def exposures(image: ImageResult) -> Iterator[Leak]:
    """Yield the exposed findings of a scan as leaks."""
    for finding in image.shown_findings:
        if finding.is_exposed:
            yield Leak("readable", finding.field, finding.quad, message("leak_readable", field=finding.field.value))


def restored_codes(frame: Frame, known: Iterable[Quad], suspects: Sequence[Quad], max_decodes: int) -> Iterator[Leak]:
    """Yield codes of cards that can be restored from blur, mosaic or a cover.

    Args:
        frame: pixels of an image.
        known: places that are left out, in pixels of the full-size image.
        suspects: places where a code should be, likewise.
        max_decodes: limit of decoder calls.
    """
    known = [geometry.scaled(quad, frame.scale) for quad in known]
    near = [geometry.scaled(quad, frame.scale) for quad in suspects]
    for symbol in recover_codes(frame.layers[0], known, near, budget=max_decodes):
        quad = geometry.scaled(symbol.quad, 1 / frame.scale)
        if read_symbol(symbol) is not None:
            yield Leak("deblurred_code", None, quad, message("leak_restored_code"))


def holds_watched(path: str, watchlist: Watchlist, settings: Settings) -> bool:
    """Return whether the bytes of a file, or texts outside its pixels, contain a watched value."""
    return _contains_watched(path, embedded_parts(path, settings), watchlist)


def _contains_watched(path: str, hidden: EmbeddedParts, watchlist: Watchlist) -> bool:
    in_texts = any(watchlist.is_in_text(text.text.reveal()) for text in hidden.texts)
    if in_texts:
        return True
    with open_source(path) as source:
        return watchlist.is_in_bytes(source.content())


def _leaks_of_file(path: str, watchlist: Watchlist, settings: Settings) -> Iterator[Leak]:
    hidden = embedded_parts(path, settings)
    if hidden.images:
        yield Leak("embedded_picture", None, None)
    if hidden.trailing_bytes or _contains_watched(path, hidden, watchlist):
        yield Leak("metadata", None, None)

"""Verify images as an attacker would: pixels, faint remains of covers, data outside the pixels."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from idscan.cards.documents import qr_box
from idscan.cards.fields.dates import find_dates
from idscan.cards.labels.headings import is_written_on_covers
from idscan.cards.labels.search import find_labels
from idscan.cards.mrz import find_mrz
from idscan.cards.qr_payloads import parse_payload
from idscan.core import geometry
from idscan.core.enums import NUMBER_FIELDS, Effort, Field, Side
from idscan.core.geometry import quad_from_box
from idscan.core.memo import image_memory
from idscan.core.messages import message
from idscan.core.settings import Settings
from idscan.core.types import Frame, ImageRef, ImageResult, Leak, Problem, VerifyResult
from idscan.images.embedded import Trailing, embedded_parts
from idscan.images.load import load
from idscan.images.walk import open_source
from idscan.pipeline.context import symbol_readers
from idscan.pipeline.scan import scan_image
from idscan.pipeline.text_lines import deskew_and_orient, detect_lines, read_lines
from idscan.redact.plan_card import PICTURES
from idscan.redact.rescan import ON_CARD, leaks_on_cards, restored_codes
from idscan.redact.watchlist import Watchlist
from idscan.run.jobs import run_tasks, safely
from idscan.run.pii_matcher import PiiMatcher
from idscan.run.scan import assign_persons, default_steps, scan, workers_for
from idscan.vision import perspective, preprocess
from idscan.vision.perceptual_hash import shows_lost_detail
from idscan.vision.perspective import homography
from idscan.vision.preprocess import FAINT_OUTLIERS, MAX_FAINT_LEVELS, stretch_faint_covers

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.messages import Message
    from idscan.core.types import Card, Finding
    from idscan.images.embedded import EmbeddedParts
    from idscan.run.scan import Progress, Steps
    from idscan.vision.preprocess import StretchedCovers

_VIEW_SIDE, _DETECTOR_SIDE = 1600, 960
"""Pixels of the longer side of the view of a card, and of the text detector's input: fewer lose small print."""
_ON_COVER = 0.5
"""Share of a line or code on covers whose contrast was stretched; less finds print beside them."""
_MIN_DIGITS, _MIN_LETTERS, _MIN_CONFIDENCE = 6, 6, 0.7
"""Of a line: noise and JPEG blocks do not reach them."""
_CARD_MARGIN = 0.02
"""Share of a card on each side, as its outline may be off by that."""


def faint_print(frame: Frame, cards: Sequence[Quad]) -> Iterator[Leak]:
    """Yield print and codes that are faintly visible on covers of nearly one colour.

    Args:
        frame: pixels of an image.
        cards: outlines of cards in pixels of the full-size image; the whole image is searched if there is none.
    """
    rgb = frame.layers[0]
    found = stretch_faint_covers(rgb)
    if found is None:
        return
    height, width = rgb.shape[:2]
    whole = geometry.quad_from_box(0, 0, width, height)
    areas = [geometry.scaled(perspective.widened(quad, _CARD_MARGIN), frame.scale) for quad in cards] or [whole]
    for area in areas:
        if any(geometry.overlap(place, area) > 0 for place in found.places):
            for quad in (*_faint_codes(rgb, found, area), *_faint_lines(rgb, found, area)):
                yield Leak("faint", None, geometry.scaled(quad, 1 / frame.scale), message("leak_faint"))


def _faint_codes(rgb: NDArray[np.uint8], found: StretchedCovers, area: Quad) -> Iterator[Quad]:
    left, top, right, bottom = (max(0, round(edge)) for edge in geometry.bounds(area))
    part = preprocess.grey(found.pixels)[top:bottom, left:right]
    for reader in symbol_readers()[:1] if part.size else ():
        for symbol in reader.read_symbols(part.copy(), ("qr", "pdf417", "code128")):
            quad = geometry.shifted(symbol.quad, left, top)
            if symbol.payload is not None and _is_on_cover(rgb, found, quad):
                yield quad


def _faint_lines(rgb: NDArray[np.uint8], found: StretchedCovers, area: Quad) -> Iterator[Quad]:
    scale = min(1.0, _VIEW_SIDE / max(geometry.width(area), geometry.height(area)))
    size = (max(2, round(geometry.width(area) * scale)), max(2, round(geometry.height(area) * scale)))
    view = perspective.rectify(found.pixels, area, size)
    boxes = [
        box
        for box in detect_lines(view, _DETECTOR_SIDE, is_quick=True)
        if _is_on_cover(rgb, found, view.source_quad(box.quad))
    ]
    if not boxes:
        return
    upright, quads = deskew_and_orient(view, boxes)
    for line in read_lines(upright, quads, is_quick=True):
        text = line.text.reveal()
        digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
        is_long = digits >= _MIN_DIGITS or letters >= _MIN_LETTERS
        if is_long and line.confidence >= _MIN_CONFIDENCE and not is_written_on_covers(text):
            yield upright.source_quad(line.quad)


def _is_on_cover(rgb: NDArray[np.uint8], found: StretchedCovers, quad: Quad) -> bool:
    """Return whether a place lies on a cover and is hardly visible without stretching."""
    if sum(geometry.overlap(quad, place) for place in found.places) <= _ON_COVER:
        return False
    part = perspective.cut_line(rgb, quad)
    low, high = np.percentile(part, (FAINT_OUTLIERS, 100 - FAINT_OUTLIERS), axis=(0, 1))
    return bool((high - low).max() <= MAX_FAINT_LEVELS)


_LEAKING_DATA: Mapping[Trailing, Leak] = {
    Trailing.ARCHIVE: Leak("archive", None, None, message("leak_archive")),
    Trailing.OLDER_PICTURE: Leak("older_picture", None, None, message("leak_older_image")),
}
"""Trailing data that is a leak by itself."""


def leaks_outside_pixels(
    image: ImageResult, path: str, frame: Frame, watchlist: Watchlist, settings: Settings
) -> list[Leak]:
    """Return the leaks of a file outside its pixels.

    Args:
        image: result of a scan of the file, with its embedded parts.
        path: of the file or of a copy of it; its name does not matter.
        frame: the pixels of its first page.
        watchlist: values that it must not contain.
        settings: limits for embedded images.
    """
    parts = embedded_parts(path, settings)
    exposed = list(exposures_outside_pixels(image))
    kinds = {leak.kind for leak in exposed}
    rest = _part_leaks(path, parts, None if "embedded_picture" in kinds else frame.layers[0], watchlist)
    # Texts with findings are not reported twice.
    return [*exposed, *(leak for leak in rest if leak.kind != "metadata" or "metadata" not in kinds)]


def exposures_outside_pixels(image: ImageResult) -> Iterator[Leak]:
    """Yield the exposed findings of a scan in embedded parts of a file."""
    for part in image.embedded:
        kind, key = ("embedded_picture", "leak_embedded") if part.is_readable else ("metadata", "leak_metadata")
        for finding in part.shown_findings:
            if finding.is_exposed:
                yield Leak(kind, finding.field, None, message(key, where=str(part.where)))


def _part_leaks(
    path: str, parts: EmbeddedParts, pixels: NDArray[np.uint8] | None, watchlist: Watchlist
) -> Iterator[Leak]:
    if parts.trailing is not None and parts.trailing in _LEAKING_DATA:
        yield _LEAKING_DATA[parts.trailing]
    for embedded in parts.images if pixels is not None else ():
        if pixels is not None and shows_lost_detail(embedded.layers[0], pixels):
            yield Leak("embedded_picture", None, None, message("leak_embedded_detail", where=str(embedded.where)))
    identifying = dict.fromkeys(text.where for text in parts.texts if _is_identifying(text.text.reveal(), watchlist))
    for where in identifying:
        yield Leak("metadata", None, None, message("leak_metadata", where=where))
    if not identifying:
        with open_source(path) as source:
            is_inside = watchlist.is_in_bytes(source.content())
        if is_inside:
            yield Leak("metadata", None, None, message("leak_bytes"))


def _is_identifying(text: str, watchlist: Watchlist) -> bool:
    """Return whether metadata contains a watched value, a citizen number, a card's payload or a zone."""
    if watchlist.is_in_text(text) or PiiMatcher().find(text):
        return True
    return parse_payload(text) is not None or find_mrz(text.splitlines()) is not None


_MAX_DECODES = 600
"""Decoder calls for suspected codes per page: fewer miss strong blurs, more cost minutes."""
_UNIT = quad_from_box(0, 0, 1, 1)
_DIGITS = re.compile(r"(?<![\w/.-])\d(?: ?\d){5,11}(?![\w/.-])")
"""Half of a number, no date: if province and year of birth are known, the rest can be found by trial."""
_ZONE_TEXT = re.compile(r"(?=.*\d{6})[A-Z\d<]{8,}")
"""The same in a line of a zone, where letters adjoin the digits."""
_FILLERS = "<<<<"
_MIN_DISTINCT_DIGITS, _MIN_BESIDE_FILLERS = 3, 4
"""Distinct digits, and characters beside fillers: edges of covers are read as a row of one character."""
_FIELDS_WITH_NUMBER = frozenset({Field.NUMBER, Field.MRZ, Field.QR, Field.BARCODE})
_REMAINS_MARGIN = 0.5
"""Share of a card on each side: an outline estimated from remains between covers may have half of the card's size."""
_DATES = frozenset({Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY})


class AttackResult(NamedTuple):
    """The leaks of an image, and the result of its scan.

    Attributes:
        image: findings, by a thorough scan if there were doubts.
        leaks: everything that was recovered.
    """

    image: ImageResult
    leaks: tuple[Leak, ...]


def attack(
    image: ImageResult,
    watchlist: Watchlist,
    settings: Settings,
    *,
    rescan: Callable[[ImageRef, Settings], ImageResult] = scan_image,
    reread: Callable[[Frame, Iterable[Card], Watchlist], Iterable[Leak]] = leaks_on_cards,
) -> AttackResult:
    """Return everything that can be recovered from an image.

    The image is scanned thoroughly if a normal scan read no exposed value and left doubts; if it left none, cards are
    read with every reader.

    Args:
        image: result of a normal scan, with `texts`.
        watchlist: numbers and names of all images of the run.
        settings: as for the scan.
        rescan: scans an image thoroughly.
        reread: returns the leaks on cards.
    """
    is_doubtful = any(part.has_doubts for part in image.parts) and not _is_readable(image)
    if is_doubtful:
        image = rescan(image.ref, settings)
    leaks = [*_visible_findings(image), *_remains(image), *_watched_elsewhere(image, watchlist)]
    frame = load(image.ref, settings)
    if isinstance(frame, Frame):
        if not is_doubtful and not leaks:
            leaks += reread(frame, image.cards, watchlist)
        leaks += faint_print(frame, [_card_area(card) for card in image.cards])
        leaks += restored_codes(frame, _decoded_places(image), list(_suspects(image)), _MAX_DECODES)
        if image.ref.page == 0:
            leaks += leaks_outside_pixels(image, image.ref.path, frame, watchlist, settings)
            leaks += _in_name(image.ref.path)
    return AttackResult(image, tuple(dict.fromkeys(leaks)))


def _is_readable(image: ImageResult) -> bool:
    """Return whether a scan read an exposed value."""
    return any(finding.is_exposed and finding.value is not None for finding in image.shown_findings)


def _visible_findings(image: ImageResult) -> Iterator[Leak]:
    """Yield exposed findings, read or not: unread print may be readable by other means."""
    for finding in image.shown_findings:
        if not finding.is_exposed:
            continue
        what = finding.field.value
        if finding.value is not None:
            yield Leak("readable", finding.field, finding.quad, message("leak_readable", field=what))
        elif finding.field in NUMBER_FIELDS and (digits := _half_number(image, finding)):
            yield Leak("partly_covered", finding.field, digits, message("leak_part", field=what))
        else:
            yield Leak("unread", finding.field, finding.quad, message("leak_unread", field=what))


def _card_area(card: Card) -> Quad:
    """Return the outline of a card, with a margin if it is an estimate."""
    return card.quad if card.is_outline_seen else perspective.widened(card.quad, _REMAINS_MARGIN)


def _half_number(image: ImageResult, finding: Finding) -> Quad | None:
    """Return the place of so many digits on the card of a number that the rest could be guessed."""
    card = next((card for card in image.cards if finding in card.findings), None)
    places = (text.quad for text in image.texts if _has_half_number(text.text.reveal()))
    return next((quad for quad in places if card and geometry.overlap(quad, _card_area(card)) > ON_CARD), None)


def _remains(image: ImageResult) -> Iterator[Leak]:
    """Yield remains on cards of fields that were not found: digits and fillers of a zone, a date without label."""
    for card in image.cards:
        own = [text for text in image.texts if geometry.overlap(text.quad, _card_area(card)) > ON_CARD]
        found = {finding.field for finding in card.findings}
        pieces = (text.quad for text in own if _is_piece(text.text.reveal(), card.side))
        if not found & _FIELDS_WITH_NUMBER and (quad := next(pieces, None)) is not None:
            yield Leak("partly_covered", Field.NUMBER, quad, message("leak_part_of_number"))
        dates = (text.quad for text in own if _is_bare_date(text.text.reveal()))
        if card.side is Side.FRONT and not found & _DATES and (quad := next(dates, None)) is not None:
            yield Leak("partly_covered", Field.DATE_OF_BIRTH, quad, message("leak_date"))


def _is_bare_date(text: str) -> bool:
    """Return whether a line is a date and nothing else, as it is where its label is covered."""
    return any(match.date.is_whole and text[: match.start] + text[match.end :] == "" for match in find_dates(text))


def _has_half_number(text: str) -> bool:
    found = _DIGITS.search(text)
    return found is not None and len({*found.group()} - {" "}) >= _MIN_DISTINCT_DIGITS


def _is_piece(text: str, side: Side) -> bool:
    if any(label.field in _DATES for label in find_labels(text)):
        return False
    # Fronts have no zone; there the edge of a cover may be read as fillers.
    may_be_zone = side is not Side.FRONT and (_FILLERS in text or _ZONE_TEXT.fullmatch(text) is not None)
    return _has_half_number(text) or (may_be_zone and sum(map(str.isalnum, text)) >= _MIN_BESIDE_FILLERS)


def _watched_elsewhere(image: ImageResult, watchlist: Watchlist) -> Iterator[Leak]:
    known = [finding.quad for finding in image.shown_findings if finding.quad is not None]
    for seen in watchlist.seen_in(image.texts):
        if not any(geometry.overlap(quad, seen.quad) > 0 for quad in known):
            yield Leak("watched_text", None, seen.quad, message("leak_other_image"))


def _decoded_places(image: ImageResult) -> list[Quad]:
    """Return the places of decoded codes, and of portraits and fingerprints, which resemble blurred codes."""
    return [
        finding.quad
        for finding in image.shown_findings
        if finding.quad is not None
        and ((finding.field is Field.QR and finding.value is not None) or finding.field in PICTURES)
    ]


def _in_name(path: str) -> Iterator[Leak]:
    if PiiMatcher().find(path.rpartition("/")[2]):
        yield Leak("metadata", Field.NUMBER, None, message("leak_name"))


def _suspects(image: ImageResult) -> Iterator[Quad]:
    """Yield the places of undecoded codes, and those where the layout of a card has one."""
    for problem in image.problems:
        if problem.quad is not None:
            yield problem.quad
    for card in image.cards:
        box = qr_box(card.kind, card.side)
        has_code = any(finding.field is Field.QR and finding.value is not None for finding in card.findings)
        if box is not None and not has_code:
            yield geometry.transform(homography(_UNIT, card.quad), quad_from_box(*box))


Checked: TypeAlias = tuple[ImageResult, tuple[Leak, ...], tuple[Problem, ...]]
"""The result of an image, its leaks, and problems of its verification."""


def verify(
    paths: Iterable[str | os.PathLike[str]],
    settings: Settings | None = None,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
    steps: Steps | None = None,
) -> VerifyResult:
    """Find what can still be recovered from images, whoever redacted them.

    Args:
        paths: files and folders; a folder is walked recursively.
        settings: limits and required engines; effort is always thorough.
        jobs: worker processes; all cores if None, 1 works in this process.
        progress: called repeatedly with (done, total or None), first for scanning and then for the attacks.
        steps: the functions of the scan; those of this package if None.

    Raises:
        UsageError: if none of the paths exists, or `jobs` is below 1.
        EngineMissingError: if an engine of `settings.required_engines` is missing.
    """
    settings = replace(settings or Settings(), effort=Effort.THOROUGH, keep_texts=True)
    steps = steps or default_steps()
    found = scan(paths, replace(settings, effort=Effort.NORMAL), jobs=jobs, progress=progress, steps=steps)
    watchlist = Watchlist.of_run(found.images)
    readable = [image for image in found.images if image.is_readable]
    if progress:
        progress(0, len(readable))
    checks: dict[ImageRef, Checked] = {}
    work = partial(verify_safely, settings, watchlist)
    workers = workers_for(jobs, len(readable))
    with closing(run_tasks(readable, work, failed_verification, workers=workers, backend=steps.backend)) as results:
        for count, check in enumerate(results, start=1):
            checks[check[0].ref] = check
            if progress:
                progress(count, len(readable))
    images: list[ImageResult] = []
    leaks: list[tuple[ImageRef, tuple[Leak, ...]]] = []
    for image in found.images:
        seen, own, problems = checks.get(image.ref, (image, (), ()))
        images.append(replace(seen.without_texts(), problems=(*seen.problems, *problems)))
        if own:
            leaks.append((image.ref, own))
    return VerifyResult(scan=replace(found, settings=settings, images=assign_persons(images)), leaks=tuple(leaks))


def verify_safely(settings: Settings, watchlist: Watchlist, image: ImageResult) -> Checked:
    """Attack one image; an exception becomes a problem of this image, without its text."""
    return safely(partial(_attacked, settings, watchlist), failed_verification, image)


def _attacked(settings: Settings, watchlist: Watchlist, image: ImageResult) -> Checked:
    with image_memory():
        seen, leaks = attack(image, watchlist, settings)
    return seen.without_texts(), leaks, ()


def failed_verification(image: ImageResult, kind: str, text: Message) -> Checked:
    """Return the result of an image whose verification failed."""
    return image.without_texts(), (), (Problem("verify", kind, text),)

"""Scan one image: load it, process its pages and frames, turn facts into findings."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from idscan.cards.documents import field_box, fields_of
from idscan.core import geometry
from idscan.core.enums import EXPOSED_FIELDS, Effort, Field, Source
from idscan.core.geometry import quad_from_box
from idscan.core.memo import image_memory
from idscan.core.types import Card, Finding, Frame, ImageResult, Place, Problem, Unreadable
from idscan.images.embedded import embedded_parts
from idscan.images.load import load
from idscan.pipeline import qr
from idscan.pipeline.card import exposed_fields_read
from idscan.pipeline.context import PageContext, StageTimer
from idscan.pipeline.embedded import scan_embedded
from idscan.pipeline.fusion import fuse, fuse_each, join_readings
from idscan.pipeline.page import process_page
from idscan.pipeline.tiles import FULLY_SEEN_SIDE, Layers, read_at_full_size, transformed_reading
from idscan.vision import preprocess
from idscan.vision.ink_map import may_contain_print
from idscan.vision.perceptual_hash import perceptual_hash
from idscan.vision.perspective import homography

if TYPE_CHECKING:
    from collections.abc import Callable

    from idscan.core.settings import Settings
    from idscan.core.types import ImageRef
    from idscan.images.embedded import EmbeddedParts

    ReadFrame: TypeAlias = Callable[[Frame, Settings, StageTimer], ImageResult]
    from idscan.core.geometry import Quad
    from idscan.core.types import Fact, SeenText
    from idscan.pipeline.card import CardReading
    from idscan.pipeline.page import PageReading

_log = logging.getLogger(__name__)

_Key: TypeAlias = "tuple[ImageRef, str | None, Settings]"

_MOST_READINGS = 32
"""Results kept of earlier frames. Lower: frames are read again; higher: takes more memory."""
_MARGIN = 16
"""Pixels around a change that are checked with it. Lower: single strokes do not look like print; higher: costs more."""
_readings: OrderedDict[_Key, ImageResult] = OrderedDict()
"""Of the last frames of animations. Another process reads a frame itself, to the same result."""


def read_page(frame: Frame, settings: Settings, timer: StageTimer, read: ReadFrame) -> ImageResult:
    """Return the result for a page; that of the earlier frame for a frame that shows nothing new.

    Args:
        frame: one page.
        settings: as for the scan.
        timer: takes the time per stage.
        read: reads the pixels of a frame.
    """
    result = _read(frame, settings, timer, read)
    return replace(result, problems=(*frame.problems, *result.problems), stage_seconds=tuple(timer.seconds.items()))


def _read(frame: Frame, settings: Settings, timer: StageTimer, read: ReadFrame) -> ImageResult:
    """Return the result for the pixels of a page, without the problems of the file."""
    earlier = _earlier_reading(frame, settings, timer, read)
    if earlier is None:
        result = read(replace(frame, problems=()), settings, timer)
    else:
        look = perceptual_hash(frame.layers[0]) if settings.keep_texts else None
        result = replace(earlier, ref=frame.ref, info=frame.info, perceptual_hash=look)
    if frame.ref.pages > 1:
        _readings[_key(frame, frame.ref.page, settings)] = result
        while len(_readings) > _MOST_READINGS:
            _readings.popitem(last=False)
    return result


def _key(frame: Frame, page: int, settings: Settings) -> _Key:
    return replace(frame.ref, page=page), frame.info.sha256, settings


def _earlier_reading(frame: Frame, settings: Settings, timer: StageTimer, read: ReadFrame) -> ImageResult | None:
    """Return the result of the earlier frame that this one resembles; None where this one has to be read."""
    if frame.like is None or (frame.like.changed is not None and not settings.profile.uses_prefilters):
        return None
    if frame.like.changed is not None and _may_show_something(frame, frame.like.changed):
        return None
    key = _key(frame, frame.like.page, settings)
    earlier = _readings.get(key)
    if earlier is None:
        with timer.stage("decode"):
            loaded = load(key[0], settings)
        if not isinstance(loaded, Frame) or loaded.info.sha256 != frame.info.sha256:
            return None
        earlier = _read(loaded, settings, timer, read)
    if frame.like.changed is not None and _touches(earlier, frame, frame.like.changed):
        return None
    return earlier


def _may_show_something(frame: Frame, changed: tuple[int, int, int, int]) -> bool:
    """Return whether the changed part may contain a code or print, by the cheapest checks."""
    left, top, right, bottom = changed
    for layer in frame.layers:
        part = layer[max(0, top - _MARGIN) : bottom + _MARGIN, max(0, left - _MARGIN) : right + _MARGIN]
        grey = preprocess.grey(part)
        if may_contain_print(grey) or qr.read_frame(grey, every_reader=False):
            return True
    return False


def _touches(earlier: ImageResult, frame: Frame, changed: tuple[int, int, int, int]) -> bool:
    """Return whether a result of the earlier frame overlaps the changed part."""
    left, top, right, bottom = (edge / frame.scale for edge in changed)
    box = quad_from_box(left, top, right, bottom)
    quads = [card.quad for card in earlier.cards]
    quads += [finding.quad for finding in earlier.shown_findings if finding.quad is not None]
    quads += [problem.quad for problem in earlier.problems if problem.quad is not None]
    return any(geometry.intersection_area(quad, box) > 0 for quad in quads)


_UNREAD_CONFIDENCE = 0.5
"""Factor on a card's confidence for fields without a value. Lower: their places are ignored; higher: they look read."""
_MOSTLY = 0.8
"""Share of a place on a card. Lower: facts beside the card are dropped; higher: its own are reported twice."""
_DECIMALS = 1  # of a pixel; fewer move the corners visibly, with more equal runs may give different bytes
_UNIT = quad_from_box(0, 0, 1, 1)


def scan_image(ref: ImageRef, settings: Settings) -> ImageResult:
    """Return the result for one image.

    An image that cannot be read is no error: the result lists it in its problems. Runs in worker processes.
    """
    with image_memory():
        return _scan_image(ref, settings)


def _scan_image(ref: ImageRef, settings: Settings) -> ImageResult:
    passes = [replace(settings, is_thorough_in_doubt=False)]
    if settings.is_thorough_in_doubt and not settings.profile.uses_prefilters:
        passes.insert(0, replace(passes[0], effort=Effort.NORMAL))
    timer = StageTimer()
    with timer.stage("decode"):
        loaded = load(ref, settings)
    if isinstance(loaded, Unreadable):
        return ImageResult(
            ref=loaded.ref, info=loaded.info, problems=(loaded.problem,), stage_seconds=tuple(timer.seconds.items())
        )
    hidden: EmbeddedParts | None = None
    for each in passes:
        result = read_page(loaded, each, timer, scan_frame)
        if ref.page == 0:
            with timer.stage("embedded"):
                hidden = hidden or embedded_parts(ref.path, settings, pages=ref.pages)
                result = scan_embedded(result, loaded, hidden, each, scan_frame)
        if not any(part.is_uncertain for part in result.parts):
            break
    return replace(result, stage_seconds=tuple(timer.seconds.items()))


def scan_frame(frame: Frame, settings: Settings, timer: StageTimer | None = None) -> ImageResult:
    """Return the result for the pixels of one image."""
    timer = timer or StageTimer()
    _log.info("image of SHA-256 %.12s, page %d", frame.info.sha256, frame.ref.page)
    pages = (PageContext.of(layer, settings.profile, timer, frame.scale) for layer in frame.layers)
    reading = reduce(join_readings, map(process_page, pages))
    full_size = frame.full_size or Layers(frame.layers)
    scale = frame.scale if frame.full_size else 1.0
    if max(full_size.size) > FULLY_SEEN_SIDE:
        known = transformed_reading(reading, 0, 0, 1 / scale)
        reading = transformed_reading(read_at_full_size(full_size, known, settings.profile, timer, scale), 0, 0, scale)
    cards = sorted(reading.cards, key=lambda card: (-card.confidence, card.quad))
    return ImageResult(
        ref=frame.ref,
        info=frame.info,
        cards=tuple(_card(card, frame.scale) for card in cards),
        findings=tuple(_scaled(finding, frame.scale) for finding in fuse_each(_off_cards(reading))),
        problems=(*frame.problems, *(_problem(problem, frame.scale) for problem in reading.problems)),
        texts=tuple(_text(text, frame.scale) for text in reading.texts if settings.keep_texts),
        perceptual_hash=perceptual_hash(frame.layers[0]) if settings.keep_texts else None,
        has_doubts=_has_doubts(reading),
        stage_seconds=tuple(timer.seconds.items()),
    )


def _has_doubts(reading: PageReading) -> bool:
    """Return whether an image may contain more than was read."""
    if reading.problems or reading.facts:
        return True
    if any(map(_unread, reading.cards)):
        return True
    cards = [card.quad for card in reading.cards]
    return any(not any(geometry.is_same_place(place, card) for card in cards) for place in reading.located)


def _off_cards(reading: PageReading) -> list[Fact]:
    """Return facts outside cards, without unreadable places of fields that a card has a value for."""

    def is_on_card(fact: Fact) -> bool:
        return fact.quad is not None and any(
            fact.field in exposed_fields_read(card) and geometry.overlap(fact.quad, card.quad) > _MOSTLY
            for card in reading.cards
        )

    return [fact for fact in reading.facts if fact.value is not None or not is_on_card(fact)]


def _problem(problem: Problem, scale: float) -> Problem:
    return replace(problem, quad=problem.quad and _rounded(problem.quad, scale))


def _text(text: SeenText, scale: float) -> SeenText:
    return replace(text, quad=_rounded(text.quad, scale))


def _card(reading: CardReading, scale: float) -> Card:
    findings = [*fuse(reading.facts), *_unread(reading)]
    order = list(Field)
    return Card(
        kind=reading.kind,
        side=reading.side,
        quad=_rounded(reading.quad, scale),
        confidence=reading.confidence,
        mirrored=geometry.is_mirrored(reading.quad),
        findings=tuple(
            _scaled(finding, scale) for finding in sorted(findings, key=lambda finding: order.index(finding.field))
        ),
        is_outline_seen=reading.is_outline_seen,
    )


def _unread(reading: CardReading) -> list[Finding]:
    """Return a finding without value for each exposing field that this card prints and nothing could read."""
    known = {fact.field for fact in reading.facts}
    to_image = homography(_UNIT, reading.quad)
    unread = []
    for field in fields_of(reading.kind, reading.side):
        box = field_box(reading.kind, reading.side, field)
        if field not in EXPOSED_FIELDS or field in known or field in reading.blanks or box is None:
            continue
        quad = geometry.transform(to_image, quad_from_box(*box))
        source = _SOURCE_OF.get(field, Source.PRINT)
        confidence = round(_UNREAD_CONFIDENCE * reading.confidence, 3)
        unread.append(
            Finding(
                field=field,
                value=None,
                quad=quad,
                confidence=confidence,
                seen_by=(),
                places=(Place(quad, source, confidence),),
            )
        )
    if not known & EXPOSED_FIELDS and not unread and not reading.blanks:
        # No exposing field is known here, yet it is somebody's card: the whole of it has to be checked.
        unread.append(Finding(field=Field.NUMBER, value=None, quad=reading.quad, confidence=_UNREAD_CONFIDENCE))
    return unread


_SOURCE_OF = {Field.QR: Source.QR, Field.BARCODE: Source.BARCODE, Field.MRZ: Source.MRZ}


def _scaled(finding: Finding, scale: float) -> Finding:
    return replace(
        finding,
        quad=None if finding.quad is None else _rounded(finding.quad, scale),
        places=tuple(replace(place, quad=_rounded(place.quad, scale)) for place in finding.places),
        px_per_module=None if finding.px_per_module is None else round(finding.px_per_module / scale, 2),
    )


def _rounded(quad: Quad, scale: float) -> Quad:
    """Return the quad in full-size pixels, rounded so that equal runs give equal bytes."""
    return geometry.quad_from_points((round(x / scale, _DECIMALS), round(y / scale, _DECIMALS)) for x, y in quad)

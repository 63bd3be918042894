"""Scan one picture: load it, run the cascade, turn facts into findings."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from idscan.cards.labels import find_labels
from idscan.cards.layouts import field_box, fields_of
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.results import Card, Finding, ImageResult, Place, Problem, Unreadable
from idscan.core.vocabulary import EXPOSED_FIELDS, Effort, Field, Source
from idscan.pipeline.card_reading import told
from idscan.pipeline.cascade import read_picture
from idscan.pipeline.embedded import with_embedded
from idscan.pipeline.frames import read_page
from idscan.pipeline.fusion import fuse, fuse_each
from idscan.pipeline.merging import joined
from idscan.pipeline.stopwatch import Stopwatch
from idscan.pipeline.tiles import FULLY_SEEN_SIDE, Layers, moved, read_at_full_size
from idscan.sources.load import load
from idscan.vision.look import look_of
from idscan.vision.warp import homography

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact
    from idscan.core.results import Frame, ImageRef, SeenText
    from idscan.core.settings import Settings
    from idscan.pipeline.card_reading import CardReading
    from idscan.pipeline.cascade import PictureReading

_UNREAD_CONFIDENCE = 0.5
_MOSTLY = 0.8
_ONE_PLACE = 0.5
_DECIMALS = 1
_UNIT = quad_from_box(0, 0, 1, 1)


def scan_image(ref: ImageRef, settings: Settings) -> ImageResult:
    """Return what one picture gives away.

    A picture that cannot be read is no error: the result says so in its problems. Runs in worker processes.
    """
    if settings.is_thorough_in_doubt and settings.effort is Effort.THOROUGH:
        settings = replace(settings, is_thorough_in_doubt=False)
        quick = scan_image(ref, replace(settings, effort=Effort.NORMAL))
        if not any(part.is_uncertain for part in quick.parts):
            return quick
    watch = Stopwatch()
    with watch.stage("decode"):
        loaded = load(ref, settings)
    if isinstance(loaded, Unreadable):
        return ImageResult(
            ref=loaded.ref, info=loaded.info, problems=(loaded.problem,), stage_seconds=tuple(watch.seconds.items())
        )
    result = read_page(loaded, settings, watch, scan_frame)
    if ref.page > 0:
        return result
    with watch.stage("embedded"):
        result = with_embedded(result, loaded, settings, scan_frame)
    find_labels.cache_clear()
    return replace(result, stage_seconds=tuple(watch.seconds.items()))


def scan_frame(frame: Frame, settings: Settings, watch: Stopwatch | None = None) -> ImageResult:
    """Return what the pixels of one picture give away."""
    watch = watch or Stopwatch()
    # A thorough scan takes other ways through the picture, and must miss nothing that a normal one sees.
    efforts = (Effort.THOROUGH, Effort.NORMAL) if settings.effort is Effort.THOROUGH else (settings.effort,)
    reading = reduce(
        joined, (read_picture(layer, effort, watch, frame.scale) for layer in frame.layers for effort in efforts)
    )
    full_size = frame.full_size or Layers(frame.layers)
    scale = frame.scale if frame.full_size else 1.0
    if max(full_size.size) > FULLY_SEEN_SIDE:
        for effort in efforts:
            known = moved(reading, 0, 0, 1 / scale)
            reading = moved(read_at_full_size(full_size, known, effort, watch, scale), 0, 0, scale)
    cards = sorted(reading.cards, key=lambda card: (-card.confidence, card.quad))
    find_labels.cache_clear()
    return ImageResult(
        ref=frame.ref,
        info=frame.info,
        cards=tuple(_card(card, frame.scale) for card in cards),
        findings=tuple(_scaled(finding, frame.scale) for finding in fuse_each(_off_cards(reading))),
        problems=(*frame.problems, *(_problem(problem, frame.scale) for problem in reading.problems)),
        texts=tuple(_text(text, frame.scale) for text in reading.texts if settings.keep_texts),
        look=look_of(frame.layers[0]) if settings.keep_texts else None,
        has_doubts=_has_doubts(reading),
        stage_seconds=tuple(watch.seconds.items()),
    )


def _has_doubts(reading: PictureReading) -> bool:
    """Return whether more may stand in an image than was read."""
    if reading.problems or reading.facts:
        return True
    if any(map(_unread, reading.cards)):
        return True
    cards = [card.quad for card in reading.cards]
    return any(
        all(max(geometry.overlap(place, card), geometry.overlap(card, place)) < _ONE_PLACE for card in cards)
        for place in reading.located
    )


def _off_cards(reading: PictureReading) -> list[Fact]:
    """Return facts outside cards, without places where nothing could be read and a card tells what stands there."""

    def is_told(fact: Fact) -> bool:
        return fact.quad is not None and any(
            fact.field in told(card) and geometry.overlap(fact.quad, card.quad) > _MOSTLY for card in reading.cards
        )

    return [fact for fact in reading.facts if fact.value is not None or not is_told(fact)]


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
    to_picture = homography(_UNIT, reading.quad)
    unread = []
    for field in fields_of(reading.kind, reading.side):
        box = field_box(reading.kind, reading.side, field)
        if field not in EXPOSED_FIELDS or field in known or field in reading.blanks or box is None:
            continue
        quad = geometry.transform(to_picture, quad_from_box(*box))
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
        # Nothing that exposes is known to stand here, yet it is somebody's card: the whole of it is to be looked at.
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

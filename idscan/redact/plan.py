"""From what was found in a picture to the regions that are hidden; in doubt the larger one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.redaction import Region
from idscan.core.vocabulary import Field, FieldSet, Rule, Source
from idscan.redact.around import regions_around
from idscan.redact.card_plan import CardPlan
from idscan.redact.guess import possible_outlines
from idscan.redact.margins import LEAST_MARGIN, ROUGH_SYMBOL_MARGIN, ZONE_LINES, line_margin, symbol_margin
from idscan.redact.mask import grown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.geometry import Quad
    from idscan.core.results import Card, Finding, ImageResult, SeenText
    from idscan.redact.watch import Watch

_CORE = frozenset(
    {
        Field.NUMBER,
        Field.OLD_NUMBER,
        Field.NAME,
        Field.FATHER_NAME,
        Field.MOTHER_NAME,
        Field.DATE_OF_BIRTH,
        Field.DATE_OF_EXPIRY,
        Field.FINGERPRINT,
        Field.QR,
        Field.BARCODE,
        Field.MRZ,
    }
)
HIDDEN_FIELDS = {
    FieldSet.PERSON: _CORE
    | {Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE, Field.PORTRAIT, Field.PERSONAL_IDENTIFICATION},
    FieldSet.CORE: _CORE,
    FieldSet.CARD: frozenset(Field),
}

_LINE_WIDTHS = 14
"""Line heights that a value outside any card is at least given, so that its length does not tell."""

_CODE_FIELDS = frozenset({Field.QR, Field.BARCODE})
_SAME_CODE = 0.5
_AT_ONE = 0.6
_CODE_SOURCES = frozenset({Source.QR, Source.BARCODE})
_TWIN_ROOM = 0.08


class Level(IntEnum):
    """How much is hidden around what was found; verification climbs from one to the next."""

    EXACT = 0
    WIDER = 1
    WHOLE_CARDS = 2
    WHOLE_SURROUNDINGS = 3


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a plan depends on besides the findings.

    Attributes:
        fields: how much of a card is hidden.
        watch: values that are hidden wherever they are read.
        level: how generously.
    """

    fields: FieldSet
    watch: Watch
    level: Level = Level.EXACT


def plan_regions(image: ImageResult, options: PlanOptions) -> tuple[Region, ...]:
    """Return the regions to hide in one picture, margins included, in pixels of the upright picture.

    Those of the levels below are among them: a box that grows to one side may end earlier on the other, and nothing
    that was hidden may come to light again.

    Args:
        image: what a thorough scan found, with `texts`.
        options: how much to hide.
    """
    levels = (replace(options, level=level) for level in reversed(Level) if level <= options.level)
    regions = list(dict.fromkeys(region for level in levels for region in _regions(image, level)))
    return tuple(_without_repetition(regions))


def _without_repetition(regions: Sequence[Region]) -> Iterator[Region]:
    """Yield the regions but those of text that lie wholly in a field's, and so hide nothing more."""
    fields = [region.quad for region in regions if region.field is not None and region.within is None]
    for region in regions:
        is_repeated = region.field is None and any(
            all(geometry.contains(quad, corner) for corner in region.quad) for quad in fields
        )
        if not is_repeated:
            yield region


def _regions(image: ImageResult, options: PlanOptions) -> list[Region]:
    """Return the regions of one level."""
    scale = 1.0 + float(options.level >= Level.WIDER)
    regions: list[Region] = []
    for card in image.cards:
        regions.extend(_card_regions(card, image, options))
    wanted = HIDDEN_FIELDS[options.fields]
    of_cards = [finding for card in image.cards for finding in card.findings if finding.field in _CODE_FIELDS]
    for finding in image.findings:
        if finding.field in wanted:
            regions.extend(_loose_regions(finding, image, scale))
    regions.extend(regions_around(image, wanted, scale))
    regions.extend(
        Region(Field.QR, grown(problem.quad, scale * symbol_margin(problem.quad, ROUGH_SYMBOL_MARGIN)), Rule.SYMBOL)
        for problem in image.problems
        if problem.quad is not None
    )
    regions.extend(
        Region(None, grown(seen.quad, scale * _text_margin(seen)), Rule.WATCHED)
        for seen in options.watch.resembled_in(image.texts)
        if seen.by is Source.PRINT or not any(_is_same_code(seen, finding) for finding in of_cards)
    )
    return regions


def twin_regions(image: ImageResult, twin: ImageResult) -> tuple[Region, ...]:
    """Return what to hide in a picture that looks like an exposed one, though nothing was found in it: whole cards.

    Args:
        image: the picture in which nothing was found.
        twin: the one like it, of any size.
    """
    if not (image.info.width and image.info.height and twin.info.width and twin.info.height):
        return ()
    across, down = image.info.width / twin.info.width, image.info.height / twin.info.height
    places = [card.quad for card in twin.cards]
    places += [place.quad for finding in twin.findings for place in finding.places]
    regions = []
    for quad in places:
        fitted = geometry.quad_from_points((x * across, y * down) for x, y in quad)
        room = LEAST_MARGIN + _TWIN_ROOM * max(geometry.height(fitted), geometry.width(fitted))
        regions.append(Region(None, grown(fitted, room), Rule.TWIN))
    return tuple(regions)


def leak_region(field: Field | None, quad: Quad) -> Region:
    """Return the region that hides what verification could still read at a place."""
    return Region(field, grown(quad, max(2 * LEAST_MARGIN, 0.5 * geometry.height(quad))), Rule.LEAK)


def _card_regions(card: Card, image: ImageResult, options: PlanOptions) -> tuple[Region, ...]:
    wanted = HIDDEN_FIELDS[options.fields]
    is_wide = options.level >= Level.WIDER
    plans = [
        CardPlan(
            replace(card, quad=outline.quad),
            # A portrait has no label by which an outline that is at odds with the first could be right about it.
            wanted if geometry.iou(outline.quad, card.quad) > _AT_ONE else wanted - {Field.PORTRAIT},
            image.texts,
            is_wide=is_wide,
            room=outline.room,
        )
        for outline in possible_outlines(card, image.texts)
    ]
    if options.fields is not FieldSet.CARD and not any(finding.is_exposed for finding in card.findings):
        if not card.is_outline_seen:
            return (*plans[0].seen(), *_supposed_pictures(plans))
        # Beside its holder's front a back is hidden as if it named them.
        return (*plans[0].seen(), *(plans[0].unseen() if image.shows_exposed else ()))
    fields = [regions for plan in plans if (regions := plan.fields()) is not None]
    if options.fields is FieldSet.CARD or options.level >= Level.WHOLE_CARDS or len(fields) < len(plans):
        is_generous = options.level >= Level.WHOLE_SURROUNDINGS
        return (*(plan.whole(is_generous=is_generous) for plan in plans), *plans[0].places())
    of_lines = (region for plan in plans for region in plan.telling_lines())
    return tuple(dict.fromkeys((*(region for regions in fields for region in regions), *of_lines)))


def _supposed_pictures(plans: Sequence[CardPlan]) -> tuple[Region, ...]:
    """Return what may be left of a card whose identifying fields were hidden before or are not in the picture.

    Fingerprints are looked for where the layout has them, in vain on an outline that is a guess. Where the labels
    contradict the layout, its kind may be another one's, which has them elsewhere.
    """
    pictures = tuple(region for plan in plans for region in plan.pictures())
    return (plans[0].whole(),) if pictures and len(plans) == 1 else pictures


def _place_regions(finding: Finding, scale: float) -> Iterator[Region]:
    for place in finding.places:
        if place.by in _CODE_SOURCES:
            yield Region(finding.field, grown(place.quad, scale * symbol_margin(place.quad)), Rule.SYMBOL)
        elif place.by is Source.MRZ:
            yield Region(finding.field, grown(place.quad, scale * line_margin(place.quad, ZONE_LINES)), Rule.ZONE)
        else:
            yield Region(finding.field, grown(place.quad, scale * line_margin(place.quad)), Rule.PRINT)


def _loose_regions(finding: Finding, image: ImageResult, scale: float) -> Iterator[Region]:
    regions = list(_place_regions(finding, scale))
    if not regions:
        # It is somewhere in the picture and nobody knows where.
        frame = quad_from_box(0, 0, image.info.width or 0, image.info.height or 0)
        around = frame if finding.quad is None else grown(finding.quad, scale * line_margin(finding.quad))
        yield Region(finding.field, around, Rule.CARD)
        return
    for region, place in zip(regions, finding.places, strict=True):
        quad = region.quad
        if place.by is Source.PRINT:
            quad = _wide_enough(region.quad, _LINE_WIDTHS * geometry.height(place.quad))
        yield Region(region.field, quad, region.rule)


def _is_same_code(seen: SeenText, finding: Finding) -> bool:
    return any(geometry.iou(seen.quad, place.quad) > _SAME_CODE for place in finding.places)


def _text_margin(seen: SeenText) -> float:
    return symbol_margin(seen.quad) if seen.by in _CODE_SOURCES else line_margin(seen.quad)


def _wide_enough(quad: Quad, least: float) -> Quad:
    """Return a line drawn out to the right in its own direction."""
    width = geometry.width(quad)
    if width >= least or width <= 0:
        return quad
    factor = least / width
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return (
        (ax, ay),
        (ax + (bx - ax) * factor, ay + (by - ay) * factor),
        (dx + (cx - dx) * factor, dy + (cy - dy) * factor),
        (dx, dy),
    )

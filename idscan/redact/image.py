"""Redact one file: plan, paint, write, read again, and start over with more hidden as long as something leaks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.core.enums import Clean, FieldSet, Outcome
from idscan.core.errors import OutputError
from idscan.core.memo import image_memory
from idscan.core.messages import message
from idscan.core.types import LEAKS_BESIDE, Frame, ImageRef, Problem, Redaction, Unreadable, Verification
from idscan.engines.registry import available_engines
from idscan.images.formats import encode, strip
from idscan.images.load import load
from idscan.images.raster import RasterError, open_raster
from idscan.images.walk import open_readonly
from idscan.redact.fill import fill_regions
from idscan.redact.outline_uncertainty import locate_print
from idscan.redact.plan import (
    HIDDEN_FIELDS,
    Level,
    PlanOptions,
    cosmetic_regions,
    hidden_mask,
    leak_region,
    near_duplicate_regions,
    plan_regions,
)
from idscan.redact.rescan import holds_watched, rescan
from idscan.redact.verify import leaks_outside_pixels
from idscan.redact.watchlist import CHANGED, STAGE, failed_job
from idscan.run.atomic import digest_of, write_durably

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from idscan.core.types import ImageResult, Leak, RedactSettings, Region
    from idscan.images.raster import Raster, RasterPage
    from idscan.redact.watchlist import RedactionJob, Watchlist

_INCOMPLETE = frozenset(
    {"not_fully_searched", "text_not_read", "pages_not_scanned", "truncated", "damaged", "leading_bytes"}
)
"""Problems that leave something of a picture unread, which then cannot be vouched for."""

_REENCODED = "reencoded"


def redact_image(assignment: RedactionJob, settings: RedactSettings) -> Redaction:
    """Write the redacted file to its temporary place, verified; runs in worker processes and raises for no bad file.

    The record's `output` is for the one who publishes; what is not to be published has no `sha256`.
    """
    # Of a multi-picture JPEG only the first picture is published.
    published = assignment.images[:1] if assignment.images[0].info.format == "JPEG" else assignment.images
    blocked = tuple(problem for image in published for problem in _blocking(image))
    if blocked:
        return failed_job(assignment.path, *blocked)
    try:
        with image_memory():
            return _treated(assignment, settings)
    except RasterError as error:
        problem = error.problem
    except OutputError as error:
        problem = Problem(STAGE, "cannot_write", error.message)
    except OSError as error:
        if error.errno is None:
            raise
        problem = CHANGED
    return failed_job(assignment.path, problem)


def _treated(assignment: RedactionJob, settings: RedactSettings) -> Redaction:
    source = digest_of(assignment.path)
    if any(image.info.sha256 != source for image in assignment.images):
        return failed_job(assignment.path, CHANGED)
    return _redacted(assignment, settings) if any(plan_pages(assignment, settings)) else _clean(assignment, settings)


def plan_pages(assignment: RedactionJob, settings: RedactSettings) -> tuple[tuple[Region, ...], ...]:
    """Return what is hidden on each page at first."""
    return _plans(assignment, PlanOptions(settings.fields, _own_watch(assignment)))


def _blocking(image: ImageResult) -> Iterator[Problem]:
    """Yield why a page cannot be vouched for."""
    if not image.is_readable:
        yield from image.problems
    else:
        yield from (problem for problem in image.problems if problem.kind in _INCOMPLETE)


def _own_watch(assignment: RedactionJob) -> Watchlist:
    """Return what must not be found in this file: the values of the run, and all of its own."""
    return assignment.watch.with_own(assignment.images)


def _plans(assignment: RedactionJob, options: PlanOptions) -> tuple[tuple[Region, ...], ...]:
    """Return what is hidden on each page at one level."""
    return tuple(
        (*plan_regions(image, options), *(near_duplicate_regions(image, twin) if twin is not None else ()))
        for image, twin in zip(assignment.images, assignment.twins, strict=True)
    )


def _redacted(assignment: RedactionJob, settings: RedactSettings) -> Redaction:
    assignment = _with_print_placed(assignment, settings)
    watch = _own_watch(assignment)
    found_later: list[tuple[Region, ...]] = [() for _ in assignment.images]
    leaks: list[list[Leak]] = []
    regions: tuple[tuple[Region, ...], ...] = ()
    notes: tuple[str, ...] = ()
    rounds = 0
    for level in Level:
        rounds += 1
        with open_raster(assignment.path, len(assignment.images), settings.scan) as raster:
            plans = _plans(assignment, PlanOptions(settings.fields, watch, level))
            plans = tuple((*plan, *later) for plan, later in zip(plans, found_later, strict=True))
            regions = _tidied(raster, _by_page(raster, plans, assignment.images), assignment.images)
            notes = _write(assignment.temporary, raster, regions, settings)
        quads = [[region.quad for region in page] for page in regions]
        known = assignment.images if len(quads) == len(assignment.images) else ()
        if level is not Level.EXACT:
            # What leaked once is looked at in every way.
            known = tuple(replace(image, has_doubts=True) for image in known)
        leaks = rescan(assignment.temporary, quads, watch, settings.scan, known)
        if not any(leaks):
            break
        found_later = [
            (*known, *(leak_region(leak.field, leak.quad) for leak in new if leak.quad is not None))
            for known, new in zip(found_later, [*leaks, *([[]] * len(found_later))], strict=False)
        ]
    engines = tuple(engine.name for engine in available_engines())
    record = Redaction(
        path=assignment.path,
        outcome=Outcome.REDACTED,
        style=settings.style,
        regions=regions,
        verification=Verification(not any(leaks), rounds, engines),
        notes=notes,
    )
    if any(leaks):
        kinds = ", ".join(sorted({leak.kind for page in leaks for leak in page}))
        text = message("still_leaks", rounds=rounds, kinds=kinds)
        return replace(record, outcome=Outcome.LEAKS, problems=(Problem("verify", "still_leaks", text),))
    return replace(record, sha256=digest_of(assignment.temporary))


def _with_print_placed(assignment: RedactionJob, settings: RedactSettings) -> RedactionJob:
    """Return the assignment with the places of print on its cards that the scan had no need to read."""
    images: list[ImageResult] = []
    for page, image in enumerate(assignment.images):
        ref = ImageRef(assignment.path, page=page, pages=len(assignment.images))
        frame = load(ref, settings.scan) if image.cards and settings.fields is not FieldSet.CARD else None
        placed = locate_print(image, frame, HIDDEN_FIELDS[settings.fields]) if isinstance(frame, Frame) else image
        images.append(placed)
    return replace(assignment, images=tuple(images))


def _by_page(
    raster: Raster, plans: Sequence[tuple[Region, ...]], images: Sequence[ImageResult]
) -> tuple[tuple[Region, ...], ...]:
    """Return what is hidden on each page that is written.

    What one frame of an animation shows is hidden in all: a frame in which it was not found shows it all the same.
    Of a multi-picture file only the first is written, and it shows what the others, smaller or larger, show.
    """
    if raster.pages == len(plans) and not raster.is_animation:
        return tuple(plans)
    if raster.pages == 1:
        others = (
            region for image in images[1:] if image.shows_exposed for region in near_duplicate_regions(images[0], image)
        )
        return ((*plans[0], *others),)
    joined = tuple(dict.fromkeys(region for plan in plans for region in plan))
    return (joined,) * raster.pages


def _tidied(
    raster: Raster, regions: Sequence[Sequence[Region]], images: Sequence[ImageResult]
) -> tuple[tuple[Region, ...], ...]:
    """Return the regions of each page with what gives covers a plain shape."""
    whole: list[tuple[Region, ...]] = []
    for page, hidden in enumerate(regions):
        info = images[page].info if page < len(images) else None
        if not hidden or info is None or info.width is None or info.height is None:
            whole.append(tuple(hidden))
            continue
        mask = hidden_mask(hidden, (info.width, info.height), raster.grid)
        whole.append((*hidden, *cosmetic_regions(mask, images[page])))
    return tuple(whole)


def _write(
    temporary: str, raster: Raster, regions: Sequence[Sequence[Region]], settings: RedactSettings
) -> tuple[str, ...]:
    """Write all pages, painted; return what changed besides."""
    notes: dict[str, None] = {}

    def painted(page: int, hidden: Sequence[Region]) -> RasterPage:
        stored = raster.read(page)
        notes.update(dict.fromkeys(stored.notes))
        if not hidden:
            return stored
        height, width = stored.pixels.shape[:2]
        mask = hidden_mask(hidden, (width, height), stored.grid)
        cards = tuple(dict.fromkeys(region.within for region in hidden if region.within is not None))
        return replace(stored, pixels=fill_regions(stored.pixels, mask, settings.style, settings.colour, cards))

    pages = (painted(page, hidden) for page, hidden in enumerate(regions))
    write_durably(temporary, lambda sink: encode(raster, pages, sink))
    return tuple(notes)


def _clean(assignment: RedactionJob, settings: RedactSettings) -> Redaction:
    """Write a file in which nothing was found, as asked."""
    if settings.clean is Clean.SKIP:
        return Redaction(path=assignment.path, outcome=Outcome.LEFT_OUT)
    if settings.clean is Clean.AS_IS:
        return _copied(assignment, settings)
    record = Redaction(path=assignment.path, outcome=Outcome.STRIPPED, notes=_strip(assignment, settings))
    if holds_watched(assignment.temporary, assignment.watch, settings.scan):
        problem = Problem("verify", "still_leaks", message("bytes_leak"))
        return replace(record, outcome=Outcome.LEAKS, problems=(problem,))
    return replace(record, sha256=digest_of(assignment.temporary))


def _copied(assignment: RedactionJob, settings: RedactSettings) -> Redaction:
    """Copy a file byte by byte, unless what stands beside its pixels gives somebody away."""
    with open_readonly(assignment.path) as source:
        write_durably(assignment.temporary, lambda sink: shutil.copyfileobj(source, sink))
    frame = load(ImageRef(assignment.temporary, pages=len(assignment.images)), settings.scan)
    if isinstance(frame, Unreadable):
        return failed_job(assignment.path, frame.problem)
    image = assignment.images[0]
    leaks = leaks_outside_pixels(image, assignment.temporary, frame, assignment.watch, settings.scan)
    record = Redaction(path=assignment.path, outcome=Outcome.COPIED)
    if leaks:
        kinds = ", ".join(sorted({leak.kind for leak in leaks}))
        problem = Problem("verify", LEAKS_BESIDE, message("leaks_beside", kinds=kinds))
        return replace(record, outcome=Outcome.LEAKS, problems=(problem,))
    return replace(record, sha256=digest_of(assignment.temporary))


def _strip(assignment: RedactionJob, settings: RedactSettings) -> tuple[str, ...]:
    """Write a file without its metadata, where that is possible without touching what codes its pixels."""
    is_stripped = False

    def copy(sink: BinaryIO) -> None:
        nonlocal is_stripped
        with open_readonly(assignment.path) as source:
            is_stripped = strip(source, assignment.images[0].info.format or "", sink)

    write_durably(assignment.temporary, copy)
    # A container has corners that stripping copies with the pixels; writing these anew leaves none.
    if is_stripped and not holds_watched(assignment.temporary, assignment.watch, settings.scan):
        return ()
    with open_raster(assignment.path, len(assignment.images), settings.scan) as raster:
        notes = _write(assignment.temporary, raster, [()] * raster.pages, settings)
    return (*notes, _REENCODED)

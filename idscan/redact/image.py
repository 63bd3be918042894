"""Redact one file: plan, mask, fill, write and re-scan, with larger regions as long as something leaks."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.core.enums import Clean, FieldSet, Outcome
from idscan.core.errors import OutputError
from idscan.core.memo import image_memory
from idscan.core.messages import message
from idscan.core.types import LEAKS_BESIDE, Frame, ImageRef, Problem, Redaction, Unreadable, Verification
from idscan.engines.registry import available_engines
from idscan.images.formats import encode, handler_named, strip
from idscan.images.load import load
from idscan.images.raster import RasterError, open_raster
from idscan.images.walk import open_source, release
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
from idscan.run.atomic import write_durably

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from idscan.core.types import ImageResult, Leak, RedactSettings, Region
    from idscan.images.raster import Raster, RasterPage
    from idscan.redact.watchlist import RedactionJob, Watchlist

_log = logging.getLogger(__name__)

_INCOMPLETE = frozenset(
    {"not_fully_searched", "text_not_read", "pages_not_scanned", "truncated", "damaged", "leading_bytes"}
)
"""Problems that leave a part of an image unread, so that it must not be published."""

_REENCODED = "reencoded"


def redact_image(job: RedactionJob, settings: RedactSettings) -> Redaction:
    """Write the redacted and verified file to its temporary place; run in worker processes, raise for no bad file.

    The caller publishes the file and sets `output` of the record; without `sha256` it must not be published.
    """
    # Of a JPEG of several images only the first image is published.
    handler = handler_named(job.images[0].info.format or "")
    published = job.images[:1] if handler is not None and handler.first_page_only else job.images
    blocked = tuple(problem for image in published for problem in _blocking(image))
    if blocked:
        return failed_job(job.path, *blocked)
    try:
        with image_memory():
            return _redacted_or_clean(job, settings)
    except RasterError as error:
        problem = error.problem
    except OutputError as error:
        problem = Problem(STAGE, "cannot_write", error.message)
    except OSError as error:
        if error.errno is None:
            raise
        problem = CHANGED
    finally:
        release(job.temporary)
    return failed_job(job.path, problem)


def _redacted_or_clean(job: RedactionJob, settings: RedactSettings) -> Redaction:
    with open_source(job.path) as source:
        if any(image.info.sha256 != source.sha256 for image in job.images):
            return failed_job(job.path, CHANGED)
    return _redact_until_clean(job, settings) if any(plan_pages(job, settings)) else _clean(job, settings)


def plan_pages(job: RedactionJob, settings: RedactSettings) -> tuple[tuple[Region, ...], ...]:
    """Return the regions of each page at the first level."""
    return _planned(job, PlanOptions(settings.fields, _watchlist_of(job)))


def _blocking(image: ImageResult) -> Iterator[Problem]:
    """Yield the problems that prevent the publication of a page."""
    if not image.is_readable:
        yield from image.problems
    else:
        yield from (problem for problem in image.problems if problem.kind in _INCOMPLETE)


def _watchlist_of(job: RedactionJob) -> Watchlist:
    """Return the watchlist of a file: the values of the run, and all of its own."""
    return job.watchlist.with_own(job.images)


def _planned(job: RedactionJob, options: PlanOptions) -> tuple[tuple[Region, ...], ...]:
    """Return the regions of each page at one level."""
    return tuple(
        (*plan_regions(image, options), *(near_duplicate_regions(image, near) if near is not None else ()))
        for image, near in zip(job.images, job.near_duplicates, strict=True)
    )


def _redact_until_clean(job: RedactionJob, settings: RedactSettings) -> Redaction:
    job = _with_print_placed(job, settings)
    watchlist = _watchlist_of(job)
    found_later: list[tuple[Region, ...]] = [() for _ in job.images]
    leaks: list[list[Leak]] = []
    regions: tuple[tuple[Region, ...], ...] = ()
    notes: tuple[str, ...] = ()
    rounds = 0
    for level in Level:
        rounds += 1
        with open_raster(job.path, len(job.images), settings.scan) as raster:
            plans = _planned(job, PlanOptions(settings.fields, watchlist, level))
            plans = tuple((*plan, *later) for plan, later in zip(plans, found_later, strict=True))
            regions = _with_cosmetic_regions(raster, _by_page(raster, plans, job.images), job.images)
            notes = _write(job.temporary, raster, regions, settings)
        quads = [[region.quad for region in page] for page in regions]
        known = job.images if len(quads) == len(job.images) else ()
        if level is not Level.EXACT:
            # After a leak pages are read thoroughly.
            known = tuple(replace(image, has_doubts=True) for image in known)
        leaks = rescan(job.temporary, quads, watchlist, settings.scan, known)
        _log.info(
            "round %d: %d regions, leaks: %s",
            rounds,
            sum(map(len, regions)),
            ", ".join(sorted({leak.kind for page in leaks for leak in page})) or "none",
        )
        if not any(leaks):
            break
        found_later = [
            (*known, *(leak_region(leak.field, leak.quad) for leak in new if leak.quad is not None))
            for known, new in zip(found_later, [*leaks, *([[]] * len(found_later))], strict=False)
        ]
    engines = tuple(engine.name for engine in available_engines())
    record = Redaction(
        path=job.path,
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
    return replace(record, sha256=_digest(job.temporary))


def _with_print_placed(job: RedactionJob, settings: RedactSettings) -> RedactionJob:
    """Return the job with the places of print on its cards that the scan did not need."""
    images: list[ImageResult] = []
    for page, image in enumerate(job.images):
        ref = ImageRef(job.path, page=page, pages=len(job.images))
        frame = load(ref, settings.scan) if image.cards and settings.fields is not FieldSet.CARD else None
        placed = locate_print(image, frame, HIDDEN_FIELDS[settings.fields]) if isinstance(frame, Frame) else image
        images.append(placed)
    return replace(job, images=tuple(images))


def _by_page(
    raster: Raster, plans: Sequence[tuple[Region, ...]], images: Sequence[ImageResult]
) -> tuple[tuple[Region, ...], ...]:
    """Return the regions of each page that is written.

    Regions of one frame of an animation are hidden in all, as others may show the same unrecognised. Of a JPEG of
    several images only the first image is written, with the regions of the others, which show the same at other sizes.
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


def _with_cosmetic_regions(
    raster: Raster, regions: Sequence[Sequence[Region]], images: Sequence[ImageResult]
) -> tuple[tuple[Region, ...], ...]:
    """Return the regions of each page with those that give covers a simple shape."""
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
    """Write all pages with their regions filled; return notes on other changes."""
    notes: dict[str, None] = {}

    def filled(page: int, hidden: Sequence[Region]) -> RasterPage:
        stored = raster.read(page)
        notes.update(dict.fromkeys(stored.notes))
        if not hidden:
            return stored
        height, width = stored.pixels.shape[:2]
        mask = hidden_mask(hidden, (width, height), stored.grid)
        cards = tuple(dict.fromkeys(region.within for region in hidden if region.within is not None))
        return replace(stored, pixels=fill_regions(stored.pixels, mask, settings.style, settings.colour, cards))

    pages = (filled(page, hidden) for page, hidden in enumerate(regions))
    _write_whole(temporary, lambda sink: encode(raster, pages, sink))
    return tuple(notes)


def _digest(temporary: str) -> str:
    with open_source(temporary) as result:
        return result.sha256


def _write_whole(temporary: str, write: Callable[[BinaryIO], None]) -> None:
    release(temporary)
    write_durably(temporary, write)


def _clean(job: RedactionJob, settings: RedactSettings) -> Redaction:
    """Write a file without findings by `settings.clean`."""
    if settings.clean is Clean.SKIP:
        return Redaction(path=job.path, outcome=Outcome.LEFT_OUT)
    if settings.clean is Clean.AS_IS:
        return _copied(job, settings)
    record = Redaction(path=job.path, outcome=Outcome.STRIPPED, notes=_stripped(job, settings))
    if holds_watched(job.temporary, job.watchlist, settings.scan):
        problem = Problem("verify", "still_leaks", message("bytes_leak"))
        return replace(record, outcome=Outcome.LEAKS, problems=(problem,))
    return replace(record, sha256=_digest(job.temporary))


def _copied(job: RedactionJob, settings: RedactSettings) -> Redaction:
    """Copy a file byte by byte, unless its metadata or embedded data leak."""
    with open_source(job.path) as source:
        _write_whole(job.temporary, lambda sink: shutil.copyfileobj(source.stream, sink))
    frame = load(ImageRef(job.temporary, pages=len(job.images)), settings.scan)
    if isinstance(frame, Unreadable):
        return failed_job(job.path, frame.problem)
    image = job.images[0]
    leaks = leaks_outside_pixels(image, job.temporary, frame, job.watchlist, settings.scan)
    record = Redaction(path=job.path, outcome=Outcome.COPIED)
    if leaks:
        kinds = ", ".join(sorted({leak.kind for leak in leaks}))
        problem = Problem("verify", LEAKS_BESIDE, message("leaks_beside", kinds=kinds))
        return replace(record, outcome=Outcome.LEAKS, problems=(problem,))
    return replace(record, sha256=_digest(job.temporary))


def _stripped(job: RedactionJob, settings: RedactSettings) -> tuple[str, ...]:
    """Write a file without its metadata; re-encode it where stripping is not possible or not enough."""
    is_stripped = False

    def copy(sink: BinaryIO) -> None:
        nonlocal is_stripped
        with open_source(job.path) as source:
            is_stripped = strip(source.stream, job.images[0].info.format or "", sink)

    _write_whole(job.temporary, copy)
    # Stripping copies all coded data, where values may hide; re-encoding removes them.
    if is_stripped and not holds_watched(job.temporary, job.watchlist, settings.scan):
        return ()
    with open_raster(job.path, len(job.images), settings.scan) as raster:
        notes = _write(job.temporary, raster, [()] * raster.pages, settings)
    return (*notes, _REENCODED)

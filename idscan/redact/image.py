"""Redact one file: plan, paint, write, read again, and start over with more hidden as long as something leaks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from idscan.core.errors import OutputError
from idscan.core.redaction import Redaction, Verification
from idscan.core.results import Problem
from idscan.core.vocabulary import Clean, Outcome
from idscan.engines.registry import available_engines
from idscan.redact.cover import hidden_mask
from idscan.redact.durable import digest_of, write_durably
from idscan.redact.encode import encode
from idscan.redact.paint import paint
from idscan.redact.plan import Level, PlanOptions, leak_region, plan_regions, twin_regions
from idscan.redact.read_back import holds_watched, read_back
from idscan.redact.strip import strip
from idscan.sources.files import open_readonly
from idscan.sources.raster import RasterError, open_raster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from idscan.core.redaction import Leak, RedactSettings, Region
    from idscan.core.results import ImageResult
    from idscan.redact.watch import Watch
    from idscan.sources.raster import Raster, RasterPage

_STAGE = "publish"
_CHANGED = Problem(_STAGE, "changed_meanwhile", "The file changed while it was being redacted; run it again.")
_INCOMPLETE = frozenset({"text_not_read", "pages_not_scanned"})
"""Problems that leave something of a picture unread, which then cannot be vouched for."""

_REENCODED = "reencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One file and all that is needed to redact it anywhere.

    Attributes:
        path: of the source.
        images: what a thorough scan found on each page, in order.
        twins: for each page an exposed picture that looks the same, where nothing was found on the page itself.
        watch: values that must not be found in the result.
        temporary: an empty private file for the result.
    """

    path: str
    images: tuple[ImageResult, ...]
    twins: tuple[ImageResult | None, ...]
    watch: Watch
    temporary: str


def redact_image(assignment: Assignment, settings: RedactSettings) -> Redaction:
    """Write the redacted file to its temporary place, verified; runs in worker processes and raises for no bad file.

    The record's `output` is for the one who publishes; what is not to be published has no `sha256`.
    """
    # Of a multi-picture JPEG only the first picture is published.
    published = assignment.images[:1] if assignment.images[0].info.format == "JPEG" else assignment.images
    blocked = tuple(problem for image in published for problem in _blocking(image))
    if blocked:
        return failed(assignment, blocked)
    try:
        return _treated(assignment, settings)
    except RasterError as error:
        problem = error.problem
    except OutputError as error:
        problem = Problem(_STAGE, "cannot_write", str(error))
    except OSError as error:
        if error.errno is None:
            raise
        problem = _CHANGED
    return failed(assignment, (problem,))


def _treated(assignment: Assignment, settings: RedactSettings) -> Redaction:
    source = digest_of(assignment.path)
    if any(image.info.sha256 != source for image in assignment.images):
        return failed(assignment, (_CHANGED,))
    return _redacted(assignment, settings) if any(planned(assignment, settings)) else _clean(assignment, settings)


def failed(assignment: Assignment, problems: Sequence[Problem]) -> Redaction:
    """Return the record of a file that is not published."""
    return Redaction(path=assignment.path, outcome=Outcome.FAILED, problems=tuple(dict.fromkeys(problems)))


def planned(assignment: Assignment, settings: RedactSettings) -> tuple[tuple[Region, ...], ...]:
    """Return what is hidden on each page at first."""
    return tuple(_plan(assignment, page, settings, Level.EXACT) for page in range(len(assignment.images)))


def _blocking(image: ImageResult) -> Iterator[Problem]:
    """Yield why a page cannot be vouched for."""
    if not image.is_readable:
        yield from image.problems
    else:
        yield from (problem for problem in image.problems if problem.kind in _INCOMPLETE)


def _plan(assignment: Assignment, page: int, settings: RedactSettings, level: Level) -> tuple[Region, ...]:
    image = assignment.images[page]
    watch = assignment.watch.with_own(assignment.images)
    regions = plan_regions(image, PlanOptions(settings.fields, watch, level))
    twin = assignment.twins[page]
    return (*regions, *(twin_regions(image, twin) if twin is not None else ()))


def _redacted(assignment: Assignment, settings: RedactSettings) -> Redaction:
    watch = assignment.watch.with_own(assignment.images)
    found_later: list[tuple[Region, ...]] = [() for _ in assignment.images]
    leaks: list[list[Leak]] = []
    regions: tuple[tuple[Region, ...], ...] = ()
    notes: tuple[str, ...] = ()
    rounds = 0
    for level in Level:
        rounds += 1
        with open_raster(assignment.path, len(assignment.images), settings.scan) as raster:
            plans = [
                (*_plan(assignment, page, settings, level), *found_later[page])
                for page in range(len(assignment.images))
            ]
            regions = _by_page(raster, plans, assignment.images)
            notes = _write(assignment.temporary, raster, regions, settings)
        quads = [[region.quad for region in page] for page in regions]
        leaks = read_back(assignment.temporary, quads, watch, settings.scan)
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
        message = f"Something can still be read after {rounds} rounds ({kinds}); hide it by hand."
        return replace(record, outcome=Outcome.LEAKS, problems=(Problem("verify", "still_leaks", message),))
    return replace(record, sha256=digest_of(assignment.temporary))


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
        others = (region for image in images[1:] if image.is_exposed for region in twin_regions(images[0], image))
        return ((*plans[0], *others),)
    joined = tuple(dict.fromkeys(region for plan in plans for region in plan))
    return (joined,) * raster.pages


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
        return replace(stored, pixels=paint(stored.pixels, mask, settings.style, settings.colour))

    pages = (painted(page, hidden) for page, hidden in enumerate(regions))
    write_durably(temporary, lambda sink: encode(raster, pages, sink))
    return tuple(notes)


def _clean(assignment: Assignment, settings: RedactSettings) -> Redaction:
    """Write a file in which nothing was found, as asked."""
    if settings.clean is Clean.SKIP:
        return Redaction(path=assignment.path, outcome=Outcome.LEFT_OUT)
    if settings.clean is Clean.AS_IS:
        with open_readonly(assignment.path) as source:
            write_durably(assignment.temporary, lambda sink: shutil.copyfileobj(source, sink))
        outcome: Outcome = Outcome.COPIED
        notes: tuple[str, ...] = ()
    else:
        outcome, notes = Outcome.STRIPPED, _strip(assignment, settings)
    record = Redaction(path=assignment.path, outcome=outcome, notes=notes)
    if holds_watched(assignment.temporary, assignment.watch, settings.scan):
        message = (
            "Its pixels show nothing, but its bytes hold a value of another picture; publish it with --clean strip."
        )
        return replace(record, outcome=Outcome.LEAKS, problems=(Problem("verify", "still_leaks", message),))
    return replace(record, sha256=digest_of(assignment.temporary))


def _strip(assignment: Assignment, settings: RedactSettings) -> tuple[str, ...]:
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

"""Redact folders: scan everything, then hide, verify and publish file by file."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from idscan.core.enums import Effort, Outcome
from idscan.core.errors import OutputError, UsageError
from idscan.core.memo import image_memory
from idscan.core.messages import Message, message
from idscan.core.types import Destination, ImageRef, Problem, Redaction, RedactResult, RedactSettings, Skipped
from idscan.images.walk import release
from idscan.redact.output.in_place import (
    InPlace,
    Replaced,
    folders_with_pii,
    holds_records,
    records_left,
    temporary_parents,
    without_texts,
)
from idscan.redact.output.names import is_temporary, plan_in_place, plan_targets
from idscan.redact.output.workspace import Record, Workspace
from idscan.redact.watchlist import CHANGED, STAGE, RedactionJob, Watchlist, failed_job, find_near_duplicate
from idscan.run.atomic import TargetExistsError, digest_of
from idscan.run.jobs import WORKER_DIED, run_tasks, safely
from idscan.run.pii_matcher import PiiMatcher
from idscan.run.scan import default_steps, existing, scan, workers_for

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from idscan.core.settings import Settings
    from idscan.core.types import ImageResult, ScanResult
    from idscan.redact.output.names import Target
    from idscan.run.scan import Progress, Steps, WalkFunction

    _Request: TypeAlias = tuple[Destination, RedactSettings]

PUBLISHED_EARLIER = "published_earlier"
_TRANSIENT = frozenset({"cannot_write", "changed_meanwhile", "out_of_memory", WORKER_DIED})
"""Kinds of problems of a file that may be absent in another run, such as a full disk."""
_EXISTS = Problem(STAGE, "would_overwrite", message("would_overwrite"))


def redact(
    paths: Iterable[str | os.PathLike[str]],
    destination: Destination,
    settings: RedactSettings | None = None,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> RedactResult:
    """Publish images in which nothing is left of what identity cards expose.

    Every file is read again with every engine before it is published; a file that still leaks is not. An interrupted
    run is resumed by running it again. With more than one worker, a script that calls this must guard its own start
    with `if __name__ == "__main__":`.

    Args:
        paths: files and folders; a folder is walked recursively.
        destination: where results go.
        settings: what to hide and how; the defaults if None.
        jobs: worker processes; all cores if None, 1 works in this process.
        progress: called with (done, total or None), first for scanning and then for redacting.

    Raises:
        UsageError: if none of the paths exists, or the destination makes no sense with them.
        EngineMissingError: if an engine of `settings.scan.required_engines` is missing.
        OutputError: if nothing can be written to the destination.
    """
    return redact_by(Execution(default_steps(), jobs, progress), paths, destination, settings or RedactSettings())


def redact_image_late(job: RedactionJob, settings: RedactSettings) -> Redaction:
    """Redact one file; the imaging libraries are imported by the process that redacts, not by the parent of workers."""
    from idscan.redact.image import redact_image

    return redact_image(job, settings)


class Execution(NamedTuple):
    """Functions, worker processes and progress of a run; `redact_image` must be importable by name."""

    steps: Steps
    jobs: int | None = None
    progress: Progress | None = None
    redact_image: Callable[[RedactionJob, RedactSettings], Redaction] = redact_image_late


def redact_by(
    execution: Execution, paths: Iterable[str | os.PathLike[str]], destination: Destination, settings: RedactSettings
) -> RedactResult:
    """Redact images as `redact` does, with the functions of `execution`."""
    # A result is only published after the most thorough reading, whatever effort was asked for.
    thorough = replace(settings.scan, effort=Effort.THOROUGH, keep_texts=True, is_thorough_in_doubt=True)
    settings = replace(settings, scan=thorough)
    given = existing(paths)
    with ExitStack() as stack:
        # Where this process works itself, what the scan read and opened serves the redaction.
        stack.enter_context(image_memory())
        place = _open_place(destination, given, stack)
        if isinstance(place, InPlace):
            run = _prepare_in_place(place, given, (destination, settings), execution)
        else:
            run = _prepare_for_folder(place, given, (destination, settings), execution)
        redactions = list(_redactions(run, execution))
        left = folders_with_pii(run.targets.values(), run.pii) if destination.in_place else ()
        if isinstance(place, InPlace) and any(map(_is_transient_failure, redactions)):
            place.keep_records()
    found = run.found
    slim = (image.without_texts() for image in found.images)
    return RedactResult(
        scan=replace(found, images=tuple(slim)),
        redactions=tuple(sorted(redactions, key=lambda redaction: redaction.path)),
        settings=settings,
        telling_folders=left,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Facts that publishing needs.

    Attributes:
        place: where results go.
        destination: as it was asked for.
        settings: likewise.
        found: what was read from all sources, those included that an interrupted run has replaced.
        known: what was read from all sources that it has replaced, also from those that are not among the sources.
        pii: the values of both.
        targets: the target of each result, by the path of its source.
        digest: of everything that a result depends on besides its source.
        earlier: the outcome of each file that the interrupted run has finished, by the path of its source.
    """

    place: Workspace | InPlace
    destination: Destination
    settings: RedactSettings
    found: ScanResult
    known: tuple[ImageResult, ...] = ()
    pii: PiiMatcher
    targets: Mapping[str, Target]
    digest: str
    earlier: Mapping[str, Redaction]


def _open_place(destination: Destination, given: Sequence[str], stack: ExitStack) -> InPlace | Workspace:
    if destination.in_place:
        return stack.enter_context(InPlace.open(inputs=given, backup_folder=destination.backup_dir))
    if destination.folder is None:
        raise UsageError(message("no_destination"))
    return stack.enter_context(Workspace.open(destination.folder, inputs=given))


def _prepare_for_folder(place: Workspace, given: Sequence[str], request: _Request, execution: Execution) -> _Run:
    """Scan all sources anew, whatever an earlier run has published: none of them was replaced.

    Only an interrupted run in place may have replaced some; what it recorded of them is used as well.
    """
    destination, settings = request
    steps, jobs, progress, _ = execution
    parents: set[str] = set()
    walk = _without_own(steps.walk, place, parents)
    found = scan(given, settings.scan, jobs=jobs, progress=progress, steps=replace(steps, walk=walk))
    left = records_left(given, parents, holds_records)
    known = tuple(image for one in left for stored in one.records for image in stored.content.images)
    everything = replace(found, images=(*found.images, *known))
    pii = PiiMatcher.of_run(everything)
    targets = plan_targets(sorted({image.ref.path for image in found.images}), given, pii)
    digest = _digest(everything, settings)
    return _Run(
        place=place,
        destination=destination,
        settings=settings,
        found=found,
        known=known,
        pii=pii,
        targets=targets,
        digest=digest,
        earlier=_published_earlier(place, found, targets, digest),
    )


def _prepare_in_place(place: InPlace, given: Sequence[str], request: _Request, execution: Execution) -> _Run:
    """Scan the sources that an interrupted run has not replaced, and use its records for the others."""
    destination, settings = request
    steps, jobs, progress, _ = execution
    replaced = Replaced(place, steps.walk)
    found = scan(given, settings.scan, jobs=jobs, progress=progress, steps=replace(steps, walk=replaced.walk))
    whole = replaced.joined(found)
    if not replaced.is_of(_digest(whole, settings)):
        # With other settings, or with more images that show somebody, every file has to be made anew.
        again = replace(steps, walk=replaced.held_back)
        more = scan(given, settings.scan, jobs=jobs, progress=progress, steps=again)
        replaced.give_up()
        whole = replaced.joined(replace(found, images=(*found.images, *more.images)))
    pii = PiiMatcher.of_images([*whole.images, *replaced.known])
    return _Run(
        place=place,
        destination=destination,
        settings=settings,
        found=whole,
        known=replaced.known,
        pii=pii,
        targets=plan_in_place(sorted({image.ref.path for image in whole.images}), given, pii),
        digest=_digest(whole, settings),
        earlier=replaced.redactions,
    )


def _without_own(walk: WalkFunction, place: Workspace, parents: set[str]) -> WalkFunction:
    """Return the walk without files that this or an earlier run has written; their folders are added to `parents`."""

    def filtered(paths: Sequence[str], settings: Settings) -> Iterator[ImageRef | Skipped]:
        for entry in walk(paths, settings):
            if is_temporary(entry.path):
                parents.update(temporary_parents([entry.path]))
            elif not place.is_inside(entry.path):
                yield entry

    return filtered


def _digest(found: ScanResult, settings: RedactSettings) -> str:
    """Return a digest of everything that a result depends on besides its source: settings, engines and all sources."""
    sources = sorted(image.info.sha256 or "" for image in found.images)
    engines = [(engine.name, engine.version) for engine in found.engines]
    facts = (settings.style, settings.colour, settings.fields, settings.clean, settings.scan, engines, sources)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _redactions(run: _Run, execution: Execution) -> Iterator[Redaction]:
    steps, jobs, progress, redact_image = execution
    by_path = {path: tuple(group) for path, group in groupby(run.found.images, key=lambda image: image.ref.path)}
    everything = (*run.found.images, *run.known)
    watchlist = Watchlist.of_run(everything)
    exposed = [part for image in everything for part in image.parts if part.shows_exposed]
    waiting: list[RedactionJob] = []
    done: list[Redaction] = []
    for path, images in by_path.items():
        earlier = run.earlier.get(path)
        if earlier is not None:
            done.append(replace(earlier, notes=(*earlier.notes, PUBLISHED_EARLIER)))
            continue
        problem = run.place.problem_of(run.targets[path])
        if problem is not None:
            done.append(failed_job(path, problem))
            continue
        near = tuple(find_near_duplicate(image, exposed) for image in images)
        temporary = run.place.new_file(run.targets[path])
        waiting.append(
            RedactionJob(path=path, images=images, near_duplicates=near, watchlist=watchlist, temporary=temporary)
        )
    yield from done
    total = len(by_path)
    if progress:
        progress(len(done), total)
    waiting_by_path = {job.path: job for job in waiting}
    work: Callable[[RedactionJob], Redaction] = partial(redact_safely, redact_image, run.settings)
    workers = workers_for(jobs, len(waiting))
    with closing(run_tasks(waiting, work, failed_redaction, workers=workers, backend=steps.backend)) as results:
        for count, redaction in enumerate(results, start=len(done) + 1):
            yield _published(run, redaction, waiting_by_path[redaction.path])
            if progress:
                progress(count, total)


def redact_safely(
    redact_image: Callable[[RedactionJob, RedactSettings], Redaction], settings: RedactSettings, job: RedactionJob
) -> Redaction:
    """Redact one file; an exception becomes a problem of this file, without the text of the exception."""
    return safely(lambda given: redact_image(given, settings), failed_redaction, job)


def failed_redaction(job: RedactionJob, kind: str, text: Message) -> Redaction:
    """Return the outcome of a file whose redaction failed."""
    return failed_job(job.path, Problem("run", kind, text))


def _published_earlier(
    place: Workspace, found: ScanResult, targets: Mapping[str, Target], digest: str
) -> dict[str, Redaction]:
    """Return what an interrupted run has published, as far as this run would publish the same."""
    stored_files = [(stored.run, stored.content) for stored in place.left_records()]
    records = {(record.source, run, record.target): record.redaction for run, record in stored_files}
    earlier: dict[str, Redaction] = {}
    for image in found.images if records else ():
        target = targets[image.ref.path]
        redaction = records.get((image.info.sha256 or "", digest, target.path))
        if redaction is not None and place.holds(target, redaction.sha256):
            earlier[image.ref.path] = replace(redaction, path=image.ref.path, output=place.path_of(target))
    return earlier


def _published(run: _Run, redaction: Redaction, job: RedactionJob) -> Redaction:
    """Move a finished file to its place."""
    target, temporary = run.targets[job.path], job.temporary
    if redaction.sha256 is None:
        run.place.discard(temporary)
        return redaction
    source = job.images[0].info.sha256
    release(job.path)
    notes = (*redaction.notes, "renamed") if target.is_renamed else redaction.notes
    finished = replace(redaction, output=run.place.path_of(target), notes=notes)
    try:
        if run.destination.in_place and not _is_unchanged(redaction.path, source):
            run.place.discard(temporary)
            return replace(redaction, outcome=Outcome.FAILED, sha256=None, problems=(CHANGED,))
        if source is not None:
            run.place.remember(target, _record(run, finished, job, source), run.digest)
        run.place.publish(temporary, target, may_replace=run.destination.force)
    except OutputError as error:
        run.place.discard(temporary)
        is_there = isinstance(error, TargetExistsError)
        problem = _EXISTS if is_there else Problem(STAGE, "cannot_write", error.message)
        return replace(redaction, outcome=Outcome.FAILED, sha256=None, problems=(problem,))
    return finished


def _record(run: _Run, finished: Redaction, job: RedactionJob, source: str) -> Record:
    target = run.targets[job.path]
    images = tuple(map(without_texts, job.images)) if run.destination.in_place else ()
    return Record(source=source, source_path=target.source_path, target=target.path, images=images, redaction=finished)


def _is_transient_failure(redaction: Redaction) -> bool:
    """Return whether a file failed that may succeed in another run."""
    return any(problem.kind in _TRANSIENT for problem in redaction.problems)


def _is_unchanged(path: str, sha256: str | None) -> bool:
    """Return whether a source is still the file that was scanned; only then may it be replaced."""
    try:
        return digest_of(path) == sha256
    except OSError:
        return False

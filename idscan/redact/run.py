"""Redact folders of pictures: scan everything, then hide, verify and publish file by file."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from idscan.core.errors import OutputError, UsageError
from idscan.core.redaction import Destination, Redaction, RedactResult, RedactSettings
from idscan.core.results import ImageRef, Problem, Skipped
from idscan.core.vocabulary import Clean, Effort, Outcome
from idscan.redact.assignment import CHANGED, STAGE, Assignment, failed
from idscan.redact.durable import TargetExistsError, digest_of
from idscan.redact.in_place import InPlace, telling_folders
from idscan.redact.journal import Journal
from idscan.redact.targets import is_temporary, plan_in_place, plan_targets
from idscan.redact.twins import find_twin
from idscan.redact.watch import Watch
from idscan.redact.workplace import Workplace
from idscan.run.jobs import run_tasks, safely
from idscan.run.scan import default_steps, existing, scan, workers_for
from idscan.run.traces import Traces

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from idscan.core.results import ImageResult, ScanResult
    from idscan.core.settings import Settings
    from idscan.redact.targets import Target
    from idscan.redact.workplace import Place
    from idscan.run.scan import Progress, Steps, WalkFunction

PUBLISHED_EARLIER = "published_earlier"
_EXISTS = Problem(STAGE, "would_overwrite", "Another file stands where the result goes; move it, or use --force.")


def redact(
    paths: Iterable[str | os.PathLike[str]],
    destination: Destination,
    settings: RedactSettings | None = None,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> RedactResult:
    """Publish pictures in which nothing is left of what identity cards expose.

    Every file is read again with every engine before it is published; what still leaks is not. A run that was cut off
    is continued by running it again. With more than one worker, a script that calls this must guard its own start
    with `if __name__ == "__main__":`.

    Args:
        paths: files and folders; a folder is walked recursively.
        destination: where results go.
        settings: what to hide and how; the defaults if None.
        jobs: worker processes; all cores if None, 1 works in this process.
        progress: called now and then with (done, in all or None), first for scanning and then for redacting.

    Raises:
        UsageError: if none of the paths exists, or the destination makes no sense with them.
        EngineMissingError: if an engine of `settings.scan.required_engines` is missing.
        OutputError: if nothing can be written to the destination.
    """
    settings = settings or RedactSettings()
    # What is published must have been read as well as can be, whatever was asked for.
    thorough = replace(settings.scan, effort=Effort.THOROUGH, keep_texts=True, is_thorough_in_doubt=True)
    settings = replace(settings, scan=thorough)
    given = existing(paths)
    steps = default_steps()
    with ExitStack() as stack:
        place, journal_path = _open_place(destination, given, stack)
        walk = _without_own(steps.walk, place)
        found = scan(given, settings.scan, jobs=jobs, progress=progress, steps=replace(steps, walk=walk))
        journal = stack.enter_context(Journal.open(journal_path, destination.folder or "")) if journal_path else None
        run = _Run(place, journal, destination, settings, _digest(found, settings))
        traces = Traces.of_run(found)
        plan_all = plan_in_place if destination.in_place else plan_targets
        targets = plan_all(sorted({image.ref.path for image in found.images}), given, traces)
        redactions = list(_redactions(run, found, targets, (steps, jobs, progress)))
        left = telling_folders(targets.values(), traces) if destination.in_place else ()
    slim = (image.without_texts() for image in found.images)
    return RedactResult(
        scan=replace(found, images=tuple(slim)),
        redactions=tuple(sorted(redactions, key=lambda redaction: redaction.path)),
        settings=settings,
        telling_folders=left,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """What publishing needs to know."""

    place: Place
    journal: Journal | None
    destination: Destination
    settings: RedactSettings
    digest: str


def _open_place(destination: Destination, given: Sequence[str], stack: ExitStack) -> tuple[Place, str | None]:
    if destination.in_place:
        return stack.enter_context(InPlace.open(inputs=given, backup_folder=destination.backup_dir)), None
    if destination.folder is None:
        message = "say where results go: a folder, or in place"
        raise UsageError(message)
    workplace = stack.enter_context(Workplace.open(destination.folder, inputs=given))
    return workplace, workplace.journal_path


def _without_own(walk: WalkFunction, place: Place) -> WalkFunction:
    """Return the walk without what this or an earlier run has written."""

    def is_own(path: str) -> bool:
        return is_temporary(path) or (isinstance(place, Workplace) and place.is_inside(path))

    def filtered(paths: Sequence[str], settings: Settings) -> Iterator[ImageRef | Skipped]:
        return (entry for entry in walk(paths, settings) if not is_own(entry.path))

    return filtered


def _digest(found: ScanResult, settings: RedactSettings) -> str:
    """Return what stands for everything that a result depends on besides its source: settings, and the whole run."""
    sources = sorted(image.info.sha256 or "" for image in found.images)
    engines = [(engine.name, engine.version) for engine in found.engines]
    facts = (settings.style, settings.colour, settings.fields, settings.clean, settings.scan, engines, sources)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _redactions(
    run: _Run, found: ScanResult, targets: Mapping[str, Target], how: tuple[Steps, int | None, Progress | None]
) -> Iterator[Redaction]:
    steps, jobs, progress = how
    by_path = {path: tuple(group) for path, group in groupby(found.images, key=lambda image: image.ref.path)}
    watch = Watch.of_run(found.images)
    exposed = [part for image in found.images for part in image.parts if part.shows_exposed]
    waiting: list[Assignment] = []
    done: list[Redaction] = []
    for path, images in by_path.items():
        problem = run.place.problem_of(targets[path])
        if problem is not None:
            done.append(failed(path, problem))
            continue
        twins = tuple(find_twin(image, exposed) for image in images)
        assignment = Assignment(path=path, images=images, twins=twins, watch=watch, temporary="")
        earlier = _published_earlier(run, assignment, targets[path])
        if earlier is not None:
            done.append(earlier)
        else:
            waiting.append(replace(assignment, temporary=run.place.new_file(targets[path])))
    yield from done
    total = len(by_path)
    if progress:
        progress(len(done), total)
    temporaries = {assignment.path: assignment.temporary for assignment in waiting}
    work: Callable[[Assignment], Redaction] = partial(redact_safely, run.settings)
    workers = workers_for(jobs, len(waiting))
    with closing(run_tasks(waiting, work, failed_redaction, workers=workers, backend=steps.backend)) as results:
        for count, redaction in enumerate(results, start=len(done) + 1):
            yield _published(run, redaction, targets[redaction.path], temporaries[redaction.path], by_path)
            if progress:
                progress(count, total)


def redact_safely(settings: RedactSettings, assignment: Assignment) -> Redaction:
    """Redact one file; an exception becomes a problem of this file, without its text."""
    return safely(partial(_redact_late, settings), failed_redaction, assignment)


def _redact_late(settings: RedactSettings, assignment: Assignment) -> Redaction:
    from idscan.redact.image import redact_image  # noqa: PLC0415  loads the imaging libraries where the work is done

    return redact_image(assignment, settings)


def failed_redaction(assignment: Assignment, kind: str, message: str) -> Redaction:
    """Return the record of a file whose redaction came to nothing."""
    return failed(assignment.path, Problem("run", kind, message))


def _published_earlier(run: _Run, assignment: Assignment, target: Target) -> Redaction | None:
    """Return the record of a result that a run which was cut off has published, None if there is none."""
    source = assignment.images[0].info.sha256
    if run.journal is None or source is None:
        return None
    sha256 = run.journal.done(source, run.digest, target.path)
    if sha256 is None:
        return None
    from idscan.redact.image import planned  # noqa: PLC0415  loads the imaging libraries

    regions = planned(assignment, run.settings)
    outcome = Outcome.STRIPPED if run.settings.clean is Clean.STRIP else Outcome.COPIED
    return Redaction(
        path=assignment.path,
        outcome=Outcome.REDACTED if any(regions) else outcome,
        output=run.place.path_of(target),
        sha256=sha256,
        style=run.settings.style if any(regions) else None,
        regions=regions if any(regions) else (),
        notes=(PUBLISHED_EARLIER, *(["renamed"] if target.is_renamed else [])),
    )


def _published(
    run: _Run, redaction: Redaction, target: Target, temporary: str, images: dict[str, tuple[ImageResult, ...]]
) -> Redaction:
    """Move a finished file to its place."""
    if redaction.sha256 is None:
        run.place.discard(temporary)
        return redaction
    source = images[redaction.path][0].info.sha256
    try:
        if run.destination.in_place and not _is_unchanged(redaction.path, source):
            run.place.discard(temporary)
            return replace(redaction, outcome=Outcome.FAILED, sha256=None, problems=(CHANGED,))
        run.place.publish(temporary, target, may_replace=run.destination.force)
        if run.journal is not None and source is not None:
            run.journal.add(source, run.digest, target.path, redaction.sha256)
    except OutputError as error:
        run.place.discard(temporary)
        is_there = isinstance(error, TargetExistsError)
        problem = _EXISTS if is_there else Problem(STAGE, "cannot_write", str(error))
        return replace(redaction, outcome=Outcome.FAILED, sha256=None, problems=(problem,))
    notes = (*redaction.notes, "renamed") if target.is_renamed else redaction.notes
    return replace(redaction, output=run.place.path_of(target), notes=notes)


def _is_unchanged(path: str, sha256: str | None) -> bool:
    """Return whether a source is still the file that was scanned, which only then may be replaced."""
    try:
        return digest_of(path) == sha256
    except OSError:
        return False

"""Scan folders: walk, read on all cores, sort, group cards by person."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from idscan.core.enums import NUMBER_FIELDS
from idscan.core.errors import NothingToScanError, UsageError
from idscan.core.messages import message
from idscan.core.settings import Settings
from idscan.core.types import EngineInfo, ImageRef, ImageResult, ScanResult, Skipped
from idscan.run.jobs import Backend, available_cores, run_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.core.types import Card, Finding, ImageResult, Secret
    from idscan.run.jobs import ScanFunction

WalkFunction: TypeAlias = Callable[[Sequence[str], Settings], Iterable[ImageRef | Skipped]]
Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the number of images done and the total; None while the total is not known."""
SERIAL_UP_TO = 2
"""Images that are scanned without workers. Lower: starting one takes longer than it saves; higher: cores are idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Functions of the lower rooms that a run calls.

    Attributes:
        walk: finds the images.
        scan_image: reads one; must be importable by name, as it is sent to worker processes.
        engines: returns the engines that are available.
        require: raises if one of the named engines is missing.
        backend: executors of the run.
    """

    walk: WalkFunction
    scan_image: ScanFunction
    engines: Callable[[], tuple[EngineInfo, ...]]
    require: Callable[[Iterable[str]], None]
    backend: Backend = field(default_factory=Backend)


def scan(
    paths: Iterable[str | os.PathLike[str]],
    settings: Settings | None = None,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
    steps: Steps | None = None,
) -> ScanResult:
    """Scan files and folders for Vietnamese identity cards.

    The result is the same for any number of workers. With more than one, a script that calls this must guard its
    own start with `if __name__ == "__main__":`, as for every use of spawned processes.

    Args:
        paths: files and folders; a folder is walked recursively.
        settings: effort, limits and needed engines; the defaults if None.
        jobs: worker processes; all cores if None, 1 works in this process.
        progress: called with (images done, total or None).
        steps: the functions to use; those of this package if None.

    Raises:
        UsageError: if none of the paths exists, or `jobs` is below 1.
        EngineMissingError: if an engine of `settings.required_engines` is missing.
    """
    settings = settings or Settings()
    steps = steps or default_steps()
    if jobs is not None and jobs < 1:
        raise UsageError(message("too_few_jobs", jobs=jobs))
    given = existing(paths)
    steps.require(settings.required_engines)

    started_at = datetime.now(UTC)
    refs, skipped = _sort_out(steps.walk(given, settings), progress)
    images: list[ImageResult] = []
    results = run_jobs(refs, steps.scan_image, settings, workers=workers_for(jobs, len(refs)), backend=steps.backend)
    with closing(results):
        for result in results:
            images.append(result)
            if progress:
                progress(len(images), len(refs))
    return ScanResult(
        images=assign_persons(sorted(images, key=lambda image: image.ref)),
        skipped=tuple(skipped),
        engines=steps.engines(),
        settings=settings,
        started_at=started_at,
        finished_at=datetime.now(UTC),
    )


def default_steps() -> Steps:
    """Return the functions of the lower rooms."""
    from idscan.engines.registry import available_engines, require
    from idscan.images.walk import find_images

    return Steps(walk=find_images, scan_image=scan_image_late, engines=available_engines, require=require)


def scan_image_late(ref: ImageRef, settings: Settings) -> ImageResult:
    """Scan one image; the imaging libraries are imported by the process that scans, not by the parent of workers."""
    from idscan.pipeline.scan import scan_image

    return scan_image(ref, settings)


def existing(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return the paths as text, each once; the walk lists those that do not exist; NothingToScanError if none does."""
    given = list(dict.fromkeys(os.fspath(path) for path in paths))
    if not any(os.path.lexists(path) for path in given):
        raise NothingToScanError(given)
    return given


def _sort_out(found: Iterable[ImageRef | Skipped], progress: Progress | None) -> tuple[list[ImageRef], list[Skipped]]:
    """Return the images and the skipped paths, each once and sorted."""
    refs: set[ImageRef] = set()
    skipped: set[Skipped] = set()
    if progress:
        progress(0, None)
    for entry in found:
        if isinstance(entry, Skipped):
            skipped.add(entry)
        else:
            refs.add(entry)
    if progress:
        progress(0, len(refs))
    return sorted(refs), sorted(skipped, key=lambda entry: (entry.path, entry.reason))


def workers_for(jobs: int | None, images: int) -> int:
    """Return the number of processes for a number of images: `jobs`, or all cores if None, and 1 for few images."""
    if images <= SERIAL_UP_TO:
        return 1
    return min(jobs or available_cores(), images)


class _Groups:
    """Disjoint sets of numbers (union-find with path halving)."""

    def __init__(self) -> None:
        self._parents: dict[Secret, Secret] = {}

    def find(self, number: Secret) -> Secret:
        parents = self._parents
        parents.setdefault(number, number)
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def join(self, numbers: Sequence[Secret]) -> None:
        for number in numbers:
            self._parents[self.find(number)] = self.find(numbers[0])


def assign_persons(images: Sequence[ImageResult]) -> tuple[ImageResult, ...]:
    """Number the persons of a run p1, p2 ... in the order in which the images first show them.

    A 9-digit number that is the number of one card and the old number of another joins the two cards.
    """
    groups = _Groups()
    for image in images:
        for part in image.parts:
            for owner in _owners(part):
                groups.join(owner)
    names: dict[Secret, str] = {}

    def person_of(findings: Iterable[Finding]) -> str | None:
        numbers = _numbers(findings)
        return names.setdefault(groups.find(numbers[0]), f"p{len(names) + 1}") if numbers else None

    def named(card: Card) -> Card:
        return replace(card, person=person_of(card.findings))

    def of_image(image: ImageResult) -> ImageResult:
        cards = tuple(named(card) for card in image.cards)
        records = _by_record(image)
        findings = tuple(
            replace(finding, person=person_of(records.get(finding.record, (finding,)))) for finding in image.findings
        )
        return replace(image, cards=cards, findings=findings, embedded=tuple(map(of_image, image.embedded)))

    return tuple(map(of_image, images))


def _by_record(image: ImageResult) -> dict[int | None, list[Finding]]:
    """Return the findings outside cards by the record, such as a table row, that they belong to."""
    records: dict[int | None, list[Finding]] = {}
    for finding in image.findings:
        if finding.record is not None:
            records.setdefault(finding.record, []).append(finding)
    return records


def _owners(image: ImageResult) -> Iterator[tuple[Secret, ...]]:
    """Yield the numbers of one person: those of a card, and those outside cards with the same place or record."""
    for card in image.cards:
        yield _numbers(card.findings)
    by_place: dict[object, list[Finding]] = {}
    for finding in image.findings:
        for place in finding.places:
            by_place.setdefault(place.quad, []).append(finding)
        yield _numbers((finding,))
    for findings in (*by_place.values(), *_by_record(image).values()):
        yield _numbers(findings)


def _numbers(findings: Iterable[Finding]) -> tuple[Secret, ...]:
    return tuple(finding.value for finding in findings if finding.field in NUMBER_FIELDS and finding.value)

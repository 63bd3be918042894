"""Scan folders of pictures: walk, read on all cores, sort, tell the persons apart."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from idscan.core.errors import UsageError
from idscan.core.results import EngineInfo, ImageRef, ImageResult, ScanResult, Skipped
from idscan.core.settings import Settings
from idscan.run.executors import available_cores
from idscan.run.jobs import Backend, run_jobs
from idscan.run.persons import assign_persons

if TYPE_CHECKING:
    from idscan.run.jobs import ScanFunction

WalkFunction: TypeAlias = Callable[[Sequence[str], Settings], Iterable[ImageRef | Skipped]]
Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the pictures done so far and how many there are; None while they are still being looked for."""

SERIAL_UP_TO = 2
"""Up to as many pictures, a worker's start (a second for its imports) costs more than it saves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The functions of the lower rooms that a run is made of.

    Attributes:
        walk: finds the pictures.
        scan_image: reads one; must be importable by name, as it travels to worker processes.
        engines: tells which engines there are.
        require: raises if one of the named engines is missing.
        backend: where the work is done.
    """

    walk: WalkFunction
    scan_image: ScanFunction
    engines: Callable[[], tuple[EngineInfo, ...]]
    require: Callable[[Iterable[str]], None]
    backend: Backend = field(default_factory=Backend)


class NothingToScanError(UsageError):
    """None of the given paths exists.

    The paths are kept apart from the message, which never holds one: a name may be a person's number.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        """Keep the paths for whoever can show them safely."""
        super().__init__("none of the given paths exists" if paths else "no path was given")
        self.paths = tuple(paths)


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
        progress: called now and then with (pictures done, pictures in all or None).
        steps: the functions to use; those of this package if None.

    Raises:
        UsageError: if none of the paths exists, or `jobs` is below 1.
        EngineMissingError: if an engine of `settings.required_engines` is missing.
    """
    settings = settings or Settings()
    steps = steps or default_steps()
    if jobs is not None and jobs < 1:
        message = f"jobs must be at least 1, not {jobs}"
        raise UsageError(message)
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
    from idscan.engines.registry import available_engines, require  # noqa: PLC0415  not needed to import this module
    from idscan.sources.walk import walk  # noqa: PLC0415  likewise

    return Steps(walk=walk, scan_image=scan_image_late, engines=available_engines, require=require)


def scan_image_late(ref: ImageRef, settings: Settings) -> ImageResult:
    """Scan one picture; load the imaging libraries where the work is done, so that the parent of workers does not."""
    from idscan.pipeline.scan import scan_image  # noqa: PLC0415  see above

    return scan_image(ref, settings)


def existing(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return the paths as text, each once; the walk lists those that do not exist.

    Raises:
        NothingToScanError: if none exists.
    """
    given = list(dict.fromkeys(os.fspath(path) for path in paths))
    if not any(os.path.lexists(path) for path in given):
        raise NothingToScanError(given)
    return given


def _sort_out(found: Iterable[ImageRef | Skipped], progress: Progress | None) -> tuple[list[ImageRef], list[Skipped]]:
    """Return the pictures and the skipped paths, each once and sorted."""
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


def workers_for(jobs: int | None, pictures: int) -> int:
    """Return how many processes a number of pictures is worth, all cores at most unless `jobs` says otherwise."""
    if pictures <= SERIAL_UP_TO:
        return 1
    return min(jobs or available_cores(), pictures)

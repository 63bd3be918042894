"""Verify pictures from anywhere: read them again as an attacker would, pixels and everything that hides beside them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from idscan.core.redaction import Leak, VerifyResult
from idscan.core.results import ImageRef, ImageResult, Problem
from idscan.core.settings import Settings
from idscan.core.vocabulary import Effort
from idscan.redact.watch import Watch
from idscan.run.jobs import run_tasks, safely
from idscan.run.persons import assign_persons
from idscan.run.scan import default_steps, scan, workers_for

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from idscan.run.scan import Progress

Checked: TypeAlias = tuple[ImageResult, tuple[Leak, ...], tuple[Problem, ...]]
"""What was found in a picture, what came back of it, and what went wrong."""


def verify(
    paths: Iterable[str | os.PathLike[str]],
    settings: Settings | None = None,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> VerifyResult:
    """Tell what can still be got out of pictures, whoever redacted them.

    Args:
        paths: files and folders; a folder is walked recursively.
        settings: limits and needed engines; effort is thorough whatever they say.
        jobs: worker processes; all cores if None, 1 works in this process.
        progress: called now and then with (done, in all or None), first for reading and then for the attacks.

    Raises:
        UsageError: if none of the paths exists, or `jobs` is below 1.
        EngineMissingError: if an engine of `settings.required_engines` is missing.
    """
    settings = replace(settings or Settings(), effort=Effort.THOROUGH, keep_texts=True)
    steps = default_steps()
    found = scan(paths, replace(settings, effort=Effort.NORMAL), jobs=jobs, progress=progress, steps=steps)
    watch = Watch.of_run(found.images)
    readable = [image for image in found.images if image.is_readable]
    if progress:
        progress(0, len(readable))
    checks: dict[ImageRef, Checked] = {}
    work = partial(check_safely, settings, watch)
    workers = workers_for(jobs, len(readable))
    with closing(run_tasks(readable, work, failed_check, workers=workers, backend=steps.backend)) as results:
        for count, check in enumerate(results, start=1):
            checks[check[0].ref] = check
            if progress:
                progress(count, len(readable))
    images: list[ImageResult] = []
    leaks: list[tuple[ImageRef, tuple[Leak, ...]]] = []
    for image in found.images:
        seen, own, problems = checks.get(image.ref, (image, (), ()))
        images.append(replace(seen.without_texts(), problems=(*seen.problems, *problems)))
        if own:
            leaks.append((image.ref, own))
    return VerifyResult(scan=replace(found, settings=settings, images=assign_persons(images)), leaks=tuple(leaks))


def check_safely(settings: Settings, watch: Watch, image: ImageResult) -> Checked:
    """Attack one picture; an exception becomes a problem of this picture, without its text."""
    return safely(partial(_check_late, settings, watch), failed_check, image)


def _check_late(settings: Settings, watch: Watch, image: ImageResult) -> Checked:
    from idscan.redact.attacks import attacked  # noqa: PLC0415  loads the imaging libraries where the work is done

    seen, leaks = attacked(image, watch, settings)
    return seen.without_texts(), leaks, ()


def failed_check(image: ImageResult, kind: str, message: str) -> Checked:
    """Return what there is to tell of a picture whose check came to nothing."""
    return image.without_texts(), (), (Problem("verify", kind, message),)

"""What the JSON reports of `redact` and `verify` say beyond that of a scan."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.core.redaction import RedactResult, VerifyResult
from idscan.core.vocabulary import Field, Outcome
from idscan.report.json_parts import Json, quad_json
from idscan.report.left_readable import left_readable

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from idscan.core.redaction import Colour, Leak, Redaction, Region, Verification
    from idscan.core.results import ImageResult, Problem
    from idscan.report.options import RunResult
    from idscan.report.paths import PathMask


def _nothing(image: ImageResult) -> Json:
    del image
    return {}


def _no_problems(image: ImageResult) -> tuple[Problem, ...]:
    del image
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """Keys that a kind of run adds.

    Attributes:
        settings: to the settings of the run.
        summary: to the summary.
        document: to the report as a whole.
        of_image: to a picture.
        problems_of: further problems of a picture.
    """

    settings: Json = field(default_factory=dict)
    summary: Json = field(default_factory=dict)
    document: Json = field(default_factory=dict)
    of_image: Callable[[ImageResult], Json] = _nothing
    problems_of: Callable[[ImageResult], tuple[Problem, ...]] = _no_problems


def additions_of(result: RunResult, mask: PathMask) -> Additions:
    """Return what a run adds to the report of its scan."""
    if isinstance(result, RedactResult):
        return _of_redact(result, mask)
    return _of_verify(result, mask) if isinstance(result, VerifyResult) else Additions()


def _of_redact(result: RedactResult, mask: PathMask) -> Additions:
    settings = result.settings
    outcomes = Counter(redaction.outcome for redaction in result.redactions)
    by_path = {redaction.path: redaction for redaction in result.redactions}
    found: dict[str, set[Field]] = {}
    for image in result.scan.images:
        found.setdefault(image.ref.path, set()).update(finding.field for finding in image.all_findings)

    def problems_of(image: ImageResult) -> tuple[Problem, ...]:
        # What prevented the reading is often also why nothing was published; once is enough.
        redaction = by_path.get(image.ref.path)
        return tuple(problem for problem in redaction.problems if problem not in image.problems) if redaction else ()

    def of_image(image: ImageResult) -> Json:
        redaction = by_path.get(image.ref.path)
        if redaction is None:
            return {"redaction": None}
        left = {} if redaction.is_published else _unpublished(redaction, found.get(redaction.path, set()))
        return {"redaction": {**_redaction(redaction, image.ref.page, mask), **left}}

    return Additions(
        settings={
            "style": settings.style.value,
            "fields": settings.fields.value,
            "clean": settings.clean.value,
            "color": colour_json(settings.colour),
        },
        summary={outcome.value: outcomes[outcome] for outcome in Outcome},
        document={
            "telling_folders": [_folder(folder, mask) for folder in result.telling_folders],
            "left_readable": _left_readable(result),
        },
        of_image=of_image,
        problems_of=problems_of,
    )


def _folder(folder: str, mask: PathMask) -> Json:
    path = mask.path(folder)
    return {"path": path.text, **({"path_masked": True} if path.is_masked else {})}


def colour_json(colour: Colour) -> str:
    """Return a colour as the command line takes it.

    >>> colour_json((255, 128, 0))
    '#ff8000'
    """
    return "#" + bytes(colour).hex()


def _redaction(redaction: Redaction, page: int, mask: PathMask) -> Json:
    """Return what became of a file, with the regions of one of its pages."""
    output = None if redaction.output is None else mask.path(redaction.output)
    return {
        "output": output.text if output else None,
        **({"output_masked": True} if output and output.is_masked else {}),
        "sha256": redaction.sha256,
        "style": redaction.style.value if redaction.style else None,
        "regions": [_region(region) for region in (redaction.regions[page : page + 1] or ((),))[0]],
        "verification": _verification(redaction.verification) if redaction.verification else None,
        "outcome": redaction.outcome.value,
        "notes": list(redaction.notes),
    }


def _unpublished(redaction: Redaction, found: Container[Field]) -> Json:
    """Return why there is no result of a file, and what was found in the whole of it."""
    return {
        "reasons": list(dict.fromkeys(problem.kind for problem in redaction.problems)),
        "found": [field.value for field in Field if field in found],
    }


def _left_readable(result: RedactResult) -> Json:
    from idscan.redact.plan import HIDDEN_FIELDS  # noqa: PLC0415  loads the imaging libraries

    left = left_readable(result, HIDDEN_FIELDS)
    return {
        "fields": [field.value for field in left.fields],
        "hidden_by": {fields.value: [field.value for field in hidden] for fields, hidden in left.hidden_by},
    }


def _region(region: Region) -> Json:
    return {
        "field": region.field.value if region.field else None,
        "quad": quad_json(region.quad),
        "rule": region.rule.value,
    }


def _verification(verification: Verification) -> Json:
    return {
        "passed": verification.passed,
        "rounds": verification.rounds,
        "engines": list(verification.engines),
    }


def _of_verify(result: VerifyResult, mask: PathMask) -> Additions:
    leaks = dict(result.leaks)

    def of_image(image: ImageResult) -> Json:
        return {"leaks": [_leak(leak, mask) for leak in leaks.get(image.ref, ())]}

    return Additions(summary={"leaking_images": sum(map(bool, leaks.values()))}, of_image=of_image)


def _leak(leak: Leak, mask: PathMask) -> Json:
    return {
        "kind": leak.kind,
        "field": leak.field.value if leak.field else None,
        "quad": quad_json(leak.quad) if leak.quad else None,
        "message": mask.message(leak.message),
    }

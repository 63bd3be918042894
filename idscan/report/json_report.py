"""JSON reports of scan, redact and verify (schema 1)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from idscan import __version__
from idscan.core.enums import Field, Outcome
from idscan.core.types import RedactResult, VerifyResult
from idscan.report.masking import shown
from idscan.report.registry import scan_of
from idscan.report.verdicts import Summary, left_readable

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from datetime import datetime
    from typing import TextIO

    from idscan.core.enums import Where
    from idscan.core.geometry import Quad
    from idscan.core.types import (
        Card,
        Colour,
        Finding,
        ImageResult,
        Leak,
        Problem,
        Redaction,
        Region,
        ScanResult,
        Skipped,
        Verification,
    )
    from idscan.report.masking import PathMask
    from idscan.report.registry import ReportOptions, RunResult

_COORDINATE_DECIMALS = 2
"""Decimals of pixels. Lower: outlines are coarser; higher: longer reports without use."""
_CONFIDENCE_DECIMALS = 4
"""Decimals of confidences. Lower: close ones look equal; higher: longer reports without use."""
_SHARE_DECIMALS = 3
"""Decimals of shares. Lower: small ones become zero; higher: longer reports without use."""
Json: TypeAlias = dict[str, Any]


def problem_json(problem: Problem, mask: PathMask) -> Json:
    """Return a problem; its place only where it has one."""
    return {
        "stage": problem.stage,
        "kind": problem.kind,
        "message": mask.message(problem.message),
        **({} if problem.quad is None else {"quad": quad_json(problem.quad)}),
        **({} if problem.share is None else {"share": round(problem.share, _SHARE_DECIMALS)}),
    }


def quad_json(quad: Quad) -> list[list[float]]:
    """Return the corners, to a hundredth of a pixel."""
    # Adding zero turns -0.0 into 0.0, which is one spelling less.
    return [[round(x, _COORDINATE_DECIMALS) + 0.0, round(y, _COORDINATE_DECIMALS) + 0.0] for x, y in quad]


def confidence_json(confidence: float) -> float:
    """Return a confidence without digits that mean nothing."""
    return round(confidence, _CONFIDENCE_DECIMALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """Keys that a kind of run adds.

    Attributes:
        settings: to the settings of the run.
        summary: to the summary.
        document: to the report as a whole.
        of_image: to an image.
        problems_of: further problems of an image.
    """

    settings: Json = field(default_factory=dict)
    summary: Json = field(default_factory=dict)
    document: Json = field(default_factory=dict)
    of_image: Callable[[ImageResult], Json] = lambda _image: {}
    problems_of: Callable[[ImageResult], tuple[Problem, ...]] = lambda _image: ()


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
        left = {} if redaction.is_published else _unpublished_json(redaction, found.get(redaction.path, set()))
        return {"redaction": {**_redaction_json(redaction, image.ref.page, mask), **left}}

    return Additions(
        settings={
            "style": settings.style.value,
            "fields": settings.fields.value,
            "clean": settings.clean.value,
            "color": colour_json(settings.colour),
        },
        summary={outcome.value: outcomes[outcome] for outcome in Outcome},
        document={
            "telling_folders": [_folder_json(folder, mask) for folder in result.telling_folders],
            "left_readable": _left_readable(result),
        },
        of_image=of_image,
        problems_of=problems_of,
    )


def _folder_json(folder: str, mask: PathMask) -> Json:
    path = mask.path(folder)
    return {"path": path.text, **({"path_masked": True} if path.is_masked else {})}


def colour_json(colour: Colour) -> str:
    """Return a colour as the command line takes it.

    >>> colour_json((255, 128, 0))
    '#ff8000'
    """
    return "#" + bytes(colour).hex()


def _redaction_json(redaction: Redaction, page: int, mask: PathMask) -> Json:
    """Return what became of a file, with the regions of one of its pages."""
    output = None if redaction.output is None else mask.path(redaction.output)
    return {
        "output": output.text if output else None,
        **({"output_masked": True} if output and output.is_masked else {}),
        "sha256": redaction.sha256,
        "style": redaction.style.value if redaction.style else None,
        "regions": [_region_json(region) for region in (redaction.regions[page : page + 1] or ((),))[0]],
        "verification": _verification_json(redaction.verification) if redaction.verification else None,
        "outcome": redaction.outcome.value,
        "notes": list(redaction.notes),
    }


def _unpublished_json(redaction: Redaction, found: Container[Field]) -> Json:
    """Return why there is no result of a file, and what was found in the whole of it."""
    return {
        "reasons": list(dict.fromkeys(problem.kind for problem in redaction.problems)),
        "found": [field.value for field in Field if field in found],
    }


def _left_readable(result: RedactResult) -> Json:
    from idscan.redact.plan import HIDDEN_FIELDS

    left = left_readable(result, HIDDEN_FIELDS)
    return {
        "fields": [field.value for field in left.fields],
        "hidden_by": {fields.value: [field.value for field in hidden] for fields, hidden in left.hidden_by},
    }


def _region_json(region: Region) -> Json:
    return {
        "field": region.field.value if region.field else None,
        "quad": quad_json(region.quad),
        "rule": region.rule.value,
    }


def _verification_json(verification: Verification) -> Json:
    return {"passed": verification.passed, "rounds": verification.rounds, "engines": list(verification.engines)}


def _of_verify(result: VerifyResult, mask: PathMask) -> Additions:
    leaks = dict(result.leaks)

    def of_image(image: ImageResult) -> Json:
        return {"leaks": [_leak_json(leak, mask) for leak in leaks.get(image.ref, ())]}

    return Additions(summary={"leaking_images": sum(map(bool, leaks.values()))}, of_image=of_image)


def _leak_json(leak: Leak, mask: PathMask) -> Json:
    return {
        "kind": leak.kind,
        "field": leak.field.value if leak.field else None,
        "quad": quad_json(leak.quad) if leak.quad else None,
        "message": mask.message(leak.message),
    }


SCHEMA_VERSION = 1
"""Version of the report's structure; an incompatible change increases it."""


def write(result: RunResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the report; one image per line, so that a run of 10^5 needs no second copy in memory."""
    mask = options.mask_for(result)
    additions = additions_of(result, mask)
    scan = scan_of(result)
    stream.write(f'{{"schema_version": {SCHEMA_VERSION},\n')
    stream.write(f' "tool": {_line({"name": "idscan", "version": __version__})},\n')
    stream.write(f' "run": {_line(_run_json(scan, additions, options))},\n')
    stream.write(f' "summary": {_line({**_summary_json(scan), **additions.summary})},\n')
    stream.write(' "images": [')
    _write_lines(stream, (_image_json(image, mask, additions, options) for image in scan.images))
    stream.write('],\n "skipped": [')
    _write_lines(stream, (_skipped_json(entry, mask) for entry in scan.skipped))
    stream.write("]")
    stream.writelines(f',\n "{key}": {_line(value)}' for key, value in additions.document.items())
    stream.write("}\n")


def _write_lines(stream: TextIO, entries: Iterable[Json]) -> None:
    for position, entry in enumerate(entries):
        stream.write(",\n  " if position else "\n  ")
        stream.write(_line(entry))


def _line(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _run_json(result: ScanResult, additions: Additions, options: ReportOptions) -> Json:
    times = {"started_at": _timestamp(result.started_at), "finished_at": _timestamp(result.finished_at)}
    settings = result.settings
    return {
        **({} if options.reproducible else times),
        "settings": {
            "effort": settings.effort.value,
            "required_engines": list(settings.required_engines),
            "max_pixels": settings.max_pixels,
            "working_pixels": settings.working_pixels,
            "max_pages": settings.max_pages,
            **additions.settings,
        },
        "engines": [{"name": engine.name, "version": engine.version} for engine in result.engines],
        "revealed": options.reveal,
    }


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _summary_json(result: ScanResult) -> Json:
    summary = Summary.of(result)
    return {
        "files": summary.files,
        "images": summary.images,
        "exposed_images": summary.exposed_images,
        "cards": summary.cards,
        "people": summary.people,
        "unreadable": summary.unreadable,
        "unexamined": summary.unexamined,
        "skipped": summary.skipped,
    }


def _image_json(image: ImageResult, mask: PathMask, additions: Additions, options: ReportOptions) -> Json:
    path = mask.path(image.ref.path)
    member = mask.path(image.ref.member)
    return {
        "path": path.text,
        **({"path_masked": True} if path.is_masked or member.is_masked else {}),
        "member": member.text or None,
        "page": image.ref.page,
        "sha256": image.info.sha256,
        "format": image.info.format,
        "width": image.info.width,
        "height": image.info.height,
        "cards": [_card_json(card, part.where, options) for part in image.parts for card in part.cards],
        "findings": [
            {**_finding_json(finding, part.where, options), "person": finding.person}
            for part in image.parts
            for finding in part.findings
        ],
        "problems": [problem_json(problem, mask) for problem in (*image.problems, *additions.problems_of(image))],
        **additions.of_image(image),
    }


def _card_json(card: Card, where: Where | None, options: ReportOptions) -> Json:
    return {
        "kind": card.kind.value,
        "side": card.side.value,
        "quad": quad_json(card.quad),
        **({"mirrored": True} if card.mirrored else {}),
        "confidence": confidence_json(card.confidence),
        "person": card.person,
        **({} if where is None else {"where": where.value}),
        "findings": [_finding_json(finding, where, options) for finding in card.findings],
    }


def _finding_json(finding: Finding, where: Where | None, options: ReportOptions) -> Json:
    return {
        "field": finding.field.value,
        "value": shown(finding.field, finding.value, reveal=options.reveal),
        "quad": quad_json(finding.quad) if finding.quad else None,
        "confidence": confidence_json(finding.confidence),
        "verified": finding.verified,
        "seen_by": [source.value for source in finding.seen_by],
        "places": [
            {"quad": quad_json(place.quad), "by": place.by.value, "confidence": confidence_json(place.confidence)}
            for place in finding.places
        ],
        "conflicts": [
            {"by": conflict.by.value, "value": shown(finding.field, conflict.value, reveal=options.reveal)}
            for conflict in finding.conflicts
        ],
        **({} if finding.px_per_module is None else {"px_per_module": round(finding.px_per_module, 2)}),
        **({} if where is None else {"where": where.value}),
        **({"without_diacritics": True} if finding.without_diacritics else {}),
        **({"truncated": True} if finding.is_truncated else {}),
    }


def _skipped_json(entry: Skipped, mask: PathMask) -> Json:
    path = mask.path(entry.path)
    return {
        "path": path.text,
        **({"path_masked": True} if path.is_masked else {}),
        "reason": mask.message(entry.reason),
        **({"unreadable": True} if entry.is_unreadable else {}),
    }

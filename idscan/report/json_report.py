"""The JSON report, schema 1: for machines, the same bytes for the same input and settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from idscan import __version__
from idscan.report.masking import shown
from idscan.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import TextIO

    from idscan.core.geometry import Quad
    from idscan.core.results import Card, Finding, ImageResult, Problem, ScanResult, Skipped
    from idscan.report.options import ReportOptions
    from idscan.report.paths import PathMask

SCHEMA_VERSION = 1
SCHEMA_FILE = "scan-1.schema.json"

_COORDINATE_DECIMALS = 2
_CONFIDENCE_DECIMALS = 4

Json: TypeAlias = dict[str, Any]


def write(result: ScanResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the report; one picture per line, so that a run of 10^5 needs no second copy in memory."""
    mask = options.mask_for(result)
    stream.write(f'{{"schema_version": {SCHEMA_VERSION},\n')
    stream.write(f' "tool": {_line({"name": "idscan", "version": __version__})},\n')
    stream.write(f' "run": {_line(_run(result, options))},\n')
    stream.write(f' "summary": {_line(_summary(result))},\n')
    stream.write(' "images": [')
    _write_lines(stream, (_image(image, mask, options) for image in result.images))
    stream.write('],\n "skipped": [')
    _write_lines(stream, (_skipped(entry, mask) for entry in result.skipped))
    stream.write("]}\n")


def _write_lines(stream: TextIO, entries: Iterable[Json]) -> None:
    for position, entry in enumerate(entries):
        stream.write(",\n  " if position else "\n  ")
        stream.write(_line(entry))


def _line(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _run(result: ScanResult, options: ReportOptions) -> Json:
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
        },
        "engines": [{"name": engine.name, "version": engine.version} for engine in result.engines],
        "revealed": options.reveal,
    }


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _summary(result: ScanResult) -> Json:
    summary = Summary.of(result)
    return {
        "files": summary.files,
        "images": summary.images,
        "exposed_images": summary.exposed_images,
        "cards": summary.cards,
        "people": summary.people,
        "unreadable": summary.unreadable,
        "skipped": summary.skipped,
    }


def _image(image: ImageResult, mask: PathMask, options: ReportOptions) -> Json:
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
        "cards": [_card(card, options) for card in image.cards],
        "findings": [{**_finding(finding, options), "person": finding.person} for finding in image.findings],
        "problems": [_problem(problem, mask) for problem in image.problems],
    }


def _card(card: Card, options: ReportOptions) -> Json:
    return {
        "kind": card.kind.value,
        "side": card.side.value,
        "quad": _quad(card.quad),
        **({"mirrored": True} if card.mirrored else {}),
        "confidence": _confidence(card.confidence),
        "person": card.person,
        "findings": [_finding(finding, options) for finding in card.findings],
    }


def _finding(finding: Finding, options: ReportOptions) -> Json:
    return {
        "field": finding.field.value,
        "value": shown(finding.field, finding.value, reveal=options.reveal),
        "quad": _quad(finding.quad) if finding.quad else None,
        "confidence": _confidence(finding.confidence),
        "verified": finding.verified,
        "seen_by": [source.value for source in finding.seen_by],
        "places": [
            {"quad": _quad(place.quad), "by": place.by.value, "confidence": _confidence(place.confidence)}
            for place in finding.places
        ],
        "conflicts": [
            {"by": conflict.by.value, "value": shown(finding.field, conflict.value, reveal=options.reveal)}
            for conflict in finding.conflicts
        ],
        **({} if finding.px_per_module is None else {"px_per_module": round(finding.px_per_module, 2)}),
    }


def _problem(problem: Problem, mask: PathMask) -> Json:
    return {"stage": problem.stage, "kind": problem.kind, "message": mask.message(problem.message)}


def _skipped(entry: Skipped, mask: PathMask) -> Json:
    path = mask.path(entry.path)
    return {
        "path": path.text,
        **({"path_masked": True} if path.is_masked else {}),
        "reason": mask.message(entry.reason),
        **({"unreadable": True} if entry.is_unreadable else {}),
    }


def _quad(quad: Quad) -> list[list[float]]:
    # Adding zero turns -0.0 into 0.0, which is one spelling less.
    return [[round(x, _COORDINATE_DECIMALS) + 0.0, round(y, _COORDINATE_DECIMALS) + 0.0] for x, y in quad]


def _confidence(confidence: float) -> float:
    return round(confidence, _CONFIDENCE_DECIMALS)

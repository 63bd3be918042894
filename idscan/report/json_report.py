"""The JSON report, schema 1: for machines, the same bytes for the same input and settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from idscan import __version__
from idscan.report.json_additions import additions_of
from idscan.report.json_parts import Json, confidence_json, problem_json, quad_json
from idscan.report.masking import shown
from idscan.report.options import scan_of
from idscan.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import TextIO

    from idscan.core.results import Card, Finding, ImageResult, ScanResult, Skipped
    from idscan.core.vocabulary import Where
    from idscan.report.json_additions import Additions
    from idscan.report.options import ReportOptions, RunResult
    from idscan.report.paths import PathMask

SCHEMA_VERSION = 1
SCHEMA_FILE = "scan-1.schema.json"


def write(result: RunResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the report; one picture per line, so that a run of 10^5 needs no second copy in memory."""
    mask = options.mask_for(result)
    additions = additions_of(result, mask)
    scan = scan_of(result)
    stream.write(f'{{"schema_version": {SCHEMA_VERSION},\n')
    stream.write(f' "tool": {_line({"name": "idscan", "version": __version__})},\n')
    stream.write(f' "run": {_line(_run(scan, additions, options))},\n')
    stream.write(f' "summary": {_line({**_summary(scan), **additions.summary})},\n')
    stream.write(' "images": [')
    _write_lines(stream, (_image(image, mask, additions, options) for image in scan.images))
    stream.write('],\n "skipped": [')
    _write_lines(stream, (_skipped(entry, mask) for entry in scan.skipped))
    stream.write("]")
    stream.writelines(f',\n "{key}": {_line(value)}' for key, value in additions.document.items())
    stream.write("}\n")


def _write_lines(stream: TextIO, entries: Iterable[Json]) -> None:
    for position, entry in enumerate(entries):
        stream.write(",\n  " if position else "\n  ")
        stream.write(_line(entry))


def _line(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _run(result: ScanResult, additions: Additions, options: ReportOptions) -> Json:
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


def _summary(result: ScanResult) -> Json:
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


def _image(image: ImageResult, mask: PathMask, additions: Additions, options: ReportOptions) -> Json:
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
        "cards": [_card(card, part.where, options) for part in image.parts for card in part.cards],
        "findings": [
            {**_finding(finding, part.where, options), "person": finding.person}
            for part in image.parts
            for finding in part.findings
        ],
        "problems": [problem_json(problem, mask) for problem in (*image.problems, *additions.problems_of(image))],
        **additions.of_image(image),
    }


def _card(card: Card, where: Where | None, options: ReportOptions) -> Json:
    return {
        "kind": card.kind.value,
        "side": card.side.value,
        "quad": quad_json(card.quad),
        **({"mirrored": True} if card.mirrored else {}),
        "confidence": confidence_json(card.confidence),
        "person": card.person,
        **({} if where is None else {"where": where.value}),
        "findings": [_finding(finding, where, options) for finding in card.findings],
    }


def _finding(finding: Finding, where: Where | None, options: ReportOptions) -> Json:
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


def _skipped(entry: Skipped, mask: PathMask) -> Json:
    path = mask.path(entry.path)
    return {
        "path": path.text,
        **({"path_masked": True} if path.is_masked else {}),
        "reason": mask.message(entry.reason),
        **({"unreadable": True} if entry.is_unreadable else {}),
    }

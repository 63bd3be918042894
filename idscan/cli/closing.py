"""The lines behind a report, for people: what to do next, and where the time went."""

from __future__ import annotations

import shlex
from collections import defaultdict
from typing import TYPE_CHECKING

from idscan.core.redaction import LEAKS_BESIDE
from idscan.core.vocabulary import Effort, Outcome
from idscan.report.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.cli.delivery import Delivery
    from idscan.core.redaction import Destination, RedactResult, VerifyResult
    from idscan.core.results import ScanResult
    from idscan.report.options import ReportOptions
    from idscan.report.paths import PathMask

_MOST_PATHS = 3
_OWN_READER = "viet-lines"


def closing_lines(result: ScanResult, paths: Sequence[str], options: ReportOptions, file: str | None) -> list[str]:
    """Return what to tell at the end of a scan.

    Args:
        result: the run.
        paths: what was scanned.
        options: decides whether paths may be named.
        file: where the report went, None for stdout.
    """
    mask = options.mask_for(result)
    lines = []
    if _OWN_READER not in {engine.name for engine in result.engines}:
        lines.append(_("Without idscan's own reader, names in print lack their tone marks; see: idscan doctor"))
    if file:
        lines.append(_written(file, mask))
    elif result.is_exposed:
        command = f"idscan scan -o findings.json {_arguments(paths, mask)}"
        lines.append(_("For every place and detail: {command}").format(command=command))
    elif result.images and result.settings.effort is not Effort.THOROUGH:
        command = f"idscan scan --effort thorough {_arguments(paths, mask)}"
        lines.append(_("To look harder: {command}").format(command=command))
    unexamined = dict.fromkeys(image.ref.path for image in result.images if image.is_readable and not image.is_examined)
    if unexamined:
        shown = ", ".join(_some(mask.path(path).text for path in unexamined))
        lines.append(_("Examined only in part; the report says why: {files}").format(files=shown))
    if result.is_exposed:
        lines.append(_("To hide it: {command}").format(command=f"idscan redact -o redacted {_arguments(paths, mask)}"))
    return lines


def redact_closing_lines(
    result: RedactResult, paths: Sequence[str], destination: Destination, delivery: Delivery
) -> list[str]:
    """Return what to tell at the end of a redaction.

    Args:
        result: the run.
        paths: what was redacted.
        destination: where results went.
        delivery: where the report went, and whether paths may be named.
    """
    mask = delivery.options.mask_for(result.scan)
    lines = [_written(delivery.file, mask)] if delivery.file else []
    copied = sum(redaction.outcome is Outcome.COPIED for redaction in result.redactions)
    if copied:
        warning = ngettext(
            "{count} picture was copied as it is, with its metadata (place, time, camera, thumbnail)",
            "{count} pictures were copied as they are, with their metadata (place, time, camera, thumbnail)",
            copied,
        )
        lines.append(warning.format(count=copied))
    leaking = [redaction for redaction in result.redactions if redaction.outcome is Outcome.LEAKS]
    beside = [redaction for redaction in leaking if any(problem.kind == LEAKS_BESIDE for problem in redaction.problems)]
    if len(beside) < len(leaking):
        lines.append(_("What still leaks may be hidden by --fields card, or by hand in another program"))
    if beside:
        lines.append(_("What leaks beside the pixels is left out by --clean strip"))
    if result.telling_folders:
        shown = ", ".join(_some(mask.path(folder).text for folder in result.telling_folders))
        lines.append(
            _("The names of these folders still give somebody away; rename them: {folders}").format(folders=shown)
        )
    if destination.backup_dir:
        shown = mask.path(destination.backup_dir).text
        lines.append(_("The originals in {folder} still show everything; keep them safe").format(folder=shown))
    if any(redaction.is_published for redaction in result.redactions):
        where = paths if destination.folder is None else [destination.folder]
        command = f"idscan verify {_arguments(where, mask)}"
        lines.append(_("Look at the pictures before you share them, then: {command}").format(command=command))
    return lines


def verify_closing_lines(result: VerifyResult, paths: Sequence[str], delivery: Delivery) -> list[str]:
    """Return what to tell at the end of a verification.

    Args:
        result: the run.
        paths: what was verified.
        delivery: where the report went, and whether paths may be named.
    """
    mask = delivery.options.mask_for(result.scan)
    lines = [_written(delivery.file, mask)] if delivery.file else []
    if any(leaks for _ref, leaks in result.leaks):
        command = f"idscan redact --fields card -o redacted {_arguments(paths, mask)}"
        lines.append(_("Do not share these; to hide what came back: {command}").format(command=command))
    return lines


def _some(names: Iterable[str]) -> list[str]:
    """Return the first of some names."""
    listed = list(names)
    return [*listed[:_MOST_PATHS], *(["..."] if len(listed) > _MOST_PATHS else [])]


def _written(file: str, mask: PathMask) -> str:
    return _("Report written to {file}, readable only for you").format(file=mask.path(file).text)


def statistics(result: ScanResult) -> str:
    """Return where the time went: for each stage its CPU seconds, share, mean over all pictures, and how many it saw.

    The last line tells the mean of all stages and the time that the run took.
    """
    seconds: dict[str, float] = defaultdict(float)
    reached: dict[str, int] = defaultdict(int)
    for image in result.images:
        for stage, spent in image.stage_seconds:
            seconds[stage] += spent
            reached[stage] += 1
    elapsed = (result.finished_at - result.started_at).total_seconds()
    count = max(1, len(result.images))
    total = sum(seconds.values())
    lines = []
    for stage in sorted(seconds, key=lambda stage: -seconds[stage]):
        spent = seconds[stage]
        pictures = ngettext("{count} picture", "{count} pictures", reached[stage]).format(count=reached[stage])
        share = spent / total if total else 0.0
        lines.append(f"{stage:<16}{spent:10.2f} s{share:7.1%}{1000 * spent / count:9.1f} ms  {pictures}")
    lines.append(
        _("{seconds:.3f} s of CPU per picture, {elapsed:.1f} s in all").format(seconds=total / count, elapsed=elapsed)
    )
    return "\n".join(lines)


def _arguments(paths: Sequence[str], mask: PathMask) -> str:
    """Return the paths as one would type them, or PATH... where they are many or not to be shown as they are."""
    are_plain = all(mask.path(path).text == path for path in paths)
    if len(paths) > _MOST_PATHS or not are_plain:
        return "PATH..."
    separator = ["--"] if any(path.startswith("-") for path in paths) else []
    return shlex.join([*separator, *paths])

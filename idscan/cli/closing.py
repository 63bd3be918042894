"""Closing lines for people and the exit code: the worst outcome decides."""

from __future__ import annotations

import contextlib
import shlex
import sys
from typing import TYPE_CHECKING

from idscan.core.enums import Effort, FieldSet, Outcome
from idscan.core.errors import ExitCode, IdscanError
from idscan.core.types import LEAKS_BESIDE
from idscan.engines.registry import READS_LINES, names_for
from idscan.report.messages import _, ngettext
from idscan.report.table import (
    LIKELY,
    failed_entries,
    full_name,
    leak_lines,
    leaking_entries,
    unexamined_entries,
    unreadable_entries,
)
from idscan.report.verdicts import left_readable, left_sentences, redact_verdict, scan_verdict, verify_verdict
from idscan.run.jobs import BUG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.cli.streams import Delivery
    from idscan.core.types import Destination, Finding, ImageResult, Problem, RedactResult, ScanResult, VerifyResult
    from idscan.report.masking import PathMask

PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.BUG,
    ExitCode.ENGINE_MISSING,
    ExitCode.STILL_LEAKS,
    ExitCode.CANNOT_WRITE,
    ExitCode.EXPOSED,
    ExitCode.UNREADABLE_INPUT,
    ExitCode.CLEAN,
)
"""From what outranks everything to what everything outranks; wrong usage ends a run before it starts."""

WRITING_PROBLEMS = frozenset({"cannot_write", "would_overwrite"})


class InterruptedRunError(IdscanError):
    """The user ended a run that leaves something behind."""

    exit_code = ExitCode.INTERRUPTED


@contextlib.contextmanager
def told_when_interrupted(message: str) -> Iterator[None]:
    """Name what an interrupted run leaves behind: raise InterruptedRunError in the place of KeyboardInterrupt."""
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptedRunError(message) from None


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that outranks the others."""
    return min(codes, key=PRECEDENCE.index)


def ending_of_scan(result: ScanResult, *, exit_zero: bool) -> ExitCode:
    """Return how a scan ends."""
    exposed = ExitCode.EXPOSED if result.is_exposed and not exit_zero else ExitCode.CLEAN
    return worst((_ending_of_reading(result), _ending_of_examining(result.images), exposed))


def ending_of_redact(result: RedactResult) -> ExitCode:
    """Return how a redaction ends: clean if everything that was found is hidden."""
    # What is built anew from its pixels has nothing in it that was not examined.
    copied = {redaction.path for redaction in result.redactions if redaction.outcome is Outcome.COPIED}
    codes = [
        _ending_of_reading(result.scan),
        _ending_of_examining(image for image in result.scan.images if image.ref.path in copied),
    ]
    for redaction in result.redactions:
        if redaction.outcome is Outcome.LEAKS:
            codes.append(ExitCode.STILL_LEAKS)
        elif redaction.outcome is Outcome.FAILED:
            codes.append(_ending_of_failure(redaction.problems))
    return worst(codes)


def ending_of_verify(result: VerifyResult) -> ExitCode:
    """Return how a verification ends."""
    leaking = any(leaks for _ref, leaks in result.leaks)
    codes = (_ending_of_reading(result.scan), _ending_of_examining(result.scan.images))
    return worst((*codes, ExitCode.STILL_LEAKS if leaking else ExitCode.CLEAN))


def _ending_of_examining(images: Iterable[ImageResult]) -> ExitCode:
    return ExitCode.CLEAN if all(image.is_examined for image in images) else ExitCode.UNREADABLE_INPUT


def _ending_of_reading(result: ScanResult) -> ExitCode:
    if any(problem.kind == BUG for image in result.images for problem in image.problems):
        return ExitCode.BUG
    return ExitCode.UNREADABLE_INPUT if result.unreadable else ExitCode.CLEAN


def _ending_of_failure(problems: Iterable[Problem]) -> ExitCode:
    kinds = {problem.kind for problem in problems}
    if BUG in kinds:
        return ExitCode.BUG
    return ExitCode.CANNOT_WRITE if kinds & WRITING_PROBLEMS else ExitCode.UNREADABLE_INPUT


_MOST_PATHS = 3
"""Paths named in one line. Lower: less is named at once; higher: lines become too long to read."""
_MOST_TOLD = 5
"""Entries listed before the rest is only counted. Lower: less is named at once; higher: the list fills the screen."""
_HELPED_BY_MORE_EFFORT = frozenset({"undecoded_symbol"})
"""Kinds of problems of an image that a thorough scan may still solve: it asks every reader of codes."""


def closing_lines(result: ScanResult, paths: Sequence[str], delivery: Delivery) -> list[str]:
    """Return the lines to print at the end of a scan of some paths."""
    mask = delivery.options.mask_for(result)
    lines = []
    if names_for(READS_LINES)[0] not in {engine.name for engine in result.engines}:
        lines.append(_("Without idscan's own reader, names in print lack their tone marks; see: idscan doctor"))
    lines += _delivered(delivery, mask)
    if not delivery.shows_table:
        lines.append(scan_verdict(result).text)
        lines += _troubles_of_reading(result, mask)
    elif result.is_exposed:
        command = f"idscan scan -o findings.json {_arguments(paths, mask)}"
        lines.append(_("For every place and detail: {command}").format(command=command))
    if _may_find_more(result):
        command = f"idscan scan --effort thorough {_arguments(paths, mask)}"
        lines.append(_("To look harder: {command}").format(command=command))
    unexamined = dict.fromkeys(image.ref.path for image in result.images if image.is_readable and not image.is_examined)
    if unexamined and delivery.shows_table:
        shown = ", ".join(_some(mask.path(path).text for path in unexamined))
        lines.append(_("Examined only in part; see the report for the reasons: {files}").format(files=shown))
    if result.is_exposed:
        lines.append(_("To hide it: {command}").format(command=f"idscan redact -o redacted {_arguments(paths, mask)}"))
    return lines


def redact_closing_lines(
    result: RedactResult, paths: Sequence[str], destination: Destination, delivery: Delivery
) -> list[str]:
    """Return the lines to print at the end of a redaction of some paths."""
    from idscan.redact.plan import HIDDEN_FIELDS

    mask = delivery.options.mask_for(result)
    lines = _delivered(delivery, mask)
    if not delivery.shows_table:
        lines += outcome_lines(result, delivery)
    copied = sum(redaction.outcome is Outcome.COPIED for redaction in result.redactions)
    if copied:
        warning = ngettext(
            "{count} picture was copied as it is, with its metadata (place, time, camera, thumbnail)",
            "{count} pictures were copied as they are, with their metadata (place, time, camera, thumbnail)",
            copied,
        )
        lines.append(warning.format(count=copied))
    lines += left_sentences(left_readable(result, HIDDEN_FIELDS))
    lines += _remedies_of_leaks(result)
    if result.telling_folders:
        shown = ", ".join(_some(mask.path(folder).text for folder in result.telling_folders))
        lines.append(
            _("The names of these folders still give somebody away; rename them: {folders}").format(folders=shown)
        )
    if destination.backup_dir and any(redaction.is_published for redaction in result.redactions):
        shown = mask.path(destination.backup_dir).text
        lines.append(_("The originals in {folder} still show everything; keep them safe").format(folder=shown))
    if any(redaction.is_published for redaction in result.redactions):
        where = paths if destination.folder is None else [destination.folder]
        command = f"idscan verify {_arguments(where, mask)}"
        lines.append(_("Look at the pictures before you share them, then: {command}").format(command=command))
    return lines


def outcome_lines(result: RedactResult, delivery: Delivery) -> list[str]:
    """Return what a redaction came to and what was not published, for people who do not see the table."""
    mask = delivery.options.mask_for(result)
    return [
        redact_verdict(result).text,
        *_listed(_("Still leaks, not published"), leaking_entries(result, mask)),
        *_listed(_("Could not be redacted"), failed_entries(result, mask)),
    ]


def verify_closing_lines(result: VerifyResult, paths: Sequence[str], delivery: Delivery) -> list[str]:
    """Return the lines to print at the end of a verification of some paths."""
    mask = delivery.options.mask_for(result.scan)
    lines = _delivered(delivery, mask)
    if not delivery.shows_table:
        lines.append(verify_verdict(result).text)
        came_back = [(full_name(ref, mask), "; ".join(leak_lines(leaks))) for ref, leaks in result.leaks]
        lines += _listed(_("Something came back"), [entry for entry in came_back if entry[1]])
        lines += _troubles_of_reading(result.scan, mask)
    if any(leaks for _ref, leaks in result.leaks):
        command = f"idscan redact --fields card -o redacted {_arguments(paths, mask)}"
        lines.append(_("Do not share these; to hide what came back: {command}").format(command=command))
    return lines


def _delivered(delivery: Delivery, mask: PathMask) -> list[str]:
    if not delivery.file:
        return []
    return [_("Report written to {file}, readable only for you").format(file=mask.path(delivery.file).text)]


def _troubles_of_reading(result: ScanResult, mask: PathMask) -> list[str]:
    """Return what could not be read, and what was read only in part."""
    return [
        *_listed(_("Could not be read"), unreadable_entries(result, mask)),
        *_listed(_("Examined only in part"), unexamined_entries(result.images, mask)),
    ]


def _listed(title: str, entries: Sequence[tuple[str, str]]) -> list[str]:
    """Return (path, reason) below a title with their count, up to a limit; nothing where there is none."""
    if not entries:
        return []
    rest = len(entries) - _MOST_TOLD
    return [
        _("{title}: {count}").format(title=title, count=len(entries)),
        *(f"  {path}  {reason}" for path, reason in entries[:_MOST_TOLD]),
        *([ngettext("  and {count} more", "  and {count} more", rest).format(count=rest)] if rest > 0 else []),
    ]


def _may_find_more(result: ScanResult) -> bool:
    """Return whether a thorough scan may find what this one did not."""
    if result.settings.effort is Effort.THOROUGH:
        return False
    readable = [image for image in result.images if image.is_readable]
    if result.settings.effort is Effort.FAST and not result.is_exposed:
        return bool(readable)
    return any(_is_uncertain(part) for image in readable for part in image.parts)


def _is_uncertain(image: ImageResult) -> bool:
    """Return whether a card, a code or a field was seen and not read, or is doubtful."""
    return (
        any(problem.kind in _HELPED_BY_MORE_EFFORT for problem in image.problems)
        or any(not any(finding.is_exposed for finding in card.findings) for card in image.cards)
        or any(_is_doubtful_finding(finding) for finding in image.shown_findings)
    )


def _is_doubtful_finding(finding: Finding) -> bool:
    return finding.is_exposed and (finding.value is None or finding.confidence < LIKELY or bool(finding.conflicts))


def _remedies_of_leaks(result: RedactResult) -> list[str]:
    """Return what may hide what still leaks, of the ways that were not tried."""
    leaking = [redaction for redaction in result.redactions if redaction.outcome is Outcome.LEAKS]
    beside = [redaction for redaction in leaking if any(problem.kind == LEAKS_BESIDE for problem in redaction.problems)]
    lines = []
    if len(beside) < len(leaking):
        paths = {redaction.path for redaction in leaking if redaction not in beside}
        # Cards that expose something were hidden as a whole before the file was given up.
        is_card_left = any(
            image.ref.path in paths and not any(finding.is_exposed for finding in card.findings)
            for image in result.scan.images
            for card in image.cards
        )
        if is_card_left and result.settings.fields is not FieldSet.CARD:
            lines.append(_("What still leaks may be hidden by --fields card, or by hand in another program"))
        else:
            lines.append(_("What still leaks has to be hidden by hand in another program"))
    if beside:
        lines.append(_("What leaks beside the pixels is left out by --clean strip"))
    return lines


def _some(names: Iterable[str]) -> list[str]:
    """Return the first of some names."""
    listed = list(names)
    return [*listed[:_MOST_PATHS], *(["..."] if len(listed) > _MOST_PATHS else [])]


def _arguments(paths: Sequence[str], mask: PathMask) -> str:
    """Return the paths as one would type them, or PATH... where they are many or not to be shown as they are."""
    are_plain = all(mask.path(path).text == path and _can_be_written(path) for path in paths)
    if len(paths) > _MOST_PATHS or not are_plain:
        return "PATH..."
    separator = ["--"] if any(path.startswith("-") for path in paths) else []
    return shlex.join([*separator, *paths])


def _can_be_written(path: str) -> bool:
    """Return whether the terminal has all letters of a path, which is no path with escapes in it."""
    try:
        path.encode(getattr(sys.stderr, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True

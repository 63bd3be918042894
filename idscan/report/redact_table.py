"""The table of `redact`: what was hidden in which image, and what a person has to look after."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from idscan.core.enums import Field, Outcome, Rule
from idscan.core.types import UNEXAMINED, ImageRef
from idscan.report.messages import OUTCOME_WORDS, STYLE_WORDS, _, ngettext, note_word, region_word
from idscan.report.table_parts import (
    field_words,
    full_name,
    open_console,
    pictures,
    print_counts,
    print_list,
    print_odd,
    print_skipped,
    print_verdict,
    reasons,
    tables_by_folder,
    unreadable_paths,
)
from idscan.report.verdicts import doubtful_published, redact_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from rich.console import Console

    from idscan.core.types import ImageResult, Redaction, RedactResult
    from idscan.report.masking import PathMask
    from idscan.report.registry import ReportOptions

_REPETITIONS = frozenset({Rule.PRINT, Rule.WATCHED, Rule.REST})
_MOST_ROUNDS = 9
"""More than there ever are; for the width of a column."""


def write(result: RedactResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the table; coloured on a terminal only."""
    print_table(result, open_console(stream), options)


def print_table(result: RedactResult, console: Console, options: ReportOptions) -> None:
    """Print the table on a console of rich's."""
    mask = options.mask_for(result)
    rows = [
        (ImageRef(entry.path), [(_hidden(entry, mask), _checked(entry))])
        for entry in result.redactions
        if any(entry.regions)
    ]
    if rows:
        columns = (
            (_("Hidden"), {"ratio": 1, "overflow": "fold"}),
            (_("Checked"), {"width": _checked_columns(), "no_wrap": True}),
        )
        for part in tables_by_folder(console, rows, columns, mask):
            console.print(part)
        if any(any(entry.regions) and entry.is_published for entry in result.redactions):
            console.print()
            console.print(Text(_(STYLE_WORDS[result.settings.style]), "dim"))
    print_list(console, _("Still leaks"), leaking_entries(result, mask), style="bold red")
    print_list(console, _("Could not be redacted"), failed_entries(result, mask), style="bold red")
    print_list(
        console, _("Folders whose names still give somebody away"), list(_folders(result, mask)), style="bold red"
    )
    print_odd(console, _odd_images(result), mask)
    _print_totals(console, result, mask)


def _odd_images(result: RedactResult) -> Iterator[ImageResult]:
    """Yield the images of which there are results, or would be, with the problems that these may still have."""
    copied = {redaction.path for redaction in result.redactions if redaction.outcome is Outcome.COPIED}
    for image in doubtful_published(result):
        if image.ref.path in copied:
            yield image
        else:
            yield replace(image, problems=tuple(each for each in image.problems if each.kind not in UNEXAMINED))


def _hidden(redaction: Redaction, mask: PathMask) -> Text:
    """Return what was hidden, in how many places, where the result is and what else changed.

    Of a file that is not published, what would have been hidden.
    """
    regions = [region for page in redaction.regions for region in page]
    # Text that repeats a field is no news to people beside the field; the JSON record has every region.
    named = [region for region in regions if region.field or region.rule not in _REPETITIONS]
    words = Counter(region_word(region) for region in named or regions)
    shown = ", ".join(words)
    text = Text(shown if redaction.is_published else _("would be hidden: {fields}").format(fields=shown))
    count = sum(words.values())
    details = [ngettext("{count} place", "{count} places", count).format(count=count), *_pages(redaction)]
    details += map(note_word, redaction.notes)
    text.append("\n" + ", ".join(details), "dim")
    if redaction.output not in {None, redaction.path}:
        text.append("\n" + _("to {path}").format(path=mask.path(redaction.output or "").text), "blue")
    return text


def _pages(redaction: Redaction) -> list[str]:
    count = len(redaction.regions)
    return [ngettext("{count} page", "{count} pages", count).format(count=count)] if count > 1 else []


def _checked(redaction: Redaction) -> Text:
    """Return whether something came back, and from which round on nothing did."""
    verification = redaction.verification
    if redaction.outcome is Outcome.LEAKS:
        return Text(_("still leaks"), "bold red")
    if not redaction.is_published:
        return Text(_("not published"), "bold red")
    if verification is None:
        return Text(_("by an earlier run"), "green")
    return Text(_("verified, round {rounds}").format(rounds=verification.rounds), "green")


def _checked_columns() -> int:
    words = (
        _("still leaks"),
        _("not published"),
        _("by an earlier run"),
        _("verified, round {rounds}").format(rounds=_MOST_ROUNDS),
    )
    return max(map(cell_len, words))


def leaking_entries(result: RedactResult, mask: PathMask) -> list[tuple[str, str]]:
    """Return (path, reason) of every file that still leaks and is not published."""
    return list(_unpublished(result, Outcome.LEAKS, mask))


def failed_entries(result: RedactResult, mask: PathMask) -> list[tuple[str, str]]:
    """Return (path, reason) of every file, folder and argument that could not be read or written."""
    return [*_unpublished(result, Outcome.FAILED, mask), *unreadable_paths(result.scan, mask)]


def _unpublished(result: RedactResult, outcome: Outcome, mask: PathMask) -> Iterator[tuple[str, str]]:
    """Yield each file of an outcome, with the reasons and what was found in it."""
    images: dict[str, list[ImageResult]] = {}
    for image in result.scan.images:
        images.setdefault(image.ref.path, []).append(image)
    for redaction in result.redactions:
        if redaction.outcome is outcome:
            pages = images.get(redaction.path, [])
            problems = redaction.problems or [problem for page in pages for problem in page.problems]
            told = (reasons(problems, mask).rstrip("."), _found_in(pages))
            yield full_name(ImageRef(redaction.path), mask), "; ".join(filter(None, told))


def _found_in(pages: Sequence[ImageResult]) -> str:
    """Return what was found in a file; "" where nothing of it could be read."""
    fields = {finding.field for page in pages for finding in page.all_findings}
    if fields:
        words = field_words(field for field in Field if field in fields)
        return _("found in it: {fields}").format(fields=words)
    return _("nothing found in what could be read of it") if any(page.is_readable for page in pages) else ""


def _folders(result: RedactResult, mask: PathMask) -> Iterator[tuple[str, str]]:
    for folder in result.telling_folders:
        yield mask.path(folder).text, _("other files lie in it, or it was named to be redacted itself; rename it")


def _print_totals(console: Console, result: RedactResult, mask: PathMask) -> None:
    print_verdict(console, redact_verdict(result))
    outcomes = Counter(redaction.outcome for redaction in result.redactions)
    told = [f"{outcomes[outcome]} {_(word)}" for outcome, word in OUTCOME_WORDS.items() if outcomes[outcome]]
    print_counts(console, [pictures(len(result.redactions)), *told])
    notes = Counter(note for redaction in result.redactions for note in redaction.notes)
    if notes:
        listed = ", ".join(f"{count} {note_word(note)}" for note, count in notes.most_common())
        console.print(Text(_("Changed besides: {changes}").format(changes=listed), "dim"))
    print_skipped(console, result.scan.skipped, mask)

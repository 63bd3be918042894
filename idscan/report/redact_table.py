"""The table of `redact`: what was hidden in which picture, and what a person has to look after."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from idscan.core.results import UNEXAMINED, ImageRef
from idscan.core.vocabulary import Outcome, Rule
from idscan.report.i18n import _, ngettext
from idscan.report.table_parts import (
    full_name,
    open_console,
    pictures,
    print_counts,
    print_list,
    print_odd,
    print_skipped,
    reasons,
    tables_by_folder,
    unreadable_paths,
)
from idscan.report.words import OUTCOME_WORDS, STYLE_WORDS, note_word, region_word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from rich.console import Console

    from idscan.core.redaction import Redaction, RedactResult
    from idscan.core.results import ImageResult, Problem
    from idscan.report.options import ReportOptions
    from idscan.report.paths import PathMask

_REPETITIONS = frozenset({Rule.PRINT, Rule.WATCHED, Rule.REST})
_MOST_ROUNDS = 9
"""More than there ever are; for the width of a column."""


def write(result: RedactResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the table; coloured on a terminal only."""
    print_table(result, open_console(stream), options)


def print_table(result: RedactResult, console: Console, options: ReportOptions) -> None:
    """Print the table on a console of rich's."""
    mask = options.mask_for(result)
    painted = [redaction for redaction in result.redactions if redaction.verification]
    if painted:
        rows = [(ImageRef(entry.path), [(_hidden(entry, mask), _checked(entry))]) for entry in painted]
        columns = (
            (_("Hidden"), {"ratio": 1, "overflow": "fold"}),
            (_("Checked"), {"width": _checked_columns(), "no_wrap": True}),
        )
        for part in tables_by_folder(console, rows, columns, mask):
            console.print(part)
        console.print()
        console.print(Text(_(STYLE_WORDS[result.settings.style]), "dim"))
    print_list(console, _("Still leaks"), list(_unpublished(result, Outcome.LEAKS, mask)), style="bold red")
    failures = [*_unpublished(result, Outcome.FAILED, mask), *unreadable_paths(result.scan, mask)]
    print_list(console, _("Could not be redacted"), failures, style="bold red")
    print_list(
        console, _("Folders whose names still give somebody away"), list(_folders(result, mask)), style="bold red"
    )
    print_odd(console, _published_images(result), mask)
    _print_totals(console, result, mask)


def _published_images(result: RedactResult) -> Iterator[ImageResult]:
    """Yield the images that were published, with the problems that their results may still have."""
    outcomes = {redaction.path: redaction.outcome for redaction in result.redactions if redaction.is_published}
    for image in result.scan.images:
        outcome = outcomes.get(image.ref.path)
        if outcome is Outcome.COPIED:
            yield image
        elif outcome is not None:
            # What stands besides the pixels is left out, examined or not.
            yield replace(image, problems=tuple(each for each in image.problems if each.kind not in UNEXAMINED))


def _hidden(redaction: Redaction, mask: PathMask) -> Text:
    """Return what was hidden, in how many places, where the result is and what else changed."""
    regions = [region for page in redaction.regions for region in page]
    # Text that says a field once more is no news to people beside the field; the JSON record has every region.
    named = [region for region in regions if region.field or region.rule not in _REPETITIONS]
    words = Counter(region_word(region) for region in named or regions)
    text = Text(", ".join(words))
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
    if verification is None or redaction.outcome is Outcome.LEAKS:
        return Text(_("still leaks"), "bold red")
    if redaction.outcome is Outcome.FAILED:
        return Text(_("not published"), "bold red")
    return Text(_("verified, round {rounds}").format(rounds=verification.rounds), "green")


def _checked_columns() -> int:
    words = (_("still leaks"), _("not published"), _("verified, round {rounds}").format(rounds=_MOST_ROUNDS))
    return max(map(cell_len, words))


def _unpublished(result: RedactResult, outcome: Outcome, mask: PathMask) -> Iterator[tuple[str, str]]:
    """Yield each file of an outcome, with the reasons."""
    found: dict[str, list[Problem]] = {}
    for image in result.scan.images:
        found.setdefault(image.ref.path, []).extend(image.problems)
    for redaction in result.redactions:
        if redaction.outcome is outcome:
            problems = redaction.problems or found.get(redaction.path, ())
            yield full_name(ImageRef(redaction.path), mask), reasons(problems, mask)


def _folders(result: RedactResult, mask: PathMask) -> Iterator[tuple[str, str]]:
    for folder in result.telling_folders:
        yield mask.path(folder).text, _("other files lie in it, or it was named to be redacted itself; rename it")


def _print_totals(console: Console, result: RedactResult, mask: PathMask) -> None:
    console.print()
    console.print(_verdict(result))
    outcomes = Counter(redaction.outcome for redaction in result.redactions)
    told = [f"{outcomes[outcome]} {_(word)}" for outcome, word in OUTCOME_WORDS.items() if outcomes[outcome]]
    print_counts(console, [pictures(len(result.redactions)), *told])
    notes = Counter(note for redaction in result.redactions for note in redaction.notes)
    if notes:
        listed = ", ".join(f"{count} {note_word(note)}" for note, count in notes.most_common())
        console.print(Text(_("Changed besides: {changes}").format(changes=listed), "dim"))
    print_skipped(console, result.scan.skipped, mask)


def _verdict(result: RedactResult) -> Text:
    if result.leaks:
        many = ngettext(
            "{count} picture still gives something away and was not published.",
            "{count} pictures still give something away and were not published.",
            result.leaks,
        )
        return Text(many.format(count=result.leaks), "bold red")
    if (result.failed or result.scan.unreadable) and not any(entry.is_published for entry in result.redactions):
        return Text(_("Nothing was published; the reasons stand above."), "bold red")
    if result.failed or result.scan.unreadable:
        return Text(
            _("Not every picture could be published; in the others all that was found is hidden."), "bold yellow"
        )
    if result.telling_folders:
        return Text(
            _("All that was found in pictures is hidden; names of folders still give somebody away."), "bold yellow"
        )
    if any(redaction.outcome is Outcome.REDACTED for redaction in result.redactions):
        return Text(_("Everything that was found is hidden."), "bold green")
    return Text(_("Nothing found that gives a person away."), "bold green")

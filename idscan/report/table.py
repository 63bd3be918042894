"""Tables of `scan`, `redact` and `verify` for people: images grouped by folder, then lists, verdict and counts."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from idscan.core.enums import NUMBER_FIELDS, PAYLOAD_FIELDS, Field, Outcome, Rule
from idscan.core.types import BESIDE, UNEXAMINED, ImageRef, RedactResult, VerifyResult
from idscan.report.masking import shown
from idscan.report.messages import (
    OUTCOME_WORDS,
    _,
    card_words,
    field_word,
    leak_words,
    ngettext,
    note_word,
    region_word,
    translated,
    where_word,
)
from idscan.report.verdicts import (
    Summary,
    doubtful_published,
    is_exposed_or_doubtful,
    redact_verdict,
    scan_verdict,
    verify_verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

    from idscan.core.types import Finding, ImageResult, Leak, Problem, Redaction, ScanResult, Skipped
    from idscan.report.masking import PathMask
    from idscan.report.registry import ReportOptions, RunResult
    from idscan.report.verdicts import Verdict

PIPED_COLUMNS = 100
"""Width where there is no terminal and COLUMNS is not set."""
MOST_LISTED = 20
"""Entries of a list below the table. Lower: less is named; higher: the list fills the screen. JSON has all of them."""
_LEAST_NAME_COLUMNS = 16
"""Characters. Lower: file names are broken into pieces; higher: narrow terminals have less room for the rest."""
_NARROW = 72
"""Characters of a terminal below which the card's column is halved, so that findings have room."""
_GAPS = 6
"""Characters between the four columns: a space of the table's and one of padding for each of three gaps."""
_CARD_COLUMNS = 18
"""Characters, half as many in a narrow terminal. Lower: names of cards are broken; higher: values have less room."""
_REMEDY_COLUMNS = 23
"""Characters. Lower: options are broken over lines; higher: the other columns have less room."""
_MOST_ROUNDS = 9
"""Rounds of redaction, more than there ever are; for the width of a column."""
SURE = 0.9
"""Confidence from which a value counts as sure. Lower: doubtful ones look sure; higher: nearly all look doubtful."""
LIKELY = 0.6
"""Confidence from which a value counts as likely, and below it as unsure; off by much, the word misleads."""
_INDENT = "  "
_IMAGE_FIELDS = frozenset({Field.PORTRAIT, Field.FINGERPRINT})
"""Fields that have no text to be read."""
_REPETITIONS = frozenset({Rule.PRINT, Rule.WATCHED, Rule.REST})
"""Rules whose regions repeat a field; people see the field, the JSON record every region."""


def write(result: RunResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the table of a run; coloured on a terminal only."""
    width = None if stream.isatty() else shutil.get_terminal_size((PIPED_COLUMNS, 0)).columns
    console = Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
    print_table(result, console, options)


def print_table(result: RunResult, console: Console, options: ReportOptions) -> None:
    """Print the table on a console of rich's."""
    mask = options.mask_for(result)
    if isinstance(result, RedactResult):
        _print_redact(result, console, mask)
    elif isinstance(result, VerifyResult):
        _print_verify(result, console, mask)
    else:
        _print_scan(result, console, mask, reveal=options.reveal)


# Scan: one row per card of an exposed image and per person outside cards.


@dataclass(frozen=True, slots=True)
class Wording:
    """How findings are written.

    Attributes:
        verified: sign of a decoded code, a right check digit or two readings that agree.
        disputed: sign of readings that disagree.
        reveal: whether values are shown.
        columns: width of a line in characters.
        unsure: sign of a low confidence.
    """

    verified: str
    disputed: str
    reveal: bool
    columns: int
    unsure: str = "?"

    def legend(self) -> str:
        """Return the meaning of the signs."""
        meanings = (
            (self.verified, _("confirmed by a code, a check digit or a second reading")),
            (self.disputed, _("readings disagree")),
            (self.unsure, _("unsure")),
        )
        return "   ".join(f"{sign} {meaning}" for sign, meaning in meanings)


def _print_scan(result: ScanResult, console: Console, mask: PathMask, *, reveal: bool) -> None:
    exposed = [image for image in result.images if image.is_exposed]
    if exposed:
        people = {folder: _people_in(images) for folder, images in _by_folder(result.images).items()}
        card_columns = _CARD_COLUMNS if console.width >= _NARROW else _CARD_COLUMNS // 2
        sure_columns = max(map(cell_len, (_("sure"), _("likely"), _("unsure")))) + len(" 100 %")
        name_columns = _name_columns(console, (image.ref for image in exposed), mask)
        room = console.width - name_columns - card_columns - sure_columns - _GAPS
        signs = ("✓", "≠") if console.encoding.lower().startswith("utf") else ("+", "!")
        wording = Wording(*signs, reveal, room)
        columns = (
            (_("Card"), {"width": card_columns}),
            (_("Gives away"), {"ratio": 1, "overflow": "fold"}),
            (_("How sure"), {"width": sure_columns, "no_wrap": True}),
        )
        rows = ((image.ref, [row for part in image.parts for row in _scan_rows(part, wording)]) for image in exposed)
        _print_by_folder(console, rows, columns, mask, people)
        console.print()
        console.print(Text(wording.legend(), "dim"))
        _print_people(console, result.images, people, mask)
    _print_unreadable(console, result, mask)
    # Problems of an exposed image are listed only where more may be exposed.
    odd = (image for image in result.images if image.is_readable and not (image.is_exposed and image.is_examined))
    _print_odd(console, odd, mask)
    _print_cards_seen(console, result.images, mask)
    # The rows are the verdict on an exposed run.
    _print_verdict(console, None if result.is_exposed else scan_verdict(result))
    _print_counts(console, _scan_counts(Summary.of(result)))
    _print_skipped(console, result.skipped, mask)


def _by_folder(images: Iterable[ImageResult]) -> dict[str, list[ImageResult]]:
    folders: dict[str, list[ImageResult]] = {}
    for image in images:
        folders.setdefault(_folder_of(image.ref.path), []).append(image)
    return dict(sorted(folders.items()))


def _people_in(images: Iterable[ImageResult]) -> int:
    return len(frozenset().union(*(image.persons for image in images)))


def _scan_rows(image: ImageResult, wording: Wording) -> Iterator[tuple[Text, ...]]:
    """Yield the rows of the pixels shown, or of another part of the file: card and person, findings, confidence."""
    place = "" if image.where is None else "\n" + where_word(image.where)
    for card in image.cards:
        name = Text.assemble(card_words(card.kind, card.side), (place, "italic"))
        yield _with_persons(name, [card.person]), _findings_text(card.findings, wording), _sure_text(card.confidence)
    by_record: dict[int | None, list[Finding]] = {}
    for finding in image.findings:
        by_record.setdefault(finding.record, []).append(finding)
    for findings in by_record.values():
        name = Text(place.strip() or _("outside a card"), "italic")
        persons = dict.fromkeys(finding.person for finding in findings)
        confidence = max(finding.confidence for finding in findings)
        yield _with_persons(name, persons), _findings_text(findings, wording), _sure_text(confidence)


def _with_persons(name: Text, persons: Iterable[str | None]) -> Text:
    known = [_("person {number}").format(number=person[1:]) for person in persons if person]
    return name.append("\n" + ", ".join(known), "cyan") if known else name


def _findings_text(findings: Sequence[Finding], wording: Wording) -> Text:
    """Return the fields that count, then, dimmed, the others; one per line where values are shown."""
    exposed = [_finding_text(finding, wording) for finding in findings if finding.is_exposed]
    others = [_finding_text(finding, wording) for finding in findings if not finding.is_exposed]
    if not wording.reveal:
        exposed = _packed(exposed, wording.columns)
        others = _packed(others, wording.columns, start=_("also") + " ")
    for text in others:
        text.stylize("dim")
    return Text("\n").join([*exposed, *others])


def _packed(items: Sequence[Text], columns: int, start: str = "") -> list[Text]:
    """Return lines of items with commas between them, broken between items and never within one."""
    lines: list[Text] = []
    for position, item in enumerate(items):
        word = item + ("," if position < len(items) - 1 else "")
        if lines and lines[-1].cell_len + 1 + word.cell_len <= columns:
            lines[-1] = Text.assemble(lines[-1], " ", word)
        else:
            lines.append(word if lines else Text.assemble(start, word))
    return lines


def _finding_text(finding: Finding, wording: Wording) -> Text:
    text = Text.assemble((field_word(finding.field), "bold" if finding.is_exposed else ""))
    value = _value_text(finding, reveal=wording.reveal)
    text.append(f" {value}" if value else "", "red" if finding.is_exposed else "")
    text.append(f" {_('(without diacritics)')}" if finding.without_diacritics else "")
    text.append(f" {_('(may be cut off)')}" if finding.is_truncated else "")
    text.append(" ")
    text.append(wording.verified if finding.verified else "", "green")
    text.append(wording.disputed if finding.conflicts else "", "yellow")
    text.append(wording.unsure if finding.confidence < LIKELY else "", "yellow")
    text.rstrip()
    return text


def _value_text(finding: Finding, *, reveal: bool) -> str | None:
    """Return what the table shows of a value: numbers, and everything but raw payloads where revealed."""
    if finding.value is None:
        return None if finding.field in _IMAGE_FIELDS else _("(not read)")
    if finding.field in NUMBER_FIELDS or (reveal and finding.field not in PAYLOAD_FIELDS):
        return shown(finding.field, finding.value, reveal=reveal)
    return None


def _sure_text(confidence: float) -> Text:
    if confidence >= SURE:
        word, style = _("sure"), "bold"
    elif confidence >= LIKELY:
        word, style = _("likely"), "yellow"
    else:
        word, style = _("unsure"), "dim"
    return Text.assemble((word, style), f" {int(confidence * 100)} %")


def _print_people(console: Console, images: Iterable[ImageResult], people: Mapping[str, int], mask: PathMask) -> None:
    """Print the folders with people, those with most of them first; nothing where it would only repeat."""
    crowded = sorted((folder for folder in people if people[folder]), key=lambda folder: -people[folder])
    if len(crowded) < 2:  # noqa: PLR2004  one folder's people stand in its heading
        return
    by_folder = _by_folder(images)
    table = _plain_table()
    table.add_column(_("People"), justify="right", no_wrap=True)
    table.add_column(_("Exposed pictures"), justify="right", no_wrap=True)
    table.add_column(_("Folder"), overflow="fold")
    for folder in crowded[:MOST_LISTED]:
        exposed = sum(image.is_exposed for image in by_folder[folder])
        share = _("{count} of {total}").format(count=exposed, total=len(by_folder[folder]))
        table.add_row(str(people[folder]), share, Text(mask.path(folder).text or ".", "blue"))
    console.print()
    console.print(table)
    _print_rest(console, len(crowded) - MOST_LISTED)


def _scan_counts(summary: Summary) -> Iterator[str]:
    yield _images_word(summary.images)
    if summary.exposed_images:
        give = ngettext("{count} gives something away", "{count} give something away", summary.exposed_images)
        yield give.format(count=summary.exposed_images)
    if summary.seen_images:
        yield ngettext(
            "{count} shows a card without number or name",
            "{count} show cards without number or name",
            summary.seen_images,
        ).format(count=summary.seen_images)
    yield _("{count} harmless").format(count=summary.harmless_images)
    if summary.doubtful_images:
        yield _("{count} to look at yourself").format(count=summary.doubtful_images)
    yield from _unread_counts(summary.unreadable, summary.unexamined)
    if summary.people:
        yield _people_word(summary.people)


def _people_word(count: int) -> str:
    return ngettext("{count} person", "{count} people", count).format(count=count)


# Redact: what was hidden in which file, and what a person has to look after.


def _print_redact(result: RedactResult, console: Console, mask: PathMask) -> None:
    painted = [redaction for redaction in result.redactions if any(redaction.regions)]
    if painted:
        rows = [
            (ImageRef(redaction.path), [(_hidden_text(redaction, mask), _checked_text(redaction))])
            for redaction in painted
        ]
        words = (
            _("still leaks"),
            _("not published"),
            _("by an earlier run"),
            _("verified, round {rounds}").format(rounds=_MOST_ROUNDS),
        )
        columns = (
            (_("Hidden"), {"ratio": 1, "overflow": "fold"}),
            (_("Checked"), {"width": max(map(cell_len, words)), "no_wrap": True}),
        )
        _print_by_folder(console, rows, columns, mask)
        if any(redaction.is_published for redaction in painted):
            from idscan.redact.fill import FILLS

            console.print()
            console.print(Text(_(FILLS[result.settings.style].words), "dim"))
    _print_list(console, _("Still leaks"), leaking_entries(result, mask), style="bold red")
    _print_list(console, _("Could not be redacted"), failed_entries(result, mask), style="bold red")
    remedy = _("other files lie in it, or it was named to be redacted itself; rename it")
    folders = [(mask.path(folder).text, remedy) for folder in result.telling_folders]
    _print_list(console, _("Folders whose names still give somebody away"), folders, style="bold red")
    _print_odd(console, _odd_results(result), mask)
    _print_verdict(console, redact_verdict(result))
    outcomes = Counter(redaction.outcome for redaction in result.redactions)
    counted = [f"{outcomes[outcome]} {_(word)}" for outcome, word in OUTCOME_WORDS.items() if outcomes[outcome]]
    _print_counts(console, [_images_word(len(result.redactions)), *counted])
    notes = Counter(note for redaction in result.redactions for note in redaction.notes)
    if notes:
        listed = ", ".join(f"{count} {note_word(note)}" for note, count in notes.most_common())
        console.print(Text(_("Changed besides: {changes}").format(changes=listed), "dim"))
    _print_skipped(console, result.scan.skipped, mask)


def _odd_results(result: RedactResult) -> Iterator[ImageResult]:
    """Yield the images of which there are results, or would be, with the problems that these may still have."""
    copied = {redaction.path for redaction in result.redactions if redaction.outcome is Outcome.COPIED}
    for image in doubtful_published(result):
        if image.ref.path in copied:
            yield image
        else:
            yield replace(image, problems=tuple(each for each in image.problems if each.kind not in UNEXAMINED))


def _hidden_text(redaction: Redaction, mask: PathMask) -> Text:
    """Return what was (or would have been) hidden, in how many places, the path of the result and other changes."""
    regions = [region for page in redaction.regions for region in page]
    named = [region for region in regions if region.field or region.rule not in _REPETITIONS]
    words = Counter(region_word(region) for region in named or regions)
    fields = ", ".join(words)
    text = Text(fields if redaction.is_published else _("would be hidden: {fields}").format(fields=fields))
    count, pages = sum(words.values()), len(redaction.regions)
    details = [ngettext("{count} place", "{count} places", count).format(count=count)]
    details += [ngettext("{count} page", "{count} pages", pages).format(count=pages)] if pages > 1 else []
    text.append("\n" + ", ".join([*details, *map(note_word, redaction.notes)]), "dim")
    if redaction.output not in {None, redaction.path}:
        text.append("\n" + _("to {path}").format(path=mask.path(redaction.output or "").text), "blue")
    return text


def _checked_text(redaction: Redaction) -> Text:
    """Return whether something came back, and from which round on nothing did."""
    verification = redaction.verification
    if redaction.outcome is Outcome.LEAKS:
        return Text(_("still leaks"), "bold red")
    if not redaction.is_published:
        return Text(_("not published"), "bold red")
    if verification is None:
        return Text(_("by an earlier run"), "green")
    return Text(_("verified, round {rounds}").format(rounds=verification.rounds), "green")


def leaking_entries(result: RedactResult, mask: PathMask) -> list[tuple[str, str]]:
    """Return (path, reason) of every file that still leaks and is not published."""
    return list(_unpublished(result, Outcome.LEAKS, mask))


def failed_entries(result: RedactResult, mask: PathMask) -> list[tuple[str, str]]:
    """Return (path, reason) of every file, folder and argument that could not be read or written."""
    return [*_unpublished(result, Outcome.FAILED, mask), *_unreadable_paths(result.scan, mask)]


def _unpublished(result: RedactResult, outcome: Outcome, mask: PathMask) -> Iterator[tuple[str, str]]:
    """Yield each file of an outcome, with the reasons and what was found in it."""
    images: dict[str, list[ImageResult]] = {}
    for image in result.scan.images:
        images.setdefault(image.ref.path, []).append(image)
    for redaction in result.redactions:
        if redaction.outcome is outcome:
            pages = images.get(redaction.path, [])
            problems = redaction.problems or [problem for page in pages for problem in page.problems]
            details = (_reasons(problems, mask).rstrip("."), _found_in(pages))
            yield full_name(ImageRef(redaction.path), mask), "; ".join(filter(None, details))


def _found_in(pages: Sequence[ImageResult]) -> str:
    """Return what was found in a file; "" where nothing of it could be read."""
    fields = {finding.field for page in pages for finding in page.all_findings}
    if fields:
        words = _field_words(field for field in Field if field in fields)
        return _("found in it: {fields}").format(fields=words)
    return _("nothing found in what could be read of it") if any(page.is_readable for page in pages) else ""


# Verify: what came back from which image.


def _print_verify(result: VerifyResult, console: Console, mask: PathMask) -> None:
    leaking = {ref: leaks for ref, leaks in result.leaks if leaks}
    if leaking:
        rows = [
            (ref, [(Text("\n".join(leak_lines(leaks)), "red"), Text(_remedy(leaks)))]) for ref, leaks in leaking.items()
        ]
        columns = (
            (_("Came back"), {"ratio": 1, "overflow": "fold"}),
            (_("Hide with idscan redact"), {"width": _REMEDY_COLUMNS, "overflow": "fold"}),
        )
        _print_by_folder(console, rows, columns, mask)
    _print_unreadable(console, result.scan, mask)
    others = [image for image in result.scan.images if image.ref not in leaking]
    _print_odd(console, (image for image in others if image.is_readable), mask)
    _print_cards_seen(console, others, mask)
    _print_verdict(console, verify_verdict(result))
    unread = _unread_counts(result.scan.unreadable, result.scan.unexamined)
    _print_counts(console, [_images_word(len(result.scan.images)), *unread])
    _print_skipped(console, result.scan.skipped, mask)


def leak_lines(leaks: Sequence[Leak]) -> list[str]:
    """Return one line for each way in which something came back, with all fields that did."""
    fields: dict[str, dict[Field, None]] = {}
    for leak in leaks:
        fields.setdefault(leak.kind, {}).update({leak.field: None} if leak.field else {})
    return [leak_words(kind, list(of_kind)) for kind, of_kind in fields.items()]


def _remedy(leaks: Sequence[Leak]) -> str:
    # Metadata is left out by every redaction.
    return "--clean strip" if all(leak.kind in BESIDE for leak in leaks) else "--fields card"


# Parts of all tables.


def _plain_table(**changes: Any) -> Table:  # noqa: ANN401  handed on to rich
    """Return a table without frame and with a line below its headings."""
    return Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="bold", **changes
    )


def _name_columns(console: Console, refs: Iterable[ImageRef], mask: PathMask) -> int:
    """Return how wide the column of names is: at most a third of the screen."""
    widest = max(cell_len(_name_of(ref, mask)) for ref in refs)
    return max(_LEAST_NAME_COLUMNS, min(widest, console.width // 3))


def _print_by_folder(
    console: Console,
    entries: Iterable[tuple[ImageRef, Sequence[tuple[Text, ...]]]],
    columns: Sequence[tuple[str, Mapping[str, Any]]],
    mask: PathMask,
    people: Mapping[str, int] | None = None,
) -> None:
    """Print a heading and a table per folder, all with the same columns, so that no run is too long to lay out.

    Args:
        console: where to.
        entries: images, at least one, each with its rows: the cells behind the image's name.
        columns: headings of these cells, with the options of rich for the column.
        mask: for names and folders.
        people: number of persons for the heading of a folder.
    """
    by_folder = sorted(entries, key=lambda entry: (_folder_of(entry[0].path), entry[0]))
    name_columns = _name_columns(console, (ref for ref, _rows in by_folder), mask)
    is_first = True
    for folder, group in groupby(by_folder, key=lambda entry: _folder_of(entry[0].path)):
        if not is_first:
            console.print()
        if folder:
            heading = Text(mask.path(folder).text, "bold blue", overflow="fold")
            count = (people or {}).get(folder, 0)
            console.print(heading.append("  " + _people_word(count), "not bold cyan") if count else heading)
        table = _plain_table(show_header=is_first, expand=True, leading=1)
        is_first = False
        table.add_column(_("Picture"), width=name_columns, overflow="fold")
        for title, options in columns:
            table.add_column(title, **options)
        for ref, rows in group:
            for position, cells in enumerate(rows):
                table.add_row(Text("" if position else _name_of(ref, mask)), *cells)
        console.print(table)


def _folder_of(path: str) -> str:
    """Return the folder part of a path, with its closing slash; "" where it has none."""
    return path[: path.rfind("/") + 1]


def _name_of(ref: ImageRef, mask: PathMask) -> str:
    """Return the name of an image within its folder."""
    name = mask.path(ref.path).text.rpartition("/")[2]
    if ref.member:
        name += f" > {mask.path(ref.member).text}"
    if ref.page or ref.pages > 1:
        name += " " + _("(page {page})").format(page=ref.page + 1)
    return name


def full_name(ref: ImageRef, mask: PathMask) -> str:
    """Return the whole path of an image."""
    return mask.path(_folder_of(ref.path)).text + _name_of(ref, mask)


def _reasons(problems: Iterable[Problem], mask: PathMask) -> str:
    """Return some problems in one line, each sentence once."""
    return "; ".join(dict.fromkeys(mask.message(translated(problem.message)) for problem in problems))


def _field_words(fields: Iterable[Field]) -> str:
    return ", ".join(dict.fromkeys(map(field_word, fields)))


def _print_unreadable(console: Console, result: ScanResult, mask: PathMask) -> None:
    """Print every image, folder and argument that could not be read, with the reason."""
    _print_list(console, _("Could not be read"), unreadable_entries(result, mask), style="bold red")


def unreadable_entries(result: ScanResult, mask: PathMask) -> list[tuple[str, str]]:
    """Return (path, reason) of every image, folder and argument that could not be read."""
    images = (image for image in result.images if not image.is_readable)
    return [
        *((full_name(image.ref, mask), _reasons(image.problems, mask)) for image in images),
        *_unreadable_paths(result, mask),
    ]


def unexamined_entries(images: Iterable[ImageResult], mask: PathMask) -> list[tuple[str, str]]:
    """Return (path, reason) of every readable image of which something was not examined."""
    return [
        (full_name(image.ref, mask), _reasons((each for each in image.problems if each.kind in UNEXAMINED), mask))
        for image in images
        if image.is_readable and not image.is_examined
    ]


def _unreadable_paths(result: ScanResult, mask: PathMask) -> Iterator[tuple[str, str]]:
    """Yield every folder and argument that could not be read, with the reason."""
    for entry in result.skipped:
        if entry.is_unreadable:
            yield mask.path(entry.path).text, mask.message(translated(entry.reason))


def _print_odd(console: Console, images: Iterable[ImageResult], mask: PathMask) -> None:
    """Print those of the images that were not read without trouble, up to a limit."""
    entries = [(full_name(image.ref, mask), _reasons(image.problems, mask)) for image in images if image.problems]
    _print_list(console, _("Look at these yourself"), entries, style="bold yellow", most=MOST_LISTED)


def _print_cards_seen(console: Console, images: Iterable[ImageResult], mask: PathMask) -> None:
    """Print the images whose cards give nobody away by themselves, with what they still show, up to a limit."""
    entries = [
        (full_name(image.ref, mask), _cards_seen(image))
        for image in images
        if not image.is_exposed and is_exposed_or_doubtful(image)
    ]
    title = _("Cards that show no number, name, birth date or code")
    _print_list(console, title, entries, style="bold yellow", most=MOST_LISTED)


def _cards_seen(image: ImageResult) -> str:
    """Return each card with the fields that it still shows, then what stands outside any card."""
    seen = [
        (card_words(card.kind, card.side), [finding.field for finding in card.findings])
        for part in image.parts
        for card in part.cards
    ]
    outside = [finding.field for part in image.parts for finding in part.findings]
    seen += [(_("outside a card"), outside)] if outside else []
    return "; ".join(f"{card}: {_field_words(fields)}" if fields else card for card, fields in seen)


def _print_list(
    console: Console, title: str, entries: Sequence[tuple[str, str]], *, style: str, most: int | None = None
) -> None:
    """Print (path, reason) below a title, up to a limit; nothing where there is none."""
    if not entries:
        return
    console.print()
    console.print(Text(title, style))
    for path, reason in entries[:most]:
        fits = cell_len(path) + cell_len(reason) + 2 * len(_INDENT) <= console.width
        between = _INDENT if fits else "\n" + 2 * _INDENT
        console.print(Text.assemble(_INDENT, path, between, (reason, "dim"), overflow="fold"))
    _print_rest(console, len(entries) - most if most else 0)


def _print_rest(console: Console, count: int) -> None:
    """Print how many entries of a list were left out, if any."""
    if count > 0:
        console.print(Text(ngettext("  and {count} more", "  and {count} more", count).format(count=count), "dim"))


def _print_verdict(console: Console, verdict: Verdict | None) -> None:
    console.print()
    if verdict is not None:
        console.print(Text(verdict.text, verdict.style))


def _print_counts(console: Console, parts: Iterable[str]) -> None:
    separator = " \N{MIDDLE DOT} " if console.encoding.startswith("utf") else ", "
    console.print(Text(separator.join(parts), "bold"))


def _unread_counts(unreadable: int, unexamined: int) -> Iterator[str]:
    if unreadable:
        yield _("{count} could not be read").format(count=unreadable)
    if unexamined:
        yield _("{count} examined only in part").format(count=unexamined)


def _print_skipped(console: Console, skipped: Iterable[Skipped], mask: PathMask) -> None:
    """Print how many paths were not looked at for which reasons, if any."""
    counts = Counter(mask.message(translated(entry.reason)) for entry in skipped if not entry.is_unreadable)
    if counts:
        listed = ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
        console.print(Text(_("Skipped: {reasons}").format(reasons=listed), "dim"))


def _images_word(count: int) -> str:
    """Return a count of images in words."""
    return ngettext("{count} picture", "{count} pictures", count).format(count=count)

"""Rows of the table: one per card of an exposed picture, one per person that stands outside any card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from idscan.core.vocabulary import NUMBER_FIELDS, PAYLOAD_FIELDS, Field
from idscan.report.i18n import _
from idscan.report.masking import shown
from idscan.report.words import card_words, field_word, where_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.core.results import Finding, ImageResult

SURE = 0.9
LIKELY = 0.6
"""Confidence from which a finding is called sure, and likely; below it is unsure."""

_PICTURE_FIELDS = frozenset({Field.PORTRAIT, Field.FINGERPRINT})
"""Fields that have no text to be read."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Signs behind a field.

    Attributes:
        verified: for a decoded code, a right check digit or two readings that agree.
        disputed: for readings that disagree.
        unsure: for a low confidence.
    """

    verified: str
    disputed: str
    unsure: str = "?"

    @classmethod
    def for_encoding(cls, encoding: str) -> Marks:
        """Return signs that the encoding has."""
        return cls("✓", "≠") if encoding.lower().startswith("utf") else cls("+", "!")

    def legend(self) -> str:
        """Return what the signs mean."""
        meanings = (
            (self.verified, _("confirmed by a code, a check digit or a second reading")),
            (self.disputed, _("readings disagree")),
            (self.unsure, _("unsure")),
        )
        return "   ".join(f"{sign} {meaning}" for sign, meaning in meanings)


@dataclass(frozen=True, slots=True)
class Wording:
    """How findings are put.

    Attributes:
        marks: signs behind fields.
        reveal: whether values are shown.
        columns: how wide a line may be.
    """

    marks: Marks
    reveal: bool
    columns: int = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        card: what it is and whose.
        findings: what it gives away.
        confidence: how sure, in a word and in per cent.
    """

    card: Text
    findings: Text
    confidence: Text


def rows_of(image: ImageResult, wording: Wording) -> Iterator[Row]:
    """Yield the rows of one picture: its pixels first, then what else its file carries."""
    for part in image.parts:
        yield from _rows_of_part(part, wording)


def _rows_of_part(image: ImageResult, wording: Wording) -> Iterator[Row]:
    place = "" if image.where is None else "\n" + where_word(image.where)
    for card in image.cards:
        name = Text.assemble(card_words(card.kind, card.side), (place, "italic"))
        yield Row(_with_persons(name, [card.person]), _findings(card.findings, wording), _sure(card.confidence))
    by_record: dict[int | None, list[Finding]] = {}
    for finding in image.findings:
        by_record.setdefault(finding.record, []).append(finding)
    for findings in by_record.values():
        persons = dict.fromkeys(finding.person for finding in findings)
        yield Row(
            _with_persons(Text(place.strip() or _("outside a card"), "italic"), persons),
            _findings(findings, wording),
            _sure(max(finding.confidence for finding in findings)),
        )


def _with_persons(name: Text, persons: Iterable[str | None]) -> Text:
    known = [_("person {number}").format(number=person[1:]) for person in persons if person]
    return name.append("\n" + ", ".join(known), "cyan") if known else name


def _findings(findings: Sequence[Finding], wording: Wording) -> Text:
    """Return the fields that count, then, dimmed, the others; one per line where values are shown."""
    exposed = [_finding(finding, wording) for finding in findings if finding.is_exposed]
    others = [_finding(finding, wording) for finding in findings if not finding.is_exposed]
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


def _finding(finding: Finding, wording: Wording) -> Text:
    text = Text.assemble((field_word(finding.field), "bold" if finding.is_exposed else ""))
    value = _value(finding, reveal=wording.reveal)
    if value:
        text.append(f" {value}", "red" if finding.is_exposed else "")
    for is_set, words in (
        (finding.without_diacritics, _("(without diacritics)")),
        (finding.is_truncated, _("(may be cut off)")),
    ):
        text.append(f" {words}" if is_set else "")
    signs = (
        (finding.verified, wording.marks.verified, "green"),
        (bool(finding.conflicts), wording.marks.disputed, "yellow"),
        (finding.confidence < LIKELY, wording.marks.unsure, "yellow"),
    )
    text.append(" ")
    for is_set, sign, style in signs:
        text.append(sign if is_set else "", style)
    text.rstrip()
    return text


def _value(finding: Finding, *, reveal: bool) -> str | None:
    """Return what the table shows of a value: numbers, and everything but raw payloads where revealed."""
    if finding.value is None:
        return None if finding.field in _PICTURE_FIELDS else _("(not read)")
    if finding.field in NUMBER_FIELDS or (reveal and finding.field not in PAYLOAD_FIELDS):
        return shown(finding.field, finding.value, reveal=reveal)
    return None


def sure_columns() -> int:
    """Return how wide "unsure 55 %" and the like may get in the reader's language."""
    return max(map(cell_len, (_("sure"), _("likely"), _("unsure")))) + len(" 100 %")


def _sure(confidence: float) -> Text:
    if confidence >= SURE:
        word, style = _("sure"), "bold"
    elif confidence >= LIKELY:
        word, style = _("likely"), "yellow"
    else:
        word, style = _("unsure"), "dim"
    return Text.assemble((word, style), f" {int(confidence * 100)} %")

"""Find the people of delimited text: an editor's view of a CSV file, or lines pasted from one, under a line of keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.labels import find_labels
from idscan.cards.numbers import CitizenNumber
from idscan.cards.pieces import JUNK, rows_of, span_of
from idscan.cards.values import PARSERS
from idscan.core import geometry
from idscan.core.readings import Fact
from idscan.core.secret import Secret
from idscan.core.vocabulary import Field, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.cards.labels import LabelMatch
    from idscan.core.readings import PrintedLine

_DELIMITERS = (re.compile(","), re.compile("[;:]"), re.compile(r"[|]"))
"""A semicolon is read as a colon where the print is small."""
_FEWEST_FIELDS = 3
"""Fields of a line of keys: a sentence that names two things has a comma, too."""
_FEWEST_KEYS = 2
"""Keys of a person's number, name and date of birth among them."""
_KEYS = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_+")
_LINE_NUMBER = re.compile(r"\d{1,5}[.)]?\s+")
"""The number that an editor prints in front of a line."""
_TWELVE = 12


class _Part(NamedTuple):
    """One field of a row: where it stands in the row's text."""

    start: int
    end: int


class _Row(NamedTuple):
    """Lines on one height as one text, and where each of them begins in it."""

    text: str
    lines: tuple[PrintedLine, ...]
    starts: tuple[int, ...]

    def parts(self, delimiter: re.Pattern[str]) -> list[_Part]:
        """Return the fields between delimiters."""
        lead = _LINE_NUMBER.match(self.text)
        position = lead.end() if lead else 0
        edges = [(match.start(), match.end()) for match in delimiter.finditer(self.text, position)]
        starts = [position, *(end for _, end in edges)]
        ends = [*(start for start, _ in edges), len(self.text)]
        return [_Part(start, end) for start, end in zip(starts, ends, strict=True)]

    def value(self, part: _Part) -> str:
        """Return a field without quotes and spaces around it."""
        return self.text[part.start : part.end].strip(JUNK)


class _Header(NamedTuple):
    delimiter: re.Pattern[str]
    keys: dict[int, LabelMatch]
    fields: int


def find_delimited(lines: Sequence[PrintedLine]) -> tuple[list[tuple[Fact, ...]], list[PrintedLine]]:
    """Return the people of delimited rows under a line of keys, and the lines that say so.

    Args:
        lines: upright lines of a page, those of such rows and others.
    """
    records: list[tuple[Fact, ...]] = []
    used: list[PrintedLine] = []
    header: _Header | None = None
    for row in map(_joined, rows_of(lines)):
        found = _header(row)
        if found is not None:
            header = found
            used += row.lines
        elif header is not None:
            facts = tuple(_facts(row, header))
            if any(fact.field is Field.NUMBER for fact in facts):
                records.append(facts)
                used += row.lines
    return (records, used) if records else ([], [])


def _joined(lines: Sequence[PrintedLine]) -> _Row:
    """Return the lines of a row as one text: a line that is set in columns is often found in parts."""
    text, starts = "", []
    for line in lines:
        text += " " if text else ""
        starts.append(len(text))
        text += line.text.reveal()
    return _Row(text, tuple(lines), tuple(starts))


def _header(row: _Row) -> _Header | None:
    """Return the keys of a line that names the fields of the rows under it."""
    for delimiter in _DELIMITERS:
        parts = row.parts(delimiter)
        if len(parts) < _FEWEST_FIELDS:
            continue
        found = {i: match for i, part in enumerate(parts) if (match := _key(row.value(part))) is not None}
        keys = {i: match for i, match in found.items() if match.field in _KEYS}
        fields = {match.field for match in keys.values()}
        if Field.NUMBER in fields and len(fields) >= _FEWEST_KEYS:
            return _Header(delimiter, keys, len(parts))
    return None


def _key(text: str) -> LabelMatch | None:
    """Return the label that a key of a data file stands for: "ho_ten", "hoTen", "Ngay sinh".

    >>> _key("ngay_sinh").field, _key("soCCCD").field, _key("dien_thoai")
    (<Field.DATE_OF_BIRTH: 'date_of_birth'>, <Field.NUMBER: 'number'>, None)
    """
    words = " ".join(_CAMEL.sub(" ", text).split())
    # Print begins labels with a capital; one in small letters may be a word of a sentence.
    matches = find_labels(words[:1].upper() + words[1:])
    return matches[0] if len(matches) == 1 and matches[0].is_whole else None


def _facts(row: _Row, header: _Header) -> Iterator[Fact]:
    """Yield what a row says of its person: by its place, or where a delimiter was misread by its form."""
    parts = row.parts(header.delimiter)
    is_whole = len(parts) == header.fields
    taken: set[int] = set()
    for index, match in header.keys.items():
        field = match.field
        if field is None:
            continue
        for i in [index] if is_whole else range(len(parts)):
            value = PARSERS[field](row.value(parts[i])) if i < len(parts) and i not in taken else None
            if value is not None and (field is not Field.NUMBER or _is_number(value, match)):
                taken.add(i)
                yield _fact(field, value, row, parts[i])
                break


def _is_number(value: str, match: LabelMatch) -> bool:
    """Return whether a number has as many digits as its key says; one under a common key needs the right structure."""
    if len(value) not in match.label.digits:
        return False
    number = CitizenNumber.parse(value) if len(value) == _TWELVE else None
    return not (match.label.needs_likely or match.label.is_strict) or (number is not None and number.is_likely)


def _fact(field: Field, value: str, row: _Row, part: _Part) -> Fact:
    text = row.text[part.start : part.end]
    start = part.start + len(text) - len(text.lstrip(JUNK))
    end = part.end - (len(text) - len(text.rstrip(JUNK)))
    quads, confidences = [], []
    for line, first in zip(row.lines, row.starts, strict=True):
        low, high = max(start, first), min(end, first + len(line.text))
        if low < high:
            quads.append(span_of(line, low - first, high - first))
            confidences.append(line.confidence)
    return Fact(
        field=field,
        value=Secret(value),
        by=Source.PRINT,
        quad=quads[0] if len(quads) == 1 else geometry.enclosing(quads),
        confidence=min(confidences),
        engine=row.lines[0].engine,
        lines=tuple(quads),
    )

"""Values on a card whose label could not be read: told by shape, by place, and by what the number says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.dates import find_dates, find_written_date
from idscan.cards.name_readings import clean_name
from idscan.cards.names import is_name_like
from idscan.cards.numbers import CitizenNumber, find_numbers, find_old_numbers
from idscan.cards.titles import find_titles
from idscan.core import geometry
from idscan.core.readings import Fact
from idscan.core.secret import Secret
from idscan.core.vocabulary import CardKind, Field, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.cards.pieces import Piece
    from idscan.cards.titles import TitleMatch

UNLABELLED = 0.85
"""What is left of a value's confidence where only its shape and place speak for it."""

_NAME_REACH = 4.5  # heights of the number under it within which the name stands
_NAME_OFFSET = 9.0  # heights of the number by which it may start further left or right


def unlabelled_facts(pieces: Sequence[Piece], facts: Sequence[Fact], titles: Sequence[TitleMatch]) -> list[Fact]:
    """Return number, birth date, name and day of issue that no label led to, on what is known to be a card.

    Args:
        pieces: all labels and texts of the card.
        facts: what labels led to.
        titles: headings on the card.
    """
    texts = [piece for piece in pieces if not piece.is_label]
    known = {fact.field for fact in facts}
    found: list[Fact] = []
    if Field.NUMBER not in known:
        found += _numbers(texts, titles)
    number = next((fact for fact in (*facts, *found) if fact.field is Field.NUMBER), None)
    if number is not None and Field.DATE_OF_BIRTH not in known:
        found += _birth_dates(texts, number)
    if number is not None and Field.NAME not in known:
        found += _names(texts, number)[:1]
    if Field.DATE_OF_ISSUE not in known:
        found += _issue_dates(texts, facts)
    return found


def unlabelled_fact(field: Field, value: str, piece: Piece) -> Fact:
    """Return a value of a piece of print, less sure for want of its label."""
    return Fact(
        field=field,
        value=Secret(value),
        by=Source.PRINT,
        quad=piece.quad,
        confidence=piece.confidence * UNLABELLED,
        engine=piece.engine,
        weakest=piece.weakest,
    )


def _numbers(texts: Sequence[Piece], titles: Sequence[TitleMatch]) -> list[Fact]:
    """Nine digits count under the heading of a CMND only; a code that is no province's weighs less."""
    find = find_old_numbers if any(CardKind.CMND_9 in match.title.kinds for match in titles) else find_numbers
    facts = []
    for piece in texts:
        for match in find(piece.text) or find_numbers(piece.text):
            fact = unlabelled_fact(Field.NUMBER, match.digits, piece)
            citizen = CitizenNumber.parse(match.digits)
            doubt = 1.0 if citizen is None else 0.4 + 0.6 * citizen.plausibility()
            facts.append(replace(fact, confidence=fact.confidence * doubt))
    return facts


def _birth_dates(texts: Sequence[Piece], number: Fact) -> list[Fact]:
    """A whole date in the year that the number gives is the date of birth."""
    citizen = CitizenNumber.parse(number.value.reveal()) if number.value else None
    if citizen is None:
        return []
    return [
        unlabelled_fact(Field.DATE_OF_BIRTH, match.date.iso, piece)
        for piece in texts
        for match in find_dates(piece.text)
        if match.date.is_whole and match.date.year == citizen.birth_year and find_written_date(piece.text) is None
    ]


def _issue_dates(texts: Sequence[Piece], facts: Sequence[Fact]) -> list[Fact]:
    """A date that is written out is the day of issue ("Ngày 16 tháng 9 năm 2005"), unless a label says otherwise."""
    labelled = {fact.value.reveal() for fact in facts if fact.value is not None}
    dates = ((find_written_date(piece.text), piece) for piece in texts)
    found = [(match.date.iso, piece) for match, piece in dates if match is not None]
    return [unlabelled_fact(Field.DATE_OF_ISSUE, iso, piece) for iso, piece in found if iso not in labelled][:1]


def _names(texts: Sequence[Piece], number: Fact) -> list[Fact]:
    """The first line in capitals under the number that can be a name and is no heading."""
    if number.quad is None:
        return []
    height = geometry.height(number.quad)
    x, y = number.quad[0][0], geometry.centre(number.quad)[1]
    found: list[tuple[float, Fact]] = []
    for piece in texts:
        below = geometry.centre(piece.quad)[1] - y
        cleaned = clean_name(piece.text)
        if not 0.4 * height < below < _NAME_REACH * height or abs(piece.quad[0][0] - x) > _NAME_OFFSET * height:
            continue
        if cleaned and cleaned.isupper() and is_name_like(cleaned) and not find_titles(piece.text):
            found.append((below, unlabelled_fact(Field.NAME, cleaned, piece)))
    return [fact for _, fact in sorted(found, key=lambda item: item[0])]

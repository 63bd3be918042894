"""Which labelled values count outside any card: on forms, licences, screenshots of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.cards.label_heads import ENGLISH_NUMBER
from idscan.cards.label_tables import Language
from idscan.cards.names import is_surely_name, normalise_name
from idscan.cards.numbers import CitizenNumber
from idscan.cards.unlabelled import UNLABELLED
from idscan.cards.vietnamese_values import ENOUGH_VALUES, count_vietnamese_values
from idscan.core import geometry
from idscan.core.readings import Fact
from idscan.core.secret import Secret
from idscan.core.vocabulary import EXPOSED_FIELDS, CardKind, Field, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.cards.labels import LabelMatch
    from idscan.cards.printed import LabelledFact, PrintReading
    from idscan.core.readings import PrintedLine

_NUMBERS = frozenset({Field.NUMBER, Field.OLD_NUMBER})
_VOUCHING = frozenset({Field.NAME, Field.DATE_OF_BIRTH, Field.SEX, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})


_HEADLINE = 1.3
"""Heights of a page's other print from which a name heads it: names of places and firms are printed in bold, too."""

FEW_LINES = 4
"""Lines of a picture that was cut to a card's number and its label, with what is left of the lines around it."""


def labelled_facts(reading: PrintReading, *, is_cut_out: bool = False) -> list[Fact]:
    """Return the values of `labelled` without their labels."""
    return [found.fact for found in labelled(reading, is_cut_out=is_cut_out)]


def labelled(reading: PrintReading, *, is_cut_out: bool = False) -> list[LabelledFact]:
    """Return the values beside a label that speaks of a person, in Vietnamese or of somebody from Vietnam.

    An English label alone says nothing of Vietnam, and "Số" alone stands before any number: both need a Vietnamese
    label or an identity card's Vietnamese heading near by. The name of the state vouches for the English label, and so
    do values that speak of Vietnam, but not for "Số", under which the state's every document has its number. The number
    under a driving licence's heading is the licence's own.

    Args:
        reading: the print.
        is_cut_out: hardly anything else stands in the picture, so that what would vouch for "Số" was cut off.
    """
    is_licence = any(CardKind.GPLX in match.title.kinds for match in reading.titles)
    return [
        found
        for found in reading.by_label
        if found.fact.field in EXPOSED_FIELDS
        and not (is_licence and found.fact.field in _NUMBERS)
        and _has_right_shape(found, reading)
        and (
            _speaks_for_itself(found.match)
            or _is_vouched_for(found.match, reading)
            or (is_cut_out and _is_so(found.match))
        )
    ]


def _has_right_shape(found: LabelledFact, reading: PrintReading) -> bool:
    """Return whether a number has as many digits as its label says, and right structure where the label is weak.

    A role's name must be one beyond doubt: companies have roles, too. Before other numbers a weak label counts beside
    a person's name and date of birth.
    """
    fact, label = found.fact, found.match.label
    if label.needs_person:
        return fact.value is not None and is_surely_name(fact.value.reveal())
    if fact.field is not Field.NUMBER or fact.value is None:
        return True
    number = CitizenNumber.parse(fact.value.reveal())
    is_likely = number is not None and number.is_likely
    is_good = is_likely or not label.needs_likely or (not label.is_strict and _is_beside_person(reading))
    return len(fact.value) in label.digits and is_good


def _is_beside_person(reading: PrintReading) -> bool:
    """Return whether a Vietnamese label led to a name and another to a date of birth."""
    fields = {found.fact.field for found in reading.by_label if _is_vietnamese(found.match)}
    return {Field.NAME, Field.DATE_OF_BIRTH} <= fields


def _speaks_for_itself(match: LabelMatch) -> bool:
    label = match.label
    return _is_vietnamese(match) and (label.needs_likely or label.needs_person or not label.is_strict)


def _is_so(match: LabelMatch) -> bool:
    is_word = match.end - match.start > 1  # "S" alone may be a 5
    return match.field is Field.NUMBER and _is_vietnamese(match) and match.variant != ENGLISH_NUMBER and is_word


def _is_vouched_for(match: LabelMatch, reading: PrintReading) -> bool:
    if not match.is_bare_number and count_vietnamese_values(reading.facts) >= ENOUGH_VALUES:
        return True
    headings = [title for title in reading.titles if title.is_vietnamese and title.is_whole]
    if any(heading.title.is_identity_card and heading.title.kinds for heading in headings):
        return True
    if headings and not match.label.is_strict:
        return True
    if not match.is_bare_number and any(_is_citizen_number(found, reading) for found in reading.by_label):
        return True
    return any(
        other is not match and other.field in _VOUCHING and _is_vietnamese(other) and other.field is not match.field
        for other in reading.labels
    )


def _is_citizen_number(found: LabelledFact, reading: PrintReading) -> bool:
    """Return whether a label that needs no other led to a number of right shape."""
    return found.fact.field is Field.NUMBER and _speaks_for_itself(found.match) and _has_right_shape(found, reading)


def _is_vietnamese(match: LabelMatch) -> bool:
    return any(label is not None and label.language is Language.VIETNAMESE for label in (match.label, match.partner))


def headline_name(facts: Sequence[Fact], lines: Sequence[PrintedLine]) -> list[Fact]:
    """Return the name that heads a page about one person in large print, as on a CV; none where a label led to one.

    Args:
        facts: what labels led to, with records.
        lines: upright lines of the page.
    """
    known = {fact.field: fact for fact in facts}
    records = {fact.record for fact in facts if fact.field in {Field.NUMBER, Field.DATE_OF_BIRTH}}
    number = known.get(Field.NUMBER)
    if Field.NAME in known or Field.DATE_OF_BIRTH not in known or len(records) != 1 or number is None:
        return []
    place = number.quad
    if place is None:
        return []
    above = [line for line in lines if geometry.centre(line.quad)[1] < geometry.centre(place)[1]]
    large = [
        line
        for line in above
        if geometry.height(line.quad) > _HEADLINE * geometry.height(place) and is_surely_name(line.text.reveal())
    ]
    if not large:
        return []
    line = max(large, key=lambda line: geometry.height(line.quad))
    return [
        Fact(
            field=Field.NAME,
            value=Secret(normalise_name(line.text.reveal())),
            by=Source.PRINT,
            quad=line.quad,
            confidence=line.confidence * UNLABELLED,
            engine=line.engine,
            record=number.record,
        )
    ]

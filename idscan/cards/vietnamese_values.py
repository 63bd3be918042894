"""What the values on a card say of Vietnam where no label does: English labels stand on cards of any country."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from idscan.cards.folding import fold
from idscan.cards.names import FAMILY_NAMES, is_vietnamese_syllable
from idscan.cards.numbers import CitizenNumber
from idscan.core.vocabulary import Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idscan.core.readings import Fact

_HOOK, _HORN, _DOT = "\u0309", "\u031b", "\u0323"
_DOTTED_HERE = "aAyY"  # languages of Nigeria write dots under e, i, o and u
_BRANCHES = frozenset({"\u0302", "\u0306"})
_SPELT = frozenset({Field.NAME, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})
_HOME = frozenset({"Việt Nam", "Vietnamese"})

_SEVERAL = 3
"""Syllables that a foreign name hardly consists of by chance."""

ENOUGH_VALUES = 2
"""A number alone may be anything that has twelve digits."""


def count_vietnamese_values(facts: Iterable[Fact]) -> int:
    """Return how many things say so, up to 3: a number that tells the year of birth, and spelling and nationality.

    Without such a number it is 0: any form says what somebody from Vietnam is called. Where no date of birth stands,
    the structure of the number must do: of a thousand others of twelve digits eight have it by chance.
    """
    said: dict[Field, list[str]] = {}
    for fact in facts:
        if fact.value is not None:
            said.setdefault(fact.field, []).append(fact.value.reveal())
    is_spelt = any(has_letters_of_its_own(text) for field in _SPELT for text in said.get(field, ()))
    is_spelt |= any(map(_is_of_its_syllables, said.get(Field.NAME, ())))
    is_home = not _HOME.isdisjoint(said.get(Field.NATIONALITY, ()))
    years = {int(date[:4]) for date in said.get(Field.DATE_OF_BIRTH, ())}
    numbers = [CitizenNumber.parse(text) for text in said.get(Field.NUMBER, ())]
    likely = [number for number in numbers if number is not None and number.is_likely]
    is_number = any(number.birth_year in years or not years for number in likely)
    return 1 + is_spelt + is_home if is_number else 0


def has_letters_of_its_own(text: str) -> bool:
    """Return whether a text has letters that hardly any other language writes.

    >>> has_letters_of_its_own("Nguyễn"), has_letters_of_its_own("Đặng"), has_letters_of_its_own("Côté García")
    (True, True, False)
    """
    return any(map(_is_its_own, unicodedata.normalize("NFC", text)))


def _is_of_its_syllables(name: str) -> bool:
    """Return whether a name, with or without marks, has only syllables of Vietnamese, a family name or several."""
    words = fold(name).split()
    is_long = len(words) >= _SEVERAL or (len(words) > 1 and words[0].upper() in FAMILY_NAMES)
    return is_long and all(map(is_vietnamese_syllable, words))


def _is_its_own(letter: str) -> bool:
    decomposed = unicodedata.normalize("NFD", letter)
    plain, marks = decomposed[:1], set(decomposed[1:])
    is_marked_alone = _HOOK in marks or _HORN in marks or (_DOT in marks and plain in _DOTTED_HERE)
    return is_marked_alone or (not _BRANCHES.isdisjoint(marks) and len(marks) > 1)

"""The shape that the value of each field must have; values that show that a card is Vietnamese."""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards.extract.segments import JUNK
from idscan.cards.fields.dates import find_dates
from idscan.cards.fields.name_tables import FAMILY_NAMES
from idscan.cards.fields.names import begins_with_family_name, clean_name, is_name_like, normalise_name
from idscan.cards.fields.numbers import CitizenNumber, find_numbers, find_old_numbers, number_of_digits
from idscan.cards.labels.titles import is_part_of_heading, is_written_on_covers
from idscan.cards.text.normalize import fold, repair_digits
from idscan.cards.text.syllables import is_vietnamese_syllable
from idscan.core.enums import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from idscan.core.types import Fact

_LETTERS = re.compile(r"[a-z]+$")
_MAX_DIGITS_IN_NAME = 2
_LEAST_OF_VIETNAM = 5  # letters
_SHORTEST_TEXT = 3  # "Số 1" may be all that stands on an address's first line
_SEXES = {"nam": "Nam", "nu": "Nữ", "n": "Nữ", "nir": "Nữ", "nut": "Nữ", "male": "Nam", "female": "Nữ"}


_GLUED = ("s", "so", "no", "cccd", "cmnd")
"""Ends of labels, folded, that may stand before digits without a space; other letters there make a code of them."""


def _is_coded(text: str, start: int) -> bool:
    letters = _LETTERS.search(fold(text[:start])) if text[:start][-1:].isalpha() else None
    return letters is not None and not letters.group().endswith(_GLUED)


def _number(text: str) -> str | None:
    for digits in (text, repair_digits(text)):
        found = [
            match for match in find_numbers(digits) or find_old_numbers(digits) if not _is_coded(digits, match.start)
        ]
        number = found[0].digits if found else number_of_digits(digits)
        if number is not None:
            return number
    return None


def _old_number(text: str) -> str | None:
    found = find_old_numbers(text)
    return found[0].digits if found else None


def _date(text: str) -> str | None:
    found = find_dates(text, lenient=True)
    return found[0].date.iso if found else None


_UNITS = frozenset({"phường", "huyện", "quận", "tỉnh", "thôn", "xóm", "ấp"})
"""How addresses begin, and no name ("Xã" may be a family name misread): under a covered name comes a place."""


def _name(text: str) -> str | None:
    cleaned = clean_name(text)
    if cleaned is None or sum(character.isdigit() for character in text) > _MAX_DIGITS_IN_NAME:
        return None
    if not _is_capitalised(cleaned) or is_written_on_covers(cleaned) or is_part_of_heading(cleaned):
        return None
    if cleaned.split()[0].casefold() in _UNITS:
        return None
    # Beside its label a name in capitals counts even where so many letters were lost that it looks like none.
    is_in_capitals = cleaned == cleaned.upper() and len(cleaned.split()) > 1
    return cleaned if is_in_capitals or is_name_like(cleaned) else None


def _is_capitalised(name: str) -> bool:
    """Return whether a family name or half of the words begin with a capital: "bằng chữ in hoa" is prose."""
    words = name.split()
    capitalised = [word[0].isupper() for word in words]
    starts_with_family = capitalised[0] and begins_with_family_name(name)
    return starts_with_family or 2 * sum(capitalised) >= len(words)


def _sex(text: str) -> str | None:
    word = fold(text).split(" ")[0].strip(JUNK)
    return _SEXES.get(word)


def _nationality(text: str) -> str | None:
    """Return "Việt Nam" for whatever letters a reader left of it, other nationalities as they stand."""
    letters = iter("vietnam")
    folded = fold(text).replace(" ", "")
    is_vietnamese = len(folded) >= _LEAST_OF_VIETNAM and all(letter in letters for letter in folded)
    return "Việt Nam" if is_vietnamese else _free_text(text)


def _free_text(text: str) -> str | None:
    cleaned = normalise_name(text)
    return cleaned if sum(character.isalnum() for character in cleaned) >= _SHORTEST_TEXT else None


PARSERS: Mapping[Field, Callable[[str], str | None]] = MappingProxyType(
    {
        Field.NUMBER: _number,
        Field.OLD_NUMBER: _old_number,
        Field.NAME: _name,
        Field.FATHER_NAME: _name,
        Field.MOTHER_NAME: _name,
        Field.DATE_OF_BIRTH: _date,
        Field.DATE_OF_ISSUE: _date,
        Field.DATE_OF_EXPIRY: _date,
        Field.SEX: _sex,
        Field.NATIONALITY: _nationality,
        Field.PLACE_OF_ORIGIN: _free_text,
        Field.PLACE_OF_RESIDENCE: _free_text,
        Field.PERSONAL_IDENTIFICATION: _free_text,
    }
)
"""For each field, a function that returns the normalised value in a text, or None."""


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

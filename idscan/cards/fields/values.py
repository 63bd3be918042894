"""Parse and normalise the value of each field; count the values that only a Vietnamese document has."""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards.extract.segments import JUNK
from idscan.cards.fields.dates import find_dates
from idscan.cards.fields.name_tables import FAMILY_NAMES
from idscan.cards.fields.numbers import CitizenNumber, find_numbers, find_old_numbers, number_of_digits
from idscan.cards.fields.person_names import begins_with_family_name, clean_name, is_name_like, normalise_name
from idscan.cards.labels.headings import is_part_of_heading, is_written_on_covers
from idscan.cards.text import fold, repair_digits
from idscan.cards.text.syllables import is_vietnamese_syllable
from idscan.core.enums import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from idscan.core.types import Fact

_LETTERS = re.compile(r"[a-z]+$")
_MAX_DIGITS_IN_NAME = 2
"""Digits in a line of a name. Lower: names with misread letters are lost; higher: addresses are parsed as names."""
_MIN_VIETNAM_LETTERS = 5
"""Letters left of "Việt Nam". Lower: "Nam" is a nationality; higher: lossy readings are not normalised."""
_MIN_TEXT_CHARACTERS = 3
"""Letters and digits of a free text. Lower: noise is a value; higher: an address line such as "Số 1" is lost."""
_MIN_SYLLABLES = 3
"""Syllables of a name without known family name. Lower: foreign names pass; higher: names without marks are missed."""
MIN_VIETNAMESE_VALUES = 2
"""Value of `count_vietnamese_values`. Lower: any twelve digits do; higher: documents are missed."""
_SEXES = {"nam": "Nam", "nu": "Nữ", "n": "Nữ", "nir": "Nữ", "nut": "Nữ", "male": "Nam", "female": "Nữ"}


_LABEL_ENDS = ("s", "so", "no", "cccd", "cmnd")
"""Ends of labels, folded, that may stand before digits without a space; digits behind other letters are a code."""


def _has_code_prefix(text: str, start: int) -> bool:
    letters = _LETTERS.search(fold(text[:start])) if text[:start][-1:].isalpha() else None
    return letters is not None and not letters.group().endswith(_LABEL_ENDS)


def _number(text: str) -> str | None:
    for digits in (text, repair_digits(text)):
        matches = find_numbers(digits) or find_old_numbers(digits)
        found = [match for match in matches if not _has_code_prefix(digits, match.start)]
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
"""First words of addresses that are no name ("Xã" may be a misread one): below a covered name an address follows."""


def _name(text: str) -> str | None:
    cleaned = clean_name(text)
    if cleaned is None or sum(character.isdigit() for character in text) > _MAX_DIGITS_IN_NAME:
        return None
    if not _is_capitalised(cleaned) or is_written_on_covers(cleaned) or is_part_of_heading(cleaned):
        return None
    if cleaned.split()[0].casefold() in _UNITS:
        return None
    # Behind its label a name in capitals counts even if too many letters were lost for `is_name_like`.
    is_in_capitals = cleaned == cleaned.upper() and len(cleaned.split()) > 1
    return cleaned if is_in_capitals or is_name_like(cleaned) else None


def _is_capitalised(name: str) -> bool:
    """Return whether a family name, or half of the words, have a capital: "bằng chữ in hoa" is prose."""
    words = name.split()
    capitalised = [word[0].isupper() for word in words]
    starts_with_family = capitalised[0] and begins_with_family_name(name)
    return starts_with_family or 2 * sum(capitalised) >= len(words)


def _sex(text: str) -> str | None:
    word = fold(text).split(" ")[0].strip(JUNK)
    return _SEXES.get(word)


def _nationality(text: str) -> str | None:
    """Return "Việt Nam" also for a reading with lost letters, other nationalities unchanged."""
    letters = iter("vietnam")
    folded = fold(text).replace(" ", "")
    is_vietnamese = len(folded) >= _MIN_VIETNAM_LETTERS and all(letter in letters for letter in folded)
    return "Việt Nam" if is_vietnamese else _free_text(text)


def _free_text(text: str) -> str | None:
    cleaned = normalise_name(text)
    return cleaned if sum(map(str.isalnum, cleaned)) >= _MIN_TEXT_CHARACTERS else None


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


_HOOK, _HORN, _DOT_BELOW, _CIRCUMFLEX, _BREVE = "\u0309", "\u031b", "\u0323", "\u0302", "\u0306"
_VIETNAMESE_DOTTED = "aAyY"  # languages of Nigeria have dots below e, i, o and u
_SPELLED_FIELDS = (Field.NAME, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE)
_VIETNAMESE_NATIONALITIES = frozenset({"Việt Nam", "Vietnamese"})


def count_vietnamese_values(facts: Iterable[Fact]) -> int:
    """Count the evidence for a Vietnamese document, 0 to 3: number with the year of birth, spelling, nationality.

    Without such a number it is 0, as any form may show a Vietnamese name. Without a date of birth the structure of the
    number is decisive: of a thousand other codes of twelve digits eight have it by chance.
    """
    values: dict[Field, list[str]] = {}
    for fact in facts:
        if fact.value is not None:
            values.setdefault(fact.field, []).append(fact.value.reveal())
    has_spelling = any(has_vietnamese_only_letters(text) for field in _SPELLED_FIELDS for text in values.get(field, ()))
    has_spelling |= any(map(_has_vietnamese_syllables, values.get(Field.NAME, ())))
    has_nationality = not _VIETNAMESE_NATIONALITIES.isdisjoint(values.get(Field.NATIONALITY, ()))
    years = {int(date[:4]) for date in values.get(Field.DATE_OF_BIRTH, ())}
    numbers = [CitizenNumber.parse(text) for text in values.get(Field.NUMBER, ())]
    likely = [number for number in numbers if number is not None and number.is_likely]
    has_number = any(number.birth_year in years or not years for number in likely)
    return 1 + has_spelling + has_nationality if has_number else 0


def has_vietnamese_only_letters(text: str) -> bool:
    """Return whether a text has letters that hardly any other language uses.

    >>> [has_vietnamese_only_letters(name) for name in ("Nguyễn", "Đặng", "Côté García")]
    [True, True, False]
    """
    return any(map(_is_vietnamese_only, unicodedata.normalize("NFC", text)))


def _has_vietnamese_syllables(name: str) -> bool:
    """Return whether a name, with or without diacritics, consists of possible syllables and begins with a family name.

    Three or more syllables suffice without a family name.
    """
    words = fold(name).split()
    is_long = len(words) >= _MIN_SYLLABLES or (len(words) > 1 and words[0].upper() in FAMILY_NAMES)
    return is_long and all(map(is_vietnamese_syllable, words))


def _is_vietnamese_only(letter: str) -> bool:
    decomposed = unicodedata.normalize("NFD", letter)
    plain, marks = decomposed[:1], set(decomposed[1:])
    has_own_mark = _HOOK in marks or _HORN in marks or (_DOT_BELOW in marks and plain in _VIETNAMESE_DOTTED)
    return has_own_mark or (len(marks) > 1 and not marks.isdisjoint((_CIRCUMFLEX, _BREVE)))

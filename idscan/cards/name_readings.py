"""What readers make of the line with a name, cleaned and weighed by whether it can be a Vietnamese name."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.folding import fold, fold_upper
from idscan.cards.name_tables import FAMILY_NAME_SHARES, FAMILY_NAMES, HIGHLAND_NAMES, NOT_NAMES, SPELLED_FAMILY_NAMES
from idscan.cards.names import is_word_of_a_name, normalise_name
from idscan.cards.titles import find_titles
from idscan.core.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.readings import LineReading

_MAX_WORDS = 8
_FEWEST_WORDS = 2
_NOT_IN_NAMES = re.compile(r"[^\w\s'’-]|[\d_]")
_STRAY = re.compile(r"[“”„«»‹›\"*|_~^]+")
_LETTER_LIKE = str.maketrans("!|1[]0", "IIIIIO")
_MARKS = str.maketrans("ŸÿÑñÄäÖöËë", "ỸỹNnÃãÕõẼẽ")  # marks that Vietnamese does not have, and what they are taken for
_LOST_HORNS = (
    (re.compile(r"(?<![qQ])[uU](?=[ơờớởỡợƠỜỚỞỠỢ]\w)"), str.maketrans("uU", "ưƯ")),
    (re.compile(r"(?<![qQ])[uùúủũụUÙÚỦŨỤ](?=[uU]\b)"), str.maketrans("uùúủũụUÙÚỦŨỤ", "ưừứửữựƯỪỨỬỮỰ")),
    (re.compile(r"(?<=[ưƯ])[oòóỏõọOÒÓỎÕỌ](?=\w)"), str.maketrans("oòóỏõọOÒÓỎÕỌ", "ơờớởỡợƠỜỚỞỠỢ")),
)
"""What readers leave of "ươ" and "ưu" where they miss a horn: no syllable has "uơ" or "ưo" inside, or ends in "uu"."""
_MOSTLY = 0.6
_MUCH_COMMONER = 100
"""How many times as many people must bear a family name for another real one to be taken for it: NGUYÊN, but not VỪ."""
_WITHOUT_DOUBT = 0.99
"""How sure a reader must be of each letter of a family name that nobody is known to bear."""
_LOST_LETTERS = 2  # of one syllable: it has at most two letters with marks


def clean_name(text: str) -> str | None:
    """Return a printed name without what cannot be part of one, None where no name is left.

    A name printed in capitals comes back in capitals throughout, as cards print it.

    >>> clean_name("NGUYỄN VĂN MẫU .")
    'NGUYỄN VĂN MẪU'
    >>> clean_name("L.Nguyễn Văn Mẫu")
    'Nguyễn Văn Mẫu'
    """
    spelled = " ".join(_with_letters(word) for word in _parted(normalise_name(text)).split())
    for lost, horned in _LOST_HORNS:
        spelled = lost.sub(lambda match, horned=horned: match[0].translate(horned), spelled)  # type: ignore[misc]
    words = [word.strip("'’-") for word in _NOT_IN_NAMES.sub(" ", spelled).split()]
    words = [word for word in words if any(letter.isalpha() for letter in word)]
    if len(words) > _FEWEST_WORDS and _is_remnant(words[0]) and fold_upper(words[1]) in FAMILY_NAMES:
        words = words[1:]
    while len(words) > 1 and len(words[-1]) == 1 and words[-1].islower() and words[0].isupper():
        words.pop()
    letters = [letter for word in words for letter in word if letter.isalpha()]
    if not 1 <= len(words) <= _MAX_WORDS or len(letters) < 3:  # noqa: PLR2004  "Ý An" is about the shortest
        return None
    inner = [letter for word in words for letter in word[1:] if letter.isalpha()] or letters
    if sum(letter.isupper() for letter in inner) >= _MOSTLY * len(inner):
        words = [word.upper() for word in words]
    return " ".join(words)


def _is_remnant(word: str) -> bool:
    """Return whether a word in front of a family name is what was read of a row's number or of a bullet."""
    return len(word) == 1 and fold_upper(word) not in HIGHLAND_NAMES


def _parted(name: str) -> str:
    """Return a name with a space between words that were read as one: where a capital follows a small letter.

    >>> _parted("VũThị Mẫu"), _parted("NGUYễN")
    ('Vũ Thị Mẫu', 'NGUYễN')
    """
    letters = zip(name, f" {name}", f"{name} "[1:], strict=False)
    return "".join(
        f" {letter}" if letter.isupper() and before.islower() and after.islower() else letter
        for letter, before, after in letters
    )


def _with_letters(word: str) -> str:
    """Undo strokes and rings misread inside a word of letters ("TR!NH")."""
    letters = sum(character.isalpha() for character in word)
    return word.translate(_LETTER_LIKE) if letters > len(word) - letters else word


def weigh_name(reading: LineReading) -> tuple[Secret, float] | None:
    """Return a reading as a name with its confidence, lowered for words that cannot be Vietnamese syllables.

    A family name with a wrong mark ("NGUYÊN", "TRẤN") is put right: there are few of them, and readers miss marks more
    often than people bear unheard-of family names. One without any doubt of its letters stays.
    """
    cleaned = clean_name(reading.text.reveal())
    if cleaned is None or fold_upper(cleaned) in NOT_NAMES or find_titles(cleaned):
        return None
    cleaned = cleaned.translate(_MARKS)
    if not _is_first_word_sure(reading):
        cleaned = _with_family_name(cleaned)
    words = fold(cleaned).split()
    possible = sum(is_word_of_a_name(word) for word in words) / len(words)
    confidence = reading.confidence * (0.4 + 0.6 * possible)
    # Few strings of possible syllables come about by misreading.
    return Secret(cleaned), confidence if possible < 1 else confidence + (1 - confidence) / 2


def _with_family_name(name: str) -> str:
    first, _, rest = name.partition(" ")
    spelled = _family_names().get(fold(first))
    if spelled is None or not rest or first.isascii() or not first[0].isupper() or first.upper() in HIGHLAND_NAMES:
        return name
    if (spelled[0] == "Đ") is not (first[0] == "Đ"):
        return name  # a stroke is no mark: "Doãn" is not "Đoàn"
    if _MUCH_COMMONER * FAMILY_NAME_SHARES.get(first.upper(), 0.0) > FAMILY_NAME_SHARES[spelled]:
        return name
    return f"{spelled if first.isupper() else spelled.title()} {rest}"


def _is_first_word_sure(reading: LineReading) -> bool:
    text = reading.text.reveal()
    start = len(text) - len(text.lstrip())
    first = reading.confidences[start : start + len(text.split(maxsplit=1)[0])] if text.strip() else ()
    return bool(first) and min(first) >= _WITHOUT_DOUBT


@cache
def _family_names() -> dict[str, str]:
    return {fold(name): name for name in SPELLED_FAMILY_NAMES}


def is_spelled_out(name: Secret) -> bool:
    """Return whether every word is a possible Vietnamese syllable once diacritics are taken off."""
    return all(is_word_of_a_name(word) for word in fold(name.reveal()).split())


def is_lossy_copy(lossy: Secret, full: Secret) -> bool:
    """Return whether one reading is another with letters left out: what a reader that lacks letters makes of it.

    >>> is_lossy_copy(Secret("NGUYN TH ĐC"), Secret("NGUYỄN THỊ ĐỨC"))
    True
    """
    left, right = fold(lossy.reveal()).split(), fold(full.reveal()).split()
    return len(left) == len(right) and all(_is_within(part, word) for part, word in zip(left, right, strict=True))


def _is_within(part: str, word: str) -> bool:
    letters = iter(word)
    return len(word) - len(part) <= _LOST_LETTERS and all(letter in letters for letter in part)


def in_ascii(name: Secret) -> Secret:
    """Return the name in ASCII capitals: what a reader that lacks Vietnamese letters can vouch for."""
    return Secret(fold(name.reveal()).upper())


def join_address(lines: Sequence[Secret]) -> Secret:
    """Return the lines of an address as one text."""
    parts = [_STRAY.sub("", normalise_name(line.reveal())).strip(" ,") for line in lines]
    return Secret(", ".join(part for part in parts if part))

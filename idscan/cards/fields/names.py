"""Names as printed, in payloads and zones; readings of a name line cleaned and weighted."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.fact_tables import FactTable
from idscan.cards.fields.name_tables import (
    BEGINNINGS_OF_HEADINGS,
    FAMILY_NAME_SHARES,
    FAMILY_NAMES,
    HIGHLAND_NAMES,
    NOT_NAMES,
    SPELLED_FAMILY_NAMES,
    WORDS_AND_NAMES,
)
from idscan.cards.labels.titles import find_titles, is_part_of_heading, is_written_on_covers
from idscan.cards.text.normalize import fold, fold_upper
from idscan.cards.text.syllables import all_syllables, clipped_syllables, is_vietnamese_syllable
from idscan.core.types import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.types import LineReading

SYLLABLES: frozenset[str] = all_syllables()
"""All syllables that the rules allow, capitals without diacritics; generated in a millisecond."""

_ETH = str.maketrans("Ðð", "Đđ")
_LEADERS = re.compile(r"[._…·•]{2,}")
_EDGES = " \t\r\n.,:;_…·•-–—=*'\"|/\\"
_MARKS = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_VIETNAMESE_LETTERS = frozenset(_MARKS + _MARKS.upper())

MIN_NAME_WORDS = 2
MAX_NAME_WORDS = 6
_LONGEST_WORD = 12
_MIDDLE_NAMES = frozenset({"văn", "thị", "a"})
"""Middle names that tell the sex, of the Kinh and others and of the Mông."""
_STROKE_IN_WORD = re.compile(r"(?<=[^\W\d_])[!|](?!\S*:)")
"""An I of a word, as readers give it: "TH!"."""
_WORD = re.compile(r"[a-z]+(?:['’`´-][a-z]+)*")
_PUNCTUATION = re.compile(r"[^\w\s'’`´-]|_")
_LETTER_DIGITS = str.maketrans("01580", "oisbo")


def normalise_name(text: str) -> str:
    """Return the name composed (NFC), with single spaces, eth as đ, and the leaders around it gone; case is kept.

    >>> normalise_name("..NGUYỄN  VĂN MẪU....")
    'NGUYỄN VĂN MẪU'
    """
    composed = unicodedata.normalize("NFC", text).translate(_ETH)
    return " ".join(_LEADERS.sub(" ", composed).split()).strip(_EDGES)


def is_family_name(word: str) -> bool:
    """Return whether a word is a Vietnamese family name, though it may be an everyday word; rare ones fully spelt."""
    return fold_upper(word) in FAMILY_NAMES or word.upper() in FAMILY_NAME_SHARES


def begins_with_family_name(name: str) -> bool:
    """Return whether the first word of a name is a Vietnamese family name, a rare one only in full spelling.

    >>> [begins_with_family_name(name) for name in ("Nguyen Van Mau", "Quàng Thị Mẫu", "Quảng cáo", "Bàn ghế")]
    [True, True, False, False]
    """
    first = next(iter(name.split()), "")
    return fold_upper(first) in FAMILY_NAMES or (is_family_name(first) and first.upper() not in WORDS_AND_NAMES)


def same_name(first: str, second: str) -> bool:
    """Return whether two spellings differ only in case, diacritics, spacing or punctuation.

    >>> same_name("Nguyễn Văn Mẫu", "NGUYEN  VAN MAU")
    True
    """
    return _bare(first) == _bare(second) != ""


def _bare(text: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", fold(normalise_name(text))).replace("’", "'").split())


def is_vietnamese_letter(character: str) -> bool:
    """Return whether a composed character is a letter with a Vietnamese diacritic (or đ)."""
    return character in _VIETNAMESE_LETTERS


def is_name_like(text: str) -> bool:
    """Return whether the text has the form of a person's name: two to six words, most of them plausible syllables.

    Letters lost by a reader and names of other peoples of Viet Nam ("H'Hen Niê", "Y Moan") are allowed for.
    """
    text = _STROKE_IN_WORD.sub("I", text)
    has_signs = any(sign in text for sign in ",;:()[]{}<>/\\@#&=+*?!")
    if has_signs or is_written_on_covers(text) or is_part_of_heading(text):
        return False
    folded = _bare(text)
    words = folded.split()
    if not MIN_NAME_WORDS <= len(words) <= MAX_NAME_WORDS or folded.upper() in NOT_NAMES:
        return False
    if sum(character.isdigit() for character in folded) > 1:
        return False
    words = [word.translate(_LETTER_DIGITS) for word in words]
    if any(_WORD.fullmatch(word) is None or len(word) > _LONGEST_WORD for word in words):
        return False
    if _is_highland_name(text, words):
        return True
    plausible = sum(_plausibility_of_word(word) for word in words) / len(words)
    # A family name makes up for a garbled word.
    has_family_name = words[0].upper() in FAMILY_NAMES
    return plausible >= (0.5 if has_family_name else 0.75)


def is_surely_name(text: str) -> bool:
    """Return whether a text without a label must be a person's name: by its family name, or the middle name of a sex.

    >>> is_surely_name("Nguyễn Văn Mẫu"), is_surely_name("Gạo thơm"), is_surely_name("Kim loại")
    (True, False, False)
    """
    words = text.split()
    if len(words) < MIN_NAME_WORDS or not all(word[:1].isupper() for word in words):
        return False
    if fold_upper(" ".join(words[:2])) in BEGINNINGS_OF_HEADINGS:
        return False
    has_family_name = begins_with_family_name(text) or _is_highland_name(text, fold(text).split())
    has_middle_name = len(words) > MIN_NAME_WORDS and words[1].casefold() in _MIDDLE_NAMES
    return (has_family_name or has_middle_name) and is_name_like(text)


def _plausibility_of_word(word: str) -> float:
    upper = word.upper()
    if upper in SYLLABLES:
        return 1.0
    return 0.7 if len(upper) > 1 and upper in clipped_syllables() else 0.0


def _is_highland_name(text: str, words: list[str]) -> bool:
    """Return whether this is a name of the Ê Đê, Mnông, Gia Rai, Ba Na ...: Y or H' in front, or their surnames."""
    is_capitalised = all(word[:1].isupper() for word in text.split())
    has_mark = words[0] in {"y", "h", "a"} or words[0].startswith(("h'", "h’", "k'", "k’"))
    return is_capitalised and (has_mark or bool(_HIGHLAND_NAMES & {fold(word) for word in words}))


def is_highland_name(text: str) -> bool:
    """Return whether a text begins with a mark or a family name that only peoples of the Central Highlands have.

    >>> is_highland_name("Y Moan Mẫu"), is_highland_name("Ksor Mẫu"), is_highland_name("Hoa Ksor")
    (True, True, False)
    """
    words = _bare(text).split()
    is_capitalised = all(word[:1].isupper() for word in text.split())
    has_mark = words[0] == "y" or words[0].startswith(("h'", "k'"))
    return len(words) > 1 and is_capitalised and (has_mark or words[0] in _HIGHLAND_NAMES)


_HIGHLAND_NAMES = frozenset(fold(name) for name in HIGHLAND_NAMES if len(name) > 1 and name.isalpha())
"""Words of names of peoples of the Central Highlands, folded."""


def is_word_of_a_name(word: str) -> bool:
    """Return whether a word can be a Vietnamese syllable or is of a name of the Central Highlands, diacritics aside.

    >>> is_word_of_a_name("Nguyễn"), is_word_of_a_name("Ksor"), is_word_of_a_name("H'Hen")
    (True, True, True)
    """
    return is_vietnamese_syllable(word) or fold(word) in _HIGHLAND_NAMES or "'" in word[1:-1]


def from_mrz(text: str) -> str:
    """Return the name of an MRZ name field with spaces for fillers, surname first.

    >>> from_mrz("NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<")
    'NGUYEN VAN MAU'
    """
    return " ".join(text.replace("<", " ").split())


TABLES = (
    FactTable(
        name="forms of a name",
        source="Civil Code 2015, article 26: family name, middle name, given name in Vietnamese or another language "
        "of Viet Nam",
        recognise=is_name_like,
        matching=(
            "NGUYỄN VĂN MẪU",
            "Trần Thị Ví Dụ",
            "Lê Thị Thử Nghiệm",
            "NGUYN VĂN MU",
            "H'Hen Niê",
            "Y Moan",
            "Ksor Phước",
            "ĐỖ ĐỨC THỬ",
            "ĐỖ ĐC TH",
            "TON NU THI VI DU MAU",
            "NGUYEN VAN MA0",
            "LUU TH! DIÉM",
        ),
        not_matching=(
            "Việt Nam",
            "Nam",
            "001099000001",
            "Full name",
            "Identity Card",
            "Thôn Mẫu, Xã Thử Nghiệm",
            "15/01/1999",
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Họ và tên:",
            "Total price 12 USD",
            "",
        ),
    ),
)


_MAX_WORDS = 8
_FEWEST_WORDS = 2
_NOT_IN_NAMES = re.compile(r"[^\w\s'’-]|[\d_]")
_STRAY = re.compile(r"[“”„«»‹›\"*|_~^]+")
_LETTER_LIKE = str.maketrans("!|1[]0", "IIIIIO")
_COMBINING_MARKS = str.maketrans(
    "ŸÿÑñÄäÖöËë", "ỸỹNnÃãÕõẼẽ"
)  # marks that Vietnamese does not have, and what they are taken for
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
    cleaned = cleaned.translate(_COMBINING_MARKS)
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

"""Names as cards print them, payloads write them and an MRZ transliterates them."""

from __future__ import annotations

import re
import unicodedata

from idscan.cards.cover_words import is_part_of_heading, is_written_on_covers
from idscan.cards.folding import fold, fold_upper
from idscan.cards.knowledge import KnowledgeTable
from idscan.cards.name_tables import (
    BEGINNINGS_OF_HEADINGS,
    FAMILY_NAME_SHARES,
    FAMILY_NAMES,
    GIVEN_SYLLABLES,
    HIGHLAND_NAMES,
    NOT_NAMES,
    WORDS_AND_NAMES,
)
from idscan.cards.syllables import all_syllables, clipped_syllables, is_vietnamese_syllable

__all__ = [
    "FAMILY_NAMES",
    "GIVEN_SYLLABLES",
    "begins_with_family_name",
    "fold",
    "fold_upper",
    "from_mrz",
    "is_family_name",
    "is_name_like",
    "is_surely_name",
    "is_vietnamese_letter",
    "is_vietnamese_syllable",
    "normalise_name",
    "same_name",
]

SYLLABLES: frozenset[str] = all_syllables()
"""All syllables that the rules allow, capitals without diacritics; generated in a millisecond."""

_ETH = str.maketrans("Ðð", "Đđ")
_LEADERS = re.compile(r"[._…·•]{2,}")
_EDGES = " \t\r\n.,:;_…·•-–—=*'\"|/\\"
_MARKS = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_VIETNAMESE_LETTERS = frozenset(_MARKS + _MARKS.upper())

MIN_NAME_WORDS = 2
MAX_NAME_WORDS = 6
_LONGEST_SYLLABLE = len("nghieng")
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
    KnowledgeTable(
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

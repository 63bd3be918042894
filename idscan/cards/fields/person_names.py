"""Names in print, payloads and MRZ: normalise, classify and score them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards import FactTable
from idscan.cards.fields.name_tables import (
    AMBIGUOUS_FAMILY_NAMES,
    FAMILY_NAME_SHARES,
    FAMILY_NAMES,
    HEADING_PREFIXES,
    HIGHLAND_NAMES,
    NOT_NAMES,
    SPELLED_FAMILY_NAMES,
)
from idscan.cards.labels.headings import find_headings, is_part_of_heading, is_written_on_covers
from idscan.cards.text import fold, fold_upper
from idscan.cards.text.syllables import all_syllables, clipped_syllables, is_vietnamese_syllable
from idscan.core.types import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.types import LineReading

SYLLABLES: frozenset[str] = all_syllables()
"""All syllables that the spelling rules allow, in capitals without diacritics."""
_ETH = str.maketrans("Ðð", "Đđ")
_LEADERS = re.compile(r"[._…·•]{2,}")
_EDGE_CHARACTERS = " \t\r\n.,:;_…·•-–—=*'\"|/\\"
_MARKS = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_VIETNAMESE_LETTERS = frozenset(_MARKS + _MARKS.upper())

MIN_NAME_WORDS, MAX_NAME_WORDS = 2, 6
"""Words of a name. Fewer: any word is a name; more than six: sentences are; fewer than six: royal names are missed."""
_MAX_WORD_LETTERS = 12
"""Letters of one word of a name. Lower: names that are read without a space are missed; higher: other words pass."""
_MIN_PLAUSIBILITY, _MIN_PLAUSIBILITY_WITH_FAMILY_NAME = 0.75, 0.5
"""Mean plausibility of the words of a name; a family name outweighs a misread word. Lower: foreign names and other
words pass; higher: names with lost letters are missed."""
_CLIPPED_PLAUSIBILITY = 0.7
"""Plausibility of a syllable without one vowel; see `_MIN_PLAUSIBILITY`."""
_MAX_CLEANED_WORDS = 8
"""Words of a line that may be a name. Lower: names with remains of labels are lost; higher: sentences are names."""
_MIN_CLEANED_LETTERS = 3
"""Letters of a cleaned name: "Ý An" is about the shortest. Lower: noise is a name; higher: short names are lost."""
_MIN_CAPITALS_SHARE = 0.6
"""Share of capitals in a name in capitals. Lower: other names become capitals; higher: misread small letters stay."""
_MIN_FREQUENCY_RATIO = 100
"""Frequency ratio (NGUYÊN, not VỪ). Lower: rare family names are replaced; higher: misread common ones stay."""
_MIN_UNCHANGED_CONFIDENCE = 0.99
"""Confidence of a kept family name. Lower: misreadings stay; higher: unusual names are replaced."""
_IMPLAUSIBLE_NAME_FACTOR = 0.4
"""Factor without possible syllables. Lower: foreign names are lost; higher: misreadings beat better readings."""
_MAX_LOST_LETTERS = 2
"""Letters lost in one syllable. Lower: lossy readings are contradictions; higher: other names are lossy readings."""
_SEX_MIDDLE_NAMES = frozenset({"văn", "thị", "a"})
"""Middle names that indicate the sex, of the Kinh and others and of the Mông."""
_STROKE_IN_WORD = re.compile(r"(?<=[^\W\d_])[!|](?!\S*:)")
"""An I that was recognised as a stroke: "TH!"."""
_WORD = re.compile(r"[a-z]+(?:['’`´-][a-z]+)*")
_PUNCTUATION = re.compile(r"[^\w\s'’`´-]|_")
_DIGITS_TO_LETTERS = str.maketrans("01580", "oisbo")


def normalise_name(text: str) -> str:
    """Return the name in NFC, with single spaces, đ for eth, and without leaders; case is kept.

    >>> normalise_name("..NGUYỄN  VĂN MẪU....")
    'NGUYỄN VĂN MẪU'
    """
    composed = unicodedata.normalize("NFC", text).translate(_ETH)
    return " ".join(_LEADERS.sub(" ", composed).split()).strip(_EDGE_CHARACTERS)


def is_family_name(word: str) -> bool:
    """Return whether a word is a Vietnamese family name (possibly also a common word); rare ones need diacritics."""
    return fold_upper(word) in FAMILY_NAMES or word.upper() in FAMILY_NAME_SHARES


def begins_with_family_name(name: str) -> bool:
    """Return whether the first word of a name is an unambiguous Vietnamese family name; rare ones need diacritics.

    >>> [begins_with_family_name(name) for name in ("Nguyen Van Mau", "Quàng Thị Mẫu", "Quảng cáo", "Bàn ghế")]
    [True, True, False, False]
    """
    first = next(iter(name.split()), "")
    return fold_upper(first) in FAMILY_NAMES or (is_family_name(first) and first.upper() not in AMBIGUOUS_FAMILY_NAMES)


def same_name(first: str, second: str) -> bool:
    """Return whether two spellings differ only in case, diacritics, spacing or punctuation.

    >>> same_name("Nguyễn Văn Mẫu", "NGUYEN  VAN MAU")
    True
    """
    return _comparable(first) == _comparable(second) != ""


def _comparable(text: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", fold(normalise_name(text))).replace("’", "'").split())


def is_vietnamese_letter(character: str) -> bool:
    """Return whether a composed character is a letter with a Vietnamese diacritic (or đ)."""
    return character in _VIETNAMESE_LETTERS


def is_name_like(text: str) -> bool:
    """Return whether the text has the form of a person's name: two to six words, most of them plausible syllables.

    Lost letters and names of other peoples of Viet Nam ("H'Hen Niê", "Y Moan") are allowed.
    """
    text = _STROKE_IN_WORD.sub("I", text)
    has_signs = any(sign in text for sign in ",;:()[]{}<>/\\@#&=+*?!")
    if has_signs or is_written_on_covers(text) or is_part_of_heading(text):
        return False
    folded = _comparable(text)
    words = folded.split()
    if not MIN_NAME_WORDS <= len(words) <= MAX_NAME_WORDS or folded.upper() in NOT_NAMES:
        return False
    if sum(character.isdigit() for character in folded) > 1:
        return False
    words = [word.translate(_DIGITS_TO_LETTERS) for word in words]
    if any(_WORD.fullmatch(word) is None or len(word) > _MAX_WORD_LETTERS for word in words):
        return False
    if _has_highland_words(text, words):
        return True
    plausibility = sum(map(_word_plausibility, words)) / len(words)
    has_family_name = words[0].upper() in FAMILY_NAMES
    return plausibility >= (_MIN_PLAUSIBILITY_WITH_FAMILY_NAME if has_family_name else _MIN_PLAUSIBILITY)


def is_surely_name(text: str) -> bool:
    """Return whether a text without a label is a person's name beyond doubt, by its family name or middle name.

    >>> is_surely_name("Nguyễn Văn Mẫu"), is_surely_name("Gạo thơm"), is_surely_name("Kim loại")
    (True, False, False)
    """
    words = text.split()
    if len(words) < MIN_NAME_WORDS or not all(word[:1].isupper() for word in words):
        return False
    if fold_upper(" ".join(words[:2])) in HEADING_PREFIXES:
        return False
    has_family_name = begins_with_family_name(text) or _has_highland_words(text, fold(text).split())
    has_middle_name = len(words) > MIN_NAME_WORDS and words[1].casefold() in _SEX_MIDDLE_NAMES
    return (has_family_name or has_middle_name) and is_name_like(text)


def _word_plausibility(word: str) -> float:
    """Return how likely a folded word is a syllable of a Vietnamese name, 0 to 1."""
    upper = word.upper()
    if upper in SYLLABLES:
        return 1.0
    return _CLIPPED_PLAUSIBILITY if len(upper) > 1 and upper in clipped_syllables() else 0.0


def _has_highland_words(text: str, words: list[str]) -> bool:
    """Return whether a name has a mark of the sex (Y, H') in front or a family name of the Ê Đê, Mnông, Gia Rai ..."""
    is_capitalised = all(word[:1].isupper() for word in text.split())
    has_mark = words[0] in {"y", "h", "a"} or words[0].startswith(("h'", "h’", "k'", "k’"))
    return is_capitalised and (has_mark or bool(_HIGHLAND_NAMES & {fold(word) for word in words}))


def is_highland_name(text: str) -> bool:
    """Return whether a text begins with a mark of the sex or a family name of the peoples of the Central Highlands.

    >>> is_highland_name("Y Moan Mẫu"), is_highland_name("Ksor Mẫu"), is_highland_name("Hoa Ksor")
    (True, True, False)
    """
    words = _comparable(text).split()
    is_capitalised = all(word[:1].isupper() for word in text.split())
    has_mark = words[0] == "y" or words[0].startswith(("h'", "k'"))
    return len(words) > 1 and is_capitalised and (has_mark or words[0] in _HIGHLAND_NAMES)


_HIGHLAND_NAMES = frozenset(fold(name) for name in HIGHLAND_NAMES if len(name) > 1 and name.isalpha())
"""Words of names of the peoples of the Central Highlands, folded."""


def is_name_word(word: str) -> bool:
    """Return whether a word may be a Vietnamese syllable or a name of the Central Highlands, diacritics ignored.

    >>> is_name_word("Nguyễn"), is_name_word("Ksor"), is_name_word("H'Hen")
    (True, True, True)
    """
    return is_vietnamese_syllable(word) or fold(word) in _HIGHLAND_NAMES or "'" in word[1:-1]


def name_from_mrz(text: str) -> str:
    """Return the name of an MRZ name field with spaces for fillers, family name first.

    >>> name_from_mrz("NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<")
    'NGUYEN VAN MAU'
    """
    return " ".join(text.replace("<", " ").split())


_NOT_IN_NAMES = re.compile(r"[^\w\s'’-]|[\d_]")
_STRAY_MARKS = re.compile(r"[“”„«»‹›\"*|_~^]+")
_LETTER_LOOKALIKES = str.maketrans("!|1[]0", "IIIIIO")
_FOREIGN_MARKS = str.maketrans("ŸÿÑñÄäÖöËë", "ỸỹNnÃãÕõẼẽ")
"""Letters with marks that Vietnamese lacks, and the letters that are misread so."""
_LOST_HORNS = (
    (re.compile(r"(?<![qQ])[uU](?=[ơờớởỡợƠỜỚỞỠỢ]\w)"), str.maketrans("uU", "ưƯ")),
    (re.compile(r"(?<![qQ])[uùúủũụUÙÚỦŨỤ](?=[uU]\b)"), str.maketrans("uùúủũụUÙÚỦŨỤ", "ưừứửữựƯỪỨỬỮỰ")),
    (re.compile(r"(?<=[ưƯ])[oòóỏõọOÒÓỎÕỌ](?=\w)"), str.maketrans("oòóỏõọOÒÓỎÕỌ", "ơờớởỡợƠỜỚỞỠỢ")),
)
"""Repairs of "ươ" and "ưu" with a lost horn: no syllable has "uơ" or "ưo" inside, or ends in "uu"."""


def clean_name(text: str) -> str | None:
    """Return a printed name without characters and words that cannot be part of it, None where no name is left.

    A name that is mostly in capitals is returned in capitals throughout, as on cards.

    >>> clean_name("NGUYỄN VĂN MẫU .")
    'NGUYỄN VĂN MẪU'
    >>> clean_name("L.Nguyễn Văn Mẫu")
    'Nguyễn Văn Mẫu'
    """
    spelled = " ".join(_repair_letters(word) for word in _split_joined_words(normalise_name(text)).split())
    for lost, horned in _LOST_HORNS:
        spelled = lost.sub(lambda match, horned=horned: match[0].translate(horned), spelled)  # type: ignore[misc]
    words = [word.strip("'’-") for word in _NOT_IN_NAMES.sub(" ", spelled).split()]
    words = [word for word in words if any(letter.isalpha() for letter in word)]
    # A single letter before a family name is what was recognised of a row number or bullet.
    is_bullet = len(words) > MIN_NAME_WORDS and len(words[0]) == 1 and fold_upper(words[0]) not in HIGHLAND_NAMES
    if is_bullet and fold_upper(words[1]) in FAMILY_NAMES:
        words = words[1:]
    while len(words) > 1 and len(words[-1]) == 1 and words[-1].islower() and words[0].isupper():
        words.pop()
    letters = [letter for word in words for letter in word if letter.isalpha()]
    if not 1 <= len(words) <= _MAX_CLEANED_WORDS or len(letters) < _MIN_CLEANED_LETTERS:
        return None
    inner = [letter for word in words for letter in word[1:] if letter.isalpha()] or letters
    if sum(letter.isupper() for letter in inner) >= _MIN_CAPITALS_SHARE * len(inner):
        words = [word.upper() for word in words]
    return " ".join(words)


def _split_joined_words(name: str) -> str:
    """Insert a space between words that were read as one: where a capital follows a small letter.

    >>> _split_joined_words("VũThị Mẫu"), _split_joined_words("NGUYễN")
    ('Vũ Thị Mẫu', 'NGUYễN')
    """
    letters = zip(name, f" {name}", f"{name} "[1:], strict=False)
    return "".join(
        f" {letter}" if letter.isupper() and before.islower() and after.islower() else letter
        for letter, before, after in letters
    )


def _repair_letters(word: str) -> str:
    """Replace strokes and rings inside a word of letters by the letters that they stand for ("TR!NH")."""
    letters = sum(character.isalpha() for character in word)
    return word.translate(_LETTER_LOOKALIKES) if letters > len(word) - letters else word


def score_name(reading: LineReading) -> tuple[Secret, float] | None:
    """Return a reading as a name with its confidence, lowered for words that cannot be Vietnamese syllables.

    A family name with a wrong mark ("NGUYÊN", "TRẤN") is corrected: there are few family names, and misread marks are
    more frequent than unknown names. One whose letters all have high confidence is kept.
    """
    cleaned = clean_name(reading.text.reveal())
    if cleaned is None or fold_upper(cleaned) in NOT_NAMES or find_headings(cleaned):
        return None
    cleaned = cleaned.translate(_FOREIGN_MARKS)
    if not _is_first_word_confident(reading):
        cleaned = _correct_family_name(cleaned)
    words = fold(cleaned).split()
    possible = sum(map(is_name_word, words)) / len(words)
    confidence = reading.confidence * (_IMPLAUSIBLE_NAME_FACTOR + (1 - _IMPLAUSIBLE_NAME_FACTOR) * possible)
    # Misreading seldom results in possible syllables throughout.
    return Secret(cleaned), confidence if possible < 1 else confidence + (1 - confidence) / 2


def _correct_family_name(name: str) -> str:
    """Return a name with the spelling of a known family name in place of one that differs in its marks."""
    first, _, rest = name.partition(" ")
    spelled = _family_names().get(fold(first))
    if spelled is None or not rest or first.isascii() or not first[0].isupper() or first.upper() in HIGHLAND_NAMES:
        return name
    if (spelled[0] == "Đ") is not (first[0] == "Đ"):
        return name  # the stroke is part of the letter: "Doãn" is not "Đoàn"
    if _MIN_FREQUENCY_RATIO * FAMILY_NAME_SHARES.get(first.upper(), 0.0) > FAMILY_NAME_SHARES[spelled]:
        return name
    return f"{spelled if first.isupper() else spelled.title()} {rest}"


def _is_first_word_confident(reading: LineReading) -> bool:
    text = reading.text.reveal()
    start = len(text) - len(text.lstrip())
    first = reading.confidences[start : start + len(text.split(maxsplit=1)[0])] if text.strip() else ()
    return bool(first) and min(first) >= _MIN_UNCHANGED_CONFIDENCE


@cache
def _family_names() -> dict[str, str]:
    return {fold(name): name for name in SPELLED_FAMILY_NAMES}


def has_only_name_words(name: Secret) -> bool:
    """Return whether every word is a possible Vietnamese syllable, diacritics ignored."""
    return all(map(is_name_word, fold(name.reveal()).split()))


def is_lossy_copy(lossy: Secret, full: Secret) -> bool:
    """Return whether one reading is another without some letters, as recognisers that lack letters read it.

    >>> is_lossy_copy(Secret("NGUYN TH ĐC"), Secret("NGUYỄN THỊ ĐỨC"))
    True
    """
    left, right = fold(lossy.reveal()).split(), fold(full.reveal()).split()
    return len(left) == len(right) and all(_is_subsequence(part, word) for part, word in zip(left, right, strict=True))


def _is_subsequence(part: str, word: str) -> bool:
    letters = iter(word)
    return len(word) - len(part) <= _MAX_LOST_LETTERS and all(letter in letters for letter in part)


def in_ascii(name: Secret) -> Secret:
    """Return the name in ASCII capitals, as far as a recogniser without Vietnamese letters is reliable."""
    return Secret(fold_upper(name.reveal()))


def join_address(lines: Sequence[Secret]) -> Secret:
    """Return the lines of an address as one text."""
    parts = [_STRAY_MARKS.sub("", normalise_name(line.reveal())).strip(" ,") for line in lines]
    return Secret(", ".join(part for part in parts if part))


TABLES = (
    FactTable(name="forms of a name",
        source="Civil Code 2015, article 26: family name, middle name, given name in Vietnamese or another language "
        "of Viet Nam", recognise=is_name_like,
        matching=("NGUYỄN VĂN MẪU", "Trần Thị Ví Dụ", "Lê Thị Thử Nghiệm", "NGUYN VĂN MU", "H'Hen Niê", "Y Moan",
            "Ksor Phước", "ĐỖ ĐỨC THỬ", "ĐỖ ĐC TH", "TON NU THI VI DU MAU", "NGUYEN VAN MA0", "LUU TH! DIÉM"),
        not_matching=("Việt Nam", "Nam", "001099000001", "Full name", "Identity Card", "Thôn Mẫu, Xã Thử Nghiệm",
            "15/01/1999", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Họ và tên:", "Total price 12 USD", "")),
)  # fmt: skip

"""Labels and headings that a sentence only mentions: prose about cards is full of their words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from idscan.cards.folding import fold
from idscan.core.vocabulary import Field

if TYPE_CHECKING:
    from idscan.cards.label import Label

_FEWEST_WORDS = 2
_LONG_DIGITS = re.compile(r"[0-9](?:[ ./\-]?[0-9]){3}")
"""Digits of a date or a number: whatever the words around them, they may be the label's value."""
_WORD = re.compile(r"[^\W\d_]+")
_CLAUSE = re.compile(r"[^:;|=]*\Z")
_COLON = re.compile(r"[\s\w]{0,2}\s*[:…]|[\s]*\.\.")
"""A colon or leaders behind a label, also past a letter that is left over from it."""
_WHOSE = re.compile(r"\s*(?:của|cua)\s+(?:[^\W\d_]+\s+){0,4}[^\W\d_]+\s*[:…]")
"""Words behind a label that say whose it is, up to a colon: a form asks for several people's."""
_WRITTEN_SMALL = frozenset({Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE, Field.PERSONAL_IDENTIFICATION})
"""Fields whose values may begin in small letters ("thôn", "xã", "nốt ruồi")."""

FORM_HEADING = re.compile(
    r"[\W_]*(?:mau\s+)?(?:t[o0]?\s*khai|don\b(?!\s*(?:vi|gia|hang)\b)|dn (?=xin|de nghi)|phieu\b|bien ban"
    r"|giay (?:de nghi|uy quyen|xac nhan|gioi thieu|cam ket|bien nhan|moi\b|bao\b|khai sinh|ra vao|ra vien|kham|vay"
    r"|chung nhan (?!can cuoc))|thong bao|hop dong|so yeu ly lich|danh sach"
    r"|bang (?:ke|luong|cham|diem|tong hop|chi tiet)|quyet dinh|xac nhan"
    r"|ban (?:cam ket|tuong trinh|khai)|trich luc|to trinh|phu luc|ket qua)"
)
"""How the headings of forms and notices begin, folded: what they ask for, cards print."""
_RULE_BEFORE = re.compile(
    r"(?:.*[^\w])?(?:luat|nghi dinh|thong tu|ve|lam|cap|doi|mat|theo|ho so|thu tuc|dich vu|huong dan|nhan|tra|va|hoac"
    r"|bang|mang)\s*(?:the\s*)?"
)
"""Words, folded, behind which a card's heading is part of a rule or of advice."""
_NUMBER_BEFORE = re.compile(r"(?:.*[^\w])?s[o0]\s*(?:the\s*)?")
_NUMBER_FOLLOWS = re.compile(r"\s*(?:so\b|:)\W*[0-9](?:[ .\-]?[0-9]){7}")


def is_form_heading(text: str) -> bool:
    """Return whether the line is the heading of a form, printed in capitals.

    >>> is_form_heading("TỜ KHAI CĂN CƯỚC CÔNG DÂN"), is_form_heading("Thông báo cho tôi")
    (True, False)
    """
    letters = [character for character in text if character.isalpha()]
    is_capitals = sum(map(str.isupper, letters)) > len(letters) / 2
    return is_capitals and FORM_HEADING.match(fold(text)) is not None


def is_label_of_number(before: str, after: str) -> bool:
    """Return whether "Số" before a card's heading, or a number behind it, make it a label."""
    return _NUMBER_BEFORE.fullmatch(fold(before)) is not None or _NUMBER_FOLLOWS.match(fold(after)) is not None


def is_rule_about(before: str) -> bool:
    """Return whether the words before a card's heading belong to a rule or advice about the card.

    >>> is_rule_about("LUẬT"), is_rule_about("THẺ")
    (True, False)
    """
    return _RULE_BEFORE.fullmatch(fold(before)) is not None


def is_mention(label: Label, before: str, found: str, after: str) -> bool:
    """Return whether a label stands in a sentence that only speaks of it.

    Args:
        label: the label.
        before: the line up to it, from the label before on.
        found: as printed.
        after: the line behind it, up to the next label.
    """
    if points_at_value(after):
        return False
    follows: list[str] = _WORD.findall(after)
    goes_on_small = bool(follows) and follows[0].islower() and _WORD.search(after[:4]) is not None
    words_before = sum(word.islower() for word in _WORD.findall(_CLAUSE.findall(before)[0]))
    if starts_small(found):
        return goes_on_small or (words_before >= _FEWEST_WORDS and not follows)
    if label.field in _WRITTEN_SMALL or not goes_on_small:
        return goes_on_small and words_before >= _FEWEST_WORDS
    return words_before >= _FEWEST_WORDS or sum(word.islower() and len(word) > 1 for word in follows) > _FEWEST_WORDS


def points_at_value(after: str) -> bool:
    """Return whether a colon or leaders follow a label, or digits that may be its value.

    >>> points_at_value(" của chủ hộ:"), points_at_value(" của những người sau")
    (True, False)
    """
    if _WHOSE.match(after) is not None:
        return True
    return _COLON.match(after) is not None or _LONG_DIGITS.search(after) is not None


def starts_small(found: str) -> bool:
    """Return whether a label begins in small letters, which none on a card does."""
    return found[:1].islower()

"""Labels too short or too garbled for approximate search: held to their place and to what stands behind them."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.folding import fold_upper, fold_with_places
from idscan.cards.label_tables import LABELS
from idscan.cards.name_tables import FAMILY_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.cards.label import Label


class LabelHead(NamedTuple):
    """A label and where it stands in the line."""

    label: Label
    variant: str
    start: int
    end: int


ENGLISH_NUMBER = "No."
"""The variant of "Số" that no Vietnamese stands before."""

_DIGITS = r"(?:(?:[0-9][ .\-]?){11}[0-9]|(?:[0-9][ .\-]?){8}[0-9])(?![ .\-]?[0-9])"
"""Twelve or nine digits, and no more."""
_NUMBER = re.compile(
    r"[\W_]*(?P<label>"
    rf"s[06](?=[\W_]+{_DIGITS})|s[06](?=(?:[0-9][ .\-]?){{11}}[0-9](?![ .\-]?[0-9]))|s(?=[\W_]*{_DIGITS})"
    r"|(?:(?:so|s)\s*[/|l1]?\s*n[o0]\b|so\b|so(?=[0-9:.])|s(?=\s*[/:]|\s+[0-9])|n[o0](?=\s*[.:]))"
    r"(?=[^\w\n]*(?:(?:[0-9odqilzsbgt|!]\W?){8}|$)))"
)
"""The label of a card's number on its own: at the start of a line, before digits or nothing.

Readers that lack "ố" give "S", "S6" or "S0", which must not lend the number a digit.
"""
_SEX = re.compile(r"(?:^|[\W_])(?P<label>sex)\s*[:.]?\s*(?=$|na?m\b|n\w?u?\b|m\b|f\b|:)")
_IDENTITY = re.compile(
    rf"(?<!\w)(?P<label>(?:(?:ma\s*)?s[o0]?\s*)?(?:the\s*)?can\s*c[uo]{{0,2}}c(?:\s*cong\s*dan)?)[\W_]*(?={_DIGITS})"
)
"""A heading's words before a number are its label."""
_OLD_PAPER = re.compile(
    rf"(?<![^\W_])(?P<label>(?:so\s*)?(?:giay\s*)?(?:chung\s*minh(?:\s*(?:nhan\s*dan|thu))?)(?:\s*so)?)[\W_]*(?={_DIGITS})"
)
"""The older card's name, in full or abridged, before a number."""
_ANY_PAPER = re.compile(rf"[\W_]*(?P<label>(?:so\s*hieu\s*)?giay\s*to)[\W_]*(?={_DIGITS})")
_BROKEN = re.compile(rf"[\W_]*(?P<label>(?:cong\s*)?dan\s*so)[\W_]*(?={_DIGITS})")
"""The rest of "căn cước công dân số" where a sentence breaks within it."""
_IDENTIFIER = re.compile(
    rf"(?<!\w)(?<!so )(?<!ma )(?P<label>dinh\s*danh(?:\s*ca\s*nhan)?)\s*(?:[\W_]*(?={_DIGITS})|:?\s*$)"
)
"""An identifier of whatever: the digits behind it decide."""
_BORN = re.compile(
    r"(?:^|.*[\W_])(?P<label>(?<!ngay )(?<!nam )sinh|ntns|sn|ns)\s*:?\s*"
    r"(?=(?P<date>[0-9]{1,2}\s*[/.-]\s*[0-9])|(?:19|20)[0-9]{2}(?![0-9/.\-]))"
)
_ENGLISH_BORN = re.compile(r"[\W_]*(?P<label>d\s?[.]?\s?[o0]\s?[.]?\s?b)[.]?\s*(?::|$)")
_ENGLISH_BORN_IN_SENTENCE = re.compile(
    r"(?:^|.*[\W_])(?P<label>born)(?:\s+(?:on|in))?\s*(?=[0-9]{1,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)
_HONORIFIC = re.compile(
    r"(?:^|.*[:,\-–]|[\W_]+)\s*"
    r"(?P<label>(?:ong|ba)(?:\s*[/(]\s*(?:ong|ba)\w?\s*\)?)?|toi la)(?![^\W_])\s*(?P<colon>[:.…]?)[\s.…]*"
)
"""How contracts and letters introduce people; only a name behind makes a label of it."""
_ADDRESSED = re.compile(
    r"(?<![^\W_])(?P<label>ong(?:\s*[/(]\s*ba\w?\s*\)?)?|ba|anh|chi|"
    r"(?:va|cung)\s+(?:vo|chong|con)(?:\s+la)?)\s*(?P<colon>:?)\s*(?=[a-z])"
)
"""Forms of address anywhere in a sentence; a whole name must follow, and its number or date of birth."""
_ENGLISH_ADDRESSED = re.compile(
    r"(?<![^\W_])(?P<label>(?:mr|mrs|ms|miss)[.:]?|my name is|i,(?:\s*the undersigned,?)?|the undersigned,?)"
    r"\s*(?=[a-z])"
)
"""How letters in English introduce people."""
_ROLES = (
    r"(?:quy\s+)?khach(?:\s+(?:hang|thue|mua|o|luu\s+tru|tro|du\s+lich|moi|vay))?|hanh\s+khach|lu\s+khach|du\s+khach"
    r"|nguoi\s+(?:benh|mua|ban|thue|cho\s+thue|vay|gui(?:\s+tien)?|nhan(?:\s+tien)?|nop(?:\s+(?:don|tien|thue|ho\s+so))?"
    r"|khai|lam\s+don|de\s+nghi|yeu\s+cau|dang\s+ky|dai\s+dien|lao\s+dong|uy\s+quyen|thu\s+huong|huong|than|lien\s+he"
    r"|di\s+cung|giam\s+ho|bao\s+lanh|phu\s+thuoc|tiem(?:\s+chung)?|su\s+dung(?:\s+dat)?|cam\s+co|the\s+chap|tham\s+gia|cha|me"
    r"|chong|vo|chet|con|duoc\s+(?:bo\s+nhiem|bao\s+hiem|uy\s+quyen|cap|tiem|cu|tang\s+cho|giam\s+ho|kham))"
    r"|benh\s+nhan|hoc\s+(?:sinh|vien)|sinh\s+vien|thi\s+sinh|ung\s+vien|nhan\s+vien|can\s+bo|cong\s+nhan|phu\s+huynh"
    r"|(?:hoi|thanh|doan|dang|thuyen)\s+vien|(?:lai|tai)\s+xe|doi\s+tuong(?:\s+tiem)?|dai\s+dien|ben\s+(?:a|b|cho\s+(?:thue|vay)"
    r"|mua|ban|vay|thue|(?:duoc\s+)?uy\s+quyen)(?:\s+bao\s+hiem)?|(?:chu\s+)?thue\s+bao|chu\s+(?:ho|xe|the|nha|tai\s+khoan|so\s+huu|thue\s+bao|dat|tau|co\s+so)"
)
"""Who somebody is to an office, bank, school, clinic, hotel or carrier, folded."""
_OWN = (
    r"(?:(?:em|chau|con)\s+)?ten(?:\s+(?:la|day\s+du|tai\s+khoan|nguoi\s+dung))?|thong\s+tin\s+khach\s+hang"
    r"|(?:anh|chi)(?:\s*[/(]\s*chi\s*\)?)?|vo|chong|con|cha|bo|me"
    r"|(?:guest|passenger|patient|customer|account|card\s?holder)(?:'?s)?(?:\s+(?:full\s*)?name)?"
)
"""Words that are a label by themselves before a colon only."""
_ROLE = re.compile(
    rf"(?:[\W_]*[0-9]{{0,2}}[\W_]+|)(?P<label>(?:(?:(?:ho\s*(?:va|,)?\s*)?ten\s+(?:cua\s+)?)?(?:{_ROLES})"
    rf"|(?:{_OWN})(?=\s*:))(?:\s+(?:thu\s+)?[0-9]{{1,2}}(?![0-9]))?(?:\s*/\s*[a-z' ]{{3,24}})?"
    r"(?:\s*\([^()]{1,30}\))?\s*\*?)\s*(?P<colon>:|[.…]{2,}|$)?"
)
"""A role at the start of a line, with the number of the person ("Hành khách 2") and its translation."""
_TAIL = re.compile(
    rf"\s*(?:(?:cua|quy)\s+)?(?:(?P<role>{_ROLES})\w?|(?P<relation>vo|chong|cha|me|bo|con|chau|be|tre|minh|toi"
    r"|hs|bn|kh|ts|nv|sv)|(?P<translation>/\s*[a-z' ]{3,24}(?=\s*:)))"
    r"(?![^\W_])(?:\s+(?:thu\s+)?[0-9]{1,2}(?![0-9]))?(?P<colon>\s*[:.…])?"
)
"""Words behind the label of a name that say whose."""
_BRACKETS = re.compile(r"\s*(?:\([^()]{1,40}\)|\*)(?=\s*[:.…(*]|\s*$)")
_SMALL_WORDS = re.compile(r"(?:\s+[^\W\d_]+){1,6}\s*(?=[:…]|\.\.)")
_ENGLISH_NAME = re.compile(r"[\W_]*(?P<label>name)\s*(?:[:.]|$)")
_NAME = re.compile(r"[\W_]*(?P<label>h\s?[o0]?\s*t\s?e?n)\s*(?P<colon>[:…]|\.\.)?")
"""What is left of "Họ tên" by a reader that lacks "ọ" and "ê"."""
_LONG_NAME = 3
"""Capitalised words behind a form of address that are a name, be its family name a rare one."""
_CAPITALS = 2
"""Letters in capitals by which a value behind a garbled label is known."""


def find_heads(text: str) -> Iterator[LabelHead]:
    """Find the labels that stand for themselves only at their place in the line."""
    folded, places = fold_with_places(text)
    starts: set[int] = set()
    for label, match in (
        (_label("Số"), _NUMBER.match(folded)),
        (_label("Sex"), _SEX.search(folded)),
        (_label("Số căn cước"), _IDENTITY.search(folded)),
        (_label("Name"), _ENGLISH_NAME.match(folded)),
        (_label("Căn cước công dân số"), _OLD_PAPER.search(folded)),
        (_label("Số giấy tờ"), _ANY_PAPER.match(folded)),
        (_label("Số căn cước"), _BROKEN.match(folded)),
        (_label("Định danh"), _IDENTIFIER.search(folded)),
        (_label("Sinh ngày"), _born(folded)),
        (_label("Date of birth"), _ENGLISH_BORN.match(folded) or _ENGLISH_BORN_IN_SENTENCE.match(folded)),
        (_label("Ông/Bà"), _honorific(text, folded, places)),
        (_label("Họ tên"), _name_head(text, folded, places)),
        (_label("Khách hàng"), _role(text, folded, places)),
        *((_label("ông/bà"), match) for match in _addresses(text, folded, places)),
        *((_label("Mr/Ms"), match) for match in _english_addresses(text, folded, places)),
    ):
        if match is not None and match.start("label") not in starts:
            start, end = match.span("label")
            starts.add(start)
            variant = ENGLISH_NUMBER if folded[start] == "n" else label.variants[0]
            yield LabelHead(label, variant, places[start], places[end - 1] + 1)


def _born(folded: str) -> re.Match[str] | None:
    """Return the match of a short label of birth dates; before a year alone it stands behind a comma, as after a name.

    Machines have serial numbers ("SN 1959").
    """
    match = _BORN.match(folded)
    if match is None or match["date"] or folded[: match.start("label")].rstrip().endswith((",", "(")):
        return match
    return None


def _name_head(text: str, folded: str, places: list[int]) -> re.Match[str] | None:
    match = _NAME.match(folded)
    if match is None:
        return None
    start, end = match.span("label")
    # In capitals these letters are somebody's initials or a company's.
    if not text[places[start] + 1 : places[end - 1] + 1].replace(" ", "").islower():
        return None
    value = [character for character in text[places[match.end()] :] if character.isalpha()][:_CAPITALS]
    is_value = len(value) == _CAPITALS and "".join(value).isupper()
    return match if is_value or match["colon"] else None


def _honorific(text: str, folded: str, places: list[int]) -> re.Match[str] | None:
    """Return the match of a form of address that a name follows: behind a colon, or with a family name in front."""
    match = _HONORIFIC.match(folded)
    if match is None:
        return None
    start = places[match.start("label")]
    rest = text[places[match.end()] :]
    if match["colon"]:
        return match if len(_capitalised(rest)) > 1 or not rest else None
    return match if _starts_with_name(rest) and text[start].isupper() else None


def _role(text: str, folded: str, places: list[int]) -> re.Match[str] | None:
    """Return the match of a role at the start of a line, before a colon, a name or nothing."""
    match = _ROLE.match(folded)
    if match is None:
        return None
    rest = text[places[match.end()] :]
    is_label = match["colon"] is not None and text[places[match.start("label")]].isupper()
    return match if is_label or _starts_with_family_name(rest) else None


def _addresses(text: str, folded: str, places: list[int]) -> list[re.Match[str]]:
    """Return the forms of address within a sentence that a whole name follows."""
    found = []
    for match in _ADDRESSED.finditer(folded):
        start = places[match.start("label")]
        before, label = text[:start].split(), text[start : places[match.end("label")]]
        # "Anh" and "Bà" are parts of names, too: behind a capitalised word only small letters address somebody.
        is_part_of_name = label[0].isupper() and before[-1:] != [] and before[-1][0].isupper() and before[-1].isalpha()
        if not is_part_of_name and not label.isupper() and _starts_with_name(text[places[match.end()] :]):
            found.append(match)
    return found


def _english_addresses(text: str, folded: str, places: list[int]) -> list[re.Match[str]]:
    """Return what in a sentence in English introduces somebody with a family name of Vietnam."""
    return [
        match for match in _ENGLISH_ADDRESSED.finditer(folded) if _starts_with_family_name(text[places[match.end()] :])
    ]


def _starts_with_name(text: str) -> bool:
    """Return whether a text begins with a family name and another capitalised word, or several of them."""
    return len(_capitalised(text)) >= _LONG_NAME or _starts_with_family_name(text)


def _starts_with_family_name(text: str) -> bool:
    words = _capitalised(text)
    return len(words) > 1 and fold_upper(words[0]) in FAMILY_NAMES


def _capitalised(text: str) -> list[str]:
    """Return the words at the start of a text that begin with a capital."""
    return list(takewhile(lambda word: word[:1].isupper(), text.split()))


def tail_end(text: str, end: int) -> int:
    """Return where the label of a name ends that says whose it is: "Họ tên khách:", "Họ và tên của người bệnh".

    Args:
        text: the line.
        end: the place behind the label's own words.

    >>> tail_end("Họ tên khách: Nguyễn Văn Mẫu", 6), tail_end("Họ tên: Võ Văn Mẫu", 6), tail_end("Họ tên Võ Văn Mẫu", 6)
    (12, 6, 6)
    """
    folded, places = fold_with_places(text[end:])
    tail = _TAIL.match(folded)
    if tail is not None:
        words = text[end : end + places[tail.end()]]
        is_small = next((letter for letter in words if letter.isalpha()), "A").islower()
        # "Võ", "Chu" and the like are family names.
        if tail["relation"] is None or is_small or tail["colon"] is not None:
            stop = tail.start("colon") if tail["colon"] is not None else tail.end()
            end += places[stop]
    elif (small := _SMALL_WORDS.match(text, end)) is not None and small[0].strip().islower():
        end = small.end()
    while (brackets := _BRACKETS.match(text, end)) is not None:
        end = brackets.end()
    return end


def _label(variant: str) -> Label:
    return next(label for label in LABELS if label.variants[0] == variant)

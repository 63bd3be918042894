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
_BROKEN = re.compile(rf"[\W_]*(?P<label>(?:cong\s*)?dan\s*so)[\W_]*(?={_DIGITS})")
"""The rest of "căn cước công dân số" where a sentence breaks within it."""
_IDENTIFIER = re.compile(
    rf"(?<!\w)(?<!so )(?<!ma )(?P<label>dinh\s*danh(?:\s*ca\s*nhan)?)\s*(?:[\W_]*(?={_DIGITS})|:?\s*$)"
)
"""An identifier of whatever: the digits behind it decide."""
_BORN = re.compile(r"(?:^|.*[\W_])(?P<label>sinh|ntns)\s*:?\s*(?=[0-9]{1,2}\s*[/.-]\s*[0-9])")
_ENGLISH_BORN = re.compile(r"[\W_]*(?P<label>d\s?[.]?\s?[o0]\s?[.]?\s?b)[.]?\s*(?::|$)")
_HONORIFIC = re.compile(
    r"(?:^|.*[:,\-–]|[\W_]+)\s*"
    r"(?P<label>(?:ong|ba)(?:\s*[/(]\s*(?:ong|ba)\w?\s*\)?)?|toi la)\s*(?P<colon>[:.…]?)[\s.…]*"
)
"""How contracts and letters introduce people; only a name behind makes a label of it."""
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
    for label, match in (
        (_label("Số"), _NUMBER.match(folded)),
        (_label("Sex"), _SEX.search(folded)),
        (_label("Số căn cước"), _IDENTITY.search(folded)),
        (_label("Name"), _ENGLISH_NAME.match(folded)),
        (_label("Số căn cước"), _BROKEN.match(folded)),
        (_label("Định danh"), _IDENTIFIER.search(folded)),
        (_label("Sinh ngày"), _BORN.match(folded)),
        (_label("Date of birth"), _ENGLISH_BORN.match(folded)),
        (_label("Ông/Bà"), _honorific(text, folded, places)),
        (_label("Họ tên"), _name_head(text, folded, places)),
    ):
        if match is not None:
            start, end = match.span("label")
            variant = ENGLISH_NUMBER if folded[start] == "n" else label.variants[0]
            yield LabelHead(label, variant, places[start], places[end - 1] + 1)


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
    words = list(takewhile(lambda word: word[:1].isupper(), rest.split()))
    if match["colon"]:
        return match if len(words) > 1 or not rest else None
    is_name = len(words) >= _LONG_NAME or (len(words) > 1 and fold_upper(words[0]) in FAMILY_NAMES)
    return match if is_name and text[start].isupper() else None


def _label(variant: str) -> Label:
    return next(label for label in LABELS if label.variants[0] == variant)

"""Labels of which a card that is cut off at its left shows only the end: "ên: TRẦN VĂN MẪU", "ày: 15-01-1999"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.dates import find_dates, find_written_date
from idscan.cards.folding import fold
from idscan.cards.label import Language
from idscan.cards.label_tables import LABELS
from idscan.cards.names import is_name_like
from idscan.cards.pieces import JUNK, part_of
from idscan.cards.titles import find_titles
from idscan.cards.unlabelled import unlabelled_fact
from idscan.cards.values import PARSERS
from idscan.core.vocabulary import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.cards.pieces import Piece
    from idscan.core.readings import Fact

_FIELDS = (Field.NAME, Field.DATE_OF_BIRTH)
_VALUES = (*_FIELDS, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE)
_WORD = r"[^\W\d]{1,7}"
_TAILS = tuple(
    re.compile(rf"\W*(?P<tail>{words})(?:\s*[:.;,]\s*|\s+)(?=[^\W\d]*[A-ZĐÀ-Ỹ0-9])")
    for words in (_WORD, f"{_WORD} {_WORD}")
)
"""One word or two, and then what may be a value: digits, or a word with capitals."""
_SHORTEST = 2
_DATES = ("ngay cap", "gia tri den", "date of issue", "date of expiry")
"""What other dates of a card end in; a tail that may be of one of these says nothing."""


def cut_off_facts(pieces: Sequence[Piece], facts: Sequence[Fact]) -> list[Fact]:
    """Return name and birth date that the end of a label leads to, on what is known to be a card.

    Args:
        pieces: all labels and texts of the card.
        facts: what whole labels led to; a field among them is not looked for.
    """
    known = {fact.field for fact in facts}
    found: list[Fact] = []
    for field in _FIELDS:
        if field not in known:
            found += [fact for piece, place in _values(pieces, field) if (fact := _fact(field, piece, place))][:1]
    return found


def _values(pieces: Sequence[Piece], field: Field) -> Iterator[tuple[Piece, int]]:
    """Yield the pieces behind what may be the end of a label, each with the place of its value's first character."""
    for index, piece in enumerate(pieces):
        is_first = index == 0 or pieces[index - 1].row != piece.row
        if piece.is_label or not is_first:
            continue
        for tail in _TAILS:
            match = tail.match(piece.text)
            if match is not None and _may_end(match["tail"], field):
                yield piece, match.end()
        after = pieces[index + 1] if index + 1 < len(pieces) else None
        if after is not None and after.row == piece.row and not after.is_label and _may_end(piece.text, field):
            yield after, 0


def _fact(field: Field, piece: Piece, place: int) -> Fact | None:
    text = piece.text[place:].strip(JUNK)
    value = PARSERS[field](text)
    if value is None or find_titles(text):
        return None
    if field is Field.NAME and not (text.isupper() and is_name_like(value)):
        return None
    if field is Field.DATE_OF_BIRTH and not _is_birth_date(text):
        return None
    quad = part_of(piece.quad, place / max(len(piece.text), 1), 1.0)
    return replace(unlabelled_fact(field, value, piece), quad=quad)


def _is_birth_date(text: str) -> bool:
    """Return whether a text holds a whole date as cards print birth dates: what they write out is the day of issue."""
    return find_written_date(text) is None and any(match.date.is_whole for match in find_dates(text))


def _may_end(text: str, field: Field) -> bool:
    """Return whether a text is the end of a Vietnamese label of a field, and of none of another.

    >>> _may_end("ên", Field.NAME), _may_end("ày", Field.DATE_OF_BIRTH), _may_end("ấp", Field.DATE_OF_BIRTH)
    (True, True, False)
    """
    tail = fold(text.strip(JUNK))
    is_of_another = field is Field.DATE_OF_BIRTH and any(other.endswith(tail) for other in _DATES)
    if len(tail) < _SHORTEST or is_of_another:
        return False
    return any(variant.endswith(tail) and variant != tail for variant in _variants(field))


def ends_label(text: str) -> bool:
    """Return whether a text is the end of the Vietnamese label of one of a front's values, and no whole one.

    >>> ends_label("ên"), ends_label("quán"), ends_label("Họ tên"), ends_label("Tổng cộng")
    (True, True, False, False)
    """
    return any(_may_end(text, field) for field in _VALUES)


@cache
def _variants(field: Field) -> tuple[str, ...]:
    return tuple(
        fold(variant)
        for label in LABELS
        if label.field is field and label.language is Language.VIETNAMESE
        for variant in label.variants
    )

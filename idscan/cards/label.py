"""What a printed label of a card is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from idscan.cards.approximate import MAX_DISTANCE
from idscan.core.vocabulary import CardKind, Field, Side

SOURCE = (
    "Circular 07/2016/TT-BCA, Circular 06/2021/TT-BCA, Circular 16/2024/TT-BCA (article 3), the forms of CMND cards; "
    "licences: Circular 12/2025/TT-BCA; health insurance: Decision 1666/QD-BHXH; passports: Circular 73/2021/TT-BCA"
)

Where = frozenset[tuple[CardKind, Side]]


class ValuePlace(StrEnum):
    """Where a label's value stands."""

    RIGHT = "right"
    BELOW = "below"
    EITHER = "either"


class Language(StrEnum):
    """The language of a label."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A printed label.

    Attributes:
        field: what its value is; None for a label whose value is no finding but which ends the value before it.
        variants: as printed.
        where: cards and sides that print it.
        language: of the variants.
        value_place: where its value stands.
        is_strict: too short for approximate search: stands at the start of a line, before a separator or digits.
        is_never_capitals: not printed in capitals, and in capitals likely a person's name.
        max_distance: weighted edits per letter.
        digits: how many digits a number behind it may have.
        is_common: stands in texts of any kind, so that it is no reason to look closer at one.
        needs_likely: ordinary words, which count before a citizen number of right structure, and before others only
            beside a person's name and date of birth.
        needs_person: a role that companies have as well, or words of a sentence: the name behind it counts only for
            somebody whose number or date of birth stands near by.
        matching: lines in which it must be found.
        not_matching: lines in which it must not be found.
    """

    field: Field | None
    variants: tuple[str, ...]
    where: Where
    language: Language = Language.VIETNAMESE
    value_place: ValuePlace = ValuePlace.EITHER
    is_strict: bool = False
    is_never_capitals: bool = False
    max_distance: float = MAX_DISTANCE
    digits: tuple[int, ...] = (9, 12)
    is_common: bool = False
    needs_likely: bool = False
    needs_person: bool = False
    matching: tuple[str, ...] = ()
    not_matching: tuple[str, ...] = ()


def front(*kinds: CardKind) -> Where:
    """Return the fronts of the cards."""
    return frozenset((kind, Side.FRONT) for kind in kinds)


def back(*kinds: CardKind) -> Where:
    """Return the backs of the cards."""
    return frozenset((kind, Side.BACK) for kind in kinds)

"""What was read of one card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.layouts import fields_of
from idscan.core.vocabulary import EXPOSED_FIELDS, Field

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact
    from idscan.core.results import SeenText
    from idscan.core.vocabulary import CardKind, Side

IDENTIFYING = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})
"""What a card is read for: with these three known, more reading adds nothing that exposes anyone."""


@dataclass(frozen=True, slots=True)
class CardReading:
    """A card that was recognised, in pixels of the picture.

    Attributes:
        kind: generation.
        side: which face.
        quad: outline.
        confidence: 0 to 1.
        facts: what it gives away.
        blanks: exposing fields of which nothing stands where the layout has them.
        texts: everything that was read on it.
        is_outline_seen: whether its edges were seen, and not guessed from what it shows.
    """

    kind: CardKind
    side: Side
    quad: Quad
    confidence: float
    facts: tuple[Fact, ...]
    blanks: frozenset[Field] = frozenset()
    texts: tuple[SeenText, ...] = ()
    is_outline_seen: bool = True


def is_complete(card: CardReading) -> bool:
    """Return whether a card tells who its holder is as far as this side of it shows that, or nothing at all any more.

    Where some fields were read and others are blank, the outline may have cut those off.
    """
    shown = frozenset(fields_of(card.kind, card.side))
    wanted = IDENTIFYING & shown if shown and Field.MRZ not in shown else IDENTIFYING
    return told(card).issuperset(wanted) or card.blanks.issuperset(wanted) or is_blank(card)


def is_blank(card: CardReading) -> bool:
    """Return whether nothing stands any more where a card prints what exposes its holder."""
    printed = EXPOSED_FIELDS.intersection(fields_of(card.kind, card.side))
    return bool(printed) and not told(card) and card.blanks.issuperset(printed)


def told(card: CardReading) -> frozenset[Field]:
    """Return which exposing fields of a card have a value."""
    return frozenset(fact.field for fact in card.facts if fact.value is not None and fact.field in EXPOSED_FIELDS)

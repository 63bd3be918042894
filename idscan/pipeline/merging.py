"""Several readings of one picture as one: what one of them missed another may have seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.evidence import same_value
from idscan.core import geometry
from idscan.core.vocabulary import CardKind
from idscan.pipeline.cascade import PictureReading, are_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.core.readings import Fact
    from idscan.core.results import Problem
    from idscan.pipeline.card_reading import CardReading

_ONE_PLACE = 0.5
_ONE_PROBLEM = 0.3


def joined(first: PictureReading, second: PictureReading) -> PictureReading:
    """Return two readings of one picture, of two of its layers or in two ways, as one; each fact and problem once."""
    cards = list(first.cards)
    for card in second.cards:
        twin = next((i for i, known in enumerate(cards) if are_one(known, card)), None)
        if twin is None:
            cards.append(card)
        else:
            cards[twin] = _one(cards[twin], card)
    on_cards = [fact for card in cards for fact in card.facts]
    loose = _with_new(first.facts, _in_records_of(first.facts, second.facts))
    problems = [new for new in second.problems if not any(_is_one_problem(new, old) for old in first.problems)]
    return PictureReading(
        cards=tuple(cards),
        facts=tuple(fact for fact in loose if not _is_on_card(fact, on_cards)),
        problems=(*first.problems, *problems),
        texts=tuple(dict.fromkeys((*first.texts, *second.texts))),
        located=(*first.located, *second.located),
        lines=(*first.lines, *second.lines),
    )


def _in_records_of(known: Sequence[Fact], more: Sequence[Fact]) -> list[Fact]:
    """Return further facts with the records of the known ones whose places they share, the others apart from those."""
    records: dict[int, int] = {}
    for fact in more:
        if fact.record is None or fact.record in records:
            continue
        for other in known:
            if other.record is not None and fact.field is other.field and is_there(fact, other):
                records[fact.record] = other.record
                break
    first = 1 + max((fact.record for fact in known if fact.record is not None), default=-1)
    return [
        fact if fact.record is None else replace(fact, record=records.get(fact.record, first + fact.record))
        for fact in more
    ]


def _one(first: CardReading, second: CardReading) -> CardReading:
    """Return two readings of one card as one: what is known outweighs what is not, what was seen what was guessed."""
    known = second if first.kind is CardKind.UNKNOWN else first
    placed = second if second.is_outline_seen and not first.is_outline_seen else first
    return replace(
        placed,
        kind=known.kind,
        side=known.side,
        confidence=max(first.confidence, second.confidence),
        facts=_with_new(first.facts, second.facts),
        blanks=first.blanks & second.blanks,
        texts=tuple(dict.fromkeys((*first.texts, *second.texts))),
    )


def _is_one_problem(first: Problem, second: Problem) -> bool:
    if first.quad is None or second.quad is None:
        return first == second
    return first.kind == second.kind and geometry.iou(first.quad, second.quad) > _ONE_PROBLEM


def _with_new(known: Sequence[Fact], more: Iterable[Fact]) -> tuple[Fact, ...]:
    return (*known, *(fact for fact in more if not _is_among(fact, known)))


def _is_among(fact: Fact, known: Iterable[Fact]) -> bool:
    """Return whether the same value of the same field at more or less the same place is known."""
    return any(fact.field is other.field and fact.value == other.value and is_there(fact, other) for other in known)


def _is_on_card(fact: Fact, known: Iterable[Fact]) -> bool:
    """Return whether a card tells the same at that place, be it spelt otherwise."""
    return any(
        fact.field is other.field
        and (
            fact.value == other.value
            or bool(fact.value and other.value and same_value(fact.field, fact.value, other.value))
        )
        and is_there(fact, other)
        for other in known
    )


def is_there(first: Fact, second: Fact) -> bool:
    """Return whether two facts stand at more or less the same place."""
    if first.quad is None or second.quad is None:
        return first.quad == second.quad
    return max(geometry.overlap(first.quad, second.quad), geometry.overlap(second.quad, first.quad)) > _ONE_PLACE

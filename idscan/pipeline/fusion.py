"""Fuse facts into findings: one per field and card, with its sources and conflicts; join readings of one image."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from idscan.cards.code_facts import agrees_with_number, is_truncation, same_value
from idscan.cards.fields.dates import CardDate, is_past
from idscan.cards.fields.numbers import date_by_number, number_by_date
from idscan.core import geometry
from idscan.core.enums import NAME_FIELDS, CardKind, Field, Source
from idscan.core.types import Conflict, Finding, Place, Secret
from idscan.engines.registry import READS_DIACRITICS, names_for
from idscan.pipeline.page import PageReading, are_same_card

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from idscan.core.types import Fact, Problem
    from idscan.pipeline.card import CardReading

_SOURCE_ORDER = (Source.QR, Source.MRZ, Source.BARCODE, Source.PRINT)

_SURE_CHARACTER = 0.8
"""How sure two readers of one print must be of every character for their agreement to prove anything.

Of 478 numbers and dates five to nine pixels high that both read alike five were wrong, and each had a digit of which
one of them was less sure than 0.6; of the right ones four in five pass.
"""
_NO_RIVAL = 0.95
"""Share of the odds that a value must have against the next one to be called verified."""
_DATES = (Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY)
_PAST_DATES = frozenset({Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE})
_CHECKED_BONUS = 1.0
"""Added to the confidence of values with valid check digits. Lower: unchecked readings may win against them; more than
the largest confidence has no further effect."""
_CONTRADICTS_NUMBER = 0.6
"""Factor on the confidence of a value in contradiction to another field. Lower: right values look like noise; higher:
contradictions go unnoticed."""
_SUPPORTS_NUMBER = 0.3  # share of the remaining doubt that agreement with the number takes away


def fuse_each(facts: Iterable[Fact]) -> tuple[Finding, ...]:
    """Return the findings outside cards: one per value and person, the people of an image one after the other.

    Facts without a record cannot be assigned to one person.
    """
    by_record: dict[int | None, list[Fact]] = {}
    for fact in facts:
        by_record.setdefault(fact.record, []).append(fact)
    return tuple(
        replace(_finding(field, cluster), record=record)
        for record, group in sorted(by_record.items(), key=lambda item: (item[0] is None, item[0] or 0))
        for field, own in _by_field(group).items()
        for cluster in _grouped_by_value(field, own)
    )


def _grouped_by_value(field: Field, facts: Sequence[Fact]) -> list[list[Fact]]:
    """Group facts: those with one value together, and contradicting readings of one place."""
    groups: list[list[Fact]] = []
    for fact in facts:
        one = next((group for group in groups if any(_are_one(field, fact, other) for other in group)), None)
        if one is None:
            groups.append([fact])
        else:
            one.append(fact)
    return sorted(groups, key=lambda group: -_joint_confidence(group))


def _are_one(field: Field, first: Fact, second: Fact) -> bool:
    is_one_place = first.quad is not None and second.quad is not None and geometry.is_same_quad(first.quad, second.quad)
    return (first.record is not None and is_one_place) or _same(field, first, second)


def _by_field(facts: Iterable[Fact]) -> dict[Field, list[Fact]]:
    found: dict[Field, list[Fact]] = {field: [] for field in Field}
    for fact in facts:
        found[fact.field].append(_possible(fact))
    return {field: own for field, own in found.items() if own}


def _possible(fact: Fact) -> Fact:
    """Return a fact without its value if that is impossible; its place is kept."""
    if fact.field not in _PAST_DATES or fact.value is None:
        return fact
    date = _date_of(fact.value)
    return fact if date is None or is_past(date) else replace(fact, value=None, is_checked=False)


def _date_of(value: Secret) -> CardDate | None:
    parts = [int(part) for part in value.reveal().split("-") if part.isdigit()]
    return CardDate.of(*parts) if parts else None


def fuse(facts: Iterable[Fact]) -> tuple[Finding, ...]:
    """Return one finding per field of one card, in the order of `Field`; quads stay in the frame of the facts."""
    findings = {field: _finding(field, own) for field, own in _by_field(facts).items()}
    number = findings[Field.NUMBER].value if Field.NUMBER in findings else None
    weighed = {field: _weighed(finding, number) for field, finding in findings.items()}
    fitting = weighed | _corrected(findings)
    return tuple((fitting | _out_of_order(fitting)).values())


def _finding(field: Field, facts: Sequence[Fact]) -> Finding:
    clusters = _clusters(field, [fact for fact in facts if fact.value is not None])
    if not clusters:
        best = max(facts, key=lambda fact: fact.confidence)
        return Finding(
            field=field,
            value=None,
            quad=best.quad,
            confidence=round(best.confidence, 3),
            seen_by=_sources(facts),
            places=_places(facts),
            px_per_module=best.px_per_module,
        )
    winner, rest = clusters[0], [fact for cluster in clusters[1:] for fact in cluster]
    conflicts = dict.fromkeys(Conflict(fact.by, fact.value) for fact in rest if fact.value is not None)
    # The code has the full name with diacritics; then print, then the ASCII of a machine-readable zone.
    spelled = min(winner, key=lambda fact: (_spelling_rank(fact), -fact.confidence))
    symbols = [fact.px_per_module for fact in winner if fact.px_per_module is not None]
    lead = _lead(winner, clusters[1:])
    # A rejected or invalid reading still shows where the field is printed, and its place has to be covered.
    others = [*rest, *(fact for fact in facts if fact.value is None)]
    return Finding(
        field=field,
        value=spelled.value,
        quad=_best_place(winner).quad,
        confidence=round(lead * _joint_confidence(winner), 3),
        verified=lead > _NO_RIVAL and _is_verified(spelled, winner),
        seen_by=_sources(winner),
        places=(*_places(winner), *_places(others)),
        conflicts=tuple(conflicts),
        px_per_module=symbols[0] if symbols else None,
        without_diacritics=field in NAME_FIELDS and all(map(_lacks_marks, winner)),
        is_truncated=spelled.is_cut,
    )


def _lead(winner: Sequence[Fact], rivals: Sequence[Sequence[Fact]]) -> float:
    """Return the winner's share of the odds against the next best value; 1 where nothing comes near a checked one."""
    is_checked = any(fact.is_checked for fact in winner)
    serious = [rival for rival in rivals if not is_checked or any(fact.is_checked for fact in rival)]
    next_best = max((_odds(rival) for rival in serious), default=0.0)
    return _odds(winner) / (_odds(winner) + next_best)


def _odds(cluster: Sequence[Fact]) -> float:
    confidence = max(_joint_confidence(cluster), 0.001)
    return confidence / (1 - confidence)


def _is_verified(spelled: Fact, winner: Sequence[Fact]) -> bool:
    """Return whether codes, check digits or two independent readings confirm a value.

    Two sources on a card are independent; two readers of the same print are, where neither is in doubt of a character.
    A name is confirmed only by readings with the same spelling: those without diacritics do not confirm them.
    """
    if spelled.field in NAME_FIELDS and spelled.value is not None:
        spelling = spelled.value.reveal().upper()
        winner = [fact for fact in winner if fact.value is not None and fact.value.reveal().upper() == spelling]
    if any(fact.is_checked for fact in winner) or len({fact.by for fact in winner}) > 1:
        return True
    sure = [fact for fact in winner if _least_sure(fact) >= _SURE_CHARACTER]
    return len({fact.engine for fact in sure if fact.by is Source.PRINT}) > 1


def _least_sure(fact: Fact) -> float:
    """Return the lowest confidence of a character; that of the line where there is none per character."""
    return fact.confidence if fact.weakest is None else fact.weakest


def _lacks_marks(fact: Fact) -> bool:
    """Return whether a name was read from a zone without diacritics, or by a reader that does not support them."""
    is_blind = fact.by is Source.PRINT and fact.engine not in names_for(READS_DIACRITICS)
    return fact.value is not None and fact.value.reveal().isascii() and (fact.by is Source.MRZ or is_blind)


def _clusters(field: Field, facts: Sequence[Fact]) -> list[list[Fact]]:
    clusters: list[list[Fact]] = []
    for fact in facts:
        for cluster in clusters:
            if _same(field, cluster[0], fact):
                cluster.append(fact)
                break
        else:
            clusters.append([fact])
    return sorted(clusters, key=_weight, reverse=True)


def _same(field: Field, first: Fact, second: Fact) -> bool:
    if first.value is None or second.value is None:
        return False
    if field in NAME_FIELDS and first.is_cut != second.is_cut:
        cut, whole = (first.value, second.value) if first.is_cut else (second.value, first.value)
        return is_truncation(cut, whole)
    return same_value(field, first.value, second.value)


def _weight(cluster: Sequence[Fact]) -> float:
    return _joint_confidence(cluster) + (_CHECKED_BONUS if any(fact.is_checked for fact in cluster) else 0.0)


def _joint_confidence(cluster: Sequence[Fact]) -> float:
    """Treat readings from different sources or engines as independent."""
    best: dict[tuple[Source, str], float] = {}
    for fact in cluster:
        key = (fact.by, fact.engine)
        best[key] = max(best.get(key, 0.0), fact.confidence)
    doubt = 1.0
    for confidence in best.values():
        doubt *= 1 - min(confidence, 0.999)
    return min(1 - doubt, 0.999)


def _spelling_rank(fact: Fact) -> int:
    if fact.by is Source.QR:
        return 0
    spellers = names_for(READS_DIACRITICS)
    if fact.by is Source.MRZ:
        return len(spellers) + 2
    return 1 + (spellers.index(fact.engine) if fact.engine in spellers else len(spellers))


def _best_place(facts: Sequence[Fact]) -> Fact:
    # Print shows the value itself; a code shows it among others.
    return min(facts, key=lambda fact: (fact.quad is None, fact.by is not Source.PRINT, -fact.confidence))


def _sources(facts: Iterable[Fact]) -> tuple[Source, ...]:
    present = {fact.by for fact in facts}
    return tuple(source for source in _SOURCE_ORDER if source in present)


def _places(facts: Sequence[Fact]) -> tuple[Place, ...]:
    places: list[Place] = []
    for fact in sorted(facts, key=lambda fact: (fact.by is not Source.PRINT, -fact.confidence)):
        if fact.quad is not None and all(place.quad != fact.quad for place in places):
            places.append(Place(fact.quad, fact.by, round(fact.confidence, 3)))
    return tuple(places)


def _corrected(findings: Mapping[Field, Finding]) -> dict[Field, Finding]:
    """Correct number or birth date by the other one; the reading with lower confidence is replaced."""
    number, date = findings.get(Field.NUMBER), findings.get(Field.DATE_OF_BIRTH)
    if number is None or date is None or number.value is None or date.value is None:
        return {}
    if agrees_with_number(Field.DATE_OF_BIRTH, date.value, number.value) is not False:
        return {}
    sex = findings.get(Field.SEX)
    printed_sex = sex.value.reveal() if sex is not None and sex.value is not None else None
    if not date.verified and (number.verified or date.confidence <= number.confidence):
        return _as_hint(date, date_by_number(date.value.reveal(), number.value.reveal()))
    if not number.verified:
        return _as_hint(number, number_by_date(number.value.reveal(), date.value.reveal(), printed_sex))
    return {}


def _out_of_order(findings: Mapping[Field, Finding]) -> dict[Field, Finding]:
    """Return contradicting dates with lower confidence and unverified: issue before birth, expiry before issue."""
    dates = {field: findings[field] for field in _DATES if field in findings}
    known = {field: _date_of(finding.value) for field, finding in dates.items() if finding.value is not None}
    doubtful: dict[Field, Finding] = {}
    for earlier, later in combinations(_DATES, 2):
        first, second = known.get(earlier), known.get(later)
        if first is None or second is None or not second.precedes(first):
            continue
        weaker = min(_reliability(dates[earlier]), _reliability(dates[later]))
        for field in (earlier, later):
            finding = dates[field]
            if _reliability(finding) == weaker:
                confidence = round(_CONTRADICTS_NUMBER * finding.confidence, 3)
                doubtful[field] = replace(finding, verified=False, confidence=confidence)
    return doubtful


def _reliability(finding: Finding) -> tuple[bool, float]:
    """Return a sort key: findings confirmed by a code or check digits precede any print."""
    return finding.verified and finding.seen_by != (Source.PRINT,), finding.confidence


def _as_hint(finding: Finding, corrected: str | None) -> dict[Field, Finding]:
    """Return a finding with another value and lower confidence; the value as read becomes a conflict."""
    if corrected is None or finding.value is None:
        return {}
    read = Conflict(Source.PRINT, finding.value)
    others = tuple(conflict for conflict in finding.conflicts if conflict.value.reveal() != corrected)
    confidence = round(finding.confidence * _CONTRADICTS_NUMBER, 3)
    # A value derived from the other field is no second source.
    corrected_finding = replace(
        finding, value=Secret(corrected), confidence=confidence, verified=False, conflicts=(read, *others)
    )
    return {finding.field: corrected_finding}


def _weighed(finding: Finding, number: Secret | None) -> Finding:
    """Raise or lower the confidence of print by the century, sex and year in the number; never change a value."""
    if number is None or finding.value is None or (finding.verified and finding.seen_by != (Source.PRINT,)):
        return finding
    agrees = agrees_with_number(finding.field, finding.value, number)
    if agrees is None or (agrees and finding.verified):
        return finding
    confidence = (
        finding.confidence + (1 - finding.confidence) * _SUPPORTS_NUMBER
        if agrees
        else finding.confidence * _CONTRADICTS_NUMBER
    )
    return replace(finding, confidence=round(confidence, 3), verified=False)


_ONE_PROBLEM = 0.3
"""Intersection over union. Lower: neighbouring problems are merged; higher: one problem is reported twice."""


def join_readings(first: PageReading, second: PageReading) -> PageReading:
    """Return two readings of one image, of two of its layers or in two ways, as one; each fact and problem once."""
    cards = list(first.cards)
    for card in second.cards:
        same = next((i for i, known in enumerate(cards) if are_same_card(known, card)), None)
        if same is None:
            cards.append(card)
        else:
            cards[same] = _one(cards[same], card)
    on_cards = [fact for card in cards for fact in card.facts]
    off_cards = _with_new(first.facts, _in_records_of(first.facts, second.facts))
    problems = [new for new in second.problems if not any(_is_one_problem(new, old) for old in first.problems)]
    return PageReading(
        cards=tuple(cards),
        facts=tuple(fact for fact in off_cards if not _is_on_card(fact, on_cards)),
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
            if other.record is not None and fact.field is other.field and is_included(fact, other):
                records[fact.record] = other.record
                break
    first = 1 + max((fact.record for fact in known if fact.record is not None), default=-1)
    return [
        fact if fact.record is None else replace(fact, record=records.get(fact.record, first + fact.record))
        for fact in more
    ]


def _one(first: CardReading, second: CardReading) -> CardReading:
    """Join two readings of one card: prefer the known kind to an unknown, and the detected outline to an estimate."""
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
    return any(fact.field is other.field and fact.value == other.value and is_included(fact, other) for other in known)


def _is_on_card(fact: Fact, known: Iterable[Fact]) -> bool:
    """Return whether a card has the same value at that place, even if spelt differently."""
    return any(
        fact.field is other.field
        and (
            fact.value == other.value
            or bool(fact.value and other.value and same_value(fact.field, fact.value, other.value))
        )
        and is_included(fact, other)
        for other in known
    )


def is_included(first: Fact, second: Fact) -> bool:
    """Return whether the places of two facts are approximately the same."""
    if first.quad is None or second.quad is None:
        return first.quad == second.quad
    return geometry.is_same_place(first.quad, second.quad)

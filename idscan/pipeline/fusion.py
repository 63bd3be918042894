"""Fusion of facts into findings: one finding per fact of the card, with who says so and who disagrees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.evidence import agrees_with_number, same_value
from idscan.cards.number_repair import date_by_number, number_by_date
from idscan.core import geometry
from idscan.core.results import Conflict, Finding, Place
from idscan.core.secret import Secret
from idscan.core.vocabulary import Field, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from idscan.core.readings import Fact

_SOURCE_ORDER = (Source.QR, Source.MRZ, Source.BARCODE, Source.PRINT)
_SPELLERS = ("viet-lines", "tesseract")
"""Readers that know every Vietnamese letter, the better one first."""

_CHECKED_BONUS = 1.0
_ONE_PLACE = 0.5
"""Share of their common area from which two readings of a field are of one place."""
_CONTRADICTS_NUMBER = 0.6
_SUPPORTS_NUMBER = 0.3  # share of the remaining doubt that agreement with the number takes away


def fuse_each(facts: Iterable[Fact]) -> tuple[Finding, ...]:
    """Return the findings outside cards: one per value and person, the people of an image one after the other.

    Without a record nothing says that facts are one person's.
    """
    by_record: dict[int | None, list[Fact]] = {}
    for fact in facts:
        by_record.setdefault(fact.record, []).append(fact)
    return tuple(
        replace(_finding(field, cluster), record=record)
        for record, group in sorted(by_record.items(), key=lambda item: (item[0] is None, item[0] or 0))
        for field, own in _by_field(group).items()
        for cluster in _seen_apart(field, own)
    )


def _seen_apart(field: Field, facts: Sequence[Fact]) -> list[list[Fact]]:
    """Return facts by what they tell: those of one value together, and readings of one place, which disagree."""
    groups: list[list[Fact]] = []
    for fact in facts:
        one = next((group for group in groups if any(_are_one(field, fact, other) for other in group)), None)
        if one is None:
            groups.append([fact])
        else:
            one.append(fact)
    return sorted(groups, key=lambda group: -_joint_confidence(group))


def _are_one(field: Field, first: Fact, second: Fact) -> bool:
    is_one_place = (
        first.quad is not None and second.quad is not None and geometry.iou(first.quad, second.quad) > _ONE_PLACE
    )
    return (first.record is not None and is_one_place) or _same(field, first, second)


def _by_field(facts: Iterable[Fact]) -> dict[Field, list[Fact]]:
    found: dict[Field, list[Fact]] = {field: [] for field in Field}
    for fact in facts:
        found[fact.field].append(fact)
    return {field: own for field, own in found.items() if own}


def fuse(facts: Iterable[Fact]) -> tuple[Finding, ...]:
    """Return one finding per field of one card, in the order of `Field`; quads stay in the frame of the facts."""
    findings = {field: _finding(field, own) for field, own in _by_field(facts).items()}
    number = findings[Field.NUMBER].value if Field.NUMBER in findings else None
    weighed = {field: _weighed(finding, number) for field, finding in findings.items()}
    return tuple((weighed | _mended(findings)).values())


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
    winner = clusters[0]
    conflicts = dict.fromkeys(
        Conflict(fact.by, fact.value) for cluster in clusters[1:] for fact in cluster if fact.value is not None
    )
    # The code says the name in full, with diacritics; then print, then the ASCII of a machine-readable zone.
    spelled = min(winner, key=lambda fact: (_spelling_rank(fact), -fact.confidence))
    readings = {(fact.by, fact.engine) for fact in winner}
    symbols = [fact.px_per_module for fact in winner if fact.px_per_module is not None]
    return Finding(
        field=field,
        value=spelled.value,
        quad=_best_place(winner).quad,
        confidence=round(_joint_confidence(winner), 3),
        verified=any(fact.is_checked for fact in winner) or len(readings) > 1,
        seen_by=_sources(winner),
        # A reading that lost still shows where the field is printed, and what stands there exposes someone.
        places=(*_places(winner), *_places([fact for cluster in clusters[1:] for fact in cluster])),
        conflicts=tuple(conflicts),
        px_per_module=symbols[0] if symbols else None,
    )


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
    return first.value is not None and second.value is not None and same_value(field, first.value, second.value)


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
    if fact.by is Source.MRZ:
        return len(_SPELLERS) + 2
    return 1 + (_SPELLERS.index(fact.engine) if fact.engine in _SPELLERS else len(_SPELLERS))


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


def _mended(findings: Mapping[Field, Finding]) -> dict[Field, Finding]:
    """Return number or birth date as the other one says it must be; whichever was read less surely gives way."""
    number, date = findings.get(Field.NUMBER), findings.get(Field.DATE_OF_BIRTH)
    if number is None or date is None or number.value is None or date.value is None:
        return {}
    if agrees_with_number(Field.DATE_OF_BIRTH, date.value, number.value) is not False:
        return {}
    sex = findings.get(Field.SEX)
    said = sex.value.reveal() if sex is not None and sex.value is not None else None
    if not date.verified and (number.verified or date.confidence <= number.confidence):
        return _as_hint(date, date_by_number(date.value.reveal(), number.value.reveal()))
    if not number.verified:
        return _as_hint(number, number_by_date(number.value.reveal(), date.value.reveal(), said))
    return {}


def _as_hint(finding: Finding, mended: str | None) -> dict[Field, Finding]:
    """Return a finding with another value, less sure of it; what was read becomes what contradicts it."""
    if mended is None or finding.value is None:
        return {}
    read = Conflict(Source.PRINT, finding.value)
    others = tuple(conflict for conflict in finding.conflicts if conflict.value.reveal() != mended)
    confidence = round(finding.confidence * _CONTRADICTS_NUMBER, 3)
    return {finding.field: replace(finding, value=Secret(mended), confidence=confidence, conflicts=(read, *others))}


def _weighed(finding: Finding, number: Secret | None) -> Finding:
    """Let the century, sex and year in the number raise or lower an unverified reading; they never decide."""
    if number is None or finding.verified or finding.value is None:
        return finding
    agrees = agrees_with_number(finding.field, finding.value, number)
    if agrees is None:
        return finding
    confidence = (
        finding.confidence + (1 - finding.confidence) * _SUPPORTS_NUMBER
        if agrees
        else finding.confidence * _CONTRADICTS_NUMBER
    )
    return replace(finding, confidence=round(confidence, 3))

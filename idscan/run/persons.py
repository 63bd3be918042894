"""Which cards and rows of a run belong to the same person: those that share a number or an old number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.core.vocabulary import NUMBER_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.core.results import Card, Finding, ImageResult
    from idscan.core.secret import Secret


class _Groups:
    """Disjoint sets of numbers (union-find with path halving)."""

    def __init__(self) -> None:
        self._parents: dict[Secret, Secret] = {}

    def find(self, number: Secret) -> Secret:
        parents = self._parents
        parents.setdefault(number, number)
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def join(self, numbers: Sequence[Secret]) -> None:
        for number in numbers:
            self._parents[self.find(number)] = self.find(numbers[0])


def assign_persons(images: Sequence[ImageResult]) -> tuple[ImageResult, ...]:
    """Name the persons of a run p1, p2 ... in the order in which the pictures first show them.

    A 9-digit number that stands as the number of one card and as the old number of another joins the two.
    """
    groups = _Groups()
    for image in images:
        for part in image.parts:
            for owner in _owners(part):
                groups.join(owner)
    names: dict[Secret, str] = {}

    def person_of(findings: Iterable[Finding]) -> str | None:
        numbers = _numbers(findings)
        return names.setdefault(groups.find(numbers[0]), f"p{len(names) + 1}") if numbers else None

    def named(card: Card) -> Card:
        return replace(card, person=person_of(card.findings))

    def of_image(image: ImageResult) -> ImageResult:
        cards = tuple(named(card) for card in image.cards)
        records = _by_record(image)
        findings = tuple(
            replace(finding, person=person_of(records.get(finding.record, (finding,)))) for finding in image.findings
        )
        return replace(image, cards=cards, findings=findings, embedded=tuple(map(of_image, image.embedded)))

    return tuple(map(of_image, images))


def _by_record(image: ImageResult) -> dict[int | None, list[Finding]]:
    """Return the findings outside cards of each person that an image tells apart."""
    records: dict[int | None, list[Finding]] = {}
    for finding in image.findings:
        if finding.record is not None:
            records.setdefault(finding.record, []).append(finding)
    return records


def _owners(image: ImageResult) -> Iterator[tuple[Secret, ...]]:
    """Yield the numbers that one person owns: those of a card, and those outside cards that stand in one place."""
    for card in image.cards:
        yield _numbers(card.findings)
    by_place: dict[object, list[Finding]] = {}
    for finding in image.findings:
        for place in finding.places:
            by_place.setdefault(place.quad, []).append(finding)
        yield _numbers((finding,))
    for findings in (*by_place.values(), *_by_record(image).values()):
        yield _numbers(findings)


def _numbers(findings: Iterable[Finding]) -> tuple[Secret, ...]:
    return tuple(finding.value for finding in findings if finding.field in NUMBER_FIELDS and finding.value)

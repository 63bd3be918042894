"""How often values are right: by where they were read, how confident the scan was, and whether they are verified."""

from __future__ import annotations

import bisect
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from idscan.cards.text import fold_upper
from idscan.core.enums import NAME_FIELDS, Field, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.types import Finding, ImageResult
    from tests.synth.people import Person
    from tests.synth.truth import CardTruth

JUDGED = (
    Field.NUMBER,
    Field.OLD_NUMBER,
    Field.NAME,
    Field.DATE_OF_BIRTH,
    Field.SEX,
    Field.DATE_OF_ISSUE,
    Field.DATE_OF_EXPIRY,
)
"""Fields with one right value."""
_EDGES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Confidences at which one column of the table ends and the next begins."""
_SURE = 0.9
"""Confidence from which at least 95 % of all values have to be right."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One value of a scan.

    Attributes:
        source: what it was read from; of print alone also whether two readers agree.
        name: the field.
        confidence: as the scan gave it.
        is_verified: likewise.
        is_right: whether a card of the picture says so.
    """

    source: str
    name: str
    confidence: float
    is_verified: bool
    is_right: bool


def judge(cards: Sequence[CardTruth], result: ImageResult) -> Iterator[Judgement]:
    """Yield for each value of a scan whether a card in the picture bears it."""
    for finding in result.all_findings:
        if finding.value is None or finding.field not in JUDGED:
            continue
        # What a finger or a cover was taken to hide may be read in a code, or beside the cover, all the same.
        truths = {card.fields[finding.field].value for card in cards if finding.field in card.fields}
        truths |= {_own(card.person, finding.field) for card in cards if finding.field not in card.fields}
        is_right = _spelt(finding, finding.value.reveal()) in {_spelt(finding, truth) for truth in truths if truth}
        yield Judgement(_source(finding), finding.field, finding.confidence, finding.verified, is_right)


def _own(person: Person, name: str) -> str | None:
    """Return what is true of a person, whether their card shows it or not."""
    return {
        "number": person.number,
        "old_number": person.old_number,
        "name": person.name,
        "date_of_birth": person.birth.isoformat(),
        "sex": person.sex,
        "date_of_issue": person.issued.isoformat(),
        "date_of_expiry": person.expiry_text,
    }[name]


def _spelt(finding: Finding, value: str) -> str:
    """Return a value as far as the finding tells it: a name said to lack its diacritics is measured without."""
    if finding.field not in NAME_FIELDS:
        return value
    return fold_upper(value) if finding.without_diacritics else value.upper()


def _source(finding: Finding) -> str:
    if finding.seen_by == (Source.PRINT,):
        return "print, readers agree" if finding.verified else "print, one reader"
    return " and ".join(finding.seen_by)


@dataclass(slots=True)
class Calibration:
    """Counts of judgements."""

    right: Counter[tuple[str, int]] = field(default_factory=Counter)
    total: Counter[tuple[str, int]] = field(default_factory=Counter)
    verified: Counter[tuple[str, str, bool]] = field(default_factory=Counter)

    def take(self, judgements: Sequence[Judgement]) -> None:
        """Add the values of one picture."""
        for one in judgements:
            at = (one.source, bisect.bisect(_EDGES, one.confidence))
            self.total[at] += 1
            self.right[at] += one.is_right
            if one.is_verified:
                self.verified[one.source, one.name, one.is_right] += 1

    @property
    def verified_and_wrong(self) -> int:
        """How many values were called verified and are wrong."""
        return sum(count for (_, _, is_right), count in self.verified.items() if not is_right)

    def lines(self) -> Iterator[str]:
        """Yield the table: for each source and range of confidence the values and the share of right ones."""
        edges = ("", *(f"{edge}" for edge in _EDGES), "1")
        columns = [f"{low}-{high}" for low, high in pairwise(edges)]
        yield f"{'confidence':24}" + "".join(f"{column:>15}" for column in columns) + f"{'verified':>10}{'wrong':>7}"
        for source in sorted({source for source, _ in self.total}):
            cells = [self._cell(source, column) for column in range(len(columns))]
            kinds = [(right, count) for (by, _, right), count in self.verified.items() if by == source]
            wrong = sum(count for right, count in kinds if not right)
            yield (
                f"{source:24}"
                + "".join(f"{cell:>15}" for cell in cells)
                + (f"{sum(count for _, count in kinds):10}{wrong:7}")
            )
        sure = [at for at in self.total if at[1] >= bisect.bisect(_EDGES, _SURE)]
        right, total = (sum(counter[at] for at in sure) for counter in (self.right, self.total))
        yield f"given {_SURE} to 1 by any source: {right} of {total} right" + (
            f", {right / total:.1%}" if total else ""
        )
        for (source, name, is_right), count in sorted(self.verified.items()):
            if not is_right:
                yield f"verified and wrong: {count} x {name} ({source})"

    def _cell(self, source: str, column: int) -> str:
        total = self.total[source, column]
        return f"{total:4} {100 * self.right[source, column] / total:5.1f} %" if total else "-"

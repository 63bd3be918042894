"""Explain the content of a citizen number, QR payload or machine-readable zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.documents import read_qr_payload
from idscan.cards.fields.dates import CardDate
from idscan.cards.fields.numbers import MERGED_INTO, CitizenNumber, OldNumber
from idscan.cards.mrz import find_mrz
from idscan.cards.mrz.zone import TD1_WIDTH, TD3_WIDTH, Mrz

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_KNOWN = "not known"


class ExplainedFact(NamedTuple):
    """One fact: a stable key such as "birth_year", and its value."""

    key: str
    value: str

    def __repr__(self) -> str:
        return f"ExplainedFact(key={self.key!r})"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The content of a text.

    Attributes:
        kind: "citizen_number", "old_number", "card_payload", "bhyt_payload", "gplx_payload", "mrz_td1", "mrz_td3".
        rows: the facts in the order of the report.
    """

    kind: str
    rows: tuple[ExplainedFact, ...]


def explain(text: str) -> Explanation | None:
    """Explain a number, QR payload or MRZ; None for any other text.

    >>> [row.key for row in explain("001099000001").rows][:3]
    ['number', 'province', 'sex']
    """
    number = CitizenNumber.parse(text)
    if number is not None:
        return Explanation("citizen_number", tuple(_number_rows(number)))
    old_number = OldNumber.parse(text)
    if old_number is not None:
        rows = (("old_number", old_number.digits), ("province_of_issue", old_number.province or _NOT_KNOWN))
        return Explanation("old_number", tuple(_rows(rows)))
    return _explain_payload(text) or _explain_mrz(text)


def _explain_payload(text: str) -> Explanation | None:
    found = read_qr_payload(text)
    if found is None:
        return None
    document, reading = found
    texts = {key: value for key, value in reading.details if isinstance(value, str)}
    birth = next((value for key, value in reading.details if key == "date_of_birth"), None)
    agreement = _agreement_rows(texts.get("number"), birth if isinstance(birth, CardDate) else None, texts.get("sex"))
    rows = (*_rows(reading.details), *agreement)
    return Explanation("card_payload" if document.is_identity_card else f"{document.kind.value}_payload", rows)


def _explain_mrz(text: str) -> Explanation | None:
    matches = [match for lines in _possible_lines(text) if (match := find_mrz(lines))]
    if not matches:
        return None
    best = max(matches, key=lambda match: (match.mrz.valid_checks, match.mrz.name is not None, -match.repairs))
    return Explanation(f"mrz_{best.mrz.format}", tuple(_mrz_rows(best.mrz, best.repairs)))


def _possible_lines(text: str) -> Iterator[list[str]]:
    """Yield the ways to split a text into lines of an MRZ: at breaks, at spaces, or at the width of its formats."""
    yield text.splitlines()
    yield text.split()
    whole = re.sub(r"\s", "", text)
    for width in (TD1_WIDTH, TD3_WIDTH):
        yield [whole[start : start + width] for start in range(0, min(len(whole), 3 * width), width)]


def _rows(pairs: tuple[tuple[str, str | CardDate | None], ...]) -> Iterator[ExplainedFact]:
    """Yield the rows that have a value."""
    for key, value in pairs:
        if value:
            yield ExplainedFact(key, value.iso if isinstance(value, CardDate) else value)


def _number_rows(number: CitizenNumber) -> Iterator[ExplainedFact]:
    place = number.province or (_NOT_KNOWN if not number.is_abroad else None)
    yield ExplainedFact("number", number.digits)
    if number.is_abroad:
        yield ExplainedFact("country", f"{place or 'abroad'} (code {number.province_code})")
    else:
        yield ExplainedFact("province", f"{place} (code {number.province_code})")
    merged = MERGED_INTO.get(number.province or "")
    yield from _rows((("province_since_2025", merged), ("sex", number.sex), ("birth_year", str(number.birth_year))))
    yield ExplainedFact("plausibility", f"{number.plausibility():.2f}")


def _agreement_rows(digits: str | None, birth: CardDate | None, sex: str | None) -> Iterator[ExplainedFact]:
    number = CitizenNumber.parse(digits or "")
    if number is None:
        return
    yield from (row for row in _number_rows(number) if row.key in {"province", "country", "province_since_2025"})
    agrees = number.agrees_with(birth, sex)
    if agrees is not None:
        yield ExplainedFact("number_agrees", "yes" if agrees else "no")


def _mrz_rows(mrz: Mrz, repairs: int) -> Iterator[ExplainedFact]:
    yield from _rows(
        (
            ("number", mrz.number),
            ("old_number", mrz.old_number),
            ("document_number", mrz.document_number),
            ("name", mrz.name),
            ("date_of_birth", mrz.date_of_birth),
            ("sex", mrz.sex),
            ("date_of_expiry", mrz.date_of_expiry),
        )
    )
    yield from (ExplainedFact(f"check_{name}", "right" if is_right else "wrong") for name, is_right in mrz.checks)
    yield from _rows((("repaired_characters", str(repairs) if repairs else None),))
    yield from _agreement_rows(mrz.number, mrz.date_of_birth, mrz.sex)

"""Whether what was read on one place is an identity card, and which: print, codes and zone together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from idscan.cards.classify import Classification, classify
from idscan.cards.vietnamese_values import count_vietnamese_values
from idscan.core.vocabulary import CardKind, Field, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.cards.evidence import CodeEvidence
    from idscan.cards.printed import PrintReading

_FRONT_ONLY = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.SEX})
"""Labels that cards with a machine-readable zone print on the other face, and every card prints once."""


def recognise(
    reading: PrintReading, codes: Sequence[CodeEvidence], zone: CodeEvidence | None, *, has_symbol: bool = False
) -> Classification:
    """Classify a card by all that was read on it.

    Args:
        reading: its print.
        codes: its decoded QR codes.
        zone: its machine-readable zone.
        has_symbol: whether a QR code was seen, decoded or not.
    """
    kinds = [code.kind for code in codes if code.kind is not CardKind.UNKNOWN]
    numbers = [fact for fact in reading.facts if fact.field is Field.NUMBER and fact.by is Source.PRINT]
    return classify(
        (*reading.titles, *reading.labels),
        has_qr=has_symbol or bool(codes),
        qr_payload_kind=kinds[0] if kinds else None,
        has_mrz=zone is not None and zone.kind is not CardKind.PASSPORT,
        number_digits=len(numbers[0].value or "") if numbers else 0,
        vietnamese_values=count_vietnamese_values(reading.facts),
        stands_as_on_card=reading.stands_as_on_card,
    )


def shows_several(reading: PrintReading, zone: CodeEvidence | None) -> bool:
    """Return whether what was taken for one card must be several: both faces, or the labels of two people."""
    fields = Counter((match.field, match.label.language) for match in reading.labels if match.field in _FRONT_ONLY)
    if zone is not None and zone.kind is not CardKind.PASSPORT and len({field for field, _ in fields}) > 1:
        return True
    return len({field for (field, _), count in fields.items() if count > 1}) > 1

"""Facts from codes: QR payloads, barcodes and machine-readable zones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from idscan.cards.documents import faces_of_mrz, read_qr_payload
from idscan.cards.extract.segments import rows_of
from idscan.cards.fields.numbers import CitizenNumber, find_numbers
from idscan.cards.fields.person_names import same_name
from idscan.cards.mrz import find_mrz
from idscan.cards.text import fold
from idscan.core import geometry
from idscan.core.enums import NAME_FIELDS, CardKind, Field, Side, Source
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.cards.mrz.zone import MrzMatch
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine, SymbolReading

_STRICT_PAYLOAD_CONFIDENCE, _LENIENT_PAYLOAD_CONFIDENCE = 0.99, 0.9
"""Confidence of values of a QR payload in its exact form, and in a tolerated one."""
_PROVEN_MRZ_CONFIDENCE, _UNPROVEN_MRZ_CONFIDENCE = 0.98, 0.85
"""Confidence of values of an MRZ that more than their own check digit confirms, and of others. Lower: print overrules
right values; higher: misread ones overrule print."""
_UNDECODED_CONFIDENCE = 0.6
"""Confidence of an undecoded code. Lower: codes are not hidden; higher: other patterns rank before real codes."""
_MIN_COMMON_SHARE = 0.7
"""Share of the shorter text in the other. Lower: two addresses are one value; higher: abridged ones contradict."""
_INSUFFICIENT_CHECKS = frozenset({"date_of_expiry", "composite"})
"""Check digits that alone confirm neither number nor birth date."""
_FREE_TEXT_FIELDS = frozenset(
    {Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE, Field.NATIONALITY, Field.PERSONAL_IDENTIFICATION}
)


@dataclass(frozen=True, slots=True)
class CodeEvidence:
    """Facts from one code, and the card and side that it belongs to.

    Attributes:
        kind: the generation or document with this code.
        side: the side with this code.
        facts: the code itself first, then its values.
        quad: the quad of the code.
    """

    kind: CardKind
    side: Side
    facts: tuple[Fact, ...]
    quad: Quad

    @property
    def is_barcode(self) -> bool:
        """Whether it is a barcode; the position of QR codes on a card is known, that of barcodes is not."""
        return any(fact.field is Field.BARCODE for fact in self.facts)

    @property
    def number(self) -> Secret | None:
        """The citizen number in the code, None without one."""
        return next((fact.value for fact in self.facts if fact.field is Field.NUMBER), None)


def read_symbol(symbol: SymbolReading) -> CodeEvidence | None:
    """Return the facts of a decoded code with the payload of a card, licence or insurance card, else None."""
    if symbol.payload is None:
        return None
    found = read_qr_payload(symbol.payload.reveal())
    if found is None:
        return None
    document, reading = found
    (face,) = document.faces_with(Field.QR)
    confidence = _STRICT_PAYLOAD_CONFIDENCE if reading.is_strict else _LENIENT_PAYLOAD_CONFIDENCE
    return CodeEvidence(*face, _symbol_facts(symbol, reading.values, confidence), symbol.quad)


def _symbol_facts(
    symbol: SymbolReading, values: Sequence[tuple[Field, str | None]], confidence: float
) -> tuple[Fact, ...]:
    code = replace(undecoded_symbol(symbol), value=symbol.payload, confidence=confidence, is_checked=True)
    return (
        code,
        *(replace(code, field=field, value=Secret(value), px_per_module=None) for field, value in values if value),
    )


def read_barcode(symbol: SymbolReading) -> tuple[Fact, ...]:
    """Return the facts of a barcode on a card; the content on cards of 2012 to 2020 is not published.

    A citizen number in it is recognised by its shape; the rest stays in the payload.
    """
    code = read_symbol(symbol)
    if code is not None:
        return code.facts
    text = symbol.payload.reveal() if symbol.payload is not None else ""
    numbers = [match.digits for match in find_numbers(text)]
    return _symbol_facts(symbol, [(Field.NUMBER, number) for number in numbers[:1]], _LENIENT_PAYLOAD_CONFIDENCE)


def undecoded_symbol(symbol: SymbolReading) -> Fact:
    """Return the fact of a symbol that was detected and not decoded."""
    return Fact(
        field=Field.QR if symbol.symbology == "qr" else Field.BARCODE,
        value=None,
        by=Source.QR if symbol.symbology == "qr" else Source.BARCODE,
        quad=symbol.quad,
        confidence=_UNDECODED_CONFIDENCE,
        engine=symbol.engine,
        px_per_module=px_per_module(symbol),
    )


def px_per_module(symbol: SymbolReading) -> float | None:
    """Return pixels per module, None where the symbol's version is not known."""
    if not symbol.modules:
        return None
    side = (geometry.width(symbol.quad) + geometry.height(symbol.quad)) / 2
    return round(side / symbol.modules, 2)


def read_mrz(lines: Sequence[PrintedLine]) -> CodeEvidence | None:
    """Return the facts of a machine-readable zone among the lines.

    Args:
        lines: recognised lines in any order.

    Returns:
        None without a Vietnamese MRZ with a right check digit of number or birth date.
    """
    lines = [line for row in rows_of(lines) for line in row]
    texts = [line.text.reveal() for line in lines]
    match = find_mrz(texts, [line.confidences or (line.confidence,) * len(line.text) for line in lines])
    if match is None or not match.mrz.is_vietnamese:
        return None
    mrz = match.mrz
    right = dict(mrz.checks)
    if not any(is_right for check, is_right in right.items() if check not in _INSUFFICIENT_CHECKS):
        return None
    used = [lines[index] for index in match.indices]
    quad = geometry.enclosing(line.quad for line in used)
    engine = used[0].engine
    values = [
        (Field.MRZ, "\n".join(mrz.lines)),
        (Field.NUMBER, mrz.number),
        (Field.OLD_NUMBER, mrz.old_number),
        (Field.NAME, mrz.name),
        (Field.DATE_OF_BIRTH, mrz.date_of_birth.iso if mrz.date_of_birth else None),
        (Field.SEX, mrz.sex),
        (Field.DATE_OF_EXPIRY, mrz.date_of_expiry.iso if mrz.date_of_expiry else None),
    ]
    facts = tuple(
        Fact(
            field=field,
            value=Secret(value),
            by=Source.MRZ,
            quad=quad,
            confidence=_confidence_in_zone(field, match, lines),
            is_checked=_is_proven(field, match),
            engine=engine,
            lines=() if field is not Field.NAME or match.name_index is None else (lines[match.name_index].quad,),
            is_cut=mrz.is_name_cut and field is Field.NAME,
        )
        for field, value in values
        if value
    )
    faces = faces_of_mrz(mrz.format)
    kinds, sides = {kind for kind, _ in faces}, {side for _, side in faces}
    return CodeEvidence(
        kinds.pop() if len(kinds) == 1 else CardKind.UNKNOWN,
        sides.pop() if len(sides) == 1 else Side.UNKNOWN,
        facts,
        quad,
    )


def _is_proven(field: Field, match: MrzMatch) -> bool:
    """Return whether a value needed no repair and is confirmed by more than its own check digit.

    The MRZ itself is proven if all of its check digits are right; the name has none.
    """
    if field is Field.MRZ:
        return match.mrz.is_valid and match.repairs == 0
    return field.value in match.proven


def _confidence_in_zone(field: Field, match: MrzMatch, lines: Sequence[PrintedLine]) -> float:
    if field is Field.NAME:
        confidence = _PROVEN_MRZ_CONFIDENCE if match.name_index is None else lines[match.name_index].confidence
        return _PROVEN_MRZ_CONFIDENCE * confidence
    return _PROVEN_MRZ_CONFIDENCE if _is_proven(field, match) else _UNPROVEN_MRZ_CONFIDENCE


def same_value(field: Field, first: Secret, second: Secret) -> bool:
    """Return whether two readings of a field have the same value.

    Names are compared without case and diacritics. Addresses are abridged on cards and in codes, and recognisers drop
    letters that they lack: they are the same if most of the shorter one is contained in the other.
    """
    if first == second:
        return True
    if field in NAME_FIELDS:
        return same_name(first.reveal(), second.reveal())
    return field in _FREE_TEXT_FIELDS and _common_share(first.reveal(), second.reveal()) > _MIN_COMMON_SHARE


def is_truncation(cut: Secret, whole: Secret) -> bool:
    """Return whether a name that is cut off at the end of its line may be the beginning of another one.

    >>> is_truncation(Secret("TON NU THI VI DU MA"), Secret("TÔN NỮ THỊ VÍ DỤ MẪU"))
    True
    """
    start, full = ("".join(fold(name.reveal()).split()) for name in (cut, whole))
    return start != "" and full.startswith(start)


def _common_share(first: str, second: str) -> float:
    """Return the share of the shorter text in the matching blocks of both."""
    one, other = fold(first), fold(second)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / max(min(len(one), len(other)), 1)


def agrees_with_number(field: Field, value: Secret, number: Secret) -> bool | None:
    """Return whether a birth date or sex agrees with a citizen number; None for other fields and numbers."""
    citizen = CitizenNumber.parse(number.reveal())
    if citizen is None:
        return None
    if field is Field.DATE_OF_BIRTH:
        return value.reveal()[:4] == str(citizen.birth_year)
    if field is Field.SEX:
        return value.reveal() == citizen.sex
    return None

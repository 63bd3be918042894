"""Facts from codes: QR payloads, barcodes and machine-readable zones."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from idscan.cards.documents import faces_of_mrz, read_qr_payload
from idscan.cards.extract.segments import rows_of
from idscan.cards.fields.names import same_name
from idscan.cards.fields.numbers import CitizenNumber, find_numbers
from idscan.cards.mrz import find_mrz
from idscan.cards.text.normalize import fold
from idscan.core import geometry
from idscan.core.enums import CardKind, Field, Side, Source
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.cards.mrz.zone import MrzMatch
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine, SymbolReading

_STRICT_PAYLOAD = 0.99
_LENIENT_PAYLOAD = 0.9
_RIGHT_MRZ = 0.98
_PARTLY_RIGHT_MRZ = 0.85

_SAYS_NOTHING = frozenset({"date_of_expiry", "composite"})  # alone, of the number and the birth date
_ALIKE = 0.7
_FREE_TEXT_FIELDS = frozenset(
    {Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE, Field.NATIONALITY, Field.PERSONAL_IDENTIFICATION}
)
_NAME_FIELDS = frozenset({Field.NAME, Field.FATHER_NAME, Field.MOTHER_NAME})


@dataclass(frozen=True, slots=True)
class CodeEvidence:
    """Facts from one code, and which card it belongs to.

    Attributes:
        kind: the generation or document the code is printed on.
        side: the face it is printed on.
        facts: the code itself first, then what it says.
        quad: where the code is.
    """

    kind: CardKind
    side: Side
    facts: tuple[Fact, ...]
    quad: Quad

    @property
    def is_barcode(self) -> bool:
        """Whether it is no QR code, which stands at a known place on its card, but a code of another kind."""
        return any(fact.field is Field.BARCODE for fact in self.facts)

    @property
    def number(self) -> Secret | None:
        """The citizen number that the code gives, if it does."""
        return next((fact.value for fact in self.facts if fact.field is Field.NUMBER), None)


def read_symbol(symbol: SymbolReading) -> CodeEvidence | None:
    """Return what a decoded code with a QR payload gives away, None where it is no card's."""
    if symbol.payload is None:
        return None
    found = read_qr_payload(symbol.payload.reveal())
    if found is None:
        return None
    document, reading = found
    (face,) = document.faces_with(Field.QR)
    confidence = _STRICT_PAYLOAD if reading.is_strict else _LENIENT_PAYLOAD
    return CodeEvidence(*face, _symbol_facts(symbol, reading.values, confidence), symbol.quad)


def _symbol_facts(
    symbol: SymbolReading, values: Sequence[tuple[Field, str | None]], confidence: float
) -> tuple[Fact, ...]:
    source = Source.QR if symbol.symbology == "qr" else Source.BARCODE
    code = Field.QR if symbol.symbology == "qr" else Field.BARCODE
    own = Fact(
        field=code,
        value=symbol.payload,
        by=source,
        quad=symbol.quad,
        confidence=confidence,
        is_checked=True,
        engine=symbol.engine,
        px_per_module=px_per_module(symbol),
    )
    return (
        own,
        *(
            Fact(
                field=field,
                value=Secret(value),
                by=source,
                quad=symbol.quad,
                confidence=confidence,
                is_checked=True,
                engine=symbol.engine,
            )
            for field, value in values
            if value
        ),
    )


def read_barcode(symbol: SymbolReading) -> tuple[Fact, ...]:
    """Return what a barcode on a card gives away; what the cards of 2012 to 2020 put in it is not published.

    A citizen number that stands in it is told by its shape; the rest stays in the payload.
    """
    code = read_symbol(symbol)
    if code is not None:
        return code.facts
    text = symbol.payload.reveal() if symbol.payload is not None else ""
    numbers = [match.digits for match in find_numbers(text)]
    return _symbol_facts(symbol, [(Field.NUMBER, number) for number in numbers[:1]], _LENIENT_PAYLOAD)


def seen_symbol(symbol: SymbolReading) -> Fact:
    """Return the fact that a symbol is there though nothing could decode it."""
    return Fact(
        field=Field.QR if symbol.symbology == "qr" else Field.BARCODE,
        value=None,
        by=Source.QR if symbol.symbology == "qr" else Source.BARCODE,
        quad=symbol.quad,
        confidence=0.6,
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
    """Return what a machine-readable zone among the lines gives away.

    Args:
        lines: lines of print in any order.

    Returns:
        None where there is no Vietnamese zone with a right check digit on its number or birth date.
    """
    lines = [line for row in rows_of(lines) for line in row]
    texts = [line.text.reveal() for line in lines]
    match = find_mrz(texts, [_sureness(line) for line in lines])
    if match is None or not match.mrz.is_vietnamese:
        return None
    mrz = match.mrz
    right = dict(mrz.checks)
    if not any(is_right for check, is_right in right.items() if check not in _SAYS_NOTHING):
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


def _sureness(line: PrintedLine) -> tuple[float, ...]:
    """Return how sure the reader was of each character of a line, of all alike where it says no more."""
    return line.confidences or (line.confidence,) * len(line.text)


def _is_proven(field: Field, match: MrzMatch) -> bool:
    """Return whether a value stands as it was read and more than its own check digit confirms it.

    The zone itself does where all of its check digits are right; none stands for the name.
    """
    if field is Field.MRZ:
        return match.mrz.is_valid and match.repairs == 0
    return field.value in match.proven


def _confidence_in_zone(field: Field, match: MrzMatch, lines: Sequence[PrintedLine]) -> float:
    if field is Field.NAME:
        return _RIGHT_MRZ * (_RIGHT_MRZ if match.name_index is None else lines[match.name_index].confidence)
    return _RIGHT_MRZ if _is_proven(field, match) else _PARTLY_RIGHT_MRZ


def same_value(field: Field, first: Secret, second: Secret) -> bool:
    """Return whether two readings of a field say the same.

    Names compare without case and diacritics. Addresses are abridged on cards and in codes, and readers drop letters
    that they lack: they say the same when most of the shorter one stands in the other.
    """
    if first == second:
        return True
    if field in _NAME_FIELDS:
        return same_name(first.reveal(), second.reveal())
    return field in _FREE_TEXT_FIELDS and _share_alike(first.reveal(), second.reveal()) > _ALIKE


def continues(cut: Secret, whole: Secret) -> bool:
    """Return whether a name that was cut off at the end of its line may be the beginning of another spelling.

    >>> continues(Secret("TON NU THI VI DU MA"), Secret("TÔN NỮ THỊ VÍ DỤ MẪU"))
    True
    """
    start, full = ("".join(fold(name.reveal()).split()) for name in (cut, whole))
    return start != "" and full.startswith(start)


def _share_alike(first: str, second: str) -> float:
    one, other = fold(first), fold(second)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / max(min(len(one), len(other)), 1)


def agrees_with_number(field: Field, value: Secret, number: Secret) -> bool | None:
    """Return whether a birth date or sex fits what a citizen number says; None if that says nothing."""
    citizen = CitizenNumber.parse(number.reveal())
    if citizen is None:
        return None
    if field is Field.DATE_OF_BIRTH:
        return value.reveal()[:4] == str(citizen.birth_year)
    if field is Field.SEX:
        return value.reveal() == citizen.sex
    return None

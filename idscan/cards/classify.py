"""Classify a card: its generation and side, from headings, labels, codes and zone."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.documents import (
    NINE_DIGITS,
    TWELVE_DIGITS,
    document_of,
    faces_headed,
    faces_labelled,
    faces_of_mrz,
    field_box,
    generations,
)
from idscan.cards.fields.values import MIN_VIETNAMESE_VALUES, count_vietnamese_values
from idscan.cards.labels import Language
from idscan.cards.labels.headings import FORM, HeadingMatch
from idscan.core.enums import CardKind, Field, Side, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.cards.code_facts import CodeEvidence
    from idscan.cards.documents import DocumentSpec, Face
    from idscan.cards.extract.key_value import PrintReading
    from idscan.cards.labels import Label
    from idscan.cards.labels.headings import Heading
    from idscan.cards.labels.search import LabelMatch

# Weights of the evidence: one heading decides, labels add up, codes confirm.
_HEADING_WEIGHT = 3.0
_MENTION_WEIGHT = 0.8
"""A heading within a longer line. Lower: cut headings hardly count; higher: text about a card decides."""
_SPECIFIC_LABEL_WEIGHT = 1.2
"""Two such labels reach `_ENOUGH`. Lower: cards without a heading are missed; higher: one chance match makes a card."""
_SHARED_LABEL_WEIGHT = 0.5
"""A label of many faces. Lower: worn cards are missed; higher: forms with the same labels reach `_ENOUGH`."""
_PAYLOAD_WEIGHT = 5.0
"""A parsed QR payload. Lower: misread print outweighs it; higher: nothing else can correct it."""
_SYMBOL_WEIGHT = 0.8
"""A code seen, but not read. Lower: it does not separate the sides; higher: a false code outweighs labels."""
_ZONE_WEIGHT = 3.0
"""A machine-readable zone. Lower: backs without labels are missed; higher: it overrules headings."""
_DIGITS_WEIGHT = 0.6
"""Nine or twelve digits. Lower: old and new cards are confused; higher: one lost digit decides the kind."""
_VALUES_WEIGHT = 2.5
"""Values placed as on a card. Lower: cards with lost labels are missed; higher: they overrule a zone."""
_LANGUAGE_WEIGHT = 2.0
"""English print, half of it for its absence. Lower: generations are confused; higher: one misread label decides."""
_VALUE_WEIGHT = 0.5
"""For each Vietnamese value. Lower: values hardly confirm a card; higher: a list of addresses becomes one."""
_FEW_SHARE_IT = 2
"""A label that no more than this many faces print is specific."""
_ENOUGH = 2.0
"""Evidence from which something is a card: a heading, a code, or two labels that only cards print."""
_FORM_LABEL_SHARE = 0.3
"""A label that forms have as well. Lower: cards with common labels are missed; higher: forms are cards."""
_FINGERPRINT_SHARE = 0.7
"""A label of a fingerprint, alone no evidence of a card even in two languages."""
_NUMBER_SHARE = 0.3
"""A number behind a bare "Số", which confirms labels that forms have as well."""
_FORM_WEIGHT = 2.0
"""Subtracted for the heading or number of a paper; a card that is copied on the same page has enough evidence left."""
_OWN_ENGLISH = 3
"""English headings and labels, rare on foreign cards, that replace lost Vietnamese ones."""
_TIE = 0.25
"""Evidence by which a face may trail the best and stay open. Lower: noise decides; higher: clear cases stay open."""
_HALF_SURE = 1.6
"""Evidence at which a card is as likely as not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Kind and side of a card.

    Attributes:
        kind: generation or related document; `UNKNOWN` where the evidence leaves several open.
        side: `UNKNOWN` likewise.
        confidence: 0 to 1, that it is a Vietnamese card.
        is_card: whether the evidence suffices.
        is_identity_card: whether it is an identity card and no licence, insurance card, passport or the like.
    """

    kind: CardKind
    side: Side
    confidence: float
    is_card: bool
    is_identity_card: bool


def classify(  # noqa: PLR0913  each is evidence of another kind
    found: Iterable[LabelMatch | HeadingMatch],
    *,
    has_qr: bool = False,
    qr_payload_kind: CardKind | None = None,
    has_mrz: bool = False,
    number_digits: int = 0,
    vietnamese_values: int = 0,
    stands_as_on_card: bool = False,
) -> Classification:
    """Classify generation and side of a card.

    Args:
        found: labels and headings found on it.
        has_qr: whether a QR code was seen, decoded or not.
        qr_payload_kind: kind of the decoded payload.
        has_mrz: whether a TD1 zone was read.
        number_digits: digits of the number printed on it (9 or 12), 0 where none was read.
        vietnamese_values: result of `count_vietnamese_values`.
        stands_as_on_card: whether its values are arranged as on a card whose labels are cut off.
    """
    headings: list[HeadingMatch] = []
    labels: list[Label] = []
    for match in found:
        if isinstance(match, HeadingMatch):
            headings.append(match)
        else:
            labels += [match.label] if match.partner is None else [match.label, match.partner]
    scores: defaultdict[Face, float] = defaultdict(float)
    quotes_number = any(document.quotes_citizen_number for match in headings for document in match.documents)
    is_paper = not quotes_number and any(map(_is_of_papers, labels))
    is_paper = is_paper or any(match.heading is FORM for match in headings)
    print_evidence = _score_headings(headings, scores) + _score_labels(labels, scores, number_digits=number_digits)
    evidence = max(0.0, print_evidence - (_FORM_WEIGHT if is_paper else 0.0))
    qr_faces = _qr_faces(qr_payload_kind)
    evidence += _score_codes(scores, qr_faces, has_mrz=has_mrz)
    if stands_as_on_card:
        evidence += _VALUES_WEIGHT
        if number_digits == NINE_DIGITS:
            for face in _fronts_with(NINE_DIGITS):
                scores[face] += _VALUES_WEIGHT
    if scores:
        _score_languages(headings, labels, scores)
        _score_hints(scores, has_qr=has_qr, number_digits=number_digits)
    is_vietnamese = stands_as_on_card or bool(qr_faces) or has_mrz or _is_vietnamese(headings, labels)
    if vietnamese_values >= MIN_VIETNAMESE_VALUES:
        is_vietnamese = True
        # On a paper they are those of people mentioned.
        evidence += 0.0 if is_paper else _VALUE_WEIGHT * vietnamese_values
    if not quotes_number and _is_of_card_or_paper(headings, labels):
        for face in [face for face in scores if _quotes_citizen_number(face[0])]:
            del scores[face]
    return _decide(headings, scores, evidence if is_vietnamese else 0.0)


def _is_vietnamese(headings: list[HeadingMatch], labels: list[Label]) -> bool:
    """Return whether the print is Vietnamese: cards and forms of all countries share English words."""
    if any(match.is_vietnamese for match in headings):
        return True
    if any(label.language is Language.VIETNAMESE and not label.is_strict for label in labels):
        return True
    own = {label.variants[0] for label in labels if not label.is_strict and not _is_on_forms(label)}
    has_heading = any(match.heading.is_of_vietnam and match.is_whole for match in headings)
    return len(own) + (_OWN_ENGLISH - 1 if has_heading else 0) >= _OWN_ENGLISH


def _is_of_card_or_paper(headings: list[HeadingMatch], labels: list[Label]) -> bool:
    """Return whether the heading or the number is that of an identity card or a paper, and not quoted by another."""
    return _has_identity_heading(headings) or any(
        label.field is Field.NUMBER
        and not label.is_strict
        and not any(_quotes_citizen_number(kind) for kind, _ in faces_labelled(label))
        for label in labels
    )


def _quotes_citizen_number(kind: CardKind) -> bool:
    document = document_of(kind)
    return document is not None and document.quotes_citizen_number


def _has_identity_heading(headings: list[HeadingMatch]) -> bool:
    return any(match.is_of_identity_card for match in headings)


def _is_generation(kind: CardKind) -> bool:
    """Return whether a kind is a generation of the identity card."""
    document = document_of(kind)
    return document is not None and document.is_identity_card


def _is_on_forms(label: Label) -> bool:
    return any(kind is CardKind.UNKNOWN for kind, _ in faces_labelled(label))


def _is_of_papers(label: Label) -> bool:
    """Return whether a label of a citizen number is on papers and passports only, not on cards."""
    is_of_number = label.field is Field.NUMBER and not label.is_strict and label.language is Language.VIETNAMESE
    return is_of_number and not any(_is_generation(kind) for kind, _ in faces_labelled(label))


def _score_headings(headings: list[HeadingMatch], scores: defaultdict[Face, float]) -> float:
    evidence = mentioned = 0.0
    for heading, is_whole in {(match.heading, match.is_whole) for match in headings if match.heading is not FORM}:
        weight = _HEADING_WEIGHT if is_whole else _MENTION_WEIGHT
        faces = faces_headed(heading)
        for face in faces:
            scores[face] += weight
        weight = weight if faces else weight / 2
        if is_whole:
            evidence += weight
        else:
            # Several mentions are no more evidence than one.
            mentioned = max(mentioned, weight)
    return evidence + mentioned


def _score_labels(labels: list[Label], scores: defaultdict[Face, float], *, number_digits: int) -> float:
    evidence = 0.0
    for label in dict.fromkeys(labels):
        faces = [face for face in faces_labelled(label) if face[0] is not CardKind.UNKNOWN]
        weight = _SPECIFIC_LABEL_WEIGHT if len(faces) <= _FEW_SHARE_IT else _SHARED_LABEL_WEIGHT
        for face in faces:
            scores[face] += weight
        evidence += _evidence_of(label)
    has_bare_number = any(label.field is Field.NUMBER and label.is_strict for label in labels)
    return evidence + (_NUMBER_SHARE if number_digits and has_bare_number else 0.0)


def _evidence_of(label: Label) -> float:
    # A bare "Số" stands on anything.
    if label.is_strict or all(kind is CardKind.UNKNOWN for kind, _ in faces_labelled(label)):
        return 0.0
    if label.field is Field.FINGERPRINT:
        return _FINGERPRINT_SHARE
    return _FORM_LABEL_SHARE if _is_on_forms(label) else 1.0


def _qr_faces(payload_kind: CardKind | None) -> tuple[Face, ...]:
    """Return the side with the QR code of the document whose payload was decoded."""
    document = None if payload_kind is None else document_of(payload_kind)
    return () if document is None or document.read_qr is None else document.faces_with(Field.QR)


def _fronts_with(digits: int) -> list[Face]:
    """Return the fronts of the generations whose number has so many digits."""
    return [(document.kind, Side.FRONT) for document in generations() if document.number_digits == digits]


def _score_codes(scores: defaultdict[Face, float], qr_faces: Sequence[Face], *, has_mrz: bool) -> float:
    for face in qr_faces:
        scores[face] += _PAYLOAD_WEIGHT
    if has_mrz:
        for face in faces_of_mrz("td1"):
            scores[face] += _ZONE_WEIGHT
    return (_PAYLOAD_WEIGHT if qr_faces else 0.0) + (_ZONE_WEIGHT if has_mrz else 0.0)


def _score_languages(headings: list[HeadingMatch], labels: list[Label], scores: defaultdict[Face, float]) -> None:
    """Score the generations by their languages: English excludes those without it, its absence is evidence of them."""
    is_english = any(label.language is Language.ENGLISH for label in labels)
    is_english = is_english or any(match.heading.is_english for match in headings)
    if is_english:
        weight = _LANGUAGE_WEIGHT
    elif len({label.field for label in labels}) > _FEW_SHARE_IT:
        weight = _LANGUAGE_WEIGHT / 2
    else:
        return
    for document in generations():
        if _has_english(document) is not is_english:
            for side in (Side.FRONT, Side.BACK):
                scores[document.kind, side] -= weight


@cache
def _has_english(document: DocumentSpec) -> bool:
    return any(label.language is Language.ENGLISH for label in document.labels)


def _score_hints(scores: defaultdict[Face, float], *, has_qr: bool, number_digits: int) -> None:
    if has_qr:
        for document in generations():
            for side, spec in document.sides.items():
                if Field.QR in spec.boxes:
                    scores[document.kind, side] += _SYMBOL_WEIGHT
                elif any(_heads_side_with_qr(heading) for heading in spec.headings):
                    scores[document.kind, side] -= _SYMBOL_WEIGHT
    if number_digits == NINE_DIGITS:
        for face in _fronts_with(NINE_DIGITS):
            scores[face] += _DIGITS_WEIGHT
    elif number_digits == TWELVE_DIGITS:
        for face in _fronts_with(NINE_DIGITS):
            scores[face] -= 2 * _DIGITS_WEIGHT


def _heads_side_with_qr(heading: Heading) -> bool:
    """Return whether a side with this heading has a QR code, so that one without it is less likely."""
    return any(field_box(*face, Field.QR) is not None for face in faces_headed(heading))


def _decide(headings: list[HeadingMatch], scores: defaultdict[Face, float], evidence: float) -> Classification:
    best = max(scores.values(), default=0.0)
    open_faces = [face for face, score in scores.items() if score >= best - _TIE and score > 0]
    kinds = {kind for kind, _ in open_faces}
    sides = {side for _, side in open_faces}
    kind = kinds.pop() if len(kinds) == 1 else CardKind.UNKNOWN
    is_card = evidence >= _ENOUGH
    is_other_heading = any(match.documents and not match.is_of_identity_card and match.is_whole for match in headings)
    is_relative = kind is not CardKind.UNKNOWN and not _is_generation(kind)
    is_relative = is_relative or (kind is CardKind.UNKNOWN and is_other_heading and not _has_identity_heading(headings))
    return Classification(
        kind=kind,
        side=sides.pop() if len(sides) == 1 else Side.UNKNOWN,
        confidence=round(min(0.99, 1 - 0.5 ** (evidence / _HALF_SURE)), 3),
        is_card=is_card,
        is_identity_card=is_card and not is_relative,
    )


_FRONT_ONLY = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.SEX})
"""Fields that are on the side without the machine-readable zone, once on every card."""


def recognise(
    reading: PrintReading, codes: Sequence[CodeEvidence], zone: CodeEvidence | None, *, has_symbol: bool = False
) -> Classification:
    """Classify a card by its print and codes.

    Args:
        reading: its print.
        codes: its decoded QR codes.
        zone: its machine-readable zone.
        has_symbol: whether a QR code was seen, decoded or not.
    """
    kinds = [code.kind for code in codes if code.kind is not CardKind.UNKNOWN]
    numbers = [fact for fact in reading.facts if fact.field is Field.NUMBER and fact.by is Source.PRINT]
    return classify(
        (*reading.headings, *reading.labels),
        has_qr=has_symbol or bool(codes),
        qr_payload_kind=kinds[0] if kinds else None,
        has_mrz=zone is not None and _is_of_card(zone),
        number_digits=len(numbers[0].value or "") if numbers else 0,
        vietnamese_values=count_vietnamese_values(reading.facts),
        stands_as_on_card=reading.has_card_layout,
    )


def _is_of_card(zone: CodeEvidence) -> bool:
    """Return whether a machine-readable zone is that of an identity card."""
    return zone.kind is CardKind.UNKNOWN or _is_generation(zone.kind)


def shows_several(reading: PrintReading, zone: CodeEvidence | None) -> bool:
    """Return whether one proposal shows several cards: both sides, or the labels of two people."""
    fields = Counter((match.field, match.label.language) for match in reading.labels if match.field in _FRONT_ONLY)
    if zone is not None and _is_of_card(zone) and len({field for field, _ in fields}) > 1:
        return True
    return len({field for (field, _), count in fields.items() if count > 1}) > 1

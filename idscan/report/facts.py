"""Plain words for what `idscan explain` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.core.vocabulary import CardKind, Field
from idscan.report.i18n import N_, _
from idscan.report.words import FIELD_WORDS, KIND_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

FACT_WORDS: Mapping[str, str] = {
    **{field.value: word for field, word in FIELD_WORDS.items()},
    "birth_year": N_("birth year"),
    "cancelled_number": N_("cancelled number"),
    "card": N_("card"),
    "check_composite": N_("check digit of all lines"),
    "check_date_of_birth": N_("check digit of the birth date"),
    "check_date_of_expiry": N_("check digit of the expiry date"),
    "check_document_number": N_("check digit of the document number"),
    "check_doubled_number": N_("both copies of the number"),
    "check_optional": N_("check digit of the optional data"),
    "classes": N_("licence classes"),
    "country": N_("country of birth registration"),
    "document_number": N_("document number"),
    "insurance_card": N_("health insurance card"),
    "insurance_number": N_("social insurance number"),
    "licence_number": N_("licence number"),
    "number_agrees": N_("number agrees with birth date and sex"),
    "other": N_("other"),
    "parent_name": N_("parent's name"),
    "plausibility": N_("plausibility, 0 to 1"),
    "province": N_("province of birth registration"),
    "province_of_issue": N_("province of issue"),
    "province_since_2025": N_("province since 2025"),
    "related_name": N_("name of a parent or guardian"),
    "repaired_characters": N_("misread characters mended"),
    "valid_from": N_("valid from"),
}

_VALUE_WORDS: Mapping[str, str] = {
    **{kind.value: word for kind, word in KIND_WORDS.items() if kind is not CardKind.UNKNOWN},
    "yes": N_("yes"),
    "no": N_("no"),
    "right": N_("right"),
    "wrong": N_("wrong"),
    "not known": N_("not known"),
}

_FREE_TEXT = frozenset({Field.NAME, Field.PLACE_OF_RESIDENCE, "other", "parent_name", "related_name"})
"""Facts whose value is the holder's own text and never one of our words."""


def fact_word(key: str) -> str:
    """Return what a fact is called; an unknown one by its key."""
    word = FACT_WORDS.get(key)
    return _(word) if word else key.replace("_", " ")


def fact_value(key: str, value: str) -> str:
    """Return what a fact is, in the reader's language where it is one of our words."""
    word = None if key in _FREE_TEXT else _VALUE_WORDS.get(value)
    return _(word) if word else value

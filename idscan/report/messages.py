"""Messages in the user's language: translation, and the words for fields, kinds of cards, outcomes and leaks."""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from idscan.core.enums import CardKind, Field, Outcome, Rule, Side, Where
from idscan.core.messages import N_, TEXTS, Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from idscan.core.types import Region

DOMAIN = "idscan"
LOCALE_FOLDER = Path(__file__).resolve().parents[1] / "locale"


@lru_cache(maxsize=1)
def catalogue() -> gettext.NullTranslations:
    """Return the messages of the language that LANGUAGE, LC_ALL, LC_MESSAGES or LANG asks for, else English."""
    return gettext.translation(DOMAIN, LOCALE_FOLDER, fallback=True)


def _(message: str) -> str:
    """Return a message in the reader's language."""
    # gettext answers the empty message with the catalogue's header.
    return catalogue().gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of a message that suits a count, in the reader's language."""
    return catalogue().ngettext(one, many, count)


def translate_click() -> None:
    """Make click find its own words, such as "Usage:", in this catalogue: it uses gettext's default domain."""
    gettext.bindtextdomain(DOMAIN, str(LOCALE_FOLDER))
    gettext.textdomain(DOMAIN)


CLICK_MESSAGES = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("default: {default}"),
    N_("Missing command."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Got unexpected extra argument ({args})"),
    N_("Got unexpected extra arguments ({args})"),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    N_("No such option: {name}"),  # click 8.2 and 8.3
    N_("Did you mean {possibility}?"),
    N_("(Did you mean one of: {possibilities}?)"),
    N_("Option {name!r} requires an argument."),
    N_("Option {name!r} requires {nargs} arguments."),
    N_("Option {name!r} does not take a value."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("{value!r} is not {choice}."),
    N_("{value!r} is not one of {choices}."),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
)
"""Messages of click that the commands can print, for the catalogue; click looks them up itself."""

FIELD_WORDS: Mapping[Field, str] = {
    Field.NUMBER: N_("number"),
    Field.OLD_NUMBER: N_("old number"),
    Field.NAME: N_("name"),
    Field.DATE_OF_BIRTH: N_("birth date"),
    Field.SEX: N_("sex"),
    Field.NATIONALITY: N_("nationality"),
    Field.PLACE_OF_ORIGIN: N_("place of origin"),
    Field.PLACE_OF_RESIDENCE: N_("residence"),
    Field.DATE_OF_ISSUE: N_("issue date"),
    Field.DATE_OF_EXPIRY: N_("expiry date"),
    Field.FATHER_NAME: N_("father's name"),
    Field.MOTHER_NAME: N_("mother's name"),
    Field.QR: N_("QR code"),
    Field.BARCODE: N_("barcode"),
    Field.MRZ: N_("machine-readable lines"),
    Field.PORTRAIT: N_("portrait"),
    Field.FINGERPRINT: N_("fingerprint"),
    Field.PERSONAL_IDENTIFICATION: N_("identifying marks"),
}

KIND_WORDS: Mapping[CardKind, str] = {
    CardKind.CMND_9: N_("CMND (9 digits)"),
    CardKind.CMND_12: N_("CMND (12 digits)"),
    CardKind.CCCD_BARCODE: N_("CCCD (barcode)"),
    CardKind.CCCD_CHIP: N_("CCCD (chip)"),
    CardKind.CAN_CUOC: N_("Căn cước (2024)"),
    CardKind.UNKNOWN: N_("identity card"),
    CardKind.GPLX: N_("driving licence"),
    CardKind.BHYT: N_("health insurance card"),
    CardKind.PASSPORT: N_("passport"),
}

SIDE_WORDS: Mapping[Side, str] = {Side.FRONT: N_("front"), Side.BACK: N_("back"), Side.UNKNOWN: ""}

WHERE_WORDS: Mapping[Where, str] = {
    Where.THUMBNAIL: N_("in a thumbnail"),
    Where.PREVIEW: N_("in a further image of the file"),
    Where.METADATA: N_("in the metadata"),
    Where.TRAILING: N_("behind the image's end"),
}
"""Where in a file something stands that its image does not show."""

RULE_WORDS: Mapping[Rule, str] = {
    Rule.PRINT: N_("print"),
    Rule.LAYOUT: N_("place of a field"),
    Rule.SYMBOL: N_("code"),
    Rule.ZONE: N_("machine-readable lines"),
    Rule.CARD: N_("whole card"),
    Rule.WATCHED: N_("what another place gives away"),
    Rule.NEAR_DUPLICATE: N_("look-alike of an exposed picture"),
    Rule.LEAK: N_("what could still be read"),
    Rule.REST: N_("the rest of cut lines"),
}
"""Words for what is hidden where a region has no field."""

OUTCOME_WORDS: Mapping[Outcome, str] = {
    Outcome.REDACTED: N_("redacted"),
    Outcome.STRIPPED: N_("harmless, published without metadata"),
    Outcome.COPIED: N_("harmless, copied as they are"),
    Outcome.LEFT_OUT: N_("harmless, left out"),
    Outcome.LEAKS: N_("leaking, not published"),
    Outcome.FAILED: N_("failed, not published"),
}
"""Words behind a count of images."""

NOTE_WORDS: Mapping[str, str] = {
    "converted_to_srgb": N_("colours converted to sRGB"),
    "extra_pictures_dropped": N_("further pictures in the file dropped"),
    "reduced_to_8_bits": N_("reduced to 8 bits"),
    "published_earlier": N_("published by an earlier run that was cut off"),
    "reencoded": N_("compressed again"),
    "renamed": N_("renamed"),
}
"""What changed in a published file besides."""

LEAK_WORDS: Mapping[str, str] = {
    "archive": N_("an archive stands behind the picture's end"),
    "covered_code": N_("a partly covered code can still be decoded"),
    "deblurred_code": N_("a blurred or pixelated code was restored"),
    "embedded_picture": N_("a thumbnail or preview shows more than the picture"),
    "faint": N_("print comes back from under a cover when its contrast is stretched"),
    "metadata": N_("it stands in the metadata, behind the picture or in the file's name"),
    "older_picture": N_("the rest of an older picture stands behind the end and can be restored"),
    "partly_covered": N_("a part of it can be read"),
    "readable": N_("can be read"),
    "unread": N_("visible, but could not be read; others may"),
    "watched_text": N_("text repeats what another picture gives away"),
}
"""How something came back."""

ENGINE_USES: Mapping[str, str] = {
    "codes": N_("QR codes and barcodes"),
    "places_of_print": N_("where print stands, and a second reading of numbers and dates"),
    "second_reading_of_codes": N_("a second opinion on QR codes"),
    "third_reading": N_("a third reading of names, numbers and dates in thorough scans"),
    "vietnamese_print": N_("printed lines with every Vietnamese letter"),
}
"""What is missed without an engine."""


def field_word(field: Field) -> str:
    """Return what a field is called."""
    return _(FIELD_WORDS[field])


def engine_use(key: str) -> str:
    """Return what is missed without an engine."""
    return _(ENGINE_USES[key])


def where_word(where: Where) -> str:
    """Return where in a file something stands that its image does not show."""
    return _(WHERE_WORDS[where])


def card_words(kind: CardKind, side: Side) -> str:
    """Return what a card is called, such as "CCCD (chip), front"."""
    return ", ".join(_(word) for word in (KIND_WORDS[kind], SIDE_WORDS[side]) if word)


def region_word(region: Region) -> str:
    """Return what is hidden by a region: its field, or why it is hidden where that is not known."""
    return field_word(region.field) if region.field else _(RULE_WORDS[region.rule])


def note_word(note: str) -> str:
    """Return what changed besides; an unknown note by its key."""
    return _(NOTE_WORDS.get(note) or note.replace("_", " "))


def leak_words(kind: str, fields: Sequence[Field] = ()) -> str:
    """Return what came back and how, such as "number, name: can be read"."""
    how = _(LEAK_WORDS.get(kind) or kind.replace("_", " "))
    return f"{', '.join(map(field_word, fields))}: {how}" if fields else how


def translated(text: str) -> str:
    """Return a message in the reader's language; text without a key as it is."""
    if not isinstance(text, Message) or not text.key:
        return text
    parameters = {
        name: Message(translated(value)) if isinstance(value, str) else value for name, value in text.parameters.items()
    }
    return _(TEXTS[text.key]).format(**parameters)


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
    "repaired_characters": N_("misread characters corrected"),
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

"""The word lists of the report in plain words for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from idscan.core.vocabulary import CardKind, Field, Side
from idscan.report.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idscan.core.results import Problem

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

SIDE_WORDS: Mapping[Side, str] = {
    Side.FRONT: N_("front"),
    Side.BACK: N_("back"),
    Side.UNKNOWN: "",
}

PROBLEM_WORDS: Mapping[str, str] = {
    "damaged": N_("The file is damaged; copy or download it again."),
    "empty": N_("The file is empty; copy or download it again."),
    "internal_error": N_("idscan has a bug that this picture brings out; please report it."),
    "layers_not_scanned": N_("Only the flattened picture was scanned, not its layers."),
    "no_permission": N_("There is no permission to read the file."),
    "not_a_file": N_("This is not a file with content of its own."),
    "not_found": N_("The file is no longer there; scan its folder again."),
    "out_of_memory": N_("There was not enough memory; scan it alone or with fewer jobs."),
    "pages_not_scanned": N_("The file has more pages than are scanned; split it."),
    "read_error": N_("The system could not read the file; check the disk or the connection."),
    "text_not_read": N_("The picture holds more lines of text than are read; cut it into parts and scan those."),
    "too_large": N_("The picture has too many pixels to be decoded safely; scan a smaller version of it."),
    "truncated": N_("The file ends before its picture does; copy or download it again."),
    "undecoded_symbol": N_("A code was seen but could not be read; look at the picture."),
    "unrecognised": N_("The content is no known picture format."),
    "unsupported_format": N_("This format cannot be decoded here; convert it to JPEG or PNG."),
    "worker_died": N_("The process that read it ended unexpectedly."),
}
"""What people are told in their own language of the kinds of problems; the English messages say more."""

SKIP_WORDS = (
    N_("broken symbolic link"),
    N_("cannot list the folder"),
    N_("no permission to read it; change its permissions or run as a user who may"),
    N_("no such file or folder; check the spelling"),
    N_("not a path that the system understands; check the spelling"),
    N_("not a picture"),
    N_("symbolic link to a file that is scanned under its own name"),
    N_("symbolic link to a folder elsewhere, not followed; name that folder to scan it"),
    N_("symbolic link to a folder that is scanned under its own name"),
    N_("symbolic links that lead in a circle; name the real file or folder"),
    N_("the path is too long for the system; move the folder nearer to the root"),
    N_("the same folder was scanned under another name"),
)
"""Reasons, or the parts of them before a colon or a bracket, why a path is skipped."""

ENGINE_USES = (
    N_("QR codes and barcodes"),
    N_("a second opinion on QR codes"),
    N_("names and addresses in print with their diacritics"),
    N_("printed text"),
)
"""What engines are for."""


def field_word(field: Field) -> str:
    """Return what a field is called."""
    return _(FIELD_WORDS[field])


def card_words(kind: CardKind, side: Side) -> str:
    """Return what a card is called, such as "CCCD (chip), front"."""
    return ", ".join(_(word) for word in (KIND_WORDS[kind], SIDE_WORDS[side]) if word)


def problem_words(problem: Problem) -> str:
    """Return a problem in the reader's language; in English its own message, which knows the most."""
    sentence = PROBLEM_WORDS.get(problem.kind, "")
    translated = _(sentence)
    return problem.message if translated == sentence else translated


def skip_words(reason: str) -> str:
    """Return why a path was skipped in the reader's language, as far as the catalogue knows the words."""
    whole = _(reason)
    if whole != reason:
        return whole
    return "".join(_(part) for part in re.split(r"(: | \()", reason))

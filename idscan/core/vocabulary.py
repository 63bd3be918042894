"""The closed word lists of the JSON report: fields, card kinds, sides, sources of evidence."""

from __future__ import annotations

from enum import StrEnum


class Field(StrEnum):
    """What a finding is about."""

    NUMBER = "number"
    OLD_NUMBER = "old_number"
    NAME = "name"
    DATE_OF_BIRTH = "date_of_birth"
    SEX = "sex"
    NATIONALITY = "nationality"
    PLACE_OF_ORIGIN = "place_of_origin"
    PLACE_OF_RESIDENCE = "place_of_residence"
    DATE_OF_ISSUE = "date_of_issue"
    DATE_OF_EXPIRY = "date_of_expiry"
    FATHER_NAME = "father_name"
    MOTHER_NAME = "mother_name"
    QR = "qr"
    BARCODE = "barcode"
    MRZ = "mrz"
    PORTRAIT = "portrait"
    FINGERPRINT = "fingerprint"
    PERSONAL_IDENTIFICATION = "personal_identification"


EXPOSED_FIELDS = frozenset(
    {
        Field.NUMBER,
        Field.OLD_NUMBER,
        Field.NAME,
        Field.FATHER_NAME,
        Field.MOTHER_NAME,
        Field.DATE_OF_BIRTH,
        Field.QR,
        Field.BARCODE,
        Field.MRZ,
    }
)
"""Fields whose finding makes a picture count as exposed."""


class CardKind(StrEnum):
    """Generation of a Vietnamese identity card, or a related document."""

    CMND_9 = "cmnd_9"
    CMND_12 = "cmnd_12"
    CCCD_BARCODE = "cccd_barcode"
    CCCD_CHIP = "cccd_chip"
    CAN_CUOC = "can_cuoc"
    UNKNOWN = "unknown"
    GPLX = "gplx"
    BHYT = "bhyt"
    PASSPORT = "passport"


class Side(StrEnum):
    """Which face of the card is seen."""

    FRONT = "front"
    BACK = "back"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where on the card a value was read."""

    QR = "qr"
    MRZ = "mrz"
    PRINT = "print"
    BARCODE = "barcode"


class Effort(StrEnum):
    """How long the scan keeps looking once something is known."""

    FAST = "fast"
    NORMAL = "normal"
    THOROUGH = "thorough"

"""Closed word lists of the JSON report: fields, card kinds, sides, sources of evidence."""

from __future__ import annotations

from enum import StrEnum


class Field(StrEnum):
    """Subject of a finding."""

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
"""Fields whose finding makes an image count as exposed."""


NUMBER_FIELDS = frozenset({Field.NUMBER, Field.OLD_NUMBER})
NAME_FIELDS = frozenset({Field.NAME, Field.FATHER_NAME, Field.MOTHER_NAME})
PAYLOAD_FIELDS = frozenset({Field.QR, Field.BARCODE, Field.MRZ})
"""Fields that machines read, each of which holds several facts."""


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
    """Visible face of a card."""

    FRONT = "front"
    BACK = "back"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Part of a card where a value was read."""

    QR = "qr"
    MRZ = "mrz"
    PRINT = "print"
    BARCODE = "barcode"


class Where(StrEnum):
    """Place in a file outside the pixels shown."""

    THUMBNAIL = "thumbnail"
    PREVIEW = "preview"  # a larger copy, a further image of the file
    METADATA = "metadata"  # tags, comments, text chunks, profiles
    TRAILING = "trailing"  # behind the image's end, archives there included


class Effort(StrEnum):
    """How long the scan keeps looking once something is known."""

    FAST = "fast"
    NORMAL = "normal"
    THOROUGH = "thorough"


class Style(StrEnum):
    """Appearance of hidden regions; in none of them does anything depend on what it hides."""

    BLUR = "blur"
    SOLID = "solid"
    MOSAIC = "mosaic"


class FieldSet(StrEnum):
    """How much of a card is hidden.

    `CORE` is every number, name and birth date, the expiry date (its day and month are the birthday), fingerprints and
    everything that machines read; `PERSON` adds what else identifies the holder and their home: places, portrait
    and identifying marks; `CARD` is the whole card.
    """

    PERSON = "person"
    CORE = "core"
    CARD = "card"


class Clean(StrEnum):
    """Treatment of images that expose nothing.

    `STRIP` publishes them without metadata, `SKIP` leaves them out, `AS_IS` copies their bytes.
    """

    STRIP = "strip"
    SKIP = "skip"
    AS_IS = "as-is"


class Rule(StrEnum):
    """Reason why a region is hidden."""

    PRINT = "print"  # a value was read here
    LAYOUT = "layout"  # this kind of card has a field here
    SYMBOL = "symbol"  # a code, whole, with its quiet zone
    ZONE = "zone"  # a machine-readable zone, as one strip
    CARD = "card"  # the whole card
    WATCHED = "watched"  # text that repeats a value that another place or image of the run exposes
    NEAR_DUPLICATE = "twin"  # the image looks like an exposed one
    LEAK = "leak"  # verification could still read something here
    REST = "rest"  # what a cover left to be seen of a line that may stay: half letters


class Outcome(StrEnum):
    """Result of the redaction of a file."""

    REDACTED = "redacted"
    STRIPPED = "stripped"  # nothing to hide; published without metadata
    COPIED = "copied"  # nothing to hide; published byte by byte
    LEFT_OUT = "left_out"  # nothing to hide; not published as asked
    LEAKS = "leaks"  # still exposed something; not published
    FAILED = "failed"  # could not be read or written; not published

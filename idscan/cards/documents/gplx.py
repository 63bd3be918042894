"""Driving licence on plastic, since 2012: bilingual, with its own number; QR code on the back since June 2020."""

from __future__ import annotations

import re

from idscan.cards import FactTable
from idscan.cards.documents import DocumentSpec, QrReading, SideSpec
from idscan.cards.fields.dates import parse_qr_date
from idscan.cards.fields.person_names import is_name_like, normalise_name
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.cards.qr_payloads import TWELVE, clean, split
from idscan.core.enums import CardKind, Field, Side

_CLASS = re.compile(r"(?:A[1-4]?|B[12E]?|C[1E]?|D[12E]?|FB2|F[CDE]|C1E|D1E|D2E)(?:[ ,](?:A[1-4]?|B[12]?|C1?|D[12]?))*")
_PREFIX = re.compile(r"^GPLX[\s:;|]*")
_FEWEST_FIELDS = 4
"""Fields of a payload. Lower: other codes that begin with twelve digits are taken; higher: short payloads are lost."""


def read_licence_qr(text: str) -> QrReading | None:
    """Read what looks like the QR text of a driving licence: its number, a name, a class, perhaps dates.

    Its form is not published, so the fields are named by their form.
    """
    cleaned = clean(text)
    fields = split(_PREFIX.sub("", cleaned))
    if len(fields) < _FEWEST_FIELDS or TWELVE.fullmatch(fields[0]) is None:
        return None
    classes = next((part for part in fields[1:] if _CLASS.fullmatch(part)), None)
    name = next((part for part in fields[1:] if is_name_like(part)), None)
    if name is None or (classes is None and _PREFIX.match(cleaned) is None):
        return None
    name, birth = normalise_name(name), next(filter(None, map(parse_qr_date, fields[1:])), None)
    return QrReading(
        values=((Field.NAME, name), (Field.DATE_OF_BIRTH, birth.iso if birth else None)),
        details=(("licence_number", fields[0]), ("name", name), ("date_of_birth", birth), ("classes", classes)),
        is_strict=False,
    )


TABLES = (
    FactTable(name="QR payloads of driving licences",
        source="public readers of licences since June 2020; the form is not published",
        recognise=lambda text: read_licence_qr(text) is not None,
        matching=("010099000001;Nguyễn Văn Mẫu;15/01/1999;A1;20/06/2022;Không thời hạn",
            "GPLX;010099000001;Nguyễn Văn Mẫu;15/01/1999;20/06/2022"),
        not_matching=("001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022",
            "010099000001;Nguyễn Văn Mẫu", "010099000001", "010099000001;1;2;3;A1", "")),
)  # fmt: skip

DOCUMENT = DocumentSpec(
    kind=CardKind.GPLX,
    source="Circular 12/2025/TT-BCA; places: estimated from the order of fields",
    issued=("2012", None),
    is_identity_card=False,
    has_lookalike_number=True,
    read_qr=read_licence_qr,
    sides={
        Side.FRONT: SideSpec(
            headings=(
                Heading(
                    key="giay_phep_lai_xe",
                    variants=("GIẤY PHÉP LÁI XE", "DRIVER'S LICENSE", "DRIVING LICENCE"),
                    matching=("GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", "GIAY PHEP LAI XE", "DRIVERS LICENSE"),
                    not_matching=("GIẤY PHÉP XÂY DỰNG", "driver"),
                ),
            ),
            labels=labels_named(
                *("Số", "Họ tên", "Full name", "Ngày sinh", "Date of birth", "Quốc tịch", "Nationality"),
                *("Nơi cư trú", "Hạng / Class", "Có giá trị đến", "Date of expiry", "Place of issue"),
            ),
            boxes={
                Field.NAME: (0.30, 0.32, 0.98, 0.46),
                Field.DATE_OF_BIRTH: (0.30, 0.44, 0.98, 0.54),
                Field.NATIONALITY: (0.30, 0.52, 0.98, 0.60),
                Field.PLACE_OF_RESIDENCE: (0.30, 0.58, 0.98, 0.74),
                Field.DATE_OF_EXPIRY: (0.02, 0.82, 0.50, 0.94),
                Field.PORTRAIT: (0.02, 0.26, 0.30, 0.82),
            },
        ),
        Side.BACK: SideSpec(
            headings=(
                Heading(
                    key="licence_back",
                    variants=("CÁC LOẠI XE CƠ GIỚI ĐƯỜNG BỘ ĐƯỢC ĐIỀU KHIỂN", "CLASSIFICATION OF MOTOR VEHICLES"),
                    matching=("CLASSIFICATION OF MOTOR VEHICLES",),
                    not_matching=("motor",),
                ),
            ),
            boxes={Field.QR: (0.66, 0.50, 0.99, 0.99)},
            boxes_hold_labels=True,
        ),
    },
)

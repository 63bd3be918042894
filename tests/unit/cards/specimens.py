"""Machine-readable zones and payloads of people who do not exist, and how tests read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.cards.classify import Classification, classify
from idscan.cards.fields.numbers import CitizenNumber
from idscan.cards.labels.headings import find_headings
from idscan.cards.labels.search import find_labels
from idscan.cards.mrz.zone import TD1_LINE_1, TD1_LINE_2, Mrz, assemble_td1

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHIP_OR_CAN_CUOC = (
    "IDVNM0990000017001099000001<<8",
    "9901155M3901153VNM<<<<<<<<<<<0",
    "NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<",
)
FEMALE = (
    "IDVNM3050000028001305000002<<9",
    "0502205F3002201VNM<<<<<<<<<<<0",
    "TRAN<<THI<VI<DU<<<<<<<<<<<<<<<",
)
CHILD = (
    "IDVNM2240000037079224000003<<7",
    "2403018M3803017VNM<<<<<<<<<<<4",
    "DO<<DUC<THU<<<<<<<<<<<<<<<<<<<",
)
WITHOUT_LIMIT = (
    "IDVNM1550000041001155000004<<2",
    "5503104F9912315VNM<<<<<<<<<<<8",
    "LE<<THI<THU<NGHIEM<<<<<<<<<<<<",
)
PASSPORT = (
    "P<VNMNGUYEN<<VAN<MAU<<<<<<<<<<<<<<<<<<<<<<<<",
    "X0000001<4VNM9901155M3301100001099000001<<80",
)
PASSPORT_WITH_OLD_NUMBER = (
    "P<VNMNGUYEN<<VAN<MAU<<<<<<<<<<<<<<<<<<<<<<<<",
    "X0000001<4VNM9901155M3301100000000001<<<<<16",
)
CARDS = (CHIP_OR_CAN_CUOC, FEMALE, CHILD, WITHOUT_LIMIT)
PASSPORTS = (PASSPORT, PASSPORT_WITH_OLD_NUMBER)

CHIP_PAYLOAD = (
    "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Phường Thử Nghiệm, Quận Ví Dụ, Hà Nội|20062022"
)
PAYLOAD_WITHOUT_OLD_NUMBER = (
    "001305000002||Trần Thị Ví Dụ|20022005|Nữ|Thôn Mẫu, Xã Thử Nghiệm, Huyện Ví Dụ, Hà Nội|01032021"
)
CAN_CUOC_PAYLOAD = (
    "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội|20082024||||"
)
INSURANCE_PAYLOAD = (
    "GD4010000000001|4e677579e1bb856e2056c4836e204de1baab75|15/01/1999|1|"
    "58c3a3205468e1bbad204e676869e1bb876d2c2048c3a0204ee1bb9969|01 - 000|01/01/2024|-|01/01/2024|0000000001|-|4|"
    "01/01/2029|0000000000000000-0000|0|48c3a0204ee1bb9969|$"
)
LICENCE_PAYLOAD = "010099000001;Nguyễn Văn Mẫu;15/01/1999;A1;20/06/2022;Không thời hạn"


def classify_lines(lines: Iterable[str]) -> Classification:
    """Classify by print alone."""
    return classify([match for line in lines for match in (*find_headings(line), *find_labels(line))])


def exact_td1(lines: Sequence[str]) -> Mrz | None:
    """Parse the lines of a card without repair; None where one of the first two has another form."""
    forms = zip((TD1_LINE_1, TD1_LINE_2), lines, strict=False)
    return assemble_td1(*lines) if all(form.fullmatch(line) for form, line in forms) else None


def is_consistent(mrz: Mrz) -> bool:
    """Return whether year of birth and sex do not contradict the citizen number."""
    number = CitizenNumber.parse(mrz.number or "")
    return number is None or number.agrees_with(mrz.date_of_birth, mrz.sex) is not False

"""Headings of Vietnamese identity cards and of the documents that resemble them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial

from idscan.cards.approximate import MAX_DISTANCE, PhraseFinder
from idscan.cards.knowledge import KnowledgeTable
from idscan.cards.mentions import is_form_heading, is_label_of_number, is_rule_about
from idscan.core.vocabulary import CardKind, Side

SOURCE = (
    "Decree 05/1999/ND-CP, Circular 07/2016/TT-BCA, Circular 06/2021/TT-BCA, Circular 16/2024/TT-BCA; relatives: "
    "Circular 12/2025/TT-BCA (licence), Decision 1666/QD-BHXH (health insurance), Circular 73/2021/TT-BCA (passport)"
)


_HEADING_SHARE = 0.6
"""Letters of a line that belong to headings, if it is one; and letters of a heading that are capitals."""
_WORD_BEFORE = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_A_SENTENCE = 2
"""Words before a Vietnamese heading that make it part of a sentence; one may be an emblem misread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A heading.

    Attributes:
        key: a name for it in code.
        variants: as printed.
        kinds: cards that print it, empty for a heading of the state that any document may bear.
        side: the face it stands on.
        is_identity_card: whether those are identity cards (not licences, insurance cards, passports ...).
        max_distance: weighted edits per letter; less where ordinary words are close ("Căn cứ", on the ground of).
        matching: lines in which it must be found.
        not_matching: lines in which it must not be found.
    """

    key: str
    variants: tuple[str, ...]
    kinds: tuple[CardKind, ...] = ()
    side: Side = Side.FRONT
    is_identity_card: bool = True
    max_distance: float = MAX_DISTANCE
    matching: tuple[str, ...] = ()
    not_matching: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """A heading in a line of print.

    Attributes:
        title: what was found.
        variant: which of its spellings.
        start: place of its first character.
        end: place behind its last.
        distance: weighted edits per letter, 0 for a perfect match.
        is_whole: whether it makes up most of its line, as a heading does and a mention in a sentence does not.
    """

    title: Title
    variant: str
    start: int
    end: int
    distance: float
    is_whole: bool

    @property
    def is_vietnamese(self) -> bool:
        """Whether only Viet Nam prints it: identity cards, passports and licences elsewhere share English words."""
        return self.title.key == "state" or not self.variant.isascii()


TITLES: tuple[Title, ...] = (
    Title(
        key="giay_chung_minh",
        variants=("GIẤY CHỨNG MINH NHÂN DÂN",),
        kinds=(CardKind.CMND_9,),
        matching=("GIẤY CHỨNG MINH NHÂN DÂN", "GIAY CHUNG MINH NHAN DAN", "GIY CHNG MINH NHÂN DÂN"),
        not_matching=("CHỨNG MINH NHÂN DÂN", "GIẤY CHỨNG NHẬN"),
    ),
    Title(
        key="chung_minh",
        variants=("CHỨNG MINH NHÂN DÂN",),
        kinds=(CardKind.CMND_12, CardKind.CMND_9),
        matching=("CHỨNG MINH NHÂN DÂN", "CHUNG MINH NHAN DAN"),
        not_matching=("GIẤY CHỨNG MINH NHÂN DÂN", "CHỨNG NHẬN CĂN CƯỚC", "nhân dân"),
    ),
    Title(
        key="can_cuoc_cong_dan",
        variants=("CĂN CƯỚC CÔNG DÂN",),
        kinds=(CardKind.CCCD_CHIP, CardKind.CCCD_BARCODE),
        matching=("CĂN CƯỚC CÔNG DÂN", "CAN CUOC CONG DAN", "CĂN CC CÔNG DÂN", "Căn cước công dân"),
        not_matching=("CĂN CƯỚC", "BỘ CÔNG AN", "TỜ KHAI CĂN CƯỚC CÔNG DÂN", "Số căn cước công dân:"),
    ),
    Title(
        key="citizen_identity_card",
        variants=("Citizen Identity Card",),
        kinds=(CardKind.CCCD_CHIP,),
        matching=("Citizen Identity Card", "CitizenIdentityCard"),
        not_matching=("IDENTITY CARD", "citizen"),
    ),
    Title(
        key="can_cuoc",
        variants=("CĂN CƯỚC", "THẺ CĂN CƯỚC"),
        kinds=(CardKind.CAN_CUOC,),
        max_distance=0.13,
        matching=("CĂN CƯỚC", "CAN CUOC", "CĂN CC", "CĂN CUÓC"),
        not_matching=(
            "CĂN CƯỚC CÔNG DÂN",
            "CHỨNG NHẬN CĂN CƯỚC",
            "CẦN CÙ",
            "Căn cứ",
            "ĐƠN ĐỀ NGHỊ CẤP THẺ CĂN CƯỚC",
            "Số căn cước: 001099000001",
            "Căn cước: 001099000001",
        ),
    ),
    Title(
        key="identity_card",
        variants=("IDENTITY CARD",),
        kinds=(CardKind.CAN_CUOC,),
        matching=("IDENTITY CARD", "IDENTITYCARD", "CĂN CƯỚC / IDENTITY CARD"),
        not_matching=("Citizen Identity Card", "identity"),
    ),
    Title(
        key="chung_nhan_can_cuoc",
        variants=("CHỨNG NHẬN CĂN CƯỚC", "GIẤY CHỨNG NHẬN CĂN CƯỚC"),
        kinds=(CardKind.UNKNOWN,),
        # Certificates of other things differ in the last words only.
        max_distance=0.1,
        matching=("CHỨNG NHẬN CĂN CƯỚC", "CHUNG NHAN CAN CUOC"),
        not_matching=("CĂN CƯỚC", "CHỨNG MINH NHÂN DÂN", "GIẤY CHỨNG NHẬN CHẤT LƯỢNG"),
    ),
    Title(
        key="giay_phep_lai_xe",
        variants=("GIẤY PHÉP LÁI XE", "DRIVER'S LICENSE", "DRIVING LICENCE"),
        kinds=(CardKind.GPLX,),
        is_identity_card=False,
        matching=("GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", "GIAY PHEP LAI XE", "DRIVERS LICENSE"),
        not_matching=("GIẤY PHÉP XÂY DỰNG", "driver"),
    ),
    Title(
        key="licence_back",
        variants=("CÁC LOẠI XE CƠ GIỚI ĐƯỜNG BỘ ĐƯỢC ĐIỀU KHIỂN", "CLASSIFICATION OF MOTOR VEHICLES"),
        kinds=(CardKind.GPLX,),
        side=Side.BACK,
        is_identity_card=False,
        matching=("CLASSIFICATION OF MOTOR VEHICLES",),
        not_matching=("motor",),
    ),
    Title(
        key="bao_hiem_y_te",
        variants=("THẺ BẢO HIỂM Y TẾ", "BẢO HIỂM XÃ HỘI VIỆT NAM"),
        kinds=(CardKind.BHYT,),
        is_identity_card=False,
        matching=("THẺ BẢO HIỂM Y TẾ", "THE BAO HIEM Y TE", "BẢO HIỂM XÃ HỘI VIỆT NAM"),
        not_matching=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "bảo vệ"),
    ),
    Title(
        key="ho_chieu",
        variants=("HỘ CHIẾU", "PASSPORT"),
        kinds=(CardKind.PASSPORT,),
        is_identity_card=False,
        max_distance=0.13,
        matching=("HỘ CHIẾU / PASSPORT", "HO CHIEU", "PASSPORT"),
        not_matching=("HỒ CHÍ MINH", "password", "Ho, chū đêm và tên khai sinh"),
    ),
    Title(
        key="other_document",
        variants=(
            "THẺ THƯỜNG TRÚ",
            "THẺ TẠM TRÚ",
            "CHỨNG MINH QUÂN NHÂN",
            "CHỨNG MINH SĨ QUAN",
            "THẺ ĐẢNG VIÊN",
            "GIẤY CHỨNG NHẬN ĐĂNG KÝ XE",
            "CHỨNG NHẬN ĐĂNG KÝ XE",
        ),
        kinds=(CardKind.UNKNOWN,),
        side=Side.UNKNOWN,
        is_identity_card=False,
        max_distance=0.12,
        matching=("THẺ THƯỜNG TRÚ", "CHỨNG MINH QUÂN NHÂN", "THE DANG VIEN"),
        not_matching=("Nơi thường trú", "CHỨNG MINH NHÂN DÂN"),
    ),
    Title(
        key="state",
        variants=(
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "SOCIALIST REPUBLIC OF VIET NAM",
            "Independence - Freedom - Happiness",
        ),
        matching=(
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Doc lap - Tu do - Hanh phuc",
            "SOCIALISTREPUBLICOFVIETNAM",
            "Independence - Freedom - Happiness",
        ),
        not_matching=("Việt Nam", "BẢO HIỂM XÃ HỘI VIỆT NAM", "freedom"),
    ),
)
"""Headings; where two overlap the longer one wins ("CĂN CƯỚC CÔNG DÂN" is no "CĂN CƯỚC")."""

FORM = Title(
    key="form",
    variants=("TỜ KHAI",),
    side=Side.UNKNOWN,
    is_identity_card=False,
    matching=(
        "TỜ KHAI CĂN CƯỚC CÔNG DÂN",
        "T KHAI CĂN CUC CÔNG DÂN",
        "ĐƠN ĐỀ NGHỊ CẤP THẺ CĂN CƯỚC",
        "PHIẾU THU THẬP THÔNG TIN DÂN CƯ",
        "GIẤY ĐỀ NGHỊ",
        "THÔNG BÁO SỐ ĐỊNH DANH CÁ NHÂN",
        "HỢP ĐỒNG THUÊ NHÀ",
    ),
    not_matching=("CĂN CƯỚC CÔNG DÂN", "GIẤY CHỨNG MINH NHÂN DÂN", "ĐƠN VỊ MẪU", "Thông báo cho tôi", "ĐOÀN THỊ MẪU"),
)
"""What heads a form or a notice: it asks for what cards print, and names cards in its heading."""


def find_titles(text: str) -> tuple[TitleMatch, ...]:
    """Find the headings in a line of print, as tolerantly as labels are found.

    Where the heading of a form or the label of a number is made of a card's heading, that one does not count.
    """
    finder, owners = _finder()
    letters = sum(map(str.isalpha, text))
    matches = [match for match in finder.find(text) if match.distance <= owners[match.index][0].max_distance]
    covered = sum(sum(map(str.isalpha, text[match.start : match.end])) for match in matches)
    fills_line = covered >= _HEADING_SHARE * letters
    is_form = is_form_heading(text)
    found: list[TitleMatch] = [_form(text)] if is_form else []
    edge = 0
    for match in matches:
        title, variant = owners[match.index]
        before, words = text[edge : match.start], text[match.start : match.end]
        edge = match.end
        if title.kinds and (is_form or is_label_of_number(text[: match.start], text[match.end :])):
            continue
        is_whole = fills_line and _is_printed_like(variant, words) and not _goes_on_from(before, variant)
        found.append(TitleMatch(title, variant, match.start, match.end, match.distance, is_whole))
    return tuple(found)


def _form(text: str) -> TitleMatch:
    return TitleMatch(FORM, FORM.variants[0], 0, len(text), 0.0, is_whole=True)


def _goes_on_from(before: str, variant: str) -> bool:
    """Return whether words before a heading go on in it: "STUDENT IDENTITY CARD" is none of "IDENTITY CARD"."""
    words = _WORD_BEFORE.findall(before)
    is_joined = bool(words) and before.rstrip()[-1:].isalpha()
    return is_joined and (len(words) >= (1 if variant.isascii() else _WORDS_OF_A_SENTENCE) or is_rule_about(before))


def _is_printed_like(variant: str, found: str) -> bool:
    """Return whether a heading in capitals was found in capitals; a sentence mentions it in small letters."""
    return not variant.isupper() or sum(map(str.isupper, found)) >= _HEADING_SHARE * sum(map(str.isalpha, found))


@cache
def _finder() -> tuple[PhraseFinder, list[tuple[Title, str]]]:
    owners = [(title, variant) for title in TITLES for variant in title.variants]
    return PhraseFinder([variant for _, variant in owners], are_capitals_names=False), owners


def _is_found(title: Title, text: str) -> bool:
    return any(match.title is title for match in find_titles(text))


TABLES = tuple(
    KnowledgeTable(
        name=f"heading {title.variants[0]}",
        source=SOURCE,
        recognise=partial(_is_found, title),
        matching=title.matching,
        not_matching=title.not_matching,
    )
    for title in (*TITLES, FORM)
)

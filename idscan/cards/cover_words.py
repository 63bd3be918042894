"""Words that are no name: what people write on the boxes that they lay over values, and pieces of headings."""

from __future__ import annotations

import re

from idscan.cards.folding import fold_upper
from idscan.cards.knowledge import KnowledgeTable

_TITLE, _WORD_OF_TITLE = "THE CAN CUOC CONG DAN", "CUOC"
"""A title, and the word of it that no name has."""

_HEADINGS = {
    "CONG HOA XA HOI CHU NGHIA VIET NAM": 8,
    "SOCIALIST REPUBLIC OF VIET NAM": 8,
    "DOC LAP - TU DO - HANH PHUC": 8,
    "INDEPENDENCE - FREEDOM - HAPPINESS": 8,
    "GIAY CHUNG MINH NHAN DAN": 11,
    _TITLE: 11,
    "CITIZEN IDENTITY CARD": 11,
}
"""What stands at the head of cards, and how many letters and blanks of it no person's name has in a row."""

_SUBJECTS = ("", "THONG TIN ", "HO TEN ", "TEN ", "SO ", "NGAY SINH ", "NOI DUNG ", "DU LIEU ")
_DONE = (
    "AN", "CHE", "CHE LAI", "CHE MO", "LAM MO", "BOI DEN", "XOA", "GIAU", "BAO MAT", "DUOC AN", "DUOC CHE", "BI CHE",
    "BI AN", "TO DEN", "CAT BO", "DUOC BAO MAT", "MA HOA",
)  # fmt: skip
_WHOLE = frozenset(
    {f"{subject}DA {done}" for subject in _SUBJECTS for done in _DONE}
    | {
        "CHE", "AN", "MAU", "BAN MAU", "GIAY TO MAU", "KHONG CONG KHAI", "KHONG HIEN THI", "KHONG CHIA SE", "BAO MAT",
        "BI MAT", "RIENG TU", "THONG TIN CA NHAN", "THONG TIN MAT", "THONG TIN BAO MAT", "DU LIEU CA NHAN", "DA CHE MO",
        "BEEP", "CENSORED", "CLASSIFIED", "CONFIDENTIAL", "COVERED", "DELETED", "DO NOT COPY", "HIDDEN",
        "INFORMATION HIDDEN", "MASKED", "NOT SHOWN", "PERSONAL DATA", "PERSONAL INFORMATION", "PRIVATE", "REDACTED",
        "REMOVED", "SAMPLE", "SECRET", "SPECIMEN", "TOP SECRET", "VOID", "XOA",
    }
)  # fmt: skip
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_STARS = re.compile(r"[*#\u2022\u25a0\u25cf\u2588 ]{2,}")
_ONE_SIGN = re.compile(r"([A-Z])(?: ?\1)+")


def is_written_on_covers(text: str) -> bool:
    """Return whether a whole text is what people write where they hid something.

    >>> [is_written_on_covers(text) for text in ("ĐÃ CHE", "Đã  ẩn.", "[REDACTED]", "XXX XXXX", "***", "Lê Văn An")]
    [True, True, True, True, True, False]
    """
    words = _BETWEEN_WORDS.sub(" ", fold_upper(text)).strip()
    if not words:
        return _STARS.fullmatch(text.strip()) is not None
    if words in _WHOLE or _ONE_SIGN.fullmatch(words):
        return True
    half, odd = divmod(len(words.split()), 2)
    first, second = words.split()[:half], words.split()[half:]
    return half > 0 and not odd and first == second and " ".join(first) in _WHOLE


def is_part_of_heading(text: str) -> bool:
    """Return whether a text is cut out of a card's heading or of the name of the state above it.

    >>> [is_part_of_heading(text) for text in ("HÒA XÃ HỘI CHỦ NGHĨA VIỆ", "MINH NHÂN DÂN", "HÒA XÃ")]
    [True, True, False]
    """
    words = " ".join(fold_upper(text).split())
    return any(len(words) >= least and words in heading for heading, least in _HEADINGS.items())


def is_cut_title(line: str) -> bool:
    """Return whether a line of its own is what a cover leaves of a title.

    >>> [is_cut_title(text) for text in ("ĂN CƯỚC", " CƯỚC CÔNG DÂ", "CÔNG DÂN", "MINH NHÂN")]
    [True, True, False, False]
    """
    words = " ".join(fold_upper(line).split())
    return _WORD_OF_TITLE in words and words in _TITLE


TABLES = (
    KnowledgeTable(
        name="words written on covers",
        source="what picture editors offer as stamps, and what posts of covered cards show",
        recognise=is_written_on_covers,
        matching=("ĐÃ CHE", "đã ẩn", "ĐÃ CHE ĐÃ CHE", "REDACTED", "X X X X", "xxxxxx", "****", "Thông tin đã che"),
        not_matching=("NGUYỄN VĂN MẪU", "Lê Văn Ẩn", "ĐỖ ĐÃ CHE", "Trần Thị Che", "001099000001", "", " "),
    ),
    KnowledgeTable(
        name="parts of headings",
        source="Constitution of 2013, article 1; Decree 05/1999/ND-CP, Circular 06/2021/TT-BCA",
        recognise=is_part_of_heading,
        matching=("HÒA XÃ HỘI CHỦ NGHĨA VIỆ", "CHỦ NGHĨA VIỆT NAM", "MINH NHÂN DÂN", "CĂN CƯỚC CÔNG D"),
        not_matching=("NGUYỄN VĂN MẪU", "HÒA", "", "VIỆT NAM TRẦN", "MINH NHÂN", "CÔNG DÂN"),
    ),
)

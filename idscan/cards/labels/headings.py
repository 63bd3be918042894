"""Find headings of cards and documents; recognise mere mentions of labels and headings, and words on covers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from idscan.cards import FactTable
from idscan.cards.documents import all_documents, documents_headed
from idscan.cards.text import fold, fold_upper
from idscan.cards.text.fuzzy import MAX_DISTANCE, PhraseFinder
from idscan.core.enums import Field
from idscan.core.memo import remembered

if TYPE_CHECKING:
    from idscan.cards.documents import DocumentSpec
    from idscan.cards.labels import Label

_FEWEST_WORDS = 2
"""Small words of a sentence. Lower: labels beside a stray word are refused; higher: labels in sentences pass."""
_LONG_DIGITS = re.compile(r"[0-9](?:[ ./\-]?[0-9]){3}")
"""Digits of a date or number, which may be the value of a label."""
_WORD = re.compile(r"[^\W\d_]+")
_CLAUSE = re.compile(r"[^:;|=]*\Z")
_COLON = re.compile(r"[\s\w]{0,2}\s*[:…]|[\s]*\.\.")
"""A colon or leaders behind a label, also past a letter that is left over from it."""
_WHOSE = re.compile(r"\s*(?:của|cua)\s+(?:[^\W\d_]+\s+){0,4}[^\W\d_]+\s*[:…]")
"""Words of possession behind a label, up to a colon, as on forms about several people."""
_WRITTEN_SMALL = frozenset({Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE, Field.PERSONAL_IDENTIFICATION})
"""Fields whose values may begin in small letters ("thôn", "xã", "nốt ruồi")."""

FORM_HEADING = re.compile(
    r"[\W_]*(?:mau\s+)?(?:t[o0]?\s*khai|don\b(?!\s*(?:vi|gia|hang)\b)|dn (?=xin|de nghi)|phieu\b|bien ban"
    r"|giay (?:de nghi|uy quyen|xac nhan|gioi thieu|cam ket|bien nhan|moi\b|bao\b|khai sinh|ra vao|ra vien|kham|vay"
    r"|chung nhan (?!can cuoc))|thong bao|hop dong|so yeu ly lich|danh sach"
    r"|bang (?:ke|luong|cham|diem|tong hop|chi tiet)|quyet dinh|xac nhan"
    r"|ban (?:cam ket|tuong trinh|khai)|trich luc|to trinh|phu luc|ket qua)"
)
"""Beginnings of the headings of forms and notices, folded."""
_RULE_BEFORE = re.compile(
    r"(?:.*[^\w])?(?:luat|nghi dinh|thong tu|ve|lam|cap|doi|mat|theo|ho so|thu tuc|dich vu|huong dan|nhan|tra|va|hoac"
    r"|bang|mang)\s*(?:the\s*)?"
)
"""Words, folded, behind which a card's heading is part of a rule or of advice."""
_NUMBER_BEFORE = re.compile(r"(?:.*[^\w])?s[o0]\s*(?:the\s*)?")
_NUMBER_FOLLOWS = re.compile(r"\s*(?:so\b|:)\W*[0-9](?:[ .\-]?[0-9]){7}")


def is_form_heading(text: str) -> bool:
    """Return whether the line is the heading of a form, printed in capitals.

    >>> is_form_heading("TỜ KHAI CĂN CƯỚC CÔNG DÂN"), is_form_heading("Thông báo cho tôi")
    (True, False)
    """
    letters = [character for character in text if character.isalpha()]
    is_capitals = sum(map(str.isupper, letters)) > len(letters) / 2
    return is_capitals and FORM_HEADING.match(fold(text)) is not None


def is_label_of_number(before: str, after: str) -> bool:
    """Return whether "Số" before a card's heading, or a number behind it, make it a label."""
    return _NUMBER_BEFORE.fullmatch(fold(before)) is not None or _NUMBER_FOLLOWS.match(fold(after)) is not None


def is_rule_about(before: str) -> bool:
    """Return whether the words before a card's heading belong to a rule or advice about the card.

    >>> is_rule_about("LUẬT"), is_rule_about("THẺ")
    (True, False)
    """
    return _RULE_BEFORE.fullmatch(fold(before)) is not None


def is_mention(label: Label, before: str, found: str, after: str) -> bool:
    """Return whether a label is only mentioned in a sentence.

    Args:
        label: the label.
        before: the line up to it, from the label before on.
        found: as printed.
        after: the line behind it, up to the next label.
    """
    if points_at_value(after):
        return False
    follows: list[str] = _WORD.findall(after)
    goes_on_small = bool(follows) and follows[0].islower() and _WORD.search(after[:4]) is not None
    words_before = sum(word.islower() for word in _WORD.findall(_CLAUSE.findall(before)[0]))
    if starts_small(found):
        return goes_on_small or (words_before >= _FEWEST_WORDS and not follows)
    if label.field in _WRITTEN_SMALL or not goes_on_small:
        return goes_on_small and words_before >= _FEWEST_WORDS
    return words_before >= _FEWEST_WORDS or sum(word.islower() and len(word) > 1 for word in follows) > _FEWEST_WORDS


def points_at_value(after: str) -> bool:
    """Return whether a colon or leaders follow a label, or digits that may be its value.

    >>> points_at_value(" của chủ hộ:"), points_at_value(" của những người sau")
    (True, False)
    """
    if _WHOSE.match(after) is not None:
        return True
    return _COLON.match(after) is not None or _LONG_DIGITS.search(after) is not None


def starts_small(found: str) -> bool:
    """Return whether a label begins with a small letter, as none on a card does."""
    return found[:1].islower()


_CARD_HEADING, _WORD_OF_HEADING = "THE CAN CUOC CONG DAN", "CUOC"
"""A heading, and its word that is in no name."""

_HEADINGS = {"CONG HOA XA HOI CHU NGHIA VIET NAM": 8, "SOCIALIST REPUBLIC OF VIET NAM": 8,
    "DOC LAP - TU DO - HANH PHUC": 8, "INDEPENDENCE - FREEDOM - HAPPINESS": 8, "GIAY CHUNG MINH NHAN DAN": 11,
    _CARD_HEADING: 11, "CITIZEN IDENTITY CARD": 11}  # fmt: skip
"""Headings of cards, and the number of characters in a row from which a part of one is no name."""
_LEAST_BETWEEN_CUTS = 14
"""Characters of a heading between two cut words. Fewer: names of common words are dropped; more: mottos are names."""
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
    """Return whether a text is one that people write over hidden values.

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

    Of a long part, the first and the last word may be cut through, and misread.

    >>> [is_part_of_heading(text) for text in ("HÒA XÃ HỘI CHỦ NGHĨA VIỆ", "MINH NHÂN DÂN", "HÒA XÃ", "LÊ HẠNH PHÚC")]
    [True, True, False, False]
    >>> is_part_of_heading("IÒA XÃ HỘI CHỦ NGHĨA VIỆT NI")
    True
    """
    words = " ".join(fold_upper(text).split())
    inner = " ".join(words.split()[1:-1])
    return any(
        (len(words) >= least and words in heading) or (len(inner) >= _LEAST_BETWEEN_CUTS and inner in heading)
        for heading, least in _HEADINGS.items()
    )


def is_cut_heading(line: str) -> bool:
    """Return whether a line is the rest of a partly covered heading.

    >>> [is_cut_heading(text) for text in ("ĂN CƯỚC", " CƯỚC CÔNG DÂ", "CÔNG DÂN", "MINH NHÂN")]
    [True, True, False, False]
    """
    words = " ".join(fold_upper(line).split())
    return _WORD_OF_HEADING in words and words in _CARD_HEADING


COVER_WORD_TABLES = (
    FactTable(name="words written on covers",
        source="stamps of image editors, and posts of covered cards",
        recognise=is_written_on_covers,
        matching=("ĐÃ CHE", "đã ẩn", "ĐÃ CHE ĐÃ CHE", "REDACTED", "X X X X", "xxxxxx", "****", "Thông tin đã che"),
        not_matching=("NGUYỄN VĂN MẪU", "Lê Văn Ẩn", "ĐỖ ĐÃ CHE", "Trần Thị Che", "001099000001", "", " ")),
    FactTable(name="parts of headings",
        source="Constitution of 2013, article 1; Decree 05/1999/ND-CP, Circular 06/2021/TT-BCA",
        recognise=is_part_of_heading,
        matching=("HÒA XÃ HỘI CHỦ NGHĨA VIỆ", "CHỦ NGHĨA VIỆT NAM", "MINH NHÂN DÂN", "CĂN CƯỚC CÔNG D"),
        not_matching=("NGUYỄN VĂN MẪU", "HÒA", "", "VIỆT NAM TRẦN", "MINH NHÂN", "CÔNG DÂN")),
)  # fmt: skip


_HEADING_SHARE = 0.6
"""Share of the letters of a heading line that are in headings, and of a heading that are capitals."""
_WORD_BEFORE = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_A_SENTENCE = 2
"""Words before a Vietnamese heading within a sentence; a single one may be a misread emblem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading.

    Attributes:
        key: a name for it in code.
        variants: as printed.
        max_distance: weighted edits per letter; less where ordinary words are close ("Căn cứ", on the ground of).
        is_of_vietnam: English words that cards of other countries seldom bear.
        matching: lines in which it must be found.
        not_matching: lines in which it must not be found.
    """

    key: str
    variants: tuple[str, ...]
    max_distance: float = MAX_DISTANCE
    is_of_vietnam: bool = False
    matching: tuple[str, ...] = ()
    not_matching: tuple[str, ...] = ()

    @property
    def is_english(self) -> bool:
        """Whether the heading is in English only."""
        return all(map(str.isascii, self.variants))


@dataclass(frozen=True, slots=True)
class HeadingMatch:
    """A heading in a line of print.

    Attributes:
        heading: the heading.
        variant: its spelling.
        start: index of its first character.
        end: index behind its last.
        distance: weighted edits per letter, 0 for a perfect match.
        is_whole: whether it takes most of its line, unlike a mention in a sentence.
    """

    heading: Heading
    variant: str
    start: int
    end: int
    distance: float
    is_whole: bool

    @property
    def is_vietnamese(self) -> bool:
        """Whether only Viet Nam prints it: identity cards, passports and licences elsewhere share English words."""
        return self.heading is STATE or not self.variant.isascii()

    @property
    def documents(self) -> tuple[DocumentSpec, ...]:
        """The documents that bear the heading: none for those of the state and of forms."""
        return documents_headed(self.heading)

    @property
    def is_of_identity_card(self) -> bool:
        """Whether an identity card bears the heading."""
        return any(document.is_identity_card for document in self.documents)


STATE = Heading(key="state",
    variants=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "SOCIALIST REPUBLIC OF VIET NAM",
        "Independence - Freedom - Happiness"),
    matching=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Doc lap - Tu do - Hanh phuc",
        "SOCIALISTREPUBLICOFVIETNAM", "Independence - Freedom - Happiness"),
    not_matching=("Việt Nam", "BẢO HIỂM XÃ HỘI VIỆT NAM", "freedom"))  # fmt: skip
"""Headings of the state, which any document may bear."""

FORM = Heading(key="form", variants=("TỜ KHAI",),
    matching=("TỜ KHAI CĂN CƯỚC CÔNG DÂN", "T KHAI CĂN CUC CÔNG DÂN", "ĐƠN ĐỀ NGHỊ CẤP THẺ CĂN CƯỚC",
        "PHIẾU THU THẬP THÔNG TIN DÂN CƯ", "GIẤY ĐỀ NGHỊ", "THÔNG BÁO SỐ ĐỊNH DANH CÁ NHÂN", "HỢP ĐỒNG THUÊ NHÀ"),
    not_matching=("CĂN CƯỚC CÔNG DÂN", "GIẤY CHỨNG MINH NHÂN DÂN", "ĐƠN VỊ MẪU", "Thông báo cho tôi",
        "ĐOÀN THỊ MẪU"))  # fmt: skip
"""Headings of forms and notices, which may contain that of a card."""


@remembered
def find_headings(text: str) -> tuple[HeadingMatch, ...]:
    """Find the headings in a line of print, as tolerantly as labels are found.

    The heading of a card within that of a form, or within the label of a number, does not count.
    """
    finder, owners = _finder(all_documents())
    letters = sum(map(str.isalpha, text))
    matches = [match for match in finder.find(text) if match.distance <= owners[match.index][0].max_distance]
    covered = sum(sum(map(str.isalpha, text[match.start : match.end])) for match in matches)
    fills_line = covered >= _HEADING_SHARE * letters
    is_form = is_form_heading(text)
    found = [HeadingMatch(FORM, FORM.variants[0], 0, len(text), 0.0, is_whole=True)] if is_form else []
    edge = 0
    for match in matches:
        heading, variant = owners[match.index]
        before, words = text[edge : match.start], text[match.start : match.end]
        edge = match.end
        if heading is not STATE and (is_form or is_label_of_number(text[: match.start], text[match.end :])):
            continue
        is_whole = fills_line and _is_printed_like(variant, words) and not _goes_on_from(before, variant)
        found.append(HeadingMatch(heading, variant, match.start, match.end, match.distance, is_whole))
    return tuple(found)


def _goes_on_from(before: str, variant: str) -> bool:
    """Return whether a heading is part of a longer phrase: "STUDENT IDENTITY CARD" is no "IDENTITY CARD"."""
    words = _WORD_BEFORE.findall(before)
    is_joined = bool(words) and before.rstrip()[-1:].isalpha()
    return is_joined and (len(words) >= (1 if variant.isascii() else _WORDS_OF_A_SENTENCE) or is_rule_about(before))


def _is_printed_like(variant: str, found: str) -> bool:
    """Return whether a heading in capitals was found in capitals; a sentence mentions it in small letters."""
    return not variant.isupper() or sum(map(str.isupper, found)) >= _HEADING_SHARE * sum(map(str.isalpha, found))


@cache
def _finder(documents: tuple[DocumentSpec, ...]) -> tuple[PhraseFinder, list[tuple[Heading, str]]]:
    of_documents = (heading for document in documents for side in document.sides.values() for heading in side.headings)
    owners = [(heading, variant) for heading in dict.fromkeys((*of_documents, STATE)) for variant in heading.variants]
    return PhraseFinder([variant for _, variant in owners], are_capitals_names=False), owners


def _is_found(heading: Heading, text: str) -> bool:
    return any(match.heading is heading for match in find_headings(text))


TABLES = tuple(
    FactTable(
        name=f"heading {heading.variants[0]}",
        source="Constitution of 2013, article 1; Circular 07/2016/TT-BCA (forms)",
        recognise=partial(_is_found, heading),
        matching=heading.matching,
        not_matching=heading.not_matching,
    )
    for heading in (STATE, FORM)
)

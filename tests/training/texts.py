"""What lines of identity cards say, made up: names, addresses, labels, dates, numbers, machine-readable zones.

Half of the words are drawn evenly from all syllables that can be spelt, so that a reader has to see every mark and
cannot guess it from the names that are common.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards import words
from idscan.cards.fields.name_tables import FAMILY_NAMES, GIVEN_SYLLABLES
from idscan.cards.labels import LABELS
from idscan.cards.text import fold_upper
from idscan.cards.text.syllables import all_spellings
from idscan.core.enums import Field
from tests.synth.mrz import ZoneFacts, td1, td3

if TYPE_CHECKING:
    from random import Random

LETTERS = "".join(sorted(set("".join(all_spellings()) + "FJWZ")))
ALPHABET = "0123456789" + LETTERS + LETTERS.lower() + " .,:;/-()<>'\"+&*%#@_=?!|–…“”‘’[]$"
"""Every character that the reader can give."""

_MARKED = tuple(sorted(all_spellings()))
_PLACE_WORDS = words(
    "Xã Phường Thị trấn Huyện Quận Thành phố TP. Tỉnh Thôn Xóm Ấp Bản Tổ Khu phố Đường Số Ngõ Hẻm Khóm Buôn P. Q. "
    "TDP TX KP SN"
)
_FOREIGN = words(
    "Ea Kar Đắk Lắk Kon Tum Krông Búk Gia Lai Bắc Kạn Pleiku Ja Wầy K'Bang Chư Prông Sa Pa H'Hen Niê Y Moan"
)
_ENGLISH = words(
    "Full name Date of birth Sex Nationality Place of origin Place of residence Date of expiry Citizen Identity Card "
    "Personal identification number Left index finger Right SOCIALIST REPUBLIC OF VIET NAM Independence Freedom "
    "Happiness MINISTRY OF PUBLIC SECURITY DIRECTOR GENERAL POLICE DEPARTMENT IDENTITY CARD month year Class Expires "
    "Address"
)
_SENTENCES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "SOCIALIST REPUBLIC OF VIET NAM",
    "Independence - Freedom - Happiness", "CĂN CƯỚC CÔNG DÂN", "Citizen Identity Card", "GIẤY CHỨNG MINH NHÂN DÂN",
    "CHỨNG MINH NHÂN DÂN", "CĂN CƯỚC", "IDENTITY CARD", "BỘ CÔNG AN", "MINISTRY OF PUBLIC SECURITY",
    "CỤC TRƯỞNG CỤC CẢNH SÁT", "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", "ĐKQL CƯ TRÚ VÀ DLQG VỀ DÂN CƯ",
    "DIRECTOR GENERAL OF THE POLICE DEPARTMENT", "FOR ADMINISTRATIVE MANAGEMENT OF SOCIAL ORDER",
    "Đặc điểm nhận dạng / Personal identification:", "Đặc điểm nhân dạng:", "DẤU VẾT RIÊNG VÀ DỊ HÌNH",
    "Ngón trỏ trái / Left index finger", "Ngón trỏ phải / Right index finger", "NGÓN TRỎ TRÁI", "NGÓN TRỎ PHẢI",
    "Nốt ruồi C: 1cm dưới sau mắt trái", "Sẹo chấm C: 2cm trên sau đuôi lông mày phải", "Dân tộc: Kinh",
    "Tôn giáo: Không", "GIÁM ĐỐC CA", "Không thời hạn", "GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", "THẺ BẢO HIỂM Y TẾ",
)  # fmt: skip


def make_text(rng: Random) -> str:
    """Make up one line."""
    kind = rng.choices(
        (name, address, label, labelled, date, number, zone_line, mixture, sentence),
        (42, 10, 6, 13, 9, 8, 6, 4, 2),
    )[0]
    return " ".join(kind(rng).split())


def name(rng: Random) -> str:
    """Make up a person's name, in capitals more often than not."""
    parts = [_family(rng)] + [_given(rng) for _ in range(rng.choice((1, 2, 2, 2, 3, 3, 4)))]
    return _cased(" ".join(parts), rng, capitals=0.72)


def _family(rng: Random) -> str:
    if rng.random() < 0.6:
        plain = rng.choices(tuple(FAMILY_NAMES), tuple(share**0.5 for share in FAMILY_NAMES.values()))[0]
        return rng.choice(_spellings_of()[plain])
    return rng.choice(_MARKED)


def _given(rng: Random) -> str:
    if rng.random() < 0.5:
        plain = rng.choices(tuple(GIVEN_SYLLABLES), tuple(weight**0.5 for weight in GIVEN_SYLLABLES.values()))[0]
        return rng.choice(_spellings_of()[plain])
    return rng.choice(_MARKED)


@cache
def _spellings_of() -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for word in _MARKED:
        made.setdefault(fold_upper(word), []).append(word)
    return made


def _cased(text: str, rng: Random, *, capitals: float) -> str:
    chance = rng.random()
    if chance < capitals:
        return text.upper()
    return text.title() if chance < 0.96 else text.lower()


def address(rng: Random) -> str:
    """Make up a line of an address."""
    parts = []
    for _ in range(rng.choice((1, 2, 2, 3, 3, 4))):
        rank = rng.choice(_PLACE_WORDS) + " " if rng.random() < 0.4 else ""
        words = [rng.choice(_FOREIGN) if rng.random() < 0.06 else rng.choice(_MARKED).title() for _ in range(2)]
        where = " ".join(words[: rng.choice((1, 2, 2, 2))])
        number, lane = rng.randint(1, 399), rng.randint(1, 99)
        house = rng.choice((f"{number} ", f"{lane}/{number} ", f"Số {number}, "))
        parts.append((house if rng.random() < 0.12 else "") + rank + where)
    text = rng.choice((", ", ", ", ", ", " - ", ",")).join(parts) + rng.choice(("", "", "", ",", "."))
    return text.upper() if rng.random() < 0.12 else text


def label(rng: Random) -> str:
    """Return a printed label, in one language or in two."""
    one = rng.choice(LABELS)
    words = rng.choice(one.variants)
    others = [other for other in LABELS if other.field is one.field and other.language is not one.language]
    if others and rng.random() < 0.6:
        other = rng.choice(rng.choice(others).variants)
        first, second = (words, other) if one.language == "vi" else (other, words)
        words = first + rng.choice((" / ", "/", " /", "/ ")) + second
    if rng.random() < 0.1:
        words = _plain(words)
    return words + rng.choice((":", ":", ":", " :", "", "."))


def labelled(rng: Random) -> str:
    """Return a label with its value, or two of them, on one line."""
    makers = {
        Field.NAME: name,
        Field.DATE_OF_BIRTH: date,
        Field.NUMBER: number,
        Field.PLACE_OF_ORIGIN: address,
        Field.PLACE_OF_RESIDENCE: address,
        Field.SEX: lambda chance: chance.choice(("Nam", "Nữ")),
        Field.NATIONALITY: lambda _: "Việt Nam",
        Field.DATE_OF_EXPIRY: date,
        Field.DATE_OF_ISSUE: date,
    }
    field = rng.choice(tuple(makers))
    fitting = [one for one in LABELS if one.field is field]
    words = rng.choice(rng.choice(fitting).variants)
    colon = rng.choice((": ", ": ", " ", ":", " : ", "."))
    text = f"{words}{colon}{makers[field](rng)}"
    if field is Field.SEX and rng.random() < 0.6:
        text += "  " + rng.choice(("Quốc tịch / Nationality: Việt Nam", "Quốc tịch: Việt Nam", "Dân tộc: Kinh"))
    return text


def date(rng: Random) -> str:
    """Make up a date in one of the ways that cards print it."""
    day, month, year = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1920, 2049)
    mark = rng.choice("//////-.")
    chance = rng.random()
    if chance < 0.8:
        return f"{day:02}{mark}{month:02}{mark}{year}"
    if chance < 0.86:
        return f"Ngày {day:02} tháng {month:02} năm {year}"
    if chance < 0.9:
        return f"{day:02} tháng {month:02} năm {year}"
    return f"{day:02} {mark} {month:02} {mark} {year}" if chance < 0.94 else str(year)


def number(rng: Random) -> str:
    """Make up a number: twelve digits, nine, grouped, or of any other length."""
    chance = rng.random()
    digits = "".join(rng.choice("0123456789") for _ in range(15))
    if chance < 0.6:
        return "0" + digits[:11] if rng.random() < 0.9 else digits[:12]
    if chance < 0.75:
        return digits[:9]
    if chance < 0.9:
        size = rng.choice((3, 3, 4))
        return rng.choice((" ", " ", ".", "-")).join(digits[i : i + size] for i in range(0, 12, size))
    return digits[: rng.randint(1, 15)]


def zone_line(rng: Random) -> str:
    """Make up a line of a machine-readable zone."""
    if rng.random() < 0.15:
        return "".join(rng.choice("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<<<<<<") for _ in range(30))
    digits = "".join(rng.choice("0123456789") for _ in range(32))
    words = [_plain(_family(rng)).title()] + [_plain(_given(rng)).title() for _ in range(rng.choice((1, 2, 2, 3)))]
    facts = ZoneFacts("0" + digits[:11], " ".join(words), digits[11:17], rng.choice("MF"), digits[17:23])
    if rng.random() < 0.12:
        return rng.choice(td3(facts, rng.choice("BCKNPX") + digits[23:30]))
    return rng.choice(td1(facts))


def mixture(rng: Random) -> str:
    """Return what stands on no card in particular: words, digits and signs in any order, such as codes and prices."""
    parts = []
    for _ in range(rng.randint(1, 4)):
        chance = rng.random()
        if chance < 0.3:
            parts.append(rng.choice(_ENGLISH))
        elif chance < 0.5:
            parts.append("".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 8))))
        elif chance < 0.7:
            parts.append(str(rng.randint(0, 10 ** rng.randint(1, 9))))
        elif chance < 0.8:
            parts.append(_plain(rng.choice(_MARKED)))
        else:
            parts.append(_cased(rng.choice(_MARKED), rng, capitals=0.3))
    return rng.choice((" ", " ", " ", "-", "/", ", ")).join(parts)


def sentence(rng: Random) -> str:
    """Return a heading or another fixed line of a document."""
    text = rng.choice(_SENTENCES)
    return text if rng.random() < 0.8 else _plain(text)


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))

"""Find printed labels in recognised lines, with recognition errors.

Labels of some length are found by fuzzy search; short ones ("Số", "Sex", forms of address and roles) by patterns that
fix their position in the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards import FactTable
from idscan.cards.documents import all_documents
from idscan.cards.fields.name_tables import FAMILY_NAMES
from idscan.cards.fields.numbers import normalise_sex
from idscan.cards.labels import LABELS, SOURCE, STOPS, Label, Language, label_named
from idscan.cards.labels.headings import is_mention, points_at_value, starts_small
from idscan.cards.text import fold, fold_upper, fold_with_places
from idscan.cards.text.fuzzy import LONG_PHRASE_LETTERS, PhraseFinder, PhraseMatch, has_name_case
from idscan.core.enums import Field
from idscan.core.memo import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.cards.documents import DocumentSpec

_SEPARATORS = " \t\u00a0/:.,;-–_…·•|=’'"
_BETWEEN_LANGUAGES = re.compile(r"\w{0,2}[\s/|:.\-–,;']*")
"""Text between a label and its translation; up to two letters of the first may be left over."""
_MIN_LINE_LETTERS = 3
"""Letters of a line that is searched. Fewer than in the shortest label: costs time; more: short labels are missed."""
_MIN_NAME_WORDS = 3
"""Words of a name behind a form of address. Fewer: other words are names; more: people with rare names are missed."""
_VALUE_CAPITALS = 2
"""Leading capitals of a value behind a misread "Họ tên". Fewer: any text is a value; more: nothing is gained."""
_WORDS_OF_NAMES = ("ho va ten", "ho ten", "ho, chu dem")
_WORD, _VOWEL = re.compile(r"\w+"), re.compile("[aeiouy]")


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """A label in a line of print.

    Attributes:
        label: the label; of a bilingual pair the first.
        variant: its spelling.
        start: index of its first character in the line.
        end: index behind its last character, both languages included.
        distance: weighted edits per letter, 0 for a perfect match.
        value_end: end of its value at most: the start of the next label, or the end of the line.
        partner: the other label of a bilingual pair.
        partner_variant: spelling of the partner.
        is_whole: whether the line has no other text.
    """

    label: Label
    variant: str
    start: int
    end: int
    distance: float
    value_end: int
    partner: Label | None = None
    is_whole: bool = False

    @property
    def field(self) -> Field | None:
        """Field of the value."""
        return self.label.field

    @property
    def is_vietnamese(self) -> bool:
        """Whether one of its languages is Vietnamese."""
        return any(one is not None and one.language is Language.VIETNAMESE for one in (self.label, self.partner))

    @property
    def is_bare_number(self) -> bool:
        """Whether this is "Số" or similar, which may precede any number."""
        return self.label.is_strict and self.label.field is Field.NUMBER and not self.label.needs_likely

    def rest(self, text: str) -> str:
        """Return the text behind the label in its line, up to the next label.

        >>> line = "Giới tính / Sex: Nam  Quốc tịch / Nationality: Việt Nam"
        >>> [match.rest(line) for match in find_labels(line)]
        ['Nam', 'Việt Nam']
        """
        start, end = self.rest_places(text)
        return text[start:end]

    def rest_places(self, text: str) -> tuple[int, int]:
        """Return start and end of the value in the line, without separators and leaders."""
        start, end = self.end, self.value_end
        while start < end and text[start] in _SEPARATORS:
            start += 1
        while end > start and text[end - 1] in _SEPARATORS:
            end -= 1
        return start, end


@remembered
def find_labels(text: str) -> tuple[LabelMatch, ...]:
    """Find the labels in a line of print, in reading order; a bilingual pair is one match.

    Case, diacritics, spaces and up to a fifth of the letters may be lost; letters that common recognisers lack
    count less. Very short labels must be at their position instead. Labels that a sentence mentions do not count.
    """
    hits = _positional_hits(text)
    if sum(map(str.isalpha, text)) >= _MIN_LINE_LETTERS:
        _, owners = _phrase_finder(all_documents())
        for match in _fuzzy_matches(text):
            label, variant = owners[match.index]
            is_free = all(match.end <= hit.start or match.start >= hit.end for hit in hits)
            is_name = _may_be_name(text, label, match) or _ends_name(text, variant, match)
            if is_free and match.distance <= label.max_distance and not is_name:
                start, end = _start_behind_digits(text, match.start), _label_end(text, label, match.end)
                hits.append(_LabelHit(label, variant, start, end, match.distance))
    if not hits:
        return ()
    pairs = _without_mentions(text, _pair_languages(text, sorted(hits, key=lambda hit: hit.start)))
    if not pairs:
        return ()
    ends = [*(first.start for first, _ in pairs[1:]), len(text)]
    matches = [_label_match(first, second, end) for (first, second), end in zip(pairs, ends, strict=True)]
    if len(matches) == 1 and not matches[0].rest(text) and not text[: matches[0].start].strip(_SEPARATORS):
        return (_label_match(*pairs[0], len(text), is_whole=True),)
    return tuple(matches)


def _start_behind_digits(text: str, start: int) -> int:
    """Return the start of a label, moved behind the digits of a number if the fuzzy match starts within it."""
    if not text[max(start - 1, 0) : start].isdigit():
        return start
    return next((at for at in range(start, len(text)) if not text[at].isdigit()), start)


def _label_end(text: str, label: Label, end: int) -> int:
    """Return the end of a label, the words behind the label of a name that give a role or relation included."""
    is_of_name = label.field is Field.NAME and label.language is Language.VIETNAMESE and not label.is_strict
    return name_label_end(text, end) if is_of_name else end


def _fuzzy_matches(text: str) -> Iterator[PhraseMatch]:
    """Yield the fuzzy matches of labels; one that includes the first word of its value is searched again without it."""
    finder, owners = _phrase_finder(all_documents())
    for match in finder.find(text):
        word_end = match.end
        while word_end < len(text) and text[word_end - 1].isupper() and text[word_end].isalpha():
            word_end += 1
        value = _value_inside(text[match.start : word_end], owners[match.index][1])
        if value is None:
            yield match
        else:
            yield from (again for again in finder.find(text[: match.start + value]) if again.start >= match.start)


def _value_inside(found: str, variant: str) -> int | None:
    """Return the start of a capitalised value inside the match of a label, None without one.

    >>> _value_inside("Họ và tên: HỒ", "Họ và tên bố"), _value_inside("Họ và tên: Mạc", "Họ và tên mẹ")
    (11, 11)
    """
    head, _, last = found.rpartition(" ")
    end = variant.rsplit(maxsplit=1)[-1]
    is_name = len(last) > 1 and (last.isupper() or (last.istitle() and head.endswith((":", "."))))
    is_value = is_name and not end.isupper() and fold(last).strip("()") != fold(end).strip("()")
    return len(head) + 1 if is_value and any(letter.islower() for letter in head) else None


def _may_be_name(text: str, label: Label, match: PhraseMatch) -> bool:
    """Return whether matched words may be part of a person's name: "LE QUOC TICH" is not "Quốc tịch"."""
    found = text[match.start : match.end]
    if label.is_never_capitals and found.isupper():
        return True
    before = text[: match.start]
    follows_a_word = before[-1:].isspace() and before.rstrip()[-1:].isalpha()
    follows_a_sex = follows_a_word and normalise_sex(before.split()[-1]) is not None
    if any(word.isalpha() and _VOWEL.search(fold(word)) is None for word in _WORD.findall(found)):
        return False  # abbreviations such as "CCCD" are no syllables
    is_short = len(found) < LONG_PHRASE_LETTERS and label.language is Language.VIETNAMESE
    return is_short and follows_a_word and not follows_a_sex and has_name_case(found)


def _ends_name(text: str, variant: str, match: PhraseMatch) -> bool:
    """Return whether matched words are the end of a name, a comma and the next words: "Mẫu Hợi, sinh"."""
    found, before = text[match.start : match.end], text[: match.start].split()
    follows_a_name = text[: match.start][-1:].isspace() and bool(before) and before[-1].istitle()
    return "," in found and "," not in variant and found[:1].isupper() and follows_a_name


@dataclass(frozen=True, slots=True)
class _LabelHit:
    label: Label
    variant: str
    start: int
    end: int
    distance: float


def _label_match(first: _LabelHit, second: _LabelHit | None, value_end: int, *, is_whole: bool = False) -> LabelMatch:
    last = second or first
    return LabelMatch(
        label=first.label,
        variant=first.variant,
        start=first.start,
        end=last.end,
        distance=min(first.distance, last.distance),
        value_end=value_end,
        partner=second.label if second else None,
        is_whole=is_whole,
    )


def _pair_languages(text: str, hits: list[_LabelHit]) -> list[tuple[_LabelHit, _LabelHit | None]]:
    """Join a label and its translation behind it."""
    pairs: list[tuple[_LabelHit, _LabelHit | None]] = []
    for hit in hits:
        before = pairs[-1] if pairs else None
        if (
            before is not None
            and before[1] is None
            and before[0].label.field == hit.label.field
            and before[0].label.language != hit.label.language
            and _BETWEEN_LANGUAGES.fullmatch(text[before[0].end : hit.start])
        ):
            pairs[-1] = (before[0], hit)
        else:
            pairs.append((hit, None))
    return pairs


def _without_mentions(
    text: str, pairs: list[tuple[_LabelHit, _LabelHit | None]]
) -> list[tuple[_LabelHit, _LabelHit | None]]:
    """Drop labels that a sentence mentions; if it mentions one, others in small letters are dropped as well."""
    befores = [0, *((second or first).end for first, second in pairs[:-1])]
    nexts = [*(first.start for first, _ in pairs[1:]), len(text)]
    has_mention = False
    kept: list[tuple[tuple[_LabelHit, _LabelHit | None], bool]] = []
    for (first, second), before, next_start in zip(pairs, befores, nexts, strict=True):
        found, after = text[first.start : first.end], text[(second or first).end : next_start]
        if is_mention(first.label, text[before : first.start], found, after):
            has_mention = True
        else:
            kept.append(((first, second), starts_small(found) and not points_at_value(after)))
    return [pair for pair, is_small in kept if not (has_mention and is_small)]


@cache
def _phrase_finder(documents: tuple[DocumentSpec, ...]) -> tuple[PhraseFinder, list[tuple[Label, str]]]:
    labels = dict.fromkeys((*LABELS, *STOPS, *(label for document in documents for label in document.labels)))
    owners = [(label, variant) for label in labels if not label.is_strict for variant in label.variants]
    return PhraseFinder([variant for _, variant in owners]), owners


def _positional_hits(text: str) -> list[_LabelHit]:
    hits = []
    for label, variant, start, end in _positional_labels(text):
        # A role behind "Họ và tên" is that of a person without further evidence.
        is_named = label.needs_person and fold(text[start:end]).startswith(_WORDS_OF_NAMES)
        known = replace(label, needs_person=False) if is_named else label
        hits.append(_LabelHit(known, variant, start, _label_end(text, label, end), 0.0))
    return hits


class _PositionalMatch(NamedTuple):
    label: Label
    variant: str
    start: int
    end: int


ENGLISH_NUMBER = "No."
"""The variant of "Số" without Vietnamese text before it."""
_DIGITS = r"(?:(?:[0-9][ .\-]?){11}[0-9]|(?:[0-9][ .\-]?){8}[0-9])(?![ .\-]?[0-9])"
"""Exactly twelve or nine digits."""
_NUMBER = re.compile(
    r"[\W_]*(?P<label>"
    rf"s[06](?=[\W_]+{_DIGITS})|s[06](?=(?:[0-9][ .\-]?){{11}}[0-9](?![ .\-]?[0-9]))|s(?=[\W_]*{_DIGITS})"
    r"|(?:(?:so|s)\s*[/|l1]?\s*n[o0]\b|so\b|so(?=[0-9:.])|s(?=\s*[/:]|\s+[0-9])|n[o0](?=\s*[.:]))"
    r"(?=[^\w\n]*(?:(?:[0-9odqilzsbgt|!]\W?){8}|$)))"
)
"""The short label of a card's number: at the start of a line, before digits or at its end.

Recognisers that lack "ố" read "S", "S6" or "S0", whose digit is not part of the number.
"""
_SEX = re.compile(r"(?:^|[\W_])(?P<label>sex)\s*[:.]?\s*(?=$|na?m\b|n\w?u?\b|m\b|f\b|:)")
_IDENTITY_CARD = re.compile(
    rf"(?<!\w)(?P<label>(?:(?:ma\s*)?s[o0]?\s*)?(?:the\s*)?can\s*c[uo]{{0,2}}c(?:\s*cong\s*dan)?)[\W_]*(?={_DIGITS})"
)
"""Words of a heading that are the label of a number behind them."""
_OLD_CARD = re.compile(
    rf"(?<![^\W_])(?P<label>(?:so\s*)?(?:giay\s*)?(?:chung\s*minh(?:\s*(?:nhan\s*dan|thu))?)(?:\s*so)?)[\W_]*(?={_DIGITS})"
)
"""The name of the older card, in full or abridged, before a number."""
_ANY_DOCUMENT = re.compile(rf"[\W_]*(?P<label>(?:so\s*hieu\s*)?giay\s*to)[\W_]*(?={_DIGITS})")
_WRAPPED_NUMBER = re.compile(rf"[\W_]*(?P<label>(?:cong\s*)?dan\s*so)[\W_]*(?={_DIGITS})")
"""The rest of "căn cước công dân số" after a line break within it."""
_IDENTIFIER = re.compile(
    rf"(?<!\w)(?<!so )(?<!ma )(?P<label>dinh\s*danh(?:\s*ca\s*nhan)?)\s*(?:[\W_]*(?={_DIGITS})|:?\s*$)"
)
"""Any identifier: it is accepted by the digits behind it."""
_BORN = re.compile(
    r"(?:^|.*[\W_])(?P<label>(?<!ngay )(?<!nam )sinh|ntns|sn|ns)\s*:?\s*"
    r"(?=(?P<date>[0-9]{1,2}\s*[/.-]\s*[0-9])|(?:19|20)[0-9]{2}(?![0-9/.\-]))"
)
_ENGLISH_BORN = re.compile(r"[\W_]*(?P<label>d\s?[.]?\s?[o0]\s?[.]?\s?b)[.]?\s*(?::|$)")
_ENGLISH_BORN_IN_SENTENCE = re.compile(
    r"(?:^|.*[\W_])(?P<label>born)(?:\s+(?:on|in))?\s*(?=[0-9]{1,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)
_HONORIFIC = re.compile(
    r"(?:^|.*[:,\-–]|[\W_]+)\s*"
    r"(?P<label>(?:ong|ba)(?:\s*[/(]\s*(?:ong|ba)\w?\s*\)?)?|toi la)(?![^\W_])\s*(?P<colon>[:.…]?)[\s.…]*"
)
"""Forms of address at the start of a line of contracts and letters; a name must follow."""
_ADDRESSED = re.compile(
    r"(?<![^\W_])(?P<label>ong(?:\s*[/(]\s*ba\w?\s*\)?)?|ba|anh|chi|"
    r"(?:va|cung)\s+(?:vo|chong|con)(?:\s+la)?)\s*(?P<colon>:?)\s*(?=[a-z])"
)
"""Forms of address anywhere in a sentence; a whole name must follow, with a number or date of birth."""
_ENGLISH_ADDRESSED = re.compile(
    r"(?<![^\W_])(?P<label>(?:mr|mrs|ms|miss)[.:]?|my name is|i,(?:\s*the undersigned,?)?|the undersigned,?)"
    r"\s*(?=[a-z])"
)
"""Introductions of people in English letters."""
_ROLES = (
    r"(?:quy\s+)?khach(?:\s+(?:hang|thue|mua|o|luu\s+tru|tro|du\s+lich|moi|vay))?|hanh\s+khach|lu\s+khach|du\s+khach"
    r"|nguoi\s+(?:benh|mua|ban|thue|cho\s+thue|vay|gui(?:\s+tien)?|nhan(?:\s+tien)?|nop(?:\s+(?:don|tien|thue|ho\s+so))?"
    r"|khai|lam\s+don|de\s+nghi|yeu\s+cau|dang\s+ky|dai\s+dien|lao\s+dong|uy\s+quyen|thu\s+huong|huong|than|lien\s+he"
    r"|di\s+cung|giam\s+ho|bao\s+lanh|phu\s+thuoc|tiem(?:\s+chung)?|su\s+dung(?:\s+dat)?|cam\s+co|the\s+chap|tham\s+gia|cha|me"
    r"|chong|vo|chet|con|duoc\s+(?:bo\s+nhiem|bao\s+hiem|uy\s+quyen|cap|tiem|cu|tang\s+cho|giam\s+ho|kham))"
    r"|benh\s+nhan|hoc\s+(?:sinh|vien)|sinh\s+vien|thi\s+sinh|ung\s+vien|nhan\s+vien|can\s+bo|cong\s+nhan|phu\s+huynh"
    r"|(?:hoi|thanh|doan|dang|thuyen)\s+vien|(?:lai|tai)\s+xe|doi\s+tuong(?:\s+tiem)?|dai\s+dien|ben\s+(?:a|b|cho\s+(?:thue|vay)"
    r"|mua|ban|vay|thue|(?:duoc\s+)?uy\s+quyen)(?:\s+bao\s+hiem)?|(?:chu\s+)?thue\s+bao|chu\s+(?:ho|xe|the|nha|tai\s+khoan|so\s+huu|thue\s+bao|dat|tau|co\s+so)"
)
"""Roles of people for an office, bank, school, clinic, hotel or carrier, folded."""
_ROLES_BEFORE_COLON = (
    r"(?:(?:em|chau|con)\s+)?ten(?:\s+(?:la|day\s+du|tai\s+khoan|nguoi\s+dung))?|thong\s+tin\s+khach\s+hang"
    r"|(?:anh|chi)(?:\s*[/(]\s*chi\s*\)?)?|vo|chong|con|cha|bo|me"
    r"|(?:guest|passenger|patient|customer|account|card\s?holder)(?:'?s)?(?:\s+(?:full\s*)?name)?"
)
"""Words that are a label before a colon only."""
_ROLE = re.compile(
    rf"(?:[\W_]*[0-9]{{0,2}}[\W_]+|)(?P<label>(?:(?:(?:ho\s*(?:va|,)?\s*)?ten\s+(?:cua\s+)?)?(?:{_ROLES})"
    rf"|(?:{_ROLES_BEFORE_COLON})(?=\s*:))(?:\s+(?:thu\s+)?[0-9]{{1,2}}(?![0-9]))?(?:\s*/\s*[a-z' ]{{3,24}})?"
    r"(?:\s*\([^()]{1,30}\))?\s*\*?)\s*(?P<colon>:|[.…]{2,}|$)?"
)
"""A role at the start of a line, with the number of the person ("Hành khách 2") and its translation."""
_NAME_LABEL_TAIL = re.compile(
    rf"\s*(?:(?:cua|quy)\s+)?(?:(?P<role>{_ROLES})\w?|(?P<relation>vo|chong|cha|me|bo|con|chau|be|tre|minh|toi"
    r"|hs|bn|kh|ts|nv|sv)|(?P<translation>/\s*[a-z' ]{3,24}(?=\s*:)))"
    r"(?![^\W_])(?:\s+(?:thu\s+)?[0-9]{1,2}(?![0-9]))?(?P<colon>\s*[:.…])?"
)
"""Role or relation behind the label of a name."""
_BRACKETS = re.compile(r"\s*(?:\([^()]{1,40}\)|\*)(?=\s*[:.…(*]|\s*$)")
_SMALL_WORDS = re.compile(r"(?:\s+[^\W\d_]+){1,6}\s*(?=[:…]|\.\.)")
_ENGLISH_NAME = re.compile(r"[\W_]*(?P<label>name)\s*(?:[:.]|$)")
_NAME = re.compile(r"[\W_]*(?P<label>h\s?[o0]?\s*t\s?e?n)\s*(?P<colon>[:…]|\.\.)?")
"""The label "Họ tên" as read by recognisers that lack "ọ" and "ê"."""


def _positional_labels(text: str) -> Iterator[_PositionalMatch]:
    """Yield the labels that are too short for fuzzy search and must be at their position in the line."""
    folded, places = fold_with_places(text)
    starts: set[int] = set()
    for label, match in (
        (label_named("Số"), _NUMBER.match(folded)),
        (label_named("Sex"), _SEX.search(folded)),
        (label_named("Số căn cước"), _IDENTITY_CARD.search(folded)),
        (label_named("Name"), _ENGLISH_NAME.match(folded)),
        (label_named("Căn cước công dân số"), _OLD_CARD.search(folded)),
        (label_named("Số giấy tờ"), _ANY_DOCUMENT.match(folded)),
        (label_named("Số căn cước"), _WRAPPED_NUMBER.match(folded)),
        (label_named("Định danh"), _IDENTIFIER.search(folded)),
        (label_named("Sinh ngày"), _born(folded)),
        (label_named("Date of birth"), _ENGLISH_BORN.match(folded) or _ENGLISH_BORN_IN_SENTENCE.match(folded)),
        (label_named("Ông/Bà"), _honorific(text, folded, places)),
        (label_named("Họ tên"), _name_label(text, folded, places)),
        (label_named("Khách hàng"), _role(text, folded, places)),
        *((label_named("ông/bà"), match) for match in _addresses(text, folded, places)),
        *((label_named("Mr/Ms"), match) for match in _english_addresses(text, folded, places)),
    ):
        if match is not None and match.start("label") not in starts:
            start, end = match.span("label")
            starts.add(start)
            variant = ENGLISH_NUMBER if folded[start] == "n" else label.variants[0]
            yield _PositionalMatch(label, variant, places[start], places[end - 1] + 1)


def _born(folded: str) -> re.Match[str] | None:
    """Return the match of a short label of birth dates; before a year alone it must follow a comma, as behind a name.

    Otherwise it may be a serial number of a machine ("SN 1959").
    """
    match = _BORN.match(folded)
    if match is None or match["date"] or folded[: match.start("label")].rstrip().endswith((",", "(")):
        return match
    return None


def _name_label(text: str, folded: str, places: list[int]) -> re.Match[str] | None:
    """Return the match of a misread "Họ tên" before a colon or capitals."""
    match = _NAME.match(folded)
    if match is None:
        return None
    start, end = match.span("label")
    # In capitals these letters may be initials or a company.
    if not text[places[start] + 1 : places[end - 1] + 1].replace(" ", "").islower():
        return None
    value = [character for character in text[places[match.end()] :] if character.isalpha()][:_VALUE_CAPITALS]
    is_value = len(value) == _VALUE_CAPITALS and "".join(value).isupper()
    return match if is_value or match["colon"] else None


def _honorific(text: str, folded: str, places: list[int]) -> re.Match[str] | None:
    """Return the match of a form of address at the start of a line before a colon or a name."""
    match = _HONORIFIC.match(folded)
    if match is None:
        return None
    start = places[match.start("label")]
    rest = text[places[match.end()] :]
    if match["colon"]:
        return match if len(_capitalised(rest)) > 1 or not rest else None
    return match if _starts_with_name(rest) and text[start].isupper() else None


def _role(text: str, folded: str, places: list[int]) -> re.Match[str] | None:
    """Return the match of a role at the start of a line, before a colon, a name or nothing."""
    match = _ROLE.match(folded)
    if match is None:
        return None
    rest = text[places[match.end()] :]
    is_label = match["colon"] is not None and text[places[match.start("label")]].isupper()
    return match if is_label or _starts_with_family_name(rest) else None


def _addresses(text: str, folded: str, places: list[int]) -> list[re.Match[str]]:
    """Return the forms of address within a sentence before a whole name."""
    found = []
    for match in _ADDRESSED.finditer(folded):
        start = places[match.start("label")]
        before, label = text[:start].split(), text[start : places[match.end("label")]]
        # "Anh" and "Bà" may be parts of names: behind a capitalised word only small letters are a form of address.
        is_part_of_name = label[0].isupper() and before[-1:] != [] and before[-1][0].isupper() and before[-1].isalpha()
        if not is_part_of_name and not label.isupper() and _starts_with_name(text[places[match.end()] :]):
            found.append(match)
    return found


def _english_addresses(text: str, folded: str, places: list[int]) -> list[re.Match[str]]:
    """Return the introductions in an English sentence before a name with a Vietnamese family name."""
    return [
        match for match in _ENGLISH_ADDRESSED.finditer(folded) if _starts_with_family_name(text[places[match.end()] :])
    ]


def _starts_with_name(text: str) -> bool:
    """Return whether a text begins with several capitalised words, or with two of which the first is a family name."""
    return len(_capitalised(text)) >= _MIN_NAME_WORDS or _starts_with_family_name(text)


def _starts_with_family_name(text: str) -> bool:
    words = _capitalised(text)
    return len(words) > 1 and fold_upper(words[0]) in FAMILY_NAMES


def _capitalised(text: str) -> list[str]:
    """Return the capitalised words at the start of a text."""
    return list(takewhile(lambda word: word[:1].isupper(), text.split()))


def name_label_end(text: str, end: int) -> int:
    """Return the end of the label of a name with a role or relation: "Họ tên khách:", "Họ và tên của người bệnh".

    Args:
        text: the line.
        end: index behind the label without them.

    >>> lines = ("Họ tên khách: Nguyễn Văn Mẫu", "Họ tên: Võ Văn Mẫu", "Họ tên Võ Văn Mẫu")
    >>> [name_label_end(line, 6) for line in lines]
    [12, 6, 6]
    """
    folded, places = fold_with_places(text[end:])
    tail = _NAME_LABEL_TAIL.match(folded)
    if tail is not None:
        words = text[end : end + places[tail.end()]]
        is_small = next((letter for letter in words if letter.isalpha()), "A").islower()
        # Some relations are family names as well ("Võ", "Chu").
        if tail["relation"] is None or is_small or tail["colon"] is not None:
            stop = tail.start("colon") if tail["colon"] is not None else tail.end()
            end += places[stop]
    elif (small := _SMALL_WORDS.match(text, end)) is not None and small[0].strip().islower():
        end = small.end()
    while (brackets := _BRACKETS.match(text, end)) is not None:
        end = brackets.end()
    return end


def _has_label(label: Label, text: str) -> bool:
    return any(label in {match.label, match.partner} for match in find_labels(text))


TABLES = tuple(
    FactTable(
        name=f"label {label.variants[0]}",
        source=SOURCE,
        recognise=partial(_has_label, label),
        matching=label.matching,
        not_matching=label.not_matching,
    )
    for label in (*LABELS, *STOPS)
)

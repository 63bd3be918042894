"""Find printed labels in recognised lines, with recognition errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.fact_tables import FactTable
from idscan.cards.fields.name_tables import FAMILY_NAMES
from idscan.cards.fields.numbers import normalise_sex
from idscan.cards.labels.tables import LABELS, SOURCE, STOPS, Label, Language
from idscan.cards.labels.titles import is_mention, points_at_value, starts_small
from idscan.cards.text.fuzzy import LONG_PHRASE_LETTERS, PhraseFinder, PhraseMatch, has_name_case
from idscan.cards.text.normalize import fold, fold_upper, fold_with_places
from idscan.core.enums import Field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.cards.labels.tables import Label

_SEPARATORS = " \t\u00a0/:.,;-–_…·•|=’'"
_BETWEEN = re.compile(r"\w{0,2}[\s/|:.\-–,;']*")
"""Between a label and its translation; a letter or two may be left over from the first."""
_FEWEST_LETTERS = 3
_WORDS_OF_NAMES = ("ho va ten", "ho ten", "ho, chu dem")
_WORD, _VOWEL = re.compile(r"\w+"), re.compile("[aeiouy]")


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """A label in a line of print.

    Attributes:
        label: what was found; of a bilingual pair the Vietnamese one.
        variant: which of its spellings.
        start: place of its first character in the line.
        end: place behind its last character, both languages included.
        distance: weighted edits per letter, 0 for a perfect match.
        value_end: where its value must end: the start of the next label, or the end of the line.
        partner: the other half of a bilingual label.
        is_whole: whether the line holds nothing but labels.
    """

    label: Label
    variant: str
    start: int
    end: int
    distance: float
    value_end: int
    partner: Label | None = None
    partner_variant: str | None = None
    is_whole: bool = False

    @property
    def field(self) -> Field | None:
        """What the value is."""
        return self.label.field

    @property
    def is_bare_number(self) -> bool:
        """Whether this is "Số" or the like, which stands before any number."""
        return self.label.is_strict and self.label.field is Field.NUMBER and not self.label.needs_likely

    def rest(self, text: str) -> str:
        """Return what stands behind the label in the line it was found in, up to the next label.

        >>> line = "Giới tính / Sex: Nam  Quốc tịch / Nationality: Việt Nam"
        >>> [match.rest(line) for match in find_labels(line)]
        ['Nam', 'Việt Nam']
        """
        start, end = self.rest_places(text)
        return text[start:end]

    def rest_places(self, text: str) -> tuple[int, int]:
        """Return where the value starts and ends in the line, separators and leaders left out."""
        start, end = self.end, self.value_end
        while start < end and text[start] in _SEPARATORS:
            start += 1
        while end > start and text[end - 1] in _SEPARATORS:
            end -= 1
        return start, end


@lru_cache(maxsize=1024)
def find_labels(text: str) -> tuple[LabelMatch, ...]:
    """Find the labels in a line of print, in reading order; a bilingual pair is one match.

    Case, diacritics, spaces and up to a fifth of the letters may be lost; letters that common recognisers lack
    count less. Very short labels are held to their place instead. Labels that a sentence mentions do not count.

    Several rules look at the same lines of an image, so that the last ones are remembered; `find_labels.cache_clear()`
    forgets them with the image, as lines are secrets.
    """
    hits = _strict_hits(text)
    if sum(map(str.isalpha, text)) >= _FEWEST_LETTERS:
        _, owners = _finder()
        for match in _approximate(text):
            label, variant = owners[match.index]
            is_free = all(match.end <= hit.start or match.start >= hit.end for hit in hits)
            is_name = _may_be_a_name(text, label, match) or _ends_a_name(text, variant, match)
            if is_free and match.distance <= label.max_distance and not is_name:
                start, end = _behind_digits(text, match.start), _label_end(text, label, match.end)
                hits.append(_Hit(label, variant, start, end, match.distance))
    if not hits:
        return ()
    pairs = _without_mentions(text, _pair(text, sorted(hits, key=lambda hit: hit.start)))
    if not pairs:
        return ()
    ends = [*(first.start for first, _ in pairs[1:]), len(text)]
    matches = [_match(first, second, end) for (first, second), end in zip(pairs, ends, strict=True)]
    if len(matches) == 1 and not matches[0].rest(text) and not text[: matches[0].start].strip(_SEPARATORS):
        return (_match(*pairs[0], len(text), is_whole=True),)
    return tuple(matches)


def _behind_digits(text: str, start: int) -> int:
    """Return where a label starts that an approximate search lets start within a number: behind all its digits."""
    if not text[max(start - 1, 0) : start].isdigit():
        return start
    return next((at for at in range(start, len(text)) if not text[at].isdigit()), start)


def _label_end(text: str, label: Label, end: int) -> int:
    """Return where a label ends whose own words end at a place: behind the label of a name stands whose it is."""
    is_of_name = label.field is Field.NAME and label.language is Language.VIETNAMESE and not label.is_strict
    return tail_end(text, end) if is_of_name else end


def _approximate(text: str) -> Iterator[PhraseMatch]:
    """Yield what resembles a label; one that swallowed the first word of its value is looked for without it."""
    finder, owners = _finder()
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
    """Return where a capitalised value begins inside what was found for a label, None if it holds none.

    >>> _value_inside("Họ và tên: HỒ", "Họ và tên bố"), _value_inside("Họ và tên: Mạc", "Họ và tên mẹ")
    (11, 11)
    """
    head, _, last = found.rpartition(" ")
    end = variant.rsplit(maxsplit=1)[-1]
    is_name = len(last) > 1 and (last.isupper() or (last.istitle() and head.endswith((":", "."))))
    is_value = is_name and not end.isupper() and fold(last).strip("()") != fold(end).strip("()")
    return len(head) + 1 if is_value and any(letter.islower() for letter in head) else None


def _may_be_a_name(text: str, label: Label, match: PhraseMatch) -> bool:
    """Return whether the words are rather part of a person's name: "LE QUOC TICH" is not "Quốc tịch"."""
    found = text[match.start : match.end]
    if label.is_never_capitals and found.isupper():
        return True
    before = text[: match.start]
    follows_a_word = before[-1:].isspace() and before.rstrip()[-1:].isalpha()
    follows_a_sex = follows_a_word and normalise_sex(before.split()[-1]) is not None
    if any(word.isalpha() and _VOWEL.search(fold(word)) is None for word in _WORD.findall(found)):
        return False  # "CCCD" and the like are no syllables
    is_short = len(found) < LONG_PHRASE_LETTERS and label.language is Language.VIETNAMESE
    return is_short and follows_a_word and not follows_a_sex and has_name_case(found)


def _ends_a_name(text: str, variant: str, match: PhraseMatch) -> bool:
    """Return whether what was found is the end of a name and what a comma parts from it: "Mẫu Hợi, sinh"."""
    found, before = text[match.start : match.end], text[: match.start].split()
    follows_a_name = text[: match.start][-1:].isspace() and bool(before) and before[-1].istitle()
    return "," in found and "," not in variant and found[:1].isupper() and follows_a_name


@dataclass(frozen=True, slots=True)
class _Hit:
    label: Label
    variant: str
    start: int
    end: int
    distance: float


def _match(first: _Hit, second: _Hit | None, value_end: int, *, is_whole: bool = False) -> LabelMatch:
    last = second or first
    return LabelMatch(
        label=first.label,
        variant=first.variant,
        start=first.start,
        end=last.end,
        distance=min(first.distance, last.distance),
        value_end=value_end,
        partner=second.label if second else None,
        partner_variant=second.variant if second else None,
        is_whole=is_whole,
    )


def _pair(text: str, hits: list[_Hit]) -> list[tuple[_Hit, _Hit | None]]:
    """Join a label and its translation behind it."""
    pairs: list[tuple[_Hit, _Hit | None]] = []
    for hit in hits:
        before = pairs[-1] if pairs else None
        if (
            before is not None
            and before[1] is None
            and before[0].label.field == hit.label.field
            and before[0].label.language != hit.label.language
            and _BETWEEN.fullmatch(text[before[0].end : hit.start])
        ):
            pairs[-1] = (before[0], hit)
        else:
            pairs.append((hit, None))
    return pairs


def _without_mentions(text: str, pairs: list[tuple[_Hit, _Hit | None]]) -> list[tuple[_Hit, _Hit | None]]:
    """Leave out what a sentence speaks of; where it speaks of one label, others in small letters are no labels."""
    befores = [0, *((second or first).end for first, second in pairs[:-1])]
    nexts = [*(first.start for first, _ in pairs[1:]), len(text)]
    has_mention = False
    kept: list[tuple[tuple[_Hit, _Hit | None], bool]] = []
    for (first, second), before, next_start in zip(pairs, befores, nexts, strict=True):
        found, after = text[first.start : first.end], text[(second or first).end : next_start]
        if is_mention(first.label, text[before : first.start], found, after):
            has_mention = True
        else:
            kept.append(((first, second), starts_small(found) and not points_at_value(after)))
    return [pair for pair, is_small in kept if not (has_mention and is_small)]


@cache
def _finder() -> tuple[PhraseFinder, list[tuple[Label, str]]]:
    owners = [(label, variant) for label in (*LABELS, *STOPS) if not label.is_strict for variant in label.variants]
    return PhraseFinder([variant for _, variant in owners]), owners


def _with_own_words(text: str, head: LabelHead) -> Label:
    """Return the label of a head; a role behind "Họ và tên" is a person's, as it stands."""
    is_named = fold(text[head.start : head.end]).startswith(_WORDS_OF_NAMES)
    return replace(head.label, needs_person=False) if head.label.needs_person and is_named else head.label


def _strict_hits(text: str) -> list[_Hit]:
    return [
        _Hit(_with_own_words(text, head), head.variant, head.start, _label_end(text, head.label, head.end), 0.0)
        for head in find_heads(text)
    ]


def _is_found(label: Label, text: str) -> bool:
    return any(label in {match.label, match.partner} for match in find_labels(text))


TABLES = tuple(
    FactTable(
        name=f"label {label.variants[0]}",
        source=SOURCE,
        recognise=partial(_is_found, label),
        matching=label.matching,
        not_matching=label.not_matching,
    )
    for label in (*LABELS, *STOPS)
)


class LabelHead(NamedTuple):
    """A label and where it stands in the line."""

    label: Label
    variant: str
    start: int
    end: int


ENGLISH_NUMBER = "No."
"""The variant of "Số" that no Vietnamese stands before."""

_DIGITS = r"(?:(?:[0-9][ .\-]?){11}[0-9]|(?:[0-9][ .\-]?){8}[0-9])(?![ .\-]?[0-9])"
"""Twelve or nine digits, and no more."""
_NUMBER = re.compile(
    r"[\W_]*(?P<label>"
    rf"s[06](?=[\W_]+{_DIGITS})|s[06](?=(?:[0-9][ .\-]?){{11}}[0-9](?![ .\-]?[0-9]))|s(?=[\W_]*{_DIGITS})"
    r"|(?:(?:so|s)\s*[/|l1]?\s*n[o0]\b|so\b|so(?=[0-9:.])|s(?=\s*[/:]|\s+[0-9])|n[o0](?=\s*[.:]))"
    r"(?=[^\w\n]*(?:(?:[0-9odqilzsbgt|!]\W?){8}|$)))"
)
"""The label of a card's number on its own: at the start of a line, before digits or nothing.

Readers that lack "ố" give "S", "S6" or "S0", which must not lend the number a digit.
"""
_SEX = re.compile(r"(?:^|[\W_])(?P<label>sex)\s*[:.]?\s*(?=$|na?m\b|n\w?u?\b|m\b|f\b|:)")
_IDENTITY = re.compile(
    rf"(?<!\w)(?P<label>(?:(?:ma\s*)?s[o0]?\s*)?(?:the\s*)?can\s*c[uo]{{0,2}}c(?:\s*cong\s*dan)?)[\W_]*(?={_DIGITS})"
)
"""A heading's words before a number are its label."""
_OLD_PAPER = re.compile(
    rf"(?<![^\W_])(?P<label>(?:so\s*)?(?:giay\s*)?(?:chung\s*minh(?:\s*(?:nhan\s*dan|thu))?)(?:\s*so)?)[\W_]*(?={_DIGITS})"
)
"""The older card's name, in full or abridged, before a number."""
_ANY_PAPER = re.compile(rf"[\W_]*(?P<label>(?:so\s*hieu\s*)?giay\s*to)[\W_]*(?={_DIGITS})")
_BROKEN = re.compile(rf"[\W_]*(?P<label>(?:cong\s*)?dan\s*so)[\W_]*(?={_DIGITS})")
"""The rest of "căn cước công dân số" where a sentence breaks within it."""
_IDENTIFIER = re.compile(
    rf"(?<!\w)(?<!so )(?<!ma )(?P<label>dinh\s*danh(?:\s*ca\s*nhan)?)\s*(?:[\W_]*(?={_DIGITS})|:?\s*$)"
)
"""An identifier of whatever: the digits behind it decide."""
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
"""How contracts and letters introduce people; only a name behind makes a label of it."""
_ADDRESSED = re.compile(
    r"(?<![^\W_])(?P<label>ong(?:\s*[/(]\s*ba\w?\s*\)?)?|ba|anh|chi|"
    r"(?:va|cung)\s+(?:vo|chong|con)(?:\s+la)?)\s*(?P<colon>:?)\s*(?=[a-z])"
)
"""Forms of address anywhere in a sentence; a whole name must follow, and its number or date of birth."""
_ENGLISH_ADDRESSED = re.compile(
    r"(?<![^\W_])(?P<label>(?:mr|mrs|ms|miss)[.:]?|my name is|i,(?:\s*the undersigned,?)?|the undersigned,?)"
    r"\s*(?=[a-z])"
)
"""How letters in English introduce people."""
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
"""Who somebody is to an office, bank, school, clinic, hotel or carrier, folded."""
_OWN = (
    r"(?:(?:em|chau|con)\s+)?ten(?:\s+(?:la|day\s+du|tai\s+khoan|nguoi\s+dung))?|thong\s+tin\s+khach\s+hang"
    r"|(?:anh|chi)(?:\s*[/(]\s*chi\s*\)?)?|vo|chong|con|cha|bo|me"
    r"|(?:guest|passenger|patient|customer|account|card\s?holder)(?:'?s)?(?:\s+(?:full\s*)?name)?"
)
"""Words that are a label by themselves before a colon only."""
_ROLE = re.compile(
    rf"(?:[\W_]*[0-9]{{0,2}}[\W_]+|)(?P<label>(?:(?:(?:ho\s*(?:va|,)?\s*)?ten\s+(?:cua\s+)?)?(?:{_ROLES})"
    rf"|(?:{_OWN})(?=\s*:))(?:\s+(?:thu\s+)?[0-9]{{1,2}}(?![0-9]))?(?:\s*/\s*[a-z' ]{{3,24}})?"
    r"(?:\s*\([^()]{1,30}\))?\s*\*?)\s*(?P<colon>:|[.…]{2,}|$)?"
)
"""A role at the start of a line, with the number of the person ("Hành khách 2") and its translation."""
_TAIL = re.compile(
    rf"\s*(?:(?:cua|quy)\s+)?(?:(?P<role>{_ROLES})\w?|(?P<relation>vo|chong|cha|me|bo|con|chau|be|tre|minh|toi"
    r"|hs|bn|kh|ts|nv|sv)|(?P<translation>/\s*[a-z' ]{3,24}(?=\s*:)))"
    r"(?![^\W_])(?:\s+(?:thu\s+)?[0-9]{1,2}(?![0-9]))?(?P<colon>\s*[:.…])?"
)
"""Words behind the label of a name that say whose."""
_BRACKETS = re.compile(r"\s*(?:\([^()]{1,40}\)|\*)(?=\s*[:.…(*]|\s*$)")
_SMALL_WORDS = re.compile(r"(?:\s+[^\W\d_]+){1,6}\s*(?=[:…]|\.\.)")
_ENGLISH_NAME = re.compile(r"[\W_]*(?P<label>name)\s*(?:[:.]|$)")
_NAME = re.compile(r"[\W_]*(?P<label>h\s?[o0]?\s*t\s?e?n)\s*(?P<colon>[:…]|\.\.)?")
"""What is left of "Họ tên" by a reader that lacks "ọ" and "ê"."""
_LONG_NAME = 3
"""Capitalised words behind a form of address that are a name, be its family name a rare one."""
_CAPITALS = 2
"""Letters in capitals by which a value behind a garbled label is known."""


def find_heads(text: str) -> Iterator[LabelHead]:
    """Find the labels that stand for themselves only at their place in the line."""
    folded, places = fold_with_places(text)
    starts: set[int] = set()
    for label, match in (
        (_label("Số"), _NUMBER.match(folded)),
        (_label("Sex"), _SEX.search(folded)),
        (_label("Số căn cước"), _IDENTITY.search(folded)),
        (_label("Name"), _ENGLISH_NAME.match(folded)),
        (_label("Căn cước công dân số"), _OLD_PAPER.search(folded)),
        (_label("Số giấy tờ"), _ANY_PAPER.match(folded)),
        (_label("Số căn cước"), _BROKEN.match(folded)),
        (_label("Định danh"), _IDENTIFIER.search(folded)),
        (_label("Sinh ngày"), _born(folded)),
        (_label("Date of birth"), _ENGLISH_BORN.match(folded) or _ENGLISH_BORN_IN_SENTENCE.match(folded)),
        (_label("Ông/Bà"), _honorific(text, folded, places)),
        (_label("Họ tên"), _name_head(text, folded, places)),
        (_label("Khách hàng"), _role(text, folded, places)),
        *((_label("ông/bà"), match) for match in _addresses(text, folded, places)),
        *((_label("Mr/Ms"), match) for match in _english_addresses(text, folded, places)),
    ):
        if match is not None and match.start("label") not in starts:
            start, end = match.span("label")
            starts.add(start)
            variant = ENGLISH_NUMBER if folded[start] == "n" else label.variants[0]
            yield LabelHead(label, variant, places[start], places[end - 1] + 1)


def _born(folded: str) -> re.Match[str] | None:
    """Return the match of a short label of birth dates; before a year alone it stands behind a comma, as after a name.

    Machines have serial numbers ("SN 1959").
    """
    match = _BORN.match(folded)
    if match is None or match["date"] or folded[: match.start("label")].rstrip().endswith((",", "(")):
        return match
    return None


def _name_head(text: str, folded: str, places: list[int]) -> re.Match[str] | None:
    match = _NAME.match(folded)
    if match is None:
        return None
    start, end = match.span("label")
    # In capitals these letters are somebody's initials or a company's.
    if not text[places[start] + 1 : places[end - 1] + 1].replace(" ", "").islower():
        return None
    value = [character for character in text[places[match.end()] :] if character.isalpha()][:_CAPITALS]
    is_value = len(value) == _CAPITALS and "".join(value).isupper()
    return match if is_value or match["colon"] else None


def _honorific(text: str, folded: str, places: list[int]) -> re.Match[str] | None:
    """Return the match of a form of address that a name follows: behind a colon, or with a family name in front."""
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
    """Return the forms of address within a sentence that a whole name follows."""
    found = []
    for match in _ADDRESSED.finditer(folded):
        start = places[match.start("label")]
        before, label = text[:start].split(), text[start : places[match.end("label")]]
        # "Anh" and "Bà" are parts of names, too: behind a capitalised word only small letters address somebody.
        is_part_of_name = label[0].isupper() and before[-1:] != [] and before[-1][0].isupper() and before[-1].isalpha()
        if not is_part_of_name and not label.isupper() and _starts_with_name(text[places[match.end()] :]):
            found.append(match)
    return found


def _english_addresses(text: str, folded: str, places: list[int]) -> list[re.Match[str]]:
    """Return what in a sentence in English introduces somebody with a family name of Vietnam."""
    return [
        match for match in _ENGLISH_ADDRESSED.finditer(folded) if _starts_with_family_name(text[places[match.end()] :])
    ]


def _starts_with_name(text: str) -> bool:
    """Return whether a text begins with a family name and another capitalised word, or several of them."""
    return len(_capitalised(text)) >= _LONG_NAME or _starts_with_family_name(text)


def _starts_with_family_name(text: str) -> bool:
    words = _capitalised(text)
    return len(words) > 1 and fold_upper(words[0]) in FAMILY_NAMES


def _capitalised(text: str) -> list[str]:
    """Return the words at the start of a text that begin with a capital."""
    return list(takewhile(lambda word: word[:1].isupper(), text.split()))


def tail_end(text: str, end: int) -> int:
    """Return where the label of a name ends that says whose it is: "Họ tên khách:", "Họ và tên của người bệnh".

    Args:
        text: the line.
        end: the place behind the label's own words.

    >>> tail_end("Họ tên khách: Nguyễn Văn Mẫu", 6), tail_end("Họ tên: Võ Văn Mẫu", 6), tail_end("Họ tên Võ Văn Mẫu", 6)
    (12, 6, 6)
    """
    folded, places = fold_with_places(text[end:])
    tail = _TAIL.match(folded)
    if tail is not None:
        words = text[end : end + places[tail.end()]]
        is_small = next((letter for letter in words if letter.isalpha()), "A").islower()
        # "Võ", "Chu" and the like are family names.
        if tail["relation"] is None or is_small or tail["colon"] is not None:
            stop = tail.start("colon") if tail["colon"] is not None else tail.end()
            end += places[stop]
    elif (small := _SMALL_WORDS.match(text, end)) is not None and small[0].strip().islower():
        end = small.end()
    while (brackets := _BRACKETS.match(text, end)) is not None:
        end = brackets.end()
    return end


def _label(variant: str) -> Label:
    return next(label for label in LABELS if label.variants[0] == variant)

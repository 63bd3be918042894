"""Finding printed labels, in either language, in lines that a text reader garbled."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

from idscan.cards.approximate import LONG_PHRASE, PhraseFinder, PhraseMatch, is_cased_like_a_name
from idscan.cards.folding import fold
from idscan.cards.knowledge import KnowledgeTable
from idscan.cards.label import Label, Language, ValuePlace
from idscan.cards.label_heads import find_heads, tail_end
from idscan.cards.label_tables import LABELS, SOURCE, STOPS
from idscan.cards.mentions import is_mention, points_at_value, starts_small
from idscan.cards.numbers import normalise_sex
from idscan.cards.titles import TITLES, Title, TitleMatch, find_titles
from idscan.core.vocabulary import Field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.cards.label_heads import LabelHead

__all__ = [
    "LABELS",
    "STOPS",
    "TITLES",
    "Label",
    "LabelMatch",
    "Language",
    "Title",
    "TitleMatch",
    "ValuePlace",
    "find_labels",
    "find_titles",
]

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
    is_short = len(found) < LONG_PHRASE and label.language is Language.VIETNAMESE
    return is_short and follows_a_word and not follows_a_sex and is_cased_like_a_name(found)


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
    KnowledgeTable(
        name=f"label {label.variants[0]}",
        source=SOURCE,
        recognise=partial(_is_found, label),
        matching=label.matching,
        not_matching=label.not_matching,
    )
    for label in (*LABELS, *STOPS)
)

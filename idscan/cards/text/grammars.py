"""Grammars of dates, numbers and MRZ lines for grammar-constrained decoding.

A grammar finds the spans of a greedy reading that may be a misread instance, and gives the characters allowed there.
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.core.types import Grammar

DIGITS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FILLER = "<"
_SEPARATORS = "/-."


class DateGrammar:
    """Day, month and year with one separator: 31/12/1999, 31-12-1999, 31.12.1999."""

    _DIGIT_LIKE = "0-9OoDQlI|!SsBbZzgqG"
    # A separator may be lost, or recognised as a 1.
    _MISREAD = re.compile(
        rf"(?<![{_DIGIT_LIKE}])(?<![{_DIGIT_LIKE}][/.,:-])[0-9][{_DIGIT_LIKE}/.,:-]{{6,10}}(?![/.,:-]?[{_DIGIT_LIKE}])"
    )
    _MIN_DIGITS = 6
    """Digits as such in a misread date of 8. Fewer: other words are decoded as dates; more: bad dates stay as they are.
    """

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the spans that look like a date and are not a valid one.

        >>> list(DateGrammar().spans("Ngày sinh: 0112/1999"))
        [(11, 20)]
        >>> list(DateGrammar().spans("01/12/1999, 001099000001"))
        []
        """
        for match in self._MISREAD.finditer(text):
            part = match.group().rstrip("/.,:-")
            digits = sum(letter.isdigit() for letter in part)
            has_separator = any(letter in "/.,:-" for letter in part)
            if has_separator and digits >= self._MIN_DIGITS and not self.is_whole(part):
                yield match.start(), match.start() + len(part)

    def following(self, prefix: str) -> str:
        """Return the characters that may follow a prefix.

        >>> DateGrammar().following("31/"), DateGrammar().following("31/1")
        ('01', '02')
        """
        return _following_date(prefix)

    def is_whole(self, text: str) -> bool:
        """Return whether a text is a complete, valid date.

        >>> DateGrammar().is_whole("31/12/1999"), DateGrammar().is_whole("31/02/1999")
        (True, False)
        """
        if len(text) != len("dd/mm/yyyy"):
            return False
        return all(text[i] in _following_date(text[:i]) for i in range(len(text)))


@lru_cache(maxsize=4096)
def _following_date(prefix: str) -> str:
    """Return the characters that may follow the prefix of a date.

    >>> _following_date("3"), _following_date("30/0"), _following_date("01/01/2")
    ('01', '13456789', '0')
    """
    match len(prefix):
        case 0:
            allowed = "0123"
        case 1:
            allowed = {"0": DIGITS[1:], "3": "01"}.get(prefix, DIGITS)
        case 2:
            allowed = _SEPARATORS
        case 3:
            allowed = "01"
        case 4:
            months = DIGITS[1:] if prefix[3] == "0" else "012"
            # 2000 was a leap year.
            allowed = "".join(one for one in months if int(prefix[:2]) <= monthrange(2000, int(prefix[3] + one))[1])
        case 5:
            allowed = prefix[2]
        case 6:
            allowed = "12"
        case 7:
            allowed = "9" if prefix[6] == "1" else "0"
        case 8 | 9:
            allowed = DIGITS
        case _:
            allowed = ""
    return allowed


class NumberGrammar:
    """The nine or twelve digits of a number without separators."""

    _MISREAD = re.compile(r"(?<!\w)(?=\w*[OoDQlI|!SsBbZzgq])[\dOoDQlI|!SsBbZzgq]{8,13}(?!\w)")
    _LENGTHS = (9, 12)
    _MIN_DIGITS = 7
    """Digits as such in a misread number. Fewer: words and codes are decoded as numbers; more: bad numbers stay as they
    are."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield runs of digits that contain lookalikes.

        >>> list(NumberGrammar().spans("Số: 0O1099O00001"))
        [(4, 16)]
        """
        for match in self._MISREAD.finditer(text):
            if sum(letter.isdigit() for letter in match.group()) >= self._MIN_DIGITS:
                yield match.span()

    def following(self, prefix: str) -> str:
        """Return all digits until there are twelve."""
        return DIGITS if len(prefix) < max(self._LENGTHS) else ""

    def is_whole(self, text: str) -> bool:
        """Return whether a text has the number of digits of a number."""
        return len(text) in self._LENGTHS and text.isdigit()


_CHARACTER_CLASSES = {"d": DIGITS, "D": DIGITS + FILLER, "A": CAPITALS + FILLER, "S": "MF" + FILLER}


class MrzLineGrammar:
    """One line of the MRZ of an identity card, character by character.

    In a pattern "d" is a digit, "D" a digit or filler, "A" a capital or filler, "S" a sex; "=" precedes a literal.
    """

    _MAX_LENGTH_DIFFERENCE = 4
    """Characters. Lower: lines with lost fillers are not decoded; higher: other lines are."""
    _MIN_MATCHING_SHARE = 0.7
    """Share of characters that are allowed at their position. Lower: other print is decoded as an MRZ line; higher:
    badly read lines are not decoded."""
    _MIN_FILLERS = 2
    """Fillers in the line. Fewer: lines of capitals are decoded as MRZ lines; more: lines with misread fillers are
    not."""

    def __init__(self, pattern: str) -> None:
        """Compile a pattern."""
        characters = iter(pattern)
        self._allowed = tuple(
            next(characters) if character == "=" else _CHARACTER_CLASSES[character] for character in characters
        )

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the whole text if it resembles such a line and is not a valid one.

        >>> list(MRZ_LINES[2].spans("0N<<ANH<ON<HUONG<<<<<<<<<<<<<<"))
        [(0, 30)]
        >>> list(MRZ_LINES[2].spans("ON<<ANH<ON<HUONG<<<<<<<<<<<<<<"))
        []
        """
        letters = text.replace(" ", "")
        has_line_length = abs(len(letters) - len(self._allowed)) <= self._MAX_LENGTH_DIFFERENCE
        if not has_line_length or letters.count(FILLER) < self._MIN_FILLERS:
            return
        if self._matching_share(letters) >= self._MIN_MATCHING_SHARE and not self.is_whole(letters):
            yield 0, len(text)

    def _matching_share(self, text: str) -> float:
        """Return the share of characters that are allowed at their position, aligned at the start or at the end."""
        size = min(len(text), len(self._allowed))
        from_start = sum(letter in allowed for letter, allowed in zip(text, self._allowed, strict=False))
        from_end = sum(letter in allowed for letter, allowed in zip(text[::-1], self._allowed[::-1], strict=False))
        return max(from_start, from_end) / size

    def following(self, prefix: str) -> str:
        """Return the characters that are allowed at the next position."""
        return self._allowed[len(prefix)] if len(prefix) < len(self._allowed) else ""

    def is_whole(self, text: str) -> bool:
        """Return whether a text is a valid line."""
        return len(text) == len(self._allowed) and all(
            letter in allowed for letter, allowed in zip(text, self._allowed, strict=True)
        )


MRZ_LINES: tuple[Grammar, ...] = (
    MrzLineGrammar("=I=D=V=N=M" + "d" * 22 + "=<=<d"),
    MrzLineGrammar("d" * 7 + "S" + "D" * 7 + "=V=N=M" + "=<" * 11 + "d"),
    MrzLineGrammar("A" * 30),
)
"""Lines of the MRZ on Vietnamese identity cards (TD1); a card without expiry may have fillers for that date."""

GRAMMARS: tuple[Grammar, ...] = (DateGrammar(), NumberGrammar(), *MRZ_LINES)

"""Grammars of dates, numbers and zone lines for grammar-constrained decoding.

A grammar tells in which parts of a plain reading such a thing may stand misread, and what may stand there.
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
    # A separator may be lost, or read as a 1.
    _MISREAD = re.compile(
        rf"(?<![{_DIGIT_LIKE}])(?<![{_DIGIT_LIKE}][/.,:-])[0-9][{_DIGIT_LIKE}/.,:-]{{6,10}}(?![/.,:-]?[{_DIGIT_LIKE}])"
    )
    _LEAST_DIGITS = 6

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield what looks like a date and is none.

        >>> list(DateGrammar().spans("Ngày sinh: 0112/1999"))
        [(11, 20)]
        >>> list(DateGrammar().spans("01/12/1999, 001099000001"))
        []
        """
        for match in self._MISREAD.finditer(text):
            part = match.group().rstrip("/.,:-")
            digits = sum(letter.isdigit() for letter in part)
            has_separator = any(letter in "/.,:-" for letter in part)
            if has_separator and digits >= self._LEAST_DIGITS and not self.is_whole(part):
                yield match.start(), match.start() + len(part)

    def following(self, prefix: str) -> str:
        """Return the letters that may come after a beginning.

        >>> DateGrammar().following("31/"), DateGrammar().following("31/1")
        ('01', '02')
        """
        return _following_date(prefix)

    def is_whole(self, text: str) -> bool:
        """Return whether this is a whole date.

        >>> DateGrammar().is_whole("31/12/1999"), DateGrammar().is_whole("31/02/1999")
        (True, False)
        """
        if len(text) != len("dd/mm/yyyy"):
            return False
        return all(text[i] in _following_date(text[:i]) for i in range(len(text)))


@lru_cache(maxsize=4096)
def _following_date(prefix: str) -> str:
    """Return what may come after the beginning of a date.

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
    """The nine or twelve digits of a number, nothing between them."""

    _MISREAD = re.compile(r"(?<!\w)(?=\w*[OoDQlI|!SsBbZzgq])[\dOoDQlI|!SsBbZzgq]{8,13}(?!\w)")
    _LENGTHS = (9, 12)
    _LEAST_DIGITS = 7

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield runs of digits with letters among them.

        >>> list(NumberGrammar().spans("Số: 0O1099O00001"))
        [(4, 16)]
        """
        for match in self._MISREAD.finditer(text):
            if sum(letter.isdigit() for letter in match.group()) >= self._LEAST_DIGITS:
                yield match.span()

    def following(self, prefix: str) -> str:
        """Return the digits until there are twelve."""
        return DIGITS if len(prefix) < max(self._LENGTHS) else ""

    def is_whole(self, text: str) -> bool:
        """Return whether there are as many digits as a number has."""
        return len(text) in self._LENGTHS and text.isdigit()


_CLASSES = {
    "d": DIGITS,
    "D": DIGITS + FILLER,
    "A": CAPITALS + FILLER,
    "S": "MF" + FILLER,
}


class ZoneGrammar:
    """One line of the zone of an identity card, letter by letter.

    A pattern has "d" for a digit, "D" for a digit or filler, "A" for a capital or filler, "S" for a sex, and a
    letter after "=" for itself.
    """

    _SLACK = 4
    _ALIKE = 0.7
    _LEAST_FILLERS = 2

    def __init__(self, pattern: str) -> None:
        """Take a pattern."""
        letters = iter(pattern)
        self._allowed = tuple(next(letters) if letter == "=" else _CLASSES[letter] for letter in letters)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the whole text if it resembles such a line and is none.

        >>> list(ZONE_LINES[2].spans("0N<<ANH<ON<HUONG<<<<<<<<<<<<<<"))
        [(0, 30)]
        >>> list(ZONE_LINES[2].spans("ON<<ANH<ON<HUONG<<<<<<<<<<<<<<"))
        []
        """
        letters = text.replace(" ", "")
        if abs(len(letters) - len(self._allowed)) > self._SLACK or letters.count(FILLER) < self._LEAST_FILLERS:
            return
        if self._share(letters) >= self._ALIKE and not self.is_whole(letters):
            yield 0, len(text)

    def _share(self, text: str) -> float:
        """Return which share of the letters may stand where they do, counted from the start or from the end."""
        size = min(len(text), len(self._allowed))
        ahead = sum(letter in allowed for letter, allowed in zip(text, self._allowed, strict=False))
        back = sum(letter in allowed for letter, allowed in zip(text[::-1], self._allowed[::-1], strict=False))
        return max(ahead, back) / size

    def following(self, prefix: str) -> str:
        """Return the letters of the next place."""
        return self._allowed[len(prefix)] if len(prefix) < len(self._allowed) else ""

    def is_whole(self, text: str) -> bool:
        """Return whether this is such a line."""
        return len(text) == len(self._allowed) and all(
            letter in allowed for letter, allowed in zip(text, self._allowed, strict=True)
        )


ZONE_LINES: tuple[Grammar, ...] = (
    ZoneGrammar("=I=D=V=N=M" + "d" * 22 + "=<=<d"),
    ZoneGrammar("d" * 7 + "S" + "D" * 7 + "=V=N=M" + "=<" * 11 + "d"),
    ZoneGrammar("A" * 30),
)
"""Lines of the zone on Vietnamese identity cards (TD1), as the circulars have them.

A card without limit may have fillers for its expiry.
"""

GRAMMARS: tuple[Grammar, ...] = (DateGrammar(), NumberGrammar(), *ZONE_LINES)

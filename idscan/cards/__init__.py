"""Vietnamese identity cards as knowledge: numbers, payloads, MRZ, names, dates, labels, documents.

Facts stand in tables with their source and with examples that must and must not match.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def words(text: str) -> tuple[str, ...]:
    """Return the words of a row of a table.

    >>> words("mot hai")
    ('mot', 'hai')
    """
    return tuple(text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTable:
    """A table of facts that is tested against its own examples.

    Attributes:
        name: subject of the table.
        source: the law, standard or survey that the facts come from.
        recognise: whether a text is in the table.
        matching: texts that it must recognise.
        not_matching: texts that it must not recognise.
    """

    name: str
    source: str
    recognise: Callable[[str], bool]
    matching: tuple[str, ...]
    not_matching: tuple[str, ...]

"""What a part of a line can say: told by knowledge of cards, used by readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Grammar(Protocol):
    """What can stand in a part of a line."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the parts of a plain reading that look like it and break its rules."""

    def following(self, prefix: str) -> str:
        """Return the letters that may come after a beginning."""

    def is_whole(self, text: str) -> bool:
        """Return whether nothing is missing."""

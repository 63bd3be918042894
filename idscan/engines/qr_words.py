"""What stands between the code words of a QR symbol and its payload: blocks and segments (ISO/IEC 18004, 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEVELS = ("M", "L", "H", "Q")
"""By the two bits that name a level in a symbol's format."""

# Check bytes of a block and blocks of a symbol, for versions 1 to 13 (ISO/IEC 18004, table 9).
_PARITY = {
    "L": (7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26),
    "M": (10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22),
    "Q": (13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24),
    "H": (17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22),
}
_BLOCKS = {
    "L": (1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4),
    "M": (1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9),
    "Q": (1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12),
    "H": (1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16),
}
LARGEST_VERSION = 13

_NUMERIC, _ALPHANUMERIC, _BYTE, _ECI = 1, 2, 4, 7
_MODE_BITS = 4
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_COUNT_BITS = {_NUMERIC: (10, 12), _ALPHANUMERIC: (9, 11), _BYTE: (8, 16)}  # versions up to 9, and from 10 on
_LAST_WITH_SHORT_COUNTS = 9
_MOST_LONGER = 2  # bytes that a character set's number may have beside the first


@dataclass(frozen=True, slots=True)
class Block:
    """One Reed-Solomon word.

    Attributes:
        places: of its bytes among the code words as they stand in the symbol, check bytes last.
        parity: how many are check bytes.
    """

    places: tuple[int, ...]
    parity: int


def blocks(version: int, level: str, words: int) -> tuple[Block, ...]:
    """Return the blocks that the code words of a symbol are dealt out to.

    Args:
        version: 1 to 13.
        level: "L", "M", "Q" or "H".
        words: code words of a symbol of this version.
    """
    parity, count = _PARITY[level][version - 1], _BLOCKS[level][version - 1]
    short, longer = divmod(words, count)
    sizes = [short - parity + (i >= count - longer) for i in range(count)]
    places: list[list[int]] = [[] for _ in range(count)]
    place = 0
    for column in range(max(sizes)):
        for i, size in enumerate(sizes):
            if column < size:
                places[i].append(place)
                place += 1
    for column in range(parity):
        for i in range(count):
            places[i].append(place + column * count + i)
    return tuple(Block(tuple(own), parity) for own in places)


def payload(data: Sequence[int], version: int) -> bytes | None:
    """Return what the data bytes of a symbol say.

    Args:
        data: bytes of all blocks in their order, check bytes left out.
        version: 1 to 13.

    Returns:
        None for what is no sequence of numeric, alphanumeric and byte segments.
    """
    bits = _Bits(data)
    said = bytearray()
    while bits.left >= _MODE_BITS:
        mode = bits.take(_MODE_BITS)
        if mode == 0:
            break
        if mode == _ECI:
            _skip_character_set(bits)
            continue
        if mode not in _COUNT_BITS:
            return None
        count = bits.take(_COUNT_BITS[mode][version > _LAST_WITH_SHORT_COUNTS])
        segment = _segment(mode, count, bits)
        if segment is None:
            return None
        said += segment
    return bytes(said) if not bits.is_overdrawn else None


class _Bits:
    """Bits of bytes, taken from the front."""

    def __init__(self, data: Iterable[int]) -> None:
        text = bytes(data)
        self._value = int.from_bytes(text, "big")
        self.left = 8 * len(text)
        self.is_overdrawn = False

    def take(self, count: int) -> int:
        """Return the next bits as a number, zero beyond the end."""
        if count > self.left:
            self.is_overdrawn, self.left = True, 0
            return 0
        self.left -= count
        return self._value >> self.left & ((1 << count) - 1)


def _skip_character_set(bits: _Bits) -> None:
    """Leave out the number of a character set: payloads are bytes here. Its first bits say how long it is."""
    longer = 0
    while longer < _MOST_LONGER and bits.take(1):
        longer += 1
    # What is left of the byte, after the ones and the zero that ends them, and the bytes that they announce.
    bits.take((7 if longer < _MOST_LONGER else 8) - longer + 8 * longer)


def _segment(mode: int, count: int, bits: _Bits) -> bytes | None:
    if 3 * count > bits.left:  # fewer bits than any mode needs
        return None
    if mode == _BYTE:
        return bytes(bits.take(8) for _ in range(count))
    size, widths, alphabet = (3, (0, 4, 7, 10), "0123456789") if mode == _NUMERIC else (2, (0, 6, 11), _ALPHABET)
    text = ""
    for start in range(0, count, size):
        length = min(size, count - start)
        value = bits.take(widths[length])
        if value >= len(alphabet) ** length:
            return None
        for place in range(length - 1, -1, -1):
            text += alphabet[value // len(alphabet) ** place % len(alphabet)]
    return text.encode()

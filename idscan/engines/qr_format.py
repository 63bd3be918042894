"""The words that say a QR symbol's level and mask (ISO/IEC 18004, annex C)."""

from __future__ import annotations

from functools import lru_cache

FORMAT_BITS = 15
_POLYNOMIAL, _MASK = 0b10100110111, 0b101010000010010


@lru_cache(maxsize=1)
def format_words() -> tuple[int, ...]:
    """Return the 32 words of format information: five bits, a BCH code of ten, a mask over all."""
    words = []
    for data in range(32):
        remainder = data << 10
        for place in range(14, 9, -1):
            if remainder >> place & 1:
                remainder ^= _POLYNOMIAL << (place - 10)
        words.append((data << 10 | remainder) ^ _MASK)
    return tuple(words)

"""Reed-Solomon codes as QR symbols use them: errors, and erasures where a byte is known to be doubtful.

The syndromes of a block are worked out once and then tried with ever more erasures, the most doubtful bytes first.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_POLYNOMIAL = 0x11D  # ISO/IEC 18004, 7.5.2: the field that QR symbols count in
_FIELD = 255


def _tables() -> tuple[list[int], list[int]]:
    powers, logs, value = [0] * (2 * _FIELD), [0] * (_FIELD + 1), 1
    for exponent in range(_FIELD):
        powers[exponent] = powers[exponent + _FIELD] = value
        logs[value] = exponent
        value <<= 1
        if value > _FIELD:
            value ^= _POLYNOMIAL
    return powers, logs


_POWERS, _LOGS = _tables()


def syndromes(word: Sequence[int], parity: int) -> list[int]:
    """Return what the check bytes of a word say: zeros only where it is whole.

    Args:
        word: bytes as received, check bytes last.
        parity: how many of them are check bytes.
    """
    found = []
    for exponent in range(parity):
        value = 0
        for byte in word:
            value = (_POWERS[_LOGS[value] + exponent] if value else 0) ^ byte
        found.append(value)
    return found


def corrections(checks: Sequence[int], length: int, erasures: Sequence[int] = ()) -> dict[int, int] | None:
    """Return what to change in a word: for each position, the value to combine (exclusive or) its byte with.

    Args:
        checks: the word's `syndromes`.
        length: bytes of the word, at most 255.
        erasures: positions of bytes that do not count.

    Returns:
        None where no word is near enough: twice the errors and the erasures may be at most the check bytes.
    """
    parity = len(checks)
    if not any(checks):
        return {}
    if len(erasures) > parity:
        return None
    locator = [1]
    for position in erasures:
        locator = _times(locator, [1, _POWERS[length - 1 - position]])
    locator = _with_errors(locator, checks, len(erasures))
    degree = len(locator) - 1
    if 2 * (degree - len(erasures)) + len(erasures) > parity:
        return None
    positions = [
        position for position in range(length) if _value(locator, (_FIELD - (length - 1 - position)) % _FIELD) == 0
    ]
    if len(positions) != degree:
        return None
    return _magnitudes(locator, checks, length, positions)


def evidence(length: int, parity: int, erased: int, changed: int) -> float:
    """Return the bits by which a correction is surer than what noise gives by chance.

    Of all words of a length, 256 ** (erased + errors - parity) times the choices of places are so near to a code word.

    Args:
        length: bytes of the word.
        parity: check bytes of it.
        erased: bytes that did not count.
        changed: bytes beside these that were wrong.

    >>> round(evidence(86, 18, 0, 9)), round(evidence(86, 18, 18, 0))
    (33, 0)
    """
    return 8 * (parity - erased - changed) - math.log2(math.comb(length - erased, changed))


def _with_errors(locator: list[int], checks: Sequence[int], erased: int) -> list[int]:
    """Extend the locator of erasures by the errors (Berlekamp and Massey)."""
    known, before = locator, locator
    size = erased
    for step in range(erased, len(checks)):
        gap = 0
        for i, factor in enumerate(known):
            if factor and i <= step and checks[step - i]:
                gap ^= _POWERS[_LOGS[factor] + _LOGS[checks[step - i]]]
        before = [0, *before]
        if gap:
            following = _plus(known, [_product(gap, factor) for factor in before])
            if 2 * size <= step + erased:
                size = step + 1 + erased - size
                inverse = _POWERS[_FIELD - _LOGS[gap]]
                before = [_product(inverse, factor) for factor in known]
            known = following
    while len(known) > 1 and not known[-1]:
        known = known[:-1]
    return known


def _magnitudes(
    locator: list[int], checks: Sequence[int], length: int, positions: Sequence[int]
) -> dict[int, int] | None:
    """Return by how much the bytes at the found positions are wrong (Forney)."""
    evaluator = _times(list(checks), locator)[: len(checks)]
    slope = [factor if i % 2 == 0 else 0 for i, factor in enumerate(locator[1:])]
    changes = {}
    for position in positions:
        exponent = length - 1 - position
        inverse = (_FIELD - exponent) % _FIELD
        below = _value(slope, inverse)
        if not below:
            return None
        above = _value(evaluator, inverse)
        amount = _POWERS[(_LOGS[above] - _LOGS[below] + exponent) % _FIELD] if above else 0
        if amount:
            changes[position] = amount
    return changes


def _product(first: int, second: int) -> int:
    return _POWERS[_LOGS[first] + _LOGS[second]] if first and second else 0


def _plus(first: Sequence[int], second: Sequence[int]) -> list[int]:
    size = max(len(first), len(second))
    padded = [*first, *[0] * (size - len(first))]
    for i, value in enumerate(second):
        padded[i] ^= value
    return padded


def _times(first: Sequence[int], second: Sequence[int]) -> list[int]:
    product = [0] * (len(first) + len(second) - 1)
    for i, one in enumerate(first):
        if one:
            for j, other in enumerate(second):
                if other:
                    product[i + j] ^= _POWERS[_LOGS[one] + _LOGS[other]]
    return product


def _value(polynomial: Sequence[int], exponent: int) -> int:
    """Return a polynomial's value (lowest power first) at a power of the field's generator."""
    value, place = 0, 0
    for factor in polynomial:
        if factor:
            value ^= _POWERS[_LOGS[factor] + place]
        place = (place + exponent) % _FIELD
    return value

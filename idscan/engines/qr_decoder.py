"""Decode QR symbols from module probabilities: format, Reed-Solomon with erasures, segments (ISO/IEC 18004).

The syndromes of a block are worked out once and then tried with ever more erasures, the most doubtful bytes first.

Other decoders make each module dark or light and correct what errors they can. Where something lies on a symbol, or
where it is too small to distinguish every module, the doubtful bytes are known: not counting them (erasures) corrects
twice as many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

FORMAT_BITS = 15
"""Bits of the format information (ISO/IEC 18004, format information)."""
_FORMAT_POLYNOMIAL, _MASK = 0b10100110111, 0b101010000010010
"""Generator of the BCH (15, 5) code and the mask of the format information (ISO/IEC 18004, annex C)."""


@lru_cache(maxsize=1)
def format_words() -> tuple[int, ...]:
    """Return the 32 words of format information: five bits, a BCH code of ten, a mask over all."""
    words = []
    for data in range(32):
        remainder = data << 10
        for place in range(14, 9, -1):
            if remainder >> place & 1:
                remainder ^= _FORMAT_POLYNOMIAL << (place - 10)
        words.append((data << 10 | remainder) ^ _MASK)
    return tuple(words)


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
"""Last version in the two tables above."""
_NUMERIC, _ALPHANUMERIC, _BYTE, _ECI = 1, 2, 4, 7
"""Mode indicators (ISO/IEC 18004, table 2)."""
_MODE_BITS = 4
"""Bits of a mode indicator (ISO/IEC 18004, table 2)."""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_COUNT_BITS = {_NUMERIC: (10, 12), _ALPHANUMERIC: (9, 11), _BYTE: (8, 16)}  # versions up to 9, and from 10 on
_LAST_WITH_SHORT_COUNTS = 9
"""Last version with the first widths of `_COUNT_BITS` (ISO/IEC 18004, table 3)."""
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
    """Return the blocks that the code words of a symbol are dealt out to; versions 1 to 13, levels L, M, Q and H."""
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
    """Return the payload in the data bytes of all blocks of a symbol of version 1 to 13, check bytes left out.

    None for what is no sequence of numeric, alphanumeric and byte segments.
    """
    bits = _Bits(data)
    text = bytearray()
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
        text += segment
    return bytes(text) if not bits.is_overdrawn else None


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
    """Leave out the number of a character set: payloads are bytes here. Its first bits give its length."""
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


_POLYNOMIAL = 0x11D  # ISO/IEC 18004, 7.5.2: the field that QR symbols count in
_FIELD = 255
"""Order of the multiplicative group of GF(256)."""


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
    """Return the syndromes of a word whose last `parity` bytes are check bytes: zeros only where it is whole."""
    found = []
    for exponent in range(parity):
        value = 0
        for byte in word:
            value = (_POWERS[_LOGS[value] + exponent] if value else 0) ^ byte
        found.append(value)
    return found


def corrections(checks: Sequence[int], length: int, erasures: Sequence[int] = ()) -> dict[int, int] | None:
    """Return for each wrong position of a word the value to combine (exclusive or) its byte with, by its `syndromes`.

    None where no word is near enough: twice the errors and the erasures, positions of bytes that do not count, may be
    at most the check bytes. A word has at most 255 bytes.
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
    """Return the bits by which a correction, erased and other changed bytes, is surer than noise gives by chance.

    Of all words of a length, 256 ** (erased + errors - parity) times the choices of places are so near to a code word.

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


_FORMATS_TRIED = 2
"""Formats. Lower: a damaged format loses the symbol; higher: time, and more false decodings."""
_NEARLY_AS_LIKELY = 0.8
"""Share of the best likeness. Lower: unlikely formats cost time; higher: only the best one is tried."""
_ERASURE_STEP = 2
"""Bytes; two erasures cost as much as one error. Lower: more tries for no gain; higher: correctable blocks are lost."""
_MIN_EVIDENCE = 8.0  # bits, for each block: callers that expect payloads of a known structure can require more


@dataclass(frozen=True, slots=True)
class SoftDecoding:
    """The payload of a symbol and the evidence for it.

    Attributes:
        payload: its bytes.
        level: "L", "M", "Q" or "H".
        evidence: bits by which its weakest block is surer than chance.
    """

    payload: bytes
    level: str
    evidence: float


def decode(certainty: NDArray[np.float64], is_fixed: NDArray[np.bool_]) -> SoftDecoding | None:
    """Return the payload of an upright symbol, None where its modules are not known well enough.

    The arrays have shape (modules, modules). A certainty of 1 is surely dark, -1 surely light, 0 unknown; fixed are the
    modules of finder, timing and alignment patterns.
    """
    side = len(certainty)
    version = (side - 17) // 4
    if version > LARGEST_VERSION:
        return None
    order = _word_order(side, np.packbits(is_fixed).tobytes())
    for level, mask in _formats(certainty):
        signed = np.where(_mask(mask, side), -certainty, certainty)
        values = signed[order[..., 0], order[..., 1]]
        words = np.packbits(values > 0, axis=1).ravel()
        decoding = _corrected_block(words, _doubts(values), version, level)
        if decoding is not None:
            return decoding
    return None


def _doubts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely each code word is to be wrong: the sum over its bits, each as it would be by its certainty."""
    doubts: NDArray[np.float64] = ((1 - np.clip(np.abs(values), 0, 1)) ** 2).sum(axis=1)
    return doubts


def _corrected_block(
    words: NDArray[np.uint8], doubts: NDArray[np.float64], version: int, level: str
) -> SoftDecoding | None:
    data: list[int] = []
    least = math.inf
    for block in blocks(version, level, len(words)):
        received = [int(words[place]) for place in block.places]
        found = _block(received, [float(doubts[place]) for place in block.places], block.parity)
        if found is None:
            return None
        right, sure = found
        least = min(least, sure)
        data.extend(right[: -block.parity])
    decoded = payload(data, version)
    return SoftDecoding(decoded, level, least) if decoded else None


def _block(received: list[int], doubts: list[float], parity: int) -> tuple[list[int], float] | None:
    """Return a block put right and the evidence that it is, with ever more of its bytes not counted."""
    checks = syndromes(received, parity)
    by_doubt = sorted(range(len(received)), key=lambda position: -doubts[position])
    for erased in range(0, parity, _ERASURE_STEP):
        changes = corrections(checks, len(received), by_doubt[:erased])
        if changes is None:
            continue
        wrong = len(set(changes).difference(by_doubt[:erased]))
        sure = evidence(len(received), parity, erased, wrong)
        if sure >= _MIN_EVIDENCE:
            return [byte ^ changes.get(position, 0) for position, byte in enumerate(received)], sure
    return None


def _formats(certainty: NDArray[np.float64]) -> Iterator[tuple[str, int]]:
    """Yield likely levels and masks, the likeliest first, by both copies of the format information."""
    side = len(certainty)
    rows, columns = _format_places(side)
    seen = certainty[rows, columns].reshape(2, FORMAT_BITS).sum(axis=0)
    words = format_words()
    signs = np.array([[1.0 if word >> place & 1 else -1.0 for place in range(14, -1, -1)] for word in words])
    likeness = signs @ seen
    for data in np.argsort(-likeness, kind="stable")[:_FORMATS_TRIED]:
        if likeness[data] < _NEARLY_AS_LIKELY * likeness.max():
            return
        yield LEVELS[int(data) >> 3], int(data) & 7


def _format_places(side: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the format information, first bit first, one copy after the other (7.9)."""
    near = [0, 1, 2, 3, 4, 5, 7, 8]
    first = [*((8, column) for column in near), *((row, 8) for row in (7, 5, 4, 3, 2, 1, 0))]
    second = [*((side - 1 - i, 8) for i in range(7)), *((8, side - 8 + i) for i in range(8))]
    places = np.array([*first, *second], np.intp)
    return places[:, 0], places[:, 1]


@lru_cache(maxsize=16)
def _word_order(side: int, fixed: bytes) -> NDArray[np.intp]:
    """Return row and column of each bit of each code word, shape (words, 8, 2) (7.7.3)."""
    taken = np.unpackbits(np.frombuffer(fixed, np.uint8), count=side * side).reshape(side, side).astype(bool)
    taken[_format_places(side)] = True
    if side >= 45:  # noqa: PLR2004  versions from 7 on encode it beside two finder patterns
        taken[:6, side - 11 : side - 8] = taken[side - 11 : side - 8, :6] = True
    places: list[tuple[int, int]] = []
    columns = [*range(side - 1, 6, -2), 5, 3, 1]
    for turn, right in enumerate(columns):
        rows = range(side) if turn % 2 else range(side - 1, -1, -1)
        places.extend((row, column) for row in rows for column in (right, right - 1) if not taken[row, column])
    whole = len(places) // 8 * 8
    order = np.array(places[:whole], np.intp).reshape(-1, 8, 2)
    order.setflags(write=False)
    return order


@lru_cache(maxsize=64)
def _mask(mask: int, side: int) -> NDArray[np.bool_]:
    """Return the modules that a mask turns over (ISO/IEC 18004, table 10)."""
    row, column = np.mgrid[0:side, 0:side]
    rules = (
        (row + column) % 2,
        row % 2,
        column % 3,
        (row + column) % 3,
        (row // 2 + column // 3) % 2,
        row * column % 2 + row * column % 3,
        (row * column % 2 + row * column % 3) % 2,
        ((row + column) % 2 + row * column % 3) % 2,
    )
    turned: NDArray[np.bool_] = rules[mask] == 0
    turned.setflags(write=False)
    return turned

"""A decoder of our own for QR symbols whose modules are known with more or less certainty.

Other decoders make each module dark or light and correct what errors they can. Where something lies on a symbol, or
where it is too small to tell every module, the doubtful bytes are known: not counting them (erasures) corrects twice
as many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from idscan.engines import qr_words
from idscan.engines.qr_format import FORMAT_BITS, format_words
from idscan.engines.reed_solomon import corrections, evidence, syndromes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_FORMATS_TRIED = 2
_NEARLY_AS_LIKELY = 0.8
_ERASURE_STEP = 2
_MIN_EVIDENCE = 8.0  # bits, for each block: more is for the caller to ask, who knows what payloads look like


@dataclass(frozen=True, slots=True)
class SoftDecoding:
    """What a symbol says.

    Attributes:
        payload: its bytes.
        level: "L", "M", "Q" or "H".
        evidence: bits by which its weakest block is surer than chance.
    """

    payload: bytes
    level: str
    evidence: float


def decode(certainty: NDArray[np.float64], is_fixed: NDArray[np.bool_]) -> SoftDecoding | None:
    """Return what a symbol says, None where its modules are not known well enough.

    Args:
        certainty: of shape (modules, modules), the symbol upright: 1 surely dark, -1 surely light, 0 no idea.
        is_fixed: likewise, the modules of finder, timing and alignment patterns.
    """
    side = len(certainty)
    version = (side - 17) // 4
    if version > qr_words.LARGEST_VERSION:
        return None
    order = _word_order(side, np.packbits(is_fixed).tobytes())
    for level, mask in _formats(certainty):
        signed = np.where(_mask(mask, side), -certainty, certainty)
        values = signed[order[..., 0], order[..., 1]]
        words = np.packbits(values > 0, axis=1).ravel()
        decoding = _corrected(words, _doubts(values), version, level)
        if decoding is not None:
            return decoding
    return None


def _doubts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely each code word is to be wrong: the sum over its bits, each as it would be by its certainty."""
    doubts: NDArray[np.float64] = ((1 - np.clip(np.abs(values), 0, 1)) ** 2).sum(axis=1)
    return doubts


def _corrected(words: NDArray[np.uint8], doubts: NDArray[np.float64], version: int, level: str) -> SoftDecoding | None:
    data: list[int] = []
    least = math.inf
    for block in qr_words.blocks(version, level, len(words)):
        received = [int(words[place]) for place in block.places]
        found = _block(received, [float(doubts[place]) for place in block.places], block.parity)
        if found is None:
            return None
        right, sure = found
        least = min(least, sure)
        data.extend(right[: -block.parity])
    said = qr_words.payload(data, version)
    return SoftDecoding(said, level, least) if said else None


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
        yield qr_words.LEVELS[int(data) >> 3], int(data) & 7


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
    if side >= 45:  # noqa: PLR2004  versions from 7 on say so beside two finder patterns
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

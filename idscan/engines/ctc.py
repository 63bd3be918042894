"""Decoding of CTC probabilities: greedy, and against a lexicon of syllables.

CTC (connectionist temporal classification) models give, for each column of a line's picture, a probability of
every letter and of "blank". The bundled recogniser has no letter for most tone-marked Vietnamese vowels and leaves
such letters out; what it saw is still there, as a small probability of look-alike letters under a large blank.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BEAM_WIDTH = 16
_FLOOR = 1e-6
_UNLIKELY = math.log(1e-5)
"""A letter less likely than this in a column is not tried there: it saves most of the time and changes no reading."""
_END = "."


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded line: text, mean confidence, middle column and confidence of each character."""

    text: str
    confidence: float
    columns: tuple[float, ...]


def greedy(probabilities: NDArray[np.float32], alphabet: Sequence[str]) -> Decoded:
    """Decode the best path.

    Args:
        probabilities: shape (columns, letters), blank first.
        alphabet: one string per letter, "" for blank.
    """
    best = probabilities.argmax(axis=1)
    change = np.ones(len(best), dtype=bool)
    change[1:] = best[1:] != best[:-1]
    starts = np.flatnonzero(change)
    ends = np.append(starts[1:], len(best))
    letters, confidences, columns = [], [], []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        letter = int(best[start])
        if letter == 0:
            continue
        letters.append(alphabet[letter])
        confidences.append(float(probabilities[start:end, letter].max()))
        columns.append((start + end) / 2 / len(best))
    return Decoded("".join(letters), sum(confidences) / len(confidences) if confidences else 0.0, tuple(columns))


def fold_letter(letter: str) -> str:
    """Return the ASCII capital under a Latin letter, "" where there is none.

    >>> fold_letter("ớ"), fold_letter("Đ"), fold_letter("7")
    ('O', 'D', '')
    """
    if letter in "đĐÐ" and letter:
        return "D"
    base = unicodedata.normalize("NFD", letter)[:1].upper()
    return base if base in LETTERS and base else ""


def folding(
    alphabet: Sequence[str], fold: Callable[[str], str] = fold_letter, letters: str = LETTERS
) -> NDArray[np.int64]:
    """Return for each letter of an alphabet its column in the folded matrix: 0 blank, `letters`, space; or -1.

    Args:
        alphabet: one string per letter, "" for blank first.
        fold: gives the letter of `letters` under a letter, "" where there is none.
        letters: what is told apart after folding.
    """
    places = {letter: place for place, letter in enumerate(letters, start=1)} | {" ": len(letters) + 1}
    return np.array(
        [0, *(places.get(letter if letter == " " else fold(letter), -1) for letter in alphabet[1:])], np.int64
    )


def fold_probabilities(probabilities: NDArray[np.float32], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum probabilities of letters that fold to the same one; shape (columns, folded letters)."""
    folded = np.zeros((len(probabilities), int(columns.max()) + 1))
    known = columns >= 0
    np.add.at(folded.T, columns[known], probabilities[:, known].T)
    return folded


class Lexicon:
    """The words that a line may consist of, as a trie."""

    def __init__(self, words: Iterable[str]) -> None:
        """Build the trie from upper-case ASCII words."""
        self.root: dict[str, dict] = {}  # type: ignore[type-arg]  # a trie nests without end
        for word in words:
            node = self.root
            for letter in word:
                node = node.setdefault(letter, {})
            node[_END] = {}


@lru_cache(maxsize=4)
def lexicon_of(words: frozenset[str]) -> Lexicon:
    """Return the trie of a set of words, built once."""
    return Lexicon(words)


def decode_words(folded: NDArray[np.float64], lexicon: Lexicon, letters: str = LETTERS) -> tuple[str, float] | None:
    """Decode a line as words of a lexicon by prefix beam search.

    Args:
        folded: shape (columns, 2 + letters) as from `fold_probabilities`.
        lexicon: allowed words.
        letters: what the columns between blank and space stand for.

    Returns:
        The text and its mean log probability per column, or None where no line of whole words fits.
    """
    place = {letter: index for index, letter in enumerate(letters, start=1)} | {" ": len(letters) + 1}
    # prefix -> (log p ending in blank, log p ending in its last letter, trie node)
    beams: dict[str, tuple[float, float, dict]] = {"": (0.0, -math.inf, lexicon.root)}  # type: ignore[type-arg]
    for row in np.log(np.maximum(folded, _FLOOR)).tolist():
        following: dict[str, list] = {}  # type: ignore[type-arg]
        for prefix, (blank, letter, node) in beams.items():
            total = _log_sum(blank, letter)
            _add(following, prefix, node, total + row[0], -math.inf)
            if prefix:
                _add(following, prefix, node, -math.inf, letter + row[place[prefix[-1]]])
            for symbol, child in _continuations(prefix, node, lexicon):
                seen = row[place[symbol]]
                if seen > _UNLIKELY:
                    source = blank if prefix.endswith(symbol) else total
                    _add(following, prefix + symbol, child, -math.inf, source + seen)
        ranked = sorted(following.items(), key=lambda item: -_log_sum(item[1][0], item[1][1]))
        beams = {prefix: (entry[0], entry[1], entry[2]) for prefix, entry in ranked[:_BEAM_WIDTH]}
    whole = [
        (_log_sum(blank, letter), prefix) for prefix, (blank, letter, node) in beams.items() if _END in node and prefix
    ]
    if not whole:
        return None
    score, text = max(whole)
    return text, score / max(len(folded), 1)


def _log_sum(first: float, second: float) -> float:
    high, low = (first, second) if first > second else (second, first)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def _continuations(prefix: str, node: dict, lexicon: Lexicon) -> list[tuple[str, dict]]:  # type: ignore[type-arg]
    choices = [(symbol, child) for symbol, child in node.items() if symbol != _END]
    if _END in node and prefix:
        choices.append((" ", lexicon.root))
    return choices


def _add(following: dict[str, list], prefix: str, node: dict, blank: float, letter: float) -> None:  # type: ignore[type-arg]
    entry = following.get(prefix)
    if entry is None:
        following[prefix] = [blank, letter, node]
    else:
        entry[0] = _log_sum(entry[0], blank)
        entry[1] = _log_sum(entry[1], letter)

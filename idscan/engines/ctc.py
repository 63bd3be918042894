"""Decoding of CTC probabilities: the best path, against a lexicon of syllables, and by the rules of a grammar.

CTC (connectionist temporal classification) models give, for each column of a line's image, a probability of
every letter and of "blank".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from idscan.core.types import Grammar

_BEAM_WIDTH = 16
"""Prefixes kept for each column. Lower: the best reading may be dropped; higher: decoding takes longer."""
_FLOOR = 1e-6
"""Least probability, so that logarithms are finite. Lower: one column excludes a reading; higher: errors cost less."""
_UNLIKELY = math.log(1e-5)
"""A letter less likely than this in a column is not tried there: it saves most of the time and changes no reading."""
_END = "."


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded line: text, mean confidence, middle column and confidence of each character."""

    text: str
    confidence: float
    columns: tuple[float, ...]
    confidences: tuple[float, ...] = ()


def greedy(probabilities: NDArray[np.float32], alphabet: Sequence[str]) -> Decoded:
    """Decode the best path of probabilities of shape (columns, letters); the alphabet has "" first, for blank."""
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
    mean = sum(confidences) / len(confidences) if confidences else 0.0
    return Decoded("".join(letters), mean, tuple(columns), tuple(confidences))


def folding_matrix(alphabet: Sequence[str], letters: str) -> NDArray[np.int64]:
    """Return for each letter of an alphabet ("" for blank first) its column after folding; -1 where it has none.

    Column 0 is blank, then come `letters`, the capitals that folding distinguishes, and the space.
    """
    places = {letter: place for place, letter in enumerate(letters, start=1)} | {" ": len(letters) + 1}
    return np.array([0, *(places.get(letter.upper(), -1) for letter in alphabet[1:])], np.int64)


def fold_probabilities(probabilities: NDArray[np.float32], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum probabilities of letters that fold to the same one; shape (columns, folded letters)."""
    folded = np.zeros((len(probabilities), int(columns.max()) + 1))
    known = columns >= 0
    np.add.at(folded.T, columns[known], probabilities[:, known].T)
    return folded


class Lexicon:
    """The words that a line may consist of, as a trie; some may be likelier than others."""

    def __init__(self, words: Iterable[str], first: Iterable[str] | None = None) -> None:
        """Build the trie of words, and of those that a line may begin with where they are others.

        Letters are as after folding; a mapping gives each word's logarithm of how likely it is.
        """
        self.letters = "".join(sorted(set("".join(words)) | set("".join(first or ()))))
        self.root = _trie(words)
        self.first = self.root if first is None else _trie(first)


def _trie(words: Iterable[str]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    weights = words if isinstance(words, Mapping) else dict.fromkeys(words, 0.0)
    for word, weight in weights.items():
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[_END] = weight
    return root


def decode_words(folded: NDArray[np.float64], lexicon: Lexicon) -> tuple[str, float] | None:
    """Decode a line as words of a lexicon by prefix beam search, from the matrix of `fold_probabilities`.

    Returns:
        The text and its mean log probability per column, how likely the words are left out; or None where no line of
        whole words fits.
    """
    place = {letter: index for index, letter in enumerate((*lexicon.letters, " "), start=1)}
    beams = {"": _Beam(0.0, -math.inf, lexicon.first, 0.0)}
    for row in np.log(np.maximum(folded, _FLOOR)).tolist():
        following: dict[str, _Beam] = {}
        for prefix, beam in beams.items():
            total = _log_sum(beam.blank, beam.letter)
            _add(following, prefix, beam, total + row[0], -math.inf)
            if prefix:
                _add(following, prefix, beam, -math.inf, beam.letter + row[place[prefix[-1]]])
            for symbol, child, weight in _continuations(prefix, beam.node, lexicon):
                seen = row[place[symbol]]
                if seen > _UNLIKELY:
                    source = beam.blank if prefix.endswith(symbol) else total
                    _add(following, prefix + symbol, _Beam(0, 0, child, beam.weight + weight), -math.inf, source + seen)
        ranked = sorted(following.items(), key=lambda item: -item[1].score)
        beams = dict(ranked[:_BEAM_WIDTH])
    whole = [
        (beam.score + beam.node[_END], prefix, beam) for prefix, beam in beams.items() if _END in beam.node and prefix
    ]
    if not whole:
        return None
    _, text, best = max(whole, key=lambda item: item[:2])
    return text, _log_sum(best.blank, best.letter) / max(len(folded), 1)


def decode_grammar(
    probabilities: NDArray[np.float32], places: Mapping[str, int], grammar: Grammar
) -> tuple[str, float] | None:
    """Decode probabilities as what a grammar allows, by prefix beam search; `places` has the column of each letter.

    Returns:
        The text and its log probability, None where nothing that is allowed fits.
    """
    beams = {"": (0.0, -math.inf)}
    for row in np.log(np.maximum(probabilities, _FLOOR)).tolist():
        following: dict[str, list[float]] = {}
        for prefix, (blank, letter) in beams.items():
            total = _log_sum(blank, letter)
            entry = following.setdefault(prefix, [-math.inf, -math.inf])
            entry[0] = _log_sum(entry[0], total + row[0])
            if prefix:
                entry[1] = _log_sum(entry[1], letter + row[places[prefix[-1]]])
            for symbol in grammar.following(prefix):
                seen = row[places[symbol]]
                if seen > _UNLIKELY:
                    entry = following.setdefault(prefix + symbol, [-math.inf, -math.inf])
                    entry[1] = _log_sum(entry[1], (blank if prefix.endswith(symbol) else total) + seen)
        ranked = sorted(following.items(), key=lambda item: -_log_sum(item[1][0], item[1][1]))
        beams = {prefix: (entry[0], entry[1]) for prefix, entry in ranked[:_BEAM_WIDTH]}
    whole = [(_log_sum(blank, letter), text) for text, (blank, letter) in beams.items() if grammar.is_whole(text)]
    if not whole:
        return None
    score, text = max(whole)
    return text, score


@dataclass(slots=True)
class _Beam:
    """A beginning of a line.

    Attributes:
        blank: log probability of it ending in blank.
        letter: log probability of it ending in its last letter.
        node: its place in the trie.
        weight: logarithm of how likely its words are.
    """

    blank: float
    letter: float
    node: dict[str, Any]
    weight: float

    @property
    def score(self) -> float:
        return _log_sum(self.blank, self.letter) + self.weight


def _log_sum(first: float, second: float) -> float:
    high, low = (first, second) if first > second else (second, first)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def _continuations(prefix: str, node: dict[str, Any], lexicon: Lexicon) -> list[tuple[str, dict[str, Any], float]]:
    choices = [(symbol, child, 0.0) for symbol, child in node.items() if symbol != _END]
    if _END in node and prefix:
        choices.append((" ", lexicon.root, node[_END]))
    return choices


def _add(following: dict[str, _Beam], prefix: str, like: _Beam, blank: float, letter: float) -> None:
    entry = following.get(prefix)
    if entry is None:
        following[prefix] = _Beam(blank, letter, like.node, like.weight)
    else:
        entry.blank = _log_sum(entry.blank, blank)
        entry.letter = _log_sum(entry.letter, letter)

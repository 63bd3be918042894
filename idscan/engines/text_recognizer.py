"""Recognise printed lines with all Vietnamese letters by a small network of our own.

It is trained on made-up lines by `tests/training`; the file beside the model records its alphabet and its accuracy on
typefaces that are not in the training data. A copy of it quantised to eight bits takes less than half of the time.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.arrays import levels_at
from idscan.core.types import LineReading, Secret
from idscan.engines import ctc, onnx
from idscan.engines.ctc import Decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.types import Grammar
    from idscan.engines.ctc import Lexicon

HEIGHT = 40
"""Pixels that a line is scaled to: marks over capitals take five of them."""
PADDING = 128
"""Grey beside a line, halfway between ink and paper."""
WIDTH_STEP = 48
"""Widths are rounded up to a multiple of this: few different ones go through the network, several lines at once."""
_EXACT, _QUICK = "lines", "lines_quick"
_MOST_AT_ONCE = 8
"""Lines in one batch. Lower: more calls of the network; higher: more memory."""
_MOST_DOUBT = 12.0
"""Natural logarithms by which words may be less likely than the best path: two letters, or one beyond much doubt."""
_FORCED = 0.5
"""Confidence of a character that a rule put where another one, or none, was seen."""
_MAX_WIDTH = 1600
"""Pixels. Lower: long lines are compressed and misread; higher: false lines take much time and memory."""
_MIN_WIDTH = 16
"""Pixels. Lower: narrow letters get too few columns; higher: they are stretched."""
_STRETCH = (1.0, 99.0)
"""Percentiles that become black and white. Nearer the ends: glare sets the levels; farther: thin ink is clipped."""
_LEAST_CONTRAST = 16.0
"""Levels of brightness. Lower: noise of an empty line is amplified; higher: faint print stays faint."""


class TextRecognizer:
    """Adapter of the package's own recogniser."""

    name = "viet-lines"

    def __init__(self, *, is_quick: bool = False) -> None:
        """Take the network in full precision, or its int8-quantised copy, a little less sure of small marks."""
        self._model = _QUICK if is_quick else _EXACT

    def read_lines(
        self, crops: Sequence[NDArray[np.uint8]], grammars: Sequence[Grammar] = ()
    ) -> tuple[LineReading, ...]:
        """Return the text of each upright RGB line: the best path, but for parts that break the rules of a grammar."""
        readings = []
        for probabilities in _probabilities(crops, self._model):
            line = ctc.greedy(probabilities, _alphabet())
            for grammar in grammars:
                for span in grammar.spans(line.text):
                    line = _by_rule(line, span, probabilities, grammar)
            text = Secret(line.text)
            readings.append(LineReading(text, line.confidence, self.name, line.columns, line.confidences))
        return tuple(readings)

    def read_names(
        self, crops: Sequence[NDArray[np.uint8]], lexicon: Lexicon, *, is_zone: bool = False
    ) -> tuple[LineReading | None, ...]:
        """Return each upright RGB line read as words of a lexicon (NFC capitals); None where no words fit it.

        A syllable that cannot be spelt loses against one that can, and a rare one against a common one, unless the
        letters are beyond doubt. In a machine-readable zone fillers stand between the words and behind them.
        """
        columns = _columns_of(lexicon.letters)
        readings: list[LineReading | None] = []
        for probabilities in _probabilities(crops, self._model):
            folded = ctc.fold_probabilities(probabilities, columns)
            if is_zone:
                folded = _without_fillers(folded, probabilities)
            decoded = ctc.decode_words(folded, lexicon)
            if decoded is None or not _is_likely(decoded[1], probabilities[: len(folded)]):
                readings.append(None)
                continue
            text = decoded[0]
            if not is_zone:
                text = _in_case_of(ctc.greedy(probabilities, _alphabet()).text, text)
            readings.append(LineReading(Secret(text), float(np.exp(decoded[1])), self.name))
        return tuple(readings)


def quick_recognizer() -> TextRecognizer:
    """Return the recogniser that uses the int8-quantised copy of the network."""
    return TextRecognizer(is_quick=True)


def _without_fillers(folded: NDArray[np.float64], probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return folded probabilities with one space for the fillers between two words, and none behind the last word."""
    filler = _columns_by_letter()["<"]
    best = probabilities.argmax(axis=1)
    letters = np.flatnonzero((best != 0) & (best != filler))
    if not len(letters):
        return folded
    folded[:, -1] += probabilities[:, filler]
    for before, after in itertools.pairwise(letters.tolist()):
        fillers = np.flatnonzero(best[before:after] == filler)
        if len(fillers):
            gap = slice(before + fillers[0], before + fillers[-1] + 1)
            folded[gap, -1] += folded[gap, 0]
            folded[gap, 0] = 0.0
    return folded[: letters[-1] + 2]


def _by_rule(line: Decoded, span: tuple[int, int], probabilities: NDArray[np.float32], grammar: Grammar) -> Decoded:
    """Return a line with one part read again by the rules of a grammar, if what they allow is likely enough."""
    start, end = span
    inside = line.columns[start:end]
    left = (line.columns[start - 1] + inside[0]) / 2 if start else 0.0
    right = (inside[-1] + line.columns[end]) / 2 if end < len(line.columns) else 1.0
    part = probabilities[round(left * len(probabilities)) : round(right * len(probabilities))]
    decoded = ctc.decode_grammar(part, _columns_by_letter(), grammar)
    if decoded is None:
        return line
    text, score = decoded
    doubt = float(np.log(part.max(axis=1)).sum()) - score
    if doubt > _MOST_DOUBT:
        return line
    columns = tuple(np.linspace(inside[0], inside[-1], len(text)).tolist())
    return Decoded(
        line.text[:start] + text + line.text[end:],
        line.confidence * math.exp(-doubt / len(text)),
        line.columns[:start] + columns + line.columns[end:],
        line.confidences[:start] + _confidences_by_rule(line, span, text) + line.confidences[end:],
    )


def _confidences_by_rule(line: Decoded, span: tuple[int, int], text: str) -> tuple[float, ...]:
    """Return how sure each character of a part is that was read again: those that a rule put there are doubtful."""
    start, end = span
    confidences = [_FORCED] * len(text)
    matcher = SequenceMatcher(None, line.text[start:end], text, autojunk=False)
    for block in matcher.get_matching_blocks():
        confidences[block.b : block.b + block.size] = line.confidences[start + block.a : start + block.a + block.size]
    return tuple(confidences)


def _in_case_of(seen: str, capitals: str) -> str:
    """Return words in capitals as they are printed: as most letters of the plain reading are."""
    small = sum(letter.islower() for letter in seen)
    return capitals.title() if 2 * small > sum(letter.isalpha() for letter in seen) else capitals


def _is_likely(mean: float, probabilities: NDArray[np.float32]) -> bool:
    """Return whether words of a mean log probability per column may be the text of a line, and it is not empty."""
    is_blank = not probabilities.argmax(axis=1).any()
    best = float(np.log(probabilities.max(axis=1)).sum())
    return not is_blank and mean * len(probabilities) > best - _MOST_DOUBT


def prepare(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a grey or RGB line as the network sees it: grey, `HEIGHT` pixels high, its contrast stretched."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image  # noqa: PLR2004  colour
    height, width = grey.shape
    size = (min(max(round(width * HEIGHT / height), _MIN_WIDTH), _MAX_WIDTH), HEIGHT)
    method = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC
    line = cv2.resize(grey, size, interpolation=method).astype(np.uint8, copy=False)
    low, high = levels_at(line, *_STRETCH)
    levels = (np.arange(256) - low) * (255 / max(high - low, _LEAST_CONTRAST))
    return np.asarray(np.clip(levels, 0, 255).astype(np.uint8)[line], np.uint8)


def batches(widths: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield (padded width, positions) of lines that go through the network together.

    Only lines of one padded width do, so that none is read otherwise for the company it is in.
    """
    by_width: dict[int, list[int]] = defaultdict(list)
    for position, width in enumerate(widths):
        by_width[-(-width // WIDTH_STEP) * WIDTH_STEP].append(position)
    for width, positions in sorted(by_width.items()):
        for start in range(0, len(positions), _MOST_AT_ONCE):
            yield width, positions[start : start + _MOST_AT_ONCE]


def _probabilities(crops: Sequence[NDArray[np.uint8]], model: str) -> list[NDArray[np.float32]]:
    """Return for each line its probabilities, shape (columns, letters), the columns of the padding left out."""
    lines = [prepare(crop) for crop in crops]
    result: list[NDArray[np.float32]] = [np.empty((0, 0), np.float32)] * len(lines)
    for width, positions in batches([line.shape[1] for line in lines]):
        batch = np.full((len(positions), 1, HEIGHT, width), PADDING, np.float32)
        for place, position in enumerate(positions):
            batch[place, 0, :, : lines[position].shape[1]] = lines[position]
        output = _call(batch / 127.5 - 1, model)
        step = width // output.shape[1]
        for place, position in enumerate(positions):
            own = -(-lines[position].shape[1] // step)
            result[position] = np.exp(output[place, :own])
    return result


def _call(batch: NDArray[np.float32], model: str) -> NDArray[np.float32]:
    result: NDArray[np.float32] = onnx.session(model, TextRecognizer.name).run(None, {"lines": batch})[0]
    return result


@lru_cache(maxsize=1)
def _alphabet() -> tuple[str, ...]:
    return ("", *onnx.model_card(_EXACT, TextRecognizer.name)["alphabet"])


@lru_cache(maxsize=1)
def _columns_by_letter() -> dict[str, int]:
    return {letter: place for place, letter in enumerate(_alphabet())}


@lru_cache(maxsize=4)
def _columns_of(letters: str) -> NDArray[np.int64]:
    return ctc.folding_matrix(_alphabet(), letters)


def version() -> str:
    """Return the first digits of the model's checksum; raises as `Engine.version`."""
    return onnx.version(_EXACT, TextRecognizer.name)

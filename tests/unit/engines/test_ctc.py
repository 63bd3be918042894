from __future__ import annotations

from itertools import product
from math import log
from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.engines import ctc

if TYPE_CHECKING:
    from collections.abc import Iterator

ALPHABET = ("", "N", "G", "ă", "Ă", "ớ", "7", " ")


def one_hot(path: list[int], sure: float = 0.9) -> np.ndarray:
    """Return probabilities whose best path is the one given."""
    probabilities = np.full((len(path), len(ALPHABET)), (1 - sure) / (len(ALPHABET) - 1), np.float32)
    probabilities[np.arange(len(path)), path] = sure
    return probabilities


def folded(columns: list[dict[str, float]], letters: str) -> np.ndarray:
    """Return folded probabilities; "" stands for blank."""
    places = {symbol: place for place, symbol in enumerate(("", *letters, " "))}
    matrix = np.zeros((len(columns), len(places)))
    for row, seen in zip(matrix, columns, strict=True):
        for letter, probability in seen.items():
            row[places[letter]] = probability
    return matrix


def clearly(path: str) -> list[dict[str, float]]:
    """Return columns that show each letter beyond doubt; "-" stands for blank."""
    return [{"" if letter == "-" else letter: 1.0} for letter in path]


def decoded(columns: list[dict[str, float]], lexicon: ctc.Lexicon) -> tuple[str, float] | None:
    letters = lexicon.letters
    known = [{letter: share for letter, share in one.items() if letter in ("", " ", *letters)} for one in columns]
    return ctc.decode_words(folded(known, letters), lexicon)


def test_a_letter_over_several_columns_is_one_letter() -> None:
    assert ctc.greedy(one_hot([1, 1, 1, 2, 2]), ALPHABET).text == "NG"


def test_blank_between_two_equal_letters_keeps_both() -> None:
    assert ctc.greedy(one_hot([1, 0, 1]), ALPHABET).text == "NN"


def test_each_letter_is_placed_at_the_middle_of_its_columns() -> None:
    decoded = ctc.greedy(one_hot([0, 1, 1, 0, 2, 2, 2, 0, 0, 0]), ALPHABET)
    assert decoded.columns == pytest.approx((0.2, 0.55))


def test_confidence_is_the_mean_of_each_letters_surest_column() -> None:
    probabilities = one_hot([1, 1, 0, 2], sure=0.6)
    probabilities[1, 1] = 0.9
    decoded = ctc.greedy(probabilities, ALPHABET)
    assert decoded.confidences == pytest.approx((0.9, 0.6))
    assert decoded.confidence == pytest.approx((0.9 + 0.6) / 2)


def test_blanks_alone_are_no_text_and_no_confidence() -> None:
    assert ctc.greedy(one_hot([0, 0, 0]), ALPHABET) == ctc.Decoded("", 0.0, ())


def test_probabilities_of_letters_that_fold_alike_add_up() -> None:
    columns = ctc.folding_matrix(ALPHABET, "NGĂ")
    row = np.array([[0.1, 0.2, 0.1, 0.15, 0.25, 0.1, 0.05, 0.05]], np.float32)
    expected = folded([{"": 0.1, "N": 0.2, "G": 0.1, "Ă": 0.4, " ": 0.05}], "NGĂ")
    assert ctc.fold_probabilities(row, columns) == pytest.approx(expected, abs=1e-6)


def test_what_folds_to_no_letter_counts_for_nothing() -> None:
    assert ctc.folding_matrix(ALPHABET, "NGĂ").tolist() == [0, 1, 2, 3, 3, -1, -1, 4]


def test_words_that_are_clear_come_back_whole() -> None:
    text, score = decoded(clearly("VAN-- MAU"), ctc.Lexicon(["VAN", "MAU", "VANG"])) or ("", -1.0)
    assert text == "VAN MAU"
    assert score == pytest.approx(0.0, abs=1e-3)


def test_a_letter_lost_under_blank_is_found_again_by_the_lexicon() -> None:
    columns = clearly("NGUYNN")
    columns[4] = {"": 0.95, "E": 0.03}
    assert (decoded(columns, ctc.Lexicon(["NGUYEN", "NGUYET"])) or ("",))[0] == "NGUYEN"


def test_doubt_lowers_the_score() -> None:
    lexicon = ctc.Lexicon(["VAN"])
    clear, doubtful = clearly("VAN"), clearly("VAN")
    doubtful[1] = {"A": 0.3, "O": 0.7}
    first, second = decoded(clear, lexicon), decoded(doubtful, lexicon)
    assert first is not None
    assert second is not None
    assert second == ("VAN", pytest.approx(log(0.3) / 3, abs=1e-3))
    assert first[1] > second[1]


def test_a_line_too_short_for_any_word_reads_as_none() -> None:
    assert decoded(clearly("V"), ctc.Lexicon(["VAN"])) is None


def test_an_empty_lexicon_reads_nothing() -> None:
    assert decoded(clearly("VAN"), ctc.Lexicon([])) is None


def test_a_doubled_letter_needs_blank_between() -> None:
    lexicon = ctc.Lexicon(["AN", "ANN"])
    assert (decoded(clearly("ANN"), lexicon) or ("",))[0] == "AN"
    assert (decoded(clearly("AN-N"), lexicon) or ("",))[0] == "ANN"
    forced = decoded(clearly("ANNN"), ctc.Lexicon(["ANN"]))
    assert forced is not None
    assert forced[1] < -1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weights", [(0.0,) * 5, (-1.0, -0.2, -2.0, 0.0, -0.5)], ids=["even", "weighted"])
def test_the_best_words_are_those_of_an_exhaustive_search(seed: int, weights: tuple[float, ...]) -> None:
    words = dict(zip(("A", "B", "AB", "AA", "BAB"), weights, strict=True))
    symbols = {"-": 0, "A": 1, "B": 2, " ": 3}
    matrix = np.random.default_rng(seed).dirichlet(np.ones(4), 4)
    totals: dict[str, float] = {}
    for path in product(symbols, repeat=4):
        text = "".join(b for a, b in zip(("-", *path), path, strict=False) if b != a).replace("-", "")
        if text.split(" ") and all(word in words for word in text.split(" ")):
            chance = float(np.prod([matrix[i, symbols[symbol]] for i, symbol in enumerate(path)]))
            totals[text] = totals.get(text, 0.0) + chance
    best = max(totals, key=lambda text: log(totals[text]) + sum(words[word] for word in text.split(" ")))
    found = ctc.decode_words(matrix, ctc.Lexicon(words))
    assert found == (best, pytest.approx(log(totals[best]) / 4, abs=1e-3))


def test_a_common_word_wins_over_a_rare_one_that_looks_much_the_same() -> None:
    lexicon = ctc.Lexicon({"HỔ": -4.0, "HỒ": -0.5})
    doubtful, clear = clearly("HO"), clearly("HO")
    doubtful[1], clear[1] = {"Ổ": 0.7, "Ồ": 0.3}, {"Ổ": 0.999, "Ồ": 0.001}
    assert decoded(doubtful, lexicon) == ("HỒ", pytest.approx(log(0.3) / 2))
    assert (decoded(clear, lexicon) or ("",))[0] == "HỔ"


def test_a_line_begins_with_other_words_than_it_goes_on_with() -> None:
    lexicon = ctc.Lexicon({"AN": 0.0, "ON": 0.0}, {"ON": 0.0})
    columns = clearly("AN AN")
    columns[0] = {"A": 0.9, "O": 0.1}
    assert (decoded(columns, lexicon) or ("",))[0] == "ON AN"


class Pair:
    """Two digits with a slash between them."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        yield 0, len(text)

    def following(self, prefix: str) -> str:
        return ("12", "/", "12", "")[len(prefix)]

    def is_whole(self, text: str) -> bool:
        return len(text) == 3


def test_columns_are_read_by_the_rules_of_a_grammar() -> None:
    places = {"": 0, "1": 1, "2": 2, "/": 3, "l": 4}
    matrix = np.full((4, 5), 1e-6, np.float32)
    for row, letter in zip(matrix, ("l", "/", "", "2"), strict=True):
        row[places[letter]] = 0.9
    matrix[0, places["1"]] = 0.05
    assert ctc.decode_grammar(matrix, places, Pair()) == ("1/2", pytest.approx(log(0.05 * 0.9**3), abs=0.01))
    assert ctc.decode_grammar(matrix[:2], places, Pair()) is None

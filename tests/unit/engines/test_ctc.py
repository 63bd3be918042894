from __future__ import annotations

from itertools import product
from math import log

import numpy as np
import pytest

from idscan.engines import ctc

ALPHABET = ("", "N", "G", "ă", "Ă", "ớ", "7", " ")
BLANK, SPACE = 0, 27


def one_hot(path: list[int], sure: float = 0.9) -> np.ndarray:
    """Return probabilities whose best path is the one given."""
    probabilities = np.full((len(path), len(ALPHABET)), (1 - sure) / (len(ALPHABET) - 1), np.float32)
    probabilities[np.arange(len(path)), path] = sure
    return probabilities


def folded(columns: list[dict[str, float]]) -> np.ndarray:
    """Return folded probabilities; "" stands for blank."""
    matrix = np.zeros((len(columns), 28))
    for row, letters in zip(matrix, columns, strict=True):
        for letter, probability in letters.items():
            row[SPACE if letter == " " else BLANK if not letter else 1 + ctc.LETTERS.index(letter)] = probability
    return matrix


def clearly(path: str) -> np.ndarray:
    """Return columns that show each letter beyond doubt; "-" stands for blank."""
    return folded([{"" if letter == "-" else letter: 1.0} for letter in path])


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
    assert ctc.greedy(probabilities, ALPHABET).confidence == pytest.approx((0.9 + 0.6) / 2)


def test_blanks_alone_are_no_text_and_no_confidence() -> None:
    assert ctc.greedy(one_hot([0, 0, 0]), ALPHABET) == ctc.Decoded("", 0.0, ())


@pytest.mark.parametrize(
    ("letter", "capital"),
    [
        *(("a", "A"), ("ớ", "O"), ("Ữ", "U"), ("ỹ", "Y"), ("đ", "D"), ("Đ", "D"), ("Ð", "D")),
        *(("", ""), (" ", ""), (".", ""), ("7", ""), ("字", ""), ("ﬁ", "")),
    ],
)
def test_a_letter_folds_to_the_capital_under_it(letter: str, capital: str) -> None:
    assert ctc.fold_letter(letter) == capital


def test_probabilities_of_letters_that_fold_alike_add_up() -> None:
    columns = ctc.folding(ALPHABET)
    row = np.array([[0.1, 0.2, 0.1, 0.15, 0.25, 0.1, 0.05, 0.05]], np.float32)
    result = ctc.fold_probabilities(row, columns)
    assert result.shape == (1, 28)
    expected = folded([{"": 0.1, "N": 0.2, "G": 0.1, "A": 0.4, "O": 0.1, " ": 0.05}])
    assert result == pytest.approx(expected, abs=1e-6)


def test_what_folds_to_no_letter_counts_for_nothing() -> None:
    assert ctc.folding(ALPHABET).tolist() == [0, 14, 7, 1, 1, 15, -1, 27]


def test_words_that_are_clear_come_back_whole() -> None:
    text, score = ctc.decode_words(clearly("VAN-- MAU"), ctc.Lexicon(["VAN", "MAU", "VANG"])) or ("", -1.0)
    assert text == "VAN MAU"
    assert score == pytest.approx(0.0, abs=1e-3)


def test_a_letter_lost_under_blank_is_found_again_by_the_lexicon() -> None:
    columns = clearly("NGUYNN")
    columns[4] = folded([{"": 0.95, "E": 0.03}])[0]
    assert (ctc.decode_words(columns, ctc.Lexicon(["NGUYEN", "NGUYET"])) or ("",))[0] == "NGUYEN"


def test_doubt_lowers_the_score() -> None:
    lexicon = ctc.Lexicon(["VAN"])
    clear, doubtful = clearly("VAN"), clearly("VAN")
    doubtful[1] = folded([{"A": 0.3, "O": 0.7}])[0]
    first, second = ctc.decode_words(clear, lexicon), ctc.decode_words(doubtful, lexicon)
    assert first is not None
    assert second is not None
    assert second == ("VAN", pytest.approx(log(0.3) / 3, abs=1e-3))
    assert first[1] > second[1]


def test_a_line_too_short_for_any_word_reads_as_none() -> None:
    assert ctc.decode_words(clearly("V"), ctc.Lexicon(["VAN"])) is None


def test_an_empty_lexicon_reads_nothing() -> None:
    assert ctc.decode_words(clearly("VAN"), ctc.Lexicon([])) is None


def test_a_doubled_letter_needs_blank_between() -> None:
    lexicon = ctc.Lexicon(["AN", "ANN"])
    assert (ctc.decode_words(clearly("ANN"), lexicon) or ("",))[0] == "AN"
    assert (ctc.decode_words(clearly("AN-N"), lexicon) or ("",))[0] == "ANN"
    forced = ctc.decode_words(clearly("ANNN"), ctc.Lexicon(["ANN"]))
    assert forced is not None
    assert forced[1] < -1


@pytest.mark.parametrize("seed", range(4))
def test_the_best_words_are_those_of_an_exhaustive_search(seed: int) -> None:
    words = ["A", "B", "AB", "AA", "BAB"]
    symbols = {"-": BLANK, "A": 1, "B": 2, " ": SPACE}
    random = np.random.default_rng(seed)
    matrix = np.zeros((4, 28))
    matrix[:, list(symbols.values())] = random.dirichlet(np.ones(4), 4)
    totals: dict[str, float] = {}
    for path in product(symbols, repeat=4):
        text = "".join(b for a, b in zip(("-", *path), path, strict=False) if b != a).replace("-", "")
        if text.split(" ") and all(word in words for word in text.split(" ")):
            chance = float(np.prod([matrix[i, symbols[symbol]] for i, symbol in enumerate(path)]))
            totals[text] = totals.get(text, 0.0) + chance
    best = max(totals, key=lambda text: totals[text])
    found = ctc.decode_words(matrix, ctc.Lexicon(words))
    assert found == (best, pytest.approx(log(totals[best]) / 4, abs=1e-3))


def test_the_trie_of_a_set_of_words_is_built_once() -> None:
    words = frozenset({"THU", "NGHIEM"})
    assert ctc.lexicon_of(words) is ctc.lexicon_of(frozenset({"NGHIEM", "THU"}))


def test_marks_are_told_apart_where_the_words_have_them() -> None:
    letters = "NÊĂ"
    matrix = np.full((3, 2 + len(letters)), 1e-6)
    for row, letter in enumerate("NÊN"):
        matrix[row, 1 + letters.index(letter)] = 0.9
    assert ctc.decode_words(matrix, ctc.Lexicon(["NÊN", "NĂN"]), letters) == ("NÊN", pytest.approx(log(0.9), abs=0.01))
    matrix[1, 1 + letters.index("Ă")] = 0.01
    read = ctc.decode_words(matrix, ctc.Lexicon(["NĂN"]), letters)
    assert read == ("NĂN", pytest.approx((2 * log(0.9) + log(0.01)) / 3, abs=0.01))


def test_folding_with_letters_of_ones_own() -> None:
    assert ctc.folding(("", "ê", "Ê", "7", " "), str.upper, "NÊ").tolist() == [0, 2, 2, -1, 3]

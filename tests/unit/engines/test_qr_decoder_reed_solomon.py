"""Words with errors and erasures, and how sure their correction is."""

from __future__ import annotations

from random import Random

import pytest

from idscan.engines.qr_decoder import corrections, evidence, syndromes

# The code word of version 1-M for "01234567" (ISO/IEC 18004, annex I.2): 16 data bytes, 10 check bytes.
WORD = bytes.fromhex("10200c5661 80ec11ec11ec11ec11ec11 a524d4c1ed36c7872c55".replace(" ", ""))
PARITY = 10


def damaged(rng: Random, count: int) -> tuple[list[int], list[int]]:
    word = list(WORD)
    places = rng.sample(range(len(word)), count)
    for place in places:
        word[place] ^= rng.randrange(1, 256)
    return word, places


def mended(word: list[int], erasures: list[int]) -> bytes | None:
    changes = corrections(syndromes(word, PARITY), len(word), erasures)
    return None if changes is None else bytes(byte ^ changes.get(i, 0) for i, byte in enumerate(word))


def test_the_example_of_the_standard_is_whole() -> None:
    assert syndromes(WORD, PARITY) == [0] * PARITY
    assert corrections([0] * PARITY, len(WORD)) == {}


@pytest.mark.parametrize(("errors", "erased"), [(5, 0), (1, 0), (0, 10), (4, 2), (2, 6), (1, 8)])
def test_twice_the_errors_and_the_erasures_may_be_the_check_bytes(errors: int, erased: int) -> None:
    rng = Random(f"{errors} {erased}")
    for _ in range(20):
        word, places = damaged(rng, errors + erased)
        assert mended(word, places[:erased]) == WORD


def test_a_byte_that_is_right_may_be_erased() -> None:
    word, places = damaged(Random(3), 3)
    spare = [place for place in range(len(word)) if place not in places][:4]
    assert mended(word, spare) == WORD


def test_more_damage_is_not_put_right() -> None:
    rng = Random(5)
    for _ in range(20):
        word, places = damaged(rng, 9)
        assert mended(word, places[:2]) != WORD
    assert corrections([1] * PARITY, len(WORD), range(11)) is None


def test_noise_is_near_a_code_word_about_as_often_as_its_evidence_says() -> None:
    rng = Random(7)
    tries = 400
    by_chance = sum(mended([rng.randrange(256) for _ in WORD], list(range(8))) is not None for _ in range(tries))
    # One error beside eight erasures: 18 places of 256 ** 2 / 255.
    assert evidence(len(WORD), PARITY, 8, 1) == pytest.approx(3.83, abs=0.01)
    assert by_chance / tries == pytest.approx(2**-3.83, abs=0.05)

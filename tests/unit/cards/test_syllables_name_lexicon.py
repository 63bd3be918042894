from __future__ import annotations

from idscan.cards.fields.name_tables import (
    FAMILY_NAME_SHARES,
    FAMILY_NAMES,
    GIVEN_NAMES,
    GIVEN_SYLLABLES,
    HIGHLAND_NAMES,
)
from idscan.cards.text import fold_upper
from idscan.cards.text.syllables import all_spellings, first_words, further_words


def test_every_syllable_that_can_be_spelt_may_stand_in_a_name_and_so_may_names_of_the_highlands() -> None:
    assert set(first_words()) == set(further_words()) >= set(all_spellings())
    assert set(first_words()) - set(all_spellings()) <= set(HIGHLAND_NAMES)
    assert {"KSOR", "NIÊ", "ÊBAN", "KPĂ"} <= set(first_words())


def test_the_likeliest_word_weighs_nothing_and_all_others_less() -> None:
    assert first_words()["NGUYỄN"] == further_words()["THỊ"] == 0
    assert max(first_words().values()) == max(further_words().values()) == 0


def test_common_spellings_weigh_more_than_rare_ones() -> None:
    first, further = first_words(), further_words()
    assert first["HỒ"] > first["HÔ"]
    assert first["TRẦN"] > first["VƯU"] > first["TRẤN"]
    assert further["VĂN"] > further["VÂN"] > further["VẮN"]


def test_what_is_seen_can_win_over_what_is_usual() -> None:
    # A letter seen with 99.5 % against 0.5 % outweighs the largest difference between two words.
    assert min(first_words().values()) > -5.3
    assert min(further_words().values()) > -5.3


def test_every_listed_name_can_be_spelt_and_every_common_family_name_is_listed() -> None:
    assert set(GIVEN_NAMES) | set(FAMILY_NAME_SHARES) <= set(all_spellings())
    folded = {fold_upper(name) for name in FAMILY_NAME_SHARES}
    assert {name for name, share in FAMILY_NAMES.items() if share >= 0.15} <= folded


def test_a_folded_syllable_weighs_as_its_most_common_spelling() -> None:
    assert GIVEN_SYLLABLES["VAN"] == GIVEN_NAMES["VĂN"] == max(GIVEN_NAMES["VĂN"], GIVEN_NAMES["VÂN"])

from __future__ import annotations

import pytest

from idscan.cards.explain import explain
from idscan.report.messages import FACT_WORDS, fact_value, fact_word

TEXTS = (
    "001099000001",
    "139099000001",
    "012345678",
    "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Hà Nội|20062022",
    "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Hà Nội|20082024||||",
)


@pytest.mark.parametrize("text", TEXTS)
def test_every_fact_that_is_told_has_plain_words(text: str) -> None:
    explanation = explain(text)
    assert explanation is not None
    assert {row.key for row in explanation.rows} <= set(FACT_WORDS)


def test_an_unknown_fact_is_called_by_its_key() -> None:
    assert fact_word("shoe_size") == "shoe size"


def test_values_of_ours_are_put_into_words_and_free_text_is_not() -> None:
    assert fact_value("card", "cccd_chip") == "CCCD (chip)"
    assert fact_value("name", "no") == "no"
    assert fact_value("sex", "Nam") == "Nam"

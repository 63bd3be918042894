from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idscan.core.results import Problem
from idscan.core.vocabulary import CardKind, Field, Side
from idscan.report.i18n import _, forget_language, ngettext
from idscan.report.words import FIELD_WORDS, KIND_WORDS, SIDE_WORDS, card_words, field_word, problem_words, skip_words

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def vietnamese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "vi")
    forget_language()
    yield
    monkeypatch.undo()
    forget_language()


def test_every_word_of_the_vocabulary_has_plain_words() -> None:
    assert set(FIELD_WORDS) == set(Field)
    assert set(KIND_WORDS) == set(CardKind)
    assert set(SIDE_WORDS) == set(Side)


def test_an_unknown_side_is_left_out() -> None:
    assert card_words(CardKind.CCCD_CHIP, Side.BACK) == "CCCD (chip), back"
    assert card_words(CardKind.CMND_9, Side.UNKNOWN) == "CMND (9 digits)"


def test_english_problems_keep_their_own_message() -> None:
    assert problem_words(Problem("load", "truncated", "It ends early.")) == "It ends early."
    assert skip_words("not a picture (content is PDF)") == "not a picture (content is PDF)"


@pytest.mark.usefixtures("vietnamese")
def test_vietnamese_words_follow_the_environment() -> None:
    assert field_word(Field.NAME) == "họ tên"
    assert card_words(CardKind.CCCD_CHIP, Side.FRONT) == "CCCD (gắn chip), mặt trước"
    assert problem_words(Problem("load", "truncated", "It ends early.")).startswith("Tệp bị cụt")
    assert problem_words(Problem("load", "unheard_of", "It sings.")) == "It sings."
    assert skip_words("not a picture") == "không phải ảnh"
    assert skip_words("not a picture (content is PDF)") == "không phải ảnh (content is PDF)"
    assert ngettext("{count} person", "{count} people", 2) == "{count} người"


@pytest.mark.usefixtures("vietnamese")
def test_the_empty_message_is_not_the_header_of_the_catalogue() -> None:
    assert _("") == ""

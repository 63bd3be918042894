from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import idscan
from idscan.cards.documents import all_documents
from idscan.core.enums import CardKind, Field, Outcome, Rule, Side, Style
from idscan.core.types import Problem, Region
from idscan.report.messages import (
    ERROR_WORDS,
    FIELD_WORDS,
    KIND_WORDS,
    OUTCOME_WORDS,
    RULE_WORDS,
    SIDE_WORDS,
    STYLE_WORDS,
    _,
    card_words,
    error_words,
    field_word,
    forget_language,
    leak_words,
    ngettext,
    note_word,
    problem_words,
    region_word,
    skip_words,
)
from tests.fakes.made_up import BOX

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
    assert set(RULE_WORDS) == set(Rule)
    assert set(OUTCOME_WORDS) == set(Outcome)
    assert set(STYLE_WORDS) == set(Style)


def test_every_document_has_its_words_in_reports() -> None:
    for document in all_documents():
        assert card_words(document.kind, Side.UNKNOWN)


def test_an_unknown_side_is_left_out() -> None:
    assert card_words(CardKind.CCCD_CHIP, Side.BACK) == "CCCD (chip), back"
    assert card_words(CardKind.CMND_9, Side.UNKNOWN) == "CMND (9 digits)"


def test_english_problems_keep_their_own_message() -> None:
    assert problem_words(Problem("load", "truncated", "It ends early.")) == "It ends early."
    assert skip_words("not a picture (content is PDF)") == "not a picture (content is PDF)"


def test_a_region_is_called_after_its_field_or_else_its_rule() -> None:
    assert region_word(Region(Field.QR, BOX, Rule.SYMBOL)) == "QR code"
    assert region_word(Region(None, BOX, Rule.CARD)) == "whole card"


def test_words_that_nobody_knows_are_spelled_out() -> None:
    assert note_word("turned_upside_down") == "turned upside down"
    assert leak_words("heard_of") == "heard of"


def test_a_leak_is_told_with_its_field_where_that_is_known() -> None:
    assert leak_words("readable", [Field.NUMBER, Field.NAME]) == "number, name: can be read"
    assert leak_words("readable") == "can be read"


def test_errors_with_words_are_errors_of_the_rooms_below() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for path in Path(idscan.__file__).parent.rglob("*.py")
        if path.name != "messages.py"
    ]
    assert [words for words in ERROR_WORDS if not any(words in source for source in sources)] == []


@pytest.mark.usefixtures("vietnamese")
def test_errors_are_translated_up_to_their_reason() -> None:
    assert error_words("the output cannot be written: No space left") == "không ghi được kết quả: No space left"
    assert error_words("the output folder is or holds what is to be redacted; choose another one").startswith("thư mục")
    assert error_words("name: x") == "name: x"


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

from __future__ import annotations

import ast
import re
from concurrent.futures import ProcessPoolExecutor
from copy import copy
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import idscan
from idscan.cards.documents import all_documents
from idscan.core.enums import CardKind, Field, Outcome, Rule, Side, Where
from idscan.core.errors import EngineMissingError, OutputError
from idscan.core.messages import TEXTS, message
from idscan.core.types import Region
from idscan.images.load import PARTLY_DECODED
from idscan.report import messages
from idscan.report.messages import (
    _,
    card_words,
    catalogue,
    field_word,
    leak_words,
    ngettext,
    note_word,
    region_word,
    translated,
)
from tests.factories import BOX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum


CARRIERS = {
    "Problem": 2,
    "Skipped": 1,
    "OutputError": 0,
    "UsageError": 0,
    "UnwritableError": 0,
    "InUseError": 0,
}
"""Position of the message among the arguments of what carries one."""


@pytest.fixture
def vietnamese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "vi")
    catalogue.cache_clear()
    yield
    monkeypatch.undo()
    catalogue.cache_clear()


@pytest.mark.parametrize(
    ("name", "enum"),
    [
        ("FIELD_WORDS", Field),
        ("KIND_WORDS", CardKind),
        ("SIDE_WORDS", Side),
        ("WHERE_WORDS", Where),
        ("RULE_WORDS", Rule),
        ("OUTCOME_WORDS", Outcome),
    ],
)
def test_every_member_of_an_enum_has_its_words(name: str, enum: type[StrEnum]) -> None:
    missing = [member for member in enum if member not in getattr(messages, name)]
    assert not missing, f"{name} in idscan/report/messages.py has no row for {missing}"


def test_every_document_has_its_words_in_reports() -> None:
    for document in all_documents():
        assert card_words(document.kind, Side.UNKNOWN)


def test_an_unknown_side_is_left_out() -> None:
    assert card_words(CardKind.CCCD_CHIP, Side.BACK) == "CCCD (chip), back"
    assert card_words(CardKind.CMND_9, Side.UNKNOWN) == "CMND (9 digits)"


def test_english_messages_stay_as_they_are() -> None:
    assert translated(message("truncated")) == message("truncated") == TEXTS["truncated"]
    text = "not a picture (content is PDF)"
    assert translated(message("not_an_image_content", content="PDF")) == text
    assert translated("It ends early.") == "It ends early."


def test_a_region_is_called_after_its_field_or_else_its_rule() -> None:
    assert region_word(Region(Field.QR, BOX, Rule.SYMBOL)) == "QR code"
    assert region_word(Region(None, BOX, Rule.CARD)) == "whole card"


def test_words_that_nobody_knows_are_spelled_out() -> None:
    assert note_word("turned_upside_down") == "turned upside down"
    assert leak_words("heard_of") == "heard of"


def test_a_leak_is_told_with_its_field_where_that_is_known() -> None:
    assert leak_words("readable", [Field.NUMBER, Field.NAME]) == "number, name: can be read"
    assert leak_words("readable") == "can be read"


def calls_of_message() -> Iterator[tuple[str, set[str]]]:
    """Yield each key that the package makes a message of as it stands, with the names of the parameters."""
    for path in sorted(Path(idscan.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message":
                keys = [each for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
                for key in keys if isinstance(node.args[0], ast.Constant | ast.IfExp) else ():
                    if isinstance(key.value, str):
                        yield key.value, {str(keyword.arg) for keyword in node.keywords}


def test_every_key_has_a_text_with_just_its_parameters() -> None:
    calls = list(calls_of_message())
    assert len(calls) > 40
    for key, parameters in calls:
        assert set(re.findall(r"{(\w+)[^}]*}", TEXTS[key])) == parameters, key


def test_every_text_is_used() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for path in Path(idscan.__file__).parent.rglob("*.py")
        if path.parts[-2:] != ("core", "messages.py")
    ]
    made = {f"{kind}_part" for kind in PARTLY_DECODED}
    assert [key for key in TEXTS if key not in made and not any(f'"{key}"' in source for source in sources)] == []


def is_sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr | ast.BinOp) or (isinstance(node, ast.Constant) and bool(node.value))


def test_rooms_below_the_reports_raise_keys_and_no_sentences() -> None:
    sentences = []
    for room in ("core", "engines", "images", "vision", "cards", "pipeline", "run", "redact"):
        for path in sorted((Path(idscan.__file__).parent / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CARRIERS:
                    texts = node.args[CARRIERS[node.func.id] :][:1]
                    sentences += [f"{path.name}:{node.lineno}" for text in texts if is_sentence(text)]
    assert sentences == []


@pytest.mark.usefixtures("vietnamese")
def test_every_message_is_translated_with_its_parameters() -> None:
    for key, text in TEXTS.items():
        parameters = {name: f"<{name}>" for name in re.findall(r"{(\w+)[^}]*}", text)}
        shown = translated(message(key, **parameters))
        assert shown != message(key, **parameters)
        assert all(value in shown for value in parameters.values()), key


@pytest.mark.usefixtures("vietnamese")
def test_a_message_within_a_message_is_translated_too() -> None:
    reason = message("folder_not_listed", reason=message("path_too_long"))
    assert reason == "cannot list the folder: the path is too long for the system; move the folder nearer to the root"
    assert translated(reason).startswith("không liệt kê được thư mục: đường dẫn quá dài")


def test_a_message_keeps_its_key_on_the_way_to_another_process() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        error = pool.submit(copy, OutputError(message("output_not_writable", reason="full"))).result()
        missing = pool.submit(copy, EngineMissingError("zbar", "install it")).result()
    assert str(error) == "the output cannot be written: full"
    assert (error.message.key, error.message.parameters) == ("output_not_writable", {"reason": "full"})
    assert missing.message == "zbar is not available: install it"


@pytest.mark.usefixtures("vietnamese")
def test_vietnamese_words_follow_the_environment() -> None:
    assert field_word(Field.NAME) == "họ tên"
    assert card_words(CardKind.CCCD_CHIP, Side.FRONT) == "CCCD (gắn chip), mặt trước"
    assert translated(message("truncated")).startswith("Tệp bị cụt")
    assert translated("It sings.") == "It sings."
    assert translated(message("not_an_image_content", content="PDF")) == "không phải ảnh (nội dung: PDF)"
    assert ngettext("{count} person", "{count} people", 2) == "{count} người"


@pytest.mark.usefixtures("vietnamese")
def test_the_empty_message_is_not_the_header_of_the_catalogue() -> None:
    assert _("") == ""

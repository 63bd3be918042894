from __future__ import annotations

import ast
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

import idscan
from idscan.engines.registry import ENGINES
from idscan.report.messages import DOMAIN, ENGINE_USES, LOCALE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

PACKAGE = Path(idscan.__file__).parent
LANGUAGES = sorted(folder.name for folder in LOCALE_FOLDER.iterdir())
MARKS = {"_": 1, "N_": 1, "ngettext": 2}


def calls() -> Iterator[tuple[Path, str, list[ast.expr]]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                yield path, node.func.id, node.args


def source_messages() -> set[str]:
    return {
        argument.value
        for _path, mark, arguments in calls()
        for argument in arguments[: MARKS[mark]]
        if isinstance(argument, ast.Constant)
    }


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def file_of(language: str, suffix: str) -> Path:
    return LOCALE_FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def catalogue(language: str) -> Catalog:
    return read_po(io.BytesIO(file_of(language, "po").read_bytes()), locale=language)


def ids(catalogue: Catalog) -> set[str]:
    return {
        part
        for message in catalogue
        if message.id
        for part in ([message.id] if isinstance(message.id, str) else message.id)
    }


def test_there_is_a_vietnamese_catalogue() -> None:
    assert "vi" in LANGUAGES


def test_the_catalogue_has_the_messages_of_the_sources_and_no_others(language: str) -> None:
    found, wanted = ids(catalogue(language)), source_messages()
    name = file_of(language, "po").relative_to(PACKAGE.parent)
    assert not wanted - found, f"translate in {name}, then compile: {sorted(wanted - found)}"
    assert not found - wanted, f"no source has these messages of {name}: {sorted(found - wanted)}"


def test_every_message_is_translated_and_none_is_doubtful(language: str) -> None:
    for message in catalogue(language):
        strings = [message.string] if isinstance(message.string, str) else message.string
        assert all(strings), message.id
        assert not (message.id and message.fuzzy), message.id


SAME_TEXT = {"{possibility}": "{possibilities}", "{choice}": "{choices}"}
"""Placeholders of click's singular forms, which it fills with the text of the plural ones."""


def placeholders(text: str) -> set[str]:
    return {SAME_TEXT.get(found, found) for found in re.findall(r"{[^}]*}", text)}


def test_translations_have_the_placeholders_of_their_originals(language: str) -> None:
    for message in catalogue(language):
        originals = [message.id] if isinstance(message.id, str) else message.id
        strings = [message.string] if isinstance(message.string, str) else message.string
        if message.id:
            wanted = {placeholder for text in originals for placeholder in placeholders(text)}
            for string in strings:
                assert placeholders(string) == wanted, message.id


def test_the_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    made = io.BytesIO()
    write_mo(made, catalogue(language))
    hint = f"run: pybabel compile -d idscan/locale -D {DOMAIN}"
    assert translations(made.getvalue()) == translations(file_of(language, "mo").read_bytes()), hint


def translations(compiled: bytes) -> list[tuple[object, object]]:
    """Return what a compiled catalogue says; its header tells which version of the compiler made it."""
    return [(message.id, message.string) for message in read_mo(io.BytesIO(compiled)) if message.id]


def test_no_message_is_put_together_before_it_is_translated() -> None:
    assert [
        path.name for path, _mark, arguments in calls() if isinstance(arguments[0], ast.JoinedStr | ast.BinOp)
    ] == []


def test_what_engines_are_for_is_in_the_catalogue() -> None:
    wanted = {engine.absence for engine in ENGINES.values()}
    assert set(ENGINE_USES) == wanted, f"ENGINE_USES in idscan/report/messages.py needs a text for {sorted(wanted)}"

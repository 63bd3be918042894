"""Every table of facts knows its own examples and refuses its counter-examples."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import idscan.cards
from idscan.cards import FactTable

MODULES = [
    importlib.import_module(module.name) for module in pkgutil.walk_packages(idscan.cards.__path__, "idscan.cards.")
]
TABLES: list[FactTable] = [
    table
    for module in MODULES
    for name, tables in vars(module).items()
    if name.endswith("TABLES") and isinstance(tables, tuple)
    for table in tables
    if isinstance(table, FactTable)
]
MATCHING = [(table, text) for table in TABLES for text in table.matching]
NOT_MATCHING = [(table, text) for table in TABLES for text in table.not_matching]


def _name(value: object) -> str:
    return value.name if isinstance(value, FactTable) else ascii(value)


@pytest.mark.parametrize(("table", "text"), MATCHING, ids=_name)
def test_table_recognises_its_example(table: FactTable, text: str) -> None:
    assert table.recognise(text)


@pytest.mark.parametrize(("table", "text"), NOT_MATCHING, ids=_name)
def test_table_refuses_its_counter_example(table: FactTable, text: str) -> None:
    assert not table.recognise(text)


@pytest.mark.parametrize("table", TABLES, ids=_name)
def test_table_names_its_source_and_has_both_kinds_of_examples(table: FactTable) -> None:
    assert len(table.source) > 10
    assert table.matching
    assert table.not_matching


def test_tables_are_found_in_every_module_of_facts() -> None:
    assert len(TABLES) > 60
    assert len({table.name for table in TABLES}) > 50

"""Fonts of the made-up cards have every Vietnamese letter."""

from pathlib import Path
from random import Random

import pytest

from tests.synth.fonts import (
    DEFAULT_FAMILIES,
    Family,
    installed_families,
    missing_letters,
    pick_family,
    vietnamese_letters,
)


def test_there_are_134_letters_with_marks_and_the_plain_ones() -> None:
    letters = vietnamese_letters()
    assert len(letters) == len(set(letters))
    assert sum(not letter.isascii() for letter in letters) == 134


def families() -> list[Family]:
    return [pick_family(Random(1), role, (name,)) for name in installed_families() for role in ("sans", "serif")]


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_every_family_for_text_has_all_letters(family: Family) -> None:
    assert missing_letters(family.regular) == ""
    assert missing_letters(family.bold) == ""


def test_a_font_without_the_letters_is_noticed() -> None:
    mono = pick_family(Random(1), "mono", DEFAULT_FAMILIES)
    assert "ễ" in missing_letters(mono.regular)


def test_the_default_families_come_with_matplotlib() -> None:
    assert set(DEFAULT_FAMILIES) <= set(installed_families())
    for role in ("sans", "serif", "mono"):
        assert "matplotlib" in Path(pick_family(Random(1), role).regular).parts


def test_a_family_of_the_wanted_role_is_picked() -> None:
    assert pick_family(Random(1), "serif", ("DejaVu Sans", "DejaVu Serif")).name == "DejaVu Serif"
    assert pick_family(Random(1), "mono", ("DejaVu Sans",)).name == "DejaVu Sans Mono"

"""No citizen number in this repository can be a living person's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from idscan.cards.fields.numbers import CitizenNumber

ROOT = Path(__file__).parents[2]
PLACES = ("idscan", "tests", "sample_images", ".github", ".ci", "README.md", "pyproject.toml")
SUFFIXES = {".py", ".json", ".md", ".toml", ".po", ".svg", ".txt", ""}
TWELVE = re.compile(r"(?<!\d)\d{12}(?!\d)")
INVENTED_SERIAL = re.compile(r"\d{6}00000\d")
NO_NUMBERS = {
    "000201010211": "the head of a payment code",
    "123456789012": "counted up",
    "790123456789": "counted up, a driving licence's",
    "840912345678": "a phone number with its country code",
    "099000001700": "inside a machine-readable zone",
}


def suspicious(text: str) -> set[str]:
    found = {number for number in TWELVE.findall(text) if CitizenNumber.parse(number)}
    return {number for number in found if not INVENTED_SERIAL.fullmatch(number)} - set(NO_NUMBERS)


def files() -> list[Path]:
    found = [path for place in PLACES for path in [ROOT / place, *sorted((ROOT / place).rglob("*"))]]
    return [path for path in found if path.is_file() and path.suffix in SUFFIXES and "__pycache__" not in path.parts]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_number_in_a_file_is_invented(path: Path) -> None:
    assert suspicious(path.read_text("utf-8")) == set()


def test_a_number_that_could_be_somebodys_is_noticed() -> None:
    assert suspicious("x " + "0010991" + "23457 y")

"""Papers and screens that list people, from pixels to findings."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.cards.text import fold
from idscan.core.enums import Field
from idscan.core.settings import Settings
from idscan.core.types import FileInfo, Frame, ImageRef
from idscan.pipeline.scan import scan_frame
from idscan.run.scan import assign_persons
from tests.synth.papers import KINDS, Paper, PaperRow, make_paper
from tests.synth.people import make_person

if TYPE_CHECKING:
    from idscan.core.types import ImageResult


def scanned(paper: Paper) -> ImageResult:
    pixels = np.asarray(paper.image)
    height, width = pixels.shape[:2]
    frame = Frame(ImageRef("paper.png"), FileInfo("0" * 64, "PNG", width, height), (pixels,))
    return scan_frame(frame, Settings())


@cache
def paper_and_result(kind: str) -> tuple[Paper, ImageResult]:
    paper = make_paper(kind, 1, taken="flat")
    return paper, scanned(paper)


def numbers(result: ImageResult) -> set[str]:
    return {found.value.reveal() for found in result.all_findings if found.field is Field.NUMBER and found.value}


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_on_a_paper_is_found(kind: str) -> None:
    paper, result = paper_and_result(kind)
    assert {row.number for row in paper.rows} <= numbers(result)
    dates = {
        found.value.reveal() for found in result.all_findings if found.field is Field.DATE_OF_BIRTH and found.value
    }
    assert {row.date for row in paper.rows} <= dates


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_layout_with_other_numbers_tells_nothing(kind: str) -> None:
    assert not scanned(make_paper(kind, 1, is_harmless=True, taken="flat")).is_exposed


def test_each_row_of_a_table_is_one_person() -> None:
    paper, scan = paper_and_result("table")
    (result,) = assign_persons([scan])
    people: dict[str | None, dict[Field, str]] = {}
    for found in result.findings:
        if found.value is not None:
            people.setdefault(found.person, {})[found.field] = found.value.reveal()
    assert len(people) == len(paper.rows)
    assert {(one[Field.NUMBER], one[Field.DATE_OF_BIRTH]) for one in people.values()} == {
        (row.number, row.date) for row in paper.rows
    }


@pytest.mark.parametrize("way", [pytest.param("turned", marks=pytest.mark.slow), "photo"])
def test_a_list_is_found_in_a_photo_and_turned(way: str) -> None:
    paper = make_paper("list", 4, taken=way)
    assert {row.number for row in paper.rows} <= numbers(scanned(paper))


def test_numbers_whose_groups_stand_far_apart_are_found() -> None:
    """The detector takes each group of digits for a cell of its own."""
    image = Image.new("RGB", (1500, 700), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSansMono.ttf", 40)
    people = [make_person(seed) for seed in range(6)]
    for i, text in enumerate(("Ho va ten", "Ngay sinh", "So CCCD")):
        draw.text(((40, 560, 900)[i], 40), text, "black", font)
    for i, person in enumerate(people):
        y = 130 + 85 * i
        draw.text((40, y), person.name.split()[0] + f" Van {'ABCDEF'[i]}", "black", font)
        draw.text((560, y), f"{person.birth:%d/%m/%Y}", "black", font)
        for j in range(0, 12, 3):
            draw.text((900 + 34 * j, y), person.number[j : j + 3], "black", font)
    paper = Paper(image, "table", tuple(PaperRow(person.number, None, None) for person in people))
    assert {row.number for row in paper.rows} <= numbers(scanned(paper))


@pytest.mark.parametrize(
    ("kind", "seed"), [("parted", 1), ("parted", 2), ("certificate", 1), ("certificate", 4), ("vitae", 1)]
)
def test_names_without_a_label_of_their_own_are_found_whole(kind: str, seed: int) -> None:
    paper = make_paper(kind, seed, taken="flat")
    result = scanned(paper)
    found = {fold(found.value.reveal()) for found in result.all_findings if found.field is Field.NAME and found.value}
    assert found == {fold(row.name or "") for row in paper.rows}


@pytest.mark.parametrize("is_harmless", [False, True])
@pytest.mark.parametrize("seed", [1, 4])
def test_an_official_paper_is_no_card(seed: int, *, is_harmless: bool) -> None:
    assert not scanned(make_paper("certificate", seed, is_harmless=is_harmless, taken="flat")).cards

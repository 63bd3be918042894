from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from idscan.core.geometry import quad_from_box
from idscan.pipeline.character_boxes import find_character_boxes, read_character_boxes
from idscan.vision import perspective
from tests.synth.fonts import face, pick_family

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.vision.perspective import View

CELL, TOP, LEFT = 44, 40, 220


def form(value: str, *, gap: int = 0) -> View:
    """Draw a label and a field with one box per character."""
    page = Image.new("RGB", (LEFT + (CELL + gap) * len(value) + 60, 130), (255, 255, 255))
    draw = ImageDraw.Draw(page)
    font = face(pick_family(Random(1), "sans", ("DejaVu Sans",)).regular, 26)
    draw.text((10, TOP + 6), "Họ và tên:", font=font, fill=(20, 20, 24))
    for i, letter in enumerate(value):
        x = LEFT + i * (CELL + gap)
        draw.rectangle((x, TOP, x + CELL, TOP + CELL), outline=(90, 90, 96), width=2)
        draw.text((x + (CELL - font.getlength(letter)) / 2, TOP + 6), letter, font=font, fill=(20, 20, 24))
    return perspective.whole(np.asarray(page))


def characters(value: str, *, gap: int = 0) -> list[Quad]:
    """Return boxes as a detector gives them: one around each character, and the label's."""
    label = quad_from_box(6, TOP + 2, 150, TOP + 42)
    starts = [LEFT + i * (CELL + gap) for i, letter in enumerate(value) if letter != " "]
    return [label, *(quad_from_box(x + 5, TOP + 3, x + CELL - 5, TOP + CELL - 3) for x in starts)]


@pytest.mark.parametrize("value", ["001099000001", "15011999", "NGUYEN VAN MAU"])
@pytest.mark.parametrize("gap", [0, 6])
def test_a_field_with_a_box_per_character_is_read_as_one_line(value: str, gap: int) -> None:
    view = form(value, gap=gap)
    boxed = find_character_boxes(view, characters(value, gap=gap))
    assert boxed.others == (characters(value)[0],)
    assert [line.text.reveal() for line in read_character_boxes(view, boxed.fields)] == [value]


def test_characters_that_the_detector_missed_at_the_ends_are_read() -> None:
    value = "001099000001"
    view = form(value)
    label, *found = characters(value)
    boxed = find_character_boxes(view, [label, *found[2:-1]])
    assert [line.text.reveal() for line in read_character_boxes(view, boxed.fields)] == [value]


def test_a_field_that_was_found_as_one_line_is_known_by_its_rules() -> None:
    value = "001099000001"
    view = form(value)
    whole = quad_from_box(LEFT - 2, TOP - 2, LEFT + CELL * len(value) + 2, TOP + CELL + 2)
    boxed = find_character_boxes(view, [characters(value)[0], whole])
    assert [line.text.reveal() for line in read_character_boxes(view, boxed.fields)] == [value]


def test_a_label_that_was_found_with_its_boxes_is_a_line_of_its_own() -> None:
    value = "001099000001"
    view = form(value)
    whole = quad_from_box(6, TOP - 2, LEFT + CELL * len(value) + 2, TOP + CELL + 2)
    boxed = find_character_boxes(view, [whole])
    assert [line.text.reveal() for line in read_character_boxes(view, boxed.fields)] == [value]
    (label,) = boxed.others
    assert label[1][0] <= LEFT


def test_few_characters_far_apart_are_a_field_where_rules_stand_between_them() -> None:
    value = "15011999"
    view = form(value)
    label, *found = characters(value)
    boxed = find_character_boxes(view, [label, found[0], found[4]])
    assert [line.text.reveal() for line in read_character_boxes(view, boxed.fields)] == [value]
    assert boxed.others == (label,)


def test_a_date_whose_parts_stand_apart_is_one_field() -> None:
    parts = ("15", "01", "1999")
    page = Image.new("RGB", (LEFT + CELL * 10 + 60, 130), (255, 255, 255))
    draw = ImageDraw.Draw(page)
    font = face(pick_family(Random(1), "sans", ("DejaVu Sans",)).regular, 26)
    draw.text((10, TOP + 6), "Ngày sinh:", font=font, fill=(20, 20, 24))
    x, found = LEFT, [quad_from_box(6, TOP + 2, 160, TOP + 42)]
    for part in parts:
        for letter in part:
            draw.rectangle((x, TOP, x + CELL, TOP + CELL), outline=(90, 90, 96), width=2)
            draw.text((x + (CELL - font.getlength(letter)) / 2, TOP + 6), letter, font=font, fill=(20, 20, 24))
            found.append(quad_from_box(x + 5, TOP + 3, x + CELL - 5, TOP + CELL - 3))
            x += CELL
        x += 14
    view = perspective.whole(np.asarray(page))
    for seen in (found, [found[0], found[1], found[3], found[6]]):
        boxed = find_character_boxes(view, seen)
        assert [line.text.reveal() for line in read_character_boxes(view, boxed.fields)] == ["".join(parts)]
        assert boxed.others == (found[0],)


def test_short_cells_of_a_table_are_no_boxed_field() -> None:
    page = Image.new("RGB", (900, 130), (255, 255, 255))
    draw = ImageDraw.Draw(page)
    font = face(pick_family(Random(1), "sans", ("DejaVu Sans",)).regular, 26)
    cells = []
    for i in range(6):
        draw.rectangle((20 + 130 * i, 30, 150 + 130 * i, 80), outline=(90, 90, 96), width=2)
        draw.text((70 + 130 * i, 38), str(i + 3), font=font, fill=(20, 20, 24))
        cells.append(quad_from_box(66 + 130 * i, 36, 96 + 130 * i, 74))
    boxed = find_character_boxes(perspective.whole(np.asarray(page)), cells[::2])
    assert (boxed.fields, boxed.others) == ((), tuple(cells[::2]))


def test_other_lines_are_left_alone() -> None:
    view = form("")
    lines = [characters("")[0], quad_from_box(200, 10, 230, 40), quad_from_box(600, 80, 630, 110)]
    boxed = find_character_boxes(view, lines)
    assert (boxed.fields, boxed.others) == ((), tuple(lines))
    assert read_character_boxes(view, ()) == ()

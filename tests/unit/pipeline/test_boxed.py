from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from idscan.core.geometry import quad_from_box
from idscan.pipeline.boxed import find_boxed, read_boxed
from idscan.vision import warp
from tests.synth.fonts import face, pick_family

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.vision.warp import View

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
    return warp.whole(np.asarray(page))


def characters(value: str, *, gap: int = 0) -> list[Quad]:
    """Return boxes as a detector gives them: one around each character, and the label's."""
    label = quad_from_box(6, TOP + 2, 150, TOP + 42)
    starts = [LEFT + i * (CELL + gap) for i, letter in enumerate(value) if letter != " "]
    return [label, *(quad_from_box(x + 5, TOP + 3, x + CELL - 5, TOP + CELL - 3) for x in starts)]


@pytest.mark.parametrize("value", ["001099000001", "15011999", "NGUYEN VAN MAU"])
@pytest.mark.parametrize("gap", [0, 6])
def test_a_field_with_a_box_per_character_is_read_as_one_line(value: str, gap: int) -> None:
    view = form(value, gap=gap)
    boxed = find_boxed(view, characters(value, gap=gap))
    assert boxed.others == (characters(value)[0],)
    assert [line.text.reveal() for line in read_boxed(view, boxed.fields)] == [value]


def test_characters_that_the_detector_missed_at_the_ends_are_read() -> None:
    value = "001099000001"
    view = form(value)
    label, *found = characters(value)
    boxed = find_boxed(view, [label, *found[2:-1]])
    assert [line.text.reveal() for line in read_boxed(view, boxed.fields)] == [value]


def test_a_field_that_was_found_as_one_line_is_known_by_its_rules() -> None:
    value = "001099000001"
    view = form(value)
    whole = quad_from_box(LEFT - 2, TOP - 2, LEFT + CELL * len(value) + 2, TOP + CELL + 2)
    boxed = find_boxed(view, [characters(value)[0], whole])
    assert [line.text.reveal() for line in read_boxed(view, boxed.fields)] == [value]


def test_other_lines_are_left_alone() -> None:
    view = form("")
    lines = [characters("")[0], quad_from_box(200, 10, 230, 40), quad_from_box(600, 80, 630, 110)]
    boxed = find_boxed(view, lines)
    assert (boxed.fields, boxed.others) == ((), tuple(lines))
    assert read_boxed(view, ()) == ()

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.vision.ink_map import tight_line_boxes
from tests.synth.fonts import face, pick_family

BOX = quad_from_box(20, 10, 180, 50)


def drawn(text: str, *, rule: int | None = None, ink: int = 20) -> np.ndarray:
    page = Image.new("RGB", (200, 60), (250, 250, 250))
    family = pick_family(Random(1), "sans", ("DejaVu Sans",))
    ImageDraw.Draw(page).text((26, 22), text, font=face(family.regular, 15), fill=(ink, ink, ink))
    if rule is not None:
        ImageDraw.Draw(page).line((0, rule, 200, rule), fill=(ink, ink, ink))
    return np.asarray(page)


def heights(rgb: np.ndarray) -> tuple[float, float]:
    (quad,) = tight_line_boxes(rgb, [BOX])
    _, top, _, bottom = geometry.bounds(quad)
    return top, bottom


def test_empty_rows_around_print_are_left_out() -> None:
    top, bottom = heights(drawn("001099000001"))
    assert 20 < top < 25
    assert 36 < bottom < 42


def test_marks_above_and_below_letters_stay() -> None:
    plain, marked = heights(drawn("NGUYEN")), heights(drawn("NGUYỄN MẠC"))
    assert marked[0] < plain[0] - 2
    assert marked[1] > plain[1] + 1


@pytest.mark.parametrize("rule", [12, 48])
def test_rules_are_no_print(rule: int) -> None:
    assert heights(drawn("001099000001", rule=rule)) == heights(drawn("001099000001"))


@pytest.mark.parametrize("rgb", [drawn(""), drawn("001099000001", ink=235)])
def test_what_shows_no_print_stays_as_it_is(rgb: np.ndarray) -> None:
    assert tight_line_boxes(rgb, [BOX]) == (BOX,)


def test_a_tight_box_stays_as_it_is() -> None:
    tight = quad_from_box(20, 22, 180, 40)
    assert tight_line_boxes(drawn("Nguyễn gạo"), [tight]) == (tight,)

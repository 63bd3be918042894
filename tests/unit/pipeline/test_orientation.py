from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.cards.text import repair_digits
from idscan.core import geometry
from idscan.core.types import PrintedLine, Secret
from idscan.engines.registry import CHECKS_LINES
from idscan.pipeline.orientation import is_hard_to_read, rotated_text_pages, try_orientations
from idscan.pipeline.text_lines import TextPage, deskew_and_orient, detect_lines, read_lines
from idscan.vision import perspective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from tests.fakes.engines import FakeEngines

SENTENCES = ("Receipt for the repair", "Thanks for your visit", "Payment is due in May", "Please keep this copy")
SIZE = (900, 700)


def stamp(text: str, quarters: int = 0, *, is_mirrored: bool = False) -> Image.Image:
    """Return a line of text turned clockwise by quarters, on white."""
    font = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), 30)
    made = Image.new("RGB", (round(font.getlength(text)) + 20, 52), (250, 250, 250))
    ImageDraw.Draw(made).text((10, 6), text, font=font, fill=(20, 20, 20))
    made = made.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if is_mirrored else made
    return made.rotate(-90 * quarters, expand=True)


def page(*stamps: tuple[Image.Image, tuple[int, int]]) -> np.ndarray:
    made = Image.new("RGB", SIZE, (250, 250, 250))
    for picture, at in stamps:
        made.paste(picture, at)
    return np.asarray(made)


def upright_page() -> list[tuple[Image.Image, tuple[int, int]]]:
    return [(stamp(text), (60, 60 + 110 * i)) for i, text in enumerate(SENTENCES)]


def read(rgb: np.ndarray) -> tuple[TextPage, tuple[Quad, ...]]:
    view = perspective.whole(rgb)
    view, quads = deskew_and_orient(view, detect_lines(view, 900))
    return TextPage(view, read_lines(view, quads)), quads


def plain(text: str) -> str:
    """Return a text but for spaces and case: a small v is a V, a narrow space is none."""
    return "".join(text.split()).casefold()


def said(one: TextPage | None) -> set[str]:
    return {plain(line.text.reveal()) for line in one.lines} if one else set()


def said_by_all(text_pages: Sequence[TextPage]) -> set[str]:
    return set().union(*(said(one) for one in text_pages))


def test_an_ordinary_page_is_no_riddle_and_has_nothing_askew() -> None:
    one, quads = read(page(*upright_page()))
    assert said(one) == set(map(plain, SENTENCES))
    assert not is_hard_to_read(one, quads)
    assert rotated_text_pages(one, quads) == ()


def test_a_page_without_text_is_no_riddle() -> None:
    one, quads = read(page())
    assert not is_hard_to_read(one, quads)
    assert try_orientations(one, quads) is None


def test_a_mirrored_page_is_read_in_the_mirror_and_its_places_run_backwards() -> None:
    one, quads = read(np.ascontiguousarray(page(*upright_page())[:, ::-1]))
    assert is_hard_to_read(one, quads)
    other = try_orientations(one, quads)
    assert other is not None
    assert said(other) == set(map(plain, SENTENCES))
    for line in other.lines:
        place = other.view.source_quad(line.quad)
        assert geometry.is_mirrored(place)
        assert place[0][0] > place[1][0]  # the line begins at the right


def test_scribble_makes_no_more_sense_in_a_mirror() -> None:
    rng = np.random.default_rng(4)
    rgb = np.full((400, 700, 3), 245, np.uint8)
    for y in range(40, 360, 60):
        for x in range(40, 640, 9):
            rgb[y + rng.integers(0, 24) : y + 28, x : x + rng.integers(1, 7)] = 30
    one, quads = read(rgb)
    assert quads
    assert try_orientations(one, quads) is None


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_line_in_another_direction_is_read_as_well(quarters: int, *, is_mirrored: bool) -> None:
    odd = (stamp("Happy birthday Anna", quarters, is_mirrored=is_mirrored), (560, 300))
    one, quads = read(page(*upright_page(), odd))
    assert plain("Happy birthday Anna") in said_by_all(rotated_text_pages(one, quads))


def test_digits_upside_down_are_read_both_ways() -> None:
    one, quads = read(page(*upright_page(), (stamp("0010 9900 0001", 2), (500, 560))))
    read_as_digits = {repair_digits(text) for text in said_by_all(rotated_text_pages(one, quads))}
    assert plain("0010 9900 0001") in read_as_digits


def test_without_a_reader_of_print_nothing_is_read_askew(fake_engines: FakeEngines) -> None:
    one, quads = read(page(*upright_page()))
    fake_engines(CHECKS_LINES)
    fake_engines(CHECKS_LINES)
    assert rotated_text_pages(one, quads) == ()


def test_print_that_only_the_embedded_reader_knows_is_read_by_it() -> None:
    view = perspective.whole(page(*upright_page()))
    view, quads = deskew_and_orient(view, detect_lines(view, 900))
    unsure = tuple(PrintedLine(Secret("Pazmeat be doo lh"), quad, 0.5, "viet-lines") for quad in quads)
    other = try_orientations(TextPage(view, unsure), quads)
    assert said(other) == set(map(plain, SENTENCES))
    assert {line.engine for line in (other.lines if other else ())} == {"rapidocr"}


def test_print_that_the_first_reader_knows_is_left_to_it_however_unsure_it_is() -> None:
    view = perspective.whole(page(*upright_page()))
    view, quads = deskew_and_orient(view, detect_lines(view, 900))
    unsure = tuple(replace(line, confidence=0.5) for line in read_lines(view, quads))
    assert try_orientations(TextPage(view, unsure), quads) is None

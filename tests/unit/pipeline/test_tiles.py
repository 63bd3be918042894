from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from idscan.core import geometry
from idscan.core.enums import CardKind, Field, Side
from idscan.core.geometry import quad_from_box
from idscan.core.settings import Settings
from idscan.core.types import ImageRef, Secret
from idscan.pipeline import tiles
from idscan.pipeline.card import CardReading
from idscan.pipeline.page import PageReading
from idscan.pipeline.prefilter import PrefilterResult, UnreadableTextPolicy, prefilter_lines
from idscan.pipeline.scan import scan_image
from idscan.pipeline.tiles import refined_reading, transformed_reading
from tests import factories
from tests.synth import small
from tests.synth.backdrops import make_backdrop
from tests.synth.fonts import face, pick_family
from tests.synth.large import contact_sheet, large_photo, long_scroll
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from idscan.core.types import ImageResult
    from idscan.vision.perspective import View

PLACE = quad_from_box(10, 20, 110, 40)


def scanned(image: Image.Image, folder: Path, **settings: int) -> ImageResult:
    path = folder / "image.jpg"
    image.save(path, quality=92)
    return scan_image(ImageRef(str(path)), Settings(**settings))


def numbers(result: ImageResult) -> set[str]:
    found = (finding for finding in result.all_findings if finding.field is Field.NUMBER and finding.value)
    return {finding.value.reveal() for finding in found if finding.value is not None}


fact = partial(factories.fact, Field.NUMBER, quad=PLACE)


def print_of(pixels: int) -> ImageFont.FreeTypeFont:
    return face(pick_family(Random("print"), "sans").regular, pixels)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_small_card_in_an_image_that_is_read_at_reduced_size_is_read_at_full_size(
    tmp_path: Path, orientation: int
) -> None:
    photo, (truth,) = large_photo(3, Supplies(), 6, 420)
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo.save(path, quality=92, exif=exif)
    # As if it had 16 times as many pixels: the card has 105 pixels in the whole.
    result = scan_image(ImageRef(str(path)), Settings(working_pixels=500_000))
    assert numbers(result) == {truth.fields["number"].value}
    place = result.cards[0].quad
    turned = [(photo.height - y, x) for x, y in truth.quad] if orientation == 6 else truth.quad
    assert geometry.iou(place, geometry.quad_from_points(turned)) > 0.8


@pytest.mark.slow
def test_no_card_of_a_contact_sheet_is_left_out(tmp_path: Path) -> None:
    text_page, truths = contact_sheet(5, Supplies(), 4, 5, (340, 240))
    expected = {truth.fields["number"].value for truth in truths if "number" in truth.fields}
    assert numbers(scanned(text_page, tmp_path)) >= expected


def test_cards_in_a_long_scroll_are_read(tmp_path: Path) -> None:
    scroll, truths = long_scroll(2, Supplies(), 9000, 3)
    expected = {truth.fields["number"].value for truth in truths if "number" in truth.fields}
    assert numbers(scanned(scroll, tmp_path)) == expected


def test_fine_print_of_a_large_screenshot_is_read(tmp_path: Path) -> None:
    screen = Image.new("RGB", (3840, 2160), "white")
    draw = ImageDraw.Draw(screen)
    draw.text((2700, 1500), f"Số CCCD: {small.NUMBER}", fill="black", font=print_of(15))
    draw.text((200, 100), "A heading that everybody sees", fill="black", font=print_of(60))
    result = scanned(screen, tmp_path)
    assert numbers(result) == {small.NUMBER}
    assert geometry.centre(result.findings[0].quad or PLACE) == pytest.approx((2830, 1510), abs=60)


def looks(monkeypatch: pytest.MonkeyPatch, image: Image.Image, folder: Path) -> list[tuple[int, int]]:
    """Return the sizes of the parts that are looked at closer than the whole."""
    seen: list[tuple[int, int]] = []

    def noted(
        view: View, known: Sequence[geometry.Quad], *, policy: UnreadableTextPolicy, is_part: bool
    ) -> PrefilterResult:
        seen.append((view.width, view.height))
        return prefilter_lines(view, known, policy=policy, is_part=is_part)

    monkeypatch.setattr(tiles, "prefilter_lines", noted)
    scanned(image, folder)
    return seen


def test_rulings_are_no_print(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    form = Image.new("RGB", (3840, 2160), "white")
    draw = ImageDraw.Draw(form)
    for at in range(300, 2000, 150):
        draw.line((200, at, 3600, at + 12), fill="black", width=3)
        draw.line((2 * at, 200, 2 * at, 1900), fill="black", width=3)
    assert looks(monkeypatch, form, tmp_path) == []


def test_only_the_place_of_fine_print_is_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    screen = Image.new("RGB", (3840, 2160), "white")
    draw = ImageDraw.Draw(screen)
    for left, top in ((300, 300), (3000, 1500)):
        draw.text((left, top), "some words that say nothing of anybody", fill="black", font=print_of(15))
    seen = looks(monkeypatch, screen, tmp_path)
    assert len(seen) == 2
    assert max(width for width, _ in seen) < 600
    assert max(height for _, height in seen) < 200


def test_a_large_photo_without_print_gives_nothing(tmp_path: Path) -> None:
    ground = Image.fromarray(make_backdrop((3000, 2200), Random("ground")))
    result = scanned(ground, tmp_path)
    assert not result.is_exposed
    assert not result.problems


def test_a_closer_look_stands_for_what_it_shows_larger() -> None:
    card = CardReading(CardKind.CMND_9, Side.FRONT, quad_from_box(0, 0, 200, 120), 0.9, (fact("0"),))
    closer = CardReading(CardKind.CMND_9, Side.FRONT, quad_from_box(0, 0, 200, 120), 0.9, (fact("1"),))
    known = PageReading((card,), (fact("2", quad=quad_from_box(300, 20, 400, 40)),), ())
    seen = refined_reading(known, PageReading((closer,), (), ()))
    assert [one.facts[0].value for one in seen.cards] == [Secret("1")]
    assert [one.value for one in seen.facts] == [Secret("2")]


def test_a_reading_is_moved_with_all_its_places() -> None:
    reading = PageReading((), (fact("0"),), (), lines=(PLACE,), located=(PLACE,))
    there = transformed_reading(reading, 90, 80, 0.5)
    expected = quad_from_box(50, 50, 100, 60)
    places = [there.facts[0].quad, *there.lines, *there.located]
    assert all(np.allclose(np.array(place), np.array(expected)) for place in places)

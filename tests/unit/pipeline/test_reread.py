"""The place of a card is read with every reader that there is."""

from __future__ import annotations

import numpy as np
import pytest

from idscan.core.enums import CardKind, Field, Side
from idscan.core.geometry import quad_from_box
from idscan.pipeline.reread import reread_card
from tests.synth.cards import Face, draw_card
from tests.synth.people import make_person

CHIP = (CardKind.CCCD_CHIP, Side.FRONT)


@pytest.fixture(scope="module")
def card() -> tuple[np.ndarray, str]:
    person = make_person(4711)
    drawn = draw_card(Face("cccd_chip", "front"), 4711, person=person)
    return np.asarray(drawn.image.convert("RGB")), person.number


def on_table(card: np.ndarray) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    height, width = card.shape[:2]
    page = np.full((height + 200, width + 300, 3), 90, np.uint8)
    page[100 : 100 + height, 150 : 150 + width] = card
    return page, (150.0, 100.0, 150.0 + width, 100.0 + height)


def test_what_a_card_says_is_read_in_pixels_of_the_image(card: tuple[np.ndarray, str]) -> None:
    pixels, number = card
    page, box = on_table(pixels)
    again = reread_card(page, quad_from_box(*box), CHIP)
    told = {(fact.field, fact.value.reveal()) for fact in again.facts if fact.value is not None}
    assert (Field.NUMBER, number) in told
    lines = [seen for seen in again.texts if number in seen.text.reveal()]
    assert lines
    assert all(box[0] - 5 < x < box[2] + 5 and box[1] - 5 < y < box[3] + 5 for line in lines for x, y in line.quad)


def test_a_card_of_one_colour_says_nothing(card: tuple[np.ndarray, str]) -> None:
    page, box = on_table(np.full_like(card[0], 200))
    again = reread_card(page, quad_from_box(*box), CHIP)
    assert again.facts == ()
    assert not any(letter.isdigit() for seen in again.texts for letter in seen.text.reveal())

"""What is left of a card's front tells whether it was painted over or is merely hard to read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from idscan.vision.card_signs import SIZE, is_painted_over
from tests.synth.cards import Face, draw_card


def front(kind: str, seed: int = 5) -> np.ndarray:
    return np.asarray(draw_card(Face(kind, "front"), seed).image.convert("RGB").resize(SIZE))


def painted(card: np.ndarray, *, spared: slice | None = None) -> np.ndarray:
    width, height = SIZE
    result = card.copy()
    ramp = np.linspace(190, 220, width).astype(np.uint8)[None, :, None]
    result[round(0.36 * height) :] = ramp
    if spared is not None:
        result[spared] = card[spared]
    return result


@pytest.mark.parametrize("kind", ["cmnd_9", "cccd_chip", "can_cuoc"])
def test_a_front_of_which_only_the_heading_is_left_was_painted_over(kind: str) -> None:
    assert is_painted_over(painted(front(kind)))


@pytest.mark.parametrize("kind", ["cmnd_9", "cccd_chip", "can_cuoc"])
@pytest.mark.parametrize("how", ["as it is", "dark", "blurred"])
def test_a_front_that_is_hard_to_read_was_not(kind: str, how: str) -> None:
    card = front(kind)
    if how == "dark":
        card = (card // 6).astype(np.uint8)
    if how == "blurred":
        card = cv2.GaussianBlur(card, (0, 0), 3).astype(np.uint8)
    assert not is_painted_over(card)


@pytest.mark.parametrize("kind", ["cmnd_9", "cccd_chip", "can_cuoc"])
def test_one_line_that_is_left_is_enough(kind: str) -> None:
    assert not is_painted_over(painted(front(kind), spared=slice(round(0.5 * SIZE[1]), round(0.6 * SIZE[1]))))

"""Pictures as people redact them: good covers leave nothing of what stood there, bad ones leave something."""

from __future__ import annotations

import io
from functools import lru_cache
from random import Random

import numpy as np
import pytest
from PIL import Image

from tests.synth.cards import Face
from tests.synth.covers import BAD_KINDS, GOOD, GOOD_KINDS, badly_covered, part_of, spots_of, well_covered
from tests.synth.scenes import make_scene
from tests.synth.stock import Supplies
from tests.synth.truth import Scene, box_quad


@lru_cache(maxsize=1)
def scene() -> Scene:
    return make_scene("flat_scan", 3, supplies=Supplies(faces=(Face("cccd_chip", "front"),)))


def pixels_of(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_everything_that_tells_who_somebody_is_gets_covered() -> None:
    fields = {spot.field for spot in spots_of(scene().cards)}
    assert fields >= {"number", "name", "date_of_birth", "date_of_expiry"}
    assert {spot.source for spot in spots_of(scene().cards)} == {"print", "qr"}


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_a_good_cover_changes_the_middle_of_every_place(kind: str) -> None:
    after = pixels_of(well_covered(scene(), kind, Random(1)).data).astype(int)
    before = np.asarray(scene().image.convert("RGB")).astype(int)
    for spot in spots_of(scene().cards):
        inside = np.array(part_of(spot.quad, 0.1, 0.9, 0.2, 0.8))
        (left, top), (right, bottom) = inside.min(axis=0).astype(int), inside.max(axis=0).astype(int)
        part = (slice(top, bottom), slice(left, right))
        assert np.abs(after[part] - before[part]).mean() > 8


@pytest.mark.parametrize("kind", GOOD_KINDS)
def test_equal_seeds_give_equal_pictures(kind: str) -> None:
    assert well_covered(scene(), kind, Random(1)) == well_covered(scene(), kind, Random(1))


@pytest.mark.parametrize("kind", BAD_KINDS)
def test_every_bad_picture_can_be_opened(kind: str) -> None:
    assert pixels_of(badly_covered(scene(), kind, Random(1)).data).shape[2] == 3


def test_a_part_of_a_place_is_told_in_shares() -> None:
    assert part_of(box_quad(0, 0, 100, 10), 0.5, 1.0) == box_quad(50, 0, 100, 10)

"""A picture's look stays when it is copied, and differs between pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from idscan.vision.perceptual_hash import HASH_BITS, hash_distance, perceptual_hash
from tests.synth.planted import scenery
from tests.synth.scenes import make_scene


def look(image: Image.Image) -> int:
    return perceptual_hash(np.asarray(image.convert("RGB")))


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return make_scene("landscape", 3).image.resize((640, 480))


def test_copies_look_alike(photo: Image.Image) -> None:
    buffer = io.BytesIO()
    photo.resize((320, 240)).save(buffer, "JPEG", quality=50)
    copies = [photo.resize((320, 240)), Image.open(buffer), ImageEnhance.Brightness(photo).enhance(0.9)]
    for copy in copies:
        assert hash_distance(look(photo), look(copy)) <= HASH_BITS // 16


@pytest.mark.parametrize(
    "other",
    [make_scene("landscape", 4).image, make_scene("receipt", 1).image, scenery()],
    ids=["place", "receipt", "x"],
)
def test_other_pictures_do_not(photo: Image.Image, other: Image.Image) -> None:
    assert hash_distance(look(photo), look(other)) > HASH_BITS // 8


def test_a_mirrored_picture_looks_different(photo: Image.Image) -> None:
    assert hash_distance(look(photo), look(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT))) > HASH_BITS // 8


def test_an_empty_picture_looks_like_nothing_whatever_its_noise() -> None:
    noise = np.random.default_rng(1).integers(-1, 2, (300, 400, 1))
    grey = np.repeat(np.clip(128 + noise, 0, 255).astype(np.uint8), 3, axis=2)
    assert perceptual_hash(grey) == 0


def test_bits_run_from_the_top_left_and_tell_where_it_gets_brighter() -> None:
    ramp = np.repeat(np.linspace(0, 255, 400)[None, :], 300, axis=0).astype(np.uint8)
    assert perceptual_hash(np.repeat(ramp[..., None], 3, axis=2)) == (1 << HASH_BITS) - 1
    half = np.where(np.arange(300)[:, None] < 150, ramp, 200).astype(np.uint8)
    assert perceptual_hash(np.repeat(half[..., None], 3, axis=2)) == ((1 << HASH_BITS // 2) - 1) << (HASH_BITS // 2)


def test_distances_count_bits() -> None:
    assert hash_distance(0b1010, 0b0110) == 2
    assert hash_distance(5, 5) == 0


def test_the_smallest_picture_has_a_look() -> None:
    assert perceptual_hash(np.zeros((1, 1, 3), np.uint8)) == 0

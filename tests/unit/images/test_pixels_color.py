"""Our own profiles load everywhere and mean the colour spaces that they name."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from idscan.images.pixels import ProfileName, profile_bytes
from tests.synth.profiles import COLOUR_SPACES, colorants


@pytest.mark.parametrize(("name", "text"), [("srgb", "sRGB"), ("display_p3", "Display P3"), ("adobe_rgb", "Adobe RGB")])
def test_a_profile_is_small_and_loads(name: ProfileName, text: str) -> None:
    content = profile_bytes(name)
    assert len(content) < 600
    assert int.from_bytes(content[:4], "big") == len(content)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
    assert ImageCms.getProfileDescription(profile).strip() == text
    # Neither a date nor the name of a maker.
    assert content[24:36] == bytes(12)
    assert content[48:64] == bytes(16)


@pytest.mark.parametrize(
    ("name", "stored", "seen"),
    [
        ("srgb", (200, 100, 50), (200, 100, 50)),
        # Reference values: CSS Color 4, color(display-p3 ...) and color(a98-rgb ...) converted to sRGB.
        ("display_p3", (200, 100, 50), (215, 93, 31)),
        ("display_p3", (128, 128, 128), (128, 128, 128)),
        ("adobe_rgb", (200, 100, 50), (227, 100, 42)),
        ("adobe_rgb", (255, 255, 255), (255, 255, 255)),
    ],
)
def test_patches_come_out_right_in_srgb(
    name: ProfileName, stored: tuple[int, int, int], seen: tuple[int, int, int]
) -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(profile_bytes(name)))
    patch = Image.new("RGB", (1, 1), stored)
    converted = ImageCms.profileToProfile(patch, profile, ImageCms.createProfile("sRGB"), renderingIntent=1)
    assert converted is not None
    assert np.abs(np.asarray(converted)[0, 0].astype(int) - seen).max() <= 1


def test_the_colorants_of_srgb_are_those_of_its_published_profile() -> None:
    # IEC 61966-2-1 adapted to D50, as in the profiles of the ICC.
    published = [[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]]
    assert np.abs(colorants(COLOUR_SPACES["srgb"]) - published).max() < 3e-4

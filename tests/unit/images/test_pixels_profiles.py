"""Profiles are told by what they do to colours, and the others lead to sRGB."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from idscan.images.pixels import ProfileName, profile_bytes, read_profile
from tests.synth.profiles import COLOUR_SPACES, FOLDER, grey_profile, profiles


def renamed(profile: bytes) -> bytes:
    """Return a profile that calls itself something else."""
    for name in ("sRGB", "Display P3", "Adobe RGB"):
        profile = profile.replace(name.encode("utf-16-be"), ("x" * len(name)).encode("utf-16-be"))
    return profile


def exchanged(profile: bytes) -> bytes:
    """Return a profile in which red and green have changed places, but not the name."""
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")


def test_stored_profiles_are_those_that_the_generator_makes() -> None:
    assert {file.name: file.read_bytes() for file in FOLDER.iterdir()} == profiles()


@pytest.mark.parametrize("name", COLOUR_SPACES)
def test_a_profile_is_known_by_its_colours_and_not_by_its_name(name: ProfileName) -> None:
    assert read_profile(renamed(profile_bytes(name)), "RGB").name == name
    other = read_profile(exchanged(profile_bytes(name)), "RGB")
    assert other.name is None
    assert other.to_srgb is not None


def test_the_srgb_of_another_maker_is_srgb() -> None:
    assert read_profile(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), "RGB").name == "srgb"


def test_wide_spaces_are_converted_where_they_cannot_be_kept() -> None:
    profile = read_profile(profile_bytes("display_p3"), "RGB", keeps=False)
    assert profile.name is None
    assert profile.to_srgb is not None
    patch = np.asarray(profile.to_srgb(Image.new("RGB", (1, 1), (200, 100, 50))))[0, 0]
    assert np.abs(patch.astype(int) - (215, 93, 31)).max() <= 1
    srgb = read_profile(profile_bytes("srgb"), "RGB", keeps=False)
    assert (srgb.name, srgb.to_srgb) == (None, None)


def test_a_foreign_profile_leads_to_srgb() -> None:
    convert = read_profile(exchanged(profile_bytes("srgb")), "RGB").to_srgb
    assert convert is not None
    red = np.asarray(convert(Image.new("RGB", (1, 1), "red")))[0, 0]
    assert np.abs(red.astype(int) - (0, 255, 0)).max() <= 1


@pytest.mark.parametrize(("gamma", "is_common"), [(None, True), (2.2, True), (1.0, False), (1.8, False)])
def test_usual_greys_are_kept(gamma: float | None, *, is_common: bool) -> None:
    profile = read_profile(grey_profile(gamma), "L")
    assert (profile.to_srgb is None) is is_common
    assert profile.name is None


@pytest.mark.parametrize("content", [b"", b"junk", bytes(200), profile_bytes("srgb")[:200]])
def test_a_broken_profile_counts_as_none(content: bytes) -> None:
    for mode in ("L", "RGB", "CMYK"):
        profile = read_profile(content, mode)
        assert (profile.name, profile.to_srgb) == (None, None)


def test_a_profile_for_other_channels_counts_as_none() -> None:
    profile = read_profile(exchanged(profile_bytes("srgb")), "CMYK")
    assert (profile.name, profile.to_srgb) == (None, None)
    assert ImageCms.ImageCmsProfile(io.BytesIO(grey_profile(1.0))).profile.xcolor_space == "GRAY"

"""Colour profiles: interpret embedded ones, convert to sRGB, supply our own; all arithmetic is that of LittleCMS.

Our own profiles are data (`profiles/*.icc`), made by `tests.synth.profiles`. LittleCMS can write a profile of sRGB, but
one with a date and of several kilobytes, and none of the wider spaces through Pillow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ProfileName: TypeAlias = Literal["srgb", "display_p3", "adobe_rgb"]
"""Colour spaces whose pixels are kept: IEC 61966-2-1, Apple's Display P3 and Adobe RGB (1998)."""

_COMMON_GREYS = ("grey_srgb", "grey_gamma_2_2")
"""Tone curves of untagged grey images; pixels under them are kept untagged."""

_LEVELS = (0, 16, 48, 96, 144, 192, 240, 255)
"""Levels of the patches by which profiles are compared: more of them where the eye sees most."""

_LAB_TOLERANCE = 2
"""Steps of 8-bit L, a and b by which profiles of one space differ; plain gamma 2.2 is 7 off the curve of sRGB."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Treatment of the pixels under an embedded profile.

    Attributes:
        name: a space whose pixels are kept as they are; None where they are kept untagged or converted.
        to_srgb: converts an image of the mode that was asked about to RGB in sRGB; None where pixels are kept.
    """

    name: ProfileName | None = None
    to_srgb: Callable[[Image.Image], Image.Image] | None = None


_NO_PROFILE = Profile()


@lru_cache(maxsize=8)
def read_profile(icc: bytes, mode: str, *, keeps: bool = True) -> Profile:
    """Return how pixels under a profile are treated; a broken or unfit profile is ignored.

    A profile is recognised by the colours that it gives to patches, never by its name.

    Args:
        icc: its bytes.
        mode: of the images: "L", "RGB" or "CMYK".
        keeps: whether pixels of wide colour spaces may be kept; False where none but sRGB can be written.
    """
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        space = {"L": "GRAY"}.get(mode, mode)
        if profile.profile.xcolor_space.strip() != space:
            return _NO_PROFILE
        if mode == "L":
            return _NO_PROFILE if _is_common_grey(profile) else _converting(profile, mode)
        name = _recognised(profile) if mode == "RGB" else None
        if name == "srgb" or (name and keeps):
            return Profile(name if keeps else None)
        return _converting(profile, mode)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return _NO_PROFILE


def _converting(profile: ImageCms.ImageCmsProfile, mode: str) -> Profile:
    intent = ImageCms.Intent.PERCEPTUAL
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", intent)
    return Profile(None, lambda image: _applied(image, transform))


def _applied(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    return image if converted is None else converted


def _recognised(profile: ImageCms.ImageCmsProfile) -> ProfileName | None:
    seen = _patch_colours(profile, "RGB")
    names: tuple[ProfileName, ...] = get_args(ProfileName)
    return next((name for name in names if _are_alike(seen, _reference_colours(name, "RGB"))), None)


def _is_common_grey(profile: ImageCms.ImageCmsProfile) -> bool:
    seen = _patch_colours(profile, "L")
    return any(_are_alike(seen, _reference_colours(name, "L")) for name in _COMMON_GREYS)


def _are_alike(seen: NDArray[np.int64], expected: NDArray[np.int64]) -> bool:
    return bool(np.abs(seen - expected).max() <= _LAB_TOLERANCE)


@lru_cache(maxsize=8)
def _reference_colours(name: str, mode: str) -> NDArray[np.int64]:
    colours = _patch_colours(ImageCms.ImageCmsProfile(BytesIO(_stored(name))), mode)
    colours.setflags(write=False)
    return colours


def _patch_colours(profile: ImageCms.ImageCmsProfile, mode: str) -> NDArray[np.int64]:
    """Return L, a and b of patches under a profile, shape (patches, 3), a and b from -128 to 127."""
    levels = np.array(_LEVELS, np.uint8)
    grid = levels if mode == "L" else np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    patches = Image.fromarray(grid[None])
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("LAB"), mode, "LAB", intent)
    seen = np.asarray(_applied(patches, transform)).reshape(-1, 3)
    # Pillow stores a and b as signed bytes.
    return np.concatenate([seen[:, :1].astype(np.int64), seen[:, 1:].astype(np.int8).astype(np.int64)], axis=1)


def profile_bytes(name: ProfileName) -> bytes:
    """Return a profile of a few hundred bytes: primaries, white and tone curve; the same bytes at all times."""
    return _stored(name)


@lru_cache(maxsize=8)
def _stored(name: str) -> bytes:
    return (resources.files("idscan.images") / "profiles" / f"{name}.icc").read_bytes()

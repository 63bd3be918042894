"""Cards in wide colour spaces, in other kinds of pixels, and in one of several frames or pages."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from idscan.core.errors import ExitCode
from idscan.images.pixels import profile_bytes
from tests.fakes.process import idscan, tree
from tests.synth import small
from tests.synth.planted import encoded, scenery

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from idscan.images.pixels import ProfileName

SRGB = ImageCms.createProfile("sRGB")


def redacted(home: Path, files: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, dict[str, Any]]]:
    """Return the results, and the record of each first page."""
    (home / "in").mkdir()
    for name, content in files.items():
        (home / "in" / name).write_bytes(content)
    ended = idscan("redact", "in", "-o", "out", "--report", "record.json", cwd=home)
    assert ended.code == ExitCode.CLEAN, ended.err
    record = json.loads((home / "record.json").read_text("utf-8"))
    first = {image["path"].removeprefix("in/"): image for image in record["images"] if not image["page"]}
    return tree(home / "out"), first


def in_srgb(content: bytes) -> NDArray[np.float64]:
    """Return what a viewer that follows profiles shows."""
    with Image.open(io.BytesIO(content)) as picture:
        own = picture.info["icc_profile"]
        shown = ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(io.BytesIO(own)), SRGB)
    assert shown is not None
    return np.asarray(shown).astype(float)


def outside(image: dict[str, Any], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    free = np.ones(shape[:2], bool)
    for region in image["redaction"]["regions"]:
        left, top = np.maximum(0, np.array(region["quad"]).min(axis=0).astype(int) - 32)
        right, bottom = np.array(region["quad"]).max(axis=0).astype(int) + 32
        free[top:bottom, left:right] = False
    return free


def wide(name: ProfileName, format_name: str, picture: Image.Image) -> bytes:
    return encoded(picture, format_name, icc_profile=profile_bytes(name), quality=95)


def on_bright_ground(picture: Image.Image) -> Image.Image:
    """Return a picture on red and green that look quite different in each colour space."""
    whole = Image.new("RGB", (picture.width + 96, picture.height + 96), (220, 40, 60))
    whole.paste((40, 190, 70), (0, 0, whole.width // 2, whole.height))
    whole.paste(picture, (48, 48))
    return whole


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("display_p3", "JPEG"),
        pytest.param("display_p3", "PNG", marks=pytest.mark.slow),
        pytest.param("adobe_rgb", "JPEG", marks=pytest.mark.slow),
        pytest.param("adobe_rgb", "PNG", marks=pytest.mark.slow),
    ],
)
def test_colours_outside_the_regions_look_as_before(tmp_path: Path, name: ProfileName, format_name: str) -> None:
    suffix = format_name.lower()
    shown = {f"card.{suffix}": small.front(), f"clean.{suffix}": small.view()}
    pictures = {file: on_bright_ground(picture) for file, picture in shown.items()}
    files = {file: wide(name, format_name, picture) for file, picture in pictures.items()}
    out, record = redacted(tmp_path, files)
    assert record[f"card.{suffix}"]["redaction"]["outcome"] == "redacted"
    for file, content in files.items():
        before, after = in_srgb(content), in_srgb(out[file])
        free = outside(record[file], before.shape)
        assert free.mean() > 0.05
        assert np.abs(before[free].mean(axis=0) - after[free].mean(axis=0)).max() < 2
        # The profile mattered: without it these are other colours.
        bare = np.asarray(pictures[file]).astype(float)
        assert np.abs(before[free].mean(axis=0) - bare[free].mean(axis=0)).max() > 4


def of_16_bits(picture: Image.Image) -> bytes:
    deep = np.asarray(picture)[..., ::-1].astype(np.uint16) * 257
    return cv2.imencode(".png", deep)[1].tobytes()


def moving(format_name: str, **options: object) -> bytes:
    """Return an animation that shows a card in its second frame."""
    card = small.front()
    frames = [scenery(*card.size), card]
    return encoded(frames[0], format_name, save_all=True, append_images=frames[1:], duration=[100, 200], **options)


def unusual_pixels() -> dict[str, bytes]:
    """Return a card in files that do not hold RGB of 8 bits."""
    card = small.front()
    return {
        "cmyk.jpg": encoded(card.convert("CMYK"), "JPEG", quality=95),
        "grey.jpg": encoded(card.convert("L"), "JPEG", quality=95),
        "deep.png": of_16_bits(card),
        "palette.png": encoded(card.quantize(128), "PNG"),
    }


def animations() -> dict[str, bytes]:
    return {
        "moving.gif": moving("GIF"),
        "moving.webp": moving("WEBP", quality=95),
        "moving.png": moving("PNG"),
    }


def several_pages() -> dict[str, bytes]:
    """Return a card between two pages without one."""
    card = small.front()
    nothing = scenery(*card.size)
    return {"pages.tif": encoded(nothing, "TIFF", save_all=True, append_images=[card, nothing.rotate(180)])}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("make", [unusual_pixels, animations, several_pages])
def test_a_card_is_hidden_in_every_kind_of_pixels_and_on_every_page(
    tmp_path: Path, make: Callable[[], dict[str, bytes]]
) -> None:
    files = make()
    out, record = redacted(tmp_path, files)
    assert {name: image["redaction"]["outcome"] for name, image in record.items()} == dict.fromkeys(files, "redacted")
    assert set(out) == set(files)
    for name, content in files.items():
        with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(out[name])) as after:
            assert (after.format, after.size) == (before.format, before.size)
            assert getattr(after, "n_frames", 1) == getattr(before, "n_frames", 1)
    if "deep.png" in out:
        assert cv2.imdecode(np.frombuffer(out["deep.png"], np.uint8), cv2.IMREAD_UNCHANGED).dtype == np.uint16
    assert idscan("scan", "out", cwd=tmp_path).code == ExitCode.CLEAN

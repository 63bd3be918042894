from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from idscan.core.settings import Settings
from idscan.core.types import Frame, ImageRef, Unreadable
from idscan.images.embedded import embedded_parts
from idscan.images.load import load
from idscan.images.walk import find_images
from tests.synth.heif import heif_bytes, turned, with_auxiliary

if TYPE_CHECKING:
    from pathlib import Path

RED, BLUE = (200, 30, 30), (30, 30, 200)


def marked(size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Return a red image with a blue top left corner."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, 0, size[0] // 4, size[1] // 4))
    return image


def page(path: Path, content: bytes, number: int = 0, pages: int = 1) -> Frame:
    path.write_bytes(content)
    loaded = load(ImageRef(str(path), page=number, pages=pages), Settings())
    assert isinstance(loaded, Frame), loaded
    return loaded


def is_near(pixel: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 12)


def test_every_top_level_image_is_a_page(tmp_path: Path) -> None:
    path = tmp_path / "burst.heic"
    content = heif_bytes(marked(), Image.new("RGB", (160, 100), BLUE))
    first = page(path, content, 0, 2)
    assert first.info.format == "HEIF"
    assert first.layers[0].shape == (200, 320, 3)
    assert is_near(first.layers[0][10, 10], BLUE)
    assert is_near(first.layers[0][150, 200], RED)
    second = page(path, content, 1, 2)
    assert second.layers[0].shape == (100, 160, 3)
    assert is_near(second.layers[0][50, 80], BLUE)


def test_pages_are_turned_by_their_box_and_not_by_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    written = heif_bytes(marked(), exif=exif.tobytes())
    # The encoder would turn an orientation into a box.
    entry = b"\x01\x12\0\x03\0\0\0\x01\0"
    assert written.count(entry + b"\x01") == 1
    content = written.replace(entry + b"\x01", entry + b"\x06")
    upright = page(tmp_path / "a.heic", content)
    assert upright.layers[0].shape == (200, 320, 3)
    assert is_near(upright.layers[0][10, 10], BLUE)
    by_box = page(tmp_path / "b.heic", turned(content, 1))
    assert by_box.layers[0].shape == (320, 200, 3)
    assert is_near(by_box.layers[0][310, 10], BLUE)


def test_auxiliary_images_are_examined(tmp_path: Path) -> None:
    path = tmp_path / "hdr.heic"
    path.write_bytes(with_auxiliary(heif_bytes(marked(), Image.new("L", (160, 100), 90))))
    assert [ref.pages for ref in find_images([str(path)], Settings()) if isinstance(ref, ImageRef)] == [1]
    (image,) = embedded_parts(str(path), Settings()).images
    assert image.layers[0].shape == (100, 160, 3)
    assert is_near(image.layers[0][50, 80], (90, 90, 90))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_file_that_is_cut_short_is_a_problem(tmp_path: Path, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 320, 3), np.uint8))
    content = heif_bytes(noise)
    path = tmp_path / "a.heic"
    path.write_bytes(content[: int(share * len(content))])
    loaded = load(ImageRef(str(path)), Settings())
    problems = (loaded.problem,) if isinstance(loaded, Unreadable) else loaded.problems
    assert [problem.kind for problem in problems] == ["truncated"]


def test_damaged_files_raise_nothing(tmp_path: Path) -> None:
    content = with_auxiliary(heif_bytes(marked(), Image.new("L", (160, 100), 90)))
    path, random = tmp_path / "a.heic", Random(7)
    for _ in range(150):
        changed = bytearray(content)
        for _ in range(random.randint(1, 6)):
            changed[random.randrange(len(changed))] = random.randrange(256)
        path.write_bytes(changed)
        loaded = load(ImageRef(str(path)), Settings())
        assert isinstance(loaded, (Frame, Unreadable))
        embedded_parts(str(path), Settings())


def test_images_above_the_pixel_limit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(heif_bytes(marked()))
    loaded = load(ImageRef(str(path)), Settings(max_pixels=10_000))
    assert isinstance(loaded, Unreadable)
    assert loaded.problem.kind == "too_large"


def test_an_image_sequence_is_no_still(tmp_path: Path) -> None:
    path = tmp_path / "a.heics"
    path.write_bytes(heif_bytes(marked()) + b"\0\0\0\x10moov\0\0\0\x08mvhd")
    loaded = load(ImageRef(str(path)), Settings())
    assert isinstance(loaded, Unreadable)
    assert loaded.problem.kind == "unsupported_format"

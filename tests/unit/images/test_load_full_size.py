from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from idscan.images.load import FullSizeImage, FullSizeJpeg
from idscan.images.pixels import upright_layers
from tests.synth.planted import scenery

BOX = (31, 17, 132, 98)


def stored(mode: str = "RGB") -> tuple[bytes, Image.Image]:
    buffer = io.BytesIO()
    scenery(211, 153).convert(mode).save(buffer, "JPEG", quality=95)
    with Image.open(buffer) as image:
        return buffer.getvalue(), image.convert("RGB")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_part_is_what_the_whole_shows_there(mode: str, orientation: int) -> None:
    data, image = stored(mode)
    (whole,) = upright_layers(image, orientation, image.size)
    left, top, right, bottom = BOX
    for source in (FullSizeImage(image, orientation), FullSizeJpeg(data, image.size, orientation)):
        assert source.size == whole.shape[1::-1]
        (part,) = source.part(BOX, 1000)
        off = np.abs(part.astype(int) - whole[top:bottom, left:right])
        assert part.shape == (bottom - top, right - left, 3)
        assert off.mean() < 3
        (reduced,) = source.part(BOX, 60)
        assert max(reduced.shape[:2]) <= 60


@pytest.mark.parametrize("orientation", [1, 6, 7])
def test_brightness_comes_in_pieces_that_lie_where_they_say(orientation: int) -> None:
    data, image = stored()
    (whole,) = upright_layers(image, orientation, image.size)
    for source in (FullSizeImage(image, orientation), FullSizeJpeg(data, image.size, orientation)):
        for left, top, grey in source.greys():
            there = whole[top : top + grey.shape[0], left : left + grey.shape[1]].mean(axis=2)
            assert np.abs(grey - there).mean() < 25
            assert grey.shape == whole.shape[:2]

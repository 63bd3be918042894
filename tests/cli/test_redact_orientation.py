"""One card stored in each of the eight ways that EXIF knows: all are hidden, and all come out upright and alike."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from idscan.core.errors import ExitCode
from tests.fakes.process import idscan, tree
from tests.synth import small
from tests.synth.planted import encoded

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Turn = Image.Transpose

STORED_BY = {
    1: None,
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_90,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_270,
}
"""What is done to the upright picture so that a viewer that follows the tag undoes it (EXIF 2.32, 4.6.4)."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of one picture in several orientations."""

    code: int
    out: dict[str, bytes]
    record: dict[str, Any]


def stored(upright: Image.Image, tag: int, format_name: str, **options: object) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = tag
    how = STORED_BY[tag]
    turned = upright if how is None else upright.transpose(how)
    return encoded(turned, format_name, exif=exif.tobytes(), **options)


def redacted(home: Path, files: dict[str, bytes]) -> Turned:
    (home / "in").mkdir()
    for name, content in files.items():
        (home / "in" / name).write_bytes(content)
    ended = idscan("redact", "in", "-o", "out", "--report", "record.json", cwd=home)
    return Turned(ended.code, tree(home / "out"), json.loads((home / "record.json").read_text("utf-8")))


TAGS = [
    pytest.param((6,), id="turned"),
    pytest.param(tuple(STORED_BY), id="all", marks=pytest.mark.slow),
]


def pixels(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content)) as picture:
        assert not picture.getexif()
        return np.asarray(picture.convert("RGB"))


def outside(record: dict[str, Any], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels are in no region of any picture, nor within two blocks of one."""
    free = np.ones(shape[:2], bool)
    for image in record["images"]:
        for region in image["redaction"]["regions"]:
            left, top = np.maximum(0, np.array(region["quad"]).min(axis=0).astype(int) - 32)
            right, bottom = np.array(region["quad"]).max(axis=0).astype(int) + 32
            free[top:bottom, left:right] = False
    return free


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tags", TAGS)
def test_turned_pngs_give_one_upright_picture(tmp_path: Path, tags: tuple[int, ...]) -> None:
    turned = redacted(tmp_path, {f"{tag}.png": stored(small.front(), tag, "PNG") for tag in tags})
    assert turned.code == ExitCode.CLEAN
    results = [pixels(turned.out[f"{tag}.png"]) for tag in tags]
    assert {result.shape for result in results} == {(384, 576, 3)}
    assert all(np.array_equal(results[0], other) for other in results[1:])
    upright = np.asarray(small.front())
    free = outside(turned.record, upright.shape)
    assert free.any()
    assert np.array_equal(results[0][free], upright[free])
    assert not np.array_equal(results[0], upright)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("tags", TAGS[1:])
def test_turned_jpegs_are_all_hidden_and_upright(tmp_path: Path, tags: tuple[int, ...]) -> None:
    files = {f"{tag}.jpg": stored(small.front(), tag, "JPEG", quality=95) for tag in tags}
    turned = redacted(tmp_path, files)
    assert turned.code == ExitCode.CLEAN
    assert {image["redaction"]["outcome"] for image in turned.record["images"]} == {"redacted"}
    results = [pixels(turned.out[name]).astype(int) for name in files]
    assert {result.shape for result in results} == {(384, 576, 3)}
    upright = np.asarray(small.front()).astype(int)
    free = outside(turned.record, upright.shape)
    assert free.mean() > 0.05
    for one, other in pairwise([upright, *results]):
        assert np.abs(one - other)[free].mean() < 3
    assert np.abs(results[0] - upright)[~free].mean() > 10

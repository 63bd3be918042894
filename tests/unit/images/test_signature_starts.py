"""Images and videos are found among other bytes, and videos are left out whole."""

from __future__ import annotations

import random
import struct

import pytest

from idscan.images.embedded import without_videos
from idscan.images.signature import image_starts
from tests.synth.planted import encoded, scenery

NOISE = random.Random(4).randbytes(3000)
BEFORE, BEHIND = b"before " * 9, b" behind" * 9


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


MP4 = box(b"ftyp", b"mp42\0\0\0\0isom") + box(b"moov", NOISE) + box(b"mdat", NOISE)
LONG = box(b"ftyp", b"qt  \0\0\0\0qt  ") + struct.pack(">I4sQ", 1, b"mdat", 16 + len(NOISE)) + NOISE
AVI = b"RIFF" + struct.pack("<I", 8 + len(NOISE)) + b"AVI LIST" + NOISE


@pytest.mark.parametrize("video", [MP4, LONG, AVI, MP4 + MP4], ids=["MP4", "64-bit length", "AVI", "two"])
def test_a_video_is_left_out_and_what_stands_around_it_kept(video: bytes) -> None:
    assert without_videos(BEFORE + video + BEHIND) == (BEFORE + BEHIND, True)


@pytest.mark.parametrize("video", [MP4[:-500], b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm" + NOISE])
def test_a_video_without_an_end_goes_on_to_the_last_byte(video: bytes) -> None:
    assert without_videos(BEFORE + video) == (BEFORE, True)


@pytest.mark.parametrize("data", [b"", NOISE, BEFORE, b"RIFF", b"ftyp", encoded(scenery(), "AVIF")])
def test_other_bytes_are_kept_as_they_are(data: bytes) -> None:
    assert without_videos(data) == (data, False)


@pytest.mark.parametrize("pillow_format", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_images_are_found_wherever_they_begin(pillow_format: str) -> None:
    image = encoded(scenery(), pillow_format)
    assert {len(BEFORE), len(BEFORE) + len(image) + len(NOISE)} <= set(image_starts(BEFORE + image + NOISE + image))
    assert image_starts(BEFORE) == []

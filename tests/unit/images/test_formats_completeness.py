"""Telling a file that was cut from one that is broken."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from idscan.images.formats import handler_named


def encoded(format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(buffer, format_name, **options)
    return buffer.getvalue()


FORMATS = [
    ("JPEG", {}),
    ("PNG", {}),
    ("GIF", {}),
    ("WEBP", {}),
    ("BMP", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"big_tiff": True, "compression": "tiff_lzw"}),
    ("AVIF", {}),
]


@pytest.mark.parametrize(("format_name", "options"), FORMATS)
def test_a_whole_file_does_not_end_too_early(format_name: str, options: dict[str, object]) -> None:
    assert not handler_named(format_name).is_cut_short(io.BytesIO(encoded(format_name, **options)))


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF"])
def test_a_cut_file_ends_too_early(format_name: str) -> None:
    content = encoded(format_name)
    assert handler_named(format_name).is_cut_short(io.BytesIO(content[: len(content) * 3 // 4]))


@pytest.mark.parametrize(
    ("format_name", "content"),
    [
        ("WEBP", b"RIFF"),
        ("BMP", b"BM\x00"),
        ("TIFF", b"II*\x00"),
        ("TIFF", b"MM\x00*\x00\x00\x10\x00"),
        ("TIFF", b"II+\x00\x08\x00\x00\x00" + struct.pack("<Q", 4096)),
        ("AVIF", b"\x00\x00\x00\x01mdat"),
        ("AVIF", b"\x00\x00\x00\x01mdat" + struct.pack(">Q", 1000)),
    ],
)
def test_a_header_that_is_cut_or_points_beyond_the_end_tells(format_name: str, content: bytes) -> None:
    assert handler_named(format_name).is_cut_short(io.BytesIO(content))


def test_a_box_that_reaches_to_the_end_of_the_file_is_whole() -> None:
    assert not handler_named("AVIF").is_cut_short(io.BytesIO(b"\x00\x00\x00\x00mdat" + bytes(50)))


def test_formats_that_do_not_tell_their_length_are_taken_for_whole() -> None:
    assert not handler_named("PPM").is_cut_short(io.BytesIO(b"P6"))

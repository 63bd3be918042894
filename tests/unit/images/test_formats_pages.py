"""Counting pages by headers alone."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from idscan.images.formats import handler_named
from idscan.images.formats.base import COUNT_LIMIT


def frames(count: int, size: tuple[int, int] = (8, 8)) -> list[Image.Image]:
    return [Image.new("RGB", size, (40 * number % 256, 90, 200 - 20 * number)) for number in range(count)]


def animated(format_name: str, count: int, **options: object) -> io.BytesIO:
    first, *others = frames(count)
    buffer = io.BytesIO()
    first.save(buffer, format_name, save_all=True, append_images=others, **options)
    return buffer


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(
    ("pillow_format", "count", "options"),
    [
        ("TIFF", 1, {}),
        ("TIFF", 5, {}),
        ("TIFF", 3, {"big_tiff": True}),
        ("TIFF", 3, {"compression": "tiff_lzw"}),
        ("GIF", 1, {}),
        ("GIF", 5, {}),
        ("PNG", 1, {}),
        ("PNG", 5, {}),
        ("PNG", 3, {"default_image": True}),
        ("WEBP", 1, {}),
        ("WEBP", 5, {}),
        ("AVIF", 1, {}),
        ("AVIF", 5, {}),
        ("MPO", 1, {}),
        ("MPO", 2, {}),
    ],
)
def test_the_count_is_what_the_decoder_can_seek_to(pillow_format: str, count: int, options: dict[str, object]) -> None:
    buffer = animated(pillow_format, count, **options)
    counted = handler_named("JPEG" if pillow_format == "MPO" else pillow_format).count_pages(buffer)
    buffer.seek(0)
    with Image.open(buffer) as image:
        assert counted == getattr(image, "n_frames", 1) == count


def test_a_phone_photo_whose_second_picture_was_dropped_has_one_page() -> None:
    whole = animated("MPO", 2).getvalue()
    first_end = whole.index(b"\xff\xd9") + 2
    assert handler_named("JPEG").count_pages(io.BytesIO(whole)) == 2
    assert handler_named("JPEG").count_pages(io.BytesIO(whole[:first_end])) == 1


def test_an_animated_png_that_announces_more_frames_than_it_has_is_counted_by_what_it_has() -> None:
    data = animated("PNG", 3).getvalue()
    start = data.index(b"acTL") - 4
    forged = data[:start] + png_chunk(b"acTL", struct.pack(">II", 1_000_000, 0)) + data[start + 20 :]
    assert handler_named("PNG").count_pages(io.BytesIO(forged)) == 3


def test_an_impossible_number_of_png_frames_makes_a_still_picture() -> None:
    data = animated("PNG", 3).getvalue()
    start = data.index(b"acTL") - 4
    forged = data[:start] + png_chunk(b"acTL", struct.pack(">II", 2**32 - 1, 0)) + data[start + 20 :]
    assert handler_named("PNG").count_pages(io.BytesIO(forged)) == 1


def test_tiff_directories_in_a_circle_end() -> None:
    data = bytearray(animated("TIFF", 3).getvalue())
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * entries, first)
    assert handler_named("TIFF").count_pages(io.BytesIO(bytes(data))) == 1


def test_a_tiff_page_beyond_the_end_of_the_file_is_counted_so_that_loading_it_can_complain() -> None:
    buffer = io.BytesIO()
    Image.new("L", (4, 4)).save(buffer, "TIFF")
    data = bytearray(buffer.getvalue())
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * entries, len(data) + 1000)
    assert handler_named("TIFF").count_pages(io.BytesIO(bytes(data))) == 2


@pytest.mark.timeout(20)
def test_an_endless_chain_of_tiff_directories_stops_at_the_limit() -> None:
    directory = b"".join(struct.pack("<HI", 0, 8 + 6 * number) for number in range(1, COUNT_LIMIT + 500))
    assert handler_named("TIFF").count_pages(io.BytesIO(b"II*\x00" + struct.pack("<I", 8) + directory)) == COUNT_LIMIT


@pytest.mark.timeout(20)
def test_a_gif_of_countless_empty_frames_stops_at_the_limit() -> None:
    frame = b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00"
    data = b"GIF89a\x01\x00\x01\x00\x00\x00\x00" + frame * (COUNT_LIMIT + 500) + b";"
    assert handler_named("GIF").count_pages(io.BytesIO(data)) == COUNT_LIMIT


@pytest.mark.parametrize("format_name", ["PNG", "GIF", "WEBP", "TIFF", "JPEG", "AVIF"])
@pytest.mark.parametrize("data", [b"", b"\xff" * 64, b"\x00" * 64, b"II+\x00" + b"\xff" * 60, b"\xff\xd8\xff\xe2\x00"])
def test_senseless_headers_count_as_one_page(format_name: str, data: bytes) -> None:
    assert handler_named(format_name).count_pages(io.BytesIO(data)) in {1, 2}


def test_formats_without_pages_have_one() -> None:
    assert handler_named("BMP").count_pages(io.BytesIO(b"BM")) == 1

"""Telling files by their content."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from idscan.images.formats import handler_named
from idscan.images.signature import has_image_suffix, is_text, other_content, reason_to_skip, sniff


def encoded(format_name: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (16, 16)).save(buffer, format_name, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("pillow_format", "mode"),
    [
        ("JPEG", "RGB"),
        ("PNG", "RGB"),
        ("GIF", "P"),
        ("WEBP", "RGB"),
        ("BMP", "RGB"),
        ("BMP", "1"),
        ("TIFF", "RGB"),
        ("AVIF", "RGB"),
        ("JPEG2000", "RGB"),
        ("PPM", "RGB"),
        ("PPM", "L"),
        ("PPM", "1"),
        ("ICO", "RGBA"),
        ("PCX", "RGB"),
    ],
)
def test_what_pillow_writes_is_recognised_under_pillows_name(pillow_format: str, mode: str) -> None:
    assert sniff(encoded(pillow_format, mode)) == pillow_format
    assert handler_named(pillow_format).pages is not None


@pytest.mark.parametrize(
    ("head", "format_name"),
    [
        (b"MM\x00*\x00\x00\x00\x08", "TIFF"),
        (b"II+\x00\x08\x00\x00\x00", "TIFF"),
        (b"8BPS\x00\x01", "PSD"),
        (b"\xff\x4f\xff\x51\x00", "JPEG2000"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", "AVIF"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif", "AVIF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIF"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "HEIF"),
        (b"P6\n# made by a scanner\n10 10\n255\n", "PPM"),
    ],
)
def test_supported_variants_are_recognised(head: bytes, format_name: str) -> None:
    assert sniff(head) == format_name
    assert handler_named(format_name).pages is not None


@pytest.mark.parametrize(
    ("head", "format_name"),
    [
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "CR3"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "CR2"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"qoif\x00\x00\x00\x10", "QOI"),
        (b"DDS \x7c\x00\x00\x00", "DDS"),
        (b"#?RADIANCE\n", "Radiance HDR"),
        (b"FUJIFILMCCD-RAW ", "RAF"),
    ],
)
def test_pictures_without_a_decoder_are_recognised_but_not_supported(head: bytes, format_name: str) -> None:
    assert sniff(head) == format_name
    assert handler_named(format_name).pages is None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"BM is how this note begins, and nothing else",
        b"P1 is the first point of the agenda",
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"\xd7\xcd\xc6\x9a",
        b"II",
    ],
)
def test_other_files_are_no_pictures(head: bytes) -> None:
    assert sniff(head) is None


@pytest.mark.parametrize(
    ("head", "content"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\xef\xbb\xbf <!DOCTYPE html><html>", "HTML"),
        (b"<html><body>404 Not Found</body></html>", "HTML"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">', "SVG"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"\x7fELF\x02\x01\x01", "a program"),
        (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X", "macOS file attributes"),
        (b"\x00\x00\x00\x18ftypisom", "a video"),
        (b"Xin ch\xc3\xa0o\n", "text"),
        ("Tiếng Việt".encode()[:-1], "text"),
        ("\ufeffghi chú".encode("utf-16-le"), "text"),
        (b"\x1b[31mred\x1b[0m", "text"),
    ],
)
def test_plain_other_content_is_named(head: bytes, content: str) -> None:
    assert other_content(head) == content


@pytest.mark.parametrize("head", [b"", b"\x00\x01\x02", b"\xff\xfe\x00\xdc", b"caf\xe9 latin-1 \xe0\xe0"])
def test_binary_content_is_not_text(head: bytes) -> None:
    assert not is_text(head)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.JPG", True),
        ("dir.png/notes", False),
        ("x.heic", True),
        (".jpg", False),
        ("a.jpg.txt", False),
        ("a\n.webp", True),
    ],
)
def test_picture_suffix_is_that_of_the_last_part_of_the_path(name: str, expected: bool) -> None:
    assert has_image_suffix(name) is expected


def test_a_picture_is_one_whatever_its_name() -> None:
    assert reason_to_skip(encoded("PNG"), "notes.txt") is None
    assert reason_to_skip(b"\x00\x00\x00\x18ftypheic", "thing") is None


def test_a_broken_photo_is_not_forgotten() -> None:
    assert reason_to_skip(b"", "photo.jpg") is None
    assert reason_to_skip(b"\x00\x17\x99\x02", "photo.jpg") is None


def test_what_is_plainly_something_else_is_skipped_with_the_reason() -> None:
    assert reason_to_skip(b"<html>", "photo.jpg") == "not a picture (content is HTML)"
    assert reason_to_skip(b"see the other folder", "photo.jpg") == "not a picture (content is text)"
    assert reason_to_skip(b"", "notes.txt") == "not a picture"
    assert reason_to_skip(b"\x00\x17\x99\x02", "data.bin") == "not a picture"

"""Every entry of the registry of image formats carries what the rooms ask of it."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from idscan.core.settings import Settings
from idscan.core.types import Frame, ImageRef, Unreadable
from idscan.images import formats
from idscan.images.formats import HANDLERS, handler_named, handler_of
from idscan.images.formats.base import FormatHandler, PillowPages
from idscan.images.load import load
from idscan.images.raster import RasterError, open_raster
from idscan.images.signature import has_image_suffix, image_starts
from idscan.images.walk import find_images

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

SETTINGS = Settings()

SAMPLES = {
    "CR2": b"II*\0\x10\0\0\0CR\2\0",
    "PSD": b"8BPS\0\1" + bytes(20),
    "JPEG XL": b"\xff\x0a\xfa\x1f",
    "JPEG XR": b"II\xbc\1",
    "RW2": b"IIU\0\x18",
    "ORF": b"IIRO\x08",
    "RAF": b"FUJIFILMCCD-RAW 0201",
    "X3F": b"FOVb\0\0",
    "CRW": b"II\x1a\0\0\0HEAPCCDR",
    "MNG": b"\x8aMNG\r\n\x1a\n",
    "JNG": b"\x8bJNG\r\n\x1a\n",
    "BPG": b"BPG\xfb\0",
    "FLIF": b"FLIF31",
    "QOI": b"qoif\0\0\0\x10",
    "DDS": b"DDS \x7c\0\0\0",
    "ICNS": b"icns\0\0\1",
    "CUR": b"\0\0\2\0\1\0",
    "XCF": b"gimp xcf v011",
    "OpenEXR": b"\x76\x2f\x31\x01\2",
    "Radiance HDR": b"#?RADIANCE\n",
    "SGI": b"\x01\xda\1\1\0\3",
    "DjVu": b"AT&TFORM\0\0\1\0DJVU",
    "CR3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    "HEIF": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
}
"""First bytes of formats that Pillow does not write."""

ONLY_BY_NAME = {"TGA"}
"""Formats without a signature."""

ALL = pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)


def pixels() -> np.ndarray:
    """Return smooth colours, which lossy codecs change little."""
    rows, columns = np.mgrid[0:64, 0:96]
    return np.stack([rows * 3, columns * 2, 255 - rows - columns], axis=2).astype(np.uint8)


def sample(handler: FormatHandler) -> bytes:
    """Return a file of the format, or its first bytes where nothing here writes one."""
    if handler.name in SAMPLES:
        return SAMPLES[handler.name]
    buffer = io.BytesIO()
    options = {"lossless": True} if handler.name == "WEBP" else {"quality": 95} if handler.name == "JPEG" else {}
    Image.fromarray(pixels()).save(buffer, handler.name, **options)
    return buffer.getvalue()


def test_every_name_stands_once() -> None:
    names = [handler.name for handler in HANDLERS]
    assert len(set(names)) == len(names)
    suffixes = [suffix for handler in HANDLERS for suffix in handler.suffixes]
    assert len(set(suffixes)) == len(suffixes)


@ALL
def test_a_sample_is_recognised_as_its_own_format_only(handler: FormatHandler) -> None:
    if handler.name in ONLY_BY_NAME:
        assert handler.suffixes
        return
    assert handler_of(sample(handler)) is handler
    others = [each.name for each in HANDLERS if each is not handler and each.matches(sample(handler))]
    # Those that are built on another format stand before it.
    assert all(HANDLERS.index(handler) < HANDLERS.index(handler_named(name)) for name in others)


@ALL
def test_suffixes_make_an_image(handler: FormatHandler) -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in handler.suffixes)
    assert all(has_image_suffix("a" + suffix.upper()) for suffix in handler.suffixes)


@ALL
def test_what_stands_behind_other_bytes_is_found_where_the_signature_is_long_enough(handler: FormatHandler) -> None:
    if handler.anywhere is not None:
        assert image_starts(b"before " + sample(handler))[0] == 7


@ALL
def test_a_format_is_decoded_or_refused_with_a_reason(handler: FormatHandler, tmp_path: Path) -> None:
    path = tmp_path / f"a{(handler.suffixes or ('.bin',))[0]}"
    path.write_bytes(sample(handler) if handler.name not in ONLY_BY_NAME else b"\0" * 18)
    loaded = load(ImageRef(str(path)), SETTINGS)
    if handler.pages is None:
        assert isinstance(loaded, Unreadable)
        assert loaded.problem.message.endswith(".")
    elif handler.name not in SAMPLES:
        assert isinstance(loaded, Frame)
        assert loaded.info.format == handler.name


@ALL
def test_a_format_with_a_writer_keeps_the_pixels_and_others_are_refused_with_a_reason(
    handler: FormatHandler, tmp_path: Path
) -> None:
    if handler.pages is None or handler.name in SAMPLES:
        return
    path = tmp_path / "a"
    path.write_bytes(sample(handler))
    if handler.write is None:
        with pytest.raises(RasterError) as refused, open_raster(str(path), 1, SETTINGS):
            pass
        assert refused.value.problem.kind == "unsupported_output"
        return
    sink = io.BytesIO()
    with open_raster(str(path), 1, SETTINGS) as raster:
        before = raster.read(0).pixels
        formats.encode(raster, [raster.read(0)], sink)
    assert handler_of(sink.getvalue()) is handler
    path.write_bytes(sink.getvalue())
    with open_raster(str(path), 1, SETTINGS) as raster:
        after = raster.read(0).pixels
    difference = np.abs(before.astype(int) - after)
    # GIF has 256 colours, AVIF and JPEG 2000 lose some detail.
    assert difference.mean() <= {"GIF": 6, "JPEG": 2, "AVIF": 2, "JPEG2000": 2}.get(handler.name, 0)


@ALL
def test_a_whole_file_is_not_cut_short_and_half_of_it_is_noticed(handler: FormatHandler) -> None:
    if handler.ends_early is not None:
        content = sample(handler)
        assert not handler.is_cut_short(io.BytesIO(content))
        assert handler.is_cut_short(io.BytesIO(content[: len(content) // 2])) or handler.name == "TIFF"


@ALL
def test_the_walker_ends_with_the_file_and_a_strict_one_refuses_what_is_cut_short(handler: FormatHandler) -> None:
    if handler.walk is None:
        return
    content = sample(handler)
    whole = list(handler.walk(io.BytesIO(content)))
    half = io.BytesIO(content[: len(content) // 2])
    assert 0 < len(list(handler.walk(half))) <= len(whole) or handler.name == "TIFF"
    if handler.name != "TIFF":
        assert list(handler.walk(io.BytesIO(content), strict=True)) == whole
        with pytest.raises((ValueError, struct.error)):
            list(handler.walk(half, strict=True))


@ALL
def test_what_follows_the_image_is_found_where_the_end_is_known(handler: FormatHandler) -> None:
    if handler.add_parts is None or handler.name in SAMPLES:
        return
    added = b"\xfe" * 11
    parts = handler.parts(io.BytesIO(sample(handler) + added))
    assert parts.trailing_bytes == len(added)


class MadeUpPages(PillowPages):
    """Pages that are drawn, not decoded: each byte behind the signature is one of that grey."""

    def count(self, stream: BinaryIO) -> int:
        """Return the number of bytes behind the signature."""
        return len(stream.read()) - 6

    def open(self, stream: BinaryIO, file_bytes: int) -> Image.Image:
        """Return the first page."""
        stream.seek(6)
        return Image.new("L", (60, 40), stream.read(1)[0])


def test_a_made_up_format_takes_one_line_of_the_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made_up = FormatHandler(
        name="Made up",
        matches=lambda head: head.startswith(b"MADEUP"),
        suffixes=(".made",),
        pages=MadeUpPages("Made up"),
    )
    path = tmp_path / "a.made"
    path.write_bytes(b"MADEUP\x2a")
    assert [type(entry).__name__ for entry in find_images([tmp_path], SETTINGS)] == ["Skipped"]

    monkeypatch.setattr(formats, "HANDLERS", (*HANDLERS, made_up))
    (ref,) = find_images([tmp_path], SETTINGS)
    loaded = load(ref, SETTINGS)
    assert isinstance(loaded, Frame)
    assert loaded.info.format == "Made up"
    assert loaded.layers[0].shape == (40, 60, 3)
    assert (loaded.layers[0] == 42).all()
    assert not formats.strip(io.BytesIO(path.read_bytes()), "Made up", io.BytesIO())
    with pytest.raises(RasterError) as refused, open_raster(str(path), 1, SETTINGS):
        pass
    assert refused.value.problem.message.startswith("Made up files cannot be written anew; ")

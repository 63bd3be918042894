"""Pictures become upright frames, and everything else says why not and what to do."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import random
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFile, PngImagePlugin, WebPImagePlugin, features

from idscan.core.settings import Settings
from idscan.core.types import Frame, ImageRef, Unreadable
from idscan.images.load import load
from idscan.images.walk import find_images

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings()
ORIENTATION = 0x0112


def photo(width: int = 96, height: int = 64) -> Image.Image:
    """Return a made-up picture whose four corners differ: red, green, blue, white on grey."""
    image = Image.new("RGB", (width, height), (120, 120, 120))
    draw = ImageDraw.Draw(image)
    w, h = width // 3, height // 3
    for corner, colour in (((0, 0), "red"), ((width - w, 0), "lime"), ((0, height - h), "blue")):
        draw.rectangle((*corner, corner[0] + w - 1, corner[1] + h - 1), fill=colour)
    draw.rectangle((width - w, height - h, width, height), fill="white")
    return image


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def frame(path: Path, content: bytes, settings: Settings = SETTINGS, **ref: int) -> Frame:
    path.write_bytes(content)
    result = load(ImageRef(str(path), **ref), settings)
    assert isinstance(result, Frame), result
    return result


def failure(path: Path, content: bytes, settings: Settings = SETTINGS, **ref: int) -> Unreadable:
    path.write_bytes(content)
    result = load(ImageRef(str(path), **ref), settings)
    assert isinstance(result, Unreadable), result
    assert result.info.width is None
    assert result.info.height is None
    assert result.problem.stage == "load"
    assert result.problem.message.endswith(".")
    return result


def corners(pixels: np.ndarray) -> list[str]:
    """Name the colours at the top left, top right, bottom left and bottom right."""
    names = {(255, 0, 0): "red", (0, 255, 0): "lime", (0, 0, 255): "blue", (255, 255, 255): "white"}
    height, width = pixels.shape[:2]
    spots = [pixels[y, x].astype(int) for y in (4, height - 5) for x in (4, width - 5)]
    return [min(names.items(), key=lambda item: np.abs(np.array(item[0]) - spot).sum())[1] for spot in spots]


@pytest.mark.parametrize(
    ("pillow_format", "mode", "options"),
    [
        ("JPEG", "RGB", {}),
        ("JPEG", "RGB", {"progressive": True}),
        ("JPEG", "CMYK", {}),
        ("PNG", "RGB", {}),
        ("PNG", "P", {}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGB", {"lossless": True}),
        ("BMP", "RGB", {}),
        ("TIFF", "RGB", {}),
        ("TIFF", "RGB", {"compression": "jpeg"}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}),
        ("TIFF", "CMYK", {}),
        ("TIFF", "RGB", {"big_tiff": True}),
        ("GIF", "P", {}),
        ("AVIF", "RGB", {}),
        ("JPEG2000", "RGB", {}),
        ("PPM", "RGB", {}),
        ("PCX", "RGB", {}),
        ("ICO", "RGB", {"sizes": [(96, 64)]}),
    ],
)
def test_every_supported_format_becomes_the_same_frame(
    tmp_path: Path, pillow_format: str, mode: str, options: dict[str, object]
) -> None:
    content = encoded(photo().convert(mode), pillow_format, **options)
    result = frame(tmp_path / "picture", content)
    assert result.info.format == pillow_format
    assert (result.info.width, result.info.height) == (96, 64)
    assert result.info.sha256 == hashlib.sha256(content).hexdigest()
    assert result.scale == 1.0
    assert result.problems == ()
    (layer,) = result.layers
    assert layer.shape == (64, 96, 3)
    assert layer.dtype == np.uint8
    assert layer.flags.c_contiguous
    assert not layer.flags.writeable
    assert corners(layer) == ["red", "lime", "blue", "white"]


def stored(orientation: int) -> Image.Image:
    """Return the photo as a camera that is held that way stores it."""
    pixels = np.asarray(photo())
    turned = {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.transpose(1, 0, 2),
        6: np.rot90(pixels, 1),
        7: pixels[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(pixels, -1),
    }[orientation]
    return Image.fromarray(np.ascontiguousarray(turned))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("pillow_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_pictures_are_upright_by_their_exif(tmp_path: Path, pillow_format: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    result = frame(tmp_path / "picture", encoded(stored(orientation), pillow_format, exif=exif))
    assert (result.info.width, result.info.height) == (96, 64)
    assert corners(result.layers[0]) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_each_tiff_page_has_its_own_orientation(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / "scan.tif"
    first = Image.new("RGB", (10, 10))
    stored(orientation).save(path, "TIFF", save_all=True, exif=exif, append_images=[first])
    result = load(ImageRef(str(path), page=0, pages=2), SETTINGS)
    assert isinstance(result, Frame)
    assert corners(result.layers[0]) == ["red", "lime", "blue", "white"]
    second = load(ImageRef(str(path), page=1, pages=2), SETTINGS)
    assert isinstance(second, Frame)
    assert second.layers[0].shape == (10, 10, 3)


@pytest.mark.parametrize("value", [0, 9, 4711])
def test_a_senseless_orientation_is_ignored(tmp_path: Path, value: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = value
    result = frame(tmp_path / "picture", encoded(photo(), "JPEG", exif=exif))
    assert corners(result.layers[0]) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize(
    "exif",
    [b"Exif\x00\x00", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff", b"\x00"],
)
@pytest.mark.parametrize("pillow_format", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_does_not_cost_the_pixels(tmp_path: Path, pillow_format: str, exif: bytes) -> None:
    result = frame(tmp_path / "picture", encoded(photo(), pillow_format, exif=exif))
    assert corners(result.layers[0]) == ["red", "lime", "blue", "white"]


def test_a_hostile_colour_profile_is_ignored(tmp_path: Path) -> None:
    for pillow_format in ("JPEG", "PNG", "WEBP", "TIFF"):
        result = frame(tmp_path / "picture", encoded(photo(), pillow_format, icc_profile=b"\xff" * 300))
        assert corners(result.layers[0]) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize("pillow_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "JPEG2000"])
def test_more_pixels_than_allowed_are_refused(tmp_path: Path, pillow_format: str) -> None:
    content = encoded(photo(), pillow_format)
    problem = failure(tmp_path / "picture", content, Settings(max_pixels=96 * 64 - 1)).problem
    assert problem.kind == "too_large"
    assert "--max-pixels" in problem.message
    frame(tmp_path / "picture", content, Settings(max_pixels=96 * 64))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (1, 150_000_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_before_it_unfolds(tmp_path: Path, width: int, height: int) -> None:
    content = png_header(width, height) + png_chunk(b"IDAT", zlib.compress(bytes(100_000))) + png_chunk(b"IEND", b"")
    assert failure(tmp_path / "bomb.png", content).problem.kind == "too_large"


def test_a_later_frame_may_not_be_larger_than_allowed_either(tmp_path: Path) -> None:
    small = b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    huge = b",\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02\x44\x01\x00"
    content = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + small + huge + b";"
    frame(tmp_path / "bomb.gif", content, page=0, pages=2)
    assert failure(tmp_path / "bomb.gif", content, page=1, pages=2).problem.kind == "too_large"


def test_pillows_own_settings_are_left_as_they_were(tmp_path: Path) -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    frame(tmp_path / "picture", encoded(photo(), "PNG"))
    failure(tmp_path / "picture", encoded(photo(), "PNG")[:60])
    after = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    assert after == before


def test_a_picture_larger_than_pillows_default_limit_is_read_where_the_settings_allow_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    frame(tmp_path / "picture", encoded(photo(), "PNG"))


@pytest.mark.parametrize(("pillow_format", "options"), [("JPEG", {"quality": 95}), ("PNG", {}), ("TIFF", {})])
@pytest.mark.parametrize("orientation", [1, 6])
def test_large_pictures_are_read_at_reduced_size(
    tmp_path: Path, pillow_format: str, options: dict[str, object], orientation: int
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image = stored(orientation).resize((960, 640) if orientation == 1 else (640, 960), Image.Resampling.NEAREST)
    result = frame(
        tmp_path / "picture", encoded(image, pillow_format, exif=exif, **options), Settings(working_pixels=40_000)
    )
    assert (result.info.width, result.info.height) == (960, 640)
    height, width = result.layers[0].shape[:2]
    assert (width, height) == (240, 160)  # a half or a quarter, as JPEG decoders reduce
    assert result.scale == pytest.approx(width / 960)
    assert height == pytest.approx(640 * result.scale, abs=1)
    assert corners(result.layers[0]) == ["red", "lime", "blue", "white"]
    full = np.asarray(photo().resize((width, height), Image.Resampling.NEAREST), dtype=int)
    assert np.abs(result.layers[0].astype(int) - full).mean() < 4


def test_a_large_jpeg_is_halved_by_its_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    real_load = ImageFile.ImageFile.load

    def recording_load(self: ImageFile.ImageFile) -> object:
        result = real_load(self)
        decoded.append(self.size)
        return result

    monkeypatch.setattr(ImageFile.ImageFile, "load", recording_load)
    content = encoded(photo(960, 640), "JPEG")
    frame(tmp_path / "picture", content, Settings(working_pixels=30_000))
    assert decoded[0] == (240, 160)


def noise(width: int = 200, height: int = 150) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3))


@pytest.mark.parametrize(
    ("pillow_format", "mode"),
    [("JPEG", "RGB"), ("PNG", "RGB"), ("WEBP", "RGB"), ("BMP", "RGB"), ("GIF", "P"), ("AVIF", "RGB"), ("PPM", "RGB")],
)
@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("fill", [b"", b"\0", b"\xff"], ids=["cut off", "zeros", "ones"])
def test_a_file_that_ends_too_early_is_decoded_as_far_as_it_goes(
    tmp_path: Path, pillow_format: str, mode: str, share: float, fill: bytes
) -> None:
    content = encoded(noise().convert(mode), pillow_format)
    kept = int(len(content) * share)
    if fill and pillow_format in {"BMP", "PPM"}:
        return  # the file is as long as it should be, and any byte is a pixel
    whole = frame(tmp_path / "whole", content).layers[0].astype(int)
    result = frame(tmp_path / "picture", content[:kept] + fill * (len(content) - kept))
    (problem,) = result.problems
    assert (problem.stage, problem.kind) == ("load", "truncated")
    assert "again" in problem.message
    assert (result.info.format, result.info.width, result.info.height) == (pillow_format, 200, 150)
    assert problem.share is not None
    # An interlaced GIF shows all of itself early, some of it in double rows.
    is_coarse = pillow_format == "GIF"
    assert 0.2 * share < problem.share <= (1.0 if is_coarse else share + 0.1)
    rows = 8 if is_coarse else int(problem.share * 150) - 20
    pixels = result.layers[0].astype(int)
    if pillow_format == "BMP":
        pixels, whole = pixels[::-1], whole[::-1]
    step = 8 if is_coarse else 1
    assert np.abs(pixels[:rows:step] - whole[:rows:step]).max() <= 2
    if not is_coarse:
        made_up = pixels[int(problem.share * 150) + 16 :]
        assert not made_up.size or np.ptp(made_up) == 0, "nothing may be read where nothing was decoded"


def test_a_file_of_which_next_to_nothing_is_left_is_unreadable(tmp_path: Path) -> None:
    content = encoded(noise(600, 900), "JPEG")
    result = failure(tmp_path / "picture", content[: len(content) // 100])
    assert result.problem.kind == "truncated"
    assert result.info.sha256


@pytest.mark.parametrize("pillow_format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_padding_behind_the_end_is_not_taken_for_a_part_that_is_missing(tmp_path: Path, pillow_format: str) -> None:
    flat_below = photo(200, 150).crop((0, 0, 200, 200))
    result = frame(tmp_path / "picture", encoded(flat_below, pillow_format) + bytes(4096))
    assert result.problems == ()


def interlaced_png(image: Image.Image) -> bytes:
    """Return an interlaced PNG (W3C PNG, 8.2), which Pillow does not write."""
    pixels = np.asarray(image)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = (row for x, y, across, down in passes for row in pixels[y::down, x::across])
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 0)
    header = struct.pack(">IIBBBBB", *image.size, 8, 2, 0, 0, 1)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(("share", "worst"), [(0.06, 8), (0.3, 2), (0.9, 1)])
def test_an_interlaced_png_is_read_without_its_detail(tmp_path: Path, share: float, worst: int) -> None:
    image = noise(25, 20).resize((200, 160), Image.Resampling.BICUBIC)
    content = interlaced_png(image)
    whole = frame(tmp_path / "whole", content).layers[0].astype(int)
    assert np.array_equal(whole, np.asarray(image))
    result = frame(tmp_path / "picture", content[: int(len(content) * share)])
    (problem,) = result.problems
    assert (problem.kind, problem.share) == ("truncated", 1.0)
    shown = result.layers[0].astype(int)
    assert np.array_equal(shown[::8, ::8], whole[::8, ::8])
    assert np.abs(shown - whole).mean() < 6 * worst


def test_a_damaged_file_is_decoded_up_to_the_damage(tmp_path: Path) -> None:
    content = bytearray(encoded(noise(50, 40).resize((400, 320)), "PNG"))
    middle = len(content) // 2
    content[middle : middle + 40] = b"\xff" * 40
    result = frame(tmp_path / "picture", bytes(content))
    (problem,) = result.problems
    assert problem.kind == "damaged"
    assert problem.share == pytest.approx(0.5, abs=0.1)
    assert "damaged" in problem.message


def test_a_part_is_turned_upright_and_reduced_like_a_whole(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    content = encoded(noise(400, 300), "JPEG", exif=exif)
    result = frame(tmp_path / "picture", content[: len(content) // 2], Settings(working_pixels=30_000))
    assert (result.info.width, result.info.height) == (300, 400)
    assert result.layers[0].shape == (100, 75, 3)
    assert np.ptp(result.layers[0][:, :25]) == 0, "the last rows stand at the left"


def test_a_tiff_whose_directory_is_cut_off_is_truncated(tmp_path: Path) -> None:
    content = encoded(noise(), "TIFF", compression="tiff_lzw")
    # Compressed files keep their directory at the end.
    assert failure(tmp_path / "picture", content[: len(content) // 2]).problem.kind in {"truncated", "damaged"}


def test_a_progressive_jpeg_that_ends_too_early_is_read_without_its_detail(tmp_path: Path) -> None:
    content = encoded(photo(200, 150), "JPEG", progressive=True)
    result = frame(tmp_path / "picture", content[: len(content) * 3 // 4])
    (problem,) = result.problems
    assert (problem.kind, problem.share) == ("truncated", 1.0)
    assert "detail" in problem.message
    assert corners(result.layers[0]) == ["red", "lime", "blue", "white"]


def test_a_jpeg_that_lacks_nothing_but_its_end_marker_is_read(tmp_path: Path) -> None:
    content = encoded(photo(), "JPEG")
    whole = frame(tmp_path / "picture", content).layers[0]
    assert content.endswith(b"\xff\xd9")
    for missing in (1, 2):
        assert np.array_equal(frame(tmp_path / "picture", content[:-missing]).layers[0], whole)


@pytest.mark.parametrize("missing", [20, 200, 2000])
def test_a_jpeg_that_lacks_its_last_pixels_is_reported(tmp_path: Path, missing: int) -> None:
    (problem,) = frame(tmp_path / "picture", encoded(noise(), "JPEG")[:-missing]).problems
    assert problem.kind == "truncated"


def test_a_png_without_image_data_is_unreadable(tmp_path: Path) -> None:
    assert failure(tmp_path / "a.png", png_header(4, 4) + png_chunk(b"IEND", b"")).problem.kind in {
        "truncated",
        "damaged",
    }


@pytest.mark.parametrize("position", ["before the pixels", "behind the pixels"])
@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(2 * PngImagePlugin.MAX_TEXT_CHUNK))),
        png_chunk(b"iCCP", b"profile\x00\x00" + zlib.compress(bytes(2 * PngImagePlugin.MAX_TEXT_CHUNK))),
        png_chunk(b"gAMA", b"\x00"),
        png_chunk(b"tEXt", b"Comment\x00x")[:-4] + b"\x00\x00\x00\x00",
    ],
    ids=["text bomb", "profile bomb", "short chunk", "wrong checksum"],
)
def test_a_broken_or_swollen_chunk_beside_the_pixels_does_not_cost_them(
    tmp_path: Path, chunk: bytes, position: str
) -> None:
    content = encoded(photo(), "PNG")
    cut = content.index(b"IDAT") - 4 if position == "before the pixels" else content.index(b"IEND") - 4
    result = frame(tmp_path / "a.png", content[:cut] + chunk + content[cut:])
    assert corners(result.layers[0]) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"\x00\x17\x99\x02" * 20, "unrecognised"),
        (b"<html></html>", "unrecognised"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "damaged"),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "unsupported_format"),
        (b"\xff\xd8\xff\xe0nonsense", "truncated"),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xd9", "damaged"),
        (b"P6\n0 0\n255\n", "damaged"),
        (encoded(photo(), "GIF")[:6] + bytes(20) + b"\x00;", "damaged"),
    ],
)
def test_what_is_no_readable_picture_says_so(tmp_path: Path, content: bytes, kind: str) -> None:
    result = failure(tmp_path / "picture.jpg", content)
    assert result.problem.kind == kind
    assert result.info.sha256 == hashlib.sha256(content).hexdigest()


def test_a_format_without_decoder_says_what_to_do(tmp_path: Path) -> None:
    result = failure(tmp_path / "a.cr3", b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom")
    assert result.info.format == "CR3"
    assert "convert it to JPEG or PNG" in result.problem.message


def test_a_pillow_without_the_decoder_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(photo(), "WEBP")
    monkeypatch.setattr(features, "check", lambda _name: False)
    result = failure(tmp_path / "a.webp", content)
    assert result.problem.kind == "unsupported_format"
    assert "Pillow" in result.problem.message


def test_only_the_recognised_decoder_is_asked(tmp_path: Path) -> None:
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"
    assert failure(tmp_path / "a.jpg", postscript).problem.kind == "unrecognised"


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    result = load(ImageRef(str(tmp_path / "nowhere.jpg")), SETTINGS)
    assert isinstance(result, Unreadable)
    assert result.problem.kind == "not_found"
    assert result.info.sha256 is None


@pytest.mark.parametrize("path", ["", "a\0b.jpg", "x" * 5000, "\ud800.jpg"])
def test_a_path_that_the_system_refuses_is_not_found(path: str) -> None:
    result = load(ImageRef(path), SETTINGS)
    assert isinstance(result, Unreadable)
    assert result.problem.kind == "not_found"


@pytest.mark.timeout(20)
def test_what_became_a_folder_or_a_pipe_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").mkdir()
    os.mkfifo(tmp_path / "b.jpg")
    for name in ("a.jpg", "b.jpg"):
        result = load(ImageRef(str(tmp_path / name)), SETTINGS)
        assert isinstance(result, Unreadable)
        assert result.problem.kind == "not_a_file"


@pytest.mark.parametrize(("number", "kind"), [(errno.EACCES, "no_permission"), (errno.EIO, "read_error")])
def test_what_the_system_will_not_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: str
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(photo(), "JPEG"))

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(os, "open", refuse)
    result = load(ImageRef(str(path)), SETTINGS)
    assert isinstance(result, Unreadable)
    assert result.problem.kind == kind


@pytest.mark.parametrize(
    "error", [MemoryError(), KeyError("x"), RecursionError(), struct.error("x"), TypeError("secret")]
)
def test_whatever_a_decoder_raises_becomes_a_problem_without_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Image, "open", fail)
    result = failure(tmp_path / "a.jpg", encoded(photo(), "JPEG"))
    assert result.problem.kind == ("out_of_memory" if isinstance(error, MemoryError) else "damaged")
    assert "secret" not in result.problem.message


@pytest.mark.parametrize("pillow_format", ["TIFF", "GIF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2], [2, 2]])
def test_pages_come_in_any_order(tmp_path: Path, pillow_format: str, order: list[int]) -> None:
    shades = [20, 90, 160, 230]
    first, *others = [Image.new("RGB", (32, 32), (shade, shade, shade)) for shade in shades]
    path = tmp_path / "pages"
    first.save(path, pillow_format, save_all=True, append_images=others)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    for page in order:
        result = load(ImageRef(str(path), page=page, pages=4), SETTINGS)
        assert isinstance(result, Frame)
        assert result.info.sha256 == digest
        assert abs(int(result.layers[0][16, 16, 0]) - shades[page]) <= 4


def test_a_page_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    content = encoded(photo(), "GIF")
    assert failure(tmp_path / "a.gif", content, page=3, pages=4).problem.kind == "truncated"


def test_a_file_that_changed_between_two_pages_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "pages.gif"
    for shade in (20, 200):
        first, second = (Image.new("L", (32, 32), value) for value in (0, shade))
        first.save(path, "GIF", save_all=True, append_images=[second])
        os.utime(path, ns=(0, shade))
        for page, expected in ((0, 0), (1, shade)):
            result = load(ImageRef(str(path), page=page, pages=2), SETTINGS)
            assert isinstance(result, Frame)
            assert result.layers[0][5, 5, 0] == expected


def test_frames_of_an_animation_are_decoded_once_when_read_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    real_open = Image.open
    first, *others = [Image.new("RGB", (32, 32), (20 * number, 0, 0)) for number in range(10)]
    path = tmp_path / "a.gif"
    first.save(path, "GIF", save_all=True, append_images=others)

    def counting_open(*arguments: object, **options: object) -> Image.Image:
        opened.append(arguments)
        return real_open(*arguments, **options)

    monkeypatch.setattr(Image, "open", counting_open)
    for page in range(10):
        assert isinstance(load(ImageRef(str(path), page=page, pages=10), SETTINGS), Frame)
    assert len(opened) == 1


def test_pages_beyond_the_limit_are_reported_once(tmp_path: Path) -> None:
    first, *others = [Image.new("RGB", (8, 8), (20 * number, 0, 0)) for number in range(5)]
    path = tmp_path / "a.tif"
    first.save(path, save_all=True, append_images=others)
    few = Settings(max_pages=2)
    results = [load(ref, few) for ref in find_images([path], few) if isinstance(ref, ImageRef)]
    assert [[problem.kind for problem in result.problems] for result in results if isinstance(result, Frame)] == [
        ["pages_not_scanned"],
        [],
    ]


def test_both_pictures_of_a_multi_picture_jpeg_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    photo().save(path, "MPO", save_all=True, append_images=[Image.new("RGB", (48, 48), "yellow")])
    first, second = (load(ref, SETTINGS) for ref in find_images([path], SETTINGS) if isinstance(ref, ImageRef))
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert first.info.format == "JPEG"
    assert corners(first.layers[0]) == ["red", "lime", "blue", "white"]
    assert second.layers[0].shape == (48, 48, 3)
    assert second.layers[0][5, 5].min() < 60


def test_a_raw_file_that_shows_only_its_thumbnail_is_not_passed_off_as_read(tmp_path: Path) -> None:
    thumbnail, sub_directories = 254, 330
    content = encoded(photo(), "TIFF", tiffinfo={thumbnail: 1, sub_directories: 8})
    result = failure(tmp_path / "a.dng", content)
    assert result.problem.kind == "unsupported_format"
    assert "thumbnail" in result.problem.message


def layered_psd(layers: int) -> bytes:
    """Return a flattened 4x4 grey Photoshop file that says it has so many layers (Adobe file format, section 3)."""
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, 1, 4, 4, 8, 1)
    record = struct.pack(">iiiiH", 0, 0, 4, 4, 1) + struct.pack(">hI", 0, 18) + b"8BIMnorm" + b"\xff\x00\x00\x00"
    record += struct.pack(">I", 4 + 4 + 4) + struct.pack(">II", 0, 0) + b"\x00\x00\x00\x00"
    channel = struct.pack(">H", 0) + bytes(16)
    info = struct.pack(">h", layers) + record * layers + channel * layers
    section = struct.pack(">I", len(info)) + info if layers else b""
    return header + struct.pack(">III", 0, 0, len(section)) + section + struct.pack(">H", 0) + bytes(range(0, 160, 10))


def test_a_drawing_is_read_flattened_and_says_that_its_layers_are_not(tmp_path: Path) -> None:
    flat = frame(tmp_path / "a.psd", layered_psd(0))
    assert flat.layers[0][0, 1].tolist() == [10, 10, 10]
    assert flat.problems == ()
    layered = frame(tmp_path / "a.psd", layered_psd(1))
    assert layered.layers[0][0, 1].tolist() == [10, 10, 10]
    assert [problem.kind for problem in layered.problems] == ["layers_not_scanned"]


def test_hostile_tiff_files_do_not_write_to_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(encoded(noise().convert("1"), "TIFF", compression="group4"))
    content[40:400] = bytes(360)
    (tmp_path / "a.tif").write_bytes(bytes(content))
    load(ImageRef(str(tmp_path / "a.tif")), SETTINGS)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_hostile_names_are_loaded_like_any_other(tmp_path: Path) -> None:
    for name in (b"new\nline.jpg", b"esc\x1b[2J.jpg", b"-rf.jpg", b"[red]x[bold].jpg", b"\xff\xfe.jpg"):
        result = frame(tmp_path / os.fsdecode(name), encoded(photo(), "JPEG"))
        assert os.fsencode(result.ref.path).endswith(name)


def test_originals_are_left_as_they_were(tmp_path: Path) -> None:
    names = {"a.jpg": encoded(photo(), "JPEG"), "b.tif": encoded(photo(), "TIFF"), "c.png": b"broken", "d.txt": b"text"}
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o400)
        os.utime(tmp_path / name, ns=(1_000_000_000, 1_000_000_000))
    before = {name: (tmp_path / name).stat() for name in names}
    for item in find_images([tmp_path], SETTINGS):
        if isinstance(item, ImageRef):
            load(item, SETTINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    for name, content in names.items():
        after = (tmp_path / name).stat()
        assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns, after.st_mode) == (
            before[name].st_ino,
            before[name].st_mtime_ns,
            before[name].st_ctime_ns,
            before[name].st_mode,
        )
        assert (tmp_path / name).read_bytes() == content


def gif_header(width: int, height: int) -> bytes:
    image = b",\x00\x00\x00\x00" + struct.pack("<HH", width, height) + b"\x00\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff" + image + b";"


def bmp_header(width: int, height: int, bits: int) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, 0, 0, 2 if bits == 1 else 0, 0)
    return b"BM" + struct.pack("<IHHI", 2**31, 0, 0, 62) + info + bytes(8)


def webp_header(width: int, height: int) -> bytes:
    """Return a lossless WebP file of the given size without pixels (RFC 9649, section 3.4)."""
    data = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(8)
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) & 1)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


@pytest.mark.parametrize(
    ("content", "pages", "outcome"),
    [
        (png_header(12_200, 12_200) + png_chunk(b"IDAT", b""), 1, "passed"),
        (png_header(12_300, 12_300) + png_chunk(b"IDAT", b""), 1, "refused"),
        (bmp_header(14_000, 14_000, 1), 1, "passed"),
        (bmp_header(14_000, 14_000, 24), 1, "refused"),
        (gif_header(10_000, 10_000), 1, "passed"),
        (gif_header(10_000, 10_000), 2, "refused"),
        (webp_header(6_000, 6_000), 1, "passed"),
        (webp_header(6_400, 6_400), 1, "refused"),
    ],
)
def test_what_would_take_too_much_memory_to_decode_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    pages: int,
    outcome: str,
) -> None:
    def stop(_self: object) -> None:
        message = "not decoded in this test"
        raise OSError(message)

    monkeypatch.setattr(ImageFile.ImageFile, "load", stop)
    monkeypatch.setattr(WebPImagePlugin.WebPImageFile, "load", stop)
    kind = failure(tmp_path / "picture", content, pages=pages).problem.kind
    assert (kind == "too_large") is (outcome == "refused")


JUNK = random.Random(11).randbytes(300)
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nServer: made-up\r\n\r\n"
FORM = b'--boundary\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


@pytest.mark.parametrize("pillow_format", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("leading", [b"\n", b"\r\n \t", b"\xef\xbb\xbf", HTTP, FORM, JUNK])
def test_an_image_behind_other_bytes_is_found_and_read(tmp_path: Path, pillow_format: str, leading: bytes) -> None:
    content = encoded(photo(), pillow_format)
    whole = frame(tmp_path / "whole", content)
    path = tmp_path / "a.dat"
    path.write_bytes(leading + content)
    (ref,) = find_images([path], SETTINGS)
    assert isinstance(ref, ImageRef)
    result = load(ref, SETTINGS)
    assert isinstance(result, Frame)
    assert [problem.kind for problem in result.problems] == ["leading_bytes"]
    assert np.array_equal(result.layers[0], whole.layers[0])
    assert result.info.format == pillow_format
    assert result.info.sha256 == hashlib.sha256(leading + content).hexdigest()


@pytest.mark.parametrize("leading", [b"\n", HTTP])
@pytest.mark.parametrize("pillow_format", ["BMP", "TIFF", "AVIF"])
def test_behind_lines_of_text_any_image_is_found(tmp_path: Path, pillow_format: str, leading: bytes) -> None:
    result = frame(tmp_path / "a", leading + encoded(photo(), pillow_format))
    assert (result.info.format, len(result.problems)) == (pillow_format, 1)


def test_pages_behind_other_bytes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"\n" + encoded(photo(), "GIF", save_all=True, append_images=[noise(96, 64)]))
    refs = list(find_images([path], SETTINGS))
    assert len(refs) == 2
    assert all(isinstance(load(ref, SETTINGS), Frame) for ref in refs if isinstance(ref, ImageRef))


@pytest.mark.parametrize("head", [b"ID3\x04\0\0", b"%PDF-1.4\n", b"PK\x03\x04", bytes(5000)])
def test_what_is_another_kind_of_file_is_not_searched_for_images(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(head + encoded(photo(), "JPEG"))
    assert not any(isinstance(entry, ImageRef) for entry in find_images([path], SETTINGS))

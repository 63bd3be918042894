"""Every page at full size in its own channels, with what an encoder must know."""

from __future__ import annotations

import io
import os
import struct
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from idscan.core.settings import Settings
from idscan.images.formats import handler_named, handler_of
from idscan.images.pixels import Grid, profile_bytes
from idscan.images.raster import Raster, RasterError, RasterPage, open_raster
from tests.synth.planted import encoded, planted_jpegs, scenery
from tests.synth.profiles import white_cmyk_profile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from idscan.core.types import Problem

SETTINGS = Settings()


def opened(path: Path, content: bytes, settings: Settings = SETTINGS) -> tuple[Raster, list[RasterPage]]:
    path.write_bytes(content)
    pages = (handler_of(content) or handler_named("JPEG")).count_pages(io.BytesIO(content))
    with open_raster(str(path), pages, settings) as raster:
        return raster, [raster.read(page) for page in range(raster.pages)]


def page_of(path: Path, content: bytes) -> RasterPage:
    return opened(path, content)[1][0]


def failure(path: Path, content: bytes, settings: Settings = SETTINGS) -> Problem:
    with pytest.raises(RasterError) as caught:
        opened(path, content, settings)
    return caught.value.problem


def clear() -> Image.Image:
    """Return a picture with a wholly transparent and a half transparent part."""
    image = scenery().convert("RGBA")
    alpha = np.full((image.height, image.width), 255, np.uint8)
    alpha[:, :30], alpha[:, 30:60] = 0, 100
    image.putalpha(Image.fromarray(alpha))
    return image


def pixels(image: Image.Image) -> NDArray[Any]:
    array = np.asarray(image)
    return array[..., None] if array.ndim == 2 else array


@pytest.mark.parametrize(
    ("format_name", "image", "expected"),
    [
        ("PNG", scenery(), pixels(scenery())),
        ("PNG", scenery().convert("L"), pixels(scenery().convert("L"))),
        ("PNG", scenery().convert("1"), pixels(scenery().convert("1").convert("L"))),
        ("PNG", scenery().quantize(16), pixels(scenery().quantize(16).convert("RGB"))),
        ("TIFF", scenery().convert("YCbCr"), pixels(scenery().convert("YCbCr").convert("RGB"))),
        ("TIFF", scenery().convert("CMYK"), pixels(scenery().convert("CMYK").convert("RGB"))),
        ("TIFF", scenery().convert("LAB"), pixels(scenery().convert("LAB").convert("RGB"))),
        ("TIFF", scenery().convert("1"), pixels(scenery().convert("1").convert("L"))),
        ("BMP", scenery().quantize(16), pixels(scenery().quantize(16).convert("RGB"))),
        ("PCX", scenery(), pixels(scenery())),
        ("PPM", scenery().convert("1"), pixels(scenery().convert("1").convert("L"))),
        ("JPEG2000", scenery(), pixels(scenery())),
    ],
)
def test_pixels_come_in_the_files_own_channels(
    tmp_path: Path, format_name: str, image: Image.Image, expected: NDArray[Any]
) -> None:
    raster, pages = opened(tmp_path / "a", encoded(image, format_name))
    assert raster.format == format_name
    assert np.array_equal(pages[0].pixels, expected)
    assert not pages[0].pixels.flags.writeable
    assert pages[0].milliseconds is None
    assert pages[0].notes == ()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_no_colour_is_left_under_full_transparency(tmp_path: Path, format_name: str, mode: str) -> None:
    image = clear().convert(mode)
    page = page_of(tmp_path / "a", encoded(image, format_name))
    expected = pixels(image).copy()
    assert expected[:, :30, :-1].any()
    expected[:, :30] = 0
    assert np.array_equal(page.pixels, expected)


def test_a_premultiplied_picture_is_straightened(tmp_path: Path) -> None:
    content = encoded(clear().convert("RGBa").convert("RGBA"), "TIFF")
    # Extra samples of kind 1 are premultiplied (TIFF 6.0, section 18).
    entry = struct.pack("<HHIHH", 338, 3, 1, 2, 0)
    assert entry in content
    page = page_of(tmp_path / "a", content.replace(entry, struct.pack("<HHIHH", 338, 3, 1, 1, 0)))
    assert page.pixels.shape[2] == 4


def test_palettes_are_transparent_only_where_a_pixel_is(tmp_path: Path) -> None:
    image = Image.new("P", (4, 2))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.paste(1, (0, 0, 2, 2))
    assert page_of(tmp_path / "a", encoded(image, "PNG", transparency=b"\xff\xff\0")).pixels.shape == (2, 4, 3)
    page = page_of(tmp_path / "a", encoded(image, "PNG", transparency=b"\0\xff\0"))
    assert page.pixels[0].tolist() == [[40, 50, 60, 255]] * 2 + [[0, 0, 0, 0]] * 2


def test_one_transparent_colour_becomes_alpha(tmp_path: Path) -> None:
    page = page_of(tmp_path / "a", encoded(scenery(), "PNG", transparency=(200, 30, 40)))
    assert page.pixels[20, 20].tolist() == [0, 0, 0, 0]
    grey = scenery().convert("L")
    value = int(np.asarray(grey)[20, 20])
    assert page_of(tmp_path / "a", encoded(grey, "PNG", transparency=value)).pixels[20, 20].tolist() == [0, 0]
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    page = page_of(tmp_path / "a", encoded(deep, "PNG", transparency=value * 257))
    assert page.pixels.dtype == np.uint16
    assert page.pixels[20, 20].tolist() == [0, 0]
    assert page.pixels[..., 1].max() == 65535


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_orientation_is_applied(tmp_path: Path, format_name: str, turn: int) -> None:
    from idscan.images.pixels import _TURNS

    exif = Image.Exif()
    exif[0x0112] = turn
    options = {"lossless": True} if format_name == "WEBP" else {}
    content = encoded(scenery(), format_name, exif=exif, **options)
    raster, pages = opened(tmp_path / "a", content)
    stored = Image.open(io.BytesIO(content)).convert("RGB") if format_name == "JPEG" else scenery()
    assert np.array_equal(pages[0].pixels, pixels(stored if turn == 1 else stored.transpose(_TURNS[turn])))
    if format_name == "JPEG":
        left = {2: 10, 3: 10, 6: 6, 7: 6}.get(turn, 0)
        top = {3: 6, 4: 6, 7: 10, 8: 10}.get(turn, 0)
        assert raster.grid == Grid(16, 16, left, top)
    else:
        assert raster.grid == Grid()
    assert pages[0].grid == raster.grid


# The four of OpenCV's sampling factors, and the block that each makes; 4:1:1 stores colour once for 32 x 8 pixels.
@pytest.mark.parametrize(
    ("factor", "block"),
    [
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, (16, 16)),
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422, (16, 16)),
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440, (16, 16)),
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, (16, 16)),
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411, (32, 16)),
    ],
)
def test_blocks_of_a_jpeg_are_those_of_its_sampling(tmp_path: Path, factor: int, block: tuple[int, int]) -> None:
    content = cv2.imencode(".jpg", np.asarray(scenery()), [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor])[1].tobytes()
    raster, _ = opened(tmp_path / "a", content)
    assert raster.grid == Grid(*block)
    expected = {cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444: "4:4:4", cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422: "4:2:2"}
    assert raster.coding.subsampling == expected.get(factor, "4:2:0")


@pytest.mark.parametrize(
    ("format_name", "options", "block"),
    [
        ("WEBP", {}, 16),
        ("WEBP", {"lossless": True}, 1),
        ("AVIF", {}, 16),
        ("JPEG2000", {}, 16),
        ("PNG", {}, 1),
        ("GIF", {}, 1),
        ("TIFF", {"compression": "tiff_lzw"}, 1),
        ("TIFF", {"compression": "jpeg"}, 32),
    ],
)
def test_only_lossy_codecs_have_blocks(tmp_path: Path, format_name: str, options: dict[str, Any], block: int) -> None:
    raster, pages = opened(tmp_path / "a", encoded(scenery(), format_name, **options))
    assert raster.grid == pages[0].grid == Grid(block, block)


def test_an_animation_is_lossy_when_a_frame_is(tmp_path: Path) -> None:
    options = {"save_all": True, "append_images": [scenery().rotate(90)]}
    assert opened(tmp_path / "a", encoded(scenery(), "WEBP", **options))[0].grid == Grid(16, 16)
    assert opened(tmp_path / "a", encoded(scenery(), "WEBP", lossless=True, **options))[0].grid == Grid()


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_an_avif_tells_its_subsampling(tmp_path: Path, subsampling: str) -> None:
    raster, _ = opened(tmp_path / "a", encoded(scenery(), "AVIF", subsampling=subsampling))
    assert raster.coding.subsampling == subsampling


def test_pages_of_a_tiff_have_grids_of_their_own(tmp_path: Path) -> None:
    content = encoded(
        scenery(), "TIFF", compression="jpeg", save_all=True, append_images=[scenery(40, 30).convert("L")]
    )
    _, pages = opened(tmp_path / "a", content)
    assert [page.grid.width for page in pages] == [32, 32]
    assert [page.pixels.shape[2] for page in pages] == [3, 1]


DEEP = np.random.default_rng(2).integers(0, 65536, (40, 50, 4), dtype=np.uint16)


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_are_kept(tmp_path: Path, extension: str, channels: int) -> None:
    page = page_of(tmp_path / "a", cv2.imencode(extension, DEEP[..., :channels])[1].tobytes())
    expected = DEEP[..., {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]]
    if channels == 4:
        expected = expected * (expected[..., 3:] != 0)
    assert np.array_equal(page.pixels, expected)
    assert page.notes == ()


def test_16_bits_that_two_decoders_see_differently_become_8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = cv2.imencode(".png", DEEP[..., :3])[1].tobytes()
    read = cv2.imdecodemulti
    wrong = {
        "other values": lambda *args, **options: (True, [read(*args, **options)[1][0] ^ 0xFF00]),
        "other shape": lambda *_, **__: (True, [DEEP[:20]]),
        "fewer bits": lambda *_, **__: (True, [np.zeros((40, 50, 3), np.uint8)]),
        "grey": lambda *_, **__: (True, [DEEP[..., 0]]),
        "failure": lambda *_, **__: (False, []),
        "more channels": lambda *_, **__: (True, [DEEP[..., [0, 1]]]),
    }
    for name, fake in wrong.items():
        monkeypatch.setattr(cv2, "imdecodemulti", fake)
        page = page_of(tmp_path / "a", content)
        assert page.notes == ("reduced_to_8_bits",), name
        assert np.array_equal(page.pixels, (DEEP[..., [2, 1, 0]] >> 8).astype(np.uint8)), name

    def fail(*_: object, **__: object) -> None:
        message = "broken"
        raise cv2.error(message)

    monkeypatch.setattr(cv2, "imdecodemulti", fail)
    assert page_of(tmp_path / "a", content).notes == ("reduced_to_8_bits",)


@pytest.mark.parametrize(("size", "notes"), [(2**20, ()), (2**30 + 1, ("reduced_to_8_bits",))])
def test_a_huge_deep_file_is_reduced(tmp_path: Path, size: int, notes: tuple[str, ...]) -> None:
    path = tmp_path / "a"
    path.write_bytes(cv2.imencode(".png", DEEP[..., :3])[1].tobytes())
    os.truncate(path, size)  # a sparse file
    with open_raster(str(path), 1, SETTINGS) as raster:
        assert raster.read(0).notes == notes


def test_deep_grey_netpbm_is_kept(tmp_path: Path) -> None:
    content = b"P5 50 40 65535\n" + DEEP[..., 0].astype(">u2").tobytes()
    page = page_of(tmp_path / "a", content)
    assert np.array_equal(page.pixels[..., 0], DEEP[..., 0])


def test_avif_of_ten_bits_is_reduced(tmp_path: Path) -> None:
    content = encoded(scenery(), "AVIF")
    # The configuration box tells the depth; its pixels are not looked at here.
    at = content.index(b"av1C") + 6
    for flags, bits in ((0x4C, 10), (0x6C, 12), (0x0C, 8)):
        changed = content[:at] + bytes((flags,)) + content[at + 1 :]
        assert handler_named("AVIF").coding(Image.open(io.BytesIO(content)), io.BytesIO(changed), 1).bits == bits
    assert page_of(tmp_path / "a", content).notes == ()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 1.0, 255), (0.0, 200.0, 200), (0.0, 65535.0, 255), (-5.0, 5.0, 255), (0.0, 1e6, 255)],
)
def test_floats_become_8_bits(tmp_path: Path, low: float, high: float, expected: int) -> None:
    values = np.linspace(low, high, 200, dtype=np.float32).reshape(10, 20)
    values[3, 3] = np.nan
    page = page_of(tmp_path / "a", encoded(Image.fromarray(values), "TIFF"))
    assert page.pixels.dtype == np.uint8
    assert page.notes == ("reduced_to_8_bits",)
    assert page.pixels[0, 0, 0] == 0
    assert page.pixels[-1, -1, 0] == expected
    assert page.pixels[3, 3, 0] == 0


def test_whole_numbers_of_32_bits_are_kept_where_16_hold_them(tmp_path: Path) -> None:
    for high, dtype, notes in ((65535, np.uint16, ()), (70000, np.uint8, ("reduced_to_8_bits",))):
        values = np.linspace(0, high, 200, dtype=np.int32).reshape(10, 20)
        page = page_of(tmp_path / "a", encoded(Image.fromarray(values), "TIFF"))
        assert page.pixels.dtype == dtype
        assert page.notes == notes


def test_a_float_picture_without_any_number_is_black(tmp_path: Path) -> None:
    values = np.full((4, 5), np.nan, np.float32)
    assert not page_of(tmp_path / "a", encoded(Image.fromarray(values), "TIFF")).pixels.any()


def exchanged_profile() -> bytes:
    """Return sRGB with red and green in each other's place."""
    ours = profile_bytes("srgb")
    return ours.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")


def test_known_profiles_keep_pixels(tmp_path: Path) -> None:
    for name in ("srgb", "display_p3", "adobe_rgb"):
        raster, pages = opened(tmp_path / "a", encoded(scenery(), "PNG", icc_profile=profile_bytes(name)))  # type: ignore[arg-type]
        assert raster.profile == name
        assert np.array_equal(pages[0].pixels, pixels(scenery()))
        assert pages[0].notes == ()


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_other_profiles_are_converted(tmp_path: Path, format_name: str) -> None:
    options = {"lossless": True} if format_name == "WEBP" else {}
    red = Image.new("RGB", (8, 8), "red")
    raster, pages = opened(tmp_path / "a", encoded(red, format_name, icc_profile=exchanged_profile(), **options))
    assert raster.profile is None
    assert pages[0].notes == ("converted_to_srgb",)
    assert np.abs(pages[0].pixels.astype(int) - (0, 255, 0)).max() <= 3


def test_alpha_survives_a_conversion(tmp_path: Path) -> None:
    page = page_of(tmp_path / "a", encoded(clear(), "PNG", icc_profile=exchanged_profile()))
    assert np.array_equal(page.pixels[..., 3], pixels(clear())[..., 3])
    assert page.pixels[20, 40, 1] > 150
    assert page.pixels[20, 40, 0] < 80


def test_deep_pictures_with_other_profiles_are_reduced(tmp_path: Path) -> None:
    content = cv2.imencode(".png", DEEP[..., :3])[1].tobytes()
    chunk = encoded(scenery(), "PNG", icc_profile=exchanged_profile())
    at = chunk.index(b"iCCP") - 4
    length = struct.unpack_from(">I", chunk, at)[0]
    page = page_of(tmp_path / "a", content[:33] + chunk[at : at + 12 + length] + content[33:])
    assert page.pixels.dtype == np.uint8
    assert page.notes == ("converted_to_srgb", "reduced_to_8_bits")


def test_greys_follow_their_profile(tmp_path: Path) -> None:
    from tests.unit.images.test_pixels_profiles import grey_profile

    grey = Image.new("L", (8, 8), 128)
    assert page_of(tmp_path / "a", encoded(grey, "PNG", icc_profile=grey_profile(2.2))).pixels[0, 0].tolist() == [128]
    page = page_of(tmp_path / "a", encoded(grey, "PNG", icc_profile=grey_profile(1.0)))
    assert page.pixels.shape[2] == 1
    assert abs(int(page.pixels[0, 0, 0]) - 188) <= 1
    deep = Image.fromarray(np.full((8, 8), 128 * 257, np.uint16))
    page = page_of(tmp_path / "a", encoded(deep, "PNG", icc_profile=grey_profile(1.0)))
    assert page.notes == ("converted_to_srgb", "reduced_to_8_bits")
    assert abs(int(page.pixels[0, 0, 0]) - 188) <= 1


def test_a_format_without_profiles_gets_srgb(tmp_path: Path) -> None:
    content = encoded(
        scenery(), "TIFF", icc_profile=profile_bytes("display_p3"), save_all=True, append_images=[scenery()]
    )
    raster, pages = opened(tmp_path / "a", content)
    assert raster.profile is None
    assert pages[0].notes == ("converted_to_srgb",)


def test_of_a_multi_picture_jpeg_the_first_is_kept(tmp_path: Path) -> None:
    content = dict(planted_jpegs())["second picture"]
    assert handler_named("JPEG").count_pages(io.BytesIO(content)) == 2
    raster, pages = opened(tmp_path / "a", content)
    assert raster.pages == 1
    assert pages[0].notes == ("extra_pictures_dropped",)
    assert pages[0].pixels.shape == (70, 90, 3)


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "AVIF"])
def test_frames_are_whole_pictures_with_their_times(tmp_path: Path, format_name: str) -> None:
    images = [scenery(), scenery().rotate(90), scenery().rotate(20)]
    options = {"lossless": True} if format_name == "WEBP" else {}
    content = encoded(
        images[0], format_name, save_all=True, append_images=images[1:], duration=[100, 250, 30], loop=4, **options
    )
    raster, pages = opened(tmp_path / "a", content)
    assert raster.is_animation
    assert raster.loop == (None if format_name == "AVIF" else 4)
    assert [page.milliseconds for page in pages] == [100, 250, 30]
    shown = Image.open(io.BytesIO(content))
    for number, page in enumerate(pages):
        shown.seek(number)
        assert np.array_equal(page.pixels[..., :3], np.asarray(shown.convert("RGB")))
    # Also in any other order.
    (tmp_path / "a").write_bytes(content)
    with open_raster(str(tmp_path / "a"), 3, SETTINGS) as raster:
        for number in (2, 0, 1):
            assert np.array_equal(raster.read(number).pixels, pages[number].pixels)


def test_a_still_picture_is_no_animation(tmp_path: Path) -> None:
    raster, pages = opened(tmp_path / "a", encoded(scenery(), "GIF"))
    assert not raster.is_animation
    assert raster.loop is None
    assert pages[0].milliseconds is None


def test_a_jpeg_without_an_end_is_read_all_the_same(tmp_path: Path) -> None:
    content = encoded(scenery(), "JPEG")
    page = page_of(tmp_path / "a", content[:-2])
    assert np.array_equal(page.pixels, np.asarray(Image.open(io.BytesIO(content))))


def test_a_png_with_a_swollen_comment_is_read_all_the_same(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * (PngImagePlugin.MAX_TEXT_CHUNK + 1), zip=True)
    assert page_of(tmp_path / "a", encoded(scenery(), "PNG", pnginfo=info)).pixels.shape == (70, 90, 3)


@pytest.mark.parametrize("content", [encoded(scenery(), "ICO"), b"8BPS\0\1" + bytes(100)])
def test_formats_that_cannot_be_written_are_refused(tmp_path: Path, content: bytes) -> None:
    problem = failure(tmp_path / "a", content)
    assert (problem.stage, problem.kind) == ("publish", "unsupported_output")
    assert "as PNG" in problem.message


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    with pytest.raises(RasterError) as caught, open_raster(str(tmp_path / "none"), 1, SETTINGS):
        pass
    assert caught.value.problem.kind == "not_found"
    assert failure(tmp_path / "a", b"").kind == "empty"
    assert failure(tmp_path / "a", b"\xff\x0a" + bytes(50)).kind == "unsupported_format"
    assert failure(tmp_path / "a", b"hello").kind == "unrecognised"
    assert failure(tmp_path / "a", encoded(scenery(), "PNG")[:-300]).kind == "truncated"
    assert failure(tmp_path / "a", encoded(scenery(), "PNG"), Settings(max_pixels=1000)).kind == "too_large"


def test_a_file_that_fails_while_it_is_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.FileIO):
        def read(self, *_: object) -> bytes:
            raise OSError

    path = tmp_path / "a"
    path.write_bytes(encoded(scenery(), "PNG"))
    monkeypatch.setattr(os, "fdopen", Failing)
    with pytest.raises(RasterError) as caught, open_raster(str(path), 1, SETTINGS):
        pass
    assert caught.value.problem.kind == "read_error"


def test_a_file_with_too_many_pages_is_refused_as_a_whole(tmp_path: Path) -> None:
    content = encoded(scenery(), "TIFF", save_all=True, append_images=[scenery()] * 3)
    problem = failure(tmp_path / "a", content, Settings(max_pages=3))
    assert (problem.stage, problem.kind) == ("publish", "too_many_pages")
    assert len(opened(tmp_path / "a", content, Settings(max_pages=4))[1]) == 4


def test_a_missing_page_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(encoded(scenery(), "TIFF"))
    with open_raster(str(path), 2, SETTINGS) as raster, pytest.raises(RasterError) as caught:
        raster.read(1)
    assert caught.value.problem.kind == "truncated"


def test_a_raster_without_a_file_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="no file"):
        Raster("PNG", 1).read(0)


def test_what_goes_wrong_inside_the_block_is_not_taken_for_a_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(encoded(scenery(), "PNG"))

    def use() -> None:
        with open_raster(str(path), 1, SETTINGS):
            message = "disk"
            raise OSError(message)

    with pytest.raises(OSError, match="disk"):
        use()


def test_a_cmyk_profile_is_used(tmp_path: Path) -> None:
    content = encoded(scenery().convert("CMYK"), "JPEG", icc_profile=white_cmyk_profile())
    page = page_of(tmp_path / "a", content)
    assert page.pixels.min() == 255
    assert page.notes == ("converted_to_srgb",)

"""Pixels in, a file of the same format out: the same pixels, nothing besides."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFilter

from idscan.core.settings import Settings
from idscan.images.formats import encode, handler_named, strip
from idscan.images.formats.base import Coding
from idscan.images.pixels import in_8_bits, profile_bytes
from idscan.images.raster import Raster, RasterPage, open_raster
from idscan.images.signature import sniff
from tests.synth.planted import (
    PLANTED,
    encoded,
    planted_gifs,
    planted_jpegs,
    planted_others,
    planted_pngs,
    planted_webps,
    scenery,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LOSSLESS = ("PNG", "GIF", "TIFF", "BMP", "PPM", "PCX", "JPEG2000")


def opened(path: Path, content: bytes) -> tuple[Raster, list[RasterPage]]:
    path.write_bytes(content)
    format_name = sniff(content)
    assert format_name
    with open_raster(str(path), handler_named(format_name).count_pages(io.BytesIO(content)), Settings()) as raster:
        return raster, [raster.read(page) for page in range(raster.pages)]


def written(raster: Raster, pages: list[RasterPage]) -> bytes:
    sink = io.BytesIO()
    encode(raster, iter(pages), sink)
    return sink.getvalue()


def again(path: Path, content: bytes) -> tuple[bytes, list[RasterPage], list[RasterPage]]:
    """Return the new file, the pages of the old one, and those of the new one."""
    raster, pages = opened(path, content)
    result = written(raster, pages)
    assert sniff(result) == raster.format
    assert written(raster, pages) == result
    other, others = opened(path, result)
    assert (other.loop, other.pages) == (raster.loop, raster.pages)
    assert [page.milliseconds for page in others] == [page.milliseconds for page in pages]
    return result, pages, others


def clear() -> Image.Image:
    """Return a picture that is transparent to the left and opaque to the right."""
    image = scenery().convert("RGBA")
    ramp = np.clip(np.arange(image.width) * 6 - 100, 0, 255).astype(np.uint8)
    image.putalpha(Image.fromarray(np.tile(ramp, (image.height, 1))))
    return image


PLACES = [
    content
    for files in (planted_jpegs(), planted_pngs(), planted_webps(), planted_gifs(), planted_others())
    for _, content in files
]


@pytest.mark.parametrize("content", PLACES, ids=range(len(PLACES)))
def test_nothing_besides_pixels_is_written(tmp_path: Path, content: bytes) -> None:
    result, _, _ = again(tmp_path / "a", content)
    assert PLANTED not in result
    assert PLANTED[:8].decode().encode("utf-16-be") not in result
    info = Image.open(io.BytesIO(result)).info
    assert set(info) <= {
        *(
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "dpi",
            "resolution",
            "progressive",
            "progression",
            "adobe",
        ),
        *("icc_profile", "loop", "duration", "background", "version", "extension", "compression", "timestamp"),
        *("blend", "disposal", "default_image", "bbox", "transparency"),
    }
    if "icc_profile" in info:
        assert info["icc_profile"] in {profile_bytes("srgb"), None}


@pytest.mark.parametrize("content", [pair[1] for files in (planted_jpegs(), planted_pngs()) for pair in files])
def test_what_is_written_is_clean_by_the_rules_of_stripping(tmp_path: Path, content: bytes) -> None:
    result, _, _ = again(tmp_path / "a", content)
    format_name = sniff(result)
    assert format_name
    sink = io.BytesIO()
    if (
        "icc_profile" in Image.open(io.BytesIO(result)).info
        or getattr(Image.open(io.BytesIO(result)), "n_frames", 1) > 1
    ):
        return
    assert strip(io.BytesIO(result), format_name, sink)
    assert sink.getvalue() == result


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
@pytest.mark.parametrize("format_name", LOSSLESS)
def test_lossless_formats_give_the_same_pixels(tmp_path: Path, format_name: str, mode: str) -> None:
    if format_name == "JPEG2000" and mode in {"1", "P"}:
        pytest.skip("the format has no such pictures")
    image = scenery().quantize(64) if mode == "P" else scenery().convert(mode)
    if format_name == "PPM" and mode == "P":
        image = image.convert("RGB")
    _, pages, others = again(tmp_path / "a", encoded(image, format_name))
    assert np.array_equal(rgba(pages[0].pixels), rgba(others[0].pixels))


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "JPEG2000", "WEBP"])
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_is_kept(tmp_path: Path, format_name: str, mode: str) -> None:
    options = {"lossless": True} if format_name == "WEBP" else {}
    result, pages, others = again(tmp_path / "a", encoded(clear().convert(mode), format_name, **options))
    assert np.array_equal(pages[0].pixels, others[0].pixels)
    # As another reader has it, which clears nothing.
    stored = np.asarray(Image.open(io.BytesIO(result)))
    hidden = stored[..., -1] == 0
    assert hidden.any()
    assert not stored[hidden].any()


def test_lossy_webp_and_avif_keep_transparency_and_look(tmp_path: Path) -> None:
    for format_name in ("WEBP", "AVIF"):
        for image in (scenery(), clear()):
            _, pages, others = again(tmp_path / "a", encoded(image, format_name))
            difference = np.abs(pages[0].pixels.astype(int) - others[0].pixels)
            assert difference.mean() < 3


def test_grey_avif_stays_grey_until_colour_comes_in(tmp_path: Path) -> None:
    raster, pages = opened(tmp_path / "a", encoded(scenery().convert("L"), "AVIF"))
    assert raster.coding.subsampling == "4:0:0"
    assert opened(tmp_path / "b", written(raster, pages))[1][0].pixels.shape[2] == 1
    coloured = replace(pages[0], pixels=np.asarray(scenery()))
    assert opened(tmp_path / "b", written(raster, [coloured]))[1][0].pixels.shape[2] == 3


def test_bitmaps_keep_transparency(tmp_path: Path) -> None:
    raster, _ = opened(tmp_path / "a", encoded(scenery(), "BMP"))
    page = RasterPage(np.asarray(clear()))
    result = written(raster, [page])
    assert np.array_equal(
        opened(tmp_path / "b", result)[1][0].pixels, opened(tmp_path / "c", encoded(clear(), "PNG"))[1][0].pixels
    )


@pytest.mark.parametrize("quality", [60, 75, 90])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_keeps_its_tables_and_hardly_changes(
    tmp_path: Path, quality: int, subsampling: str, *, progressive: bool
) -> None:
    # Photos have no edges as sharp as drawn ones, of which halved colour loses more each time.
    photo = scenery(190, 150).filter(ImageFilter.GaussianBlur(2))
    content = encoded(photo, "JPEG", quality=quality, subsampling=subsampling, progressive=progressive)
    result, pages, others = again(tmp_path / "a", content)
    before, after = (Image.open(io.BytesIO(each)) for each in (content, result))
    assert after.quantization == before.quantization  # type: ignore[attr-defined]
    assert after.layer == before.layer  # type: ignore[attr-defined]
    assert ("progressive" in after.info) is progressive
    changed = np.abs(pages[0].pixels.astype(int) - others[0].pixels) > 3
    assert changed.mean() < 0.01
    assert len(result) < 1.2 * len(content)


def test_grey_and_cmyk_jpegs_become_grey_and_rgb(tmp_path: Path) -> None:
    for mode, channels in (("L", 1), ("CMYK", 3)):
        _, _, others = again(tmp_path / "a", encoded(scenery().convert(mode), "JPEG"))
        assert others[0].pixels.shape[2] == channels


def test_subsampling_of_half_the_width_is_full_when_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raster, pages = opened(tmp_path / "a", encoded(scenery(), "JPEG", subsampling="4:2:2", exif=exif))
    assert raster.coding.subsampling == "4:2:0"
    result = Image.open(io.BytesIO(written(raster, pages)))
    assert result.size == (70, 90)
    assert result.layer[0][1:3] == (2, 2)  # type: ignore[attr-defined]


def test_noise_of_the_highest_quality_is_written_without_optimising(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), "JPEG", quality=100, subsampling="4:4:4", progressive=False)
    raster, _ = opened(tmp_path / "a", content)
    page = RasterPage(np.where(noise > 127, 255, 0).astype(np.uint8))
    result = written(raster, [page])
    assert np.abs(np.asarray(Image.open(io.BytesIO(result))).astype(int) - page.pixels).max() < 8


def test_a_jpeg_without_usable_tables_is_written_well() -> None:
    raster = Raster("JPEG", 1)
    result = written(raster, [RasterPage(np.asarray(clear()))])
    seen = np.asarray(Image.open(io.BytesIO(result))).astype(int)
    assert np.abs(seen - np.asarray(scenery())).mean() < 3


DEEP = np.random.default_rng(2).integers(0, 65536, (40, 50, 4), dtype=np.uint16)


@pytest.mark.parametrize("extension", [".png", ".tiff", ".ppm"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_stay_16_bits(tmp_path: Path, extension: str, channels: int) -> None:
    if extension == ".ppm" and channels != 3:
        pytest.skip("the format has no such pictures")
    content = cv2.imencode(extension, DEEP[..., :channels])[1].tobytes()
    _, pages, others = again(tmp_path / "a", content)
    assert pages[0].pixels.dtype == np.uint16
    assert np.array_equal(pages[0].pixels, others[0].pixels)
    assert not others[0].notes


def test_deep_grey_with_transparency_is_written_as_png(tmp_path: Path) -> None:
    pixels = DEEP[..., :2] * (DEEP[..., 1:2] != 0)
    result = written(Raster("PNG", 1), [RasterPage(pixels)])
    page = opened(tmp_path / "a", result)[1][0]
    assert np.array_equal(page.pixels[..., [0, 3]], pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_deep_grey_netpbm_and_jpeg2000_are_exact(tmp_path: Path, dtype: type) -> None:
    pixels = (DEEP[..., :1] >> (8 if dtype is np.uint8 else 0)).astype(dtype)
    for format_name in ("PPM", "JPEG2000"):
        result = written(Raster(format_name, 1), [RasterPage(pixels)])
        assert np.array_equal(opened(tmp_path / "a", result)[1][0].pixels, pixels)


def test_deep_colour_is_reduced_where_the_format_has_none(tmp_path: Path) -> None:
    result = written(Raster("JPEG2000", 1), [RasterPage(DEEP[..., :3])])
    assert np.array_equal(opened(tmp_path / "a", result)[1][0].pixels, in_8_bits(DEEP[..., :3]))


def test_a_codestream_stays_bare(tmp_path: Path) -> None:
    for is_bare in (False, True):
        result, _, _ = again(tmp_path / "a", encoded(scenery(), "JPEG2000", no_jp2=is_bare))
        assert result.startswith(b"\xff\x4f") is is_bare
        assert b"OpenJPEG" not in result


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_tiffs_stay_compressed_or_not(tmp_path: Path, compression: str | None) -> None:
    result, pages, others = again(tmp_path / "a", encoded(scenery(), "TIFF", compression=compression))
    assert Image.open(io.BytesIO(result)).info["compression"] == (
        "raw" if compression is None else "tiff_adobe_deflate"
    )
    assert np.array_equal(pages[0].pixels, others[0].pixels)


def test_all_pages_of_a_tiff_are_written_each_in_its_own_size(tmp_path: Path) -> None:
    more = [scenery(40, 60).convert("L"), clear(), scenery(300, 500)]
    _, pages, others = again(tmp_path / "a", encoded(scenery(), "TIFF", save_all=True, append_images=more))
    assert [page.pixels.shape for page in others] == [(70, 90, 3), (60, 40, 1), (70, 90, 4), (500, 300, 3)]
    assert all(np.array_equal(page.pixels, other.pixels) for page, other in zip(pages, others, strict=True))


class Counted(io.BytesIO):
    """A stream that knows how much was written to it, and keeps nothing."""

    position = 0

    def write(self, data: Any, /) -> int:
        """Count the bytes."""
        self.position += len(data)
        return len(data)

    def tell(self) -> int:
        """Return the number of bytes."""
        return self.position


@pytest.mark.parametrize("missing", [0, 1])
def test_a_tiff_beyond_four_gigabytes_is_refused(missing: int) -> None:
    raster = Raster("TIFF", 1, coding=Coding(is_compressed=False))
    page = RasterPage(np.broadcast_to(np.uint8(7), (2**16 - missing, 2**16, 1)))
    with pytest.raises(OSError, match="4 GB"):
        encode(raster, [page], Counted())


def profile_in(content: bytes) -> bytes | None:
    found: bytes | None = Image.open(io.BytesIO(content)).info.get("icc_profile")
    return found


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("name", ["srgb", "display_p3", "adobe_rgb"])
def test_a_tagged_file_is_tagged_with_our_profile(tmp_path: Path, format_name: str, name: Any) -> None:
    tagged = encoded(scenery(), format_name, icc_profile=profile_bytes(name))
    result, pages, _ = again(tmp_path / "a", tagged)
    assert profile_in(result) == profile_bytes(name)
    assert np.array_equal(pages[0].pixels, opened(tmp_path / "b", encoded(scenery(), format_name))[1][0].pixels)
    assert profile_in(again(tmp_path / "c", encoded(scenery(), format_name))[0]) is None


def test_animations_are_tagged_as_well(tmp_path: Path) -> None:
    profile = profile_bytes("display_p3")
    for format_name in ("PNG", "WEBP"):
        content = encoded(
            scenery(), format_name, save_all=True, append_images=[scenery().rotate(90)], icc_profile=profile
        )
        assert profile_in(content) == profile
        assert profile_in(again(tmp_path / "a", content)[0]) == profile


def test_the_makers_srgb_profile_is_replaced(tmp_path: Path) -> None:
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert profile_in(again(tmp_path / "a", encoded(scenery(), "JPEG", icc_profile=made))[0]) == profile_bytes("srgb")


def moving() -> list[Image.Image]:
    return [scenery(), scenery().rotate(90), clear(), clear().rotate(180), scenery().rotate(20)]


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("loop", [0, 1, 5])
def test_an_animation_keeps_frames_durations_and_loop(tmp_path: Path, format_name: str, loop: int) -> None:
    images = [image.convert("RGBA") if format_name == "PNG" else image for image in moving()]
    durations = [100, 250, 30, 400, 1000]
    options = {"lossless": True} if format_name == "WEBP" else {}
    content = encoded(
        images[0], format_name, save_all=True, append_images=images[1:], duration=durations, loop=loop, **options
    )
    _, pages, others = again(tmp_path / "a", content)
    assert [page.milliseconds for page in others] == durations
    for page, other in zip(pages, others, strict=True):
        # Only GIF has to choose colours, and where a frame had none of its own it was made of two palettes.
        limit = {"GIF": 4, "AVIF": 8}.get(format_name, 0)
        assert page.pixels.shape[:2] == other.pixels.shape[:2]
        assert np.abs(rgba(page.pixels) - rgba(other.pixels)).mean() <= limit


def rgba(pixels: NDArray[Any]) -> NDArray[np.int64]:
    result = np.asarray(Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).convert("RGBA")).astype(
        np.int64
    )
    return result * (result[..., 3:] > 0)


def test_equal_frames_stay_frames_of_their_own(tmp_path: Path) -> None:
    for format_name in ("GIF", "PNG", "WEBP"):
        content = encoded(scenery(), format_name, save_all=True, append_images=moving()[1:3], duration=[60, 70, 80])
        raster, pages = opened(tmp_path / "a", content)
        same = [replace(page, pixels=pages[0].pixels) for page in pages]
        others = opened(tmp_path / "b", written(raster, same))[1]
        assert [page.milliseconds for page in others] == [60, 70, 80]


def test_a_still_before_an_animation_stays_apart(tmp_path: Path) -> None:
    frames = [scenery().rotate(turn) for turn in (90, 180)]
    content = encoded(scenery(), "PNG", save_all=True, default_image=True, append_images=frames, duration=90, loop=2)
    result, pages, others = again(tmp_path / "a", content)
    assert Image.open(io.BytesIO(result)).info["default_image"]
    # Two frames, shown twice.
    assert b"acTL" + struct.pack(">II", 2, 2) in result
    assert len(others) == 3
    assert all(
        np.array_equal(page.pixels, rgba(other.pixels)[..., :3]) for page, other in zip(pages, others, strict=True)
    )


def test_very_long_frames_are_shown_as_long_as_the_format_can(tmp_path: Path) -> None:
    content = encoded(scenery(), "PNG", save_all=True, append_images=[scenery().rotate(90)], duration=[100, 200])
    raster, pages = opened(tmp_path / "a", content)
    long = [replace(page, milliseconds=100_000) for page in pages]
    assert [page.milliseconds for page in opened(tmp_path / "b", written(raster, long))[1]] == [100_000, 100_000]


def test_a_gif_of_few_colours_keeps_each_of_them(tmp_path: Path) -> None:
    colours = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.fromarray(np.stack([colours, 255 - colours, colours ^ 85], axis=2))
    content = encoded(image.quantize(256), "GIF")
    _, pages, others = again(tmp_path / "a", content)
    assert np.array_equal(pages[0].pixels, others[0].pixels)


def test_nothing_of_a_frame_shines_through_the_next(tmp_path: Path) -> None:
    content = encoded(scenery(), "GIF", save_all=True, append_images=[scenery().rotate(90)], duration=50)
    raster, pages = opened(tmp_path / "a", content)
    second = replace(pages[1], pixels=np.asarray(clear()))
    shown = opened(tmp_path / "b", written(raster, [pages[0], second]))[1][1].pixels
    assert shown.shape[2] == 4
    assert np.array_equal(shown[..., 3] > 0, second.pixels[..., 3] >= 128)


def test_an_avif_animation_does_not_tell_when_it_was_written(tmp_path: Path) -> None:
    raster, pages = opened(tmp_path / "a", encoded(scenery(), "AVIF", save_all=True, append_images=[scenery()]))
    result = written(raster, pages)
    # Three kinds of header hold two times of eight bytes each (ISO 14496-12), here in their version with such numbers.
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        places = [match.end() for match in re.finditer(kind, result)]
        assert places
        for place in places:
            assert result[place] == 1
            assert result[place + 4 : place + 20] == bytes(16)


def test_a_gif_of_one_colour_is_a_file_that_can_be_read(tmp_path: Path) -> None:
    _, _, others = again(tmp_path / "a", encoded(Image.new("P", (5, 4)), "GIF"))
    assert others[0].pixels.shape[:2] == (4, 5)


def test_a_gif_with_too_many_colours_looks_nearly_the_same(tmp_path: Path) -> None:
    raster, _ = opened(tmp_path / "a", encoded(scenery(), "GIF"))
    for image in (scenery(), clear()):
        pixels = np.asarray(image)
        other = opened(tmp_path / "b", written(raster, [RasterPage(pixels)]))[1][0]
        shown = pixels[..., 3] >= 128 if pixels.shape[2] == 4 else np.ones(pixels.shape[:2], bool)
        assert np.abs(other.pixels[..., :3].astype(int) - pixels[..., :3])[shown].mean() < 8
        assert np.array_equal(rgba(other.pixels)[..., 3] > 0, shown)


@pytest.mark.parametrize("format_name", ["TIFF", "GIF", "PNG", "WEBP", "JPEG"])
def test_a_missing_page_is_an_error(format_name: str) -> None:
    page = RasterPage(np.asarray(scenery()))
    pages = [] if format_name == "JPEG" else [page]
    raster = Raster(format_name, 1 + len(pages), is_animation=format_name in {"GIF", "PNG", "WEBP"})
    with pytest.raises(ValueError, match="pages are to be written"):
        written(raster, pages)


def test_pages_are_taken_one_at_a_time() -> None:
    alive = []

    def pages() -> Any:
        for number in range(4):
            alive.append(number)
            yield RasterPage(np.full((30, 20, 3), 50 * number, np.uint8))

    sink = io.BytesIO()
    encode(Raster("TIFF", 3), pages(), sink)
    assert alive == [0, 1, 2]
    assert handler_named("TIFF").count_pages(sink) == 3


@pytest.mark.parametrize("format_name", ["TIFF", "WEBP"])
def test_a_file_may_begin_within_a_stream(format_name: str) -> None:
    raster = Raster(format_name, 2, is_animation=format_name == "WEBP")
    pages = [RasterPage(np.full((30, 20, 3), shade, np.uint8), 40) for shade in (50, 200)]
    sink = io.BytesIO(b"before")
    sink.seek(6)
    encode(raster, pages, sink)
    assert sink.getvalue() == b"before" + written(raster, pages)

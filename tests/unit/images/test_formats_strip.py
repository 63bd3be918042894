"""Metadata goes, pixels stay as they are stored, and whatever is doubtful is left to be written anew."""

from __future__ import annotations

import io
import itertools
import random
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageCms

from idscan.images.formats import jpeg, strip
from idscan.images.formats.base import WHOLE_FILE_BYTES
from idscan.images.formats.png import _joined_chunks, _raw_bytes, stripped_png
from idscan.images.pixels import profile_bytes
from tests.synth.planted import (
    PLANTED,
    encoded,
    planted_exif,
    planted_gifs,
    planted_jpegs,
    planted_others,
    planted_pngs,
    planted_webps,
    png_chunk,
    scenery,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNFIT = {"within the scan, behind the pixels", "behind the pixels"}

PLACES = [
    (format_name, place, content)
    for format_name, files in (
        ("JPEG", planted_jpegs()),
        ("PNG", planted_pngs()),
        ("WEBP", planted_webps()),
        ("GIF", planted_gifs()),
    )
    for place, content in files
]


def stripped(content: bytes, format_name: str) -> bytes | None:
    sink = io.BytesIO()
    if strip(io.BytesIO(content), format_name, sink):
        return sink.getvalue()
    assert sink.getvalue() == b""
    return None


def frames(content: bytes) -> list[tuple[bytes, object]]:
    image = Image.open(io.BytesIO(content))
    if image.format == "MPO":
        image = Image.open(io.BytesIO(content))
        return [(image.convert("RGBA").tobytes(), None)]
    result = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        result.append((image.convert("RGBA").tobytes(), image.info.get("duration")))
    return result


@pytest.mark.parametrize(
    ("format_name", "place", "content"), PLACES, ids=[f"{name} {place}" for name, place, _ in PLACES]
)
def test_nothing_besides_pixels_is_left(format_name: str, place: str, content: bytes) -> None:
    result = stripped(content, format_name)
    if place in _UNFIT:
        assert result is None
        return
    assert result is not None
    assert PLANTED not in result
    assert PLANTED[:8].decode().encode("utf-16-be") not in result
    assert frames(result) == frames(content)
    assert Image.open(io.BytesIO(result)).info.get("loop") == Image.open(io.BytesIO(content)).info.get("loop")
    # What is clean already stays as it is.
    assert stripped(result, format_name) == result


@pytest.mark.parametrize(
    ("format_name", "place", "content"), PLACES, ids=[f"{name} {place}" for name, place, _ in PLACES]
)
def test_only_what_shows_the_picture_is_kept(format_name: str, place: str, content: bytes) -> None:
    result = stripped(content, format_name)
    if result is None:
        return
    kinds = set(PARTS[format_name](result))
    assert (
        kinds
        <= {
            "JPEG": {0xE0, 0xDB, 0xC4, 0xC0, 0xC2, 0xDA},
            "PNG": {b"IHDR", b"PLTE", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND"},
            "WEBP": {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF"},
            "GIF": {0, 0xF9, 0xFF},
        }[format_name]
    )


def jpeg_parts(content: bytes) -> Iterator[int]:
    assert content.endswith(b"\xff\xd9")
    for segment in jpeg.walk(io.BytesIO(content), strict=True):
        if segment.marker > 0 and segment.marker != 0xD9:
            yield segment.marker
        if segment.marker == 0xE0:
            assert content[segment.start : segment.stop] == b"JFIF\0\1\1\0\0\1\0\1\0\0"


def png_parts(content: bytes) -> Iterator[bytes]:
    position = 8
    while position < len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        yield kind
        position += length + 12
        assert kind != b"IEND" or position == len(content)


def webp_parts(content: bytes) -> Iterator[bytes]:
    position = 12
    assert struct.unpack_from("<I", content, 4)[0] == len(content) - 8
    while position < len(content):
        kind, length = struct.unpack_from("<4sI", content, position)
        yield kind
        position += 8 + length + (length & 1)


def gif_parts(content: bytes) -> Iterator[int]:
    from idscan.images.formats.gif import walk

    stop = 0
    for block in walk(io.BytesIO(content), strict=True):
        if block.kind != b";":
            yield block.label
        stop = block.stop
    assert stop == len(content)


PARTS = {"JPEG": jpeg_parts, "PNG": png_parts, "WEBP": webp_parts, "GIF": gif_parts}


@pytest.mark.parametrize("content", [pair[1] for pair in planted_others()])
def test_other_formats_are_not_taken_apart(content: bytes) -> None:
    assert stripped(content, str(Image.open(io.BytesIO(content)).format)) is None


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_is_left_to_be_turned(format_name: str) -> None:
    assert stripped(encoded(scenery(), format_name, exif=planted_exif(6)), format_name) is None


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("name", ["display_p3", "adobe_rgb"])
def test_a_wide_colour_space_is_named_by_our_own_profile(format_name: str, name: str) -> None:
    ours = profile_bytes(name)  # type: ignore[arg-type]
    padded = ours[:16] + ours[16:]
    content = encoded(scenery(), format_name, icc_profile=padded, exif=planted_exif())
    result = stripped(content, format_name)
    assert result is not None
    assert Image.open(io.BytesIO(result)).info["icc_profile"] == ours
    assert frames(result) == frames(content)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_srgb_needs_no_profile(format_name: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    result = stripped(encoded(scenery(), format_name, icc_profile=profile), format_name)
    assert result is not None
    assert "icc_profile" not in Image.open(io.BytesIO(result)).info


def foreign_profile() -> bytes:
    """Return a profile in which red and green have changed places."""
    ours = profile_bytes("srgb")
    return ours.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_any_other_profile_is_left_to_be_converted(format_name: str) -> None:
    assert stripped(encoded(scenery(), format_name, icc_profile=foreign_profile()), format_name) is None


@pytest.mark.parametrize("mode", ["L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_grey_and_cmyk_jpegs_keep_their_pixels(mode: str, *, progressive: bool) -> None:
    image = scenery().convert(mode)
    content = encoded(image, "JPEG", comment=PLANTED, progressive=progressive)
    result = stripped(content, "JPEG")
    assert result is not None
    assert Image.open(io.BytesIO(result)).mode == mode
    assert frames(result) == frames(content)


def test_a_jpeg_that_stores_rgb_stays_rgb() -> None:
    content = encoded(scenery(), "JPEG", keep_rgb=True, comment=PLANTED)
    result = stripped(content, "JPEG")
    assert result is not None
    assert frames(result) == frames(content)


def without(content: bytes, marker: int) -> bytes:
    """Return a JPEG file without its segments of one kind."""
    found = [each for each in jpeg.walk(io.BytesIO(content), strict=True) if each.marker == marker]
    for segment in reversed(found):
        content = content[: segment.start - 4] + content[segment.stop :]
    return content


def test_component_names_tell_rgb_where_no_segment_does() -> None:
    content = without(encoded(scenery(), "JPEG", keep_rgb=True), 0xEE)
    result = stripped(content, "JPEG")
    assert result is not None
    assert frames(result) == frames(content)
    assert frames(result) != frames(encoded(scenery(), "JPEG"))


def test_a_jpeg_without_a_header_gets_one() -> None:
    content = encoded(scenery(), "JPEG")
    assert stripped(without(content, 0xE0), "JPEG") == stripped(content, "JPEG")


def test_cmyk_without_a_segment_gets_none() -> None:
    content = without(encoded(scenery().convert("CMYK"), "JPEG"), 0xEE)
    result = stripped(content, "JPEG")
    assert result is not None
    assert frames(result) == frames(content)


def test_fill_bytes_and_restart_markers_are_understood() -> None:
    content = encoded(scenery(), "JPEG", restart_marker_blocks=2)
    padded = content.replace(b"\xff\xdb", b"\xff\xff\xff\xdb", 1)
    result = stripped(padded, "JPEG")
    assert result is not None
    assert b"\xff\xdd" in result
    assert frames(result) == frames(content)


def test_a_scan_of_a_few_bytes_is_not_suspicious() -> None:
    content = encoded(Image.new("L", (8, 8), 90), "JPEG")
    assert stripped(content, "JPEG") is not None


def altered(content: bytes, marker: int, change: bytes) -> bytes:
    """Return a JPEG file with bytes added to the body of the first segment of one kind."""
    at = content.index(bytes((0xFF, marker)))
    length = struct.unpack_from(">H", content, at + 2)[0]
    end = at + 2 + length
    return content[: at + 2] + struct.pack(">H", length + len(change)) + content[at + 4 : end] + change + content[end:]


@pytest.mark.parametrize("marker", [0xDB, 0xC4, 0xC0, 0xDA])
def test_no_byte_hides_behind_a_table_or_header(marker: int) -> None:
    content = encoded(scenery(), "JPEG")
    assert jpeg.stripped_jpeg(content, None) is not None
    assert jpeg.stripped_jpeg(altered(content, marker, b"\0" * 9), None) is None


def test_odd_jpegs_are_left_to_be_written_anew() -> None:
    content = encoded(scenery(), "JPEG")
    frame = content.index(b"\xff\xc0")
    whole = content[frame : frame + 19]
    odd = {
        "two frames": content.replace(whole, whole * 2),
        "12 bits": content.replace(whole, whole[:4] + b"\x0c" + whole[5:]),
        "height told later": content.replace(whole, whole[:5] + b"\0\0" + whole[7:]),
        "arithmetic coding": content.replace(b"\xff\xc0", b"\xff\xc9", 1),
        "two components": content.replace(whole, b"\xff\xc0\0\x0e" + whole[4:9] + b"\2" + whole[10:16]),
        "no scan": content[: content.index(b"\xff\xda")] + b"\xff\xd9",
        "no frame": b"\xff\xd8\xff\xd9",
    }
    for name, changed in odd.items():
        assert jpeg.stripped_jpeg(changed, None) is None, name
    for broken in (content[:-2], content[:frame] + b"\0" + content[frame:], content[:20]):
        with pytest.raises((ValueError, IndexError, struct.error)):
            jpeg.stripped_jpeg(broken, None)


def test_transparent_pngs_are_left_to_have_their_colours_cleared() -> None:
    assert stripped(encoded(scenery().convert("RGBA"), "PNG"), "PNG") is None
    assert stripped(encoded(scenery().convert("LA"), "PNG"), "PNG") is None
    palette = scenery().quantize(8)
    assert stripped(encoded(palette, "PNG", transparency=b"\0\0\xff"), "PNG") is None
    assert stripped(encoded(palette, "PNG", transparency=b"\0\x80\xff"), "PNG") is not None


def test_one_transparent_colour_is_kept() -> None:
    content = encoded(scenery(), "PNG", transparency=(200, 30, 40))
    result = stripped(content, "PNG")
    assert result is not None
    assert frames(result) == frames(content)
    assert stripped(with_chunk(content, b"tRNS", bytes(6) + PLANTED), "PNG") is None


def with_chunk(content: bytes, kind: bytes, data: bytes) -> bytes:
    """Return a PNG file whose one chunk of a kind has other data."""
    at = content.index(kind) - 4
    end = at + 12 + struct.unpack_from(">I", content, at)[0]
    return content[:at] + png_chunk(kind, data) + content[end:]


def test_a_png_with_a_still_before_its_animation_stays_one() -> None:
    image = scenery()
    options = {"save_all": True, "default_image": True, "duration": 80, "loop": 2}
    content = encoded(image, "PNG", append_images=[image.rotate(90), image.rotate(180)], **options)
    result = stripped(content, "PNG")
    assert result is not None
    assert frames(result) == frames(content)
    assert Image.open(io.BytesIO(result)).info["default_image"]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (5, 5), (9, 13)])
@pytest.mark.parametrize("bits", [1, 8, 48])
def test_interlaced_passes_hold_every_pixel(width: int, height: int, bits: int) -> None:
    from idscan.images.formats.png import _PASSES

    total = 0
    for left, top, step_x, step_y in _PASSES:
        rows = len(range(top, height, step_y))
        columns = len(range(left, width, step_x))
        total += rows * (1 + -(-columns * bits // 8)) if columns else 0
    assert _raw_bytes((width, height), bits, _PASSES) == total


def test_a_png_whose_data_do_not_fit_its_size_is_written_anew() -> None:
    content = encoded(scenery(90, 70), "PNG")
    for size in ((90, 69), (90, 71)):
        header = struct.pack(">II", *size) + content[24:29]
        assert stripped_png(with_chunk(content, b"IHDR", header), None) is None
    cut = content[content.index(b"IDAT") + 4 :][:200]
    assert stripped_png(with_chunk(content, b"IDAT", cut), None) is None


def test_data_of_a_still_and_of_a_frame_are_never_joined() -> None:
    chunks = [(b"IDAT", b"one"), (b"IDAT", b"two"), (b"fdAT", b"....three"), (b"IEND", b"")]
    assert list(_joined_chunks(chunks)) == [(b"IDAT", b"onetwo"), (b"fdAT", b"three"), (b"IEND", b"")]


def test_a_png_in_pieces_becomes_whole() -> None:
    content = encoded(scenery(), "PNG")
    at = content.index(b"IDAT") - 4
    length = struct.unpack_from(">I", content, at)[0]
    data = content[at + 8 : at + 8 + length]
    pieces = b"".join(png_chunk(b"IDAT", data[start : start + 50]) for start in range(0, length, 50))
    assert stripped(content[:at] + pieces + content[at + 12 + length :], "PNG") == stripped(content, "PNG")
    wrong = content[: at + 8 + length] + b"\0\0\0\0" + content[at + 12 + length :]
    assert stripped(wrong, "PNG") is None


def test_an_interlaced_png_is_copied() -> None:
    # One pixel: the first pass alone.
    content = encoded(Image.new("RGB", (1, 1), "red"), "PNG")
    interlaced = with_chunk(content, b"IHDR", content[16:28] + b"\1")
    result = stripped(interlaced, "PNG")
    assert result is not None
    assert frames(result) == frames(content)


def test_a_header_must_come_first_in_a_png() -> None:
    content = encoded(scenery(), "PNG")
    header = content[8:33]
    assert (
        stripped_png(
            content[:8] + header.replace(b"IHDR", b"JHDR")[:-4] + crc(b"JHDR" + header[8:21]) + content[33:], None
        )
        is None
    )


def crc(data: bytes) -> bytes:
    return png_chunk(data[:4], data[4:])[-4:]


def test_transparent_webps_are_left_to_have_their_colours_cleared() -> None:
    clear = scenery().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    assert stripped(encoded(clear, "WEBP"), "WEBP") is None
    assert stripped(encoded(clear, "WEBP", icc_profile=profile_bytes("display_p3")), "WEBP") is None
    assert stripped(encoded(clear, "WEBP", lossless=True), "WEBP") is None
    assert stripped(encoded(clear, "WEBP", save_all=True, append_images=[scenery()]), "WEBP") is None


def test_odd_webps_are_left_to_be_written_anew() -> None:
    from idscan.images.formats.webp import stripped_webp

    plain = encoded(scenery(), "WEBP")
    assert stripped_webp(plain, None) == plain
    # A simple file has no header that could name a profile.
    assert stripped_webp(plain, b"a profile") is None
    twice = plain + plain[12:]
    assert stripped_webp(twice[:4] + struct.pack("<I", len(twice) - 8) + twice[8:], None) is None
    moving = encoded(scenery(), "WEBP", save_all=True, append_images=[scenery().rotate(90)])
    at = moving.index(b"ANMF")
    length = struct.unpack_from("<I", moving, at + 4)[0]
    empty = moving[:at] + b"ANMF" + struct.pack("<I", 16) + moving[at + 8 : at + 24] + moving[at + 8 + length :]
    for broken in (plain[:-20], plain[:12] + b"VP8", empty[:4] + struct.pack("<I", len(empty) - 8) + empty[8:]):
        with pytest.raises(ValueError, match=r"cut short|one image"):
            stripped_webp(broken, None)


def test_an_animated_webp_keeps_a_wide_colour_space() -> None:
    moving = [scenery(), scenery().rotate(90)]
    ours = profile_bytes("display_p3")
    content = encoded(moving[0], "WEBP", save_all=True, append_images=moving[1:], icc_profile=ours, exif=planted_exif())
    result = stripped(content, "WEBP")
    assert result is not None
    assert Image.open(io.BytesIO(result)).info["icc_profile"] == ours
    assert frames(result) == frames(content)


def test_odd_gifs_are_left_to_be_written_anew() -> None:
    from idscan.images.formats.gif import stripped_gif

    moving = encoded(scenery(), "GIF", save_all=True, append_images=[scenery().rotate(90)], duration=90, loop=3)
    assert stripped_gif(moving, None) == moving
    assert stripped_gif(moving, b"a profile") is None
    loop = moving.index(b"!\xff\x0bNETSCAPE2.0")
    control = moving.index(b"!\xf9\x04")
    narrow = moving[:6] + struct.pack("<HH", 10, 70) + moving[10:]
    low = moving[:6] + struct.pack("<HH", 90, 10) + moving[10:]
    longer = moving[: loop + 14] + moving[loop + 14 : loop + 18] + b"\x03abc" + moving[loop + 18 :]
    control_longer = moving[: control + 7] + b"\x02ab" + moving[control + 7 :]
    for changed in (narrow, low, longer, control_longer):
        assert stripped_gif(changed, None) is None
    with pytest.raises(ValueError, match="unknown block"):
        stripped_gif(moving[:-1] + b"?;", None)
    with pytest.raises(ValueError, match="no trailer"):
        stripped_gif(moving[:-1], None)


@pytest.mark.parametrize("colours", [2, 3, 16, 200, 256])
def test_gif_codes_are_counted_right(colours: int) -> None:
    generator = random.Random(colours)
    indices = [generator.randrange(colours) for _ in range(120 * 90)]
    image = Image.new("P", (120, 90))
    image.putdata(indices)
    image.putpalette([generator.randrange(256) for _ in range(3 * colours)])
    content = encoded(image, "GIF", optimize=False)
    result = stripped(content, "GIF")
    assert result is not None
    assert result[6:] == content[6:]


def test_a_gif_without_an_end_code_is_written_anew() -> None:
    from idscan.images.formats.gif import stripped_gif

    header = b"GIF89a" + struct.pack("<HHBBB", 2, 1, 0x80, 0, 0) + bytes(6)
    # Codes of 3 bits: clear (4), 0, 0 and no end (5).
    codes = struct.pack("<H", 4 | 0 << 3 | 0 << 6)
    picture = b"," + struct.pack("<4HB", 0, 0, 2, 1, 0) + b"\2\2" + codes + b"\0"
    assert stripped_gif(header + picture + b";", None) is None
    ended = b"," + struct.pack("<4HB", 0, 0, 2, 1, 0) + b"\2\2" + struct.pack("<H", 4 | 5 << 9) + b"\0"
    assert stripped_gif(header + ended + b";", None) is not None


@pytest.mark.parametrize(
    ("format_name", "place", "content"), PLACES, ids=[f"{name} {place}" for name, place, _ in PLACES]
)
def test_hostile_content_raises_nothing(format_name: str, place: str, content: bytes) -> None:
    generator = random.Random(place)
    for _ in range(25):
        broken = bytearray(content)
        for _ in range(generator.randrange(1, 5)):
            broken[generator.randrange(len(broken))] = generator.randrange(256)
        stripped(bytes(broken[: generator.randrange(len(broken))]), format_name)
        stripped(bytes(broken), format_name)


def test_a_file_too_large_to_be_held_is_written_anew(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w+b") as sparse:
        sparse.write(encoded(scenery(), "PNG"))
        sparse.truncate(2**20)
        assert strip(sparse, "PNG", io.BytesIO())
        sparse.truncate(WHOLE_FILE_BYTES + 1)
        assert not strip(sparse, "PNG", io.BytesIO())


def test_all_frames_of_a_stripped_animation_differ_as_before() -> None:
    moving = [scenery(), scenery().rotate(90), scenery().rotate(180)]
    content = encoded(moving[0], "GIF", save_all=True, append_images=moving[1:], duration=[100, 70, 200], loop=0)
    result = stripped(content, "GIF")
    assert result is not None
    shown = frames(result)
    assert [duration for _, duration in shown] == [100, 70, 200]
    assert all(
        not np.array_equal(np.frombuffer(one, np.uint8), np.frombuffer(other, np.uint8))
        for (one, _), (other, _) in itertools.combinations(shown, 2)
    )

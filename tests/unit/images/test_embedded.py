"""What a file carries besides its pixels is found in every container, and hostile files raise nothing."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin

from idscan.core.enums import Where
from idscan.core.settings import Settings
from idscan.core.types import Secret
from idscan.images.embedded import EmbeddedParts, embedded_parts
from idscan.images.formats import jpeg
from idscan.images.formats.base import Parts

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings()
NUMBER = "001099000001"
NAME = "Nguyễn Văn Mẫu"
EMPTY = EmbeddedParts((), (), 0)
SIDE = (96, 64)


def picture(size: tuple[int, int] = SIDE, colour: str = "navy") -> Image.Image:
    """Return a made-up picture whose top left corner is red."""
    image = Image.new("RGB", size, colour)
    image.paste("red", (0, 0, size[0] // 3, size[1] // 3))
    return image


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


JPEG = encoded(picture((128, 96), "grey"), "JPEG")
THUMBNAIL = encoded(picture(), "JPEG")


def found(path: Path, content: bytes, settings: Settings = SETTINGS) -> EmbeddedParts:
    path.write_bytes(content)
    return embedded_parts(str(path), settings)


def texts(hidden: EmbeddedParts, where: str) -> str:
    return "\n".join(entry.text.reveal() for entry in hidden.texts if entry.where == where)


def kinds(hidden: EmbeddedParts) -> list[str]:
    return [entry.kind for entry in hidden.images]


def shapes(hidden: EmbeddedParts) -> list[tuple[int, ...]]:
    return [entry.layers[0].shape for entry in hidden.images]


def is_red(pixels: np.ndarray) -> bool:
    return bool(pixels[..., 0].mean() > 200 and pixels[..., 2].mean() < 60)


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_segments(*segments: bytes) -> bytes:
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def exif_block(
    thumbnail: bytes = b"", *, order: str = "<", orientation: int = 1, number: str = "", pixels: bool = False
) -> bytes:
    """Return a TIFF block: one directory with orientation and description, one with a thumbnail."""
    text = number.encode() + b"\0"
    tags = [(0x010E, 2, len(text), None), (0x0112, 3, 1, orientation)]
    first = 8
    second = first + 2 + 12 * len(tags) + 4
    if pixels:
        values = [(256, 4, 60), (257, 4, 50), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 0), (277, 3, 1)]
        values += [(278, 4, 50), (279, 4, 3000)]
        thumbnail = bytes(3000)
    else:
        values = [(0x0201, 4, 0), (0x0202, 4, len(thumbnail))]
    heap = second + 2 + 12 * len(values) + 4
    start = heap + len(text)
    out = {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HI", 42, first)
    out += struct.pack(order + "H", len(tags))
    out += struct.pack(order + "HHII", 0x010E, 2, len(text), heap)
    out += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    out += struct.pack(order + "I", second if thumbnail else 0)
    out += struct.pack(order + "H", len(values))
    for code, kind, value in values:
        shown = start if code in {273, 0x0201} else value
        out += struct.pack(order + "HHI", code, kind, 1)
        out += struct.pack(order + ("HH" if kind == 3 else "I"), *((shown, 0) if kind == 3 else (shown,)))
    return out + struct.pack(order + "I", 0) + text + thumbnail


def exif_segment(block: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + block)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP", "JPEG2000", "PPM"])
def test_a_file_of_nothing_but_pixels_carries_nothing(tmp_path: Path, format_name: str) -> None:
    assert found(tmp_path / "a", encoded(picture((128, 96)), format_name)) == EMPTY


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("container", ["JPEG", "PNG", "WEBP"])
def test_a_thumbnail_in_exif_data_is_found_and_turned_like_the_picture(
    tmp_path: Path, container: str, order: str
) -> None:
    block = exif_block(THUMBNAIL, order=order, orientation=3, number=NUMBER)
    content = encoded(picture((128, 96)), container, exif=b"Exif\0\0" + block)
    hidden = found(tmp_path / "a", content)
    assert (kinds(hidden), shapes(hidden)) == (["exif_thumbnail"], [(64, 96, 3)])
    pixels = hidden.images[0].layers[0]
    assert is_red(pixels[-16:, -24:])
    assert not is_red(pixels[:16, :24])
    assert NUMBER in texts(hidden, "exif")
    assert hidden.trailing_bytes == 0


def test_a_thumbnail_in_an_avif_file_is_found(tmp_path: Path) -> None:
    # Items lie in any box of data; this one has the four bytes before it that the standard asks for.
    item = bytes(4) + exif_block(THUMBNAIL, number=NUMBER)
    box = struct.pack(">I4s", len(item) + 8, b"mdat") + item
    hidden = found(tmp_path / "a", encoded(picture((128, 96)), "AVIF") + box)
    assert (kinds(hidden), shapes(hidden)) == (["exif_thumbnail"], [(64, 96, 3)])
    assert NUMBER in texts(hidden, "exif")


def test_a_thumbnail_that_says_itself_how_it_lies_is_believed(tmp_path: Path) -> None:
    own = encoded(picture(), "JPEG", exif=b"Exif\0\0" + exif_block(orientation=6))
    hidden = found(tmp_path / "a", with_segments(exif_segment(exif_block(own, orientation=3))))
    assert shapes(hidden) == [(96, 64, 3)]
    assert is_red(hidden.images[0].layers[0][:16, -16:])


def test_an_uncompressed_thumbnail_is_found(tmp_path: Path) -> None:
    hidden = found(tmp_path / "a", with_segments(exif_segment(exif_block(pixels=True))))
    assert (kinds(hidden), shapes(hidden)) == (["exif_thumbnail"], [(50, 60, 3)])


def test_a_preview_anywhere_in_exif_data_is_found(tmp_path: Path) -> None:
    block = exif_block(THUMBNAIL) + b"maker note" + encoded(picture((80, 60)), "JPEG")
    hidden = found(tmp_path / "a", with_segments(exif_segment(block)))
    assert list(zip(kinds(hidden), shapes(hidden), strict=True)) == [
        ("exif_thumbnail", (64, 96, 3)),
        ("preview", (60, 80, 3)),
    ]
    assert [entry.where for entry in hidden.images] == [Where.THUMBNAIL, Where.PREVIEW]


@pytest.mark.parametrize("size", [(47, 200), (200, 47)])
def test_a_picture_too_small_to_show_anything_is_left_out(tmp_path: Path, size: tuple[int, int]) -> None:
    block = exif_block(encoded(picture(size), "JPEG"))
    assert found(tmp_path / "a", with_segments(exif_segment(block))).images == ()


def test_a_hidden_picture_has_to_keep_the_limits_of_pixels(tmp_path: Path) -> None:
    content = JPEG + encoded(picture((200, 100)), "JPEG")
    assert shapes(found(tmp_path / "a", content, Settings(working_pixels=5000))) == [(50, 100, 3)]
    assert found(tmp_path / "a", content, Settings(max_pixels=19_999)).images == ()


@pytest.mark.parametrize(
    "payload",
    [
        b"JFIF\0\1\2\0\0\1\0\1" + bytes([60, 50]) + bytes(9000),
        b"JFXX\0\x13" + bytes([60, 50]) + bytes(9000),
        b"JFXX\0\x11" + bytes([60, 50]) + bytes(768) + bytes(3000),
        b"JFXX\0\x10" + encoded(picture((60, 50)), "JPEG"),
    ],
)
def test_thumbnails_of_jfif_are_found(tmp_path: Path, payload: bytes) -> None:
    hidden = found(tmp_path / "a", with_segments(segment(0xE0, payload)))
    assert (kinds(hidden), shapes(hidden)) == (["jfif_thumbnail"], [(50, 60, 3)])
    cut = found(tmp_path / "a", with_segments(segment(0xE0, payload[:-700])))
    assert cut.images == ()


@pytest.mark.parametrize("tail", [THUMBNAIL, encoded(picture(), "PNG")])
@pytest.mark.parametrize("container", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "JPEG2000", "PPM"])
def test_a_picture_behind_the_end_is_found(tmp_path: Path, container: str, tail: bytes) -> None:
    added = b"some video \0\1\2" + tail
    hidden = found(tmp_path / "a", encoded(picture((128, 96)), container) + added)
    assert (kinds(hidden), shapes(hidden)) == (["trailing_picture"], [(64, 96, 3)])
    assert hidden.trailing_bytes == len(added)
    assert is_red(hidden.images[0].layers[0][:16, :24])


def test_text_behind_the_end_is_found(tmp_path: Path) -> None:
    hidden = found(tmp_path / "a", JPEG + b"\1\2" + f"số {NUMBER}".encode() + b"\0")
    assert texts(hidden, "trailing") == f"số {NUMBER}"
    assert NUMBER not in repr(hidden)


def test_the_end_of_a_progressive_picture_is_found(tmp_path: Path) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8))
    content = encoded(noise, "JPEG", progressive=True, quality=95)
    assert found(tmp_path / "a", content) == EMPTY
    assert found(tmp_path / "a", content + b"12345").trailing_bytes == 5


def test_a_marker_split_between_two_reads_is_found(tmp_path: Path) -> None:
    *_, scan, _ = jpeg.walk(io.BytesIO(JPEG))
    for length in (2**20 - 1, 2**20, 2**21 - 1):
        filled = JPEG[:-2] + bytes(length - (scan.stop - scan.start)) + JPEG[-2:]
        assert found(tmp_path / "a", filled + b"12345").trailing_bytes == 5


def test_further_pictures_of_a_multi_picture_file_are_named_so(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    picture((128, 96)).save(buffer, "MPO", save_all=True, append_images=[picture()])
    hidden = found(tmp_path / "a", buffer.getvalue())
    assert (kinds(hidden), shapes(hidden)) == (["mpf_picture"], [(64, 96, 3)])
    assert hidden.trailing_bytes > 0


def resource(code: int, value: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HBBI", code, 0, 0, len(value)) + value + bytes(len(value) % 2)


PHOTOSHOP = b"".join(
    (
        resource(1036, bytes(28) + THUMBNAIL),
        resource(1028, b"\x1c\x02\x78\x00\x0c" + NUMBER.encode()),
        resource(1060, f"<x:xmpmeta>{NAME}</x:xmpmeta>".encode()),
    )
)


def photoshop_file() -> bytes:
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 4, 4, 8, 3)
    return header + struct.pack(">II", 0, len(PHOTOSHOP)) + PHOTOSHOP + bytes(4 + 2 + 48)


def tiff_with_resources() -> bytes:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[34377] = PHOTOSHOP
    info.tagtype[34377] = 7
    return encoded(picture((128, 96)), "TIFF", tiffinfo=info)


@pytest.mark.parametrize(
    "content",
    [with_segments(segment(0xED, b"Photoshop 3.0\0" + PHOTOSHOP)), photoshop_file(), tiff_with_resources()],
    ids=["JPEG", "PSD", "TIFF"],
)
def test_photoshops_resources_are_taken_apart(tmp_path: Path, content: bytes) -> None:
    hidden = found(tmp_path / "a", content)
    assert "psd_thumbnail" in kinds(hidden)
    assert shapes(hidden)[0] == (64, 96, 3)
    assert NUMBER in texts(hidden, "iptc")
    assert NAME in texts(hidden, "xmp")


XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:title>{NAME} &#48;&#48;1099000001</dc:title></x:xmpmeta>".encode()


def gif_with_xmp() -> bytes:
    """Return a GIF with XMP as Adobe has it: unblocked, with a trailer of falling lengths that ends any reading."""
    content = encoded(picture(), "GIF")
    start = 13 + (3 << ((content[10] & 7) + 1))
    trailer = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    return content[:start] + b"!\xff\x0bXMP DataXMP" + XMP + trailer + content[start:]


@pytest.mark.parametrize(
    "content",
    [
        with_segments(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)),
        encoded(picture(), "WEBP", xmp=XMP),
        encoded(picture(), "AVIF", xmp=XMP),
        gif_with_xmp(),
        encoded(picture(), "TIFF", tiffinfo={700: XMP}),
    ],
    ids=["JPEG", "WEBP", "AVIF", "GIF", "TIFF"],
)
def test_xmp_is_found_and_its_character_references_are_read(tmp_path: Path, content: bytes) -> None:
    hidden = found(tmp_path / "a", content)
    assert NAME in texts(hidden, "xmp")
    assert NUMBER in texts(hidden, "xmp")


def test_a_thumbnail_in_xmp_spread_over_segments_is_found(tmp_path: Path) -> None:
    data = b"<xmpGImg:image>" + base64.b64encode(THUMBNAIL).replace(b"A", b"A&#xA;") + b"</xmpGImg:image>"
    half = len(data) // 2
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">I", len(data))
    pieces = [(half, data[half:]), (0, data[:half])]  # out of order, as is allowed
    content = with_segments(*(segment(0xE1, head + struct.pack(">I", at) + piece) for at, piece in pieces))
    hidden = found(tmp_path / "a", content)
    assert (kinds(hidden), shapes(hidden)) == (["xmp_thumbnail"], [(64, 96, 3)])


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (encoded(picture(), "JPEG", comment=NAME.encode()), "comment"),
        (encoded(picture(), "JPEG", comment=f"made by {NUMBER} \xe9".encode("latin-1")), "comment"),
        (encoded(picture(), "GIF", comment=NUMBER.encode()), "comment"),
        (encoded(picture(), "TIFF", description=NUMBER), "exif"),
    ],
)
def test_comments_are_found(tmp_path: Path, content: bytes, where: str) -> None:
    hidden = found(tmp_path / "a", content)
    assert NUMBER in texts(hidden, where) or NAME in texts(hidden, where)


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt", "iTXt packed"])
def test_text_of_png_files_is_found_packed_or_not(tmp_path: Path, kind: str) -> None:
    info = PngImagePlugin.PngInfo()
    if kind.startswith("iTXt"):
        info.add_itxt("Author", f"{NAME} {NUMBER}", zip=kind.endswith("packed"))
    else:
        info.add_text("Author", f"so {NUMBER}", zip=kind == "zTXt")
    assert NUMBER in texts(found(tmp_path / "a", encoded(picture(), "PNG", pnginfo=info)), "png_text")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(kind: bytes, data: bytes) -> bytes:
    content = encoded(picture(), "PNG")
    return content[:33] + chunk(kind, data) + content[33:]


def raw_profile(kind: bytes, data: bytes) -> bytes:
    text = b"\n" + kind + b"\n%8d\n" % len(data) + data.hex().encode()
    return with_chunk(b"zTXt", b"Raw profile type " + kind + b"\0\0" + zlib.compress(text))


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (with_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP), "xmp"),
        (raw_profile(b"xmp", XMP), "xmp"),
        (raw_profile(b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + XMP), "xmp"),
        (raw_profile(b"exif", b"Exif\0\0" + exif_block(THUMBNAIL, number=NUMBER)), "exif"),
        (raw_profile(b"8bim", PHOTOSHOP), "iptc"),
        (raw_profile(b"generic", NUMBER.encode()), "other"),
        (with_chunk(b"prVt", NUMBER.encode()), "other"),
        (with_chunk(b"zTXt", b"Author\0\0" + NUMBER.encode() + b" not packed"), "png_text"),
    ],
)
def test_other_chunks_of_png_files_are_looked_at(tmp_path: Path, content: bytes, where: str) -> None:
    hidden = found(tmp_path / "a", content)
    assert NUMBER in texts(hidden, where)
    assert hidden.trailing_bytes == 0


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_colour_profile_is_looked_at(tmp_path: Path, format_name: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + b"\0" + NUMBER.encode()
    content = encoded(picture(), format_name, icc_profile=profile)
    assert NUMBER in texts(found(tmp_path / "a", content), "icc")


def test_a_profile_in_several_segments_is_put_together(tmp_path: Path) -> None:
    halves = [b"ICC_PROFILE\0\1\2" + NUMBER[:6].encode(), b"ICC_PROFILE\0\2\2" + NUMBER[6:].encode()]
    assert texts(found(tmp_path / "a", with_segments(*(segment(0xE2, half) for half in halves))), "icc") == NUMBER


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("offset", [0, 1])
def test_text_is_found_however_its_letters_are_coded(tmp_path: Path, encoding: str, offset: int) -> None:
    note = bytes(offset) + f"{NAME} {NUMBER}".encode(encoding) + b"\0\0"
    assert f"{NAME} {NUMBER}" in texts(found(tmp_path / "a", with_segments(segment(0xE5, note))), "other")


def test_a_short_run_of_letters_is_no_text(tmp_path: Path) -> None:
    assert found(tmp_path / "a", with_segments(segment(0xE5, b"12345678\0"))).texts == ()
    assert len(found(tmp_path / "a", with_segments(segment(0xE5, b"123456789\0"))).texts) == 1


def test_texts_are_secrets(tmp_path: Path) -> None:
    hidden = found(tmp_path / "a", encoded(picture(), "JPEG", comment=NUMBER.encode()))
    assert hidden.texts[0].text == Secret(NUMBER)


def test_the_preview_in_a_sub_directory_of_a_tiff_file_is_found(tmp_path: Path) -> None:
    content = encoded(picture((128, 96)), "TIFF")
    # A second file's directory, moved behind the first, its strip with it, and a pointer from the first.
    preview = exif_block(pixels=True)
    second = 8 + 2 + 24 + 4
    base = len(content)
    entries = struct.unpack_from("<H", preview, second)[0]
    moved = bytearray(preview)
    for i in range(entries):
        at = second + 2 + 12 * i
        if struct.unpack_from("<H", moved, at)[0] == 273:
            struct.pack_into("<I", moved, at + 8, struct.unpack_from("<I", moved, at + 8)[0] + base)
    first = struct.unpack_from("<I", content, 4)[0]
    count = struct.unpack_from("<H", content, first)[0]
    table = content[first + 2 : first + 2 + 12 * count]
    pointer = struct.pack("<HHII", 330, 4, 1, base + second)
    rows = sorted([table[i * 12 : i * 12 + 12] for i in range(count)] + [pointer], key=lambda row: row[:2][::-1])
    directory = struct.pack("<H", count + 1) + b"".join(rows) + bytes(4)
    whole = content[:4] + struct.pack("<I", base + len(moved)) + content[8:] + bytes(moved) + directory
    hidden = found(tmp_path / "a", whole)
    assert (kinds(hidden), shapes(hidden)) == (["preview"], [(50, 60, 3)])


def test_a_jpeg_preview_in_a_tiff_file_is_found(tmp_path: Path) -> None:
    content = encoded(picture((128, 96)), "TIFF", tiffinfo={0x0201: 0, 0x0202: len(THUMBNAIL)})
    at = content.index(struct.pack("<HHI", 0x0201, 4, 1)) if struct.pack("<HHI", 0x0201, 4, 1) in content else -1
    assert at > 0
    whole = content[: at + 8] + struct.pack("<I", len(content)) + content[at + 12 :] + THUMBNAIL
    assert "preview" in kinds(found(tmp_path / "a", whole))


def test_what_is_no_picture_carries_nothing(tmp_path: Path) -> None:
    assert found(tmp_path / "a", b"just text " + NUMBER.encode()) == EMPTY
    assert embedded_parts(str(tmp_path / "missing"), SETTINGS) == EMPTY
    assert embedded_parts(str(tmp_path), SETTINGS) == EMPTY
    assert embedded_parts("a\0b", SETTINGS) == EMPTY


def test_no_more_than_a_bounded_number_of_bytes_is_kept() -> None:
    kept = Parts(room=20)
    kept.add("other", b"x" * 15)
    kept.add("other", b"y" * 15)
    kept.add("other", b"z" * 15)
    assert [part.data for part in kept.found] == [b"x" * 15, b"y" * 5]


def test_a_flood_of_packed_text_is_unpacked_no_further_than_the_limit(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(200 * 2**20), 9)
    hidden = found(tmp_path / "a", with_chunk(b"zTXt", b"Author\0\0" + bomb))
    assert hidden.images == ()


def test_directories_that_lead_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    block = bytearray(exif_block(THUMBNAIL))
    struct.pack_into("<I", block, 8 + 2 + 24, 8)
    assert kinds(found(tmp_path / "a", with_segments(exif_segment(bytes(block))))) == ["preview"]

"""Pictures with a marker in every place of a file where something besides pixels may stand."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin

if TYPE_CHECKING:
    from collections.abc import Iterator

PLANTED = b"PLANTED-001099000001"
_XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + PLANTED + b"</x:xmpmeta>"


def scenery(width: int = 90, height: int = 70) -> Image.Image:
    """Return a smooth made-up picture with some hard edges, of sides that fill no block."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], axis=2)
    pixels[10:30, 15:50] = (200, 30, 40)
    pixels[40:60, 55:80] = (20, 40, 220)
    return Image.fromarray(pixels.astype(np.uint8))


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    """Return what Pillow makes of a picture."""
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def planted_exif(turn: int = 1) -> bytes:
    """Return EXIF data with the marker as a description, a comment and within a thumbnail."""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = PLANTED.decode()
    exif[ExifTags.Base.Orientation] = turn
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = PLANTED
    thumbnail = encoded(scenery(32, 24), "JPEG", comment=PLANTED)
    # A second directory (EXIF 2.32, 4.6.2) tells where in these data the thumbnail lies.
    head = exif.tobytes()
    order = "<" if head[6:8] == b"II" else ">"
    tiff = bytearray(head[6:])
    first = struct.unpack_from(order + "I", tiff, 4)[0]
    entries = struct.unpack_from(order + "H", tiff, first)[0]
    struct.pack_into(order + "I", tiff, first + 2 + 12 * entries, len(tiff))
    at = len(tiff) + 2 + 2 * 12 + 4
    tiff += struct.pack(order + "HHHIIHHIII", 2, 0x0201, 4, 1, at, 0x0202, 4, 1, len(thumbnail), 0) + thumbnail
    return b"Exif\0\0" + bytes(tiff)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def planted_jpegs() -> Iterator[tuple[str, bytes]]:
    """Yield (place, file)."""
    plain = encoded(scenery(), "JPEG", quality=90)
    yield "exif", encoded(scenery(), "JPEG", exif=planted_exif())
    yield "comment", encoded(scenery(), "JPEG", comment=PLANTED)
    yield "xmp", encoded(scenery(), "JPEG", xmp=_XMP)
    iptc = b"Photoshop 3.0\08BIM\x04\x04\0\0" + struct.pack(">I", len(PLANTED) + 5) + b"\x1c\x02\x78\0\x14" + PLANTED
    yield "iptc", plain[:2] + _segment(0xED, iptc) + plain[2:]
    yield "unknown segment", plain[:2] + _segment(0xEB, PLANTED) + plain[2:]
    yield "jfif thumbnail", plain[:2] + _segment(0xE0, b"JFXX\0\x10" + PLANTED) + plain[2:]
    yield "behind the end", plain + PLANTED
    yield "between tables and scan", plain.replace(b"\xff\xda", _segment(0xFE, PLANTED) + b"\xff\xda", 1)
    yield "within the scan, behind the pixels", plain[:-2] + PLANTED + plain[-2:]
    second = Image.new("RGB", (32, 24), "red")
    second.encoderinfo = {"comment": PLANTED}
    yield "second picture", encoded(scenery(), "MPO", save_all=True, append_images=[second])
    yield "profile", encoded(scenery(), "JPEG", icc_profile=planted_profile())
    yield "progressive", encoded(scenery(), "JPEG", progressive=True, comment=PLANTED, exif=planted_exif())


def planted_profile() -> bytes:
    """Return an sRGB profile whose description is the marker."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    name = "sRGB built-in".encode("utf-16-be")
    text = PLANTED.decode()[: len(name) // 2].encode("utf-16-be")
    return profile.replace(name, text)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def planted_pngs() -> Iterator[tuple[str, bytes]]:
    """Yield (place, file)."""
    plain = encoded(scenery(), "PNG")
    for place in ("text", "compressed text", "international text"):
        info = PngImagePlugin.PngInfo()
        if place == "international text":
            info.add_itxt("Comment", PLANTED.decode())
        else:
            info.add_text("Comment", PLANTED.decode(), zip=place == "compressed text")
        yield place, encoded(scenery(), "PNG", pnginfo=info)
    yield "exif", encoded(scenery(), "PNG", exif=planted_exif())
    yield "profile", encoded(scenery(), "PNG", icc_profile=planted_profile())
    yield "private chunk", plain[:33] + png_chunk(b"prVt", PLANTED) + plain[33:]
    yield "behind the end", plain + PLANTED
    end = plain.rindex(b"IEND") - 4
    yield "a data chunk behind the pixels", plain[:end] + png_chunk(b"IDAT", PLANTED) + plain[end:]
    yield "palette", encoded(scenery().quantize(16), "PNG", comment=PLANTED) + PLANTED
    frames = [scenery(), scenery().rotate(90)]
    animated = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=[100, 200], loop=3)
    yield "animation", animated[:33] + png_chunk(b"tEXt", b"Comment\0" + PLANTED) + animated[33:] + PLANTED


def planted_webps() -> Iterator[tuple[str, bytes]]:
    """Yield (place, file)."""
    options = {"exif": planted_exif(), "xmp": _XMP}
    yield "lossy", encoded(scenery(), "WEBP", **options)
    yield "lossless", encoded(scenery(), "WEBP", lossless=True, **options)
    yield "profile", encoded(scenery(), "WEBP", icc_profile=planted_profile(), exif=planted_exif())
    frames = [scenery(), scenery().rotate(90)]
    yield "animation", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=[70, 90], **options)
    plain = encoded(scenery(), "WEBP")
    yield "behind the end", plain + PLANTED
    more = plain + b"prVt" + struct.pack("<I", len(PLANTED)) + PLANTED
    yield "unknown chunk", more[:4] + struct.pack("<I", len(more) - 8) + more[8:]


def planted_gifs() -> Iterator[tuple[str, bytes]]:
    """Yield (place, file)."""
    frames = [scenery(), scenery().rotate(90)]
    plain = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=[100, 200], loop=3)
    yield "comment", encoded(scenery(), "GIF", comment=PLANTED)
    block = bytes((len(PLANTED),)) + PLANTED + b"\0"
    end = len(plain) - 1
    yield "application", plain[:end] + b"!\xff\x0bXMP DataXMP" + block + b";"
    yield "plain text", plain[:end] + b"!\x01\x0c" + bytes(12) + block + b";"
    yield "behind the end", plain + PLANTED
    yield "animation", plain[:end] + b"!\xfe" + block + b";"
    single = encoded(scenery(), "GIF")
    yield "behind the pixels", single[:-2] + block + b";"


def planted_others() -> Iterator[tuple[str, bytes]]:
    """Yield (format, file) of formats that are never copied."""
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[270] = PLANTED.decode()
    info[700] = _XMP
    info[65000] = PLANTED.decode()
    options = {"tiffinfo": info, "exif": planted_exif(), "icc_profile": planted_profile()}
    yield "TIFF", encoded(scenery(), "TIFF", **options) + PLANTED
    yield "AVIF", encoded(scenery(), "AVIF", exif=planted_exif(), xmp=_XMP, icc_profile=planted_profile())
    yield "JPEG2000", encoded(scenery(), "JPEG2000", comment=PLANTED.decode())
    yield "JPEG2000", encoded(scenery(), "JPEG2000", comment=PLANTED.decode(), no_jp2=True)
    yield "BMP", encoded(scenery(), "BMP") + PLANTED
    yield "PCX", encoded(scenery(), "PCX") + PLANTED
    plain = encoded(scenery(), "PPM")
    yield "PPM", plain[:3] + b"# " + PLANTED + b"\n" + plain[3:] + PLANTED

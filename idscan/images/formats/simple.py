"""Formats without a container to walk: BMP, Netpbm, PCX, ICO, PSD, and those that are recognised but not decoded."""

from __future__ import annotations

import os
import re
import struct
from typing import TYPE_CHECKING, BinaryIO

from idscan.images.formats.base import Coding, FormatHandler, PillowPages, begins, read_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from idscan.images.formats.base import Parts
    from idscan.images.raster import Raster, RasterPage

_BMP_INFO_HEADER = 40
"""Bytes of the information header from which on it holds the length of the pixels."""
_BMP_HEADER_BYTES = 14 + 108
"""File header and BITMAPV4HEADER."""
_BIT_FIELDS = 3
"""BI_BITFIELDS: masks in the header define the channels."""


def _add_bmp_parts(stream: BinaryIO, parts: Parts) -> None:
    stream.seek(2)
    announced, pixels, header, width, height, _planes, bits, coding, data = struct.unpack(
        "<I4xIIiiHHII", stream.read(36)
    )
    stored = data if coding else (abs(width) * bits + 31) // 32 * 4 * abs(height)
    if header >= _BMP_INFO_HEADER:
        parts.add_trailing(stream, max(announced, pixels + stored))


def _write_bmp(_raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    from idscan.images.pixels import has_alpha, in_8_bits, pillow_bytes, to_pillow, with_colours

    pixels = in_8_bits(next(pages).pixels)
    if not has_alpha(pixels):
        stream.write(pillow_bytes(to_pillow(pixels), "BMP"))
        return
    # Pillow writes a header in which transparency has no place.
    height, width = pixels.shape[:2]
    rows = with_colours(pixels, alpha=True)[::-1, :, [2, 1, 0, 3]].tobytes()
    stream.write(struct.pack("<2sIII", b"BM", _BMP_HEADER_BYTES + len(rows), 0, _BMP_HEADER_BYTES))
    stream.write(struct.pack("<IiiHHII", _BMP_HEADER_BYTES - 14, width, height, 1, 32, _BIT_FIELDS, len(rows)))
    stream.write(struct.pack("<16x4I4s48x", 0xFF0000, 0xFF00, 0xFF, 0xFF000000, b"BGRs"))
    stream.write(rows)


_LONGEST_PPM_HEAD = 4096
"""Bytes searched for the header. Lower: one with long comments is missed; higher: more pixels are searched."""
_PBM_HEAD = re.compile(rb"P4\s+(\d{1,9})\s+(\d{1,9})\s")
_PPM_HEAD = re.compile(rb"P([56])\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,5})\s")
_PPM_SIZE = rb"\s+(?:#[^\r\n]*[\r\n]\s*)*\d+\s+(?:#[^\r\n]*[\r\n]\s*)*\d+"
_PPM_WHITE = re.compile(rb"P[2356]" + _PPM_SIZE + rb"\s+(?:#[^\r\n]*[\r\n]\s*)*(\d+)")
_PIXMAP = 6  # digit of the magic number P6: three samples per pixel (Netpbm, ppm format)


def _add_ppm_parts(stream: BinaryIO, parts: Parts) -> None:
    head = re.sub(rb"#[^\r\n]*", lambda comment: b" " * len(comment[0]), stream.read(_LONGEST_PPM_HEAD))
    bits, samples = _PBM_HEAD.match(head), _PPM_HEAD.match(head)
    if bits is not None:
        width, height = map(int, bits.groups())
        parts.add_trailing(stream, bits.end() + (width + 7) // 8 * height)
    elif samples is not None:
        kind, width, height, most = map(int, samples.groups())
        sample_bytes = 2 if most > 255 else 1
        parts.add_trailing(stream, samples.end() + width * height * sample_bytes * (3 if kind == _PIXMAP else 1))


def _ppm_coding(_image: Image.Image, stream: BinaryIO, _turn: int) -> Coding:
    white = _PPM_WHITE.match(read_head(stream))
    return Coding(bits=int(white[1]).bit_length() if white else 8)


def _write_ppm(_raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    pixels = next(pages).opaque()
    height, width, channels = pixels.shape
    kind = b"P5" if channels == 1 else b"P6"
    stream.write(b"%s\n%d %d\n%d\n" % (kind, width, height, 256**pixels.itemsize - 1))
    stream.write(pixels.astype(pixels.dtype.newbyteorder(">"), copy=False).tobytes())


def _write_pcx(_raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    from idscan.images.pixels import in_8_bits, pillow_bytes, to_pillow

    stream.write(pillow_bytes(to_pillow(in_8_bits(next(pages).opaque())), "PCX"))


def _add_psd_parts(stream: BinaryIO, parts: Parts) -> None:
    stream.seek(26)
    stream.seek(struct.unpack(">I", stream.read(4))[0], os.SEEK_CUR)
    length = struct.unpack(">I", stream.read(4))[0]
    parts.add_resources(stream.read(min(length, parts.room)))


BMP = FormatHandler(
    name="BMP",
    # "BM" alone also starts text: the size of the information header that follows must be one of the known ones.
    matches=begins(rb"BM.{12}(?:\x0c|\x10|\x28|\x34|\x38|\x40|\x6c|\x7c)\x00\x00\x00"),
    suffixes=(".bmp", ".dib"),
    pages=PillowPages("BMP"),
    add_parts=_add_bmp_parts,
    ends_early=lambda stream, size: bool(struct.unpack("<2xI", stream.read(6))[0] > size),
    write=_write_bmp,
)
PPM = FormatHandler(
    name="PPM",
    matches=begins(rb"P[1-6]" + _PPM_SIZE + rb"\s"),
    suffixes=(".ppm", ".pgm", ".pbm", ".pnm"),
    pages=PillowPages("PPM"),
    add_parts=_add_ppm_parts,
    keeps_depth=True,
    coding=_ppm_coding,
    write=_write_ppm,
)
PCX = FormatHandler(
    name="PCX",
    matches=begins(rb"\x0a[\x00\x02\x03\x05]\x01[\x01\x02\x04\x08]"),
    suffixes=(".pcx",),
    pages=PillowPages("PCX"),
    write=_write_pcx,
)
# Neither is written: an icon holds one image in many sizes, a PSD file the layers behind its image.
ICO = FormatHandler(
    name="ICO",
    matches=begins(rb"\x00\x00\x01\x00[\x01-\x40]\x00..[\x00-\xff]\x00[\x00\x01]\x00"),
    suffixes=(".ico",),
    pages=PillowPages("ICO"),
)
PSD = FormatHandler(
    name="PSD",
    matches=begins(rb"8BPS\x00[\x01\x02]"),
    suffixes=(".psd", ".psb"),
    pages=PillowPages("PSD"),
    add_parts=_add_psd_parts,
    has_layers=True,
)

# Not decoded on purpose: vector graphics, formats that Pillow decodes in pure Python, which takes minutes for a crafted
# file (QOI, DDS), and animation formats that no camera or scanner writes. The others need libraries that are not among
# the dependencies.
# Sources: ISO 18181-2 (JPEG XL) and the magic database of file(1).
CR2 = FormatHandler(name="CR2", matches=begins(rb"(?:II\*\x00|MM\x00\*)....CR"), suffixes=(".cr2",))
"""Built on TIFF: its handler must come before that of TIFF."""

RECOGNISED = (
    FormatHandler(
        name="JPEG XL",
        matches=begins(rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n"),
        suffixes=(".jxl",),
        is_distinctive=True,
    ),
    FormatHandler(name="JPEG XR", matches=begins(rb"II\xbc[\x00\x01]"), suffixes=(".jxr",)),
    FormatHandler(name="RW2", matches=begins(rb"IIU\x00"), suffixes=(".rw2",)),
    FormatHandler(name="ORF", matches=begins(rb"IIR[OS]|MMOR"), suffixes=(".orf",)),
    FormatHandler(name="RAF", matches=begins(rb"FUJIFILMCCD-RAW"), suffixes=(".raf",), is_distinctive=True),
    FormatHandler(name="X3F", matches=begins(rb"FOVb"), suffixes=(".x3f",)),
    FormatHandler(name="CRW", matches=begins(rb"HEAPCCDR", 6), suffixes=(".crw",)),
    FormatHandler(name="MNG", matches=begins(rb"\x8aMNG\r\n\x1a\n")),
    FormatHandler(name="JNG", matches=begins(rb"\x8bJNG\r\n\x1a\n")),
    FormatHandler(name="BPG", matches=begins(rb"BPG\xfb")),
    FormatHandler(name="FLIF", matches=begins(rb"FLIF")),
    FormatHandler(name="QOI", matches=begins(rb"qoif"), suffixes=(".qoi",)),
    FormatHandler(name="DDS", matches=begins(rb"DDS \x7c\x00\x00\x00")),
    FormatHandler(name="ICNS", matches=begins(rb"icns\x00")),
    FormatHandler(name="CUR", matches=begins(rb"\x00\x00\x02\x00[\x01-\x40]\x00")),
    FormatHandler(name="XCF", matches=begins(rb"gimp xcf "), suffixes=(".xcf",)),
    FormatHandler(name="OpenEXR", matches=begins(rb"\x76\x2f\x31\x01"), suffixes=(".exr",), is_distinctive=True),
    FormatHandler(name="Radiance HDR", matches=begins(rb"#\?(?:RADIANCE|RGBE)\s"), suffixes=(".hdr",)),
    FormatHandler(name="SGI", matches=begins(rb"\x01\xda[\x00\x01][\x01\x02]\x00[\x01-\x03]")),
    FormatHandler(name="DjVu", matches=begins(rb"AT&TFORM....DJV"), suffixes=(".djvu",), is_distinctive=True),
    # Has no signature, so that only its name shows it.
    FormatHandler(name="TGA", matches=lambda _head: False, suffixes=(".tga",)),
)
"""Formats that no decoder here reads, one row each."""

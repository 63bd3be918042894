"""How a file stores its pixels, as far as a new file of comparable quality must know."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from PIL import JpegImagePlugin, TiffImagePlugin

from idscan.sources.layers import FIRST_SWAPPED_ORIENTATION
from idscan.sources.signature import HEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

_LOSSY_BLOCK = 16
_MACROBLOCK = (_LOSSY_BLOCK, _LOSSY_BLOCK)
"""Of WebP (RFC 6386); taken for every other lossy codec as well, and the least for JPEG."""

_DCT_SIDE = 8
_MOST_JPEG_QUANTISATION = 255
"""Steps of baseline JPEG have 8 bits (ITU T.81 B.2.4.1); larger ones are written as the largest."""

# TIFF 6.0, its supplements and the registered private schemes: pixel values come back as they were stored.
_LOSSLESS_TIFF = frozenset({1, 2, 3, 4, 5, 8, 32773, 32809, 32946, 34676, 34925, 50000})
_UNCOMPRESSED_TIFF = 1
_BITS_PER_SAMPLE = 258
_COMPRESSION = 259

_AV1_CONFIGURATION = re.compile(rb"av1C..(.)", re.DOTALL)
"""Depth and subsampling in the `av1C` box (AV1 Codec ISO Media File Format Binding 1.2, section 2.3.3)."""

_HIGH_BIT_DEPTH, _TWELVE_BITS, _MONOCHROME, _HALF_WIDTH, _HALF_HEIGHT = 0x40, 0x20, 0x10, 0x08, 0x04

_SIZE_MARKER = re.compile(rb"\xff\x4f\xff\x51.{38}(.)", re.DOTALL)
"""Bits of the first component, less one, in the SIZ segment of ISO 15444-1, A.5.1."""

_NETPBM_WHITE = re.compile(
    rb"P[2356]\s+(?:#[^\r\n]*[\r\n]\s*)*\d+\s+(?:#[^\r\n]*[\r\n]\s*)*\d+\s+(?:#[^\r\n]*[\r\n]\s*)*(\d+)"
)


@dataclass(frozen=True, slots=True)
class Coding:
    """What an encoder needs in order to store pixels about as well as the source did.

    Attributes:
        block: width and height in stored pixels of what a lossy codec codes at once; (1, 1) where nothing is lost.
        bits: of each stored sample.
        quantisation: of a JPEG: 64 steps for luminance (or the first component), then for colour.
        subsampling: of a JPEG (in the upright picture) or AVIF: "4:4:4", "4:2:2", "4:2:0", "4:0:0".
        is_progressive: of a JPEG.
        is_lossless: of a WebP.
        is_compressed: of a TIFF.
        is_bare: of a JPEG 2000: whether it is a codestream without boxes around it.
        has_own_still: of an animated PNG: whether its first picture is no part of the animation.
    """

    block: tuple[int, int] = (1, 1)
    bits: int = 8
    quantisation: tuple[tuple[int, ...], ...] = ()
    subsampling: str = "4:2:0"
    is_progressive: bool = False
    is_lossless: bool = True
    is_compressed: bool = True
    is_bare: bool = False
    has_own_still: bool = False


def coding_of(image: Image.Image, stream: BinaryIO, format_name: str, turn: int) -> Coding:
    """Return how the current page of an open picture is stored.

    Args:
        image: opened, not necessarily decoded.
        stream: its file, whose position is lost.
        format_name: as `sniff` names it.
        turn: EXIF orientation, 1 to 8.

    Raises:
        Exception: whatever a broken file makes Pillow raise.
    """
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return _jpeg_coding(image, turn)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _tiff_coding(image)
    if format_name == "WEBP":
        is_lossless = _webp_is_lossless(stream)
        return Coding((1, 1) if is_lossless else _MACROBLOCK, is_lossless=is_lossless)
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    if format_name == "PNG":
        # PNG (third edition) 11.2.1: the bit depth follows width and height.
        return Coding(bits=head[24], has_own_still=bool(image.info.get("default_image")))
    reader = _HEAD_READERS.get(format_name)
    return reader(head) if reader else Coding()


def _jpeg_coding(image: JpegImagePlugin.JpegImageFile, turn: int) -> Coding:
    components: list[tuple[int, int, int, int]] = image.layer
    widest = max(component[1] for component in components)
    tallest = max(component[2] for component in components)
    block = (max(_LOSSY_BLOCK, _DCT_SIDE * widest), max(_LOSSY_BLOCK, _DCT_SIDE * tallest))
    steps = [image.quantization.get(component[3]) for component in components[:3]]
    tables = tuple(tuple(min(step, _MOST_JPEG_QUANTISATION) for step in table) for table in steps if table)
    if len(tables) == 3 and tables[1] == tables[2]:  # noqa: PLR2004  usually both colours share one
        tables, steps = tables[:2], steps[:2]
    ratio = (1, 1)
    if len(components) == 3:  # noqa: PLR2004  luminance and two of colour
        ratio = (widest // max(1, components[1][1]), tallest // max(1, components[1][2]))
    if turn >= FIRST_SWAPPED_ORIENTATION:
        ratio = ratio[::-1]
    subsampling = {(1, 1): "4:4:4", (2, 1): "4:2:2"}.get(ratio, "4:2:0")
    return Coding(
        block,
        quantisation=tables if len(tables) == len(steps) else (),
        subsampling=subsampling,
        is_progressive="progressive" in image.info,
        is_lossless=False,
    )


def _tiff_coding(image: TiffImagePlugin.TiffImageFile) -> Coding:
    compression = image.tag_v2.get(_COMPRESSION, _UNCOMPRESSED_TIFF)
    bits = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))
    is_lossless = compression in _LOSSLESS_TIFF
    # Colour of a JPEG inside a TIFF may be stored for 4 x 4 pixels at once (TIFF 6.0, section 21).
    return Coding(
        (1, 1) if is_lossless else (2 * _LOSSY_BLOCK, 2 * _LOSSY_BLOCK),
        max(bits) if isinstance(bits, tuple) else int(bits),
        is_lossless=is_lossless,
        is_compressed=compression != _UNCOMPRESSED_TIFF,
    )


def _avif_coding(head: bytes) -> Coding:
    configuration = _AV1_CONFIGURATION.search(head)
    flags = configuration[1][0] if configuration else _HALF_WIDTH | _HALF_HEIGHT
    bits = 8 if not flags & _HIGH_BIT_DEPTH else 12 if flags & _TWELVE_BITS else 10
    has_half = (bool(flags & _HALF_WIDTH), bool(flags & _HALF_HEIGHT))
    subsampling = {(False, False): "4:4:4", (True, False): "4:2:2"}.get(has_half, "4:2:0")
    if flags & _MONOCHROME:
        subsampling = "4:0:0"
    return Coding(_MACROBLOCK, bits, subsampling=subsampling, is_lossless=False)


def _jpeg2000_coding(head: bytes) -> Coding:
    size_marker = _SIZE_MARKER.search(head)
    bits = (size_marker[1][0] & 0x7F) + 1 if size_marker else 8
    # Even the reversible transform may have been cut to a size, so nothing is taken for lossless.
    return Coding(_MACROBLOCK, bits, is_lossless=False, is_bare=head.startswith(b"\xff\x4f"))


def _netpbm_coding(head: bytes) -> Coding:
    white = _NETPBM_WHITE.match(head)
    return Coding(bits=int(white[1]).bit_length() if white else 8)


def _webp_is_lossless(stream: BinaryIO) -> bool:
    """Return whether no picture of a WebP file (RFC 9649) is stored lossily."""
    size = stream.seek(0, 2)
    position = 12
    while position + 8 <= size:
        stream.seek(position)
        kind, length = struct.unpack("<4sI", stream.read(8))
        if kind == b"VP8 ":
            return False
        # The chunks of a frame follow its 16-byte header.
        position += 8 + (16 if kind == b"ANMF" else length + (length & 1))
    return True


_HEAD_READERS: dict[str, Callable[[bytes], Coding]] = {
    "AVIF": _avif_coding,
    "JPEG2000": _jpeg2000_coding,
    "PPM": _netpbm_coding,
}

"""GIF (GIF89a): blocks, writer, stripper."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image

from idscan.images.pixels import has_alpha, in_8_bits, pillow_bytes, with_colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.images.color import ProfileName
    from idscan.images.raster import Raster, RasterPage

HEADER_BYTES = 13
TRAILER = b";"
_COLOURS = 256
_OPAQUE_FROM = 128
"""GIF knows no half transparency; from this alpha on a pixel is shown."""

_KEEP, _CLEAR = 1, 2  # disposal: leave the frame, or clear it before the next one
_LOCAL_TABLE = 0x80
_MOST_CENTISECONDS = 65535


@dataclass(frozen=True, slots=True)
class GifBlock:
    """One block of a GIF file.

    Attributes:
        kind: "," for a picture, "!" for an extension.
        label: of an extension; 0 for a picture.
        start: position of its first byte.
        stop: behind its last byte.
        data: position of a picture's compressed data, of an extension's first sub-block.
    """

    kind: bytes
    label: int
    start: int
    stop: int
    data: int


def colour_table_bytes(flags: int) -> int:
    """Return the size of the table that follows a header with these flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def read_blocks(content: bytes) -> Iterator[GifBlock]:
    """Yield the blocks behind the global colour table up to the trailer.

    Raises:
        ValueError: if something else stands among them.
        IndexError: if the file ends before its trailer.
    """
    position = HEADER_BYTES + colour_table_bytes(content[10])
    while content[position : position + 1] != TRAILER:
        kind = bytes((content[position],))
        if kind == b"!":
            label, data = content[position + 1], position + 2
        elif kind == b",":
            label, data = 0, position + 10 + colour_table_bytes(content[position + 9])
        else:
            message = "an unknown block"
            raise ValueError(message)
        # A picture's data begins with one byte that is no sub-block.
        stop = _behind_sub_blocks(content, data + (kind == b","))
        yield GifBlock(kind, label, position, stop, data)
        position = stop


def loop_extension(loops: int) -> bytes:
    """Return the application extension that repeats an animation, 0 for ever."""
    return b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", min(loops, 65535)) + b"\0"


def write_gif(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write a still picture or an animation.

    Raises:
        StopIteration: if there are no pages.
    """
    page = next(pages)
    height, width = page.pixels.shape[:2]
    stream.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0))
    if raster.loop is not None:
        stream.write(loop_extension(raster.loop))
    for following in islice(pages, raster.pages - 1):
        _write_frame(page, _CLEAR if has_alpha(following.pixels) else _KEEP, stream)
        page = following
    _write_frame(page, _KEEP, stream)
    stream.write(TRAILER)


def _behind_sub_blocks(content: bytes, position: int) -> int:
    while content[position]:
        position += 1 + content[position]
    return position + 1


def _write_frame(page: RasterPage, disposal: int, stream: BinaryIO) -> None:
    # Some readers clear to transparency only where the frame itself has it.
    palette, indices, transparent = _in_palette(page, can_clear=disposal == _CLEAR)
    height, width = indices.shape
    delay = min(round((page.milliseconds or 0) / 10), _MOST_CENTISECONDS)
    control = (disposal << 2) | (transparent is not None)
    stream.write(b"!\xf9\x04" + struct.pack("<BHBB", control, delay, transparent or 0, 0))
    bits = max(1, (len(palette) - 1).bit_length())
    stream.write(b"," + struct.pack("<HHHHB", 0, 0, width, height, _LOCAL_TABLE | (bits - 1)))
    stream.write(palette.tobytes().ljust(3 << bits, b"\0"))
    image = Image.fromarray(indices)
    content = pillow_bytes(image, "GIF", optimize=False, interlace=0)
    block = next(block for block in read_blocks(content) if block.kind == b",")
    stream.write(content[block.data : block.stop])


def _in_palette(page: RasterPage, *, can_clear: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int | None]:
    """Return a table of colours, shape (colours, 3), the index of each pixel, and the index of transparency.

    Args:
        page: what is to be shown.
        can_clear: whether there must be an index of transparency even if no pixel has it.
    """
    pixels = in_8_bits(with_colours(page.pixels, alpha=can_clear or has_alpha(page.pixels)))
    hidden = pixels[..., 3] < _OPAQUE_FROM if has_alpha(pixels) else None
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    most = _COLOURS - (hidden is not None)
    if image.getcolors(most) is None:
        reduced = image.quantize(most, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        palette = np.array(reduced.getpalette("RGB"), np.uint8).reshape(-1, 3)
        indices = np.array(reduced)
    else:
        palette, indices = _exact_palette(pixels)
    if hidden is None:
        return palette, indices, None
    transparent = len(palette)
    indices[hidden] = transparent
    return np.concatenate([palette, np.zeros((1, 3), np.uint8)]), indices, transparent


def _exact_palette(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    packed = pixels[..., 0].astype(np.uint32) << 16 | pixels[..., 1].astype(np.uint32) << 8 | pixels[..., 2]
    colours, indices = np.unique(packed, return_inverse=True)
    palette = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.uint8)
    return palette, indices.reshape(packed.shape).astype(np.uint8)


_GRAPHIC_CONTROL = 0xF9
_APPLICATION = 0xFF
_LOOPING = (b"\x0bNETSCAPE2.0\x03\x01", b"\x0bANIMEXTS1.0\x03\x01")
_CONTROL_BYTES = 8
_MOST_CODE_BITS = 12


def stripped_gif(content: bytes, profile: ProfileName | None) -> bytes | None:
    """Return a GIF file without metadata, None where that is better written anew.

    Args:
        content: the file.
        profile: a GIF cannot be tagged, so any one but None is refused.

    Raises:
        Exception: of any kind where the file is malformed.
    """
    if profile is not None:
        return None
    start = HEADER_BYTES + colour_table_bytes(content[10])
    kept = [b"GIF89a", content[6:start]]
    for block in read_blocks(content):
        if block.kind == b",":
            if not _is_exact(content, block):
                return None
            kept.append(content[block.start : block.stop])
        elif block.label == _GRAPHIC_CONTROL:
            if block.stop - block.start != _CONTROL_BYTES:
                return None
            kept.append(content[block.start : block.stop])
        elif block.label == _APPLICATION and content.startswith(_LOOPING, block.data):
            at = block.data + len(_LOOPING[0])
            if at + 3 != block.stop:
                return None
            kept.append(loop_extension(struct.unpack_from("<H", content, at)[0]))
    kept.append(TRAILER)
    return b"".join(kept)


def _is_exact(content: bytes, block: GifBlock) -> bool:
    """Return whether a picture lies within the canvas and its data end with its last pixel.

    The codes are counted, not resolved: their lengths tell how many pixels they stand for.
    """
    canvas = struct.unpack_from("<HH", content, 6)
    left, top, width, height = struct.unpack_from("<4H", content, block.start + 1)
    if left + width > canvas[0] or top + height > canvas[1]:
        return False
    smallest = content[block.data]
    data = _sub_block_data(content, block.data + 1)
    clear, end = 1 << smallest, (1 << smallest) + 1
    fresh = [1] * (end + 1)
    lengths, bits, previous = fresh.copy(), smallest + 1, 0
    pixels, held, held_bits = 0, 0, 0
    for position, byte in enumerate(data):
        held |= byte << held_bits
        held_bits += 8
        while held_bits >= bits:
            code = held & ((1 << bits) - 1)
            held >>= bits
            held_bits -= bits
            if code == end:
                return pixels == width * height and position + 1 == len(data)
            if code == clear:
                lengths, bits, previous = fresh.copy(), smallest + 1, 0
                continue
            if previous and len(lengths) < 1 << _MOST_CODE_BITS:
                lengths.append(previous + 1)
                if len(lengths) == 1 << bits and bits < _MOST_CODE_BITS:
                    bits += 1
            previous = lengths[code]
            pixels += previous
    return False


def _sub_block_data(content: bytes, position: int) -> bytes:
    parts = []
    while content[position]:
        parts.append(content[position + 1 : position + 1 + content[position]])
        position += 1 + content[position]
    return b"".join(parts)

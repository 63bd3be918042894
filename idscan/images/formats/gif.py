"""GIF (GIF89a): blocks, frames, parts beside the pixels, writer, stripper."""

from __future__ import annotations

import os
import struct
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from PIL import Image

from idscan.images.formats.base import COUNT_LIMIT, Anywhere, FormatHandler, PillowPages, begins, lacks_at_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from idscan.images.formats.base import Parts
    from idscan.images.raster import Raster, RasterPage

HEADER_BYTES = 13  # header and logical screen descriptor (GIF89a, sections 17 and 18)
TRAILER = b";"
_DESCRIPTOR_BYTES = 9  # image descriptor without its separator (section 20)
_COLOURS = 256  # entries of the largest colour table (section 19)
_OPAQUE_FROM = 128
"""GIF has no partial transparency; from this alpha on a pixel is shown."""
_KEEP, _CLEAR = 1, 2  # disposal: leave the frame, or clear it before the next one
_GRAPHIC_CONTROL = 0xF9  # label of an extension (section 23)
_APPLICATION = 0xFF  # label of an extension (section 26)
_LOCAL_TABLE = 0x80  # bit of the image descriptor: a local colour table follows (section 20)
_MOST_CENTISECONDS = 65535  # the delay time has 16 bits (section 23)


class GifBlock(NamedTuple):
    """One block of a GIF file.

    Attributes:
        kind: "," for an image, "!" for an extension, ";" for the trailer; in a tolerant walk any other byte.
        label: of an extension; 0 for others.
        start: position of its first byte.
        stop: behind its last byte.
        data: position of an image's compressed data, of an extension's first sub-block.
    """

    kind: bytes
    label: int
    start: int
    stop: int
    data: int


def _colour_table_bytes(flags: int) -> int:
    """Return the size of the table that follows a header with these flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def walk(stream: BinaryIO, *, strict: bool = False) -> Iterator[GifBlock]:
    """Yield the blocks behind the global colour table up to the trailer.

    A strict walk raises ValueError for an unknown block or a missing trailer; a tolerant one yields unknown bytes, as
    decoders skip them, and ends with the file. A file that ends within its header raises IndexError.
    """
    stream.seek(HEADER_BYTES - 3)
    position = HEADER_BYTES + _colour_table_bytes(stream.read(3)[0])
    while True:
        stream.seek(position)
        kind = stream.read(1)
        label, data, stop = 0, position + 1, position + 1
        if kind == b"!":
            label = (stream.read(1) or b"\0")[0]
            data = position + 2
            stop = _behind_sub_blocks(stream, strict=strict)
        elif kind == b",":
            descriptor = stream.read(_DESCRIPTOR_BYTES)
            if len(descriptor) < _DESCRIPTOR_BYTES:
                break
            data = stream.seek(_colour_table_bytes(descriptor[-1]), os.SEEK_CUR)
            # An image's data begin with one byte that is no sub-block.
            if not stream.read(1):
                break
            stop = _behind_sub_blocks(stream, strict=strict)
        elif not kind or (strict and kind != TRAILER):
            break
        yield GifBlock(kind, label, position, stop, data)
        if kind == TRAILER:
            return
        position = stop
    if strict:
        message = "an unknown block, or no trailer"
        raise ValueError(message)


def _behind_sub_blocks(stream: BinaryIO, *, strict: bool) -> int:
    """Return where the sub-blocks at the stream's position end."""
    while (length := stream.read(1)) and length != b"\0":
        stream.seek(length[0], os.SEEK_CUR)
    if strict and not length:
        message = "the sub-blocks do not end"
        raise ValueError(message)
    return stream.tell()


def _sub_blocks(stream: BinaryIO, start: int, limit: int) -> list[bytes]:
    """Return the sub-blocks from a position on, up to that with which the limit in bytes is reached."""
    blocks: list[bytes] = []
    stream.seek(start)
    while limit > 0 and (length := stream.read(1)) and length != b"\0":
        blocks.append(stream.read(length[0]))
        limit -= len(blocks[-1])
    return blocks


def _count(stream: BinaryIO) -> int:
    return sum(1 for _ in islice((block for block in walk(stream) if block.kind == b","), COUNT_LIMIT))


def _add_parts(stream: BinaryIO, parts: Parts) -> None:
    for block in walk(stream):
        if block.kind == TRAILER:
            parts.add_trailing(stream, block.stop)
        elif block.kind == b"!":
            _add_extension(parts, block.label, _sub_blocks(stream, block.data, parts.room))
        elif block.kind != b",":
            return


def _add_extension(parts: Parts, label: int, blocks: list[bytes]) -> None:
    name = blocks[0] if blocks and label == _APPLICATION else b""
    if name == b"XMP DataXMP":
        # XMP is stored without blocks: its letters are read as the lengths of blocks.
        parts.add("xmp", b"".join(bytes([len(block)]) + block for block in blocks[1:]))
    elif label != _GRAPHIC_CONTROL and name not in {b"NETSCAPE2.0", b"ANIMEXTS1.0"}:
        parts.add("comment", b"".join(blocks))


def loop_extension(loops: int) -> bytes:
    """Return the application extension that repeats an animation, 0 for ever."""
    return b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", min(loops, 65535)) + b"\0"


def write_gif(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write a still image or an animation."""
    page = next(pages)
    height, width = page.pixels.shape[:2]
    stream.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0))
    if raster.loop is not None:
        stream.write(loop_extension(raster.loop))
    for following in islice(pages, raster.pages - 1):
        _write_frame(page, _CLEAR if following.has_alpha else _KEEP, stream)
        page = following
    _write_frame(page, _KEEP, stream)
    stream.write(TRAILER)


def _write_frame(page: RasterPage, disposal: int, stream: BinaryIO) -> None:
    from idscan.images.pixels import pillow_bytes

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
    block = next(block for block in walk(BytesIO(content), strict=True) if block.kind == b",")
    stream.write(content[block.data : block.stop])


def _in_palette(page: RasterPage, *, can_clear: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int | None]:
    """Return a table of colours, shape (colours, 3), the index of each pixel, and the index of transparency.

    There is such an index where a pixel needs it or where the frame must be able to clear.
    """
    import numpy as np

    from idscan.images.pixels import has_alpha, in_8_bits, with_colours

    pixels = in_8_bits(with_colours(page.pixels, alpha=can_clear or page.has_alpha))
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
    import numpy as np

    packed = pixels[..., 0].astype(np.uint32) << 16 | pixels[..., 1].astype(np.uint32) << 8 | pixels[..., 2]
    colours, indices = np.unique(packed, return_inverse=True)
    palette = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.uint8)
    return palette, indices.reshape(packed.shape).astype(np.uint8)


_LOOPING = (b"\x0bNETSCAPE2.0\x03\x01", b"\x0bANIMEXTS1.0\x03\x01")
_CONTROL_BYTES = 8  # a whole graphic control extension, introducer and terminator included (section 23)
_MOST_CODE_BITS = 12  # longest LZW code (appendix F)


def stripped_gif(content: bytes, profile: bytes | None) -> bytes | None:
    """Return a file as `FormatHandler.strip` does; a GIF cannot be tagged, so any profile is refused."""
    if profile is not None:
        return None
    start = HEADER_BYTES + _colour_table_bytes(content[10])
    kept = [b"GIF89a", content[6:start]]
    stream = BytesIO(content)
    for block in walk(stream, strict=True):
        if block.kind == b",":
            if not _is_exact(stream, content, block):
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


def _is_exact(stream: BinaryIO, content: bytes, block: GifBlock) -> bool:
    """Return whether an image lies within the canvas and its data end with its last pixel.

    The codes are counted, not resolved: the number of pixels follows from their lengths.
    """
    canvas = struct.unpack_from("<HH", content, 6)
    left, top, width, height = struct.unpack_from("<4H", content, block.start + 1)
    if left + width > canvas[0] or top + height > canvas[1]:
        return False
    smallest = content[block.data]
    data = b"".join(_sub_blocks(stream, block.data + 1, len(content)))
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


_INTERLACED_ROWS = 8
"""The first pass over an interlaced GIF draws every eighth row (GIF89a, appendix E)."""


def _fill_gaps(image: Image.Image, _stream: BinaryIO) -> Image.Image:
    """Repeat the row above in rows that an interlaced GIF has not come to, as viewers show it while it loads."""
    import numpy as np

    pixels = np.asarray(image)
    missing = (pixels == pixels[-1:, :1]).reshape(len(pixels), -1).all(axis=1)
    drawn = np.maximum.accumulate(np.where(missing, -_INTERLACED_ROWS, np.arange(len(pixels))))
    for y in np.flatnonzero(missing & (np.arange(len(pixels)) - drawn < _INTERLACED_ROWS)).tolist():
        above = int(drawn[y])
        image.paste(image.crop((0, above, image.width, above + 1)), (0, y))
    return image


GIF = FormatHandler(
    name="GIF",
    matches=begins(rb"GIF8[79]a"),
    suffixes=(".gif",),
    anywhere=Anywhere(b"GIF8", 0, rb"GIF8[79]a", sure=rb"GIF8[79]a"),
    pages=PillowPages("GIF", _count, animation_memory=4.0),
    walk=walk,
    add_parts=_add_parts,
    ends_early=lacks_at_end(b"\0" + TRAILER),
    refine_partial=_fill_gaps,
    is_animated=True,
    strip=stripped_gif,
    write=write_gif,
)

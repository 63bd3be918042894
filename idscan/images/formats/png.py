"""PNG (third edition) and APNG: chunks, frames, parts beside the pixels, writer, stripper."""

from __future__ import annotations

import os
import struct
import zlib
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from PIL import Image

from idscan.images.formats.base import (
    COUNT_LIMIT,
    EXIF_HEAD,
    PHOTOSHOP_HEAD,
    XMP_HEAD,
    Anywhere,
    Coding,
    FormatHandler,
    PillowPages,
    begins,
    read_head,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from idscan.images.formats.base import Parts
    from idscan.images.raster import Raster, RasterPage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_FRAME_BYTES = 12  # length, type and checksum (PNG, third edition, section 5.3)
_MOST_DELAY = 65535  # numerator of the delay has 16 bits (section 11.3.6.2)
_OVER_WHAT_WAS_THERE = 0  # PNG (third edition) 11.3.6.2: dispose "none", blend "source"


class PngChunk(NamedTuple):
    """One chunk: its kind, where its data begin, and how long they are."""

    kind: bytes
    start: int
    length: int


def walk(stream: BinaryIO, *, strict: bool = False) -> Iterator[PngChunk]:
    """Yield the chunks up to the end chunk.

    A strict walk raises ValueError for a wrong checksum and struct.error for a missing end chunk; a tolerant one
    ignores checksums and ends with the file.
    """
    size = stream.seek(0, os.SEEK_END)
    position = len(SIGNATURE)
    while strict or position + _CHUNK_FRAME_BYTES <= size:
        stream.seek(position)
        length, kind = struct.unpack(">I4s", stream.read(8))
        if strict:
            checksum = zlib.crc32(stream.read(length), zlib.crc32(kind))
            if struct.unpack(">I", stream.read(4))[0] != checksum:
                message = "a checksum is wrong"
                raise ValueError(message)
        yield PngChunk(kind, position + 8, length)
        if kind == b"IEND":
            return
        position += length + _CHUNK_FRAME_BYTES


def _data(stream: BinaryIO, chunk: PngChunk) -> bytes:
    stream.seek(chunk.start)
    return stream.read(chunk.length)


_MOST_FRAMES = 2**31
"""More frames than a PNG can have; the decoder takes such a file for a still image."""


def _count(stream: BinaryIO) -> int:
    """Count the frames of an animated PNG: those announced, but not more than there are."""
    announced = 0
    has_own_still = False
    frames = 0
    for kind, start, _ in walk(stream):
        if kind == b"acTL":
            if announced:
                return 1
            stream.seek(start)
            announced = struct.unpack(">I", stream.read(4))[0]
            if announced > _MOST_FRAMES:
                return 1
        elif kind == b"IDAT":
            if not announced:
                return 1
            # A still image before the first frame control is not part of the animation.
            has_own_still = has_own_still or frames == 0
        elif kind == b"fcTL":
            frames += 1
            if frames >= COUNT_LIMIT:
                break
    return min(announced, frames) + has_own_still


_INFLATED_BYTES = 8 * 2**20
"""Bytes that one packed text or profile is inflated to at most."""
_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"fdAT", b"acTL", b"fcTL"})
_TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt"})


def _add_parts(stream: BinaryIO, parts: Parts) -> None:
    """Add the content of a PNG file besides its pixels."""
    for kind, start, length in walk(stream):
        if kind == b"IEND":
            parts.add_trailing(stream, start + length + 4)
        if kind in _PIXEL_CHUNKS:
            continue
        stream.seek(start)
        data = stream.read(min(length, parts.room))
        if kind == b"eXIf":
            parts.add("exif", data)
        elif kind == b"iCCP":
            parts.add("icc", _inflated(data[data.index(b"\0") + 2 :], parts.room))
        elif kind in _TEXT_CHUNKS:
            _add_text(parts, kind, data)
        else:
            parts.add("other", data)


def _add_text(parts: Parts, kind: bytes, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    if kind == b"zTXt":
        rest = _inflated(rest[1:], parts.room)
    elif kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:]
        # Language and the translated keyword come before the text.
        language, _, rest = rest.partition(b"\0")
        translated, _, rest = rest.partition(b"\0")
        rest = _inflated(rest, parts.room) if is_packed else rest
        keyword += b" " + language + b" " + translated
    if keyword.startswith(b"XML:com.adobe.xmp"):
        parts.add("xmp", rest)
    elif keyword.startswith(b"Raw profile type "):
        _add_raw_profile(parts, keyword.split()[-1], rest)
    else:
        parts.add("png_text", keyword.rstrip() + b": " + rest)


def _add_raw_profile(parts: Parts, kind: bytes, text: bytes) -> None:
    """Unpack what ImageMagick writes: a name, a length, and the bytes in hexadecimal."""
    words = text.split()
    digits = b"".join(words[2:])
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    if kind in {b"exif", b"APP1"}:
        parts.add("xmp" if raw.startswith(XMP_HEAD) else "exif", raw.removeprefix(EXIF_HEAD))
    elif kind in {b"8bim", b"iptc"}:
        parts.add_resources(raw.removeprefix(PHOTOSHOP_HEAD))
    else:
        parts.add({b"xmp": "xmp", b"icc": "icc"}.get(kind, "other"), raw)


def _inflated(data: bytes, limit: int) -> bytes:
    """Inflate data up to a limit; return them as they are if they are broken."""
    decoder = zlib.decompressobj()
    try:
        return decoder.decompress(data, min(limit, _INFLATED_BYTES))
    except zlib.error:
        return data


def write_chunk(stream: BinaryIO, kind: bytes, data: bytes) -> None:
    """Write one chunk with its checksum."""
    stream.write(struct.pack(">I", len(data)) + kind + data)
    stream.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def write_png(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    """Write a still image, or an animation if `raster` is one."""
    first = next(pages)
    stream.write(SIGNATURE)
    if raster.is_animation:
        _write_animation(raster, first, pages, stream)
    else:
        header, data = _compressed(first.pixels)
        write_chunk(stream, b"IHDR", header)
        _write_profile(raster.icc_profile(), stream)
        for part in data:
            write_chunk(stream, b"IDAT", part)
    write_chunk(stream, b"IEND", b"")


def _write_animation(raster: Raster, first: RasterPage, rest: Iterator[RasterPage], stream: BinaryIO) -> None:
    frames = raster.pages - raster.coding.has_own_still
    header, data = _compressed(_frame_pixels(first))
    write_chunk(stream, b"IHDR", header)
    _write_profile(raster.icc_profile(), stream)
    write_chunk(stream, b"acTL", struct.pack(">II", frames, raster.loop or 0))
    sequence = 0
    if not raster.coding.has_own_still:
        write_chunk(stream, b"fcTL", _frame_control(first, sequence))
        sequence += 1
    for part in data:
        write_chunk(stream, b"IDAT", part)
    for page in islice(rest, raster.pages - 1):
        write_chunk(stream, b"fcTL", _frame_control(page, sequence))
        sequence += 1
        for part in _compressed(_frame_pixels(page))[1]:
            write_chunk(stream, b"fdAT", struct.pack(">I", sequence) + part)
            sequence += 1


def _frame_pixels(page: RasterPage) -> NDArray[np.uint8]:
    """Return RGBA: the header that all frames share cannot wait for the first one that is transparent."""
    from idscan.images.pixels import in_8_bits, with_colours

    return in_8_bits(with_colours(page.pixels, alpha=True))


def _frame_control(page: RasterPage, sequence: int) -> bytes:
    height, width = page.pixels.shape[:2]
    delay, per_second = page.milliseconds or 0, 1000
    if delay > _MOST_DELAY:
        delay, per_second = min(delay // 10, _MOST_DELAY), 100
    place = struct.pack(">5I", sequence, width, height, 0, 0)
    return place + struct.pack(">HHBB", delay, per_second, _OVER_WHAT_WAS_THERE, _OVER_WHAT_WAS_THERE)


def _write_profile(profile: bytes | None, stream: BinaryIO) -> None:
    if profile is not None:
        write_chunk(stream, b"iCCP", b"ICC\0\0" + zlib.compress(profile, 9))


def _compressed(pixels: NDArray[Any]) -> tuple[bytes, list[bytes]]:
    """Return the header and the compressed data, in parts, of a single image."""
    import cv2
    import numpy as np

    from idscan.images.pixels import has_alpha, pillow_bytes, to_pillow, with_colours

    if pixels.itemsize == 1:
        content = pillow_bytes(to_pillow(pixels), "PNG")
    else:
        # Pillow writes no colours of 16 bits.
        deep = pixels if pixels.shape[2] == 1 else with_colours(pixels, alpha=has_alpha(pixels))
        order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[deep.shape[2]]
        content = cv2.imencode(".png", np.ascontiguousarray(deep[..., order]))[1].tobytes()
    encoded = BytesIO(content)
    chunks = [(chunk.kind, _data(encoded, chunk)) for chunk in walk(encoded)]
    return chunks[0][1], [data for kind, data in chunks if kind == b"IDAT"]


_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type."""
_ALPHA_TYPES = frozenset({4, 6})
_PALETTE = 3  # colour type of indexed colour (section 11.2.1)
_PASSES = {
    (0, 0, 8, 8): (8, 8),
    (4, 0, 8, 8): (4, 8),
    (0, 4, 4, 8): (4, 4),
    (2, 0, 4, 4): (2, 4),
    (0, 2, 2, 4): (2, 2),
    (1, 0, 2, 2): (1, 2),
    (0, 1, 1, 2): (1, 1),
}
"""Of an interlaced image (section 8.1): first column and row, and steps, of each pass; steps of all pixels with it."""

_WHOLE = ((0, 0, 1, 1),)  # the only pass of an image that is not interlaced, as in `_PASSES`


def stripped_png(content: bytes, profile: bytes | None) -> bytes | None:
    """Return a PNG or APNG file as `FormatHandler.strip` does."""
    source = BytesIO(content)
    chunks = [(chunk.kind, _data(source, chunk)) for chunk in walk(source, strict=True)]
    header = chunks[0][1]
    width, height, bits, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    transparency = next((data for kind, data in chunks if kind == b"tRNS"), b"")
    if chunks[0][0] != b"IHDR" or colour in _ALPHA_TYPES or _hides_colour(colour, transparency):
        return None
    sink = BytesIO()
    sink.write(SIGNATURE)
    write_chunk(sink, b"IHDR", header)
    _write_profile(profile, sink)
    passes: Iterable[tuple[int, int, int, int]] = _PASSES if interlace else _WHOLE
    size = (width, height)
    sequence = 0
    for kind, data in _joined_chunks(chunks[1:]):
        if kind in {b"IDAT", b"fdAT"}:
            exact = _exact_stream(data, _raw_bytes(size, bits * _SAMPLES[colour], passes))
            if exact is None:
                return None
            write_chunk(sink, kind, exact if kind == b"IDAT" else struct.pack(">I", sequence) + exact)
            sequence += kind == b"fdAT"
        elif kind == b"fcTL":
            size = struct.unpack_from(">II", data, 4)
            write_chunk(sink, kind, struct.pack(">I", sequence) + data[4:26])
            sequence += 1
        elif kind in {b"acTL", b"tRNS"} or (kind == b"PLTE" and colour == _PALETTE):
            write_chunk(sink, kind, data)
    write_chunk(sink, b"IEND", b"")
    return sink.getvalue()


def _joined_chunks(chunks: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks, the data of each image as one and without sequence numbers."""
    pending_kind, pending = b"", b""
    for kind, data in chunks:
        if kind in {b"IDAT", b"fdAT"}:
            if kind != pending_kind:
                if pending_kind:
                    yield pending_kind, pending
                pending_kind, pending = kind, b""
            pending += data if kind == b"IDAT" else data[4:]
            continue
        if kind in {b"fcTL", b"IEND"} and pending_kind:
            yield pending_kind, pending
            pending_kind, pending = b"", b""
        yield kind, data


def _hides_colour(colour: int, transparency: bytes) -> bool:
    """Return whether more than one colour is invisible, so that an image can be drawn with them."""
    if colour == _PALETTE:
        return transparency.count(0) > 1
    # One grey or one colour of 16 bits per sample; what is longer carries something else.
    return len(transparency) not in {0, 2 * _SAMPLES[colour]}


def _raw_bytes(size: tuple[int, int], pixel_bits: int, passes: Iterable[tuple[int, int, int, int]]) -> int:
    """Return how many bytes the pixels take before compression, each row with its filter type."""
    total = 0
    for left, top, step_x, step_y in passes:
        columns, rows = -((left - size[0]) // step_x), -((top - size[1]) // step_y)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * pixel_bits + 7) // 8)
    return total


def _exact_stream(data: bytes, raw_bytes: int) -> bytes | None:
    """Return the compressed data without what follows their end; None if they hold more or less than the pixels."""
    decompressor = zlib.decompressobj()
    left, rest = raw_bytes + 1, data
    while rest and left and not decompressor.eof:
        left -= len(decompressor.decompress(rest, min(left, 2**20)))
        rest = decompressor.unconsumed_tail
    if not decompressor.eof or left != 1:
        return None
    return data[: len(data) - len(decompressor.unused_data)]


def _without_ancillary_chunks(stream: BinaryIO) -> BytesIO:
    """Return a PNG file without what its pixels do not need.

    Pillow gives up a whole image for one broken or swollen comment or colour profile; viewers show it all the same.
    """
    kept = BytesIO()
    stream.seek(0)
    kept.write(stream.read(len(SIGNATURE)))
    for kind, start, length in walk(stream):
        if kind in _PIXEL_CHUNKS or kind == b"eXIf":
            stream.seek(start - 8)
            kept.write(stream.read(length + _CHUNK_FRAME_BYTES))
    kept.seek(0)
    return kept


_INFLATED_AT_ONCE = 2**22
"""Bytes inflated at a time. Lower: more calls; higher: more memory."""


def _coarser(image: Image.Image, stream: BinaryIO) -> Image.Image:
    """Replace missing pixels of an interlaced PNG by those of its complete passes; ValueError where not even one is."""
    if not image.info.get("interlace"):
        return image
    stream.seek(24)
    bits, colour = stream.read(2)
    left = _inflated_bytes(stream)
    across = down = 0
    for each, shown in _PASSES.items():
        left -= _raw_bytes(image.size, bits * _SAMPLES[colour], (each,))
        if left < 0:
            break
        across, down = shown
    if not across:
        message = "the first pass is cut short"
        raise ValueError(message)
    columns, rows = -(-image.width // across), -(-image.height // down)
    size = (columns * across, rows * down)
    # Nearest to the middle of each box is a pixel that may be missing; the one to take is at its top left.
    moved = image.transform(size, Image.Transform.AFFINE, (1, 0, -(across // 2), 0, 1, -(down // 2)))
    coarse = moved.resize((columns, rows), Image.Resampling.NEAREST).resize(size, Image.Resampling.NEAREST)
    coarse.info = image.info
    return coarse.crop((0, 0, *image.size))


def _inflated_bytes(stream: BinaryIO) -> int:
    """Return how many bytes the pixels of a PNG file inflate to, as far as they go."""
    decoder, count = zlib.decompressobj(), 0
    for chunk in walk(stream):
        if chunk.kind == b"IDAT":
            packed = _data(stream, chunk)
            try:
                while packed:
                    count += len(decoder.decompress(packed, _INFLATED_AT_ONCE))
                    packed = decoder.unconsumed_tail
            except zlib.error:
                break
    return count


def _is_cut(stream: BinaryIO, _size: int) -> bool:
    return all(chunk.kind != b"IEND" for chunk in walk(stream))


def _coding(image: Image.Image, stream: BinaryIO, _turn: int) -> Coding:
    # Section 11.2.1: the bit depth follows width and height.
    return Coding(bits=read_head(stream)[24], has_own_still=bool(image.info.get("default_image")))


PNG = FormatHandler(
    name="PNG",
    matches=begins(rb"\x89PNG\r\n\x1a\n"),
    suffixes=(".png", ".apng"),
    anywhere=Anywhere(b"\x89PNG\r\n", 0, rb"\x89PNG\r\n\x1a\n", sure=rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    pages=PillowPages("PNG", _count, animation_memory=3.0),
    walk=walk,
    add_parts=_add_parts,
    ends_early=_is_cut,
    rescue=_without_ancillary_chunks,
    refine_partial=_coarser,
    is_animated=True,
    orients_late=True,
    keeps_depth=True,
    keeps_profile=True,
    coding=_coding,
    strip=stripped_png,
    write=write_png,
)

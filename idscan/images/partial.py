"""Decode truncated or damaged files as far as possible, and state which pixels are invented."""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFile

from idscan.images.decode import check_is_whole, check_size, open_pillow, png_chunks, reduced_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from idscan.core.settings import Settings
    from idscan.images.sequence import OpenFile

_FILLER_BYTES = 64
"""So many equal bytes stand at the end of no coded pixels, but of a download or a copy that was never finished."""

_TAIL_BYTES = 4096
"""Cameras and editors append to a JPEG or GIF behind its end marker; this much of it is looked through."""


def filler_at_end(stream: BinaryIO) -> bytes:
    """Return the byte that a file ends in a long run of, b"" where it ends as coded pixels do."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _FILLER_BYTES))
    tail = stream.read()
    return tail[:1] if len(tail) == _FILLER_BYTES and tail.count(tail[:1]) == len(tail) else b""


def ends_too_early(stream: BinaryIO, format_name: str) -> bool:
    """Return whether the file is shorter than its headers say, or filled up; False where that cannot be told."""
    test = _TESTS.get(format_name)
    size = stream.seek(0, os.SEEK_END)
    if test is not None and filler_at_end(stream):
        return True
    stream.seek(0)
    try:
        return test is not None and test(stream, size)
    except (OSError, struct.error, IndexError):
        # The header itself is cut.
        return True


def _riff(stream: BinaryIO, size: int) -> bool:
    return bool(struct.unpack("<4xI", stream.read(8))[0] + 8 > size)


def _bmp(stream: BinaryIO, size: int) -> bool:
    return bool(struct.unpack("<2xI", stream.read(6))[0] > size)


def _tiff(stream: BinaryIO, size: int) -> bool:
    header = stream.read(16)
    order = "<" if header[:2] == b"II" else ">"
    is_big = 43 in header[2:4]  # the version number of BigTIFF
    return bool(struct.unpack_from(order + ("Q" if is_big else "I"), header, 8 if is_big else 4)[0] >= size)


def _boxes(stream: BinaryIO, size: int) -> bool:
    """Walk the top-level boxes of an ISO base media file; a length of 0 means up to the end, 1 a 64-bit length."""
    position = 0
    while position < size:
        stream.seek(position)
        length = struct.unpack(">I4x", stream.read(8))[0]
        if length == 0:
            return False
        if length == 1:
            length = struct.unpack(">Q", stream.read(8))[0]
        position += max(length, 8)
    return position > size


def _png(stream: BinaryIO, _size: int) -> bool:
    return all(kind != b"IEND" for kind, _, _ in png_chunks(stream))


def _has_no_end_marker(marker: bytes) -> Callable[[BinaryIO, int], bool]:
    def test(stream: BinaryIO, size: int) -> bool:
        stream.seek(max(0, size - _TAIL_BYTES))
        return marker not in stream.read()

    return test


_TESTS: dict[str, Callable[[BinaryIO, int], bool]] = {
    "JPEG": _has_no_end_marker(b"\xff\xd9"),
    "GIF": _has_no_end_marker(b"\x00;"),
    "PNG": _png,
    "WEBP": _riff,
    "BMP": _bmp,
    "TIFF": _tiff,
    "AVIF": _boxes,
}


_NEEDED_PNG_CHUNKS = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT"))

_JPEG_END = b"\xff\xd9"
_NOT_A_MARKER = bytes(range(7, 247, 3))
"""Bytes that a JPEG decoder takes for pixels as long as it misses some: none of them is 0xFF."""


def rescued(stream: BinaryIO, format_name: str) -> BytesIO | None:
    """Return a mended copy of a file that the decoder refuses though its pixels are whole, None if it is none.

    Raises:
        Exception: whatever a broken file makes Pillow raise.
    """
    rescue = {"PNG": without_ancillary_chunks, "JPEG": with_end_marker}.get(format_name)
    return rescue(stream) if rescue else None


def without_ancillary_chunks(stream: BinaryIO) -> BytesIO | None:
    """Return a PNG file without what its pixels do not need.

    Pillow gives up a whole picture for one broken or swollen comment or colour profile; viewers show it all the same.
    """
    kept = BytesIO()
    stream.seek(0)
    kept.write(stream.read(8))
    for kind, offset, length in png_chunks(stream):
        if kind in _NEEDED_PNG_CHUNKS:
            stream.seek(offset - 8)
            kept.write(stream.read(length + 12))
    kept.seek(0)
    return kept


def with_end_marker(stream: BinaryIO) -> BytesIO | None:
    """Return a JPEG file that lacks its end marker with the marker, None where it lacks pixels as well.

    Surveillance cameras and file carvers leave the marker out. Whether the pixels are complete shows in what follows
    them: bytes behind a complete picture are ignored, behind a cut one they are taken for the rest of it.
    """
    if filler_at_end(stream):
        return None
    stream.seek(0)
    content = stream.read().rstrip(b"\xff")
    if _JPEG_END in content[-_TAIL_BYTES:]:
        return None
    previews = []
    for tail in (b"", _NOT_A_MARKER):
        preview = Image.open(BytesIO(content + tail + _JPEG_END), formats=["JPEG"])
        if "progressive" in preview.info:
            # Its last scans only refine, so the test below would not see that one is missing.
            return None
        # An eighth of the size takes next to no time, and still holds the mean of each block.
        preview.draft(None, (max(1, preview.width // 8), max(1, preview.height // 8)))
        previews.append(preview.tobytes())
    return BytesIO(content + _JPEG_END) if previews[0] == previews[1] else None


_ROWS = 64
_NEEDS_ALL_BYTES = frozenset({"WEBP", "AVIF"})
"""Formats whose decoder refuses a file that is shorter than it says, and takes any bytes for pixels."""

_FILLERS = (b"\0", b"\x55", b"\x24\x92\x49", b"\xaa")
"""Bytes in the place of those that are missing; where the pixels depend on them, they are made up."""

_REACH = 32
"""Rows above the first that differ which a block or a filter of the coding may have mixed with made-up ones."""

_PASSES = {
    (0, 0, 8, 8): (8, 8),
    (4, 0, 8, 8): (4, 8),
    (0, 4, 4, 8): (4, 4),
    (2, 0, 4, 4): (2, 4),
    (0, 2, 2, 4): (2, 2),
    (1, 0, 2, 2): (1, 2),
    (0, 1, 1, 2): (1, 1),
}
"""Of an interlaced PNG (W3C PNG, 8.2): first column and row and the steps of each pass; steps of all pixels with it."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by PNG's colour types."""

_INFLATED_AT_ONCE = 2**22
_INTERLACED_ROWS = 8
"""The first pass over an interlaced GIF draws every eighth row (GIF89a, appendix E)."""

_MADE_UP_LEVELS = 2
_GREY = 128
_SMALLEST_SHARE = 0.02
"""Of less than a fiftieth of an image no line of print can be read."""


@dataclass(frozen=True, slots=True)
class PartlyDecoded:
    """An image of which a part could be decoded.

    Attributes:
        image: loaded; made-up rows are of one colour.
        full: width and height of the image, which may be decoded at a fraction of them.
        share: how much of its height was decoded, 0 to 1.
    """

    image: Image.Image
    full: tuple[int, int]
    share: float


def is_filled_up(file: OpenFile) -> bool:
    """Return whether a file ends in filler where its decoder may not notice: the pixels from there on are made up."""
    return file.format in {"JPEG", *_NEEDS_ALL_BYTES} and bool(filler_at_end(file.stream))


def without_filler(stream: BinaryIO) -> bytes:
    """Return a file without the run of equal bytes at its end."""
    filler = filler_at_end(stream)
    stream.seek(0)
    content = stream.read()
    return content.rstrip(filler) if filler else content


def decode_partly(file: OpenFile, page: int, settings: Settings) -> PartlyDecoded:
    """Return what of a page can be decoded; to be called within `pillow_limits`.

    Args:
        file: cut short or damaged.
        page: counted from 0.
        settings: `max_pixels` refuses, `working_pixels` reduces.

    Raises:
        Exception: whatever Pillow raises where not even a part can be had; ValueError where next to nothing can.
    """
    with _tolerant():
        decoded = [_decoded(stream, file, page, settings) for stream in _mended(file)]
    image, full = decoded[0]
    if len(decoded) > 1:
        share = _agreeing_share(image, decoded[1][0])
    else:
        if file.format == "GIF":
            _fill_gaps(image)
        elif file.format == "PNG" and image.info.get("interlace"):
            image = _coarser(image, file.stream)
        share = _drawn_share(image)
    if share < _SMALLEST_SHARE:
        message = "nothing could be decoded"
        raise ValueError(message)
    return PartlyDecoded(image, full, share)


@contextmanager
def _tolerant() -> Iterator[None]:
    """Let Pillow give what it has decoded of a file that ends too early."""
    saved = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = saved


def _mended(file: OpenFile) -> Iterator[BinaryIO]:
    """Yield the file as its decoder takes it: in two ways where only their comparison shows what is made up."""
    if file.format == "JPEG":
        # What was never written decodes to noise; cut off, it decodes to grey.
        yield BytesIO(without_filler(file.stream))
    elif file.format in _NEEDS_ALL_BYTES:
        yield from _padded(file)
    else:
        yield file.stream


def _padded(file: OpenFile) -> Iterator[BytesIO]:
    content = without_filler(file.stream)
    announced = struct.unpack_from("<I", content, 4)[0] + 8 if file.format == "WEBP" else _boxes_end(content)
    whole = max(file.size, announced)
    missing = whole - len(content)
    if not 0 < missing < 4 * len(content) + 2**20:
        message = "the length in the header makes no sense"
        raise ValueError(message)
    found = 0
    for filler in _FILLERS:
        padded = BytesIO(content + (filler * missing)[:missing])
        try:
            with open_pillow(padded, file.format, whole) as image:
                image.load()
        except Exception:  # noqa: S112  another filler may do
            continue
        padded.seek(0)
        yield padded
        found += 1
        if found == 2:  # enough to compare
            return
    message = "no filler makes the decoder accept the file"
    raise ValueError(message)


def _boxes_end(content: bytes) -> int:
    """Return where the last of the boxes at the top level of an ISO base media file ends."""
    position = 0
    while position + 8 <= len(content):
        length = struct.unpack_from(">I", content, position)[0]
        if length < 8:  # up to the end, or 64 bits long
            return len(content)
        position += length
    return position


def _decoded(stream: BinaryIO, file: OpenFile, page: int, settings: Settings) -> tuple[Image.Image, tuple[int, int]]:
    size = stream.seek(0, os.SEEK_END)
    image = open_pillow(stream, file.format, size)
    if page:
        image.seek(page)
    check_size(image, settings.max_pixels, is_animation=page > 0)
    check_is_whole(image)
    full = image.size
    if file.format == "JPEG":
        image.draft(None, reduced_size(full, settings.working_pixels))
    try:
        image.load()
    except Exception:
        if image._im is None:  # noqa: SLF001  Pillow says in no other way whether there are pixels
            raise
        # What was decoded before the error is there.
        if isinstance(image, ImageFile.ImageFile):
            image.tile = []
        image.load()
    check_size(image, settings.max_pixels, is_animation=page > 0)
    return image, full if file.format == "JPEG" else image.size


def _drawn_share(image: Image.Image) -> float:
    """Return the share of an image's rows that are not the one colour with which its decoder fills the rest.

    The rows that are missing stand at the end, or at the start in formats that store the last row first.
    """
    return 1.0 - max(_flat_rows(image, from_end=True), _flat_rows(image, from_end=False)) / image.height


def _flat_rows(image: Image.Image, *, from_end: bool) -> int:
    """Return how many rows at one end of an image are of one colour, and all of the same."""
    colour = None
    count = 0
    for start in range(0, image.height, _ROWS):
        stop = min(image.height, start + _ROWS)
        box = (0, image.height - stop, image.width, image.height - start) if from_end else (0, start, image.width, stop)
        rows = np.asarray(image.crop(box))
        for row in rows[::-1] if from_end else rows:
            colour = row[0] if colour is None else colour
            if not (row == colour).all():
                return count
            count += 1
    return count


def _agreeing_share(image: Image.Image, other: Image.Image) -> float:
    """Return the share of rows that do not depend on the missing bytes; the rest of `image` becomes grey."""
    agreeing = image.height
    for start in range(0, image.height, _ROWS):
        box = (0, start, image.width, min(image.height, start + _ROWS))
        one, two = (np.asarray(each.crop(box)).astype(np.int16) for each in (image, other))
        differing = np.flatnonzero((np.abs(one - two) > _MADE_UP_LEVELS).reshape(len(one), -1).any(axis=1))
        if differing.size:
            agreeing = max(0, start + int(differing[0]) - _REACH)
            break
    if agreeing < image.height:
        grey = tuple(_GREY for _ in image.getbands())
        image.paste(grey if len(grey) > 1 else _GREY, (0, agreeing, image.width, image.height))
    return agreeing / image.height


def _coarser(image: Image.Image, stream: BinaryIO) -> Image.Image:
    """Return an interlaced PNG with the pixels of its complete passes in the place of those that never came.

    Raises:
        ValueError: if not even the first pass is complete.
    """
    stream.seek(24)
    bits, colour = stream.read(2)
    left = _inflated_bytes(stream)
    across = down = 0
    for (x, y, every_x, every_y), shown in _PASSES.items():
        columns, rows = -(-(image.width - x) // every_x), -(-(image.height - y) // every_y)
        if columns > 0 and rows > 0:
            left -= rows * (1 + (columns * _CHANNELS[colour] * bits + 7) // 8)
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
    for kind, offset, length in png_chunks(stream):
        if kind == b"IDAT":
            stream.seek(offset)
            packed = stream.read(length)
            try:
                while packed:
                    count += len(decoder.decompress(packed, _INFLATED_AT_ONCE))
                    packed = decoder.unconsumed_tail
            except zlib.error:
                break
    return count


def _fill_gaps(image: Image.Image) -> None:
    """Repeat the row above in rows that an interlaced GIF has not come to, as viewers show it while it loads."""
    pixels = np.asarray(image)
    missing = (pixels == pixels[-1:, :1]).reshape(len(pixels), -1).all(axis=1)
    drawn = np.maximum.accumulate(np.where(missing, -_INTERLACED_ROWS, np.arange(len(pixels))))
    for y in np.flatnonzero(missing & (np.arange(len(pixels)) - drawn < _INTERLACED_ROWS)).tolist():
        above = int(drawn[y])
        image.paste(image.crop((0, above, image.width, above + 1)), (0, y))

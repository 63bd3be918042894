"""Pillow within limits: named decoders, a pixel limit, one thread; count pages without decoding.

The counts follow what the decoder can seek to. Nothing is read but headers, so neither a huge nor a hostile file costs
memory; a file that makes no sense has one page, and the decoder tells what is wrong with it.
"""

from __future__ import annotations

import os
import struct
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import AvifImagePlugin, Image, TiffImagePlugin, UnidentifiedImageError, features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

COUNT_LIMIT = 10_000
"""Counting stops here: no reader looks at more, and a hostile chain of headers must come to an end."""

_NO_LIMIT = 2**62
_MOST_PNG_FRAMES = 2**31
"""More frames than a PNG can have; the decoder takes such a file for a still picture."""

WHOLE_FILE_BYTES = 512 * 2**20
"""Files of formats that the decoder reads into memory as a whole (WebP, AVIF) may have this many bytes."""


def count_pages(stream: BinaryIO, format_name: str) -> int:
    """Return the number of pages or frames of a picture of the given format (as `sniff` names it), at least 1."""
    counter = _COUNTERS.get(format_name)
    if counter is None:
        return 1
    try:
        stream.seek(0)
        return max(1, min(counter(stream), COUNT_LIMIT))
    except Exception:  # a broken header may break anything; the decoder will say what is wrong
        return 1


def png_chunks(stream: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, offset of the data, length) of each PNG chunk up to the end of the file or picture."""
    size = stream.seek(0, os.SEEK_END)
    position = 8
    while position + 12 <= size:
        stream.seek(position)
        length, kind = struct.unpack(">I4s", stream.read(8))
        yield kind, position + 8, length
        if kind == b"IEND":
            return
        position += length + 12


def _count_png(stream: BinaryIO) -> int:
    """Count the frames of an animated PNG: those announced, but not more than there are."""
    announced = 0
    has_own_still = False
    frames = 0
    for kind, offset, _ in png_chunks(stream):
        if kind == b"acTL":
            if announced:
                return 1
            stream.seek(offset)
            announced = struct.unpack(">I", stream.read(4))[0]
            if announced > _MOST_PNG_FRAMES:
                return 1
        elif kind == b"IDAT":
            if not announced:
                return 1
            # A still picture before the first frame control is not part of the animation.
            has_own_still = has_own_still or frames == 0
        elif kind == b"fcTL":
            frames += 1
            if frames >= COUNT_LIMIT:
                break
    return min(announced, frames) + has_own_still


def _count_gif(stream: BinaryIO) -> int:
    stream.seek(10)
    _skip_colour_table(stream, stream.read(3)[0])
    frames = 0
    while frames < COUNT_LIMIT:
        marker = stream.read(1)
        if marker in {b"", b";"}:
            break
        if marker == b"!":
            stream.read(1)
            _skip_sub_blocks(stream)
        elif marker == b",":
            descriptor = stream.read(9)
            if len(descriptor) < 9:  # cut short within the frame's own header
                break
            _skip_colour_table(stream, descriptor[8])
            if not stream.read(1):
                break
            frames += 1
            _skip_sub_blocks(stream)
    return frames


def _skip_colour_table(stream: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        stream.seek(3 << ((flags & 7) + 1), os.SEEK_CUR)


def _skip_sub_blocks(stream: BinaryIO) -> None:
    while (length := stream.read(1)) and length != b"\0":
        stream.seek(length[0], os.SEEK_CUR)


def _count_webp(stream: BinaryIO) -> int:
    size = stream.seek(0, os.SEEK_END)
    position = 12
    frames = 0
    while position + 8 <= size and frames < COUNT_LIMIT:
        stream.seek(position)
        kind, length = struct.unpack("<4sI", stream.read(8))
        frames += kind == b"ANMF"
        if kind in {b"VP8 ", b"VP8L"}:
            return 1
        position += 8 + length + (length & 1)
    return frames


def _count_tiff(stream: BinaryIO) -> int:
    """Follow the chain of image file directories (TIFF 6.0 section 2, BigTIFF with 8-byte offsets)."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    header = stream.read(16)
    order = "<" if header[:2] == b"II" else ">"
    is_big = struct.unpack(order + "H", header[2:4])[0] == 43  # the version number of BigTIFF
    count_format, entry_bytes, offset_format = (
        (order + "Q", 20, order + "Q") if is_big else (order + "H", 12, order + "I")
    )
    count_bytes, offset_bytes = struct.calcsize(count_format), struct.calcsize(offset_format)
    position = struct.unpack_from(offset_format, header, 8 if is_big else 4)[0]
    seen: set[int] = set()
    while position and position not in seen and len(seen) < COUNT_LIMIT:
        # A directory beyond the end counts as well: loading that page tells that the file is cut short.
        seen.add(position)
        if position + count_bytes > size:
            break
        stream.seek(position)
        entries = struct.unpack(count_format, stream.read(count_bytes))[0]
        next_at = position + count_bytes + entries * entry_bytes
        if next_at + offset_bytes > size:
            break
        stream.seek(next_at)
        position = struct.unpack(offset_format, stream.read(offset_bytes))[0]
    return len(seen)


def _count_jpeg(stream: BinaryIO) -> int:
    """Count the pictures of a Multi-Picture file (CIPA DC-007) that are really there.

    Editors keep the index of a phone's photo and drop the pictures behind it, so each entry is looked at.
    """
    if not _has_multi_picture_index(stream):
        return 1

    # Sizes are for the loader to judge; nothing is decoded here.
    with pillow_limits(_NO_LIMIT):
        image = open_pillow(stream, "JPEG", 0)
        present = 1
        for page in range(1, min(getattr(image, "n_frames", 1), COUNT_LIMIT)):
            try:
                image.seek(page)
            except Exception:  # whatever a broken entry causes, the pictures before it count
                break
            present = page + 1
    return present


def _has_multi_picture_index(stream: BinaryIO) -> bool:
    position = 2
    while True:
        stream.seek(position)
        segment = stream.read(8)
        if len(segment) < 8 or segment[0] != 0xFF or segment[1] in {0xDA, 0xD9}:  # start of scan, end
            return False
        if segment[1] == 0xE2 and segment[4:8] == b"MPF\0":  # application segment 2
            return True
        position += 2 + struct.unpack(">H", segment[2:4])[0]


def _count_avif(stream: BinaryIO) -> int:
    """Count the frames of an AVIF image sequence; plain pictures are told by their brand and not parsed."""
    if stream.read(12)[8:12] != b"avis":
        return 1

    with pillow_limits(_NO_LIMIT):
        image = open_pillow(stream, "AVIF", stream.seek(0, os.SEEK_END))
    return int(getattr(image, "n_frames", 1))


_COUNTERS: dict[str, Callable[[BinaryIO], int]] = {
    "PNG": _count_png,
    "GIF": _count_gif,
    "WEBP": _count_webp,
    "TIFF": _count_tiff,
    "JPEG": _count_jpeg,
    "AVIF": _count_avif,
}


MAX_SIDE = 1_000_000
"""Pixels along one side; no scroll of screenshots is longer, and the decoder's table of rows takes 8 bytes for each."""

_DECODING_BYTES = 600_000_000
_DECODING_BYTES_PER_ALLOWED_PIXEL = 3
"""A worker is to stay under 700 MB; whoever raises the number of pixels allowed raises the memory with it."""

# Measured with Pillow 13: how often the picture lies in memory while it is decoded, at 4 bytes a pixel unless its mode
# takes fewer; once unless listed. Large JPEG files are decoded at a fraction of their size and never come near.
_COPIES = {"JPEG": 0.0, "MPO": 0.0, "AVIF": 2.5, "WEBP": 4.0, "JPEG2000": 5.0}
_COPIES_OF_ANIMATION = {**_COPIES, "PNG": 3.0, "GIF": 4.0, "AVIF": 4.0}
_FEWER_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}

_READ_WHOLE = frozenset({"WEBP", "AVIF"})
_OPTIONAL = {"WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}
"""Decoders that Pillow can be built without, by the names of `PIL.features`."""


# TIFF 6.0 and its supplement 1.
_NEW_SUBFILE_TYPE = 254
_SUB_DIRECTORIES = 330

_STDERR = 2
_pillow_lock = threading.Lock()


class TooLargeError(ValueError):
    """The picture has more pixels, or the file more bytes, than may be decoded."""


class NoDecoderError(ValueError):
    """The installed Pillow was built without the decoder for this format."""


class ThumbnailOnlyError(ValueError):
    """The picture proper stands where the decoder does not look, as in camera raw files."""


@contextmanager
def pillow_limits(max_pixels: int) -> Iterator[None]:
    """Hold Pillow to the pixel limit and to one thread, and keep its warnings inside.

    Pillow's limits and Python's warning filters belong to the whole process, so threads decode one after the other.
    """
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        saved_pixels, saved_threads = Image.MAX_IMAGE_PIXELS, AvifImagePlugin.DEFAULT_MAX_THREADS
        # Pillow refuses at twice its limit; up to there it only warns.
        Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, AvifImagePlugin.DEFAULT_MAX_THREADS = saved_pixels, saved_threads


def open_pillow(stream: BinaryIO, format_name: str, file_bytes: int) -> Image.Image:
    """Open a picture without decoding its pixels.

    Args:
        stream: the file; it must stay open as long as the picture is used.
        format_name: as `sniff` names it; no other decoder is tried.
        file_bytes: size of the file.

    Raises:
        NoDecoderError: if Pillow was built without this format.
        TooLargeError: if the file would have to be read into memory and is too large for that.
        Exception: whatever a broken file makes Pillow raise.
    """
    if format_name in _READ_WHOLE and file_bytes > WHOLE_FILE_BYTES:
        raise TooLargeError
    if format_name in _OPTIONAL and not features.check(_OPTIONAL[format_name]):
        raise NoDecoderError
    stream.seek(0)
    return Image.open(stream, formats=[format_name])


def check_size(image: Image.Image, max_pixels: int, *, is_animation: bool) -> None:
    """Refuse a picture by the size that its header names.

    Raises:
        TooLargeError: if it has too many pixels in all or along one side, or decoding it takes too much memory.
        UnidentifiedImageError: if it has none.
    """
    width, height = image.size
    pixels = width * height
    if pixels <= 0:
        raise UnidentifiedImageError
    copies = (_COPIES_OF_ANIMATION if is_animation else _COPIES).get(image.format or "", 1.0)
    pixel_bytes = _FEWER_BYTES.get(image.mode, 4) if copies == 1 else 4
    budget = max(_DECODING_BYTES, _DECODING_BYTES_PER_ALLOWED_PIXEL * max_pixels)
    if pixels > max_pixels or max(width, height) > MAX_SIDE or pixels * pixel_bytes * copies > budget:
        raise TooLargeError


def reduced_size(full: tuple[int, int], working_pixels: int) -> tuple[int, int]:
    """Return the size at which an image is seen as a whole: itself, or a half or a quarter, as JPEG decoders reduce."""
    pixels = full[0] * full[1]
    divisor = 1 if pixels <= working_pixels else 2 if pixels <= 2 * working_pixels else 4
    return (max(1, full[0] // divisor), max(1, full[1] // divisor))


def check_is_whole(image: Image.Image) -> None:
    """Refuse a TIFF page that calls itself a thumbnail and keeps its picture in a sub-directory (Adobe DNG, Nikon NEF).

    Raises:
        ThumbnailOnlyError: scanning the thumbnail alone would pass off an unread picture as a clean one.
    """
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        kind = image.tag_v2.get(_NEW_SUBFILE_TYPE, 0)
        if isinstance(kind, int) and kind & 1 and _SUB_DIRECTORIES in image.tag_v2:
            raise ThumbnailOnlyError


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what libtiff itself writes to standard error, hundreds of lines for one hostile file, off the terminal."""
    try:
        saved = os.dup(_STDERR)
    except OSError:
        # There is no standard error to protect.
        yield
        return
    try:
        with Path(os.devnull).open("wb") as sink:
            os.dup2(sink.fileno(), _STDERR)
        yield
    finally:
        os.dup2(saved, _STDERR)
        os.close(saved)


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8, of a loaded picture; 1 where it has none or it cannot be read."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:  # broken metadata must not cost the pixels
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # EXIF 2.32, tag Orientation

"""Pillow behind limits: one named decoder, a pixel limit, one thread, no warnings."""

from __future__ import annotations

import os
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import AvifImagePlugin, Image, TiffImagePlugin, UnidentifiedImageError, features

from idscan.sources.pages import WHOLE_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

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


def open_picture(stream: BinaryIO, format_name: str, file_bytes: int) -> Image.Image:
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
    except Exception:  # noqa: BLE001  broken metadata must not cost the pixels
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004  EXIF 2.32, tag Orientation

"""Define what a format handler carries, and run Pillow within limits: named decoders, a pixel limit, one thread."""

from __future__ import annotations

import os
import re
import struct
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

from PIL import AvifImagePlugin, Image, TiffImagePlugin, UnidentifiedImageError, features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BytesIO

    from idscan.images.raster import Raster, RasterPage

HEAD_BYTES = 4096
"""Bytes at the start of a file by which its format is recognised."""
COUNT_LIMIT = 10_000
"""Counting stops at so many pages: no reader looks at more, and a crafted chain of headers must come to an end."""
NO_LIMIT = 2**62
"""Pixels: more than any image has, for openers that read headers only."""
WHOLE_FILE_BYTES = 512 * 2**20
"""Files of formats that the decoder reads into memory as a whole (WebP, AVIF) may have this many bytes."""
METADATA_BYTES = 64 * 2**20
"""Bytes besides the pixels that are examined in one file."""
EXIF_HEAD, XMP_HEAD = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
PHOTOSHOP_HEAD = b"Photoshop 3.0\0"
_THUMBNAILS = frozenset({1033, 1036})  # Photoshop File Formats, image resource identifiers
_RESOURCES = {1028: "iptc", 1039: "icc", 1058: "exif", 1060: "xmp"}

_FILLER_BYTES = 64
"""Equal bytes at the end of an unfinished download or copy; coded pixels never end in so many."""
TAIL_BYTES = 4096
"""Cameras and editors append to a JPEG or GIF behind its end marker; this much of it is looked through."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes besides the pixels.

    Attributes:
        where: "exif", "xmp", "iptc", "comment", "png_text", "icc", "jfif", "psd_thumbnail", "trailing" or "other".
        data: without the container's own headers, unpacked.
    """

    where: str
    data: bytes


@dataclass(slots=True)
class Parts:
    """Everything besides the pixels of one file.

    Attributes:
        found: part by part.
        trailing_bytes: number of bytes that follow the image's end.
        trailing_start: where these begin in the file.
        has_index: whether a Multi-Picture index announces further images.
        page_starts: where in the file these begin.
        room: bytes that may still be kept.
    """

    found: list[Part] = field(default_factory=list)
    trailing_bytes: int = 0
    trailing_start: int = 0
    has_index: bool = False
    page_starts: frozenset[int] = frozenset()
    room: int = METADATA_BYTES

    def add(self, where: str, data: bytes) -> None:
        """Keep a part as far as there is room."""
        kept = data[: self.room]
        self.room -= len(kept)
        if kept:
            self.found.append(Part(where, kept))

    def add_trailing(self, stream: BinaryIO, end: int) -> None:
        """Keep the bytes behind the image's end."""
        size = stream.seek(0, os.SEEK_END)
        self.trailing_bytes = max(size - end, 0)
        self.trailing_start = end
        if self.trailing_bytes:
            stream.seek(end)
            self.add("trailing", stream.read(self.room))

    def add_resources(self, data: bytes) -> None:
        """Split Photoshop's image resources: thumbnails, IPTC, EXIF, XMP and the rest."""
        position = 0
        while data[position : position + 4] in {b"8BIM", b"8B64", b"MeSa"} and position + 12 <= len(data):
            code, name_length = struct.unpack_from(">HB", data, position + 4)
            start = position + 6 + (name_length + 2) // 2 * 2
            length = struct.unpack_from(">I", data, start)[0]
            value = data[start + 4 : start + 4 + length]
            self.add("psd_thumbnail" if code in _THUMBNAILS else _RESOURCES.get(code, "other"), value)
            position = start + 4 + (length + 1) // 2 * 2
        # Bytes without the structure of a resource are examined as well.
        self.add("other", data[position:])


@dataclass(frozen=True, slots=True)
class Coding:
    """Parameters with which an encoder stores pixels about as well as the source did.

    Attributes:
        block: width and height in stored pixels of what a lossy codec codes at once; (1, 1) where nothing is lost.
        bits: of each stored sample.
        quantisation: of a JPEG: 64 steps for luminance (or the first component), then for colour.
        subsampling: of a JPEG (in the upright image) or AVIF: "4:4:4", "4:2:2", "4:2:0", "4:0:0".
        is_progressive: of a JPEG.
        is_lossless: of a WebP.
        is_compressed: of a TIFF.
        is_bare: of a JPEG 2000: whether it is a codestream without boxes around it.
        has_own_still: of an animated PNG: whether its first image is no part of the animation.
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


LOSSY_BLOCK = 16
"""Pixels along one side of `MACROBLOCK`."""
MACROBLOCK = (LOSSY_BLOCK, LOSSY_BLOCK)
"""Pixels of WebP's macroblock (RFC 6386); taken for every other lossy codec as well, and the least for JPEG."""


class PageSource(Protocol):
    """The pages of a format. One whose pages Pillow does not decode returns images that it made of them."""

    def count(self, stream: BinaryIO) -> int:
        """Return the number of pages or frames by the headers alone; any exception counts as one page."""

    def open(self, stream: BinaryIO, file_bytes: int) -> Image.Image:
        """Return an image at its first page, of known size, whose `seek` leads to the others and `load` decodes.

        The stream stays open as long as the image is used.
        """

    def copies(self, *, is_animation: bool) -> float:
        """Return how often an image lies in memory while it is decoded."""


@dataclass(frozen=True, slots=True)
class PillowPages:
    """Pages that Pillow decodes.

    Attributes:
        name: of Pillow's plugin; no other decoder is tried.
        counter: counts pages as far as the decoder can seek to them, without decoding; None for formats that have one.
        feature: name in `PIL.features` of a decoder that Pillow can be built without.
        reads_whole: whether the decoder reads the file into memory.
        memory: how often an image, at 4 bytes a pixel unless its mode takes fewer, lies in memory while it is decoded
            (measured with Pillow 13); 0 for JPEG, which is decoded at a fraction of its size where it is large.
        animation_memory: the same for a frame of an animation.
    """

    name: str
    counter: Callable[[BinaryIO], int] | None = None
    feature: str = ""
    reads_whole: bool = False
    memory: float = 1.0
    animation_memory: float | None = None

    def count(self, stream: BinaryIO) -> int:
        """Return the number of pages or frames."""
        return self.counter(stream) if self.counter else 1

    def open(self, stream: BinaryIO, file_bytes: int) -> Image.Image:
        """Open an image without decoding its pixels.

        Raises:
            NoDecoderError: if Pillow was built without this format.
            TooLargeError: if the file would have to be read into memory and is too large for that.
            Exception: whatever a broken file makes Pillow raise.
        """
        if self.reads_whole and file_bytes > WHOLE_FILE_BYTES:
            raise TooLargeError
        if self.feature and not features.check(self.feature):
            raise NoDecoderError
        stream.seek(0)
        return Image.open(stream, formats=[self.name])

    def copies(self, *, is_animation: bool) -> float:
        """Return how often an image lies in memory while it is decoded."""
        return self.animation_memory if is_animation and self.animation_memory is not None else self.memory


class Anywhere(NamedTuple):
    """Signature of an image that is embedded in other bytes.

    Attributes:
        mark: bytes that a plain search finds fast.
        behind: their distance in bytes from the image's start.
        pattern: regular expression for the start; a match is then decoded, so chance matches cost time only.
        sure: a longer one, believed in the first bytes of any file; empty where there is none.
    """

    mark: bytes
    behind: int
    pattern: bytes
    sure: bytes = b""


def begins(pattern: bytes, offset: int = 0) -> Callable[[bytes], bool]:
    """Return a test of whether the first bytes of a file match a regular expression at an offset."""
    return lambda head: compiled(pattern).match(head, offset) is not None


@cache
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Return a compiled regular expression whose dot matches any byte."""
    return re.compile(pattern, re.DOTALL)


def _default_coding(_image: Image.Image, _stream: BinaryIO, _turn: int) -> Coding:
    return Coding()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FormatHandler:
    """All that is known of one image format; only `name` and `matches` are needed.

    Attributes:
        name: as reports give it; Pillow's name where Pillow decodes it.
        matches: whether a file with these first bytes has the format; the first handler that matches wins.
        suffixes: usual name endings of such files.
        anywhere: how to find an image of the format inside other bytes; None where its signature is too short.
        is_distinctive: whether the signature does not turn up by chance behind an image of another format.
        pages: None where the format is recognised but not decoded.
        unread: key of the message with the reason and the remedy, for such a format.

        walk: the one walker of the format's container: `walk(stream, strict=False)` yields its elements in order.
            It stops where a tolerant reader would, and raises ValueError or struct.error there if it is strict.
        add_parts: adds what a file holds besides its pixels; exceptions end it, and what was found counts.
        previews: yields further images that the file holds outside its pages, as files of their own.
        has_layers: whether only a flattened image is decoded.

        ends_early: whether a file of so many bytes is shorter than its headers announce.
        rescue: returns a mended copy of a file that the decoder refuses though its pixels are whole, else None.
        takes_filler: whether the decoder turns filler at the end of a file into pixels.
        announced_bytes: length of a file by its headers, for a decoder that refuses shorter files and takes any bytes
            for pixels.
        refine_partial: improves what was decoded of a file that is cut short.

        is_animated: whether its pages are frames, each built on those before.
        first_page_only: whether all pages but the first are previews and depth maps of it.
        reduces: whether the decoder can reduce while it decodes (`Image.draft`), in a fraction of time and memory.
        orients_late: whether the orientation is known only after decoding.
        is_noisy: whether its decoder writes to standard error.
        keeps_depth: whether OpenCV decodes all of its 16 bits.
        keeps_profile: whether a colour profile can be written; elsewhere nothing but sRGB is understood.
        coding: returns how the current page of an opened image is stored, by image, file and EXIF orientation.

        strip: returns a file without metadata, tagged with a colour profile if one is given, None where that is better
            written anew; raises anything where the file is malformed.
        write: writes pages without any metadata, the same bytes at all times.
        unwritten: key of the message with the reason why there is no `write`, and the remedy.
    """

    name: str
    matches: Callable[[bytes], bool]
    suffixes: tuple[str, ...] = ()
    anywhere: Anywhere | None = None
    is_distinctive: bool = False
    pages: PageSource | None = None
    unread: str = "unsupported_format"

    walk: Callable[..., Iterator[Any]] | None = None
    add_parts: Callable[[BinaryIO, Parts], None] | None = None
    previews: Callable[[BinaryIO], Iterator[bytes]] | None = None
    has_layers: bool = False

    ends_early: Callable[[BinaryIO, int], bool] | None = None
    rescue: Callable[[BinaryIO], BytesIO | None] | None = None
    takes_filler: bool = False
    announced_bytes: Callable[[bytes], int] | None = None
    refine_partial: Callable[[Image.Image, BinaryIO], Image.Image] | None = None

    is_animated: bool = False
    first_page_only: bool = False
    reduces: bool = False
    orients_late: bool = False
    is_noisy: bool = False
    keeps_depth: bool = False
    keeps_profile: bool = False
    coding: Callable[[Image.Image, BinaryIO, int], Coding] = _default_coding

    strip: Callable[[bytes, bytes | None], bytes | None] | None = None
    write: Callable[[Raster, Iterator[RasterPage], BinaryIO], None] | None = None
    unwritten: str = "unsupported_output"

    def source(self) -> PageSource:
        """Return the page source; a format without one raises NoDecoderError."""
        if self.pages is None:
            raise NoDecoderError
        return self.pages

    def count_pages(self, stream: BinaryIO) -> int:
        """Return the number of pages or frames, at least 1; nothing is read but headers."""
        try:
            stream.seek(0)
            return max(1, min(self.source().count(stream), COUNT_LIMIT))
        except Exception:
            return 1

    def parts(self, stream: BinaryIO, room: int = METADATA_BYTES) -> Parts:
        """Return the content of a file besides its pixels; of a broken file, the content before the break."""
        parts = Parts(room=room)
        if self.add_parts is not None:
            try:
                stream.seek(0)
                self.add_parts(stream, parts)
            except (struct.error, IndexError, ValueError, OverflowError):
                return parts
        return parts

    def is_cut_short(self, stream: BinaryIO) -> bool:
        """Return whether the file is shorter than its headers announce, or filled up; False if that is unknown."""
        if self.ends_early is None:
            return False
        if filler_at_end(stream):
            return True
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        try:
            return self.ends_early(stream, size)
        except (OSError, struct.error, IndexError):
            # The header itself is cut.
            return True

    def check_size(self, image: Image.Image, max_pixels: int, *, is_animation: bool) -> None:
        """Refuse an image by the size that its header names.

        Raises:
            TooLargeError: if it has too many pixels in all or along one side, or decoding it takes too much memory.
            UnidentifiedImageError: if it has none.
        """
        width, height = image.size
        pixels = width * height
        if pixels <= 0:
            raise UnidentifiedImageError
        copies = self.source().copies(is_animation=is_animation)
        pixel_bytes = _FEWER_BYTES.get(image.mode, 4) if copies == 1 else 4
        budget = max(_DECODING_BYTES, _DECODING_BYTES_PER_ALLOWED_PIXEL * max_pixels)
        if pixels > max_pixels or max(width, height) > MAX_SIDE or pixels * pixel_bytes * copies > budget:
            raise TooLargeError


def filler_at_end(stream: BinaryIO) -> bytes:
    """Return the byte that a file ends in a long run of, b"" where it ends as coded pixels do."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _FILLER_BYTES))
    tail = stream.read()
    return tail[:1] if len(tail) == _FILLER_BYTES and tail.count(tail[:1]) == len(tail) else b""


def without_filler(stream: BinaryIO) -> bytes:
    """Return a file without the run of equal bytes at its end."""
    filler = filler_at_end(stream)
    stream.seek(0)
    content = stream.read()
    return content.rstrip(filler) if filler else content


def lacks_at_end(marker: bytes) -> Callable[[BinaryIO, int], bool]:
    """Return a test of whether a file lacks its end marker."""

    def test(stream: BinaryIO, size: int) -> bool:
        stream.seek(max(0, size - TAIL_BYTES))
        return marker not in stream.read()

    return test


def read_head(stream: BinaryIO) -> bytes:
    """Return the first bytes of a file."""
    stream.seek(0)
    return stream.read(HEAD_BYTES)


MAX_SIDE = 1_000_000
"""Pixels along one side; no stitched screenshot is longer, and the decoder's table of rows takes 8 bytes for each."""
_DECODING_BYTES = 600_000_000
"""Bytes for decoding that are always allowed. Lower: large photos are refused; higher: a worker may exceed 700 MB."""
_DECODING_BYTES_PER_ALLOWED_PIXEL = 3
"""Bytes by which each allowed pixel raises this limit, where the user allows more of them than by default."""
_FEWER_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}

FIRST_SWAPPED_ORIENTATION = 5
"""From this EXIF orientation on, width and height are exchanged."""
_NEW_SUBFILE_TYPE = 254  # tag: bit 0 marks a reduced image (TIFF 6.0, section 8)
_SUB_DIRECTORIES = 330  # tag: offsets of child directories (TIFF Technical Note 1)

_STDERR = 2  # file descriptor (POSIX)
_pillow_lock = threading.Lock()


class TooLargeError(ValueError):
    """The image has more pixels, or the file more bytes, than may be decoded."""


class NoDecoderError(ValueError):
    """The installed Pillow was built without the decoder for this format."""


class ThumbnailOnlyError(ValueError):
    """The main image is in a place that the decoder does not read, as in camera raw files."""


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


def reduced_size(full: tuple[int, int], working_pixels: int) -> tuple[int, int]:
    """Return the size at which an image is seen as a whole: itself, or a half or a quarter, as JPEG decoders reduce."""
    pixels = full[0] * full[1]
    divisor = 1 if pixels <= working_pixels else 2 if pixels <= 2 * working_pixels else 4
    return (max(1, full[0] // divisor), max(1, full[1] // divisor))


def check_is_whole(image: Image.Image) -> None:
    """Refuse a TIFF page that is marked as a thumbnail, with its image in a sub-directory (Adobe DNG, Nikon NEF).

    Raises:
        ThumbnailOnlyError: scanning the thumbnail alone would report an unread image as a clean one.
    """
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        kind = image.tag_v2.get(_NEW_SUBFILE_TYPE, 0)
        if isinstance(kind, int) and kind & 1 and _SUB_DIRECTORIES in image.tag_v2:
            raise ThumbnailOnlyError


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Discard the output of libtiff on standard error: hundreds of lines for one crafted file."""
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
    """Return the EXIF orientation, 1 to 8, of a loaded image; 1 where it has none or it cannot be read."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1

"""All pages of a file at full size in its own channels, and how it stores them, for writing it anew."""

from __future__ import annotations

import os
import re
import struct
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np
from PIL import JpegImagePlugin, TiffImagePlugin

from idscan.core.messages import message
from idscan.core.types import Problem
from idscan.images.decode import (
    WHOLE_FILE_BYTES,
    TooLargeError,
    check_is_whole,
    check_size,
    orientation,
    pillow_limits,
    quiet_stderr,
)
from idscan.images.files import open_readonly
from idscan.images.load import problem_of_content, problem_of_decoding, problem_of_opening
from idscan.images.partial import ends_too_early, rescued
from idscan.images.pixels import (
    DEEP_FORMATS,
    FIRST_SWAPPED_ORIENTATION,
    REDUCED_TO_8_BITS,
    Grid,
    deep_pixels,
    embedded_profile,
    stored_channels,
    upright_grid,
    upright_pixels,
)
from idscan.images.sequence import OpenFile, open_page
from idscan.images.signature import HEAD_BYTES, SUPPORTED, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from PIL import Image

    from idscan.core.settings import Settings
    from idscan.images.color import ProfileName

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
    if len(tables) == 3 and tables[1] == tables[2]:  # usually both colours share one
        tables, steps = tables[:2], steps[:2]
    ratio = (1, 1)
    if len(components) == 3:  # luminance and two of colour
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


WRITABLE = frozenset({"JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000", "PPM", "PCX"})
"""Formats that can be written as well as read."""

EXTRA_PICTURES_DROPPED = "extra_pictures_dropped"

_STAGE = "publish"
_ANIMATED = frozenset({"GIF", "PNG", "WEBP", "AVIF"})

_PROFILED = frozenset({"JPEG", "PNG", "WEBP", "TIFF", "AVIF"})
"""Formats into which a profile can be written; elsewhere nothing but sRGB is understood."""

_Result = TypeVar("_Result")


class RasterError(Exception):
    """The pixels cannot be had, or not written again; `problem` says why in words for the user."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.kind)
        self.problem = problem


@dataclass(frozen=True, eq=False, slots=True)
class RasterPage:
    """One page or frame.

    Attributes:
        pixels: read-only, upright, shape (height, width, channels), uint8 or uint16; 1 channel for grey, 2 with alpha,
            3 for RGB, 4 with alpha. Colour under alpha 0 is 0.
        milliseconds: how long a frame of an animation is shown; None for anything else.
        notes: "converted_to_srgb", "reduced_to_8_bits", "extra_pictures_dropped".
        grid: of this page; pages of a TIFF may differ.
    """

    pixels: NDArray[Any]
    milliseconds: int | None = None
    notes: tuple[str, ...] = ()
    grid: Grid = field(default_factory=Grid)


@dataclass(frozen=True, eq=False, slots=True)
class Raster:
    """An open file.

    Attributes:
        format: as `sniff` names it.
        pages: how many pages or frames it has.
        grid: of the first page.
        coding: how its first page is stored.
        loop: how often an animation is repeated, 0 for ever; None where the file does not say.
        profile: the colour space with which it is tagged and in which its pixels are kept.
        is_animation: whether its pages are frames.
    """

    format: str
    pages: int
    grid: Grid = field(default_factory=Grid)
    coding: Coding = field(default_factory=Coding)
    loop: int | None = None
    profile: ProfileName | None = None
    is_animation: bool = False
    _read: Callable[[int], RasterPage] | None = field(default=None, repr=False)

    def read(self, page: int) -> RasterPage:
        """Return the pixels of a page, counted from 0; in rising order frames are fastest to get.

        Raises:
            RasterError: if they cannot be decoded.
            ValueError: if this value describes no open file.
        """
        if self._read is None:
            text = "no file is open behind this raster"
            raise ValueError(text)
        return self._read(page)


@contextmanager
def open_raster(path: str, pages: int, settings: Settings) -> Iterator[Raster]:
    """Open a file whose pixels are to be written again.

    Args:
        path: of the file.
        pages: how many pages or frames it has, as `count_pages` tells.
        settings: `max_pixels` refuses a page, `max_pages` a file.

    Raises:
        RasterError: if it cannot be opened, decoded, or written in its format.
    """
    try:
        stream = open_readonly(path)
    except (OSError, ValueError) as error:
        raise RasterError(problem_of_opening(error)) from None
    with stream:
        try:
            status = os.fstat(stream.fileno())
            head = stream.read(HEAD_BYTES)
        except OSError as error:
            raise RasterError(problem_of_opening(error)) from None
        identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        format_name = sniff(head)
        if format_name is None or format_name not in SUPPORTED:
            raise RasterError(problem_of_content(head, format_name))
        _refuse_unwritable(format_name, pages, settings)
        file = OpenFile(stream, format_name, status.st_size, identity)
        # Of a multi-picture JPEG only the first picture is kept: the others are previews and depth maps of it.
        count = 1 if format_name == "JPEG" else pages
        yield _decoding(file, settings, lambda file: _opened(file, count, settings))


def _refuse_unwritable(format_name: str, pages: int, settings: Settings) -> None:
    if format_name not in WRITABLE:
        text = message("unsupported_output", format=format_name)
        raise RasterError(Problem(_STAGE, "unsupported_output", text))
    if pages > settings.max_pages and format_name != "JPEG":
        text = message("too_many_pages", pages=pages, most=settings.max_pages)
        raise RasterError(Problem(_STAGE, "too_many_pages", text))


def _decoding(file: OpenFile, settings: Settings, action: Callable[[OpenFile], _Result]) -> _Result:
    """Run what decodes within limits, once more on a mended copy of a file that is refused, and name what fails.

    Raises:
        RasterError: if the pixels cannot be had.
    """
    try:
        with pillow_limits(settings.max_pixels), quiet_stderr() if file.format in DEEP_FORMATS else nullcontext():
            try:
                return action(file)
            except (OSError, SyntaxError, ValueError) as error:
                if file.size > WHOLE_FILE_BYTES or isinstance(error, TooLargeError):
                    raise
                # A second failure says less about the file than the first.
                with suppress(OSError, SyntaxError, ValueError):
                    mended = rescued(file.stream, file.format)
                    if mended is not None:
                        return action(replace(file, stream=mended))
                raise
    except Exception as error:  # a hostile file makes a decoder raise anything, and must not end the run
        is_cut_short = ends_too_early(file.stream, file.format)
        raise RasterError(problem_of_decoding(error, is_cut_short=is_cut_short)) from None


def _opened(file: OpenFile, pages: int, settings: Settings) -> Raster:
    is_animation = pages > 1 and file.format in _ANIMATED
    image = open_page(file, 0, pages)
    check_size(image, settings.max_pixels, is_animation=pages > 1)
    check_is_whole(image)
    # A PNG would have to be decoded for it, and has no blocks that it could move.
    turn = 1 if file.format == "PNG" else orientation(image)
    coding = coding_of(image, file.stream, file.format, turn)
    loop = image.info.get("loop") if is_animation else None
    return Raster(
        file.format,
        pages,
        upright_grid(coding.block, image.size, turn),
        coding,
        loop if isinstance(loop, int) else None,
        embedded_profile(image, keeps=_keeps_profile(file, pages)).name,
        is_animation,
        lambda page: _decoding(file, settings, lambda file: _page(file, page, pages, settings)),
    )


def _page(file: OpenFile, page: int, pages: int, settings: Settings) -> RasterPage:
    image = open_page(file, page, pages)
    check_size(image, settings.max_pixels, is_animation=pages > 1)
    check_is_whole(image)
    image.load()
    # Some decoders know or turn the size only now.
    check_size(image, settings.max_pixels, is_animation=pages > 1)
    turn = orientation(image)
    coding = coding_of(image, file.stream, file.format, turn)
    channels = stored_channels(image, keeps_profile=_keeps_profile(file, pages))
    pixels, notes = channels.pixels, channels.notes
    if coding.bits > 8 and pixels.dtype == np.uint8 and not notes:  # bits of a byte
        is_still = pages == 1 or file.format == "TIFF"
        deep = deep_pixels(file.stream, page, pixels) if is_still and file.format in DEEP_FORMATS else None
        pixels = pixels if deep is None else deep
    if coding.bits > 8 and pixels.dtype == np.uint8 and REDUCED_TO_8_BITS not in notes:  # likewise
        notes = (*notes, REDUCED_TO_8_BITS)
    if file.format == "JPEG" and _has_extra_pictures(image):
        notes = (*notes, EXTRA_PICTURES_DROPPED)
    return RasterPage(
        upright_pixels(_without_hidden_colour(pixels), turn),
        _milliseconds(image) if pages > 1 and file.format in _ANIMATED else None,
        notes,
        upright_grid(coding.block, image.size, turn),
    )


def _keeps_profile(file: OpenFile, pages: int) -> bool:
    # Each page of a TIFF may have a profile of its own; one that all share is sRGB.
    return file.format in _PROFILED and not (file.format == "TIFF" and pages > 1)


def _has_extra_pictures(image: Image.Image) -> bool:
    # Pillow tells "mp" where there is an index of pictures (CIPA DC-007), whether it follows it or not.
    return "mp" in image.info or getattr(image, "n_frames", 1) > 1


def _milliseconds(image: Image.Image) -> int:
    duration = image.info.get("duration", 0)
    return max(0, round(duration)) if isinstance(duration, int | float) else 0


def _without_hidden_colour(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the pixels, black wherever they cannot be seen."""
    if pixels.shape[2] in {1, 3}:
        return pixels
    visible = pixels[..., -1:] != 0
    if visible.all():
        return pixels
    shown: NDArray[Any] = pixels * visible
    return shown

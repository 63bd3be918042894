"""All pages of a file at full size in its own channels, and how it stores them, for writing it anew."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from idscan.core.messages import message
from idscan.core.types import Problem
from idscan.images.decode import OpenFile, Result, decode_or_rescue, open_page
from idscan.images.formats import handler_of
from idscan.images.formats.base import (
    HEAD_BYTES,
    Coding,
    check_is_whole,
    orientation,
    pillow_limits,
    quiet_stderr,
)
from idscan.images.load import file_identity, problem_of_content, problem_of_decoding, problem_of_opening
from idscan.images.pixels import (
    REDUCED_TO_8_BITS,
    Grid,
    deep_pixels,
    embedded_profile,
    has_alpha,
    profile_bytes,
    stored_channels,
    upright_grid,
    upright_pixels,
)
from idscan.images.walk import open_readonly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from PIL import Image

    from idscan.core.settings import Settings
    from idscan.images.formats.base import FormatHandler
    from idscan.images.pixels import ProfileName

EXTRA_IMAGES_DROPPED = "extra_pictures_dropped"

_STAGE = "publish"


class RasterError(Exception):
    """The pixels cannot be decoded, or not written again; `problem` holds the reason in words for the user."""

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

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return has_alpha(self.pixels)

    def opaque(self) -> NDArray[Any]:
        """Return the pixels without alpha."""
        return self.pixels[..., :-1] if self.has_alpha else self.pixels


@dataclass(frozen=True, eq=False, slots=True)
class Raster:
    """An open file.

    Attributes:
        format: as `sniff` names it.
        pages: how many pages or frames it has.
        grid: of the first page.
        coding: how its first page is stored.
        loop: how often an animation is repeated, 0 for ever; None where the file does not define it.
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

    def icc_profile(self) -> bytes | None:
        """Return the colour profile with which the file is to be tagged."""
        return None if self.profile is None else profile_bytes(self.profile)

    def read(self, page: int) -> RasterPage:
        """Return the pixels of a page, counted from 0; in rising order frames are fastest to get.

        Raises:
            RasterError: if they cannot be decoded.
        """
        if self._read is None:
            text = "no file is open behind this raster"
            raise ValueError(text)
        return self._read(page)


@contextmanager
def open_raster(path: str, pages: int, settings: Settings) -> Iterator[Raster]:
    """Open a file whose pixels are to be written again; its handler counts its pages.

    Raises:
        RasterError: if it cannot be opened, decoded, or written in its format, or has too many pixels or pages.
    """
    try:
        stream = open_readonly(path)
    except (OSError, ValueError) as error:
        raise RasterError(problem_of_opening(error)) from None
    with stream:
        try:
            identity = file_identity(stream)
            head = stream.read(HEAD_BYTES)
        except OSError as error:
            raise RasterError(problem_of_opening(error)) from None
        handler = handler_of(head)
        if handler is None or handler.pages is None:
            raise RasterError(problem_of_content(head, handler))
        _refuse_unwritable(handler, pages, settings)
        file = OpenFile(stream, handler, identity[2], identity)
        count = 1 if handler.first_page_only else pages
        yield _decoding(file, settings, lambda file: _opened_raster(file, count, settings))


def _refuse_unwritable(handler: FormatHandler, pages: int, settings: Settings) -> None:
    if handler.write is None:
        raise RasterError(Problem(_STAGE, "unsupported_output", message(handler.unwritten, format=handler.name)))
    if pages > settings.max_pages and not handler.first_page_only:
        text = message("too_many_pages", pages=pages, most=settings.max_pages)
        raise RasterError(Problem(_STAGE, "too_many_pages", text))


def _decoding(file: OpenFile, settings: Settings, action: Callable[[OpenFile], Result]) -> Result:
    """Run what decodes within limits, once more on a mended copy of a file that is refused; RasterError if it fails."""
    try:
        with pillow_limits(settings.max_pixels), quiet_stderr() if file.handler.keeps_depth else nullcontext():
            return decode_or_rescue(file, action)
    except Exception as error:
        is_cut_short = file.handler.is_cut_short(file.stream)
        raise RasterError(problem_of_decoding(error, is_cut_short=is_cut_short)) from None


def _opened_raster(file: OpenFile, pages: int, settings: Settings) -> Raster:
    is_animation = pages > 1 and file.handler.is_animated
    image = open_page(file, 0, pages)
    file.handler.check_size(image, settings.max_pixels, is_animation=pages > 1)
    check_is_whole(image)
    # Where the file would have to be decoded for it, there are no blocks that it could move.
    turn = 1 if file.handler.orients_late else orientation(image)
    coding = file.handler.coding(image, file.stream, turn)
    loop = image.info.get("loop") if is_animation else None
    return Raster(
        file.handler.name,
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
    file.handler.check_size(image, settings.max_pixels, is_animation=pages > 1)
    check_is_whole(image)
    image.load()
    # Some decoders determine or turn the size only now.
    file.handler.check_size(image, settings.max_pixels, is_animation=pages > 1)
    turn = orientation(image)
    coding = file.handler.coding(image, file.stream, turn)
    channels = stored_channels(image, keeps_profile=_keeps_profile(file, pages))
    pixels, notes = channels.pixels, channels.notes
    if coding.bits > 8 and pixels.dtype == np.uint8 and not notes:
        is_still = pages == 1 or not file.handler.is_animated
        deep = deep_pixels(file.stream, page, pixels) if is_still and file.handler.keeps_depth else None
        pixels = pixels if deep is None else deep
    if coding.bits > 8 and pixels.dtype == np.uint8 and REDUCED_TO_8_BITS not in notes:
        notes = (*notes, REDUCED_TO_8_BITS)
    if file.handler.first_page_only and _has_extra_images(image):
        notes = (*notes, EXTRA_IMAGES_DROPPED)
    return RasterPage(
        upright_pixels(_without_hidden_colour(pixels), turn),
        _milliseconds(image) if pages > 1 and file.handler.is_animated else None,
        notes,
        upright_grid(coding.block, image.size, turn),
    )


def _keeps_profile(file: OpenFile, pages: int) -> bool:
    # Each page of a TIFF may have a profile of its own; one that all share is sRGB.
    return file.handler.keeps_profile and (pages == 1 or file.handler.is_animated)


def _has_extra_images(image: Image.Image) -> bool:
    # Pillow sets "mp" wherever there is an index of images (CIPA DC-007), also if it does not follow it.
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

"""Decode one image to upright RGB layers, or return the reason why not."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import lru_cache, partial
from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from idscan.core.geometry import tile_boxes
from idscan.core.messages import message
from idscan.core.types import FileInfo, Frame, ImageRef, Problem, Unreadable
from idscan.images.decode import OpenFile, decode_or_rescue, decode_partly, history_before, is_filled_up, open_page
from idscan.images.formats import handler_of
from idscan.images.formats.base import (
    HEAD_BYTES,
    WHOLE_FILE_BYTES,
    NoDecoderError,
    ThumbnailOnlyError,
    TooLargeError,
    check_is_whole,
    orientation,
    pillow_limits,
    quiet_stderr,
    reduced_size,
    without_filler,
)
from idscan.images.pixels import turned_upright, upright_box, upright_layers, upright_size
from idscan.images.signature import other_content, without_leading_bytes
from idscan.images.walk import NotAFileError, open_readonly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

    from numpy.typing import NDArray

    from idscan.core.geometry import PixelBox
    from idscan.core.settings import Settings
    from idscan.core.types import FullSize
    from idscan.images.formats.base import FormatHandler

_STAGE = "load"

PARTLY_DECODED = frozenset({"truncated", "damaged"})
"""Kinds of problems of files that are decoded as far as that goes."""

_OPENING_KINDS = {
    errno.ENOENT: "not_found",
    errno.ENOTDIR: "not_found",
    errno.ENAMETOOLONG: "not_found",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EISDIR: "not_a_file",
}

_DECODING_REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((TooLargeError, Image.DecompressionBombError), "too_large"),
    ((ThumbnailOnlyError,), "thumbnail_only"),
    ((NoDecoderError,), "no_decoder"),
    ((NotImplementedError,), "rare_variant"),
    ((MemoryError,), "no_memory_to_decode"),
    ((EOFError,), "truncated"),
)

# Pillow's error texts for data that ends too early or is of a rare kind; it has no exception types for these.
_DECODING_TEXTS = (
    (re.compile(r"truncat|unexpected end|not large enough|end of file", re.IGNORECASE), "truncated"),
    (re.compile(r"unsupported|not supported|unknown (?:compression|pixel|data)", re.IGNORECASE), "rare_variant"),
)

_KINDS = {
    **dict.fromkeys(("thumbnail_only", "no_decoder", "rare_variant"), "unsupported_format"),
    "no_memory_to_decode": "out_of_memory",
}
"""Kinds of problems by key of the message, where the two differ."""


def problem_of_opening(error: OSError | ValueError) -> Problem:
    """Return the reason why a file cannot be opened."""
    if isinstance(error, NotAFileError):
        return _load_problem("not_a_file")
    if not isinstance(error, OSError):
        return _load_problem("not_found")
    return _load_problem(_OPENING_KINDS.get(error.errno or 0, "read_error"))


def problem_of_content(head: bytes, handler: FormatHandler | None) -> Problem:
    """Return the reason why a file that begins with these bytes is not decoded."""
    if handler:
        return Problem(_STAGE, "unsupported_format", message(handler.unread, format=handler.name))
    if not head:
        return _load_problem("empty")
    content = other_content(head)
    if content:
        return Problem(_STAGE, "unrecognised", message("other_content", content=content))
    return _load_problem("unrecognised")


def problem_of_decoding(error: Exception, *, is_cut_short: bool) -> Problem:
    """Return the reason why the pixels cannot be decoded, without the error's own text, which may quote the file.

    Where the error is unspecific, a file that is shorter than its headers announce is cut short, any other damaged.
    """
    for types, reason in _DECODING_REASONS:
        if isinstance(error, types):
            return _load_problem(reason)
    text = str(error)
    otherwise = "truncated" if is_cut_short else "damaged"
    return _load_problem(next((reason for pattern, reason in _DECODING_TEXTS if pattern.search(text)), otherwise))


def problem_of_part(problem: Problem, share: float) -> Problem:
    """Return the problem of an image of whose height only a share, 0 to 1, could be decoded."""
    # Rounded down: the last rows are not all there.
    part = f"{int(100 * share)} %"
    text = message(f"{problem.kind}_part", part=part) if share < 1 else message("truncated_detail")
    return Problem(_STAGE, problem.kind, text, share=round(share, 3))


def _load_problem(reason: str) -> Problem:
    return Problem(_STAGE, _KINDS.get(reason, reason), message(reason))


_PIECE_SIDE, _PIECE_OVERLAP = 5000, 400
"""Pixels: a piece of 25 MB; lines of fine print are shorter than the overlap."""


class FullSizeImage:
    """A loaded image of which parts are turned upright when they are asked for."""

    def __init__(self, image: Image.Image, orientation: int) -> None:
        """Take a loaded image and its EXIF orientation, 1 to 8."""
        self._image = image
        self._orientation = orientation
        self.size = upright_size(image.size, orientation)

    def greys(self) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Yield left, top and brightness of pieces that cover the image, upright, one after the other."""
        return _greys_of(self._image, self._orientation)

    def part(self, box: PixelBox, longest: int) -> tuple[NDArray[np.uint8], ...]:
        """Return the layers of a part of the upright image, reduced by whole pixels to at most `longest` pixels."""
        stored = upright_box(box, self.size, self._orientation, is_inverse=True)
        return _reduced_layers(self._image.crop(stored), self._orientation, longest)


class FullSizeJpeg:
    """A JPEG of which brightness is decoded at full size and colour at half of it, as most files store it.

    Both together take half of the memory of all channels at full size; brightness alone, which is enough where nothing
    shows, a third of the time.
    """

    def __init__(self, data: bytes, stored_size: tuple[int, int], orientation: int) -> None:
        """Take the whole file, width and height of the stored image, and its EXIF orientation."""
        self._data = data
        self._stored_size = stored_size
        self._orientation = orientation
        self._decoded: dict[int, Image.Image] = {}
        self.size = upright_size(stored_size, orientation)

    def greys(self) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Yield left, top and brightness of pieces that cover the image, upright, one after the other."""
        return _greys_of(self._at(1), self._orientation)

    def part(self, box: PixelBox, longest: int) -> tuple[NDArray[np.uint8], ...]:
        """Return the layers of a part, upright, as `FullSizeImage.part` does."""
        stored = upright_box(box, self.size, self._orientation, is_inverse=True)
        brightness, colours = self._at(1).crop(stored), self._at(2)
        left, top = stored[0] // 2, stored[1] // 2
        around = colours.crop((left, top, -(-stored[2] // 2), -(-stored[3] // 2)))
        around = around.resize((around.width * 2, around.height * 2), Image.Resampling.BILINEAR)
        x, y = stored[0] - 2 * left, stored[1] - 2 * top
        around = around.crop((x, y, x + brightness.width, y + brightness.height))
        part = Image.merge("YCbCr", (brightness, *around.split()[1:])).convert("RGB")
        return _reduced_layers(part, self._orientation, longest)

    def _at(self, divisor: int) -> Image.Image:
        """Return brightness for 1, YCbCr reduced by 2 for 2; decoded once."""
        if divisor not in self._decoded:
            width, height = self._stored_size
            with pillow_limits(width * height):
                image = Image.open(BytesIO(self._data), formats=["JPEG"])
                mode = "L" if divisor == 1 else "YCbCr"
                image.draft(mode, (width // divisor, height // divisor))
                image.load()
            self._decoded[divisor] = image if image.mode == mode else image.convert("RGB").convert(mode)
        return self._decoded[divisor]


def _reduced_layers(part: Image.Image, orientation: int, longest: int) -> tuple[NDArray[np.uint8], ...]:
    """Return the layers of a part, reduced by whole pixels where its longer side has too many."""
    divisor = -(-max(part.size) // longest)
    size = (max(1, part.width // divisor), max(1, part.height // divisor))
    return upright_layers(part, orientation, size)


def _greys_of(image: Image.Image, orientation: int) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
    for box in tile_boxes(image.size, _PIECE_SIDE, _PIECE_OVERLAP):
        left, top, _, _ = upright_box(box, image.size, orientation)
        if image.mode == "L":
            yield left, top, np.asarray(turned_upright(image.crop(box), orientation))
            continue
        part = image.crop(box)
        for layer in upright_layers(part, orientation, part.size):
            yield left, top, np.asarray(cv2.cvtColor(layer, cv2.COLOR_RGB2GRAY), np.uint8)


_LEADING_BYTES = Problem(_STAGE, "leading_bytes", message("leading_bytes"))


def load(ref: ImageRef, settings: Settings) -> Frame | Unreadable:
    """Return the pixels of one image, upright, or the reason why there are none; a bad file raises nothing.

    `max_pixels` refuses an image, `working_pixels` reduces it, `max_pages` is how many `walk` lists of one file.
    """
    info = FileInfo()
    try:
        with open_readonly(ref.path) as stream:
            identity = file_identity(stream)
            info = FileInfo(_sha256(stream) if ref.pages == 1 else _sha256_of_pages(ref.path, identity))
            image, leading = without_leading_bytes(stream)
            head = image.read(HEAD_BYTES)
            handler = handler_of(head)
            info = FileInfo(info.sha256, handler.name if handler else None)
            if handler is None or handler.pages is None:
                return Unreadable(ref, info, problem_of_content(head, handler))
            identity = (*identity, settings.working_pixels)
            file = OpenFile(image, handler, identity[2] - len(leading), identity)
            loaded = _decode(file, ref, info, settings)
            if leading and isinstance(loaded, Frame):
                return replace(loaded, problems=(_LEADING_BYTES, *loaded.problems))
            return loaded
    except (OSError, ValueError) as error:
        return Unreadable(ref, info, problem_of_opening(error))


def file_identity(stream: BufferedReader) -> tuple[int, ...]:
    """Return device, number, size and time of change of an open file."""
    status = os.fstat(stream.fileno())
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _sha256(stream: BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=4)
def _sha256_of_pages(path: str, identity: tuple[int, ...]) -> str:  # noqa: ARG001  a changed file is another file
    """Return the digest of a file that will be loaded once for each of its pages."""
    with open_readonly(path) as stream:
        return _sha256(stream)


def _decode(file: OpenFile, ref: ImageRef, info: FileInfo, settings: Settings) -> Frame | Unreadable:
    try:
        with pillow_limits(settings.max_pixels), quiet_stderr() if file.handler.is_noisy else nullcontext():
            try:
                frame = decode_or_rescue(file, lambda file: _frame(file, ref, info, settings))
                return _without_filler(frame, file, settings) if is_filled_up(file) else frame
            except (OSError, SyntaxError, ValueError) as error:
                if file.size > WHOLE_FILE_BYTES or isinstance(error, TooLargeError):
                    raise
                with suppress(Exception):  # the first failure describes the file better than a second one
                    return _partial_frame(file, ref, info, settings, error)
                raise
    except Exception as error:
        return Unreadable(ref, info, problem_of_decoding(error, is_cut_short=file.handler.is_cut_short(file.stream)))


def _frame(file: OpenFile, ref: ImageRef, info: FileInfo, settings: Settings) -> Frame:
    pages = min(ref.pages, settings.max_pages)
    history = history_before(file, ref.page, pages, partial(_upright, file.handler, settings=settings))
    image = open_page(file, ref.page, pages)
    is_animation = ref.pages > 1
    file.handler.check_size(image, settings.max_pixels, is_animation=is_animation)
    check_is_whole(image)
    full = image.size
    reduced = reduced_size(full, settings.working_pixels)
    if file.handler.reduces and reduced != full:
        # The decoder reduces while it transforms, in a fraction of the time and memory.
        image.draft(None, reduced)
        image.load()
    else:
        image.load()
        # Some decoders determine or turn the size only now.
        file.handler.check_size(image, settings.max_pixels, is_animation=is_animation)
        full = image.size
        reduced = reduced_size(full, settings.working_pixels)
    turn = orientation(image)
    layers = upright_layers(image, turn, reduced)
    like = history.likeness(ref.page, layers) if history is not None else None
    problems = _oddities(image, file.handler, ref, settings)
    full_size: FullSize | None = None
    if reduced != full and file.handler.reduces:
        file.stream.seek(0)
        full_size = FullSizeJpeg(file.stream.read(), full, turn)
    elif reduced != full:
        full_size = FullSizeImage(image, turn)
    return Frame(ref, _sized(info, full, turn), layers, max(reduced) / max(full), problems, like, full_size)


def _upright(handler: FormatHandler, image: Image.Image, settings: Settings) -> tuple[NDArray[np.uint8], ...]:
    """Return the layers of a frame of an animation."""
    handler.check_size(image, settings.max_pixels, is_animation=True)
    image.load()
    handler.check_size(image, settings.max_pixels, is_animation=True)
    return upright_layers(image, orientation(image), reduced_size(image.size, settings.working_pixels))


def _sized(info: FileInfo, full: tuple[int, int], turn: int) -> FileInfo:
    width, height = upright_size(full, turn)
    return replace(info, width=width, height=height)


def _without_filler(frame: Frame, file: OpenFile, settings: Settings) -> Frame:
    """Return a frame without the pixels that its decoder produced from filler at the file's end."""
    if file.handler.takes_filler:
        # Padding behind the end costs nothing of the image.
        with suppress(OSError, SyntaxError, ValueError):
            return _frame(replace(file, stream=BytesIO(without_filler(file.stream))), frame.ref, frame.info, settings)
    with suppress(Exception):  # what decoded once may be kept
        shorter = _partial_frame(file, frame.ref, frame.info, settings, EOFError())
        if file.handler.takes_filler or shorter.problems[0].share != 1:
            return shorter
    return frame


def _partial_frame(file: OpenFile, ref: ImageRef, info: FileInfo, settings: Settings, error: Exception) -> Frame:
    """Return the decodable part of a file that is cut short or damaged, with a problem that states its share."""
    problem = problem_of_decoding(error, is_cut_short=file.handler.is_cut_short(file.stream))
    if problem.kind not in PARTLY_DECODED:
        raise error
    decoded = decode_partly(file, ref.page, settings)
    image, full = decoded.image, decoded.full
    reduced = reduced_size(full, settings.working_pixels)
    turn = orientation(image)
    layers = upright_layers(image, turn, reduced)
    problems = (problem_of_part(problem, decoded.share), *_oddities(image, file.handler, ref, settings))
    return Frame(ref, _sized(info, full, turn), layers, max(reduced) / max(full), problems)


def _oddities(image: Image.Image, handler: FormatHandler, ref: ImageRef, settings: Settings) -> tuple[Problem, ...]:
    """Return problems for content of the file that is not scanned."""
    problems = []
    if ref.page == 0 and ref.pages > settings.max_pages:
        text = message("pages_not_scanned", pages=ref.pages, most=settings.max_pages)
        problems.append(Problem(_STAGE, "pages_not_scanned", text))
    if handler.has_layers and getattr(image, "layers", None):
        problems.append(Problem(_STAGE, "layers_not_scanned", message("layers_not_scanned")))
    return tuple(problems)

"""Decode pages in order, remember frames that repeat, and decode damaged files as far as possible."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import numpy as np
from PIL import Image, ImageFile

from idscan.core.types import Likeness
from idscan.images.formats.base import (
    WHOLE_FILE_BYTES,
    TooLargeError,
    check_is_whole,
    filler_at_end,
    reduced_size,
    without_filler,
)
from idscan.images.pixels import LEGIBLE_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from idscan.core.settings import Settings
    from idscan.images.formats.base import FormatHandler

    Layers = tuple[NDArray[np.uint8], ...]

Result = TypeVar("Result")

_CHANGED_LEVELS = 8
"""Levels by which a pixel has changed; lossy coding of one image in two frames differs by less, print by more."""
_MOST_BYTES = 96 * 2**20
"""Bytes that kept frames take. Lower: fewer frames to compare with; higher: a worker takes more memory."""
_MOST_KEPT = 4
"""Earlier frames that a frame is compared with pixel by pixel; with all others only for being the same."""
_ROWS = 256
"""Rows compared at a time. Lower: more calls of NumPy; higher: larger temporary arrays."""


@dataclass(slots=True)
class FrameHistory:
    """The frames of one animation, in order, as far as they were seen.

    The result for a frame depends only on the frames before it, so that every process that gets the frames of a file
    in order computes the same results.

    Attributes:
        seen: how many frames were added.
        is_broken: whether the next frame cannot be decoded.
    """

    seen: int = 0
    is_broken: bool = False
    _answers: list[Likeness | None] = field(default_factory=list)
    _first_of: dict[bytes, int] = field(default_factory=dict)
    _kept: list[tuple[int, Layers]] = field(default_factory=list)

    def add(self, layers: Layers) -> None:
        """Remember the next frame."""
        page = self.seen
        digest = _pixel_digest(layers)
        same = self._first_of.get(digest)
        answer = None if same is None else Likeness(same)
        if answer is None:
            self._first_of[digest] = page
            answer = self._compared(layers)
        if answer is None or answer.changed is not None:
            self._kept.append((page, layers))
            while len(self._kept) > _MOST_KEPT or (len(self._kept) > 1 and self._bytes() > _MOST_BYTES):
                self._kept.pop(0)
        self._answers.append(answer)
        self.seen += 1

    def likeness(self, page: int, layers: Layers) -> Likeness | None:
        """Return which earlier frame a frame that was added, or becomes the next, is like; None for none."""
        if page == self.seen:
            self.add(layers)
        return self._answers[page]

    def _compared(self, layers: Layers) -> Likeness | None:
        nearest: Likeness | None = None
        for page, earlier in reversed(self._kept):
            if len(earlier) != len(layers) or earlier[0].shape != layers[0].shape:
                continue
            box, count = _changed(earlier, layers)
            if count < LEGIBLE_PIXELS:
                return Likeness(page)
            nearest = nearest or Likeness(page, box)
        return nearest

    def _bytes(self) -> int:
        return sum(layer.nbytes for _, layers in self._kept for layer in layers)


def _pixel_digest(layers: Layers) -> bytes:
    digest = hashlib.sha256()
    for layer in layers:
        digest.update(repr(layer.shape).encode())
        digest.update(np.ascontiguousarray(layer).data)
    return digest.digest()


def _changed(first: Layers, second: Layers) -> tuple[tuple[int, int, int, int], int]:
    """Return the box (left, top, right, bottom) of the pixels that differ in any layer, and how many they are."""
    count = 0
    columns = np.zeros(first[0].shape[1], bool)
    rows: list[int] = []
    for one, other in zip(first, second, strict=True):
        for start in range(0, len(one), _ROWS):
            before, after = one[start : start + _ROWS], other[start : start + _ROWS]
            differences = np.maximum(before, after) - np.minimum(before, after) > _CHANGED_LEVELS
            changed: NDArray[np.bool_] = differences[..., 0] | differences[..., 1] | differences[..., 2]
            if changed.any():
                count += int(np.count_nonzero(changed))
                columns |= changed.any(axis=0)
                rows += (start + np.flatnonzero(changed.any(axis=1))).tolist()
    if not rows:
        return (0, 0, 0, 0), 0
    across = np.flatnonzero(columns)
    return (int(across[0]), min(rows), int(across[-1]) + 1, max(rows) + 1), count


_KEPT_BYTES = 64 * 2**20
"""Animations up to this file size stay in memory between two frames; larger ones are read anew."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An image file that is open for reading.

    Attributes:
        stream: its bytes.
        handler: of its format.
        size: in bytes.
        identity: numbers that change when the file does.
    """

    stream: BinaryIO
    handler: FormatHandler
    size: int
    identity: tuple[int, ...]


_kept: list[tuple[tuple[int, ...], Image.Image]] = []
"""At most one animation, where the last frame left it. Only ever touched within `pillow_limits`, which lets one in."""


_histories: dict[tuple[int, ...], FrameHistory] = {}
"""Of at most one animation. Touched as above."""


def history_before(
    file: OpenFile, page: int, pages: int, layers_of: Callable[[Image.Image], Layers]
) -> FrameHistory | None:
    """Return the history of the frames before a page (from 0); None where there is none to use.

    `pages` is how many will be requested in all. The stream of the file must stay open.
    """
    if pages == 1 or not file.handler.is_animated:
        return None
    history = _histories.get(file.identity)
    if history is None:
        _histories.clear()
        history = _histories[file.identity] = FrameHistory()
    try:
        while history.seen < page and not history.is_broken:
            history.add(layers_of(open_page(file, history.seen, pages)))
    except Exception:
        history.is_broken = True
    return None if history.is_broken and history.seen <= page else history


def open_page(file: OpenFile, page: int, pages: int) -> Image.Image:
    """Return the image with the given page (from 0) as its current one, pixels not yet decoded.

    The stream must stay open until then. Pages are fastest in rising order, of which `pages` will be requested in all.

    Raises:
        Exception: whatever a broken file makes Pillow raise; EOFError where it has no such page.
    """
    identity, kept = _kept.pop() if _kept else ((), None)
    if pages == 1 or not file.handler.is_animated or file.size > _KEPT_BYTES:
        image = file.handler.source().open(file.stream, file.size)
        if page:
            image.seek(page)
        return image
    if kept is not None and identity == file.identity and kept.tell() <= page:
        image = kept
    else:
        file.stream.seek(0)
        image = file.handler.source().open(BytesIO(file.stream.read()), file.size)
    image.seek(page)
    if page + 1 < pages:
        _kept.append((file.identity, image))
    return image


_FILLERS = (b"\0", b"\x55", b"\x24\x92\x49", b"\xaa")
"""Bytes in the place of those that are missing; where the pixels depend on them, they are made up."""
_PART_ROWS = 64
"""Rows examined at a time. Lower: more calls of NumPy; higher: larger temporary arrays."""
_REACH = 32
"""Rows above the first that differ which a block or a filter of the coding may have mixed with made-up ones."""
_MADE_UP_LEVELS = 2
"""Levels by which rows under two fillers may differ. Lower: rounding discards good rows; higher: made-up rows stay."""
_GREY = 128
"""Level of all channels in made-up rows."""
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
    is_decoded = file.handler.takes_filler or file.handler.announced_bytes is not None
    return is_decoded and bool(filler_at_end(file.stream))


def decode_partly(file: OpenFile, page: int, settings: Settings) -> PartlyDecoded:
    """Return the decodable part of a page of a damaged file; to be called within `pillow_limits`.

    Raises:
        Exception: whatever Pillow raises where not even a part can be had; ValueError where next to nothing can.
    """
    with _tolerant():
        decoded = [_decoded(stream, file, page, settings) for stream in _mended(file)]
    image, full = decoded[0]
    if len(decoded) > 1:
        share = _agreeing_share(image, decoded[1][0])
    else:
        if file.handler.refine_partial is not None:
            image = file.handler.refine_partial(image, file.stream)
        share = _drawn_share(image)
    if share < _SMALLEST_SHARE:
        message = "nothing could be decoded"
        raise ValueError(message)
    return PartlyDecoded(image, full, share)


def decode_or_rescue(file: OpenFile, action: Callable[[OpenFile], Result]) -> Result:
    """Run what decodes a file, and once more on a mended copy of one that the decoder refuses."""
    try:
        return action(file)
    except (OSError, SyntaxError, ValueError) as error:
        if file.handler.rescue and file.size <= WHOLE_FILE_BYTES and not isinstance(error, TooLargeError):
            # The first failure describes the file better than a second one.
            with suppress(OSError, SyntaxError, ValueError):
                mended = file.handler.rescue(file.stream)
                if mended is not None:
                    return action(replace(file, stream=mended))
        raise


@contextmanager
def _tolerant() -> Iterator[None]:
    """Make Pillow return the decoded part of a file that ends too early."""
    saved = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = saved


def _mended(file: OpenFile) -> Iterator[BinaryIO]:
    """Yield the file as its decoder takes it: in two ways where only their comparison shows what is made up."""
    if file.handler.takes_filler:
        # Filler decodes to noise; cut off, the missing pixels decode to grey.
        yield BytesIO(without_filler(file.stream))
    elif file.handler.announced_bytes is not None:
        yield from _padded_to_length(file, file.handler.announced_bytes)
    else:
        yield file.stream


def _padded_to_length(file: OpenFile, announced_bytes: Callable[[bytes], int]) -> Iterator[BytesIO]:
    content = without_filler(file.stream)
    whole = max(file.size, announced_bytes(content))
    missing = whole - len(content)
    if not 0 < missing < 4 * len(content) + 2**20:
        message = "the length in the header makes no sense"
        raise ValueError(message)
    found = 0
    for filler in _FILLERS:
        padded = BytesIO(content + (filler * missing)[:missing])
        try:
            with file.handler.source().open(padded, whole) as image:
                image.load()
        except Exception:  # noqa: S112  another filler may do
            continue
        padded.seek(0)
        yield padded
        found += 1
        if found == 2:
            return
    message = "no filler makes the decoder accept the file"
    raise ValueError(message)


def _decoded(stream: BinaryIO, file: OpenFile, page: int, settings: Settings) -> tuple[Image.Image, tuple[int, int]]:
    size = stream.seek(0, os.SEEK_END)
    image = file.handler.source().open(stream, size)
    if page:
        image.seek(page)
    file.handler.check_size(image, settings.max_pixels, is_animation=page > 0)
    check_is_whole(image)
    full = image.size
    if file.handler.reduces:
        image.draft(None, reduced_size(full, settings.working_pixels))
    try:
        image.load()
    except Exception:
        if image._im is None:  # noqa: SLF001  Pillow has no public test for loaded pixels
            raise
        # The rows decoded before the error are available.
        if isinstance(image, ImageFile.ImageFile):
            image.tile = []
        image.load()
    file.handler.check_size(image, settings.max_pixels, is_animation=page > 0)
    return image, full if file.handler.reduces else image.size


def _drawn_share(image: Image.Image) -> float:
    """Return the share of an image's rows that are not the one colour with which its decoder fills the rest.

    Missing rows are at the end, or at the start in formats that store the last row first.
    """
    return 1.0 - max(_flat_rows(image, from_end=True), _flat_rows(image, from_end=False)) / image.height


def _flat_rows(image: Image.Image, *, from_end: bool) -> int:
    """Return how many rows at one end of an image are of one colour, and all of the same."""
    colour = None
    count = 0
    for start in range(0, image.height, _PART_ROWS):
        stop = min(image.height, start + _PART_ROWS)
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
    for start in range(0, image.height, _PART_ROWS):
        box = (0, start, image.width, min(image.height, start + _PART_ROWS))
        one, two = (np.asarray(each.crop(box)).astype(np.int16) for each in (image, other))
        differing = np.flatnonzero((np.abs(one - two) > _MADE_UP_LEVELS).reshape(len(one), -1).any(axis=1))
        if differing.size:
            agreeing = max(0, start + int(differing[0]) - _REACH)
            break
    if agreeing < image.height:
        grey = tuple(_GREY for _ in image.getbands())
        image.paste(grey if len(grey) > 1 else _GREY, (0, agreeing, image.width, image.height))
    return agreeing / image.height

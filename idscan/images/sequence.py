"""Pages and frames in order, without decoding from the start for each; repeated frames."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from idscan.core.types import Likeness
from idscan.images.decode import open_pillow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Layers = tuple[NDArray[np.uint8], ...]
    from collections.abc import Callable

    from PIL import Image

_CHANGED_LEVELS = 8
"""Levels by which a pixel has changed; lossy coding of one image in two frames differs by less, print by more."""

_LEGIBLE_PIXELS = 48
"""Fewer changed pixels spell no number: a digit four pixels high takes about six, the shortest number has nine."""

_MOST_BYTES = 96 * 2**20
_MOST_KEPT = 4
"""Earlier frames that a frame is compared with pixel by pixel; with all others only for being the same."""

_ROWS = 256


@dataclass(slots=True)
class FrameHistory:
    """The frames of one animation, in order, as far as they were seen.

    What is remembered of a frame depends on nothing but the frames before it, so that any process that sees the
    frames of a file in order comes to the same answers.

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
        digest = _digest(layers)
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
        """Return which earlier frame a frame is like; None where it is like none.

        Args:
            page: a frame that was added, or the next one, which then is.
            layers: its pixels.
        """
        if page == self.seen:
            self.add(layers)
        return self._answers[page]

    def _compared(self, layers: Layers) -> Likeness | None:
        nearest: Likeness | None = None
        for page, earlier in reversed(self._kept):
            if len(earlier) != len(layers) or earlier[0].shape != layers[0].shape:
                continue
            box, count = _changed(earlier, layers)
            if count < _LEGIBLE_PIXELS:
                return Likeness(page)
            nearest = nearest or Likeness(page, box)
        return nearest

    def _bytes(self) -> int:
        return sum(layer.nbytes for _, layers in self._kept for layer in layers)


def _digest(layers: Layers) -> bytes:
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


FRAMES_BUILD_ON_OTHERS = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
_KEPT_BYTES = 64 * 2**20
"""Animations up to this file size stay in memory between two frames; larger ones are read anew."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A picture file that is open for reading.

    Attributes:
        stream: its bytes.
        format: as `sniff` names it.
        size: in bytes.
        identity: what changes when the file does.
    """

    stream: BinaryIO
    format: str
    size: int
    identity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    identity: tuple[int, ...]
    image: Image.Image


_kept: list[_Kept] = []
"""At most one animation, where the last frame left it. Only ever touched within `pillow_limits`, which lets one in."""


_histories: dict[tuple[int, ...], FrameHistory] = {}
"""Of at most one animation. Touched as above."""


def history_before(
    file: OpenFile, page: int, pages: int, layers_of: Callable[[Image.Image], Layers]
) -> FrameHistory | None:
    """Return what is known of the frames before a page of an animation; None where that says nothing.

    Args:
        file: the file; its stream must stay open.
        page: counted from 0.
        pages: how many pages will be asked for.
        layers_of: decodes and renders a frame.
    """
    if pages == 1 or file.format not in FRAMES_BUILD_ON_OTHERS:
        return None
    history = _histories.get(file.identity)
    if history is None:
        _histories.clear()
        history = _histories[file.identity] = FrameHistory()
    try:
        while history.seen < page and not history.is_broken:
            history.add(layers_of(open_page(file, history.seen, pages)))
    except Exception:  # whatever a broken frame raises: nothing is known of those that follow
        history.is_broken = True
    return None if history.is_broken and history.seen <= page else history


def open_page(file: OpenFile, page: int, pages: int) -> Image.Image:
    """Return the picture with the given page as its current one, pixels not yet decoded.

    Args:
        file: the file; its stream must stay open until the pixels are decoded.
        page: counted from 0.
        pages: how many pages will be asked for, in rising order for best speed.

    Raises:
        Exception: whatever a broken file makes Pillow raise; EOFError where it has no such page.
    """
    kept = _kept.pop() if _kept else None
    if pages == 1 or file.format not in FRAMES_BUILD_ON_OTHERS or file.size > _KEPT_BYTES:
        image = open_pillow(file.stream, file.format, file.size)
        if page:
            image.seek(page)
        return image
    if kept is not None and kept.identity == file.identity and kept.image.tell() <= page:
        image = kept.image
    else:
        file.stream.seek(0)
        image = open_pillow(BytesIO(file.stream.read()), file.format, file.size)
    image.seek(page)
    if page + 1 < pages:
        _kept.append(_Kept(file.identity, image))
    return image

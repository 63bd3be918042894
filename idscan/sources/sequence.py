"""Pages and frames one after the other, without decoding an animation from its start for each frame."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from idscan.sources.decode import open_picture
from idscan.sources.repeats import FrameHistory

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from idscan.sources.repeats import Layers

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
    except Exception:  # noqa: BLE001  whatever a broken frame raises: nothing is known of those that follow
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
        image = open_picture(file.stream, file.format, file.size)
        if page:
            image.seek(page)
        return image
    if kept is not None and kept.identity == file.identity and kept.image.tell() <= page:
        image = kept.image
    else:
        file.stream.seek(0)
        image = open_picture(BytesIO(file.stream.read()), file.format, file.size)
    image.seek(page)
    if page + 1 < pages:
        _kept.append(_Kept(file.identity, image))
    return image

"""Pages and frames one after the other, without decoding an animation from its start for each frame."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from idscan.sources.decode import open_picture

if TYPE_CHECKING:
    from PIL import Image

_FRAMES_BUILD_ON_OTHERS = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
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
    if pages == 1 or file.format not in _FRAMES_BUILD_ON_OTHERS or file.size > _KEPT_BYTES:
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

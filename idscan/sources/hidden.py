"""What a picture file carries besides its pixels: thumbnails, previews, further pictures, and texts."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from idscan.core.secret import Secret
from idscan.sources import tags
from idscan.sources.containers import read_parts
from idscan.sources.decode import check_size, orientation, pillow_limits, quiet_stderr
from idscan.sources.files import open_readonly
from idscan.sources.layers import upright_layers
from idscan.sources.parts import METADATA_BYTES
from idscan.sources.printable import plain_text, text_runs
from idscan.sources.signature import HEAD_BYTES, SUPPORTED, sniff
from idscan.sources.trailing import Trailing, archived, kind_of_trailing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.settings import Settings
    from idscan.sources.parts import Part, Parts

_MIN_SIDE = 48
_MOST_PICTURES = 16
_MOST_TRIES = 64
_MOST_TEXTS = 10_000
_SEARCHED_BYTES = 24 * 2**20
"""Text is looked for in this much of one file: a second or two."""
_PICTURE = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n")
_BASE64_PICTURE = re.compile(rb"(?:/9j/|iVBORw0KGgo)[A-Za-z0-9+/=\s]{200,}")
_LINE_BREAKS = re.compile(rb"&#x?[aAdD0-9]{1,2};|\s")
_PLAIN_TEXT = frozenset({"comment", "png_text", "iptc"})
_KINDS = {"jfif": "jfif_thumbnail", "psd_thumbnail": "psd_thumbnail", "trailing": "trailing_picture"}
_JFIF_HEAD = 14


@dataclass(frozen=True, eq=False, slots=True)
class HiddenPicture:
    """A picture that no viewer shows at first.

    Attributes:
        kind: "exif_thumbnail", "jfif_thumbnail", "psd_thumbnail", "xmp_thumbnail", "preview", "mpf_picture",
            "trailing_picture" or "archived_picture" (in a ZIP archive behind the end).
        layers: read-only uint8 arrays of shape (height, width, 3), RGB, upright, as in `Frame`.
    """

    kind: str
    layers: tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Text that stands beside the pixels.

    Attributes:
        where: "exif", "xmp", "iptc", "comment", "png_text", "icc", "trailing" or "other".
        text: a run of printable characters, or what a field says.
    """

    where: str
    text: Secret


@dataclass(frozen=True, slots=True)
class HiddenParts:
    """Everything that a file carries besides its pixels.

    Attributes:
        pictures: each at least 48 pixels high and wide.
        texts: each at least nine characters long, unfiltered.
        trailing_bytes: how many bytes follow the picture's end.
        trailing: what these are, where that is neither harmless nor told by `pictures`.
    """

    pictures: tuple[HiddenPicture, ...]
    texts: tuple[HiddenText, ...]
    trailing_bytes: int
    trailing: Trailing | None = None


NOTHING = HiddenParts((), (), 0)


def hidden_parts(path: str, settings: Settings) -> HiddenParts:
    """Return what a file carries besides its pixels; a file that cannot be read carries nothing, none raises.

    Args:
        path: of a picture file.
        settings: `max_pixels` refuses and `working_pixels` reduces hidden pictures as well.
    """
    try:
        with open_readonly(path) as stream:
            return _hidden(stream, settings)
    except (OSError, ValueError):
        return NOTHING


def _hidden(stream: BinaryIO, settings: Settings) -> HiddenParts:
    format_name = sniff(stream.read(HEAD_BYTES))
    if format_name is None:
        return NOTHING
    parts = read_parts(stream, format_name)
    texts: dict[HiddenText, None] = {}
    room = _SEARCHED_BYTES
    for part in parts.found:
        where, data = _where(part), part.data[:room]
        room -= len(data)
        for text in plain_text(data) if where in _PLAIN_TEXT else text_runs(data):
            texts.setdefault(HiddenText(where, Secret(text)))
    pictures = _Collector(settings, _turn(stream, format_name, parts))
    for picture in _candidates(stream, format_name, parts):
        pictures.take(picture)
    trailing = _trailing(parts, pictures.found)
    return HiddenParts(tuple(pictures.found), tuple(texts)[:_MOST_TEXTS], parts.trailing_bytes, trailing)


def _trailing(parts: Parts, pictures: Sequence[HiddenPicture]) -> Trailing | None:
    data = b"".join(part.data for part in parts.found if part.where == "trailing")
    kind = kind_of_trailing(data)
    if kind is None and len(data) < parts.trailing_bytes:
        kind = Trailing.UNKNOWN
    # Further pictures that an index announces are pages of the file, whatever their size.
    is_told = parts.has_index or any(picture.kind == _KINDS["trailing"] for picture in pictures)
    return None if kind is Trailing.UNKNOWN and is_told else kind


def _where(part: Part) -> str:
    return {"exif_value": "exif", "jfif": "other", "psd_thumbnail": "other"}.get(part.where, part.where)


def _turn(stream: BinaryIO, format_name: str, parts: Parts) -> int:
    """Return the orientation that the file gives its own pixels, 1 where it says nothing sensible."""
    blocks = [stream] if format_name == "TIFF" else [BytesIO(part.data) for part in parts.found if part.where == "exif"]
    for block in blocks:
        for directory in tags.directories(block):
            values = tags.integers(block, directory, tags.ORIENTATION)
            if values:
                return values[0] if 1 <= values[0] <= 8 else 1  # noqa: PLR2004  EXIF 2.32, tag Orientation
    return 1


@dataclass(frozen=True, eq=False, slots=True)
class _Candidate:
    """Bytes that may be a picture.

    Attributes:
        kind: as in `HiddenPicture`.
        format: as `sniff` names it.
        data: from the picture's first byte on; what follows it may be anything.
        is_turned: whether it lies like the file's own pixels where it does not say otherwise itself.
    """

    kind: str
    format: str
    data: bytes
    is_turned: bool = True


def _candidates(stream: BinaryIO, format_name: str, parts: Parts) -> Iterator[_Candidate]:
    if format_name == "TIFF":
        yield from _tiff_previews(stream)
    for part in parts.found:
        kind = _KINDS.get(part.where, "preview")
        if part.where == "trailing" and parts.has_index:
            kind = "mpf_picture"
        if part.where == "exif":
            yield from _exif_thumbnails(part.data)
        if part.where == "jfif":
            yield from _bare_thumbnails(part.data)
        if part.where == "xmp":
            yield from _xmp_pictures(part.data)
        taken = _thumbnail_starts(part.data) if part.where == "exif" else set()
        for start in (found.start() for found in _PICTURE.finditer(part.data) if found.start() not in taken):
            yield replace(_encoded(kind, part.data[start:]), is_turned=part.where != "trailing")
        if part.where == "trailing":
            yield from _archived_pictures(part.data)


def _archived_pictures(data: bytes) -> Iterator[_Candidate]:
    for content in archived(data):
        format_name = sniff(content[:HEAD_BYTES])
        if format_name in SUPPORTED:
            yield _Candidate("archived_picture", format_name, content, is_turned=False)


def _encoded(kind: str, data: bytes) -> _Candidate:
    return _Candidate(kind, "JPEG" if data[:1] == b"\xff" else "PNG", data)


def _thumbnail_starts(block: bytes) -> set[int]:
    stream = BytesIO(block)
    return {
        start
        for directory in tags.directories(stream)
        if directory.is_chained and directory.number
        for start in tags.integers(stream, directory, tags.JPEG_START)[:1]
    }


def _exif_thumbnails(block: bytes) -> Iterator[_Candidate]:
    """Yield the thumbnails that the second directory of EXIF data leads to, compressed or not."""
    for start in sorted(_thumbnail_starts(block)):
        if _PICTURE.match(block, start):
            yield _encoded("exif_thumbnail", block[start:])
    for directory in tags.directories(BytesIO(block)):
        if directory.has_pixels and directory.number:
            yield _Candidate("exif_thumbnail", "TIFF", _entered_at(block, directory))


def _tiff_previews(stream: BinaryIO) -> Iterator[_Candidate]:
    """Yield pictures of sub-directories, which no page of the file shows, and JPEG previews of any directory."""
    found = list(tags.directories(stream))
    subordinate = [directory for directory in found if directory.has_pixels and not directory.is_chained]
    previews = [start for each in found for start in tags.integers(stream, each, tags.JPEG_START)[:1]]
    stream.seek(0)
    content = stream.read(METADATA_BYTES) if subordinate or previews else b""
    for directory in subordinate:
        yield _Candidate("preview", "TIFF", _entered_at(content, directory))
    for start in previews:
        if _PICTURE.match(content, start):
            yield _encoded("preview", content[start:])


def _entered_at(content: bytes, directory: tags.Directory) -> bytes:
    """Return a TIFF file whose first page is the given directory."""
    head = struct.pack(directory.order + ("8xQ" if directory.is_big else "4xI"), directory.start)
    kept = 8 if directory.is_big else 4
    return content[:kept] + head[kept:] + content[len(head) :]


def _bare_thumbnails(segment: bytes) -> Iterator[_Candidate]:
    """Yield uncompressed thumbnails of JFIF headers and their extensions (JFIF 1.02), packed as PNG."""
    sized: Image.Image | None = None
    if segment.startswith(b"JFIF\0") and len(segment) >= _JFIF_HEAD:
        sized = _bare(segment[12:14], segment[14:], None)
    elif segment.startswith(b"JFXX\0\x13"):
        sized = _bare(segment[6:8], segment[8:], None)
    elif segment.startswith(b"JFXX\0\x11"):
        sized = _bare(segment[6:8], segment[776:], segment[8:776])
    if sized is not None:
        buffer = BytesIO()
        sized.save(buffer, "PNG")
        yield _encoded("jfif_thumbnail", buffer.getvalue())


def _bare(size: bytes, pixels: bytes, palette: bytes | None) -> Image.Image | None:
    if len(size) < 2 or min(size) < _MIN_SIDE:  # noqa: PLR2004  one byte each for width and height
        return None
    width, height = size
    needed = width * height * (3 if palette is None else 1)
    if len(pixels) < needed:
        return None
    if palette is None:
        return Image.frombytes("RGB", (width, height), pixels[:needed])
    image = Image.frombytes("P", (width, height), pixels[:needed])
    image.putpalette(palette)
    return image


def _xmp_pictures(block: bytes) -> Iterator[_Candidate]:
    """Yield pictures that XMP holds as base64 text: thumbnails, the unedited original, depth maps."""
    for found in _BASE64_PICTURE.finditer(_LINE_BREAKS.sub(b"", block)):
        digits = found.group().rstrip(b"=")
        try:
            yield _encoded("xmp_thumbnail", base64.b64decode(digits + b"=" * (-len(digits) % 4)))
        except binascii.Error:
            continue


class _Collector:
    """Decodes candidates until there are enough."""

    def __init__(self, settings: Settings, turn: int) -> None:
        self.found: list[HiddenPicture] = []
        self._settings = settings
        self._turn = turn
        self._tries = 0

    def take(self, candidate: _Candidate) -> None:
        """Keep a candidate that is a picture of some size."""
        if len(self.found) >= _MOST_PICTURES or self._tries >= _MOST_TRIES:
            return
        self._tries += 1
        try:
            with pillow_limits(self._settings.max_pixels), quiet_stderr():
                layers = self._layers(candidate)
        except Exception:  # noqa: BLE001  a hostile file makes a decoder raise anything
            return
        if layers:
            self.found.append(HiddenPicture(candidate.kind, layers))

    def _layers(self, candidate: _Candidate) -> tuple[NDArray[np.uint8], ...]:
        with Image.open(BytesIO(candidate.data), formats=[candidate.format]) as image:
            check_size(image, self._settings.max_pixels, is_animation=False)
            width, height = image.size
            if min(width, height) < _MIN_SIDE:
                return ()
            image.load()
            own = orientation(image)
            turn = own if own != 1 or not candidate.is_turned else self._turn
            share = min(1.0, (self._settings.working_pixels / (width * height)) ** 0.5)
            return upright_layers(image, turn, (max(1, int(width * share)), max(1, int(height * share))))

"""JPEG (ITU T.81) and Multi-Picture files (CIPA DC-007): segments, pages, parts beside the pixels, stripper, writer."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from PIL import Image

from idscan.images.formats import tiff
from idscan.images.formats.base import (
    COUNT_LIMIT,
    EXIF_HEAD,
    FIRST_SWAPPED_ORIENTATION,
    LOSSY_BLOCK,
    NO_LIMIT,
    PHOTOSHOP_HEAD,
    TAIL_BYTES,
    XMP_HEAD,
    Anywhere,
    Coding,
    FormatHandler,
    PillowPages,
    begins,
    filler_at_end,
    lacks_at_end,
    pillow_limits,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import JpegImagePlugin

    from idscan.images.formats.base import Parts
    from idscan.images.raster import Raster, RasterPage

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SOS, _EOI, _DQT, _DHT, _DRI, _APP0, _APP2, _APP14, _COM = 0xDA, 0xD9, 0xDB, 0xC4, 0xDD, 0xE0, 0xE2, 0xEE, 0xFE
"""Second bytes of markers (ITU T.81, table B.1)."""
_DATA = -1
"""In the place of a marker: the compressed pixels behind the segment that starts a scan."""
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Huffman-coded baseline, extended and progressive images; other kinds are rarely supported."""
_DROPPED = frozenset({*range(0xE0, 0xF0), _COM})
_NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""Within the compressed pixels only stuffed zeros, restart markers and fill bytes follow 0xFF."""
_CHUNK = 2**20
"""Bytes read at a time. Lower: more calls; higher: more memory and more read than needed."""


class JpegSegment(NamedTuple):
    """A marker segment, or the compressed pixels behind one: marker, where its body begins, and where it ends."""

    marker: int
    start: int
    stop: int


def walk(stream: BinaryIO, *, strict: bool = False) -> Iterator[JpegSegment]:
    """Yield the segments of the first image, up to its end marker (which has no body) if there is one.

    Compressed pixels are searched only when the segment behind them is requested. A strict walk raises ValueError for
    bytes that are no marker and for a missing end marker, where a tolerant one ends. Either raises struct.error where
    the length of a segment is cut short.
    """
    position = 2
    while True:
        stream.seek(position)
        head = stream.read(4)
        if len(head) < 2 or head[0] != 0xFF:
            break
        marker = head[1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _EOI:
            yield JpegSegment(marker, position + 2, position + 2)
            return
        stop = position + 2 + int(struct.unpack(">H", head[2:4])[0])
        yield JpegSegment(marker, position + 4, stop)
        position = stop
        if marker == _SOS:
            position = _end_of_scan(stream, stop)
            yield JpegSegment(_DATA, stop, position)
    if strict:
        message = "no marker where one should be"
        raise ValueError(message)


def _end_of_scan(stream: BinaryIO, position: int) -> int:
    """Return where the marker after compressed pixels stands; the end of the file where there is none."""
    carried = b""
    stream.seek(position)
    while chunk := stream.read(_CHUNK):
        found = _NEXT_MARKER.search(carried + chunk)
        if found:
            return position - len(carried) + found.start()
        position += len(chunk)
        carried = chunk[-1:]
    return position


def _body(stream: BinaryIO, segment: JpegSegment) -> bytes:
    stream.seek(segment.start)
    return stream.read(max(segment.stop - segment.start, 0))


def _count(stream: BinaryIO) -> int:
    """Count the images of a Multi-Picture file that are really there.

    Editors keep the index of a phone's photo and drop the images behind it, so each entry is checked.
    """
    for segment in walk(stream):
        if segment.marker == _SOS:
            return 1
        if segment.marker == _APP2:
            stream.seek(segment.start)
            if stream.read(4) == _INDEX_HEAD:
                break
    else:
        return 1

    # Sizes are for the loader to judge; nothing is decoded here.
    with pillow_limits(NO_LIMIT):
        image = JPEG.source().open(stream, 0)
        present = 1
        for page in range(1, min(getattr(image, "n_frames", 1), COUNT_LIMIT)):
            try:
                image.seek(page)
            except Exception:
                break
            present = page + 1
    return present


_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_MORE_XMP_HEAD = len(_MORE_XMP) + 40  # digest, length and offset of the part
_ICC = b"ICC_PROFILE\0"
_ICC_HEAD = len(_ICC) + 2
_INDEX_HEAD = b"MPF\0"


def _add_parts(stream: BinaryIO, parts: Parts) -> None:
    profile: list[bytes] = []
    more_xmp: list[tuple[int, bytes]] = []
    for segment in walk(stream):
        payload = _body(stream, segment) if segment.marker in _DROPPED else b""
        if segment.marker == _EOI:
            parts.add_trailing(stream, segment.stop)
        elif payload.startswith(_MORE_XMP):
            more_xmp.append((struct.unpack_from(">I", payload, _MORE_XMP_HEAD - 4)[0], payload[_MORE_XMP_HEAD:]))
        elif payload.startswith(_ICC):
            profile.append(payload[_ICC_HEAD:])
        elif payload.startswith(_INDEX_HEAD):
            parts.has_index = True
            parts.page_starts |= _indexed_images(payload[4:], segment.start + 4)
        elif payload:
            _add_segment(parts, segment.marker, payload)
    parts.add("xmp", b"".join(data for _, data in sorted(more_xmp)))
    parts.add("icc", b"".join(profile))


def _add_segment(parts: Parts, marker: int, payload: bytes) -> None:
    if payload.startswith(EXIF_HEAD):
        parts.add("exif", payload[len(EXIF_HEAD) :])
    elif payload.startswith(XMP_HEAD):
        parts.add("xmp", payload[len(XMP_HEAD) :])
    elif payload.startswith(PHOTOSHOP_HEAD):
        parts.add_resources(payload[len(PHOTOSHOP_HEAD) :])
    elif marker == _COM:
        parts.add("comment", payload)
    else:
        parts.add("jfif" if payload.startswith((b"JFIF\0", b"JFXX\0")) else "other", payload)


def _indexed_images(index: bytes, base: int) -> frozenset[int]:
    """Return where in the file the further images of a Multi-Picture index begin (CIPA DC-007, 5.2.3)."""
    starts = set()
    for directory in tiff.walk(BytesIO(index)):
        table = directory.tags.get(tiff.IMAGE_INDEX)
        if table is not None:
            entries = index[table.start : table.start + table.length]
            for at in range(0, len(entries) - 15, 16):
                offset = struct.unpack_from(directory.order + "I", entries, at + 8)[0]
                starts.add(base + offset)
    return frozenset(starts - {base})


def _with_end_marker(stream: BinaryIO) -> BytesIO | None:
    """Return a JPEG file that lacks its end marker with the marker, None where it lacks pixels as well.

    Surveillance cameras and file carvers leave the marker out. Bytes behind a complete image are ignored, behind a cut
    one they are taken for the rest of it, which shows whether the pixels are complete.
    """
    if filler_at_end(stream):
        return None
    stream.seek(0)
    content = stream.read().rstrip(b"\xff")
    if _END in content[-TAIL_BYTES:]:
        return None
    previews = []
    for tail in (b"", _NO_MARKERS):
        preview = Image.open(BytesIO(content + tail + _END), formats=["JPEG"])
        if "progressive" in preview.info:
            # Its last scans only refine, so the test below would not see that one is missing.
            return None
        # An eighth of the size takes next to no time, and still holds the mean of each block.
        preview.draft(None, (max(1, preview.width // 8), max(1, preview.height // 8)))
        previews.append(preview.tobytes())
    return BytesIO(content + _END) if previews[0] == previews[1] else None


_DCT_SIDE = 8  # samples along one side of a block (ITU T.81, A.3.3)
_MOST_QUANTISATION = 255
"""Steps of baseline JPEG have 8 bits (ITU T.81 B.2.4.1); larger ones are written as the largest."""
_QUALITY = 95
"""Pillow's quality, 1 to 95, for a source without usable tables."""


def _coding(page: Image.Image, _stream: BinaryIO, turn: int) -> Coding:
    image = cast("JpegImagePlugin.JpegImageFile", page)
    components: list[tuple[int, int, int, int]] = image.layer
    widest = max(component[1] for component in components)
    tallest = max(component[2] for component in components)
    block = (max(LOSSY_BLOCK, _DCT_SIDE * widest), max(LOSSY_BLOCK, _DCT_SIDE * tallest))
    steps = [image.quantization.get(component[3]) for component in components[:3]]
    tables = tuple(tuple(min(step, _MOST_QUANTISATION) for step in table) for table in steps if table)
    if len(tables) == 3 and tables[1] == tables[2]:
        tables, steps = tables[:2], steps[:2]
    ratio = (1, 1)
    if len(components) == 3:
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


def _write_jpeg(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    from idscan.images.pixels import in_8_bits, pillow_bytes, to_pillow

    page = next(pages)
    image = to_pillow(in_8_bits(page.opaque()))
    options: dict[str, object] = {"icc_profile": raster.icc_profile(), "subsampling": raster.coding.subsampling}
    if raster.coding.quantisation:
        options["qtables"] = [list(table) for table in raster.coding.quantisation]
    else:
        options["quality"] = _QUALITY
    try:
        content = pillow_bytes(image, "JPEG", optimize=True, progressive=raster.coding.is_progressive, **options)
    except OSError:
        # Pillow's buffer for the optimised form is too small for noise at the highest quality.
        content = pillow_bytes(image, "JPEG", **options)
    stream.write(content)


_JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_PRECISION = 8  # bits of a sample in baseline JPEG (ITU T.81, B.2.2)
_RGB_IDS = b"RGB"

_TAIL_BYTES = 8
"""Bytes replaced at the end of a scan. Lower: a harmless rest forces a new encoding; higher: short rests are missed."""
_NO_MARKERS = bytes(range(7, 247, 3))
_TAILS = (bytes(_TAIL_BYTES * 4), _NO_MARKERS, bytes(range(246, 6, -3)), b"\xaa\x55" * (_TAIL_BYTES * 2))
"""Endings that a decoder takes for pixels as long as it misses some: none of them holds a marker."""
_BOTTOM_ROWS = 64
"""Rows of two blocks of the largest kind."""


@dataclass(slots=True)
class _Parts:
    """Parts of the file that the stripper has found so far.

    Attributes:
        kept: segments, each with the coded data that follow it.
        scan_bytes: how long these are, by number of the segment.
        frame: body of the segment with size and components.
        has_jfif: whether there is a JFIF segment.
        transform: colour transform in the Adobe segment.
    """

    kept: list[bytes] = field(default_factory=list)
    scan_bytes: dict[int, int] = field(default_factory=dict)
    frame: bytes = b""
    has_jfif: bool = False
    transform: int | None = None


def stripped_jpeg(content: bytes, profile: bytes | None) -> bytes | None:
    """Return the first image of a file as `FormatHandler.strip` does."""
    parts = _Parts()
    stream = BytesIO(content)
    for segment in walk(stream, strict=True):
        marker, body = segment.marker, _body(stream, segment)
        if marker in _DROPPED:
            _note_colour(parts, marker, body)
        elif marker == _DATA:
            scan = body.rstrip(b"\xff")
            parts.scan_bytes[len(parts.kept) - 1] = len(scan)
            parts.kept[-1] += scan
        elif marker != _EOI:
            if not _is_sound(parts, marker, body):
                return None
            parts.kept.append(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body)
    colour = _colour_segment(parts)
    if colour is None or not parts.scan_bytes or _has_bytes_behind_pixels(parts, colour):
        return None
    tag = b"" if profile is None else _profile_segment(profile)
    return b"".join((_START, colour, tag, *parts.kept, _END))


def _note_colour(parts: _Parts, marker: int, body: bytes) -> None:
    """Store the values by which libjpeg determines the colour space."""
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
        parts.has_jfif = True
    elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        parts.transform = body[11]


def _is_sound(parts: _Parts, marker: int, body: bytes) -> bool:
    """Return whether a segment that is to be kept holds what it must and no byte more."""
    if marker in _FRAMES:
        is_first = not parts.frame
        parts.frame = body
        return is_first and body[0] == _PRECISION and len(body) == 6 + 3 * body[5] and _height(body) > 0
    if marker == _SOS:
        return bool(parts.frame) and len(body) == 4 + 2 * body[0]
    if marker == _DQT:
        return _is_made_of(body, lambda at: 129 if body[at] >> 4 else 65)
    if marker == _DHT:
        return _is_made_of(body, lambda at: 17 + sum(body[at + 1 : at + 17]))
    return marker == _DRI and len(body) == 2


def _height(frame: bytes) -> int:
    # Zero means that a segment behind the first scan holds it.
    return int.from_bytes(frame[1:3], "big")


def _is_made_of(body: bytes, table_bytes: Callable[[int], int]) -> bool:
    position = 0
    while position < len(body):
        position += table_bytes(position)
    return position == len(body)


def _colour_segment(parts: _Parts) -> bytes | None:
    """Return the segment that makes decoders see the same colours as in the source, None for unknown ones."""
    components = parts.frame[5] if parts.frame else 0
    if components == 1:
        return _JFIF
    if components == 3:
        if parts.has_jfif or parts.transform not in {None, 0}:
            return _JFIF
        is_rgb = parts.transform == 0 or parts.frame[6::3] == _RGB_IDS
        return _adobe_segment(0) if is_rgb else _JFIF
    if components == 4:
        return b"" if parts.transform is None else _adobe_segment(parts.transform)
    return None


def _adobe_segment(transform: int) -> bytes:
    return b"\xff\xee\x00\x0eAdobe" + struct.pack(">HHHB", 100, 0, 0, transform)


def _profile_segment(profile: bytes) -> bytes:
    """Return a profile small enough for one segment (ICC.1:2010, B.4)."""
    return struct.pack(">BBH", 0xFF, 0xE2, len(profile) + 16) + b"ICC_PROFILE\0\x01\x01" + profile


def _has_bytes_behind_pixels(parts: _Parts, colour: bytes) -> bool:
    """Return whether a scan goes on behind its last pixel, where anything may be written and no decoder looks.

    With its last bytes replaced, a scan without such a rest decodes to something else.
    """
    for number, scan_bytes in parts.scan_bytes.items():
        if scan_bytes <= _TAIL_BYTES:
            continue
        bottoms = set()
        for tail in _TAILS:
            kept = list(parts.kept[: number + 1])
            kept[number] = kept[number][:-_TAIL_BYTES].rstrip(b"\xff") + tail
            image = Image.open(BytesIO(b"".join((_START, colour, *kept, _END))), formats=["JPEG"])
            # The end of a scan appears at the bottom.
            bottom = image.crop((0, max(0, image.height - _BOTTOM_ROWS), image.width, image.height))
            bottoms.add(bottom.tobytes())
            if len(bottoms) > 1:
                break
        else:
            return True
    return False


JPEG = FormatHandler(
    name="JPEG",
    matches=begins(rb"\xff\xd8\xff"),
    suffixes=(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo"),
    anywhere=Anywhere(
        b"\xff\xd8\xff", 0, rb"\xff\xd8\xff[\xc0-\xfe]", sure=rb"\xff\xd8\xff[\xc0\xc4\xdb\xe0-\xef\xfe]"
    ),
    pages=PillowPages("JPEG", _count, memory=0.0),
    walk=walk,
    add_parts=_add_parts,
    ends_early=lacks_at_end(_END),
    rescue=_with_end_marker,
    takes_filler=True,
    first_page_only=True,
    reduces=True,
    keeps_profile=True,
    coding=_coding,
    strip=stripped_jpeg,
    write=_write_jpeg,
)

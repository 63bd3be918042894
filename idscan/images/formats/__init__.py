"""Image formats: strip metadata losslessly, encode pixels into a new file.

Whatever is unusual is left to the way over the pixels, which needs more time but knows what it writes.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from idscan.core.settings import DEFAULT_MAX_PIXELS
from idscan.images.color import profile_bytes
from idscan.images.decode import WHOLE_FILE_BYTES, open_pillow, orientation, pillow_limits
from idscan.images.formats.gif import stripped_gif, write_gif
from idscan.images.formats.jpeg import stripped_jpeg
from idscan.images.formats.png import stripped_png, write_png
from idscan.images.formats.tiff import write_tiff
from idscan.images.formats.webp import stripped_webp, write_webp
from idscan.images.pixels import embedded_profile, has_alpha, in_8_bits, pillow_bytes, to_pillow, with_colours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from PIL import Image

    from idscan.images.color import ProfileName
    from idscan.images.raster import Raster, RasterPage


def strip(source: BinaryIO, format_name: str, sink: BinaryIO) -> bool:
    """Write a copy without metadata and return True, or write nothing and return False.

    False where the pixels have to be turned or converted, where colour may be hidden under transparency, where
    something is malformed, and for formats that are not taken apart here. The caller then writes the pixels anew.

    Args:
        source: the file; hostile content raises nothing.
        format_name: as `sniff` names it.
        sink: writable.

    Raises:
        OSError: if reading or writing fails.
    """
    stripper = _STRIPPERS.get(format_name)
    if stripper is None:
        return False
    source.seek(0)
    content = source.read(WHOLE_FILE_BYTES + 1)
    if len(content) > WHOLE_FILE_BYTES:
        return False
    try:
        stripped = _stripped(content, format_name, stripper)
    except Exception:  # hostile content breaks whatever takes it apart
        return False
    if stripped is None:
        return False
    sink.write(stripped)
    return True


def _stripped(
    content: bytes, format_name: str, stripper: Callable[[bytes, ProfileName | None], bytes | None]
) -> bytes | None:
    with pillow_limits(DEFAULT_MAX_PIXELS):
        image = open_pillow(BytesIO(content), format_name, len(content))
        profile = embedded_profile(image, keeps=True)
        if profile.to_srgb is not None or orientation(image) != 1:
            return None
        # A picture without a profile is taken for sRGB everywhere.
        return stripper(content, None if profile.name == "srgb" else profile.name)


_STRIPPERS: dict[str, Callable[[bytes, ProfileName | None], bytes | None]] = {
    "GIF": stripped_gif,
    "JPEG": stripped_jpeg,
    "PNG": stripped_png,
    "WEBP": stripped_webp,
}


_AVIF_QUALITY = 90
"""High enough that a second coding is not seen; the first one's is not stored in the file."""

_TIMED_BOXES = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_BOXES_OF_BOXES = frozenset({b"moov", b"trak", b"mdia"})
"""Boxes of an image sequence; libavif writes the former in version 1, whose times have eight bytes each."""

_JPEG_QUALITY = 95
"""Where the source has no usable tables of its own."""

# Markers of ISO 15444-1, table A.2: start of codestream with the size that follows it, start of tile-part, comment.
_CODESTREAM_START, _TILE_PART, _COMMENT = b"\xff\x4f\xff\x51", b"\xff\x90", b"\xff\x64"

_BMP_HEADER_BYTES = 14 + 108
"""File header and BITMAPV4HEADER."""

_BIT_FIELDS = 3
"""BI_BITFIELDS: masks in the header tell the channels."""


def encode(raster: Raster, pages: Iterable[RasterPage], stream: BinaryIO) -> None:
    """Write pages in the format of the raster that they come from, without any metadata; the same bytes at all times.

    Quality, compression, subsampling, durations and repetition are as in the source, as far as it tells. A colour
    profile is written only for a tagged source, from bytes of our own.

    Args:
        raster: the source.
        pages: all of its pages in order, painted over; each is asked for once and then let go.
        stream: writable and able to seek.

    Raises:
        ValueError: if there are fewer pages than the raster has.
        OSError: if the encoder fails or the stream cannot be written.
        KeyError: if the format cannot be written.
    """
    _WRITERS[raster.format](raster, _counted(raster, pages), stream)


def _counted(raster: Raster, pages: Iterable[RasterPage]) -> Iterator[RasterPage]:
    """Yield the pages, and object where one is missing."""
    count = 0
    for page in pages:
        yield page
        count += 1
        if count == raster.pages:
            return
    message = f"{raster.pages} pages are to be written, and there are {count}"
    raise ValueError(message)


def _write_jpeg(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    page = next(pages)
    image = to_pillow(in_8_bits(_opaque(page)))
    options: dict[str, object] = {"icc_profile": _profile(raster), "subsampling": raster.coding.subsampling}
    if raster.coding.quantisation:
        options["qtables"] = [list(table) for table in raster.coding.quantisation]
    else:
        options["quality"] = _JPEG_QUALITY
    try:
        content = pillow_bytes(image, "JPEG", optimize=True, progressive=raster.coding.is_progressive, **options)
    except OSError:
        # Pillow's buffer for the optimised form is too small for noise at the highest quality.
        content = pillow_bytes(image, "JPEG", **options)
    stream.write(content)


def _write_avif(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    durations: list[int] = []

    def images() -> Iterator[Image.Image]:
        for page in pages:
            durations.append(page.milliseconds or 0)
            pixels = in_8_bits(page.pixels)
            yield to_pillow(with_colours(pixels, alpha=True) if has_alpha(pixels) else pixels)

    frames = images()
    first = next(frames)
    rest = list(frames)
    is_grey = all(image.mode == "L" for image in (first, *rest))
    sink = BytesIO()
    # One thread, so that the bytes do not depend on the number of processors.
    first.save(
        sink,
        "AVIF",
        save_all=bool(rest),
        append_images=rest,
        duration=durations,
        quality=_AVIF_QUALITY,
        subsampling=_avif_subsampling(raster, is_grey=is_grey),
        max_threads=1,
        icc_profile=_profile(raster),
    )
    content = bytearray(sink.getvalue())
    _clear_times(content, 0, len(content))
    stream.write(content)


def _clear_times(content: bytearray, start: int, stop: int) -> None:
    """Zero the times of writing in the headers of an animation, within a range of whole boxes (ISO 14496-12)."""
    position = start
    while position < stop:
        length, kind = struct.unpack_from(">I4s", content, position)
        if kind in _TIMED_BOXES:
            # Behind version and flags: when it was created and when it was changed.
            content[position + 12 : position + 28] = bytes(16)
        elif kind in _BOXES_OF_BOXES:
            _clear_times(content, position + 8, position + length)
        position += length


def _avif_subsampling(raster: Raster, *, is_grey: bool) -> str:
    if is_grey:
        return "4:0:0"
    subsampling = raster.coding.subsampling
    return "4:4:4" if subsampling == "4:0:0" else subsampling


def _write_jpeg2000(raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    pixels = next(pages).pixels
    image = to_pillow(pixels if pixels.shape[2] == 1 else in_8_bits(pixels))
    stream.write(_without_comment(pillow_bytes(image, "JPEG2000", no_jp2=raster.coding.is_bare)))


def _without_comment(content: bytes) -> bytes:
    """Return a JPEG 2000 file without the comment that its encoder leaves (ISO 15444-1, A.9.2)."""
    start = content.index(_CODESTREAM_START)
    position, kept = start + 2, content[start : start + 2]
    while (marker := content[position : position + 2]) != _TILE_PART:
        end = position + 2 + struct.unpack_from(">H", content, position + 2)[0]
        kept += b"" if marker == _COMMENT else content[position:end]
        position = end
    body = kept + content[position:]
    if start == 0:
        return body
    # The box around the codestream is the last one; its length and type stand before it.
    return content[: start - 8] + struct.pack(">I", len(body) + 8) + content[start - 4 : start] + body


def _write_bmp(_raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    pixels = in_8_bits(next(pages).pixels)
    if not has_alpha(pixels):
        stream.write(pillow_bytes(to_pillow(pixels), "BMP"))
        return
    # Pillow writes a header in which transparency has no place.
    height, width = pixels.shape[:2]
    rows = with_colours(pixels, alpha=True)[::-1, :, [2, 1, 0, 3]].tobytes()
    stream.write(struct.pack("<2sIII", b"BM", _BMP_HEADER_BYTES + len(rows), 0, _BMP_HEADER_BYTES))
    stream.write(struct.pack("<IiiHHII", _BMP_HEADER_BYTES - 14, width, height, 1, 32, _BIT_FIELDS, len(rows)))
    stream.write(struct.pack("<16x4I4s48x", 0xFF0000, 0xFF00, 0xFF, 0xFF000000, b"BGRs"))
    stream.write(rows)


def _write_pcx(_raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    stream.write(pillow_bytes(to_pillow(in_8_bits(_opaque(next(pages)))), "PCX"))


def _write_netpbm(_raster: Raster, pages: Iterator[RasterPage], stream: BinaryIO) -> None:
    pixels = _opaque(next(pages))
    height, width, channels = pixels.shape
    kind = b"P5" if channels == 1 else b"P6"
    stream.write(b"%s\n%d %d\n%d\n" % (kind, width, height, np.iinfo(pixels.dtype).max))
    stream.write(pixels.astype(pixels.dtype.newbyteorder(">"), copy=False).tobytes())


def _opaque(page: RasterPage) -> np.ndarray[Any, Any]:
    return page.pixels[..., :-1] if has_alpha(page.pixels) else page.pixels


def _profile(raster: Raster) -> bytes | None:
    return None if raster.profile is None else profile_bytes(raster.profile)


_WRITERS: dict[str, Callable[[Raster, Iterator[RasterPage], BinaryIO], None]] = {
    "AVIF": _write_avif,
    "BMP": _write_bmp,
    "GIF": write_gif,
    "JPEG": _write_jpeg,
    "JPEG2000": _write_jpeg2000,
    "PCX": _write_pcx,
    "PNG": write_png,
    "PPM": _write_netpbm,
    "TIFF": write_tiff,
    "WEBP": write_webp,
}

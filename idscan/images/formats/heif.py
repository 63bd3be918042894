"""HEIF stills (ISO 23008-12), decoded by libheif: the photos of phones, HEVC-coded, with their auxiliary images."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from idscan.images.formats.base import WHOLE_FILE_BYTES, Anywhere, FormatHandler, NoDecoderError, TooLargeError
from idscan.images.formats.isobmff import add_parts, brands, end_of_boxes, ends_early, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_heif import HeifImageFile

_BRANDS = frozenset(re.findall(rb"\S+", b"heic heix heim heis hevc hevx hevm hevs mif1 mif2 mif3 msf1 miaf unif"))
"""Brands of ISO 23008-12 (HEIF) and of HEVC images in it, which other formats carry besides their own."""
_COPIES = 2.0
"""How often an image, at 4 bytes a pixel, lies in memory while it is decoded (measured with libheif 1.23)."""


class HeifPages:
    """Pages that libheif decodes and turns by their boxes `irot` and `imir`; the EXIF orientation has no effect."""

    def count(self, stream: BinaryIO) -> int:
        """Return the number of top-level images."""
        return int(self.open(stream, stream.seek(0, os.SEEK_END)).n_frames)

    def open(self, stream: BinaryIO, file_bytes: int) -> HeifImageFile:
        """Open a file at its first image.

        Raises:
            TooLargeError: if the file is too large to be read into memory.
            NoDecoderError: if pi-heif cannot be loaded.
            NotImplementedError: if the file holds an image sequence as a track, of which only a still would be decoded.
            Exception: whatever a broken file makes libheif raise.
        """
        if file_bytes > WHOLE_FILE_BYTES:
            raise TooLargeError
        try:
            from pi_heif import HeifImageFile, options
        except ImportError:
            raise NoDecoderError from None
        if any(box.kind == b"moov" for box in walk(stream)):
            raise NotImplementedError
        options.DECODE_THREADS = 1
        stream.seek(0)
        image = HeifImageFile(stream)
        image.seek(0)
        return image

    def copies(self, *, is_animation: bool) -> float:  # noqa: ARG002  stills and bursts are decoded alike
        """Return how often an image lies in memory while it is decoded."""
        return _COPIES


def _auxiliary_images(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the auxiliary images of all pages as PNG files: gain maps, which show the image in grey at half its size.

    pi-heif decodes grey ones of 8 bits; others, such as depth in 16 bits, show shapes and no print.
    """
    from pi_heif import HeifFile

    try:
        images = list(HeifFile(stream))
    except (ValueError, OSError, RuntimeError, EOFError, SyntaxError):
        return  # a file that cannot be opened has a problem of its own
    for image in images:
        for number in (number for numbers in image.info.get("aux", {}).values() for number in numbers):
            sink = BytesIO()
            with suppress(ValueError, OSError, RuntimeError, EOFError, SyntaxError, NotImplementedError):
                image.get_aux_image(number).to_pillow().save(sink, "PNG")
                yield sink.getvalue()


HEIF = FormatHandler(
    name="HEIF",
    matches=lambda head: bool(brands(head) & _BRANDS),
    suffixes=(".heic", ".heics", ".heif", ".heifs", ".hif"),
    anywhere=Anywhere(b"ftyp", 4, rb"....ftyp(?:hei[cxms]|hev[cmx]|mif1|msf1)"),
    is_distinctive=True,
    pages=HeifPages(),
    walk=walk,
    add_parts=add_parts,
    previews=_auxiliary_images,
    ends_early=ends_early,
    announced_bytes=lambda content: end_of_boxes(BytesIO(content)),
)

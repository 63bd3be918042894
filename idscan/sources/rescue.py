"""Files whose pixels are whole but which the decoder refuses for something beside them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from idscan.sources.completeness import filler_at_end
from idscan.sources.pages import png_chunks

if TYPE_CHECKING:
    from typing import BinaryIO

_NEEDED_PNG_CHUNKS = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT"))

_JPEG_END = b"\xff\xd9"
_TAIL_BYTES = 4096
_NOT_A_MARKER = bytes(range(7, 247, 3))
"""Bytes that a JPEG decoder takes for pixels as long as it misses some: none of them is 0xFF."""


def rescued(stream: BinaryIO, format_name: str) -> BytesIO | None:
    """Return a mended copy of a file that the decoder refuses though its pixels are whole, None if it is none.

    Raises:
        Exception: whatever a broken file makes Pillow raise.
    """
    rescue = {"PNG": without_ancillary_chunks, "JPEG": with_end_marker}.get(format_name)
    return rescue(stream) if rescue else None


def without_ancillary_chunks(stream: BinaryIO) -> BytesIO | None:
    """Return a PNG file without what its pixels do not need.

    Pillow gives up a whole picture for one broken or swollen comment or colour profile; viewers show it all the same.
    """
    kept = BytesIO()
    stream.seek(0)
    kept.write(stream.read(8))
    for kind, offset, length in png_chunks(stream):
        if kind in _NEEDED_PNG_CHUNKS:
            stream.seek(offset - 8)
            kept.write(stream.read(length + 12))
    kept.seek(0)
    return kept


def with_end_marker(stream: BinaryIO) -> BytesIO | None:
    """Return a JPEG file that lacks its end marker with the marker, None where it lacks pixels as well.

    Surveillance cameras and file carvers leave the marker out. Whether the pixels are complete shows in what follows
    them: bytes behind a complete picture are ignored, behind a cut one they are taken for the rest of it.
    """
    if filler_at_end(stream):
        return None
    stream.seek(0)
    content = stream.read().rstrip(b"\xff")
    if _JPEG_END in content[-_TAIL_BYTES:]:
        return None
    previews = []
    for tail in (b"", _NOT_A_MARKER):
        preview = Image.open(BytesIO(content + tail + _JPEG_END), formats=["JPEG"])
        if "progressive" in preview.info:
            # Its last scans only refine, so the test below would not see that one is missing.
            return None
        # An eighth of the size takes next to no time, and still holds the mean of each block.
        preview.draft(None, (max(1, preview.width // 8), max(1, preview.height // 8)))
        previews.append(preview.tobytes())
    return BytesIO(content + _JPEG_END) if previews[0] == previews[1] else None

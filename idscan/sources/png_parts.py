"""What a PNG file holds besides its pixels: text, packed or not, EXIF, profiles, chunks of programs' own."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from idscan.sources.pages import png_chunks
from idscan.sources.parts import EXIF_HEAD, PHOTOSHOP_HEAD, XMP_HEAD, add_resources

if TYPE_CHECKING:
    from typing import BinaryIO

    from idscan.sources.parts import Parts

_UNPACKED_BYTES = 8 * 2**20
"""Of one packed text or profile at most this much is looked at."""

_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"fdAT", b"acTL", b"fcTL"})
_TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt"})


def read_png(stream: BinaryIO, parts: Parts) -> None:
    """Add what a PNG file holds besides its pixels."""
    for kind, offset, length in png_chunks(stream):
        if kind == b"IEND":
            parts.add_trailing(stream, offset + length + 4)
        if kind in _PIXEL_CHUNKS:
            continue
        stream.seek(offset)
        data = stream.read(min(length, parts.room))
        if kind == b"eXIf":
            parts.add("exif", data)
        elif kind == b"iCCP":
            parts.add("icc", _unpacked(data[data.index(b"\0") + 2 :], parts.room))
        elif kind in _TEXT_CHUNKS:
            _add_text(parts, kind, data)
        else:
            parts.add("other", data)


def _add_text(parts: Parts, kind: bytes, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    if kind == b"zTXt":
        rest = _unpacked(rest[1:], parts.room)
    elif kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:]
        # Language and the translated keyword stand before the text.
        language, _, rest = rest.partition(b"\0")
        translated, _, rest = rest.partition(b"\0")
        rest = _unpacked(rest, parts.room) if is_packed else rest
        keyword += b" " + language + b" " + translated
    if keyword.startswith(b"XML:com.adobe.xmp"):
        parts.add("xmp", rest)
    elif keyword.startswith(b"Raw profile type "):
        _add_raw_profile(parts, keyword.split()[-1], rest)
    else:
        parts.add("png_text", keyword.rstrip() + b": " + rest)


def _add_raw_profile(parts: Parts, kind: bytes, text: bytes) -> None:
    """Unpack what ImageMagick writes: a name, a length, and the bytes in hexadecimal."""
    words = text.split()
    digits = b"".join(words[2:])
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    if kind in {b"exif", b"APP1"}:
        parts.add("xmp" if raw.startswith(XMP_HEAD) else "exif", raw.removeprefix(EXIF_HEAD))
    elif kind in {b"8bim", b"iptc"}:
        add_resources(parts, raw.removeprefix(PHOTOSHOP_HEAD))
    else:
        parts.add({b"xmp": "xmp", b"icc": "icc"}.get(kind, "other"), raw)


def _unpacked(data: bytes, limit: int) -> bytes:
    """Return what deflated data holds, up to a limit; what came before an error where it is broken."""
    decoder = zlib.decompressobj()
    try:
        return decoder.decompress(data, min(limit, _UNPACKED_BYTES))
    except zlib.error:
        return data

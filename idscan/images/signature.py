"""Detect formats by their first bytes, never by name alone."""

from __future__ import annotations

import codecs
import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from idscan.core.messages import message

if TYPE_CHECKING:
    from idscan.core.messages import Message

HEAD_BYTES = 4096
"""How much of a file `sniff` and `other_content` need to see."""


class Signature(NamedTuple):
    """Bytes that tell a format: what must stand at the given offset, as a regular expression."""

    format: str
    offset: int
    pattern: bytes


SUPPORTED = frozenset(
    {"JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "JPEG2000", "PPM", "ICO", "PCX", "PSD"},
)
"""Formats that are decoded; the names are Pillow's, and Pillow is asked for exactly the one that was recognised.

Left out on purpose: what starts another program (EPS), what only draws (WMF), what the decoder reads in pure Python and
a hostile file can stretch to minutes (QOI, DDS, FITS), and animation formats that no camera or scanner writes.
"""

# Sources: the format specifications (ITU T.81 JPEG, W3C PNG, RFC 9649 WebP, TIFF 6.0, GIF89a, ISO 15444-1 JPEG 2000,
# ISO 18181-2 JPEG XL, Adobe PSD, Netpbm) and, for camera formats, the magic database of file(1).
# The first that matches wins, so raw formats built on TIFF stand before TIFF.
PICTURES: tuple[Signature, ...] = (
    Signature("JPEG", 0, rb"\xff\xd8\xff"),
    Signature("PNG", 0, rb"\x89PNG\r\n\x1a\n"),
    Signature("GIF", 0, rb"GIF8[79]a"),
    Signature("WEBP", 0, rb"RIFF....WEBP"),
    # "BM" alone also starts text: the size of the information header that follows must be one of the known ones.
    Signature("BMP", 0, rb"BM.{12}(?:\x0c|\x10|\x28|\x34|\x38|\x40|\x6c|\x7c)\x00\x00\x00"),
    Signature("CR2", 0, rb"(?:II\*\x00|MM\x00\*)....CR"),
    Signature("TIFF", 0, rb"II\*\x00|MM\x00\*|II\+\x00\x08\x00\x00\x00|MM\x00\+\x00\x08\x00\x00"),
    Signature("JPEG2000", 0, rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
    Signature("PPM", 0, rb"P[1-6]\s+(?:#[^\r\n]*[\r\n]\s*)*\d+\s+(?:#[^\r\n]*[\r\n]\s*)*\d+\s"),
    Signature("ICO", 0, rb"\x00\x00\x01\x00[\x01-\x40]\x00..[\x00-\xff]\x00[\x00\x01]\x00"),
    Signature("PCX", 0, rb"\x0a[\x00\x02\x03\x05]\x01[\x01\x02\x04\x08]"),
    Signature("PSD", 0, rb"8BPS\x00[\x01\x02]"),
    Signature("JPEG XL", 0, rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n"),
    Signature("JPEG XR", 0, rb"II\xbc[\x00\x01]"),
    Signature("RW2", 0, rb"IIU\x00"),
    Signature("ORF", 0, rb"IIR[OS]|MMOR"),
    Signature("RAF", 0, rb"FUJIFILMCCD-RAW"),
    Signature("X3F", 0, rb"FOVb"),
    Signature("CRW", 6, rb"HEAPCCDR"),
    Signature("MNG", 0, rb"\x8aMNG\r\n\x1a\n"),
    Signature("JNG", 0, rb"\x8bJNG\r\n\x1a\n"),
    Signature("BPG", 0, rb"BPG\xfb"),
    Signature("FLIF", 0, rb"FLIF"),
    Signature("QOI", 0, rb"qoif"),
    Signature("DDS", 0, rb"DDS \x7c\x00\x00\x00"),
    Signature("ICNS", 0, rb"icns\x00"),
    Signature("CUR", 0, rb"\x00\x00\x02\x00[\x01-\x40]\x00"),
    Signature("XCF", 0, rb"gimp xcf "),
    Signature("OpenEXR", 0, rb"\x76\x2f\x31\x01"),
    Signature("Radiance HDR", 0, rb"#\?(?:RADIANCE|RGBE)\s"),
    Signature("SGI", 0, rb"\x01\xda[\x00\x01][\x01\x02]\x00[\x01-\x03]"),
    Signature("DjVu", 0, rb"AT&TFORM....DJV"),
)

HEIF_BRANDS = frozenset(
    re.findall(rb"\S+", b"heic heix heim heis hevc hevx hevm hevs mif1 mif2 mif3 msf1 miaf unif"),
)
"""Brands of ISO 23008-12 (HEIF) and of HEVC pictures in it."""

VIDEO_BOX = rb"ftyp(?:isom|iso\d|mp4\d|avc1|M4V |qt  |3g[2p].|dash|MSNV)"
"""Kind and brand of the box that a video begins with, behind the length of the box."""

VIDEO = re.compile(
    VIDEO_BOX + rb"|\x1a\x45\xdf\xa3.{1,40}(?:webm|matroska)|RIFF....AVI LIST|\x00\x00\x01\xba[\x21\x44]", re.DOTALL
)
"""How a video begins, wherever it stands: MP4 and its kin, WebM and Matroska, AVI, MPEG."""

OTHER_CONTENT: tuple[Signature, ...] = (
    Signature("PDF", 0, rb"\s*%PDF-"),
    Signature("HTML", 0, rb"(?i:(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)\b)"),
    Signature("SVG", 0, rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?(?:<!DOCTYPE [^>]*>\s*)?<svg\b"),
    Signature("a ZIP archive", 0, rb"PK(?:\x03\x04|\x05\x06)"),
    Signature("a gzip archive", 0, rb"\x1f\x8b\x08"),
    Signature("a bzip2 archive", 0, rb"BZh[1-9]1AY&SY"),
    Signature("an xz archive", 0, rb"\xfd7zXZ\x00"),
    Signature("a Zstandard archive", 0, rb"\x28\xb5\x2f\xfd"),
    Signature("a 7-Zip archive", 0, rb"7z\xbc\xaf\x27\x1c"),
    Signature("a RAR archive", 0, rb"Rar!\x1a\x07"),
    Signature("a program", 0, rb"\x7fELF|MZ.{58}....|\xcf\xfa\xed\xfe"),
    Signature("an Office document", 0, rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    Signature("macOS file attributes", 0, rb"\x00\x05\x16\x07\x00\x02\x00\x00"),
    Signature("a video", 4, VIDEO_BOX),
    Signature("a video", 0, rb"\x1a\x45\xdf\xa3|RIFF....AVI |\x00\x00\x01\xba|FLV\x01"),
    Signature("sound", 0, rb"ID3[\x02-\x04]|OggS\x00|fLaC|RIFF....WAVE"),
    Signature("an SQLite database", 0, rb"SQLite format 3\x00"),
    Signature("PostScript", 0, rb"%!PS"),
)
"""What a file named like a picture may plainly be instead."""

PICTURE_SUFFIXES = frozenset(
    re.findall(
        r"\S+",
        """
        .jpg .jpeg .jpe .jfif .jif .mpo .png .apng .webp .bmp .dib .tif .tiff .gif .ico
        .heic .heics .heif .heifs .hif .avif .avifs .jp2 .j2k .j2c .jpc .jpf .jpx .jxl .jxr
        .ppm .pgm .pbm .pnm .psd .psb .pcx .tga .qoi .exr .hdr .xcf .djvu
        .dng .cr2 .cr3 .crw .nef .nrw .arw .srf .sr2 .orf .rw2 .raf .pef .srw .x3f
        """,
    ),
)
"""Name endings by which people take a file for a picture."""

_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b")
_FIRST_PRINTABLE = 0x20


def sniff(head: bytes) -> str | None:
    """Return the name of the picture format that the first bytes show, None for anything else.

    >>> sniff(b"GIF89a" + bytes(8))
    'GIF'
    >>> sniff(b"hello") is None
    True
    """
    return _first_match(PICTURES, head) or _sniff_iso_media(head)


def other_content(head: bytes) -> str | None:
    """Return what the first bytes plainly are when they are no picture: "text", "PDF", "a ZIP archive" ..."""
    return _first_match(OTHER_CONTENT, head) or ("text" if is_text(head) else None)


def is_text(head: bytes) -> bool:
    """Return whether the bytes read as text: UTF-8 or UTF-16 with a mark, without control characters."""
    if not head:
        return False
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif any(byte < _FIRST_PRINTABLE and byte not in _TEXT_CONTROLS for byte in head):
        return False
    else:
        encoding = "utf-8"
    try:
        # The head may end inside a character, so the decoder must not insist on its end.
        codecs.getincrementaldecoder(encoding)().decode(head, final=False)
    except UnicodeDecodeError:
        return False
    return True


def has_image_suffix(path: str) -> bool:
    """Return whether the name ends like that of a picture.

    >>> has_image_suffix("a/IMG_1.JPG"), has_image_suffix("notes.txt")
    (True, False)
    """
    return posixpath.splitext(path)[1].lower() in PICTURE_SUFFIXES


def reason_to_skip(head: bytes, path: str) -> Message | None:
    """Return why a file is no picture, None if it must be taken for one.

    A known signature makes a picture whatever the name says. A file that is only named like a picture is still taken
    for one when it is empty or unknown binary data: a broken photo must not be forgotten.
    """
    if sniff(head) is not None:
        return None
    if not has_image_suffix(path):
        return message("not_an_image")
    content = other_content(head)
    return message("not_an_image_content", content=content) if content else None


def _first_match(table: tuple[Signature, ...], head: bytes) -> str | None:
    for pattern, signature in _compiled(table):
        if pattern.match(head, signature.offset):
            return signature.format
    return None


@cache
def _compiled(table: tuple[Signature, ...]) -> tuple[tuple[re.Pattern[bytes], Signature], ...]:
    return tuple((re.compile(signature.pattern, re.DOTALL), signature) for signature in table)


def _sniff_iso_media(head: bytes) -> str | None:
    """Return the format of an ISO base media file (ISO 14496-12) by the brands of its first box."""
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[start : start + 4] for start in range(16, end - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & {b"crx "}:
        return "CR3"
    return "HEIF" if brands & HEIF_BRANDS else None

"""What stands behind a picture's end: padding and programs' notes, or something that may show more than the picture."""

from __future__ import annotations

import re
from enum import StrEnum

from idscan.sources.signature import HEAD_BYTES, other_content
from idscan.sources.starts import without_videos


class Trailing(StrEnum):
    """What bytes behind a picture's end are, where they are not harmless."""

    ARCHIVE = "archive"
    OLDER_PICTURE = "older_picture"  # the end of a longer file that the picture was written over
    VIDEO = "video"
    UNKNOWN = "unknown"


_PADDING = b"\0\t\n\r \xff"
_FEWEST_BYTES = 256
"""What is shorter and cannot be understood holds no picture worth its name."""

_FEWEST_BYTES_OF_A_REST = 64
"""An end marker alone, written twice, restores nothing."""

_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_ARCHIVE_STARTS = re.compile(rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07")
_ZIP_START, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENCODED = re.compile(rb"[A-Za-z0-9+/]{200}")
"""Base64 of more than a few words."""

_MOST_NOTES = 2**16
_NOTES = (
    (b"", b"SEFT"),  # Samsung
    (b"CANON OPTIONAL DATA\0", b""),  # Canon's raw converter
    (b"AXS!", b""),  # AFCP: captions
    (b"", b"cbipcbbl"),  # Photo Mechanic
)
"""How begins and ends what cameras and programs append: settings, times, captions (ExifTool, lib/Image/ExifTool)."""


def kind_of_trailing(data: bytes) -> Trailing | None:
    r"""Return what stands behind a picture's end; None for padding, plain text and notes of programs.

    >>> kind_of_trailing(b"\0" * 4096) is None
    True
    >>> kind_of_trailing(bytes(range(256)) * 4)
    <Trailing.UNKNOWN: 'unknown'>
    """
    core = data.strip(_PADDING)
    if _holds_archive(data, core):
        return Trailing.ARCHIVE
    if _is_rest(data):
        return Trailing.OLDER_PICTURE
    if without_videos(data)[1]:
        return Trailing.VIDEO
    is_harmless = len(core) < _FEWEST_BYTES or (len(core) <= _MOST_NOTES and (_is_text(core) or _is_note(core)))
    return None if is_harmless else Trailing.UNKNOWN


def _holds_archive(data: bytes, core: bytes) -> bool:
    start = data.find(_ZIP_START)
    if (start >= 0 and data.find(_ZIP_END, start) >= 0) or _ARCHIVE_STARTS.search(data):
        return True
    return (other_content(core[:HEAD_BYTES]) or "").endswith(" archive")


def _is_rest(data: bytes) -> bool:
    """Return whether the bytes end as a picture does, but do not begin as one."""
    end = data.find(_PNG_END)
    if end >= _FEWEST_BYTES_OF_A_REST and data.find(_PNG_START, 0, end) < 0:
        return True
    is_jpeg = data.rstrip(b"\0\t\n\r ").endswith(_JPEG_END) and _JPEG_START not in data
    return is_jpeg and len(data) >= _FEWEST_BYTES_OF_A_REST


def _is_text(core: bytes) -> bool:
    """Return whether all of it can be read as it stands."""
    try:
        core.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(core) and not _ENCODED.search(core)


def _is_note(core: bytes) -> bool:
    return any(core.startswith(head) and core.endswith(tail) for head, tail in _NOTES)

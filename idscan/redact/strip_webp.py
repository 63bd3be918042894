"""A WebP's pixels as they are stored, without any chunk that does not show them (RFC 9649)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from idscan.redact.colour import profile_bytes
from idscan.redact.webp import ANIMATION_FLAG, PICTURE_CHUNKS, PROFILE_FLAG, chunk, extended_header, read_chunks

if TYPE_CHECKING:
    from idscan.sources.profiles import ProfileName

_FILE_HEADER_BYTES = 12
_FRAME_HEADER_BYTES = 16
_LOSSLESS_ALPHA_BIT = 1 << 28
"""In the number behind the signature byte of a lossless picture: whether its alpha is used (section 3.4)."""


def stripped_webp(content: bytes, profile: ProfileName | None) -> bytes | None:
    """Return a WebP file without metadata, None where that is better written anew.

    Args:
        content: the file.
        profile: a colour space to tag it with.

    Raises:
        Exception: of any kind where the file is malformed.
    """
    stop = 8 + struct.unpack_from("<I", content, 4)[0]
    size: tuple[int, int] | None = None
    kept = []
    is_animation = False
    for kind, start, end in read_chunks(content, _FILE_HEADER_BYTES, min(stop, len(content))):
        data = content[start:end]
        if kind == b"VP8X":
            size = (1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little"))
        elif kind == b"ANIM":
            kept.append(chunk(kind, data[:6]))
        elif kind == b"ANMF":
            is_animation = True
            kept.append(chunk(kind, data[:_FRAME_HEADER_BYTES] + _picture(data, _FRAME_HEADER_BYTES)))
        elif kind in PICTURE_CHUNKS:
            kept.append(_picture_chunk(kind, data))
    if is_animation or profile is not None:
        if size is None:
            return None
        flags = (ANIMATION_FLAG if is_animation else 0) | (PROFILE_FLAG if profile is not None else 0)
        tag = b"" if profile is None else chunk(b"ICCP", profile_bytes(profile))
        kept[:0] = [extended_header(flags, *size), tag]
    elif len(kept) != 1:
        return None
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _picture(data: bytes, start: int) -> bytes:
    parts = [
        _picture_chunk(kind, data[begin:end])
        for kind, begin, end in read_chunks(data, start, len(data))
        if kind in PICTURE_CHUNKS
    ]
    if len(parts) != 1:
        message = "a frame must hold one picture"
        raise ValueError(message)
    return parts[0]


def _picture_chunk(kind: bytes, data: bytes) -> bytes:
    """Return the chunk again.

    Raises:
        ValueError: if it is transparent, for then colour may be hidden in it.
    """
    if kind == b"ALPH" or (kind == b"VP8L" and struct.unpack_from("<I", data, 1)[0] & _LOSSLESS_ALPHA_BIT):
        message = "a transparent picture"
        raise ValueError(message)
    return chunk(kind, data)

"""A GIF's pixels as they are stored, without any block that does not show them (GIF89a)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from idscan.redact.gif import HEADER_BYTES, TRAILER, GifBlock, colour_table_bytes, loop_extension, read_blocks

if TYPE_CHECKING:
    from idscan.sources.profiles import ProfileName

_GRAPHIC_CONTROL = 0xF9
_APPLICATION = 0xFF
_LOOPING = (b"\x0bNETSCAPE2.0\x03\x01", b"\x0bANIMEXTS1.0\x03\x01")
_LOOPING_BYTES = 17
_CONTROL_BYTES = 8
_MOST_CODE_BITS = 12


def stripped_gif(content: bytes, profile: ProfileName | None) -> bytes | None:
    """Return a GIF file without metadata, None where that is better written anew.

    Args:
        content: the file.
        profile: a GIF cannot be tagged, so any one but None is refused.

    Raises:
        Exception: of any kind where the file is malformed.
    """
    if profile is not None:
        return None
    start = HEADER_BYTES + colour_table_bytes(content[10])
    kept = [b"GIF89a", content[6:start]]
    for block in read_blocks(content):
        if block.kind == b",":
            if not _is_exact(content, block):
                return None
            kept.append(content[block.start : block.stop])
        elif block.label == _GRAPHIC_CONTROL:
            if block.stop - block.start != _CONTROL_BYTES:
                return None
            kept.append(content[block.start : block.stop])
        elif block.label == _APPLICATION and content.startswith(_LOOPING, block.data):
            at = block.data + len(_LOOPING[0])
            if at + 3 != block.stop:
                return None
            kept.append(loop_extension(struct.unpack_from("<H", content, at)[0]))
    kept.append(TRAILER)
    return b"".join(kept)


def _is_exact(content: bytes, block: GifBlock) -> bool:
    """Return whether a picture lies within the canvas and its data end with its last pixel.

    The codes are counted, not resolved: their lengths tell how many pixels they stand for.
    """
    canvas = struct.unpack_from("<HH", content, 6)
    left, top, width, height = struct.unpack_from("<4H", content, block.start + 1)
    if left + width > canvas[0] or top + height > canvas[1]:
        return False
    smallest = content[block.data]
    data = _sub_block_data(content, block.data + 1)
    clear, end = 1 << smallest, (1 << smallest) + 1
    fresh = [1] * (end + 1)
    lengths, bits, previous = fresh.copy(), smallest + 1, 0
    pixels, held, held_bits = 0, 0, 0
    for position, byte in enumerate(data):
        held |= byte << held_bits
        held_bits += 8
        while held_bits >= bits:
            code = held & ((1 << bits) - 1)
            held >>= bits
            held_bits -= bits
            if code == end:
                return pixels == width * height and position + 1 == len(data)
            if code == clear:
                lengths, bits, previous = fresh.copy(), smallest + 1, 0
                continue
            if previous and len(lengths) < 1 << _MOST_CODE_BITS:
                lengths.append(previous + 1)
                if len(lengths) == 1 << bits and bits < _MOST_CODE_BITS:
                    bits += 1
            previous = lengths[code]
            pixels += previous
    return False


def _sub_block_data(content: bytes, position: int) -> bytes:
    parts = []
    while content[position]:
        parts.append(content[position + 1 : position + 1 + content[position]])
        position += 1 + content[position]
    return b"".join(parts)

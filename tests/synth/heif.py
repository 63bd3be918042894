"""HEIF files for tests: written by libheif, with what its encoder does not write added box by box."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING

import pillow_heif

if TYPE_CHECKING:
    from PIL import Image

GAIN_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap"
"""Type of the auxiliary images that phones add for bright screens; brightness of the image at half its size."""


def heif_bytes(*images: Image.Image, exif: bytes | None = None, icc_profile: bytes | None = None) -> bytes:
    """Return a HEIF file with top-level images, the first of them primary."""
    heif = pillow_heif.from_pillow(images[0])
    for image in images[1:]:
        heif.add_from_pillow(image)
    heif[0].info.update({"exif": exif, "icc_profile": icc_profile})
    sink = BytesIO()
    heif.save(sink, quality=90, save_all=True)
    return sink.getvalue()


def with_auxiliary(content: bytes, kind: bytes = GAIN_MAP) -> bytes:
    """Return a file of two images in which the second one is an auxiliary image of the first (ISO 23008-12, 6.4.5)."""
    reference = _box(b"iref", bytes(4) + _box(b"auxl", struct.pack(">HHH", 2, 1, 1)))
    return _with_property(content, 2, _box(b"auxC", bytes(4) + kind + b"\0"), reference)


def turned(content: bytes, quarters: int) -> bytes:
    """Return a file whose first image is to be shown turned by quarters counter-clockwise (section 6.5.10)."""
    return _with_property(content, 1, _box(b"irot", bytes([quarters])), b"")


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data) + 8, kind) + data


def _with_property(content: bytes, item: int, value: bytes, reference: bytes) -> bytes:
    """Return a file with a further property of an item and a further box in `meta`; offsets of pixels are moved."""
    changed = bytearray(content)
    ipma = content.index(b"ipma") - 4
    entries = struct.unpack_from(">I", content, ipma + 12)[0]
    at = ipma + 16
    for _ in range(entries):
        number, count = struct.unpack_from(">HB", content, at)
        if number == item:
            break
        at += 3 + count
    ipco = content.index(b"ipco") - 4
    index = _count(content, ipco + 8, ipma) + 1
    changed[at + 2] += 1
    changed[at + 3 + count : at + 3 + count] = bytes([0x80 | index])
    changed[ipma:ipma] = value
    meta = content.index(b"meta") - 4
    growth = {ipma + len(value): 1, ipco: len(value), content.index(b"iprp") - 4: len(value) + 1}
    for position, more in {**growth, meta: len(value) + 1 + len(reference)}.items():
        struct.pack_into(">I", changed, position, struct.unpack_from(">I", changed, position)[0] + more)
    iloc = content.index(b"iloc") - 4
    moved = len(value) + 1 + len(reference)
    for number in range(struct.unpack_from(">H", content, iloc + 14)[0]):
        base = iloc + 16 + 18 * number + 4
        struct.pack_into(">I", changed, base, struct.unpack_from(">I", content, base)[0] + moved)
    end = meta + struct.unpack_from(">I", changed, meta)[0] - len(reference)
    changed[end:end] = reference
    return bytes(changed)


def _count(content: bytes, start: int, stop: int) -> int:
    count = 0
    while start < stop:
        start += struct.unpack_from(">I", content, start)[0]
        count += 1
    return count

"""What stands behind a picture's end is told apart: what is harmless, and what may show more than the picture."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from idscan.core.settings import Settings
from idscan.images.embedded import Trailing, embedded_parts, kind_of_trailing, unpacked
from idscan.images.formats.base import METADATA_BYTES
from tests.synth.planted import encoded, scenery

if TYPE_CHECKING:
    from pathlib import Path

NOISE = random.Random(3).randbytes(2000)
JPEG, PNG = encoded(scenery(), "JPEG"), encoded(scenery(), "PNG")


def packed(*members: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as writer:
        for number, member in enumerate(members):
            # A date of its own: the clock would make different tests of the same bytes.
            writer.writestr(zipfile.ZipInfo(f"{number}.jpg"), member, method)
    return archive.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        bytes(5000),
        b"\xff" * 5000,
        b"12345678",
        NOISE[:255],
        "\n<!-- ảnh chụp ở nhà -->\n".encode() * 20,
        b"\0\0\1\n\x0e\0\0\0Image_UTC_Data1600000000000" + bytes(400) + b"SEFHk\0\0\0\1\0\0\0\x18\0\0\0SEFT",
        b"CANON OPTIONAL DATA\0" + NOISE,
        b"AXS!" + NOISE + b"AXS!\0\0\0\0\0\0\0\1",
        NOISE + b"cbipcbbl",
        b"\xff\xd9" * 2,
        PNG[-12:],
    ],
)
def test_padding_text_and_notes_of_programs_are_harmless(data: bytes) -> None:
    assert kind_of_trailing(data) is None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (packed(b"x"), Trailing.ARCHIVE),
        (NOISE + packed(b"x") + bytes(9), Trailing.ARCHIVE),
        (packed(b"x" * 400)[:40], Trailing.ARCHIVE),
        (NOISE + b"7z\xbc\xaf\x27\x1c" + NOISE, Trailing.ARCHIVE),
        (gzip.compress(b"x", mtime=0), Trailing.ARCHIVE),
        (PNG[60:], Trailing.OLDER_PICTURE),
        (PNG[60:] + PNG, Trailing.OLDER_PICTURE),
        (JPEG[-400:] + b"\0\0", Trailing.OLDER_PICTURE),
        (NOISE + b"\0\0\0\x18ftypmp42" + NOISE, Trailing.VIDEO),
        (NOISE[:256], Trailing.UNKNOWN),
        (PNG, Trailing.UNKNOWN),
        (JPEG, Trailing.UNKNOWN),
        (base64.b64encode(NOISE), Trailing.UNKNOWN),
        (b"so many words " * 5000, Trailing.UNKNOWN),
        (b"some words\1" * 50, Trailing.UNKNOWN),
    ],
    ids=lambda value: value.value if isinstance(value, Trailing) else f"{len(value)} bytes",
)
def test_what_may_show_more_than_the_picture_has_a_name(data: bytes, kind: Trailing) -> None:
    assert kind_of_trailing(data) is kind


def found(path: Path, content: bytes, room: int = METADATA_BYTES) -> tuple[list[str], Trailing | None]:
    path.write_bytes(content)
    hidden = embedded_parts(str(path), Settings(), room=room)
    return [picture.kind for picture in hidden.images], hidden.trailing


def test_pictures_in_an_archive_behind_the_end_are_found(tmp_path: Path) -> None:
    members = (b"no picture", encoded(scenery(), "WEBP"), JPEG)
    assert found(tmp_path / "a", PNG + packed(*members)) == (["archived_picture"] * 2, Trailing.ARCHIVE)


def test_a_picture_behind_the_end_that_was_looked_at_is_not_unknown(tmp_path: Path) -> None:
    assert found(tmp_path / "a", PNG + JPEG) == (["trailing_picture"], None)
    assert found(tmp_path / "a", PNG + JPEG[:300] + NOISE) == ([], Trailing.UNKNOWN)


def test_announced_pages_of_a_file_are_not_unknown(tmp_path: Path) -> None:
    pages = encoded(scenery(), "MPO", save_all=True, append_images=[scenery(20, 20)])
    assert found(tmp_path / "a", pages) == ([], None)


def test_what_is_too_much_to_look_at_is_unknown(tmp_path: Path) -> None:
    assert found(tmp_path / "a", JPEG + bytes(5000)) == ([], None)
    assert found(tmp_path / "a", JPEG + bytes(5000), room=1000) == ([], Trailing.UNKNOWN)


def test_members_that_cannot_be_read_cost_only_themselves() -> None:
    archive = bytearray(packed(b"first" * 20, b"second" * 20))
    archive[35] ^= 0xFF
    found = unpacked(bytes(archive))
    assert (found.contents, found.closed) == ([b"second" * 20], ["a damaged ZIP archive"])
    rare = unpacked(packed(b"x" * 99, method=zipfile.ZIP_LZMA))
    assert (rare.contents, rare.closed) == ([], ["a ZIP archive with rare compression"])


def test_no_archive_takes_more_than_a_bounded_time_and_memory() -> None:
    # What begins like a picture is not opened in turn.
    bombs = unpacked(packed(*[PNG + bytes(33 * 2**20)] * 2))
    assert ([len(content) for content in bombs.contents], bombs.is_complete) == ([32 * 2**20] * 2, False)
    many = unpacked(packed(*[b"a small file"] * 65))
    assert (many.contents, many.is_complete) == ([b"a small file"] * 64, False)
    assert unpacked(packed(*[b""] * 10_001)).closed == ["a damaged ZIP archive"]


@pytest.mark.parametrize("data", [b"", NOISE, b"PK\x01\x02" + NOISE])
def test_what_is_no_archive_has_no_members(data: bytes) -> None:
    found = unpacked(data)
    assert (found.contents, found.closed, found.is_opened) == ([], [], False)


TEXT = b"a line of plain text, long enough to be found"


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(TEXT, mtime=0),
        zlib.compress(TEXT),
        bz2.compress(TEXT),
        lzma.compress(TEXT),
        NOISE[:300] + zlib.compress(TEXT) + NOISE[:300],
        base64.b64encode(TEXT),
        b"note: " + base64.encodebytes(TEXT * 3),
        packed(TEXT),
        packed(packed(TEXT)),
        packed(gzip.compress(base64.b64encode(TEXT), mtime=0)),
    ],
)
def test_what_is_packed_is_opened(data: bytes) -> None:
    found = unpacked(data)
    assert found.is_opened
    assert any(TEXT in content for content in found.contents)
    assert found.closed == []


def encrypted(content: bytes) -> bytes:
    """Return an archive whose member is marked as encrypted."""
    archive = bytearray(packed(content))
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    return bytes(archive)


@pytest.mark.parametrize(
    ("data", "closed"),
    [
        (encrypted(TEXT), "an encrypted ZIP archive"),
        (NOISE + b"Rar!\x1a\x07\x01\x00" + NOISE, "a RAR archive"),
        (NOISE + b"7z\xbc\xaf\x27\x1c" + NOISE, "a 7-Zip archive"),
        (packed(NOISE)[:-60], "a damaged ZIP archive"),
        (packed(b"%PDF-1.7 " + NOISE), "PDF in an archive"),
        (packed(b"\0\0\0\x18ftypmp42" + NOISE), "a video in an archive"),
    ],
)
def test_what_cannot_be_opened_is_named(data: bytes, closed: str) -> None:
    assert closed in unpacked(data).closed


def test_archives_in_archives_are_followed_to_a_bounded_depth() -> None:
    deep = TEXT
    for _ in range(6):
        deep = packed(deep)
    assert not unpacked(deep).is_complete

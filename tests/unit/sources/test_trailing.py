"""What stands behind a picture's end is told apart: what is harmless, and what may show more than the picture."""

from __future__ import annotations

import base64
import gzip
import io
import random
import zipfile
from typing import TYPE_CHECKING

import pytest

from idscan.core.settings import Settings
from idscan.sources import parts, trailing
from idscan.sources.hidden import hidden_parts
from idscan.sources.trailing import Trailing, archived, kind_of_trailing
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


def found(path: Path, content: bytes) -> tuple[list[str], Trailing | None]:
    path.write_bytes(content)
    hidden = hidden_parts(str(path), Settings())
    return [picture.kind for picture in hidden.pictures], hidden.trailing


def test_pictures_in_an_archive_behind_the_end_are_found(tmp_path: Path) -> None:
    members = (b"no picture", encoded(scenery(), "WEBP"), JPEG)
    assert found(tmp_path / "a", PNG + packed(*members)) == (["archived_picture"] * 2, Trailing.ARCHIVE)


def test_a_picture_behind_the_end_that_was_looked_at_is_not_unknown(tmp_path: Path) -> None:
    assert found(tmp_path / "a", PNG + JPEG) == (["trailing_picture"], None)
    assert found(tmp_path / "a", PNG + JPEG[:300] + NOISE) == ([], Trailing.UNKNOWN)


def test_announced_pages_of_a_file_are_not_unknown(tmp_path: Path) -> None:
    pages = encoded(scenery(), "MPO", save_all=True, append_images=[scenery(20, 20)])
    assert found(tmp_path / "a", pages) == ([], None)


def test_what_is_too_much_to_look_at_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(tmp_path / "a", JPEG + bytes(5000)) == ([], None)
    field = parts.Parts.__init__.__defaults__
    assert field is not None
    monkeypatch.setattr(parts.Parts.__init__, "__defaults__", (*field[:-1], 1000))
    assert found(tmp_path / "a", JPEG + bytes(5000)) == ([], Trailing.UNKNOWN)


def test_members_that_cannot_be_read_cost_only_themselves() -> None:
    archive = bytearray(packed(b"first" * 20, b"second" * 20))
    archive[35] ^= 0xFF
    assert list(archived(bytes(archive))) == [b"", b"second" * 20]
    assert list(archived(packed(b"x" * 99, method=zipfile.ZIP_LZMA))) == [b""]


def test_no_archive_takes_more_than_a_bounded_time_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trailing, "_MEMBER_BYTES", 1000)
    monkeypatch.setattr(trailing, "_ARCHIVE_BYTES", 1500)
    monkeypatch.setattr(trailing, "_MOST_MEMBERS", 3)
    bomb = packed(*[bytes(10**6)] * 5)
    assert [len(content) for content in archived(bomb)] == [1000, 500, 0]
    monkeypatch.setattr(trailing, "_MOST_ENTRIES", 4)
    assert list(archived(bomb)) == []


@pytest.mark.parametrize("data", [b"", NOISE, packed(b"x")[:-10], b"PK\x01\x02" + NOISE])
def test_what_is_no_archive_has_no_members(data: bytes) -> None:
    assert list(archived(data)) == []

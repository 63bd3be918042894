"""A number planted in every place of a picture is in none of the bytes or names that `idscan redact` leaves."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from idscan.core.errors import ExitCode
from tests.fakes.process import Ended, idscan, tree
from tests.synth import planted, small
from tests.synth.planted import PLANTED, encoded, planted_exif, planted_profile, png_chunk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

NUMBER = small.NUMBER
WORDS = (NUMBER, PLANTED.decode(), small.NAME, "nguyen_van_mau")
NEEDLES = tuple(word.encode(code) for word in WORDS for code in ("utf-8", "utf-16-le", "utf-16-be"))
PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"iCCP"}
JPEG_START = b"\xff\xd8\xff"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + PLANTED + b"</x:xmpmeta>"
BAND = 64
"""Rows below a card that nobody sees."""


def exif_with_card() -> bytes:
    """Return EXIF data with the marker in its tags and the card as a thumbnail."""
    exif = bytearray(planted_exif())
    thumbnail = encoded(small.front().resize((432, 288)), "JPEG", quality=60, comment=PLANTED)
    start = exif.rindex(JPEG_START)
    order = "<" if exif[6:8] == b"II" else ">"
    struct.pack_into(order + "I", exif, start - 8, len(thumbnail))  # length and next directory end the second one
    return bytes(exif[:start]) + thumbnail


def with_segments(jpeg: bytes) -> bytes:
    """Return a JPEG with IPTC data, a comment, a JFIF thumbnail, an unknown segment and something behind its end."""
    iptc = b"Photoshop 3.0\08BIM\x04\x04\0\0" + struct.pack(">I", len(PLANTED) + 5) + b"\x1c\x02\x78\0\x14" + PLANTED
    bodies = {0xED: iptc, 0xFE: PLANTED, 0xE0: b"JFXX\0\x10" + PLANTED, 0xEB: PLANTED}
    segments = (struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in bodies.items())
    return jpeg[:2] + b"".join(segments) + jpeg[2:] + PLANTED


def with_chunks(png: bytes) -> bytes:
    """Return a PNG with a chunk of nobody's and something behind its end."""
    return png[:33] + png_chunk(b"prVt", PLANTED) + png[33:] + PLANTED


def planted_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", PLANTED.decode())
    info.add_text("Title", PLANTED.decode(), zip=True)
    info.add_itxt("Description", PLANTED.decode())
    return info


def transparent(card: Image.Image) -> Image.Image:
    """Return a picture with a band below it in which the number is written under alpha 0."""
    whole = Image.new("RGBA", (card.width, card.height + BAND), (250, 250, 250, 255))
    whole.paste(card, (0, 0))
    ImageDraw.Draw(whole).text((20, card.height + 12), NUMBER, fill=(10, 10, 10, 255), font_size=36)
    alpha = Image.new("L", whole.size, 255)
    alpha.paste(0, (0, card.height, card.width, whole.height))
    whole.putalpha(alpha)
    return whole


def palette_png(card: Image.Image) -> bytes:
    """Return the same with a palette, of which two unlike entries are transparent."""
    ink = np.asarray(transparent(card).convert("L")) < 128
    seen = card.quantize(128)
    indices = np.full(ink.shape, 200, np.uint8)
    indices[: card.height] = np.asarray(seen)
    indices[card.height :][ink[card.height :]] = 201
    picture = Image.fromarray(indices).convert("L")
    picture.putpalette(((seen.getpalette() or []) + [0] * 768)[: 3 * 200] + [250] * 3 + [10] * 3)
    opacity = bytes(0 if index in {200, 201} else 255 for index in range(202))
    return encoded(picture, "PNG", transparency=opacity, pnginfo=planted_text())


def loaded(front: Image.Image, back: Image.Image) -> dict[str, bytes]:
    """Return files of two pictures that hold the number wherever they can."""
    shared = {"exif": exif_with_card(), "icc_profile": planted_profile()}
    second = back.copy()
    second.encoderinfo = {"comment": PLANTED}
    see_through = transparent(front)
    # With `exact` the encoder keeps what stands under alpha 0.
    webp = {"lossless": True, "exact": True, "xmp": XMP, **shared}
    return {
        f"{NUMBER} front.jpg": with_segments(
            encoded(front, "MPO", save_all=True, append_images=[second], xmp=XMP, **shared)
        ),
        "IMG_0010-9900-0001.png": with_chunks(encoded(see_through, "PNG", pnginfo=planted_text(), **shared)),
        "palette.png": with_chunks(palette_png(front)),
        "animal.webp": encoded(see_through, "WEBP", **webp) + PLANTED,
    }


def put(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def told(*texts: str) -> list[str]:
    """Return what is shown of the number and the name, however it is grouped or broken over lines."""
    joined = "".join("".join(text.split()) for text in texts)
    return [value for value in (*WORDS, "0010-9900-0001") if "".join(value.split()) in joined]


def leaks(content: bytes) -> list[bytes]:
    return [needle for needle in NEEDLES if needle in content]


def chunk_kinds(png: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8]
        at += 12 + length


def colour_under_nothing(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content)) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    return pixels[pixels[..., 3] == 0][:, :3]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left: its output, what it said, its record, and other files."""

    ended: Ended
    out: dict[str, bytes]
    record: str
    elsewhere: dict[str, bytes]
    pictures: int


def redact(home: Path, *options: str) -> Run:
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    options = (*options, "--stats", "--jobs", "1")
    ended = idscan("redact", "in", "-o", "out", *options, cwd=home, TMPDIR=str(elsewhere), HOME=str(elsewhere))
    record = home / "record.json"
    said = record.read_text("utf-8") if record.exists() else ended.out
    return Run(ended, tree(home / "out"), said, tree(elsewhere), len(tree(home / "in")))


def redact_exposed(home: Path, form: str) -> Run:
    """Redact loaded pictures of cards; the first of them for the table, all for the other form."""
    files = loaded(small.front(), small.back())
    chosen = list(files)[: 1 if form == "table" else None]
    known = {**{name: files[name] for name in chosen}, "nguyen_van_mau.jpg": encoded(small.view(), "JPEG")}
    put(home / "in" / f"{NUMBER} {small.NAME}", known)
    assert all(leaks(files[name]) for name in chosen)
    return redact(home, *(["--report", "record.json"] if form == "json" else []))


@pytest.fixture(scope="module")
def clean_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where pictures lie that show nothing, with the number in each place of the files in turn."""
    home = tmp_path_factory.mktemp("clean")
    kinds = {
        "jpg": planted.planted_jpegs(),
        "png": planted.planted_pngs(),
        "webp": planted.planted_webps(),
        "gif": planted.planted_gifs(),
    }
    files = {
        f"{place} {position}.{suffix}": content
        for suffix, made in kinds.items()
        for position, (place, content) in enumerate(made)
    }
    suffixes = {"TIFF": "tif", "AVIF": "avif", "JPEG2000": "jp2", "BMP": "bmp", "PCX": "pcx", "PPM": "ppm"}
    for position, (kind, content) in enumerate(planted.planted_others()):
        files[f"{kind} {position}.{suffixes[kind]}"] = content
    see_through = transparent(small.view())
    files["transparent.png"] = encoded(see_through, "PNG")
    files["transparent.webp"] = encoded(see_through, "WEBP", lossless=True, exact=True)
    files["transparent palette.png"] = palette_png(small.view())
    files["thumbnail.jpg"] = encoded(small.view(), "JPEG", exif=exif_with_card())
    put(home / "in" / NUMBER, files)
    return home


@pytest.fixture(
    scope="module",
    params=["clean", "exposed, table", pytest.param("exposed, json", marks=pytest.mark.slow)],
)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    kind, _, form = request.param.partition(", ")
    if kind == "exposed":
        return redact_exposed(tmp_path_factory.mktemp(kind), form)
    return redact(request.getfixturevalue("clean_home"), "--report", "record.json")


def test_every_picture_is_published(run: Run) -> None:
    assert run.ended.code == ExitCode.CLEAN
    assert len(run.out) == run.pictures


def test_no_byte_of_any_result_tells_the_number(run: Run) -> None:
    assert {path: found for path, content in run.out.items() if (found := leaks(content))} == {}


def test_no_name_of_any_result_tells_the_number_or_the_name(run: Run) -> None:
    assert [path for path in run.out if told(path)] == []
    digits = (re.sub(r"\D", "", path.rsplit("/", 1)[-1]) for path in run.out)
    assert [found for found in digits if NUMBER in found] == []


def test_neither_record_nor_messages_tell_the_number_or_the_name(run: Run) -> None:
    assert told(run.record, run.ended.out, run.ended.err) == []


def test_nothing_is_left_in_the_folders_for_temporary_files_and_of_the_user(run: Run) -> None:
    assert run.elsewhere == {}


def test_results_hold_one_picture_and_no_text(run: Run) -> None:
    for path, content in run.out.items():
        assert content.count(JPEG_START) == path.endswith(".jpg"), path
        if path.endswith(".png"):
            assert set(chunk_kinds(content)) <= PIXEL_CHUNKS, path
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.format == "TIFF" or not picture.getexif(), path  # there the tags are the picture's own
            assert not {"comment", "xmp", "photoshop", "mp"} & set(picture.info), path


def test_there_is_no_colour_where_nothing_is_seen(run: Run) -> None:
    hidden = {
        path: colour_under_nothing(content)
        for path, content in run.out.items()
        if path.endswith((".png", ".webp")) and b"acTL" not in content and b"ANIM" not in content
    }
    assert not hidden or sum(map(len, hidden.values())) > BAND * 100
    assert {path for path, colours in hidden.items() if colours.any()} == set()


@pytest.mark.slow
def test_verifying_planted_pictures_finds_something_and_repeats_nothing(clean_home: Path) -> None:
    ended = idscan("verify", "in", "--jobs", "1", cwd=clean_home)
    assert ended.code == ExitCode.STILL_LEAKS
    assert told(ended.out, ended.err) == []

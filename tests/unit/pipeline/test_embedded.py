"""What a file carries besides the pixels shown is read, and said to be there and not among them."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from idscan.core.enums import Field, Where
from idscan.core.settings import Settings
from idscan.core.types import ImageRef, ImageResult
from idscan.pipeline import scan as scan_module
from idscan.pipeline.embedded import facts_of_text
from idscan.pipeline.scan import scan_image
from idscan.vision.perceptual_hash import is_copy
from tests.factories import NUMBER, PAYLOAD
from tests.fakes.thumbnails import painted_over, patterned, with_thumbnail
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules
from tests.synth.planted import encoded, scenery
from tests.unit.cards.specimens import CHIP_OR_CAN_CUOC

if TYPE_CHECKING:
    from pathlib import Path

    from idscan.core.types import Frame
    from idscan.pipeline.context import StageTimer

LABELLED = f"Số CCCD: {NUMBER}"


@lru_cache(maxsize=1)
def with_code() -> Image.Image:
    """Return an image that shows a card's code."""
    modules = symbol_modules(PAYLOAD.encode(), SymbolStyle("M", is_mixed=False, has_eci=False))
    code = draw_symbol(modules, 4 * len(modules), 4)
    image = Image.new("RGB", (640, 480), (214, 210, 200))
    image.paste(Image.fromarray(code).convert("RGB"), (120, 80))
    return image


def harmless(width: int = 640, height: int = 480) -> Image.Image:
    return scenery(width, height)


def scanned(folder: Path, content: bytes, name: str = "a.jpg") -> ImageResult:
    path = folder / name
    path.write_bytes(content)
    return scan_image(ImageRef(str(path)), Settings())


def numbers(result: ImageResult) -> dict[Where | None, set[str]]:
    found: dict[Where | None, set[str]] = {}
    for part in result.parts:
        for finding in part.shown_findings:
            if finding.field is Field.NUMBER and finding.value is not None:
                found.setdefault(part.where, set()).add(finding.value.reveal())
    return found


def archived(*members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, member in enumerate(members):
            archive.writestr(f"{number}", member)
    return buffer.getvalue()


def commented(text: str, *, packed: bool) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Description", text, zip=packed)
    return encoded(harmless(), "PNG", pnginfo=info)


def plain_jpeg() -> bytes:
    return encoded(harmless(), "JPEG", quality=85)


def card_png() -> bytes:
    return encoded(with_code(), "PNG")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (lambda: with_thumbnail(harmless(), with_code()), Where.THUMBNAIL),
        (lambda: plain_jpeg() + card_png(), Where.TRAILING),
        (lambda: encoded(harmless(), "PNG") + encoded(with_code(), "JPEG"), Where.TRAILING),
        (lambda: plain_jpeg() + encoded(with_code(), "WEBP", lossless=True), Where.TRAILING),
        (lambda: plain_jpeg() + b"\n" + encoded(with_code(), "TIFF"), Where.TRAILING),
        (lambda: plain_jpeg() + archived(b"no image", card_png()), Where.TRAILING),
        (lambda: plain_jpeg() + archived(archived(card_png())), Where.TRAILING),
        (lambda: plain_jpeg() + gzip.compress(card_png()), Where.TRAILING),
        (lambda: plain_jpeg() + base64.encodebytes(card_png()), Where.TRAILING),
        (lambda: plain_jpeg() + LABELLED.encode(), Where.TRAILING),
        (lambda: plain_jpeg() + zlib.compress(LABELLED.encode()), Where.TRAILING),
        (lambda: plain_jpeg() + base64.b64encode(LABELLED.encode() * 2), Where.TRAILING),
        (lambda: plain_jpeg() + archived(LABELLED.encode()), Where.TRAILING),
        (lambda: encoded(harmless(), "JPEG", comment=LABELLED.encode()), Where.METADATA),
        (lambda: encoded(harmless(), "WEBP", xmp=f"<x:xmpmeta>{LABELLED}</x:xmpmeta>".encode()), Where.METADATA),
        (lambda: commented(LABELLED, packed=True), Where.METADATA),
        (lambda: commented(base64.b64encode(PAYLOAD.encode()).decode(), packed=False), Where.METADATA),
    ],
)
def test_what_stands_beside_the_pixels_is_found(tmp_path: Path, content: object, where: Where) -> None:
    result = scanned(tmp_path, content())  # type: ignore[operator]
    assert numbers(result) == {where: {NUMBER}}
    assert (result.is_exposed, result.shows_exposed, result.is_examined) == (True, False, True)
    assert NUMBER not in repr(result)


def test_a_further_image_of_a_multi_picture_file_is_read_once_as_its_page(tmp_path: Path) -> None:
    content = encoded(harmless(), "MPO", save_all=True, append_images=[with_code()])
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    first, second = (scan_image(ImageRef(str(path), page=page, pages=2), Settings()) for page in (0, 1))
    assert (numbers(first), numbers(second)) == ({}, {None: {NUMBER}})
    assert numbers(scan_image(ImageRef(str(path)), Settings())) == {Where.PREVIEW: {NUMBER}}


@pytest.mark.parametrize(
    ("tail", "kind", "words"),
    [
        (b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4, "trailing_video", "A video"),
        (bytes(range(256)) * 4, "trailing_bytes", "Something unknown"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(range(256)) * 4, "trailing_archive", "A RAR archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(range(256)) * 4, "trailing_archive", "A 7-Zip archive"),
        (archived(b"%PDF-1.7" + bytes(range(256))), "trailing_archive", "PDF in an archive"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(900), "trailing_image", "damaged"),
        (b"FUJIFILMCCD-RAW " + bytes(900), "trailing_image", "RAF"),
    ],
)
def test_what_cannot_be_examined_is_a_problem_that_names_it(tmp_path: Path, tail: bytes, kind: str, words: str) -> None:
    result = scanned(tmp_path, plain_jpeg() + tail)
    (problem,) = result.problems
    assert (problem.kind, result.is_examined, result.is_exposed) == (kind, False, False)
    assert words in problem.message


def test_an_image_behind_the_end_that_is_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    image = Image.new("RGB", (640, 1200), "white")
    image.paste(with_code(), (0, 0))
    image.paste(Image.effect_noise((640, 700), 90).convert("RGB"), (0, 500))
    content = encoded(image, "JPEG", quality=90)
    result = scanned(tmp_path, plain_jpeg() + content[: len(content) * 3 // 4])
    assert numbers(result) == {Where.TRAILING: {NUMBER}}
    assert [problem.kind for problem in result.problems] == ["trailing_image"]
    assert not result.is_examined


@pytest.mark.parametrize("tail", [b"", bytes(4096), b"\n" * 9, b"Taken with a made-up camera\n" * 20])
def test_padding_and_notes_are_no_matter(tmp_path: Path, tail: bytes) -> None:
    result = scanned(tmp_path, plain_jpeg() + tail)
    assert (result.problems, result.embedded) == ((), ())


@pytest.fixture
def frames_read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Tell the shapes of all images whose pixels were read."""
    read: list[tuple[int, ...]] = []
    scan_frame = scan_module.scan_frame

    def recorded(frame: Frame, settings: Settings, timer: StageTimer | None = None) -> ImageResult:
        read.append(frame.layers[0].shape)
        return scan_frame(frame, settings, timer)

    monkeypatch.setattr(scan_module, "scan_frame", recorded)
    return read


@pytest.mark.parametrize("size", [(160, 120), (480, 360)])
def test_a_thumbnail_that_shows_the_image_itself_is_not_read_again(
    tmp_path: Path, frames_read: list[tuple[int, ...]], size: tuple[int, int]
) -> None:
    image = patterned((1280, 960))
    scanned(tmp_path, with_thumbnail(image, image.resize(size, Image.Resampling.LANCZOS)))
    assert frames_read == [(960, 1280, 3)]


def test_a_thumbnail_of_the_image_before_something_was_hidden_is_read(
    tmp_path: Path, frames_read: list[tuple[int, ...]]
) -> None:
    scanned(tmp_path, with_thumbnail(painted_over((1280, 960)), patterned((640, 480))))
    assert frames_read == [(960, 1280, 3), (480, 640, 3)]


def test_an_image_is_a_copy_only_if_every_part_of_it_is_alike() -> None:
    noise = np.random.default_rng(5).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    large = np.asarray(Image.fromarray(noise).resize((800, 600), Image.Resampling.BICUBIC))
    small = np.asarray(Image.fromarray(large).resize((320, 240), Image.Resampling.LANCZOS))
    assert is_copy(small, large)
    assert not is_copy(large, small), "a larger image shows more"
    assert not is_copy(small[:, ::-1], large)
    other = small.copy()
    other[40:64, 40:72] = other[140:164, 140:172]
    assert not is_copy(other, large)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LABELLED, {NUMBER}),
        (f"Nguyễn Văn Mẫu CCCD {NUMBER}", {NUMBER}),
        (f"title: a copy of my căn cước công dân số {NUMBER}, both sides", {NUMBER}),
        (f'{{"cccd": "{NUMBER}"}}', {NUMBER}),
        (f"<dc:title>{LABELLED}</dc:title>", {NUMBER}),
        (PAYLOAD, {NUMBER}),
        ("\n".join(CHIP_OR_CAN_CUOC), None),
        (NUMBER, set()),
        (f"order {NUMBER}", set()),
        (f"Comment: {NUMBER} taken 2026:01:02", set()),
        ("CCCD", set()),
    ],
)
def test_text_counts_by_the_rules_for_print(text: str, found: set[str] | None) -> None:
    values = {fact.value.reveal() for fact in facts_of_text(text) if fact.field is Field.NUMBER and fact.value}
    assert values == found if found is not None else values
    assert all(fact.quad is None for fact in facts_of_text(text))

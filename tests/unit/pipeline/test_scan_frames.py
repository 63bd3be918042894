"""Frames that show nothing new give what the earlier frame gave; what changed is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.core.enums import Effort, Field
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.pipeline import scan as frames_module
from idscan.pipeline import scan as scan_module
from idscan.pipeline.scan import scan_image
from tests.factories import NUMBER, PAYLOAD
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules

if TYPE_CHECKING:
    from pathlib import Path

    from idscan.core.types import Frame, ImageResult
    from idscan.pipeline.context import StageTimer


SIZE = (640, 480)


def ground() -> Image.Image:
    return Image.new("RGB", SIZE, (214, 210, 200))


def with_code(at: tuple[int, int] = (20, 20)) -> Image.Image:
    modules = symbol_modules(PAYLOAD.encode(), SymbolStyle("M", is_mixed=False, has_eci=False))
    image = ground()
    image.paste(Image.fromarray(draw_symbol(modules, 4 * len(modules), 4)).convert("RGB"), at)
    return image


def with_text() -> Image.Image:
    font = ImageFont.truetype(f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", 28)
    image = ground()
    ImageDraw.Draw(image).text((40, 60), f"Số CCCD: {NUMBER}", "black", font=font)
    return image


def with_ball(image: Image.Image, x: int, y: int = 400) -> Image.Image:
    image = image.copy()
    ImageDraw.Draw(image).ellipse((x, y, x + 60, y + 60), fill=(200, 40, 40))
    return image


def pages_of(folder: Path, *images: Image.Image) -> list[ImageRef]:
    path = folder / "a.png"
    images[0].save(path, save_all=True, append_images=images[1:], duration=50)
    return [ImageRef(str(path), page=page, pages=len(images)) for page in range(len(images))]


def numbers(result: ImageResult) -> set[str]:
    return {found.value.reveal() for found in result.all_findings if found.field is Field.NUMBER and found.value}


@pytest.fixture
def pages_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Tell which frames were read, by a process that has read none before."""
    frames_module._readings.clear()
    read: list[int] = []
    scan_frame = scan_module.scan_frame

    def recorded(frame: Frame, settings: Settings, timer: StageTimer | None = None) -> ImageResult:
        read.append(frame.ref.page)
        return scan_frame(frame, settings, timer)

    monkeypatch.setattr(scan_module, "scan_frame", recorded)
    return read


def test_a_frame_that_did_not_change_is_not_read_again(tmp_path: Path, pages_read: list[int]) -> None:
    code, other = with_code(), with_ball(ground(), 300)
    refs = pages_of(tmp_path, code, other, code, other)
    results = [scan_image(ref, Settings()) for ref in refs]
    assert [numbers(result) for result in results] == [{NUMBER}, set(), {NUMBER}, set()]
    assert [result.ref.page for result in results] == [0, 1, 2, 3]
    assert pages_read == [0, 1]


def test_a_frame_is_the_same_in_a_process_that_has_not_seen_the_others(tmp_path: Path, pages_read: list[int]) -> None:
    refs = pages_of(tmp_path, with_code(), with_ball(ground(), 300), with_code())
    in_order = [scan_image(ref, Settings()) for ref in refs]
    frames_module._readings.clear()
    assert scan_image(refs[2], Settings()) == in_order[2]
    assert pages_read == [0, 1, 0]


def test_a_change_without_print_is_looked_at_and_the_rest_not_read_again(tmp_path: Path, pages_read: list[int]) -> None:
    refs = pages_of(tmp_path, *(with_ball(with_text(), 300 + 40 * step) for step in range(4)))
    assert [numbers(scan_image(ref, Settings())) for ref in refs] == [{NUMBER}] * 4
    assert pages_read == [0]


def test_what_appears_in_a_part_of_a_frame_is_read(tmp_path: Path, pages_read: list[int]) -> None:
    refs = pages_of(tmp_path, with_ball(ground(), 500), with_ball(with_code(), 500), with_ball(with_code(), 500, 300))
    assert [numbers(scan_image(ref, Settings())) for ref in refs] == [set(), {NUMBER}, {NUMBER}]
    assert pages_read == [0, 1]


def test_a_frame_in_which_a_finding_is_covered_is_read(tmp_path: Path, pages_read: list[int]) -> None:
    covered = with_code()
    ImageDraw.Draw(covered).rectangle((0, 0, 400, 400), fill=(214, 210, 200))
    refs = pages_of(tmp_path, with_code(), covered)
    assert [numbers(scan_image(ref, Settings())) for ref in refs] == [{NUMBER}, set()]
    assert pages_read == [0, 1]


def test_a_thorough_scan_reads_every_frame_that_changed(tmp_path: Path, pages_read: list[int]) -> None:
    settings = Settings(effort=Effort.THOROUGH, keep_texts=True)
    refs = pages_of(tmp_path, with_ball(ground(), 300), with_ball(ground(), 400), with_ball(ground(), 300))
    results = [scan_image(ref, settings) for ref in refs]
    assert pages_read == [0, 1]
    assert results[2].perceptual_hash == results[0].perceptual_hash

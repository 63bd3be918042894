"""What every engine adapter owes the pipeline, on the same pictures."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.types import Secret
from idscan.engines import registry
from idscan.engines.rapidocr import RapidOcrReader
from idscan.engines.registry import ENGINES
from idscan.engines.tesseract import TesseractReader
from idscan.engines.text_detector import TextDetector
from idscan.engines.zbar import ZbarReader
from idscan.engines.zxing import ZxingReader
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.engines.registry import LineDetector, LineReader, SymbolReader


def adapters(*roles: registry.Role[Any]) -> list[Any]:
    """Return the adapter of every engine that has one of the roles, as parameters of a test.

    An engine that pip alone does not bring is skipped where it is not installed, by the marker of its name.
    """
    rows = [(row, next((row.roles[role] for role in roles if role in row.roles), None)) for row in ENGINES.values()]
    return [
        pytest.param(duty.factory(), id=row.name, marks=() if row.is_embedded else getattr(pytest.mark, row.name))
        for row, duty in rows
        if duty
    ]


SYMBOL_READERS = adapters(registry.READS_CODES)
LINE_READERS = adapters(registry.READS_LINES, registry.CHECKS_LINES, registry.READS_DIACRITICS, registry.READS_PAGES)
DIACRITICS_READERS = adapters(registry.READS_DIACRITICS)
LINE_DETECTORS = adapters(registry.DETECTS_TEXT)

NAMES = ["Huỳnh Vĩnh Ví Dụ", "Nguyễn Văn Mẫu", "Trần Thị Thử Nghiệm", "Đặng Đức Thử", "Lương Thế Ví", "Vũ Hữu Dụ"]


def _payload(name: str) -> bytes:
    return f"001099000001|012345678|{name}|15011999|Nam|Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội|20062022".encode()


def _symbol(payload: bytes, style: SymbolStyle, side: int = 260) -> NDArray[np.uint8]:
    drawn = draw_symbol(symbol_modules(payload, style), side, 4)
    picture = np.full((drawn.shape[0] + 120, drawn.shape[1] + 200), 255, np.uint8)
    picture[50 : 50 + drawn.shape[0], 90 : 90 + drawn.shape[1]] = drawn
    return picture


def _line(text: str, size: int = 34) -> NDArray[np.uint8]:
    font = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("RGB", (int(right - left) + 24, int(bottom - top) + 16), (226, 238, 236))
    ImageDraw.Draw(image).text((12 - left, 8 - top), text, font=font, fill=(25, 25, 30))
    return np.asarray(image)


@pytest.mark.parametrize("reader", SYMBOL_READERS)
@pytest.mark.parametrize("level", ["L", "M"])
@pytest.mark.parametrize("is_mixed", [False, True], ids=["one segment", "mixed segments"])
@pytest.mark.parametrize("name", NAMES)
def test_payload_comes_back_byte_for_byte(reader: SymbolReader, level: str, is_mixed: bool, name: str) -> None:
    payload = _payload(name)
    found = reader.read_symbols(_symbol(payload, SymbolStyle(level, is_mixed, has_eci=False)), ("qr",))
    assert [symbol.payload.reveal().encode() for symbol in found if symbol.payload] == [payload]


@pytest.mark.zbar
def test_plain_pyzbar_garbles_what_binary_mode_reads() -> None:
    from pyzbar.pyzbar import decode

    garbled = 0
    for name in NAMES:
        picture = _symbol(_payload(name), SymbolStyle("M", is_mixed=True, has_eci=False))
        garbled += decode(picture)[0].data != _payload(name)
        assert ZbarReader().read_symbols(picture, ("qr",))[0].payload.reveal().encode() == _payload(name)
    assert garbled > 0


@pytest.mark.parametrize("reader", SYMBOL_READERS)
@pytest.mark.parametrize("turns", range(4))
def test_symbol_corners_start_at_its_own_top_left(reader: SymbolReader, turns: int) -> None:
    picture = _symbol(_payload(NAMES[0]), SymbolStyle("M", is_mixed=False, has_eci=False))
    height, width = picture.shape
    upright = reader.read_symbols(picture, ("qr",))[0].quad
    turned = reader.read_symbols(np.ascontiguousarray(np.rot90(picture, -turns)), ("qr",))[0].quad
    x, y = upright[0]
    expected = [(x, y), (height - y, x), (width - x, height - y), (y, width - x)][turns]
    assert turned[0] == pytest.approx(expected, abs=6)


@pytest.mark.parametrize("reader", SYMBOL_READERS)
def test_a_picture_without_symbols_has_none(reader: SymbolReader) -> None:
    assert reader.read_symbols(np.full((200, 300), 200, np.uint8), ("qr",)) == ()


@pytest.mark.parametrize("reader", SYMBOL_READERS)
def test_bytes_that_are_not_utf8_survive_as_surrogates(reader: SymbolReader) -> None:
    import segno

    payload = "Tên|".encode() + b"\xff\xfe|001099000001"
    modules = np.where(np.array([list(row) for row in segno.make_qr(payload, error="m").matrix], np.uint8) > 0, 0, 255)
    picture = draw_symbol(modules.astype(np.uint8), 220, 6)
    text = reader.read_symbols(picture, ("qr",))[0].payload.reveal()
    assert text.encode("utf-8", "surrogateescape") == payload


def test_a_symbol_that_fails_its_error_correction_is_reported_as_seen() -> None:
    picture = _symbol(_payload(NAMES[0]), SymbolStyle("L", is_mixed=False, has_eci=False), side=300)
    random = np.random.default_rng(3)
    rows, columns = slice(190, 330), slice(210, 330)
    picture[rows, columns] = np.kron(random.integers(0, 2, (28, 24)) * 255, np.ones((5, 5)))
    found = ZxingReader().read_symbols(picture, ("qr",))
    assert {symbol.payload for symbol in found} == {None}


@pytest.mark.parametrize("reader", LINE_READERS)
def test_a_number_and_a_date_are_read_exactly(reader: LineReader) -> None:
    texts = [reading.text.reveal() for reading in reader.read_lines([_line("001099000001"), _line("15/01/1999")])]
    assert [text.replace(" ", "") for text in texts] == ["001099000001", "15/01/1999"]


@pytest.mark.parametrize("reader", LINE_READERS)
def test_readings_keep_the_order_of_the_lines(reader: LineReader) -> None:
    words = ["15/01/1999", "001099000001", "2022"]
    texts = [reading.text.reveal() for reading in reader.read_lines([_line(word) for word in words])]
    assert [text.replace(" ", "") for text in texts] == words


@pytest.mark.parametrize("reader", LINE_READERS)
def test_an_empty_line_reads_as_nothing(reader: LineReader) -> None:
    reading = reader.read_lines([np.full((40, 300, 3), 230, np.uint8)])[0]
    assert reading.text.reveal().strip() == ""


@pytest.mark.parametrize("reader", LINE_READERS)
def test_what_was_read_does_not_show_in_the_reading(reader: LineReader) -> None:
    assert "001099000001" not in repr(reader.read_lines([_line("001099000001")]))


@pytest.mark.parametrize("reader", DIACRITICS_READERS)
def test_readers_with_every_letter_keep_the_tone_marks(reader: LineReader) -> None:
    assert reader.read_lines([_line("NGUYỄN VĂN MẪU")])[0].text.reveal() == "NGUYỄN VĂN MẪU"


@pytest.mark.tesseract
def test_nothing_of_a_line_is_ever_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    tmp_path.chmod(0o500)
    commands: list[list[str]] = []
    real = subprocess.run

    def spy(command: list[str], **options: Any) -> Any:
        commands.append(command)
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", spy)
    assert TesseractReader().read_lines([_line("15/01/1999")])[0].text.reveal() == "15/01/1999"
    assert [command[1:3] for command in commands] == [["stdin", "stdout"]]


@pytest.mark.tesseract
@pytest.mark.parametrize("failure", [subprocess.TimeoutExpired("tesseract", 1), OSError("gone")])
def test_a_tesseract_that_fails_reads_nothing_and_costs_nothing_else(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(subprocess, "run", fail)
    assert [reading.text for reading in TesseractReader().read_lines([_line("2022")])] == [Secret("")]


def test_upside_down_lines_are_told_from_upright_ones() -> None:
    line = _line("Số định danh cá nhân: 001099000001")
    upright, turned = RapidOcrReader().upside_down([line, np.ascontiguousarray(line[::-1, ::-1])])
    assert upright < 0.2
    assert turned > 0.8


@pytest.mark.parametrize("detector", LINE_DETECTORS)
def test_detector_places_the_lines(detector: LineDetector) -> None:
    page = np.full((400, 640, 3), 235, np.uint8)
    boxes = []
    for row, text in enumerate(["001099000001", "NGUYEN VAN MAU", "Ngay sinh 15/01/1999"]):
        line = _line(text)
        y = 40 + row * 110
        page[y : y + line.shape[0], 60 : 60 + line.shape[1]] = line
        boxes.append(quad_from_box(60, y, 60 + line.shape[1], y + line.shape[0]))
    found = detector.detect(page, 640)
    assert len(found) == 3
    for box, seen in zip(boxes, found, strict=True):
        assert geometry.iou(box, seen.quad) > 0.6


@pytest.mark.parametrize("detector", LINE_DETECTORS)
def test_detector_finds_nothing_on_a_bare_ground(detector: LineDetector) -> None:
    ramp = np.linspace(60, 230, 400, dtype=np.uint8)
    for page in (np.full((300, 400, 3), 235, np.uint8), np.repeat(np.tile(ramp, (300, 1))[..., None], 3, axis=2)):
        assert detector.detect(page, 640) == ()


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (300, 4)])
def test_own_detector_takes_pictures_of_odd_shapes(shape: tuple[int, int]) -> None:
    assert TextDetector().detect(np.full((*shape, 3), 90, np.uint8), 640) == ()


def test_own_detector_never_enlarges_and_places_lines_in_pixels_of_the_picture() -> None:
    page = np.full((900, 1400, 3), 235, np.uint8)
    line = cv2.resize(_line("NGUYEN VAN MAU"), None, fx=2, fy=2)
    page[400 : 400 + line.shape[0], 200 : 200 + line.shape[1]] = line
    place = quad_from_box(200, 400, 200 + line.shape[1], 400 + line.shape[0])
    small = cv2.resize(page, (700, 450), interpolation=cv2.INTER_AREA)
    for picture, side, scale in ((page, 700, 1.0), (small, 4000, 0.5)):
        (box,) = TextDetector().detect(picture, side)
        assert geometry.iou(geometry.scaled(place, scale), box.quad) > 0.6


def test_detector_never_enlarges() -> None:
    page = np.full((120, 400, 3), 255, np.uint8)
    line = _line("NGUYEN VAN MAU")
    page[40 : 40 + line.shape[0], 20 : 20 + line.shape[1]] = line
    boxes = RapidOcrReader().detect(page, 960)
    assert boxes
    assert boxes == RapidOcrReader().detect(page, 400)
    assert boxes != RapidOcrReader().detect(page, 200)


def test_models_come_from_the_installed_wheel() -> None:
    from idscan.engines.rapidocr import model_path

    for part in ("det", "rec", "cls"):
        assert Path(model_path(part)).is_file()

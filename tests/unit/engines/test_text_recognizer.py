from __future__ import annotations

import json
import shutil
import sys
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.cards.text.grammars import DateGrammar
from idscan.cards.text.syllables import all_spellings
from idscan.core.errors import EngineMissingError
from idscan.engines import onnx, text_recognizer
from idscan.engines.ctc import Lexicon
from idscan.engines.text_recognizer import HEIGHT, TextRecognizer, batches, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MODELS = Path(text_recognizer.__file__).parent / "models"


@pytest.fixture
def _forgetful() -> Iterator[None]:
    """Let the model be loaded anew, and again afterwards."""
    for cached in (onnx.session, onnx.model_card):
        cached.cache_clear()
    yield
    for cached in (onnx.session, onnx.model_card):
        cached.cache_clear()


def line(text: str, size: int = 34, ink: int = 30) -> NDArray[np.uint8]:
    font = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("RGB", (int(right - left) + 24, int(bottom - top) + 16), (226, 238, 236))
    ImageDraw.Draw(image).text((12 - left, 8 - top), text, font=font, fill=(ink, ink, ink + 5))
    return np.asarray(image)


def said(readings: tuple[object, ...]) -> list[str | None]:
    return [reading and reading.text.reveal() for reading in readings]  # type: ignore[attr-defined]


def test_a_name_is_read_as_syllables_that_can_be_spelt_in_the_case_it_is_printed_in() -> None:
    crops = [line("HUỲNH THẾ VĨNH"), line("Đặng Thị Ngọc Ánh")]
    assert said(TextRecognizer().read_names(crops, Lexicon(all_spellings()))) == ["HUỲNH THẾ VĨNH", "Đặng Thị Ngọc Ánh"]


def test_fillers_of_a_zone_stand_for_the_ends_of_words() -> None:
    crops = [line("NGUYEN<<VAN<MAU<<<<<<<<"), line("VI<<THI<EN<<<<<<<<<<"), line("DO<<DU")]
    lexicon = Lexicon(
        {"NGUYEN": 0.0, "VAN": 0.0, "MAU": 0.0, "DO": 0.0, "THI": 0.0, "VI": 0.0, "DU": 0.0, "EN": -9, "THIEN": 0}
    )
    found = TextRecognizer().read_names(crops, lexicon, is_zone=True)
    assert said(found) == ["NGUYEN VAN MAU", "VI THI EN", "DO DU"]


@pytest.mark.parametrize(
    "words", [{"NGUYỄN", "VĂN", "TRẦN"}, {"TRẦN"}, {"Ý"}], ids=lambda words: "-".join(sorted(words))
)
def test_a_line_with_a_word_that_no_listed_one_resembles_is_no_name(words: set[str]) -> None:
    assert TextRecognizer().read_names([line("NGUYỄN VĂN MẪU")], Lexicon(words)) == (None,)


@pytest.mark.parametrize("text", ["HUỲNH THẾ VĨNH", "Số / No.: 001099000001", "Ngày sinh: 15/01/1999"])
def test_the_quick_copy_reads_clear_print_as_well(text: str) -> None:
    assert said(TextRecognizer(is_quick=True).read_lines([line(text)])) == said(
        TextRecognizer().read_lines([line(text)])
    )


def test_an_empty_line_is_no_name() -> None:
    assert TextRecognizer().read_names([np.full((40, 300, 3), 230, np.uint8)], Lexicon({"TRẦN"})) == (None,)


def test_a_line_is_read_alike_in_any_company() -> None:
    crops = [line(text) for text in ("15/01/1999", "001099000001", "Nơi thường trú / Place of residence:", "Nữ")]
    alone = [TextRecognizer().read_lines([crop])[0] for crop in crops]
    together = TextRecognizer().read_lines([*crops, *crops])
    assert [reading.text for reading in together] == [reading.text for reading in alone] * 2
    for one, other in zip(together, alone * 2, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_no_lines_are_no_readings() -> None:
    assert TextRecognizer().read_lines([]) == ()
    assert TextRecognizer().read_names([], Lexicon({"TRẦN"})) == ()


@pytest.mark.usefixtures("_forgetful")
def test_what_breaks_a_rule_is_read_again_by_it_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    alphabet = ("", *onnx.model_card("lines", "viet-lines")["alphabet"])
    said = "X 0l/12/1999"
    matrix = np.full((2 * len(said), len(alphabet)), 1e-5, np.float32)
    matrix[::2, 0] = 0.99
    for place, letter in enumerate(said):
        matrix[2 * place + 1, alphabet.index(letter)] = 0.8
    matrix[7, alphabet.index("1")] = 0.1
    network = SimpleNamespace(run=lambda *_: [np.log(matrix)[None]])
    runtime = SimpleNamespace(SessionOptions=SimpleNamespace, InferenceSession=lambda *_, **__: network)
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    # Four pixels of its width for each column that the network returns.
    crop = np.full((HEIGHT, 4 * len(matrix), 3), 230, np.uint8)
    (plain,) = TextRecognizer().read_lines([crop])
    (ruled,) = TextRecognizer().read_lines([crop], [DateGrammar()])
    assert (plain.text.reveal(), ruled.text.reveal()) == (said, "X 01/12/1999")
    assert ruled.confidence < plain.confidence
    assert len(ruled.columns) == len(ruled.confidences) == len(said)
    changed = [one != other for one, other in zip(ruled.text.reveal(), said, strict=True)]
    assert [sure < other for sure, other in zip(ruled.confidences, plain.confidences, strict=True)] == changed
    assert ruled.columns == pytest.approx(plain.columns, abs=0.05)


def test_a_rule_that_what_is_seen_speaks_against_changes_nothing() -> None:
    class Never:
        def spans(self, text: str) -> Iterator[tuple[int, int]]:
            yield 0, len(text)

        def following(self, prefix: str) -> str:
            return "XYZ"[len(prefix) :][:1]

        def is_whole(self, text: str) -> bool:
            return text == "XYZ"

    crop = line("001099000001")
    assert TextRecognizer().read_lines([crop], [Never()]) == TextRecognizer().read_lines([crop])


def test_characters_are_placed_where_they_stand() -> None:
    crop = line("1999 01 15")
    columns = TextRecognizer().read_lines([crop])[0].columns
    assert len(columns) == len("1999 01 15")
    assert list(columns) == sorted(columns)
    assert 0 < columns[0] < 0.2
    assert 0.8 < columns[-1] < 1


def test_a_line_is_grey_of_one_height_and_full_contrast() -> None:
    pale = line("NGUYỄN", ink=200)
    made = prepare(pale)
    assert made.shape[0] == HEIGHT
    assert made.shape[1] == pytest.approx(pale.shape[1] * HEIGHT / pale.shape[0], abs=1)
    assert (made.min(), made.max()) == (0, 255)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (300, 4), (40, 9000)])
def test_lines_of_odd_shapes_are_within_bounds(shape: tuple[int, int]) -> None:
    made = prepare(np.full((*shape, 3), 90, np.uint8))
    assert made.shape[0] == HEIGHT
    assert 16 <= made.shape[1] <= 1600


def test_batches_hold_lines_of_one_width_and_every_line_once() -> None:
    widths = [100, 90, 400, 97, *[130] * 20]
    made = list(batches(widths))
    assert sorted(position for _, positions in made for position in positions) == list(range(len(widths)))
    for padded, positions in made:
        assert len(positions) <= 8
        assert all(padded - 48 < widths[position] <= padded for position in positions)


@pytest.mark.usefixtures("_forgetful")
def test_a_model_that_is_not_the_one_shipped_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(MODELS, tmp_path / "models")
    with (tmp_path / "models" / "lines.onnx").open("ab") as model:
        model.write(b"x")
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(EngineMissingError, match="reinstall"):
        TextRecognizer().read_lines([line("2022")])


@pytest.mark.usefixtures("_forgetful")
def test_a_model_that_is_missing_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(EngineMissingError, match="reinstall"):
        text_recognizer.version()


def test_the_model_is_small_and_says_what_made_it() -> None:
    card = json.loads((MODELS / "lines.json").read_text("utf-8"))
    quick = json.loads((MODELS / "lines_quick.json").read_text("utf-8"))
    assert (quick["alphabet"], quick["lines_seen"]) == (card["alphabet"], card["lines_seen"])
    assert (MODELS / "lines_quick.onnx").stat().st_size < 2_500_000
    assert (MODELS / "lines.onnx").stat().st_size < 4_000_000
    assert text_recognizer.version() == card["sha256"][:8]
    assert card["lines_seen"] > 100_000
    assert len(set(card["alphabet"])) == len(card["alphabet"])

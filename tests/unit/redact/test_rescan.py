"""Reading a written file again: what counts as a leak, in its pixels and beside them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from idscan.core.enums import Effort, Field, Source
from idscan.core.geometry import bounds, quad_from_box, scaled
from idscan.core.settings import Settings
from idscan.core.types import (
    FileInfo,
    Frame,
    ImageRef,
    ImageResult,
    LineReading,
    Problem,
    Secret,
    SymbolReading,
    Unreadable,
)
from idscan.engines.registry import READS_PAGES
from idscan.images.embedded import embedded_parts
from idscan.pipeline.reread import CardRereading
from idscan.redact import rescan as module
from idscan.redact.rescan import exposures, rescan, restored_codes
from idscan.redact.watchlist import Watchlist
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import NUMBER, PAYLOAD, fact, symbol
from tests.fakes.laid_out import OUTLINE, at, laid_out, seen, shown, whole_front
from tests.synth.planted import encoded, planted_exif, scenery

if TYPE_CHECKING:
    from pathlib import Path

    from idscan.core.enums import CardKind, Side
    from idscan.core.geometry import Quad
    from idscan.core.types import Leak
    from tests.fakes.engines import FakeEngines

SETTINGS = Settings(effort=Effort.THOROUGH, keep_texts=True)
NOTHING = Watchlist(PiiMatcher())
PLACE = quad_from_box(10, 10, 60, 30)
BLANK = shown()
SILENT = CardRereading((), (), None)


@dataclass
class Reading:
    """Returns set results for the stages of reading, and records their arguments."""

    by_effort: dict[Effort, ImageResult] = field(default_factory=dict)
    codes: tuple[SymbolReading, ...] = ()
    unreadable_pages: frozenset[int] = frozenset()
    scale: float = 1.0
    refs: list[ImageRef] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    known: list[list[Quad]] = field(default_factory=list)
    suspects: list[list[Quad]] = field(default_factory=list)
    page_text: str = ""
    on_cards: CardRereading = SILENT
    cards: list[Quad] = field(default_factory=list)

    def reread_card(self, _rgb: np.ndarray, quad: Quad, _face: tuple[CardKind, Side]) -> CardRereading:
        self.cards.append(quad)
        return self.on_cards

    def read_page(self, rgb: np.ndarray) -> LineReading:
        assert rgb.shape == (70, 90, 3)
        return LineReading(Secret(self.page_text), 0.9, "fake")

    def load(self, ref: ImageRef, settings: Settings) -> Frame | Unreadable:
        assert settings is SETTINGS
        self.refs.append(ref)
        if ref.page in self.unreadable_pages:
            return Unreadable(ref, FileInfo(), Problem("load", "broken", "broken"))
        return Frame(ref, FileInfo("a", "PNG", 90, 70), (np.zeros((70, 90, 3), np.uint8),), self.scale)

    def scan_frame(self, _frame: Frame, settings: Settings) -> ImageResult:
        self.efforts.append(settings.effort)
        return self.by_effort.get(settings.effort, BLANK)

    def recover_codes(
        self, rgb: np.ndarray, known: list[Quad], suspects: list[Quad], *, budget: int
    ) -> tuple[SymbolReading, ...]:
        assert rgb.shape == (70, 90, 3)
        assert budget > 0
        self.known.append(known)
        self.suspects.append(suspects)
        return self.codes


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch, fake_engines: FakeEngines) -> Reading:
    fake = Reading()
    for step in ("load", "scan_frame", "recover_codes", "reread_card"):
        monkeypatch.setattr(module, step, getattr(fake, step))
    fake_engines(READS_PAGES, fake)
    return fake


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return written(tmp_path, encoded(scenery(), "PNG"))


def written(folder: Path, content: bytes) -> Path:
    path = folder / "0f3a"
    path.write_bytes(content)
    return path


def leaks_of(path: Path, painted: list[list[Quad]] | None = None, watchlist: Watchlist = NOTHING) -> list[list[Leak]]:
    return rescan(str(path), painted or [[]], watchlist, SETTINGS)


def kinds(leaks: list[list[Leak]]) -> list[list[str]]:
    return [[leak.kind for leak in page] for page in leaks]


def test_a_file_without_personal_data_has_no_leaks(reading: Reading, clean: Path) -> None:
    assert leaks_of(clean) == [[]]
    assert reading.efforts == [Effort.NORMAL, Effort.THOROUGH]


def test_every_page_is_read_with_what_is_painted_on_it(reading: Reading, clean: Path) -> None:
    reading.unreadable_pages = frozenset({1})
    painted = [[PLACE], [], [PLACE, PLACE]]
    assert kinds(leaks_of(clean, painted)) == [[], ["unreadable"], []]
    assert reading.refs == [ImageRef(str(clean), page=page, pages=3) for page in range(3)]
    assert reading.known == [[PLACE], [PLACE, PLACE]]


def test_a_finding_is_a_leak(reading: Reading, clean: Path) -> None:
    reading.by_effort[Effort.THOROUGH] = shown(findings=(at(Field.NAME, PLACE), at(Field.SEX, PLACE)))
    ((leak,),) = leaks_of(clean)
    assert (leak.kind, leak.field, leak.quad) == ("readable", Field.NAME, PLACE)


def test_a_watched_text_is_a_leak_where_it_stands(reading: Reading, clean: Path) -> None:
    texts = [seen(f"x {NUMBER}", PLACE), seen("Receipt", PLACE)]
    reading.by_effort[Effort.THOROUGH] = shown(texts=texts)
    assert kinds(leaks_of(clean)) == [[]]
    ((leak,),) = leaks_of(clean, watchlist=Watchlist(PiiMatcher(frozenset({NUMBER}))))
    assert (leak.kind, leak.quad) == ("watched_text", PLACE)
    assert NUMBER not in leak.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [(f"so {NUMBER} cap", ["watched_text"]), ("nothing of note", []), (None, [])],
    ids=["a value", "no value", "no reader"],
)
def test_the_whole_image_is_read_by_the_engine_for_pages_as_well(
    reading: Reading, clean: Path, fake_engines: FakeEngines, text: str | None, expected: list[str]
) -> None:
    reading.page_text = text or ""
    if text is None:
        fake_engines(READS_PAGES)
    leaks = leaks_of(clean, watchlist=Watchlist(PiiMatcher(frozenset({NUMBER}))))
    assert kinds(leaks) == [expected]
    assert NUMBER not in str(leaks)


def test_a_code_that_can_still_be_seen_is_a_leak(reading: Reading, clean: Path) -> None:
    problems = (Problem("read", "undecoded_symbol", "seen", PLACE), Problem("load", "odd", "something else"))
    reading.by_effort[Effort.THOROUGH] = shown(problems=problems)
    ((leak,),) = leaks_of(clean)
    assert (leak.kind, leak.quad) == ("covered_code", PLACE)


def test_a_code_of_a_card_that_comes_back_is_a_leak_in_pixels_of_the_picture(reading: Reading, clean: Path) -> None:
    reading.scale = 0.5
    reading.codes = (
        symbol(PAYLOAD, PLACE),
        symbol("https://example.org", PLACE),
    )
    ((leak,),) = leaks_of(clean, [[PLACE]])
    assert (leak.kind, leak.field, leak.quad) == ("deblurred_code", None, scaled(PLACE, 2))
    assert reading.known == [[scaled(PLACE, 0.5)]]


def test_suspects_are_handed_on_in_pixels_of_the_frame(reading: Reading) -> None:
    reading.scale = 0.5
    frame: Any = reading.load(ImageRef("a"), SETTINGS)
    assert list(restored_codes(frame, [], [PLACE], 7)) == []
    assert reading.suspects == [[scaled(PLACE, 0.5)]]


def test_only_exposed_fields_are_leaks() -> None:
    leaks = list(exposures(shown(whole_front(), findings=(at(Field.MRZ, PLACE, None, seen_by=(Source.MRZ,)),))))
    assert [leak.field for leak in leaks] == [Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.QR, Field.MRZ]
    assert list(exposures(shown(findings=(at(Field.SEX, PLACE),)))) == []


# Beside the pixels.


def png_with(text: str) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", text)
    return encoded(scenery(), "PNG", pnginfo=info)


@pytest.mark.usefixtures("reading")
@pytest.mark.parametrize(
    ("text", "is_leak"),
    [(NUMBER, True), ("holder 001 099 000 001", True), ("Nguyễn Văn Mẫu", True), ("made by a camera", False)],
)
def test_metadata_with_a_watched_value_is_a_leak(tmp_path: Path, text: str, *, is_leak: bool) -> None:
    watch = Watchlist(PiiMatcher(frozenset({NUMBER}), names=frozenset({"nguyenvanmau"})))
    path = written(tmp_path, png_with(text))
    assert kinds(leaks_of(path, watchlist=watch)) == [["metadata"] if is_leak else []]


@pytest.mark.usefixtures("reading")
def test_a_number_anywhere_in_the_bytes_is_a_leak(tmp_path: Path) -> None:
    page = scenery()
    digits = np.frombuffer((NUMBER * 3).encode(), np.uint8).reshape(1, -1, 3)
    page.paste(Image.fromarray(digits[:, :, ::-1].copy()), (8, 8))
    path = written(tmp_path, encoded(page, "BMP"))
    assert embedded_parts(str(path), SETTINGS).texts == (), "no reader of metadata finds it"
    assert kinds(leaks_of(path, watchlist=Watchlist(PiiMatcher(frozenset({NUMBER}))))) == [["metadata"]]


@pytest.mark.usefixtures("reading")
def test_bytes_behind_the_end_are_a_leak(tmp_path: Path) -> None:
    assert kinds(leaks_of(written(tmp_path, encoded(scenery(), "PNG") + b"\1\2\3\4"))) == [["metadata"]]


@pytest.mark.usefixtures("reading")
def test_a_further_picture_in_the_file_is_a_leak_of_its_first_page(tmp_path: Path) -> None:
    large = io.BytesIO()
    first = Image.new("RGB", (200, 160), "white")
    first.save(large, "JPEG", exif=planted_exif(), comment=encoded(scenery(), "JPEG"))
    path = written(tmp_path, large.getvalue() + encoded(scenery(), "JPEG"))
    leaks = kinds(leaks_of(path, [[], []]))
    assert "embedded_picture" in leaks[0]
    assert leaks[1] == []


# Pages that were read without doubts before redaction.


def known_leaks(path: Path, watchlist: Watchlist = NOTHING, *, has_doubts: bool = False) -> list[Leak]:
    before = replace(shown(whole_front()), has_doubts=has_doubts)
    (found,) = rescan(str(path), [[PLACE]], watchlist, SETTINGS, [before])
    return found


def test_of_a_known_page_the_cards_are_read_with_every_reader_and_the_rest_as_before(
    reading: Reading, clean: Path
) -> None:
    assert known_leaks(clean) == []
    assert reading.cards == [shown(whole_front()).cards[0].quad]
    assert (reading.efforts, reading.suspects) == ([Effort.NORMAL], [])


def test_a_page_that_left_doubts_is_read_thoroughly(reading: Reading, clean: Path) -> None:
    known_leaks(clean, has_doubts=True)
    assert reading.cards == []
    assert Effort.THOROUGH in reading.efforts


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        (CardRereading((), (fact(Field.NUMBER),), None), ["readable"]),
        (CardRereading((), (fact(Field.DATE_OF_ISSUE),), None), []),
        (CardRereading((seen(f"Số {NUMBER}", PLACE),), (), None), ["watched_text"]),
        (CardRereading((), (), f"1 {NUMBER}"), ["watched_text"]),
        (CardRereading((), (), "CĂN CƯỚC"), []),
    ],
)
def test_a_value_that_any_reader_reads_on_a_card_is_a_leak(
    reading: Reading, clean: Path, answer: CardRereading, kinds: list[str]
) -> None:
    reading.on_cards = answer
    found = known_leaks(clean, Watchlist(PiiMatcher(frozenset({NUMBER}))))
    assert [leak.kind for leak in found] == kinds


def test_a_title_that_is_left_of_a_painted_card_makes_no_other_card(reading: Reading, clean: Path) -> None:
    left, top, right, _ = bounds(OUTLINE)
    above = quad_from_box(left, top - 400, right, top + 80)
    rest, other = (
        replace(laid_out(at(Field.NUMBER, above, value, seen_by=()), outline=above), is_outline_seen=False)
        for value in (None, NUMBER)
    )
    for card, expected in ((rest, []), (replace(rest, is_outline_seen=True), ["readable"]), (other, ["readable"])):
        reading.by_effort = {effort: shown(card) for effort in Effort}
        found = known_leaks(clean)
        assert [leak.kind for leak in found] == expected


def test_a_field_that_was_read_on_one_card_alone_is_not_taken_for_hidden_on_its_neighbour(
    reading: Reading, clean: Path
) -> None:
    left, top, right, bottom = bounds(OUTLINE)
    neighbour = quad_from_box(right - 20, top, 2 * right - left - 20, bottom)
    before = shown(laid_out(at(Field.NUMBER, OUTLINE)), laid_out(at(Field.NUMBER, neighbour, None), outline=neighbour))
    again = [laid_out(at(Field.NUMBER, quad, None, seen_by=()), outline=quad) for quad in (OUTLINE, neighbour)]
    for cards, expected in ((again[:1], []), (again[1:], ["readable"]), (again, ["readable"])):
        reading.by_effort = {effort: shown(*cards) for effort in Effort}
        (found,) = rescan(str(clean), [[PLACE]], NOTHING, SETTINGS, [before])
        assert [leak.kind for leak in found] == expected


@pytest.mark.parametrize("has_doubts", [False, True])
def test_what_stays_unread_on_cards_that_were_painted_has_no_place_of_its_own(
    reading: Reading, clean: Path, *, has_doubts: bool
) -> None:
    left, top, right, bottom = bounds(OUTLINE)
    # Remains of a card locate it badly.
    askew = quad_from_box(left - 200, top - 300, right + 200, bottom - 200)
    elsewhere = quad_from_box(right + 300, top, right + 700, bottom)
    for missing, on_known in ((Field.FATHER_NAME, [("readable", None)]), (Field.NUMBER, [])):
        cards = [laid_out(at(missing, quad, None, seen_by=()), outline=quad) for quad in (askew, elsewhere)]
        reading.by_effort = {effort: shown(*cards) for effort in Effort}
        found = known_leaks(clean, has_doubts=has_doubts)
        assert [(leak.kind, leak.quad) for leak in found] == [*on_known, ("readable", elsewhere)]

"""Whole pictures of made-up cards through the scan."""

from __future__ import annotations

import pickle
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.cards.code_facts import read_symbol
from idscan.core import geometry
from idscan.core.enums import CardKind, Effort, Field, Side, Source
from idscan.core.settings import Settings
from idscan.core.types import FileInfo, Frame, ImageRef, ImageResult, Problem, Secret, SeenText
from idscan.pipeline import scan as scan_module
from idscan.pipeline.card import CardReading, read_proposal
from idscan.pipeline.page import PageReading
from idscan.pipeline.proposals import CardProposal
from idscan.pipeline.scan import scan_image
from idscan.vision.perceptual_hash import HASH_BITS
from tests.factories import fact, symbol
from tests.fakes.pages import page_of
from tests.synth.cards import CMND_BACK, Face, draw_card
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules
from tests.synth.scenes import make_scene
from tests.unit.cards.specimens import CHIP_PAYLOAD

if TYPE_CHECKING:
    from pathlib import Path

    from idscan.core.geometry import Quad
    from tests.synth.cards import DrawnCard

CHIP_FRONT, CHIP_BACK = Face("cccd_chip", "front"), Face("cccd_chip", "back")
CC_FRONT, CC_BACK, CMND = Face("can_cuoc", "front"), Face("can_cuoc", "back"), Face("cmnd_9", "front")


def on_table(card: DrawnCard, width: int = 760, ground: tuple[int, int, int] = (96, 88, 80)) -> Image.Image:
    """Return a card lying straight on a dark table."""
    small = card.image.resize((width, round(width * card.image.height / card.image.width)), Image.Resampling.LANCZOS)
    picture = Image.new("RGB", (width + 240, small.height + 200), ground)
    picture.paste(small, (120, 100), small)
    return picture


def scan(picture: Image.Image, folder: Path, effort: Effort = Effort.NORMAL) -> ImageResult:
    path = folder / "picture.png"
    picture.save(path)
    return scan_image(ImageRef(str(path)), Settings(effort=effort))


def value(result: ImageResult, field: Field) -> str | None:
    values = [finding.value.reveal() for finding in result.all_findings if finding.field is field and finding.value]
    return values[0] if values else None


@pytest.mark.parametrize("face", [CHIP_FRONT, CHIP_BACK, CC_FRONT, CC_BACK, CMND], ids=str)
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_card_is_read_in_all_four_turns(face: Face, turns: int, tmp_path: Path) -> None:
    card = draw_card(face, 11 + turns)
    result = scan(on_table(card).rotate(-90 * turns, expand=True), tmp_path)
    (found,) = result.cards
    assert (found.kind, found.side) == (face.kind, face.side)
    assert value(result, Field.NUMBER) == card.truth.fields["number"].value
    assert value(result, Field.DATE_OF_BIRTH) == card.truth.fields["date_of_birth"].value
    top, left = (found.quad[0], found.quad[3])
    direction = geometry.angle(found.quad)
    assert abs((direction - 90 * turns + 180) % 360 - 180) < 5, (top, left)


@pytest.mark.parametrize("seed", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_the_back_of_a_paper_card_gives_its_day_of_issue_and_no_birth_date(seed: int, tmp_path: Path) -> None:
    card = draw_card(CMND_BACK, seed)
    result = scan(on_table(card), tmp_path)
    assert [(found.kind, found.side) for found in result.cards] == [(CardKind.CMND_9, Side.BACK)]
    assert value(result, Field.DATE_OF_ISSUE) == card.truth.fields["date_of_issue"].value
    assert {finding.field for finding in result.all_findings if finding.value} == {
        Field.DATE_OF_ISSUE,
        Field.PERSONAL_IDENTIFICATION,
    }


@pytest.mark.parametrize("effort", list(Effort))
def test_every_effort_finds_number_name_and_birth_date(effort: Effort, tmp_path: Path) -> None:
    card = draw_card(CHIP_FRONT, 5)
    result = scan(on_table(card), tmp_path, effort)
    assert value(result, Field.NUMBER) == card.truth.fields["number"].value
    assert value(result, Field.DATE_OF_BIRTH) == card.truth.fields["date_of_birth"].value
    assert (value(result, Field.NAME) or "").upper() == card.truth.fields["name"].value


def test_code_and_print_that_agree_are_one_verified_finding_with_both_places(tmp_path: Path) -> None:
    card = draw_card(CHIP_FRONT, 6)
    result = scan(on_table(card), tmp_path)
    (number,) = [finding for finding in result.all_findings if finding.field is Field.NUMBER]
    assert number.verified
    assert set(number.seen_by) == {Source.QR, Source.PRINT}
    assert {place.by for place in number.places} == {Source.QR, Source.PRINT}


def test_code_and_print_that_disagree_are_reported(tmp_path: Path) -> None:
    card = draw_card(CHIP_FRONT, 6)
    other = "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Hà Nội|20062022".encode()
    symbol = draw_symbol(symbol_modules(other, SymbolStyle("M", is_mixed=False, has_eci=False)), 270, 2)
    left, top, *_ = geometry.bounds(card.truth.fields["qr"].quad)
    forged = card.image.copy()
    forged.paste(Image.fromarray(symbol).convert("RGBA"), (round(left) - 12, round(top) - 12))
    picture = Image.new("RGB", (1000, 690), (96, 88, 80))
    small = forged.resize((860, round(860 * forged.height / forged.width)), Image.Resampling.LANCZOS)
    picture.paste(small, (70, 70), small)
    result = scan(picture, tmp_path)
    (number,) = [finding for finding in result.all_findings if finding.field is Field.NUMBER]
    assert number.value
    assert number.value.reveal() == "001099000001"
    printed = card.truth.fields["number"].value
    assert printed in {conflict.value.reveal() for conflict in number.conflicts}


def test_a_card_whose_symbol_cannot_be_decoded_still_counts_it(tmp_path: Path) -> None:
    card = draw_card(CHIP_FRONT, 8)
    left, top, right, bottom = geometry.bounds(card.truth.fields["qr"].quad)
    spoilt = card.image.copy()
    noise = np.kron(np.random.default_rng(1).integers(0, 2, (24, 16)) * 255, np.ones((12, 12))).astype(np.uint8)
    spoilt.paste(
        Image.fromarray(noise).convert("RGBA").resize((round((right - left) * 0.6), round(bottom - top))),
        (round(left), round(top)),
    )
    card.image.paste(spoilt)
    result = scan(on_table(card), tmp_path)
    (symbol,) = [finding for finding in result.all_findings if finding.field is Field.QR]
    assert symbol.value is None
    assert symbol.quad is not None
    assert value(result, Field.NUMBER) == card.truth.fields["number"].value


def test_a_symbol_that_no_card_carries_is_a_problem_and_no_finding(tmp_path: Path) -> None:
    payload = b"https://example.org/a-long-address-that-nobody-needs/0123456789"
    symbol = draw_symbol(symbol_modules(payload, SymbolStyle("L", is_mixed=False, has_eci=False)), 300, 4)
    symbol[120:260, 150:270] = np.kron(np.random.default_rng(2).integers(0, 2, (14, 12)) * 255, np.ones((10, 10)))
    picture = Image.new("RGB", (700, 500), "white")
    picture.paste(Image.fromarray(symbol), (150, 60))
    result = scan(picture, tmp_path)
    assert result.all_findings == ()
    assert {problem.kind for problem in result.problems} == {"undecoded_symbol"}


def test_two_people_in_one_picture_are_two_cards(tmp_path: Path) -> None:
    first, second = on_table(draw_card(CHIP_FRONT, 21), 560), on_table(draw_card(CC_FRONT, 22), 560)
    picture = Image.new("RGB", (first.width, first.height + second.height))
    picture.paste(first, (0, 0))
    picture.paste(second, (0, first.height))
    result = scan(picture, tmp_path)
    assert sorted(card.kind for card in result.cards) == [CardKind.CAN_CUOC, CardKind.CCCD_CHIP]
    numbers = {f.value.reveal() for f in result.all_findings if f.field is Field.NUMBER and f.value}
    assert numbers == {
        draw_card(face, seed).truth.fields["number"].value for face, seed in ((CHIP_FRONT, 21), (CC_FRONT, 22))
    }


def test_front_and_back_on_one_sheet_are_two_cards(tmp_path: Path) -> None:
    text_page = Image.new("RGB", (900, 1150), "white")
    for face, y in ((CHIP_FRONT, 60), (CHIP_BACK, 600)):
        card = draw_card(face, 31)
        small = card.image.resize((760, 480), Image.Resampling.LANCZOS)
        text_page.paste(small, (70, y), small)
    assert sorted(card.side for card in scan(text_page, tmp_path).cards) == [Side.BACK, Side.FRONT]


def test_a_scan_cut_to_the_card_is_read(tmp_path: Path) -> None:
    card = draw_card(CC_FRONT, 41)
    flat = Image.new("RGB", card.image.size, "white")
    flat.paste(card.image, (0, 0), card.image)
    result = scan(flat.resize((900, 568)), tmp_path)
    assert value(result, Field.NUMBER) == card.truth.fields["number"].value
    assert geometry.iou(result.cards[0].quad, geometry.quad_from_box(0, 0, 900, 568)) > 0.6


def test_a_card_under_full_transparency_is_still_found(tmp_path: Path) -> None:
    picture = on_table(draw_card(CHIP_FRONT, 51), 640).convert("RGBA")
    picture.putalpha(0)
    path = tmp_path / "clear.png"
    picture.save(path)
    assert scan_image(ImageRef(str(path)), Settings()).is_exposed


def test_a_labelled_number_outside_any_card_is_a_finding_of_the_picture(tmp_path: Path) -> None:
    page = Image.new("RGB", (900, 600), "white")
    font = ImageFont.truetype(f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", 34)
    for i, text in enumerate(["Đơn xin xác nhận", "Họ và tên: NGUYỄN VĂN MẪU", "Số CCCD: 001099000001"]):
        ImageDraw.Draw(page).text((60, 60 + 90 * i), text, font=font, fill="black")
    result = scan(page, tmp_path)
    assert result.cards == ()
    assert value(result, Field.NUMBER) == "001099000001"
    assert value(result, Field.NAME) is not None


@pytest.mark.parametrize("name", ["receipt", "order", "payment_qr", "chart", "landscape", "bank_card", "number_list"])
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_harmless_pictures_give_nothing_away(name: str, seed: int, tmp_path: Path) -> None:
    assert scan(make_scene(name, seed).image, tmp_path).all_findings == ()


def test_a_drawn_rectangle_is_no_card(tmp_path: Path) -> None:
    picture = Image.new("RGB", (1000, 700), (70, 70, 70))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((150, 120, 850, 561), 24, fill=(220, 230, 235))
    random = Random(3)
    for i in range(9):
        draw.text((200, 160 + 40 * i), "".join(random.choices("abcdefghij ", k=50)), fill="black")
    result = scan(picture, tmp_path)
    assert result.cards == ()
    assert result.all_findings == ()


def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    result = scan_image(ImageRef(str(path)), Settings())
    assert not result.is_readable
    assert len(result.problems) == 1


def test_a_result_travels_in_a_few_kilobytes(tmp_path: Path) -> None:
    result = scan(on_table(draw_card(CHIP_FRONT, 61)), tmp_path)
    packed = pickle.dumps(result)
    assert len(packed) < 12_000
    assert pickle.loads(packed) == result


def test_what_was_read_does_not_show_in_the_result(tmp_path: Path) -> None:
    card = draw_card(CHIP_FRONT, 62)
    shown = repr(scan(on_table(card), tmp_path))
    for name in ("number", "name", "date_of_birth"):
        assert str(card.truth.fields[name].value) not in shown


# One frame with made-up readings of its layers.

PLACE = geometry.quad_from_box(100, 100, 200, 120)
CARD_PLACE = geometry.quad_from_box(50, 50, 450, 302)


def scan_layers(monkeypatch: pytest.MonkeyPatch, *readings: PageReading, scale: float = 1.0, **settings: Any) -> Any:
    """Return the result for a frame whose layers read so."""
    left = iter(readings)
    monkeypatch.setattr(scan_module, "process_page", lambda _page: next(left))
    ramp = np.repeat(np.linspace(0, 255, 500).astype(np.uint8)[None, :], 360, axis=0)
    layer = np.repeat(ramp[..., None], 3, axis=2)
    frame = Frame(ImageRef("a"), FileInfo("a", "PNG", 1000, 720), (layer,) * len(readings), scale)
    return scan_module.scan_frame(frame, Settings(**settings))


def said(text: str) -> SeenText:
    return SeenText(Secret(text), PLACE, Source.PRINT)


def test_what_was_read_and_the_look_are_kept_only_where_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = PageReading((), (), (), (said("a"),))
    kept = scan_layers(monkeypatch, reading, replace(reading, texts=(said("a"), said("b"))), keep_texts=True)
    assert [text.text.reveal() for text in kept.texts] == ["a", "b"]
    assert kept.perceptual_hash == (1 << HASH_BITS) - 1
    plain = scan_layers(monkeypatch, reading, reading)
    assert (plain.texts, plain.perceptual_hash) == ((), None)


def test_texts_and_problems_are_placed_in_the_full_size_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem("read", "undecoded_symbol", "seen", PLACE)
    result = scan_layers(monkeypatch, PageReading((), (), (problem,), (said("a"),)), scale=0.5, keep_texts=True)
    full = geometry.quad_from_box(200, 200, 400, 240)
    assert [text.quad for text in result.texts] == [full]
    assert [found.quad for found in result.problems] == [full]


def test_a_problem_that_several_layers_have_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(quad: Quad | None, kind: str = "undecoded_symbol") -> Problem:
        return Problem("read", kind, "seen", quad)

    away = geometry.shifted(PLACE, 300, 0)
    first = PageReading((), (), (seen(PLACE), seen(None, "text_not_read")))
    second = PageReading(
        (), (), (seen(geometry.shifted(PLACE, 3, 1)), seen(away), seen(None, "text_not_read"), seen(PLACE, "other"))
    )
    result = scan_layers(monkeypatch, first, second, scale=0.5)
    places = [(found.kind, found.quad and found.quad[0]) for found in result.problems]
    assert places == [
        ("undecoded_symbol", (200.0, 200.0)),
        ("text_not_read", None),
        ("undecoded_symbol", (800.0, 200.0)),
        ("other", (200.0, 200.0)),
    ]


def reading_of(*fields: Field, blanks: frozenset[Field] = frozenset(), **changes: Any) -> PageReading:
    facts = tuple(fact(one, quad=PLACE) for one in fields)
    kind, side = changes.get("face", (CardKind.CCCD_CHIP, Side.FRONT))
    return PageReading((CardReading(kind, side, CARD_PLACE, 0.9, facts, blanks),), (), ())


@pytest.mark.parametrize(
    ("field", "is_on_card", "count"), [("number", True, 0), ("number", False, 1), ("name", True, 1)]
)
def test_what_could_not_be_read_on_a_card_that_tells_it_is_no_finding(
    monkeypatch: pytest.MonkeyPatch,
    field: str,
    is_on_card: bool,
    count: int,
) -> None:
    place = PLACE if is_on_card else geometry.shifted(PLACE, 5000, 0)
    unread = fact(Field(field), None, place, confidence=0.3)
    result = scan_layers(monkeypatch, replace(reading_of(Field.NUMBER), facts=(unread,)))
    assert len(result.findings) == count


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_card_tells_whether_its_edges_were_seen(
    monkeypatch: pytest.MonkeyPatch,
    is_seen: bool,
) -> None:
    reading = reading_of(Field.NUMBER)
    (card,) = (replace(card, is_outline_seen=is_seen) for card in reading.cards)
    (found,) = scan_layers(monkeypatch, replace(reading, cards=(card,))).cards
    assert found.is_outline_seen is is_seen


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_card_that_its_code_tells_in_full_lies_as_surely_as_the_place_it_was_looked_for(
    is_seen: bool,
) -> None:
    code = read_symbol(symbol(CHIP_PAYLOAD, PLACE))
    assert code is not None
    rgb = np.zeros((600, 800, 3), np.uint8)
    proposal = CardProposal(CARD_PLACE, (code,), is_oriented=True, is_exact=is_seen, is_located=not is_seen)
    card = read_proposal(page_of(rgb, Effort.FAST), proposal).card
    assert card is not None
    assert card.is_outline_seen is is_seen


def test_a_code_alone_is_no_card() -> None:
    code = read_symbol(symbol(CHIP_PAYLOAD, PLACE))
    assert code is not None
    rgb = np.zeros((600, 800, 3), np.uint8)
    alone = CardProposal(CARD_PLACE, (code,), is_oriented=True, is_exact=False)
    assert [read_proposal(page_of(rgb, effort), alone).card for effort in Effort] == [None, None, None]


def test_exposing_fields_that_were_not_read_are_findings_where_the_layout_has_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (card,) = scan_layers(monkeypatch, reading_of(Field.NUMBER)).cards
    unread = {finding.field: finding for finding in card.findings if finding.value is None}
    assert set(unread) == {Field.NAME, Field.DATE_OF_BIRTH, Field.QR}
    assert {finding.seen_by for finding in unread.values()} == {()}
    (place,) = unread[Field.QR].places
    assert place.by is Source.QR
    assert geometry.overlap(place.quad, CARD_PLACE) == pytest.approx(1)


def test_a_field_that_is_blank_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    blanks = frozenset({Field.NAME, Field.QR})
    (card,) = scan_layers(monkeypatch, reading_of(Field.NUMBER, blanks=blanks)).cards
    assert [finding.field for finding in card.findings] == [Field.NUMBER, Field.DATE_OF_BIRTH]


def test_a_card_of_which_all_is_blank_exposes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    blanks = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.QR})
    result = scan_layers(monkeypatch, reading_of(Field.SEX, blanks=blanks))
    assert [finding.field for finding in result.cards[0].findings] == [Field.SEX]
    assert not result.is_exposed


@pytest.mark.parametrize("face", [(CardKind.UNKNOWN, Side.FRONT), (CardKind.CMND_9, Side.BACK)])
def test_a_card_of_which_nothing_is_known_is_exposed_all_the_same(
    monkeypatch: pytest.MonkeyPatch, face: tuple[CardKind, Side]
) -> None:
    result = scan_layers(monkeypatch, reading_of(face=face))
    ((finding,),) = (card.findings for card in result.cards)
    assert (finding.field, finding.value, finding.quad) == (Field.NUMBER, None, CARD_PLACE)
    assert result.is_exposed


def test_a_card_of_no_known_kind_that_is_blank_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = reading_of(face=(CardKind.UNKNOWN, Side.FRONT), blanks=frozenset({Field.NUMBER}))
    assert not scan_layers(monkeypatch, blank).is_exposed


def test_one_card_that_several_layers_show_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    result = scan_layers(monkeypatch, reading_of(Field.NUMBER), reading_of(Field.NAME))
    (card,) = result.cards
    assert {finding.field for finding in card.findings if finding.value} == {Field.NUMBER, Field.NAME}


def test_the_readings_of_two_layers_are_one_result(monkeypatch: pytest.MonkeyPatch) -> None:
    born = fact(Field.DATE_OF_BIRTH, "1990", PLACE, confidence=0.8)
    away = geometry.shifted(CARD_PLACE, 0, 400)
    (first,), (second,) = reading_of(Field.NUMBER).cards, reading_of(Field.NUMBER, Field.NAME).cards
    (other,) = reading_of(Field.NUMBER).cards
    other = replace(other, quad=away, facts=tuple(replace(fact, quad=away) for fact in other.facts))
    readings = iter((PageReading((first,), (born,), ()), PageReading((second, other), (born,), ())))
    monkeypatch.setattr(scan_module, "process_page", lambda _page: next(readings))
    layer = np.zeros((900, 500, 3), np.uint8)
    frame = Frame(ImageRef("a"), FileInfo("a", "PNG", 500, 900), (layer, layer), 1.0)
    result = scan_module.scan_frame(frame, Settings())
    fields = [[finding.field for finding in card.findings if finding.value] for card in result.cards]
    assert fields == [[Field.NUMBER, Field.NAME], [Field.NUMBER]]
    assert [finding.field for finding in result.findings] == [Field.DATE_OF_BIRTH]
    (place,) = result.findings[0].places
    assert place.quad == PLACE
    assert len(result.cards[0].findings[0].places) == 1


def test_what_stands_on_a_card_that_one_way_of_reading_found_is_told_there_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = reading_of(Field.NUMBER)
    (fact,) = reading.cards[0].facts
    result = scan_layers(monkeypatch, PageReading((), (fact,), ()), reading)
    assert not result.findings
    assert [finding.field for finding in result.cards[0].findings if finding.value] == [Field.NUMBER]


def test_a_screen_that_shows_a_card_is_not_taken_for_the_card() -> None:
    card = draw_card(CC_BACK, 5)
    small = card.image.resize((700, round(700 * card.image.height / card.image.width)), Image.Resampling.LANCZOS)
    screen = Image.new("RGB", (800, 1300), (120, 20, 30))
    screen.paste(small, (50, 200))
    rgb = np.asarray(screen)
    whole = CardProposal(geometry.turned(geometry.quad_from_box(0, 0, 800, 1300), 1))
    seen = read_proposal(page_of(rgb, Effort.NORMAL), whole).card
    assert seen is None or geometry.width(seen.quad) > geometry.height(seen.quad)


def test_print_whose_colour_differs_from_the_grounds_in_hue_alone_is_read(tmp_path: Path) -> None:
    picture = Image.new("RGB", (900, 420), (44, 142, 44))
    font = ImageFont.truetype(f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", 38)
    lines = ("CĂN CƯỚC CÔNG DÂN", "Số / No.: 001099000001", "Họ và tên: NGUYỄN VĂN MẪU", "Ngày sinh: 15/01/1999")
    for i, line in enumerate(lines):
        ImageDraw.Draw(picture).text((60, 50 + 85 * i), line, (200, 60, 60), font)
    assert value(scan(picture, tmp_path), Field.NUMBER) == "001099000001"

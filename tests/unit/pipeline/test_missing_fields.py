"""Which fields of a card are bare, and which hold something that nobody could read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.cards.documents import field_box
from idscan.core.enums import CardKind, Field, Side
from idscan.core.geometry import Quad, quad_from_box
from idscan.core.types import PrintedLine, Secret
from idscan.pipeline.missing_fields import FittedOutline, find_missing_fields
from idscan.pipeline.text_lines import TextPage
from idscan.vision import perspective
from tests.factories import PAYLOAD, fact
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules

WIDTH, HEIGHT = 1000, 630
FRAME = quad_from_box(0, 0, WIDTH, HEIGHT)
EXACT, GUESSED = FittedOutline(FRAME, is_exact=True), FittedOutline(FRAME, is_exact=False)
FRONT, BACK = (CardKind.CCCD_CHIP, Side.FRONT), (CardKind.CCCD_CHIP, Side.BACK)
EXPOSING = {Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.QR}
FONT = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), 26)
HEADING = ("CĂN CƯỚC CÔNG DÂN", 330, 160)
LABELS = (HEADING, ("Họ và tên / Full name:", 280, 322), ("Quê quán / Place of origin:", 280, 470))


class Drawn:
    """A card's ground, what was printed on it, and the lines that were read."""

    def __init__(self, *texts: tuple[str, int, int]) -> None:
        noise = np.random.default_rng(3).integers(-3, 4, (HEIGHT, WIDTH, 1))
        self.picture = Image.fromarray(np.clip(np.array((206, 224, 214)) + noise, 0, 255).astype(np.uint8))
        self.lines: list[PrintedLine] = []
        for text, x, y in texts:
            self.lines.append(PrintedLine(Secret(text), self.write(text, x, y), 0.9, "test"))

    def write(self, text: str, x: float, y: float) -> Quad:
        draw = ImageDraw.Draw(self.picture)
        draw.text((x, y), text, font=FONT, fill=(40, 30, 30))
        return quad_from_box(*draw.textbbox((x, y), text, font=FONT))

    def fill(self, field: Field, face: tuple[CardKind, Side] = FRONT) -> None:
        """Print strokes all over the place of a field."""
        left, top, right, bottom = field_box(*face, field) or (0, 0, 0, 0)
        draw = ImageDraw.Draw(self.picture)
        for x in range(round(left * WIDTH) + 4, round(right * WIDTH), 16):
            draw.line((x, top * HEIGHT + 4, x + 5, bottom * HEIGHT - 4), fill=(30, 30, 30), width=5)

    def text_page(self) -> TextPage:
        return TextPage(perspective.whole(np.asarray(self.picture)), tuple(self.lines))


def test_a_card_on_which_only_labels_are_left_is_blank() -> None:
    assert find_missing_fields(Drawn(*LABELS).text_page(), EXACT, FRONT, []) == EXPOSING


@pytest.mark.parametrize("field", sorted(EXPOSING - {Field.NAME}))
def test_a_field_in_which_something_stands_is_not_blank(field: Field) -> None:
    card = Drawn(*LABELS)
    card.fill(field)
    assert field not in find_missing_fields(card.text_page(), EXACT, FRONT, [])


def test_the_label_of_a_field_is_no_value_and_a_value_beside_it_is() -> None:
    card = Drawn(*LABELS)
    assert Field.NAME in find_missing_fields(card.text_page(), EXACT, FRONT, [])
    card.write("NGUYEN VAN MAU", 500, 352)
    assert Field.NAME not in find_missing_fields(card.text_page(), EXACT, FRONT, [])


def test_what_was_read_is_not_blank_and_covers_no_other_field() -> None:
    card = Drawn(*LABELS)
    number = card.write("001099000001", 400, 265)
    blank = find_missing_fields(card.text_page(), EXACT, FRONT, [fact(Field.NUMBER, quad=number), fact(Field.NAME)])
    assert blank == {Field.DATE_OF_BIRTH, Field.QR}


def test_a_value_that_reaches_into_another_field_is_accounted_for() -> None:
    card = Drawn(*LABELS)
    number = card.write("001099000001", 400, 354)
    assert Field.NAME not in find_missing_fields(card.text_page(), EXACT, FRONT, [])
    assert Field.NAME in find_missing_fields(card.text_page(), EXACT, FRONT, [fact(Field.NUMBER, quad=number)])


def test_portrait_and_places_are_none_of_its_business() -> None:
    blank = find_missing_fields(Drawn(*LABELS).text_page(), EXACT, FRONT, [])
    assert blank.isdisjoint({Field.PORTRAIT, Field.PLACE_OF_ORIGIN, Field.SEX})


def test_without_any_print_nothing_is_known_of_ink() -> None:
    assert find_missing_fields(Drawn().text_page(), EXACT, FRONT, []) == frozenset()


def test_of_a_face_without_layout_nothing_is_known() -> None:
    assert find_missing_fields(Drawn(*LABELS).text_page(), EXACT, (CardKind.CCCD_CHIP, Side.UNKNOWN), []) == frozenset()


# Outlines that are guessed.


def test_on_a_guessed_outline_only_print_that_nobody_understood_is_a_field() -> None:
    card = Drawn(*LABELS)
    card.fill(Field.NUMBER)
    card.fill(Field.QR)
    assert find_missing_fields(card.text_page(), GUESSED, FRONT, []) == EXPOSING
    left, top, right, bottom = field_box(*FRONT, Field.NUMBER) or (0, 0, 0, 0)
    quad = quad_from_box(left * WIDTH, top * HEIGHT + 8, right * WIDTH, bottom * HEIGHT - 8)
    card.lines.append(PrintedLine(Secret("O0l0?9"), quad, 0.4, "test"))
    assert find_missing_fields(card.text_page(), GUESSED, FRONT, []) == EXPOSING - {Field.NUMBER}


@pytest.mark.parametrize("outline", [EXACT, GUESSED])
def test_where_a_barcode_stands_strokes_tell_of_it(outline: FittedOutline) -> None:
    face = (CardKind.CCCD_BARCODE, Side.BACK)
    card = Drawn(("Đặc điểm nhận dạng:", 350, 170))
    assert find_missing_fields(card.text_page(), outline, face, []) == {Field.BARCODE}
    card.fill(Field.BARCODE, face)
    assert find_missing_fields(card.text_page(), outline, face, []) == frozenset()


# Zones.


def zone_line(y: float, left: float = 60, right: float = 940) -> tuple[Quad, str]:
    return quad_from_box(left, y, right, y + 30), "<" * 30


def test_a_zone_that_nobody_could_read_is_not_blank() -> None:
    card = Drawn(("Ngày, tháng, năm / Date, month, year:", 260, 120))
    card.fill(Field.MRZ, BACK)
    for y in (430, 480, 530):
        quad, text = zone_line(y)
        card.lines.append(PrintedLine(Secret(text), quad, 0.4, "test"))
    assert find_missing_fields(card.text_page(), EXACT, BACK, []) == frozenset()


def test_a_zone_of_which_no_line_runs_across_the_card_is_blank() -> None:
    card = Drawn(("Ngày, tháng, năm / Date, month, year:", 260, 120))
    card.fill(Field.MRZ, BACK)
    quad, text = zone_line(480, right=300)
    card.lines.append(PrintedLine(Secret(text), quad, 0.4, "test"))
    assert find_missing_fields(card.text_page(), EXACT, BACK, []) == {Field.MRZ}


# Cards of no known kind.


def test_a_bare_card_of_no_known_kind_is_blank_as_the_first_kind_it_may_be() -> None:
    bare = Drawn(HEADING).text_page()
    assert find_missing_fields(bare, EXACT, (CardKind.UNKNOWN, Side.FRONT), []) == EXPOSING


def test_a_card_of_no_known_kind_is_blank_only_if_all_of_one_kind_is() -> None:
    card = Drawn(HEADING)
    card.fill(Field.QR)
    # No kind but the chip card has a code there, and all its other places are bare.
    assert find_missing_fields(card.text_page(), EXACT, (CardKind.UNKNOWN, Side.FRONT), []) == EXPOSING - {Field.QR}
    for face in (FRONT, (CardKind.CAN_CUOC, Side.FRONT), (CardKind.CMND_9, Side.FRONT), (CardKind.CMND_12, Side.FRONT)):
        card.fill(Field.NUMBER, face)
    assert find_missing_fields(card.text_page(), EXACT, (CardKind.UNKNOWN, Side.FRONT), []) == frozenset()


def test_a_card_of_no_known_kind_of_which_everything_was_read_is_not_blank() -> None:
    bare = Drawn(HEADING).text_page()
    facts = [fact(field) for field in EXPOSING]
    assert find_missing_fields(bare, EXACT, (CardKind.UNKNOWN, Side.FRONT), facts) == frozenset()


def covered_front(*covers: tuple[float, float, float, float]) -> Drawn:
    """A front whose exposing fields are printed, and then painted over with opaque black at places given in shares."""
    card = Drawn(*LABELS)
    for field in EXPOSING:
        card.fill(field)
    draw = ImageDraw.Draw(card.picture)
    for left, top, right, bottom in covers:
        draw.rectangle((left * WIDTH, top * HEIGHT, right * WIDTH, bottom * HEIGHT), fill=(0, 0, 0))
    return card


def box_of(field: Field) -> tuple[float, float, float, float]:
    left, top, right, bottom = field_box(*FRONT, field) or (0, 0, 0, 0)
    return left - 0.01, top - 0.005, right + 0.01, bottom + 0.005


def test_a_field_under_an_opaque_cover_is_blank() -> None:
    card = covered_front(*(box_of(field) for field in EXPOSING))
    assert find_missing_fields(card.text_page(), EXACT, FRONT, []) == EXPOSING


@pytest.mark.parametrize("field", sorted(EXPOSING))
def test_what_stands_beside_a_cover_is_not_blank(field: Field) -> None:
    left, top, right, bottom = box_of(field)
    card = covered_front((left, top, (left + right) / 2, bottom))
    assert field not in find_missing_fields(card.text_page(), EXACT, FRONT, [])


def test_strokes_that_stick_out_from_under_a_cover_are_not_blank() -> None:
    left, top, right, bottom = box_of(Field.NUMBER)
    card = covered_front((left, top, right, bottom - 0.045))
    assert Field.NUMBER not in find_missing_fields(card.text_page(), EXACT, FRONT, [])


@pytest.mark.parametrize("word", ["ĐÃ CHE", "HIDDEN", "XXXX"])
def test_a_word_on_a_sticker_is_no_value_of_its_field(word: str) -> None:
    card = covered_front(*(box_of(field) for field in EXPOSING - {Field.NAME}))
    left, top, right, bottom = box_of(Field.NAME)
    draw = ImageDraw.Draw(card.picture)
    draw.rectangle((left * WIDTH, top * HEIGHT, right * WIDTH, bottom * HEIGHT), fill=(255, 225, 60))
    card.lines.append(PrintedLine(Secret(word), card.write(word, 500, 345), 0.9, "test"))
    assert find_missing_fields(card.text_page(), EXACT, FRONT, []) == EXPOSING


def test_a_field_under_noise_is_blank_and_one_under_a_code_of_fine_modules_is_not() -> None:
    card = covered_front(*(box_of(field) for field in EXPOSING - {Field.QR}))
    left, top, right, bottom = box_of(Field.QR)
    place = (slice(round(top * HEIGHT), round(bottom * HEIGHT)), slice(round(left * WIDTH), round(right * WIDTH)))
    pixels = np.array(card.picture)
    high, wide = pixels[place].shape[:2]
    pixels[place] = np.random.default_rng(4).integers(0, 256, (high, wide, 3), np.uint8)
    noisy = TextPage(perspective.whole(pixels), tuple(card.lines))
    assert find_missing_fields(noisy, EXACT, FRONT, []) == EXPOSING
    modules = symbol_modules(PAYLOAD.encode(), SymbolStyle("M", is_mixed=False, has_eci=False))
    side = min(high, wide)
    code = cv2.resize(draw_symbol(modules, 4 * len(modules), 2), (side, side), interpolation=cv2.INTER_AREA)
    pixels = np.array(card.picture)
    pixels[place] = (206, 224, 214)
    pixels[place[0].start : place[0].start + side, place[1].start : place[1].start + side] = code[..., None]
    assert Field.QR not in find_missing_fields(TextPage(perspective.whole(pixels), tuple(card.lines)), EXACT, FRONT, [])


def test_labels_of_which_a_cover_leaves_a_rim_are_no_values() -> None:
    left, top, right, bottom = box_of(Field.NAME)
    card = covered_front(*(box_of(field) for field in EXPOSING - {Field.NAME}))
    card.write("Ho va ten / Full name", left * WIDTH + 20, top * HEIGHT - 2)
    draw = ImageDraw.Draw(card.picture)
    draw.rectangle((left * WIDTH, top * HEIGHT + 12, right * WIDTH, bottom * HEIGHT), fill=(0, 0, 0))
    assert Field.NAME in find_missing_fields(card.text_page(), EXACT, FRONT, [])


def test_half_a_number_is_not_blank_wherever_the_outline_has_it() -> None:
    card = covered_front(*(box_of(field) for field in EXPOSING))
    assert Field.NUMBER in find_missing_fields(card.text_page(), GUESSED, FRONT, [])
    card.lines.append(PrintedLine(Secret("0010 99"), card.write("0010 99", 40, 420), 0.9, "test"))
    assert Field.NUMBER not in find_missing_fields(card.text_page(), GUESSED, FRONT, [])


@pytest.mark.parametrize(
    ("end", "rest", "is_blank"), [(400, "", False), (600, "", True), (600, "47VNM<<<<0<<<<", False), (600, "nam", True)]
)
def test_a_zone_is_blank_where_no_piece_of_it_shows_beside_its_cover(end: int, rest: str, *, is_blank: bool) -> None:
    card = Drawn(("Ngày, tháng, năm / Date, month, year:", 260, 120))
    for y in (430, 480, 530):
        card.write("F3503122VNM<<<<<0<<<<" * 2, 60, y)
    left, top, _, bottom = field_box(*BACK, Field.MRZ) or (0, 0, 0, 0)
    cover = ImageDraw.Draw(card.picture)
    cover.rectangle((left * WIDTH, top * HEIGHT, end, bottom * HEIGHT), fill=(0, 0, 0))
    if rest:
        card.lines.append(PrintedLine(Secret(rest), quad_from_box(end + 20, 470, 900, 500), 0.9, "test"))
    assert find_missing_fields(card.text_page(), EXACT, BACK, []) == ({Field.MRZ} if is_blank else frozenset())


def test_where_plain_print_stands_there_is_no_barcode() -> None:
    face = (CardKind.CCCD_BARCODE, Side.BACK)
    card = Drawn(("Đặc điểm nhận dạng:", 350, 300))
    card.fill(Field.BARCODE, face)
    assert find_missing_fields(card.text_page(), EXACT, face, []) == frozenset()
    text = "Nốt ruồi C: 1,5 cm trên sau cánh mũi"
    card.lines.append(PrintedLine(Secret(text), card.write(text, 100, 60), 0.99, "test"))
    assert find_missing_fields(card.text_page(), EXACT, face, []) == {Field.BARCODE}

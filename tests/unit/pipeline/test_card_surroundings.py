"""What lies around a card must not hide it, and what only looks like one must not be taken for one."""

from __future__ import annotations

from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.core import geometry
from idscan.core.enums import CardKind, Effort, Field, Side
from idscan.core.geometry import Quad, quad_from_box
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.pipeline.card import IDENTIFYING, CardAttempt, exposed_fields_read, read_proposal
from idscan.pipeline.proposals import CardProposal
from idscan.pipeline.scan import scan_image
from tests.fakes.pages import page_of
from tests.synth import camera, effects, small
from tests.synth.cards import Face, draw_card
from tests.synth.payload import draw_symbol

FACE = Face("cmnd_9", "front")
SIZE = (1200, 900)
PLACE = quad_from_box(250, 240, 950, 682)
FONT = str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


def printed_page(turn: int) -> np.ndarray:
    """Return a page full of large print, turned by quarters."""
    page = Image.new("RGB", (1200, 1200), (246, 246, 242))
    for row in range(24):
        text = "hợp đồng thuê nhà giữa bên cho thuê và bên đi thuê nhà"
        ImageDraw.Draw(page).text((-30, 50 * row), text, font=ImageFont.truetype(FONT, 34), fill=(20, 20, 24))
    return np.array(np.rot90(np.asarray(page), turn)[: SIZE[1], : SIZE[0]])


def laid(frame: np.ndarray, quad: Quad, face: Face = FACE) -> np.ndarray:
    """Return a frame with a card in it."""
    card = draw_card(face, 2, person=small.holder(), has_watermark=False)
    camera.put(frame, card.image, card.truth, quad)
    return frame


def looked(rgb: np.ndarray, quad: Quad, **known: object) -> CardAttempt:
    proposal = CardProposal(quad, is_exact=False, is_located=True, **known)  # type: ignore[arg-type]
    return read_proposal(page_of(rgb, Effort.NORMAL), proposal)


@pytest.mark.parametrize("turn", [0, 2])
def test_print_around_a_card_does_not_turn_it_on_its_head(turn: int) -> None:
    rgb = laid(printed_page(turn), PLACE)
    around = quad_from_box(180, 190, 1010, 730)
    card = looked(rgb, around).card
    assert card is not None
    assert exposed_fields_read(card).issuperset(IDENTIFYING)
    assert geometry.iou(card.quad, around) > 0.9
    assert card.quad[0] == around[0]


def test_a_card_that_the_locator_has_the_wrong_way_up_is_read_the_other_way() -> None:
    rgb = laid(np.full((SIZE[1], SIZE[0], 3), 120, np.uint8), PLACE)
    card = looked(rgb, geometry.turned(PLACE, 2)).card
    assert card is not None
    assert exposed_fields_read(card).issuperset(IDENTIFYING)
    assert card.quad[0] == pytest.approx(PLACE[0])


def test_where_an_outline_gives_too_little_the_locators_own_place_is_read() -> None:
    rgb = laid(np.full((SIZE[1], SIZE[0], 3), 120, np.uint8), PLACE)
    beside = quad_from_box(600, 240, 950, 461)
    proposal = CardProposal(beside, is_exact=True, is_located=True, located=PLACE)
    card = read_proposal(page_of(rgb, Effort.NORMAL), proposal).card
    assert card is not None
    assert exposed_fields_read(card).issuperset(IDENTIFYING)


def test_noise_and_darkness_are_cleared_where_a_located_card_stays_unread() -> None:
    rng = Random(7)
    rgb = laid(np.full((SIZE[1], SIZE[0], 3), 150, np.uint8), PLACE)
    dark = effects.darken(rgb, rng, 0.02, 14)
    card = looked(dark, PLACE).card
    assert card is not None
    assert Field.NUMBER in exposed_fields_read(card)


def blurred(face: Face) -> np.ndarray:
    frame = laid(np.full((SIZE[1], SIZE[0], 3), 120, np.uint8), PLACE, face)
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), 9), np.uint8)


@pytest.mark.parametrize(
    "face", [FACE, Face("cccd_chip", "front"), Face("cccd_chip", "back"), Face("can_cuoc", "back")], ids=str
)
def test_a_card_that_nobody_can_read_is_found_all_the_same(face: Face) -> None:
    card = looked(blurred(face), PLACE).card
    assert card is not None
    assert (card.kind, card.side) == (CardKind.UNKNOWN, Side(face.side))
    assert not card.facts
    assert all(geometry.contains(card.quad, corner) for corner in PLACE)
    assert geometry.iou(card.quad, PLACE) > 0.6


def other_card(emblem: tuple[int, int, int] | None) -> np.ndarray:
    """Return a blurred card of somewhere else: portrait, rows of print and perhaps a disc of a colour."""
    card = Image.new("RGB", SIZE, (120, 120, 120))
    draw = ImageDraw.Draw(card)
    draw.rounded_rectangle((250, 240, 950, 682), 20, fill=(206, 220, 236))
    draw.rectangle((275, 380, 440, 600), fill=(60, 60, 80))
    for row in range(6):
        draw.text((480, 330 + 52 * row), "Permit 4711 Mills", font=ImageFont.truetype(FONT, 30), fill=(30, 34, 50))
    if emblem is not None:
        draw.ellipse((290, 260, 380, 350), fill=emblem)
        draw.ellipse((345, 260, 435, 350), fill=(245, 170, 30))
    return np.asarray(cv2.GaussianBlur(np.asarray(card), (0, 0), 9), np.uint8)


@pytest.mark.parametrize("emblem", [None, (200, 30, 34), (30, 60, 190)])
def test_a_card_of_somewhere_else_that_nobody_can_read_is_none(emblem: tuple[int, int, int] | None) -> None:
    assert looked(other_card(emblem), PLACE).card is None


def test_a_code_on_a_slip_is_found_without_a_card_around_it(tmp_path: Path) -> None:
    payload = f"{small.NUMBER}|{small.OLD_NUMBER}|{small.NAME}|15011999|Nam|Số 1 Đường Mẫu, Hà Nội|20062022"
    import segno

    matrix = segno.make_qr(payload, error="m").matrix
    modules = np.where(np.array([list(row) for row in matrix], np.uint8) > 0, 0, 255).astype(np.uint8)
    slip = Image.new("RGB", (900, 1300), (236, 236, 232))
    slip.paste(Image.fromarray(draw_symbol(modules, 420, 4)).convert("RGB"), (240, 650))
    draw = ImageDraw.Draw(slip)
    for row, text in enumerate(("KHÁCH SẠN MẪU", f"Họ tên: {small.NAME}", f"Số CCCD: {small.NUMBER}")):
        draw.text((90, 80 + 90 * row), text, font=ImageFont.truetype(FONT, 36), fill=(40, 40, 44))
    slip.save(tmp_path / "slip.png")
    result = scan_image(ImageRef(str(tmp_path / "slip.png")), Settings())
    assert result.cards == ()
    values = {found.field: found.value.reveal() for found in result.findings if found.value is not None}
    assert values[Field.NUMBER] == small.NUMBER
    assert values[Field.DATE_OF_BIRTH] == "1999-01-15"


def test_an_app_that_lists_a_cards_values_is_no_card_that_reaches_out_of_the_picture(tmp_path: Path) -> None:
    screen = Image.new("RGB", (1080, 2000), (255, 255, 255))
    draw = ImageDraw.Draw(screen)
    draw.ellipse((430, 300, 650, 640), fill=(90, 70, 60))
    rows = (
        ("Số định danh cá nhân", small.NUMBER),
        ("Họ, chữ đệm và tên khai sinh", small.NAME.upper()),
        ("Ngày, tháng, năm sinh", "15/01/1999"),
        ("Giới tính", "Nam"),
        ("Nơi thường trú", "Số 1 Đường Mẫu, Hà Nội"),
    )
    for row, (label, value) in enumerate(rows):
        draw.text((90, 790 + 141 * row), label, font=ImageFont.truetype(FONT, 32), fill=(130, 130, 134))
        draw.text((90, 838 + 141 * row), value, font=ImageFont.truetype(FONT, 40), fill=(24, 24, 28))
    screen.save(tmp_path / "screen.png")
    result = scan_image(ImageRef(str(tmp_path / "screen.png")), Settings())
    assert result.cards == ()
    values = {found.field: found.value.reveal() for found in result.findings if found.value is not None}
    assert values[Field.NUMBER] == small.NUMBER
    assert values[Field.DATE_OF_BIRTH] == "1999-01-15"

"""What comes back of pictures, whoever redacted them: from their pixels, from codes, from what they carry besides."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from idscan.core import geometry
from idscan.core.enums import CardKind, Effort, Field, Side, Where
from idscan.core.geometry import quad_from_box
from idscan.core.settings import Settings
from idscan.core.types import FileInfo, ImageRef, ImageResult, Leak, Problem
from idscan.redact import verify
from idscan.redact.verify import attack
from idscan.redact.watchlist import Watchlist
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import NUMBER, PAYLOAD
from tests.fakes.laid_out import at, laid_out, on_card, seen, shown, whole_front
from tests.fakes.thumbnails import painted_over, patterned, with_thumbnail
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules
from tests.synth.planted import encoded, scenery
from tests.unit.cards.specimens import CHIP_OR_CAN_CUOC

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from idscan.core.geometry import Quad
    from idscan.core.types import Card

SETTINGS = Settings(effort=Effort.THOROUGH, keep_texts=True)
NOTHING = Watchlist(PiiMatcher())
PLACE = quad_from_box(10, 10, 60, 30)
MODULE = 4.0


@pytest.fixture
def unrestored(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[Quad], list[Quad], int]]:
    """Let no code come back, and tell what was tried."""
    tried: list[tuple[list[Quad], list[Quad], int]] = []

    def restore(_frame: object, known: list[Quad], suspects: list[Quad], guesses: int) -> list[Leak]:
        tried.append((known, suspects, guesses))
        return []

    monkeypatch.setattr(verify, "restored_codes", restore)
    return tried


def stored(folder: Path, content: bytes, name: str = "a.jpg", **facts: object) -> ImageResult:
    """Write a file and return the result of a scan that found so much in it."""
    path = folder / name
    path.write_bytes(content)
    return replace(shown(), ref=ImageRef(str(path)), **facts)  # type: ignore[arg-type]


def plain() -> bytes:
    return encoded(scenery(320, 240), "JPEG", quality=85)


def leaks_of(image: ImageResult, watch: Watchlist, settings: Settings) -> tuple[Leak, ...]:
    return attack(image, watch, settings).leaks


def kinds(leaks: tuple[Leak, ...]) -> list[str]:
    return [leak.kind for leak in leaks]


@pytest.mark.usefixtures("unrestored")
def test_nothing_comes_back_of_a_clean_picture(tmp_path: Path) -> None:
    assert leaks_of(stored(tmp_path, plain()), NOTHING, SETTINGS) == ()


@pytest.mark.usefixtures("unrestored")
def test_what_a_scan_reads_comes_back_once(tmp_path: Path) -> None:
    number = at(Field.NUMBER, PLACE, NUMBER)
    image = stored(tmp_path, plain(), findings=(number, number, at(Field.SEX, PLACE)))
    (leak,) = leaks_of(image, NOTHING, SETTINGS)
    assert (leak.kind, leak.field, leak.quad) == ("readable", Field.NUMBER, PLACE)


@pytest.mark.usefixtures("unrestored")
def test_text_that_says_what_another_picture_gives_away_comes_back(tmp_path: Path) -> None:
    watch = Watchlist(PiiMatcher(frozenset({NUMBER})))
    away = quad_from_box(100, 100, 160, 120)
    image = stored(
        tmp_path,
        plain(),
        findings=(at(Field.NUMBER, PLACE, NUMBER), replace(at(Field.NAME, PLACE), quad=None)),
        texts=(seen(f"So {NUMBER}", PLACE), seen(f"x{NUMBER}", away), seen("Receipt", away)),
    )
    leaks = leaks_of(image, watch, SETTINGS)
    assert [(leak.kind, leak.quad) for leak in leaks] == [
        ("readable", PLACE),
        ("readable", None),
        ("watched_text", away),
    ]


def test_a_file_that_is_gone_gives_what_its_scan_gave(tmp_path: Path) -> None:
    image = stored(tmp_path, plain(), findings=(at(Field.NAME, PLACE),))
    (tmp_path / "a.jpg").unlink()
    assert kinds(leaks_of(image, NOTHING, SETTINGS)) == ["readable"]


# Codes that are restored.


def cards_and_suspects() -> list[tuple[Card, bool]]:
    decoded = whole_front()
    no_code = laid_out(*decoded.findings[:3])
    unread_code = laid_out(*decoded.findings[:3], at(Field.QR, PLACE, None))
    back = laid_out(face=(CardKind.CCCD_CHIP, Side.BACK))
    return [(decoded, False), (no_code, True), (unread_code, True), (back, False)]


@pytest.mark.parametrize(("card", "is_suspect"), cards_and_suspects(), ids=["decoded", "none", "unread", "back"])
def test_codes_are_restored_where_a_card_must_have_one(
    tmp_path: Path, unrestored: list[tuple[list[Quad], list[Quad], int]], card: Card, *, is_suspect: bool
) -> None:
    leaks_of(stored(tmp_path, plain(), cards=(card,)), NOTHING, SETTINGS)
    ((known, suspects, guesses),) = unrestored
    assert guesses > 100
    assert len(suspects) == is_suspect
    if is_suspect:
        assert geometry.overlap(on_card((0.785, 0.09, 0.945, 0.32)), suspects[0]) == pytest.approx(1)
    codes = [found.quad for found in card.findings if found.field is Field.QR and found.value is not None]
    assert known == codes


def test_codes_are_restored_where_one_was_seen(
    tmp_path: Path, unrestored: list[tuple[list[Quad], list[Quad], int]]
) -> None:
    problems = (Problem("read", "undecoded_symbol", "seen", PLACE), Problem("load", "odd", "odd"))
    leaks_of(stored(tmp_path, plain(), problems=problems), NOTHING, SETTINGS)
    assert unrestored[0][1] == [PLACE]


@lru_cache(maxsize=1)
def blurred_code() -> tuple[bytes, Quad]:
    """Return a picture of a card's code that somebody blurred by hand, and where the code lies."""
    modules = symbol_modules(PAYLOAD.encode(), SymbolStyle("M", is_mixed=False, has_eci=False))
    side = round(MODULE * len(modules))
    code = draw_symbol(modules, side, 4)
    picture = np.full((code.shape[0] + 160, code.shape[1] + 200), 214, np.uint8)
    picture[80:-80, 100:-100] = code
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7 * MODULE), np.uint8)
    rim = (len(code) - side) / 2
    return encoded(Image.fromarray(picture).convert("RGB"), "PNG"), quad_from_box(
        100 + rim, 80 + rim, 100 + rim + side, 80 + rim + side
    )


def test_a_blurred_code_comes_back(tmp_path: Path) -> None:
    content, place = blurred_code()
    (leak,) = leaks_of(stored(tmp_path, content, "a.png"), NOTHING, SETTINGS)
    assert (leak.kind, leak.field) == ("deblurred_code", None)
    assert leak.quad is not None
    assert geometry.iou(leak.quad, place) > 0.8


@pytest.mark.slow
def test_a_code_that_was_painted_over_does_not(tmp_path: Path) -> None:
    content, place = blurred_code()
    picture = Image.open(io.BytesIO(content))
    left, top, right, bottom = geometry.bounds(place)
    ImageDraw.Draw(picture).rectangle((left - 20, top - 20, right + 20, bottom + 20), fill=(190, 200, 196))
    image = stored(tmp_path, encoded(picture, "PNG"), "a.png", problems=(Problem("read", "x", "seen", place),))
    assert leaks_of(image, NOTHING, SETTINGS) == ()


# Beside the pixels.


def commented(text: str) -> PngInfo:
    info = PngInfo()
    info.add_text("Comment", text)
    return info


def palette_that_says(value: str) -> bytes:
    """Return a picture whose colours, which are no text, have the codes of a value's digits."""
    flat = Image.new("P", (64, 48))
    flat.putpalette([200, 210, 220, *value.encode()])
    return encoded(flat, "PNG")


@pytest.mark.usefixtures("unrestored")
def test_a_thumbnail_of_the_picture_before_it_was_redacted_comes_back(tmp_path: Path) -> None:
    content = with_thumbnail(painted_over((640, 480)), patterned((160, 120)))
    (leak,) = leaks_of(stored(tmp_path, content), NOTHING, SETTINGS)
    assert (leak.kind, leak.field, leak.quad) == ("embedded_picture", None, None)
    assert "thumbnail" in leak.message


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize("size", [(160, 120), (160, 160)], ids=["as it is now", "of another shape"])
def test_a_thumbnail_that_shows_no_more_than_the_picture_is_no_leak(tmp_path: Path, size: tuple[int, int]) -> None:
    picture = painted_over((640, 480))
    thumbnail = picture.resize(size) if size == (160, 120) else patterned(size)
    content = with_thumbnail(picture, thumbnail)
    assert leaks_of(stored(tmp_path, content), NOTHING, SETTINGS) == ()


@pytest.mark.usefixtures("unrestored")
def test_a_hidden_picture_in_which_a_card_was_read_comes_back(tmp_path: Path) -> None:
    content = with_thumbnail(painted_over((640, 480)), patterned((160, 120)))
    card = replace(shown(whole_front()), where=Where.THUMBNAIL)
    leaks = leaks_of(stored(tmp_path, content, embedded=(card,)), NOTHING, SETTINGS)
    assert {leak.kind for leak in leaks} == {"embedded_picture"}
    assert [leak.field for leak in leaks] == [Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.QR]
    assert {leak.quad for leak in leaks} == {None}


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize(
    "text",
    [f"holder {NUMBER}", "001 099 000 001", PAYLOAD, "\n".join(CHIP_OR_CAN_CUOC)],
    ids=["number", "grouped number", "payload", "zone"],
)
def test_metadata_that_gives_somebody_away_comes_back(tmp_path: Path, text: str) -> None:
    info = PngInfo()
    info.add_itxt("Comment", text)
    content = encoded(scenery(), "PNG", pnginfo=info)
    leaks = leaks_of(stored(tmp_path, content, "a.png"), NOTHING, SETTINGS)
    assert kinds(leaks) == ["metadata"] * len(leaks)
    assert leaks
    assert text not in str(leaks)


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize("is_read", [True, False], ids=["as text", "as bytes"])
def test_metadata_that_says_what_another_picture_gives_away_comes_back(tmp_path: Path, *, is_read: bool) -> None:
    value = "Nguyen Van Mau" if is_read else "012345678"
    watch = Watchlist(PiiMatcher(numbers=frozenset({"012345678"}), names=frozenset({"nguyenvanmau"})))
    content = encoded(scenery(), "PNG", pnginfo=commented(value)) if is_read else palette_that_says(value)
    (leak,) = leaks_of(stored(tmp_path, content, "a.png"), watch, SETTINGS)
    assert leak.kind == "metadata"
    assert value not in leak.message


@pytest.mark.usefixtures("unrestored")
def test_metadata_that_gives_nobody_away_may_stay(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Comment", "taken with a made-up camera, 2026:01:02 03:04:05")
    assert leaks_of(stored(tmp_path, encoded(scenery(), "PNG", pnginfo=info), "a.png"), NOTHING, SETTINGS) == ()


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize("name", [f"{NUMBER}.jpg", "scan 001-099-000-001.jpg"])
def test_a_name_that_holds_a_number_comes_back(tmp_path: Path, name: str) -> None:
    (leak,) = leaks_of(stored(tmp_path, plain(), name), NOTHING, SETTINGS)
    assert (leak.kind, leak.field) == ("metadata", Field.NUMBER)
    assert NUMBER not in leak.message


@pytest.mark.usefixtures("unrestored")
def test_what_a_file_carries_besides_is_told_of_its_first_page_only(tmp_path: Path) -> None:
    frames = [scenery(), scenery().rotate(90)]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], description=f"of {NUMBER}")
    image = stored(tmp_path, content, "a.tif", info=FileInfo("a", "TIFF", 90, 70))
    pages = [replace(image, ref=ImageRef(image.ref.path, page=page, pages=2)) for page in (0, 1)]
    assert [kinds(leaks_of(page, NOTHING, SETTINGS)) for page in pages] == [["metadata"], []]


# Behind the end.


def packed(picture: Image.Image) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("before.png", encoded(picture, "PNG"))
    return archive.getvalue()


@pytest.mark.usefixtures("unrestored")
def test_an_archive_behind_the_end_and_the_picture_in_it_come_back(tmp_path: Path) -> None:
    content = encoded(painted_over((640, 480)), "JPEG") + packed(patterned((640, 480)))
    assert kinds(leaks_of(stored(tmp_path, content), NOTHING, SETTINGS)) == ["archive", "embedded_picture"]


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_that_was_written_over_a_longer_file_comes_back(tmp_path: Path, form: str) -> None:
    old, new = encoded(patterned((640, 480)), form), encoded(painted_over((640, 40)), form)
    (leak,) = leaks_of(stored(tmp_path, new + old[len(new) :]), NOTHING, SETTINGS)
    assert leak.kind == "older_picture"
    assert "can be restored" in leak.message


@pytest.mark.usefixtures("unrestored")
def test_padding_behind_the_end_is_no_matter(tmp_path: Path) -> None:
    assert leaks_of(stored(tmp_path, plain() + bytes(4096)), NOTHING, SETTINGS) == ()


# What is seen and not read.


@pytest.mark.usefixtures("unrestored")
def test_what_is_seen_and_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    card = laid_out(at(Field.NAME, PLACE, None), at(Field.DATE_OF_BIRTH, PLACE), at(Field.PORTRAIT, PLACE, None))
    leaks = leaks_of(stored(tmp_path, plain(), cards=(card,)), NOTHING, SETTINGS)
    assert [(leak.kind, leak.field) for leak in leaks] == [
        ("unread", Field.NAME),
        ("readable", Field.DATE_OF_BIRTH),
    ]
    assert leaks[0].message == "print or a code is visible where the name stands, and could not be read"


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize(
    ("text", "kind"),
    [("001099", "partly_covered"), ("00109 9000", "partly_covered"), ("01099", "unread"), ("01/05/1990", "unread")],
)
def test_half_a_number_is_told_from_one_that_cannot_be_read(tmp_path: Path, text: str, kind: str) -> None:
    card = laid_out(at(Field.NUMBER, PLACE, None))
    place = on_card((0.4, 0.4, 0.6, 0.5))
    image = stored(tmp_path, plain(), cards=(card,), texts=(seen(text, place),))
    leak, *others = leaks_of(image, NOTHING, SETTINGS)
    assert (leak.kind, leak.field) == (kind, Field.NUMBER)
    assert leak.quad == (place if kind == "partly_covered" else PLACE)
    assert {other.field for other in others} <= {Field.DATE_OF_BIRTH}


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize(
    ("text", "side", "found", "is_told"),
    [
        ("28/02/1976", Side.FRONT, (), True),
        ("28/02/1976", Side.BACK, (), False),
        ("28/02/1976", Side.FRONT, (Field.DATE_OF_EXPIRY,), False),
        ("Date of expiry: 28/02/2036", Side.FRONT, (), False),
        ("02/1976", Side.FRONT, (), False),
    ],
)
def test_a_date_whose_label_is_covered_comes_back_where_no_date_was_found(
    tmp_path: Path, text: str, side: Side, found: tuple[Field, ...], *, is_told: bool
) -> None:
    others = (at(field, on_card((0.1, 0.85, 0.2, 0.9))) for field in found)
    card = laid_out(*others, face=(CardKind.CCCD_CHIP, side))
    texts = (seen(text, on_card((0.4, 0.6, 0.6, 0.66))),)
    leaks = leaks_of(stored(tmp_path, plain(), cards=(card,), texts=texts), NOTHING, SETTINGS)
    assert [leak.field for leak in leaks if leak.kind == "partly_covered"] == [Field.DATE_OF_BIRTH] * is_told


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize("is_seen", [True, False])
def test_what_is_left_of_a_zone_is_looked_for_around_a_guessed_card(tmp_path: Path, *, is_seen: bool) -> None:
    below = on_card((0.3, 1.2, 0.8, 1.3))
    back = replace(laid_out(face=(CardKind.CCCD_CHIP, Side.BACK)), is_outline_seen=is_seen)
    image = stored(tmp_path, plain(), cards=(back,), texts=(seen("5687981<<4", below),))
    assert kinds(leaks_of(image, NOTHING, SETTINGS)) == ([] if is_seen else ["partly_covered"])


@pytest.mark.usefixtures("unrestored")
def test_digits_off_the_card_are_no_part_of_its_number(tmp_path: Path) -> None:
    texts = (seen("001099", quad_from_box(0, 0, 60, 20)),)
    image = stored(tmp_path, plain(), cards=(laid_out(at(Field.NUMBER, PLACE, None)),), texts=texts)
    assert kinds(leaks_of(image, NOTHING, SETTINGS)) == ["unread"]


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("0010990", True),
        ("99M<<<<<4", True),
        ("12/10/2021", False),
        ("1111111", False),
        ("L<<<<<<", False),
        ("02237F3702235VNM", True),
        ("x742100W299", False),
        ("Ngày, tháng, năm / Date, month, year: 12102021", False),
        ("Mẫu", False),
    ],
)
def test_what_is_left_of_a_zone_comes_back_where_no_field_bears_it(tmp_path: Path, text: str, *, is_told: bool) -> None:
    place = on_card((0.4, 0.7, 0.9, 0.8))
    back = laid_out(face=(CardKind.CCCD_CHIP, Side.BACK))
    leaks = leaks_of(stored(tmp_path, plain(), cards=(back,), texts=(seen(text, place),)), NOTHING, SETTINGS)
    assert kinds(leaks) == (["partly_covered"] if is_told else [])


@pytest.mark.usefixtures("unrestored")
def test_fillers_on_a_front_are_the_edge_of_a_cover(tmp_path: Path) -> None:
    texts = (seen("H<N<<<<<IO<O<<9", on_card((0.4, 0.5, 0.9, 0.6))),)
    image = stored(tmp_path, plain(), cards=(laid_out(),), texts=texts)
    assert leaks_of(image, NOTHING, SETTINGS) == ()


@dataclass
class Readers:
    """Stands for a thorough scan and for every reader on known cards, and remembers what was asked of them."""

    scanned: list[Effort] = field(default_factory=list)
    reread: list[int] = field(default_factory=list)

    def scan_image(self, ref: ImageRef, settings: Settings) -> ImageResult:
        self.scanned.append(settings.effort)
        return replace(shown(findings=(at(Field.NAME, PLACE),)), ref=ref)

    def leaks_on_cards(self, _frame: object, cards: Sequence[Card], _watch: Watchlist) -> list[Leak]:
        self.reread.append(len(cards))
        return [Leak("readable", Field.NUMBER, PLACE, "number can be read")] * bool(cards)


@pytest.mark.usefixtures("unrestored")
@pytest.mark.parametrize(
    ("facts", "leaking", "asked"),
    [
        ({}, set(), ([], [0])),
        ({"findings": (at(Field.SEX, PLACE), at(Field.NUMBER, PLACE)), "has_doubts": True}, {Field.NUMBER}, ([], [])),
        (
            {"findings": (at(Field.NUMBER, PLACE, None),), "has_doubts": True},
            {Field.NAME},
            ([Effort.THOROUGH], []),
        ),
        ({"cards": (laid_out(),)}, {Field.NUMBER}, ([], [1])),
        (
            {"embedded": (replace(shown(), where=Where.THUMBNAIL, has_doubts=True),)},
            {Field.NAME},
            ([Effort.THOROUGH], []),
        ),
    ],
    ids=["nothing there", "readable", "in doubt", "a bare card", "a thumbnail in doubt"],
)
def test_images_in_doubt_are_scanned_thoroughly_and_cards_read_with_every_reader(
    tmp_path: Path,
    facts: dict[str, Any],
    leaking: set[Field],
    asked: tuple[list[Effort], list[int]],
) -> None:
    readers = Readers()
    functions: Any = {"rescan": readers.scan_image, "reread": readers.leaks_on_cards}
    found, leaks = attack(stored(tmp_path, plain(), **facts), NOTHING, SETTINGS, **functions)
    assert {leak.field for leak in leaks} == leaking
    assert (readers.scanned, readers.reread) == asked
    assert [finding.field for finding in found.findings if finding.is_exposed] == (
        [Field.NAME] if readers.scanned else [Field.NUMBER] if "findings" in facts else []
    )

"""Print and codes that come back from under covers of nearly one colour."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.types import FileInfo, Frame, ImageRef
from idscan.redact.verify import faint_print
from tests.factories import PAYLOAD, SHA256
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules

if TYPE_CHECKING:
    from numpy.typing import NDArray

CARD = quad_from_box(40, 40, 760, 500)
FONT = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), 30)
NOWHERE = quad_from_box(900, 600, 950, 640)


def frame_of(picture: NDArray[np.uint8]) -> Frame:
    height, width = picture.shape[:2]
    return Frame(ImageRef("a.png"), FileInfo(SHA256, "PNG", width, height), (picture,), 1.0)


def covered(text: str, ink: int) -> NDArray[np.uint8]:
    """Return a noisy card with a black bar on which a text stands in a shade of so many levels."""
    noisy = np.random.default_rng(1).normal(200, 3, (540, 800, 3)).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(noisy)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((200, 200, 620, 250), fill=(0, 0, 0))
    draw.fontmode = "1"
    draw.text((215, 205), text, font=FONT, fill=(ink, ink, ink))
    return np.asarray(picture)


@pytest.mark.parametrize("text", ["001099000001", "NGUYỄN VĂN MẪU"])
def test_print_comes_back_from_a_bar_of_two_levels(text: str) -> None:
    leaks = list(faint_print(frame_of(covered(text, 2)), [CARD]))
    assert [leak.kind for leak in leaks] == ["faint"]
    assert leaks[0].quad is not None
    assert geometry.overlap(leaks[0].quad, quad_from_box(200, 200, 620, 250)) > 0.8


def test_where_no_card_was_found_the_whole_image_is_looked_at() -> None:
    assert list(faint_print(frame_of(covered("001099000001", 2)), []))
    assert not list(faint_print(frame_of(covered("001099000001", 2)), [NOWHERE]))


@pytest.mark.parametrize(("text", "ink"), [("001099000001", 0), ("001099000001", 200), ("ĐÃ CHE ĐÃ CHE", 2), ("12", 2)])
def test_nothing_comes_back_from_what_is_flat_or_seen_anyway_or_says_nothing(text: str, ink: int) -> None:
    assert not list(faint_print(frame_of(covered(text, ink)), [CARD]))


def test_a_code_comes_back_from_a_box_of_two_levels() -> None:
    modules = symbol_modules(PAYLOAD.encode(), SymbolStyle("M", is_mixed=False, has_eci=False))
    code = draw_symbol(modules, 5 * len(modules), 4)
    picture = covered("", 0).copy()
    high, wide = code.shape
    picture[100 : 100 + high, 300 : 300 + wide] = (code > 128)[..., None] * 2
    assert [leak.kind for leak in faint_print(frame_of(picture), [CARD])] == ["faint"]

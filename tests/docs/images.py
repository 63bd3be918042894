"""Draw the images of the documents from the sample images: `python -m tests.docs.images`."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console

from idscan.core.enums import Style
from idscan.core.settings import Settings
from idscan.core.types import Destination, ImageRef, RedactSettings
from idscan.pipeline.scan import scan_image
from idscan.redact.run import redact
from idscan.report import table
from idscan.report.registry import ReportOptions
from idscan.run.scan import scan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idscan.core.geometry import Quad

ROOT = Path(__file__).parents[2]
OUT = ROOT / ".github" / "images"
_WIDTH = 112
_SHOWN = "chip_front_photo.jpg"
_TILE, _GAP, _CAPTION = (640, 480), 12, 40
_CARD, _FIELD = (0, 140, 255), (230, 40, 60)


def draw_table() -> None:
    """Save what the scan of the sample images prints, as a terminal shows it."""
    with contextlib.chdir(ROOT):
        result = scan(["sample_images"], Settings(), jobs=1)
    console = Console(width=_WIDTH, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    table.print_table(result, console, ReportOptions())
    drawn = console.export_svg(title="idscan scan sample_images", unique_id="idscan")
    # rich asks for a font from the network; the reader's own will do.
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    (OUT / "table.svg").write_text(re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE), "utf-8")


def draw_found_card() -> None:
    """Save a sample image with what was found in it."""
    path = ROOT / "sample_images" / _SHOWN
    result = scan_image(ImageRef(str(path)), Settings())
    with Image.open(path) as stored:
        image = stored.convert("RGB")
    draw = ImageDraw.Draw(image)
    font = _font(22)
    for card in result.cards:
        _outline(draw, card.quad, _CARD, 6)
        draw.text((card.quad[3][0] + 8, card.quad[3][1] + 10), f"{card.kind}, {card.side}", fill=_CARD, font=font)
        for finding in card.findings:
            for place in finding.places[:1]:
                _outline(draw, place.quad, _FIELD, 4)
                if finding.is_exposed and place.by == "print":
                    x, y = place.quad[1]
                    draw.text((x + 8, y), finding.field.replace("_", " "), fill=_FIELD, font=font)
    image.save(OUT / "found_card.jpg", quality=85)


def draw_redactions() -> None:
    """Save a sample image beside its redaction, and its redactions in all styles beside each other."""
    path = ROOT / "sample_images" / _SHOWN
    with tempfile.TemporaryDirectory() as folder:
        tiles = {}
        for style in Style:
            out = Path(folder) / style
            redact([path], Destination(folder=str(out)), RedactSettings(style=style), jobs=1)
            tiles[f"--style {style}"] = _tile(out / _SHOWN)
    before_after = {"before": _tile(path), "after: idscan redact": tiles[f"--style {Style.BLUR}"]}
    _row(before_after).save(OUT / "before_after.jpg", quality=85)
    _row(tiles).save(OUT / "styles.jpg", quality=85)


def _tile(path: Path) -> Image.Image:
    with Image.open(path) as stored:
        return stored.convert("RGB").resize(_TILE)


def _row(tiles: Mapping[str, Image.Image]) -> Image.Image:
    """Return captioned tiles beside each other."""
    width, height = _TILE
    row = Image.new("RGB", (len(tiles) * (width + _GAP) - _GAP, height + _CAPTION), "white")
    draw = ImageDraw.Draw(row)
    for i, (caption, tile) in enumerate(tiles.items()):
        left = i * (width + _GAP)
        draw.text((left + width // 2, _CAPTION // 2), caption, fill="black", font=_font(24), anchor="mm")
        row.paste(tile, (left, _CAPTION))
    return row


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"), size)


def _outline(draw: ImageDraw.ImageDraw, quad: Quad, colour: tuple[int, int, int], width: int) -> None:
    draw.line([*quad, quad[0]], fill=colour, width=width, joint="curve")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    draw_table()
    draw_found_card()
    draw_redactions()

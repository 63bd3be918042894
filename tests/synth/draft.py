"""What all card layouts share: style, labels, placed values, the machine-readable zone, the header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from tests.synth.fonts import Family, pick_family
from tests.synth.ornament import Ground, guilloche
from tests.synth.payload import SymbolStyle, draw_symbol, pick_symbol_style, symbol_modules
from tests.synth.sheet import HEIGHT_MM, PX_PER_MM, WIDTH_MM, Box, Pen, Sheet
from tests.synth.truth import FieldTruth, Quad, box_quad

if TYPE_CHECKING:
    from random import Random

    from tests.synth.people import Person
    from tests.synth.sheet import Colour

RED: Colour = (196, 26, 32)
BLACK: Colour = (24, 22, 26)
DARK: Colour = (52, 46, 62)
VIOLET: Colour = (58, 44, 128)

_PITCH_MM = 2.54
_ZONE_CAP_MM = 2.45
"""Ten characters to the inch, the height of OCR-B size 1 (ICAO Doc 9303 part 3)."""
_ZONE_START_MM = (WIDTH_MM - 30 * _PITCH_MM) / 2
_SOURCES_BEST_FIRST = ("print", "mrz", "qr", "barcode")


@dataclass(frozen=True, slots=True)
class CardStyle:
    """What differs between two cards of one generation.

    Attributes:
        text: family of labels and values.
        zone: family of the machine-readable zone.
        symbol: how the QR payload is encoded.
        separator: between the Vietnamese and the English label.
        is_bilingual: whether English labels are printed.
        tracking_mm: added between letters.
        shade: factor on the ground's brightness.
        has_bold_values: whether values are bold.
        has_watermark: whether the card says that it is a specimen.
    """

    text: Family
    zone: Family
    symbol: SymbolStyle
    separator: str
    is_bilingual: bool
    tracking_mm: float
    shade: float
    has_bold_values: bool
    has_watermark: bool = False

    def label(self, vietnamese: str, english: str) -> str:
        """Return a label as this card words it."""
        return f"{vietnamese}{self.separator}{english}:" if self.is_bilingual and english else f"{vietnamese}:"


def pick_style(rng: Random, role: str, families: tuple[str, ...] | None, *, has_watermark: bool = False) -> CardStyle:
    """Pick the small differences of one card; `role` is the kind of face that its values are set in."""
    return CardStyle(
        text=pick_family(rng, role, families),
        zone=pick_family(rng, "mono", families),
        symbol=pick_symbol_style(rng),
        separator=rng.choice((" / ", " / ", " / ", "/", " /")),
        is_bilingual=rng.random() < 0.93,
        tracking_mm=rng.choice((0.0, 0.0, 0.05, 0.1)),
        shade=rng.uniform(0.94, 1.02),
        has_bold_values=rng.random() < 0.25,
        has_watermark=has_watermark,
    )


class Draft:
    """A card under construction, with the truth about it. Places are fractions of the card's width and height."""

    def __init__(self, person: Person, style: CardStyle, ground: Ground, rng: Random) -> None:
        stops = tuple(_shaded(stop, style.shade) for stop in ground.stops)
        self.sheet = Sheet(guilloche(Ground(stops, ground.line), rng))
        self.person = person
        self.style = style
        self.rng = rng
        self.px_per_module: float | None = None
        self._offset = (rng.uniform(-0.4, 0.4), rng.uniform(-0.25, 0.25))
        self._facts: dict[str, tuple[str | None, str | None, dict[str, list[Quad]]]] = {}

    def at(self, fraction_x: float, fraction_y: float) -> tuple[float, float]:
        """Return a place in millimetres, a little off as in any print run."""
        wobble = self.rng.uniform(-0.08, 0.08)
        return (fraction_x * WIDTH_MM + self._offset[0], fraction_y * HEIGHT_MM + self._offset[1] + wobble)

    def pen(self, cap_mm: float, colour: Colour, *, is_bold: bool = False) -> Pen:
        """Return a pen in the card's own face."""
        return Pen(self.style.text, cap_mm, colour, is_bold, self.style.tracking_mm)

    def value_pen(self, cap_mm: float = 2.2) -> Pen:
        """Return the pen of values."""
        return self.pen(cap_mm, BLACK, is_bold=self.style.has_bold_values)

    def label(self, words: tuple[str, str], at: tuple[float, float], pen: Pen, fit: float = 0.7) -> float:
        """Print a label and return the fraction of the width where it ends."""
        box = self.sheet.write(self.style.label(*words), self.at(*at), pen, fit_mm=fit * WIDTH_MM)
        return box.x1 / PX_PER_MM / WIDTH_MM

    def value(self, fact: tuple[str, str | None, str], at: tuple[float, float], pen: Pen, fit: float = 0.7) -> Box:
        """Print a value, given as field, normalised value and printed form, and note its place."""
        field, value, printed = fact
        box = self.sheet.write(printed, self.at(*at), pen, fit_mm=fit * WIDTH_MM)
        self.note(field, value, box, printed=printed)
        return box

    def note(
        self, field: str, value: str | None, box: Box, *, source: str = "print", printed: str | None = None
    ) -> None:
        """Remember where a fact stands."""
        before = self._facts.get(field, (value, None, {}))
        best = before[0] if source != "print" else value
        places = {key: list(quads) for key, quads in before[2].items()}
        places.setdefault(source, []).append(box_quad(*box))
        lines = [line for line in (before[1], printed) if line]
        self._facts[field] = (best, " ".join(lines) or None, places)

    def draw_qr(self, payload: bytes, at: tuple[float, float], side_mm: float) -> None:
        """Put the QR code of a payload, on white, with its top-left module at a place."""
        modules = symbol_modules(payload, self.style.symbol)
        quiet = self.rng.choice((2, 3, 4))
        side_px = round(side_mm * PX_PER_MM)
        module_px = side_px / len(modules)
        x, y = self.at(*at)
        from_left, from_top = (part - quiet * module_px / PX_PER_MM for part in (x, y))
        picture = Image.fromarray(draw_symbol(modules, side_px, quiet)).convert("RGB")
        whole = self.sheet.paste(picture, (from_left, from_top))
        inset = quiet * module_px
        box = Box(whole.x0 + inset, whole.y0 + inset, whole.x1 - inset, whole.y1 - inset)
        self.px_per_module = module_px
        text = payload.decode()
        number, old_number, name, *_ = text.split("|")
        self.note("qr", text, box, source="qr")
        person = self.person
        facts = {
            "number": number,
            "old_number": old_number,
            "name": name,
            "date_of_birth": person.birth.isoformat(),
            "sex": person.sex,
            "place_of_residence": str(person.residence),
            "date_of_issue": person.issued.isoformat(),
            "father_name": person.father if person.father in text.split("|")[7:] else "",
            "mother_name": person.mother if person.mother in text.split("|")[7:] else "",
        }
        for field, value in facts.items():
            if value:
                self.note(field, value, box, source="qr")

    def draw_zone(self, lines: tuple[str, str, str], top: float, pitch: float) -> None:
        """Print a machine-readable zone with its first base line at `top`, both as fractions of the height."""
        pen = Pen(self.style.zone, _ZONE_CAP_MM, BLACK)
        rows = [self._zone_line(line, top + i * pitch, pen) for i, line in enumerate(lines)]
        person = self.person
        whole = rows[0][0]
        for boxes in rows:
            for box in boxes:
                whole = whole.joined(box)
        self.note("mrz", "\n".join(lines), whole, source="mrz")
        spans = (
            ("number", person.number, 0, 15, 27),
            ("date_of_birth", person.birth.isoformat(), 1, 0, 6),
            ("sex", person.sex, 1, 7, 8),
            ("date_of_expiry", person.expiry_text, 1, 8, 14),
            ("name", " ".join(lines[2].replace("<", " ").split()), 2, 0, len(lines[2].rstrip("<"))),
        )
        for field, value, row, start, end in spans:
            self.note(field, value, rows[row][start].joined(rows[row][end - 1]), source="mrz")

    def _zone_line(self, line: str, y: float, pen: Pen) -> list[Box]:
        _, base = self.at(0, y)
        return [
            self.sheet.write(char, (_ZONE_START_MM + self._offset[0] + (i + 0.5) * _PITCH_MM, base), pen, "m")
            for i, char in enumerate(line)
        ]

    def header(self, middle: float, top: float, colour: Colour, *, english: bool) -> None:
        """Print the name of the state and its motto, centred."""
        lines = [("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 1.75, True), ("Độc lập - Tự do - Hạnh phúc", 1.6, True)]
        if english and self.style.is_bilingual:
            lines += [
                ("SOCIALIST REPUBLIC OF VIET NAM", 1.35, False),
                ("Independence - Freedom - Happiness", 1.35, False),
            ]
        for i, (text, cap_mm, is_bold) in enumerate(lines):
            pen = self.pen(cap_mm, colour, is_bold=is_bold)
            self.sheet.write(text, self.at(middle, top + 0.042 * i), pen, "m", 0.5 * WIDTH_MM)

    def facts(self) -> dict[str, FieldTruth]:
        """Return the truth about every field."""
        truths = {}
        for field, (value, printed, by_source) in self._facts.items():
            places = tuple((source, quad) for source in _SOURCES_BEST_FIRST for quad in by_source.get(source, ()))
            truths[field] = FieldTruth(value, printed, places[0][1], places)
        return truths


def _shaded(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, round(part * factor)) for part in colour)
    return (red, green, blue)


def two_lines(text: str, first_share: float) -> tuple[str, str]:
    """Cut an address at a comma near a share of its length.

    >>> two_lines("Thôn Hạ, Tân Lập, Yên Mỹ, Hưng Yên", 0.4)
    ('Thôn Hạ, Tân Lập,', 'Yên Mỹ, Hưng Yên')
    """
    cuts = [i + 1 for i, char in enumerate(text) if char == ","]
    cut = min(cuts, key=lambda at: abs(at - first_share * len(text)))
    return (text[:cut], text[cut:].strip())

"""Build the values that tests pass in: lines, facts, findings, cards and results, all of made-up people.

The defaults are ordinary values on which no test depends. A module that needs others binds them once with
`functools.partial`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from idscan.core.enums import CardKind, Field, Outcome, Rule, Side, Source, Style
from idscan.core.geometry import Quad, quad_from_box
from idscan.core.settings import Settings
from idscan.core.types import (
    Card,
    Conflict,
    EngineInfo,
    Fact,
    FileInfo,
    Finding,
    ImageRef,
    ImageResult,
    Leak,
    Place,
    PrintedLine,
    Problem,
    Redaction,
    RedactResult,
    RedactSettings,
    Region,
    ScanResult,
    Secret,
    Skipped,
    SymbolReading,
    Verification,
    VerifyResult,
)

NUMBER = "001099000001"
OTHER_NUMBER = "001305000002"
THIRD_NUMBER = "079224000003"
OLD_NUMBER = "012345678"
NAME = "Nguyễn Văn Mẫu"
OTHER_NAME = "Trần Thị Ví Dụ"
BIRTH_DATE = "1999-01-15"
ADDRESS = "Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội"
PAYLOAD = f"{NUMBER}|{OLD_NUMBER}|{NAME}|15011999|Nam|{ADDRESS}|20062022"
PLANTED = (NUMBER, OTHER_NUMBER, OLD_NUMBER, NAME, OTHER_NAME, BIRTH_DATE, ADDRESS, PAYLOAD)
"""Every value that no report may show unasked."""

BOX = quad_from_box(10, 20, 110.123456, 40)
SHA256 = "ab" * 32


def secret(value: str | None) -> Secret | None:
    return None if value is None else Secret(value)


def line(text: str, x: float = 0.0, y: float = 0.0, **changes: Any) -> PrintedLine:
    """Return a line of print whose top-left corner is at (x, y).

    `height` is in pixels; so is `width`, which is `advance` pixels for each character if it is not given.
    """
    width = changes.pop("width", None)
    advance = changes.pop("advance", 14)
    right = x + (advance * len(text) if width is None else width)
    facts = {
        "quad": quad_from_box(x, y, right, y + changes.pop("height", 30)),
        "confidence": 0.95,
        "engine": "test",
        **changes,
    }
    return PrintedLine(Secret(text), **facts)


def lines(*texts: str, x: float = 100.0, y: float = 0.0, pitch: float = 60.0, **changes: Any) -> list[PrintedLine]:
    """Return lines of print that start at the same x, `pitch` pixels apart."""
    return [line(text, x, y + pitch * row, **changes) for row, text in enumerate(texts)]


def fact(field: Field, value: str | None = "x", quad: Quad | None = None, **changes: Any) -> Fact:
    """Return a fact that was read from print."""
    return Fact(field=field, value=secret(value), quad=quad, **{"by": Source.PRINT, "confidence": 0.9, **changes})


def symbol(payload: str | None, quad: Quad, symbology: str = "qr", **changes: Any) -> SymbolReading:
    """Return a code that was found; without a payload it could not be decoded."""
    return SymbolReading(symbology, secret(payload), quad, **{"engine": "fake", **changes})


def finding(field: Field, value: str | None = None, *, by: Source = Source.QR, **changes: Any) -> Finding:
    facts = {
        "quad": BOX,
        "confidence": 0.98,
        "verified": by is Source.QR,
        "seen_by": (by,),
        "places": (Place(BOX, by, 0.98),),
        **changes,
    }
    return Finding(field=field, value=secret(value), **facts)


def chip_front(number: str = NUMBER, name: str = NAME, old_number: str | None = OLD_NUMBER) -> Card:
    findings = [
        finding(Field.NUMBER, number, seen_by=(Source.QR, Source.PRINT)),
        finding(Field.NAME, name, conflicts=(Conflict(Source.PRINT, Secret(name + "x")),)),
        finding(Field.DATE_OF_BIRTH, BIRTH_DATE),
        finding(Field.SEX, "Nam", by=Source.PRINT, confidence=0.7),
        finding(Field.PLACE_OF_RESIDENCE, ADDRESS, by=Source.PRINT, confidence=0.8),
        finding(Field.QR, PAYLOAD, px_per_module=4.25),
        finding(Field.PORTRAIT, None, by=Source.PRINT, confidence=0.9),
    ]
    if old_number:
        findings.insert(1, finding(Field.OLD_NUMBER, old_number))
    return Card(
        kind=CardKind.CCCD_CHIP,
        side=Side.FRONT,
        quad=quad_from_box(0, 0, 856, 540),
        confidence=0.98,
        findings=tuple(findings),
    )


def unread_back() -> Card:
    return Card(
        kind=CardKind.CAN_CUOC,
        side=Side.BACK,
        quad=quad_from_box(0, 0, 856, 540),
        confidence=0.55,
        mirrored=True,
        findings=(finding(Field.MRZ, None, by=Source.MRZ, confidence=0.4, verified=False),),
    )


def image(path: str, *cards: Card, **changes: Any) -> ImageResult:
    ref = changes.pop("ref", None) or ImageRef(path)
    facts = {"info": FileInfo(SHA256, "JPEG", 1600, 1200), "cards": cards, **changes}
    return ImageResult(ref=ref, **facts)


def unreadable_image(path: str) -> ImageResult:
    problem = Problem("load", "truncated", f"{path} ends too early; get the file again")
    return image(path, info=FileInfo(SHA256, "JPEG"), problems=(problem,))


def run_of(*images: ImageResult, skipped: tuple[Skipped, ...] = (), **changes: Any) -> ScanResult:
    facts = {
        "engines": (EngineInfo("zxing-cpp", "3.1.1"), EngineInfo("tesseract", "5.3.0")),
        "settings": Settings(),
        "started_at": datetime(2026, 1, 1, 12, tzinfo=UTC),
        "finished_at": datetime(2026, 1, 1, 12, 0, 5, tzinfo=UTC),
        **changes,
    }
    return ScanResult(images=images, skipped=skipped, **facts)


def typical_run() -> ScanResult:
    """Return a run with something of everything, persons assigned."""
    from idscan.run.scan import assign_persons

    outside = finding(Field.NUMBER, OTHER_NUMBER, by=Source.PRINT, confidence=0.55)
    images = (
        image("photos/empty.jpg"),
        image("photos/glare.jpg", problems=(Problem("read", "undecoded_symbol", "a code was seen but not read"),)),
        image("photos/shop/front.jpg", chip_front()),
        image("photos/shop/pair.png", chip_front(OTHER_NUMBER, OTHER_NAME, None), unread_back()),
        image("photos/shop/screenshot.webp", findings=(outside, finding(Field.NAME, OTHER_NAME, by=Source.PRINT))),
        image("photos/zalo/scan.tiff", chip_front(), ref=ImageRef("photos/zalo/scan.tiff", page=1, pages=3)),
        unreadable_image("photos/zalo/torn.jpg"),
    )
    skipped = (
        Skipped("photos/closed", "cannot list the folder: no permission", is_unreadable=True),
        Skipped("photos/letter.docx", "not a picture"),
        Skipped("photos/notes.txt", "not a picture"),
        Skipped("photos/nothing.jpg", "empty file"),
    )
    return run_of(*assign_persons(images), skipped=skipped)


FRONT_REGIONS = (
    Region(Field.NUMBER, quad_from_box(320, 160, 640, 208), Rule.PRINT),
    Region(Field.NAME, quad_from_box(320, 224, 640, 272), Rule.LAYOUT),
    Region(Field.DATE_OF_BIRTH, quad_from_box(320, 288, 640, 320), Rule.PRINT),
    Region(Field.QR, quad_from_box(656, 16, 848, 192), Rule.SYMBOL),
)
CHECK = Verification(passed=True, rounds=1, engines=("zxing-cpp", "tesseract"))


def redacted(path: str, *pages: tuple[Region, ...], **changes: Any) -> Redaction:
    """Return what became of a file whose card was hidden."""
    facts: dict[str, Any] = {
        "outcome": Outcome.REDACTED,
        "output": "redacted/" + path.partition("/")[2],
        "sha256": "cd" * 32,
        "style": Style.BLUR,
        "regions": pages or (FRONT_REGIONS,),
        "verification": CHECK,
        "notes": ("reencoded",),
        **changes,
    }
    return Redaction(path=path, **facts)


def unpublished(path: str, outcome: Outcome, *problems: Problem, **changes: Any) -> Redaction:
    """Return what became of a file of which nothing was published."""
    facts = {"output": None, "sha256": None, "notes": (), "problems": problems, **changes}
    return redacted(path, outcome=outcome, **facts)


def stripped(path: str, **changes: Any) -> Redaction:
    """Return what became of a file with nothing to hide."""
    nothing = {"style": None, "regions": (), "verification": None, "notes": (), "outcome": Outcome.STRIPPED}
    return Redaction(
        path=path, **{"output": "redacted/" + path.partition("/")[2], "sha256": SHA256, **nothing, **changes}
    )


def redact_run_of(scan: ScanResult, *redactions: Redaction, **settings: Any) -> RedactResult:
    return RedactResult(scan=scan, redactions=redactions, settings=RedactSettings(**settings))


def typical_redact_run() -> RedactResult:
    """Return what `redact` could make of the typical run: something of every outcome but a copy."""
    leak = Problem("verify", "still_leaks", "a name could still be read")
    torn = unreadable_image("photos/zalo/torn.jpg").problems
    whole = (Region(None, quad_from_box(0, 0, 856, 544), Rule.CARD), Region(None, BOX, Rule.WATCHED))
    return redact_run_of(
        typical_run(),
        unpublished("photos/empty.jpg", Outcome.LEFT_OUT, style=None, regions=(), verification=None),
        stripped("photos/glare.jpg"),
        redacted("photos/shop/front.jpg"),
        redacted("photos/shop/pair.png", (*FRONT_REGIONS, *whole), notes=("renamed", "converted_to_srgb")),
        unpublished(
            "photos/shop/screenshot.webp",
            Outcome.LEAKS,
            leak,
            verification=Verification(passed=False, rounds=3, engines=("zxing-cpp",)),
        ),
        redacted(
            "photos/zalo/scan.tiff",
            (),
            FRONT_REGIONS,
            (),
            verification=Verification(passed=True, rounds=2, engines=("zxing-cpp",)),
        ),
        unpublished("photos/zalo/torn.jpg", Outcome.FAILED, *torn, style=None, regions=(), verification=None),
    )


def typical_verify_run() -> VerifyResult:
    """Return what `verify` could find in the typical run."""
    leaks = {
        "photos/shop/front.jpg": (
            Leak("readable", Field.NUMBER, BOX, "a number can be read"),
            Leak("deblurred_code", Field.QR, BOX, "a blurred code was restored"),
        ),
        "photos/shop/screenshot.webp": (Leak("embedded_picture", None, None, "the thumbnail shows a card"),),
    }
    scan = typical_run()
    return VerifyResult(
        scan=scan, leaks=tuple((image.ref, leaks[image.ref.path]) for image in scan.images if image.ref.path in leaks)
    )

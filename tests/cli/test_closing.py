"""The lines behind a report."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idscan.cli.closing import closing_lines, redact_closing_lines, verify_closing_lines
from idscan.cli.streams import Delivery
from idscan.core.enums import EXPOSED_FIELDS, CardKind, Effort, Field, FieldSet, Outcome, Rule, Side
from idscan.core.geometry import quad_from_box
from idscan.core.settings import Settings
from idscan.core.types import Destination, Leak, Problem, Region, VerifyResult
from idscan.report.registry import ReportOptions
from idscan.report.verdicts import LeftReadable, left_readable, left_sentences
from tests.factories import (
    NUMBER,
    PLANTED,
    chip_front,
    finding,
    image,
    redact_run_of,
    redacted,
    run_of,
    stripped,
    unpublished,
    unreadable_image,
)

if TYPE_CHECKING:
    from idscan.core.types import ScanResult

EXPOSED = run_of(image("photos/a.jpg", chip_front()))
SHOWN = Delivery.to(None, None, ReportOptions(), force=False)
JSON = Delivery.to(None, "json", ReportOptions(), force=False)
FILE = Delivery.to("findings.json", None, ReportOptions(), force=False)
CARD = chip_front()
SOME, MORE = frozenset({Field.NUMBER, Field.NAME}), frozenset(Field) - {Field.SEX}
LEAST, MIDDLE = (fields for fields in FieldSet if fields is not FieldSet.CARD)
SETS = {LEAST: SOME, MIDDLE: MORE, FieldSet.CARD: frozenset(Field)}


def thorough(result: ScanResult) -> ScanResult:
    return replace(result, settings=Settings(effort=Effort.THOROUGH))


@pytest.mark.parametrize("delivery", [SHOWN, JSON, FILE])
def test_an_exposing_scan_names_the_command_that_hides_it_last(delivery: Delivery) -> None:
    lines = closing_lines(EXPOSED, ["my photos"], delivery)
    assert lines[-1] == "To hide it: idscan redact -o redacted 'my photos'"


def test_a_harmless_scan_names_nothing_to_hide() -> None:
    assert "redact" not in " ".join(closing_lines(run_of(image("photos/a.jpg")), ["photos"], SHOWN))


def test_a_path_that_gives_a_person_away_is_not_repeated() -> None:
    lines = closing_lines(EXPOSED, [f"photos/{NUMBER}"], SHOWN)
    assert lines[-1] == "To hide it: idscan redact -o redacted PATH..."


def test_a_path_that_the_terminal_cannot_show_is_not_spelled_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert closing_lines(EXPOSED, ["ảnh"], SHOWN)[-1] == "To hide it: idscan redact -o redacted PATH..."
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert closing_lines(EXPOSED, ["ảnh"], SHOWN)[-1] == "To hide it: idscan redact -o redacted 'ảnh'"


def test_files_of_which_a_part_was_not_examined_are_named() -> None:
    video = Problem("read", "trailing_video", "made up")
    images = [image(f"photos/{name}.jpg", problems=(video,)) for name in ("a", "b", "c", NUMBER)]
    text = "\n".join(closing_lines(run_of(*images, image("photos/e.jpg")), ["photos"], SHOWN))
    assert "; see the report for the reasons: photos/a.jpg, photos/b.jpg, photos/c.jpg, ..." in text
    assert "e.jpg" not in text
    assert NUMBER not in "\n".join(closing_lines(run_of(*images[3:]), ["photos"], SHOWN))


@pytest.mark.parametrize(
    ("result", "is_advised"),
    [
        (run_of(image("a.jpg")), False),
        (run_of(image("a.jpg"), settings=Settings(effort=Effort.FAST)), True),
        (run_of(unreadable_image("a.jpg")), False),
        (run_of(unreadable_image("a.jpg"), settings=Settings(effort=Effort.FAST)), False),
        (run_of(), False),
        (run_of(image("a.jpg", problems=(Problem("read", "undecoded_symbol", "made up"),))), True),
        (run_of(image("a.jpg", problems=(Problem("read", "trailing_video", "made up"),))), False),
        (run_of(image("a.jpg", replace(CARD, findings=()))), True),
        (run_of(image("a.jpg", replace(CARD, findings=(finding(Field.NUMBER, None),)))), True),
        (run_of(image("a.jpg", replace(CARD, findings=(finding(Field.NUMBER, NUMBER),)))), False),
        (run_of(image("a.jpg", findings=(finding(Field.NUMBER, NUMBER, confidence=0.3),))), True),
        (run_of(image("a.jpg", CARD)), True),
        (thorough(run_of(image("a.jpg", CARD))), False),
    ],
)
def test_more_effort_is_advised_only_where_it_may_help(result: ScanResult, *, is_advised: bool) -> None:
    assert any("--effort thorough" in line for line in closing_lines(result, ["a"], SHOWN)) is is_advised


@pytest.mark.parametrize("delivery", [JSON, FILE])
def test_who_does_not_see_the_table_is_told_what_failed(delivery: Delivery) -> None:
    torn = [unreadable_image(f"in/{position}{NUMBER}.jpg") for position in range(7)]
    video = image("in/v.jpg", problems=(Problem("read", "trailing_video", "A video that was not examined"),))
    fine, other = image("in/f.jpg", chip_front()), image("in/g.jpg", chip_front())
    scan = run_of(*torn, video, fine, other)
    failed = [unpublished(each.ref.path, Outcome.FAILED, *each.problems) for each in torn]
    leaking = unpublished(other.ref.path, Outcome.LEAKS, Problem("verify", "still_leaks", "made up"))
    redaction = redact_run_of(scan, *failed, stripped("in/v.jpg"), redacted("in/f.jpg"), leaking)
    check = VerifyResult(scan=scan, leaks=((other.ref, (Leak("readable", Field.NAME, None, "made up"),)),))
    told = {
        "scan": closing_lines(scan, ["in"], delivery),
        "redact": redact_closing_lines(redaction, ["in"], Destination(folder="out"), delivery),
        "verify": verify_closing_lines(check, ["in"], delivery),
    }
    for lines in told.values():
        start = next(place for place, line in enumerate(lines) if line.startswith("Could not be re"))
        assert lines[start].endswith(": 7")
        assert lines[start + 1].startswith("  in/***.jpg  ")
        assert lines[start + 6] == "  and 2 more"
        assert [value for value in PLANTED if value in "\n".join(lines)] == []
    unexamined = ["Examined only in part: 1", "  in/v.jpg  A video that was not examined"]
    assert all(line in told[command] for line in unexamined for command in ("scan", "verify"))
    assert "Still leaks, not published: 1" in told["redact"]
    assert {"Something came back: 1", "  in/g.jpg  name: can be read"} <= set(told["verify"])


def test_who_sees_the_table_is_not_told_twice() -> None:
    assert closing_lines(thorough(run_of(unreadable_image("in/a.jpg"))), ["in"], SHOWN)[1:] == []


@pytest.mark.parametrize(
    ("fields", "left", "hints"),
    [
        (LEAST, True, [MIDDLE, FieldSet.CARD]),
        (MIDDLE, True, [FieldSet.CARD]),
        (FieldSet.CARD, False, []),
    ],
)
def test_what_stays_readable_depends_on_the_fields_asked_for(
    fields: FieldSet, hints: list[FieldSet], *, left: bool
) -> None:
    result = redact_run_of(EXPOSED, redacted("photos/a.jpg"), fields=fields)
    found = left_readable(result, SETS)
    assert bool(found.fields) is left
    assert [each for each, _fields in found.hidden_by] == hints
    assert not set(found.fields) & SETS[fields]


def test_a_card_has_the_fields_of_its_layout_though_none_was_read() -> None:
    unread = replace(CARD, findings=(), kind=CardKind.CCCD_CHIP, side=Side.FRONT)
    result = redact_run_of(run_of(image("a.jpg", unread)), stripped("a.jpg"), fields=LEAST)
    assert {Field.PORTRAIT, Field.PLACE_OF_RESIDENCE} <= set(left_readable(result, SETS).fields)


@pytest.mark.parametrize("rule", [Rule.CARD, Rule.NEAR_DUPLICATE])
def test_of_a_card_that_is_hidden_as_a_whole_nothing_is_left(rule: Rule) -> None:
    whole = redacted("photos/a.jpg", (Region(None, quad_from_box(-10, -10, 900, 600), rule),))
    assert left_readable(redact_run_of(EXPOSED, whole, fields=LEAST), SETS) == LeftReadable()
    beside = redacted("photos/a.jpg", (Region(None, quad_from_box(900, 0, 1500, 600), rule),))
    assert left_readable(redact_run_of(EXPOSED, beside, fields=LEAST), SETS) != LeftReadable()


def test_of_what_is_not_published_nothing_is_left() -> None:
    failed = redact_run_of(EXPOSED, unpublished("photos/a.jpg", Outcome.FAILED), fields=LEAST)
    assert left_readable(failed, SETS) == LeftReadable()


def test_the_sentence_says_what_hides_what_is_left() -> None:
    left = LeftReadable(
        (Field.SEX, Field.PORTRAIT),
        ((MIDDLE, (Field.PORTRAIT,)), (FieldSet.CARD, (Field.SEX, Field.PORTRAIT))),
    )
    (sentence,) = left_sentences(left)
    assert sentence == (
        "Not hidden, and still readable where results show it: sex, portrait; "
        f"--fields {MIDDLE.value} hides portrait, --fields card hides all of it"
    )
    assert left_sentences(replace(left, hidden_by=())) == [
        "Not hidden, and still readable where results show it: sex, portrait"
    ]
    assert left_sentences(LeftReadable()) == []


def test_portraits_are_said_to_be_left_where_nothing_tells_where_they_are() -> None:
    loose = run_of(replace(image("a.jpg"), findings=CARD.findings))
    for fields, count in ((LEAST, 0), (MIDDLE, 1), (FieldSet.CARD, 1)):
        found = left_readable(redact_run_of(loose, redacted("a.jpg"), fields=fields), SETS)
        assert found.without_portrait == count
    (sentence,) = left_sentences(LeftReadable(without_portrait=2))
    assert "2 pictures show somebody elsewhere" in sentence
    on_card = redact_run_of(EXPOSED, redacted("photos/a.jpg"), fields=MIDDLE)
    assert left_readable(on_card, SETS).without_portrait == 0


def test_a_redaction_says_what_stays_readable() -> None:
    result = redact_run_of(EXPOSED, redacted("photos/a.jpg"))
    lines = redact_closing_lines(result, ["photos"], Destination(folder="out"), SHOWN)
    (line,) = (line for line in lines if line.startswith("Not hidden, and still readable where results show it: "))
    assert "sex" in line
    assert "--fields " in line
    whole = replace(result, settings=replace(result.settings, fields=FieldSet.CARD))
    assert "still readable" not in "\n".join(redact_closing_lines(whole, ["photos"], Destination(folder="out"), SHOWN))


def test_what_exposes_is_hidden_by_every_set_of_fields() -> None:
    from idscan.redact.plan import HIDDEN_FIELDS

    assert set(HIDDEN_FIELDS) == set(FieldSet)
    assert all(fields >= EXPOSED_FIELDS for fields in HIDDEN_FIELDS.values())

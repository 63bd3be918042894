from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from idscan.core.enums import CardKind, Clean, Effort, Field, FieldSet, Outcome, Rule, Side, Source, Style, Where
from idscan.core.geometry import quad_from_box
from idscan.core.settings import Settings
from idscan.core.types import ImageRef, Problem
from idscan.report.json_report import write
from idscan.report.registry import ReportOptions
from idscan.run.scan import assign_persons
from tests.factories import (
    NAME,
    NUMBER,
    PAYLOAD,
    PLANTED,
    chip_front,
    finding,
    image,
    run_of,
    typical_run,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum

    from idscan.core.types import ScanResult

SCHEMA = json.loads(files("idscan.report").joinpath("schema", "scan-1.schema.json").read_text(encoding="utf-8"))


def text_of(result: ScanResult, **options: bool) -> str:
    stream = io.StringIO()
    write(result, stream, ReportOptions(**options))
    return stream.getvalue()


def report(result: ScanResult, **options: bool) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text_of(result, **options))
    return document


def strict(schema: Any) -> Any:
    """Return the schema with every key forbidden that it does not name."""
    if isinstance(schema, list):
        return [strict(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    return {**closed, "additionalProperties": False} if "properties" in schema else closed


def test_the_shipped_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("reveal", [False, True])
@pytest.mark.parametrize("reproducible", [False, True])
def test_every_key_of_a_report_is_in_the_schema(reveal: bool, reproducible: bool) -> None:
    document = report(typical_run(), reveal=reveal, reproducible=reproducible)
    jsonschema.Draft202012Validator(strict(SCHEMA)).validate(document)


def test_an_empty_run_is_a_valid_report() -> None:
    jsonschema.Draft202012Validator(strict(SCHEMA)).validate(report(run_of()))


def test_the_schema_allows_keys_to_be_added_and_none_to_be_missing() -> None:
    document = report(typical_run())
    validator = jsonschema.Draft202012Validator(SCHEMA)
    document["images"][2]["cards"][0]["added"] = 1
    validator.validate(document)
    del document["images"][2]["cards"][0]["kind"]
    assert not validator.is_valid(document)


WORD_LISTS = (CardKind, Clean, Effort, Field, FieldSet, Outcome, Rule, Side, Source, Style, Where)
"""Enums whose members the schema lists, each in one place."""


def listed_words(schema: Any) -> Iterator[list[str]]:
    """Yield every list of words of the schema."""
    if isinstance(schema, dict) and isinstance(schema.get("enum"), list):
        yield schema["enum"]
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from listed_words(part)


@pytest.mark.parametrize("words", WORD_LISTS)
def test_the_schema_lists_the_members_of_every_enum_once(words: type[StrEnum]) -> None:
    members = [entry.value for entry in words]
    hint = f"idscan/report/schema/scan-1.schema.json has to list the members of {words.__name__} once: {members}"
    assert list(listed_words(SCHEMA)).count(members) == 1, hint


def test_the_schema_lists_no_other_words() -> None:
    assert len(list(listed_words(SCHEMA))) == len(WORD_LISTS)


def test_the_head_says_who_wrote_it_when_and_how() -> None:
    document = report(run_of(settings=Settings(effort=Effort.FAST, required_engines=("zbar",))))
    assert document["schema_version"] == 1
    assert document["tool"] == {"name": "idscan", "version": "0.1.0"}
    assert document["run"] == {
        "started_at": "2026-01-01T12:00:00Z",
        "finished_at": "2026-01-01T12:00:05Z",
        "settings": {
            "effort": "fast",
            "required_engines": ["zbar"],
            "max_pixels": 200_000_000,
            "working_pixels": 24_000_000,
            "max_pages": 500,
        },
        "engines": [{"name": "zxing-cpp", "version": "3.1.1"}, {"name": "tesseract", "version": "5.3.0"}],
        "revealed": False,
    }


def test_a_reproducible_report_has_no_times_and_the_same_bytes() -> None:
    later = run_of(*typical_run().images, started_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert text_of(later, reproducible=True) == text_of(run_of(*typical_run().images), reproducible=True)
    assert "_at" not in report(later, reproducible=True)["run"]


def test_the_summary_counts_every_file_once() -> None:
    assert report(typical_run())["summary"] == {
        "files": 11,
        "images": 7,
        "exposed_images": 4,
        "cards": 4,
        "people": 2,
        "unreadable": 2,
        "unexamined": 0,
        "skipped": 4,
    }


def test_pages_of_one_file_are_one_file() -> None:
    pages = [image("a.tiff", ref=ImageRef("a.tiff", page=page, pages=3)) for page in range(3)]
    summary = report(run_of(*pages))["summary"]
    assert (summary["files"], summary["images"]) == (1, 3)


def test_a_finding_is_told_as_the_contract_says() -> None:
    first = report(typical_run())["images"][2]["cards"][0]["findings"][0]
    quad = [[10.0, 20.0], [110.12, 20.0], [110.12, 40.0], [10.0, 40.0]]
    assert first == {
        "field": "number",
        "value": "0**********1",
        "quad": quad,
        "confidence": 0.98,
        "verified": True,
        "seen_by": ["qr", "print"],
        "places": [{"quad": quad, "by": "qr", "confidence": 0.98}],
        "conflicts": [],
    }


def test_a_name_known_from_a_zone_alone_says_what_it_lacks() -> None:
    marks = {"without_diacritics": True, "is_truncated": True}
    names = [finding(Field.NAME, "NGUYEN VAN MAU", by=Source.MRZ, **changes) for changes in (marks, {})]
    found = report(run_of(image("a.jpg", findings=tuple(names))))["images"][0]["findings"]
    assert [entry.get("without_diacritics") for entry in found] == [True, None]
    assert [entry.get("truncated") for entry in found] == [True, None]


def test_special_keys_stand_only_where_they_say_something() -> None:
    images = report(typical_run())["images"]
    front, back = images[3]["cards"]
    assert ("mirrored" in front, back["mirrored"]) == (False, True)
    assert [found.get("px_per_module") for found in front["findings"] if found["field"] == "qr"] == [4.25]
    assert images[4]["findings"][0]["person"] == "p2"
    assert images[4]["findings"][1]["person"] is None


def test_nothing_that_was_read_shows_unless_revealed() -> None:
    masked, revealed = text_of(typical_run()), text_of(typical_run(), reveal=True)
    assert [value for value in PLANTED if value in masked] == []
    assert [value for value in PLANTED if value not in revealed] == []


def test_masking_changes_values_only() -> None:
    def without_values(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: without_values(value) for key, value in node.items() if key not in {"value", "revealed"}}
        return [without_values(entry) for entry in node] if isinstance(node, list) else node

    masked, revealed = report(typical_run()), report(typical_run(), reveal=True)
    assert without_values(masked) == without_values(revealed)


def test_conflicting_values_are_masked_too() -> None:
    name = report(typical_run())["images"][2]["cards"][0]["findings"][2]
    assert name["conflicts"] == [{"by": "print", "value": "***"}]


def test_paths_members_reasons_and_messages_are_masked() -> None:
    result = run_of(
        image(f"in/{NUMBER}.jpg", chip_front()),
        image("in/a.zip", ref=ImageRef("in/a.zip", member=f"{NAME}/front.jpg")),
        image("in/b\n.jpg"),
    )
    images = report(result)["images"]
    assert [(entry["path"], entry["member"], entry.get("path_masked")) for entry in images] == [
        ("in/***.jpg", None, True),
        ("in/a.zip", "***/front.jpg", True),
        ("in/b\\n.jpg", None, None),
    ]


def test_undecodable_bytes_in_a_revealed_payload_are_spelled_out() -> None:
    found = finding(Field.QR, PAYLOAD + "\udcff")
    text = text_of(run_of(image("a.jpg", findings=(found,))), reveal=True)
    assert json.loads(text)["images"][0]["findings"][0]["value"] == PAYLOAD + r"\xff"


def test_a_place_left_of_the_picture_has_no_negative_zero() -> None:
    found = finding(Field.QR, None, quad=quad_from_box(-0.001, 0, 5, 5), places=())
    assert "-0.0" not in text_of(run_of(image("a.jpg", findings=(found,))))


def test_a_finding_without_a_place_has_a_null_quad() -> None:
    found = finding(Field.QR, None, quad=None, places=())
    assert report(run_of(image("a.jpg", findings=(found,))))["images"][0]["findings"][0]["quad"] is None


def test_what_a_file_carries_besides_its_pixels_stands_among_the_rest_with_its_place() -> None:
    thumbnail = image("a.jpg", chip_front(), where=Where.THUMBNAIL)
    text = image("a.jpg", findings=(finding(Field.NUMBER, NUMBER, quad=None, places=()),), where=Where.METADATA)
    video = Problem("read", "trailing_video", "A video that was not examined", share=0.25)
    result = run_of(*assign_persons((image("a.jpg", embedded=(thumbnail, text), problems=(video,)),)))
    document = report(result)
    jsonschema.Draft202012Validator(strict(SCHEMA)).validate(document)
    (entry,) = document["images"]
    (card,) = entry["cards"]
    assert card["where"] == "thumbnail"
    assert {found["where"] for found in card["findings"]} == {"thumbnail"}
    assert [(found["where"], found["quad"], found["person"]) for found in entry["findings"]] == [
        ("metadata", None, "p1")
    ]
    assert card["person"] == "p1"
    assert entry["problems"][0]["share"] == 0.25
    assert document["summary"] == {
        "files": 1,
        "images": 1,
        "exposed_images": 1,
        "cards": 1,
        "people": 1,
        "unreadable": 0,
        "unexamined": 1,
        "skipped": 0,
    }
    assert not any(value in text_of(result) for value in PLANTED)

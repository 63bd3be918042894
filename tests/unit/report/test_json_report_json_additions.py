from __future__ import annotations

import io
import json
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from idscan.core.enums import Clean, Field, FieldSet, Outcome, Style
from idscan.core.types import ImageRef, Leak, Problem, VerifyResult
from idscan.report.json_report import write
from idscan.report.registry import ReportOptions
from tests.factories import (
    BOX,
    NAME,
    NUMBER,
    PLANTED,
    chip_front,
    image,
    redact_run_of,
    redacted,
    run_of,
    stripped,
    typical_redact_run,
    typical_run,
    typical_verify_run,
    unpublished,
    unreadable_image,
)

if TYPE_CHECKING:
    from idscan.report.registry import RunResult

SCHEMA = json.loads(files("idscan.report").joinpath("schema", "scan-1.schema.json").read_text(encoding="utf-8"))


def text_of(result: RunResult, **options: bool) -> str:
    stream = io.StringIO()
    write(result, stream, ReportOptions(**options))
    return stream.getvalue()


def report(result: RunResult, **options: bool) -> dict[str, Any]:
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


@pytest.mark.parametrize("result", [typical_redact_run(), typical_verify_run()], ids=["redact", "verify"])
@pytest.mark.parametrize("reveal", [False, True])
def test_every_key_of_a_report_is_in_the_schema(result: RunResult, reveal: bool) -> None:
    jsonschema.Draft202012Validator(strict(SCHEMA)).validate(report(result, reveal=reveal))


@pytest.mark.parametrize("result", [typical_redact_run(), typical_verify_run()], ids=["redact", "verify"])
def test_a_report_is_that_of_the_scan_and_more(result: RunResult) -> None:
    def is_part(less: Any, more: Any) -> bool:
        if isinstance(less, dict):
            return all(key in more and is_part(value, more[key]) for key, value in less.items())
        if isinstance(less, list):
            return all(is_part(*pair) for pair in zip(less, more, strict=False))
        return bool(less == more)

    assert is_part(report(typical_run()), {**report(result)})


def test_a_scan_has_no_keys_of_the_other_runs() -> None:
    document = report(typical_run())
    assert not {"redaction", "leaks"} & {key for entry in document["images"] for key in entry}
    assert "style" not in document["run"]["settings"]
    assert "redacted" not in document["summary"]


def test_the_settings_tell_what_was_hidden_and_how() -> None:
    asked = {"style": Style.SOLID, "fields": FieldSet.PERSON, "clean": Clean.AS_IS, "colour": (255, 128, 0)}
    settings = report(redact_run_of(run_of(), **asked))["run"]["settings"]
    assert {key: settings[key] for key in ("style", "fields", "clean", "color")} == {
        "style": "solid",
        "fields": "person",
        "clean": "as-is",
        "color": "#ff8000",
    }


def test_folders_whose_names_still_tell_are_listed_masked() -> None:
    result = replace(redact_run_of(run_of()), telling_folders=("in/a", f"in/{NUMBER}"))
    assert report(result)["telling_folders"] == [{"path": "in/a"}, {"path": "in/***", "path_masked": True}]
    assert report(typical_redact_run())["telling_folders"] == []
    assert "telling_folders" not in report(run_of())


def test_the_summary_counts_files_by_outcome() -> None:
    summary = report(typical_redact_run())["summary"]
    assert {outcome.value: summary[outcome.value] for outcome in Outcome} == {
        "redacted": 3,
        "stripped": 1,
        "copied": 0,
        "left_out": 1,
        "leaks": 1,
        "failed": 1,
    }


def test_a_redaction_is_told_as_the_contract_says() -> None:
    redaction = report(typical_redact_run())["images"][2]["redaction"]
    assert redaction.pop("regions")[3] == {
        "field": "qr",
        "quad": [[656.0, 16.0], [848.0, 16.0], [848.0, 192.0], [656.0, 192.0]],
        "rule": "symbol",
    }
    assert redaction == {
        "output": "redacted/shop/front.jpg",
        "sha256": "cd" * 32,
        "style": "blur",
        "verification": {"passed": True, "rounds": 1, "engines": ["zxing-cpp", "tesseract"]},
        "outcome": "redacted",
        "notes": ["reencoded"],
    }


def test_what_was_not_published_says_so() -> None:
    torn = report(typical_redact_run())["images"][6]["redaction"]
    assert torn == {
        "output": None,
        "sha256": None,
        "style": None,
        "regions": [],
        "verification": None,
        "outcome": "failed",
        "notes": [],
        "reasons": ["truncated"],
        "found": [],
    }
    leaking = report(typical_redact_run())["images"][4]["redaction"]
    assert (leaking["reasons"], leaking["found"]) == (["still_leaks"], ["number", "name"])


def test_what_stays_readable_on_cards_is_told_with_what_hides_it() -> None:
    one = run_of(image("in/a.jpg", chip_front()))
    left = report(redact_run_of(one, redacted("in/a.jpg")))["left_readable"]
    assert "sex" in left["fields"]
    assert list(left["hidden_by"].values())[-1] == left["fields"], "the last one hides all"
    whole = report(redact_run_of(one, redacted("in/a.jpg"), fields=FieldSet.CARD))["left_readable"]
    assert whole == {"fields": [], "hidden_by": {}}


def test_every_page_has_its_own_regions_and_the_output_of_the_file() -> None:
    pages = [image("in/a.tiff", ref=ImageRef("in/a.tiff", page=page, pages=3)) for page in range(3)]
    regions = redacted("in/a.tiff").regions[0]
    done = redacted("in/a.tiff", regions[:1], (), regions)
    told = [entry["redaction"] for entry in report(redact_run_of(run_of(*pages), done))["images"]]
    assert [len(entry["regions"]) for entry in told] == [1, 0, 4]
    assert {entry["output"] for entry in told} == {"redacted/a.tiff"}


def test_a_region_may_have_no_field() -> None:
    regions = report(typical_redact_run())["images"][3]["redaction"]["regions"]
    assert [(entry["field"], entry["rule"]) for entry in regions[-2:]] == [(None, "card"), (None, "watched")]


def test_the_problems_of_a_redaction_join_those_of_its_picture_once() -> None:
    torn = unreadable_image("in/a.jpg")
    late = Problem("publish", "cannot_write", f"no space for {NUMBER}", quad=BOX)
    failed = unpublished("in/a.jpg", Outcome.FAILED, *torn.problems, late)
    problems = report(redact_run_of(run_of(torn), failed))["images"][0]["problems"]
    assert [problem["kind"] for problem in problems] == ["truncated", "cannot_write"]
    assert problems[1] == {
        "stage": "publish",
        "kind": "cannot_write",
        "message": "no space for ***",
        "quad": [[10.0, 20.0], [110.12, 20.0], [110.12, 40.0], [10.0, 40.0]],
    }


def test_output_paths_are_masked_like_all_paths() -> None:
    result = redact_run_of(
        run_of(image("in/a.jpg", chip_front()), image("in/b.jpg")),
        redacted("in/a.jpg", output=f"out/{NAME}.jpg"),
        stripped("in/b.jpg"),
    )
    told = [entry["redaction"] for entry in report(result)["images"]]
    assert [(entry["output"], entry.get("output_masked")) for entry in told] == [
        ("out/***.jpg", True),
        ("redacted/b.jpg", None),
    ]
    assert report(result, reveal=True)["images"][0]["redaction"]["output"] == f"out/{NAME}.jpg"


def test_a_picture_nobody_says_anything_of_has_a_null() -> None:
    document = report(redact_run_of(run_of(image("in/a.jpg"))))
    assert document["images"][0]["redaction"] is None
    jsonschema.Draft202012Validator(strict(SCHEMA)).validate(document)


@pytest.mark.parametrize("result", [typical_redact_run(), typical_verify_run()], ids=["redact", "verify"])
def test_nothing_that_was_read_shows_unless_revealed(result: RunResult) -> None:
    masked, revealed = text_of(result), text_of(result, reveal=True)
    assert [value for value in PLANTED if value in masked] == []
    assert NUMBER in revealed


def test_what_came_back_is_told_per_picture() -> None:
    document = report(typical_verify_run())
    assert document["summary"]["leaking_images"] == 2
    assert [len(entry["leaks"]) for entry in document["images"]] == [0, 0, 2, 0, 1, 0, 0]
    assert document["images"][4]["leaks"] == [
        {"kind": "embedded_picture", "field": None, "quad": None, "message": "the thumbnail shows a card"}
    ]


def test_a_leak_tells_its_place_and_no_value() -> None:
    scan = run_of(image("in/a.jpg", chip_front()))
    leak = Leak("readable", Field.NUMBER, BOX, f"{NUMBER} can be read")
    result = VerifyResult(scan=scan, leaks=((ImageRef("in/a.jpg"), (leak,)), (ImageRef("in/b.jpg"), ())))
    document = report(result)
    assert document["summary"]["leaking_images"] == 1
    assert document["images"][0]["leaks"] == [
        {
            "kind": "readable",
            "field": "number",
            "quad": [[10.0, 20.0], [110.12, 20.0], [110.12, 40.0], [10.0, 40.0]],
            "message": "*** can be read",
        }
    ]
